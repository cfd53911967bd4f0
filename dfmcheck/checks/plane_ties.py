"""Leads that planes keep cold while they are soldered."""

from __future__ import annotations

import numpy as np

from ..board import Connect
from ..check import Context, Measurements, check
from ..flow.plan import plan
from ..flow.plane_ties import plane_ties
from ..flow.work import work

_SOLDERED = ("wave", "selective", "hand")


@check("plane_ties", maxima="solid_ties_max spoke_width_sum_max", tunes="radius power_hole")
def plane_ties_(ctx: Context) -> Measurements:
    """Of each lead that a wave, a nozzle or an iron solders: the number of layers whose pour meets its land solidly
    (`solid_ties_max`), and the widths in mm of all spokes on all layers (`spoke_width_sum_max`).

    Measured on the copper that is there. Pours smaller than the disc of `radius` are left out. Leads that are joined solidly
    by their own pad's setting, and those in holes of `power_hole` or more, carry much current on purpose: a step softer, as
    are spokes on no more than two layers. All leads are one finding a limit.
    """
    flow = ctx.shared(plan).chosen
    if flow is None:
        return Measurements.none(0)
    board, pads, holes = ctx.board, ctx.board.pads, ctx.board.holes
    leads = np.flatnonzero(work(board).lead & np.isin(np.append(flow.method, ""), _SOLDERED)[pads.component]).astype(np.int32)
    over = [_least(ctx, name) for name in ("solid_ties_max", "spoke_width_sum_max")]
    found = plane_ties(board, leads, ctx.tune("radius"), *over)
    across = np.append(2 * holes.radius, 0.0)[pads.hole[found.pad]]
    power = (pads.connect[found.pad] == Connect.SOLID) | (across >= ctx.tune("power_hole"))
    both = found.solid + found.spoked <= 2  # the outer layers of most boards, which wave and preheater warm
    parts = [Measurements.none(len(leads))]
    solid, spoked = found.solid.tolist(), found.spoked.tolist()
    for param, value, soft, detail in (
        ("solid_ties_max", found.solid, np.zeros(len(found), np.bool_),
         [f"layers tied solidly{_more(k, 'by spokes')}" for k in spoked]),
        ("spoke_width_sum_max", found.spokes, both,
         [f"spokes on {k} layer{'s' * (k != 1)}{_more(s, 'tied solidly')}" for s, k in zip(solid, spoked)]),
    ):  # fmt: skip
        if param in ctx.judged():
            parts.append(Measurements.of(
                value, checked=0, param=param, a=pads.item[found.pad], x=pads.x[found.pad], y=pads.y[found.pad],
                soften=(power | soft).astype(np.int32), cause=f"*{param}", detail=detail,
            ))  # fmt: skip
    return Measurements.join(parts)


def _least(ctx: Context, name: str) -> float:
    """What a finding has more of: the smaller of a limit and its preferred value."""
    limit = ctx.limits.get(name)
    return min((v for v in (limit.value, limit.prefer) if v is not None), default=np.inf) if limit else np.inf


def _more(layers: int, how: str) -> str:
    return f" ({layers} more {how})" if layers else ""
