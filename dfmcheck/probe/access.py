"""Which nets a bed of nails reaches, with which probe, and where test points are missing most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..board import Board, Bools, Floats, Ints
from ..check import Context
from ..units import above, below
from .nets import CLASSES, TestNets, test_nets
from .targets import KINDS, Targets, targets

SIDES = ("top", "bottom")
_MEANT = 10.0
"""%: of the nets that join pins as many have a test point where a fixture is in mind; fewer are there to bring the board up."""
_ROOM = ("test pad", "lead")
"""Kinds whose size does not decide whether they are targets: small test pads are told by a rule of their own, and a lead
stands out of its hole."""


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What a fixture reaches. Rows of nets are those of `Board.nets`, rows of targets those of `targets`."""

    targets: Targets
    nets: TestNets
    usable: Bools
    """Per target: legal, large enough, and no hole that a probe falls into."""
    net: Ints
    """The nets to be tested, the most important first: power, ground, buses, others, and of these those with the most pins."""
    best: Ints
    """Per net to be tested the target that is taken; -1 where there is none."""
    side: int
    """The side from which most of them are reached, 0 top, 1 bottom: that of the fixture."""
    reach: Bools
    """Net to be tested x side: whether it has a usable target there."""
    declared: bool
    """The design has test points, so a fixture is in mind."""

    @property
    def reached(self) -> Bools:
        return np.asarray(self.best >= 0, np.bool_)

    @property
    def meant(self) -> bool:
        """A fixture is in mind: no few of the nets that join two pins have a test point, if there are such nets.

        Where a pin goes to a test point alone, it is led out to be measured by hand.
        """
        joined = self.net[self.nets.pins[self.net] >= 2]
        return not len(joined) or bool(100 * np.isin(joined, self.targets.net[self.targets.declared]).mean() >= _MEANT)

    def share(self, which: Any = slice(None)) -> float:
        """% of the nets to be tested (or of those that `which` selects) that are reached; 100 of none."""
        chosen = self.reached[which]
        return float(100 * chosen.mean()) if len(chosen) else 100.0

    def of_class(self, *kinds: str) -> Bools:
        """Which of the nets to be tested are of these classes."""
        return np.isin(self.nets.kind[self.net], list(kinds))


def access(ctx: Context) -> Access:
    """What a fixture reaches; ask it as `ctx.shared(access)`.

    A test pad is taken before a lead, a lead before a bare hole or land, these before a via (`KINDS`), larger before smaller,
    and all on the side of the fixture before those on the other: a second side doubles the fixture. How small a via may be
    is the limit of `testpoint-size` on its side, how large an open hole that of `testpoint-target-type`.
    """
    board = ctx.board
    t, nets = targets(board), test_nets(board)
    usable = _usable(ctx, t)
    weight = np.array([CLASSES.index(kind) for kind in nets.kind.tolist()], np.int32)
    net = np.flatnonzero(nets.tested)
    net = net[np.lexsort((net, -nets.pins[net], weight[net]))]
    reach = np.zeros((len(board.nets), 2), np.bool_)
    known = usable & (t.net >= 0)
    reach[t.net[known], t.side[known]] = True
    reach = reach[net]
    side = int(reach[:, 1].sum() >= reach[:, 0].sum())
    best = _best(board, t, known, side)[net]
    return Access(t, nets, usable, net.astype(np.int32), best, side, reach, bool(t.declared.any()))


def _usable(ctx: Context, t: Targets) -> Bools:
    enough = np.isin(t.kind, _ROOM) | ~below(t.diameter, least_sizes(ctx)[t.side])
    return np.asarray(t.legal & enough & ~above(t.hole, largest_hole(ctx)), np.bool_)


def largest_hole(ctx: Context) -> float:
    """mm: how large an open hole may be that a probe stands on, by `testpoint-target-type`; infinite where nothing limits it."""
    kinds = ctx.other("testpoint-target-type")
    hole = kinds.limit("hole_max") if kinds else None
    return np.inf if hole is None else hole


def least_sizes(ctx: Context) -> Floats:
    """mm by side: how small a target may be by `testpoint-size`; 0 where nothing limits it."""
    size = ctx.other("testpoint-size")
    return np.array([(size.limit(name) if size else None) or 0.0 for name in SIDES])


def _best(board: Board, t: Targets, usable: Bools, side: int) -> Ints:
    """Per net of the board the target to take, -1 where there is none."""
    rows = np.flatnonzero(usable)
    rank = np.array([KINDS.index(kind) for kind in t.kind[rows].tolist()], np.int32)
    size: Floats = np.round(t.diameter[rows], 4)
    order = np.lexsort((t.y[rows], t.x[rows], -size, rank, t.side[rows] != side, t.net[rows]))
    rows = rows[order]
    first = rows[np.r_[True, np.diff(t.net[rows]) != 0][: len(rows)]]
    out = np.full(len(board.nets), -1, np.int32)
    out[t.net[first]] = first
    return out
