"""Thermal reliefs as the fill has them: spokes, their width, the gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, check
from ..copper import holding
from ..derived import Derived
from ..pieces import cut

NOMINAL = 0.04
"""mm: a spoke or gap that is smaller by no more than this than the zone asks for is the setting's doing."""


@dataclass(frozen=True, slots=True, eq=False)
class _Lands:
    """The lands of one layer that zones join by relief, one row a pad and zone, with the line midway across the gap."""

    feature: Ints
    """One feature of the land."""
    zone: Ints
    gap: Floats
    """As asked for."""
    width: Floats
    line: Objects
    """LinearRing around the land at half the gap."""


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """Stretches of the lines between copper and air, in order along each line."""

    land: Ints
    copper: Bools
    length: Floats
    """mm, straight from end to end,"""
    along: Floats
    """and along the line."""
    middle: Floats
    """N x 2."""


@dataclass(frozen=True, slots=True, eq=False)
class _Widths:
    """Spoke widths or gaps of one layer, one row a land: as measured and as asked for."""

    param: str
    value: Floats
    nominal: Floats
    zone: Ints
    item: Ints
    x: Floats
    y: Floats
    layer: int


@check("thermal", minima="spokes_min spoke_min gap_min", beside=True)
def thermal(ctx: Context) -> Measurements:
    """Of each land that a zone's fill joins by relief: the number of spokes, the width in mm of the narrowest, the gap in mm.

    Measured along the line midway across the gap, on the copper that is there: where it runs in copper, there is a
    spoke (a track across the gap is one too, as in KiCad). A land that the fill does not reach, or floods, has no relief.
    A land that a track of its net meets as well needs no number of spokes; one across the zone's border cannot have more,
    so that is told a step softer. Widths and gaps as the zones ask for are one setting: told once, at the worst land.
    """
    board, f = ctx.board, ctx.board.features
    pads, zones = board.pads, board.zones
    parts: list[Measurements] = []
    measured: list[_Widths] = []
    checked = 0
    for layer in board.copper_layers.tolist():
        lands = _lands(ctx.board.derived, layer)
        if not len(lands.zone):
            continue
        arcs = _arcs(board.derived, layer, lands)
        of_zone = _in_fill(board.derived, layer, lands, arcs) & arcs.copper
        n = len(lands.zone)
        doubled = _doubled(board.derived, layer, lands, arcs)
        count = np.bincount(arcs.land[arcs.copper], minlength=n) + np.bincount(arcs.land[doubled], minlength=n)
        reached = (np.bincount(arcs.land[of_zone], minlength=n) > 0) & (np.bincount(arcs.land[~arcs.copper], minlength=n) > 0)
        checked += int(reached.sum())
        narrowest = np.full(n, np.inf)
        np.minimum.at(narrowest, arcs.land[of_zone], arcs.length[of_zone])
        gap = _gaps(board.derived, layer, lands, arcs)
        pad_item, zone_item = f.item[lands.feature], zones.item[lands.zone]
        x, y = pads.x[f.pad[lands.feature]], pads.y[f.pad[lands.feature]]
        tracked, fused = _joined(board.derived, layer, lands)
        soft = ~_surrounded(board.derived, lands)
        rows = np.flatnonzero(reached & ~fused & ~tracked)
        parts.append(
            Measurements.of(
                count[rows], checked=0, param="spokes_min", a=pad_item[rows], b=zone_item[rows], x=x[rows], y=y[rows],
                layer=layer, soften=soft[rows].astype(np.int32), detail="spokes:",
            )
        )  # fmt: skip
        for param, value, nominal in (("spoke_min", narrowest, lands.width), ("gap_min", gap, lands.gap)):
            known = np.flatnonzero(reached & np.isfinite(value))
            zone = lands.zone[known]
            measured.append(_Widths(param, value[known], nominal[known], zone, pad_item[known], x[known], y[known], layer))
    parts += [_told(ctx, param, [m for m in measured if m.param == param]) for param in ("spoke_min", "gap_min")]
    return Measurements.join([*parts, Measurements.none(checked)])


def _told(ctx: Context, param: str, measured: list[_Widths]) -> Measurements:
    """A row for each land that is narrower than asked for, and one for all lands that share what was asked for."""
    if not measured:
        return Measurements.none(0)
    columns = ("value", "nominal", "zone", "item", "x", "y")
    value, nominal, zone, item, x, y = (np.concatenate([getattr(m, k) for m in measured]) for k in columns)
    layer = np.concatenate([np.full(len(m.value), m.layer, np.int32) for m in measured])
    what = "spoke" if param == "spoke_min" else "gap"
    usual = value > nominal - NOMINAL
    chosen, detail = np.flatnonzero(~usual).tolist(), [f"{what} of"] * int((~usual).sum())
    asked = np.round(nominal, 4)
    for setting in np.unique(asked[usual]).tolist():
        mine = np.flatnonzero(usual & (asked == setting))
        chosen.append(int(mine[np.argmin(value[mine])]))
        pads, zones = len(np.unique(item[mine])), len(np.unique(zone[mine]))
        detail.append(f"{what}, as of {pads} pad{'s' * (pads > 1)} in {zones} zone{'s' * (zones > 1)}, of")
    return Measurements.of(
        value[chosen], checked=0, param=param, a=item[chosen], b=ctx.board.zones.item[zone[chosen]], x=x[chosen], y=y[chosen],
        layer=layer[chosen], detail=np.array(detail, object),
    )  # fmt: skip


def _lands(derived: Derived, layer: int) -> _Lands:
    f, all_ = derived.board.features, derived.reliefs()
    rows = np.flatnonzero((f.layer[all_.feature] == layer) & (all_.gap > 0))
    feature, zone, gap, width = all_.feature[rows], all_.zone[rows], all_.gap[rows], all_.width[rows]
    around = shapely.buffer(f.core[feature], f.radius[feature] + gap / 2, quad_segs=shape.QUADRANT)
    # A custom pad's land is several features: one line around all of them.
    order = np.lexsort((zone, f.pad[feature]))
    key = np.stack([f.pad[feature], zone])[:, order]
    first = np.flatnonzero(np.r_[True, (key[:, 1:] != key[:, :-1]).any(0)]) if len(order) else np.empty(0, np.int64)
    counts = np.diff(np.r_[first, len(order)])
    whole = around[order[first]]
    for k in np.flatnonzero(counts > 1).tolist():
        whole[k] = shapely.union_all(around[order[first[k] : first[k] + counts[k]]])
    simple = shapely.get_type_id(whole) == 3
    keep = order[first][simple]
    return _Lands(feature[keep], zone[keep], gap[keep], width[keep], shapely.get_exterior_ring(whole[simple]))


def _arcs(derived: Derived, layer: int, lands: _Lands) -> _Arcs:
    """Cut each line where it crosses the boundary of merged copper, and tell copper from air by the middles."""
    copper, rings = derived.poured(layer), derived.rings(layer)
    b = shapely.bounds(lands.line)
    near = np.unique(shapely.STRtree(rings.ring).query(shapely.box(*b.T))[1])
    pieces = cut(rings.ring[near], np.zeros(len(near)), near.astype(np.int32))
    net = derived.board.features.net[lands.feature]
    i, j = shapely.STRtree(pieces.core).query(lands.line, predicate="intersects")
    keep = copper.net[rings.part[pieces.owner[j]]] == net[i]
    i, j = i[keep], j[keep]
    crossing = shapely.intersection(lands.line[i], pieces.core[j])
    xy, of = shapely.get_coordinates(crossing, return_index=True)
    land = i[of]
    at = shapely.line_locate_point(lands.line[land], shapely.points(xy))
    order = np.lexsort((at, land))
    land, at = land[order], at[order]
    girth = shapely.length(lands.line)
    if len(at):
        same = np.r_[False, (land[1:] == land[:-1]) & (np.diff(at) < 1e-6)]
        land, at = land[~same], at[~same]
    first = np.flatnonzero(np.r_[True, land[1:] != land[:-1]]) if len(land) else np.empty(0, np.int64)
    upto = np.roll(at, -1)
    last = np.r_[first[1:], len(land)][: len(first)] - 1
    upto[last] = at[first] + girth[land[last]]
    middle = (at + upto) / 2 % girth[land]
    lines = lands.line[land]
    ends = [shapely.get_coordinates(shapely.line_interpolate_point(lines, t % girth[land])) for t in (at, upto, middle)]
    length = np.hypot(*(ends[1] - ends[0]).T)
    part, point = holding(copper.part, ends[2])
    inside = np.zeros(len(land), np.bool_)
    inside[point[copper.net[part] == net[land[point]]]] = True
    return _Arcs(land.astype(np.int32), inside, length, upto - at, ends[2])


def _fills(derived: Derived, layer: int, lands: _Lands) -> tuple[Ints, Ints]:
    """Pairs (land, feature) of each land with the fills of its zone on the layer whose boxes reach it."""
    f, rows = derived.board.features, derived.copper_rows(layer)
    fills = rows[f.zone[rows] >= 0]
    i, j = shape.meeting(shape.boxes(f.core[fills], f.radius[fills]), shape.boxes(lands.line, 0.0))
    keep = f.zone[fills[i]] == lands.zone[j]
    return j[keep], fills[i[keep]]


def _in_fill(derived: Derived, layer: int, lands: _Lands, arcs: _Arcs) -> Bools:
    """Whether the middle of each arc lies in a fill of the zone itself (not just in a track or another land)."""
    f = derived.board.features
    land, fill = _fills(derived, layer, lands)
    shapely.prepare(f.core[np.unique(fill)])
    order = np.argsort(land, kind="stable")
    land, fill = land[order], fill[order]
    start, stop = np.searchsorted(land, arcs.land), np.searchsorted(land, arcs.land, side="right")
    pair_arc = np.repeat(np.arange(len(arcs.land)), stop - start)
    pair_fill = fill[np.concatenate([np.empty(0, np.int64), *(np.arange(a, b) for a, b in zip(start, stop))])]
    hit = shapely.dwithin(f.core[pair_fill], shapely.points(arcs.middle[pair_arc]), f.radius[pair_fill])
    out = np.zeros(len(arcs.land), np.bool_)
    out[pair_arc[hit]] = True
    return out


def _gaps(derived: Derived, layer: int, lands: _Lands, arcs: _Arcs) -> Floats:
    """The smallest gap of each land: from the land through the middle of a stretch of air to the fill; inf if unknown.

    Stretches not longer than the gap is wide are left out: there a spoke is nearer than what lies across.
    """
    f, pieces = derived.board.features, derived.pieces(layer)
    out = np.full(len(lands.zone), np.inf)
    air = np.flatnonzero(~arcs.copper & (arcs.along > 1.1 * lands.gap[arcs.land]))
    land, xy = arcs.land[air], arcs.middle[air]
    reach = lands.gap[land, None]
    i, j = derived.tree(layer).query(shapely.box(*np.c_[xy - reach, xy + reach].T))
    keep = f.zone[pieces.owner[j]] == lands.zone[land[i]]
    i, j = i[keep], j[keep]
    d = shape.distance(shapely.points(xy[i]), 0.0, pieces.core[j], pieces.radius[j])
    np.minimum.at(out, land[i], np.maximum(d, 0.0) + lands.gap[land[i]] / 2)
    return out


def _doubled(derived: Derived, layer: int, lands: _Lands, arcs: _Arcs) -> Ints:
    """Arcs in copper that are wider than a spoke because a track runs over one: each holds two ways across the gap."""
    f = derived.board.features
    wide = np.flatnonzero(arcs.copper & (arcs.length > 1.25 * lands.width[arcs.land]))
    at, row = derived.lands_at(layer, arcs.middle[wide])
    track = np.isin(f.kind[row], (Kind.TRACK, Kind.ARC)) & (f.net[row] == f.net[lands.feature[arcs.land[wide[at]]]])
    return np.unique(wide[at[track]])


def _joined(derived: Derived, layer: int, lands: _Lands) -> tuple[Bools, Bools]:
    """Whether a track of its net meets the land, and whether another land of its component does (as in a divided one)."""
    f = derived.board.features
    one, other = (np.concatenate(pair) for pair in zip(derived.touching(layer), derived.touching(layer)[::-1]))
    pads = len(derived.board.pads)
    tracked, fused = np.zeros(pads + 1, np.bool_), np.zeros(pads + 1, np.bool_)
    tracked[f.pad[one[np.isin(f.kind[other], (Kind.TRACK, Kind.ARC))]]] = True
    fused[f.pad[one[(f.pad[other] >= 0) & (f.pad[other] != f.pad[one]) & (f.component[other] == f.component[one])]]] = True
    own = f.pad[lands.feature]
    return tracked[own], fused[own]


def _surrounded(derived: Derived, lands: _Lands) -> Bools:
    """Whether the zone's outline goes all around the land, so that spokes fit on every side."""
    return np.asarray(shapely.covers(derived.board.zones.outline[lands.zone], lands.line), np.bool_)
