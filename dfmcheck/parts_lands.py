"""What the lands of each component tell: how many, in which rows, how far apart, how large; vectorised over the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .board import Board, Bools, Floats, Ints, Kind, Objects, PadType, Table, column
from .exposed import exposed_pads

_ALIGNED = 0.05
"""mm; lands whose centres differ by less stand in one row."""
_SPOTS = 8
"""Points of a hull for each rounded corner of a land, and half of those for a disc or the end of an oval."""


@dataclass(frozen=True, slots=True, eq=False)
class Lands(Table):
    """One row per component. Lengths along the component's own axes; the exposed pad counts in `pins` alone."""

    pins: Ints = column("i4")
    """Different pad numbers with copper."""
    smd: Ints = column("i4")
    """Numbers of SMD and contact lands; lands without a number count one by one."""
    tht: Ints = column("i4")
    """Numbers of pads with a plated hole."""
    npth: Ints = column("i4")
    count: Ints = column("i4")
    """Places with a land."""
    exposed: Bools = column("b")
    """It has an exposed pad."""
    pitch: Floats = column("f8")
    """Median over the lands of the distance to the nearest land in the same row or column; NaN where none has one."""
    columns: Ints = column("i4")
    """Different x of lands."""
    rows: Ints = column("i4")
    """Different y of lands."""
    width: Floats = column("f8")
    """Outer length of the lands along x; NaN without lands."""
    height: Floats = column("f8")
    along: Floats = column("f8")
    """Median over the lands of their longer side."""
    across: Floats = column("f8")
    """Median over the lands of their shorter side."""
    both: Bools = column("b")
    """It has SMD lands on both sides of the board."""
    round: Bools = column("b")
    """Most lands are discs."""
    pasted: Bools = column("b")
    """Paste is printed for it; true of all where the design tells of no part's paste."""
    hull: Objects = column("O")
    """Convex hull of the copper of its lands on its own side, on the board; None without."""


def lands(board: Board) -> Lands:
    """The lands of every component."""
    c, pads = board.components, board.pads
    n = len(c)
    bare = (_coppered(board) & (pads.type != PadType.NPTH)) if n else np.zeros(len(pads), np.bool_)
    own = np.flatnonzero((pads.component >= 0) & bare).astype(np.int32)
    part, drilled = pads.component[own], pads.type[own] == PadType.THT
    number = _codes(part, pads.number[own])
    exposed = np.isin(number, number[exposed_pads(board)[own]])
    pin = (number >= 0) | board.items.inferred[c.item][part]  # of a part by its place alone no pin is named: each land is one
    turn = np.deg2rad(_frame(board, own, part))
    x, y = _turned(pads.x[own] - c.x[part], pads.y[own] - c.y[part], turn[part])
    width, height, angle = _sizes(board, own)
    own_turn = np.deg2rad(angle) - turn[part]
    wide = np.abs(width * np.cos(own_turn)) + np.abs(height * np.sin(own_turn))
    high = np.abs(width * np.sin(own_turn)) + np.abs(height * np.cos(own_turn))
    row = np.flatnonzero(~exposed)
    column_of, row_of = _lines(part[row], x[row]), _lines(part[row], y[row])
    nearest = np.minimum(_gaps(column_of, y[row]), _gaps(row_of, x[row]))
    place = column_of.astype(np.int64) * (len(row) + 1) + row_of
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    npth = pads.component[(pads.type == PadType.NPTH) & (pads.component >= 0)]
    return Lands.of(
        pins=_distinct(part[pin], number[pin], n), smd=_distinct(part[~drilled], number[~drilled], n),
        tht=_distinct(part[drilled], number[drilled], n), npth=np.bincount(npth, minlength=n),
        count=_distinct(part[row], place, n), exposed=np.bincount(part, exposed, n) > 0,
        pitch=np.round(_median(part[row], nearest, n), 3), columns=_distinct(part[row], column_of, n),
        rows=_distinct(part[row], row_of, n), width=np.round(_extent(part[row], x[row], wide[row], n), 3),
        height=np.round(_extent(part[row], y[row], high[row], n), 3), along=np.round(_median(part[row], longer[row], n), 3),
        across=np.round(_median(part[row], shorter[row], n), 3),
        both=np.logical_and(*(np.bincount(part[~drilled & (pads.side[own] == side)], minlength=n) > 0 for side in (0, 1))),
        round=_median(part, (pads.shape[own] == "circle").astype(np.float64), n) > 0.5, pasted=_pasted(board, n),
        hull=_hulls(board, n, turn),
    )  # fmt: skip


def _coppered(board: Board) -> Bools:
    """Mask over `Board.pads`: those with copper, not openings of mask or paste alone."""
    f = board.features
    rows = np.flatnonzero((f.pad >= 0) & (board.layers.order >= 0)[f.layer])
    return np.asarray(np.bincount(f.pad[rows], minlength=len(board.pads)) > 0)


def _pasted(board: Board, n: int) -> Bools:
    f = board.features
    out = np.bincount(f.component[(board.layers.role == "paste")[f.layer] & (f.component >= 0)], minlength=n) > 0
    return np.asarray(out | ~out.any(), np.bool_)


def _sizes(board: Board, own: Ints) -> tuple[Floats, Floats, Floats]:
    """Width, height and angle of pads; of those that a film draws as regions, without a size, that of their box on the board."""
    pads, f = board.pads, board.features
    width, height, angle = pads.width[own].copy(), pads.height[own].copy(), pads.angle[own].copy()
    unknown = np.flatnonzero(~np.isfinite(width + height))
    if len(unknown):
        rows = np.flatnonzero((f.pad >= 0) & np.isin(f.pad, own[unknown]) & (board.layers.order >= 0)[f.layer])
        box = shapely.bounds(f.core[rows]) + f.radius[rows, None] * np.array([-1, -1, 1, 1])
        low, high = np.full((len(pads), 2), np.inf), np.full((len(pads), 2), -np.inf)
        np.minimum.at(low, f.pad[rows], box[:, :2])
        np.maximum.at(high, f.pad[rows], box[:, 2:])
        width[unknown], height[unknown] = (high - low)[own[unknown]].T
        angle[unknown] = 0.0
    return width, height, angle


def _codes(part: Ints, number: Objects) -> Any:
    """For each land a code of its component and number; one of its own, below 0, where it has no number."""
    names, which = np.unique(number.astype(str), return_inverse=True)
    code = part.astype(np.int64) * max(len(names), 1) + which
    return np.where(number == "", -1 - np.arange(len(part)), code)


def _frame(board: Board, own: Ints, part: Ints) -> Floats:
    """Degrees by which each component is turned; where the design names no footprints, those of its first land."""
    c = board.components
    angle = c.angle.copy()
    nameless = (c.footprint == "") & (angle == 0)
    first, at = np.unique(part, return_index=True)
    guess = np.zeros(len(c))
    guess[first] = board.pads.angle[own[at]]
    return np.asarray(np.where(nameless, guess, angle))


def _turned(x: Floats, y: Floats, turn: Floats) -> tuple[Floats, Floats]:
    """Board offsets in the axes of what is turned by `turn` (counter-clockwise as seen, y down)."""
    cos, sin = np.cos(turn), np.sin(turn)
    return x * cos - y * sin, x * sin + y * cos


def _lines(part: Ints, at: Floats) -> Ints:
    """For each land the number of the line that it is in: lands of a part whose coordinates are as good as equal."""
    order = np.lexsort((at, part))
    new = (np.diff(part[order], prepend=-1) != 0) | (np.diff(at[order], prepend=0.0) > _ALIGNED)
    out = np.empty(len(at), np.int32)
    out[order] = np.cumsum(new)
    return out


def _gaps(line: Ints, at: Floats) -> Floats:
    """For each land the distance to the nearest other land on its line that is not at the same place; infinite if alone."""
    order = np.lexsort((at, line))
    step, same = np.diff(at[order]), np.diff(line[order]) == 0
    step = np.where(same & (step > _ALIGNED), step, np.inf)
    out = np.empty(len(at))
    out[order] = np.minimum(np.r_[np.inf, step], np.r_[step, np.inf])[: len(at)]
    return out


def _median(part: Ints, value: Floats, n: int) -> Floats:
    """Median of the finite values of each part (of two middle ones the lower); NaN where it has none."""
    out = np.full(n, np.nan)
    known = np.isfinite(value)
    part, value = part[known], value[known]
    order = np.lexsort((value, part))
    parts, start, size = np.unique(part[order], return_index=True, return_counts=True)
    out[parts] = value[order][start + (size - 1) // 2]
    return out


def _extent(part: Ints, at: Floats, size: Floats, n: int) -> Floats:
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, part, at - size / 2)
    np.maximum.at(high, part, at + size / 2)
    return np.asarray(np.where(high >= low, high - np.where(np.isfinite(low), low, 0.0), np.nan))


def _distinct(part: Any, value: Any, n: int) -> Ints:
    """How many different values (whole numbers, no two parts share one) each part has."""
    _, first = np.unique(value, return_index=True)
    return np.bincount(part[first], minlength=n).astype(np.int32)


def _hulls(board: Board, n: int, frame: Floats) -> Objects:
    """Hulls of the lands of components that are turned by `frame` (radians); what is round is exact along a component's axes."""
    f, copper = board.features, board.copper_layers
    out = np.full(n, None, object)
    if not len(copper) or not n:
        return out
    outer = board.outer_layer(board.components.side)
    rows = np.flatnonzero((f.kind == Kind.PAD) & (f.component >= 0))
    rows = rows[f.layer[rows] == outer[f.component[rows]]]
    xy, at = shapely.get_coordinates(f.core[rows], return_index=True)
    radius, part = f.radius[rows][at], f.component[rows][at]
    spots = np.where(radius <= 0, 1, np.where(shapely.get_type_id(f.core[rows])[at] < 3, 2 * _SPOTS, _SPOTS))
    # Of what is equally round only the outermost can be on the hull: the others need no points around them.
    order = np.lexsort((spots, radius, part))
    radius, part, spots = radius[order], part[order], spots[order]
    first = np.flatnonzero(np.r_[True, (np.diff(part) != 0) | (np.diff(radius) != 0) | (np.diff(spots) != 0)][: len(part)])
    xy, kin = _outermost(xy[order], np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(part)])))
    radius, part, spots = radius[first[kin]], part[first[kin]], spots[first[kin]]
    point, k = np.repeat(np.arange(len(xy)), spots), np.arange(spots.sum()) - np.repeat(np.cumsum(spots) - spots, spots)
    turn = 2 * np.pi * k / spots[point] - frame[part[point]]
    found, places = np.unique(part[point], return_inverse=True)
    if len(found):
        around = xy[point] + radius[point, None] * np.c_[np.cos(turn), np.sin(turn)]
        out[found] = shapely.convex_hull(shapely.linestrings(around, indices=places))
    return out


def _outermost(xy: Floats, group: Any) -> tuple[Floats, Any]:
    """Of points in groups, which stand together, those on the convex hull of their group, and their groups."""
    lonely = np.bincount(group)[group] < 2 if len(group) else np.zeros(0, np.bool_)
    crowd, places = np.unique(group[~lonely], return_inverse=True)
    if not len(crowd):
        return xy, group
    hull, of = shapely.get_coordinates(shapely.convex_hull(shapely.linestrings(xy[~lonely], indices=places)), return_index=True)
    both, owner = np.concatenate([xy[lonely], hull]), np.r_[group[lonely], crowd[of]]
    order = np.argsort(owner, kind="stable")
    return both[order], owner[order]
