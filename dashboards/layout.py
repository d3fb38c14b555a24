"""Lays widgets out on CloudWatch's grid of 24 columns: from left to right, row after row, never one over another.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = 24
_MOST_WIDGETS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """A widget without its place: ``widget_type`` is ``metric``, ``text``, ``log`` or ``alarm``.

    Raises:
        ValueError: If it does not fit on the grid.
    """

    widget_type: str
    properties: Mapping[str, Any]
    width: int = 12
    height: int = 6

    def __post_init__(self) -> None:
        if not 1 <= self.width <= COLUMNS or self.height < 1:
            raise ValueError(f"a widget of {self.width} × {self.height} does not fit on {COLUMNS} columns")  # noqa: RUF001 - a size


def laid_out(widgets: Iterable[Widget]) -> list[dict[str, Any]]:
    """Return widgets with their places, as a dashboard's body holds them.

    Raises:
        ValueError: If there are more than CloudWatch allows.
    """
    placed: list[dict[str, Any]] = []
    x = y = row_height = 0
    for widget in widgets:
        if x + widget.width > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        place = {"type": widget.widget_type, "x": x, "y": y, "width": widget.width, "height": widget.height}
        placed.append({**place, "properties": dict(widget.properties)})
        x, row_height = x + widget.width, max(row_height, widget.height)
    if len(placed) > _MOST_WIDGETS:
        raise ValueError(f"{len(placed)} widgets are more than the {_MOST_WIDGETS} that a dashboard may have")
    return placed
