"""Exact geometry on *core + radius* shapes.

A shape is a shapely core (point, line, polygon) widened by a radius: a circle is a point, an oval or a track a segment,
a rounded rectangle a rectangle with its corner radius, a zone fill a polygon with radius 0. The distance of two shapes
is the distance of their cores less both radii, exact where polygons only approximate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .board import Floats, Ints, Objects

__all__ = ["areas", "boxes", "distance", "meeting", "polygons", "witness"]

QUADRANT = 16
"""Segments per quarter circle where a curve must become a polygon: chord error 0.12 % of the radius."""
_AT_ONCE = 1_000_000
"""Pairs that are looked at together, so that memory stays small."""
LEVEL = 1e-6
"""mm by which two edges may differ in distance over their length and still run side by side."""


def distance(core_a: Objects, radius_a: Any, core_b: Objects, radius_b: Any) -> Floats:
    """Edge-to-edge distance in mm of paired shapes; 0 or less where they touch or overlap.

    core_a, core_b: arrays of N cores; radius_a, radius_b: N radii in mm, or one.

    Where only the radii overlap the (negative) value is the penetration depth; where the cores themselves meet it is
    minus the sum of the radii, which is a lower bound of the penetration.
    """
    return np.asarray(shapely.distance(core_a, core_b) - radius_a - radius_b, np.float64)


def witness(core_a: Objects, radius_a: Any, core_b: Objects, radius_b: Any) -> tuple[Floats, Floats]:
    """Points in the middle of the gap between paired shapes: arrays x and y in mm, N each.

    core_a, core_b, radius_a, radius_b: as for `distance`.

    Where two edges run side by side the point lies halfway along them, so that it does not depend on which way or from
    where they were drawn.
    """
    start, end = _nearest(core_a, core_b)
    length = np.hypot(*(end - start).T)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(length > 0, (length + np.asarray(radius_a) - np.asarray(radius_b)) / 2 / length, 0.5)
    middle = start + np.clip(share, 0, 1)[:, None] * (end - start)
    return middle[:, 0], middle[:, 1]


def _nearest(core_a: Objects, core_b: Objects) -> tuple[Floats, Floats]:
    """The nearest points of paired cores, each N x 2; of a stretch of equally near ones the middle."""
    lines = shapely.shortest_line(core_a, core_b)
    start, end = shapely.get_coordinates(lines).reshape(-1, 2, 2).transpose(1, 0, 2).copy()
    least = shapely.length(lines)
    both = np.flatnonzero((shapely.get_type_id(core_a) != 0) & (shapely.get_type_id(core_b) != 0) & (least > 0))
    if not len(both):
        return start, end
    # The ends of a stretch are corners of one or the other that are as near as can be: so near to the other's box at least.
    xy_a, of_a = _corners_near(core_a[both], core_b[both], least[both] + 2 * LEVEL)
    xy_b, of_b = _corners_near(core_b[both], core_a[both], least[both] + 2 * LEVEL)
    pair = both[np.r_[of_a, of_b]]
    other = np.r_[core_b[both[of_a]], core_a[both[of_b]]]
    from_a = np.r_[np.ones(len(of_a), np.bool_), np.zeros(len(of_b), np.bool_)]
    corner = shapely.points(np.r_[xy_a, xy_b])
    near = shapely.distance(corner, other) <= least[pair] + LEVEL
    pair, other, from_a, corner = pair[near], other[near], from_a[near], corner[near]
    ways = shapely.get_coordinates(shapely.shortest_line(corner, other)).reshape(-1, 2, 2)
    ways[~from_a] = ways[~from_a, ::-1]
    middle = ways.mean(axis=1)
    order = np.lexsort((middle[:, 1], np.round(middle[:, 0], 6), pair))
    pair, ways = pair[order], ways[order]
    first = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else np.empty(0, np.intp)
    last = np.r_[first[1:], len(pair)] - 1
    ends, found = (ways[first] + ways[last]) / 2, pair[first]
    points = shapely.points(ends.reshape(-1, 2)).reshape(-1, 2)
    # Two stretches apart have no common middle: there the one point found stands.
    level = np.hypot(*(ends[:, 1] - ends[:, 0]).T) <= least[found] + LEVEL
    level &= shapely.distance(points[:, 0], core_a[found]) <= LEVEL
    level &= shapely.distance(points[:, 1], core_b[found]) <= LEVEL
    start[found[level]], end[found[level]] = ends[level, 0], ends[level, 1]
    return start, end


def _corners_near(core: Objects, other: Objects, reach: Floats) -> tuple[Floats, Ints]:
    """The corners of paired cores that are within a reach of the other's box, and which pair each is of."""
    xy, of = shapely.get_coordinates(core, return_index=True)
    low, high = np.hsplit(shapely.bounds(other), 2)
    near = ((xy >= (low - reach[:, None])[of]) & (xy <= (high + reach[:, None])[of])).all(axis=1)
    return xy[near], of[near]


def polygons(core: Objects, radius: Floats, *, quad_segs: int = QUADRANT) -> Objects:
    """Each shape as a polygon. Circles keep their area; the flanks of all else stay exactly where they are.

    core, radius: N cores and N radii in mm. quad_segs: segments per quarter circle.
    """
    # A polygon inscribed in a circle is too small by sin(2 pi/n) n / (2 pi); widening its radius by the root keeps the area.
    # Tracks and rounded rectangles are mostly flanks, which that would move outwards.
    n = 4 * quad_segs
    grown = np.asarray(radius, np.float64) * np.where(
        shapely.get_type_id(core) == 0, np.sqrt(2 * np.pi / n / np.sin(2 * np.pi / n)), 1.0
    )
    flat = grown == 0
    out = np.asarray(core, object).copy()
    if not flat.all():
        out[~flat] = shapely.buffer(out[~flat], grown[~flat], quad_segs=quad_segs)
    return out


def boxes(core: Objects, radius: Any, grow: float = 0.0) -> Objects:
    """Bounding boxes of the shapes grown by `grow` mm, for an STRtree without a predicate: each is the diagonal of its box.

    core, radius: N cores, and N radii in mm or one.

    A tree looks at bounds only, and a line is made faster than a polygon. What is empty has none, and meets nothing.
    """
    b = shapely.bounds(core)
    r = np.reshape(np.asarray(radius, np.float64) + grow, (-1, 1))
    corners = np.concatenate([b[:, :2] - r, b[:, 2:] + r], axis=1)
    empty = np.isnan(corners[:, 0])
    if empty.any():
        out = np.full(len(corners), None, object)
        out[~empty] = shapely.linestrings(corners[~empty].reshape(-1, 2, 2))
        return out
    return np.asarray(shapely.linestrings(corners.reshape(-1, 2, 2)))


def areas(core: Objects, radius: Floats) -> Floats:
    """Area in mm2 of each shape (Steiner): exact for convex areas and straight strokes, a little too large for bent ones.

    core, radius: N cores and N radii in mm.
    """
    perimeter = shapely.length(core) * np.where(np.isin(shapely.get_type_id(core), (3, 6)), 1, 2)
    return np.asarray(shapely.area(core) + perimeter * radius + np.pi * radius**2, np.float64)


def runs(first: Any, count: Any) -> Ints:
    """The whole numbers from each `first` on, `count` of each, one run after the other."""
    start = np.repeat(first - np.cumsum(count) + count, count)
    return (start + np.arange(len(start))).astype(np.int32)


def holding(bounds: Floats, xy: Floats) -> tuple[Ints, Ints]:
    """Index pairs (i, j) of boxes (N x 4) and the points (N x 2) in them, faster than a tree of points where boxes are few.

    The points are sorted along one axis, and each box looks at those of its stretch.
    """
    if not len(bounds) or not len(xy):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    size = np.nansum(bounds[:, 2:] - bounds[:, :2], axis=0) / np.maximum(np.ptp(xy, axis=0), 1e-9)
    k = int(size[1] < size[0])
    order = np.argsort(xy[:, k], kind="stable")
    first = np.searchsorted(xy[order, k], bounds[:, k], "left")
    count = np.maximum(np.searchsorted(xy[order, k], bounds[:, k + 2], "right") - first, 0)
    count[np.isnan(bounds[:, k])] = 0
    found = []
    cuts = np.flatnonzero(np.diff(np.cumsum(count) // _AT_ONCE, prepend=0)).tolist()
    for start, stop in zip([0, *cuts], [*cuts, len(count)]):
        n = count[start:stop]
        i = np.repeat(np.arange(start, stop), n)
        j = order[runs(first[start:stop], n)]
        inside = (xy[j, 1 - k] >= bounds[i, 1 - k]) & (xy[j, 1 - k] <= bounds[i, 3 - k])
        found.append(np.stack([i[inside], j[inside]]))
    i, j = np.concatenate(found, axis=1).astype(np.int32)
    return i, j


def meeting(boxes_a: Objects, boxes_b: Objects) -> tuple[Ints, Ints]:
    """Index pairs of boxes that meet: arrays i, of rows of `boxes_a`, and j, of rows of `boxes_b`, in no order."""
    if not len(boxes_a) or not len(boxes_b):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    tree, probes, swap = (boxes_a, boxes_b, True) if len(boxes_a) > len(boxes_b) else (boxes_b, boxes_a, False)
    i, j = shapely.STRtree(tree).query(probes)
    return (j.astype(np.int32), i.astype(np.int32)) if swap else (i.astype(np.int32), j.astype(np.int32))
