"""How densely a board is populated: parts, joints and areas of each side, and what lies in each cell of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .board import Board, Bools, Floats, Ints, Objects
from .joints import UNJOINED

if TYPE_CHECKING:
    from .derived import Derived
    from .tiles import Tiles

SIDES = ("top", "bottom")
IN2 = 645.16
"""mm2 in a square inch."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a board. Areas in mm2."""

    parts: int
    """Fitted parts that stand on it; mechanical ones are left out, as nobody solders them."""
    joints: int
    """Joints of these parts, wherever their solder is."""
    usable: float
    """Board less cut-outs and areas in which no footprint may stand."""
    bodies: float
    """Sum of the parts' bodies."""

    @property
    def per_cm2(self) -> float:
        return 100 * self.parts / self.usable

    @property
    def coverage(self) -> float:
        """Bodies in % of the usable area."""
        return 100 * self.bodies / self.usable


def placed(board: Board) -> Bools:
    """Mask over `Board.components`: parts that are fitted and soldered."""
    parts = board.derived.parts()
    return np.asarray(parts.fitted & ~np.isin(parts.family, list(UNJOINED)), np.bool_)


def usable(board: Board, side: int) -> Any:
    """The board's area on one side (0 top, 1 bottom), less the areas in which no footprint may stand."""
    layers, zones = board.copper_layers, board.zones
    outer = layers[0 if side == 0 else -1] if len(layers) else -1
    shut = [z for z in np.flatnonzero(zones.rule_area) if "footprints" in zones.keepout[z] and outer in zones.layers[z]]
    return shapely.difference(board.outline, shapely.union_all(zones.outline[shut])) if shut else board.outline


def area(board: Board) -> float:
    """mm2 of the board on which parts may stand on at least one side."""
    top, bottom = usable(board, 0), usable(board, 1)
    return float(top.area if top is bottom else shapely.union(top, bottom).area)


def sides(board: Board) -> tuple[Side, Side]:
    """Both sides in numbers."""
    here, parts, joints = placed(board), board.derived.parts(), board.derived.joints()
    of = np.append(board.components.side, -1)[joints.component]
    out = []
    for side in (0, 1):
        mine = here & (board.components.side == side)
        room = float(usable(board, side).area)
        out.append(Side(int(mine.sum()), int((of == side).sum()), room, float(np.nansum(shapely.area(parts.body[mine])))))
    return out[0], out[1]


def pins_per_in2(board: Board) -> float:
    """Joints of both sides per square inch of board."""
    return len(board.derived.joints()) / area(board) * IN2


def layer_index(board: Board) -> float:
    """K: square inches of board per 16 pins; infinite without pins."""
    pins = len(board.derived.joints())
    return area(board) / IN2 / (pins / 16) if pins else float("inf")


def complexity(board: Board, mix: float) -> tuple[float, int, int]:
    """The complexity index (parts + joints) / 100 x sides x mix, with its counts of parts and joints.

    Sides is 1 for a board that holds parts on both, else 0.5; `mix` is 1 for a high mix of products, 0.5 for a low one.
    """
    top, bottom = sides(board)
    parts, joints = top.parts + bottom.parts, len(board.derived.joints())
    return (parts + joints) / 100 * (1.0 if top.parts and bottom.parts else 0.5) * mix, parts, joints


def middle(board: Board) -> tuple[float, float]:
    """Where findings on the whole board are: the middle of its bounding box, NaN without an outline."""
    if board.outline.is_empty:
        return float("nan"), float("nan")
    x0, y0, x1, y1 = board.outline.bounds
    return (x0 + x1) / 2, (y0 + y1) / 2


class Density:
    """What parts fill of the cells of `Derived.tiles`: arrays of sides x rows x columns."""

    def __init__(self, derived: Derived, tile: float, step: float) -> None:
        self.board = derived.board
        self.tiles: Tiles = derived.tiles(tile, step)
        self.placed = placed(self.board)

    @cached_property
    def joints(self) -> Floats:
        """Joints in each cell, on the side on which they are soldered."""
        found, grid = self.board.derived.joints(), self.tiles.grid
        return np.array([grid.sums(grid.cell(found.x[on], found.y[on])) for on in (found.side == 0, found.side == 1)])

    @cached_property
    def covered(self) -> Floats:
        """mm2 that courtyards take together in each cell; of parts without one their body and lands."""
        return np.array([self.tiles.of_shapes(courts) for _, courts, _ in self.courts])

    @cached_property
    def courts(self) -> tuple[tuple[Ints, Objects, Floats], ...]:
        """For each side: rows of the components that take room on it, what they take, and the bounds of that (N x 4)."""
        c, parts = self.board.components, self.board.derived.parts()
        out = []
        for side, drawn in ((0, c.courtyard_top), (1, c.courtyard_bottom)):
            court = np.where(shapely.is_missing(drawn) & (c.side == side), parts.envelope, drawn)
            rows = np.flatnonzero(self.placed & ~shapely.is_missing(court)).astype(np.int32)
            out.append((rows, court[rows], shapely.bounds(court[rows])))
        return tuple(out)

    @cached_property
    def tallest(self) -> Floats:
        """mm of the tallest body that reaches into each cell, NaN where none does."""
        parts, side = self.board.derived.parts(), self.board.components.side
        bounds = shapely.bounds(parts.body)
        on = [self.placed & (side == s) for s in (0, 1)]
        return np.array([self.tiles.grid.highest(bounds[mine], parts.height[mine]) for mine in on])

    @cached_property
    def joint_share(self) -> Floats:
        """Joints per cm2 of board in each window; NaN for windows that hold little board."""
        counted = ~np.isnan(self.tiles.share(self.tiles.area))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(counted, self.tiles.grid.windows(self.joints) / self.tiles.whole * 100, np.nan)

    @cached_property
    def mean(self) -> float:
        """Joints of both sides per cm2 of the board."""
        return float(self.joints.sum() / self.tiles.area.sum() * 100)

    def shares(self, side: int) -> Floats:
        """% of the board in each window that courtyards take; NaN for windows that hold little board."""
        return self.tiles.share(self.covered[side])
