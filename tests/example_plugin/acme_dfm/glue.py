"""Adhesive that holds parts during the second pass, and the lands beside it."""

from __future__ import annotations

import numpy as np

from dfmcheck import select, shape
from dfmcheck.check import Absent, Context, Measurements, check


@check("acme.glue_gap", minima="min")
def glue_gap(ctx: Context) -> Measurements:
    """Edge-to-edge distance in mm of a dot of adhesive and an SMD land on its side.

    It is 0 or less where they overlap.
    """
    board, reach = ctx.board, ctx.reach()  # farther away nothing can break a limit
    f = board.features
    parts = []
    for side in ("top", "bottom"):
        dots = np.flatnonzero(np.isin(f.layer, board.layers_with("adhesive", side)))
        lands = np.flatnonzero(select.features(board, f"pad & smd & copper & {side}"))
        # Boxes first, the exact distance of the few pairs that remain.
        grown = shape.boxes(f.core[dots], f.radius[dots], reach)
        i, j = shape.meeting(grown, shape.boxes(f.core[lands], f.radius[lands]))
        dot, land = dots[i], lands[j]
        gap = shape.distance(f.core[dot], f.radius[dot], f.core[land], f.radius[land])
        near = gap < reach
        dot, land, gap = dot[near], land[near], gap[near]
        x, y = shape.witness(f.core[dot], f.radius[dot], f.core[land], f.radius[land])
        item, layer = f.item, f.layer[land]
        found = Measurements.of(
            gap, checked=len(dots), param="min", a=item[dot], b=item[land], x=x, y=y, layer=layer
        )
        parts.append(found)
    both = Measurements.join(parts)
    if not both.checked:
        raise Absent("there is no adhesive on this board")
    return both
