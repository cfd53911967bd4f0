"""Which nets a test has to reach, and what they are to it: power, ground, a line of a bus, or any other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..board import Board, Bools, Ints, Objects, PadType, Table, column, once_a_board
from ..voltage import volts_in

CLASSES = ("power", "ground", "bus", "other")
"""As they count: a rail that nothing reaches stops the test of all that hangs on it."""
NO_PINS, ONE_PIN, NOT_CONNECTED, RF = "no pin of a fitted part", "one pin", "not connected", "radio frequency"
NO_NETS = "no net joins two pins, one of them of a fitted part"
"""Why nothing is said of a board without nets to be tested."""
_OWN = ("card-edge", "jumper", "testpoint")
"""Families that nobody places and whose pads are yet ends of a net: contacts and half holes of the board, jumpers and ties of its
copper, test points."""
_LINES = 4
"""Nets with one stem and different numbers that make a bus."""
_NC = re.compile(r"unconnected-.*|(?:nc|n/c|dnc|no[-_ ]?connect)[-_]?\d*", re.IGNORECASE)
_GROUND = re.compile(r"[a-z]{0,5}[-_]?(?:gnd|vss)[a-z0-9]{0,4}(?:[-_][a-z0-9]+)?|earth|chassis|shield|0v0?", re.IGNORECASE)
_POWER = re.compile(
    r"[+-]\w*\d\w*|[+-]v[a-z]\w*"
    r"|(?:\w+[-_.])?[adp]?v(?:cc|dd|ee|tt|bus|bat|batt|in|out|reg|sys|pp|aa|mot|dc|raw|usb|core|io)[a-z]{0,3}\d*(?:[-_.][\w.-]+)?"
    r"|v?(?:bat|batt|pwr|power)[+-]?\d*|vm"
    r"|[a-z+-]{0,5}\d{1,2}(?:v\d{0,2}|[.,]\d{1,2}v)[a-z]{0,2}(?:[-_.][a-z0-9]{1,8})*", re.IGNORECASE
)  # fmt: skip
_SIGNAL = re.compile(
    r"(?:^|[-_.\d])(?:det|detect|sense|sns|sen|en|ena|enable|pg|pgood|good|led|fb|mon|adc|div|ok|flag|sel|btn|sw|ctrl|on|off"
    r"|meas|valid|stat|status|oc|fault|alert|lvl|test|reset|rst|boot|n)(?:[-_.\d]|$)", re.IGNORECASE
)  # fmt: skip
"""Words that make of the name of a rail that of a signal about it."""
_RF = re.compile(r"(?:^|[^a-z])(?:rf|ant|antenna|rf[-_]?(?:in|out|io|p|n))(?:[^a-z]|$)", re.IGNORECASE)
_LINE = re.compile(r"(.*?[^\d\s/])[\[<(]?(\d{1,3})[\])>]?\Z")
_MADE = ("Net-(", "unconnected-", "no_connect_", "at ")
"""How names begin that a tool made up after a pin or place."""


@dataclass(frozen=True, slots=True, eq=False)
class TestNets(Table):
    """One row per row of `Board.nets`."""

    pins: Ints = column("i4")
    """Different pins of fitted parts on it; pads of one number in one part are one pin."""
    kind: Objects = column("O")
    """One of `CLASSES`."""
    left: Objects = column("O")
    """Why it need not be tested; '' if it must."""

    @property
    def tested(self) -> Bools:
        return np.asarray(self.left == "", np.bool_)


@once_a_board
def test_nets(board: Board) -> TestNets:
    """What each net is to a test. To be tested are nets with a pin of a fitted part and another end: a second pin, a contact or
    half hole of the board itself, a jumper or tie of its copper, a test point.

    Not those that a name calls unconnected, nor those that a name or a net class calls radio frequency: a test pad spoils them.
    Needs nets, pads and components.
    """
    parts = board.derived.parts()
    pins, ends = _pins(board, parts.fitted), _pins(board, parts.fitted | np.isin(parts.family, _OWN))
    names, classes = [str(n) for n in board.nets.name], [str(n) for n in board.nets.netclass]
    short = [name.rpartition("/")[2] for name in names]
    lines = _bus_lines(names)
    kind = [_kind(name, net in lines) for net, name in enumerate(short)]
    left = [
        NO_PINS if count == 0 else ONE_PIN if end == 1 else NOT_CONNECTED if _NC.fullmatch(name)
        else RF if of == "other" and (_RF.search(name) or _RF.search(group)) else ""
        for count, end, name, group, of in zip(pins.tolist(), ends.tolist(), short, classes, kind)
    ]  # fmt: skip
    return TestNets.of(pins=pins, kind=kind, left=left)


def _pins(board: Board, parts: Bools) -> Ints:
    """Per net the different pins of these parts."""
    pads = board.pads
    rows = np.flatnonzero(np.append(parts, False)[pads.component] & (pads.net >= 0) & (pads.type != PadType.NPTH))
    number = np.unique(pads.number[rows].astype(str), return_inverse=True)[1].astype(np.int64)
    number = np.where(pads.number[rows] == "", len(pads) + rows, number)
    pin = pads.component[rows].astype(np.int64) * (2 * len(pads) + 1) + number
    once = np.unique(np.stack([pads.net[rows].astype(np.int64), pin]), axis=1)
    return np.bincount(once[0], minlength=len(board.nets)).astype(np.int32)


def _kind(name: str, line: bool) -> str:
    if _GROUND.fullmatch(name) and not _SIGNAL.search(name):
        return "ground"
    if (volts_in(name) is not None or _POWER.fullmatch(name)) and not _SIGNAL.search(name):
        return "power"
    return "bus" if line else "other"


def _bus_lines(names: list[str]) -> set[int]:
    """Nets that are lines of a bus: one name, different numbers."""
    stems: dict[str, dict[int, int]] = {}
    for net, name in enumerate(names):
        match = None if name.rpartition("/")[2].startswith(_MADE) else _LINE.match(name)
        if match:
            stems.setdefault(match[1], {})[int(match[2])] = net
    return {net for lines in stems.values() if len(lines) >= _LINES for net in lines.values()}
