"""What the checks of webs and slits share: which item a spot of merged copper belongs to."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Ints, Kind, Objects
from ..check import Context
from ..copper import Copper
from ..derived import Derived
from ..units import TOUCH

AT_EDGE = 0.004
"""mm within which a feature's outline counts as the edge of merged copper: twice the error of flattening, and some."""


def owners(derived: Derived, layer: int, xy: Floats, net: Ints) -> Ints:
    """The feature at each spot (N x 2): of that net (or none) the nearest within `AT_EDGE`, poured copper last; -1 if none."""
    f, pieces = derived.board.features, derived.pieces(layer)
    points = shapely.points(xy)
    i, j = derived.tree(layer).query(shapely.box(*np.c_[xy - AT_EDGE, xy + AT_EDGE].T))
    row = pieces.owner[j]
    fits = (f.net[row] == net[i]) | (f.net[row] < 0)
    i, j, row = i[fits], j[fits], row[fits]
    d = shape.distance(points[i], 0.0, pieces.core[j], pieces.radius[j])
    near = np.abs(d) <= AT_EDGE
    i, row, d = i[near], row[near], d[near]
    order = np.lexsort((row, np.abs(d), f.kind[row] == Kind.ZONE, i))
    i, row = i[order], row[order]
    out = np.full(len(xy), -1, np.int32)
    first = np.r_[True, i[1:] != i[:-1]] if len(i) else np.empty(0, np.bool_)
    out[i[first]] = row[first]
    return out


def groups(copper: Copper) -> Ints:
    """One number per part: parts of one net, or netless ones of one cluster, share it."""
    return np.where(copper.net >= 0, copper.net, -2 - copper.cluster).astype(np.int32)


def only_poured(derived: Derived, layer: int, xy: Floats, net: Ints) -> Bools:
    """Whether nothing but poured copper lies at each spot (N x 2): no track, pad, via, text or footprint's drawing of the net."""
    f = derived.board.features
    at, row = derived.lands_at(layer, xy, AT_EDGE)
    fits = (f.net[row] == net[at]) | (f.net[row] < 0)
    bare = np.ones(len(xy), np.bool_)
    bare[at[fits]] = False
    return bare


def within(parts: Objects, part: Ints, xy: Floats) -> Bools:
    """Whether each spot (N x 2) lies in or on the part that is named for it: copper all the way, not two edges past a slit."""
    shapely.prepare(parts[np.unique(part)])
    inside = np.asarray(shapely.intersects_xy(parts[part], xy[:, 0], xy[:, 1]), np.bool_)
    rest = np.flatnonzero(~inside)  # few, and a distance costs far more
    inside[rest] = shapely.dwithin(parts[part[rest]], shapely.points(xy[rest]), TOUCH)
    return inside


def hatched(ctx: Context) -> Bools:
    """Mask over features: fills of hatched zones, whose webs are drawn on purpose."""
    f, zones = ctx.board.features, ctx.board.zones
    return np.append(zones.hatched, False)[f.zone].astype(np.bool_)
