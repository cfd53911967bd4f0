"""Necks of zones: the copper that alone joins two parts of a fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .. import facing
from ..board import Bools, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, check
from ..copper import components, holding, is_region
from ..derived import Derived
from ..facing import Places
from ..relief import in_relief
from ..supply import supplies
from ._places import hatched, only_poured, owners, within

_SLIT = 5e-4
"""mm: width of the cut that takes a web away; far below any web."""


@dataclass(frozen=True, slots=True)
class _Neck:
    """One part of a fill and the webs that alone join it to the rest."""

    total: float
    widest: float
    webs: int
    x: float
    y: float


@check("web.neck")
def necks(ctx: Context) -> Measurements:
    """Width in mm of the fill's copper that alone joins two parts of it, each with a pad or via of the net.

    The fill is cut at every web narrower than the limits; parts that other copper of the net joins as well (a track, a
    via to another layer's plane) have no neck, nor is a spoke of a thermal relief one. Webs side by side carry together:
    `w_min_power` judges their sum, for supply nets; `w_min_signal` the widest of them, for all nets, as copper that is
    nowhere wider may be etched through.
    """
    board, derived = ctx.board, ctx.board.derived
    reach = ctx.reach("w_min_signal", "w_min_power")
    power = supplies(board)
    nets: dict[int, _Net] = {}
    parts, checked = [], 0
    for layer in board.copper_layers.tolist():
        copper, rings = derived.copper(layer), derived.rings(layer)
        members = derived.members(layer)
        lands: dict[int, _Lands] = {}
        for cluster in np.unique(copper.cluster[copper.region & (copper.net >= 0) & ~copper.plain]).tolist():
            checked += 1
            net = int(copper.net[copper.cluster == cluster][0])
            if net not in nets:
                nets[net] = _Net.of(derived, net)
            found = _lands(derived, nets[net], members[cluster])
            if len(np.unique(found.node)) > 1:  # else other copper joins all of it as well
                lands[cluster] = found
        chosen = rings.take(np.isin(copper.cluster[rings.part], list(lands)))
        if not len(chosen.ring):
            continue
        narrow = chosen.take(facing.with_webs(chosen, reach))
        webs = _webs(ctx, layer, facing.facing(facing.edges_of(narrow), reach, inside=True))
        for part in np.unique(webs.part_a).tolist():
            mine, net = webs.take(np.flatnonzero(webs.part_a == part)), int(copper.net[part])
            for neck in _necks(ctx, copper.part[part], mine, lands[int(copper.cluster[part])], bool(power[net])):
                parts.append(_row(ctx, layer, net, neck, bool(power[net])))
    return Measurements.join([*parts, Measurements.none(checked)])


def _row(ctx: Context, layer: int, net: int, found: _Neck, power: bool) -> Measurements:
    f, derived = ctx.board.features, ctx.board.derived
    by_sum = power and found.total < ctx.reach("w_min_power")
    rows = derived.copper_rows(layer)
    fills = rows[(f.kind[rows] == Kind.ZONE) & (f.net[rows] == net)]
    fill = fills[int(np.argmin(shapely.distance(f.core[fills], shapely.Point(found.x, found.y))))] if len(fills) else -1
    many = f"{found.webs} webs side by side, together {found.total:.2f} mm" if found.webs > 1 else ""
    return Measurements.of(
        found.total if by_sum else found.widest, checked=0, param="w_min_power" if by_sum else "w_min_signal",
        a=f.item[fill] if fill >= 0 else -1, x=found.x, y=found.y, layer=layer, detail=many,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Net:
    """The copper of one net on all layers, and what joins it: touching features, and lands of one plated hole."""

    rows: Ints
    """Features, ascending."""
    a: Ints
    b: Ints
    """Links, as places in `rows`."""

    @classmethod
    def of(cls, derived: Derived, net: int) -> _Net:
        f = derived.board.features
        a, b = derived.links()
        keep = (f.net[a] == net) | (f.net[b] == net)
        a, b = a[keep], b[keep]
        rows = np.unique(np.r_[np.flatnonzero((f.net == net) & (derived.nodes() >= 0)), a, b]).astype(np.int32)
        return cls(rows, np.searchsorted(rows, a).astype(np.int32), np.searchsorted(rows, b).astype(np.int32))

    def without(self, gone: Ints) -> Ints:
        """Per row its node, were the features `gone` not there."""
        absent = np.isin(self.rows, gone)
        keep = ~(absent[self.a] | absent[self.b])
        return components(len(self.rows), self.a[keep], self.b[keep])


@dataclass(frozen=True, slots=True, eq=False)
class _Lands:
    """The pads and vias in one piece of copper, with the node that each would be of without the piece's poured copper."""

    feature: Ints
    node: Ints


def _lands(derived: Derived, net: _Net, members: Ints) -> _Lands:
    f = derived.board.features
    poured = is_region(derived.board, members)
    lands = members[np.isin(f.kind[members], (Kind.PAD, Kind.VIA)) & ~poured]
    return _Lands(lands, net.without(members[poured])[np.searchsorted(net.rows, lands)])


def _webs(ctx: Context, layer: int, found: Places) -> Places:
    """Those places that are webs of a fill: nothing but fill, not hatched, not in a relief, and between rings that they close."""
    derived = ctx.board.derived
    copper = derived.copper(layer)
    spot, net = found.middle, copper.net[found.part_a]
    good = only_poured(derived, layer, spot, net) & within(copper.part, found.part_a, spot)
    good[in_relief(ctx.board, layer, spot, derived.reliefs())] = False
    owner = owners(derived, layer, found.a, net)
    good &= (owner < 0) | ~hatched(ctx)[owner]
    found = found.take(good)
    # A web between two rings closes nothing off unless other webs lead back from one to the other.
    ring, at = np.unique(np.r_[found.ring_a, found.ring_b], return_inverse=True)
    one, other = at[: len(found)], at[len(found) :]
    label = components(len(ring), one, other)
    webs, rings = np.bincount(label[one], minlength=len(ring)), np.bincount(label, minlength=len(ring))
    return found.take(np.flatnonzero(webs[label[one]] >= rings[label[one]]))


def _necks(ctx: Context, part: shapely.Polygon, webs: Places, lands: _Lands, power: bool) -> list[_Neck]:
    faces = _faces(part, webs)
    if len(faces) < 2:
        return []
    spots = shapely.get_coordinates(shapely.point_on_surface(ctx.board.features.core[lands.feature]))
    face, land = holding(faces, spots)
    across = webs.b - webs.a
    across /= np.maximum(np.hypot(*across.T), 1e-9)[:, None]
    beside = np.c_[-across[:, 1], across[:, 0]] * 4 * _SLIT
    sides = [_face_at(faces, webs.middle + sign * beside) for sign in (1, -1)]
    apart = np.flatnonzero((sides[0] >= 0) & (sides[1] >= 0) & (sides[0] != sides[1]))
    one, other, width = sides[0][apart], sides[1][apart], webs.width[apart]
    real = np.zeros(len(faces), np.bool_)
    real[face] = True
    found: dict[frozenset[int], _Neck] = {}
    tries = [("w_min_signal", False)] + ([("w_min_power", True)] if power else [])
    for param, summed in tries:
        limit = ctx.reach(param)
        if limit <= 0:
            continue
        group = _contract(len(faces), one, other, width, real, limit, summed)
        for piece, total, widest, webs_of in _isolated(group, one, other, width, shapely.area(faces), real):
            inside = np.isin(group[face], piece)
            if (total if summed else widest) >= limit or np.intersect1d(lands.node[land[inside]], lands.node[land[~inside]]).size:
                continue
            k = apart[webs_of[np.argmax(width[webs_of])]]
            x, y = webs.middle[k]
            found[frozenset(np.flatnonzero(group == piece).tolist())] = _Neck(total, widest, len(webs_of), float(x), float(y))
    return list(found.values())


def _faces(part: shapely.Polygon, webs: Places) -> Objects:
    """What a polygon falls into when its webs are cut through where they are narrowest."""
    across = webs.b - webs.a
    across /= np.maximum(np.hypot(*across.T), 1e-9)[:, None]
    ends = np.stack([webs.a - across * _SLIT, webs.b + across * _SLIT], axis=1)
    cuts = shapely.buffer(shapely.linestrings(ends), _SLIT / 2, cap_style="flat")
    return np.asarray(shapely.get_parts(shapely.difference(part, shapely.disjoint_subset_union_all(cuts))), object)


def _face_at(faces: Objects, xy: Floats) -> Ints:
    """Index of the face at each point, -1 if none."""
    face, point = holding(faces, xy)
    out = np.full(len(xy), -1, np.int32)
    out[point] = face
    return out


def _contract(n: int, one: Ints, other: Ints, width: Floats, real: Bools, limit: float, summed: bool) -> Ints:
    """Group faces that are joined well enough: by webs of `limit` in sum (or singly), or that hold no pad of their own.

    A face without a pad or via is passed through: it goes with the neighbour to which it is joined best. Grouping only
    ever makes a joint better, so what remains apart is.
    """
    group = np.arange(n, dtype=np.int32)
    while True:
        links = _links_between(group[one], group[other], width, n, summed)
        holds = np.zeros(n, np.bool_)
        holds[group[real]] = True
        strong = links.width >= limit
        if strong.any():
            group = components(n, links.a[strong], links.b[strong])[group]
            continue
        # Each group without a pad goes with its best neighbour; the links are sorted, so the last one counts.
        best = np.full(n, -1, np.int64)
        order = np.argsort(links.width, kind="stable")
        best[links.a[order]] = links.b[order]
        empty = np.flatnonzero(~holds & (best >= 0))
        if not len(empty):
            return group
        group = components(n, empty, best[empty])[group]


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    width: Floats


def _links_between(one: Ints, other: Ints, width: Floats, n: int, summed: bool) -> _Links:
    """The webs between each two groups as one link, in both directions: their sum or the widest."""
    differ = one != other
    a, b = np.r_[one[differ], other[differ]].astype(np.int64), np.r_[other[differ], one[differ]].astype(np.int64)
    key, at = np.unique(a * n + b, return_inverse=True)
    joint = np.zeros(len(key))
    (np.add if summed else np.maximum).at(joint, at, np.r_[width[differ], width[differ]])
    return _Links(key // n, key % n, joint)


def _isolated(
    group: Ints, one: Ints, other: Ints, width: Floats, area: Floats, real: Bools
) -> list[tuple[int, float, float, Ints]]:
    """Each group of faces but the largest, with the sum and the widest of the webs that join it to others, and those webs."""
    held = np.unique(group[real])
    if len(held) < 2:
        return []
    size = np.bincount(group, area, minlength=len(group))
    rest = held[held != held[np.argmax(size[held])]]
    out = []
    for piece in rest.tolist():
        webs = np.flatnonzero((group[one] == piece) != (group[other] == piece))
        if len(webs):
            out.append((piece, float(width[webs].sum()), float(width[webs].max()), webs.astype(np.int32)))
    return out


