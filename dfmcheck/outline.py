"""The board outline: drawn lines joined into closed loops, and the places where that fails.

Lines are a graph whose nodes are their end points. Ends that coincide join first, then the nearest ends within the join
tolerance; so an outline of a thousand segments shorter than the tolerance stays what was drawn. What hangs loose is taken
off and told; every loop that remains is a ring, and rings nest by the even-odd rule.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Floats, Objects, OutlineProblem
from .loops import Edge, Found, Ring, components, join_ends, lines, prune, rings_of
from .nesting import distinct, nest, overlaps, simple

JOIN = 0.01
"""mm; end points nearer than this are one corner."""
COINCIDE = 0.05
"""mm; lines nearer than this over their length are drawn twice."""
_STRAIGHT = 0.9
"""A chain whose ends are apart by more than this share of its length is a line, not a loop with a gap."""


def assemble(
    cores: Objects, items: NDArray[Any], *, join: float = JOIN, coincide: float = COINCIDE
) -> tuple[shapely.MultiPolygon, tuple[OutlineProblem, ...]]:
    """Join drawn centre lines (mm) into the board's area; one item number for each line.

    `cores` are LineStrings, LinearRings or Polygons with curves flattened; a line that ends where it starts is a loop of
    its own. Returns the area with its cut-outs (islands inside cut-outs are further boards) and the problems:

    - `gap`: two free ends that face each other; the point lies between them, `size` is the width
    - `dangling`: a free end of a line that closes no loop; `size` is the length of the loose chain
    - `branch`: three or more lines meet so that no unique loop follows; `size` is the number of ends
    - `crossing`: a loop crosses itself or another loop
    - `duplicate`: lines that lie within `coincide` of each other, or a loop that repeats another with a small shift; `size`
      is the distance of the two
    - `tiny`: a line without length, or a loop without area
    - `nested`: a closed loop inside a cut-out: a further board that nothing holds; `size` is its area in mm2

    The area is empty where no loop closes. Loops inside an open outer line are cut-outs of an unknown board and give no
    area either; an open line inside or across a closed outer loop leaves the loop's area standing.
    """
    found = Found(np.asarray(items))
    rings, edges, nodes = lines(cores, found)
    edges, nodes = join_ends(edges, nodes, join)
    closed, loose = prune(edges)
    for part in components(closed):
        rings += rings_of(part, nodes, found)
    rings = distinct(simple(rings, found, join), found, coincide)
    overlaps(rings, found, coincide)
    chains = _loose(loose, rings, nodes, found, join, coincide)
    return nest(rings, chains, found, join), tuple(found.problems)


def _loose(edges: list[Edge], rings: list[Ring], xy: Floats, found: Found, join: float, coincide: float) -> list[Any]:
    """Tell the loose chains as duplicates, gaps or dangling lines; return those that are no mere duplicates."""
    rim = shapely.MultiLineString([shapely.LineString(r.polygon.exterior) for r in rings])
    chains: list[Any] = []
    ends: list[tuple[int, int, int]] = []  # chain, node, row
    for part in components(edges):
        chain = shapely.MultiLineString([e.points for e in part])
        rows = [e.row for e in part]
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(chain, 1.0)))
        if rings and shapely.distance(points[0], rim) <= coincide and (shift := shapely.distance(points, rim).max()) <= coincide:
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
    chains: list[Any], ends: list[tuple[int, int, int]], xy: Floats, rings: list[Ring], found: Found, join: float
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
