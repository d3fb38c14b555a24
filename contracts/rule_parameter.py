"""Parameters of rules: numbers, lists and patterns that a team may set in ``[rules.parameters.CODE]``.

A parameter is declared once, beside the rule that asks for it. The rule reads its value from the run that it judges, so
judging stays a pure function of the run and what is expected of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from contracts.run_evidence import RunEvidence

Value = TypeVar("Value", int, float, str, tuple[str, ...], tuple[int, ...])

_PLAIN: Mapping[type, tuple[str, str]] = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("text in quotes", "texts in quotes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleParameter(Generic[Value]):
    """One parameter of one rule.

    ``meaning`` is a sentence; ``unit`` stands behind the number where it has one. ``items`` is the type of a list's
    items. ``minimum`` and ``maximum`` bound a number, or each of a list. With ``is_pattern`` the text, or each of the
    list, is a regular expression as Python's ``re`` reads it.
    """

    rule: str
    name: str
    default: Value
    meaning: str
    unit: str | None = None
    items: type = str
    minimum: float | None = None
    maximum: float | None = None
    is_pattern: bool = False

    def of(self, run: RunEvidence) -> Value:
        """Return the value that is in force for a run.

        Raises:
            ValueError: If what was given is no such value; ``check_parameters`` tells of it before a run is judged.
        """
        given = run.expectations.rules.parameters.get(self.rule) or {}
        if self.name not in given:
            return self.default
        value = given[self.name]
        if (fault := self.fault(value)) is not None:
            raise ValueError(f"{self.rule} {self.name}: {fault}")
        return self._as_declared(value)

    def fault(self, value: Any) -> str | None:
        """Say what is wrong with a value as it stands in the file; None where nothing is. The value is not repeated."""
        if not isinstance(self.default, tuple):
            return self._fault_of_one(value, type(self.default), f"must be {self.takes}")
        if not isinstance(value, list | tuple):
            return f"must be {self.takes}"
        faults = (self._fault_of_one(item, self.items, f"must be {self.takes}") for item in value)
        return next((fault for fault in faults if fault is not None), None)

    @property
    def takes(self) -> str:
        """What may be given: ``a whole number, at least 1``."""
        is_list = isinstance(self.default, tuple)
        kind = self.items if is_list else type(self.default)
        one, several = ("a regular expression", "regular expressions") if self.is_pattern else _PLAIN[kind]
        least = None if self.minimum is None else f"at least {self.minimum:,.15g}"
        most = None if self.maximum is None else f"at most {self.maximum:,.15g}"
        return ", ".join(filter(None, (f"a list of {several}" if is_list else one, least, most)))

    def _as_declared(self, value: Any) -> Value:
        kind: Any = type(self.default)
        declared: Value = kind(value)
        return declared

    def _fault_of_one(self, value: Any, kind: type, wanted: str) -> str | None:
        allowed = (int, float) if kind is float else (kind,)
        if not isinstance(value, allowed) or isinstance(value, bool):
            return wanted
        if isinstance(value, str):
            return _pattern_fault(value) if self.is_pattern else None
        number: Any = value
        too_small = self.minimum is not None and number < self.minimum
        return wanted if too_small or (self.maximum is not None and number > self.maximum) else None


def _pattern_fault(text: str) -> str | None:
    try:
        re.compile(text)
    except re.error as error:
        return f"is no regular expression: {error}"
    return None
