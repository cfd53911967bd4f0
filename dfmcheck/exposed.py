"""Exposed pads of components, and the holes that footprints drill into them to carry heat away."""

from __future__ import annotations

import re

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Kind, PadType

TIMES = 3.0
"""An exposed pad is at least this many times larger than the median land of its component..."""
LEAST = 1.0
"""...and at least this large, in mm2."""
_CONNECTOR = re.compile(r"(J|P|X|CN|CON|USB|SIM|SD)[^A-Z]*\Z", re.IGNORECASE)


def exposed_pads(board: Board) -> Bools:
    """Mask over `Board.pads`: lands that carry heat, not signals.

    Those that the design calls heatsinks; and of a component with at least three numbered SMD lands (pads of one number
    count together) those that are `TIMES` larger than its median land, and in the midst of the others (under a body) or
    the tab of what is no connector.
    """
    pads = board.pads
    out = np.asarray(pads.property == "heatsink", np.bool_) & (pads.type == PadType.SMD)
    smd = np.flatnonzero((pads.type == PadType.SMD) & (pads.component >= 0) & (pads.number != ""))
    area = _areas(board)
    order = smd[np.argsort(pads.component[smd], kind="stable")]
    for group in np.split(order, np.flatnonzero(np.diff(pads.component[order])) + 1):
        numbers, which = np.unique(pads.number[group].astype(str), return_inverse=True)
        if len(numbers) < 3:
            continue
        total = np.bincount(which, area[group])
        for n in np.flatnonzero(total >= max(TIMES * float(np.median(total)), LEAST)):
            land, others = group[which == n], group[which != n]
            x, y = np.average(pads.x[land], weights=area[land]), np.average(pads.y[land], weights=area[land])
            midst = np.ptp(np.sign(pads.x[others] - x)) > 1 and np.ptp(np.sign(pads.y[others] - y)) > 1
            if midst or not _CONNECTOR.match(str(board.components.ref[pads.component[group[0]]])):
                out[land] = True
    return np.asarray(out, np.bool_)


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
    """Copper area of each pad in mm2 (all layers and pieces added up)."""
    f = board.features
    row = np.flatnonzero((f.kind == Kind.PAD) & (board.layers.order >= 0)[f.layer] & (f.pad >= 0))
    area = shapely.area(shape.polygons(f.core[row], f.radius[row], quad_segs=4))
    return np.bincount(f.pad[row], area, minlength=len(board.pads)).astype(np.float64)
