"""Parts that hang from the board while its other side is reflowed."""

from __future__ import annotations

import numpy as np

from ..board import Floats, Objects
from ..check import Context, Measurements, Skip, check
from ..flow.mass import RULE, Loads, loads, per_area, per_perimeter, worst
from ..flow.plan import plan
from ..units import show
from .size import breaching, by_limit

_SIDES = ("top", "bottom")


@check(RULE.replace("-", "_"), maxima="mass_per_area chip gullwing jlead array per_perimeter")
def second_side_mass(ctx: Context) -> Measurements:
    """Mass of each part on the side that is reflowed first over the area that its terminals touch (mg/mm2, judged by its
    family's parameter), and of a part that keeps that, over the perimeter of what they touch (mg/mm).

    The side is that of the chosen flow; nothing is measured where only one side is reflowed. A mass that rests on the usual
    height of a family, or on a body that is not drawn, is told a step softer. A part without any mass is told as well.
    """
    flow = ctx.shared(plan).chosen
    if flow is None or flow.first < 0:
        return Measurements.none(0)
    load = loads(ctx.board)
    load = load.take((load.side == flow.first) & (flow.surface[load.component] == "reflow"))
    if len(load) and not np.isfinite(load.mass).any():
        raise Skip("needs the mass of a part: a field such as `Mass: 2.5 g`, or its body and height")
    where = f"in {flow.code} the {_SIDES[flow.first]} is reflowed first"
    other = f"with the {_SIDES[1 - flow.first]} first the worst part would use {_percent(ctx, 1 - flow.first)} of its limit"
    area = _rows(ctx, load, per_area(load), load.param, f"{where}; {other}")
    around = np.full(len(load), "per_perimeter", object)
    around[np.isin(ctx.board.components.item[load.component], area.a)] = ""  # told already
    parts = area, _rows(ctx, load, per_perimeter(load), around, f"{where}; {other}"), _unknown(ctx, load)
    return Measurements.join([*parts, Measurements.none(len(load))])


def _percent(ctx: Context, side: int) -> str:
    return f"{100 * worst(ctx, side):.0f} %"


def _rows(ctx: Context, load: Loads, value: Floats, param: Objects, where: str) -> Measurements:
    told = breaching(ctx, param, np.nan_to_num(value)) & np.isfinite(value)
    load, value, param = load.take(told), value[told], param[told]
    c = ctx.board.components
    edge = param == "per_perimeter"
    size = [show(p, "mm") if e else show(a, "mm2") for e, a, p in zip(edge.tolist(), load.area, load.perimeter)]
    return Measurements.of(
        value, checked=0, param=param, a=c.item[load.component], x=c.x[load.component], y=c.y[load.component],
        inferred=load.doubtful, soften=load.doubtful,
        cause=by_limit(ctx, param, value, np.where(edge, "*perimeter", "*area").astype(object)),
        detail=[
            f"{1000 * m:.4g} mg by {s} on {'joints around' if e else 'contacts of'} {on}; {where}"
            for m, s, e, on in zip(load.mass, load.source, edge.tolist(), size)
        ],
    )  # fmt: skip


def _unknown(ctx: Context, load: Loads) -> Measurements:
    """Parts of which nothing tells the mass: one note."""
    lost, c = load.component[np.isnan(load.mass)], ctx.board.components
    return Measurements.of(
        np.full(len(lost), np.nan), checked=0, param="", a=c.item[lost], x=c.x[lost], y=c.y[lost], soften=2, cause="*unknown",
        detail="its mass is unknown, so that nothing tells whether it would fall in the second reflow",
    )  # fmt: skip
