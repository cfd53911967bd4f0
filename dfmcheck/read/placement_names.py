"""What the name of a package in a placement file tells of its lands."""

from __future__ import annotations

import re
from functools import lru_cache

_CHIP = re.compile(r"(?<![0-9])(01005|0201|0402|0603|0805|1206|1210|1806|1812|2010|2512|1005|1608|2012|3216|3225)(?![0-9])|MELF|"
                   r"SOD[-_]?\d|DO-214|^SM[ABC]\b|D_SM[ABC]|EIA-\d", re.I)  # fmt: skip
_MORE = re.compile(r"array|network|pack|sense|shunt|4t", re.I)
"""Words of chips with more than two lands."""
_COLOURS = re.compile(r"rgb(?!w)|(?<![a-z])duo(?![a-z])|bi-?colou?r", re.I)
"""Words of chip LEDs of several colours, which have four lands."""
_ARRAY = re.compile(r"(?<!\d)([248])x(?:0201|0402|0603|0805|1206)(?!\d)", re.I)
_GRID = re.compile(r"(?<![\d.])(\d{1,2})x(\d{1,3})(?![\d.]|mm)", re.I)
_PINS = re.compile(r"(?<!\d)(\d{1,3})[-_ ]?pins?(?![a-z])", re.I)
_COUNT = re.compile(
    r"(?:SO|SOIC|SOP|SSOP|TSSOP|MSOP|VSSOP|[LTV]?QFP|[A-Z]*QFN|[A-Z]*DFN|W?SON|DIP|BGA|LGA|PLCC|SOT-\d+|SC-?\d+|TO-\d+)[-_](\d{1,4})"
    r"(?![\d.]*(?:mm|x)|\d)", re.I,
)  # fmt: skip
_SMALL = re.compile(r"\b(?:SOT|SC)[-_]?(\d{2,3})(?!\d)", re.I)
_OUTLINES = {"23": 3, "223": 4, "89": 3, "143": 4, "323": 3, "353": 5, "363": 6, "416": 3, "523": 3, "553": 5, "563": 6, "666": 6,
             "70": 3, "74": 6, "75": 3, "88": 6, "59": 3}  # fmt: skip
"""Lands of transistor outlines, by the number in their name."""
_NAME = 200
"""Characters of a name that are looked at."""


_HELD = re.compile(r"(?<![a-z0-9])\dMP(?![a-z0-9])", re.I)


def held(footprint: str) -> bool:
    """Whether a connector's name tells of mounting lands beside its pins (KiCad: `1x04-1MP`)."""
    return _HELD.search(footprint[-_NAME:]) is not None


@lru_cache(maxsize=8192)
def pins_of(footprint: str) -> int:
    """How many lands a footprint's name tells of, 0 where it tells nothing; exposed and mounting ones are not counted."""
    bare = footprint.rsplit(":", 1)[-1][:_NAME]
    name = bare.replace("_", " ")
    if re.search(r"\bSOT-?223\b(?!-[58])", name, re.I):
        return 4  # SOT-223-3 counts no tab
    for pattern in (_COUNT, _PINS):
        if found := pattern.search(bare):
            return int(found[1])
    if found := _SMALL.search(name):
        return _OUTLINES.get(found[1], 0)
    if found := _ARRAY.search(name):
        return 2 * int(found[1])
    if _CHIP.search(name) and not _MORE.search(name):
        return 4 if _COLOURS.search(name) else 2
    found = _GRID.search(name)
    return int(found[1]) * int(found[2]) if found else 0
