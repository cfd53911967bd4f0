"""Solder thieves: lands behind the last pins of a row, which take the solder that would bridge these pins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..around import between
from ..board import Board, Floats, Ints, Kind, Objects, Table, column
from ..check import Context
from ..exposed import exposed_pads, numbered
from ..units import below
from .wave_way import Way, lands_of, row_heading

RULE = "wave-thief-pad"
_ALONG = 10.0
"""Degrees by which a row may be off the travel and still have an end that leaves the wave last."""
_LINE = 0.3
"""Lands that are off by less than this share of the pitch stand in one row."""
_LEAST = 3
"""Lands from which on they are a row that bridges."""
_BEHIND = 2.0
"""Pitches that a thief may be behind the last land."""


@dataclass(frozen=True, slots=True, eq=False)
class Ends(Table):
    """One row is the end of a row of lands that leaves the wave last."""

    component: Ints = column("i4")
    land: Ints = column("i4")
    """Row of `Board.features`: the last land."""
    share: Floats = column("f8")
    """Length along the travel of the thief, or of the last land itself if that is longer, over that of the row's lands."""
    kind: Objects = column("O")
    """str: rows, quad, leads."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """A part whose rows may need thieves: its lands, and how they stand."""

    component: int
    lands: Ints
    heading: float
    pitch: float
    kind: str


def ends(board: Board, side: int, way: Way, glued: Ints, leads: Ints, pitch_limit: float) -> Ends:
    """The trailing ends of rows of three lands or more that lie along the travel, and of quad packages at 45 degrees to it.

    glued, leads: rows of `Board.components`; of leads those whose pitch is at most `pitch_limit` mm. A thief is the land of a
    pad without a net, or of the last land's, no more than two pitches behind that.
    """
    return _ends(board, side, way, _candidates(board, side, glued, leads, pitch_limit))


def missing(ctx: Context, side: int, glued: Ints, leads: Ints) -> Callable[[Way], int]:
    """How many ends lack a thief, by the limit of `wave-thief-pad`, for a way; 0 where the run has none."""
    rule = ctx.other(RULE)
    least = None if rule is None or "thief_len" not in rule.limits else rule.limits["thief_len"].value
    if rule is None or least is None:
        return lambda way: 0
    found = _candidates(ctx.board, side, glued, leads, rule.tune("tht_pitch_limit"))
    return lambda way: int(below(_ends(ctx.board, side, way, found).share, least).sum())


def _candidates(board: Board, side: int, glued: Ints, leads: Ints, pitch_limit: float) -> list[_Rows]:
    parts, f = board.derived.parts(), board.features
    family, pitch = parts.family.astype(str), parts.pitch
    fine = leads[(pitch[leads] <= pitch_limit + 1e-6) & (parts.pins[leads] >= _LEAST)]
    rows = np.r_[glued[np.isin(family[glued], ("SO", "QFP"))], fine].astype(np.int32)
    lands = lands_of(board, rows, side)
    lands = lands[~exposed_pads(board)[f.pad[lands]] & numbered(board)[f.pad[lands]]]
    lands = lands[np.argsort(f.component[lands], kind="stable")]
    out = []
    for row in rows.tolist():
        mine = lands[slice(*np.searchsorted(f.component[lands], [row, row + 1]))]
        quad = family[row] == "QFP"
        heading = row_heading(np.c_[board.pads.x, board.pads.y][f.pad[mine]], square=bool(quad))
        if np.isfinite(heading) and np.isfinite(pitch[row]):
            kind = "quad" if quad else "leads" if row in leads else "rows"
            out.append(_Rows(row, mine, heading, float(pitch[row]), kind))
    return out


def _ends(board: Board, side: int, way: Way, rows: list[_Rows]) -> Ends:
    f = board.features
    found: list[tuple[int, int, float, str]] = []
    off = between(np.array([r.heading for r in rows]), np.full(len(rows), way.angle)) - [45 * (r.kind == "quad") for r in rows]
    wanted = [r for r, turn in zip(rows, np.abs(off).tolist()) if turn <= _ALONG]
    if not wanted:
        return Ends.empty()
    outer = lands_of(board, np.arange(len(board.components), dtype=np.int32), side)
    loose = np.flatnonzero((f.kind == Kind.PAD) & (f.component < 0) & (f.layer == f.layer[outer[0]])) if len(outer) else outer
    bare = np.r_[outer, loose].astype(np.int32)
    spans = way.spans(f.core[bare], f.radius[bare])
    for r in wanted:
        own = way.spans(f.core[r.lands], f.radius[r.lands])
        across = (own[:, 1] + own[:, 3]) / 2
        order = np.argsort(across, kind="stable")
        lines = [order] if r.kind == "quad" else np.split(order, np.flatnonzero(np.diff(across[order]) > _LINE * r.pitch) + 1)
        for line in lines:
            if len(line) < _LEAST:
                continue
            line = np.sort(line)
            last = int(line[np.round(own[line, 0], 6).argmin()])
            length = float(np.median(own[line, 2] - own[line, 0]))
            thief = _thief(board, bare, spans, r, int(r.lands[last]), own[last])
            found.append((r.component, int(r.lands[last]), max(thief, own[last, 2] - own[last, 0]) / length, r.kind))
    names = ("component", "land", "share", "kind")
    return Ends.of(**{name: [row[k] for row in found] for k, name in enumerate(names)})


def _thief(board: Board, bare: Ints, spans: Floats, row: _Rows, last: int, own: Floats) -> float:
    """mm along the travel of the longest thief behind a land; 0 where there is none."""
    f = board.features
    wide = row.pitch if row.kind == "quad" else 0.0
    behind = own[0] - spans[:, 2]
    good = (behind >= -1e-6) & (behind <= _BEHIND * row.pitch)
    good &= (spans[:, 1] < own[3] + wide) & (spans[:, 3] > own[1] - wide)
    pins = np.bincount(board.pads.net[board.pads.net >= 0], minlength=len(board.nets) + 1)
    alone = (f.net[bare] < 0) | (pins[f.net[bare]] == 1)  # a thief that stands in the schematic has a net of its own
    good &= ~np.isin(bare, row.lands) & (alone | (f.net[bare] == f.net[last]))
    return float(np.max(spans[good, 2] - spans[good, 0], initial=0.0))
