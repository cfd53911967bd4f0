"""Clearance openings of planes, and the holes that they are made for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Board, Floats, Ints, Kind, Objects
from .copper import is_region

PLANE = 0.5
"""An inner layer is a plane if poured copper takes at least this share of the board (without its openings)."""


@dataclass(frozen=True, slots=True, eq=False)
class Antipads:
    """The openings of one plane that only holes of other nets explain; `of` and `hole` are pairs."""

    area: Objects
    """Polygon of each opening."""
    of: Ints
    """Index of the opening..."""
    hole: Ints
    """...and row in `Board.holes` of a hole in it; sorted by opening."""


def planes(board: Board) -> Ints:
    """Rows of the inner layers that are planes."""
    if board.outline.is_empty:
        return np.empty(0, np.int32)
    inner = board.copper_layers[1:-1].tolist()
    return np.array([layer for layer in inner if _poured(board, layer) >= PLANE * board.outline.area], np.int32)


def _poured(board: Board, layer: int) -> float:
    rows = _fills(board, layer)
    return float(shapely.area(shapely.polygons(shapely.get_exterior_ring(_parts(board, rows)[0]))).sum())


def _fills(board: Board, layer: int) -> Ints:
    rows = board.derived.copper_rows(layer)
    rows = rows[is_region(board, rows) & (board.features.net[rows] >= 0)]
    return np.asarray(rows[np.isin(shapely.get_type_id(board.features.core[rows]), (3, 6))], np.int32)


def _parts(board: Board, rows: Ints) -> tuple[Objects, NDArray[np.int64]]:
    """Polygons of fills, and which fill each is of."""
    parts, of = shapely.get_parts(board.features.core[rows], return_index=True)
    return parts, of


def antipads(board: Board, layer: int) -> Antipads:
    """The openings of a plane that hold holes of other nets, and nothing else.

    A hole is in the innermost opening around it; one in an island of another zone is in that island. Openings for
    tracks and for zones of other nets are left out: they are as wide as what is in them.
    """
    f, holes = board.features, board.holes
    rows = _fills(board, layer)
    parts, of = _parts(board, rows)
    rings, part = _voids(parts, f.radius[rows[of]])
    area = np.concatenate([rings, shapely.polygons(shapely.get_exterior_ring(parts))])
    net = f.net[rows[of]]
    order = int(board.layers.order[layer])
    drilled = np.flatnonzero((holes.first <= order) & (order <= holes.last) & (holes.radius > 0))
    inside, point = _within(area, shapely.centroid(holes.core[drilled]))
    foreign = (inside < len(rings)) & (net[np.append(part, -np.ones(len(parts), np.int64))[inside]] != holes.net[drilled[point]])
    inside, hole = inside[foreign], drilled[point[foreign]]
    # What else is in an opening made it.
    copper = board.derived.copper_rows(layer)
    tracks = copper[np.isin(f.kind[copper], (Kind.TRACK, Kind.ARC))]
    xy, owner = shapely.get_coordinates(f.core[tracks], return_index=True)
    starts = shapely.points(xy[np.searchsorted(owner, np.arange(len(tracks)))]) if len(tracks) else np.empty(0, object)
    taken = np.r_[_within(area, starts)[0], _within(area[: len(rings)], shapely.point_on_surface(parts))[0]]
    keep = ~np.isin(inside, taken)
    used, new = np.unique(inside[keep], return_inverse=True)
    by_opening = np.lexsort((hole[keep], new))
    return Antipads(area[used], new[by_opening].astype(np.int32), hole[keep][by_opening].astype(np.int32))


def _voids(parts: Objects, radius: Floats) -> tuple[Objects, NDArray[np.int64]]:
    """The holes that polygons drawn with a pen of that radius leave open, as polygons, and which one each is of."""
    rings, of = shapely.get_rings(parts, return_index=True)
    hole = np.r_[False, of[1:] == of[:-1]] if len(of) else np.empty(0, np.bool_)  # a polygon's first ring is its outside
    areas, of = shapely.polygons(rings[hole]), of[hole]
    drawn = radius[of] > 0
    areas[drawn] = shapely.buffer(areas[drawn], -radius[of[drawn]])
    left, which = shapely.get_parts(areas, return_index=True)
    return left, of[which]


def _within(areas: Objects, points: Objects) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each point that lies in an area: the smallest such area, and the point."""
    if not len(areas) or not len(points):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    area, point = shapely.STRtree(points).query(areas, predicate="contains")
    order = np.lexsort((area, shapely.area(areas)[area], point))
    first = order[np.unique(point[order], return_index=True)[1]]
    return area[first], point[first]
