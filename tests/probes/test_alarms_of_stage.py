"""Alarms of an account in which hundreds of stages have theirs."""

from __future__ import annotations

from typing import Any

from probes.alarms_of_stage import _acting_parents


def _composite(name: str, rule: str, **more: Any) -> dict[str, Any]:
    return {"AlarmName": name, "AlarmArn": f"arn:aws:cloudwatch:::alarm:{name}", "AlarmRule": rule, **more}


def test_a_composite_acts_itself_or_by_its_parents() -> None:
    found = _acting_parents(
        [
            _composite("top", 'ALARM("middle") OR OK(arn:aws:cloudwatch:::alarm:by-arn)', AlarmActions=["a"]),
            _composite("middle", "ALARM(leaf) AND ALARM('top')"),  # a circle ends too
            _composite("by-arn", "ALARM(other)"),
            _composite("silent", "ALARM(leaf)"),
            _composite("off", "ALARM(leaf)", AlarmActions=["a"], ActionsEnabled=False),
        ]
    )
    assert found["leaf"] == ("middle",)
    assert found["other"] == ("by-arn",)
    assert found["middle"] == ("top",)


def test_thousands_of_composites_are_followed() -> None:
    # once for each pair of them would take hours
    composites = [
        _composite(f"c{number}", f"ALARM(c{number + 1}) OR ALARM(m{number})", AlarmActions=["a"] if not number else [])
        for number in range(4_000)
    ]
    found = _acting_parents(composites)
    assert found["m3999"] == ("c3999",)
