"""Where a test pad would fit on the tracks that a net has already."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind
from ..check import Context

PAD = 1.0
"""mm: diameter of the pad that is proposed."""
_GAP = 0.2
"""mm from its edge to copper and holes."""
_APART = 1.27
"""mm from its centre to that of any other target: the least pitch of probes."""


def places(ctx: Context, nets: Ints, side: int, taken: Floats) -> dict[int, tuple[float, float]]:
    """For nets (rows of `Board.nets`, the most important first) a place for a pad of `PAD` mm on a track of theirs on a side.

    The pad keeps `_GAP` from other nets' tracks and drawings, and from all pads, vias and holes; pours are thought to be
    filled anew around it. It stays away from bodies and edges as `testpoint-to-component` and `testpoint-to-edge` ask, out of
    areas that forbid pads, and `_APART` from the targets at `taken` (N x 2) and the places that are given before it. A net
    that has no such place on this side is not in the answer. The places tried are ends and middles of its tracks.
    """
    board = ctx.board
    if board.outline.is_empty or not len(board.copper_layers):
        return {}
    layer = int(board.outer_layer(side))
    xy, net = _candidates(board, nets, layer)
    free = in_the_open(ctx, xy, side)
    xy, net = xy[free], net[free]
    free = _clear(board, xy, net, layer)
    xy, net = xy[free], net[free]
    spot, given = shapely.points(xy), np.asarray(taken, np.float64).reshape(-1, 2)
    far = np.ones(len(xy), np.bool_)
    far[shapely.STRtree(shapely.points(given)).query(spot, predicate="dwithin", distance=_APART - 1e-9)[0]] = False
    out: dict[int, tuple[float, float]] = {}
    for row in nets.tolist():
        mine = np.flatnonzero(far & (net == row))
        if len(mine):
            x, y = xy[mine[0]].tolist()
            out[row] = x, y
            far &= np.hypot(xy[:, 0] - x, xy[:, 1] - y) >= _APART
    return out


def _candidates(board: Board, nets: Ints, layer: int) -> tuple[Floats, Ints]:
    """Ends and middles of the tracks of these nets on a layer (N x 2), upper left first, and their nets."""
    f = board.features
    rows = np.flatnonzero((f.layer == layer) & np.isin(f.kind, (Kind.TRACK, Kind.ARC)) & np.isin(f.net, nets))
    middle = shapely.get_coordinates(shapely.line_interpolate_point(f.core[rows], 0.5, normalized=True))
    ends, of = shapely.get_coordinates(f.core[rows], return_index=True)
    xy, net = np.concatenate([middle, ends]), np.r_[f.net[rows], f.net[rows[of]]]
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    return xy[order], net[order]


def in_the_open(ctx: Context, xy: Floats, side: int) -> Bools:
    """Which places (N x 2) for a pad of `PAD` mm are away from the edge, from bodies on the side, and from areas where no pad may
    be."""
    board = ctx.board
    points = shapely.points(xy)
    edge = _limit(ctx, "testpoint-to-edge", "edge", 2.54)
    body = _limit(ctx, "testpoint-to-component", "min", 1.0) + PAD / 2
    shapely.prepare(board.outline)
    out = shapely.contains_properly(board.outline, points)
    parts = board.derived.parts()
    there = parts.fitted & (board.components.side == side) & np.array([b is not None for b in parts.body], np.bool_)
    areas = [
        z for z, rule, kept in zip(board.zones.outline, board.zones.rule_area, board.zones.keepout)
        if rule and {"pads", "tracks"} & kept
    ]  # fmt: skip
    around = (board.derived.edge_pieces().core, edge), (parts.body[there], body), (np.array(areas, object), PAD / 2)
    for shapes, gap in around:
        if len(shapes) and len(points):
            out[shapely.STRtree(shapes).query(points, predicate="dwithin", distance=gap - 1e-9)[0]] = False
    return np.asarray(out, np.bool_)


def _clear(board: Board, xy: Floats, net: Ints, layer: int) -> Bools:
    """Points whose pad keeps the gap from copper and holes."""
    f, derived, holes = board.features, board.derived, board.holes
    out = np.ones(len(xy), np.bool_)
    if not len(xy):
        return out
    reach, points = PAD / 2 + _GAP, shapely.points(xy)
    pieces = derived.pieces(layer)
    i, j = derived.tree(layer).query(shape.boxes(points, 0.0, reach))
    row = pieces.owner[j]
    judged = (f.kind[row] != Kind.ZONE) & ((f.net[row] != net[i]) | np.isin(f.kind[row], (Kind.PAD, Kind.VIA)))
    i, j = i[judged], j[judged]
    out[i[shape.distance(points[i], 0.0, pieces.core[j], pieces.radius[j]) < reach - 1e-9]] = False
    i, j = shape.meeting(shape.boxes(points, 0.0, reach), shape.boxes(holes.core, holes.radius))
    out[i[shape.distance(points[i], 0.0, holes.core[j], holes.radius[j]) < reach - 1e-9]] = False
    return out


def _limit(ctx: Context, rule: str, param: str, otherwise: float) -> float:
    asked: Any = ctx.other(rule)
    value = asked.limit(param) if asked is not None and param in asked.rule.params else None
    return otherwise if value is None else float(value)
