"""Placement files: where the parts of a board stand, as CAD tools write it for pick and place machines.

Tables with a heading are told by the words of their columns, whatever parts them: KiCad (CSV and ASCII), Altium, EasyEDA,
JLCPCB, PADS, Allegro. Eagle's .mnt and .mnb have none: reference, x, y, angle, value, package. Only y up is read, which all
of these write.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from ..errors import DfmError
from ..package import Places

UNITS = {"mm": 1.0, "mil": 0.0254, "in": 25.4}
"""mm of each unit."""
ROWS, BYTES = 50_000, 20_000_000
"""More parts than any board has, and what their file may have of bytes."""
LINES = 4 * ROWS
"""And of lines, blank ones and remarks among them."""
FAR = 1e6
"""Units from the origin: 25 m in mil."""
_WIDTH = 4000
"""Characters of a line that are looked at."""
_HEAD = 60
"""Lines in which the heading must stand."""


class Placement(NamedTuple):
    """A placement file, read."""

    places: Places
    unit: str
    """mm, mil, in; '' where the file does not say."""
    odd: tuple[tuple[int, str], ...] = ()
    """Rows that could not be read: how many, and of the first its line and what is wrong with it."""


_NAMES = {
    "ref": ("designator", "refdes", "reference", "ref", "refid", "partref", "references", "refdesignator", "component", "part",
            "name", "id"),
    "x": ("midx", "centerx", "centrex", "posx", "xcenter", "centroidx", "xpos", "symbolx", "locationx", "positionx", "xlocation",
          "coordx", "xcoord", "xcoordinate", "x", "refx", "padx"),
    "y": ("midy", "centery", "centrey", "posy", "ycenter", "centroidy", "ypos", "symboly", "locationy", "positiony", "ylocation",
          "coordy", "ycoord", "ycoordinate", "y", "refy", "pady"),
    "angle": ("rotation", "rot", "angle", "orientation", "orient", "rotationdeg", "theta", "rotate"),
    "side": ("side", "layer", "tb", "mirror", "mirrored", "boardside", "face"),
    "value": ("val", "value", "comment", "partvalue"),
    "footprint": ("package", "footprint", "pattern", "symbolname", "symname", "partdecal", "decal", "case", "device"),
}  # fmt: skip
"""Words of a heading, letters only, by what the column holds; the surer first."""
_UNIT = re.compile(r"[\s(\[_-]*\b(mm|millimet(?:er|re)s?|mils?|thou|inch(?:es)?|in)\b[\s)\]]*$", re.I)
_NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*(mm|mils?|inch|in|\"|°|deg)?\s*", re.I)
_STATED = re.compile(r"\bu?units?\b[^a-z\n]{0,4}(?:used)?[^a-z\n]{0,4}(mm|millimet(?:er|re)s?|mils?|thou|inch(?:es)?|in)\b", re.I)
_EAGLE = re.compile(
    r"(?P<ref>\S+)\s+(?P<x>[-+]?\d*\.?\d+)\s+(?P<y>[-+]?\d*\.?\d+)\s+(?P<angle>[-+]?\d+(?:\.\d*)?)(?:\s+(?P<rest>.*))?$"
)
_BOTTOM = re.compile(r"\s*(b|bot|bottom.*|back|b\.cu|yes|y|m|1|solder.*|secondary|bs|.*\bbottom\b.*)\s*", re.I)
_WORDS = re.compile(r"(?:mid|ref|pad|center|pos|location|symbol) [xy]\b|\S+", re.I)
_PARTERS = (",", ";", "\t", "!", "|")


def read_placement(data: bytes, path: str, side: int = 0) -> Placement:
    """The parts that a placement file lists, in its order.

    side: of a file that has no column for it.
    Raises `DfmError` for a file that holds no table of places, or more than any board has.
    """
    if len(data) > BYTES:
        raise DfmError(f"is larger than {BYTES // 1_000_000} MB, too large for a placement file", path=path)
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise DfmError("is a spreadsheet, which is not readable; save it as CSV", path=path)
    if data.count(b"\n") > LINES:
        raise DfmError(f"has more than {LINES} lines, too many for a placement file", path=path)
    lines = list(_lines(data))
    stated = next((m[1] for _, _, text in lines[:_HEAD] if (m := _STATED.search(text))), "")
    for row, (_, _, text) in enumerate(lines[:_HEAD]):
        if head := _heading(text):
            return _table(lines[row + 1 :], head, _unit(stated), side, path)
    return _eagle(lines, _unit(stated), side, path)


def _lines(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Line number, byte offset and text of every line that is not blank."""
    code = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if code == "utf-16":
        data = data.decode(code, "replace").encode()
    at = 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        text = raw[:_WIDTH].decode("utf-8", "replace").strip("\ufeff\r\0 ")
        if text:
            yield number, at, text.replace("\0", "")
        at += len(raw) + 1


class _Heading(NamedTuple):
    parter: str
    """'' for blanks."""
    width: int
    at: dict[str, int]
    """Column by what it holds."""
    unit: str
    starts: tuple[int, ...] = ()
    """Where the columns begin, of a table parted by blanks."""


def _heading(text: str) -> _Heading | None:
    """The columns that a line names, None where it is no heading: it must name the part, x and y."""
    bare = text.lstrip("# ")
    for parter in _PARTERS:
        if parter in bare and (found := _columns(_cells(bare, parter), parter)):
            return found
    names = list(_WORDS.finditer(text.replace("#", " ", 1) if text.startswith("#") else text))
    return _columns([m[0] for m in names], "", tuple(m.start() for m in names))


def _columns(cells: Sequence[str], parter: str, starts: tuple[int, ...] = ()) -> _Heading | None:
    units = [m[1] if (m := _UNIT.search(cell)) else "" for cell in cells]
    words = [re.sub(r"[^a-z]", "", _UNIT.sub("", cell).lower()) for cell in cells]
    words = [re.sub(r"^(\w*[xy])(mm|mil|in)$", r"\1", w) for w in words]
    at: dict[str, int] = {}
    for what, names in _NAMES.items():
        column_ = next((words.index(name) for name in names if name in words), -1)
        if column_ >= 0 and column_ not in at.values():
            at[what] = column_
    if not {"ref", "x", "y"} <= set(at) or len(cells) > 100:
        return None
    return _Heading(parter, len(cells), at, _unit(units[at["x"]]), starts)


def _cells(text: str, parter: str) -> list[str]:
    try:
        return [cell.strip().strip('"') for cell in next(csv.reader([text], delimiter=parter, skipinitialspace=True), [])]
    except csv.Error:
        return []


def _row(text: str, head: _Heading) -> list[str]:
    """The cells of a line; [] where they do not fit the heading."""
    if head.parter:
        cells = _cells(text, head.parter)
        return cells if len(cells) > max(head.at.values()) else []
    for cells in (text.split(), re.split(r"\s{2,}", text)):
        if len(cells) == head.width:
            return cells
    ends = (*head.starts[1:], None)
    return [text[a:b].strip() for a, b in zip(head.starts, ends)] if len(head.starts) == head.width else []


def _table(lines: Sequence[tuple[int, int, str]], head: _Heading, stated: str, side: int, path: str) -> Placement:
    rows: list[tuple[str, str, str, float, float, float, int, int]] = []
    odd: list[tuple[int, str]] = []
    units = set[str]()
    for number, offset, text in lines:
        if text.startswith("#") or not text.strip(" ,;\t!|-="):
            continue
        cells = _row(text, head)

        def cell(what: str, cells: list[str] = cells) -> str:
            return cells[head.at[what]] if what in head.at and cells else ""

        x, y, angle = (_number(cell(what), head.parter) for what in ("x", "y", "angle"))
        ref = cell("ref").strip("\"' ")
        if x is None or y is None or not ref or max(abs(x[0]), abs(y[0])) > FAR:
            odd.append((number, f"no part and place can be read from {text[:60]!r}"))
            continue
        units |= {_unit(x[1])}
        below = int(bool(_BOTTOM.fullmatch(cell("side")))) if "side" in head.at else side
        turn = angle[0] if angle else 0.0
        rows.append((ref, cell("value"), cell("footprint"), x[0], y[0], turn, below, offset))
        if len(rows) > ROWS:
            raise DfmError(f"lists more than {ROWS} parts, more than any board has", path=path, line=number)
    units -= {""}
    if len(units) > 1:
        raise DfmError(f"mixes units ({', '.join(sorted(units))})", path=path)
    return Placement(_places(rows), next(iter(units), "") or head.unit or stated, tuple(odd))


def _eagle(lines: Sequence[tuple[int, int, str]], stated: str, side: int, path: str) -> Placement:
    rows = []
    for _, offset, text in lines:
        if m := _EAGLE.match(text):
            value, _, footprint = (m["rest"] or "").strip().rpartition(" ")
            x, y = float(m["x"]), float(m["y"])
            if max(abs(x), abs(y)) <= FAR and re.search(r"[A-Za-z]", m["ref"]):
                rows.append((m["ref"], value.strip(), footprint, x, y, float(m["angle"]), side, offset))
    if len(rows) < max(1, len(lines) // 2) or len(rows) > ROWS:
        raise DfmError("holds no table of parts with their places that can be read", path=path)
    return Placement(_places(rows), stated)


def _places(rows: Sequence[tuple[str, str, str, float, float, float, int, int]]) -> Places:
    columns = list(zip(*rows)) or [()] * 8
    names = ("ref", "value", "footprint", "x", "y", "angle", "side", "offset")
    return Places.of(**dict(zip(names, columns)))


def _number(text: str, parter: str) -> tuple[float, str] | None:
    """The number and its unit in a cell; a comma is a decimal point where cells are parted by something else."""
    if parter != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    found = _NUMBER.fullmatch(text)
    value = float(found[1]) if found else float("nan")
    return (value, found[2] or "") if found and isfinite(value) else None


def _unit(word: str) -> str:
    word = word.lower()
    if word.startswith(("mil", "thou")) and not word.startswith("millim"):
        return "mil"
    return "mm" if word.startswith("m") else "in" if word.startswith("in") or word == '"' else ""
