"""What the name of a footprint, or the text of a package field, promises of lands: size, pins, pitch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..parts_names import codes_of_name, size_of_name

BODIES = {
    "01005": (0.4, 0.2), "0201": (0.6, 0.3), "0402": (1.0, 0.5), "0603": (1.6, 0.8), "0805": (2.0, 1.25), "1206": (3.2, 1.6),
    "1210": (3.2, 2.5), "1812": (4.5, 3.2), "2010": (5.0, 2.5), "2512": (6.3, 3.2),
}  # fmt: skip
"""Length and width in mm of chips by imperial size code, as all makers have them."""
_PACKAGES = (
    r"(?<![A-Z])(?:[HLMPQTUVW]*S?SOP|SOIC|SO|SOJ|[CLPTVH]*QFP|[CDHLPTUVWX]*QFN|[UVWXT]*DFN|[UVWX]?\d?SON|PLCC|[A-Z]{0,4}BGA|"
    r"WLCSP|DIP|DIL)"
)
_PINS = re.compile(_PACKAGES + r"[-_]?(\d{1,4})(?![\d.]|[x×X]\d|P\d|mm)", re.IGNORECASE)
_PINS_FIRST = re.compile(r"(?<!\d)(\d{1,3})[- ]" + _PACKAGES.removeprefix("(?<![A-Z])"), re.IGNORECASE)
_ROWS = (
    (4, re.compile(r"QF[PN]|PLCC", re.IGNORECASE)),
    (2, re.compile(r"SO|DF?N|DIP|DIL", re.IGNORECASE)),
)
"""Rows of pins that a package has."""
_SOT = re.compile(r"(?<![A-Z])T?SOT-?23-(\d)(?![\d/]|[-_]\d(?!\d))", re.IGNORECASE)
_SOT_CODES = re.compile(r"(?<![A-Z])SOT-?(323|343|353|363|143|553|563|666)(?!\d)", re.IGNORECASE)
_SOT_PINS = {"323": 3, "343": 4, "353": 5, "363": 6, "143": 4, "553": 5, "563": 6, "666": 6}
_HEADER = re.compile(r"Pin_?(?:Header|Socket)s?_\D{0,20}0?([12])x(\d{1,2})(?!\d|\.|mm)", re.IGNORECASE)
_LEADED = re.compile(r"^(?:R|C|CP|L|D)_(?:Axial|Radial|Disc)_(?!.*SM[DT])", re.IGNORECASE)
_PITCH = re.compile(r"(?:[_-]P|Pitch[-_]?)(\d\.\d{1,3})(?:mm|[_-]|$)", re.IGNORECASE)
_PADS = re.compile(r"(\d)EP", re.IGNORECASE)
_FIELDS = frozenset({"package", "case", "casepackage", "packagecase", "packagetype", "casecode", "sizecode", "casesize",
                     "supplierdevicepackage", "bauform", "gehäuse", "封装"})  # fmt: skip


_PLAIN = re.compile(
    r"(?:(?:R|C|L|D|F|FB|RES|CAP|IND|LED|SMD?|CHIP|FUSE|DIODE|RESISTOR|CAPACITOR|INDUCTOR|FERRITE|BEAD)[-_ ]?){0,2}\d{4}",
    re.IGNORECASE,
)
"""Names that leave no doubt that their number is a size code; in a maker's name it may be anything."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a text says; 0 and '' where it says nothing."""

    size: str = ""
    sure: bool = False
    """The size code can be nothing else."""
    pins: int = 0
    extra: int = 0
    """Exposed pads that are named on top."""
    pitch: float = 0.0
    rows: int = 0
    """Rows that the pins stand in; 0 unknown, or an array."""
    exact: bool = False
    """It has no other lands than these, as transistor outlines and pin headers."""
    leaded: bool = False
    """Its leads go through holes."""


def _sure(text: str) -> bool:
    """Whether its number is a size code and the only one: `R_0603_0805` is for either."""
    return "metric" in text.lower() or (_PLAIN.match(text) is not None and len(codes_of_name(text)) == 1)


@lru_cache(maxsize=8192)
def of_name(name: str) -> Promise:
    """What the name of a footprint promises."""
    size, pads, pitch = size_of_name(name), _PADS.search(name), _PITCH.search(name)
    pins, rows, exact = _pins(name)
    return Promise(
        size if size in BODIES else "", _sure(name), pins, int(pads[1]) if pads else 0, float(pitch[1]) if pitch else 0.0,
        rows, exact, _LEADED.search(name) is not None and _HEADER.search(name) is None,
    )  # fmt: skip


def _pins(name: str) -> tuple[int, int, bool]:
    """Number of pins, rows they stand in, and whether there are no other lands."""
    # Four digits are the size of a body (`UQFN2020-12`), unless of an array.
    if (found := _PINS.search(name)) and (len(found[1]) < 4 or "BGA" in found[0].upper()):
        return int(found[1]), next((rows for rows, kind in _ROWS if kind.search(found[0])), 0), False
    if found := _SOT.search(name):
        return int(found[1]), 2, True
    if found := _SOT_CODES.search(name):
        return _SOT_PINS[found[1]], 2, True
    if found := _HEADER.search(name):
        return int(found[1]) * int(found[2]), int(found[1]), True
    return 0, 0, False


@lru_cache(maxsize=8192)
def of_field(text: str) -> Promise:
    """What the text of a package field promises, as distributors write it: `0603 (1608 Metric)`, `8-SOIC (0.154")`."""
    size, pins = size_of_name(text), _PINS_FIRST.search(text) or _PINS.search(text)
    return Promise(size if size in BODIES else "", _sure(text), int(pins[1]) if pins else 0)


def is_package_field(name: str) -> bool:
    """Whether a field holds the package of the part that is to be bought."""
    return re.sub(r"[^a-zäöüß一-鿿]", "", name.lower()) in _FIELDS
