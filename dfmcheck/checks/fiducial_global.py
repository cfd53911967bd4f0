"""Fiducials of the board: enough of them, far apart, and so that they tell a turned board."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Board, Floats
from ..check import Context, Measurements, Skip, check
from ..fiducials import frame, placed_parts

_MANY = 60
"""Parts on a side from which on a machine certainly places them."""
_FEW = 10
"""Parts below which a side with one of fine pitch is placed all the same."""
_LINE = 0.05
"""Three dots are in a line where the middle one is off it by less than this share of its length."""
_SAME = 1.0
"""mm by which dots may miss each other's places on a turned board to be taken for them."""


@check("fiducial_global", minima="count spread_min")
def fiducial_global(ctx: Context) -> Measurements:
    """Number of global fiducials on each side with surface-mount parts; their longest distance in % of the board's diagonal.

    Local fiducials count where a side has no others. A side with few parts, none of them of fine pitch, is a step softer,
    for it may be placed by its lands; so is one that has fiducials, but fewer than wanted. Dots in a line or that a turned
    board shows in the same places are a note.
    """
    board, all_ = ctx.board, ctx.board.derived.fiducials()
    middle, diagonal = frame(board)
    found, checked = [], 0
    for side, name in enumerate(("top", "bottom")):
        parts, fine = placed_parts(board, side)
        if not parts:
            continue
        checked += 1
        dots = _dots(board, side)
        seen = bool(all_.seen[all_.side == side].any())
        words = f"{parts} surface-mount parts on the {name} side" if "components" in board.facts else f"the {name} side"
        at = dots[0] if len(dots) else middle
        found.append(Measurements.of(
            len(dots), checked=0, param="count", a=-1, x=at[0], y=at[1], inferred=seen, cause="*count",
            soften=0 if not len(dots) and parts >= (_FEW if fine else _MANY) else 1, detail=f"for {words}",
        ))  # fmt: skip
        if len(dots) < 2:
            continue
        ends = farthest(dots)
        spread = float(np.hypot(*(ends[1] - ends[0])))
        found.append(Measurements.of(
            100 * spread / diagonal, checked=0, param="spread_min", a=-1, x=at[0], y=at[1], inferred=seen,
            cause="*spread", soften=1, detail=f"of the board's diagonal between the farthest ones of the {name} side",
        ))  # fmt: skip
        if why := _poor(dots, middle, ends):
            found.append(Measurements.of(
                np.nan, checked=0, param="", a=-1, x=at[0], y=at[1], inferred=seen, cause="*place", soften=2,
                detail=f"on the {name} side: {why}",
            ))  # fmt: skip
    if not checked:
        raise Skip("has no surface-mount parts")
    m = Measurements.join([Measurements.none(checked), *found])
    return m.take((m.param == "") | np.isin(m.param, ctx.judged()))


def _dots(board: Board, side: int) -> Floats:
    """Places of the dots of a side, the upper left one first: global ones, else local ones."""
    all_ = board.derived.fiducials()
    mine = all_.side == side
    if (mine & ~all_.local).any():
        mine = mine & ~all_.local
    xy = np.unique(np.c_[all_.x[mine], all_.y[mine]].round(3), axis=0)
    return np.asarray(xy[np.argsort(xy.sum(axis=1), kind="stable")])


def farthest(dots: Floats) -> Floats:
    """The two of several different points that are the farthest apart, 2 x 2: both are corners of the convex hull."""
    corners = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(dots)))
    best, ends = -1.0, corners[:2]
    for k, corner in enumerate(corners):
        away = np.hypot(corners[k:, 0] - corner[0], corners[k:, 1] - corner[1])
        if away.max() > best:
            best, ends = float(away.max()), corners[[k, k + int(away.argmax())]]
    return np.asarray(ends)


def _poor(dots: Floats, middle: Floats, ends: Floats) -> str:
    """What is wrong with where the dots are, of which the `ends` are the farthest apart; '' if nothing."""
    if len(dots) > 2:
        p, way = ends[0], ends[1] - ends[0]
        length = float(np.hypot(*way))
        off = np.abs((dots[:, 0] - p[0]) * way[1] - (dots[:, 1] - p[1]) * way[0]) / length
        if off.max() < _LINE * length:
            return "they are in one line, which cannot show shear"
    turned = shapely.points(2 * middle - dots)
    near = shapely.STRtree(turned).query(shapely.points(dots), predicate="dwithin", distance=_SAME)[0]
    return "a board put in the wrong way round shows them in the same places" if len(np.unique(near)) == len(dots) else ""
