"""Tokens → statements: the syntax tree of a mapping template."""

from collections.abc import Collection, Sequence

from gateway.vtl.expression_parser import ExpressionParser
from gateway.vtl.nodes import Directive, Expression, If, Interpolated, Literal, Reference, Set, Statement, Text, Word
from gateway.vtl.tokens import Kind, Token

DIRECTIVES = frozenset({"foreach", "include", "parse", "macro", "literal", "evaluate", "break", "define", "stop"})
"""The directives of Velocity 1.7 besides `#set` and `#if`."""

_BLOCKS = frozenset({"foreach", "macro", "literal", "define"})
_CONDITIONALS = frozenset({"if", "end", "set", "else", "elseif"})
_CONTROL = (Kind.IF, Kind.ELSE, Kind.ELSEIF, Kind.END)
_TEXT_KINDS = frozenset(
    {
        Kind.TEXT,
        Kind.DOT,
        Kind.RPAREN,
        Kind.LPAREN,
        Kind.INTEGER,
        Kind.FLOAT,
        Kind.STRING,
        Kind.ESCAPE,
        Kind.LCURLY,
        Kind.RCURLY,
        Kind.EMPTY_INDEX,
    }
)


class Parser(ExpressionParser):
    """Reads one template."""

    def __init__(
        self, text: str, *, macros: set[str] | None = None, depth: int = 0, size: list[int] | None = None
    ) -> None:
        super().__init__(text, depth=depth, size=size)
        self._macros = set() if macros is None else macros

    def parse(self) -> Sequence[Statement]:
        """All statements of the template.

        Raises:
            TemplateError: Velocity rejects it.
        """
        statements = self._statements()
        self.expect(Kind.EOF)
        return statements

    def template_body(self, text: str) -> Sequence[Statement]:
        """The statements of a template inside of a string."""
        return Parser(text, macros=self._macros, depth=self.depth + 1, size=self.size).parse()

    def _statements(self) -> list[Statement]:
        self.enter()
        result: list[Statement] = []
        while (statement := self._statement()) is not None:
            result.append(statement)
        self.leave()
        return result

    def _statement(self) -> Statement | None:
        token = self.peek()
        kind = token.kind
        if kind is Kind.TEXT:
            self.take()
            return Text(token.prefix + token.image)
        if self.is_reference():
            return self.reference()
        if kind in _TEXT_KINDS:
            self.take()
            return Text(token.prefix + token.image)
        if kind is Kind.IF:
            return self._if()
        if kind is Kind.SET:
            return self._set()
        if kind in (Kind.WORD, Kind.BRACKETED_WORD):
            return self._directive()
        return self._other(token)

    def _other(self, token: Token) -> Statement | None:
        kind = token.kind
        if kind is Kind.DOUBLE_ESCAPE:
            return self._escapes()
        if kind is Kind.COMMENT:
            self.take()
            return Text(_before(token.image, "#*"))
        if kind is Kind.LINE_COMMENT_START:
            self.take()
            self.skip(Kind.LINE_COMMENT_END)
            return Text(_before(token.image, "##"))
        if kind is Kind.TEXT_BLOCK:
            self.take()
            return Text(token.image[3:-3])
        if kind is Kind.ESCAPE_DIRECTIVE:
            self.take()
            return Text(self._escaped_directive(token.image))
        return None

    def _is_known(self, name: str) -> bool:
        return name in DIRECTIVES or name in self._macros

    def _escapes(self) -> Statement:
        count = 0
        while self.skip(Kind.DOUBLE_ESCAPE):
            count += 1
        following = self.peek()
        control = following.kind in _CONTROL or self._is_known(following.image[1:])
        return Text(("\\" if control else "\\\\") * count)

    def _escaped_directive(self, image: str) -> str:
        slashes = image.rindex("\\")
        name = image[slashes + 2 :].removeprefix("{").removesuffix("}")
        if name in _CONDITIONALS or self._is_known(name):
            return image[: slashes // 2] + image[slashes + 1 :]
        return image

    def _set(self) -> Statement:
        offset = self.take().offset
        self.count()
        self.skip(Kind.WHITESPACE)
        target = self.reference()
        self.skip(Kind.WHITESPACE)
        self.expect(Kind.EQUALS)
        value = self.expression()
        self.expect(Kind.RPAREN)
        self.lexer.in_set = False
        return Set(target, value, offset)

    def _if(self) -> Statement:
        offset = self.peek().offset
        branches = [self._branch()]
        while self.peek().kind is Kind.ELSEIF:
            branches.append(self._branch())
        otherwise: Sequence[Statement] = ()
        if self.skip(Kind.ELSE):
            otherwise = self._statements()
        self.expect(Kind.END)
        return If(branches, otherwise, offset)

    def _branch(self) -> tuple[Expression, Sequence[Statement]]:
        self.take()
        self.count()
        self.skip(Kind.WHITESPACE)
        self.expect(Kind.LPAREN)
        condition = self.expression()
        self.expect(Kind.RPAREN)
        return condition, self._statements()

    def _directive(self) -> Statement:
        token = self.take()
        self.count()
        name = token.image[1:]
        if token.kind is Kind.BRACKETED_WORD:
            name = name[1:-1]
        self.lexer.enter_directive()
        if not self.lexer.left_parenthesis_follows():
            return self._bare_directive(token, name)
        self.skip(Kind.WHITESPACE)
        self.expect(Kind.LPAREN)
        arguments = self._arguments(token, name)
        literal = self.text[token.offset : self.last_end()]
        if name not in _BLOCKS and not name.startswith("@"):
            return self._checked(token, Directive(name, arguments, None, literal, "", token.offset))
        begin = self.last_end()
        block = self._statements()
        end = self.expect(Kind.END)
        inner = self.text[begin : end.offset]
        if name.startswith("@"):
            literal = self.text[token.offset : self.last_end()]
        if name == "literal" and not inner:
            self.fail(end, "#literal holds nothing, which Velocity cannot bear")
        return self._checked(token, Directive(name, arguments, block, literal, inner, token.offset))

    def _bare_directive(self, token: Token, name: str) -> Statement:
        if name == "macro":
            self.fail(token, "A macro needs a name in parentheses")
        if name in ("foreach", "define", "evaluate", "parse"):
            self.fail(token, f"#{name} needs its arguments in parentheses")
        self.lexer.pop()
        return Directive(name, (), None, token.image, "", token.offset)

    def _arguments(self, token: Token, name: str) -> list[Expression]:
        arguments: list[Expression] = []
        while True:
            self.skip(Kind.WHITESPACE)
            if self.skip(Kind.COMMA):
                self.skip(Kind.WHITESPACE)
            elif self.peek().kind is Kind.RPAREN:
                break
            arguments.append(self._argument(token, name, len(arguments)))
        self.expect(Kind.RPAREN)
        return arguments

    def _argument(self, token: Token, name: str, place: int) -> Expression:
        first_of_macro = name == "macro" and place == 0
        word = self.peek()
        if word.kind is Kind.WORD:
            self.take()
            allowed = first_of_macro or (name == "foreach" and place == 1)
            if not allowed and (name in DIRECTIVES or name in self._macros):
                self.fail(word, f"A bare word is no argument of #{name}")
            return Word(word.image, word.offset)
        if first_of_macro:
            self.fail(token, "The first argument of #macro is its name, without quotes")
        return self.value()

    def _checked(self, token: Token, directive: Directive) -> Directive:
        arguments = directive.arguments
        if directive.name == "foreach":
            directive = self._checked_loop(token, directive)
        if directive.name == "define" and not (len(arguments) == 1 and isinstance(arguments[0], Reference)):
            self.fail(token, "#define takes one reference")
        if directive.name == "evaluate" and not (len(arguments) == 1 and _is_text(arguments[0])):
            self.fail(token, "#evaluate takes one string or reference")
        if directive.name == "macro":
            self._define_macro(token, directive)
        return directive

    def _checked_loop(self, token: Token, directive: Directive) -> Directive:
        """A loop whose block is its fourth argument, where it has one: Velocity takes the block for that."""
        if len(directive.arguments) < 3:  # noqa: PLR2004 - $item, in, $list
            self.fail(token, "#foreach is written #foreach($item in $list)")
        item, word, source, *more = directive.arguments
        block = [argument for argument in more[:1] if isinstance(argument, Reference)] if more else directive.block
        return directive._replace(arguments=(item, word, source), block=block)

    def _define_macro(self, token: Token, directive: Directive) -> None:
        if not directive.arguments:
            self.fail(token, "A macro needs a name in parentheses")
        name = directive.arguments[0]
        if isinstance(name, Word):
            self._macros.add(name.name)


def parse(text: str, macros: Collection[str] = ()) -> Sequence[Statement]:
    """The statements of a template.

    Args:
        text: The template.
        macros: The names of macros that are known already.

    Raises:
        TemplateError: Velocity rejects it.
    """
    return Parser(text, macros=set(macros)).parse()


def _is_text(node: Expression) -> bool:
    return isinstance(node, (Reference, Interpolated)) or (isinstance(node, Literal) and isinstance(node.value, str))


def _before(image: str, mark: str) -> str:
    """What stands before a comment in its own token."""
    at = image.find(mark)
    return image[:at] if at >= 0 else ""
