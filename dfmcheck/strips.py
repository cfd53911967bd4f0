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
_FACING = 0.7
"""Edges face each other if the cosine between their inward normals is below minus this."""
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


def strips(area: Any, reach: float, *, outside: bool = False) -> Strips:
    """Strips of the (multi)polygon `area` narrower than `reach` mm; with `outside`, of what surrounds it (notches, gaps)."""
    area = shapely.orient_polygons(area)
    fine = shapely.get_rings(shapely.get_parts(area))
    # `simplify` on the rings keeps their orientation: the area lies on the left of every segment.
    coarse = shapely.simplify(fine, _COARSE, preserve_topology=True)
    segments, ring = _segments(coarse)
    if not len(segments) or reach <= 0:
        return Strips(np.empty(0), np.empty(0), np.empty((0, 2)), np.empty((0, 2)))
    along = segments[:, 1] - segments[:, 0]
    size = np.hypot(*along.T)
    unit = along / size[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], 1) * (-1 if outside else 1)
    lines = shapely.linestrings(segments)
    boxes = shapely.bounds(lines) + (reach / 2 + _COARSE) * np.array([-1, -1, 1, 1])
    i, j = shape.meeting(shapely.box(*boxes.T), shapely.box(*boxes.T))
    opposed = (i < j) & ((normal[i] * normal[j]).sum(1) < -_FACING)
    i, j = i[opposed], j[opposed]
    apart, half = segments[j].mean(1) - segments[i].mean(1), (size[i] + size[j]) / 2
    # Cheap tests by the middles of the segments come before the exact way across.
    near = (np.hypot(*apart.T) < reach + half) & ((apart * normal[i]).sum(1) > -half) & ((apart * normal[j]).sum(1) < half)
    i, j = i[near], j[near]
    ends = shapely.get_coordinates(shapely.shortest_line(lines[i], lines[j])).reshape(-1, 2, 2)
    across = ends[:, 1] - ends[:, 0]
    width = np.hypot(*across.T)
    ahead = ((across * normal[i]).sum(1) >= 0.5 * width) & ((across * normal[j]).sum(1) <= -0.5 * width)
    ahead &= (width > 1e-6) & (width < reach + 2 * _COARSE)
    i, j, ends, width = i[ahead], j[ahead], ends[ahead], width[ahead]
    inside = _through(area, ends, outside)
    i, j, ends, width = i[inside], j[inside], ends[inside], width[inside]
    shared = _shared(segments, unit, size, i, j)
    group = _connected(i, j, ring, len(segments))
    return _measure(fine, group, ends, width, shared, i, reach)


def _segments(rings: Objects) -> tuple[Floats, NDArray[Any]]:
    """All segments as (n, 2, 2), and the ring of each."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    pairs = np.stack([xy[:-1], xy[1:]], 1)
    own = (ring[1:] == ring[:-1]) & (pairs[:, 0] != pairs[:, 1]).any(1)
    return pairs[own], ring[:-1][own]


def _through(area: Any, ends: Floats, outside: bool) -> NDArray[np.bool_]:
    """Whether the way across lies in the strip's own material all along."""
    inner = ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * np.array([0.02, 0.98])[:, None]
    ways = shapely.linestrings(inner) if len(inner) else np.empty(0, object)
    shapely.prepare(area)
    return np.asarray(~shapely.intersects(area, ways) if outside else shapely.covers(area, ways), np.bool_)


def _shared(segments: Floats, unit: Floats, size: Floats, i: Any, j: Any) -> Floats:
    """(n, 2): the part of segment i (from, to, in mm along it) that segment j faces."""
    t = np.stack([((segments[j, k] - segments[i, 0]) * unit[i]).sum(1) for k in (0, 1)], 1)
    return np.stack([np.clip(t.min(1), 0, size[i]), np.clip(t.max(1), 0, size[i])], 1)


def _connected(i: Any, j: Any, ring: Any, n: int) -> NDArray[np.int64]:
    """Number of the strip of each pair: pairs of the same two rings that share a segment are one strip."""
    low, high = np.minimum(ring[i], ring[j]), np.maximum(ring[i], ring[j])
    key = low * (int(ring.max(initial=0)) + 1) + high
    # Nodes are segments, apart for each pair of rings.
    _, node = np.unique(np.concatenate([key * n + i, key * n + j]), return_inverse=True)
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


def _measure(fine: Objects, group: Any, ends: Floats, width: Floats, shared: Floats, i: Any, reach: float) -> Strips:
    segments, _ = _segments(fine)
    tree = shapely.STRtree(shapely.linestrings(segments))
    rows: list[tuple[float, float, Floats, Floats]] = []
    for name in np.unique(group).tolist():
        members = np.flatnonzero(group == name)
        worst = members[np.argmin(width[members])]
        exact, start, end = _exact(segments, tree, ends[worst], float(width[worst]))
        if exact < reach:
            narrow = members[width[members] <= _NARROW * width[worst]]
            rows.append((exact, _covered(i[narrow], shared[narrow]), start, end))
    width_of, length, start_of, end_of = (np.array([r[k] for r in rows]) for k in range(4))
    return Strips(width_of, length, start_of.reshape(-1, 2), end_of.reshape(-1, 2))


def _exact(segments: Floats, tree: shapely.STRtree, way: Floats, width: float) -> tuple[float, Floats, Floats]:
    """Width between the rings as given, and its two ends, near a way across that was found on the thinned ones."""
    near = min(0.2, width / 3) + 2 * _COARSE
    one, two = (tree.query(shapely.Point(p), predicate="dwithin", distance=near) for p in way)
    along = segments[:, 1] - segments[:, 0]
    i, j = (k.ravel() for k in np.meshgrid(one, two, indexing="ij"))
    opposed = (along[i] * along[j]).sum(1) < -_FACING * np.hypot(*along[i].T) * np.hypot(*along[j].T)
    i, j = i[opposed], j[opposed]
    if not len(i):
        return width, way[0], way[1]
    lines = tree.geometries
    k = int(np.argmin(shapely.distance(lines[i], lines[j])))
    start, end = shapely.get_coordinates(shapely.shortest_line(lines[i[k]], lines[j[k]]))
    return float(np.hypot(*(end - start))), start, end


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
