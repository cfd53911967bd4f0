"""Thin strips and spikes of poured copper."""

from __future__ import annotations

import numpy as np

from .. import facing
from ..check import Context, Measurements, check
from ._places import hatched, only_poured, owners, within


@check("web.sliver", minima="w_min", tunes="l_min", beside=True)
def sliver(ctx: Context) -> Measurements:
    """Width in mm of poured copper (zone fills, drawn polygons) between two facing edges, over a length of `l_min`.

    The width of a wedge is the one below which it is narrow for `l_min`, so that a sharp corner counts by how far it
    reaches, not by the nought of its tip. Tracks and lands are no slivers, however thin; nor is what they cover.
    Webs of hatched zones are drawn on purpose.
    """
    derived, f = ctx.board.derived, ctx.board.features
    reach, length = ctx.reach("w_min"), ctx.tune("l_min")
    hatch = hatched(ctx)

    def on_layer(layer: int) -> Measurements:
        copper, rings = derived.poured(layer), derived.rings(layer)
        none = Measurements.none(int(copper.region.sum()))
        poured = rings.take(copper.region[rings.part])
        if not len(poured.ring):
            return none
        found = facing.facing(facing.edges_of(poured.take(facing.with_webs(poured, reach))), reach, inside=True)
        found = found.take(found.length >= length)
        if not len(found):
            return none
        spot, net = found.middle, copper.net[found.part_a]
        good = only_poured(derived, layer, spot, net) & within(copper.part, found.part_a, spot)
        owner = owners(derived, layer, found.a, net)
        good &= (owner >= 0) & ~hatch[owner]
        rows = np.flatnonzero(good)
        value = np.array([found.width_over(k, length) for k in rows.tolist()])
        detail = np.array([f"over {found.length[k]:.2f} mm" for k in rows.tolist()], object)
        return Measurements.of(
            value, checked=none.checked, param="w_min", a=f.item[owner[rows]], x=spot[rows, 0], y=spot[rows, 1], layer=layer,
            detail=detail,
        )  # fmt: skip

    return Measurements.join([on_layer(layer) for layer in ctx.board.copper_layers.tolist()])
