"""Chips: parts of two lands that surface tension may turn or lift."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely

from .board import Board, Bools, Floats, Ints, PadType, Table, column, once_a_board
from .parts import Parts
from .parts_names import size_of_name

LENGTHS = {
    "008004": 0.25, "01005": 0.4, "0201": 0.6, "0402": 1.0, "0603": 1.6, "0805": 2.0, "1206": 3.2, "1210": 3.2, "1806": 4.5,
    "1808": 4.5, "1812": 4.5, "2010": 5.0, "2220": 5.7, "2512": 6.3,
}  # fmt: skip
"""mm: length of the body by imperial size code."""
_NO_CERAMIC = re.compile(r"film|tantal|elec|polar|(?<![a-z])cp_|niob|mica|supercap", re.IGNORECASE)


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


@once_a_board
def chip_lengths(board: Board) -> Floats:
    """mm by row of `Board.components`: length of a chip's body, NaN of what is no chip or of unknown size.

    That of the size code in its name, else the longer side of the body that is drawn, else that of the size that its lands
    are for.
    """
    parts = board.derived.parts()
    named = np.array([bool(size_of_name(name.rpartition(":")[2])) for name in board.components.footprint.tolist()], np.bool_)
    length = np.array([LENGTHS.get(size, np.nan) for size in parts.size.tolist()], np.float64)
    drawn = np.flatnonzero(np.isin(parts.family, ("chip-S", "chip-L")) & ~named & (parts.body_source == "fab"))
    if len(drawn):
        box = shapely.get_coordinates(shapely.get_exterior_ring(shapely.oriented_envelope(parts.body[drawn]))).reshape(-1, 5, 2)
        length[drawn] = np.round(np.hypot(*np.diff(box, axis=1)[:, :2].transpose(2, 0, 1)).max(axis=1), 6)
    return length


@once_a_board
def ceramic_capacitors(board: Board) -> Bools:
    """Mask over components: capacitors by their reference that no name calls polarised or of another dielectric."""
    c, parts = board.components, board.derived.parts()
    named = {text: bool(_NO_CERAMIC.search(text)) for text in {*c.footprint.tolist(), *c.value.tolist()}}
    rows = zip(c.ref.tolist(), parts.polarised.tolist(), c.footprint.tolist(), c.value.tolist())
    return np.array([
        ref[:1] == "C" and ref[1:2].isdigit() and not (polarised or named[footprint] or named[value])
        for ref, polarised, footprint, value in rows
    ], np.bool_)  # fmt: skip
