"""What a drill file says about itself: its unit, zeros and digits, by header words and by the comments of CAD tools.

Header words: the M48 header of Excellon's CNC-7 manual ("Part Programming Commands"). LZ and TZ name the zeros that are
*kept*; the comments of most tools name those that are *suppressed*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..board import Cover

COMMENT = re.compile(rb"^[ \t]*;[^\n]*", re.M)
_HEADER = re.compile(rb"^[ \t]*(METRIC|INCH|M71|M72)((?:[ \t]*,[^,;\n]*)*)[ \t]*(?:;[^\n]*)?$", re.M | re.I)
_KICAD = re.compile(r"FORMAT=\{\s*([-\d]+)\s*:\s*([-\d]+)\s*/\s*(\w+)\s*/\s*(\w+)\s*/\s*([\w ]+?)\s*\}", re.I)
_PAIR = re.compile(r"FORMAT\s*[:=]\s*(\d)\s*[:.]\s*(\d)((?:\s*/\s*\w+)*)", re.I)
_FUNCTION = re.compile(r"(?:#@!\s*)?(?:%?TF)?(\.\w+),(.*?)\*?%?\s*$")
_SPAN = re.compile(r"(?:\bL(?:ayer)?\s*(\d+)\s*(?:-|to)\s*L?(?:ayer)?\s*(\d+)\b)|(?:\bDrill\s+(\d+)\s*-\s*(\d+)\b)", re.I)
_ALLEGRO = re.compile(r"FILE\s*:\s*\S+?-(\d+)-(\d+)\.(?:drl|rou)\b", re.I)
_NOT_PLATED, _PLATED = re.compile(r"\bNON[-_ ]?PLATED\b|\bNPTH(?:\b|_)", re.I), re.compile(r"\bPLATED\b|\bPTH(?:\b|_)", re.I)
_HOLESIZE = re.compile(
    r"(?:T(\d+)\s+)?Holesize\s+(\d+)\.?\s*=\s*([\d.]+)(.*?\b(MILS?|INCH(?:ES)?|MM|MILLIMETERS?|MICRONS?)\b)?", re.I
)

MM = {"mm": 1.0, "in": 25.4}
_SIZES = {"mil": 0.0254, "inc": 25.4, "mm": 1.0, "millim": 1.0, "mic": 0.001}


@dataclass
class Words:
    """Each list holds what was said, in the order of the file, each thing once."""

    units: list[str] = field(default_factory=list)
    zeros: list[str] = field(default_factory=list)
    digits: list[tuple[int, int]] = field(default_factory=list)
    mils: bool = False
    """A comment names hole sizes in mils: a hint that coordinates are in inches."""
    file: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plated: Cover = Cover.UNKNOWN
    span: tuple[int, int] | None = None
    sizes: dict[int, tuple[float, Cover]] = field(default_factory=dict)
    """Tools described by comments only: diameter mm (NaN if its unit is not said) and plating."""

    def say(self, unit: str = "", zeros: str = "", digits: tuple[int, int] | None = None) -> None:
        if unit and unit not in self.units:
            self.units.append(unit)
        if zeros and zeros not in self.zeros:
            self.zeros.append(zeros)
        if digits is not None and digits not in self.digits and 0 < sum(digits) <= 12:
            self.digits.append(digits)


def words(data: bytes) -> Words:
    """All that header words and comments of the file say. `data` has \\n at line ends only."""
    said = Words()
    for match in _HEADER.finditer(data):
        _header(said, match[1].decode().upper(), match[2].decode("latin-1").upper())
    for raw in COMMENT.findall(data):
        comment = raw.decode("utf-8", "replace").strip().lstrip("; \t")
        if len(comment) <= 500:
            _comment(said, comment)
    _function(said)
    return said


def _header(said: Words, word: str, rest: str) -> None:
    said.say(unit="mm" if word in ("METRIC", "M71") else "in")
    for part in (p.strip() for p in rest.split(",")):
        if part in ("LZ", "TZ"):
            said.say(zeros="leading" if part == "LZ" else "trailing")
        elif match := re.fullmatch(r"(0{1,6})\.(0{1,6})", part):
            said.say(digits=(len(match[1]), len(match[2])))


def unit_of(word: str) -> str:
    """mm or in by any of the words that tools use, '' for none of them."""
    word = word.lower()
    if word.startswith(("mm", "metric", "millim")):
        return "mm"
    return "in" if word.startswith(("in", "english", "imperial")) else ""


def _comment(said: Words, text: str) -> None:
    if match := _KICAD.search(text):
        digits = (int(match[1]), int(match[2])) if match[1].isdigit() and match[2].isdigit() else None
        said.say(unit_of(match[4]), _kept(match[5]), digits)
    elif match := _PAIR.search(text):
        rest = [w.strip() for w in match[3].split("/")]
        said.say(digits=(int(match[1]), int(match[2])))
        for word in rest:
            said.say(unit=unit_of(word), zeros=_kept(word))
    elif match := _HOLESIZE.search(text):
        size = next((v for k, v in _SIZES.items() if (match[5] or "").lower().startswith(k)), float("nan"))
        said.mils |= (match[5] or "").lower().startswith("mil")
        said.sizes.setdefault(int(match[1] or match[2]), (_float(match[3]) * size, plating(text)))
    elif match := _FUNCTION.match(text):
        said.file.setdefault(match[1], tuple(match[2].split(",")))
    else:
        if said.plated == Cover.UNKNOWN and not text.upper().startswith("TYPE="):
            said.plated = plating(text)
        if match := _ALLEGRO.search(text) or _SPAN.search(text):
            first, last = (int(g) for g in match.groups() if g)
            said.span = said.span or _span(first, last)


def _kept(word: str) -> str:
    word = word.lower()
    if "decimal" in word:
        return "decimal"
    if "keep" in word or word == "none":
        return "both"
    if "leading" in word:
        return "trailing"
    return "leading" if "trailing" in word else ""


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def plating(text: str) -> Cover:
    """What a comment says of plating."""
    if _NOT_PLATED.search(text):
        return Cover.NO
    return Cover.YES if _PLATED.search(text) else Cover.UNKNOWN


def _span(first: int, last: int) -> tuple[int, int] | None:
    return (first, last) if 1 <= first < last <= 99 else None


def function_plating(function: tuple[str, ...]) -> Cover:
    """What the fields of .FileFunction or .AperFunction say."""
    kinds: dict[str, Cover] = {"plated": Cover.YES, "nonplated": Cover.NO}
    return kinds.get(function[0].strip().lower(), Cover.UNKNOWN) if function else Cover.UNKNOWN


def function_span(function: tuple[str, ...]) -> tuple[int, int] | None:
    """The layers in a .FileFunction of drill files: `Plated,1,4,PTH`."""
    if len(function) >= 3 and function[1].strip().isdecimal() and function[2].strip().isdecimal():
        return _span(int(function[1]), int(function[2]))
    return None


def _function(said: Words) -> None:
    function = said.file.get(".FileFunction", ())
    if function and function[0].strip().lower() in ("plated", "nonplated", "mixedplating"):
        said.plated = function_plating(function)
        said.span = function_span(function) or said.span
