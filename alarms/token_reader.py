"""Texts read token by token, from left to right: what alarm rules and metric math have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gateway.errors import StageproofError

Unreadable = Callable[[str, int], StageproofError]
"""Makes the error that says where a text cannot be read: ``(text, position) -> error``."""

DEEPEST = 100
"""How deep brackets may nest, so that no text exhausts the stack."""


class TokenReader:
    """The tokens of a text and a position among them.

    Args:
        text: The text.
        token: Matches one token with the blanks before it; its groups are the kinds of tokens.
        unreadable: Makes the error of a text that cannot be read.

    Raises:
        StageproofError: As ``unreadable`` makes it, if some of the text is no token.
    """

    def __init__(self, text: str, token: re.Pattern[str], unreadable: Unreadable) -> None:
        self._text = text
        self._unreadable = unreadable
        self._tokens = list(self._split(token))
        self._position = 0

    @property
    def next_token(self) -> re.Match[str] | None:
        """The next token; None at the end."""
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def skip(self) -> None:
        """Go past the next token."""
        self._position += 1

    def accept(self, kind: str, text: str) -> bool:
        """Go past the next token if it is this one, and say whether it was."""
        token = self.next_token
        accepted = token is not None and token[kind] == text
        self._position += accepted
        return accepted

    def expect(self, kind: str, text: str) -> None:
        """Go past the next token, which must be this one."""
        if not self.accept(kind, text):
            raise self.here()

    def expect_end(self) -> None:
        """Make sure that nothing is left."""
        if self.next_token is not None:
            raise self.here()

    def here(self) -> StageproofError:
        """Return the error that says that the text cannot be read on from here."""
        token = self.next_token
        return self._unreadable(self._text, len(self._text) if token is None else token.start())

    def _split(self, token: re.Pattern[str]) -> Iterator[re.Match[str]]:
        position = 0
        while self._text[position:].strip():
            found = token.match(self._text, position)
            if found is None:
                raise self._unreadable(self._text, position)
            yield found
            position = found.end()
