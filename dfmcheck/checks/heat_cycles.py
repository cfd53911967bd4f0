"""How often parts are heated, against what they stand."""

from __future__ import annotations

import numpy as np

from ..board import Ints, Objects
from ..check import Context, Measurements, check
from ..flow.heat import KINDS, RULE, heats
from ..flow.plan import Flow, plan
from ..flow.rating import ratings
from .size import breaching, by_limit

_SHORT_LIVED = ("4", "5", "5a", "6")
"""Moisture levels whose parts may be out of their bag for three days at most."""
_WORDS = {"reflow": "reflow", "wave": "wave", "local": "joints soldered one by one"}


@check(RULE.replace("-", "_"), maxima="reflow_max total_max", tunes="rework")
def heat_cycles(ctx: Context) -> Measurements:
    """Reflows that a part sees in the chosen flow, and all its exposures (reflow, wave, local) with `rework` more.

    The reflows of a part whose field tells how many it stands (`Reflow cycles: 2`) are judged by that instead of
    `reflow_max`. A part of moisture level 4 or more that is reflowed twice is a note. One finding a limit.
    """
    flow = ctx.shared(plan).chosen
    if flow is None:
        return Measurements.none(0)
    heat, c = heats(ctx, flow), ctx.board.components
    rows = np.flatnonzero(heat.total > 0).astype(np.int32)
    parts = [Measurements.none(len(rows)), _moist(ctx, flow, rows[heat.reflows[rows] > 1])]
    for name, seen in (("reflow_max", heat.reflows), ("total_max", heat.total)):
        if name not in ctx.judged():
            continue
        value, param = seen[rows].astype(np.float64), np.full(len(rows), name, object)
        own = np.isfinite(heat.rated[rows]) & (name == "reflow_max")
        # By its own rating a part is judged as if that were the hard limit.
        limit = ctx.limits[name].value if ctx.limits[name].value is not None else ctx.limits[name].prefer
        more = np.where(own, heat.rated[rows] - (limit or 0.0), 0.0)
        told = own | breaching(ctx, param, value)
        row, value, more, own = rows[told], value[told], more[told], own[told]
        what = _exposures(ctx, flow, row, total=name == "total_max")
        parts.append(Measurements.of(
            value, checked=0, param=name, more=more, a=c.item[row], x=c.x[row], y=c.y[row],
            cause=by_limit(ctx, param[told], value, np.where(own, "*rated", "*generic").astype(object), more),
            detail=[f"{w}{' by its own rating' * o}" for w, o in zip(what, own.tolist())],
        ))  # fmt: skip
    return Measurements.join(parts)


def _exposures(ctx: Context, flow: Flow, rows: Ints, *, total: bool) -> Objects:
    """What parts see, in words: `in F6: 2 x reflow, wave, one rework`."""
    rework = int(ctx.tune("rework"))
    out = np.full(len(rows), "", object)
    for k, row in enumerate(rows.tolist()):
        seen = [(int(flow.exposures[kind][row]), _WORDS[kind]) for kind in KINDS[: 3 if total else 1]]
        seen += [(rework, "rework")] if total else []
        out[k] = f"in {flow.code}: " + ", ".join(f"{n} x {word}" if n > 1 else word for n, word in seen if n)
    return out


def _moist(ctx: Context, flow: Flow, rows: Ints) -> Measurements:
    """Parts that take up moisture quickly, of those that are reflowed more than once."""
    c, level = ctx.board.components, ratings(ctx.board).msl
    wet = rows[np.isin(level[rows], _SHORT_LIVED)]
    return Measurements.of(
        np.full(len(wet), np.nan), checked=0, param="", a=c.item[wet], x=c.x[wet], y=c.y[wet], soften=2, cause="*moisture",
        detail=[f"moisture level {m}, and reflowed more than once in {flow.code}: bake it, or keep the time between short"
                for m in level[wet]],
    )  # fmt: skip
