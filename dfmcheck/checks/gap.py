"""Gaps between two pieces of copper of different nets, or between the solderable parts of two pads."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import select, shape
from ..board import Bools, Ints
from ..check import Context, Measurements, check
from ..derived import Pairs, ties_nets


@check("gap", spacing=True)
def gap(ctx: Context) -> Measurements:
    """Edge-to-edge distance in mm of two features on one layer: `a` and `b` select them.

    With ``on = "bare"`` the shapes are lands less solder mask, else the copper. Pairs of one net are left out on
    copper; between lands they count too, two steps softer, as solder joins them without harm to the circuit.
    Pads of one footprint are inherent to its land pattern. Net ties are joined on purpose and never measured.
    """
    f = ctx.board.features
    args = ctx.rule.args
    in_a, in_b = (select.features(ctx.board, args[k]) for k in ("a", "b"))
    if args.get("on") == "bare":
        pairs = ctx.board.derived.land_pairs(ctx.reach())
    else:
        pairs = ctx.board.derived.neighbours(max(ctx.spacing_reach, ctx.reach()))
    fits = (in_a[pairs.a] & in_b[pairs.b]) | (in_a[pairs.b] & in_b[pairs.a])
    pairs = pairs.take(fits & ~_tied(ctx, pairs))
    param = params_of(ctx, pairs.a, pairs.b)
    pairs, param = pairs.take(param != ""), param[param != ""]
    pairs, param = _one_per_items(ctx, pairs, param)
    x, y = shape.witness(pairs.piece_a, f.radius[pairs.a], pairs.piece_b, f.radius[pairs.b])
    same_part = (f.component[pairs.a] == f.component[pairs.b]) & (f.component[pairs.a] >= 0)
    same_net = (f.net[pairs.a] == f.net[pairs.b]) & (f.net[pairs.a] >= 0)
    soften, detail = 2 * same_net, np.where(same_net, "same net", "").astype(object)
    if args.get("on") == "bare":
        soften = np.where(same_part, 2, soften)  # the land pattern fixes these gaps; mask-dam judges them
    stale = ctx.board.derived.stale_zones()
    if len(stale):
        old = np.isin(f.zone[pairs.a], stale) | np.isin(f.zone[pairs.b], stale)
        detail[old] = "the zone's fill is out of date: refill it first"
    return Measurements.of(
        pairs.distance, checked=int((in_a | in_b).sum()), param=param, a=f.item[pairs.a], b=f.item[pairs.b], x=x, y=y,
        layer=f.layer[pairs.a], inherent=same_part, soften=soften, detail=detail,
    )  # fmt: skip


def params_of(ctx: Context, a: Ints, b: Ints) -> Any:
    """Name of the parameter that judges each pair of features: the first one with a limit whose selections fit, or ''."""
    names = np.full(len(a), "", object)
    for name in ctx.judged():
        param = ctx.rule.params[name]
        fits: Bools = np.ones(len(a), np.bool_)
        if param.a is not None:
            one = select.features(ctx.board, param.a)
            other = one if param.b is None else select.features(ctx.board, param.b)
            fits = (one[a] & other[b]) | (one[b] & other[a])
        names[fits & (names == "")] = name
    return names


def _tied(ctx: Context, pairs: Pairs) -> Bools:
    """Pairs that a net tie joins on purpose: pads of one tie group, and the drawn bridge of a net-tie footprint."""
    f, pads, components = ctx.board.features, ctx.board.pads, ctx.board.components
    tie = np.append(pads.tie, -1)  # row -1 is for what is not a pad
    joined = (tie[f.pad[pairs.a]] == tie[f.pad[pairs.b]]) & (tie[f.pad[pairs.a]] >= 0)
    same = (f.component[pairs.a] == f.component[pairs.b]) & (f.component[pairs.a] >= 0)
    bridge = same & np.append(ties_nets(components), False)[f.component[pairs.a]] & ((f.pad[pairs.a] < 0) | (f.pad[pairs.b] < 0))
    return np.asarray(joined | bridge, np.bool_)


def _one_per_items(ctx: Context, pairs: Pairs, param: Any) -> tuple[Pairs, Any]:
    """A custom pad or a zone has several features: keep the nearest pair of two items on a layer."""
    f = ctx.board.features
    one, two = f.item[pairs.a], f.item[pairs.b]
    low, high, layer = np.minimum(one, two), np.maximum(one, two), f.layer[pairs.a]
    order = np.lexsort((pairs.distance, layer, high, low))
    if not len(order):
        return pairs, param
    key = np.stack([low, high, layer])[:, order]
    first = order[np.r_[True, (key[:, 1:] != key[:, :-1]).any(0)]]
    return pairs.take(first), param[first]
