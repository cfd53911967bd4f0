"""The board outline: drawn lines joined into closed loops, and the places where that fails.

Lines are a graph whose nodes are their end points. Ends that coincide join first, then the nearest ends within the join
tolerance; so an outline of a thousand segments shorter than the tolerance stays what was drawn. What hangs loose is taken
off and told; every loop that remains is a ring, and rings nest by the even-odd rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Floats, Objects, OutlineProblem

JOIN = 0.01
"""mm; end points nearer than this are one corner."""
COINCIDE = 0.05
"""mm; lines nearer than this over their length are drawn twice."""
_SAME = 1e-6
"""mm; the grid of board files, within which two coordinates are equal."""
_STRAIGHT = 0.9
"""A chain whose ends are apart by more than this share of its length is a line, not a loop with a gap."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """One drawn line between two nodes."""

    row: int
    a: int
    b: int
    points: Floats
    length: float


@dataclass(slots=True)
class _Ring:
    polygon: Any
    rows: tuple[int, ...]


@dataclass(slots=True)
class _Found:
    """The problems, with rows of the input translated to items at the end."""

    items: NDArray[Any]
    problems: list[OutlineProblem] = field(default_factory=list)

    def add(self, what: str, point: Sequence[float] | Floats, size: float, rows: Iterable[int]) -> None:
        items = tuple(sorted({int(self.items[r]) for r in rows}))
        self.problems.append(OutlineProblem(what, float(point[0]), float(point[1]), float(size), items))


def assemble(
    cores: Objects, items: NDArray[Any], *, join: float = JOIN
) -> tuple[shapely.MultiPolygon, tuple[OutlineProblem, ...]]:
    """Join drawn centre lines (mm) into the board's area; one item number for each line.

    `cores` are LineStrings, LinearRings or Polygons with curves flattened; a line that ends where it starts is a loop of
    its own. Returns the area with its cut-outs (islands inside cut-outs are further boards) and the problems:

    - `gap`: two free ends that face each other; the point lies between them, `size` is the width
    - `dangling`: a free end of a line that closes no loop; `size` is the length of the loose chain
    - `branch`: three or more lines meet so that no unique loop follows; `size` is the number of ends
    - `crossing`: a loop crosses itself or another loop
    - `duplicate`: a line or loop drawn twice within 0.05 mm; `size` is the distance of the two
    - `tiny`: a line without length, or a loop without area
    - `nested`: a closed loop inside a cut-out: a further board that nothing holds; `size` is its area in mm2

    The area is empty where no loop closes. Loops inside an open outer line are cut-outs of an unknown board and give no
    area either; an open line inside or across a closed outer loop leaves the loop's area standing.
    """
    found = _Found(np.asarray(items))
    rings, edges, nodes = _lines(cores, found)
    nodes = _join(nodes, edges, join)
    edges = [_Edge(e.row, int(nodes.id[e.a]), int(nodes.id[e.b]), e.points, e.length) for e in edges]
    edges = [e for e in edges if not (e.a == e.b and e.length <= 2 * join)]
    core, loose = _prune(edges)
    for part in _components(core):
        rings += _rings(part, nodes.xy, found)
    rings = _simple(rings, found, join)
    rings = _distinct_rings(rings, found)
    chains = _loose(loose, rings, nodes.xy, found, join)
    area = _nest(rings, chains, found, join)
    return area, tuple(found.problems)


@dataclass(frozen=True, slots=True)
class _Nodes:
    id: NDArray[np.int64]
    xy: Floats


def _lines(cores: Objects, found: _Found) -> tuple[list[_Ring], list[_Edge], _Nodes]:
    """Split the input into closed rings and open edges, without repeats, zero lengths and nonsense."""
    rings: list[_Ring] = []
    kept: list[tuple[int, Floats]] = []
    seen: dict[bytes, int] = {}
    for row, core in enumerate(cores):
        if core is None or shapely.is_empty(core):
            continue
        for line in shapely.get_parts(shapely.boundary(core) if shapely.get_dimensions(core) == 2 else core):
            xy = shapely.get_coordinates(line)
            xy = xy[np.isfinite(xy).all(axis=1)]
            if len(xy) > 1:
                xy = xy[np.r_[True, (np.abs(np.diff(xy, axis=0)) > _SAME / 2).any(axis=1)]]
            if len(xy) < 2:
                found.add("tiny", xy[0] if len(xy) else (0.0, 0.0), 0.0, [row])
                continue
            closed = bool((np.abs(xy[0] - xy[-1]) <= _SAME / 2).all())
            key = _key(xy, closed)
            if key in seen:
                found.add("duplicate", xy[len(xy) // 2] if len(xy) > 2 else xy.mean(axis=0), 0.0, [seen[key], row])
                continue
            seen[key] = row
            if not closed:
                kept.append((row, xy))
            elif _flat(xy):
                found.add("tiny", xy[0], 0.0, [row])
            else:
                rings.append(_Ring(shapely.Polygon(xy), (row,)))
    ends = np.array([p for _, xy in kept for p in (xy[0], xy[-1])]).reshape(-1, 2)
    _, first, node = np.unique(np.round(ends / _SAME).astype(np.int64), axis=0, return_index=True, return_inverse=True)
    node = node.reshape(-1)
    lengths = [float(np.hypot(*np.diff(xy, axis=0).T).sum()) for _, xy in kept]
    edges = [_Edge(row, int(node[2 * k]), int(node[2 * k + 1]), xy, lengths[k]) for k, (row, xy) in enumerate(kept)]
    return rings, edges, _Nodes(np.arange(len(first)), ends[first])


def _key(xy: Floats, closed: bool) -> bytes:
    """The same bytes for the same drawn line, whatever its direction and, if closed, its start."""
    grid = np.round(xy / _SAME).astype(np.int64)
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
    return bool(polygon.area <= _SAME) and not _polygons(shapely.make_valid(polygon, method="linework"))


def _join(nodes: _Nodes, edges: list[_Edge], join: float) -> _Nodes:
    """Merge pairs of nodes within `join` that each lack a partner (an odd number of ends), nearest first."""
    degree = np.zeros(len(nodes.id), np.int64)
    for e in edges:
        degree[e.a] += 1
        degree[e.b] += 1
    odd = np.flatnonzero(degree % 2)
    if len(odd) < 2:
        return nodes
    points = shapely.points(nodes.xy[odd])
    i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=join + _SAME / 2)
    i, j = i[i < j], j[i < j]
    distance = shapely.distance(points[i], points[j])
    short = {(min(e.a, e.b), max(e.a, e.b)) for e in edges if e.length <= 4 * join}
    order = np.lexsort((odd[j], odd[i], distance))
    identity, xy, used = nodes.id.copy(), nodes.xy.copy(), set[int]()
    for a, b in zip(odd[i[order]].tolist(), odd[j[order]].tolist()):
        if a in used or b in used or (min(a, b), max(a, b)) in short:
            continue
        used |= {a, b}
        identity[b] = a
        xy[a] = xy[b] = (xy[a] + xy[b]) / 2
    return _Nodes(identity, xy)


def _prune(edges: list[_Edge]) -> tuple[list[_Edge], list[_Edge]]:
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


def _components(edges: list[_Edge]) -> list[list[_Edge]]:
    """Connected groups of edges, in the order of their first row."""
    root: dict[int, int] = {}

    def find(n: int) -> int:
        while root.setdefault(n, n) != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for e in edges:
        root[find(e.a)] = find(e.b)
    groups: dict[int, list[_Edge]] = defaultdict(list)
    for e in edges:
        groups[find(e.a)].append(e)
    return list(groups.values())


def _rings(edges: list[_Edge], xy: Floats, found: _Found) -> list[_Ring]:
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
    rings: list[_Ring] = []
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


def _ring(walk: list[tuple[_Edge, int]], xy: Floats, found: _Found) -> list[_Ring]:
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
    return [_Ring(shapely.Polygon(points), rows)]


def _faces(edges: list[_Edge], xy: Floats) -> list[_Ring]:
    """The outer edge of a group with branches: what it encloses as a whole, whichever way the inner lines are read."""
    lines = []
    for e in edges:
        points = e.points.copy()
        points[0], points[-1] = xy[e.a], xy[e.b]
        lines.append(shapely.LineString(points))
    noded = shapely.get_parts(shapely.node(shapely.MultiLineString(lines)))
    whole = shapely.union_all(shapely.get_parts(shapely.polygonize(noded)))
    rows = tuple(e.row for e in edges)
    return [_Ring(shapely.Polygon(p.exterior), rows) for p in _polygons(whole)]


def _polygons(geometry: Any) -> list[Any]:
    return [p for p in shapely.get_parts(geometry, return_index=False) if p.geom_type == "Polygon" and p.area > _SAME]


def _segments(rings: list[_Ring]) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """All segments as rows x0 y0 x1 y1, the ring of each and its place in the ring."""
    parts, owner, place = [np.empty((0, 4))], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for k, ring in enumerate(rings):
        p = shapely.get_coordinates(ring.polygon.exterior)
        parts.append(np.hstack([p[:-1], p[1:]]))
        owner.append(np.full(len(p) - 1, k))
        place.append(np.arange(len(p) - 1))
    return np.vstack(parts), np.concatenate(owner), np.concatenate(place)


def _crossings(rings: list[_Ring], join: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where ring segments truly cross: ring, ring, point. Crossings within `join` of a corner of both count as touching."""
    seg, owner, _ = _segments(rings)
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
    ok = (np.minimum(inside_i, inside_j) > _SAME) & (np.maximum(inside_i, inside_j) > join)
    return owner[i[ok]], owner[j[ok]], at[ok]


def _simple(rings: list[_Ring], found: _Found, join: float) -> list[_Ring]:
    """Split rings that cross themselves into simple ones (even-odd), and tell where they cross."""
    bad = [k for k, ring in enumerate(rings) if not ring.polygon.is_valid]
    if not bad:
        return rings
    a, b, at = _crossings([rings[k] for k in bad], join)
    for k, point in zip(a[a == b], at[a == b]):
        found.add("crossing", point, np.nan, rings[bad[k]].rows)
    out = [ring for k, ring in enumerate(rings) if k not in set(bad)]
    for k in bad:
        for p in _polygons(shapely.make_valid(rings[k].polygon, method="linework")):
            out += [_Ring(shapely.Polygon(r), rings[k].rows) for r in (p.exterior, *p.interiors)]
    return out


def _distinct_rings(rings: list[_Ring], found: _Found) -> list[_Ring]:
    """Drop loops that lie within `COINCIDE` of a larger one along their whole length."""
    order = sorted(range(len(rings)), key=lambda k: (-rings[k].polygon.area, rings[k].rows))
    rings = [rings[k] for k in order]
    boxes = shapely.bounds(np.array([r.polygon for r in rings], object)).reshape(-1, 4)
    tree = shapely.STRtree(shapely.points(boxes[:, :2]))
    i, j = tree.query(shapely.points(boxes[:, :2]), predicate="dwithin", distance=1.5 * COINCIDE)
    near = (i < j) & (np.abs(boxes[i] - boxes[j]).max(axis=1) <= COINCIDE)
    dropped: set[int] = set()
    for a, b in sorted(zip(i[near].tolist(), j[near].tolist())):
        if a in dropped or b in dropped:
            continue
        shift = shapely.hausdorff_distance(rings[a].polygon.exterior, rings[b].polygon.exterior)
        if shift <= COINCIDE:
            dropped.add(b)
            found.add("duplicate", shapely.get_coordinates(rings[b].polygon.exterior)[0], shift, rings[a].rows + rings[b].rows)
    return [r for k, r in enumerate(rings) if k not in dropped]


def _loose(edges: list[_Edge], rings: list[_Ring], xy: Floats, found: _Found, join: float) -> list[Any]:
    """Tell the loose chains as duplicates, gaps or dangling lines; return those that are no mere duplicates."""
    rim = shapely.MultiLineString([shapely.LineString(r.polygon.exterior) for r in rings])
    chains: list[Any] = []
    ends: list[tuple[int, int, int]] = []  # chain, node, row
    for part in _components(edges):
        chain = shapely.MultiLineString([e.points for e in part])
        rows = [e.row for e in part]
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(chain, 1.0)))
        if rings and shapely.distance(points[0], rim) <= COINCIDE and (shift := shapely.distance(points, rim).max()) <= COINCIDE:
            found.add("duplicate", shapely.get_coordinates(points[len(points) // 2])[0], shift, rows)
            continue
        count: dict[int, list[int]] = defaultdict(list)
        for e in part:
            count[e.a].append(e.row)
            count[e.b].append(e.row)
        ends += [(len(chains), n, rows[0]) for n, rows in sorted(count.items()) if len(rows) == 1]
        chains.append(chain)
    _gaps(chains, ends, xy, rings, found, join)
    return chains


def _gaps(
    chains: list[Any], ends: list[tuple[int, int, int]], xy: Floats, rings: list[_Ring], found: _Found, join: float
) -> None:
    """Pair the free ends that face each other, nearest first, as gaps; a chain with ends left over dangles."""
    points = shapely.points(xy[[n for _, n, _ in ends]].reshape(-1, 2))
    chain = np.array([c for c, _, _ in ends], np.int64)
    length = shapely.length(np.array(chains, object))[chain] if ends else np.empty(0)
    # An end that lies on another line, as those of scoring lines from edge to edge do, faces no gap.
    lines = np.array([*chains, *(r.polygon.exterior for r in rings)], object)
    end, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=join)
    resting = np.zeros(len(ends), bool)
    resting[end[line != chain[end]]] = True
    left, told, alone = np.flatnonzero(~resting), set[int](), np.flatnonzero(resting).tolist()
    while len(left):
        # A round takes all pairs that are each other's nearest; the closest pair of all is always among them.
        i, j = shapely.STRtree(points[left]).query_nearest(points[left], exclusive=True, all_matches=False)
        i, j = left[i], left[j]
        nearest = dict(zip(i.tolist(), j.tolist()))
        pairs = sorted((a, b) for a, b in nearest.items() if a < b and nearest.get(b) == a)
        if not pairs:  # equal distances in a ring, or nothing to pair with
            k = int(np.argmin(shapely.distance(points[i], points[j]))) if len(i) else -1
            pairs = [(int(i[k]), int(j[k]))] if k >= 0 else [(int(n), int(n)) for n in left]
        for a, b in pairs:
            width = float(shapely.distance(points[a], points[b]))
            shorter = a if length[a] <= length[b] else b
            if a != b and width <= _STRAIGHT * length[shorter]:
                found.add("gap", (xy[ends[a][1]] + xy[ends[b][1]]) / 2, width, (ends[a][2], ends[b][2]))
                told |= {a, b}
            else:
                alone.append(shorter)
                told.add(shorter)
        left = left[[n not in told for n in left.tolist()]]
    # One problem a chain, at an end that lies free if there is one.
    for k in {int(chain[k]): k for k in sorted(alone, key=lambda k: (not resting[k], -k))}.values():
        found.add("dangling", xy[ends[k][1]], length[k], [ends[k][2]])


def _nest(rings: list[_Ring], chains: list[Any], found: _Found, join: float) -> shapely.MultiPolygon:
    """The even-odd area of the rings (largest first). A ring that crosses a larger one is cut out of it."""
    rings = _known(rings, chains)
    a, b, at = _crossings(rings, join)
    pairs = sorted({(min(i, j), max(i, j)) for i, j in zip(a.tolist(), b.tolist()) if i != j})
    for i, j, point in zip(a.tolist(), b.tolist(), at):
        if i != j:
            found.add("crossing", point, np.nan, rings[i].rows + rings[j].rows)
    dropped = {j for _, j in pairs}
    # What covers most of the larger ring is a second, shifted drawing of the same edge, not a cut-out.
    copies = {j for i, j in pairs if rings[i].polygon.intersection(rings[j].polygon).area > rings[i].polygon.area / 2}
    cutters = dropped - copies
    keep = [r for k, r in enumerate(rings) if k not in dropped]
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
    return shapely.MultiPolygon(_polygons(area))


def _known(rings: list[_Ring], chains: list[Any]) -> list[_Ring]:
    """The rings whose outside is known: not those that open chains enclose without touching them."""
    if not rings or not chains:
        return rings
    hull = shapely.convex_hull(shapely.GeometryCollection(chains))
    polygons = np.array([r.polygon for r in rings], object)
    # An open chain in or across a ring lies in a board whose outer loop is that ring or one around it.
    crossed = shapely.union_all(polygons[shapely.intersects(polygons, shapely.GeometryCollection(chains))])
    hidden = shapely.within(polygons, hull) & ~shapely.within(polygons, crossed)
    return [r for r, hide in zip(rings, hidden) if not hide]
