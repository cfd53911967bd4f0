"""Chips: parts of two lands that surface tension may turn or lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .board import Board, Floats, Ints, PadType, Table, column
from .parts import Parts

LENGTHS = {
    "008004": 0.25, "01005": 0.4, "0201": 0.6, "0402": 1.0, "0603": 1.6, "0805": 2.0, "1206": 3.2, "1210": 3.2, "1806": 4.5,
    "1808": 4.5, "1812": 4.5, "2010": 5.0, "2220": 5.7, "2512": 6.3,
}  # fmt: skip
"""mm: length of the body by imperial size code."""


@dataclass(frozen=True, slots=True, eq=False)
class Chips(Table):
    """One row is a fitted chip with two SMD lands on its own side."""

    component: Ints = column("i4")
    one: Ints = column("i4")
    """Row in `Board.pads`."""
    two: Ints = column("i4")
    length: Floats = column("f8")
    """mm of the body by its size code, NaN where none is known."""


def chips(board: Board, parts: Parts) -> Chips:
    """The chips of a board, in the order of its components; `one` is the pad of the smaller number."""
    pads, side = board.pads, np.append(board.components.side, -1)
    is_chip = np.append(np.isin(parts.family, ("chip-S", "chip-L")) & parts.fitted, False)
    own = np.flatnonzero(is_chip[pads.component])
    count = np.bincount(pads.component[own], minlength=len(parts))
    good = (count == 2)[pads.component[own]]
    good &= (pads.type[own] == PadType.SMD) & (pads.side[own] == side[pads.component[own]])
    own = own[good]
    own = own[np.lexsort((pads.number[own].astype(str), pads.component[own]))]
    component = pads.component[own]
    first = np.flatnonzero(component[:-1] == component[1:])
    which = component[first]
    return Chips.of(
        component=which, one=own[first], two=own[first + 1], length=[LENGTHS.get(str(s), np.nan) for s in parts.size[which]]
    )
