"""Drill files for tests: holes as plain numbers, writers of every number format, and what a board's holes should read as."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from dfmcheck.board import Board, Cover
from dfmcheck.package import Drill, NumberFormat
from dfmcheck.read.excellon import read_excellon


class Hole(NamedTuple):
    """A hole or straight slot: its ends in a fixed order, diameter, plating, span."""

    x: float
    y: float
    x2: float
    y2: float
    diameter: float
    plated: bool
    span: tuple[int, int] | None


def read(text: str | bytes, path: str = "test.drl", **options: object) -> Drill:
    return read_excellon(text.encode() if isinstance(text, str) else text, path, **options)  # type: ignore[arg-type]


def spots(drill: Drill) -> list[tuple[float, ...]]:
    """Rounded coordinates of each hit in the order of the file: two of a hole, four and more of a slot."""
    return [tuple(float(v) for v in shapely.get_coordinates(c).round(4).ravel()) for c in drill.hits.core]


def whats(drill: Drill) -> list[str]:
    return [f.what for f in drill.faults]


def of_drills(drills: Iterable[Drill]) -> list[Hole]:
    rows = ((d, *row) for d in drills for row in zip(d.hits.core, d.hits.radius, d.hits.plated))
    return [_hole(core, 2 * radius, bool(plated == Cover.YES), d.span) for d, core, radius, plated in rows]


def of_board(board: Board) -> list[Hole]:
    h = board.holes
    rows = zip(h.core, h.radius, h.plated, h.first, h.last)
    return [_hole(core, 2 * radius, bool(plated), (int(a) + 1, int(b) + 1)) for core, radius, plated, a, b in rows]


def _hole(core: shapely.Geometry, diameter: float, plated: bool, span: tuple[int, int] | None) -> Hole:
    ends = shapely.get_coordinates(core)[[0, -1]].ravel().tolist()
    return Hole(*ends, float(diameter), plated, span)


def differ(found: Sequence[Hole], true: Sequence[Hole]) -> float:
    """The largest difference in mm of places and diameters; infinite where the holes are not the same ones, each once."""
    if Counter(h[5:] for h in found) != Counter(h[5:] for h in true):
        return float("inf")
    a, b = np.array([h[:5] for h in found]), np.array([h[:5] for h in true])
    other_way = b[:, [2, 3, 0, 1, 4]]
    apart = np.minimum(*(np.abs(a[:, None] - c[None]).max(axis=2) for c in (b, other_way)))
    apart[np.array([[h[5:] != k[5:] for k in true] for h in found])] = np.inf
    nearest = apart.argmin(axis=1)
    return float(apart.min(axis=1).max()) if len(set(nearest.tolist())) == len(true) else float("inf")


def written(value: float, form: NumberFormat) -> str:
    """A coordinate in mm as a drill file has it."""
    length = value / (25.4 if form.unit == "in" else 1.0)
    sign = "-" if length < 0 else ""
    if form.zeros == "decimal":
        return f"{sign}{abs(length):.{form.decimals}f}"
    digits = f"{round(abs(length) * 10**form.decimals):0{form.integers + form.decimals}d}"
    if form.zeros == "trailing":
        digits = digits.lstrip("0") or "0"
    elif form.zeros == "leading":
        digits = digits.rstrip("0") or "0"
    return sign + digits
