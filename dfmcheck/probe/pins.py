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
_AT_ONCE = 1000
"""Holes that are looked up at once: few, for most boards fail with the first of them."""


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
    those that break fewest of its hard limits of diameter and ring and are `APART`. Of corners that are as far apart it takes
    those with the wider ring.
    """
    board, of = ctx.board, rule_context(ctx, "tooling-holes")
    hole = pin_holes(board)
    middle = shapely.get_coordinates(shapely.centroid(board.holes.core[hole])).reshape(-1, 2)
    x, y, diameter = middle[:, 0], middle[:, 1], 2 * board.holes.radius[hole]
    ring, part = _ring(board, hole, of.reach("clear_ring") if of is not None else 0.0)
    wrong = below(diameter, hard_limit(ctx, "tooling-holes", "diameter_min")).astype(np.int32)
    wrong += above(diameter, hard_limit(ctx, "tooling-holes", "diameter_max") or np.inf)
    wrong += below(ring, hard_limit(ctx, "tooling-holes", "clear_ring"))
    need = max(2, int(hard_limit(ctx, "tooling-holes", "count")))
    chosen, pool, spread = _chosen(board, x, y, wrong, need, ring)
    return Pins(hole, x, y, diameter, ring, part, chosen, spread, _turns(board.outline, x[pool], y[pool], diameter[pool]))


def _chosen(board: Board, x: Floats, y: Floats, wrong: Ints, need: int, free: Floats) -> tuple[Bools, Any, float]:
    """Holes that the fixture takes, those that do as well, and how far apart the taken ones are by the span of the board.

    Those that break fewest limits, if there are enough and they are far apart; else with those that break one more.
    """
    across = max(span(board), EPS)
    found: list[tuple[float, Any, Any]] = []
    for worst in range(int(wrong.max(initial=0)) + 1):
        pool = np.flatnonzero(wrong <= worst)
        taken = pool[_far_apart(x[pool], y[pool], need, free[pool])]
        found.append((_spread(x, y, taken) / across, taken, pool))
        if len(taken) == need and found[-1][0] >= APART:
            break
    spread, taken, pool = found[-1] if found[-1][0] >= APART else next(f for f in found if len(f[1]) == min(need, len(x)))
    chosen = np.zeros(len(x), np.bool_)
    chosen[taken] = True
    return chosen, pool, spread


def span(board: Board) -> float:
    """mm from one end of the board to the other, the farthest apart."""
    xy = shapely.get_coordinates(board.outline)
    return _spread(xy[:, 0], xy[:, 1], _far_apart(xy[:, 0], xy[:, 1], 2, np.zeros(len(xy))))


def _spread(x: Floats, y: Floats, apart: Any) -> float:
    """mm from one to the other of the first two of `_far_apart`; 0 for less than two."""
    return float(np.hypot(np.ptp(x[apart[:2]]), np.ptp(y[apart[:2]]))) if len(apart) else 0.0


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


def _far_apart(x: Floats, y: Floats, count: int, free: Floats) -> Ints:
    """Indices of so many points (or all): the two farthest apart, then each that is farthest from those before it.

    Of what is as far apart, as are the corners of a rectangle, that with most `free` about it.
    """
    if len(x) < 2:
        return np.arange(len(x), dtype=np.int32)
    out = list(_farthest(x, y, free))
    room = np.full(len(x), np.inf)
    for k in out:
        room = np.minimum(room, np.hypot(x - x[k], y - y[k]))
    while len(out) < min(count, len(x)):
        room[out] = -1.0
        out.append(_most(room, free))
        room = np.minimum(room, np.hypot(x - x[out[-1]], y - y[out[-1]]))
    return np.array(out, np.int32)


def _most(away: Floats, free: Floats) -> int:
    """Index of the largest; of those that are as large to a rounding, that with most `free`."""
    most = np.flatnonzero(~below(away, away.max()))
    return int(most[np.argmax(free[most])])


def _farthest(x: Floats, y: Floats, free: Floats) -> tuple[int, int]:
    """Indices of the two of at least two points that are farthest apart; of such pairs that with most `free` about both.

    Both are corners of the convex hull, and parallel lines through them hold it: of each edge only its ends and what is
    farthest across from it are compared.
    """
    corners = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(np.c_[x, y])))
    at = x + 1j * y
    order = np.argsort(at, kind="stable")
    hull = order[np.searchsorted(at[order], corners[:, 0] + 1j * corners[:, 1])]
    if len(hull) < 4:  # on one line, or in one place
        return (int(hull[0]), int(hull[1])) if len(hull) > 1 else (0, 1)
    hull = hull[:-1] if shapely.is_ccw(shapely.linearrings(corners)) else hull[:0:-1]
    n, edge = len(hull), np.angle(np.diff(at[hull], append=at[hull[0]]))
    first = int(np.argmin(edge))
    hull, edge = np.roll(hull, -first), np.roll(edge, -first)
    across = np.searchsorted(np.r_[edge, edge + 2 * np.pi], edge + np.pi)
    k = np.arange(n)
    one = np.repeat(np.concatenate([k, k + 1]), 3)
    # The edges' angles are rounded: neighbours of the corner across are compared, too.
    other = (np.tile(across, 2)[:, None] + [-1, 0, 1]).ravel()
    one, other = hull[one % n], hull[other % n]
    best = _most(np.abs(at[one] - at[other]), np.minimum(free[one], free[other]))
    return int(one[best]), int(other[best])


def _turns(outline: Any, x: Floats, y: Floats, diameter: Floats) -> bool:
    """Whether the holes fall upon each other when the board is turned by half a turn about the centroid of its area, and the
    outline does as well: one that is not alike does not go in the wrong way."""
    if len(x) < 2 or outline.is_empty:
        return False
    middle = shapely.get_coordinates(outline.centroid)[0]
    tree = shapely.STRtree(shapely.points(x, y))
    for some in np.array_split(np.arange(len(x)), len(x) // _AT_ONCE + 1):
        turned = shapely.points(2 * middle[0] - x[some], 2 * middle[1] - y[some])
        i, j = tree.query(turned, predicate="dwithin", distance=_ALIKE)
        alike = np.abs(diameter[some[i]] - diameter[j]) <= _ALIKE
        if len(np.unique(i[alike])) < len(some):
            return False
    turned = shapely.transform(outline, lambda xy: 2 * middle - xy)
    return bool(shapely.symmetric_difference(outline, turned).area <= 0.02 * outline.area)
