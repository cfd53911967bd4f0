"""Parts that are to be placed where there is no board."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Board, Bools, Ints
from ..check import Context, Measurements, check


@check("part_off_board", maxima="allow_overhang")
def part_off_board(ctx: Context) -> Measurements:
    """How far in mm the centre of a fitted part's envelope (or, without one, its place) lies off the board or in a cut-out.

    A part with lands on the board hangs over its edge and is none; how far is measured by component-overhang. What has no
    pads is drawn, not placed.
    """
    board = ctx.board
    c, parts = board.components, board.derived.parts()
    rows = np.flatnonzero(parts.fitted & ((parts.pins > 0) | board.items.inferred[c.item])).astype(np.int32)
    envelope = parts.envelope[rows]
    drawn = np.array([e is not None for e in envelope], np.bool_)
    spot = shapely.points(c.x[rows], c.y[rows])
    spot[drawn] = shapely.centroid(envelope[drawn])
    off = np.asarray(shapely.distance(board.outline, spot), np.float64)
    far = off > 0
    far[far] = ~_landed(board, rows[far])
    rows, off, spot = rows[far], off[far], spot[far]
    inside = shapely.contains(shapely.union_all(_filled(board)), spot)
    m = Measurements.of(
        off, checked=int((parts.fitted & (parts.pins > 0)).sum()), param="allow_overhang", a=c.item[rows], x=shapely.get_x(spot),
        y=shapely.get_y(spot), inferred=board.items.inferred[c.item[rows]], cause="*off",
        detail=np.where(inside, "in a cut-out", "off the board"),
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))


def _landed(board: Board, rows: Ints) -> Bools:
    """Which of these components have the middle of a land or a hole on the board, or on its edge."""
    pads = board.pads
    own = np.flatnonzero(np.isin(pads.component, rows))
    on = shapely.intersects(board.outline, shapely.points(pads.x[own], pads.y[own]))
    return np.asarray(np.isin(rows, pads.component[own[on]]), np.bool_)


def _filled(board: Board) -> list[shapely.Polygon]:
    return [shapely.Polygon(part.exterior) for part in board.outline.geoms]
