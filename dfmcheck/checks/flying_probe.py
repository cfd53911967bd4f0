"""Whether a flying prober reaches the nets of a board, and finds two free edges to hold it by."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..probe.flying import clear_edges, needle_targets
from ..probe.nets import NO_NETS, test_nets
from ..probe.targets import targets
from .size import breaching


@check("flying_probe", minima="d_min clear_edge", tunes="shadow")
def flying_probe(ctx: Context) -> Measurements:
    """Per net to be tested the diameter in mm of the largest bare circle in reach of a needle (`d_min`; 0 without any), and mm
    from the bodies of parts to the better pair of opposite edges (`clear_edge`).

    Raises `Skip` where no net is to be tested.
    """
    nets = np.flatnonzero(test_nets(ctx.board).tested)
    if not len(nets):
        raise Skip(NO_NETS)
    return Measurements.join([_reached(ctx, nets), _edges(ctx)])


def _reached(ctx: Context, nets: Any) -> Measurements:
    board, t = ctx.board, targets(ctx.board)
    reached = needle_targets(board, ctx.tune("shadow")) & (t.net >= 0)
    best = np.zeros(len(board.nets))
    np.maximum.at(best, t.net[reached], t.diameter[reached])
    value = best[nets]
    told = breaching(ctx, np.full(len(nets), "d_min", object), value)
    low = nets[told]
    # The place is that of the largest target, if only one that is not in reach, so that it can be looked at.
    order = np.lexsort((t.diameter, reached, t.net))
    last = order[np.r_[np.diff(t.net[order]) != 0, True][: len(order)]]
    at = np.full(len(board.nets) + 1, -1, np.int32)
    at[t.net[last]] = last
    low = low[at[low] >= 0]
    row = at[low]
    words = ["no bare copper is in reach," if v <= 0 else "its largest copper in reach is" for v in best[low].tolist()]
    return Measurements.of(
        best[low], checked=len(nets), worst=float(value.min()), param="d_min", a=t.item[row], x=t.x[row], y=t.y[row],
        layer=board.features.layer[t.feature[row]], cause="*nets",
        detail=[f"of net {board.nets.name[n]} {w}" for n, w in zip(low.tolist(), words)],
    )  # fmt: skip


def _edges(ctx: Context) -> Measurements:
    board = ctx.board
    if "outline" not in board.facts or board.outline.is_empty:
        return Measurements.none(0)
    room, part = clear_edges(board)
    value = np.array([max(room, 0.0)])
    if part < 0 or not breaching(ctx, np.array(["clear_edge"], object), value)[0]:
        return Measurements.none(1)
    c = board.components
    return Measurements.of(
        value, checked=1, param="clear_edge", a=c.item[part], x=c.x[part], y=c.y[part], cause="*edge",
        detail="no two opposite edges are free for clamps; from the better pair it keeps",
    )  # fmt: skip
