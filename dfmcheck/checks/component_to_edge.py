"""Distance from parts to the edges by which a board is conveyed, routed out or broken off."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

from .. import around, shape
from ..board import Board, Bools, Ints, Objects
from ..check import Context, Measurements, Skip, check
from .size import by_limit

_ON_SIDE = 0.3
"""mm from a side of the rectangle around the board within which its outline runs along that side."""
_SHARE = 0.5
"""A side is an edge to convey the board by if its outline is straight along as much of it."""
_SQUARE = 0.98
_ANTENNA = re.compile(r"antenna|(?<![a-z])(?:ant|ifa|pifa)(?![a-z])", re.IGNORECASE)
_AT_EDGE = frozenset({"module", "mech"})


@check("component_to_edge", minima="transport other scored")
def component_to_edge(ctx: Context) -> Measurements:
    """Distance in mm from the envelope of each part to the board's outer edge and to its scores.

    `other` judges the distance to any outer edge, for it is routed or broken off; `transport`, besides, that to the two long
    straight sides (of a square board, the two with more room), on which a line conveys it; `scored` that to scores. What
    belongs at an edge is left out: connectors, switches, antennas, modules, and parts that reach over the edge, which
    another rule tells of. Cut-outs inside are no edges here: nothing is broken off there. A body that is not drawn is one
    step softer; all parts at one kind of edge are one finding.
    """
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    if board.outline.is_empty:
        raise Skip("the outline is not closed, so nothing tells where the edge is")
    rows = around.standing(board)
    rows = rows[~_belongs(board, rows)]
    filled = shapely.union_all([shapely.Polygon(p.exterior) for p in board.outline.geoms])
    rows = rows[shapely.covers(shapely.buffer(filled, 1e-3), parts.envelope[rows])]
    found = []
    for param, lines, items in _edges(board, rows):
        if param not in ctx.judged() or not len(lines):
            continue
        i, j, distance = around.near(parts.envelope[rows], lines, ctx.reach(param))
        order = np.lexsort((j, np.round(distance, 6), i))
        first = order[np.r_[True, i[order][1:] != i[order][:-1]]] if len(order) else order
        a, edge, distance = rows[i[first]], lines[j[first]], distance[first]
        x, y = shape.witness(parts.envelope[a], 0.0, edge, 0.0)
        unsure = around.guessed(board, a)
        found.append(Measurements.of(
            distance, checked=0, param=param, a=c.item[a], b=items[j[first]], x=x, y=y, inferred=unsure,
            soften=unsure.astype(np.int32),
            cause=by_limit(ctx, np.full(len(a), param, object), distance, f"*{param}"),
            detail=_WORDS[param],
        ))  # fmt: skip
    return Measurements.join([Measurements.none(len(rows)), *found])


_WORDS = {"transport": "a long side, by which the board is conveyed", "other": "an edge", "scored": "a score"}


def _belongs(board: Board, rows: Ints) -> Bools:
    """What is at home at an edge."""
    c, family = board.components, board.derived.parts().family
    antenna = around.named(c.footprint[rows], _ANTENNA) | around.named(c.value[rows], _ANTENNA)
    antenna |= np.array([ref[:2] == "AE" for ref in c.ref[rows]], np.bool_)
    return around.operated(board)[rows] | np.isin(family[rows].astype(str), list(_AT_EDGE)) | antenna


def _edges(board: Board, rows: Ints) -> list[tuple[str, Objects, Ints]]:
    """By parameter: straight pieces of the edges that it judges, and the items that draw them (-1 for the outline)."""
    rings = shapely.get_exterior_ring(shapely.get_parts(board.outline))
    pieces = [shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)) for xy in map(shapely.get_coordinates, rings)]
    edge = np.concatenate(pieces)
    conveyed, lines = _conveyed(board, edge, rows), board.derived.breaklines()
    score = lines.method == "score"
    none = np.full(len(edge), -1, np.int32)
    return [
        ("transport", edge[conveyed], none[conveyed]), ("other", edge, none),
        ("scored", lines.core[score], lines.item[score]),
    ]  # fmt: skip


def _conveyed(board: Board, edge: Objects, rows: Ints) -> Bools:
    """Mask over straight pieces of the outline: those on the two sides that a conveyor holds the board by, if it has such."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(board.outline))
    sides = shapely.linestrings(np.stack([corners[:4], corners[1:5]], axis=1))
    ends = shapely.points(shapely.get_coordinates(edge).reshape(-1, 2, 2))
    on: Any = (shapely.distance(ends[:, :, None], sides) <= _ON_SIDE).all(axis=1)
    length = shapely.length(sides)
    straight = (on * shapely.length(edge)[:, None]).sum(axis=0) >= _SHARE * length
    pairs = [p for p in ((0, 2), (1, 3)) if straight[list(p)].all()]
    if len(pairs) == 2 and not _SQUARE < length[0] / length[1] < 1 / _SQUARE:
        pairs = [max(pairs, key=lambda p: float(length[p[0]]))]
    elif len(pairs) == 1 and length[pairs[0][0]] < length.max() * _SQUARE:
        pairs = []
    if not pairs:
        return np.zeros(len(edge), np.bool_)
    envelope = board.derived.parts().envelope[rows]
    rooms = [min((shapely.distance(envelope, sides[k]).min() for k in p), default=0.0) if len(rows) else 0.0 for p in pairs]
    return np.asarray(on[:, list(pairs[int(np.argmax(rooms))])].any(axis=1), np.bool_)
