"""How many solder joints a board holds for its size."""

from __future__ import annotations

from ..check import Context, Measurements, check
from ..density import IN2, area, middle, pins_per_in2


@check("density.pins", maxima="pins_per_in2_info")
def pin_density(ctx: Context) -> Measurements:
    """Joints of both sides per square inch of board, one row."""
    joints = ctx.board.derived.joints()
    x, y = middle(ctx.board)
    size = area(ctx.board)
    return Measurements.of(
        pins_per_in2(ctx.board), checked=len(joints), param="pins_per_in2_info", a=-1, x=x, y=y,
        detail=f"{len(joints)} joints on {size / IN2:.2f} in2 ({100 * len(joints) / size:.1f} per cm2):",
    )  # fmt: skip
