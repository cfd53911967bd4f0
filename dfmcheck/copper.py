"""Copper as it is made: features that touch become one piece, pieces joined by plated holes one node.

Used through `Derived.touching`, `links`, `nodes`, `poured` and `copper`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects
from .units import TOUCH

if TYPE_CHECKING:
    from .derived import Derived

CHORD = 0.0015
"""mm: largest distance of a flattened curve of merged copper from the true one."""
_QUADS = np.array([2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64])


@dataclass(frozen=True, slots=True, eq=False)
class Copper:
    """The merged copper of one layer: disjoint polygons, each of one net."""

    part: Objects
    """Polygon, exterior counter-clockwise and holes clockwise in x-y terms: the copper is to the left of every edge."""
    net: Ints
    """Row in `Board.nets`, -1 for copper of no net."""
    cluster: Ints
    """The piece of touching copper, named by the row of one of its features; parts that only touch in a point share it."""
    region: Bools
    """Whether poured copper (a zone's fill, or a drawn polygon that is no footprint's) belongs to the part's cluster."""
    plain: Bools
    """The part is one feature alone."""

    @classmethod
    def join(cls, *some: Copper) -> Copper:
        """The parts of several, one after the other."""
        return cls(*(np.concatenate([getattr(c, f.name) for c in some]) for f in fields(cls)))


def components(n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> Ints:
    """Connected components of `n` nodes under the links a-b: the smallest member of each node's component.

    Labels are lowered along links and then along themselves (pointer jumping), which takes a few rounds, not n.
    """
    label = np.arange(n)
    a, b = np.asarray(a, np.int64), np.asarray(b, np.int64)
    while len(a):
        la, lb = label[a], label[b]
        open_ = la != lb
        if not open_.any():
            break
        a, b, la, lb = a[open_], b[open_], la[open_], lb[open_]
        np.minimum.at(label, np.maximum(la, lb), np.minimum(la, lb))
        while True:
            jumped = label[label]
            if (jumped == label).all():
                break
            label = jumped
    return label.astype(np.int32)


def is_region(board: Board, rows: Ints) -> Bools:
    """Whether features are poured copper: zone fills, and polygons drawn on the board (a footprint's are its land or logo)."""
    f = board.features
    drawn = (f.kind[rows] == Kind.GRAPHIC) & (f.component[rows] < 0) & np.isin(shapely.get_type_id(f.core[rows]), (3, 6))
    return np.asarray((f.kind[rows] == Kind.ZONE) | drawn, np.bool_)


def flattened(core: Objects, radius: Floats) -> Objects:
    """Polygons of the shapes, curves flattened finely enough for `CHORD` and no finer: most of a board's curves are small."""
    out = np.asarray(core, object).copy()
    for rows, loops in _capsules(core, radius):
        out[rows] = shapely.polygons(loops)
    for rows, quads in _others(core, radius):
        out[rows] = shape.polygons(core[rows], radius[rows], quad_segs=quads)
    return out


def outlines(core: Objects, radius: Floats) -> tuple[Objects, list[Floats]]:
    """What `flattened` gives as polygons, but discs and capsules as arrays N x K x 2 of open counter-clockwise rings."""
    out, left = np.asarray(core, object).copy(), np.ones(len(core), np.bool_)
    loops = []
    for rows, rings in _capsules(core, radius):
        loops.append(rings)
        left[rows] = False
    for rows, quads in _others(core, radius):
        out[rows] = shape.polygons(core[rows], radius[rows], quad_segs=quads)
    return out[left], loops


def _quads(radius: Floats) -> NDArray[np.int64]:
    """Chords a quarter turn that a radius takes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.arccos(np.clip(1 - CHORD / radius, 0.0, 1.0))
        need = np.where(half > 0, np.pi / 4 / half, 0)
    return np.asarray(_QUADS[np.minimum(np.searchsorted(_QUADS, need), len(_QUADS) - 1)], np.int64)


def _ends(core: Objects) -> Ints:
    """How many ends the axis of a shape has: 1 for a disc, 2 for a capsule, 0 for what is neither."""
    kind, coords = shapely.get_type_id(core), shapely.get_num_coordinates(core)
    straight = (kind == 1) & (coords == 2)
    straight[straight] = shapely.length(core[straight]) > 0
    return np.where(straight, 2, (kind == 0) & (coords == 1)).astype(np.int32)


def _others(core: Objects, radius: Floats) -> Iterator[tuple[NDArray[np.int64], int]]:
    """The shapes with a radius that are neither discs nor capsules, by their chords a quarter turn."""
    quads, other = _quads(radius), (radius > 0) & (_ends(core) == 0)
    for q in np.unique(quads[other]).tolist():
        yield np.flatnonzero(other & (quads == q)), q


def _capsules(core: Objects, radius: Floats) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Discs and capsules as open rings (N x K x 2), by their chords a quarter turn: 5 times faster than buffering."""
    quads, ends = _quads(radius), np.where(radius > 0, _ends(core), 0)
    for count in (1, 2):
        rows = np.flatnonzero(ends == count)
        xy = shapely.get_coordinates(core[rows]).reshape(-1, count, 2)
        for q in np.unique(quads[rows]).tolist():
            mine = quads[rows] == q
            yield rows[mine], _rings(xy[mine], radius[rows[mine]], q)


def _rings(ends: Floats, radius: Floats, quads: int) -> Floats:
    """Discs (`ends` N x 1 x 2) or capsules (N x 2 x 2), with `quads` chords a quarter turn."""
    along = ends[:, -1] - ends[:, 0] + [1e-300, 0.0]
    turn = np.arctan2(along[:, 1], along[:, 0])[:, None]
    half = np.linspace(-np.pi / 2, np.pi / 2, 2 * quads + 1)
    head, tail = turn + half, turn + half + np.pi

    disc = ends.shape[1] == 1
    if disc:  # of the disc's area, as in `shape.polygons`
        radius = radius * np.sqrt(np.pi / 2 / quads / np.sin(np.pi / 2 / quads))

    def cap(centre: Floats, angle: Floats) -> Floats:
        return np.asarray(centre[:, None] + radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))

    first, last = cap(ends[:, -1], head), cap(ends[:, 0], tail)
    if disc:  # both halves share their ends
        first, last = first[:, :-1], last[:, :-1]
    return np.concatenate([first, last], axis=1)


def merged(board: Board, rows: Ints, cluster: Ints, touching: tuple[Ints, Ints] | None = None) -> Copper:
    """Merge the features `rows` of one layer, within each piece of touching copper `cluster` (as from `clusters`).

    `touching` are the pairs of the layer's features that touch, where they are known: fills that touch none need no search.
    """
    f = board.features
    polygon = flattened(f.core[rows], f.radius[rows])
    order = np.flatnonzero(~shapely.is_empty(polygon) & np.isin(shapely.get_type_id(polygon), (3, 6)))
    order = order[np.argsort(cluster[order], kind="stable")]
    # Zone fills hold most vertices, so what lies wholly inside one never goes through a union.
    region = is_region(board, rows)
    lone = region & (shapely.get_type_id(polygon) == 3)
    if touching is None:
        lone[:] = False
    else:
        a, b = touching
        both = is_region(board, a) & is_region(board, b)
        lone &= ~np.isin(rows, np.r_[a[both], b[both]])
    bounds = np.flatnonzero(np.r_[True, np.diff(cluster[order]) != 0, True]) if len(order) else np.array([0])
    single = np.diff(bounds) == 1
    alone = order[bounds[:-1][single]]
    parts, of, plain = [polygon[alone]], [cluster[alone]], [np.ones(len(alone), np.bool_)]
    for start, end in zip(bounds[:-1][~single].tolist(), bounds[1:][~single].tolist()):
        members = order[start:end]
        poured = region[members]
        pieces = _union(polygon[members[~poured]], polygon[members[poured]], lone[members[poured]])
        parts.append(pieces)
        of.append(np.full(len(pieces), cluster[members[0]], np.int32))
        plain.append(np.zeros(len(pieces), np.bool_))
    merged_parts, owner = shapely.get_parts(np.concatenate(parts), return_index=True)
    cluster_of = np.concatenate(of)[owner].astype(np.int32)
    net_of, has_region = np.full(len(f), -1, np.int32), np.zeros(len(f), np.bool_)
    np.maximum.at(net_of, cluster, f.net[rows])
    has_region[cluster[region]] = True
    oriented = np.asarray(shapely.orient_polygons(merged_parts), object)
    return Copper(oriented, net_of[cluster_of], cluster_of, has_region[cluster_of], np.concatenate(plain)[owner])


def clusters(board: Board, rows: Ints, a: Ints, b: Ints) -> Ints:
    """Per feature in `rows` (of one layer, ascending) the row of one feature of the piece of touching copper that it is in."""
    place = np.full(len(board.features), -1, np.int64)
    place[rows] = np.arange(len(rows))
    return rows[components(len(rows), place[a], place[b])]


def _union(lands: Objects, poured: Objects, lone: Bools) -> Objects:
    """Disjoint polygons of the union of small shapes and poured ones; those of them that are `lone` meet none of the others."""
    if not len(poured):
        return np.asarray(shapely.get_parts(np.atleast_1d(shapely.union_all(lands))), object)
    big = poured[0] if len(poured) == 1 else _together(poured, lone)
    shapely.prepare(big)
    lands = lands[~shapely.contains_properly(big, lands)]
    small = shapely.get_parts(np.atleast_1d(shapely.union_all(lands)))
    rest = small[~shapely.covers(big, small)]
    if len(rest):
        big = shapely.union(big, rest[0] if len(rest) == 1 else shapely.multipolygons(rest))
    done = shapely.get_parts(np.atleast_1d(big))
    return np.asarray(done[shapely.get_type_id(done) == 3], object)


def _together(fills: Objects, lone: Bools) -> shapely.Geometry:
    """The union of fills. The islands of a zone's fill do not meet, and need none."""
    if lone.all():
        return shapely.multipolygons(fills)
    areas = shapely.get_parts(fills)
    i, j = shapely.STRtree(areas).query(areas, predicate="intersects")
    meet = np.zeros(len(areas), np.bool_)
    meet[i[i != j]] = True
    joined = shapely.get_parts(np.atleast_1d(shapely.union_all(areas[meet])))
    return shapely.multipolygons(np.r_[areas[~meet], joined])


def touching(board: Board, rows: Ints, pieces_core: Objects, pieces_radius: Floats, owner: Ints) -> tuple[Ints, Ints]:
    """Pairs of features of one layer that touch (within 1 nm): of one net, or one of them of none.

    `pieces_*` are the features cut up as in `Derived.pieces`. Features of two nets are kept apart even where they touch:
    that is a short, which other rules tell, and here each net must stay itself.
    """
    f = board.features
    if not len(rows):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    boxes = shape.boxes(pieces_core, pieces_radius, TOUCH / 2)
    i, j = shapely.STRtree(boxes).query(boxes)
    a, b = owner[i], owner[j]
    keep = (a < b) & ((f.net[a] == f.net[b]) | (f.net[a] < 0) | (f.net[b] < 0))
    i, j, a, b = i[keep], j[keep], a[keep], b[keep]
    meet = shape.distance(pieces_core[i], pieces_radius[i], pieces_core[j], pieces_radius[j]) <= TOUCH
    a, b = a[meet], b[meet]
    areas = rows[np.isin(shapely.get_type_id(f.core[rows]), (3, 6))]
    inside_a, inside_b = _inside(board, areas, rows)
    return np.r_[a, inside_a].astype(np.int32), np.r_[b, inside_b].astype(np.int32)


def _inside(board: Board, areas: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Pairs (area, feature) of one net, or one of none, of which the feature's first point lies in the area's polygon."""
    f = board.features
    if not len(areas):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    spot = _first_points(f.core[rows])
    hit_area, hit = shape.holding(shapely.bounds(f.core[areas]), spot)
    outer, inner = areas[hit_area], rows[hit]
    keep = (outer != inner) & ((f.net[outer] == f.net[inner]) | (f.net[outer] < 0) | (f.net[inner] < 0))
    outer, inner, hit = outer[keep], inner[keep], hit[keep]
    shapely.prepare(f.core[areas])
    within = shapely.intersects_xy(f.core[outer], spot[hit, 0], spot[hit, 1])
    return outer[within], inner[within]


def hole_links(board: Board) -> tuple[Ints, Ints]:
    """Pairs of features that are lands of one plated hole, on the layers that it spans."""
    f, holes = board.features, board.holes
    order = board.layers.order[f.layer]
    links_a, links_b = [], []
    for hole_of, feature_of, kind in ((holes.pad, f.pad, Kind.PAD), (holes.via, f.via, Kind.VIA)):
        plated = np.flatnonzero(holes.plated & (hole_of >= 0))
        size = int(max(hole_of.max(initial=-1), feature_of.max(initial=-1))) + 1
        hole = np.full(size, -1, np.int64)
        hole[hole_of[plated]] = plated
        lands = np.flatnonzero((f.kind == kind) & (order >= 0) & (feature_of >= 0))
        lands = lands[hole[feature_of[lands]] >= 0]
        at = hole[feature_of[lands]]
        reached = (order[lands] >= holes.first[at]) & (order[lands] <= holes.last[at])
        lands, at = lands[reached], at[reached]
        by_hole = np.argsort(at, kind="stable")
        lands, at = lands[by_hole], at[by_hole]
        same = at[1:] == at[:-1]
        links_a.append(lands[:-1][same])
        links_b.append(lands[1:][same])
    return np.concatenate(links_a).astype(np.int32), np.concatenate(links_b).astype(np.int32)


def fill_contacts(derived: Derived, tolerance: float) -> tuple[Ints, Ints, Floats]:
    """See `Derived.fill_contacts`. A fill keeps its clearance when it is made: a contact means it is older than the board."""
    board, f = derived.board, derived.board.features
    kinds = (Kind.PAD, Kind.VIA, Kind.TRACK, Kind.ARC)
    found = []
    for layer in board.copper_layers.tolist():
        pieces, rows = derived.pieces(layer), derived.copper_rows(layer)
        fills = rows[(f.kind[rows] == Kind.ZONE) & (f.net[rows] >= 0)]
        others = rows[np.isin(f.kind[rows], kinds) & (f.net[rows] >= 0)]
        edge = np.flatnonzero(np.isin(pieces.owner, fills))
        i, j = derived.tree(layer).query(shape.boxes(pieces.core[edge], pieces.radius[edge], tolerance))
        i = edge[i]
        keep = np.isin(pieces.owner[j], others) & (f.net[pieces.owner[i]] != f.net[pieces.owner[j]])
        i, j = i[keep], j[keep]
        d = shape.distance(pieces.core[i], pieces.radius[i], pieces.core[j], pieces.radius[j])
        near = d <= max(TOUCH, tolerance)
        i, j = i[near], j[near]
        outer, inner = _holding(f.core, fills, others, f.net)
        found.append(np.stack([np.r_[pieces.owner[i], outer], np.r_[pieces.owner[j], inner]]))
    pairs = np.unique(np.concatenate([np.empty((2, 0), np.int64), *found], axis=1), axis=1).astype(np.int32)
    fill, other = pairs[0], pairs[1]
    keep = derived.different_nets(fill, other)
    fill, other = fill[keep], other[keep]
    return fill, other, -shape.distance(f.core[fill], f.radius[fill], f.core[other], f.radius[other])


def fill_holes(derived: Derived, tolerance: float) -> tuple[Ints, Ints, Floats]:
    """See `Derived.fill_holes`."""
    board, f, holes = derived.board, derived.board.features, derived.board.holes
    found = []
    for layer in board.copper_layers.tolist():
        rows = derived.copper_rows(layer)
        fills = rows[(f.kind[rows] == Kind.ZONE) & (f.net[rows] >= 0)]
        order = board.layers.order[layer]
        through = np.flatnonzero((holes.first <= order) & (order <= holes.last) & (holes.radius > 0))
        if not len(fills) or not len(through):
            continue
        pieces = derived.pieces(layer)
        j, i = derived.tree(layer).query(shape.boxes(holes.core[through], holes.radius[through], tolerance))
        fill, hole = pieces.owner[i], through[j]
        keep = np.isin(fill, fills) & (f.net[fill] != holes.net[hole])
        fill, hole, i = fill[keep], hole[keep], i[keep]
        reach = f.radius[fill] + holes.radius[hole] + tolerance
        near = shapely.distance(pieces.core[i], holes.core[hole]) <= reach
        # A hole that no edge of the fill comes near may lie in it.
        spot = _first_points(holes.core[through])
        outer, inner = shape.holding(shapely.bounds(f.core[fills]), spot)
        keep = f.net[fills[outer]] != holes.net[through[inner]]
        outer, inner = outer[keep], inner[keep]
        shapely.prepare(f.core[fills])
        within = shapely.intersects_xy(f.core[fills[outer]], spot[inner, 0], spot[inner, 1])
        found.append(np.stack([np.r_[fill[near], fills[outer[within]]], np.r_[hole[near], through[inner[within]]]]))
    pairs = np.unique(np.concatenate([np.empty((2, 0), np.int64), *found], axis=1), axis=1).astype(np.int32)
    depth = -shape.distance(f.core[pairs[0]], f.radius[pairs[0]], holes.core[pairs[1]], holes.radius[pairs[1]])
    return pairs[0], pairs[1], depth


def _holding(core: Objects, areas: Ints, rows: Ints, net: Ints) -> tuple[Ints, Ints]:
    """Pairs (area, feature) of different nets of which the feature's first point lies in the area."""
    if not len(areas) or not len(rows):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    spot = _first_points(core[rows])
    i, j = shape.holding(shapely.bounds(core[areas]), spot)
    outer, inner = areas[i], rows[j]
    keep = net[outer] != net[inner]
    outer, inner, j = outer[keep], inner[keep], j[keep]
    shapely.prepare(core[areas])
    within = shapely.intersects_xy(core[outer], spot[j, 0], spot[j, 1])
    return outer[within], inner[within]


def holding(polygons: Objects, xy: Floats) -> tuple[Ints, Ints]:
    """Pairs (polygon, point) of polygons and the points (N x 2) in them or on their boundary."""
    polygon, point = shapely.STRtree(shapely.points(xy)).query(polygons, predicate="intersects")  # it prepares what it asks with
    return polygon.astype(np.int32), point.astype(np.int32)


def _first_points(core: Objects) -> Floats:
    xy, of = shapely.get_coordinates(core, return_index=True)
    return np.asarray(xy[np.searchsorted(of, np.arange(len(core)))], np.float64)
