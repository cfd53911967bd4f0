"""Tracks that join two neighbouring fine-pitch lands straight across the gap between them."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Ints, Kind, PadType
from ..check import Context, Measurements, check
from ..exposed import exposed_pads
from ..units import below
from ._paste import pattern


@check("natural_bridge", tunes="pitch_below")
def natural_bridge(ctx: Context) -> Measurements:
    """Gap in mm between two lands of one part, of a pitch below `pitch_below`, that a track of their net crosses.

    It crosses where its centre line runs in the hull of both lands for at least half of the gap; a link around the ends of
    the lands does not, nor is a pour a track. Neighbours are nearer than their pitch; exposed pads and balls have none that
    anybody sees.
    """
    board, f = ctx.board, ctx.board.features
    parts = board.derived.parts()
    fine = below(np.nan_to_num(parts.pitch, nan=np.inf), ctx.tune("pitch_below")) & (parts.pins > 2) & (parts.family != "BGA")
    smd = (board.pads.type == PadType.SMD) & np.append(fine, False)[board.pads.component] & ~exposed_pads(board)
    pads = np.flatnonzero(smd).astype(np.int32)
    checked = len(pads)
    found = [_on(ctx, layer, pads) for layer in board.copper_layers.tolist() if board.layers.side[layer] in ("top", "bottom")]
    one, two, track = (np.concatenate([x[k] for x in found]) if found else np.empty(0, np.int32) for k in range(3))
    gap = shape.distance(f.core[one], f.radius[one], f.core[two], f.radius[two])
    x, y = shape.witness(f.core[one], f.radius[one], f.core[two], f.radius[two])
    return Measurements.of(
        gap, checked=checked, param="", a=f.item[one], b=f.item[two], x=x, y=y, layer=f.layer[one],
        cause=pattern(board, f.component[one]),
        detail=[f"a track of {2 * r:.3f} mm joins it straight to the next land, {g:.3f} mm away"
                for r, g in zip(f.radius[track].tolist(), gap.tolist())],
    )  # fmt: skip


def _on(ctx: Context, layer: int, pads: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of lands that a track joins straight, and the track: rows of `Board.features`, each pair once."""
    derived, f = ctx.board.derived, ctx.board.features
    a, b = derived.touching(layer)
    land, track = np.r_[a, b], np.r_[b, a]
    keep = np.isin(f.kind[track], (Kind.TRACK, Kind.ARC)) & (f.kind[land] == Kind.PAD) & np.isin(f.pad[land], pads)
    land, track = land[keep], track[keep]
    order = np.lexsort((land, track))
    land, track = land[order], track[order]
    # A track seldom meets more than two lands, and those one after the other.
    pairs = [np.empty((3, 0), np.int32)]
    for step in (1, 2, 3):
        i = np.flatnonzero((track[step:] == track[:-step]) & (f.component[land[step:]] == f.component[land[:-step]]))
        i = i[f.pad[land[i]] != f.pad[land[i + step]]]
        pairs.append(np.stack([land[i], land[i + step], track[i]]))
    one, two, line = np.concatenate(pairs, axis=1)
    gap = shape.distance(f.core[one], f.radius[one], f.core[two], f.radius[two])
    pitch = ctx.board.derived.parts().pitch[f.component[one]]
    label = ctx.board.items.label
    near = (gap > 0) & (gap < pitch) & ((label[f.item[one]] != label[f.item[two]]) | (label[f.item[one]] == ""))
    one, two, line, gap = one[near], two[near], line[near], gap[near]
    first, second = shape.polygons(f.core[one], f.radius[one]), shape.polygons(f.core[two], f.radius[two])
    between = shapely.difference(shapely.convex_hull(shapely.union(first, second)), shapely.union(first, second))
    across = shapely.length(shapely.intersection(f.core[line], between)) >= gap / 2
    _, once = np.unique(np.stack([one[across], two[across]]), axis=1, return_index=True)
    return one[across][once], two[across][once], line[across][once]
