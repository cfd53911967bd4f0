"""Ink near the routed edge of the board."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..check import Context, Measurements, check
from ..pieces import least
from ._reach import widening


@check("silk_to_edge", minima="min")
@widening(far=5.0)
def silk_to_edge(ctx: Context, reach: float) -> Measurements:
    """Distance in mm from ink to the centre line of the outline or of a cut-out, below 0 where the edge cuts it.

    Each text and drawing has one row, its nearest place. Ink beyond the edge is not printed and is left out, unless the
    edge is near. The parts of one footprint whose drawing hangs over the edge (a connector) are one finding.
    """
    board = ctx.board
    ink, edge = board.derived.ink(), board.derived.routed()
    i, j = shape.meeting(shape.boxes(ink.core, ink.radius, reach), shape.boxes(edge.core, edge.radius))
    d = shape.distance(ink.core[i], ink.radius[i], edge.core[j], edge.radius[j])
    near = d < reach
    i, j, d = i[near], j[near], d[near]
    inside = np.flatnonzero(shapely.get_type_id(ink.core[i]) == 3)
    if len(inside):  # an edge within a printed area is cut out of it
        within = inside[shapely.intersects(ink.core[i[inside]], edge.core[j[inside]])]
        d[within] = np.minimum(d[within], -ink.radius[i[within]])
    first = least(np.round(d, 6), ink.item[i], ties=[edge.item[j]])
    i, j, d = i[first], j[first], d[first]
    x, y = shape.witness(ink.core[i], ink.radius[i], edge.core[j], edge.radius[j])
    names = np.append(np.array([f"*{name}" for name in board.components.footprint], object), "*drawings")
    return Measurements.of(
        d, checked=len(np.unique(ink.item)), param="min", a=ink.item[i], b=edge.item[j], x=x, y=y,
        layer=board.features.layer[ink.row[i]], cause=np.where(ink.text[i] >= 0, "*texts", names[ink.component[i]]),
    )  # fmt: skip
