"""The base of every table of the user's file: closed, frozen, and without silent conversions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictTable(BaseModel):
    """A table that refuses unknown keys and values of another type; lists become tuples."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=True, allow_inf_nan=False, hide_input_in_errors=True
    )
