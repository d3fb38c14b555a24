"""``stageproof demo``: the whole suite on the embedded sandbox, without an AWS account."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import StageproofError
from stageproof.exit_codes import exit_code
from stageproof.own_environment import own_environment

if TYPE_CHECKING:
    from sandbox.faults.fault import Fault
    from stageproof.progress import NightProgress

HELP = (
    "Start the sandbox, deploy the example API, run the whole suite and write the report.\n\n"
    "Examples:\n\n"
    "  stageproof demo\n\n"
    "  stageproof demo --with-faults   (plants faults in the deployment, and finds them)\n\n"
    "  stageproof demo --example notes-api   (an HTTP API in place of a REST API)"
)
_MADE_BY_US = "manifest.json"


class Example(StrEnum):
    """The example APIs: one of REST, one of HTTP."""

    USERS_API = "users-api"
    NOTES_API = "notes-api"


def demo(
    with_faults: Annotated[
        bool, typer.Option("--with-faults", help="Plant a dozen faults, as a bad deployment would, and find them.")
    ] = False,
    fault: Annotated[
        list[str] | None, typer.Option(help="Plant this fault of `stageproof faults list`; may be repeated.")
    ] = None,
    example: Annotated[
        Example | None, typer.Option(help="The example API; that of the faults, else users-api, by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder of the recording and its reports.")] = Path("stageproof-demo"),
    seed: Annotated[int, typer.Option(help="The seed of the traffic.", min=0)] = 1,
) -> None:
    """Run the demo; with faults the exit code is 1, as of a real night that finds something."""
    from contracts.judgement import judge
    from contracts.recording import Recording
    from reports.write import write_reports
    from stageproof.commands.run import stopped_orderly
    from stageproof.progress import NightProgress
    from stageproof.summary import print_summary

    faults = _chosen(with_faults, fault or [])
    name = _example_of(faults, example)
    _make_room(out)
    with stopped_orderly(), own_environment(), NightProgress() as progress:
        _observe(faults, name, out, seed, progress)
    judgement = judge(Recording.open(out), today=datetime.now(UTC).date())
    print_summary(judgement, write_reports(judgement, out), planted=faults)
    raise typer.Exit(exit_code(judgement))


def _observe(faults: tuple[Fault, ...], example: str, out: Path, seed: int, progress: NightProgress) -> None:
    """Carry out a night at an example API in a sandbox of its own."""
    from probes.night import observe
    from stageproof.demonstration import demonstration

    progress.say(f"starting the sandbox and deploying the {example}")
    with demonstration(faults, example) as demonstrated, own_environment(demonstrated.environ):
        if faults:
            progress.say(f"planted {len(faults)} faults")
        observe(demonstrated.night_plan(out, {"seed": seed}), progress)


def _chosen(with_faults: bool, names: list[str]) -> tuple[Fault, ...]:  # noqa: FBT001 - a plain flag
    from contracts.expectation_faults import nearest
    from sandbox.faults.catalogue import ALL_FAULTS, FAULTS

    known = {item.fault_id: item for item in ALL_FAULTS}
    for name in names:
        if name not in known:
            raise StageproofError(
                f"there is no fault {name!r}{nearest(name, known)}; list them: stageproof faults list"
            )
    named = tuple(known[name] for name in names)
    return tuple(dict.fromkeys((*FAULTS, *named))) if with_faults else named


def _example_of(faults: tuple[Fault, ...], example: Example | None) -> str:
    """Return the example to deploy: the faults say it, and a flag must not contradict them."""
    meant = sorted({fault.example for fault in faults} | ({example.value} if example else set()))
    if len(meant) > 1:
        raise StageproofError(f"{' and '.join(meant)} cannot be shown together: choose faults of one example")
    return meant[0] if meant else Example.USERS_API.value


def _make_room(out: Path) -> None:
    """Replace the demo of before; a folder that is anything else stays. What cannot be written is told at once."""
    if out.exists() and not out.is_dir():
        raise StageproofError(f"{out} is a file; give another folder by --out")
    try:
        if out.exists() and any(out.iterdir()):
            if not (out / _MADE_BY_US).is_file():
                raise StageproofError(f"{out} holds something other than a recording; give another folder by --out")
            shutil.rmtree(out)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StageproofError(f"{out}: cannot be written: {error.strerror}; give another folder by --out") from error
