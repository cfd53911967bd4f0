"""Copper that nothing joins to its net."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Kind
from ..check import Context, Measurements, check
from ..copper import merged


@check("isolated", tunes="min_area", beside=True)
def isolated(ctx: Context) -> Measurements:
    """Area in mm2 of each piece of fill or track of a net that touches no pad and no via of it, and is above `min_area`.

    Copper of no net (fiducials, thieving, logos, shields) stands alone on purpose. A piece spans one layer, as only a
    plated hole joins layers; its item is the largest feature in it.
    """
    derived, f = ctx.board.derived, ctx.board.features
    node = derived.nodes()
    joined = np.zeros(len(f) + 1, np.bool_)
    joined[node[np.isin(f.kind, (Kind.PAD, Kind.VIA)) & (node >= 0)]] = True
    counts = np.isin(f.kind, (Kind.ZONE, Kind.TRACK, Kind.ARC)) & (f.net >= 0) & (node >= 0)
    checked = len(np.unique(node[counts]))
    loose = np.flatnonzero(counts & ~joined[node])
    least = ctx.tune("min_area")
    value, item, x, y, layers = [], [], [], [], []
    members = np.argsort(node, kind="stable").astype(np.int32)
    pieces = np.unique(node[loose])
    starts, ends = (np.searchsorted(node[members], pieces, side) for side in ("left", "right"))
    for piece, start, end in zip(pieces.tolist(), starts.tolist(), ends.tolist()):
        whole = members[start:end]
        rows = whole[counts[whole]]
        layer = int(f.layer[rows[0]])
        parts = merged(ctx.board, whole, np.full(len(whole), piece, np.int32)).part
        area = float(shapely.area(parts).sum())
        if not len(parts) or area <= least:
            continue
        largest = rows[np.argmax(shapely.area(shapely.buffer(f.core[rows], f.radius[rows])))]
        spot = shapely.point_on_surface(parts[np.argmax(shapely.area(parts))])
        value.append(area)
        item.append(f.item[largest])
        x.append(spot.x)
        y.append(spot.y)
        layers.append(layer)
    return Measurements.of(value, checked=checked, param="", a=item, x=x, y=y, layer=layers)
