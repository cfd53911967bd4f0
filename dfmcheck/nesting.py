"""Closed loops of an outline as an area: loops that cross or repeat each other, and the even-odd nesting of the rest."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Floats
from .loops import SAME, Found, Ring, polygons_of

COPY = 0.5
"""mm; a loop that runs nearer than this to a larger one all along is a second drawing of it."""
_ROUND = 0.6
"""Open lines shorter than this share of the way round them are no outline with gaps (a pair of dimension lines has half)."""


def simple(rings: list[Ring], found: Found, join: float) -> list[Ring]:
    """Split rings that cross themselves into simple ones (even-odd), and tell where they cross."""
    bad = [k for k, ring in enumerate(rings) if not ring.polygon.is_valid]
    if not bad:
        return rings
    a, b, at = _crossings([rings[k] for k in bad], join)
    for k, point in zip(a[a == b], at[a == b]):
        found.add("crossing", point, np.nan, rings[bad[k]].rows)
    out = [ring for k, ring in enumerate(rings) if k not in set(bad)]
    for k in bad:
        for p in polygons_of(shapely.make_valid(rings[k].polygon, method="linework")):
            out += [Ring(shapely.Polygon(r), rings[k].rows) for r in (p.exterior, *p.interiors)]
    return out


def distinct(rings: list[Ring], found: Found, coincide: float) -> list[Ring]:
    """The rings, largest first, without those that repeat a larger one.

    A ring repeats another if it encloses most of it and runs within `COPY` of it all along: nobody routes a strip so thin.
    """
    rings = sorted(rings, key=lambda r: (-r.polygon.area, r.rows))
    boxes = shapely.bounds(np.array([r.polygon for r in rings], object)).reshape(-1, 4)
    corners = shapely.points(boxes[:, :2])
    reach = max(COPY, coincide)
    i, j = shapely.STRtree(corners).query(corners, predicate="dwithin", distance=1.5 * reach)
    near = (i < j) & (np.abs(boxes[i] - boxes[j]).max(axis=1) <= reach)
    dropped: set[int] = set()
    for a, b in sorted(zip(i[near].tolist(), j[near].tolist())):
        larger, smaller = rings[a].polygon, rings[b].polygon
        if a in dropped or b in dropped or shapely.intersection(larger, smaller).area < larger.area / 2:
            continue
        shift = float(shapely.hausdorff_distance(larger.exterior, smaller.exterior))
        if shift <= reach:
            dropped.add(b)
            corner = min(shapely.get_coordinates(smaller.exterior).tolist(), key=lambda xy: (round(xy[0], 6), xy[1]))
            found.add("duplicate", corner, shift, rings[a].rows + rings[b].rows)
    return [r for k, r in enumerate(rings) if k not in dropped]


def overlaps(rings: list[Ring], found: Found, coincide: float) -> None:
    """Tell pairs of rings that run along each other within `coincide` for more than 20 times that length."""
    seg, owner = _segments(rings)
    lines = shapely.linestrings(seg.reshape(-1, 2, 2)) if len(seg) else np.empty(0, object)
    i, j = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=coincide)
    other = owner[i] < owner[j]
    i, j = i[other], j[other]
    start, along = seg[i, :2], seg[i, 2:] - seg[i, :2]
    length = np.hypot(*along.T)
    unit = along / length[:, None]
    across = np.abs(unit[:, :1] * (seg[j, 3:] - seg[j, 1:2]) - unit[:, 1:] * (seg[j, 2:3] - seg[j, :1]))[:, 0]
    t = np.stack([((seg[j, k : k + 2] - start) * unit).sum(1) for k in (0, 2)])
    shared = np.minimum(t.max(0), length) - np.maximum(t.min(0), 0)
    ok = (shared > 0) & (across <= 0.2 * np.hypot(*(seg[j, 2:] - seg[j, :2]).T))
    i, j, shared = i[ok], j[ok], shared[ok]
    totals: dict[tuple[int, int], float] = defaultdict(float)
    longest: dict[tuple[int, int], int] = {}
    for k in np.argsort(shared, kind="stable").tolist():
        pair = int(owner[i[k]]), int(owner[j[k]])
        totals[pair] += float(shared[k])
        longest[pair] = k
    for pair, total in totals.items():
        if total > 20 * coincide:
            k = longest[pair]
            shift = float(shapely.distance(lines[i[k]], lines[j[k]]))
            found.add("duplicate", seg[i[k]].reshape(2, 2).mean(0), shift, rings[pair[0]].rows + rings[pair[1]].rows)


def nest(rings: list[Ring], chains: list[Any], found: Found, join: float) -> shapely.MultiPolygon:
    """The even-odd area of the rings (largest first). A ring that crosses a larger one is cut out of it."""
    rings = _known(rings, chains)
    a, b, at = _crossings(rings, join)
    pairs = sorted({(min(i, j), max(i, j)) for i, j in zip(a.tolist(), b.tolist()) if i != j})
    for i, j, point in zip(a.tolist(), b.tolist(), at):
        if i != j:
            found.add("crossing", point, np.nan, rings[i].rows + rings[j].rows)
    cutters = {j for _, j in pairs}
    keep = [r for k, r in enumerate(rings) if k not in cutters]
    if not keep:
        return shapely.MultiPolygon()
    polygons = np.array([r.polygon for r in keep], object)
    inner, outer = shapely.STRtree(polygons).query(shapely.point_on_surface(polygons), predicate="within")
    inner, outer = inner[outer < inner], outer[outer < inner]
    depth = np.bincount(inner, minlength=len(keep))
    parent = np.full(len(keep), -1)
    np.maximum.at(parent, inner, outer)  # the last of the larger ones is the smallest of them
    holes: dict[int, list[Any]] = defaultdict(list)
    for k in np.flatnonzero(depth % 2):
        holes[int(parent[k])].append(polygons[k].exterior)
    boards = [shapely.Polygon(polygons[k].exterior, holes[int(k)]) for k in np.flatnonzero(depth % 2 == 0)]
    for k in np.flatnonzero((depth > 0) & (depth % 2 == 0)):
        found.add("nested", shapely.get_coordinates(polygons[k].exterior)[0], polygons[k].area, keep[k].rows)
    area = shapely.union_all([p if p.is_valid else shapely.make_valid(p) for p in boards])
    if cutters:
        area = shapely.difference(area, shapely.union_all([rings[k].polygon for k in cutters]))
    return shapely.MultiPolygon(polygons_of(area))


def _known(rings: list[Ring], chains: list[Any]) -> list[Ring]:
    """The rings whose outside is known: not those that open chains go round without touching them."""
    if not rings or not chains:
        return rings
    hull = shapely.convex_hull(shapely.GeometryCollection(chains))
    if shapely.length(np.array(chains, object)).sum() < _ROUND * hull.length:
        return rings
    polygons = np.array([r.polygon for r in rings], object)
    # An open chain in or across a ring lies in a board whose outer loop is that ring or one around it.
    crossed = shapely.union_all(polygons[shapely.intersects(polygons, shapely.GeometryCollection(chains))])
    hidden = shapely.within(polygons, hull) & ~shapely.within(polygons, crossed)
    return [r for r, hide in zip(rings, hidden) if not hide]


def _crossings(rings: list[Ring], join: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where ring segments truly cross: ring, ring, point. Crossings within `join` of a corner of both count as touching."""
    seg, owner = _segments(rings)
    lines = shapely.linestrings(seg.reshape(-1, 2, 2)) if len(seg) else np.empty(0, object)
    i, j = shapely.STRtree(lines).query(lines, predicate="intersects")
    i, j = i[i < j], j[i < j]
    p, r = seg[i, :2], seg[i, 2:] - seg[i, :2]
    q, s = seg[j, :2], seg[j, 2:] - seg[j, :2]
    det = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    ok = np.abs(det) > 1e-12 * np.hypot(*r.T) * np.hypot(*s.T)
    i, j, p, q, r, s, det = i[ok], j[ok], p[ok], q[ok], r[ok], s[ok], det[ok]
    t = ((q - p)[:, 0] * s[:, 1] - (q - p)[:, 1] * s[:, 0]) / det
    u = ((q - p)[:, 0] * r[:, 1] - (q - p)[:, 1] * r[:, 0]) / det
    at = p + t[:, None] * r
    # Distance of the crossing to the nearer end of each segment: a true crossing lies inside both.
    inside_i = np.minimum(t, 1 - t) * np.hypot(*r.T)
    inside_j = np.minimum(u, 1 - u) * np.hypot(*s.T)
    ok = (np.minimum(inside_i, inside_j) > SAME) & (np.maximum(inside_i, inside_j) > join)
    return owner[i[ok]], owner[j[ok]], at[ok]


def _segments(rings: list[Ring]) -> tuple[Floats, NDArray[np.int64]]:
    """All segments as rows x0 y0 x1 y1, and the ring of each."""
    parts, owner = [np.empty((0, 4))], [np.empty(0, np.int64)]
    for k, ring in enumerate(rings):
        p = shapely.get_coordinates(ring.polygon.exterior)
        parts.append(np.hstack([p[:-1], p[1:]]))
        owner.append(np.full(len(p) - 1, k))
    return np.vstack(parts), np.concatenate(owner)
