"""Which planted faults are found: by Stageproof, by ``schemathesis run`` alone, and by cfn-lint and Checkov.

    python benchmarks/detection.py [--checkov PROGRAM] [--markdown docs/detection.md] [--fault ID] [--continue]

Each fault is planted in a sandbox of its own process. The table is printed, and with --markdown written to a page.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.detecting import page, results
from benchmarks.detecting.lint import lint
from benchmarks.detecting.linters import LinterError
from benchmarks.detecting.pool import Task, work
from benchmarks.detecting.results import Budget, Results, ResultsError, Shown
from benchmarks.detecting.templates import HTTP_API_REFERENCE

if TYPE_CHECKING:
    from sandbox.faults.fault import Fault

REPOSITORY = Path(__file__).resolve().parent.parent
RESULTS = REPOSITORY / "build" / "detection"
_HEALTHY = "healthy"


def main() -> int:
    """Run what is asked for; return 0, or 2 for a wrong argument or a linter that does not run."""
    arguments = _arguments()
    try:
        return _run(arguments)
    except (ResultsError, LinterError) as error:
        print(error, file=sys.stderr)
        return 2


def _run(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.results
    budget = Budget(max_examples=arguments.max_examples, seed=arguments.seed, time_limit_s=arguments.time_limit)
    chosen = chosen_faults(arguments.fault)
    held = _prepared(folder, budget, is_continued=arguments.is_continued)
    started_s = time.monotonic()
    try:
        _carry_out(held, [fault.fault_id for fault in chosen], arguments.workers, folder)
    except KeyboardInterrupt:
        print(f"interrupted; go on: {shlex.join([*sys.argv, '--continue'])}", file=sys.stderr)
        return 130
    print("running the linters over the templates", file=sys.stderr, flush=True)
    linted = lint(held, folder / "templates", arguments.checkov)
    table = page.Table.of(chosen, held, linted)
    print(page.as_text(table))
    print(f"{time.monotonic() - started_s:.0f} s")
    if arguments.markdown is not None:
        text = page.as_markdown(table, command=_command(arguments))
        arguments.markdown.write_text(text, encoding="utf-8")
    return 0


def chosen_faults(fault_ids: Sequence[str]) -> list[Fault]:
    """Return the faults to ask about, whatever API they are planted in.

    Args:
        fault_ids: Those that were asked for; none means every fault of the catalogue.

    Raises:
        ResultsError: If there is no such fault.
    """
    from sandbox.faults.catalogue import ALL_FAULTS

    chosen = [fault for fault in ALL_FAULTS if not fault_ids or fault.fault_id in fault_ids]
    unknown = set(fault_ids) - {fault.fault_id for fault in chosen}
    if unknown:
        raise ResultsError(f"there is no fault {', '.join(sorted(unknown))}; list them: stageproof faults list")
    return chosen


def _prepared(folder: Path, budget: Budget, *, is_continued: bool) -> Results:
    """Return what an earlier run left, or make room for a new one."""
    lines = folder / "results.jsonl"
    if is_continued and lines.is_file():
        held = results.read(lines)
        if held.budget != budget:
            raise ResultsError(f"{lines} was made with another budget ({held.budget}); run without --continue")
        return held
    if folder.exists() and any(folder.iterdir()) and not lines.is_file():
        raise ResultsError(f"{folder} holds something else; give another folder by --results")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    results.append(lines, budget)
    return Results(budget=budget)


def _carry_out(held: Results, fault_ids: list[str], workers: int, folder: Path) -> None:
    """Do what is left to do, and write each result as it comes."""
    tasks = _left(held, fault_ids, folder / "templates")
    if not tasks:
        return
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("starting", total=len(tasks))
        for task, result in work(tasks, workers=workers, budget=held.budget, folder=folder / "templates"):
            if result is not None:
                held.add(result)
                results.append(folder / "results.jsonl", result)
            name = task if isinstance(task, str) else _HEALTHY
            progress.update(bar, advance=1, description=name)
            if not console.is_terminal:
                print(f"{progress.tasks[0].completed:.0f}/{len(tasks)} {name}", file=sys.stderr, flush=True)


def _left(held: Results, fault_ids: list[str], templates: Path) -> list[Task]:
    from sandbox.faults.catalogue import ALL_FAULTS

    chosen = [fault for fault in ALL_FAULTS if fault.fault_id in fault_ids]
    asked = dict.fromkeys(Shown(example=fault.example, operations=fault.shown_by) for fault in chosen)
    tasks: list[Task] = [] if (templates / HTTP_API_REFERENCE).is_dir() else [None]
    tasks += [shown for shown in asked if shown not in held.healthy]
    done = {fault_id for fault_id, result in held.faults.items() if not result.failed}
    return [*tasks, *(fault_id for fault_id in fault_ids if fault_id not in done)]


def _command(arguments: argparse.Namespace) -> str:
    """Return the command that makes the page, without what depends on the machine."""
    words = ["python", "benchmarks/detection.py"]
    for name, value, usual in (
        ("--max-examples", arguments.max_examples, Budget().max_examples),
        ("--seed", arguments.seed, Budget().seed),
        ("--time-limit", arguments.time_limit, Budget().time_limit_s),
    ):
        words += [name, str(value)] if value != usual else []
    for fault_id in arguments.fault:
        words += ["--fault", fault_id]
    words += ["--checkov", "checkov"] if arguments.checkov else []
    return shlex.join([*words, "--markdown", "docs/detection.md"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="only this fault; may be repeated")
    parser.add_argument("--max-examples", type=int, default=Budget().max_examples, help="examples an operation")
    parser.add_argument("--seed", type=int, default=Budget().seed)
    parser.add_argument("--time-limit", type=int, default=Budget().time_limit_s, help="seconds for each tool and fault")
    parser.add_argument("--workers", type=int, default=2, help="how many faults are tried at the same time")
    parser.add_argument(
        "--checkov", type=Path, metavar="PROGRAM", help="Checkov's command, in an environment of its own"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page, docs/detection.md")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER", help="where results are kept")
    parser.add_argument(
        "--continue", dest="is_continued", action="store_true", help="go on with the results that are there"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
