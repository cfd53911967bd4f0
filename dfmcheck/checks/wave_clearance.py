"""Parts on the solder side that are too near to the leads which the wave solders."""

from __future__ import annotations

import numpy as np

from ..around import guessed
from ..check import Context, Measurements, check
from ..flow.pallet import OPENING, lead_lands, walls
from ..flow.plan import plan
from ..flow.work import work
from ..units import below
from .size import by_limit

_WORDS = {"glued_wave": "glued, in the wave", "pallet": "wave in a pallet"}
_OPENED = f"beside an opening of {OPENING:g} mm about the land"


@check("wave_clearance", minima="pallet glued_wave", tunes="body_height_step")
def wave_clearance(ctx: Context) -> Measurements:
    """Distance in mm on the solder side from the land of a lead to the lands or body of each other part there.

    `pallet` judges where the board's flow is the wave in a pallet, and asks for `body_height_step` more for each full 3 mm of
    the other part's height, a step softer where the family alone tells that height; `glued_wave` where the parts are glued and
    go through the wave as well. Other flows have no such wall. A row is a leaded part and another one, where they are nearest;
    each leaded part is one finding, and what only misses preferred values one of all.
    """
    made, board = ctx.shared(plan), ctx.board
    flow, side = made.chosen, 1 - made.lead_side
    if flow is None or not (flow.method == "wave").any() or not len(work(board).of("smd", side)):
        return Measurements.none(0)
    param = "glued_wave" if (flow.surface == "wave").any() else "pallet"
    if param not in ctx.judged():
        return Measurements.none(0)
    found = walls(board, side, ctx.reach(param), ctx.tune("body_height_step") if param == "pallet" else 0.0)
    f, c = board.features, board.components
    high = (found.more > 0) & (board.derived.parts().height_source[found.other] == "family")
    limit = ctx.limits[param].value
    hard = below(found.gap, -np.inf if limit is None else limit)
    cause = np.array([f"*{param} {c.ref[k]}" for k in found.lead.tolist()], object)
    cause[by_limit(ctx, np.full(len(found), param, object), found.gap, "", found.more) != ""] = "*preferred"
    return Measurements.of(
        found.gap, checked=len(lead_lands(board, side)), param=param, a=f.item[found.land], b=c.item[found.other],
        x=found.x, y=found.y, layer=f.layer[found.land], more=found.more,
        inferred=np.asarray(guessed(board, found.other) | high), cause=cause, soften=(high & ~hard).astype(np.int32),
        detail=[f"{flow.code}, {_WORDS[param]}{_wall(gap) if param == 'pallet' else ''}" for gap in found.gap.tolist()],
    )  # fmt: skip


def _wall(gap: float) -> str:
    """What is left for a pallet's wall."""
    return f" with {gap - OPENING:.2f} mm of wall {_OPENED}" if gap > OPENING else f" without any wall {_OPENED}"
