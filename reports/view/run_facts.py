"""The head of a report: what was judged, when, against what, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.baseline import Movement
from contracts.judgement import Judgement
from contracts.verdict import Severity, Step, Verdict
from reports.view.text import one_line
from reports.view.verdict_card import in_reading_order
from reports.view.words import plural, step_phrase

_BRIEF = ("Region", "Account", "Started", "Took", "Seed", "Requests", "Exit code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The result in one sentence; ``state`` is ``broken``, ``undetermined`` or ``held``."""

    state: str
    text: str
    exit_meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Names and values about the run, the ``brief`` ones at the head.

    ``warnings`` are what a reader must know before believing the rest.
    """

    title: str
    headline: Headline
    brief: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    summary: tuple[tuple[str, str, int], ...]
    severities: tuple[tuple[str, int], ...]


def run_facts(judgement: Judgement) -> RunFacts:
    """Describe the run of a judgement."""
    facts = tuple((name, one_line(value, 300)) for name, value in _facts(judgement) if value)
    return RunFacts(
        title=f"{api_name(judgement)} · {judgement.manifest.stage}",
        headline=headline(judgement),
        brief=tuple((name, value) for name, value in facts if name in _BRIEF),
        facts=facts,
        warnings=_warnings(judgement),
        summary=tuple((name, name.replace("_", " "), count) for name, count in judgement.summary.items()),
        severities=tuple((severity.value, _of(judgement.broken, severity)) for severity in Severity),
    )


def headline(judgement: Judgement) -> Headline:
    """Say the result in one sentence, with the first broken step, and the exit code that a run has by itself."""
    undetermined, raised = judgement.summary["undetermined"], len(judgement.internal_errors)
    not_judged = f"2, {plural(raised, 'rule')} could not be carried out" if raised else ""
    if judgement.broken:
        first = first_broken_step(judgement)
        where = f", first at {step_phrase(first)}" if first else ""
        text = f"{plural(len(judgement.broken), 'verdict')} broken{where}"
        meaning = "1, something is broken"
        if judgement.since is not None and not judgement.since.of(Movement.NEWLY_BROKEN):
            meaning += " (0 with --fail-on new)"
        return Headline(state="broken", text=text, exit_meaning=not_judged or meaning)
    if raised:
        text = f"Nothing that was judged is broken, but {plural(raised, 'rule')} could not be carried out"
        return Headline(state="undetermined", text=text, exit_meaning=not_judged)
    meaning = "0, nothing is broken"
    if undetermined:
        text = f"Nothing is broken, but {plural(undetermined, 'verdict is', 'verdicts are')} undetermined"
        return Headline(state="undetermined", text=text, exit_meaning=f"{meaning} (1 with --fail-on undetermined)")
    return Headline(state="held", text="Every promise that was tested holds", exit_meaning=meaning)


def first_broken_step(judgement: Judgement) -> Step | None:
    """Return the first step on a request's way with the worst severity that was found, None where nothing broke."""
    worst = judgement.broken[0].severity if judgement.broken else None
    ordered = in_reading_order(verdict for verdict in judgement.broken if verdict.severity is worst)
    return ordered[0].step if ordered else None


def api_name(judgement: Judgement) -> str:
    """Return the API's name as deployed, else as the contract has it, else its id."""
    return one_line(judgement.rest_api_name, 120)


def time_text(moment: datetime | None) -> str:
    """Return a time in UTC for reading."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _facts(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    manifest, metadata = judgement.manifest, judgement.configuration.metadata
    kind = judgement.configuration.api_kind.name
    return (
        ("Stage", manifest.stage),
        (f"{kind} API", f"{api_name(judgement)} ({manifest.api_id})"),
        ("Region", metadata.region),
        ("Account", metadata.account_id or "unknown"),
        ("Invoke URL", metadata.invoke_url),
        ("Started", time_text(manifest.started_at)),
        ("Took", _took(judgement)),
        ("Seed", "none" if manifest.seed is None else str(manifest.seed)),
        ("Requests", f"{len(judgement.transactions):,}"),
        ("Contract", _contract(judgement)),
        ("Run", manifest.run_id),
        ("Stageproof", manifest.stageproof_version),
        ("Exit code", headline(judgement).exit_meaning),
    )


def _took(judgement: Judgement) -> str:
    finished = judgement.manifest.finished_at
    if finished is None:
        return "not finished"
    minutes, seconds = divmod(round((finished - judgement.manifest.started_at).total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _contract(judgement: Judgement) -> str:
    api, manifest = judgement.contract.rest_api, judgement.manifest
    digest = (manifest.contract_digest or judgement.contract.digest)[:12]
    return " ".join(filter(None, (api.name, api.version, f"(digest {digest})" if digest else "")))


def _warnings(judgement: Judgement) -> tuple[str, ...]:
    found = []
    if not judgement.manifest.complete:
        found.append("This run was interrupted: the verdicts stand on what was recorded until then.")
    if judgement.internal_errors:
        count = plural(len(judgement.internal_errors), "rule", "rules")
        found.append(f"{count} could not be carried out because of a fault in Stageproof; see Internal errors.")
    return tuple(found)


def _of(verdicts: tuple[Verdict, ...], severity: Severity) -> int:
    return sum(verdict.severity is severity for verdict in verdicts)
