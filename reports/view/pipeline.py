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
_TALL = 78
_NARROW_BOX = 200
_CAPTION = 180
_CAPTIONS = {
    Step.GATEWAY_RESPONSE: "what the gateway answers by itself",
    Step.STAGE: "deployment, logs, traces, metrics, limits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text at a place; ``kind`` is ``name``, ``broken``, ``undetermined``, ``quiet``, ``caption`` or ``number``."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands: x, y, width and height of each box, and the ways between them."""

    name: str
    width: int
    height: int
    places: Mapping[Step, Place]
    client: Place
    arrows: tuple[Arrow, ...]


_WIDE: Mapping[Step, Place] = {
    Step.ROUTING: (134, 34, 150, 78),
    Step.METHOD_REQUEST: (316, 34, 222, 78),
    Step.INTEGRATION_REQUEST: (570, 34, 222, 78),
    Step.BACKEND: (826, 34, 164, 276),
    Step.GATEWAY_RESPONSE: (134, 148, 658, 46),
    Step.INTEGRATION_RESPONSE: (570, 232, 222, 78),
    Step.METHOD_RESPONSE: (316, 232, 222, 78),
    Step.STAGE: (10, 346, 980, 46),
}
_WIDE_CLIENT: Place = (10, 34, 92, 276)
_WIDE_ARROWS = (
    Arrow(path="M102 73H130"),
    Arrow(path="M284 73H312"),
    Arrow(path="M538 73H566"),
    Arrow(path="M792 73H822"),
    Arrow(path="M826 271H796"),
    Arrow(path="M570 271H542"),
    Arrow(path="M316 271H106"),
    Arrow(path="M209 112V144", beside=True),
    Arrow(path="M427 112V144", beside=True),
    Arrow(path="M681 112V144", beside=True),
    Arrow(path="M134 171H106", beside=True),
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
    Arrow(path="M30 54V84"),
    Arrow(path="M30 166V196"),
    Arrow(path="M30 278V308"),
    Arrow(path="M30 390V420"),
    Arrow(path="M216 424V394"),
    Arrow(path="M216 312V282"),
    Arrow(path="M343 200V58"),
    Arrow(path="M164 127H180M164 239H180M164 351H180V127H192", beside=True),
    Arrow(path="M216 88V58", beside=True),
)

_WIDE_LAYOUT = Layout(name="wide", width=1000, height=400, places=_WIDE, client=_WIDE_CLIENT, arrows=_WIDE_ARROWS)
_NARROW_LAYOUT = Layout(
    name="narrow", width=360, height=578, places=_NARROW, client=_NARROW_CLIENT, arrows=_NARROW_ARROWS
)


def pipelines(judgement: Judgement) -> tuple[Pipeline, Pipeline]:
    """Return the drawing for a wide and for a narrow page."""
    states = {step: _of_step(judgement, step) for step in STEP_NAMES}
    first = first_broken_step(judgement)
    return (
        _pipeline(_WIDE_LAYOUT, states, first),
        _pipeline(_NARROW_LAYOUT, states, first),
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


def _pipeline(layout: Layout, states: Mapping[Step, StepState], first: Step | None) -> Pipeline:
    boxes = [_box(step, place, states[step], breaks_here=step is first) for step, place in layout.places.items()]
    return Pipeline(
        layout=layout.name,
        width=layout.width,
        height=layout.height,
        boxes=(_client(layout.client), *boxes),
        arrows=layout.arrows,
    )


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
    left, right = x + 14, x + width - 14
    if height < _LOW:
        name = Label(x=left, y=y + height / 2 + 5, text=STEP_NAMES[step], kind="name")
        caption = Label(x=left + _CAPTION, y=name.y, text=_CAPTIONS.get(step, ""), kind="caption")
        return (name, caption, *_in_a_row(right, name.y, lines))
    names = STEP_NAMES[step].split(" ") if width < _NARROW_BOX else [STEP_NAMES[step]]
    block = 14 * len(names) + 16 * len(lines) + 4
    top = y + (22 if height == _TALL else (height - block) / 2 + 12)
    number = STEP_NUMBERS.get(step)
    head = [] if number is None else [Label(x=left + 10, y=top, text=str(number), kind="number", anchor="middle")]
    name_x = left if number is None else left + 27
    texts = [Label(x=name_x, y=top + 14 * row, text=text, kind="name") for row, text in enumerate(names)]
    below = top + 4 + 14 * len(names)
    texts += [Label(x=left, y=below + 16 * row, text=text, kind=kind) for row, (kind, text) in enumerate(lines)]
    return (*head, *texts)


def _in_a_row(right: float, y: float, lines: tuple[tuple[str, str], ...]) -> tuple[Label, ...]:
    return tuple(
        Label(x=right - 140 * place, y=y, text=text, kind=kind, anchor="end")
        for place, (kind, text) in enumerate(reversed(lines))
    )
