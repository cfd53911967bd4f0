"""Tool tables that CAD tools write beside their drill files: reports, logs and lists."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..package import NumberFormat
from .drill_words import SIZES, number, unit_of

_UNIT = r"(mm|mils?|th(?:ou)?|inch(?:es)?|in|um|\u00b5m|micron|\")"
_SIZED = re.compile(r"^\W*T0*(\d{1,4})\b[^\d\n]*?(\d{0,4}(?:\.\d{1,8})?)\s*" + _UNIT + r"(?![a-z])", re.I)
_CELLS = re.compile(r"^[|\s]*(?:\d+\s*\|[^|]*\|)?\s*T0*(\d{1,4})\s*\|[^|]*\|\s*(\d*\.\d+)\s*\|", re.I)
_BEFORE = re.compile(r"^\s*(\d*\.\d+)\s+(?:[PN]\w*\s+)?T0*(\d{1,4})\b")
_AFTER = re.compile(r"^\s*T0*(\d{1,4})\s+(?:\d+\.\s+)?(?:C|[Dd]ia\w*\s*[:=]?)?\s*(\d*\.\d+)\b")
_SAID = re.compile(r"(?:^|\n)[ \t]*(?:OUTPUT-|DESIGN-)?UNITS?[ \t]*(?:[:=]|\s)[ \t]*(\w+)", re.I)
_DIGITS = re.compile(r"(?:^|\n)[ \t]*(?:COORDINATE[ \t]+)?FORMAT[ \t]*[:=]?[ \t]*(\d)[ \t]*[.:V][ \t]*(\d)\b", re.I)
_PLACES = re.compile(r"INTEGER-PLACES\s+(\d)\s+DECIMAL-PLACES\s+(\d)", re.I)
_TITLE = re.compile(
    r"NCDrill File Report|DRILL\s+LIST|NC (?:DRILL|ROUTE) Log|NC PARAMETERS|INTEGER-PLACES|Hole\s+Size|Drills? used"
    r"|Drill\w*\s+(?:Sz|Size|Tool|Table|rep)|Tool\w*\s+(?:Table|List|Size|Hole)",
    re.I,
)
_MOST = 2_000_000


def _text(data: bytes) -> str:
    text = data[:_MOST].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return "" if "\0" in text or not _TITLE.search(text[:20000]) else text


def read_tools(data: bytes) -> Mapping[int, float] | None:
    """Diameters in mm by tool number of a drill report; None where it is none.

    Read are Altium's .DRR, Allegro's logs, Eagle's .dri, Zuken's .fdl and tables like them: a row has a tool code and a
    size. A number that stands with two sizes (tables of several drill files in one report) is left out: nothing tells
    which file is meant.
    """
    text = _text(data)
    match = _SAID.search(text)
    said = unit_of(match[1]) if match else ""
    found: dict[int, set[float]] = {}
    for line in text.split("\n"):
        if len(line) <= 300 and (row := _row(line, said)) is not None:
            found.setdefault(row[0], set()).add(round(row[1], 4))
    sizes = {code: values.pop() for code, values in sorted(found.items()) if len(values) == 1}
    return sizes or None


def _row(line: str, said: str) -> tuple[int, float] | None:
    if match := _SIZED.match(line):
        code, value, scale = int(match[1]), number(match[2]), _scale(match[3])
    elif match := _BEFORE.match(line):
        code, value, scale = int(match[2]), number(match[1]), 0.0
    elif match := _CELLS.match(line) or _AFTER.match(line):
        code, value, scale = int(match[1]), number(match[2]), 0.0
    else:
        return None
    if not scale:
        # without a unit of its own: the report's; inches of more than one are mils, millimetres of more than 20 are microns
        scale = {"in": 0.0254 if value > 1 else 25.4, "mm": 0.001 if value > 20 else 1.0}.get(said, 0.0)
    return (code, value * scale) if 0.01 < value * scale < 50 else None


def _scale(unit: str) -> float:
    unit = unit.lower()
    if unit.startswith("th"):
        return 0.0254
    if unit in ("um", "\u00b5m"):
        return 0.001
    return 25.4 if unit in ("in", '"') else next(v for k, v in SIZES.items() if unit.startswith(k))


def read_format(data: bytes) -> NumberFormat | None:
    """The number format that a report or parameter file (Allegro's nc_param.txt and logs, Zuken's .fdl) states, if any."""
    text = _text(data)
    unit, digits = _SAID.search(text), _PLACES.search(text) or _DIGITS.search(text)
    if not unit or not digits or not unit_of(unit[1]):
        return None
    kept = "both"
    if re.search(r"SUPPRESS-LEAD-ZEROES\s+YES|Zero Suppress\s*:\s*Leading", text, re.I):
        kept = "trailing"
    elif re.search(r"SUPPRESS-TRAIL-ZEROES\s+YES|Zero Suppress\s*:\s*Trailing", text, re.I):
        kept = "leading"
    return NumberFormat(unit_of(unit[1]), int(digits[1]), int(digits[2]), kept)
