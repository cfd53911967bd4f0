"""Where two sets of shapes do not cover the same area: two revisions of one layer, one drawn by a file and one by another.

Shapes that are equal drop out first, so that two large layers that agree cost little; areas are cut only of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from . import shape
from .board import Bools, Floats, Ints, Objects
from .copper import components, flattened

GRID = 1e-3
"""mm; shapes whose numbers fall into the same steps of this are equal. Half of what a difference may be wide, and less."""
_PHASE = 0.37
"""Of a step: coordinates sit on round numbers of mm or mil, which must not be the borders of steps."""

_SIMPLE = 6
"""Vertices up to which an area with a radius is a pad, which all tools draw at once."""


class Shapes(NamedTuple):
    """Cores widened by radii, see `dfmcheck.shape`."""

    core: Objects
    radius: Floats

    def take(self, rows: Ints | Bools) -> Shapes:
        return Shapes(self.core[rows], self.radius[rows])

    def moved(self, x: float, y: float) -> Shapes:
        if not x and not y:
            return self
        return Shapes(np.asarray(shapely.transform(self.core, lambda xy: xy + np.array([x, y])), object), self.radius)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places that the one covers and the other does not: parts of less than a distance from each other are one place."""

    area: Floats
    """mm2."""
    x: Floats
    """A point in the largest part."""
    y: Floats
    part: Objects
    """MultiPolygon of all parts."""

    def __len__(self) -> int:
        return len(self.area)

    def take(self, rows: Ints | Bools | list[int]) -> Places:
        return Places(self.area[rows], self.x[rows], self.y[rows], self.part[rows])


def unequal(a: Shapes, b: Shapes) -> tuple[Ints, Ints]:
    """Rows of `a` and of `b` that have no equal in the other, however often they stand in their own."""
    keys = [np.concatenate(columns) for columns in zip(_keys(a), _keys(b))]
    _, code = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    code = code.reshape(-1)
    code_a, code_b = code[: len(a.core)], code[len(a.core) :]
    return _alone(a, code_a, b, code_b), _alone(b, code_b, a, code_a)


def _keys(s: Shapes) -> list[NDArray[np.int64]]:
    """Whole numbers that equal shapes share: kind, size, bounds, and what tells the two diagonals of a box apart."""

    def steps(values: Floats) -> NDArray[np.int64]:
        return np.floor(np.nan_to_num(values) / GRID + _PHASE).astype(np.int64)

    kind = shapely.get_type_id(s.core).astype(np.int64)
    count = shapely.get_num_coordinates(s.core).astype(np.int64)
    bounds = shapely.bounds(s.core).reshape(-1, 4)
    falling = np.zeros(len(s.core), np.int64)
    lines = np.flatnonzero((kind == 1) & (count == 2))
    if len(lines):
        ends = shapely.get_coordinates(s.core[lines]).reshape(-1, 2, 2)
        along = ends[:, 1] - ends[:, 0]
        falling[lines] = (np.abs(along).min(axis=1) > GRID) & (along[:, 0] * along[:, 1] < 0)
    return [kind, np.where(kind == 0, 1, count), falling, steps(s.radius), *(steps(bounds[:, k]) for k in range(4))]


def _alone(a: Shapes, code_a: NDArray[np.integer], b: Shapes, code_b: NDArray[np.integer]) -> Ints:
    """Rows of `a` whose code no row of `b` has, or only one with another course."""
    code, row = np.unique(code_b, return_index=True)
    at = np.minimum(np.searchsorted(code, code_a), len(code) - 1) if len(code) else np.zeros(len(code_a), np.int64)
    found = code[at] == code_a if len(code) else np.zeros(len(code_a), np.bool_)
    twin = row[at] if len(code) else at
    # Bounds say all of a point or of a segment.
    bent = np.flatnonzero(found & (shapely.get_num_coordinates(a.core) > 2))
    if len(bent):
        found[bent] = shapely.equals_exact(shapely.normalize(a.core[bent]), shapely.normalize(b.core[twin[bent]]), tolerance=GRID)
    return np.flatnonzero(~found).astype(np.int32)


def _strokes(s: Shapes) -> Shapes:
    """Lines as their segments, wide areas as area and strokes about it: one tool draws at once what another draws in parts."""
    part, of = shapely.get_parts(s.core, return_index=True)
    radius, kind, count = s.radius[of], shapely.get_type_id(part), shapely.get_num_coordinates(part)
    line = np.isin(kind, (1, 2)) & (count > 2)
    wide = (kind == 3) & (count > _SIMPLE) & (radius > 0)
    if not line.any() and not wide.any():
        return Shapes(part, radius)
    drawn = np.concatenate([part[line], shapely.boundary(part[wide])])
    pen = np.concatenate([radius[line], radius[wide]])
    drawn, ring = shapely.get_parts(drawn, return_index=True)
    xy, owner = shapely.get_coordinates(drawn, return_index=True)
    same = np.flatnonzero(owner[1:] == owner[:-1])
    segments = shapely.linestrings(np.stack([xy[same], xy[same + 1]], axis=1))
    return Shapes(
        np.concatenate([part[~line], segments]),
        np.concatenate([np.where(wide, 0.0, radius)[~line], pen[ring[owner[same]]]]),
    )  # fmt: skip


def uncovered(a: Shapes, b: Shapes, width: float, near: float = 0.25) -> tuple[Places, Places]:
    """What of `a` no shape of `b` covers, and of `b` none of `a`, at places wider than `width` mm.

    Parts less than `near` mm apart are one place. Curves are flattened to within 1.5 um, so `width` should be 4 um or more.
    """
    a, b = _strokes(a), _strokes(b)
    rows_a, rows_b = unequal(a, b)
    left_a, left_b = _union(a.take(rows_a)), _union(b.take(rows_b))
    only_a, only_b = _opened(shapely.difference(left_a, left_b), width), _opened(shapely.difference(left_b, left_a), width)
    equal_a, equal_b = (np.setdiff1d(np.arange(len(s.core)), rows) for s, rows in ((a, rows_a), (b, rows_b)))
    return _places(_less(only_a, b.take(equal_b), width), near), _places(_less(only_b, a.take(equal_a), width), near)


def less(places: Places, other: Shapes, width: float, near: float = 0.25) -> Places:
    """What of the places the other shapes do not cover, wider than `width` mm."""
    if not len(places) or not len(other.core):
        return places
    return _places(_less(np.asarray(shapely.get_parts(places.part), object), other, width), near)


def _union(s: Shapes) -> shapely.Geometry:
    s = s.take(_widest(s))
    polygon = flattened(s.core, s.radius)
    areas = polygon[np.isin(shapely.get_type_id(polygon), (3, 6)) & ~shapely.is_empty(polygon)]
    bad = ~shapely.is_valid(areas)
    areas[bad] = shapely.buffer(areas[bad], 0)
    return shapely.disjoint_subset_union_all(areas) if len(areas) else shapely.MultiPolygon()


def _widest(s: Shapes) -> Ints:
    """Of points and segments at one place the widest alone, which covers the others: all rows else."""
    simple = np.flatnonzero(shapely.get_num_coordinates(s.core) <= 2)
    order = simple[np.argsort(-s.radius[simple], kind="stable")]
    xy, of = shapely.get_coordinates(s.core[order], return_index=True)
    first = np.searchsorted(of, np.arange(len(order)))
    last = np.searchsorted(of, np.arange(len(order)), side="right") - 1
    _, kept = np.unique(np.c_[xy[first], xy[last]], axis=0, return_index=True)
    rest = np.setdiff1d(np.arange(len(s.core)), simple)
    return np.asarray(np.r_[rest, order[kept]], np.int32)


def _opened(geometry: shapely.Geometry, width: float) -> Objects:
    """The polygons of an area less all that is narrower than `width`."""
    parts = shapely.get_parts(np.atleast_1d(geometry))
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > width * width / 2)]
    wide = shapely.buffer(parts, -width / 2, join_style="mitre")
    some = ~shapely.is_empty(wide)
    grown = shapely.buffer(wide[some], width / 2, join_style="mitre", mitre_limit=2)
    done = shapely.get_parts(shapely.intersection(grown, parts[some]))
    return np.asarray(done[shapely.get_type_id(done) == 3], object)


def _less(parts: Objects, other: Shapes, width: float) -> Objects:
    """The parts less the shapes about them."""
    if not len(parts) or not len(other.core):
        return parts
    around = shapely.STRtree(parts).query(shape.boxes(other.core, other.radius))[0]
    if not len(around):
        return parts
    return _opened(shapely.difference(shapely.multipolygons(parts), _union(other.take(np.unique(around)))), width)


def _places(parts: Objects, near: float) -> Places:
    if not len(parts):
        return Places(np.empty(0), np.empty(0), np.empty(0), np.empty(0, object))
    i, j = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=near)
    group = components(len(parts), i, j)
    area = shapely.area(parts)
    order = np.lexsort((-area, group))
    first = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0])
    spot = shapely.point_on_surface(parts[order[first]])
    whole = [shapely.multipolygons(parts[rows]) for rows in np.split(order, first[1:])]
    return Places(
        np.add.reduceat(area[order], first), shapely.get_x(spot), shapely.get_y(spot), np.array([*whole, None], object)[:-1]
    )
