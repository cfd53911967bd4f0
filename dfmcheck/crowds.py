"""The most crowded tiles of a board, the parts in them, and where there is room for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .board import Floats, Ints
from .density import Density

ALONE = 0.5
"""A tile of which one part has more than this share of the joints or of the room is that part, not a crowd."""
TRIED = 300
"""Tiles of single parts that are passed over before the search for crowds ends."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A crowded tile. `row` and `column` are its window's in the grid."""

    row: int
    column: int
    x: float
    y: float
    """Its middle."""
    parts: tuple[int, ...]
    """Rows of the components that have a share of what was counted, the largest first."""
    cold: tuple[float, float] | None
    """Middle of the nearest tile of the side that could take them."""


def crowds(density: Density, side: int, *, joints: bool, hot: float, room: float, count: int = 3) -> list[Crowd]:
    """The tiles of a side with the largest share of courtyards in %, or (`joints`) the most joints per cm2; worst first.

    None overlaps a worse one. Those above `hot` that are one part are left out. A cold tile is all board, apart from the
    crowd, and courtyards cover no more than half of `room` % of it.
    """
    grid = density.tiles.grid
    value = density.joint_share[side] if joints else density.shares(side)
    left = np.where(np.isnan(value), -np.inf, value)
    found: list[Crowd] = []
    tried = 0
    while len(found) < count and tried < TRIED and (peak := left.max(initial=-np.inf)) > 0:
        # Of equal ones the one that is nearest to the middle, so that it does not depend on where the board lies.
        rows, columns = np.nonzero(left >= peak * (1 - 1e-9))
        near = np.argmin((rows - (left.shape[0] - 1) / 2) ** 2 + (columns - (left.shape[1] - 1) / 2) ** 2)
        row, column = int(rows[near]), int(columns[near])
        parts, share = _members(density, side, row, column, joints=joints)
        if value[row, column] > hot and (len(parts) < 2 or share[0] > ALONE):
            left[row, column] = -np.inf
            tried += 1
            continue
        x, y = grid.middle(row, column)
        found.append(Crowd(row, column, float(x), float(y), tuple(parts.tolist()), _cold(density, side, row, column, room)))
        n = grid.across
        left[max(row - n + 1, 0) : row + n, max(column - n + 1, 0) : column + n] = -np.inf
    return found


def _members(density: Density, side: int, row: int, column: int, *, joints: bool) -> tuple[Ints, Floats]:
    """The components in a tile, and which share of its joints, or of its board, each of them has; the largest first."""
    board, box = density.board, density.tiles.grid.box(row, column)
    if joints:
        table, grid = board.derived.joints(), density.tiles.grid
        across, down = grid.cell(table.x, table.y) % grid.columns, grid.cell(table.x, table.y) // grid.columns
        inside = (table.side == side) & (across >= column) & (across < column + grid.across)
        inside &= (down >= row) & (down < row + grid.across)
        part, number = np.unique(table.component[inside], return_counts=True)
        share = number / max(number.sum(), 1)
    else:
        part, court, bounds = density.courts[side]
        x0, y0, x1, y1 = box.bounds
        meets = np.flatnonzero((bounds[:, 0] < x1) & (bounds[:, 2] > x0) & (bounds[:, 1] < y1) & (bounds[:, 3] > y0))
        size = shapely.area(shapely.clip_by_rect(court[meets], x0, y0, x1, y1))
        part, share = part[meets[size > 0]], size[size > 0] / density.tiles.whole[row, column]
    order = np.lexsort((part, -share))
    order = order[part[order] >= 0]
    return part[order].astype(np.int32), share[order]


def _cold(density: Density, side: int, row: int, column: int, room: float) -> tuple[float, float] | None:
    grid, tiles = density.tiles.grid, density.tiles
    down, across = np.indices(tiles.whole.shape)
    cold = (tiles.whole >= 0.98 * grid.tile**2) & (np.nan_to_num(density.shares(side), nan=100.0) <= room / 2)
    cold &= np.maximum(np.abs(down - row), np.abs(across - column)) >= grid.across
    if not cold.any():
        return None
    far = np.where(cold, (down - row) ** 2 + (across - column) ** 2, np.inf)
    at = np.argwhere(far == far.min())[0]
    x, y = grid.middle(int(at[0]), int(at[1]))
    return float(x), float(y)
