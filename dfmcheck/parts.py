"""Components as an assembler sees them: package family, body, height, mount, pin 1, and whether they are fitted at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .board import Board, Bools, Floats, Ints, Objects, Table, column
from .parts_body import bodies, heights
from .parts_family import families
from .parts_lands import lands
from .parts_placing import NO_PARTS as NO_PARTS
from .parts_placing import fitted, pin_one, polarised

FAMILIES = (
    "chip-S", "chip-L", "SOT", "SO", "QFP", "QFN", "BGA", "PLCC", "conn-SMT", "conn-THT", "tall", "xtal", "module", "shield",
    "DIP", "axial", "radial", "THT", "mech", "fiducial", "testpoint", "jumper", "card-edge", "hole", "mark", "",
)  # fmt: skip
"""Package families of the rule catalogue (section 1.1), the through-hole kinds, and what is drawn as a component but is no
part that somebody places: fiducial, testpoint, jumper (solder bridge, net tie), card-edge (contacts of the board itself), hole
(mounting hole without a part), mark (logo, text). `mech` is placed and has no joints that matter; '' is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts(Table):
    """One row per row of `Board.components`."""

    family: Objects = column("O")
    """str of `FAMILIES`."""
    family_source: Objects = column("O")
    """str: lands, name, reference, fields; '' where unknown."""
    size: Objects = column("O")
    """str: imperial size code of a chip (01005, 0201, 0402, 0603, ... 2512), '' for others."""
    pitch: Floats = column("f8")
    """mm between neighbouring lands of a row or array; NaN where there is none (chips, single lands)."""
    pins: Ints = column("i4")
    """Different pad numbers with copper, the exposed pad included."""
    mount: Objects = column("O")
    """str: smd, tht, mixed (both kinds of joints), none; from the pads, not from what the footprint declares."""
    body: Objects = column("O")
    """Polygon or MultiPolygon of the body seen from above, on the board; None for what has no body."""
    body_source: Objects = column("O")
    """str: fab, courtyard, lands, ''."""
    envelope: Objects = column("O")
    """Polygon or MultiPolygon: body and lands (of the part's own side) together; None where there is neither."""
    height: Floats = column("f8")
    """mm above the board; NaN where not even the family tells."""
    height_source: Objects = column("O")
    """str: field ..., model name, footprint name, family; ''."""
    pin1: Ints = column("i4")
    """Row of `Board.pads`: pin 1, A1, or the cathode; -1 where none is so numbered."""
    polarised: Bools = column("b")
    """It matters which way round it is soldered: diodes, polarised capacitors, anything with more than two pins."""
    fitted: Bools = column("b")
    """Somebody or something places it: a part that is not marked as not fitted (DNP)."""


def parts(board: Board) -> Parts:
    """What each component is, from its lands first, then its name and fields; see `Parts`."""
    c, drawn = board.components, lands(board)
    family, family_source, size = families(c, drawn, board.items.inferred[c.item])
    body, body_source, envelope = bodies(c, drawn.hull)
    height, height_source = heights(c, family)
    smd, tht = drawn.smd > 0, drawn.tht > 0
    return Parts.of(
        family=family, family_source=family_source, size=size, pitch=np.where(smd & (drawn.pins <= 2), np.nan, drawn.pitch),
        pins=drawn.pins, mount=np.select([smd & tht, smd, tht], ["mixed", "smd", "tht"], "none").astype(object),
        body=body, body_source=body_source, envelope=envelope, height=height, height_source=height_source,
        pin1=pin_one(board), polarised=polarised(c, family, drawn.pins), fitted=fitted(c, family),
    )  # fmt: skip
