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
from .access import Access, access
from .targets import PASTE, Targets, require_points, targets

MEANT = 10.0
"""%: of the nets to be tested as many have a test point where a fixture is in mind; fewer are there to bring the board up."""


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
    room to the nails of other nets: what is amiss with the others harms nobody. Power and ground nets carry the current of
    the board: their other test points on that side get a nail too if they break nothing and are no nearer to another nail
    than the largest probes of `testpoint-spacing` ask.

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
    taken = _one_a_net(net, x, y, side, np.where(side == best, 0, 10) + broken)
    rails = a.nets.kind[t.net[row]] if a is not None else np.full(len(row), "", object)
    spare = ~taken & (side == best) & (broken == 0) & np.isin(rails, ("power", "ground")) & (t.net[row] >= 0)
    more = _with_room(np.flatnonzero(spare), taken, x, y, side, hard_limit(ctx, "testpoint-spacing", "p100_100"))
    return Nails(t, row, net, x, y, side, body, part, tall, tall_part, edge, taken, more, pointed and _meant(t, a))


def _meant(t: Targets, a: Access | None) -> bool:
    return a is None or not len(a.net) or bool(100 * np.isin(a.net, t.net[t.declared]).mean() >= MEANT)


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


def _one_a_net(net: Ints, x: Floats, y: Floats, side: Ints, rank: Ints) -> Bools:
    """Of each net's rows (`net` is sorted) one of the least rank; of several the one farthest from what is taken already.

    Nets without a choice come first, the others follow in their order.
    """
    taken = np.zeros(len(net), np.bool_)
    starts = np.flatnonzero(np.r_[True, np.diff(net) != 0][: len(net)])
    least = np.minimum.reduceat(rank, starts) if len(starts) else rank
    group = np.searchsorted(starts, np.arange(len(net)), side="right") - 1
    fit = rank == least[group]
    count = np.bincount(group[fit], minlength=len(starts))
    taken[fit & (count == 1)[group]] = True
    for g in np.flatnonzero(count > 1).tolist():
        rows = np.flatnonzero(fit & (group == g))
        taken[rows[int(np.argmax(_room(rows, np.flatnonzero(taken), x, y, side)))]] = True
    return taken


def _room(rows: Any, others: Any, x: Floats, y: Floats, side: Ints) -> Floats:
    """mm from each row to the nearest of others on its side."""
    away = np.hypot(x[rows][:, None] - x[others], y[rows][:, None] - y[others])
    away[side[rows][:, None] != side[others]] = np.inf
    return np.asarray(away.min(axis=1, initial=np.inf), np.float64)


def _with_room(rows: Any, taken: Bools, x: Floats, y: Floats, side: Ints, apart: float) -> Bools:
    out = np.zeros(len(taken), np.bool_)
    for row in rows.tolist():
        if _room(np.array([row]), np.flatnonzero(taken | out), x, y, side)[0] >= apart - EPS:
            out[row] = True
    return out
