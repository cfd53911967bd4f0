"""Fiducials: the dots by which a placement machine finds the board, as the design marks them, or as they look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects, PadType, Table, column

DOT = (0.45, 3.2)
"""mm: diameters of the bare dots that are taken for fiducials where nothing names them."""
OPEN = 1.5
"""Opening of the mask over such a dot, by its diameter at least: that of a test point is only a little larger."""


@dataclass(frozen=True, slots=True, eq=False)
class Fiducials(Table):
    """One row per dot and side."""

    pad: Ints = column("i4")
    item: Ints = column("i4")
    side: Ints = column("i4")
    """0 top, 1 bottom."""
    x: Floats = column("f8")
    y: Floats = column("f8")
    core: Objects = column("O")
    radius: Floats = column("f8")
    row: Ints = column("i4")
    """Row in `Board.features` of its copper."""
    local: Bools = column("b")
    """Marked as the fiducial of one part, not of the board."""
    seen: Bools = column("b")
    """Nothing names it: it looks like one."""


def fiducials(board: Board) -> Fiducials:
    """The fiducials of both sides.

    By the property of a pad, else by the family of its component (its pads without a hole), else by what it looks like: a
    round land of no component that has further pads, without hole, paste, track or net, in a much larger opening.
    """
    f, pads = board.features, board.pads
    rows = np.flatnonzero((f.kind == Kind.PAD) & (f.pad >= 0) & (board.layers.order >= 0)[f.layer]).astype(np.int32)
    rows = rows[np.isin(board.layers.side[f.layer[rows]], ("top", "bottom"))]
    bare = (pads.hole < 0) & np.isin(pads.type, (PadType.SMD, PadType.CONNECT))
    told = np.isin(pads.property, ("fiducial_global", "fiducial_local"))
    named = np.append(board.derived.parts().family == "fiducial", False)[pads.component] & bare
    alike = bare & ~told & ~named & _looks(board)
    pad = f.pad[rows]
    rows = rows[(told | named | alike)[pad]]
    pad = f.pad[rows]
    _, once = np.unique(np.c_[pad, f.layer[rows]], axis=0, return_index=True)
    rows, pad = rows[np.sort(once)], pad[np.sort(once)]
    return Fiducials.of(
        pad=pad, item=f.item[rows], side=(board.layers.side[f.layer[rows]] == "bottom").astype(np.int32), x=pads.x[pad],
        y=pads.y[pad], core=f.core[rows], radius=f.radius[rows], row=rows, local=pads.property[pad] == "fiducial_local",
        seen=alike[pad],
    )  # fmt: skip


def _looks(board: Board) -> Bools:
    """Mask over the pads that look like fiducials and belong to no part with more pads."""
    f, pads, parts = board.features, board.pads, board.derived.parts()
    out = np.zeros(len(pads), np.bool_)
    if "mask" not in board.facts or not len(pads):
        return out
    count = np.bincount(pads.component[pads.component >= 0], minlength=len(board.components))
    plain = np.isin(parts.family, ("", "fiducial", "mark")) | ((parts.family == "testpoint") & (parts.family_source == "lands"))
    alone = (pads.component < 0) | np.append(plain & (count == 1), False)[pads.component]
    used = np.bincount(board.items.net[board.items.net >= 0], minlength=len(board.nets) + 1)
    free = (pads.net < 0) | (used[pads.net] == 1)
    pasted = np.zeros(len(pads), np.bool_)
    pasted[f.pad[(board.layers.role[f.layer] == "paste") & (f.pad >= 0)]] = True
    width = np.where(np.isfinite(pads.width), pads.width, 0.0)
    dot = (pads.shape == "circle") & (width >= DOT[0]) & (width <= DOT[1])
    maybe = np.flatnonzero(alone & free & ~pasted & dot & (pads.hole < 0) & (pads.side < 2))
    opening = np.flatnonzero(board.layers.role[f.layer] == "mask")
    opening = opening[shapely.get_type_id(f.core[opening]) == 0]
    if not len(maybe) or not len(opening):
        return out
    spots = shapely.points(pads.x[maybe], pads.y[maybe])
    o, i = shapely.STRtree(spots).query(f.core[opening], predicate="dwithin", distance=0.05)
    fits = 2 * f.radius[opening[o]] >= OPEN * width[maybe[i]] - 1e-3
    fits &= (board.layers.side[f.layer[opening[o]]] == "bottom") == (pads.side[maybe[i]] == 1)
    out[maybe[i[fits]]] = True
    return out & ~_printed(board, out)


def _printed(board: Board, maybe: Bools) -> Bools:
    """Which of the pads have print on them: a dot in a logo."""
    f, pads = board.features, board.pads
    out = np.zeros(len(pads), np.bool_)
    silk = np.flatnonzero(board.layers.role[f.layer] == "silk")
    rows = np.flatnonzero(maybe)
    if len(rows) and len(silk):
        spots = shapely.buffer(shapely.points(pads.x[rows], pads.y[rows]), pads.width[rows] / 2)
        i, j = shapely.STRtree(spots).query(shape.boxes(f.core[silk], f.radius[silk]))
        same = (board.layers.side[f.layer[silk[i]]] == "bottom") == (pads.side[rows[j]] == 1)
        i, j = i[same], j[same]
        out[rows[j[shapely.distance(spots[j], f.core[silk[i]]) < f.radius[silk[i]]]]] = True
    return out


def frame(board: Board) -> tuple[Floats, float]:
    """Middle (x, y) and diagonal in mm of the smallest rectangle around the board, however that is turned."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(board.outline))
    return (corners[0] + corners[2]) / 2, float(np.hypot(*(corners[2] - corners[0])))


def placed_parts(board: Board, side: int) -> tuple[int, bool]:
    """How many surface-mount parts a machine places on a side, and whether one of them has a fine pitch or is a grid array.

    Without components, apertures of the paste film are counted, two a part.
    """
    if "components" in board.facts:
        parts = board.derived.parts()
        mine = parts.fitted & np.isin(parts.mount, ("smd", "mixed")) & (board.components.side == side)
        fine = mine & ((parts.pitch <= FINE) | (parts.family == "BGA"))
        return int(mine.sum()), bool(fine.any())
    f = board.features
    paste = (board.layers.role == "paste") & (board.layers.side == ("top", "bottom")[side])
    return int(paste[f.layer].sum()) // 2, False


FINE = 0.5
"""mm: pitch from which on a machine cannot do without fiducials."""
