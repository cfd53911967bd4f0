"""Copper near the routed edge of the board."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..board import Kind, PadType
from ..check import Context, Measurements, check
from ..units import TOUCH
from ._reach import widening


@check("copper_to_edge")
@widening(far=5.0)
def copper_to_edge(ctx: Context, reach: float) -> Measurements:
    """Distance in mm from copper to the centre line of the outline or of a cut-out, on each layer.

    Copper that is at the edge on purpose is left out: castellated lands, and the contacts of an edge connector. A
    non-plated slot is routed as the outline is, so its rim counts as an edge. A track is told against every edge that
    it comes too near to, anything else at its nearest place.
    """
    board = ctx.board
    f, edge = board.features, board.derived.routed()
    edge_boxes = shape.boxes(edge.core, edge.radius, reach)
    meant = np.append((board.pads.type == PadType.CONNECT) | (board.pads.property == "castellated"), False)
    meant[board.holes.pad[board.derived.castellated() & (board.holes.pad >= 0)]] = True
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
        # A track may be too near to several edges along its way; of anything else the nearest place says it all.
        tracks = (f.kind[row] == Kind.TRACK) | (f.kind[row] == Kind.ARC)
        against = np.where(tracks, edge.item[line], -1)
        order = np.lexsort((edge.item[line], np.round(d, 4), against, f.item[row]))
        if not len(order):
            continue
        item, other = f.item[row][order], against[order]
        first = order[np.r_[True, (item[1:] != item[:-1]) | (other[1:] != other[:-1])]]
        piece, line, row, d = piece[first], line[first], row[first], d[first]
        x, y = shape.witness(pieces.core[piece], f.radius[row], edge.core[line], edge.radius[line])
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
