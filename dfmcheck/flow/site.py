"""Who stands where: the parts of a board sorted by side and kind, as every flow asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..board import Board, Bools, Components, Ints
from ..parts import Parts
from ..units import EPS
from .plan import Exclusion
from .work import Work, work

SIDES = ("top", "bottom")
RULE = "assembly-flow"
REPLACE = "replace by SMD"
"""The remedy of leads in holes, or how it begins."""
FINE = 0.635
"""mm: fine pitch, IPC class X, is 25 mil and less [recalled from IPC-T-50, which says 0.625 mm]; 0.65 mm is ordinary."""
ULTRA = 0.4
"""mm: ultra-fine pitch, IPC class Y [recalled from IPC-T-50]: from here on stencil and placement leave the ordinary."""
CHIP_SCALE = 0.5
"""mm: arrays of this pitch and less are chip-scale packages, class Y; those of a larger one are BGA, class X [judgement]."""
_STATIONS = {
    "chip on board": re.compile(r"(?<![a-z])(chip[-_ ]?on[-_ ]?board|bare[-_ ]?die|wire[-_ ]?bond\w*|(?<!led[-_ ])cob)(?![a-z])"),
    "flip chip": re.compile(r"(?<![a-z])flip[-_ ]?chip(?![a-z])"),
    "underfill": re.compile(r"under[-_ ]?fill"),
}
"""What names, values and fields say of stations beside the line; a COB of LEDs is a package like others."""
_HINTS = ("chip", "die", "bond", "cob", "fill")
"""One of them is in whatever `_STATIONS` finds."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The parts that are soldered, pressed in or bonded; rows of `Board.components`."""

    board: Board
    work: Work
    lead_side: int
    """Side of most leaded parts, of equal numbers that of more joints; without leads the side of most SMD. Else the top."""
    leads: tuple[Ints, Ints]
    """Leaded parts: those on the lead side, those on the other."""
    smd: tuple[Ints, Ints]
    """SMD: those on the lead side, those on the other."""
    stations: tuple[tuple[str, Ints], ...]
    """Stations beside the line that parts ask for: press-fit, chip on board, flip chip, underfill; and the parts."""
    ipc: str
    """Type and class, 1A to 2Z."""

    @property
    def joint_side(self) -> int:
        """Side on which the joints of the leads are, but for those of the second side."""
        return 1 - self.lead_side

    @property
    def has_leads(self) -> bool:
        return bool(len(self.leads[0]) + len(self.leads[1]))

    @property
    def has_smd(self) -> bool:
        return bool(len(self.smd[0]) + len(self.smd[1]))

    def blame(self, rows: Ints, why: str, remedy: str) -> tuple[Exclusion, ...]:
        """What a flow's own nature has against some parts; nothing without parts."""
        c = self.board.components
        places = tuple(zip(c.x[rows].tolist(), c.y[rows].tolist()))
        return (Exclusion(RULE, why, tuple(rows.tolist()), places, remedy),) if len(rows) else ()


def site(board: Board) -> Site:
    """Sort the parts of a board."""
    w = work(board)
    leads, smd = ((w.of(kind, 0), w.of(kind, 1)) for kind in ("tht", "smd"))
    crowds = leads if len(leads[0]) + len(leads[1]) else smd
    top, bottom = ((len(rows), int(w.barrels[rows].sum())) for rows in crowds)
    side = int(bottom > top)
    asked = (("press-fit", w.of("press")), *_stations(board.components, w.kind != ""))
    stations = tuple((name, rows) for name, rows in asked if len(rows))
    kind = np.isin(w.kind, ("smd", "tht", "press"))
    both = len(np.unique(w.side[kind])) > 1
    ipc = "12"[both] + _class(board.derived.parts(), w, {name for name, _ in stations})
    return Site(board, w, side, (leads[side], leads[1 - side]), (smd[side], smd[1 - side]), stations, ipc)


def _stations(c: Components, placed: Bools) -> Iterator[tuple[str, Ints]]:
    """The parts whose names speak of a station."""
    rows, texts = np.flatnonzero(placed).tolist(), dict[str, set[str]]()  # parts share most of their texts
    for row in rows:
        for text in (c.footprint[row], c.value[row], *c.fields[row].values()):
            if text not in texts:
                texts[text] = _asked(str(text).lower())
    speaking = {text: names for text, names in texts.items() if names}
    for name in _STATIONS if speaking else ():
        words = {text for text, names in speaking.items() if name in names}
        some = [r for r in rows if not words.isdisjoint((c.footprint[r], c.value[r], *c.fields[r].values()))]
        yield name, np.array(some, np.int32)


def _asked(text: str) -> set[str]:
    """The stations of which a text in lower case speaks."""
    if not any(hint in text for hint in _HINTS):
        return set()
    return {name for name, pattern in _STATIONS.items() if pattern.search(text)}


def _class(parts: Parts, w: Work, stations: set[str]) -> str:
    """IPC class: A leads only, B SMD only, C both, X both with fine pitch or BGA, Y with still finer parts, Z with bare dies."""
    smd = w.kind == "smd"
    if stations - {"press-fit"}:
        return "Z"
    if not smd.any():
        return "A"
    if not np.isin(w.kind, ("tht", "press")).any():
        return "B"
    array, pitch = smd & (parts.family == "BGA"), np.where(smd, parts.pitch, np.nan)
    if (pitch <= np.where(array, CHIP_SCALE, ULTRA) + EPS).any():
        return "Y"
    return "X" if array.any() or (pitch <= FINE + EPS).any() else "C"
