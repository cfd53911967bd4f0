"""Straight lines of drawings: what is drawn piece by piece along one line becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Board, Floats, Ints, Kind, Objects

_ANGLE = 2e-3
"""Radians by which pieces of one line may turn."""
_ASIDE = 0.02
"""mm by which pieces of one line may lie beside each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    core: Objects
    """LineString of two points."""
    item: Ints
    """The item that draws the longest piece."""

    def __len__(self) -> int:
        return len(self.item)

    def take(self, rows: Any) -> Lines:
        return Lines(self.core[rows], self.item[rows])

    def ends(self) -> Objects:
        """N x 2 points."""
        return np.asarray(shapely.points(shapely.get_coordinates(self.core).reshape(-1, 2, 2)))

    @classmethod
    def join(cls, parts: Sequence[Lines]) -> Self:
        core, item = np.empty(0, object), np.empty(0, np.int32)
        return cls(np.concatenate([core, *(p.core for p in parts)]), np.concatenate([item, *(p.item for p in parts)]))

    @classmethod
    def merged(cls, cores: Objects, items: Ints, *, gap: float) -> Self:
        """The straight pieces of lines and rings (LineString, LinearRing, Polygon); pieces along one line that are no farther
        than `gap` mm apart become one, so that a dashed line is a line."""
        a, b, item = _segments(cores, items)
        size = np.hypot(*(b - a).T)
        if not len(a):
            return cls.join([])
        way = (b - a) / size[:, None]
        way[(way[:, 0] < -1e-9) | ((abs(way[:, 0]) <= 1e-9) & (way[:, 1] < 0))] *= -1
        angle = np.arctan2(way[:, 1], way[:, 0])
        middle = (a + b) / 2
        middle = middle - middle.mean(0)
        turned = _groups(angle, np.zeros(len(a), np.int64), _ANGLE)
        aside = way[:, 0] * middle[:, 1] - way[:, 1] * middle[:, 0]
        line = _groups(aside, turned, _ASIDE)
        along = (a * way).sum(1), (b * way).sum(1)
        low, high = np.minimum(*along), np.maximum(*along)
        order = np.lexsort((low, line))
        line, low, high = line[order], low[order], high[order]
        first = np.r_[True, line[1:] != line[:-1]]
        # The end of all pieces before on the line: a running maximum that starts anew with each line.
        base = np.cumsum(first) * (np.ptp(np.r_[low, high]) + 1.0 + gap)
        reach = np.maximum.accumulate(high + base) - base
        new = first | np.r_[True, low[1:] > reach[:-1] + gap]
        run = np.cumsum(new) - 1
        start = np.flatnonzero(new)
        end = np.maximum.reduceat(high, start)
        longest = np.lexsort((-size[order], run))[start]
        w, p, t = way[order][longest], a[order][longest], (a * way).sum(1)[order][longest]
        ends = np.stack([p + (low[start] - t)[:, None] * w, p + (end - t)[:, None] * w], axis=1)
        return cls(shapely.linestrings(ends), item[order][longest])


def straight(board: Board, layers: Sequence[int], *, gap: float) -> Lines:
    """The straight lines on some layers, texts left out, see `Lines.merged`; lines of different layers stay apart."""
    f = board.features
    parts = []
    for layer in layers:
        rows = np.flatnonzero((f.layer == layer) & np.isin(f.kind, (Kind.GRAPHIC, Kind.EDGE)))
        if len(rows):
            parts.append(Lines.merged(f.core[rows], f.item[rows], gap=gap))
    return Lines.join(parts)


def _segments(cores: Objects, items: Ints) -> tuple[Floats, Floats, Ints]:
    """Ends of all segments with a length, and their items. Chords of curves are dropped: they are short and turn."""
    kind = shapely.get_type_id(cores)
    lines = np.where(kind == 3, shapely.get_exterior_ring(cores), cores)
    keep = np.isin(kind, (1, 2, 3)) & (shapely.length(lines) > 0)
    xy, owner = shapely.get_coordinates(lines[keep], return_index=True)
    one = owner[1:] == owner[:-1] if len(owner) else np.empty(0, np.bool_)
    a, b, item = xy[:-1][one], xy[1:][one], items[keep][owner[:-1][one]] if len(owner) else items[:0]
    count = np.bincount(owner, minlength=keep.sum())[owner[:-1][one]] if len(owner) else np.empty(0, np.int64)
    size = np.hypot(*(b - a).T)
    good = (size > 1e-6) & ((size >= 1.0) | (count == 2))
    return a[good], b[good], np.asarray(item[good], np.int32)


def _groups(value: Floats, within: NDArray[np.integer], tolerance: float) -> Ints:
    """Number the groups of values that follow each other by no more than `tolerance` within a group of `within`."""
    order = np.lexsort((value, within))
    new = (np.diff(within[order]) != 0) | (np.diff(value[order]) > tolerance)
    out = np.empty(len(value), np.int32)
    out[order] = np.r_[0, np.cumsum(new)]
    return out
