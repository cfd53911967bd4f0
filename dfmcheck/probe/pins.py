"""The holes by which a fixture holds a board in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .. import around
from ..board import Board, Bools, Floats, Ints, once_a_board
from ..check import Context
from ..parts import NO_PARTS
from ..units import EPS, above, below
from .fixture import hard_limit, rule_context

_PIN = (1.5, 6.5)
"""mm: diameters of holes that take the pin of a fixture."""
APART = 0.5
"""Share of the span of the board that pins are apart at least: nearer to each other they let the board turn."""
_ALIKE = 0.5
"""mm by which a pin may be off and still let the board on."""


@dataclass(frozen=True, slots=True, eq=False)
class Pins:
    """One row is a hole that can take a pin."""

    hole: Ints
    """Row of `Board.holes`."""
    x: Floats
    y: Floats
    diameter: Floats
    ring: Floats
    """mm from its rim to the nearest part on either side that is not its own; infinite beyond all limits."""
    part: Ints
    """Row of `Board.components` of that part; -1."""
    chosen: Bools
    """The fixture holds the board by these."""
    spread: float
    """How far apart these are, as a share of the span of the board."""
    symmetric: bool
    """However the pins are chosen, the board goes on them turned by half a turn as well."""

    def __len__(self) -> int:
        return len(self.hole)


def pins(ctx: Context) -> Pins:
    """The holes for the pins of a fixture and those that it takes; ask it as `ctx.shared(pins)`.

    It takes as many as `tooling-holes` asks for, the two that are farthest apart and then each that is farthest from them: of
    those that break fewest of its hard limits of diameter and ring and are `APART`.
    """
    board, of = ctx.board, rule_context(ctx, "tooling-holes")
    hole = pin_holes(board)
    middle = shapely.get_coordinates(shapely.centroid(board.holes.core[hole])).reshape(-1, 2)
    x, y, diameter = middle[:, 0], middle[:, 1], 2 * board.holes.radius[hole]
    ring, part = _ring(board, hole, of.reach("clear_ring") if of is not None else 0.0)
    wrong = below(diameter, hard_limit(ctx, "tooling-holes", "diameter_min")).astype(np.int32)
    wrong += above(diameter, hard_limit(ctx, "tooling-holes", "diameter_max") or np.inf)
    wrong += below(ring, hard_limit(ctx, "tooling-holes", "clear_ring"))
    chosen, pool, spread = _chosen(board, x, y, wrong, max(2, int(hard_limit(ctx, "tooling-holes", "count"))))
    return Pins(hole, x, y, diameter, ring, part, chosen, spread, _turns(board, x[pool], y[pool], diameter[pool]))


def _chosen(board: Board, x: Floats, y: Floats, wrong: Ints, need: int) -> tuple[Bools, Any, float]:
    """Holes that the fixture takes, those that do as well, and how far apart the taken ones are by the span of the board.

    Those that break fewest limits, if there are enough and they are far apart; else with those that break one more.
    """
    across = max(span(board), EPS)
    found: list[tuple[float, Any, Any]] = []
    for worst in range(int(wrong.max(initial=0)) + 1):
        pool = np.flatnonzero(wrong <= worst)
        taken = pool[_far_apart(x[pool], y[pool], need)]
        found.append((_widest(x[taken], y[taken]) / across, taken, pool))
        if len(taken) == need and found[-1][0] >= APART:
            break
    spread, taken, pool = found[-1] if found[-1][0] >= APART else next(f for f in found if len(f[1]) == min(need, len(x)))
    chosen = np.zeros(len(x), np.bool_)
    chosen[taken] = True
    return chosen, pool, spread


def span(board: Board) -> float:
    """mm from one end of the board to the other, the farthest apart."""
    xy = shapely.get_coordinates(board.outline.convex_hull)
    return _widest(xy[:, 0], xy[:, 1])


def _widest(x: Floats, y: Floats) -> float:
    return float(np.hypot(x[:, None] - x, y[:, None] - y).max(initial=0.0))


@once_a_board
def pin_holes(board: Board) -> Ints:
    """Rows of `Board.holes` that can take a pin of a fixture: round, unplated, through the board, with nothing in them.

    Holes of mounting hardware count; pegs of connectors do not, nor does what a body covers: in a package no hole belongs to a
    part.
    """
    holes, parts = board.holes, board.derived.parts()
    free = np.append(np.isin(parts.family, ("hole", "mech", "mark", "fiducial")), True)[holes.component]
    size = 2 * holes.radius
    through = (holes.first <= 0) & (holes.last >= len(board.copper_layers) - 1)
    rows = np.flatnonzero(
        ~holes.plated & free & through & (shapely.length(holes.core) == 0) & (size >= _PIN[0] - EPS) & (size <= _PIN[1] + EPS)
    )
    if len(rows) and not board.outline.is_empty:  # a hole may be drawn as a cut-out, too
        rows = rows[shapely.dwithin(board.outline, holes.core[rows], holes.radius[rows] + EPS)]
    over = np.flatnonzero(parts.fitted & np.array([b is not None for b in parts.body], np.bool_))
    i, j = shapely.STRtree(holes.core[rows]).query(parts.body[over], predicate="contains")
    covered = j[holes.component[rows[j]] != over[i]]
    return np.delete(rows, covered).astype(np.int32)


def _ring(board: Board, hole: Ints, reach: float) -> tuple[Floats, Ints]:
    parts, holes = board.derived.parts(), board.holes
    there = parts.fitted & ~np.isin(parts.family, list(NO_PARTS)) & np.array([e is not None for e in parts.envelope], np.bool_)
    rows = np.flatnonzero(there).astype(np.int32)
    ring, part = np.full(len(hole), np.inf), np.full(len(hole), -1, np.int32)
    radius = holes.radius[hole]
    i, j, distance = around.near(holes.core[hole], parts.envelope[rows], radius + reach)
    other = holes.component[hole[i]] != rows[j]
    i, j, distance = i[other], j[other], distance[other] - radius[i[other]]
    order = np.lexsort((rows[j], distance, i))
    first = order[np.r_[True, np.diff(i[order]) != 0][: len(order)]]
    ring[i[first]], part[i[first]] = distance[first], rows[j[first]]
    return ring, part


def _far_apart(x: Floats, y: Floats, count: int) -> Ints:
    """Indices of so many points (or all): the two farthest apart, then each that is farthest from those before it."""
    if len(x) < 2:
        return np.arange(len(x), dtype=np.int32)
    away = np.hypot(x[:, None] - x, y[:, None] - y)
    out = [int(k) for k in np.unravel_index(int(np.argmax(away)), away.shape)]
    while len(out) < min(count, len(x)):
        room = away[:, out].min(axis=1)
        room[out] = -1.0
        out.append(int(np.argmax(room)))
    return np.array(out, np.int32)


def _turns(board: Board, x: Floats, y: Floats, diameter: Floats) -> bool:
    """Whether the holes fall upon each other when the board is turned by half a turn about the centroid of its area, and the
    outline does as well: one that is not alike does not go in the wrong way."""
    if len(x) < 2 or board.outline.is_empty:
        return False
    middle = shapely.get_coordinates(board.outline.centroid)[0]
    off = np.hypot(x[:, None] + x - 2 * middle[0], y[:, None] + y - 2 * middle[1])
    off[np.abs(diameter[:, None] - diameter) > _ALIKE] = np.inf
    if not (off.min(axis=1) <= _ALIKE).all():
        return False
    turned = shapely.transform(board.outline, lambda xy: 2 * middle - xy)
    return bool(shapely.symmetric_difference(board.outline, turned).area <= 0.02 * board.outline.area)
