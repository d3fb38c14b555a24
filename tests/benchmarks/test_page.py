"""The table and its page, from results as they lie in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.detecting import page, results
from benchmarks.detecting.findings import Finding
from benchmarks.detecting.lint import Linted, Linter
from benchmarks.detecting.results import (
    Budget,
    FaultResult,
    HealthyResult,
    Results,
    SchemathesisResult,
    Shown,
    StageproofResult,
    TemplateResult,
)
from sandbox.faults.fault import Fault

USERS = ("GET /users",)
NO_LINKS = Finding(check="error", subject="Stateful tests", kind="NoLinksFound")
SERVER_ERROR = Finding(check="not_a_server_error", subject="GET /users", status=500)


def _fault(fault_id: str, rule: str) -> Fault:
    return Fault(
        fault_id=fault_id, title=f"{fault_id} | <b>", rule=rule, subject="GET /users", step="stage", failure_mode="mode"
    )


def _result(fault_id: str, *, found: bool = True, failures: tuple[Finding, ...] = (NO_LINKS,)) -> FaultResult:
    return FaultResult(
        fault_id=fault_id,
        operations=USERS,
        stageproof=StageproofResult(found=found, others=("CO002 GET /users", "MQ001 GET /users")),
        schemathesis=SchemathesisResult(failures=failures),
        template=TemplateResult(reference="healthy"),
    )


FAULTS = (_fault("weak-tls", "SE004"), _fault("validator-absent", "MQ001"), _fault("log-off", "OB001"))


@pytest.fixture
def table() -> page.Table:
    held = Results(budget=Budget())
    held.add(_result("validator-absent", failures=(NO_LINKS, SERVER_ERROR)))
    held.add(_result("weak-tls", found=False))
    held.add(_result("log-off"))
    run = SchemathesisResult(failures=(NO_LINKS,))
    held.add(
        HealthyResult(
            example="users-api", operations=USERS, schemathesis=run, repeated=run, stageproof=StageproofResult()
        )
    )
    checkov = Linter(
        ran=True,
        new={"weak-tls": (Finding(check="CKV_AWS_206", subject="d"),), "validator-absent": ()},
        healthy=frozenset({Finding(check="CKV_AWS_120", subject="Stage")}),
        titles={"CKV_AWS_120": "Ensure caching"},
    )
    expressed = frozenset({"weak-tls", "validator-absent"})
    linted = Linted(expressed=expressed, cfn_lint=Linter(), checkov=checkov, versions={"Checkov": "3.0"})
    return page.Table.of(FAULTS, held, linted)


def test_each_tool_has_an_answer_to_each_fault(table: page.Table) -> None:
    answers = {row.fault.fault_id: [row.cells[tool].answer for tool in page.TOOLS] for row in table.rows}
    assert answers == {
        "validator-absent": ["yes", "yes", "not run", "no"],
        "log-off": ["yes", "no", "not run", "—"],
        "weak-tls": ["no", "no", "not run", "yes"],
    }


def test_what_proves_an_answer_stands_beside_it(table: page.Table) -> None:
    proof = {row.fault.fault_id: [row.cells[tool].proof for tool in page.TOOLS] for row in table.rows}
    assert proof["validator-absent"][:2] == [("CO002",), ("not_a_server_error",)]
    assert proof["weak-tls"][3] == ("CKV_AWS_206",)


def test_sums_are_by_topic_and_tool(table: page.Table) -> None:
    sums = {each.name: (each.faults, each.expressed, list(each.found.values())) for each in table.sums()}
    assert sums["Method request"] == (1, 1, [1, 1, 0, 0])
    assert sums["Security"] == (1, 1, [0, 0, 0, 1])
    assert sums["All"] == (3, 2, [2, 1, 0, 1])
    assert list(sums)[-1] == "All"


def test_a_fault_that_stageproof_missed_is_named_with_those_that_found_it(table: page.Table) -> None:
    assert [row.fault.fault_id for row in table.missed()] == ["weak-tls"]
    text = page.as_markdown(table, command="python x")
    assert "- `weak-tls` (SE004), found by Checkov\n" in text


def test_the_page_is_a_table_whose_cells_stay_whole(table: page.Table) -> None:
    text = page.as_markdown(table, command="python x --markdown docs/detection.md")
    assert "```sh\npython x --markdown docs/detection.md\n```" in text
    row = next(line for line in text.splitlines() if line.startswith("| `weak-tls`"))
    assert (
        row == "| `weak-tls`: weak-tls \\| &lt;b> | mode | SE004 | no: CO002, MQ001 | no | not run | yes: CKV_AWS_206 |"
    )
    assert "| **All** | 3 | 2 | 1 | 0 | 1 | 2 |" in text
    assert "| `CKV_AWS_120` Ensure caching | Stage |" in text


def test_a_tool_that_did_not_run_is_an_error_and_not_a_no(table: page.Table) -> None:
    failed = FaultResult(
        fault_id="log-off",
        operations=USERS,
        stageproof=StageproofResult(error="no night"),
        schemathesis=SchemathesisResult(error="no run"),
        template=TemplateResult(error="no template"),
    )
    table.results.add(failed)
    again = page.Table.of(FAULTS, table.results, table.linted)
    row = next(row for row in again.rows if row.fault.fault_id == "log-off")
    assert [row.cells[tool].answer for tool in page.TOOLS] == ["error", "error", "not run", "error"]
    assert "log-off" in page.as_text(again)


def test_results_are_read_as_they_were_written_without_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    run = SchemathesisResult(failures=(SERVER_ERROR,), cases=9, elapsed_s=1.5)
    healthy = HealthyResult(
        example="users-api", operations=USERS, schemathesis=run, repeated=run, stageproof=StageproofResult()
    )
    for each in (Budget(seed=3), _result("weak-tls"), healthy):
        results.append(path, each)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"FaultResult": {"fault_id": "log')
    held = results.read(path)
    assert held == Results(
        budget=Budget(seed=3),
        faults={"weak-tls": _result("weak-tls")},
        healthy={Shown(example="users-api", operations=USERS): healthy},
    )


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(results.ResultsError, match="holds no results"):
        results.read(path)
