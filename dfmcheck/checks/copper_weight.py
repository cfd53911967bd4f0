"""Widths and gaps against what the copper's thickness asks for."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import shape
from ..board import Floats, Ints, Kind, Objects
from ..check import Context, Measurements, Skip, check
from ._reach import SEEN
from .gap import STALE, one_per_items, tied

WEIGHTS = ((0.020, "gap_18um"), (0.040, "gap_35um"), (0.080, "gap_70um"), (np.inf, "gap_105um"))
"""mm up to which a layer counts as of a weight: half, one, two ounces per square foot, and more, with their tolerances."""


@check("copper_weight", minima=" ".join(name for _, name in WEIGHTS))
def copper_weight(ctx: Context) -> Measurements:
    """Width in mm of tracks, and gaps between copper of different nets, on each layer whose thickness the stackup tells.

    Rows are those that break the limit of their layer's weight. Raises `Skip` where no layer has a thickness.
    """
    board, f = ctx.board, ctx.board.features
    thick = board.layers.thickness
    known = [layer for layer in board.copper_layers.tolist() if thick[layer] > 0]
    if not known:
        raise Skip("the stackup gives no thickness of copper")
    param = np.full(len(board.layers), "", object)
    limit = np.full(len(board.layers), -np.inf)
    for layer in known:
        name = next(name for most, name in WEIGHTS if thick[layer] <= most)
        if name in ctx.judged():
            param[layer], limit[layer] = name, ctx.reach(name)
    heavy = [layer for layer in known if param[layer]]
    checked = len(known) + sum(len(board.derived.copper_rows(layer)) for layer in heavy)
    if not heavy:
        return Measurements.none(checked)
    return Measurements.join([
        _widths(ctx, f.layer, param, limit, checked), _gaps(ctx, param, limit)
    ])  # fmt: skip


def _widths(ctx: Context, layer: Ints, param: Objects, limit: Floats, checked: int) -> Measurements:
    f, items = ctx.board.features, ctx.board.items
    rows = np.flatnonzero(np.isin(f.kind, (Kind.TRACK, Kind.ARC)) & (2 * f.radius < limit[layer]))
    item, on = f.item[rows], layer[rows]
    width = 2 * f.radius[rows]
    return Measurements.of(
        width, checked=checked, param=param[on], a=item, x=items.x[item], y=items.y[item], layer=on,
        cause=[f"*width {w:.3f} mm" for w in width], detail=[f"{_weight(ctx, at)}: the track is wide" for at in on.tolist()],
    )  # fmt: skip


def _gaps(ctx: Context, param: Objects, limit: Floats) -> Measurements:
    """The pairs that `copper-clearance` looks at; only copper of 105 um may ask for a wider search."""
    board, f = ctx.board, ctx.board.features
    reach = max(SEEN * ctx.spacing_reach, float(limit.max()))
    pairs = board.derived.neighbours(reach)
    pairs = pairs.take(pairs.distance < limit[f.layer[pairs.a]])
    pairs = pairs.take(~tied(ctx, pairs))
    pairs, on = one_per_items(ctx, pairs, f.layer[pairs.a])
    x, y = shape.witness(pairs.piece_a, pairs.radius_a, pairs.piece_b, pairs.radius_b)
    same = (f.component[pairs.a] == f.component[pairs.b]) & (f.component[pairs.a] >= 0)
    stale = np.isin(f.zone[np.stack([pairs.a, pairs.b])], board.derived.stale_zones()).any(axis=0)
    detail: Any = [f"{_weight(ctx, at)}: the gap is" for at in on.tolist()]
    m = Measurements.of(
        pairs.distance, checked=0, param=param[on], a=f.item[pairs.a], b=f.item[pairs.b], x=x, y=y, layer=on, inherent=same,
        soften=np.where(stale & (pairs.distance > 0), 2, 0), detail=detail,
    )  # fmt: skip
    m.detail[stale] = STALE
    return m


def _weight(ctx: Context, layer: int) -> str:
    return f"copper of {ctx.board.layers.thickness[layer] * 1000:.0f} um"
