"""How parts want to lie to the travel of the board over a wave, and the travel that suits the board best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from ..around import axes, between
from ..board import Board, Floats, Ints, Objects, Table, column
from ..check import Context
from ..exposed import exposed_pads, numbered
from .plan import plan
from .wave_thief import missing
from .wave_way import WAYS, Way, declared, row_heading

_ROWS = ("SO", "DIP", "conn-THT", "conn-SMT")
_LEADED = 4
"""Pins from which on a leaded part has rows."""
_HALF = 45.01
"""Degrees beyond which a part lies better to the other travel; what lies aslant is as wrong for both."""


@dataclass(frozen=True, slots=True, eq=False)
class Turns(Table):
    """One row is a part that wants to lie in a certain way to the travel."""

    component: Ints = column("i4")
    heading: Floats = column("f8")
    """Degrees (0 to 180) on the board: the line through a chip's lands, else the rows of pins."""
    wanted: Floats = column("f8")
    """Degrees between that and the travel: 90 of chips, 0 of rows, 45 of packages with rows on four sides."""
    kind: Objects = column("O")
    """str: chip, rows, quad, leads (rows of pins in holes)."""

    def off(self, way: Way) -> Floats:
        """Degrees by which each part is off what it wants."""
        return np.asarray(np.abs(between(self.heading, np.full(len(self), way.angle)) - self.wanted), np.float64)


def turns(board: Board, glued: Ints, leads: Ints) -> Turns:
    """Chips across the travel so that both ends meet the wave at once, rows of pins along it, quad packages at 45 degrees.

    glued, leads: rows of `Board.components`. Parts with three leads as SOT-23, and rows of fewer than four pins in holes, lie
    as they like.
    """
    parts, pads = board.derived.parts(), board.pads
    family = parts.family.astype(str)
    chips = glued[np.isin(family[glued], ("chip-S", "chip-L"))]
    axis, two = axes(board, chips)
    rows = np.r_[glued[np.isin(family[glued], ("SO", "QFP"))], leads[np.isin(family[leads], _ROWS)]].astype(np.int32)
    rows = rows[parts.pins[rows] >= _LEADED]
    own = np.flatnonzero(np.isin(pads.component, rows) & ~exposed_pads(board) & numbered(board))
    order = own[np.argsort(pads.component[own], kind="stable")]
    first, last = (np.searchsorted(pads.component[order], rows, side=side) for side in ("left", "right"))
    xy, quad = np.c_[pads.x, pads.y][order], family[rows] == "QFP"
    heading = np.array([
        row_heading(xy[a:b], square=bool(q)) for a, b, q in zip(first.tolist(), last.tolist(), quad.tolist())
    ], np.float64)  # fmt: skip
    kind = np.where(quad, "quad", np.where(np.isin(rows, leads), "leads", "rows"))
    out = Turns.of(
        component=np.r_[chips[two], rows], heading=np.r_[axis[two], heading],
        wanted=np.r_[np.full(int(two.sum()), 90.0), np.where(quad, 45.0, 0.0)],
        kind=np.r_[np.full(int(two.sum()), "chip", object), kind.astype(object)],
    )  # fmt: skip
    return out.take(np.isfinite(out.heading))


class Wave(NamedTuple):
    """What meets the wave in the chosen flow."""

    code: str
    """Of the flow."""
    side: int
    """That meets the wave: 0 top, 1 bottom."""
    glued: Ints
    """Rows of `Board.components` whose lands it solders."""
    leads: Ints
    """Rows of `Board.components` whose leads it solders."""
    turns: Turns
    way: Way
    told: str
    """Where the travel is from, as half a sentence that follows what is measured."""
    declared: bool


def wave(ctx: Context) -> Wave | None:
    """What meets the wave in the chosen flow, and the travel of the board; None where nothing does. Share it by `Context.shared`.

    Where no text declares the travel all four directions along the sides of the sheet are tried. The best turns the fewest
    parts the wrong way, then lacks the fewest solder thieves, then turns the fewest rows of leads the wrong way, then runs
    along the longer side of the board, as boards are conveyed.
    """
    whole = ctx.shared(plan)
    flow = whole.chosen
    if flow is None:
        return None
    glued, leads = (np.flatnonzero(column == "wave").astype(np.int32) for column in (flow.surface, flow.method))
    if not len(glued) and not len(leads):
        return None
    side, board = 1 - whole.lead_side, ctx.board
    lying, said = turns(board, glued, leads), declared(board)
    if said is not None:
        return Wave(flow.code, side, glued, leads, lying, said[0], f"along the travel that the text {said[1]!r} declares", True)
    width, height = _size(board)
    thin = missing(ctx, side, glued, leads)

    def bad(way: Way) -> tuple[int, int, int, bool]:
        wrong = lying.off(way) > _HALF
        coarse = lying.kind == "leads"
        return int((wrong & ~coarse).sum()), thin(way), int((wrong & coarse).sum()), (width < height) == (way.y == 0)

    way = min(WAYS, key=bad)
    axis = "x" if way.y == 0 else "y"
    told = f"for a travel along {axis} of the board, which suits most parts; no text on it declares one"
    return Wave(flow.code, side, glued, leads, lying, way, told, False)


def _size(board: Board) -> tuple[float, float]:
    x0, y0, x1, y1 = shapely.bounds(board.outline) if not board.outline.is_empty else (0.0, 0.0, 1.0, 1.0)
    return round(float(x1 - x0), 3), round(float(y1 - y0), 3)


