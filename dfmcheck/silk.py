"""The legend: its ink, and what it must keep off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects

SIDES = ("top", "bottom")
TOP, BOTTOM = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What is printed on the silk layers: one row per stroke or area, whose shape is a core widened by a radius."""

    row: Ints
    """Row of `Board.features`."""
    side: Ints
    """0 top, 1 bottom."""
    text: Ints
    """Row of `Board.texts`, -1 for drawings and where the input does not tell texts from drawings."""
    core: Objects
    radius: Floats
    item: Ints
    component: Ints

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Ints | Bools) -> Ink:
        return Ink(*(getattr(self, name)[rows] for name in Ink.__slots__))

    @property
    def boxes(self) -> Objects:
        return shape.boxes(self.core, self.radius)


@dataclass(frozen=True, slots=True, eq=False)
class Openings:
    """Where there is no mask for ink to stand on: one row per piece of an opening, or per hole, on one side."""

    core: Objects
    radius: Floats
    side: Ints
    item: Ints
    component: Ints
    via: Bools
    """It is a via's."""
    hole: Bools
    land: Bools
    """It is the land itself, as nothing tells where the mask is open."""


def ink(board: Board) -> Ink:
    """All ink. What is drawn without a width and without an area is not printed and has no row."""
    f, layers = board.features, board.layers
    silk = (layers.role == "silk")[f.layer]
    rows = np.flatnonzero(silk)
    area = np.isin(shapely.get_type_id(f.core[rows]), (3, 6))
    rows = rows[((f.radius[rows] > 0) | area) & ~shapely.is_empty(f.core[rows])].astype(np.int32)
    text = np.full(len(board.items) + 1, -1, np.int32)
    text[board.texts.item] = np.arange(len(board.texts), dtype=np.int32)
    side = np.where(layers.side == "bottom", BOTTOM, TOP)[f.layer[rows]].astype(np.int32)
    return Ink(rows, side, text[f.item[rows]], f.core[rows], f.radius[rows], f.item[rows], f.component[rows])


def openings(board: Board) -> Openings:
    """Mask openings, and the rims of holes that are no via's: a tented via has no opening and may be printed on.

    On a side that has no mask layer the lands stand for the openings.
    """
    f, holes, layers = board.features, board.holes, board.layers
    copper = board.copper_layers
    rows, lands = [], []
    for side, outer in ((TOP, copper[:1]), (BOTTOM, copper[-1:])):
        masks = layers.role == "mask"
        masks &= layers.side == SIDES[side]
        known = "mask" in board.facts and masks.any()
        if known:
            found = np.flatnonzero(masks[f.layer])
        else:
            found = np.flatnonzero((f.kind == Kind.PAD) & np.isin(f.layer, outer))
        rows.append(found)
        lands.append(np.full(len(found), not known))
    mine, land = np.concatenate(rows), np.concatenate(lands)
    both = np.array([TOP, BOTTOM], np.int32)
    of_side = np.repeat(both, [len(found) for found in rows])
    drilled = np.tile(np.flatnonzero(holes.via < 0), 2)
    half = len(drilled) // 2
    return Openings(
        np.concatenate([f.core[mine], holes.core[drilled]]),
        np.concatenate([f.radius[mine], holes.radius[drilled]]),
        np.concatenate([of_side, np.repeat(both, half)]),
        np.concatenate([f.item[mine], holes.item[drilled]]).astype(np.int32),
        np.concatenate([f.component[mine], holes.component[drilled]]).astype(np.int32),
        np.concatenate([(f.via[mine] >= 0) | (f.kind[mine] == Kind.VIA), np.zeros(len(drilled), np.bool_)]),
        np.repeat([False, True], [len(mine), len(drilled)]),
        np.concatenate([land, np.zeros(len(drilled), np.bool_)]),
    )


def printed(board: Board) -> Bools:
    """Mask over `Board.texts`: on a silk layer."""
    return np.asarray((board.layers.role == "silk")[board.texts.layer], np.bool_)
