"""Rows of joints as a nozzle solders them, and how far it gets when it leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Floats, Ints, Objects
from ..pieces import least

TOGETHER = 5.2
"""mm between the middles of neighbouring joints in a row: two pitches of 2.54 mm. What stands farther apart is dipped apart."""
ALIGNED = 0.05
"""mm by which joints of one row may stand out of line."""
EXITS = ("+x", "-x", "+y", "-y")
"""Ways on which a nozzle may leave, in the part's own frame, y down."""
# Each exit as +x of a frame that is turned for it: which bounds become x0, y0, x1, y1, with which sign; and the turn in quarters.
_AHEAD = (
    ((0, 1, 2, 3), (1, 1, 1, 1)), ((2, 3, 0, 1), (-1, -1, -1, -1)),
    ((1, 2, 3, 0), (1, -1, 1, -1)), ((3, 0, 1, 2), (-1, 1, -1, 1)),
)  # fmt: skip
_QUARTERS = (0, 2, -1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One row is a line of joints of one part, or a joint that stands alone."""

    component: Ints
    turn: Floats
    """Radians by which the part is turned, counter-clockwise as seen."""
    axis: Objects
    """LineString from the middle of the first joint to that of the last; a Point of a single one."""
    box: Any
    """N x 4, mm: bounds of its lands (x0, y0, x1, y1), turned about the board's origin into the part's frame."""

    def __len__(self) -> int:
        return len(self.component)

    def take(self, rows: Any) -> Rows:
        return Rows(self.component[rows], self.turn[rows], self.axis[rows], self.box[rows])


def rows_of(board: Board, lands: Ints) -> Rows:
    """The rows that lands (rows of `Board.features`, all of pads) make: joints of a part in line and near one another.

    They stand no farther apart than `TOGETHER`. Of the two ways to see an array the one with fewer rows is taken.
    """
    f, pads = board.features, board.pads
    pad, of = np.unique(f.pad[lands], return_inverse=True)
    part, turn = pads.component[pad], _turns(board, pad)
    x, y = _turned(pads.x[pad], pads.y[pad], turn)
    columns, lines = _aligned(part, x), _aligned(part, y)
    upright = _count(part, columns) < _count(part, lines)
    line, along = np.where(upright, columns, lines), np.where(upright, y, x)
    order = np.lexsort((along, line, part))
    changed = (np.diff(part[order], prepend=-1) != 0) | (np.diff(line[order], prepend=-1) != 0)
    changed |= np.diff(along[order], prepend=-np.inf) > TOGETHER
    row = np.empty(len(pad), np.int64)
    row[order] = np.cumsum(changed) - 1
    start = np.flatnonzero(changed)
    last = order[np.r_[start[1:], len(order)] - 1] if len(order) else order
    head = order[start]
    ends = np.stack([np.stack([pads.x[pad[k]], pads.y[pad[k]]], axis=1) for k in (head, last)], axis=1)
    axis = np.where(head == last, shapely.points(ends[:, 0]), shapely.linestrings(ends)) if len(head) else np.empty(0, object)
    low, high = np.full((len(head), 2), np.inf), np.full((len(head), 2), -np.inf)
    bounds = framed(f.core[lands], f.radius[lands], turn[of])
    np.minimum.at(low, row[of], bounds[:, :2])
    np.maximum.at(high, row[of], bounds[:, 2:])
    return Rows(part[head].astype(np.int32), turn[head], axis, np.concatenate([low, high], axis=1))


def joint_at(board: Board, lands: Ints, rows: Rows, x: Floats, y: Floats) -> Ints:
    """Of each row (of N) the joint nearest to a place: one of `lands`."""
    f, pads = board.features, board.pads
    lands = lands[np.argsort(f.component[lands], kind="stable")]
    start, stop = (np.searchsorted(f.component[lands], rows.component, side) for side in ("left", "right"))
    n, k = np.repeat(np.arange(len(rows), dtype=np.int32), stop - start), lands[shape.runs(start, stop - start)]
    px, py = pads.x[f.pad[k]], pads.y[f.pad[k]]
    beside = shapely.distance(rows.axis[n], shapely.points(px, py)) > ALIGNED
    away = np.where(beside, np.inf, np.round(np.hypot(px - x[n], py - y[n]), 6))
    return k[least(away, n, ties=(k,))]


def framed(core: Objects, radius: Floats, turn: Floats) -> Floats:
    """Bounds (N x 4, mm) of shapes in frames that are turned by `turn` radians, counter-clockwise as seen."""
    if not len(core):
        return np.empty((0, 4))
    xy, of = shapely.get_coordinates(core, return_index=True)
    x, y = _turned(xy[:, 0], xy[:, 1], turn[of])
    start = np.flatnonzero(np.diff(of, prepend=-1))
    low, high = (np.stack([pick.reduceat(v, start) for v in (x, y)], axis=1) for pick in (np.minimum, np.maximum))
    return np.concatenate([low - radius[:, None], high + radius[:, None]], axis=1)


def ways_out(rows: Rows, core: Objects, radius: Floats, width: float, reach: Any) -> Floats:
    """How far each row (of N) can leave on each way (N x 4, mm) before the shape beside it is met; infinite where it never is.

    The way is as wide as the row's lands, and at least `width`. What is farther than `reach` may be told too near.
    """
    out = np.full((len(rows), len(EXITS)), np.inf)
    shapes = framed(core, radius, rows.turn)
    size = shapes[:, 2:] - shapes[:, :2]
    whole = (radius == 0) & (np.abs(shapely.area(core) - size.prod(axis=1)) <= 1e-6)
    for k, (pick, sign) in enumerate(_AHEAD):
        near, at = rows.box[:, pick] * sign, shapes[:, pick] * sign
        middle, half = (near[:, 1] + near[:, 3]) / 2, np.maximum((near[:, 3] - near[:, 1]) / 2, width / 2)
        low, high = middle - half, middle + half
        met = (at[:, 1] < high) & (at[:, 3] > low) & (at[:, 2] > near[:, 2])
        room = np.where(met, np.maximum(at[:, 0] - near[:, 2], 0.0), np.inf)
        # What reaches into the way from beside it is nearest somewhere else, unless it is a rectangle in this frame.
        partly = np.flatnonzero(met & ~whole & ((at[:, 1] < low) | (at[:, 3] > high)) & (room < reach))
        turn = rows.turn[partly] + _QUARTERS[k] * np.pi / 2
        start = near[partly, 2]
        strip = shapely.box(start, low[partly], start + np.broadcast_to(reach, len(met))[partly], high[partly])
        left = shapely.bounds(shapely.intersection(_placed(shape.polygons(core[partly], radius[partly]), turn), strip))[:, 0]
        room[partly] = np.where(np.isnan(left), np.inf, left - start)
        out[:, k] = room
    return out


def _placed(areas: Objects, turn: Floats) -> Objects:
    """The areas in frames that are turned."""
    xy, of = shapely.get_coordinates(areas, return_index=True)
    return np.asarray(shapely.set_coordinates(areas.copy(), np.stack(_turned(xy[:, 0], xy[:, 1], turn[of]), axis=1)))


def _turns(board: Board, pad: Ints) -> Floats:
    """Radians by which the parts of pads are turned; where the design names no footprints as much as the first of their pads."""
    c, pads = board.components, board.pads
    part = pads.component[pad]
    first, at = np.unique(part, return_index=True)
    guess = np.zeros(len(c) + 1)
    guess[first] = pads.angle[pad[at]]
    nameless = (c.footprint[part] == "") & (c.angle[part] == 0)
    return np.asarray(np.deg2rad(np.where(nameless, guess[part], c.angle[part])), np.float64)


def _turned(x: Floats, y: Floats, turn: Floats) -> tuple[Floats, Floats]:
    """Angles turn counter-clockwise as seen, y runs down."""
    return x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)


def _aligned(part: Ints, at: Floats) -> Any:
    """For each joint the number of its line: joints of a part whose coordinates are as good as equal."""
    order = np.lexsort((at, part))
    new = (np.diff(part[order], prepend=-1) != 0) | (np.diff(at[order], prepend=0.0) > ALIGNED)
    out = np.empty(len(at), np.int64)
    out[order] = np.cumsum(new)
    return out


def _count(part: Ints, line: Any) -> Any:
    """For each joint how many lines its part has."""
    each = part[np.unique(line, return_index=True)[1]]
    return np.bincount(each, minlength=int(part.max(initial=-1)) + 1)[part]
