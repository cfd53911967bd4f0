"""Courtyards and fab outlines: what a footprint draws on those layers, joined into closed outlines."""

from __future__ import annotations

from math import hypot
from typing import Any

import numpy as np
import shapely

from ..board import Objects
from .draft import bulk

JOIN = 0.02
"""mm; ends nearer than this meet. KiCad joins courtyards so."""
_OPEN = 0.5
"""Lines that enclose a smaller share of their hull draw a body that is open somewhere."""
Chain = list[tuple[float, float]]


class Drawn:
    """Lines and closed outlines of one footprint, by role and side; handed out in an order that is not the file's."""

    def __init__(self) -> None:
        self._chains: dict[tuple[str, str], list[Chain]] = {}
        self._loops: dict[tuple[str, str], list[Chain]] = {}

    def add(self, role: str, side: str, points: Chain, closed: bool) -> None:
        if role in ("courtyard", "fab"):
            (self._loops if closed else self._chains).setdefault((role, side), []).append(points)

    def rings(self, role: str, side: str) -> tuple[list[Chain], Chain | None]:
        """The closed outlines, and a chain that closes to none (None if there is no such chain)."""
        loops, loose = join(sorted(self._chains.get((role, side), [])))
        return sorted(self._loops.get((role, side), [])) + loops, loose

    def body(self, side: str) -> list[Chain]:
        """Outlines of the body that the fab layer shows, see `silhouette`."""
        key = ("fab", side)
        return silhouette(sorted(self._loops.get(key, [])), sorted(self._chains.get(key, [])))


def silhouette(loops: list[Chain], chains: list[Chain]) -> list[Chain]:
    """The outer outlines of a drawing of closed outlines and lines; what is drawn within them does not matter.

    Lines that end on others or cross them (pins drawn on the body, a wall, the mark of pin 1) enclose what they surround.
    Where they leave most of what they span open, as where a body's outline is broken at the lands, it is their hull.
    """
    joined, loose = join(chains)
    rings = loops + joined
    if loose is None and len(rings) < 2:
        return rings
    polygons = list(shapely.make_valid([shapely.Polygon(ring) for ring in rings if len(ring) > 2]))
    if loose is not None:
        drawn = [c for c in chains if len(c) > 1] + [[*ring, ring[0]] for ring in loops]
        lines = shapely.multilinestrings([shapely.linestrings(c) for c in drawn])
        polygons += shapely.get_parts(shapely.polygonize([shapely.node(lines)])).tolist()
        hull = shapely.convex_hull(shapely.geometrycollections([lines, *polygons]))
        if shapely.area(shapely.union_all(polygons)) < _OPEN * shapely.area(hull):
            polygons = [hull]
    parts = shapely.get_parts(shapely.union_all(polygons))
    outer = shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == 3])
    return [[(float(x), float(y)) for x, y in shapely.get_coordinates(ring)[:-1]] for ring in outer]


def join(chains: list[Chain]) -> tuple[list[Chain], Chain | None]:
    """Join open chains end to end, nearest first, into loops; also one chain that stays open, if any."""
    left = {i: c for i, c in enumerate(chains) if len(c) > 1 and (len(c) > 2 or c[0] != c[-1])}
    ends: dict[tuple[float, float], list[int]] = {}
    for i, c in left.items():
        for x, y in (c[0], c[-1]):
            ends.setdefault((round(x, 5), round(y, 5)), []).append(i)
    loops: list[Chain] = []
    loose: Chain | None = None
    while left:
        _, chain = left.popitem()
        chain = list(chain)
        while True:
            x, y = chain[-1]
            gap = hypot(chain[0][0] - x, chain[0][1] - y) if len(chain) > 2 else 2 * JOIN
            if gap < 1e-5:
                break
            exact = next((i for i in ends.get((round(x, 5), round(y, 5)), ()) if i in left), -1)
            found, turned = _nearest(left, x, y, gap) if exact < 0 else (exact, _distance(left[exact][0], x, y) > 1e-4)
            if found < 0:
                break
            other = left.pop(found)
            chain += (other[::-1] if turned else other)[1:]
        if gap <= JOIN and len(chain) > 3:
            loops.append(chain[:-1])
        elif loose is None:
            loose = chain
    return loops, loose


def _nearest(left: dict[int, Chain], x: float, y: float, gap: float) -> tuple[int, bool]:
    """The chain with the end nearest to (x, y), nearer than `gap` and `JOIN`, and whether that is its last point; -1 for none."""
    best, found, turned = min(gap, JOIN), -1, False
    for i, other in left.items():
        for turn in (False, True):
            d = _distance(other[-1 if turn else 0], x, y)
            if d < best:
                best, found, turned = d, i, turn
    return found, turned


def _distance(point: tuple[float, float], x: float, y: float) -> float:
    return hypot(point[0] - x, point[1] - y)


class Areas:
    """Areas inside the closed outlines of many footprints, built in one call."""

    def __init__(self) -> None:
        self._rings: list[Chain] = []
        self._owner: list[int] = []
        self._n = 0

    def add(self, rings: list[Chain]) -> int:
        """Number of the area inside the rings."""
        for ring in rings:
            if len(ring) > 2:
                self._rings.append(ring)
                self._owner.append(self._n)
        self._n += 1
        return self._n - 1

    def build(self) -> Objects:
        """A MultiPolygon for each area; None where there are no rings. Rings inside rings are holes (even-odd)."""
        out = np.full(self._n, None, object)
        if not self._rings:
            return out
        polygons = shapely.polygons(bulk(shapely.linearrings, self._rings))
        owner = np.array(self._owner)
        single = np.bincount(owner, minlength=self._n) == 1
        good = shapely.is_valid(polygons)
        simple = single[owner] & good
        out[owner[simple]] = shapely.multipolygons(polygons[simple], indices=np.arange(int(simple.sum())))
        for i in np.unique(owner[~simple]).tolist():
            out[i] = _even_odd(polygons[owner == i])
        return out


def _even_odd(polygons: Objects) -> Any:
    total = shapely.Polygon()
    for polygon in sorted(shapely.make_valid(polygons), key=shapely.area, reverse=True):
        inside = shapely.covers(total, polygon)
        total = shapely.difference(total, polygon) if inside else shapely.union(total, polygon)
    parts = [g for g in shapely.get_parts(total) if g.geom_type == "Polygon" and g.area > 0]
    return shapely.MultiPolygon(parts) if parts else None
