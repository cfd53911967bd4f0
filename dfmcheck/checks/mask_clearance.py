"""How much larger than its land an opening of the solder mask is."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Floats, Ints, Objects
from ..check import Context, Measurements, check
from ..mask import Mask, masks
from ..pieces import least
from ..units import EPS, show
from ._mask_lands import soldered
from .size import breaching, by_limit

_SAME = 1e-6
"""mm by which the cores of a land and its opening may differ and the two still be one shape of two sizes."""


@check("mask_clearance", minima="min", maxima="max", beside=True)
def mask_clearance(ctx: Context) -> Measurements:
    """Distance in mm from the edge of each soldered land to the edge of its own opening: the smallest, and the largest along
    the pad's own axes.

    Openings drawn at the size of their lands are told once a board, as a note: some fabricators grow them, others ask for
    it. One that is smaller than its land defines it, on purpose as a rule: a note. Each size is one finding, whoever has it.
    """
    board = ctx.board
    f = board.features
    lands, lows, highs = [np.empty(0, np.int32)], [np.empty(0)], [np.empty(0)]
    for mask in masks(board):
        land, opening = own_pairs(mask, board)
        low, high = clearances(board, land, opening)
        lands, lows, highs = [*lands, land], [*lows, low], [*highs, high]
    land, low, high = np.concatenate(lands), np.concatenate(lows), np.concatenate(highs)
    parts = [Measurements.none(len(land), float(low.min()) if len(low) else float("nan"))]
    for name, value, worst in (("min", low, low), ("max", high, -high)):
        if name not in ctx.judged():
            continue
        rows = least(worst, f.item[land])  # a land on two sides is told once
        rows = rows[breaching(ctx, np.full(len(rows), name, object), value[rows])]
        same = (np.abs(low[rows]) <= EPS) & (name == "min")
        n, rows, same = int(same.sum()), *(column[~same | (np.cumsum(same) == 1)] for column in (rows, same))
        under = (low[rows] < -EPS) & (name == "min")
        item, told = f.item[land[rows]], list(zip(value[rows].tolist(), same.tolist(), under.tolist()))
        cause = [f"*{name} {'1:1' if s else 'smaller' if u else format(c, '.2f')}" for c, s, u in told]
        parts.append(Measurements.of(
            value[rows], checked=0, param=name, a=item, x=board.items.x[item], y=board.items.y[item],
            cause=by_limit(ctx, np.full(len(rows), name, object), value[rows], cause),
            detail=_objects([_words(c, name, n * s, u) for c, s, u in told]), soften=(same | under).astype(np.int32),
        ))  # fmt: skip
    return Measurements.join(parts)


def own_pairs(mask: Mask, board: Board) -> tuple[Ints, Ints]:
    """Soldered lands and their own openings (rows of `Board.features`), once a pad: of a pad of several shapes, the largest.

    An opening is of the land that is most like it, of lands with one middle, for films do not tell
    an exposed pad's from that of the via in it.
    """
    f = board.features
    pair = np.flatnonzero(f.pad[mask.row] >= 0)
    land, opening = mask.row[pair], mask.opening[mask.at[pair]]
    grow = [-1, -1, 1, 1]
    low = shapely.bounds(f.core[land]) + f.radius[land][:, None] * grow
    high = shapely.bounds(f.core[opening]) + f.radius[opening][:, None] * grow
    size = np.hypot(low[:, 2] - low[:, 0], low[:, 3] - low[:, 1])
    apart = np.abs(high - low).max(axis=1, initial=0.0) if len(low) else size
    nearest = np.full(len(f), np.inf)
    about = np.abs(low[:, :2] + low[:, 2:] - high[:, :2] - high[:, 2:]).max(axis=1, initial=0.0) < 0.1
    np.minimum.at(nearest, opening[about], apart[about])
    own = (f.item[land] == f.item[opening]) & (apart <= nearest[opening] + EPS)
    own &= mask.land[pair] & np.append(soldered(board), False)[f.pad[land]]
    land, opening, size, apart = land[own], opening[own], size[own], apart[own]
    first = least(apart, f.item[land], land)  # the opening that is most alike
    land, opening, size = land[first], opening[first], size[first]
    first = least(-size, f.item[land])
    return land[first], opening[first]


def clearances(board: Board, land: Ints, opening: Ints) -> tuple[Floats, Floats]:
    """Smallest distance in mm from a land's edge out to its opening's edge, negative where the mask covers the land by as
    much; and the largest along the pad's own axes."""
    f, pads = board.features, board.pads
    core_a, radius_a, core_b, radius_b = f.core[land], f.radius[land], f.core[opening], f.radius[opening]
    low = radius_b - radius_a
    high = low.copy()
    other = np.flatnonzero(~shapely.equals_exact(core_a, core_b, _SAME))
    if not len(other):
        return low, high
    one, two = shape.polygons(core_a[other], radius_a[other]), shape.polygons(core_b[other], radius_b[other])
    edges = np.asarray(shapely.distance(shapely.boundary(one), shapely.boundary(two)))
    beyond = shapely.difference(one, two)
    inside = shapely.covers(shapely.buffer(two, _SAME), one)
    angle = pads.angle[f.pad[land[other]]]
    sides = _extents(two, angle) - _extents(one, angle)
    short = np.where(sides.min(axis=1) < -_SAME, sides.min(axis=1), -_reach(beyond, two))  # a side, or only a corner
    low[other] = np.where(inside, edges, short)
    high[other] = sides.max(axis=1)
    return low, high


def _reach(beyond: Objects, opening: Objects) -> Floats:
    """How far the parts of lands that stay covered reach from the opening."""
    xy, of = shapely.get_coordinates(beyond, return_index=True)
    out = np.zeros(len(beyond))
    np.maximum.at(out, of, shapely.distance(shapely.points(xy), opening[of]))
    return out


def _extents(areas: Objects, angle: Floats) -> Floats:
    """(n, 4): how far areas reach along -x, -y, x, y of axes turned by `angle` degrees."""
    xy, of = shapely.get_coordinates(areas, return_index=True)
    turn = np.deg2rad(angle)[of]
    turned = np.stack([xy[:, 0] * np.cos(turn) - xy[:, 1] * np.sin(turn), xy[:, 0] * np.sin(turn) + xy[:, 1] * np.cos(turn)], 1)
    out = np.full((len(areas), 4), -np.inf)
    np.maximum.at(out, of, np.c_[-turned, turned])
    return out


def _words(value: float, name: str, same: int, under: bool) -> str:
    if name == "max":
        return "at most, for more uncovers what lies beside the land"
    if same:
        return f"{same} openings are drawn as large as their lands: right only where the fabricator grows them"
    return f"the mask covers the land's edge by {show(-value, 'mm')} and so defines it" if under else ""


def _objects(values: list[str]) -> Objects:
    out = np.empty(len(values), object)
    out[:] = values
    return out
