"""Narrow slits between edges of one net."""

from __future__ import annotations

import numpy as np

from .. import facing
from ..board import Kind
from ..check import Context, Measurements, check
from ..copper import holding, is_region
from ..relief import in_relief
from ._places import groups, owners

DEAD = 0.01
"""mm: narrower gaps are rounding of arcs, of fills that abut or are made of strokes; no film resolves them."""


@check("web.same_net_gap", minima="min_gap", tunes="min_length", beside=True)
def same_net_gap(ctx: Context) -> Measurements:
    """Width in mm of the air between two facing edges of copper of one net, over a length of `min_length`.

    Gaps of thermal reliefs are judged by their own rule; where the input does not tell them, a gap between a pad and poured
    copper is taken for one. Text and drawings of footprints (logos, printed parts) are
    drawn as they are on purpose. Two edges of one footprint are inherent to its land pattern.
    """
    board, derived, f = ctx.board, ctx.board.derived, ctx.board.features
    reach, length = ctx.reach("min_gap"), ctx.tune("min_length")

    def on_layer(layer: int) -> Measurements:
        sought = reach, facing.WEDGE, length
        copper, rings = derived.copper(layer, *sought), derived.all_rings(layer, *sought)
        checked = len(np.unique(derived.clusters(layer)))
        group = groups(copper)
        edges = facing.edges_of(rings.take(facing.with_gaps(rings, group, reach)))
        found = facing.facing(edges, reach, inside=False, group=group[edges.part], least=DEAD)
        found = found.take(found.length >= length)
        if not len(found):
            return Measurements.none(checked)
        spot, net = found.middle, copper.net[found.part_a]
        good = np.ones(len(found), np.bool_)
        good[in_relief(board, layer, spot, derived.reliefs())] = False
        good[holding(copper.part, spot)[1]] = False
        good[derived.lands_at(layer, spot)[0]] = False
        one, other = owners(derived, layer, found.a, net), owners(derived, layer, found.b, net)
        kind_one, kind_other = f.kind[one], f.kind[other]
        good &= (one >= 0) & (other >= 0) & ~((kind_one == Kind.TEXT) | (kind_other == Kind.TEXT))
        if "thermals" not in board.facts:  # nothing tells whether the gap between a pad and the pour about it is a relief
            pour_one, pour_other = is_region(board, one), is_region(board, other)
            good &= ~((kind_one == Kind.PAD) & pour_other | (kind_other == Kind.PAD) & pour_one)
        drawn = (kind_one == Kind.GRAPHIC) & (kind_other == Kind.GRAPHIC) & (f.component[one] >= 0)
        same_land = (f.item[one] == f.item[other]) & (kind_one == Kind.PAD)
        rows = np.flatnonzero(good & ~drawn & ~same_land)
        one, other = one[rows], other[rows]
        value = np.array([found.width_over(k, length) for k in rows.tolist()])
        detail = np.array([f"over {found.length[k]:.2f} mm" for k in rows.tolist()], object)
        inherent = (f.component[one] == f.component[other]) & (f.component[one] >= 0)
        b = np.where(f.item[one] == f.item[other], -1, f.item[other])
        return Measurements.of(
            value, checked=checked, param="min_gap", a=f.item[one], b=b, x=spot[rows, 0], y=spot[rows, 1], layer=layer,
            inherent=inherent, detail=detail,
        )  # fmt: skip

    return Measurements.join([on_layer(layer) for layer in ctx.board.copper_layers.tolist()])
