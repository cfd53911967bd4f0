"""Holes by which a test fixture holds a board in place."""

from __future__ import annotations

import numpy as np

from .. import around
from ..board import Board, Kind
from ..check import Context, Measurements, check
from ..panel_boards import pieces
from ..probe.fixture import nails
from ..probe.pins import APART, Pins, pins, span
from .size import by_limit

_FEW = 10
"""A fixture of fewer nails can hold the board by its edges."""


@check("tooling_holes", minima="count diameter_min clear_ring", maxima="diameter_max", tunes="tolerance")
def tooling_holes(ctx: Context) -> Measurements:
    """Holes that can take the pins of a fixture (`count`, a step less for a fixture of few nails), mm across of those it takes
    (`diameter_min`, `diameter_max`, a step less), and mm from their rims to parts (`clear_ring`); whether they are near to each
    other, and whether the board goes on them turned by half a turn.

    How many holes the rails of a panel have is told by `panel-rails`. Nothing where no fixture is in mind.
    """
    board, n = ctx.board, ctx.shared(nails)
    if not n.meant or board.outline.is_empty:
        return Measurements.none(0)
    p = ctx.shared(pins)
    found = [Measurements.none(len(p)), _sizes(ctx, p), _ring(ctx, p), _placing(board, p)]
    if len(pieces(board, board.derived.breaklines())) < 2:
        found.append(_count(ctx, p, int(n.taken.sum())))
    m = Measurements.join(found)
    return m.take((m.param == "") | np.isin(m.param, ctx.judged()))


def _count(ctx: Context, p: Pins, count: int) -> Measurements:
    board = ctx.board
    middle = board.outline.centroid
    screws = around.screw_holes(board, nuts=True)
    plated = int(board.holes.plated[screws].sum())
    besides = f", beside {plated} plated ones, which are not as accurate" if plated else ""
    return Measurements.of(
        len(p), checked=0, param="count", a=-1, x=middle.x, y=middle.y, cause="*count", soften=int(count < _FEW),
        detail=f"unplated holes for the pins of a fixture, to {ctx.tune('tolerance'):g} mm in place and size{besides}:",
    )  # fmt: skip


def _sizes(ctx: Context, p: Pins) -> Measurements:
    rows = np.flatnonzero(p.chosen)
    parts = []
    for param in ("diameter_min", "diameter_max"):
        parts.append(Measurements.of(
            p.diameter[rows], checked=0, param=param, a=ctx.board.holes.item[p.hole[rows]], x=p.x[rows], y=p.y[rows], soften=1,
            kind_a=Kind.HOLE, cause="*size", detail="a pin of the fixture would stand in a hole of",
        ))  # fmt: skip
    return Measurements.join(parts)


def _ring(ctx: Context, p: Pins) -> Measurements:
    board = ctx.board
    rows = np.flatnonzero(p.chosen & (p.part >= 0))
    param = np.full(len(rows), "clear_ring", object)
    return Measurements.of(
        p.ring[rows], checked=0, param=param, a=board.holes.item[p.hole[rows]], b=board.components.item[p.part[rows]],
        x=p.x[rows], y=p.y[rows], kind_a=Kind.HOLE, soften=around.guessed(board, p.part[rows]),
        cause=by_limit(ctx, param, p.ring[rows], "*ring"),
        detail=[f"from the rim to {name} it is" for name in around.names(board, p.part[rows])],
    )  # fmt: skip


def _placing(board: Board, p: Pins) -> Measurements:
    """What no limit judges, as notes."""
    rows = np.flatnonzero(p.chosen)
    if len(rows) < 2:
        return Measurements.none(0)
    at, words = p.hole[rows[0]], []
    if p.spread < APART:
        size = span(board)
        words.append(f"the holes for the pins of a fixture are within {p.spread * size:.1f} mm on a board of {size:.1f} mm, "
                     "so that it can turn")  # fmt: skip
    if p.symmetric:
        words.append("the holes for the pins of a fixture are symmetric: the board goes on turned by half a turn; move one")
    return Measurements.of(
        np.full(len(words), np.nan), checked=0, param="", a=board.holes.item[at], x=p.x[rows[0]], y=p.y[rows[0]],
        kind_a=Kind.HOLE, soften=1, cause=[f"*{k}" for k in range(len(words))], detail=words,
    )  # fmt: skip
