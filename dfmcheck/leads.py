"""How thick the leads of a part are: what its fields or its footprint's name say, else what its kind of part usually has.

Figures are nominal sizes of common parts, mm: the 0.025 inch post of 2.54 mm headers and its smaller kin, JEDEC outlines
(DO-35, DO-41, DO-15, DO-201, dual in-line), DIN sizes of axial resistors, the lead table that makers of radial aluminium
capacitors share.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .board import Bools, Floats, Ints
from .units import parse


class Lead(NamedTuple):
    """Cross-section in mm: a diameter, or two sides."""

    width: float
    height: float = 0.0
    """0 of a round lead."""
    source: str = ""
    estimate: bool = True

    @property
    def across(self) -> float:
        """Diameter or diagonal."""
        return float((self.width**2 + self.height**2) ** 0.5)

    def __str__(self) -> str:
        return f"{self.width:g} x {self.height:g} mm" if self.height else f"{self.width:g} mm"


_KINDS: tuple[tuple[str, tuple[float, ...], str], ...] = (
    (r"pin[-_ ]?header.*2[.,]54|(?<![a-z])idc[-_ ]?header|box[-_ ]?header.*2[.,]54", (0.64, 0.64), "a pin of a 2.54 mm header"),
    (r"pin[-_ ]?header.*2[.,]00", (0.5, 0.5), "a pin of a 2 mm header"),
    (r"pin[-_ ]?header.*1[.,]27", (0.4, 0.4), "a pin of a 1.27 mm header"),
    (r"(?<![a-z])[cp]?dip-?\d+_.*w(7[.,]62|10[.,]16|15[.,]24)mm", (0.46, 0.25), "a lead of a dual in-line package"),
    (r"din0204", (0.5,), "a lead of size 0204"),
    (r"din0207", (0.6,), "a lead of size 0207"),
    (r"din0309", (0.7,), "a lead of size 0309"),
    (r"din04(11|14)", (0.8,), "a lead of size 0411"),
    (r"do-?35(?!\d)", (0.5,), "a lead of DO-35"),
    (r"do-?41(?!\d)", (0.8,), "a lead of DO-41"),
    (r"do-?15(?!\d)", (0.8,), "a lead of DO-15"),
    (r"do-?201(?!\d)", (1.25,), "a lead of DO-201"),
    (r"cp_radial_d[45][.,]0", (0.5,), "a lead of such a capacitor"),
    (r"cp_radial_d6[.,]3", (0.5,), "a lead of such a capacitor"),
    (r"cp_radial_d(8|10|12[.,]5)([.,]0)?mm", (0.6,), "a lead of such a capacitor"),
    (r"cp_radial_d1[68]([.,]0)?mm", (0.8,), "a lead of such a capacitor"),
    (r"(?<![a-z])led_d[35][.,]0mm", (0.5, 0.5), "a lead of such an LED"),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), size, source) for pattern, size, source in _KINDS)
_NUMBER = r"(\d*[.,]?\d+)\s*(mm|mil|thou|inch|in|\")?"
_FIELD = re.compile(r"(?:lead|pin|leg)[-_ ]*(d|dia|diam|diameter|size|width|thickness|section)?\.?\Z", re.IGNORECASE)
_INCH = {"inch": "in", '"': "in"}
_VALUE = re.compile(rf"([ØD=\s]*){_NUMBER}(?:\s*[x×*]\s*{_NUMBER})?(?:\s*(?:±|\+/?-)\s*{_NUMBER})?\s*\Z", re.IGNORECASE)
_SAID = re.compile(rf"(?<![a-z])(?:lead|leg|pin[-_]?d|pin[-_]?dia|solderwire.*_d){'[-_ ]*d?'}(\d+[.,]\d+)mm", re.IGNORECASE)


def lead_of(footprint: str, fields: dict[str, str]) -> Lead | None:
    """The lead of a component, None where nothing tells."""
    for key, value in fields.items():
        size = _size(value, _tells(key))
        if size and 0.1 <= size[0] <= 6:
            return Lead(*size, f"field {key}", False)
    return _named(footprint.rpartition(":")[2])


@lru_cache(maxsize=1024)
def _tells(field: str) -> re.Match[str] | None:
    return _FIELD.match(field.strip())


def _size(value: str, field: re.Match[str] | None) -> tuple[float, float] | None:
    """Diameter and 0, or two sides, in mm, at the upper end of their tolerance; a number without a unit is one in mm.

    A field that is just called `Pin` may hold a count: its value must have a unit, or a sign of diameter.
    """
    found = _VALUE.match(value) if field else None
    if found is None or field is None or not (field[1] or found[1].strip() or found[3] or found[5]):
        return None
    unit = found[5] or found[3] or found[7] or "mm"
    one, two, more = (_mm(found[k], found[k + 1] or unit) for k in (2, 4, 6))
    return one + more, (two + more if two else 0.0)


@lru_cache(maxsize=4096)
def _named(name: str) -> Lead | None:
    said = _SAID.search(name)
    if said and 0.1 <= _mm(said[1], "mm") <= 6:
        return Lead(_mm(said[1], "mm"), 0.0, "the footprint's name", False)
    for pattern, size, source in _PATTERNS:
        if pattern.search(name):
            return Lead(size[0], size[1] if len(size) > 1 else 0.0, source)
    return None


def _mm(number: str | None, unit: str) -> float:
    """A length in mm, with a comma or a point; 0 for none."""
    return parse(f"{number.replace(',', '.')} {_INCH.get(unit.lower(), unit)}", "mm") if number else 0.0


def usual(radius: Floats, component: Ints) -> Bools:
    """Mask over holes, by their radius and component: those of the size that most holes of their component have; others are of
    pegs and shields."""
    key = component.astype(np.int64) * 100_000 + np.round(radius * 1000).astype(np.int64)
    names, which, count = np.unique(key, return_inverse=True, return_counts=True)
    most = np.zeros(int(component.max(initial=-1)) + 1, np.int64)
    np.maximum.at(most, (names // 100_000), count)
    return np.asarray(count[which] == most[component], np.bool_)
