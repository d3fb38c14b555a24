"""Which requests are traced, and under which ids."""

from __future__ import annotations

import pytest

from sandbox.telemetry.traces import Sampler, header_fields, new_root, trace_context

ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("header", "root", "parent", "sampled"),
    [
        (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1", ROOT, "53995c3f42cd8ad8", True),
        (f"Root={ROOT};Sampled=0", ROOT, None, False),
        (f"Self=1-1-1; Root={ROOT} ;Sampled=1", ROOT, None, True),
        ("Root=nonsense;Parent=53995c3f42cd8ad8;Sampled=1", None, None, True),
        (None, None, None, True),
    ],
)
def test_the_clients_header_decides(header: str | None, root: str | None, parent: str | None, sampled: bool) -> None:
    context = trace_context(header, Sampler(clock=lambda: 0.0), 1_465_510_280.0)
    if root is None:
        assert context.root.startswith("1-5759e988-")
        assert context.root != ROOT
    else:
        assert context.root == root
    assert (context.parent_id, context.is_sampled) == (parent, sampled)


def test_the_default_rule_takes_one_a_second_and_a_few_of_the_rest() -> None:
    now = [0.0]
    sampler = Sampler(clock=lambda: now[0])
    first = [sampler.decide() for _ in range(2_000)]
    assert first[0]
    assert 40 < sum(first) < 200
    now[0] = 1.0
    assert sampler.decide()


def test_what_is_called_gets_the_segment_as_its_parent() -> None:
    context = trace_context(f"Root={ROOT};Sampled=1", Sampler(), 0.0)
    assert header_fields(context.header("0123456789abcdef")) == {
        "Root": ROOT,
        "Parent": "0123456789abcdef",
        "Sampled": "1",
    }


def test_a_new_root_begins_with_its_time() -> None:
    assert new_root(1_465_510_280.9).startswith("1-5759e988-")
