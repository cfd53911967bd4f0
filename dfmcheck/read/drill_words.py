"""What a drill file says about itself: its unit, zeros and digits, plating and span, by header words and by comments.

Header words: the M48 header of Excellon's CNC-7 manual ("Part Programming Commands"). LZ and TZ name the zeros that are
*kept*; the comments of most tools name those that are *suppressed*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..board import Cover

COMMENT = re.compile(rb"^[ \t]*;[^\n]*", re.M)
_HEADER = re.compile(rb"^[ \t]*(METRIC|INCH|[MG]7[01]|M72)((?:[ \t]*,[^,;\n]*)*)[ \t]*(?:;[^\n]*)?$", re.M | re.I)
_PLACE = re.compile(rb"^[ \t]*(?:G0?[0-3])?[XY][+-]?[0-9.]", re.M)
_KICAD = re.compile(r"FORMAT=\{\s*([-\d]+)\s*:\s*([-\d]+)\s*/\s*(\w+)\s*/\s*(\w+)\s*/\s*([\w ]+?)\s*\}", re.I)
_PAIR = re.compile(r"FORMAT\s*[:=]\s*(\d)\s*[:.]\s*(\d)((?:\s*/\s*\w+)*)", re.I)
_FUNCTION = re.compile(r"(?:#@!\s*TF|%?TF)(\.\w+),(.*?)\*?%?\s*$")
_SPAN = re.compile(r"(?:\bL(?:ayer)?\s*(\d+)\s*(?:-|to)\s*L?(?:ayer)?\s*(\d+)\b)|(?:\bDrill\s+(\d+)\s*-\s*(\d+)\b)", re.I)
_ALLEGRO = re.compile(r"FILE\s*:\s*\S+?-(\d+)-(\d+)\.(?:drl|rou)\b", re.I)
_START = re.compile(r"(NON[-_ ]?PLATED|PLATED).*?START AT T(\d{1,9})\b", re.I)
_NOT_PLATED = re.compile(r"\b(?:NON|NOT|UN)[-_ ]?PLATED\b|\bNPTH(?:\b|_)", re.I)
_PLATED = re.compile(r"\bPLATED\b|\bPTH(?:\b|_)", re.I)
_PATH = re.compile(r"[/\\]|\.\w{3}\b")
_HOLESIZE = re.compile(
    r"(?:T(\d{1,9})\s+)?Holesize\s+(\d{1,9})\.?\s*=\s*([\d.]{1,20})(.*?\b(MILS?|INCH(?:ES)?|MM|MILLIMETERS?|MICRONS?)\b)?", re.I
)
_KICAD_NAME = re.compile(r"-(F_Cu|In\d+_Cu|front|in\d+)-(B_Cu|In\d+_Cu|back|in\d+)(?:[-.]|$)", re.I)
_ALLEGRO_NAME = re.compile(r"-(\d+)-(\d+)\.(?:drl|rou)$", re.I)

MM = {"mm": 1.0, "in": 25.4}
SIZES = {"mil": 0.0254, "inc": 25.4, "mm": 1.0, "millim": 1.0, "mic": 0.001}
"""mm of a unit by the first letters of its name."""


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
    starts: dict[int, Cover] = field(default_factory=dict)
    """Plating from a tool number on (Fritzing)."""
    span: tuple[int, int] | None = None
    span_open: bool = False
    """The name tells a span that ends on the bottom layer, whose number it does not tell."""
    sizes: dict[int, tuple[float, Cover]] = field(default_factory=dict)
    """Tools described by comments: diameter mm (NaN if its unit is not said) and plating."""

    def say(self, unit: str = "", zeros: str = "", digits: tuple[int, int] | None = None) -> None:
        if unit and unit not in self.units:
            self.units.append(unit)
        if zeros and zeros not in self.zeros:
            self.zeros.append(zeros)
        if digits is not None and digits not in self.digits and 0 < sum(digits) <= 12:
            self.digits.append(digits)


def words(data: bytes, path: str = "") -> Words:
    """All that header words, comments and name of the file say. `data` has \\n at line ends only."""
    said, platings = Words(), set[Cover]()
    first = _PLACE.search(data)
    for match in _HEADER.finditer(data, 0, first.start() if first else len(data)):
        _header(said, match[1].decode().upper(), match[2].decode("latin-1").upper())
    for raw in COMMENT.findall(data):
        if len(raw) <= 500:
            platings.add(_comment(said, raw.decode("utf-8", "replace").strip().lstrip("; \t")))
    platings.discard(Cover.UNKNOWN)
    if len(platings) == 1:
        said.plated = platings.pop()
    function = said.file.get(".FileFunction", ())
    if function and function[0].strip().lower() in ("plated", "nonplated", "mixedplating"):
        said.plated, said.span = function_plating(function), function_span(function)
    if said.span is None:
        _name(said, path)
    return said


def _header(said: Words, word: str, rest: str) -> None:
    said.say(unit="mm" if word in ("METRIC", "M71", "G71") else "in")
    for part in (p.strip() for p in rest.split(",")):
        if part in ("LZ", "TZ"):
            said.say(zeros="leading" if part == "LZ" else "trailing")
        elif match := re.fullmatch(r"(0{1,6})\.(0{1,6})", part):
            said.say(digits=(len(match[1]), len(match[2])))


def _comment(said: Words, text: str) -> Cover:
    """Take in one comment; returns what it says of the plating of the whole file."""
    if match := _KICAD.search(text):
        digits = (int(match[1]), int(match[2])) if match[1].isdecimal() and match[2].isdecimal() else None
        said.say(unit_of(match[4]), _kept(match[5]), digits)
    elif match := _PAIR.search(text):
        said.say(digits=(int(match[1]), int(match[2])))
        for word in match[3].split("/"):
            said.say(unit_of(word.strip()), _kept(word.strip()))
    elif match := _HOLESIZE.search(text):
        size = next((v for k, v in SIZES.items() if (match[5] or "").lower().startswith(k)), float("nan"))
        said.mils |= (match[5] or "").lower().startswith("mil")
        said.sizes.setdefault(int(match[1] or match[2]), (number(match[3]) * size, plating(text)))
    elif match := _FUNCTION.match(text):
        said.file.setdefault(match[1], tuple(match[2].split(",")))
    elif match := _START.search(text):
        said.starts.setdefault(int(match[2]), plating(match[1]))
    elif not text.upper().startswith(("TYPE=", "#@!")):
        if match := _ALLEGRO.search(text) or _SPAN.search(text):
            said.span = said.span or _span(*(int(g[:4]) for g in match.groups() if g))
        if not _PATH.search(text.replace(" / ", " ")):
            return plating(text)
    return Cover.UNKNOWN


def _name(said: Words, path: str) -> None:
    """A span by the names that KiCad and Allegro give files of one."""
    if match := _KICAD_NAME.search(path):
        first, last = (g.lower().removesuffix("_cu") for g in match.groups())
        top = 1 if first in ("f", "front") else int(first[2:5]) + 1
        if last not in ("b", "back"):
            said.span = _span(top, int(last[2:5]) + 1)
        else:
            said.span_open = top > 1
    elif said.sizes and (match := _ALLEGRO_NAME.search(path)):
        said.span = _span(int(match[1][:4]), int(match[2][:4]))


def unit_of(word: str) -> str:
    """mm or in by any of the words that tools use, '' for none of them."""
    word = word.lower()
    if word.startswith(("mm", "metric", "millim")):
        return "mm"
    return "in" if word.startswith(("in", "english", "imperial")) else ""


def _kept(word: str) -> str:
    """Which zeros stand in the numbers, by words on those that are suppressed."""
    word = word.lower()
    if "decimal" in word:
        return "decimal"
    if "keep" in word or word == "none":
        return "both"
    if "leading" in word:
        return "trailing"
    return "leading" if "trailing" in word else ""


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def plating(text: str) -> Cover:
    """What a comment says of plating: nothing of a file where it names both kinds."""
    plated = _PLATED.search(_NOT_PLATED.sub("", text))
    if _NOT_PLATED.search(text):
        return Cover.UNKNOWN if plated else Cover.NO
    return Cover.YES if plated else Cover.UNKNOWN


def function_plating(function: tuple[str, ...]) -> Cover:
    """What the fields of .FileFunction or .AperFunction say."""
    kinds: dict[str, Cover] = {"plated": Cover.YES, "nonplated": Cover.NO}
    return kinds.get(function[0].strip().lower(), Cover.UNKNOWN) if function else Cover.UNKNOWN


def function_span(function: tuple[str, ...]) -> tuple[int, int] | None:
    """The layers in a .FileFunction of drill files: `Plated,1,4,PTH`."""
    ends = [f.strip() for f in function[1:3]]
    return _span(*(int(e[:4]) for e in ends)) if len(ends) == 2 and all(e.isdecimal() for e in ends) else None


def _span(first: int, last: int) -> tuple[int, int] | None:
    return (first, last) if 1 <= first < last <= 99 else None
