"""Holes of two revisions of a board, one by one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from ..board import Board, Floats, Ints, Objects
from ..names import Names
from ._files import Row
from ._probes import under
from ._revision import NEAR, Revisions, named

_DIAMETER = 0.006
"""mm: drill files round diameters to 0.001 mm or 0.0001 inch."""
_MOVED = 1.0
"""mm: a hole that is gone and a like one no farther away are one hole that was moved."""


class _Drilled(NamedTuple):
    """Different holes of a board: two drilled alike at one place are one."""

    row: Ints
    """In `Board.holes`."""
    ends: Floats
    """N x 4: both ends of a slot's axis, the lower first; of a round hole its middle twice."""
    width: Floats

    def text(self, i: int) -> str:
        length = float(np.hypot(*(self.ends[i, 2:] - self.ends[i, :2])))
        return (
            f"slot of {length + self.width[i]:.3f} x {self.width[i]:.3f} mm"
            if length > NEAR
            else f"hole of {self.width[i]:.3f} mm"
        )


def compare_holes(two: Revisions) -> tuple[list[Row], int]:
    """Rows for holes that only one of the boards has, or that differ in size or plating; and how many were compared."""
    native, made = two.native, two.made
    if not two.package.of("drill"):
        count = len(_holes(native.holes.core, native.holes.radius, 0.0, 0.0).row)
        text = f"no drill file, though {two.board_name} has {count} hole{'s' * (count > 1)}"
        return [Row(text, cause="*no drill")] if count else [], count
    a, b = _holes(native.holes.core, native.holes.radius, 0.0, 0.0), _holes(made.holes.core, made.holes.radius, *two.shift)
    source = _sources(two)
    names_a, names_b = Names(native), Names(made)

    def who(names: Names, board: Board, i: int) -> str:
        return named(names, int(board.holes.item[i]))

    def row(i: int, drill: _Drilled, text: str, cause: str, file: int = -1, value: float = np.nan) -> Row:
        x, y = (drill.ends[i, :2] + drill.ends[i, 2:]) / 2
        return Row(text + two.said, file=file, cause=f"*{cause}", value=value, x=float(x), y=float(y))

    i, j = _partners(a, b)
    left_a, left_b = np.setdiff1d(np.arange(len(a.row)), i), np.setdiff1d(np.arange(len(b.row)), j)
    rows = []
    moved_a, moved_b = _moved(a, left_a, b, left_b)
    board = two.board_name
    for m, n in zip(moved_a.tolist(), moved_b.tolist()):
        off = float(np.hypot(*(b.ends[n] - a.ends[m])[:2]))
        text = f"the {a.text(m)} of {who(names_a, native, a.row[m])} stands {off:.3f} mm from where {board} has it"
        rows.append(row(m, a, text, "moved", int(source[b.row[n]]), off))
    for m in np.setdiff1d(left_a, moved_a).tolist():
        text = f"{board} has a {a.text(m)} of {who(names_a, native, a.row[m])}, which no drill file of the package has"
        rows.append(row(m, a, text, "missing"))
    new = np.setdiff1d(left_b, moved_b)
    below = under(native, (b.ends[new, :2] + b.ends[new, 2:]) / 2, np.zeros(len(new), np.int32))
    for n, feature in zip(new.tolist(), below.tolist()):
        what = f"in {named(names_a, int(native.features.item[feature]))}" if feature >= 0 else f"({who(names_b, made, b.row[n])})"
        rows.append(row(n, b, f"a {b.text(n)} {what} that {board} does not have", "extra", int(source[b.row[n]])))
    wider = np.abs(a.width[i] - b.width[j]) > _DIAMETER
    for m, n in zip(i[wider].tolist(), j[wider].tolist()):
        text = f"a {b.text(n)} where {board} has a {a.text(m)} of {who(names_a, native, a.row[m])}"
        rows.append(row(m, a, text, "diameter", int(source[b.row[n]]), float(abs(a.width[m] - b.width[n]))))
    if "plating" in made.facts:
        other = native.holes.plated[a.row[i]] != made.holes.plated[b.row[j]]
        for m, n in zip(i[other].tolist(), j[other].tolist()):
            words = ("plated", "not plated") if made.holes.plated[b.row[n]] else ("not plated", "plated")
            text = f"the {b.text(n)} of {who(names_a, native, a.row[m])} is {words[0]} here and {words[1]} in {board}"
            rows.append(row(m, a, text, "plating", int(source[b.row[n]])))
    if len(native.copper_layers) == len(made.copper_layers):
        ends_a, ends_b = _ends(native)[a.row[i]], _ends(made)[b.row[j]]
        other = (ends_a != ends_b).any(axis=1)
        for m, n in zip(i[other].tolist(), j[other].tolist()):
            joins = f"joins {_span(made, b.row[n])} here and {_span(native, a.row[m])} in {board}"
            text = f"the {b.text(n)} of {who(names_a, native, a.row[m])} {joins}"
            rows.append(row(m, a, text, "span", int(source[b.row[n]])))
    return rows, max(len(a.row), len(b.row))


def _sources(two: Revisions) -> Ints:
    """Per hole of the package the file that drills it, -1 where that is not clear."""
    out = np.full(len(two.made.holes), -1, np.int32)
    at = shapely.centroid(two.made.holes.core)
    for entry in two.package.of("drill")[::-1]:
        if entry.drill is not None and len(entry.drill.hits) and len(at):
            i, _ = shapely.STRtree(shapely.centroid(entry.drill.hits.core)).query(at, predicate="dwithin", distance=NEAR)
            out[i] = entry.source
    return out


def _ends(board: Board) -> Ints:
    return np.stack([board.holes.first, board.holes.last], axis=1)


def _span(board: Board, hole: int) -> str:
    names = board.layers.name[board.copper_layers]
    return f"{names[board.holes.first[hole]]} to {names[board.holes.last[hole]]}"


def _holes(core: Objects, radius: Floats, x: float, y: float) -> _Drilled:
    """One a place and size; holes too small to be any are left out."""
    ends = np.empty((len(core), 4))
    for k, at in enumerate((0, -1)):
        line = shapely.get_type_id(core) == 1
        point = np.where(line, shapely.get_point(core, at), core)
        ends[:, 2 * k], ends[:, 2 * k + 1] = shapely.get_x(point) + x, shapely.get_y(point) + y
    swap = (ends[:, 0] > ends[:, 2] + 1e-4) | ((np.abs(ends[:, 0] - ends[:, 2]) <= 1e-4) & (ends[:, 1] > ends[:, 3]))
    ends[swap] = ends[swap][:, [2, 3, 0, 1]]
    width = 2 * radius
    real = np.flatnonzero(width > 1e-3)
    _, first = np.unique(np.round(np.c_[ends[real], width[real]] / NEAR), axis=0, return_index=True)
    rows = real[np.sort(first)]
    return _Drilled(rows.astype(np.int32), ends[rows], width[rows])


def _partners(a: _Drilled, b: _Drilled) -> tuple[Ints, Ints]:
    """Holes at one place, each once: pairs that are alike in width first."""
    i, j = shapely.STRtree(_points(b.ends)).query(_points(a.ends), predicate="dwithin", distance=NEAR)
    same = np.abs(a.ends[i] - b.ends[j]).max(axis=1) <= NEAR if len(i) else np.zeros(0, np.bool_)
    i, j = i[same], j[same]
    order = np.argsort(np.abs(a.width[i] - b.width[j]), kind="stable")
    return _once(i[order], j[order])


def _moved(a: _Drilled, left_a: Ints, b: _Drilled, left_b: Ints) -> tuple[Ints, Ints]:
    """Pairs of holes without a partner that are alike and near: the nearest first."""
    i, j = shapely.STRtree(_points(b.ends[left_b])).query(_points(a.ends[left_a]), predicate="dwithin", distance=_MOVED)
    i, j = left_a[i], left_b[j]
    along = (a.ends[i] - b.ends[j]).reshape(-1, 2, 2)
    alike = (np.abs(a.width[i] - b.width[j]) <= _DIAMETER) & (np.abs(along[:, 0] - along[:, 1]).max(axis=1, initial=0) <= NEAR)
    i, j, far = i[alike], j[alike], np.hypot(*along[alike, 0].T)
    order = np.argsort(far, kind="stable")
    return _once(i[order], j[order])


def _once(i: Ints, j: Ints) -> tuple[Ints, Ints]:
    """The pairs in order, less those of which one is taken."""
    seen_i, seen_j, kept = set[int](), set[int](), []
    for k, (m, n) in enumerate(zip(i.tolist(), j.tolist())):
        if m not in seen_i and n not in seen_j:
            seen_i.add(m)
            seen_j.add(n)
            kept.append(k)
    return i[kept].astype(np.int32), j[kept].astype(np.int32)


def _points(ends: Floats) -> Objects:
    return np.asarray(shapely.points((ends[:, :2] + ends[:, 2:]) / 2))
