"""Parts that are to be placed where there is no board."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Kind
from ..check import Context, Measurements, check


@check("part_off_board", maxima="allow_overhang")
def part_off_board(ctx: Context) -> Measurements:
    """How far in mm the centre of a fitted part's envelope (or, without one, its place) lies off the board or in a cut-out.

    A part with lands on the board hangs over its edge and is none; how far is measured by component-overhang. What has no
    pads is drawn, not placed.
    """
    board = ctx.board
    c, parts = board.components, board.derived.parts()
    rows = np.flatnonzero(parts.fitted & (parts.pins > 0) | (parts.fitted & board.items.inferred[c.item]))
    envelope = parts.envelope[rows]
    drawn = np.array([e is not None for e in envelope], np.bool_)
    spot = shapely.points(c.x[rows], c.y[rows])
    spot[drawn] = shapely.centroid(envelope[drawn])
    off = np.asarray(shapely.distance(board.outline, spot), np.float64)
    far = (off > 0) & ~_landed(board)[rows]
    rows, off, spot = rows[far], off[far], spot[far]
    inside = shapely.contains(shapely.union_all(_filled(board)), spot)
    m = Measurements.of(
        off, checked=int((parts.fitted & (parts.pins > 0)).sum()), param="allow_overhang", a=c.item[rows], x=shapely.get_x(spot),
        y=shapely.get_y(spot), inferred=board.items.inferred[c.item[rows]], cause="*off",
        detail=np.where(inside, "in a cut-out", "off the board"),
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))


def _landed(board: Board) -> Bools:
    """Which components have a land or a hole on the board."""
    f, pads = board.features, board.pads
    out = np.zeros(len(board.components), np.bool_)
    own = np.flatnonzero((f.kind == Kind.PAD) & (f.component >= 0) & (board.layers.order >= 0)[f.layer])
    shapely.prepare(board.outline)
    on = shapely.intersects(board.outline, shape.boxes(f.core[own], f.radius[own]))
    out[f.component[own[on]]] = True
    own = np.flatnonzero((pads.component >= 0) & (pads.hole >= 0))
    on = shapely.intersects(board.outline, shapely.points(pads.x[own], pads.y[own]))
    out[pads.component[own[on]]] = True
    return out


def _filled(board: Board) -> list[shapely.Polygon]:
    return [shapely.Polygon(part.exterior) for part in board.outline.geoms]
