"""Annular rings: how much copper a plated hole leaves of its land."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..check import Context, Measurements, check
from ..ring import Rings, ring_in_planes, rings
from .plating import SPOT, land_over_hole
from .size import NO_HOLE, breaching, centres, drawn_as, param_of


@check("annular", minima="*", tunes="tool_allowance", selects="holes", args={"where": {"outer": "", "inner": ""}})
def annular(ctx: Context) -> Measurements:
    """Annular ring in mm of each plated hole on each outer or inner layer (``where``) on which it has a land.

    Parameters whose name begins with `tool` judge the ring that the drilling tool leaves, which is larger than the
    hole as drawn by `tool_allowance` in diameter; all others judge the ring as drawn. Where an inner plane of the hole's
    net meets the barrel directly, the plane is its land.
    """
    board = ctx.board
    copper, inner = board.copper_layers, ctx.rule.args["where"] == "inner"
    outer = copper[[0, -1]] if len(copper) else copper
    ring = rings(board, np.setdiff1d(copper, outer) if inner else outer)
    # A peg or mounting hole without a net whose pad is no wider than the hole has no land: `plating-ambiguity` tells of it.
    landless = (board.holes.net < 0) & (land_over_hole(board) <= SPOT)
    ring = ring.take(~landless[ring.hole])
    checked = int((board.holes.radius[ring.hole] * 2 >= NO_HOLE).sum())
    allowance = ctx.tune("tool_allowance") / 2
    if inner:
        value = ring_in_planes(board, ring, ctx.reach() + allowance)
        ring = Rings(ring.hole, ring.layer, value).take(np.isfinite(value))
    item = board.holes.item[ring.hole]
    x, y = centres(board.holes.core[ring.hole])
    tool = 2 * (board.holes.radius[ring.hole] + allowance)
    cause = drawn_as(board, ring.hole)
    parts = [Measurements.none(checked)]
    for on_tool in (False, True):
        param = param_of(ctx, ring.hole, [n for n in ctx.judged() if n.startswith("tool") == on_tool])
        value = ring.value - allowance if on_tool else ring.value
        detail = np.full(len(value), "", object)
        for i in np.flatnonzero(breaching(ctx, param, value)):
            text = f"as drawn {ring.value[i]:.3f} mm, " if on_tool else ""
            text += f"{ring.value[i] - allowance:.3f} mm on the tool of {tool[i]:.2f} mm"
            detail[i] = text + ("; the hole breaks out of its land" if ring.value[i] < 0 else "")
        m = Measurements.of(value, checked=0, param=param, a=item, x=x, y=y, layer=ring.layer, detail=detail, cause=cause)
        parts.append(m.take(param != ""))
    drawn = ctx.reach() + (0.0 if any(n.startswith("tool") for n in ctx.judged()) else allowance)
    return replace(Measurements.join(parts), complete=drawn if inner else np.inf)
