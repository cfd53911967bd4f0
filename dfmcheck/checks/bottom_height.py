"""How high SMD stands below the board while the line works on the other side."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, Skip, check
from ..flow.low import standing
from ..flow.plan import Flow, plan
from ..flow.site import SIDES
from ..flow.work import work
from ..units import above


@check("bottom_height", maxima="wave_glued pallet machine")
def bottom_height(ctx: Context) -> Measurements:
    """Height in mm above the board of SMD that stands below it in the chosen flow, once a part, by the tightest of its limits.

    Below is the joint side in a wave, glued or under a pallet, and the side that is reflowed first while the other is printed
    and reflowed. A height that rests on the family alone is a step softer. Raises `Skip` where no part below tells any height.
    """
    made = ctx.shared(plan)
    flow, c, parts = made.chosen, ctx.board.components, ctx.board.derived.parts()
    judged = [(side, name) for side, name in _below(flow, 1 - made.lead_side) if name in ctx.judged()] if flow else []
    low = [(name, *standing(ctx.board, side, name)) for side, name in judged]
    if not sum(len(rows) for _, rows, _ in low):
        return Measurements.none(0)
    param = np.concatenate([np.full(len(rows), name, object) for name, rows, _ in low])
    rows, height = (np.concatenate([some[k] for some in low]) for k in (1, 2))
    known = np.isfinite(height)
    if not known.any():
        raise Skip(f"no file tells the height of any of the {len(np.unique(rows))} parts below the board")
    tight = {name: min(v for v in (ctx.limits[name].value, ctx.limits[name].prefer) if v is not None) for _, name in judged}
    order = np.lexsort((np.array([tight[name] for name in param]), rows))
    order = order[known[order]]
    first = order[np.r_[True, np.diff(rows[order]) > 0]]
    rows, height, param = rows[first], height[first], param[first]
    bound = [v if (v := ctx.limits[name].value) is not None else np.inf for name in param]
    hard = above(height, np.array(bound, np.float64))
    guessed = parts.height_source[rows] == "family"
    assert flow is not None
    where = {
        "wave_glued": "glued, through the wave",
        "pallet": "in a pocket of the pallet",
        "machine": "while the other side is made",
    }
    return Measurements.of(
        height, checked=len(rows), param=param, a=c.item[rows], x=c.x[rows], y=c.y[rows], soften=guessed.astype(np.int32),
        inferred=guessed,
        cause=[f"*{name} {over}" for name, over in zip(param, hard)],
        detail=[
            f"on the {SIDES[side]} in {flow.code}, {where[name]}" + (", a height usual for its kind" if doubt else "")
            for side, name, doubt in zip(work(ctx.board).side[rows].tolist(), param, guessed)
        ],
    )  # fmt: skip


def _below(flow: Flow, joint_side: int) -> list[tuple[int, str]]:
    """Sides that face down with SMD on them, and the parameter that limits it."""
    out = []
    if (flow.surface == "wave").any():
        out.append((joint_side, "wave_glued"))
    elif (flow.method == "wave").any():
        out.append((joint_side, "pallet"))
    if flow.first >= 0:
        out.append((flow.first, "machine"))
    return out
