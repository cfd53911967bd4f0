"""How many of the nets to be tested a bed of nails reaches, and whether it does so from one side."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ..board import Board, Bools
from ..check import Context, Measurements, Skip, check
from ..probe.access import SIDES, Access, access
from ..probe.nets import NO_NETS
from ..probe.targets import require_points
from .size import breaching

_NAMED = 5
"""Nets that a message names; the report's table has all."""


@check("testpoint.coverage", minima="coverage_min power_nets")
def coverage(ctx: Context) -> Measurements:
    """% of the nets to be tested that a legal target reaches (`coverage_min`), and of the power and ground nets (`power_nets`).

    One finding; a note where no fixture is in mind (`Access.meant`).
    Raises `Skip` where no net is to be tested.
    """
    board, a = ctx.board, ctx.shared(access)
    if not len(a.net):
        raise Skip(NO_NETS)
    rails = a.of_class("power", "ground")
    parts = [Measurements.none(len(a.net))]
    for param, which, words in (
        ("coverage_min", np.ones(len(a.net), np.bool_), "nets to be tested"), ("power_nets", rails, "power and ground nets"),
    ):  # fmt: skip
        share = a.share(which)
        if not which.any() or not breaching(ctx, np.array([param], object), np.array([share]))[0]:
            continue
        x, y = _place(board, a, which & ~a.reached)
        parts.append(Measurements.of(
            share, checked=0, param=param, a=-1, x=x, y=y, soften=0 if a.meant else 2, cause="*nets",
            detail=f"{int(which.sum())} {words}{_without(board, a, which)}{_left_out(a) if param == 'coverage_min' else ''}",
        ))  # fmt: skip
    return Measurements.join(parts)


@check("testpoint.one_side", minima="one_side_min")
def one_side(ctx: Context) -> Measurements:
    """% of the nets that probes reach that they reach from the side with most of them; nothing without any test point.

    Raises `Skip` where nothing tells of test points.
    """
    board, a = ctx.board, ctx.shared(access)
    both = np.flatnonzero(a.reached)
    if not require_points(board) or not len(both):
        return Measurements.none(0)
    here = a.reach[both, a.side]
    share = 100 * float(here.mean())
    if share >= 100:
        return Measurements.none(len(both), share)
    far = both[~here]
    t, first = a.targets, int(a.best[far[0]])
    names = _named([str(board.nets.name[n]) for n in a.net[far]])
    return Measurements.of(
        share, checked=len(both), param="one_side_min", a=t.item[first], x=t.x[first], y=t.y[first], cause="*side",
        layer=board.features.layer[t.feature[first]], detail=f"{SIDES[a.side]}, from the {SIDES[1 - a.side]} only {names}",
    )  # fmt: skip


def _without(board: Board, a: Access, which: Bools) -> str:
    missing = a.net[which & ~a.reached]
    points = "few" if a.declared else "no known"
    why = "" if a.meant else f" (the board has {points} test points)"
    return (f", but not {_named([str(board.nets.name[n]) for n in missing])}" if len(missing) else "") + why


def _left_out(a: Access) -> str:
    left = Counter(why for why in a.nets.left.tolist() if why)
    return f"; left out: {', '.join(f'{why} {count}' for why, count in sorted(left.items()))}" if left else ""


def _named(names: list[str]) -> str:
    more = len(names) - _NAMED
    if more <= 0:
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    return f"{', '.join(names[:_NAMED])} and {more} more"


def _place(board: Board, a: Access, missing: Bools) -> tuple[float, float]:
    """A pin of the most important of these nets."""
    pad = int(np.flatnonzero(board.pads.net == a.net[np.argmax(missing)])[0])
    return float(board.pads.x[pad]), float(board.pads.y[pad])
