"""The nails that a fixture would set on the test points of a board, and the room about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .. import around
from ..board import Board, Bools, Floats, Ints
from ..check import Context
from ..units import EPS, below
from .access import access
from .targets import PASTE, Targets, require_points, targets


@dataclass(frozen=True, slots=True, eq=False)
class Nails:
    """One row is a test point with bare copper on one side that no part covers; all columns but `targets` have its length."""

    targets: Targets
    row: Ints
    """Row of `targets`."""
    net: Ints
    """Equal for test points of one net; where no net is known, each test point is one by itself."""
    x: Floats
    y: Floats
    side: Ints
    body: Floats
    """mm from the edge of its bare circle to the nearest body on its side, below 0 in it; infinite beyond all limits."""
    part: Ints
    """Row of `Board.components` of that body; -1."""
    tall: Floats
    """The same to the nearest of the parts that are tall by `testpoint-to-component`."""
    tall_part: Ints
    edge: Floats
    """mm from its middle to the board's edge or a cut-out."""
    taken: Bools
    """A nail stands on it that the test needs: one a net."""
    more: Bools
    """A further nail of a power or ground net, where there is room for it."""
    meant: bool
    """A fixture is in mind: there are test points, and on no few of the nets to be tested."""

    def __len__(self) -> int:
        return len(self.row)


def nails(ctx: Context) -> Nails:
    """The nails of a fixture; ask it as `ctx.shared(nails)`.

    A net needs one nail. Of its test points the fixture takes one on its side (`Access.side`) before one on the other, then
    the one that breaks the fewest hard limits of `testpoint-to-component` and `testpoint-to-edge`, then the one with most
    room to the nails of other nets, as far as `testpoint-spacing` asks for it: what is amiss with the others harms nobody.
    Power and ground nets carry the current of the board: their other test points on that side get a nail too if they break
    nothing and are no nearer to another nail than the largest probes of `testpoint-spacing` ask.

    Raises `Skip` where nothing tells of test points.
    """
    board = ctx.board
    t, pointed = targets(board), require_points(board)
    known = {"nets", "components"} <= board.facts
    a = ctx.shared(access) if known else None
    row = np.flatnonzero(t.declared & (t.diameter > 0) & np.isin(t.why, ("", PASTE)) & (t.under < 0)).astype(np.int32)
    net = np.where(t.net[row] >= 0, t.net[row], len(board.nets) + t.pad[row]).astype(np.int32)
    row = row[np.lexsort((row, net))]
    net = np.sort(net)
    x, y, side = t.x[row], t.y[row], t.side[row]
    body, part, tall, tall_part = _bodies(ctx, t, row)
    edge = _edges(board, x, y)
    broken = below(body, hard_limit(ctx, "testpoint-to-component", "min")).astype(np.int32)
    broken += below(tall, hard_limit(ctx, "testpoint-to-component", "tall_ring"))
    broken += below(edge, hard_limit(ctx, "testpoint-to-edge", "edge"))
    best = a.side if a is not None else int(2 * side.sum() >= len(side))
    spacing, apart = rule_context(ctx, "testpoint-spacing"), hard_limit(ctx, "testpoint-spacing", "p100_100")
    about = _Room(x, y, side, max(apart, spacing.reach("p100_100") if spacing is not None else 0.0))
    taken = _one_a_net(net, np.where(side == best, 0, 10) + broken, about)
    rails = a.nets.kind[t.net[row]] if a is not None else np.full(len(row), "", object)
    spare = ~taken & (side == best) & (broken == 0) & np.isin(rails, ("power", "ground")) & (t.net[row] >= 0)
    more = _with_room(np.flatnonzero(spare), apart, about)
    return Nails(t, row, net, x, y, side, body, part, tall, tall_part, edge, taken, more, pointed and (a is None or a.meant))


def rule_context(ctx: Context, rule: str) -> Context | None:
    """A rule of this run: the one that asks, or another."""
    return ctx if ctx.rule.id == rule else ctx.other(rule)


def hard_limit(ctx: Context, rule: str, param: str) -> float:
    """The hard limit of a rule of this run; 0 where it has none."""
    of = rule_context(ctx, rule)
    return (of.limit(param) if of is not None and param in of.rule.params else None) or 0.0


def _bodies(ctx: Context, t: Targets, row: Ints) -> tuple[Floats, Ints, Floats, Ints]:
    """Of each test point the room to the nearest body, to the nearest tall one, and whose they are.

    Heights that the family alone suggests make no part tall.
    """
    board, of = ctx.board, rule_context(ctx, "testpoint-to-component")
    parts = board.derived.parts()
    there = np.flatnonzero(parts.fitted & np.array([b is not None for b in parts.body], np.bool_)).astype(np.int32)
    above = of.limit("tall_above") if of is not None else None
    high = (parts.height > (np.inf if above is None else above + EPS)) & (parts.height_source != "family")
    near = of.reach("min") if of is not None else 0.0
    ring = of.reach("tall_ring") if of is not None else 0.0
    return *_nearest(board, t, row, there, near), *_nearest(board, t, row, there[high[there]], ring)


def _nearest(board: Board, t: Targets, row: Ints, parts: Ints, reach: float) -> tuple[Floats, Ints]:
    bodies, c = board.derived.parts().body[parts], board.components
    radius = t.diameter[row] / 2
    room, whose = np.full(len(row), np.inf), np.full(len(row), -1, np.int32)
    i, j, distance = around.near(shapely.points(t.x[row], t.y[row]), bodies, radius + reach)
    other = (c.side[parts[j]] == t.side[row[i]]) & (t.component[row[i]] != parts[j])
    i, j, distance = i[other], j[other], distance[other] - radius[i[other]]
    order = np.lexsort((parts[j], distance, i))
    first = order[np.r_[True, np.diff(i[order]) != 0][: len(order)]]
    room[i[first]], whose[i[first]] = distance[first], parts[j[first]]
    return room, whose


def _edges(board: Board, x: Floats, y: Floats) -> Floats:
    pieces = board.derived.edge_pieces()
    if not len(pieces.core) or not len(x):
        return np.full(len(x), np.inf)
    _, distance = shapely.STRtree(pieces.core).query_nearest(shapely.points(x, y), all_matches=False, return_distance=True)
    return np.asarray(distance, np.float64)


class _Room:
    """mm from each point to the nearest nail on its side (`room`); infinite where that is beyond a reach."""

    def __init__(self, x: Floats, y: Floats, side: Ints, reach: float) -> None:
        points = shapely.points(x, y)
        i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach)
        pair = (i != j) & (side[i] == side[j])
        order = np.argsort(i[pair], kind="stable")
        i, self._other = i[pair][order], j[pair][order]
        self._away = np.hypot(x[i] - x[self._other], y[i] - y[self._other])
        self._start = np.searchsorted(i, np.arange(len(x) + 1)).tolist()
        self.room = np.full(len(x), np.inf)

    def set_nail(self, row: int) -> None:
        """A nail stands on this point from now on."""
        near = slice(self._start[row], self._start[row + 1])
        other = self._other[near]
        self.room[other] = np.minimum(self.room[other], self._away[near])


def _one_a_net(net: Ints, rank: Ints, about: _Room) -> Bools:
    """Of each net's rows (`net` is sorted) one of the least rank; of several the one with most room to what is taken already.

    Nets without a choice come first, the others follow in their order.
    """
    taken = np.zeros(len(net), np.bool_)
    starts = np.flatnonzero(np.r_[True, np.diff(net) != 0][: len(net)])
    least = np.minimum.reduceat(rank, starts) if len(starts) else rank
    group = np.searchsorted(starts, np.arange(len(net)), side="right") - 1
    fit = np.flatnonzero(rank == least[group])
    some = np.split(fit, np.flatnonzero(np.diff(group[fit])) + 1) if len(fit) else []
    for rows in sorted(some, key=lambda rows: len(rows) > 1):
        row = int(rows[np.argmax(about.room[rows])])
        taken[row] = True
        about.set_nail(row)
    return taken


def _with_room(rows: Any, apart: float, about: _Room) -> Bools:
    out = np.zeros(len(about.room), np.bool_)
    for row in rows.tolist():
        if about.room[row] >= apart - EPS:
            out[row] = True
            about.set_nail(row)
    return out
