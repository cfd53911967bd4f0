"""Holes and slots as they are collected from a drill file: runs of hits in bulk, slots one by one."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, NamedTuple, NoReturn

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Cover, Floats, Objects
from ..errors import DfmError
from ..package import NumberFormat

MOST = 1_000_000
"""Holes that one file may make, and points that its slots may have; more is taken for a bomb."""
FAR = 20_000.0
"""mm; coordinates beyond are no board's."""

Offsets = NDArray[np.int64]
Points = list[tuple[float, float]]


class Piece(NamedTuple):
    """Hits in a row by one tool (mm, y up), or one slot by its points."""

    x: Floats
    y: Floats
    tool: int
    """Row in the toolbox."""
    plated: Cover
    """By a word in the body, which wins over the tool's."""
    offset: Offsets
    path: tuple[tuple[float, float], ...] = ()
    diameter: float = nan
    """Of a canned circle: the hole's own."""


class Pieces:
    """All pieces of a file, bounded."""

    def __init__(self, data: bytes, path: str) -> None:
        self.rows: list[Piece] = []
        self._data, self._path, self._size = data, path, 0

    def add(self, piece: Piece) -> None:
        self.room(len(piece.x) + len(piece.path), int(piece.offset[0]))
        self._size += len(piece.x) + len(piece.path)
        self.rows.append(piece)

    def room(self, more: int, at: int) -> None:
        """Raise `DfmError` if the file asks for too much."""
        if self._size + more > MOST or len(self.rows) > MOST / 4:
            self._refuse(at)

    def _refuse(self, at: int) -> NoReturn:
        line = self._data.count(b"\n", 0, at) + 1
        raise DfmError(f"asks for more than {MOST} holes or points; is it damaged?", path=self._path, line=line)

    def copy(self, rows: slice, dx: float, dy: float, at: int) -> None:
        """The pieces `rows` once more, moved."""
        for p in self.rows[rows]:
            path = tuple((x + dx, y + dy) for x, y in p.path)
            self.add(p._replace(x=p.x + dx, y=p.y + dy, path=path, offset=np.full(len(p.x), at, np.int64)))

    def cores(self) -> Objects:
        """A Point per hit, a LineString per slot, y down."""
        core: Objects = shapely.points(np.concatenate([p.x for p in self.rows]), 0.0 - np.concatenate([p.y for p in self.rows]))
        first = np.cumsum([0, *(len(p.x) for p in self.rows)])
        slots = [(i, path) for i, p in enumerate(self.rows) if p.path and len(path := straight(p.path)) > 1]
        if slots:
            points = np.concatenate([np.array(path) for _, path in slots]) * (1.0, -1.0) + 0.0
            which = np.repeat(np.arange(len(slots)), [len(path) for _, path in slots])
            core[first[[i for i, _ in slots]]] = shapely.linestrings(points, indices=which)
        return core


def straight(path: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """A path to and fro on one line as its two far ends, one without length as a single point, others as they are."""
    if len(path) < 3:
        return path if path[0] != path[-1] else path[:1]
    points = np.array(path)
    far = points[np.argmax(np.hypot(*(points - points[0]).T))]
    step = far - points[0]
    length = float(np.hypot(*step))
    if not length:
        return path[:1]
    along = (points - points[0]) @ step / length
    if (np.abs((points - points[0]) @ (-step[1], step[0])) > 1e-6 * length).any():
        return path
    return [path[int(np.argmin(along))], path[int(np.argmax(along))]]


def lengths(tokens: list[bytes], form: NumberFormat) -> tuple[Floats, NDArray[np.bool_]]:
    """Numbers of one axis in the unit of the format, and which were written at all (0 where not)."""
    text = np.array([t or b"0" for t in tokens])
    given = np.fromiter((bool(t) for t in tokens), bool, len(tokens))
    number: Floats = text.astype(np.float64)
    if form.zeros != "decimal":
        places: Any = form.decimals
        if form.zeros == "leading":
            places = np.char.str_len(np.char.lstrip(text, b"+-")) - form.integers
        number = number / np.where(np.char.find(text, b".") >= 0, 1.0, 10.0 ** np.asarray(places, np.float64))
    return number, given
