"""The solder mask as its film is: openings that meet are one window, and what copper lies in a window or near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from . import copper as _copper
from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects
from .pieces import least

if TYPE_CHECKING:
    from .derived import Derived

REACH = 0.2
"""mm within which copper beside openings is looked for, if no limit asks for more: one search serves all rules."""
_LANDS = (Kind.PAD, Kind.VIA)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """The mask of one side of a board.

    The columns `at`, `row`, `distance` and `piece` are pairs of an opening and a piece of copper on that side that is
    nearer than the reach, each pair of features once.
    """

    side: str
    """top, bottom."""
    layer: int
    """Row of `Board.layers`: the mask layer."""
    copper: int
    """The outer copper layer of that side."""
    opening: Ints
    """Rows of `Board.features`."""
    window: Ints
    """Per opening: number of the window that it is part of; openings that touch are of one window."""
    at: Ints
    """Index into `opening`."""
    row: Ints
    """Row of `Board.features`: copper."""
    distance: Floats
    """Edge to edge in mm; 0 or less where the opening uncovers some of the copper."""
    piece: Objects
    """The piece of the copper's core that comes nearest."""
    land: Bools
    """The copper is a land of the window: a pad or via with an opening of its own there, or a pad in a window that is drawn."""

    @property
    def bare(self) -> Bools:
        """Pairs of which the opening uncovers some of the copper."""
        return np.asarray(self.distance <= 0, np.bool_)


def masks(board: Board, reach: float = 0.0) -> tuple[Mask, ...]:
    """The masks of the sides that have a mask layer and copper, with the copper nearer to openings than `reach` (or `REACH`)."""
    return board.derived.masks(max(REACH, reach))


def build(derived: Derived, reach: float) -> tuple[Mask, ...]:
    board = derived.board
    out = []
    for side in ("top", "bottom"):
        layers = board.layers_with("mask", side)
        copper = [row for row in board.copper_layers.tolist() if board.layers.side[row] == side]
        if len(layers) and copper:
            out.append(_mask(derived, side, layers, copper[0], reach))
    return tuple(out)


def _mask(derived: Derived, side: str, layers: Ints, copper: int, reach: float) -> Mask:
    board, f = derived.board, derived.board.features
    opening = np.flatnonzero(np.isin(f.layer, layers)).astype(np.int32)
    window = windows(f.core[opening], f.radius[opening])
    at, row, distance, piece = _near(derived, opening, copper, reach)
    o = opening[at]
    own = (f.item[o] == f.item[row]) & (distance <= 0)
    drawn = (f.pad[o] < 0) & (f.via[o] < 0) & (f.kind[row] == Kind.PAD) & (distance <= 0)
    # A land of several pieces has its opening over any of them; all of them are the land in that window.
    code = window[at].astype(np.int64) * len(board.items) + f.item[row]
    land = np.isin(f.kind[row], _LANDS) & (distance <= 0) & np.isin(code, code[own | drawn])
    return Mask(side, int(layers[0]), copper, opening, window, at, row, distance, piece, land)


def windows(core: Objects, radius: Floats) -> Ints:
    """Number of the window of each opening, from 0; openings that touch or overlap are of one window."""
    boxes = shape.boxes(core, radius)
    i, j = shape.meeting(boxes, boxes)
    i, j = i[i < j], j[i < j]
    met = shape.distance(core[i], radius[i], core[j], radius[j]) <= 0
    label = _copper.components(len(core), i[met], j[met])
    return np.unique(label, return_inverse=True)[1].astype(np.int32).reshape(-1)


def _near(derived: Derived, opening: Ints, copper: int, reach: float) -> tuple[Ints, Ints, Floats, Objects]:
    f, pieces = derived.board.features, derived.pieces(copper)
    core, radius = f.core[opening], f.radius[opening]
    at, j = derived.tree(copper).query(shape.boxes(core, radius, reach)) if len(opening) else (np.empty(0, np.intp),) * 2
    d = shape.distance(core[at], radius[at], pieces.core[j], pieces.radius[j])
    near = d < reach
    at, row, d, piece = at[near].astype(np.int32), pieces.owner[j[near]], d[near], pieces.core[j[near]]
    # An opening within filled copper is far from its boundary: a point of it tells.
    xy, of = shapely.get_coordinates(core, return_index=True)
    spot = shapely.points(xy[np.searchsorted(of, np.arange(len(core)))])
    inner, area = derived.areas_at(copper, spot)
    at, row = np.r_[at, inner].astype(np.int32), np.r_[row, area].astype(np.int32)
    d, piece = np.r_[d, np.minimum(-radius[inner], 0.0)], np.r_[piece, spot[inner]]
    first = least(d, at, row)
    return at[first], row[first], d[first], piece[first]
