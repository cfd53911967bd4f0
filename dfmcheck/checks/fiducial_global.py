"""Fiducials of the board: enough of them, far apart, and so that they tell a turned board."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import shapely

from ..board import Board, Floats
from ..check import Context, Measurements, Skip, check
from ..fiducials import placed_parts

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
    b = shapely.bounds(board.outline)
    middle, diagonal = np.array([(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]), float(np.hypot(b[2] - b[0], b[3] - b[1]))
    found, checked = [], 0
    for side, name in enumerate(("top", "bottom")):
        parts, fine = placed_parts(board, side)
        if not parts:
            continue
        checked += 1
        dots = _dots(board, side)
        seen = bool(all_.seen[all_.side == side].any())
        words = f"{parts} surface-mount parts on the {name} side" if "components" in board.facts else f"the {name} side"
        at = dots[0] if len(dots) else middle + np.array([0.0, side])
        found.append(Measurements.of(
            len(dots), checked=0, param="count", a=-1, x=at[0], y=at[1], inferred=seen, cause="*count",
            soften=0 if not len(dots) and parts >= (_FEW if fine else _MANY) else 1, detail=f"for {words}",
        ))  # fmt: skip
        if len(dots) < 2:
            continue
        spread = float(max(np.hypot(*(p - q)) for p, q in combinations(dots, 2)))
        found.append(Measurements.of(
            100 * spread / diagonal, checked=0, param="spread_min", a=-1, x=at[0], y=at[1], inferred=seen,
            cause="*spread", soften=1, detail=f"of the board's diagonal between the farthest ones of the {name} side",
        ))  # fmt: skip
        if why := _poor(dots, middle, spread):
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


def _poor(dots: Floats, middle: Floats, spread: float) -> str:
    """What is wrong with where the dots are, '' if nothing."""
    if len(dots) > 2:
        p, q = max(combinations(dots, 2), key=lambda pair: float(np.hypot(*(pair[0] - pair[1]))))
        d = (q - p) / np.hypot(*(q - p))
        off = np.abs((dots[:, 0] - p[0]) * d[1] - (dots[:, 1] - p[1]) * d[0])
        if off.max() < _LINE * spread:
            return "they are in one line, which cannot show shear"
    turned = 2 * middle - dots
    near = np.hypot(dots[:, None, 0] - turned[None, :, 0], dots[:, None, 1] - turned[None, :, 1]).min(axis=1)
    return "a board put in the wrong way round shows them in the same places" if (near <= _SAME).all() else ""
