"""The room of a soldering nozzle about the leads of a part."""

from __future__ import annotations

import numpy as np

from ..around import guessed
from ..check import Context, Measurements, check
from ..flow.nozzle import room_for
from ..flow.nozzle_way import EXITS
from ..flow.plan import Flow, plan
from ..flow.work import work
from .size import by_limit

_WORDS = {"ring": "room about the joint", "exit_side": "room on the way out", "nozzle_od_min": "free channel along the joints"}


@check("selective_nozzle", minima="ring exit_side nozzle_od_min", tunes="neighbour_height")
def selective_nozzle(ctx: Context) -> Measurements:
    """Room in mm on the solder side about the joints of each leaded part, where the board's flow solders selectively.

    `ring`: from a land to each other land, body or open via; `exit_side`: from a row of joints to what stands in the best of
    the four ways on which the nozzle can leave; `nozzle_od_min`: diameter of the circle that can be moved along a row. Leads
    soldered in the same pass stand in no way. A body higher than `neighbour_height` asks for as much more. Each part is one
    finding, which says which way out is best, and whether the part is soldered by hand instead; what only misses preferred
    values is one finding of all. Open vias, test points and
    lands without a part are a step softer, and one finding.
    """
    flow = ctx.shared(plan).chosen
    if flow is None:
        return Measurements.none(0)
    return Measurements.join([_side(ctx, flow, side) for side in (0, 1)])


def _side(ctx: Context, flow: Flow, side: int) -> Measurements:
    board, c, f = ctx.board, ctx.board.components, ctx.board.features
    soldered = np.isin(flow.method, ("selective", "hand"))
    leads = work(board).of("tht", 1 - side)
    leads = leads[soldered[leads]]
    if not (flow.method[leads] == "selective").any():  # all by hand is what is cheaper, or what the board leaves
        return Measurements.none(0)
    found, stand, best = room_for(ctx, side)
    found = found.take(soldered[found.lead] & np.isin(found.param, ctx.judged()))
    soft, owner = stand.soft[found.obstacle], stand.component[found.obstacle]
    drawn = np.flatnonzero((owner >= 0) & (stand.item[found.obstacle] == np.append(c.item, -1)[owner]))
    inferred = np.zeros(len(found), np.bool_)
    inferred[drawn] = guessed(board, owner[drawn])
    advice = by_limit(ctx, found.param, found.value, "", found.more) != ""
    cause = np.array([f"*nozzle {c.ref[k]}" for k in found.lead.tolist()], object)
    cause[advice], cause[soft] = "*preferred", "*open"
    return Measurements.of(
        found.value, checked=len(leads), param=found.param, a=f.item[found.land], b=stand.item[found.obstacle], x=found.x,
        y=found.y, layer=board.outer_layer(np.full(len(found), side)), more=found.more, inferred=inferred,
        soften=soft.astype(np.int32), cause=cause,
        detail=[
            f"{_WORDS[p]}, leaving towards {EXITS[best[k]]}" + (f" ({flow.code}: by hand)" if hand else f" ({flow.code})")
            for p, k, hand in zip(found.param, found.lead.tolist(), flow.method[found.lead] == "hand")
        ],
    )  # fmt: skip
