"""The web of foil between apertures of different nets."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..check import Context, Measurements, check
from ._paste import pattern


@check("paste_gap", minima="min")
def paste_gap(ctx: Context) -> Measurements:
    """Edge-to-edge distance in mm of two apertures on one side whose lands are of different nets.

    The windows of one land, and lands of one net, may share their paste. Those of one footprint are one finding.
    """
    board, f, reach = ctx.board, ctx.board.features, ctx.reach()
    all_ = board.derived.stencil().apertures
    a = all_.take(all_.land >= 0)
    boxes = shape.boxes(a.core, a.radius, reach / 2)
    i, j = shape.meeting(boxes, boxes)
    keep = (i < j) & (a.layer[i] == a.layer[j]) & (f.item[a.land[i]] != f.item[a.land[j]])
    i, j = i[keep], j[keep]
    net = f.net[a.land]
    keep = (net[i] != net[j]) | (net[i] < 0)
    i, j = i[keep], j[keep]
    gap = shape.distance(a.core[i], a.radius[i], a.core[j], a.radius[j])
    near = gap < reach
    i, j, gap = i[near], j[near], gap[near]
    one, two = a.land[i], a.land[j]
    same = (f.component[one] == f.component[two]) & (f.component[one] >= 0)
    x, y = shape.witness(a.core[i], a.radius[i], a.core[j], a.radius[j])
    # Without parts one width of web is one decision.
    nobody = (f.component[one] < 0) & (f.component[two] < 0)
    width = np.array([f"*{g:.3f} mm" for g in gap], object)
    return Measurements.of(
        gap, checked=len(a), param="min", a=f.item[one], b=f.item[two], x=x, y=y, layer=a.layer[i], inherent=same,
        cause=np.select([same, nobody], [pattern(board, f.component[one]), width], ""),
    )  # fmt: skip
