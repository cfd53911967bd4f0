"""Which pads a zone joins by thermal relief, resolved from pad, footprint and zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from . import shape
from .board import Board, Connect, Floats, Ints, Kind, PadType


@dataclass(frozen=True, slots=True, eq=False)
class Reliefs:
    """A row per land of a pad and zone that joins it by thermal relief (or would, had the fill room)."""

    feature: Ints
    """Row in `Board.features`: the land, on the zone's layer."""
    zone: Ints
    gap: Floats
    """mm, as the pad or else the zone asks for."""
    width: Floats
    """mm of a spoke, likewise."""


def reliefs(board: Board) -> Reliefs:
    """Lands of pads that lie in the outline of a copper zone of their net on their layer and are joined by spokes.

    What the pad or its footprint says goes before the zone. `THT_THERMAL` gives spokes to plated holes only.
    """
    f, pads, zones = board.features, board.pads, board.zones
    layered = np.flatnonzero((f.kind == Kind.PAD) & (f.pad >= 0) & (f.net >= 0) & (board.layers.order >= 0)[f.layer])
    poured = np.flatnonzero(~zones.rule_area & ~zones.teardrop & (zones.net >= 0) & ~shapely.is_empty(zones.outline))
    i, j = shape.meeting(shape.boxes(zones.outline[poured], 0.0), shape.boxes(f.core[layered], f.radius[layered]))
    zone, land = poured[i], layered[j]
    keep = zones.net[zone] == f.net[land]
    zone, land = zone[keep], land[keep]
    keep = np.array([layer in on for layer, on in zip(f.layer[land].tolist(), zones.layers[zone])], np.bool_)
    zone, land = zone[keep], land[keep]
    shapely.prepare(zones.outline[poured])
    keep = shapely.dwithin(zones.outline[zone], f.core[land], f.radius[land])
    zone, land = zone[keep], land[keep]
    pad = f.pad[land]
    how = np.where(pads.connect[pad] == Connect.INHERIT, zones.connect[zone], pads.connect[pad])
    tht = pads.type[pad] == PadType.THT
    spoked = (how == Connect.THERMAL) | ((how == Connect.THT_THERMAL) & tht)
    zone, land, pad = zone[spoked].astype(np.int32), land[spoked].astype(np.int32), pad[spoked]
    gap = np.where(np.isnan(pads.thermal_gap[pad]), zones.thermal_gap[zone], pads.thermal_gap[pad])
    width = np.where(np.isnan(pads.thermal_width[pad]), zones.thermal_width[zone], pads.thermal_width[pad])
    return Reliefs(land, zone, np.nan_to_num(gap), np.nan_to_num(width))


def in_relief(board: Board, layer: int, xy: Floats, found: Reliefs, margin: float = 0.02) -> Ints:
    """Indices of the points (N x 2) of a layer that lie in the relief of a pad: on the land or within its gap and `margin`."""
    f = board.features
    rows = np.flatnonzero(f.layer[found.feature] == layer)
    if not len(rows) or not len(xy):
        return np.empty(0, np.int32)
    land = found.feature[rows]
    reach = f.radius[land] + found.gap[rows] + margin
    points = shapely.points(xy)
    i, j = shapely.STRtree(shape.boxes(f.core[land], reach)).query(points)
    near = shapely.distance(points[i], f.core[land[j]]) <= reach[j]
    return np.unique(i[near]).astype(np.int32)
