"""Tabs that hold a board in its panel: rows of break-off holes, and bridges between routed slots."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .board import Board, Floats, Ints, Kind, Objects
from .copper import components

_PITCH = 1.35
"""Holes of a row follow each other by no more than this many times the least distance of a hole to the next."""
_OFF = 0.15
"""mm by which the holes of a straight row may lie off it."""
_SLOT_WIDTH, _SLOT_LENGTH = 3.5, 8.0
"""mm: a cut-out no wider and at least as long as this may part boards in a panel."""
_TAB = 12.0
"""mm: a bridge between two slots that is wider than this is no tab."""
_MOST = 200
"""More slots are a pattern, no panel."""
_BOARD = 25.0
"""mm2: less than this is no board and no rail."""
_TIMES, _STEP = 24, 3.0
"""How often the next bridge between two slots is looked for, and how many mm beside the one before."""
_OF_BITES = 3.0
"""mm from a row of break-off holes within which a bridge is the tab that they perforate."""


def rows_of_bites(board: Board) -> tuple[list[Any], list[int]]:
    """Rows of mouse bites: LineStrings from the first hole to the last, and the item of the first."""
    holes = board.holes
    rows = np.flatnonzero(board.derived.mouse_bites())
    if len(rows) < 2:
        return [], []
    points = holes.core[rows]
    i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=9 * holes.radius[rows])
    alike = (i != j) & (np.abs(holes.radius[rows][i] - holes.radius[rows][j]) < 1e-3)
    i, j = i[alike], j[alike]
    d = shapely.distance(points[i], points[j])
    least = np.full(len(rows), np.inf)
    np.minimum.at(least, i, d)
    near = d <= _PITCH * np.maximum(least[i], least[j])
    group = components(len(rows), i[near], j[near])
    cores: list[Any] = []
    items: list[int] = []
    for name in np.unique(group).tolist():
        mine = np.flatnonzero(group == name)
        xy = shapely.get_coordinates(points[mine])
        for run in _straight_runs(xy):
            cores.append(shapely.LineString(xy[run[[0, -1]]]))
            items.append(int(holes.item[rows[mine[run[0]]]]))
    return cores, items


def _straight_runs(xy: Floats) -> list[Ints]:
    """Indices of points (N x 2) along straight rows, in the order of each; a bent row is parted where it is farthest off."""
    if len(xy) < 2:
        return []
    middle = xy - xy.mean(0)
    _, _, axes = np.linalg.svd(middle, full_matrices=False)
    order = np.argsort(middle @ axes[0], kind="stable").astype(np.int32)
    off = np.abs(middle @ axes[1])
    if len(xy) == 2 or off.max() <= _OFF:
        return [order]
    chord = xy[order[-1]] - xy[order[0]]
    away = np.abs(chord[0] * (xy[:, 1] - xy[order[0], 1]) - chord[1] * (xy[:, 0] - xy[order[0], 0]))[order]
    cut = int(np.clip(np.argmax(away), 1, len(xy) - 2))
    parts = order[: cut + 1], order[cut:]
    return [part[run].astype(np.int32) for part in parts for run in _straight_runs(xy[part])]


def bridges(board: Board, known: list[Any]) -> list[Any]:
    """Routed tabs: bridges between two slots, without copper across, whose breaking parts the board, once what is `known`
    (scores and rows of bites) is broken too. A slot that isolates or relieves parts nothing."""
    rings = np.array([shapely.Polygon(r) for polygon in board.outline.geoms for r in polygon.interiors], object)
    half = shapely.length(rings) / 2
    slots = rings[(half >= _SLOT_LENGTH) & (shapely.area(rings) <= _SLOT_WIDTH * half)]
    if not 2 <= len(slots) <= _MOST:
        return []
    i, j = shapely.STRtree(slots).query(slots, predicate="dwithin", distance=_TAB)
    between = [_bridges(slots[a], slots[b]) for a, b in zip(i.tolist(), j.tolist()) if a < b]
    ways = np.array([line for lines in between for line in lines], object)
    cuts = shapely.union_all([_slit(line, 0.3) for line in ways] + [_slit(line, 1.0) for line in known])
    parts = shapely.get_parts(shapely.difference(board.outline, cuts))
    parts = parts[shapely.area(parts) >= _BOARD]
    if len(parts) <= len(board.outline.geoms):
        return []
    beside = shapely.points([_beside(line) for line in ways])
    at = shapely.STRtree(parts).nearest(beside.ravel()).reshape(-1, 2)
    keep = at[:, 0] != at[:, 1]
    if known:
        keep &= shapely.distance(ways, shapely.MultiLineString(known)) > _OF_BITES
    ways = ways[keep]
    return [line for line, wired in zip(ways, _wired(board, ways)) if not wired]


def _bridges(one: Any, other: Any) -> list[Any]:
    """The shortest lines from slot to slot, one for each place where they come near each other."""
    a, b = shapely.boundary(one), shapely.boundary(other)
    found: list[Any] = []
    for _ in range(_TIMES):
        line = shapely.shortest_line(a, b)
        if shapely.is_missing(line) or line.length > _TAB:
            break
        # What is left beside a bridge is longer than its distance from it; another bridge is far off.
        if all(line.distance(known) > line.length for known in found):
            found.append(line)
        around = line.buffer(_STEP)
        a, b = shapely.difference(a, around), shapely.difference(b, around)
    return found


def _slit(line: Any, beyond: float) -> Any:
    """A hair-wide cut along a line and some mm beyond its ends."""
    xy = shapely.get_coordinates(line)
    way = (xy[-1] - xy[0]) / max(float(line.length), 1e-9) * beyond
    return shapely.LineString([xy[0] - way, xy[-1] + way]).buffer(0.005, cap_style="flat")


def _beside(line: Any) -> Floats:
    """Two points on either side of a line's middle, 0.1 mm off."""
    xy = shapely.get_coordinates(line)
    way = (xy[-1] - xy[0]) / max(float(line.length), 1e-9)
    middle, aside = (xy[0] + xy[-1]) / 2, 0.1 * np.array([-way[1], way[0]])
    return np.stack([middle - aside, middle + aside])


def _wired(board: Board, lines: Objects) -> Any:
    """Whether copper of a net runs across each line: a slot that only shapes the board leaves it so, a tab does not."""
    f = board.features
    rows = np.flatnonzero((board.layers.order >= 0)[f.layer] & np.isin(f.kind, (Kind.TRACK, Kind.ARC, Kind.ZONE)))
    out = np.zeros(len(lines), np.bool_)
    if len(rows) and len(lines):
        out[np.unique(shapely.STRtree(f.core[rows]).query(lines, predicate="intersects")[0])] = True
    return out
