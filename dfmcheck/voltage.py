"""What potential a net has, as somebody declares it or its name states it, and how far apart nets must be for it.

Spacings are those of IPC-2221 table 6-1 for DC or AC peak volts, as KiCad's calculator prints them
(pcb_calculator/calculator_panels/panel_electrical_spacing_ipc2221.cpp). They are functional spacings, no safety distances.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from .board import Board, Bools, Floats
from .errors import DfmError

_STEPS = (15.0, 30.0, 50.0, 100.0, 150.0, 170.0, 250.0, 300.0, 500.0)
_TABLE: Mapping[str, tuple[tuple[float, ...], float]] = {
    "B1": ((0.05, 0.05, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.25), 0.0025),
    "B2": ((0.1, 0.1, 0.6, 0.6, 0.6, 1.25, 1.25, 1.25, 2.5), 0.005),
    "B4": ((0.05, 0.05, 0.13, 0.13, 0.4, 0.4, 0.4, 0.4, 0.8), 0.00305),
    "A6": ((0.13, 0.25, 0.4, 0.5, 0.8, 0.8, 0.8, 0.8, 1.5), 0.00305),
}
"""By case: mm up to each of `_STEPS` volts, and mm per volt above the last. B1 inner layers, B2 bare outer conductors, B4 outer
conductors under solder mask, A6 bare leads and lands."""
_LOUD = 30.0
"""V; a name that states no more than this says what a rail is for, and asks for no spacing by itself: the table asks for
hardly more than any board has."""
_GROUND = re.compile(r"[adps]?gnd[adps]?(?:pwr|ref)?|vss[ax]?|0v0?|earth|common", re.IGNORECASE)
_PREFIX = r"(?:^|(?<=[^a-z0-9.,]))(?:hv|vin|vbus|vbat|vout|vdc|dc)?"
_VOLTS = re.compile(
    rf"{_PREFIX}[ =:_]?([+-]?)(\d+)(?:v(\d)(?![a-z\d])|[.,](\d+)\s?(k?)v|\s?(k?)v)(ac|dc)?(?![a-z0-9])", re.IGNORECASE
)
_RAIL = frozenset({
    "", "hv", "lv", "in", "out", "dc", "ac", "bus", "rail", "main", "supply", "pwr", "power", "net", "iso", "p", "n",
    "f", "pos", "neg", "raw", "prot", "fused", "filt", "unreg", "reg", "link", "batt", "bat", "v", "vcc", "vdd", "vin",
    "vbus", "vbat", "vout", "class", "high", "low",
})  # fmt: skip
"""Words that may stand beside the volts in the name of what has that potential: `24V_EN` has not."""
_GIVEN = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(mV|V|kV)\s*(AC)?\Z")


class Potentials(NamedTuple):
    """Per net of a board."""

    volts: Floats
    """Peak potential; NaN where nothing tells."""
    declared: Bools
    """Somebody declared it, or a name states more than `_LOUD`: its spacings are judged. Others only stand on the far side."""
    guessed: Bools
    """A net's or a class's name tells it, not the config file."""


def parse_volts(text: object) -> float:
    """Volts of `"300 V"`, `"1.5 kV"`, `"230 V AC"` (its peak). Raises `DfmError` for anything else."""
    match = _GIVEN.match(str(text).strip())
    if match is None or isinstance(text, bool):
        raise DfmError(f'{text!r} is no potential; write for example "300 V", "1.5 kV" or "230 V AC"')
    return float(match[1]) * {"mV": 1e-3, "V": 1.0, "kV": 1e3}[match[2]] * (math.sqrt(2) if match[3] else 1.0)


def spacing(case: str, volts: Floats) -> Floats:
    """mm that a case (B1, B2, B4, A6) of the table asks for at these differences of potential."""
    steps, slope = _TABLE[case]
    volts = np.abs(np.asarray(volts, np.float64))
    row = np.minimum(np.searchsorted(_STEPS, volts - 1e-9), len(_STEPS) - 1)
    return np.asarray(np.asarray(steps)[row] + slope * np.maximum(volts - _STEPS[-1], 0.0))


def potentials(board: Board) -> Potentials:
    """Potentials of all nets: by `Board.settings["voltages"]` (patterns of net names to volts, the first that fits counts),
    else by the net's class, else by its name, else 0 V for ground."""
    given: Mapping[str, float] = board.settings.get("voltages", {})
    n = len(board.nets)
    volts, declared, guessed = np.full(n, np.nan), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    of_class = {str(name): volts_in(str(name)) for name in set(board.nets.netclass.tolist())}
    for row, (name, group) in enumerate(zip(board.nets.name.tolist(), board.nets.netclass.tolist())):
        short = str(name).rpartition("/")[2]
        pattern = next((p for p in given if fnmatchcase(str(name), p) or fnmatchcase(short, p)), None)
        if pattern is not None:
            volts[row], declared[row] = given[pattern], True
            continue
        stated = of_class[str(group)]
        stated = volts_in(short) if stated is None else stated
        if stated is not None:
            volts[row], declared[row], guessed[row] = stated, abs(stated) > _LOUD, True
        elif _GROUND.fullmatch(short):
            volts[row], guessed[row] = 0.0, True
    return Potentials(volts, declared, guessed)


def volts_in(name: str) -> float | None:
    """Volts that a net's or a net class's name states: `HV_300V`, `+12V`, `VBUS_48V`, `3V3`, `HV=1.5kV`, `230VAC` (its peak)."""
    match = _VOLTS.search(name)
    if match is None:
        return None
    rest = re.split(r"[^a-z]+", (name[: match.start()] + " " + name[match.end() :]).lower())
    if any(word not in _RAIL for word in rest):
        return None
    sign, whole, tenths, fraction, kilo, kilo_too, form = match.groups()
    value = float(f"{whole}.{tenths or fraction or 0}") * (1e3 if kilo or kilo_too else 1.0)
    return (-value if sign == "-" else value) * (math.sqrt(2) if (form or "").lower() == "ac" else 1.0)
