"""Gaps between two pieces of copper of different nets, or between the solderable parts of two pads."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import select, shape
from ..board import Bools, Ints, Kind
from ..check import Context, Measurements, check
from ..derived import ties_nets
from ..pieces import Pairs, least
from ._reach import widening

STALE = "the zone's fill is out of date: refill it first"


@check("gap", minima="*", selects="pairs", args={"a": "features", "b": "features"}, spacing=True)
@widening(far=1.0)
def gap(ctx: Context, reach: float) -> Measurements:
    """Edge-to-edge distance in mm of two copper features of different nets on one layer: `a` and `b` select them.

    Net ties are joined on purpose and never measured.
    """
    measured = _measured(ctx, ctx.board.derived.neighbours(reach))
    stale = ctx.board.derived.stale_zones()
    if len(stale):
        zones = ctx.board.zones.item[stale]
        old = np.isin(measured.a, zones) | np.isin(measured.b, zones)
        measured.detail[old] = STALE
        measured.soften[old & (measured.value > 0)] = 2  # filling anew changes these gaps; a touch is a short until then
    return measured


@check("land_gap", minima="*", selects="pairs", args={"a": "features", "b": "features"})
@widening(far=5.0)
def land_gap(ctx: Context, reach: float) -> Measurements:
    """Edge-to-edge distance in mm of the solderable parts (land less solder mask) of two pads on one side.

    Solder that joins two lands of one net harms no circuit, and the gaps inside a footprint are fixed by its land
    pattern (the mask webs between them are judged on their own): both count two steps softer, and so do lands of parts
    that nothing names (a Gerber without X2), as most near lands are of one footprint. Lands of one net that meet, or
    that make up one pin, are one land. Those of one part that a track joins across the gap are natural-bridge's.
    """
    measured = _measured(ctx, ctx.board.derived.land_pairs(reach))
    items = ctx.board.items
    same_net = (items.net[measured.a] == items.net[measured.b]) & (items.net[measured.a] >= 0)
    same_pad = measured.inherent & same_net & (items.label[measured.a] == items.label[measured.b])
    one_land = same_pad | (same_net & (measured.value <= 0))
    one_land[same_net & measured.inherent] |= _bridged(ctx, measured.take(same_net & measured.inherent))
    measured, same_net = measured.take(~one_land), same_net[~one_land]
    unknown = (items.component[measured.a] < 0) & (items.component[measured.b] < 0) & ("components" not in ctx.board.facts)
    measured.soften[same_net | measured.inherent | unknown] = 2
    measured.detail[unknown] = "of one part or of two: nothing tells"
    measured.detail[same_net] = "same net"
    return measured


def _bridged(ctx: Context, m: Measurements) -> Bools:
    """Rows with a track of their net in the middle of the gap."""
    f, derived, net = ctx.board.features, ctx.board.derived, ctx.board.items.net[m.a]
    out = np.zeros(len(m), np.bool_)
    for layer in np.unique(m.layer).tolist():
        rows, pieces = np.flatnonzero(m.layer == layer), derived.pieces(layer)
        spot = shapely.points(m.x[rows], m.y[rows])
        i, j = derived.tree(layer).query(spot)
        owner = pieces.owner[j]
        keep = np.isin(f.kind[owner], (Kind.TRACK, Kind.ARC)) & (f.net[owner] == net[rows[i]])
        i, j = i[keep], j[keep]
        out[rows[i[shapely.distance(spot[i], pieces.core[j]) <= pieces.radius[j]]]] = True
    return out


def _measured(ctx: Context, pairs: Pairs) -> Measurements:
    f = ctx.board.features
    in_a, in_b = (select.features(ctx.board, ctx.rule.args[k]) for k in ("a", "b"))
    fits = (in_a[pairs.a] & in_b[pairs.b]) | (in_a[pairs.b] & in_b[pairs.a])
    pairs = pairs.take(fits & ~tied(ctx, pairs))
    param = params_of(ctx, pairs.a, pairs.b)
    pairs, param = pairs.take(param != ""), param[param != ""]
    pairs, param = one_per_items(ctx, pairs, param)
    x, y = shape.witness(pairs.piece_a, pairs.radius_a, pairs.piece_b, pairs.radius_b)
    same_part = (f.component[pairs.a] == f.component[pairs.b]) & (f.component[pairs.a] >= 0)
    return Measurements.of(
        pairs.distance, checked=int((in_a | in_b).sum()), param=param, a=f.item[pairs.a], b=f.item[pairs.b], x=x, y=y,
        layer=f.layer[pairs.a], inherent=same_part,
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


def tied(ctx: Context, pairs: Pairs) -> Bools:
    """Pairs that a net tie joins on purpose: pads of one tie group, and the drawn bridge of a net-tie footprint."""
    f, pads, components = ctx.board.features, ctx.board.pads, ctx.board.components
    tie = np.append(pads.tie, -1)  # row -1 is for what is not a pad
    joined = (tie[f.pad[pairs.a]] == tie[f.pad[pairs.b]]) & (tie[f.pad[pairs.a]] >= 0)
    same = (f.component[pairs.a] == f.component[pairs.b]) & (f.component[pairs.a] >= 0)
    bridge = same & np.append(ties_nets(components), False)[f.component[pairs.a]] & ((f.pad[pairs.a] < 0) | (f.pad[pairs.b] < 0))
    return np.asarray(joined | bridge, np.bool_)


def one_per_items(ctx: Context, pairs: Pairs, param: Any) -> tuple[Pairs, Any]:
    """A custom pad or a zone has several features: keep the nearest pair of two items on a layer."""
    f = ctx.board.features
    one, two = f.item[pairs.a], f.item[pairs.b]
    first = least(pairs.distance, np.minimum(one, two), np.maximum(one, two), f.layer[pairs.a])
    return pairs.take(first), param[first]
