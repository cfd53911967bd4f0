"""Which number formats a drill file's own words and digits allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
import shapely

from ..package import Fault, Hits, NumberFormat
from .drill_faults import CONTRADICTED, GUESSED
from .drill_words import COMMENT, Words

_DEFAULT = {"in": ((2, 4),), "mm": ((3, 3), (4, 2), (3, 2))}
_LONG = {
    "in": {7: ((2, 5), (3, 4)), 8: ((3, 5), (2, 6), (4, 4))},
    "mm": {7: ((4, 3), (3, 4)), 8: ((4, 4), (3, 5), (5, 3))},
}


@dataclass(frozen=True)
class Digits:
    """Facts about the numbers of a file, zero values left aside."""

    points: bool
    """Some have a decimal point."""
    plain: bool
    """Some have none."""
    shortest: int
    longest: int
    leading: bool
    """Some plain ones start with 0."""
    trailing: bool
    """Some plain ones end with 0."""
    whole: int
    """Most digits before a point."""
    fraction: int
    """Most digits after a point."""

    @property
    def equal(self) -> bool:
        return self.plain and self.shortest == self.longest


def digits_of(data: bytes) -> Digits:
    """The facts about all numbers after X and Y, outside of comments."""
    text = np.frombuffer((COMMENT.sub(b"", data) if b";" in data else data) + b"\n", np.uint8)
    numeric = ((text >= 48) & (text <= 57)) | (text == 46)
    start = np.flatnonzero((text == 88) | (text == 89)) + 1
    start += (text[start] == 43) | (text[start] == 45)
    others, dots = np.flatnonzero(~numeric), np.flatnonzero(text == 46)
    end = others[np.searchsorted(others, start)]
    dot = np.append(dots, len(text))[np.searchsorted(dots, start)]
    value = np.append(0, np.cumsum((text >= 49) & (text <= 57)))
    pointed, plain = (dot < end) & (end > start), (dot >= end) & (value[end] > value[start])
    size = (end - start)[plain]
    return Digits(
        points=bool(pointed.any()),
        plain=bool(plain.any()),
        shortest=int(size.min(initial=99)) if len(size) else 0,
        longest=int(size.max(initial=0)),
        leading=bool((text[start[plain]] == 48).any()),
        trailing=bool((text[end[plain] - 1] == 48).any()),
        whole=int((dot - start)[pointed].max(initial=0)),
        fraction=int((end - dot - 1)[pointed].max(initial=0)),
    )


def formats(words: Words, digits: Digits, sizes: Iterable[float] = ()) -> tuple[list[NumberFormat], bool, list[Fault]]:
    """All formats that the file allows, best guess first; whether it states its format; and what is wrong with its words.

    `sizes` are the diameters of its tools as written, a hint where no unit is stated.
    """
    units = words.units or _likely_units(words, list(sizes))
    faults = []
    if not words.units:
        faults.append(Fault(GUESSED, None, "no unit is stated (neither INCH nor METRIC)", True))
    elif len(units) > 1:
        faults.append(Fault(CONTRADICTED, None, "it is said to be in inches and in millimetres", True))
    if not digits.plain:
        shape = words.digits[0] if words.digits else (max(digits.whole, 1), digits.fraction)
        return [NumberFormat(u, *shape, "decimal") for u in units], not faults, faults
    zeros = "both" if "both" in words.zeros else words.zeros[0] if len(words.zeros) == 1 else ""
    if digits.points and words.digits and zeros not in ("", "decimal"):
        return [NumberFormat(u, *words.digits[0], zeros) for u in units], not faults, faults
    if digits.points:
        mixed = [f for u in units for f in _mixed(words, digits, u)]
        faults.append(Fault(GUESSED, None, "some numbers have a decimal point, others have none", True))
        return mixed, False, faults
    found: list[NumberFormat] = []
    for unit in units:
        found += _implied(words, digits, unit, faults)
    return list(dict.fromkeys(found)), not faults, list(dict.fromkeys(faults))


def _likely_units(words: Words, sizes: list[float]) -> list[str]:
    sizes = sorted(s for s in sizes if s > 0)
    metric = bool(sizes) and sizes[len(sizes) // 2] > 0.25 and not words.mils
    return ["mm", "in"] if metric else ["in", "mm"]


def _mixed(words: Words, digits: Digits, unit: str) -> list[NumberFormat]:
    literal = NumberFormat(unit, max(digits.whole, digits.longest), digits.fraction, "decimal")
    zeros = [z for z in words.zeros if z != "decimal"]
    shape = words.digits[0] if words.digits else _DEFAULT[unit][0]
    implied = NumberFormat(unit, *shape, zeros[0] if zeros else "trailing")
    return [implied, literal] if (zeros or words.digits) and "decimal" not in words.zeros else [literal, implied]


def _long(unit: str, digits: int) -> list[tuple[int, int]]:
    return list(_LONG[unit].get(digits, ()) or ((digits - d, d) for d in (4, 5, 6, 3)))


def _dotted(shape: tuple[int, int]) -> str:
    return f"{shape[0]}.{shape[1]}"


def _implied(words: Words, digits: Digits, unit: str, faults: list[Fault]) -> list[NumberFormat]:
    """Formats where no number has a decimal point."""
    zeros = [z for z in words.zeros if z != "decimal"]
    shapes = list(words.digits)
    if len(shapes) > 1:
        faults.append(Fault(CONTRADICTED, None, f"two formats are stated, {_dotted(shapes[0])} and {_dotted(shapes[1])}", True))
    if shapes and digits.longest > max(i + d for i, d in shapes):
        faults.append(Fault(CONTRADICTED, None, f"numbers of {digits.longest} digits do not fit the stated format", True))
        shapes += _long(unit, digits.longest)
    elif not shapes:
        shapes = list(_DEFAULT[unit])
        if digits.longest > 6:
            faults.append(Fault(GUESSED, None, f"numbers of {digits.longest} digits, but no word on how many are decimals", True))
            shapes = _long(unit, digits.longest)
        elif unit == "mm":
            faults.append(Fault(GUESSED, None, "METRIC with no word on how many digits are decimals (3.3 or 4.2)", True))
    total = sum(shapes[0])
    if digits.equal and digits.longest == total and (digits.leading or digits.trailing or not zeros):
        kept = zeros[0] if len(zeros) == 1 and (words.digits or total <= 6) else "both"
        return [NumberFormat(unit, i, d, kept) for i, d in shapes if i + d == total]
    if not zeros:
        faults.append(Fault(GUESSED, None, "no word on which zeros are left out (neither LZ nor TZ)", True))
        zeros = ["leading", "trailing"] if digits.leading and not digits.equal else ["trailing", "leading"]
    elif len(zeros) > 1 and "both" not in zeros:
        faults.append(Fault(CONTRADICTED, None, "leading and trailing zeros are both said to be kept", True))
        zeros = ["leading", "trailing"] if digits.leading else ["trailing", "leading"]
    elif not digits.equal and zeros == ["trailing"] and digits.leading and not digits.trailing:
        faults.append(Fault(CONTRADICTED, None, "TZ is stated, yet leading zeros are kept and trailing ones left out", True))
        zeros = ["trailing", "leading"]
    elif not digits.equal and zeros == ["leading"] and digits.trailing and not digits.leading:
        faults.append(Fault(CONTRADICTED, None, "LZ is stated, yet trailing zeros are kept and leading ones left out", True))
        zeros = ["leading", "trailing"]
    return [NumberFormat(unit, i, d, z) for z in zeros for i, d in shapes]


def value(token: bytes, form: NumberFormat) -> float:
    """One coordinate in the unit of the format; NaN for what is no number."""
    sign = -1.0 if token[:1] == b"-" else 1.0
    body = token.lstrip(b"+-")
    if not body or body == b"." or body.count(b".") > 1 or len(body) > 20:
        return nan
    if b"." in body or form.zeros == "decimal":
        return sign * float(body)
    return sign * int(body) / 10.0 ** (len(body) - form.integers if form.zeros == "leading" else form.decimals)


def plausibility(hits: Hits) -> tuple[bool, bool]:
    """Whether the holes lie on a board of a sensible size, and whether they keep clear of each other; both matter in turn."""
    if len(hits) < 2:
        return True, True
    centres = shapely.get_coordinates(shapely.centroid(hits.core[:1000]))
    width, height = np.ptp(centres, axis=0)
    places, rows = np.unique(centres.round(4), axis=0, return_index=True)
    points = shapely.points(places)
    radius = np.nan_to_num(hits.radius[rows], nan=0.05)
    mine, other = shapely.STRtree(points).query(points, "dwithin", distance=radius)
    crowded = len(np.unique(mine[mine != other])) / max(len(places), 1)
    return bool(1.5 <= max(width, height) <= 700), bool(crowded < 0.1)
