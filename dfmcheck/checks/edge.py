"""Copper near the routed edge of the board."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Kind, Objects, PadType
from ..check import Context, Measurements, check
from ..pieces import Routed, least
from ..units import TOUCH
from ._reach import widening

_ALONG = 0.03
"""mm from a score within which a line is the score itself."""


@check("copper_to_edge", minima="outer_track inner")
@widening(far=5.0)
def copper_to_edge(ctx: Context, reach: float) -> Measurements:
    """Distance in mm from copper to the centre line of the outline or of a cut-out, on each layer.

    Copper that is at the edge on purpose is left out: castellated lands, and the contacts of an edge connector. A
    non-plated slot is routed as the outline is, so its rim counts as an edge. A track is told against every edge that
    it comes too near to, anything else at its nearest place. Copper over a cut-out or beyond the outline is below 0.
    Scores that are drawn with the outline are left to their own rule.
    """
    board = ctx.board
    f, edge = board.features, _unscored(board)
    edge_boxes = shape.boxes(edge.core, edge.radius, reach)
    meant = _at_edge_on_purpose(board)
    tree, corner = shapely.STRtree(edge.core), shapely.get_point(edge.core, 0)
    corner = np.where(shapely.is_missing(corner), edge.core, corner)
    parts, checked = [], 0
    last = len(board.copper_layers) - 1
    for layer in board.copper_layers.tolist():
        pieces = board.derived.pieces(layer)
        checked += len(board.derived.copper_rows(layer))
        if not len(pieces.core) or not len(edge.core):
            continue
        line, piece = board.derived.tree(layer).query(edge_boxes)
        row = pieces.owner[piece]
        keep = ~meant[f.pad[row]]
        piece, line, row = piece[keep], line[keep], row[keep]
        d = shape.distance(pieces.core[piece], f.radius[row], edge.core[line], edge.radius[line])
        near = (d < reach) & (f.item[row] != edge.item[line])
        piece, line, row, d = piece[near], line[near], row[near], d[near]
        core, within = pieces.core[piece], _within(board, layer, edge, tree, corner)
        row, line, d, core = (np.concatenate(both) for both in zip((row, line, d, core), within))
        keep = ~meant[f.pad[row]] & (f.item[row] != edge.item[line])
        row, line, d, core = row[keep], line[keep], d[keep], core[keep]
        # A track may be too near to several edges along its way; of anything else the nearest place says it all.
        tracks = (f.kind[row] == Kind.TRACK) | (f.kind[row] == Kind.ARC)
        against = np.where(tracks, edge.item[line], -1)
        other = edge.item[line]  # of equals the outline, then the first by place: the file's order says nothing
        kept = [board.items.kind[other] != Kind.EDGE, board.items.x[other], board.items.y[other]]
        first = least(np.round(d, 4), f.item[row], against, ties=[*kept, other])
        line, row, d, core = line[first], row[first], d[first], core[first]
        x, y = shape.witness(core, f.radius[row], edge.core[line], edge.radius[line])
        outer = int(board.layers.order[layer]) in (0, last)
        other = edge.item[line]
        # A land that reaches the very edge is meant to, on an edge-launch connector, say: a question, no error.
        soften = np.where((f.kind[row] == Kind.PAD) & (d <= TOUCH), 1, 0)
        found = Measurements.of(
            d, checked=0, param="outer_track" if outer else "inner", a=f.item[row], b=other, x=x, y=y, layer=layer, soften=soften,
            kind_b=np.where(board.items.kind[other] == Kind.PAD, Kind.HOLE, -1),
            inherent=(f.component[row] == board.items.component[other]) & (f.component[row] >= 0),
        )  # fmt: skip
        parts.append(found)
    m = Measurements.join([*parts, Measurements.none(checked)])
    return m.take(np.isin(m.param, ctx.judged()))


def _unscored(board: Board) -> Routed:
    """What is routed, without the lines drawn with it along which the board is scored."""
    edge, lines = board.derived.routed(), board.derived.breaklines()
    scores = lines.core[lines.method == "score"]
    if not len(scores):
        return edge
    keep = np.ones(len(edge.core), np.bool_)
    keep[shapely.STRtree(edge.core).query(shapely.buffer(scores, _ALONG), predicate="covers")[1]] = False
    return Routed(edge.core[keep], edge.radius[keep], edge.item[keep])


def _at_edge_on_purpose(board: Board) -> Bools:
    """Mask over `Board.pads` and, last, what is no pad: edge contacts, castellations and the plain lands of their number."""
    pads, holes = board.pads, board.holes
    half = pads.property == "castellated"
    half[holes.pad[board.derived.castellated() & (holes.pad >= 0)]] = True
    names = [(c, n) if c >= 0 else None for c, n in zip(pads.component.tolist(), pads.number.tolist())]
    halved = {names[i] for i in np.flatnonzero(half)} - {None}
    kin = np.array([name in halved for name in names], np.bool_) & (pads.hole < 0)
    return np.append((pads.type == PadType.CONNECT) | half | kin, False)


def _within(board: Board, layer: int, edge: Routed, tree: shapely.STRtree, corner: Objects) -> tuple[Any, Any, Floats, Any]:
    """What no distance between lines tells: edges inside a filled area, and tracks, vias and fills beyond the board's edge.

    `tree` is over the pieces of the edge, `corner` a point of each. Columns: row of the feature, piece of the edge, minus
    how deep it lies, the part of the core that is nearest.
    """
    f = board.features
    line, area = board.derived.areas_at(layer, corner)
    deep = shapely.distance(corner[line], shapely.boundary(f.core[area])) + f.radius[area] + edge.radius[line]
    rows = board.derived.copper_rows(layer)
    rows = rows[np.isin(f.kind[rows], (Kind.TRACK, Kind.ARC, Kind.VIA, Kind.ZONE)) & (f.net[rows] >= 0)]
    shapely.prepare(board.outline)
    beyond = rows[shapely.disjoint(board.outline, f.core[rows])]
    near, far = tree.query_nearest(f.core[beyond], return_distance=True, all_matches=False)
    out = beyond[near[0]]
    return (
        np.concatenate([area, out]), np.concatenate([line, near[1]]), -np.concatenate([deep, far + f.radius[out]]),
        np.concatenate([corner[line], f.core[out]]),
    )  # fmt: skip
