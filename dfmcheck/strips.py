"""Narrow strips between the edges of an area, by facing edge pairs: how wide at the narrowest place, and how long.

Opening and closing by a limit would drown in artefacts of flattened arcs; pairs of edges that look at each other across
the material give the true width and the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import shape
from .board import Floats, Objects

_COARSE = 0.005
"""mm; arcs are thinned to this for the search. Widths are measured on the rings as given."""
_STRAIGHT = 0.2
"""mm; longer segments are straight edges, shorter ones may belong to an arc."""
_FACING = 0.499
"""Edges face each other if the cosine between their inward normals is below minus this: two square corners that point at
each other, however they are turned, have edges that do."""
_NARROW = 1.25
"""A strip's length is where it is no wider than this times its narrowest place."""


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """One row per strip."""

    width: Floats
    length: Floats
    start: Floats
    """(n, 2): where the narrowest place begins; it ends at `end`, on the other side of the strip."""
    end: Floats

    def __len__(self) -> int:
        return len(self.width)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """The segments of oriented rings: the strip's material lies on the side of `normal`."""

    ends: Floats
    """(n, 2, 2): from, to."""
    unit: Floats
    size: Floats
    normal: Floats
    ring: NDArray[Any]
    before: NDArray[Any]
    after: NDArray[Any]
    """The neighbouring segments of the same ring."""
    lines: Objects

    @classmethod
    def of(cls, rings: Objects, outside: bool) -> _Edges:
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        ends = np.stack([xy[:-1], xy[1:]], 1)
        own = (ring[1:] == ring[:-1]) & (ends[:, 0] != ends[:, 1]).any(1)
        ends, ring = ends[own], ring[:-1][own]
        along = ends[:, 1] - ends[:, 0]
        size = np.hypot(*along.T)
        unit = along / size[:, None]
        normal = np.stack([-unit[:, 1], unit[:, 0]], 1) * (-1 if outside else 1)
        here = np.arange(len(ring))
        first = np.searchsorted(ring, ring, "left")
        last = np.searchsorted(ring, ring, "right") - 1
        before, after = np.where(here == first, last, here - 1), np.where(here == last, first, here + 1)
        lines = shapely.linestrings(ends) if len(ends) else np.empty(0, object)
        return cls(ends, unit, size, normal, ring, before, after, lines)


def strips(area: Any, reach: float, *, outside: bool = False) -> Strips:
    """Strips of the (multi)polygon `area` narrower than `reach` mm; with `outside`, of what surrounds it (notches, gaps).

    A strip has a place where the way across is shorter than any beside it; a wedge or a round tip has none.
    """
    none = Strips(np.empty(0), np.empty(0), np.empty((0, 2)), np.empty((0, 2)))
    area = shapely.orient_polygons(area)
    rings = shapely.get_rings(shapely.get_parts(area))
    if reach <= 0 or not len(rings):
        return none
    e = _Edges.of(_thinned(rings), outside)
    boxes = shapely.box(*(shapely.bounds(e.lines) + (reach / 2 + _COARSE) * np.array([-1, -1, 1, 1])).T)
    i, j = shape.meeting(boxes, boxes)
    opposed = (i < j) & ((e.normal[i] * e.normal[j]).sum(1) < -_FACING)
    i, j = i[opposed], j[opposed]
    apart, half = e.ends[j].mean(1) - e.ends[i].mean(1), (e.size[i] + e.size[j]) / 2
    # Cheap tests by the middles of the segments come before the exact way across.
    near = (np.hypot(*apart.T) < reach + half) & ((apart * e.normal[i]).sum(1) > -half) & ((apart * e.normal[j]).sum(1) < half)
    i, j = i[near], j[near]
    way, width = _ways(e, i, j)
    ahead = (width > 1e-6) & (width < reach + 2 * _COARSE) & _ahead(e, i, j, way, width)
    i, j, way, width = i[ahead], j[ahead], way[ahead], width[ahead]
    inside = _through(area, way, outside)
    i, j, way, width = i[inside], j[inside], way[inside], width[inside]
    narrowest = _least(e, i, j, way, width)
    group, shared = _connected(e, i, j), _shared(e, i, j)
    fine = _Edges.of(rings, outside)
    tree = shapely.STRtree(fine.lines)
    rows: list[tuple[float, float, Floats]] = []
    for name in np.unique(group[narrowest]).tolist():
        members = np.flatnonzero(group == name)
        worst = members[np.argmin(np.where(narrowest[members], width[members], np.inf))]
        exact, across = _exact(fine, tree, way[worst], float(width[worst]))
        if exact < reach:
            narrow = members[width[members] <= _NARROW * width[worst]]
            rows.append((exact, _covered(i[narrow], shared[narrow]), across))
    if not rows:
        return none
    ways = np.array([r[2] for r in rows])
    return Strips(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), ways[:, 0], ways[:, 1])


def _thinned(rings: Objects) -> Objects:
    """Rings with their arcs thinned. Straight edges stay exactly as they are, so that parallels remain parallel."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    long = np.zeros(len(xy) + 1, np.bool_)
    long[1:-1] = (np.hypot(*np.diff(xy, axis=0).T) > _STRAIGHT) | (ring[1:] != ring[:-1])
    long[0] = long[-1] = True
    cut = long[:-1] | long[1:]  # points where a straight edge or a ring begins or ends
    # Pieces run from cut to cut; a point where two of them meet is in both.
    inner = cut & ~np.r_[True, ring[1:] != ring[:-1]] & ~np.r_[ring[1:] != ring[:-1], True]
    take = np.repeat(np.arange(len(xy)), 1 + inner)
    begins = np.zeros(len(take), np.bool_)
    begins[np.cumsum(1 + inner) - 1] = inner
    begins[np.searchsorted(take, np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]))] = True
    pieces = shapely.simplify(shapely.linestrings(xy[take], indices=np.cumsum(begins) - 1), _COARSE)
    points, piece = shapely.get_coordinates(pieces, return_index=True)
    of_ring = ring[take][begins][piece]
    fresh = np.r_[True, (points[1:] != points[:-1]).any(1) | (of_ring[1:] != of_ring[:-1])]
    return np.asarray(shapely.linearrings(points[fresh], indices=of_ring[fresh]))


def _ways(e: _Edges, i: Any, j: Any) -> tuple[Floats, Floats]:
    """The shortest way across between paired segments, (n, 2, 2), in the middle of what parallels share, and its length."""
    way = shapely.get_coordinates(shapely.shortest_line(e.lines[i], e.lines[j])).reshape(-1, 2, 2)
    shared = _shared(e, i, j)
    parallel = (np.abs((e.unit[i] * e.normal[j]).sum(1)) < 1e-6) & (shared[:, 1] - shared[:, 0] > 1e-6)
    k = i[parallel]
    foot = e.ends[k, 0] + shared[parallel].mean(1)[:, None] * e.unit[k]
    across = ((e.ends[j[parallel], 0] - foot) * e.normal[k]).sum(1)
    way[parallel] = np.stack([foot, foot + across[:, None] * e.normal[k]], 1)
    return way, np.hypot(*(way[:, 1] - way[:, 0]).T)


def _ahead(e: _Edges, i: Any, j: Any, way: Floats, width: Floats) -> NDArray[np.bool_]:
    """Whether the way leads from the material's side of one segment to that of the other."""
    across = way[:, 1] - way[:, 0]
    return np.asarray(((across * e.normal[i]).sum(1) >= 0.5 * width) & ((across * e.normal[j]).sum(1) <= -0.5 * width), np.bool_)


def _least(e: _Edges, i: Any, j: Any, way: Floats, width: Floats) -> NDArray[np.bool_]:
    """Whether the way gets no shorter when one of its ends slides on to the next segment."""
    across = (way[:, 1] - way[:, 0]) / np.maximum(width, 1e-9)[:, None]
    least = np.ones(len(way), np.bool_)
    for k, at, to in ((i, way[:, 0], across), (j, way[:, 1], -across)):
        t = ((at - e.ends[k, 0]) * e.unit[k]).sum(1)
        least &= (t > 1e-6) | ((-e.unit[e.before[k]] * to).sum(1) <= 1e-3)
        least &= (t < e.size[k] - 1e-6) | ((e.unit[e.after[k]] * to).sum(1) <= 1e-3)
    return least


def _through(area: Any, way: Floats, outside: bool) -> NDArray[np.bool_]:
    """Whether the way across lies in the strip's own material all along."""
    inner = way[:, :1] + (way[:, 1:] - way[:, :1]) * np.array([0.02, 0.98])[:, None]
    ways = shapely.linestrings(inner) if len(inner) else np.empty(0, object)
    shapely.prepare(area)
    return np.asarray(~shapely.intersects(area, ways) if outside else shapely.covers(area, ways), np.bool_)


def _shared(e: _Edges, i: Any, j: Any) -> Floats:
    """(n, 2): the part of segment i (from, to, in mm along it) that segment j faces."""
    t = np.stack([((e.ends[j, k] - e.ends[i, 0]) * e.unit[i]).sum(1) for k in (0, 1)], 1)
    return np.stack([np.clip(t.min(1), 0, e.size[i]), np.clip(t.max(1), 0, e.size[i])], 1)


def _connected(e: _Edges, i: Any, j: Any) -> NDArray[np.int64]:
    """Number of the strip of each pair: pairs of the same two rings that share a segment are one strip."""
    low, high = np.minimum(e.ring[i], e.ring[j]), np.maximum(e.ring[i], e.ring[j])
    key = (low * (int(e.ring.max(initial=0)) + 1) + high) * len(e.ring)
    # Nodes are segments, apart for each pair of rings.
    _, node = np.unique(np.concatenate([key + i, key + j]), return_inverse=True)
    one, two = node[: len(i)], node[len(i) :]
    label = np.arange(node.max(initial=-1) + 1)
    while True:
        least = label.copy()
        np.minimum.at(least, one, label[two])
        np.minimum.at(least, two, label[one])
        least = least[least]
        if (least == label).all():
            return label[one]
        label = least


def _exact(fine: _Edges, tree: shapely.STRtree, way: Floats, width: float) -> tuple[float, Floats]:
    """Width between the rings as given, near a way across that was found on the thinned ones, and that way."""
    near = min(0.2, width / 3) + 2 * _COARSE
    one, two = (tree.query(shapely.Point(p), predicate="dwithin", distance=near) for p in way)
    i, j = (k.ravel() for k in np.meshgrid(one, two, indexing="ij"))
    opposed = (fine.normal[i] * fine.normal[j]).sum(1) < -_FACING
    i, j = i[opposed], j[opposed]
    ways, widths = _ways(fine, i, j)
    good = np.flatnonzero(_ahead(fine, i, j, ways, widths) & _least(fine, i, j, ways, widths) & (widths > 1e-6))
    if not len(good):
        return width, way
    k = good[np.argmin(widths[good])]
    return float(widths[k]), ways[k]


def _covered(segment: Any, shared: Floats) -> float:
    """Length in mm that intervals cover on their segments, each part counted once."""
    order = np.lexsort((shared[:, 0], segment))
    total, at, last = 0.0, 0.0, -1
    for s, (low, high) in zip(segment[order].tolist(), shared[order].tolist()):
        if s != last:
            at, last = low, s
        total += max(0.0, high - max(low, at))
        at = max(at, high)
    return total
