"""Lands that are soldered, and the lands that each opening of the mask uncovers."""

from __future__ import annotations

import numpy as np

from ..board import Board, Bools, Ints, PadType
from ..mask import Mask
from ..pieces import least

_BARE = ("fiducial", "testpoint", "card-edge", "hole", "mark", "jumper")
"""Families whose lands stay as they are: solder on them joins nothing that should not be joined, or is never there."""


def soldered(board: Board) -> Bools:
    """Mask over `Board.pads`: lands to which a part is soldered, so no fiducials, test points, edge contacts or bare holes.

    SMD lands with paste of their own are soldered, whatever else they look like; where nothing tells their part, others are
    not, if there is paste at all.
    """
    pads, f = board.pads, board.features
    pasted = np.zeros(len(pads) + 1, np.bool_)
    pasted[f.pad[np.isin(f.layer, board.layers_with("paste"))]] = True
    unknown = (pads.component < 0) & (pads.type == PadType.SMD) & pasted[:-1].any() & ~pasted[:-1]
    bare = unknown | np.isin(pads.property, ("fiducial_global", "fiducial_local", "testpoint", "mechanical"))
    family = np.append(np.isin(board.derived.parts().family, _BARE), False)
    return np.asarray(~bare & np.isin(pads.type, (PadType.SMD, PadType.THT)) & (~family[pads.component] | pasted[:-1]), np.bool_)


def land_of(mask: Mask, board: Board) -> Ints:
    """Per opening a land (row of `Board.features`) that it uncovers: its own, else another one of its window; -1 for none."""
    f = board.features
    out = np.full(len(mask.opening), -1, np.int32)
    pair = np.flatnonzero(mask.land)
    if not len(pair):
        return out
    strange = (f.item[mask.opening[mask.at[pair]]] != f.item[mask.row[pair]]).astype(np.float64)
    by_window = pair[least(strange, mask.window[mask.at[pair]], ties=(mask.row[pair],))]
    of_window = np.full(int(mask.window.max(initial=-1)) + 1, -1, np.int32)
    of_window[mask.window[mask.at[by_window]]] = mask.row[by_window]
    by_opening = pair[least(strange, mask.at[pair], ties=(mask.row[pair],))]
    out[:] = of_window[mask.window]
    out[mask.at[by_opening]] = mask.row[by_opening]
    return out
