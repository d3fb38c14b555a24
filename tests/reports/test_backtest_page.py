"""The page of a backtest says for each alarm what it did, and shows it over time."""

from __future__ import annotations

from reports.backtest import render_backtest
from reports.view.backtest import backtest_page
from tests.reports.backtests import backtest_document, hostile_document
from tests.reports.hostile import SCRIPT
from tests.reports.test_escaping import CONTROL, tags_of


def test_alarms_that_need_a_change_come_first() -> None:
    page = backtest_page(backtest_document())
    assert [(alarm.short_name, alarm.state) for alarm in page.alarms] == [
        ("5xx-rate", "noisy"),
        ("latency-p90", "blind"),
        ("unhealthy", "fine"),
    ]
    assert page.headline == "1 of 3 alarms would be too noisy; 1 incident would have been seen by no alarm"
    assert page.prefix == "stageproof-pets-dev-"


def test_an_alarm_tells_all_that_it_did() -> None:
    noisy = backtest_page(backtest_document()).alarms[0]
    assert dict(noisy.facts) == {
        "rings where": "5XXError Average > 0.05 ms",
        "for": "3 of 3 periods of 1 min",
        "missing data": "notBreaching",
        "times fired": "2",
        "in incidents": "1",
        "outside (noise)": "1 (2 min)",
        "in ALARM": "32 min",
        "longest": "30 min",
        "first": "2026-01-02 00:03Z",
        "last": "2026-01-03 00:03Z",
        "noise budget": "exceeded",
        "suggested threshold": "0.08 ms",
    }
    assert [(mark.kind, mark.value) for mark in noisy.chart.marks] == [
        ("threshold", "0.05 ms"),
        ("suggested", "0.08 ms"),
    ]
    assert [(stretch.kind, stretch.left_percent) for stretch in noisy.ringing] == [("right", 33.403), ("noise", 66.736)]
    assert [stretch.label for stretch in noisy.chart.stretches] == ["failover", "outage"]
    assert noisy.missed == ("outage",)


def test_an_incident_tells_who_rang() -> None:
    failover, outage = backtest_page(backtest_document()).incidents
    assert (failover.rang, failover.length) == (("5xx-rate",), "30 min")
    assert outage.rang == ()


def test_a_quiet_backtest_and_an_empty_one() -> None:
    document = backtest_document() | {"unseen_incidents": []}
    document["alarms"] = document["alarms"][:2]
    assert backtest_page(document).state == "held"
    assert "Quiet and sharp" in render_backtest(document)
    assert "want no alarm" in render_backtest(document | {"alarms": [], "incidents": []})


def test_the_page_loads_nothing_and_names_nothing_twice() -> None:
    page = render_backtest(backtest_document())
    tags = tags_of(page)
    assert not {"link", "img", "iframe"} & set(tags.tags)
    assert not [value for _, name, value in tags.attributes if name == "src"]
    ids = [value for _, name, value in tags.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_hostile_names_are_only_text() -> None:
    own, hostile = render_backtest(backtest_document()), render_backtest(hostile_document(backtest_document()))
    assert SCRIPT not in hostile
    assert hostile.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 20
    assert not CONTROL.search(hostile)
    assert set(tags_of(hostile).tags) == set(tags_of(own).tags)
    assert {(tag, name) for tag, name, _ in tags_of(hostile).attributes} == {
        (tag, name) for tag, name, _ in tags_of(own).attributes
    }
