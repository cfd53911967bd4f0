"""IPC-D-356 and 356A netlists: what an electrical test touches, where, and of which net.

Records are lines of 80 columns, counted from 1: 1-3 the code, 4-17 the net, 21-26 the part, 28-31 its pin, 32 an `M` for a
point in the middle of a net (a via), 33-38 the hole and `P` or `U` for its plating, 39-41 the side from which it can be
touched, then X and Y. Layout after the public descriptions of IPC-D-356A (the standard itself was not at hand) and the
files of Allegro, Eagle and KiCad.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from ..board import Cover
from ..errors import DfmError
from ..package import Fault, Points

NO_NET = frozenset({"", "N/C", "NC", "<NO NET>", "UNCONNECTED"})
"""Net names that mean none, in capitals."""

_POINT = re.compile(
    r"(?P<mid>[M ])?[ ]*(?:D[ ]*(?P<drill>\d{1,4})[ ]*(?P<plated>[PU])?)?[ ]*A(?P<access>[ \d]\d)"
    r"[ ]*X(?P<x>[+-]?[ ]*\d{1,9})[ ]*Y(?P<y>[+-]?[ ]*\d{1,9})"
)
_LOOKS = re.compile(rb"^3[0-6]7.{25,37}A[ \d]\d[ ]?X[+-]?[ \d]{0,9}\d[ ]?Y[+-]?[ \d]{0,9}\d", re.MULTILINE)
_PARAMETER = re.compile(r"P\s+(?P<name>\w+)\s*(?P<value>.*)")
_WIDTH = 160
"""Characters of a line that are looked at: twice what a record may have."""
_STEP = {"CUST 0": 0.00254, "CUST 1": 0.001, "CUST 2": 0.00254, "CUST": 0.00254, "SI": 0.001}
"""mm of one step of a coordinate by unit: 0.0001 inch or 0.001 mm (`CUST 2` only turns angles to radians)."""
_FARTHEST = 20_000.0
"""mm: no board reaches farther, so a coordinate beyond it is none."""


def looks_like_ipcd356(data: bytes) -> bool:
    """Whether a file holds a test record within its first megabyte."""
    return _LOOKS.search(data[:1_000_000]) is not None


def read_ipcd356(data: bytes, path: str) -> tuple[Points, tuple[Fault, ...]]:
    """The test points of a netlist in mm, y down, in the order of the file, and what was odd about it.

    Long net names replace their aliases (`P NNAME`). Continuation records (`017`, `027`) with a place of their own are
    points of the record before. Conductors, outlines (378, 379, 389) and resistors (390) are no points.
    Raises `DfmError` if the file holds no test point.
    """
    odd = _Odd()
    alias: dict[str, str] = {}
    step, stated, ended = 0.00254, False, False
    rows: list[tuple[str, str, str, float, float, float, int, int, bool, int]] = []
    last: tuple[str, str, str] | None = None
    for line, offset, text in _lines(data):
        code = text[:3]
        if text[0] == "C":
            continue
        if text[0] == "P":
            parameter = _PARAMETER.match(text)
            name, value = (parameter["name"], parameter["value"].strip()) if parameter else ("", "")
            if name.startswith("NNAME") and value:
                alias[name] = value.split()[0]
            elif name == "UNITS":
                unit = " ".join(value.upper().split())
                if stated and rows and _STEP.get(unit, step) != step:
                    odd.add("units", line, f"its units change to {unit} after the first records; all are read as the first says")
                elif unit in _STEP:
                    step, stated = _STEP[unit], True
                else:
                    odd.add("units", line, f"its units are {value!r}, which are not known; 0.0001 inch is taken", grave=True)
            elif name == "IMAGE" and value and value.upper() != "PRIMARY":
                odd.add("image", line, f"it has a section for image {value}, which is not read")
                ended = True
                break
            continue
        if code == "999":
            ended = True
            break
        if code[0] == "0" and code[2:] == "7" and last is not None:
            if not _POINT.match(text, 31):
                continue
            net, ref, pin = last
            net, ref, pin = text[3:17].strip() or net, text[20:26].strip() or ref, text[27:31].strip() or pin
        elif code[0] == "3" and code[2:] == "7":
            net, ref, pin = text[3:17].strip(), text[20:26].strip(), text[27:31].strip()
            last = net, ref, pin
        else:
            last = None
            if code[0] not in "03" or code[2:] not in ("7", "8", "9", "0"):
                odd.add("unknown record", line, f"it holds a record {code!r}, which is not known")
            continue
        point = _POINT.match(text, 31) or _POINT.search(text, 20)
        if point is None:
            odd.add("unreadable record", line, f"no place can be read from {text[:45]!r}", grave=True)
            continue
        x, y = (float(point[k].replace(" ", "")) * step for k in "xy")
        if max(abs(x), abs(y)) > _FARTHEST:
            odd.add("unreadable record", line, f"{text[:45]!r} lies {max(abs(x), abs(y)):.0f} mm away", grave=True)
            continue
        drill = float(point["drill"]) * step if point["drill"] else np.nan
        plated = {"P": Cover.YES, "U": Cover.NO}.get(point["plated"] or "", Cover.NO if code == "367" else Cover.UNKNOWN)
        via = (point["mid"] == "M" and point["drill"] is not None) or ref.upper() == "VIA"
        rows.append((net, ref, pin, x, -y, drill, int(plated), int(point["access"]), via, offset))
    if not rows:
        raise DfmError("is no IPC-D-356 netlist that can be read: it holds no test record; export it anew", path=path)
    if not stated:
        odd.add("no units", None, "it does not state its units; 0.0001 inch is taken", grave=True)
    if not ended:
        odd.add("no end", None, "its end record 999 is missing: it may be cut off", grave=True)
    names = ("net", "ref", "pin", "x", "y", "drill", "plated", "access", "via", "offset")
    table = dict(zip(names, zip(*rows))) | {"net": _long_names([row[0] for row in rows], alias)}
    return Points.of(**table), odd.faults()


def _lines(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Number, byte offset and text of every line that is not blank, as far as records go."""
    at = 0
    for number, line in enumerate(data.split(b"\n" if b"\n" in data else b"\r"), 1):
        text = line[:_WIDTH].decode("latin-1").rstrip()
        if text:
            yield number, at, text
        at += len(line) + 1


def _long_names(nets: Sequence[str], alias: dict[str, str]) -> list[str]:
    """Nets by their long names. `P NNAME1 LONG` stands for NNAME1 in files of some tools (Eagle), for 1 in those of others."""
    used = set(nets)
    bare = {key.removeprefix("NNAME"): name for key, name in alias.items() if key not in used}
    return [alias.get(net) or bare.get(net) or net for net in nets]


class _Odd:
    """Faults by kind: the first of each is told, with the number of all."""

    def __init__(self) -> None:
        self._first: dict[str, Fault] = {}
        self._count: Counter[str] = Counter()

    def add(self, what: str, line: int | None, message: str, *, grave: bool = False) -> None:
        self._first.setdefault(what, Fault(what, line, message, grave))
        self._count[what] += 1

    def faults(self) -> tuple[Fault, ...]:
        n = self._count
        return tuple(
            f._replace(message=f"{f.message} (and {n[f.what] - 1} more)") if n[f.what] > 1 else f for f in self._first.values()
        )
