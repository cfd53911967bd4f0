"""Test pads that are too small for a probe."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, check
from ..probe.access import SIDES
from ..probe.targets import MASKED, require_points, targets
from .size import breaching, by_limit


@check("testpoint.size", minima="bottom top", tunes="guided_below")
def size(ctx: Context) -> Measurements:
    """Diameter in mm of the largest circle in the bare copper of each test pad; one with bare copper on both sides is judged on
    the bottom, where its limit is lower. Pads of one side are one finding. Raises `Skip` where nothing tells of test points."""
    board, t = ctx.board, targets(ctx.board)
    require_points(board)
    rows = np.flatnonzero(t.declared & (t.kind == "test pad") & (t.diameter > 0) & (t.why != MASKED))
    rows = rows[np.lexsort((-t.side[rows], t.pad[rows]))]
    rows = rows[np.r_[True, np.diff(t.pad[rows]) != 0][: len(rows)]]
    checked, worst = len(rows), float(t.diameter[rows].min()) if len(rows) else float("nan")
    param = np.array(SIDES, object)[t.side[rows]]
    told = breaching(ctx, param, t.diameter[rows])
    rows, param = rows[told], param[told]
    guided = ctx.tune("guided_below")
    return Measurements.of(
        t.diameter[rows], checked=checked, worst=worst, param=param, a=t.item[rows], x=t.x[rows], y=t.y[rows],
        layer=board.features.layer[t.feature[rows]],
        cause=by_limit(ctx, param, t.diameter[rows], np.array([f"*{side}" for side in param.tolist()], object)),
        detail=np.where(t.diameter[rows] < guided, f"below {guided:g} mm the fixture needs guided probes", "").astype(object),
    )  # fmt: skip
