"""Documents of backtests, as ``alarms backtest --json`` prints them."""

from __future__ import annotations

from typing import Any

from tests.reports.hostile import HOSTILE

_RINGS = [
    {
        "started_at": "2026-01-02T00:03:00+00:00",
        "ended_at": "2026-01-02T00:33:00+00:00",
        "minutes": 30.0,
        "incident": "failover",
    },
    {
        "started_at": "2026-01-03T00:03:00+00:00",
        "ended_at": "2026-01-03T00:05:00+00:00",
        "minutes": 2.0,
        "incident": None,
    },
]


def backtest_document() -> dict[str, Any]:
    """A noisy alarm, one without data, and a composite."""
    fine = {
        "description": "5XXError rate above 0.05",
        "threshold": None,
        "fired": 0,
        "fired_in_incidents": 0,
        "noise": 0,
        "noise_minutes": 0.0,
        "minutes_in_alarm": 0.0,
        "longest_minutes": 0.0,
        "missed_incidents": ["failover", "outage"],
        "within_noise_budget": True,
        "suggested_threshold": None,
        "periods_with_data": 0,
        "remarks": [],
        "timeline": None,
        "rings": [],
    }
    metric = {
        "kind": "metric",
        "watched": "5XXError Average",
        "unit": "ms",
        "comparison": "GreaterThanThreshold",
        "period_s": 60,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 3,
        "treat_missing_data": "notBreaching",
    }
    noisy = (
        fine
        | metric
        | {
            "name": "stageproof-pets-dev-5xx-rate",
            "threshold": 0.05,
            "fired": 2,
            "fired_in_incidents": 1,
            "noise": 1,
            "noise_minutes": 2.0,
            "minutes_in_alarm": 32.0,
            "longest_minutes": 30.0,
            "missed_incidents": ["outage"],
            "within_noise_budget": False,
            "suggested_threshold": 0.08,
            "periods_with_data": 4320,
            "remarks": ["noisier than its budget"],
            "rings": _RINGS,
            "timeline": {
                "start_at": "2026-01-01T00:00:00+00:00",
                "bucket_s": 21600,
                "low": [0.0] * 12,
                "high": [0.0, 0.0, 0.0, 0.0, 0.6, 0.0, None, 0.0, 0.07, 0.0, 0.0, 0.0],
            },
        }
    )
    silent = (
        fine
        | metric
        | {
            "name": "stageproof-pets-dev-latency-p90",
            "threshold": 2500.0,
            "remarks": ["there is no data"],
            "timeline": {
                "start_at": "2026-01-01T00:00:00+00:00",
                "bucket_s": 21600,
                "low": [None] * 12,
                "high": [None] * 12,
            },
        }
    )
    composite = fine | {"name": "stageproof-pets-dev-unhealthy", "kind": "composite", "children": ["a", "b"]}
    return {
        "format": 1,
        "head": "Backtest of the alarms of pets dev (abc123) in account 123456789012, Region us-east-1",
        "start_at": "2026-01-01T00:00:00+00:00",
        "end_at": "2026-01-04T00:00:00+00:00",
        "quiet_and_sharp": False,
        "noise_budget": {"rings_per_week": 1.0, "minutes_in_alarm_per_week": 30.0},
        "incidents": [
            {"title": "failover", "started_at": "2026-01-02T00:00:00+00:00", "ended_at": "2026-01-02T00:30:00+00:00"},
            {"title": "outage", "started_at": "2026-01-03T12:00:00+00:00", "ended_at": "2026-01-03T13:00:00+00:00"},
        ],
        "unseen_incidents": ["outage"],
        "alarms": [composite, silent, noisy],
    }


def hostile_document(value: Any) -> Any:
    """Put hostile text before every text of a JSON document; keys and times stay, for they are ours."""
    if isinstance(value, dict):
        return {key: held if key.endswith("_at") else hostile_document(held) for key, held in value.items()}
    if isinstance(value, list):
        return [hostile_document(held) for held in value]
    return HOSTILE + value if isinstance(value, str) else value
