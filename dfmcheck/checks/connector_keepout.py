"""Room around what hands push, turn or plug into."""

from __future__ import annotations

import numpy as np
import shapely

from .. import around, shape
from ..board import Board, Bools, Floats, Ints, Objects
from ..check import Context, Measurements, check
from ..units import TOUCH

_FACING = 10.0
"""mm from the edge of the board within which a connector is taken to face it."""


@check("connector_keepout", minima="ring mating_zone")
def connector_keepout(ctx: Context) -> Measurements:
    """Distance in mm from connectors, switches, sockets and potentiometers to surface-mounted parts on their side.

    `mating_zone` judges the parts that stand in the way of the plug: in the strip as wide as the connector between it and
    the board's edge, where it stands near one. Parts that are themselves operated by hand are left out. All
    parts on one side are one finding.
    """
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    rows, hands = around.standing(board), around.operated(board)
    connectors, others = rows[hands[rows]], rows[~hands[rows] & np.isin(parts.mount[rows].astype(str), ("smd", "mixed"))]
    found = []
    for param in ctx.judged():
        one, zones = connectors, parts.envelope[connectors]
        if param == "mating_zone":
            one, zones = _mating(board, connectors, ctx.reach(param))
        i, j, distance = around.near(zones, parts.envelope[others], ctx.reach(param) if param == "ring" else 0.0)
        a, b = one[i], others[j]
        if param == "mating_zone":
            distance = np.asarray(shapely.distance(parts.envelope[a], parts.envelope[b]), np.float64)
        keep = (c.side[a] == c.side[b]) & around.apart(parts.envelope[a], parts.envelope[b], distance)
        a, b, distance = a[keep], b[keep], distance[keep]
        x, y = shape.witness(parts.envelope[a], 0.0, parts.envelope[b], 0.0)
        found.append(Measurements.of(
            distance, checked=0, param=param, a=c.item[b], b=c.item[a], x=x, y=y, layer=board.outer_layer(c.side[a]),
            inferred=around.guessed(board, a) | around.guessed(board, b), cause=f"*{param}",
            detail="in the way of the plug" if param == "mating_zone" else "",
        ))  # fmt: skip
    return Measurements.join([Measurements.none(len(connectors)), *found])


def _mating(board: Board, rows: Ints, reach: float) -> tuple[Ints, Objects]:
    """The connectors that face the edge of the board, and the strips before them: to the edge, or as long as `reach`."""
    envelope = board.derived.parts().envelope[rows]
    rims = shapely.union_all(shapely.get_exterior_ring(shapely.get_parts(board.outline)))
    if board.outline.is_empty or not len(rows):
        return rows[:0], envelope[:0]
    near: Bools = shapely.distance(envelope, rims) <= _FACING
    near &= shapely.covers(board.outline, envelope)
    rows, envelope = rows[near], envelope[near]
    ways = shapely.get_coordinates(shapely.shortest_line(envelope, rims)).reshape(-1, 2, 2)
    step: Floats = ways[:, 1] - ways[:, 0]
    step = step * np.minimum(1.0, reach / np.maximum(np.hypot(*step.T), TOUCH))[:, None]
    moved = [shapely.affinity.translate(area, *d) for area, d in zip(envelope, step.tolist())]
    both = shapely.union(shapely.convex_hull(envelope), np.array(moved, object)) if len(rows) else envelope
    return rows, shapely.convex_hull(both)
