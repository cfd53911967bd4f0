"""The package family of each component: from its lands where they leave no doubt, else from names that go with them."""

from __future__ import annotations

import numpy as np

from .board import Components, Objects
from .parts_lands import Lands
from .parts_names import family_of_name, family_of_prefix, size_of_name

_CHIPS = (  # outer length of lands from which on a two-land part has this size
    (0.0, "01005"), (0.75, "0201"), (1.1, "0402"), (1.95, "0603"), (2.7, "0805"), (3.8, "1206"), (5.6, "1812"), (7.0, "2512"),
)  # fmt: skip
_SMALL = frozenset({"01005", "0201", "0402", "0603"})
_LEAD = 1.0
"""mm; lands of gull wings are longer, lands of leadless parts are shorter."""


def families(c: Components, lands: Lands) -> tuple[Objects, Objects, Objects]:
    """Family, what it is from, and size code of each component; see `Parts`."""
    n = len(c)
    family, source, size = (np.full(n, "", object) for _ in range(3))
    known: dict[object, tuple[str, str, str]] = {}
    columns = [getattr(lands, name).tolist() for name in _USED]
    for row, facts in enumerate(zip(*columns)):
        name = str(c.footprint[row]).rpartition(":")[2]
        suggested = family_of_prefix(str(c.ref[row]))
        key = (name, suggested, facts)
        if key not in known:
            known[key] = _family(name, suggested, dict(zip(_USED, facts)))
        family[row], source[row], size[row] = known[key]
    return family, source, size


_USED = ("pins", "smd", "tht", "npth", "exposed", "pitch", "columns", "rows", "width", "height", "along", "across", "round")


def _family(name: str, suggested: str, g: dict[str, float]) -> tuple[str, str, str]:
    drawn, sure = _of_lands(g)
    told = family_of_name(name)
    if told in ("chip", "") and size_of_name(name) and g["smd"] == 2:
        told = "chip"
    for source, guess in (("name", told), ("reference", suggested)):
        if guess and _possible(guess, drawn, sure, g):
            final = _final(guess, name, g)
            return final, "lands" if final == drawn else source, _size(final, name, g)
    return drawn, "lands" if drawn else "", _size(drawn, name, g)


def _of_lands(g: dict[str, float]) -> tuple[str, bool]:
    """Family by geometry alone, and whether it can be nothing else."""
    smd, tht, n = g["smd"], g["tht"], g["smd"] + g["tht"]
    if n == 0:
        return ("hole", True) if g["npth"] else ("mark", True)
    if tht >= smd and tht:
        if g["columns"] == 2 and g["rows"] >= 2 and tht >= 4 and tht == 2 * g["rows"] and min(g["width"], g["height"]) > 6:
            return "DIP", False
        return ("THT" if tht <= 3 else "conn-THT"), False
    if smd == 1:
        return "testpoint", False
    if smd == 2:
        return _chip(max(g["width"], g["height"])), False
    lines = min(g["columns"], g["rows"])
    if lines >= 3 and n >= 9 and n >= 0.5 * g["columns"] * g["rows"] and not g["exposed"]:
        return "BGA", True
    if g["round"] and lines >= 2 and g["pitch"] <= 0.8:
        return "BGA", True
    if lines >= 4 and g["pitch"] < 1.5:
        leaded = g["along"] > _LEAD
        return ("QFP" if leaded else "QFN"), not leaded
    if n <= 6 and not g["exposed"]:
        return "SOT", False
    if g["exposed"] and g["along"] <= _LEAD:
        return "QFN", False
    if lines <= 3 and g["pitch"] <= 1.28 and g["pins"] >= 8:
        return ("SO" if g["along"] > _LEAD else "QFN"), False
    return "", False


def _possible(guess: str, drawn: str, sure: bool, g: dict[str, float]) -> bool:
    """Whether lands like these can be of the family that a name tells."""
    n = g["smd"] + g["tht"]
    if guess == "mark":
        return n == 0
    if guess == "chip":
        return g["smd"] == 2 and g["tht"] == 0
    if guess in ("QFN", "QFP", "BGA", "SO", "SOT"):
        return g["smd"] > 0 and not (sure and drawn != guess)
    if guess in ("DIP", "axial", "radial", "THT"):
        return g["tht"] > 0
    if n == 0:
        return guess in ("fiducial", "hole", "mech", "tall", "conn")
    if guess in ("jumper", "hole", "fiducial", "testpoint"):
        return g["pins"] <= (4 if guess == "jumper" else 1)
    return not sure or guess in ("conn", "module", "xtal", "card-edge")


def _final(guess: str, name: str, g: dict[str, float]) -> str:
    if guess == "chip":
        return _chip(max(g["width"], g["height"]), size_of_name(name))
    if guess == "conn":
        return "conn-SMT" if g["smd"] > g["tht"] else "conn-THT"
    return guess


def _chip(length: float, size: str = "") -> str:
    return "chip-S" if (size or _code(length)) in _SMALL else "chip-L"


def _code(length: float) -> str:
    return [code for least, code in _CHIPS if length >= least][-1]


def _size(family: str, name: str, g: dict[str, float]) -> str:
    if family not in ("chip-S", "chip-L"):
        return ""
    return size_of_name(name) or (_code(max(g["width"], g["height"])) if g["smd"] == 2 else "")
