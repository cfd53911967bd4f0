"""Annular rings: how much copper a plated hole leaves of its land."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, check
from ..ring import rings
from .plating import SPOT, land_over_hole
from .size import NO_HOLE, breaching, centres, drawn_as, param_of


@check("annular")
def annular(ctx: Context) -> Measurements:
    """Annular ring in mm of each plated hole on each outer or inner layer (``where``) on which it has a land.

    Parameters whose name begins with `tool` judge the ring that the drilling tool leaves, which is larger than the
    hole as drawn by `tool_allowance` in diameter; all others judge the ring as drawn.
    """
    board = ctx.board
    copper = board.copper_layers
    outer = copper[[0, -1]] if len(copper) else copper
    ring = rings(board, outer if ctx.rule.args["where"] == "outer" else np.setdiff1d(copper, outer))
    # A peg or mounting hole without a net whose pad is no wider than the hole has no land: `plating-ambiguity` tells of it.
    landless = (board.holes.net < 0) & (land_over_hole(board) <= SPOT)
    ring = ring.take(~landless[ring.hole])
    allowance = ctx.tune("tool_allowance") / 2
    item = board.holes.item[ring.hole]
    x, y = centres(board.holes.core[ring.hole])
    diameter = 2 * board.holes.radius[ring.hole]
    cause = drawn_as(board, ring.hole)
    parts = [Measurements.none(int((diameter >= NO_HOLE).sum()))]
    for tool in (False, True):
        param = param_of(ctx, ring.hole, [n for n in ctx.judged() if n.startswith("tool") == tool])
        value = ring.value - allowance if tool else ring.value
        detail = np.full(len(value), "", object)
        for i in np.flatnonzero(breaching(ctx, param, value)):
            on_tool = f"{ring.value[i] - allowance:.3f} mm on the tool of {diameter[i] + 2 * allowance:.2f} mm"
            text = f"as drawn {ring.value[i]:.3f} mm, {on_tool}" if tool else on_tool
            detail[i] = text + ("; the hole breaks out of its land" if ring.value[i] < 0 else "")
        m = Measurements.of(value, checked=0, param=param, a=item, x=x, y=y, layer=ring.layer, detail=detail, cause=cause)
        parts.append(m.take(param != ""))
    return Measurements.join(parts)
