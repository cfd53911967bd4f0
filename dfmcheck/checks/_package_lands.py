"""A part's lands along its own axes, and whether they are those of a package with so many pins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..board import Board, Bools, Floats, Ints, PadType
from ._package_names import Promise

_ALIKE = 0.05
"""mm by which the sizes of alike lands differ, and the places of those in one row."""
_GRID = 0.01
"""mm: parts of one name whose lands differ by more are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Lands:
    """Lands of a part, one row each: centres, sizes along the part's axes, numbers ('' where the input has none)."""

    x: Floats
    y: Floats
    width: Floats
    height: Floats
    number: tuple[str, ...]

    def outer(self) -> tuple[float, float]:
        """Outer size in mm."""
        w, h = self.width / 2, self.height / 2
        return float((self.x + w).max() - (self.x - w).min()), float((self.y + h).max() - (self.y - h).min())

    def pins(self, hot: Bools) -> Lands:
        """One land a number with a digit, those of exposed pads (`hot`) left out; all lands where none is numbered."""
        if not any(self.number):
            return self
        exposed = {n for n, yes in zip(self.number, hot.tolist()) if yes}
        first = {n: k for k, n in reversed(list(enumerate(self.number))) if n not in exposed and any(ch.isdigit() for ch in n)}
        keep = sorted(first.values())
        number = tuple(self.number[k] for k in keep)
        return Lands(self.x[keep], self.y[keep], self.width[keep], self.height[keep], number)

    def counted(self) -> bool:
        """Whether the numbers are 1 to that of the lands: none is left out."""
        return {n for n in self.number if n.isdecimal()} == {str(k + 1) for k in range(len(self.number))}

    def alike(self) -> bool:
        """Whether all have one size, either way round: none is a tab, or several pins in one."""
        long, short = np.maximum(self.width, self.height), np.minimum(self.width, self.height)
        return bool(len(self.x) and np.ptp(long) <= _ALIKE and np.ptp(short) <= _ALIKE)

    def even(self, pitch: float, named: float) -> bool:
        """Whether nine of ten lands are this pitch from the next one, and it is no multiple of the named one (pins left out)."""
        apart = self._apart()
        steady = np.mean(np.abs(apart.min(axis=1) - pitch) < _GRID) >= 0.9
        multiple = pitch > 1.5 * named and abs(pitch / named - round(pitch / named)) * named < _GRID
        return bool(steady) and not multiple

    def _apart(self) -> Floats:
        apart = np.hypot(self.x[:, None] - self.x, self.y[:, None] - self.y)
        np.fill_diagonal(apart, np.inf)
        return np.asarray(apart)

    def _along(self) -> float:
        """Length in mm of the longest row, from middle to middle."""
        x, y = (len(np.unique(np.round(v / _ALIKE))) for v in (self.x, self.y))
        if x == y:
            return float(max(np.ptp(self.x), np.ptp(self.y)))
        return float(np.ptp(self.x if x > y else self.y))

    def _sides(self, pitch: float) -> list[int]:
        """Numbers of lands in the rows without gaps, ascending."""
        near = self._apart() <= pitch + _ALIKE
        left, out = set(range(len(self.x))), []
        while left:
            row, todo = set(), {left.pop()}
            while todo:
                k = todo.pop()
                row.add(k)
                todo |= set(np.flatnonzero(near[k]).tolist()) - row
            left -= row
            out.append(len(row))
        return sorted(out)

    def too_few(self, said: Promise, pitch: float, places: int) -> bool:
        """Whether these are all the lands of a package with fewer pins, rather than one of which some are left out.

        `places` are the lands beside exposed pads, `pitch` is their own in mm (NaN unknown). Lands of one size, numbered
        without a gap, in rows that are too short for the pins; or in four rows without gaps, opposite ones equal.
        """
        if not (len(self.x) > 1 and max(places, len(self.x)) < said.pins and self.counted() and self.alike()):
            return False
        pitch = said.pitch or pitch
        if not np.isfinite(pitch):
            return False
        if said.rows == 4:
            sides = self._sides(pitch)
            return len(sides) == 4 and sides[0] == sides[1] and sides[2] == sides[3]
        return said.rows > 0 and self._along() < (-(-said.pins // said.rows) - 1.5) * pitch


def lands_of(board: Board, row: int) -> tuple[Lands, Ints]:
    """Lands of one part with a number, all its pads with copper where the input numbers none; and their rows in `Board.pads`."""
    pads = board.pads
    own = np.flatnonzero((pads.component == row) & (pads.type != PadType.NPTH)).astype(np.int32)
    numbered = own[pads.number[own] != ""]
    own = numbered if len(numbered) else own
    x, y, width, height = _turned(board, own)
    return Lands(x, y, width, height, tuple(map(str, pads.number[own]))), own


def patterns(board: Board) -> NDArray[np.int64]:
    """A number for each component, int64 [N]: components with the same one have the same lands, to 0.01 mm."""
    pads = board.pads
    own = np.flatnonzero((pads.component >= 0) & (pads.type != PadType.NPTH)).astype(np.int32)
    part = pads.component[own]
    _, number = np.unique(pads.number[own].astype(str), return_inverse=True)
    at = np.stack([*_turned(board, own), number * _GRID])
    prime = np.array([73856093, 19349663, 83492791, 49979687, 86028121], np.int64)
    code = (np.round(at / _GRID + 0.25).astype(np.int64) * prime[:, None]).sum(axis=0)
    code = (code ^ (code >> 15)) * np.int64(2654435761)
    out = np.zeros(len(board.components), np.int64)
    np.add.at(out, part, code ^ (code >> 13))
    return out


def _turned(board: Board, own: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Places of pads from the origins of their parts and sizes, along the axes of the parts."""
    pads, c = board.pads, board.components
    part = pads.component[own]
    angle = c.angle[part]
    turn, rest = np.deg2rad(angle), np.deg2rad(pads.angle[own] - angle)
    dx, dy = pads.x[own] - c.x[part], pads.y[own] - c.y[part]
    cos, sin = np.abs(np.cos(rest)), np.abs(np.sin(rest))
    return (
        np.asarray(dx * np.cos(turn) - dy * np.sin(turn)), np.asarray(dx * np.sin(turn) + dy * np.cos(turn)),
        np.asarray(pads.width[own] * cos + pads.height[own] * sin), np.asarray(pads.width[own] * sin + pads.height[own] * cos),
    )  # fmt: skip
