"""Tokens → expressions and references, as Velocity 1.7's grammar has them."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NoReturn

from gateway.vtl.errors import TemplateError, position
from gateway.vtl.lexer import Lexer
from gateway.vtl.nodes import (
    Binary,
    Call,
    Expression,
    Index,
    Interpolated,
    ListLiteral,
    Literal,
    MapLiteral,
    Not,
    Property,
    Range,
    Reference,
    Statement,
)
from gateway.vtl.tokens import Kind, Token

MAXIMUM_DEPTH = 60
"""How deep blocks, parentheses, lists, maps and arguments may be nested together."""

MAXIMUM_TOKENS = 50_000
MAXIMUM_PARTS = 5_000
"""Compiling takes about a tenth of a millisecond for each."""

_BINARY_LEVELS: Sequence[dict[Kind, str]] = (
    {Kind.OR: "||"},
    {Kind.AND: "&&"},
    {Kind.EQ: "==", Kind.NE: "!="},
    {Kind.LT: "<", Kind.GT: ">", Kind.LE: "<=", Kind.GE: ">="},
    {Kind.PLUS: "+", Kind.MINUS: "-"},
    {Kind.MULTIPLY: "*", Kind.DIVIDE: "/", Kind.MODULUS: "%"},
)
_PARAMETER_STARTS = frozenset(
    {
        Kind.WHITESPACE,
        Kind.STRING,
        Kind.INTEGER,
        Kind.FLOAT,
        Kind.LBRACKET,
        Kind.LEFT_CURLY,
        Kind.TRUE,
        Kind.FALSE,
        Kind.IDENTIFIER,
        Kind.LCURLY,
    }
)


class ExpressionParser:
    """Holds the tokens of a template and reads the parts of it that have a value."""

    def __init__(self, text: str, *, depth: int = 0, size: list[int] | None = None) -> None:
        self.text = text
        self.size = [0] if size is None else size
        self.lexer = Lexer(text)
        self.depth = depth
        self._tokens: list[Token] = []
        self._at = 0

    def peek(self, ahead: int = 0) -> Token:
        """A token that is still to come."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else self._read_to(at)

    def _read_to(self, at: int) -> Token:
        tokens = self._tokens
        while len(tokens) <= at:
            tokens.append(self.lexer.next_token())
            if len(tokens) > MAXIMUM_TOKENS:
                self.fail(tokens[-1], f"The template has more than {MAXIMUM_TOKENS:,} tokens")
        return tokens[at]

    def take(self) -> Token:
        """The next token, which is then read."""
        token = self.peek()
        self._at += 1
        return token

    def expect(self, *kinds: Kind) -> Token:
        """The next token, which must be one of these kinds."""
        token = self.peek()
        if token.kind not in kinds:
            self.fail(token)
        self._at += 1
        return token

    def skip(self, kind: Kind) -> bool:
        """Read the next token if it is of a kind."""
        if self.peek().kind is kind:
            self._at += 1
            return True
        return False

    def last_end(self) -> int:
        """Where the last token read ends."""
        token = self._tokens[self._at - 1]
        return token.offset + len(token.image)

    def fail(self, token: Token, reason: str = "") -> NoReturn:
        """Reject the template at a token."""
        line, column = position(self.text, token.offset)
        at_end = token.kind is Kind.EOF
        what = reason or ("The template ends where more is expected" if at_end else "This cannot stand here")
        raise TemplateError(what, line=line, column=column, text=token.image)

    def enter(self) -> None:
        """Go one level deeper."""
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.fail(self.peek(), f"The template is nested more than {MAXIMUM_DEPTH} levels deep")

    def leave(self) -> None:
        """Come one level back."""
        self.depth -= 1

    def count(self, parts: int = 1) -> None:
        """Count what makes code, in all strings of the template together."""
        self.size[0] += parts
        if self.size[0] > MAXIMUM_PARTS:
            self.fail(self.peek(), f"The template has more than {MAXIMUM_PARTS:,} references, directives and values")

    def template_body(self, text: str) -> Sequence[Statement]:
        """The statements of a template inside of a string."""
        raise NotImplementedError

    def expression(self) -> Expression:
        """An expression with operators, as `#if` and `#set` take it."""
        self.enter()
        result = self._binary(0)
        self.leave()
        return result

    def parameter(self) -> Expression:
        """A value without operators, with blanks around it."""
        self.skip(Kind.WHITESPACE)
        result = self.value()
        self.skip(Kind.WHITESPACE)
        return result

    def value(self) -> Expression:
        """A value without operators."""
        token = self.peek()
        reader = self._VALUES.get(token.kind)
        if reader is None:
            self.fail(token)
        self.enter()
        self.count()
        result = reader(self)
        self.leave()
        return result

    def is_reference(self) -> bool:
        """Whether a reference stands next."""
        kind = self.peek().kind
        return kind is Kind.IDENTIFIER or (kind is Kind.LCURLY and self.peek(1).kind is Kind.IDENTIFIER)

    def reference(self) -> Reference:
        """A reference, `$x.y` or `${x.y}`."""
        first = self.expect(Kind.IDENTIFIER, Kind.LCURLY)
        formal = first.kind is Kind.LCURLY
        name = self.expect(Kind.IDENTIFIER).image if formal else ""
        parts: list[Property | Call | Index] = []
        self._indices(parts)
        while self.peek().kind is Kind.DOT and self.peek(1).kind is Kind.IDENTIFIER:
            self.take()
            parts.append(self._member())
            self._indices(parts)
        if formal:
            self.expect(Kind.RCURLY)
        self.count(1 + len(parts))
        return _reference(first, name, parts, self.text[first.offset : self.last_end()])

    def _indices(self, parts: list[Property | Call | Index]) -> None:
        while self.peek().kind is Kind.INDEX_LBRACKET:
            offset = self.take().offset
            self.skip(Kind.WHITESPACE)
            if self.peek().kind not in _INDEX_KINDS:
                self.fail(self.peek())
            key = self.value()
            self.skip(Kind.WHITESPACE)
            self.expect(Kind.INDEX_RBRACKET)
            parts.append(Index(key, offset))

    def _member(self) -> Property | Call:
        name = self.take()
        if self.peek().kind is not Kind.LPAREN:
            return Property(name.image, name.offset)
        if self.peek(1).kind is not Kind.ARGUMENTS_RPAREN and self.peek(1).kind not in _PARAMETER_STARTS:
            return Property(name.image, name.offset)
        self.take()
        arguments = [] if self.peek().kind is Kind.ARGUMENTS_RPAREN else self._parameters()
        self.expect(Kind.ARGUMENTS_RPAREN)
        return Call(name.image, arguments, name.offset)

    def _parameters(self) -> list[Expression]:
        result = [self.parameter()]
        while self.skip(Kind.COMMA):
            result.append(self.parameter())
        return result

    def _binary(self, level: int) -> Expression:
        if level == len(_BINARY_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        operators = _BINARY_LEVELS[level]
        chained = 0
        while (operator := operators.get(self.peek().kind)) is not None:
            offset = self.take().offset
            left = Binary(operator, left, self._binary(level + 1), offset)
            chained += 1
            if chained > MAXIMUM_DEPTH:
                self.fail(self.peek(), f"More than {MAXIMUM_DEPTH} operators in a row")
        return left

    def _unary(self) -> Expression:
        blank = self.peek().kind is Kind.WHITESPACE
        if self.peek(1 if blank else 0).kind is Kind.NOT:
            self.skip(Kind.WHITESPACE)
            self.take()
            self.enter()
            operand = self._unary()
            self.leave()
            return Not(operand)
        self.skip(Kind.WHITESPACE)
        if self.skip(Kind.LPAREN):
            result = self.expression()
            self.expect(Kind.RPAREN)
        else:
            result = self.value()
        self.skip(Kind.WHITESPACE)
        return result

    def _string(self) -> Expression:
        token = self.take()
        quote, image = token.image[0], token.image[1:-1]
        has_code = quote == '"' and ("$" in image or "#" in image)
        if quote == '"' and "\\u" in image:
            image = self._unescaped(image, token)
        image = image.replace(quote * 2, quote)
        if not has_code:
            return Literal(image)
        trims = "##" not in image
        return Interpolated(image, self._interpolated(image + " " if trims else image, token), trims, token.offset)

    def _interpolated(self, image: str, token: Token) -> Sequence[Statement]:
        try:
            return self.template_body(image)
        except TemplateError as error:
            line, column = position(self.text, token.offset)
            raise TemplateError(error.reason, line=line, column=column, text=error.text) from error

    def _unescaped(self, image: str, token: Token) -> str:
        first, *rest = image.split("\\u")
        result = [first]
        for part in rest:
            digits = part[:4]
            if len(digits) < 4 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):  # noqa: PLR2004 - \uXXXX
                self.fail(token, "A \\u stands without four hexadecimal digits")
            result.append(chr(int(digits, 16)) + part[4:])
        return "".join(result)

    def _integer(self) -> Expression:
        return Literal(int(self._short(self.take())))

    def _float(self) -> Expression:
        return Literal(float(self._short(self.take())))

    def _short(self, token: Token) -> str:
        if len(token.image) > 1000:  # noqa: PLR2004 - a number this long serves no template
            self.fail(token, "A number has more than 1,000 digits")
        return token.image.lstrip("#")

    def _true(self) -> Expression:
        self.take()
        return Literal(True)

    def _false(self) -> Expression:
        self.take()
        return Literal(False)

    def _list(self) -> Expression:
        bracket = self.take()
        items: list[Expression] = []
        if self.peek().kind is not Kind.RBRACKET:
            items.append(self.parameter())
            if self.peek().kind is Kind.DOUBLE_DOT:
                return self._range(bracket, items[0])
            while self.skip(Kind.COMMA):
                items.append(self.parameter())
        self.expect(Kind.RBRACKET)
        return ListLiteral(items)

    def _range(self, bracket: Token, start: Expression) -> Expression:
        self.take()
        end = self.parameter()
        if not (_bounds_range(start) and _bounds_range(end)):
            self.fail(bracket, "A range goes from one integer or reference to another")
        self.expect(Kind.RBRACKET)
        return Range(start, end, bracket.offset)

    def _map(self) -> Expression:
        self.take()
        entries: list[tuple[Expression, Expression]] = []
        ahead = 1 if self.peek().kind is Kind.WHITESPACE else 0
        if self.peek(ahead).kind in (Kind.RIGHT_CURLY, Kind.RCURLY):
            self.skip(Kind.WHITESPACE)
        else:
            entries.append(self._entry())
            while self.skip(Kind.COMMA):
                entries.append(self._entry())
        self.expect(Kind.RIGHT_CURLY, Kind.RCURLY)
        return MapLiteral(entries)

    def _entry(self) -> tuple[Expression, Expression]:
        key = self.parameter()
        self.expect(Kind.COLON)
        return key, self.parameter()

    _VALUES: ClassVar[dict[Kind, Callable[["ExpressionParser"], Expression]]] = {
        Kind.STRING: _string,
        Kind.INTEGER: _integer,
        Kind.FLOAT: _float,
        Kind.LBRACKET: _list,
        Kind.LEFT_CURLY: _map,
        Kind.TRUE: _true,
        Kind.FALSE: _false,
        Kind.IDENTIFIER: reference,
        Kind.LCURLY: reference,
    }


_INDEX_KINDS = (Kind.STRING, Kind.INTEGER, Kind.TRUE, Kind.FALSE, Kind.IDENTIFIER, Kind.LCURLY)


def _bounds_range(node: Expression) -> bool:
    return isinstance(node, Reference) or (isinstance(node, Literal) and type(node.value) is int)


def _reference(first: Token, name: str, parts: list[Property | Call | Index], literal: str) -> Reference:
    """A reference from its first token, whose image may carry backslashes, dollars, hashes and an exclamation mark."""
    image = first.image
    dollar = image.rfind("$")
    if dollar < 0:
        return Reference(image, parts, image, False, "", "", True, first.offset, "")
    if "\\!" in image:
        return Reference(image, (), "", False, "", "", True, first.offset, "")
    bare = image.lstrip("\\")
    slashes = len(image) - len(bare)
    dollar = bare.rfind("$")
    tail = bare[dollar + 1 :]
    quiet = tail.startswith("!")
    root = name or (tail[1:] if quiet else tail)
    spelling = "$" + ("!" if quiet else "") + ("{" if name else "")
    return Reference(
        root,
        parts,
        literal[slashes:][dollar:],
        slashes % 2 == 1,
        "\\" * (slashes // 2),
        bare[:dollar],
        False,
        first.offset,
        spelling,
    )
