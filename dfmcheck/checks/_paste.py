"""What the rules of the stencil ask alike: which lands want paste, and which land is an exposed pad under a body."""

from __future__ import annotations

import numpy as np

from ..board import Board, Bools, Ints, Kind, Objects, PadType
from ..exposed import exposed_pads, nameless
from ..parts import NO_PARTS


def wanting(board: Board) -> Bools:
    """Mask over `Board.pads`: SMD lands of parts that a machine places, on the part's own side, without exposed pads.

    What a connector that straddles the board's edge has on the other side is soldered by hand.
    """
    pads, parts, c = board.pads, board.derived.parts(), board.components
    placed = np.append(parts.fitted & ~c.exclude_placement & ~np.isin(parts.family, list(NO_PARTS)), False)
    own = np.append(c.side, -1)[pads.component] == pads.side
    return np.asarray((pads.type == PadType.SMD) & placed[pads.component] & own & ~exposed_pads(board) & ~marks(board), np.bool_)


def pattern(board: Board, component: Ints) -> Objects:
    """Cause of what is wrong with land patterns: the footprint's name; where the design names none, the part's."""
    c = board.components
    name = np.where(c.footprint == "", c.ref, c.footprint)
    return np.array([f"*{n}" for n in name] + [""], object)[component]


def marks(board: Board) -> Bools:
    """Mask over `Board.pads`: fiducials and test points."""
    return np.isin(board.pads.property, ("fiducial_global", "fiducial_local", "testpoint"))


def under_bodies(board: Board) -> Bools:
    """Mask over `Board.pads`: exposed pads that lie in the midst of their part's other lands, both ways, as under a QFN.

    A tab that sticks out on one side (DPAK, SOT-223) is printed in full: the part stands on its leads as well.
    """
    pads = board.pads
    out = np.zeros(len(pads), np.bool_)
    own, named = np.flatnonzero(exposed_pads(board) & (pads.component >= 0)), (pads.number != "") | nameless(board)
    for part in np.unique(pads.component[own]).tolist():
        mine = own[pads.component[own] == part]
        others = np.flatnonzero((pads.component == part) & (pads.type != PadType.NPTH) & named & (pads.hole < 0))
        others = others[~np.isin(others, mine) & ((pads.number[others] == "") | ~np.isin(pads.number[others], pads.number[mine]))]
        if not len(others):
            continue
        x0, x1, y0, y1 = (g(v) for v in (pads.x[others], pads.y[others]) for g in (np.min, np.max))
        x, y = pads.x[mine], pads.y[mine]
        out[mine] = (x0 - 1e-3 <= x) & (x <= x1 + 1e-3) & (y0 - 1e-3 <= y) & (y <= y1 + 1e-3)
    return out


def land_rows(board: Board, pads: Bools) -> Ints:
    """Rows of `Board.features`: the copper of some pads on the outer layers."""
    f, layers = board.features, board.layers
    outer = (layers.order >= 0) & np.isin(layers.side, ("top", "bottom"))
    return np.flatnonzero((f.kind == Kind.PAD) & outer[f.layer] & np.append(pads, False)[f.pad]).astype(np.int32)
