"""Areas and counts per tile of a board: lines across it in bits, a grid of cells, and windows that slide over the cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Floats, Ints, Objects
from .cover import Spans, along, places, spans

if TYPE_CHECKING:
    from .derived import Derived

LINES = 800
"""Lines along which a square board is measured."""
BITS = 200
"""Bits along the side of a square board."""
LONG = 6.0
"""Boards and groups of boards more than this many times as long as the side of the square of their area are measured along
fewer lines."""
LEAST = 0.5
"""A window counts if at least this share of it is board, or of the fullest window where the board is smaller than one."""
CELLS = 2500
"""Most cells of a grid: on larger boards the step is doubled until there are no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Parallel lines across a board, each cut into bits of one length."""

    step: float
    """mm between lines."""
    bit: float
    """mm: length of a bit."""
    line: int
    """Number of the first line."""
    first: int
    """Number of the first bit."""
    shape: tuple[int, int]
    """Lines, bits."""

    @classmethod
    def of(cls, outline: Any) -> Self:
        x0, y0, x1, y1 = outline.bounds
        # Small boards far apart have a small area in a large box: the box bounds how many lines and bits there are.
        size = max(float(np.sqrt(outline.area)), max(x1 - x0, y1 - y0) / LONG)
        step, bit = size / LINES, size / BITS
        line, at = along(np.array([(x0, y0), (x1, y0), (x0, y1), (x1, y1)]), step)
        low, high = np.floor([line.min(), at.min() / bit]), np.floor([line.max(), at.max() / bit])
        lines, bits = (high - low).astype(int) + 1
        return cls(step, bit, int(low[0]), int(low[1]), (int(lines), int(bits)))

    def fill(self, spans: Spans) -> NDArray[np.float32]:
        """mm of each bit that the spans cover: lines x bits."""
        lines, bits = self.shape
        start, end = spans.start / self.bit - self.first, spans.end / self.bit - self.first
        a, b = (np.clip(np.floor(v), 0, bits - 1).astype(np.int64) for v in (start, end))
        row = (spans.line - self.line) * (bits + 1)
        size = lines * (bits + 1)
        # A span takes all of the bits from its first on, less those from its last on, less and plus what it leaves of both.
        at = np.r_[row + a, row + b]
        out: Floats = np.asarray(np.bincount(at, np.repeat([1.0, -1.0], len(a)), size), np.float64)
        np.cumsum(out, out=out)
        out += np.bincount(at, np.r_[a - start, end - b], size)
        out *= self.bit
        return out.reshape(lines, bits + 1)[:, :bits].astype(np.float32)

    def centres(self, bits: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """x and y of the middle of bits, named by their index in the flattened result of `fill`."""
        line, bit = np.divmod(bits, self.shape[1])
        return places(line + self.line, (bit + self.first + 0.5) * self.bit, self.step)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Square cells over a board's bounding box, centred on it, and windows of `across` by `across` cells."""

    x: float
    y: float
    """Corner of the first cell."""
    step: float
    """mm: side of a cell."""
    columns: int
    rows: int
    across: int
    """Cells along the side of a window."""

    @classmethod
    def of(cls, outline: Any, tile: float, step: float) -> Self:
        """Cells of `step` mm for windows of `tile` mm; of a multiple of the step where there would be more than `CELLS`."""
        x0, y0, x1, y1 = outline.bounds
        while (np.ceil((x1 - x0) / step) * np.ceil((y1 - y0) / step)) > CELLS:
            step *= 2
        across = max(round(tile / step), 1)
        columns, rows = (max(int(np.ceil(size / step - 1e-6)), across) for size in (x1 - x0, y1 - y0))
        return cls((x0 + x1 - columns * step) / 2, (y0 + y1 - rows * step) / 2, step, columns, rows, across)

    @property
    def tile(self) -> float:
        """mm: side of a window."""
        return self.across * self.step

    def cell(self, x: Floats, y: Floats) -> Ints:
        """Number of the cell of each point, row by row; those outside get that of the nearest cell."""
        column = np.clip(np.floor((x - self.x) / self.step + 1e-9), 0, self.columns - 1)
        row = np.clip(np.floor((y - self.y) / self.step + 1e-9), 0, self.rows - 1)
        return np.asarray(row * self.columns + column, np.int32)

    def sums(self, cell: Ints, weight: Floats | None = None) -> Floats:
        """Weights (by default 1 each) of what lies in each cell: rows x columns."""
        return np.bincount(cell, weight, self.rows * self.columns).astype(np.float64).reshape(self.rows, self.columns)

    def areas(self, outline: Any) -> Floats:
        """mm2 of a polygon in each cell, exactly."""
        x, y = (at + self.step * np.arange(count + 1) for at, count in ((self.x, self.columns), (self.y, self.rows)))
        cells = shapely.box(x[None, :-1], y[:-1, None], x[None, 1:], y[1:, None])
        shapely.prepare(outline)
        out = np.where(shapely.contains_properly(outline, cells), self.step**2, 0.0)
        edge = shapely.intersects(outline, cells) & (out == 0)
        out[edge] = [shapely.clip_by_rect(outline, *cell).area for cell in shapely.bounds(cells[edge]).tolist()]
        return out

    def highest(self, bounds: Floats, value: Floats) -> Floats:
        """Largest value of the boxes (N x 4) that meet each cell: rows x columns, NaN where none does. NaN is left out."""
        out = np.full(self.rows * self.columns, -np.inf)
        known = ~np.isnan(value) & ~np.isnan(bounds[:, 0])
        bounds, value = bounds[known], value[known]
        column, row = (
            np.clip(np.floor((bounds[:, k::2] - at) / self.step), 0, count - 1).astype(np.int64)
            for k, at, count in ((0, self.x, self.columns), (1, self.y, self.rows))
        )
        wide, high = column[:, 1] - column[:, 0] + 1, row[:, 1] - row[:, 0] + 1
        of = np.repeat(np.arange(len(value)), wide * high)
        nth = np.arange(len(of)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
        np.maximum.at(out, (row[of, 0] + nth // wide[of]) * self.columns + column[of, 0] + nth % wide[of], value[of])
        return np.where(np.isinf(out), np.nan, out).reshape(self.rows, self.columns)

    def windows(self, cells: Floats) -> Floats:
        """Sum over each window of values per cell (... x rows x columns), which slides by a cell."""
        n, pad = self.across, [(0, 0)] * (cells.ndim - 2) + [(1, 0), (1, 0)]
        total = np.pad(cells, pad).cumsum(-1).cumsum(-2)
        return np.asarray(total[..., n:, n:] - total[..., :-n, n:] - total[..., n:, :-n] + total[..., :-n, :-n], np.float64)

    def peaks(self, cells: Floats) -> Floats:
        """Largest value in each window, NaN where it holds none."""
        slid = np.lib.stride_tricks.sliding_window_view(np.nan_to_num(cells, nan=-np.inf), (self.across, self.across))
        peak = slid.max(axis=(-1, -2))
        return np.where(np.isinf(peak), np.nan, peak)

    def middle(self, row: Any, column: Any) -> tuple[Any, Any]:
        """x and y of the middle of windows."""
        return self.x + column * self.step + self.tile / 2, self.y + row * self.step + self.tile / 2

    def box(self, row: int, column: int) -> Any:
        x, y = self.middle(row, column)
        return shapely.box(x - self.tile / 2, y - self.tile / 2, x + self.tile / 2, y + self.tile / 2)


def hottest(value: Floats, across: int, count: int) -> list[tuple[int, int]]:
    """Windows (row, column) of the largest values, worst first, none overlapping a worse one; NaN is left out."""
    left = np.where(np.isnan(value), -np.inf, value)
    found: list[tuple[int, int]] = []
    while len(found) < count and left.size and np.isfinite(peak := left.max()):
        row, column = np.argwhere(left == peak)[0].tolist()
        found.append((row, column))
        left[max(row - across + 1, 0) : row + across, max(column - across + 1, 0) : column + across] = -np.inf
    return found


class Tiles:
    """How much board and copper lies in each cell of a grid over a board. Needs a closed outline."""

    def __init__(self, derived: Derived, tile: float, step: float) -> None:
        board, lattice = derived.board, derived.lattice()
        self.derived, self.grid = derived, Grid.of(board.outline, tile, step)
        inside = lattice.fill(spans(shapely.get_parts(board.outline), board.outline, lattice.step)).ravel()
        self._bits = np.flatnonzero(inside)
        self._cell = self.grid.cell(*lattice.centres(self._bits))
        self._inside = self.cells(inside)
        self.area = self.grid.areas(board.outline)
        """mm2 of board in each cell: rows x columns."""

    def cells(self, bits: NDArray[np.float32]) -> Floats:
        """mm2 of what fills bits of the lattice, in each cell."""
        return self.grid.sums(self._cell, bits.ravel()[self._bits].astype(np.float64)) * self.derived.lattice().step

    def of_shapes(self, polygons: Objects) -> Floats:
        """mm2 of board that polygons cover together, in each cell."""
        lattice = self.derived.lattice()
        return self.cells(lattice.fill(spans(polygons, self.derived.board.outline, lattice.step)))

    @cached_property
    def copper(self) -> Floats:
        """mm2 of copper in each cell, layers from top to bottom: layers x rows x columns."""
        layers = self.derived.board.copper_layers.tolist()
        return np.array([self.cells(self.derived.copper_bits(layer)) for layer in layers])

    @cached_property
    def whole(self) -> Floats:
        """mm2 of board in each window."""
        return self.grid.windows(self.area)

    def share(self, cells: Floats) -> Floats:
        """% of the board in each window that areas per cell make up; NaN for windows of which less than half is board."""
        least = self.grid.tile**2 * LEAST
        with np.errstate(invalid="ignore", divide="ignore"):
            out = self.grid.windows(cells) / self.grid.windows(self._inside) * 100
        return np.where(self.whole >= min(least, self.whole.max() * LEAST), np.clip(out, 0.0, 100.0), np.nan)
