import pytest

from benchmarks.detecting.results import ResultsError
from benchmarks.detection import chosen_faults
from sandbox.faults.catalogue import ALL_FAULTS


def test_every_fault_of_every_example_is_asked_about() -> None:
    assert chosen_faults([]) == list(ALL_FAULTS)


def test_one_fault_can_be_chosen() -> None:
    assert [fault.fault_id for fault in chosen_faults(["http-api-header-case"])] == ["http-api-header-case"]


def test_an_unknown_fault_is_told_with_where_to_look() -> None:
    with pytest.raises(ResultsError, match="there is no fault nothing-such; list them: stageproof faults list"):
        chosen_faults(["nothing-such"])
