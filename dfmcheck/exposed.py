"""Exposed pads of components, and the holes that footprints drill into them to carry heat away."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Kind, PadType, once_a_board

TIMES = 3.0
"""An exposed pad is at least this many times larger than the median land of its component..."""
LEAST = 1.0
"""...and at least this large, in mm2."""
_CONNECTOR = re.compile(r"(J|P|X|CN|CON|USB|SIM|SD)[^A-Z]*\Z", re.IGNORECASE)


@once_a_board
def exposed_pads(board: Board) -> Bools:
    """Mask over `Board.pads`: lands that carry heat, not signals.

    Those that the design calls heatsinks; and of a component with at least three numbered SMD lands (pads of one number
    count together) those that are `TIMES` larger than its median land, and in the midst of the others (under a body) or
    the tab of what is no connector.
    """
    pads = board.pads
    out = np.asarray((pads.property == "heatsink") & (pads.type == PadType.SMD), np.bool_)
    named = numbered(board)
    smd = np.flatnonzero((pads.type == PadType.SMD) & (pads.component >= 0) & named)
    if not len(smd):
        return out
    names, number = np.unique(pads.number[smd].astype(str), return_inverse=True)
    number = np.where(pads.number[smd] == "", len(names) + np.arange(len(smd)), number)
    most = len(names) + len(smd)
    land, which = np.unique(pads.component[smd].astype(np.int64) * most + number, return_inverse=True)
    part, area = land // most, np.bincount(which, _areas(board)[smd]).astype(np.float64)
    for n in np.flatnonzero((area >= LEAST) & (area >= TIMES * _medians(part, area))):
        mine, others = smd[which == n], smd[(which != n) & (pads.component[smd] == part[n])]
        x, y = pads.x[mine].mean(), pads.y[mine].mean()
        midst = pads.x[others].min() < x < pads.x[others].max() and pads.y[others].min() < y < pads.y[others].max()
        if midst or not _CONNECTOR.match(str(board.components.ref[part[n]])):
            out[mine] = True
    return out


def numbered(board: Board) -> Bools:
    """Mask over `Board.pads`: those with a number, and those of parts whose pads nothing numbers."""
    return np.asarray((board.pads.number != "") | nameless(board), np.bool_)


def nameless(board: Board) -> Bools:
    """Mask over `Board.pads`: those of parts that are known by their place alone, none of whose lands has a number."""
    inferred = board.items.inferred[board.components.item] if len(board.components) else np.zeros(0, np.bool_)
    return np.asarray(np.append(inferred, False)[board.pads.component] & (board.pads.number == ""), np.bool_)


def _medians(group: Any, value: Floats) -> Floats:
    """For each row the median of its group; infinite where the group has fewer than three. Groups stand together."""
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    size = np.diff(np.r_[start, len(group)])
    ordered = value[np.lexsort((value, group))]
    middle = (ordered[start + (size - 1) // 2] + ordered[start + size // 2]) / 2
    return np.repeat(np.where(size >= 3, middle, np.inf), size)


@once_a_board
def thermal_holes(board: Board) -> Bools:
    """Mask over `Board.holes`: plated holes of pads in an exposed pad of their own component, so vias in all but name."""
    f, holes = board.features, board.holes
    out = np.zeros(len(holes), np.bool_)
    rows = np.flatnonzero(holes.plated & (holes.pad >= 0))
    exposed = np.append(exposed_pads(board), False)[f.pad]
    lands = np.flatnonzero((f.kind == Kind.PAD) & exposed & (board.layers.order >= 0)[f.layer])
    i, j = shape.meeting(shape.boxes(holes.core[rows], holes.radius[rows]), shape.boxes(f.core[lands], f.radius[lands]))
    hole, land = rows[i], lands[j]
    keep = (holes.component[hole] == f.component[land]) & (shapely.distance(holes.core[hole], f.core[land]) <= f.radius[land])
    out[hole[keep]] = True
    return out


def _areas(board: Board) -> Floats:
    """Copper area of each pad in mm2, layers and pieces added up, see `shape.areas`."""
    f = board.features
    row = np.flatnonzero((f.kind == Kind.PAD) & (board.layers.order >= 0)[f.layer] & (f.pad >= 0))
    return np.bincount(f.pad[row], shape.areas(f.core[row], f.radius[row]), minlength=len(board.pads)).astype(np.float64)
