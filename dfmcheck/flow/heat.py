"""How often the parts of a flow see the heat of soldering, and which stand less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..board import Floats, Ints, Table, column
from ..check import Context
from ..units import above
from .plan import Exclusion, Flow
from .rating import ratings

RULE = "heat-cycles"
KINDS = ("reflow", "wave", "local")
"""Kinds of heat; local is that of a nozzle or an iron at the part's own joints."""


@dataclass(frozen=True, slots=True, eq=False)
class Heats(Table):
    """One row per row of `Board.components`."""

    reflows: Ints = column("i4")
    total: Ints = column("i4")
    """All exposures, with those of the rework that the rule reckons with; 0 of a part that sees none."""
    rated: Floats = column("f8")
    """Reflows that the part's own field allows, NaN where none tells."""


def heats(ctx: Context, flow: Flow) -> Heats:
    """Exposures of each part in a flow. ctx: that of the rule heat-cycles."""
    reflows = np.asarray(flow.exposures["reflow"], np.int32)
    seen = sum((np.asarray(flow.exposures[kind], np.int32) for kind in KINDS[1:]), reflows)
    total = np.where(seen > 0, seen + int(ctx.tune("rework")), 0)
    return Heats.of(reflows=reflows, total=total, rated=ratings(ctx.board).reflows)


def exclusions(ctx: Context | None, flow: Flow) -> tuple[Exclusion, ...]:
    """Parts that see more heat in a flow than the hard limits of heat-cycles, or than their own rating, allow.

    ctx: that of the rule, None where the run has none.
    """
    if ctx is None:
        return ()
    heat, c = heats(ctx, flow), ctx.board.components
    over = np.zeros(len(heat), np.bool_)
    if (limit := _hard(ctx, "reflow_max")) is not None:
        over |= above(heat.reflows, np.where(np.isnan(heat.rated), limit, heat.rated))
    if (limit := _hard(ctx, "total_max")) is not None:
        over |= above(heat.total, limit)
    parts = np.flatnonzero(over).tolist()
    if not parts:
        return ()
    places = tuple((float(c.x[row]), float(c.y[row])) for row in parts)
    return (Exclusion(RULE, "would be heated more often than allowed", tuple(parts), places, "replace"),)


def _hard(ctx: Context, param: str) -> float | None:
    return ctx.limits[param].value if param in ctx.judged() else None
