"""Which features can leave a narrow slit or a sharp notch of air between them: all but a few need not be merged.

Air between two convex shapes that overlap opens ever wider from where their boundaries cross. Where a track's end lies well
inside the other shape, its cap crosses that one's boundary at a right angle or more, so only its flanks can make a sharp
notch: if they leave at a small angle to a flank of the other. Tracks that go on from each other, branch off, or end in a land
(nearly all of a board) are thus told apart by two directions, and only what remains is merged and measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import facing, shape
from .board import Bools, Floats, Ints, Kind, Objects
from .copper import components, flattened
from .units import TOUCH

if TYPE_CHECKING:
    from .derived import Derived

_DEEP = 0.75
"""Share of the radius within which an end is well inside: a flank beside it cannot leave by a disc's rim at a small angle."""
_JOINED = 0.01
"""mm: ends of tracks nearer than this are one joint. What one of them stands out by leaves no slit that a film resolves."""
_PARALLEL = 1e-3
"""Sine of the angle below which flanks are parallel and do not cross."""
_MARGIN = 0.2
"""degrees added to the wedge: flattened flanks and caps are off by less."""
_HULL = 0.999
"""Share of its convex hull that a convex polygon fills, curves flattened."""


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The features of one layer that are not poured, with their ends and flanks."""

    row: Ints
    core: Objects
    radius: Floats
    group: Ints
    """The net, or for netless copper the piece of touching copper: slits are sought between copper of one group."""
    point: Bools
    """Discs,"""
    straight: Bools
    """capsules,"""
    area: Bools
    """convex polygons with rounded corners; none of the three is convex."""
    ends: Floats
    """N x 2 x 2: the ends of a capsule's axis, or the disc's centre."""
    along: Floats
    """N x 2: unit vector from the first to the second, NaN for discs."""


def around(derived: Derived, layer: int, reach: float, wedge: float, length: float) -> Bools:
    """Mask over `copper_rows`: features between which air narrower than `reach` mm may lie for `length` mm, where edges at
    up to `wedge` degrees face each other, and the rest of their pieces of copper. With a `length` of 0, those whose straight
    edges may meet at such an angle: round ends count for nothing.

    Pieces of copper with a fill are left out, but what may leave air towards them is in. Merging these features gives the
    same edges on both sides of every such slit or notch as merging all.
    """
    f, rows, in_poured = derived.board.features, derived.copper_rows(layer), derived.in_poured(layer)
    s = derived.loose_shapes(layer)
    i, j = _near(s, reach) if reach > TOUCH else _met(s, *derived.touching(layer))
    same_land = (f.item[s.row[i]] == f.item[s.row[j]]) & (f.kind[s.row[i]] == Kind.PAD)
    left = ~same_land & ~_blunt(s, i, j, wedge + _MARGIN)
    if length == 0:
        left &= ~_oblique(s, i, j, wedge + _MARGIN)
    own = ~(s.point | s.straight | s.area)
    own[i[left]] = own[j[left]] = True
    own = _long_enough(s, np.flatnonzero(own), i[left], j[left], reach, length) if length > 0 else own
    chosen = np.zeros(len(f), np.bool_)
    chosen[s.row[own]] = True
    chosen[_beside_poured(derived, layer, s, rows[in_poured], reach)] = True
    # All of a piece is merged: an edge is where it is only with all that may cover it.
    cluster = derived.clusters(layer)
    return np.asarray(np.isin(cluster, cluster[chosen[rows]]) & ~in_poured, np.bool_)


def _long_enough(s: Shapes, rows: NDArray[np.int64], i: NDArray[Any], j: NDArray[Any], reach: float, length: float) -> Bools:
    """Those of the shapes `rows` that face each other, unmerged, over `length` in all among shapes that pairs i-j link."""
    outlines = shapely.orient_polygons(flattened(s.core[rows], s.radius[rows]))
    edges = facing.edges_of(facing.rings(np.asarray(outlines, object)))
    label = components(len(s.row), i, j)
    found = facing.facing(edges, reach, inside=False, group=label[rows][edges.part])
    return np.asarray(np.bincount(label[rows[found.part_a]], found.length, minlength=len(s.row))[label] >= length, np.bool_)


def shapes(derived: Derived, layer: int) -> Shapes:
    """See `Derived.loose_shapes`."""
    f, row = derived.board.features, derived.copper_rows(layer)
    mask = ~derived.in_poured(layer) & (f.kind[row] != Kind.TEXT)
    row, cluster = row[mask], derived.clusters(layer)[mask]
    core, radius = f.core[row], f.radius[row]
    kind = shapely.get_type_id(core)
    xy, of = shapely.get_coordinates(core, return_index=True)
    first = np.searchsorted(of, np.arange(len(row)))
    ends = np.stack([xy[first], xy[np.r_[first[1:], len(xy)] - 1]], axis=1) if len(row) else np.empty((0, 2, 2))
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where(length[:, None] > 1e-6, along / length[:, None], np.nan)
    line = (kind == 1) & (np.diff(np.r_[first, len(xy)]) == 2)
    area = kind == 3
    area[area] = shapely.area(core[area]) >= _HULL * shapely.area(shapely.convex_hull(core[area]))
    group = np.where(f.net[row] >= 0, f.net[row], -2 - cluster).astype(np.int32)
    point = (kind == 0) | (line & (length <= 1e-6))
    return Shapes(row, core, radius, group, point, line & ~point, area, ends, along)


def _met(s: Shapes, a: Ints, b: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What `_near` finds within `TOUCH`, by the rows of features that touch."""
    place = np.full(int(max(s.row.max(initial=-1), a.max(initial=-1), b.max(initial=-1))) + 1, -1, np.int64)
    place[s.row] = np.arange(len(s.row))
    i, j = place[a], place[b]
    keep = (i >= 0) & (j >= 0)
    i, j = i[keep], j[keep]
    keep = s.group[i] == s.group[j]
    return i[keep], j[keep]


def _near(s: Shapes, reach: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    boxes = shape.boxes(s.core, s.radius, reach / 2)
    i, j = shapely.STRtree(boxes).query(boxes)
    keep = (i < j) & (s.group[i] == s.group[j])
    i, j = i[keep], j[keep]
    near = shape.distance(s.core[i], s.radius[i], s.core[j], s.radius[j]) < reach
    return i[near], j[near]


def _blunt(s: Shapes, i: NDArray[Any], j: NDArray[Any], wedge: float) -> Bools:
    """Whether an end of one of paired shapes lies well inside the other, and no flanks of theirs close in at `wedge` degrees."""
    out = np.zeros(len(i), np.bool_)
    for one, other in ((i, j), (j, i)):
        for end, sign in ((0, 1.0), (1, -1.0)):
            at = np.flatnonzero(~out & (s.point | s.straight)[one] & (s.point | s.straight | s.area)[other])
            a, b = one[at], other[at]
            tip = s.ends[a, end]
            inside = shapely.distance(shapely.points(tip), s.core[b]) <= _DEEP * s.radius[b]
            at, a, b, tip = at[inside], a[inside], b[inside], tip[inside]
            out[at] = _opens(s, a, s.along[a] * sign, tip, b, wedge)
    return out


def _oblique(s: Shapes, i: NDArray[Any], j: NDArray[Any], wedge: float) -> Bools:
    """Whether no straight edges of paired shapes, one of them a disc or capsule, are at an angle of `wedge` degrees or less."""
    nowhere = np.full((len(i), 2), np.nan)
    out = np.zeros(len(i), np.bool_)
    for one, other in ((i, j), (j, i)):
        at = np.flatnonzero((s.point | s.straight)[one] & (s.point | s.straight | s.area)[other])
        out[at] |= _opens(s, one[at], s.along[one[at]], nowhere[at], other[at], wedge)
    return out


def _opens(s: Shapes, a: NDArray[Any], way: Floats, tip: Floats, b: NDArray[Any], wedge: float) -> Bools:
    """Whether the flanks of `a`, going out that way from a tip inside `b`, are at more than `wedge` degrees to those of `b`."""
    sharp = np.cos(np.radians(min(wedge, 90.0)))
    opens = s.point[a] | s.point[b]
    lines = np.flatnonzero(~opens & s.straight[b])
    w, u = way[lines], s.along[b[lines]]
    cos, sin = np.einsum("ij,ij->i", w, u), w[:, 0] * u[:, 1] - w[:, 1] * u[:, 0]
    at_first, at_last = (np.hypot(*(tip[lines] - s.ends[b[lines], k]).T) < _JOINED for k in (0, 1))
    crossing = (np.abs(cos) < sharp) | (np.abs(sin) < _PARALLEL)
    opens[lines] = np.where(at_first, cos < sharp, np.where(at_last, -cos < sharp, crossing))
    areas = np.flatnonzero(~opens & s.area[b])
    if len(areas):
        sides, of = _sides(s.core[b[areas]])
        w = way[areas][of]
        cos, sin = np.einsum("ij,ij->i", w, sides), w[:, 0] * sides[:, 1] - w[:, 1] * sides[:, 0]
        closing = (np.abs(cos) >= sharp) & (np.abs(sin) >= _PARALLEL)
        opens[areas] = np.bincount(of[closing], minlength=len(areas)) == 0
    return np.asarray(opens, np.bool_)


def _sides(polygons: Objects) -> tuple[Floats, NDArray[np.int64]]:
    """Unit vectors along the sides of polygons, and the polygon of each."""
    xy, of = shapely.get_coordinates(polygons, return_index=True)
    step, same = np.diff(xy, axis=0), of[1:] == of[:-1]
    length = np.hypot(*step.T)
    real = same & (length > 1e-6)
    return step[real] / length[real, None], of[:-1][real]


def _beside_poured(derived: Derived, layer: int, s: Shapes, poured: Ints, reach: float) -> Ints:
    """Rows of shapes nearer than `reach` to a piece of copper with a fill of their net."""
    f, pieces = derived.board.features, derived.pieces(layer)
    nets = np.unique(f.net[poured])
    mine = np.flatnonzero(np.isin(s.group, nets[nets >= 0]))
    if not len(mine):
        return np.empty(0, np.int32)
    i, j = derived.tree(layer).query(shape.boxes(s.core[mine], s.radius[mine], reach))
    i = mine[i]
    keep = (f.net[pieces.owner[j]] == s.group[i]) & np.isin(pieces.owner[j], poured)
    i, j = i[keep], j[keep]
    near = shape.distance(s.core[i], s.radius[i], pieces.core[j], pieces.radius[j]) < reach
    return np.unique(s.row[i[near]]).astype(np.int32)
