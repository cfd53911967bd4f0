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

LARGE = 20_000
"""Vertices: of larger fills only the surroundings of lands that nothing else joins are searched,"""
AROUND = 8.0
"""mm to each side of them."""
CORNER = 50.0
"""degrees: necks are also sought where a corner points at an edge, as sharply as this."""
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


@check("web.neck", minima="w_min_signal w_min_power", beside=True)
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
    nets = {net: _Net.of(derived, net) for net in _poured_nets(ctx)}

    def on_layer(layer: int) -> Measurements:
        copper, rings, members = derived.poured(layer), derived.rings(layer), derived.members(layer)
        poured = copper.region & (copper.net >= 0) & ~copper.plain
        clusters, first = np.unique(copper.cluster[poured], return_index=True)
        lands: dict[int, _Lands] = {}
        for cluster, net in zip(clusters.tolist(), copper.net[poured][first].tolist()):
            if net not in nets:  # a fill without a net that copper of this net joins
                nets[net] = _Net.of(derived, net)
            found = _Lands.of(derived, nets[net], members[cluster])
            if len(np.unique(found.node)) > 1:  # else other copper joins all of it as well
                lands[cluster] = found
        parts = [Measurements.none(len(clusters))]
        chosen = rings.take(np.isin(copper.cluster[rings.part], list(lands)))
        if not len(chosen.ring):
            return parts[0]
        windows = {cluster: _windows(copper.part[copper.cluster == cluster], found) for cluster, found in lands.items()}
        wide = reach / np.cos(np.radians(CORNER / 2))  # a width square to the middle line is longer than the nearest way
        sought = chosen.take(facing.with_webs(chosen, wide))
        everywhere = np.concatenate(list(windows.values()))
        narrow = facing.facing(facing.edges_of(sought), wide, inside=True, wedge=CORNER, windows=everywhere)
        webs = _webs(ctx, layer, narrow.take((narrow.width < reach) & (narrow.width > _SLIT)))
        middle = shapely.points(webs.middle)
        for part in np.unique(webs.part_a).tolist():
            net, cluster = int(copper.net[part]), int(copper.cluster[part])
            alone = int((copper.cluster == cluster).sum()) == 1
            for window in windows[cluster]:
                mine = webs.take(np.flatnonzero((webs.part_a == part) & shapely.intersects(window, middle)))
                if not len(mine):
                    continue
                met = sought.ring[np.unique(np.r_[mine.ring_a, mine.ring_b])]
                forms = [_without_holes(copper.part[part], met)] * alone + [copper.part[part]]
                for neck in _necks(ctx, forms, window, mine, lands[cluster], bool(power[net])):
                    parts.append(_row(ctx, layer, net, neck, bool(power[net])))
        return Measurements.join(parts)

    return Measurements.join([on_layer(layer) for layer in ctx.board.copper_layers.tolist()])


def _poured_nets(ctx: Context) -> list[int]:
    """The nets of poured copper."""
    f = ctx.board.features
    rows = np.flatnonzero((ctx.board.layers.order >= 0)[f.layer] & (f.net >= 0)).astype(np.int32)
    return [int(net) for net in np.unique(f.net[rows[is_region(ctx.board, rows)]])]


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

    xy: Floats
    """N x 2: a point of the land."""
    node: Ints

    @classmethod
    def of(cls, derived: Derived, net: _Net, members: Ints) -> _Lands:
        f = derived.board.features
        poured = is_region(derived.board, members)
        lands = members[np.isin(f.kind[members], (Kind.PAD, Kind.VIA)) & ~poured]
        xy = shapely.get_coordinates(shapely.point_on_surface(f.core[lands]))
        return cls(xy, net.without(members[poured])[np.searchsorted(net.rows, lands)])


def _windows(parts: Objects, lands: _Lands) -> Objects:
    """Disjoint boxes to be searched for necks: all of the copper, of a large plane what lies `AROUND` its lonely lands.

    Those are the lands that are not of the commonest node, which only this copper joins to the rest.
    """
    if shapely.get_num_coordinates(parts).sum() <= LARGE:
        return np.asarray([shapely.box(*shapely.total_bounds(parts)).buffer(1)], object)
    _, at, counts = np.unique(lands.node, return_inverse=True, return_counts=True)
    lonely = lands.xy[at != np.argmax(counts)]
    boxes = shapely.box(*np.c_[lonely - AROUND, lonely + AROUND].T)
    while True:
        merged = shapely.box(*shapely.bounds(shapely.get_parts(shapely.union_all(boxes))).T)
        if len(merged) == len(boxes):
            return np.asarray(merged, object)
        boxes = merged


def _webs(ctx: Context, layer: int, found: Places) -> Places:
    """Those places that are webs of a fill: nothing but fill, not hatched, not in a relief, and between rings that they close."""
    derived = ctx.board.derived
    copper = derived.poured(layer)
    spot, net = found.middle, copper.net[found.part_a]
    good = only_poured(derived, layer, spot, net) & within(copper.part, found.part_a, spot)
    good[in_relief(ctx.board, layer, spot, derived.reliefs())] = False
    owner = owners(derived, layer, found.a, net)
    good &= (owner < 0) | ~hatched(ctx)[owner]
    found = found.take(good)
    # Edges beside one vertex give one web each, from the same point to the same point: it counts once.
    ends = np.round(np.sort(np.stack([found.a @ [1, 1j], found.b @ [1, 1j]]), axis=0), 4)
    found = found.take(np.sort(np.unique(ends, axis=1, return_index=True)[1]))
    # A web between two rings closes nothing off unless other webs lead back from one to the other.
    ring, at = np.unique(np.r_[found.ring_a, found.ring_b], return_inverse=True)
    one, other = at[: len(found)], at[len(found) :]
    label = components(len(ring), one, other)
    webs, rings = np.bincount(label[one], minlength=len(ring)), np.bincount(label, minlength=len(ring))
    return found.take(np.flatnonzero(webs[label[one]] >= rings[label[one]]))


def _without_holes(part: shapely.Polygon, but: Objects) -> shapely.Polygon:
    """A fill with those of its holes alone that are among the rings `but`. A hole that no web meets parts nothing.

    No land may lie in such a hole, as one of another part of the same copper may.
    """
    return shapely.Polygon(part.exterior, but[~shapely.is_ccw(but)].tolist())


def _necks(
    ctx: Context, forms: list[shapely.Polygon], window: shapely.Polygon, webs: Places, lands: _Lands, power: bool
) -> list[_Neck]:
    """The necks of a fill within a window; what goes on beyond the window counts as the rest of the fill.

    The last of its forms counts; it is not looked at where one before it, with fewer holes, shows that nothing comes apart.
    """
    parted: list[tuple[Ints, float, bool]] = []
    for form in forms:
        pieces = _Pieces.of(form, window, webs, lands)
        tries = [("w_min_signal", False)] + ([("w_min_power", True)] if power else [])
        groups = [(pieces.grouped(webs.width, ctx.reach(param), summed), ctx.reach(param), summed) for param, summed in tries]
        parted = [(group, limit, summed) for group, limit, summed in groups if len(np.unique(group[pieces.real])) > 1]
        if not parted:
            return []
    found: dict[int, _Neck] = {}
    for group, limit, summed in parted:
        for piece, cut in _isolated(group, pieces.one, pieces.other, pieces.size, pieces.real):
            cut = np.unique(pieces.by[cut])
            width = webs.width[cut]
            if limit > 0 and (width.sum() if summed else width.max()) < limit:
                x, y = webs.middle[cut[np.argmax(width)]]
                found[piece] = _Neck(float(width.sum()), float(width.max()), len(cut), float(x), float(y))
    return list(found.values())


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """What a fill falls into when its webs are cut."""

    size: Floats
    """mm2, infinite for what goes on beyond the window."""
    real: Bools
    """Holds a land, or goes on."""
    joined: Ints
    """Those that other copper joins have one number: they hold lands of one node, or go on."""
    one: Ints
    other: Ints
    """Pieces on either side of a web,"""
    by: Ints
    """and the web."""

    @classmethod
    def of(cls, part: shapely.Polygon, window: shapely.Polygon, webs: Places, lands: _Lands) -> _Pieces:
        here = part
        if shapely.covers(window, part):
            window = shapely.Polygon()
        else:
            here = shapely.clip_by_rect(part, *shapely.bounds(window))  # fast, but not sure to be valid
            here = here if shapely.is_valid(here) else shapely.intersection(part, window)
        faces, web, face = _faces(here, webs)
        on, land = holding(faces, lands.xy)
        beyond = np.flatnonzero(shapely.intersects(faces, window.exterior))
        held = np.r_[on, beyond]
        node = np.unique(np.r_[lands.node[land], np.full(len(beyond), -1)], return_inverse=True)[1] + len(faces)
        real = np.zeros(len(faces), np.bool_)
        real[held] = True
        size = shapely.area(faces)
        size[beyond] = np.inf
        # The faces on either side of a web: usually two.
        order = np.lexsort((face, web))
        web, face = web[order], face[order]
        follows = np.flatnonzero(web[1:] == web[:-1])
        joined = components(len(faces) + len(held), held, node)[: len(faces)]
        return cls(size, real, joined, face[follows], face[follows + 1], web[follows])

    def grouped(self, width: Floats, limit: float, summed: bool) -> Ints:
        """The group of each piece, by the widths of the webs, see `_contract`."""
        return _contract(self.joined, self.one, self.other, width[self.by], self.real, limit, summed)


def _faces(part: shapely.Geometry, webs: Places) -> tuple[Objects, Ints, Ints]:
    """What copper falls into when its webs are cut through where they are narrowest, and the pairs (web, face) that meet."""
    across = webs.b - webs.a
    across /= np.maximum(np.hypot(*across.T), 1e-9)[:, None]
    cuts = _bars(webs.a - across * _SLIT, webs.b + across * _SLIT, across * (_SLIT / 2))
    faces = shapely.get_parts(shapely.difference(part, shapely.disjoint_subset_union_all(cuts)))
    grown = _bars(webs.a, webs.b, across * _SLIT)
    face, web = shapely.STRtree(grown).query(faces, predicate="intersects")
    return np.asarray(faces, object), web.astype(np.int32), face.astype(np.int32)


def _bars(start: Floats, end: Floats, half: Floats) -> Objects:
    """Rectangles along lines, as wide to each side as `half` is long."""
    side = half @ [[0.0, 1.0], [-1.0, 0.0]]
    return np.asarray(shapely.polygons(np.stack([start + side, start - side, end - side, end + side], axis=1)), object)


def _contract(joined: Ints, one: Ints, other: Ints, width: Floats, real: Bools, limit: float, summed: bool) -> Ints:
    """Group faces that are joined well enough: by other copper, by webs of `limit` in sum (or singly), or for want of a land.

    A face that holds nothing is passed through: it goes with the neighbour to which it is joined best. Grouping only
    ever makes a joint better, so what remains apart is.
    """
    n, group = len(joined), joined
    while True:
        links = _links_between(group[one], group[other], width, n, summed)
        holds = np.zeros(n, np.bool_)
        holds[group[real]] = True
        strong = links.width >= limit
        if strong.any():
            group = components(n, links.a[strong], links.b[strong])[group]
            continue
        best = np.full(n, -1, np.int64)
        order = np.argsort(links.width, kind="stable")
        best[links.a[order]] = links.b[order]  # the last one counts: the widest
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


def _isolated(group: Ints, one: Ints, other: Ints, size: Floats, real: Bools) -> list[tuple[int, NDArray[np.int64]]]:
    """Each group of faces with lands but the largest, and the joints (rows of `one` and `other`) that lead out of it."""
    held = np.unique(group[real])
    if len(held) < 2:
        return []
    total = np.bincount(group, size, minlength=len(group))
    rest = held[held != held[np.argmax(total[held])]]
    out = [(piece, np.flatnonzero((group[one] == piece) != (group[other] == piece))) for piece in rest.tolist()]
    return [(piece, cut) for piece, cut in out if len(cut)]
