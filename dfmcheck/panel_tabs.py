"""Tabs that hold a board in its panel: rows of break-off holes, and bridges between routed slots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .board import Board, Ints, Objects, Table, column
from .copper import components

_PITCH = 1.35
"""Holes of a row follow each other by no more than this many times the least distance of a hole to the next."""
_OFF = 0.15
"""mm by which the holes of a straight row may lie off it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tabs(Table):
    core: Objects = column("O")
    item: Ints = column("i4")
    source: Objects = column("O")


def tabs(board: Board, scores: list[object]) -> Tabs:
    """Rows of mouse bites, each a line from its first hole to its last. `scores` are break lines that are known already."""
    cores, items = _rows_of_bites(board)
    return Tabs.of(core=cores, item=items, source=["mouse bites"] * len(cores))


def _rows_of_bites(board: Board) -> tuple[list[object], list[int]]:
    holes = board.holes
    rows = np.flatnonzero(board.derived.mouse_bites())
    if len(rows) < 2:
        return [], []
    points = holes.core[rows]
    tree = shapely.STRtree(points)
    i, j = tree.query(points, predicate="dwithin", distance=9 * holes.radius[rows])
    alike = (i != j) & (np.abs(holes.radius[rows][i] - holes.radius[rows][j]) < 1e-3)
    i, j = i[alike], j[alike]
    d = shapely.distance(points[i], points[j])
    least = np.full(len(rows), np.inf)
    np.minimum.at(least, i, d)
    near = d <= _PITCH * np.maximum(least[i], least[j]) + 1e-6
    group = components(len(rows), i[near].astype(np.int32), j[near].astype(np.int32))
    cores: list[object] = []
    items: list[int] = []
    for name in np.unique(group).tolist():
        mine = np.flatnonzero(group == name)
        xy = shapely.get_coordinates(points[mine])
        for run in _straight_runs(xy):
            cores.append(shapely.LineString(xy[run[[0, -1]]]))
            items.append(int(holes.item[rows[mine[run[0]]]]))
    return cores, items


def _straight_runs(xy: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[Ints]:
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
