"""Copper near the routed edge of the board."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..board import Kind, PadType
from ..check import Context, Measurements, check


@check("copper_to_edge")
def copper_to_edge(ctx: Context) -> Measurements:
    """Distance in mm from copper to the centre line of the outline or of a cut-out, on each layer.

    Copper that is at the edge on purpose is left out: castellated lands, and contacts without paste that reach over
    it (edge fingers). Each piece of copper is told against every outline item that it comes too near to.
    """
    board = ctx.board
    f, edge = board.features, board.derived.edge_pieces()
    reach = ctx.reach()
    edge_boxes = shape.boxes(edge.core, edge.radius, reach)
    castellated = np.zeros(len(board.pads) + 1, np.bool_)
    holes = np.flatnonzero(board.derived.castellated())
    castellated[board.holes.pad[holes][board.holes.pad[holes] >= 0]] = True
    fingers = np.append((board.pads.type == PadType.CONNECT) & (board.pads.property != "bga"), False)
    parts, checked = [], 0
    last = len(board.copper_layers) - 1
    for layer in board.copper_layers.tolist():
        pieces = board.derived.pieces(layer)
        checked += len(board.derived.copper_rows(layer))
        if not len(pieces.core) or not len(edge.core):
            continue
        j, i = board.derived.tree(layer).query(edge_boxes)
        piece, line = i, j
        row = pieces.owner[piece]
        keep = ~castellated[f.pad[row]]
        piece, line, row = piece[keep], line[keep], row[keep]
        d = shape.distance(pieces.core[piece], f.radius[row], edge.core[line], 0.0)
        near = (d < reach) & ~(fingers[f.pad[row]] & (d <= 0))
        piece, line, row, d = piece[near], line[near], row[near], d[near]
        # A track may be too near to several edges along its way; of anything else the nearest place says it all.
        tracks = (f.kind[row] == Kind.TRACK) | (f.kind[row] == Kind.ARC)
        against = np.where(tracks, edge.owner[line], -1)
        order = np.lexsort((d, against, f.item[row]))
        if not len(order):
            continue
        item, other = f.item[row][order], against[order]
        first = order[np.r_[True, (item[1:] != item[:-1]) | (other[1:] != other[:-1])]]
        piece, line, row, d = piece[first], line[first], row[first], d[first]
        x, y = shape.witness(pieces.core[piece], f.radius[row], edge.core[line], 0.0)
        outer = int(board.layers.order[layer]) in (0, last)
        owner = edge.owner[line]
        parts.append(
            Measurements.of(
                d, checked=0, param="outer_track" if outer else "inner", a=f.item[row], b=f.item[owner], x=x, y=y, layer=layer,
                inherent=(f.component[row] == f.component[owner]) & (f.component[row] >= 0),
            )  # fmt: skip
        )
    m = Measurements.join([*parts, Measurements.none(checked)])
    return m.take(np.isin(m.param, ctx.judged()))
