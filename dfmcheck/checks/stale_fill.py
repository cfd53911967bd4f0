"""Zone fills that are older than the board, and zones without one."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Kind
from ..check import Context, Measurements, check


@check("stale_fill", tunes="touch_tol")
def stale_fill(ctx: Context) -> Measurements:
    """Per zone: how deep in mm its stored fill reaches into pads, vias, tracks and holes of other nets; NaN where it has no fill.

    A fill keeps its clearance when it is made, so a contact is one that came later. A zone without any fill is an
    error where no zone of the board has one; else nothing may have been left of it, and it is told two steps softer
    unless copper of its net waits inside it.
    """
    board, derived = ctx.board, ctx.board.derived
    f, holes, zones = board.features, board.holes, board.zones
    tolerance = ctx.tune("touch_tol")
    fill, other, depth = derived.fill_contacts(tolerance)
    drilled, hole, hole_depth = derived.fill_holes(tolerance)
    rows = np.r_[f.zone[fill], f.zone[drilled]]
    reach = np.r_[depth, hole_depth]
    items = np.r_[f.item[other], holes.item[hole]]
    fills = np.r_[fill, drilled]
    what = np.r_[np.full(len(other), -1), np.full(len(hole), int(Kind.HOLE))]
    cores = np.r_[f.core[other], holes.core[hole]]
    columns: list[tuple[object, ...]] = []
    for zone in np.unique(rows).tolist():
        mine = np.flatnonzero(rows == zone)
        left, top = shapely.bounds(cores[mine])[:, :2].T  # of equals the same one in whatever order the file has them
        worst = mine[np.lexsort((top, left, -np.round(reach[mine], 4)))[0]]
        spot = shapely.point_on_surface(cores[worst])
        several = len(np.unique(items[mine]))
        net = board.nets.name[zones.net[zone]]
        detail = f"its fill of {net} touches {several} item{'s' * (several > 1)} of other nets"
        layer = f.layer[fills[worst]]
        columns.append((reach[worst], zones.item[zone], items[worst], what[worst], spot.x, spot.y, layer, detail, 0))
    poured = np.flatnonzero(~zones.rule_area & ~zones.teardrop)
    empty = poured[~zones.filled[poured]]
    for zone in empty.tolist():
        spot = shapely.point_on_surface(zones.outline[zone])
        if spot.is_empty:
            continue
        waiting = _waits(ctx, zone)
        soften = 0 if len(empty) == len(poured) else 1 if waiting else 2
        detail = "it has no fill" + (", though copper of its net lies in it" if waiting else "; nothing may be left of it")
        columns.append((np.nan, zones.item[zone], -1, -1, spot.x, spot.y, min(zones.layers[zone], default=-1), detail, soften))
    value, a, b, kind_b, x, y, on, details, softens = zip(*columns) if columns else ((),) * 9
    return Measurements.of(
        list(value), checked=len(poured), param="", a=list(a), b=list(b), kind_b=list(kind_b), x=list(x), y=list(y),
        layer=list(on), detail=list(details), soften=list(softens),
    )  # fmt: skip


def _waits(ctx: Context, zone: int) -> bool:
    """Whether a pad or via of the zone's net lies within its outline, on one of its layers."""
    f, zones = ctx.board.features, ctx.board.zones
    own = np.isin(f.kind, (Kind.PAD, Kind.VIA)) & (f.net == zones.net[zone]) & (f.net >= 0)
    rows = np.flatnonzero(own & np.isin(f.layer, list(zones.layers[zone])))
    return bool(shapely.contains(zones.outline[zone], f.core[rows]).any())
