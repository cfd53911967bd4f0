"""Which surface-mounted parts may be glued to a board's underside and soldered by the wave with its leads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..board import Board, Bools, Floats, Ints, Objects, Table, column
from ..check import Context
from ..chips import LENGTHS, ceramic_capacitors, chip_lengths
from ..exposed import exposed_pads
from ..units import above, below, show
from .plan import Exclusion
from .work import work

RULE = "wave-package-eligibility"
_NEVER = {
    "BGA": "a ball grid array, whose joints the wave does not reach", "QFN": "a leadless package, whose joints it does not wet",
    "conn-SMT": "a connector, which the wave floods", "xtal": "a crystal or oscillator", "tall": "too tall a part",
    "module": "a module, whose own joints melt", "shield": "a shield, which the wave floods",
}  # fmt: skip
"""Families that no wave solders, and why."""
_SOCKET = re.compile("socket", re.IGNORECASE)
_J_LEADS = 8
"""Pins of a J-leaded circuit; what has fewer in such a package is an LED, whose lens the wave spoils."""
_SLIM = 1.5
"""Times as long as wide: what a chip of the usual series is at least."""
_SOT_PITCH = 0.95
"""mm: the pitch of SOT-23, which is soldered by wave; only finer ones are judged like those of SO."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitness(Table):
    """One row is one thing about a part that decides whether it may meet the wave."""

    component: Ints = column("i4")
    param: Objects = column("O")
    """str: parameter of the rule that judges `value`; '' of what no wave solders."""
    value: Floats = column("f8")
    """mm, NaN where `param` is ''."""
    words: Objects = column("O")
    """str: what is measured, or why no wave solders it."""
    guess: Bools = column("b")
    """The height is the usual one of its family."""


def fitness(board: Board, rows: Ints) -> Fitness:
    """What decides of components (rows of `Board.components`) whether they may be glued and waved, from the rule catalogue.

    Chips: length of the body, of ceramic capacitors also the longest. Chip arrays, SO, SOT and QFP: pitch, and no
    exposed pad. All of these: height. Arrays, leadless packages, sockets, connectors, crystals and other tall parts: never.
    """
    parts = board.derived.parts()
    family, height = parts.family[rows], parts.height[rows]
    chip = np.isin(family, ("chip-S", "chip-L"))
    length, pitch = chip_lengths(board)[rows], parts.pitch[rows]
    extent, never = _extent(length, parts.size[rows]), _never(board, rows)
    bad = np.array([bool(word) for word in never], np.bool_)
    small = (family == "SO") | ((family == "SOT") & (pitch < _SOT_PITCH - 1e-6))
    told = (
        ("chip_min", chip, length, "a chip with a length of"),
        ("mlcc_max", chip & ceramic_capacitors(board)[rows], extent, "a ceramic capacitor with a length of"),
        ("so_pitch_min", small, pitch, "a small-outline part with a pitch of"),
        ("so_pitch_min", chip & (parts.pins[rows] > 2), pitch, "a chip array with a pitch of"),
        ("qfp_pitch_min", family == "QFP", pitch, "a quad flat package with a pitch of"),
        ("height_max", np.ones(len(rows), np.bool_), height, "a part with a height of"),
        ("", bad, np.full(len(rows), np.nan), ""),
    )
    some = [np.flatnonzero(mine & (bad if not param else ~bad & np.isfinite(value))) for param, mine, value, _ in told]
    at = np.concatenate(some)
    param = np.repeat(np.array([t[0] for t in told], object), [len(rows) for rows in some])
    words = np.repeat(np.array([t[3] for t in told], object), [len(rows) for rows in some])
    guess = (param == "height_max") & (parts.height_source[rows[at]] == "family")
    return Fitness.of(
        component=rows[at], param=param, value=np.concatenate([t[2][mine] for t, mine in zip(told, some)]),
        words=np.where(param == "", never[at], words), guess=guess,
    )  # fmt: skip


def _extent(length: Floats, size: Objects) -> Floats:
    """mm: the length of a chip, of one squarer than 0805 what is as large in the usual series: 1210 is more than 1206."""
    named = zip(size.tolist(), length.tolist())
    wide = [int(code[2:]) if len(code) == 4 and LENGTHS.get(code) == long else 0 for code, long in named]
    width = 0.254 * np.array(wide, np.float64)
    return np.asarray(np.fmax(length, np.where(width > 0.65 * length, _SLIM * width, 0.0)), np.float64)


def _never(board: Board, rows: Ints) -> Objects:
    """For each component why no wave solders it, '' where none of the families forbids it."""
    parts, c, pads = board.derived.parts(), board.components, board.pads
    exposed = np.zeros(len(c) + 1, np.bool_)
    exposed[pads.component[exposed_pads(board)]] = True
    out = np.full(len(rows), "", object)
    for k, row in enumerate(rows.tolist()):
        family = str(parts.family[row])
        if family in _NEVER:
            out[k] = _NEVER[family]
        elif family == "PLCC" and (parts.pins[row] < _J_LEADS or _SOCKET.search(f"{c.footprint[row]} {c.value[row]}")):
            out[k] = "a socket" if parts.pins[row] >= _J_LEADS else "an LED or other part in a moulded cup"
        elif family in ("SO", "QFP") and exposed[row]:
            out[k] = "a package with an exposed pad, which the wave does not reach"
        elif parts.mount[row] == "mixed":
            out[k] = "a part with lands and pins in holes, which would be glued over its own holes"
    return out


def exclusions(ctx: Context, side: int) -> tuple[Exclusion, ...]:
    """Why the SMD on a side (0 top, 1 bottom) may not be glued and waved; `ctx` is that of `wave-package-eligibility`.

    Only hard limits exclude; one that the profile does not state excludes nothing.
    """
    board = ctx.board
    found = fitness(board, work(board).of("smd", side))
    return tuple(_grouped(ctx, found, "top" if side else "bottom"))


def _grouped(ctx: Context, found: Fitness, other: str) -> Iterator[Exclusion]:
    c = ctx.board.components
    for param in ("", *ctx.judged()):
        of, limit = found.param == param, ctx.limits[param].value if param else 0.0
        if limit is None:
            continue
        if param:
            beyond = below if ctx.rule.params[param].sense == "min" else above
            of = of & beyond(found.value, limit)
        rows = found.component[of]
        if len(rows):
            places = tuple(zip(c.x[rows].tolist(), c.y[rows].tolist()))
            why = _WHY[param].format(show(limit, "mm"))
            yield Exclusion(RULE, why, tuple(rows.tolist()), places, f"move to the {other}")


_WHY = {
    "": "are of packages that no wave solders",
    "chip_min": "would meet the wave as chips shorter than {}",
    "mlcc_max": "would meet the wave as ceramic capacitors longer than {}",
    "so_pitch_min": "would meet the wave with a pitch below {}",
    "qfp_pitch_min": "would meet the wave with a pitch below {}",
    "height_max": "would stand in the wave higher than {}",
}
