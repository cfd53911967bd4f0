"""The package family of each component: from its lands where they leave no doubt, else from names that go with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log

import numpy as np

from .board import Bools, Components, Objects
from .parts_lands import Lands
from .parts_names import SMALL, families_of_name, family_of_library, family_of_prefix, family_of_value, size_class, size_of_name

CHIPS = {
    "01005": (0.7, 0.22), "0201": (1.05, 0.38), "0402": (1.6, 0.58), "0603": (2.45, 0.93), "0805": (3.05, 1.4),
    "1206": (4.3, 1.75), "1210": (4.3, 2.65), "1812": (5.8, 3.4), "2010": (6.0, 2.6), "2512": (7.4, 3.35),
}  # fmt: skip
"""mm: outer length and width of the usual land patterns of chip resistors and capacitors, by imperial size code."""
_LIKE = log(1.35)
"""Lands that differ by no more than this factor from the usual ones, in length and in width, are of that size."""
_SMALL_LENGTH = 2.75
"""mm; two lands that reach no farther are of a small chip."""
_LEAD = 1.0
"""mm; lands of gull wings are longer, those of leadless parts shorter."""
_TAB = 1.25
"""mm; of packages with one row of leads and a tab, those with leads have longer lands than those without."""
_COIL = 5.8
"""mm; coils on longer land patterns are wound, and tall."""
_LED = 2.4
"""mm; coloured LEDs on smaller land patterns are no taller than chips."""
_TAIL = re.compile(r"(?<![a-z])(?:ffc|fpc|flex|tail|finger|edge)", re.IGNORECASE)
_CONTACTS = 4
"""A row of as many lands without paste that is called a flexible tail is contacts of the board itself."""
_TWO_PINS = frozenset({"axial", "radial", "led", "coil"})


@dataclass(frozen=True, slots=True)
class _Facts:
    """One row of `Lands`."""

    pins: int
    smd: int
    tht: int
    npth: int
    count: int
    exposed: bool
    pitch: float
    columns: int
    rows: int
    width: float
    height: float
    along: float
    both: bool
    round: bool
    pasted: bool
    placed: bool
    """A placement file lists it, so that it is a part though its lands may not be known."""

    @property
    def length(self) -> float:
        return max(self.width, self.height)

    @property
    def landless(self) -> bool:
        return self.placed and self.smd + self.tht == 0

    @property
    def lines(self) -> int:
        return min(self.columns, self.rows)

    @property
    def two_lands(self) -> bool:
        return self.smd == 2 and self.pins <= 2 and (self.count == 2 or self.tht == 2)


_FACTS = tuple(name for name in _Facts.__dataclass_fields__ if name != "placed")


def families(c: Components, lands: Lands, placed: Bools) -> tuple[Objects, Objects, Objects]:
    """Family, what it is from, and size code of each component; see `Parts`.

    placed: of which a placement file tells; of such a part without lands its name tells what it is, if anything does.
    """
    n = len(c)
    family, source, size = (np.full(n, "", object) for _ in range(3))
    known: dict[object, tuple[str, str, str]] = {}
    facts = [*(getattr(lands, n).tolist() for n in _FACTS), placed.tolist()]
    rows = zip(c.footprint.tolist(), c.value.tolist(), c.ref.tolist(), *facts)
    for row, (footprint, value, ref, *own) in enumerate(rows):
        library, _, name = footprint.rpartition(":")
        key = (footprint, family_of_value(value), family_of_prefix(ref), *own)
        if key not in known:
            known[key] = _family(name, _guesses(name, library, key[1], key[2]), _Facts(*own))
        family[row], source[row], size[row] = known[key]
    return family, source, size


def _guesses(name: str, library: str, value: str, reference: str) -> list[tuple[str, str]]:
    """What names suggest, each with where it is from, the likeliest first."""
    told = [*families_of_name(name), family_of_library(library)]
    if reference in _TWO_PINS:  # the LED of a switch is none
        told = [guess for guess in told if guess not in ("switch", "conn")]
    out = [*(("name", guess) for guess in told), ("fields", value), ("reference", reference)]
    if out[0][1] in ("testpoint", "fiducial"):
        return out
    # A footprint with one pin may be used for a hole, and a library of jumpers has them in the sizes of chips.
    return sorted(out, key=lambda guess: guess[1] not in ("hole", "jumper"))


def _family(name: str, guesses: list[tuple[str, str]], g: _Facts) -> tuple[str, str, str]:
    drawn, sure = _of_lands(g)
    if not g.pasted and g.lines == 1 and g.count >= _CONTACTS and g.tht == 0 and _TAIL.search(name):
        return "card-edge", "name", ""
    for source, guess in guesses:
        if source == "reference" and guess == "conn" and drawn == "card-edge":
            continue
        if source == "reference" and g.landless and guess not in ("conn", "switch", "xtal", "hole", "fiducial", "mark"):
            continue  # a part all the same, whatever other letters stand for
        final = _final(guess, name, g) if guess and not (source == "reference" and sure) else ""
        if final and (not sure or final == drawn or final in _OVERRULE):
            by_lands = final == drawn or (drawn == "chip" and final.startswith("chip") and not size_class(name))
            return final, "lands" if by_lands else source, _size(final, name, g)
    if drawn == "chip":
        drawn = _chip(name, g)
    return drawn, "lands" if drawn else "", _size(drawn, name, g)


_OVERRULE = frozenset({"conn-SMT", "conn-THT", "module", "xtal", "card-edge", "mech", "hole", "tall", "THT", "fiducial"})
"""What stands on lands that look like another family's."""


def _of_lands(g: _Facts) -> tuple[str, bool]:
    """Family by geometry alone, and whether the lands are of no other package of an integrated circuit."""
    if g.smd + g.tht == 0:
        if g.landless:
            return "", False
        return ("hole", True) if g.npth else ("mark", True)
    if g.tht == 1 and not g.smd:
        return "hole", False
    if g.tht >= g.smd:
        across = min(g.width, g.height)
        if g.lines == 2 and g.count >= 4 and g.count == 2 * max(g.columns, g.rows) and across > 6 and abs(g.pitch - 2.54) < 0.1:
            return "DIP", False
        return ("THT" if g.tht <= 3 else "conn-THT"), False
    if g.smd == 1:
        return "testpoint", False
    if g.two_lands:
        return "chip", False
    if g.exposed and g.lines == 1:
        return ("SOT" if g.along > _TAB else "QFN"), False
    if g.lines == 1 and g.count >= 5:
        return ("card-edge" if g.both and g.count >= 8 else "conn-SMT"), False
    if not g.tht and not g.exposed:
        hollow = g.count <= 2 * (g.columns + g.rows) - 4  # no land within the outer ones: names tell a land-grid array
        full = g.count >= 9 and g.lines >= 3 and g.count >= 0.5 * g.columns * g.rows and g.along < g.pitch
        if full or (g.round and g.count >= 6 and g.lines >= 2 and g.pitch <= 1.5):
            return "BGA", not hollow
    if g.lines >= 4 and g.count >= 12 and g.pitch < 1.5:
        return ("QFP" if g.along > _LEAD else "QFN"), False
    if g.count <= 6 and not g.exposed:
        return "SOT", False
    if g.exposed and g.along <= _LEAD:
        return "QFN", False
    if g.lines <= 3 and g.pitch <= 1.3:
        return ("SO" if g.along > _LEAD else "QFN"), False
    return ("conn-SMT" if g.pitch >= 1.9 else ""), False


def _final(guess: str, name: str, g: _Facts) -> str:
    """The family that a guess means on these lands; '' where it cannot be of that family."""
    smd = g.smd > g.tht
    lands = g.smd + g.tht
    match guess:
        case "mark":
            return guess if lands == 0 else ""
        case "hole" | "fiducial" | "testpoint":
            return guess if lands <= 1 or g.pins <= 1 else ""
        case "nettie":
            return "jumper" if lands else ""
        case "jumper":
            return guess if 0 < g.smd <= 4 and (not g.tht or g.tht == g.smd) else ""
        case "module" | "mech":
            return guess
    if not lands:
        return _by_name(guess, name) if g.landless else ""
    match guess:
        case "card-edge" | "xtal" | "shield":
            return guess
        case "conn" if g.smd == 1 and not g.tht:
            return "testpoint"
        case "conn":
            return "conn-SMT" if smd else "conn-THT"
        case "tall" | "switch":
            return "tall" if smd else "radial" if guess == "tall" and g.tht == 2 else "THT"
        case "array":
            return "chip-L" if g.smd >= 4 and not g.tht else ""
        case "led" if g.tht == 2 and not g.smd:
            return "radial"
        case "led" if g.smd >= 3 and not g.tht:
            return "PLCC" if g.length > _LED else "chip-S"
        case "led" | "chip" if g.two_lands or (g.smd == g.pins <= 4 and size_of_name(name) and guess == "chip"):
            return _chip(name, g)
        case "coil" if g.two_lands:
            return "tall" if g.length > _COIL else _chip(name, g)
        case "axial" | "radial" if g.two_lands:
            return _chip(name, g)
        case "axial" | "radial" | "DIP" | "leaded":
            if smd:
                return ""
            return "THT" if guess == "leaded" or (guess != "DIP" and g.pins != 2) else guess
        case "QFN" | "QFP" | "BGA" | "SO" | "SOT" if g.two_lands:
            return _chip(name, g)
        case "SO" if g.count <= 6 and g.pitch < 1.1 and not g.exposed:
            return "SOT"
        case "PLCC":
            return guess
        case "QFN" | "QFP" | "BGA" | "SO" | "SOT":
            return guess if smd else ""
    return ""


def _by_name(guess: str, name: str) -> str:
    """The family of a part whose lands are not known; '' where its name alone leaves it open."""
    match guess:
        case "conn":
            return "conn-THT" if _LEADED.search(name) else "conn-SMT"
        case "chip" | "led" | "coil":
            return size_class(name)
        case "tall" | "switch":
            return "THT" if _LEADED.search(name) else "tall"
        case "array":
            return "chip-L"
        case "leaded":
            return "THT"
        case _:
            return guess if guess in _PACKAGES else ""


_PACKAGES = frozenset({"BGA", "DIP", "PLCC", "QFN", "QFP", "SO", "SOT", "axial", "radial", "shield", "xtal"})
"""Families that need no lands to be told by a name."""
_LEADED = re.compile(r"tht|through|dip(?![a-z])|^(?!.*(smd|smt)).*(pin_?(header|socket)|terminal)", re.IGNORECASE)
"""Names of connectors and switches with leads in holes."""


def _chip(name: str, g: _Facts) -> str:
    code = size_of_lands(g.width, g.height) if not g.tht else ""
    small = code in SMALL if code else g.length <= _SMALL_LENGTH
    return size_class(name) or ("chip-S" if small else "chip-L")


def _size(family: str, name: str, g: _Facts) -> str:
    if family not in ("chip-S", "chip-L") or not (g.two_lands or g.landless):
        return ""
    return size_of_name(name) or size_of_lands(g.width, g.height)


def size_of_lands(width: float, height: float) -> str:
    """Imperial size code of the chip on a pair of lands of this outer size in mm, '' where it is like that of none."""
    long, short = max(width, height), min(width, height)
    if not short > 0:
        return ""
    off = {code: max(abs(log(long / a)), abs(log(short / b))) for code, (a, b) in CHIPS.items()}
    best = min(off, key=lambda code: off[code])
    return best if off[best] <= _LIKE else ""
