"""Template text → tokens, with the state machine of Velocity 1.7.

The lexer is driven by the parser one token at a time, because the parser switches its state after a directive's name.
"""

from collections.abc import Callable
from typing import ClassVar, NoReturn

from gateway.vtl.errors import TemplateError, position
from gateway.vtl.tokens import ESCAPED_WORD, KEYWORDS, PATTERNS, Kind, State, Token

_COMMENTS = (State.LINE_COMMENT, State.BLOCK_COMMENT, State.TEXT_BLOCK)
_KINDS = {kind.name: kind for kind in Kind}
_MATCHERS = [PATTERNS[state].match for state in State]
_NO_ARGUMENT_STATES = (State.ARGUMENTS, State.INDEX)


class Lexer:
    """Gives the tokens of one template, in order."""

    __slots__ = ("_lparen", "_rparen", "_run_end", "_stack", "in_set", "offset", "state", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.state = State.DEFAULT
        self.in_set = False
        self._lparen = 0
        self._rparen = 0
        self._run_end = 0
        self._stack: list[tuple[int, int, State]] = []

    def next_token(self) -> Token:
        """The next token; `Kind.EOF` at the end, again and again.

        Raises:
            TemplateError: No token of the present state stands here, or the text ends inside a token.
        """
        text, size = self.text, len(self.text)
        prefix = ""
        begin = self.offset
        while (at := self.offset) < size:
            if self.state is State.DEFAULT and text[at] == "\\" and self._is_schmoo(at):
                return self._backslashes(at, prefix)
            match = _MATCHERS[self.state](text, at)
            if match is None:
                self._fail(at, "Velocity knows nothing that begins like this here")
            name = match.lastgroup or ""
            self.offset = match.end()
            kind = _KINDS.get(name)
            if kind is not None:
                return self._token(kind, prefix, begin, at)
            outcome = self._ACTIONS[name](self)
            if outcome == "integer":
                return self._token(Kind.INTEGER, prefix, begin, at)
            if outcome is not None:
                if outcome == "special":
                    prefix += _printed(text[begin : self.offset])
                    self.offset -= 1
                begin = self.offset
        if begin < size:
            self._fail(begin, "The template ends inside of this")
        return Token(Kind.EOF, "", prefix, size)

    def _token(self, kind: Kind, prefix: str, begin: int, at: int) -> Token:
        action = self._TOKEN_ACTIONS.get(kind)
        if action is not None:
            kind = action(self, self.text[at : self.offset], kind)
        image = "." if kind is Kind.DOT else self.text[begin : self.offset]
        return Token(kind, image, prefix, begin)

    def enter_directive(self) -> None:
        """Read what follows as the arguments of a directive, whose name was just read."""
        self.state = State.DIRECTIVE

    def _is_schmoo(self, at: int) -> bool:
        """Whether backslashes escape nothing; the end of their run is looked for once."""
        text = self.text
        if at >= self._run_end:
            self._run_end = at + 1
            while text.startswith("\\", self._run_end):
                self._run_end += 1
        end = self._run_end
        if text.startswith("$", end):
            return False
        return (end - at) % 2 == 0 or ESCAPED_WORD.match(text, end) is None

    def _backslashes(self, at: int, prefix: str) -> Token:
        double = self._run_end - at > 1
        self.offset = at + 1 + double
        return Token(Kind.DOUBLE_ESCAPE if double else Kind.ESCAPE, self.text[at : self.offset], prefix, at)

    def left_parenthesis_follows(self) -> bool:
        """Whether a `(` stands next, with or without blanks and newlines before it."""
        at, size = self.offset, len(self.text)
        while at < size and self.text[at] in " \t\r\n":
            at += 1
        return at < size and self.text[at] == "("

    def push(self, state: State) -> None:
        """Enter a state, to come back to the present one later."""
        self._stack.append((self._lparen, self._rparen, self.state))
        self._lparen = 0
        self.state = state

    def pop(self) -> bool:
        """Go back to the state before; False where there is none."""
        if not self._stack:
            self._lparen = 0
            self.state = State.DEFAULT
            return False
        self._lparen, self._rparen, self.state = self._stack.pop()
        return True

    def _fail(self, offset: int, reason: str) -> NoReturn:
        line, column = position(self.text, offset)
        raise TemplateError(reason, line=line, column=column, text=self.text[offset : offset + 20])

    def _dollar(self) -> str | None:
        if self.state not in _COMMENTS:
            if self.state is State.REFERENCE:
                self.pop()
            self.push(State.REFERENCE)
        return None

    def _hash(self) -> str | None:
        if self.state not in _COMMENTS:
            if self.state in (State.REFERENCE, State.REFERENCE_MODIFIER):
                self.pop()
            self.push(State.PRE_DIRECTIVE)
        return None

    def _text_block_start(self) -> str | None:
        if self.state not in _COMMENTS:
            self.push(State.TEXT_BLOCK)
        return None

    def _comment_start(self) -> str | None:
        if self.state not in _COMMENTS:
            self.push(State.BLOCK_COMMENT)
        return None

    def _formal_start(self) -> str | None:
        if self.state not in _COMMENTS:
            self.offset -= 1
            self.push(State.BLOCK_COMMENT)
        return None

    def _terminator(self) -> str:
        self.pop()
        return "special"

    def _integer_range(self) -> str:
        self.offset -= 2
        return "integer"

    def _skip(self) -> str:
        return "skip"

    def _more(self) -> None:
        return None

    def _on_set(self, _image: str, kind: Kind) -> Kind:
        self.push(State.DIRECTIVE)
        self.in_set = True
        self._lparen += 1
        return kind

    def _on_left(self, _image: str, kind: Kind) -> Kind:
        self._lparen += 1
        if self.state is State.REFERENCE_MODIFIER:
            self.state = State.ARGUMENTS
        return kind

    def _on_right(self, _image: str, kind: Kind) -> Kind:
        while True:
            if self._lparen > 0:
                if self._lparen == self._rparen + 1:
                    self.pop()
                else:
                    self._rparen += 1
                return kind
            if not self.pop():
                return kind

    def _on_arguments_right(self, _image: str, kind: Kind) -> Kind:
        self.state = State.REFERENCE
        return kind

    def _on_dot(self, _image: str, kind: Kind) -> Kind:
        self.offset -= 1
        self.state = State.REFERENCE_MODIFIER
        return kind

    def _on_pop(self, _image: str, kind: Kind) -> Kind:
        self.pop()
        return kind

    def _on_index(self, _image: str, kind: Kind) -> Kind:
        self.push(State.INDEX)
        return kind

    def _on_condition(self, _image: str, kind: Kind) -> Kind:
        self.state = State.DIRECTIVE
        return kind

    def _on_line_comment(self, _image: str, kind: Kind) -> Kind:
        if self.state is State.REFERENCE:
            self.pop()
        self.push(State.LINE_COMMENT)
        return kind

    def _on_string(self, _image: str, kind: Kind) -> Kind:
        if self.state is State.DIRECTIVE and not self.in_set and self._lparen == 0:
            self.pop()
        return kind

    def _on_integer(self, _image: str, kind: Kind) -> Kind:
        if self._lparen == 0 and not self.in_set and self.state not in _NO_ARGUMENT_STATES:
            self.pop()
        return kind

    def _on_float(self, _image: str, kind: Kind) -> Kind:
        if self._lparen == 0 and not self.in_set and self.state is not State.ARGUMENTS:
            self.pop()
        return kind

    def _on_word(self, image: str, kind: Kind) -> Kind:
        return KEYWORDS.get(image, kind) if self.state is State.DIRECTIVE else kind

    def _on_identifier(self, image: str, kind: Kind) -> Kind:
        if image == "true":
            return Kind.TRUE
        return Kind.FALSE if image == "false" else kind

    _ACTIONS: ClassVar[dict[str, Callable[["Lexer"], str | None]]] = {
        "DOLLAR": _dollar,
        "HASH": _hash,
        "TEXT_BLOCK_START": _text_block_start,
        "COMMENT_START": _comment_start,
        "FORMAL_START": _formal_start,
        "TERMINATOR": _terminator,
        "INTEGER_RANGE": _integer_range,
        "SKIP": _skip,
        "SKIP_ONE": _skip,
        "MORE": _more,
        "MORE_ONE": _more,
    }

    _TOKEN_ACTIONS: ClassVar[dict[Kind, Callable[["Lexer", str, Kind], Kind]]] = {
        Kind.SET: _on_set,
        Kind.LPAREN: _on_left,
        Kind.RPAREN: _on_right,
        Kind.ARGUMENTS_RPAREN: _on_arguments_right,
        Kind.DOT: _on_dot,
        Kind.RCURLY: _on_pop,
        Kind.INDEX_LBRACKET: _on_index,
        Kind.INDEX_RBRACKET: _on_pop,
        Kind.END: _on_pop,
        Kind.ELSE: _on_pop,
        Kind.IF: _on_condition,
        Kind.ELSEIF: _on_condition,
        Kind.LINE_COMMENT_START: _on_line_comment,
        Kind.LINE_COMMENT_END: _on_pop,
        Kind.COMMENT: _on_pop,
        Kind.TEXT_BLOCK: _on_pop,
        Kind.STRING: _on_string,
        Kind.INTEGER: _on_integer,
        Kind.FLOAT: _on_float,
        Kind.WORD: _on_word,
        Kind.IDENTIFIER: _on_identifier,
    }


def _printed(special: str) -> str:
    """What Velocity prints of text that looked like a reference or directive and was none.

    It keeps every `$` and `#`, and backslashes only where a `$` follows them; and then skips one character.
    """
    kept = []
    at, size = 0, len(special)
    while at < size:
        character = special[at]
        if character in "#$":
            kept.append(character)
        elif character == "\\":
            end = at
            while end < size and special[end] == "\\":
                end += 1
            if end < size and special[end] == "$":
                kept.append(special[at : end + 1])
                at = end + 1
        at += 1
    return "".join(kept)
