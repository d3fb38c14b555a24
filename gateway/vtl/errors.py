"""What goes wrong with a mapping template, and where."""

from gateway.errors import StageproofError

_SHOWN_CHARACTERS = 80


class TemplateError(StageproofError):
    """A template that Velocity rejects, or that fails while it is evaluated.

    Attributes:
        reason: What is wrong, in one sentence.
        line: One-based line of the offending text; 0 where there is no place.
        column: One-based column of the offending text; 0 where there is no place.
        text: The offending text.
    """

    slug = "mapping-template"

    def __init__(self, reason: str, *, line: int = 0, column: int = 0, text: str = "") -> None:
        self.reason = reason
        self.line = line
        self.column = column
        self.text = text
        super().__init__(self._message())

    def _message(self) -> str:
        shown = self.text if len(self.text) <= _SHOWN_CHARACTERS else self.text[: _SHOWN_CHARACTERS - 1] + "…"
        near = f" near {shown!r}" if shown else ""
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self.reason}{near}"


class JavaError(Exception):
    """What Java would throw while a method runs; becomes a `TemplateError` with a place at the template's edge."""


class LimitError(JavaError):
    """A template used more time, memory or depth than it may."""


def position(text: str, offset: int) -> tuple[int, int]:
    """One-based line and column of an offset in a template."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
