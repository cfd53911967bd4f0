"""The complexity index of an assembled board."""

from __future__ import annotations

from ..check import Context, Measurements, Skip, check
from ..density import complexity, middle


@check("density.complexity", maxima="high_above", tunes="low_below mix")
def complexity_index(ctx: Context) -> Measurements:
    """The index of the whole board, one row. Raises `Skip` where no part is fitted."""
    index, parts, joints = complexity(ctx.board, ctx.tune("mix"))
    if not parts:
        raise Skip("no part is fitted")
    high = ctx.limit("high_above")
    level = "low" if index < ctx.tune("low_below") else "high" if high is not None and index > high else "medium"
    x, y = middle(ctx.board)
    return Measurements.of(
        index, checked=parts, param="high_above", a=-1, x=x, y=y,
        detail=f"{parts} parts and {joints} joints, of {level} complexity:",
    )  # fmt: skip
