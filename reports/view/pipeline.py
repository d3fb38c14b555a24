"""The four steps drawn as a pipeline: where every box stands, what is counted in it, and which is broken first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.judgement import Judgement
from contracts.verdict import Outcome, Severity, Step, Verdict
from reports.view.run_facts import first_broken_step
from reports.view.words import STEP_NAMES, STEP_NUMBERS

_LOW = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text at a place; ``kind`` is ``name``, ``broken``, ``undetermined``, ``quiet`` or ``number``."""

    x: float
    y: float
    text: str
    kind: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step, or an end of the way. ``state`` is error, warning, note, undetermined, held, idle or plain."""

    x: int
    y: int
    width: int
    height: int
    state: str
    labels: tuple[Label, ...]
    href: str = ""
    spoken: str = ""
    breaks_here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A way between boxes; ``beside`` marks the gateway's own answers."""

    path: str
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The drawing in one of two layouts."""

    layout: str
    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


Place = tuple[int, int, int, int]

_WIDE: Mapping[Step, Place] = {
    Step.ROUTING: (170, 34, 180, 78),
    Step.METHOD_REQUEST: (395, 34, 180, 78),
    Step.INTEGRATION_REQUEST: (620, 34, 180, 78),
    Step.BACKEND: (850, 34, 140, 276),
    Step.GATEWAY_RESPONSE: (170, 148, 630, 46),
    Step.INTEGRATION_RESPONSE: (620, 232, 180, 78),
    Step.METHOD_RESPONSE: (395, 232, 180, 78),
    Step.STAGE: (10, 346, 980, 46),
}
_WIDE_CLIENT: Place = (10, 34, 110, 276)
_WIDE_ARROWS = (
    Arrow(path="M120 73H166"),
    Arrow(path="M350 73H391"),
    Arrow(path="M575 73H616"),
    Arrow(path="M800 73H846"),
    Arrow(path="M850 271H804"),
    Arrow(path="M620 271H579"),
    Arrow(path="M395 271H124"),
    Arrow(path="M260 112V144", beside=True),
    Arrow(path="M485 112V144", beside=True),
    Arrow(path="M710 112V144", beside=True),
    Arrow(path="M170 171H124", beside=True),
)

_NARROW: Mapping[Step, Place] = {
    Step.ROUTING: (4, 88, 160, 78),
    Step.METHOD_REQUEST: (4, 200, 160, 78),
    Step.INTEGRATION_REQUEST: (4, 312, 160, 78),
    Step.BACKEND: (4, 424, 352, 62),
    Step.INTEGRATION_RESPONSE: (196, 312, 160, 78),
    Step.METHOD_RESPONSE: (196, 200, 160, 78),
    Step.GATEWAY_RESPONSE: (196, 88, 134, 78),
    Step.STAGE: (4, 508, 352, 62),
}
_NARROW_CLIENT: Place = (4, 8, 352, 46)
_NARROW_ARROWS = (
    Arrow(path="M84 54V84"),
    Arrow(path="M84 166V196"),
    Arrow(path="M84 278V308"),
    Arrow(path="M84 390V420"),
    Arrow(path="M276 424V394"),
    Arrow(path="M276 312V282"),
    Arrow(path="M343 200V58"),
    Arrow(path="M164 127H192", beside=True),
    Arrow(path="M164 225H180V127", beside=True),
    Arrow(path="M164 337H180V220", beside=True),
    Arrow(path="M262 88V58", beside=True),
)


def pipelines(judgement: Judgement) -> tuple[Pipeline, Pipeline]:
    """Return the drawing for a wide and for a narrow page."""
    states = {step: _of_step(judgement, step) for step in STEP_NAMES}
    first = first_broken_step(judgement)
    return (
        _pipeline("wide", (1000, 400), _WIDE, _WIDE_CLIENT, _WIDE_ARROWS, states, first),
        _pipeline("narrow", (360, 578), _NARROW, _NARROW_CLIENT, _NARROW_ARROWS, states, first),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """What was found at a step."""

    state: str
    broken: int
    undetermined: int
    held: int


def _of_step(judgement: Judgement, step: Step) -> StepState:
    own = [verdict for verdict in judgement.verdicts if verdict.step is step and not verdict.waived]
    counts = Counter(verdict.outcome for verdict in own)
    return StepState(
        state=_state(own, counts),
        broken=counts[Outcome.BROKEN],
        undetermined=counts[Outcome.UNDETERMINED],
        held=counts[Outcome.HELD],
    )


def _state(verdicts: list[Verdict], counts: Counter[Outcome]) -> str:
    broken = {verdict.severity for verdict in verdicts if verdict.outcome is Outcome.BROKEN}
    for severity in Severity:
        if severity in broken:
            return severity.value
    for outcome in (Outcome.UNDETERMINED, Outcome.HELD):
        if counts[outcome]:
            return outcome.value
    return "idle"


def _pipeline(  # noqa: PLR0913 - one layout's parts, used twice above
    layout: str,
    size: tuple[int, int],
    places: Mapping[Step, Place],
    client: Place,
    arrows: tuple[Arrow, ...],
    states: Mapping[Step, StepState],
    first: Step | None,
) -> Pipeline:
    boxes = [_box(step, place, states[step], breaks_here=step is first) for step, place in places.items()]
    width, height = size
    return Pipeline(layout=layout, width=width, height=height, boxes=(_client(client), *boxes), arrows=arrows)


def _client(place: Place) -> Box:
    x, y, width, height = place
    middle = Label(x=x + width / 2, y=y + height / 2 + 5, text="Client", kind="name", anchor="middle")
    return Box(x=x, y=y, width=width, height=height, state="plain", labels=(middle,))


def _box(step: Step, place: Place, found: StepState, *, breaks_here: bool) -> Box:
    x, y, width, height = place
    lines = _lines(found)
    return Box(
        x=x,
        y=y,
        width=width,
        height=height,
        state=found.state,
        labels=_labels(step, place, lines),
        href=f"#step-{step.value}" if found.broken else "#undetermined" if found.undetermined else "",
        spoken=f"{STEP_NAMES[step]}: {', '.join(text for _, text in lines)}",
        breaks_here=breaks_here,
    )


def _lines(found: StepState) -> tuple[tuple[str, str], ...]:
    lines = []
    if found.broken:
        lines.append(("broken", f"✕ {found.broken} broken"))
    if found.undetermined:
        lines.append(("undetermined", f"? {found.undetermined} undetermined"))
    if not lines:
        lines.append(("quiet", f"✓ {found.held} held" if found.held else "nothing to judge"))
    return tuple(lines)


def _labels(step: Step, place: Place, lines: tuple[tuple[str, str], ...]) -> tuple[Label, ...]:
    x, y, width, height = place
    number = STEP_NUMBERS.get(step)
    left = x + 14
    if height < _LOW:
        name = Label(x=left, y=y + height / 2 + 5, text=STEP_NAMES[step], kind="name")
        return (name, *_in_a_row(x + width - 14, y + height / 2 + 5, lines))
    tall = y + height / 2 - 29 if height > 2 * _LOW else y + (height - 78) / 2
    head = [] if number is None else [Label(x=left + 10, y=tall + 26, text=str(number), kind="number", anchor="middle")]
    name_x = left if number is None else left + 27
    texts = [Label(x=name_x, y=tall + 26, text=STEP_NAMES[step], kind="name")]
    texts += [Label(x=left, y=tall + 47 + 17 * row, text=text, kind=kind) for row, (kind, text) in enumerate(lines)]
    return (*head, *texts)


def _in_a_row(right: float, y: float, lines: tuple[tuple[str, str], ...]) -> tuple[Label, ...]:
    return tuple(
        Label(x=right - 140 * place, y=y, text=text, kind=kind, anchor="end")
        for place, (kind, text) in enumerate(reversed(lines))
    )
