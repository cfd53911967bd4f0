"""Fiducials beside parts of fine pitch on large boards."""

from __future__ import annotations

import numpy as np
import shapely

from ..check import Context, Measurements, check
from ..fiducials import frame

_WANTED = 2


@check("fiducial_local", minima="qfp_pitch_below bga_pitch_below", tunes="board_diag_above reach")
def fiducial_local(ctx: Context) -> Measurements:
    """Pitch in mm of each fitted QFP, QFN or BGA without two fiducials within `reach` of it, on boards with a diagonal above
    `board_diag_above`: there the board's own stretch counts. On smaller boards no part needs any.
    """
    board = ctx.board
    parts, c, dots = board.derived.parts(), board.components, board.derived.fiducials()
    ball = parts.family == "BGA"
    fine = parts.fitted & (np.isin(parts.family, ("QFP", "QFN")) | ball) & np.isfinite(parts.pitch)
    rows = np.flatnonzero(fine & np.array([e is not None for e in parts.envelope], np.bool_))
    _, diagonal = frame(board)
    if diagonal <= ctx.tune("board_diag_above"):
        return Measurements.none(len(rows))
    spots = shapely.points(dots.x, dots.y)
    near = np.array([
        int((shapely.distance(spots[dots.side == c.side[row]], parts.envelope[row]) <= ctx.tune("reach")).sum()) for row in rows
    ], np.int64)  # fmt: skip
    few, near = rows[near < _WANTED], near[near < _WANTED]
    param = np.where(ball[few], "bga_pitch_below", "qfp_pitch_below").astype(object)
    m = Measurements.of(
        parts.pitch[few], checked=len(rows), param=param, a=c.item[few], x=c.x[few], y=c.y[few], cause="*local",
        inferred=board.items.inferred[c.item[few]], detail=[("no fiducial", "one fiducial")[n] for n in near.tolist()],
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))
