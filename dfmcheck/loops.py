"""Drawn lines as a graph of end points, taken apart into closed loops and what hangs loose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Floats, Objects, OutlineProblem

SAME = 1e-6
"""mm; the grid of board files, within which two coordinates are equal."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One drawn line between two nodes."""

    row: int
    a: int
    b: int
    points: Floats
    length: float


@dataclass(slots=True)
class Ring:
    polygon: Any
    rows: tuple[int, ...]


@dataclass(slots=True)
class Found:
    """The problems, with rows of the input translated to items at the end."""

    items: NDArray[Any]
    problems: list[OutlineProblem] = field(default_factory=list)

    def add(self, what: str, point: Sequence[float] | Floats, size: float, rows: Iterable[int]) -> None:
        items = tuple(sorted({int(self.items[r]) for r in rows}))
        self.problems.append(OutlineProblem(what, float(point[0]), float(point[1]), float(size), items))


def lines(cores: Objects, found: Found) -> tuple[list[Ring], list[Edge], Floats]:
    """The closed rings, the open edges and the points of their nodes; repeats and zero lengths are told and left out."""
    rings: list[Ring] = []
    kept: list[tuple[int, Floats]] = []
    seen: dict[bytes, int] = {}
    for row, core in enumerate(cores):
        if core is None or shapely.is_empty(core):
            continue
        for line in shapely.get_parts(shapely.boundary(core) if shapely.get_dimensions(core) == 2 else core):
            xy = shapely.get_coordinates(line)
            xy = xy[np.isfinite(xy).all(axis=1)]
            if len(xy) > 1:
                xy = xy[np.r_[True, (np.abs(np.diff(xy, axis=0)) > SAME / 2).any(axis=1)]]
            if len(xy) < 2:
                found.add("tiny", xy[0] if len(xy) else (0.0, 0.0), 0.0, [row])
                continue
            closed = bool((np.abs(xy[0] - xy[-1]) <= SAME / 2).all())
            name = _key(xy, closed)
            if name in seen:
                found.add("duplicate", xy[len(xy) // 2] if len(xy) > 2 else xy.mean(axis=0), 0.0, [seen[name], row])
                continue
            seen[name] = row
            if not closed:
                kept.append((row, xy))
            elif _flat(xy):
                found.add("tiny", xy[0], 0.0, [row])
            else:
                rings.append(Ring(shapely.Polygon(xy), (row,)))
    ends = np.array([p for _, xy in kept for p in (xy[0], xy[-1])]).reshape(-1, 2)
    _, first, node = np.unique(np.round(ends / SAME).astype(np.int64), axis=0, return_index=True, return_inverse=True)
    node = node.reshape(-1)
    lengths = [float(np.hypot(*np.diff(xy, axis=0).T).sum()) for _, xy in kept]
    edges = [Edge(row, int(node[2 * k]), int(node[2 * k + 1]), xy, lengths[k]) for k, (row, xy) in enumerate(kept)]
    return rings, edges, ends[first]


def _key(xy: Floats, closed: bool) -> bytes:
    """The same bytes for the same drawn line, whatever its direction and, if closed, its start."""
    grid = np.round(xy / SAME).astype(np.int64)
    if closed:
        grid = grid[:-1]
        grid = np.roll(grid, -int(np.lexsort(grid.T[::-1])[0]), axis=0)
        other = np.roll(grid[::-1], 1, axis=0)
    else:
        other = grid[::-1]
    return min(grid.tobytes(), other.tobytes()) + bytes([closed])


def _flat(xy: Floats) -> bool:
    """Whether a closed line encloses nothing. A figure of eight encloses both its halves, though its signed area may be 0."""
    if len(xy) < 4:
        return True
    polygon = shapely.Polygon(xy)
    return bool(polygon.area <= SAME) and not polygons_of(shapely.make_valid(polygon, method="linework"))


def polygons_of(geometry: Any) -> list[Any]:
    return [p for p in shapely.get_parts(geometry, return_index=False) if p.geom_type == "Polygon" and p.area > SAME]


def join_ends(edges: list[Edge], nodes: Floats, join: float) -> tuple[list[Edge], Floats]:
    """Merge pairs of nodes within `join` mm that each lack a partner (an odd number of ends), nearest first."""
    degree = np.bincount([n for e in edges for n in (e.a, e.b)], minlength=len(nodes))
    odd = np.flatnonzero(degree % 2)
    points = shapely.points(nodes[odd])
    i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=join + SAME / 2)
    i, j = i[i < j], j[i < j]
    order = np.lexsort((odd[j], odd[i], shapely.distance(points[i], points[j])))
    # The two ends of a very short line are no gap.
    short = {(min(e.a, e.b), max(e.a, e.b)) for e in edges if e.length <= 4 * join}
    merged, used, nodes = np.arange(len(nodes)), set[int](), nodes.copy()
    for a, b in zip(odd[i[order]].tolist(), odd[j[order]].tolist()):
        if a in used or b in used or (a, b) in short:
            continue
        used |= {a, b}
        merged[b] = a
        nodes[a] = (nodes[a] + nodes[b]) / 2
    return [Edge(e.row, int(merged[e.a]), int(merged[e.b]), e.points, e.length) for e in edges], nodes


def prune(edges: list[Edge]) -> tuple[list[Edge], list[Edge]]:
    """Split into the edges that may lie on loops, and those that hang from a free end."""
    at: dict[int, set[int]] = defaultdict(set)
    for k, e in enumerate(edges):
        if e.a != e.b:
            at[e.a].add(k)
            at[e.b].add(k)
    degree = {n: len(ks) for n, ks in at.items()}
    for e in edges:
        if e.a == e.b:  # a loop of its own that starts at this node
            degree[e.a] = degree.get(e.a, 0) + 2
    free, off = [n for n, d in degree.items() if d == 1], set[int]()
    while free:
        n = free.pop()
        if degree[n] != 1 or not at[n]:
            continue
        k = at[n].pop()
        off.add(k)
        other = edges[k].b if edges[k].a == n else edges[k].a
        at[other].discard(k)
        degree[n] -= 1
        degree[other] -= 1
        if degree[other] == 1:
            free.append(other)
    return [e for k, e in enumerate(edges) if k not in off], [edges[k] for k in sorted(off)]


def components(edges: list[Edge]) -> list[list[Edge]]:
    """Connected groups of edges, in the order of their first row."""
    root: dict[int, int] = {}

    def find(n: int) -> int:
        while root.setdefault(n, n) != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for e in edges:
        root[find(e.a)] = find(e.b)
    groups: dict[int, list[Edge]] = defaultdict(list)
    for e in edges:
        groups[find(e.a)].append(e)
    return list(groups.values())


def rings_of(edges: list[Edge], xy: Floats, found: Found) -> list[Ring]:
    """The rings of one connected group of edges without free ends."""
    ends: dict[int, list[int]] = defaultdict(list)
    for k, e in enumerate(edges):
        ends[e.a].append(k)
        ends[e.b].append(k)
    odd = [n for n, ks in ends.items() if len(ks) % 2]
    if odd:
        for n in odd:
            found.add("branch", xy[n], len(ends[n]), (edges[k].row for k in ends[n]))
        return _faces(edges, xy)
    used = [False] * len(edges)
    rings: list[Ring] = []
    # A walk that cuts off a ring whenever it meets itself: for a group of even nodes every edge ends up in one simple ring.
    for start in range(len(edges)):
        if used[start]:
            continue
        path: list[tuple[int, int]] = []  # (edge, node at which it was entered)
        place: dict[int, int] = {edges[start].a: 0}
        node = edges[start].a
        while True:
            while ends[node] and used[ends[node][-1]]:
                ends[node].pop()
            if not ends[node]:
                break
            k = ends[node].pop()
            used[k] = True
            path.append((k, node))
            node = edges[k].b if edges[k].a == node else edges[k].a
            if node in place:
                cut = path[place[node] :]
                rings += _ring([(edges[q], n) for q, n in cut], xy, found)
                for _, n in cut:
                    place.pop(n, None)
                del path[len(path) - len(cut) :]
            place[node] = len(path)
    return rings


def _ring(walk: list[tuple[Edge, int]], xy: Floats, found: Found) -> list[Ring]:
    pieces = []
    for e, entered in walk:
        points = e.points.copy()
        points[0], points[-1] = xy[e.a], xy[e.b]
        pieces.append((points if e.a == entered else points[::-1])[:-1])
    points = np.concatenate([*pieces, pieces[0][:1]])
    rows = tuple(e.row for e, _ in walk)
    if _flat(points):
        found.add("duplicate" if len(walk) > 1 else "tiny", points.mean(axis=0), 0.0, rows)
        return []
    return [Ring(shapely.Polygon(points), rows)]


def _faces(edges: list[Edge], xy: Floats) -> list[Ring]:
    """The outer edge of a group with branches: what it encloses as a whole, whichever way the inner lines are read."""
    lines = []
    for e in edges:
        points = e.points.copy()
        points[0], points[-1] = xy[e.a], xy[e.b]
        lines.append(shapely.LineString(points))
    noded = shapely.get_parts(shapely.node(shapely.MultiLineString(lines)))
    whole = shapely.union_all(shapely.get_parts(shapely.polygonize(noded)))
    rows = tuple(e.row for e in edges)
    return [Ring(shapely.Polygon(p.exterior), rows) for p in polygons_of(whole)]
