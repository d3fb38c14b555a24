"""The rule language of composite alarms: read, checked, and decided from the states of other alarms.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html (``AlarmRule``)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alarms.evaluate import AlarmState
from alarms.token_reader import DEEPEST, TokenReader
from gateway.errors import StageproofError

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s()"]+))\s*\)
    |(?P<constant>TRUE|FALSE)\b
    |(?P<word>AND|OR|NOT)\b
    |(?P<bracket>[()])
    )""",
    re.VERBOSE,
)
_ARN_PREFIX = re.compile(r"^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:")


class AlarmRuleError(StageproofError):
    """A composite alarm's rule cannot be read."""

    slug = "alarm-rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class InState:
    """Holds while an alarm is in a state."""

    state: AlarmState
    alarm_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Holds where its operand does not."""

    operand: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Holds where both operands do."""

    left: Rule
    right: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Holds where one operand does."""

    left: Rule
    right: Rule


Rule = InState | Constant | Not | And | Or


def read_rule(text: str) -> Rule:
    """Read an alarm rule. ``NOT`` binds most, then ``AND``, then ``OR``. Alarms may be named by ARN.

    Raises:
        AlarmRuleError: If the text is no rule; the message says where.
    """
    tokens = TokenReader(text, _TOKEN, _unreadable)
    rule = _disjunction(tokens, 0)
    tokens.expect_end()
    return rule


def write_rule(rule: Rule) -> str:
    """Return the text of a rule; ``read_rule(write_rule(rule)) == rule``."""
    match rule:
        case InState():
            return f"{rule.state}({quoted(rule.alarm_name)})"
        case Constant():
            return "TRUE" if rule.value else "FALSE"
        case Not():
            return f"NOT ({write_rule(rule.operand)})"
        case And():
            return f"({write_rule(rule.left)} AND {write_rule(rule.right)})"
        case Or():
            return f"({write_rule(rule.left)} OR {write_rule(rule.right)})"


def any_in_alarm(alarm_names: Sequence[str]) -> str:
    """Return the rule that rings while one of the alarms rings."""
    return " OR ".join(f"ALARM({quoted(name)})" for name in alarm_names) or "FALSE"


def quoted(alarm_name: str) -> str:
    """Return an alarm's name as a rule holds it."""
    return '"' + alarm_name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def alarm_names(rule: Rule) -> frozenset[str]:
    """Return the names of the alarms that a rule looks at."""
    match rule:
        case InState():
            return frozenset({rule.alarm_name})
        case Constant():
            return frozenset()
        case Not():
            return alarm_names(rule.operand)
        case And() | Or():
            return alarm_names(rule.left) | alarm_names(rule.right)


def holds(rule: Rule, states: Mapping[str, AlarmState]) -> bool:
    """Return whether a rule holds; an alarm without a state has insufficient data."""
    return bool(resolve(rule, lambda name, state: states.get(name, AlarmState.INSUFFICIENT_DATA) is state))


def resolve(rule: Rule, in_state: Callable[[str, AlarmState], bool]) -> bool:
    """Decide a rule with a function ``(alarm_name, state) -> whether the alarm is in it``."""
    match rule:
        case InState():
            return in_state(rule.alarm_name, rule.state)
        case Constant():
            return rule.value
        case Not():
            return not resolve(rule.operand, in_state)
        case And():
            return resolve(rule.left, in_state) and resolve(rule.right, in_state)
        case Or():
            return resolve(rule.left, in_state) or resolve(rule.right, in_state)


def _disjunction(tokens: TokenReader, depth: int) -> Rule:
    rule = _conjunction(tokens, depth)
    while tokens.accept("word", "OR"):
        rule = Or(left=rule, right=_conjunction(tokens, depth))
    return rule


def _conjunction(tokens: TokenReader, depth: int) -> Rule:
    rule = _negation(tokens, depth)
    while tokens.accept("word", "AND"):
        rule = And(left=rule, right=_negation(tokens, depth))
    return rule


def _negation(tokens: TokenReader, depth: int) -> Rule:
    if depth > DEEPEST:
        raise AlarmRuleError(f"the alarm rule nests deeper than {DEEPEST} levels; write it flatter")
    if tokens.accept("word", "NOT"):
        return Not(operand=_negation(tokens, depth + 1))
    if tokens.accept("bracket", "("):
        rule = _disjunction(tokens, depth + 1)
        tokens.expect("bracket", ")")
        return rule
    return _operand(tokens)


def _operand(tokens: TokenReader) -> Rule:
    token = tokens.next_token
    if token is None or not (token["state"] or token["constant"]):
        raise tokens.here()
    tokens.skip()
    if token["constant"]:
        return Constant(value=token["constant"] == "TRUE")
    name = re.sub(r"\\(.)", r"\1", token["quoted"]) if token["quoted"] is not None else token["bare"]
    return InState(state=AlarmState(token["state"]), alarm_name=_ARN_PREFIX.sub("", name))


def _unreadable(text: str, position: int) -> AlarmRuleError:
    found = text[position:].strip()[:20] or "its end"
    return AlarmRuleError(
        f"the alarm rule cannot be read at character {position + 1} ({found}); "
        'write for example ALARM("one") AND NOT OK("two")'
    )
