"""How densely parts stand on each side."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..density import SIDES, middle, sides


@check("density.parts", maxima="per_cm2_warn coverage_warn")
def component_density(ctx: Context) -> Measurements:
    """Parts per cm2 of each side that holds any, and their bodies in % of it. Raises `Skip` where no part is fitted."""
    both = [(k, side) for k, side in enumerate(sides(ctx.board)) if side.parts and side.usable > 0]
    if not both:
        raise Skip("no part is fitted")
    x, y = middle(ctx.board)
    layer = ctx.board.outer_layer(np.array([k for k, _ in both]))
    count = Measurements.of(
        [side.per_cm2 for _, side in both], checked=sum(side.parts for _, side in both), param="per_cm2_warn", a=-1, x=x, y=y,
        layer=layer, cause=[f"parts {SIDES[k]}" for k, _ in both],
        detail=[f"{side.parts} parts on {side.usable / 100:.1f} cm2 of the {SIDES[k]}:" for k, side in both],
    )  # fmt: skip
    bodies = Measurements.of(
        [side.coverage for _, side in both], checked=0, param="coverage_warn", a=-1, x=x, y=y, layer=layer,
        cause=[f"bodies {SIDES[k]}" for k, _ in both], detail=[f"bodies cover of the {SIDES[k]}" for k, _ in both],
    )  # fmt: skip
    rows = Measurements.join([count, bodies])
    return rows.take(np.isin(rows.param, ctx.judged()))
