"""Footprints whose lands contradict their own name, or the package that a field of the part states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..board import Board, Bools
from ..check import Context, Measurements, Skip, check
from ..exposed import exposed_pads
from ..parts import NO_PARTS
from ..parts_family import size_of_lands
from ..units import show
from ._package_lands import Lands, lands_of, patterns
from ._package_names import BODIES, Promise, is_package_field, of_field, of_name

_SHORT = 1.08
"""Lands that reach less than this share of a chip's length end below it: no joint forms. Published patterns have 1.15 to 1.8."""
_LONG = 2.3
"""Lands that reach farther than this share of a chip's length are those of the next larger chip; of 0201 and 01005, whose lands
are longer in proportion, where they are wide as well, or else..."""
_LONG_TINY = 2.7
"""...of this share."""
_TINY = 1.0
_USUAL = (1.12, 1.85)
_WIDE = 1.7
"""Share of a chip's width up to which its lands are not those of a wider one."""
_ROWS = frozenset({"SO", "SOT", "QFP", "QFN", "BGA", "DIP"})
_NAN = float("nan")


class _Fault(NamedTuple):
    value: float
    param: str
    """'' for what needs no limit."""
    soften: int
    detail: str
    cause: str


@check("package_mismatch", maxima="pitch_tol")
def package_mismatch(ctx: Context) -> Measurements:
    """Contradictions between what a footprint is called and what its lands are, one a footprint name and land pattern.

    Size code of a chip against the outer length of its two lands, number of pins against the lands beside exposed pads
    (too many; too few where none is left out on purpose), pitch in mm against the lands' own (where nine of ten lands keep
    one pitch), each as the name and as a package field of the part say it; and SMD against through-hole. Only what no land
    pattern allows is an error; what is unusual is a note.
    """
    board = ctx.board
    c, parts = board.components, board.derived.parts()
    if not (c.footprint != "").any():
        raise Skip("this input names no footprints")
    looked = np.flatnonzero((parts.mount != "none") & ~np.isin(parts.family, list(NO_PARTS)))
    fields = sorted(name for name in set().union(*c.fields) if is_package_field(name))
    heat, pattern = exposed_pads(board), patterns(board)
    known: dict[object, list[_Fault]] = {}
    found: list[tuple[int, _Fault]] = []
    for row in looked.tolist():
        stated = tuple(c.fields[row].get(name, "") for name in fields)
        key = (c.footprint[row], c.mount[row], stated, parts.family[row], pattern[row], parts.fitted[row])
        if key not in known:
            name = str(c.footprint[row]).rpartition(":")[2]
            told = [(of_name(name), f"its name {name}")]
            told += [(of_field(text), f"its field {field} ({text})") for field, text in zip(fields, stated) if text]
            known[key] = [fault for promise, whence in told for fault in _faults(board, row, promise, whence, heat)]
            known[key] += _mount(c.mount[row], parts.mount[row], bool(parts.fitted[row]))
        found += [(row, fault) for fault in known[key]]
    at = np.array([row for row, _ in found], np.intp)
    return Measurements.of(
        [fault.value for _, fault in found], checked=len(looked), param=[fault.param for _, fault in found], a=c.item[at],
        x=c.x[at], y=c.y[at], soften=[fault.soften for _, fault in found], detail=[fault.detail for _, fault in found],
        cause=[fault.cause or f"*{c.footprint[row]} {fault.detail}" for row, fault in found],
        inferred=board.items.inferred[c.item[at]],
    )  # fmt: skip


def _mount(declared: str, drawn: str, fitted: bool) -> list[_Fault]:
    """A footprint that declares the other kind of mounting stands in the wrong placement file, or in none."""
    if not fitted or {declared, drawn} != {"smd", "tht"}:
        return []
    words = {"smd": "SMD lands alone", "tht": "drilled pads alone"}
    return [_Fault(_NAN, "", 2, f"its footprint is declared {declared.upper()}, but has {words[drawn]}", f"*declared {declared}")]


def _faults(board: Board, row: int, said: Promise, whence: str, heat: Bools) -> list[_Fault]:
    """What of a promise one part does not keep."""
    parts = board.derived.parts()
    family, pitch = parts.family[row], float(parts.pitch[row])
    lands, own = lands_of(board, row)
    if said.size and family in ("chip-S", "chip-L") and parts.pins[row] == 2:
        return _size(lands, said, whence)
    if said.leaded and parts.mount[row] == "smd":
        return [_Fault(_NAN, "", 0, f"{whence} is that of a part with leads, but it has SMD lands alone", "")]
    out: list[_Fault] = []
    if not (said.exact or family in _ROWS) or not (said.pins or said.pitch):
        return out
    places, lands = int((~heat[own]).sum()), lands.pins(heat[own])
    tab = bool(heat[own].any()) and not said.extra  # may stand for several pins
    count = len(lands.x)
    whole = said.exact and lands.counted() and lands.alike()
    if 2 < said.pins < count - (0 if whole else max(1, said.extra)) or (not tab and lands.too_few(said, pitch, places)):
        out.append(_Fault(_NAN, "", 0, f"{whence} has {said.pins} pins, but it has {count} lands", ""))
    enough = count >= (2 if whole else 6)
    if said.pitch and np.isfinite(pitch) and enough and lands.even(pitch, said.pitch):
        words = f"{whence} has a pitch of {show(said.pitch, 'mm')}, but its lands one of {show(pitch, 'mm')}"
        out.append(_Fault(abs(pitch - said.pitch), "pitch_tol", 0, words, ""))
    return out


def _size(lands: Lands, said: Promise, whence: str) -> list[_Fault]:
    width, height = lands.outer()
    long, short = max(width, height), min(width, height)
    length, wide = BODIES[said.size]
    like = size_of_lands(width, height)
    words = f"{whence} says {said.size}, {show(length, 'mm')} long, but its lands reach {show(long, 'mm')}"
    words += f", as those of {like}" if like not in ("", said.size) else ""
    most = _LONG if length >= _TINY or short > _WIDE * wide else _LONG_TINY
    if not _SHORT * length <= long <= most * length:
        return [_Fault(_NAN, "", 0, words, "")] if said.sure else []
    unusual = not _USUAL[0] <= long / length <= _USUAL[1] or short > _WIDE * wide
    return [_Fault(_NAN, "", 2, words, "")] if like not in ("", said.size) and unusual and length >= _TINY else []
