"""Rings of copper around plated holes, exact for every shape of land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects

FINE = 64
"""Segments per quarter circle where lands must be merged: an arc of 1 mm radius is true to 0.2 µm."""


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """One row per plated hole and layer on which the hole has a land."""

    hole: Ints
    """Row in `Board.holes`."""
    layer: Ints
    value: Floats
    """mm: smallest distance from the hole's edge to the land's edge. Below 0 the hole breaks out of its land."""

    def take(self, rows: Bools | Ints) -> Rings:
        return Rings(self.hole[rows], self.layer[rows], self.value[rows])


def rings(board: Board, layers: Ints) -> Rings:
    """The annular ring of every plated hole on the given copper layers, at the sizes drawn.

    A land is the copper of the hole's own pad or via on that layer, with what other pads of the component and net add
    where they touch it (a thermal hole in an exposed pad has that pad as its land). Where the board edge cuts a
    castellated hole, only the ring that stays on the board counts.
    """
    f, holes = board.features, board.holes
    hole, row = _lands(board, layers)
    more_hole, more_row = _siblings(board, hole, row)
    hole, row = np.r_[hole, more_hole], np.r_[row, more_row]
    order = np.lexsort((row, f.layer[row], hole))
    hole, row = hole[order], row[order]
    first = np.flatnonzero(np.r_[len(hole) > 0, (hole[1:] != hole[:-1]) | (f.layer[row[1:]] != f.layer[row[:-1]])][: len(hole)])
    simple = convex(f.core[row])
    depth = np.full(len(row), -np.inf)
    depth[simple] = _depth(f.core[row[simple]], f.radius[row[simple]], holes.core[hole[simple]])
    value = np.maximum.reduceat(depth, first) if len(first) else np.empty(0)
    size = np.diff(np.r_[first, len(row)])
    cut = board.derived.castellated()[hole[first]] & (not board.outline.is_empty)
    for g in np.flatnonzero((size > 1) | ~simple[first] | cut):
        rows = row[first[g] : first[g] + size[g]]
        h = hole[first[g]]
        outline = board.outline if cut[g] else None
        merged = _merged_depth(f.core[rows], f.radius[rows], holes.core[h], float(holes.radius[h]), outline)
        # Merging flattens arcs; where one convex piece is the whole reason, its own depth is exact.
        flattening = 2e-4 * float(f.radius[rows].max(initial=0))
        value[g] = value[g] if abs(merged - value[g]) <= flattening else merged
    found = np.isfinite(value)
    return Rings(hole[first][found], f.layer[row[first]][found], value[found] - holes.radius[hole[first]][found])


def ring_in_planes(board: Board, ring: Rings, reach: float) -> Floats:
    """The rings' values, where a filled zone of the hole's own net meets the barrel directly: at least that of the plane.

    A plane whose edge is farther from the hole than `reach` gives an infinite value.
    """
    f, holes = board.features, board.holes
    value = ring.value.copy()
    low = np.flatnonzero((ring.value < reach) & (holes.net[ring.hole] >= 0))
    for layer in np.unique(ring.layer[low]).tolist():
        rows = low[ring.layer[low] == layer]
        core, radius = holes.core[ring.hole[rows]], holes.radius[ring.hole[rows]]
        fills = np.flatnonzero((f.layer == layer) & (f.kind == Kind.ZONE) & np.isin(shapely.get_type_id(f.core), (3, 6)))
        i, j = shapely.STRtree(f.core[fills]).query(core, predicate="within")
        own = f.net[fills[j]] == holes.net[ring.hole[rows[i]]]
        i, fill = i[own], fills[j[own]]
        plane = np.full(len(i), np.inf)
        pieces = board.derived.pieces(layer)
        k, piece = board.derived.tree(layer).query(shape.boxes(core[i], radius[i] + reach))
        edge = pieces.owner[piece] == fill[k]
        k, piece = k[edge], piece[edge]
        np.minimum.at(plane, k, shapely.distance(core[i[k]], pieces.core[piece]) + pieces.radius[piece] - radius[i[k]])
        np.maximum.at(value, rows[i], np.where(plane < reach, plane, np.inf))
    return value


def convex(core: Objects) -> Bools:
    """Which cores are convex: points, straight segments, and polygons that equal their hull."""
    kind, n = shapely.get_type_id(core), shapely.get_num_coordinates(core)
    out = (kind == 0) | ((kind == 1) & (n == 2))
    areas = np.flatnonzero(kind == 3)
    hull = shapely.area(shapely.convex_hull(core[areas]))
    out[areas] = (shapely.get_num_interior_rings(core[areas]) == 0) & (hull - shapely.area(core[areas]) <= 1e-9 * hull)
    return np.asarray(out, np.bool_)


def _lands(board: Board, layers: Ints) -> tuple[Ints, Ints]:
    """Pairs (hole, feature) of plated holes and their own copper on the layers, within the holes' spans."""
    f, holes = board.features, board.holes
    hole_of = np.full(len(board.items), -1, np.int32)
    plated = np.flatnonzero(holes.plated)
    hole_of[holes.item[plated]] = plated
    row = np.flatnonzero(np.isin(f.layer, layers) & ((f.kind == Kind.PAD) | (f.kind == Kind.VIA))).astype(np.int32)
    hole = hole_of[f.item[row]]
    row, hole = row[hole >= 0], hole[hole >= 0]
    order = board.layers.order[f.layer[row]]
    passes = (holes.first[hole] <= order) & (order <= holes.last[hole])
    return hole[passes], row[passes]


def _siblings(board: Board, hole: Ints, row: Ints) -> tuple[Ints, Ints]:
    """Pairs (hole, feature): copper of other pads of the same component and net that touches the hole's own land.

    Pads of a film whose parts nothing names count as of one component.
    """
    f, pads = board.features, board.pads
    mine = np.flatnonzero(f.kind[row] == Kind.PAD)
    parts = np.unique(f.component[row[mine]])
    layers = np.unique(f.layer[row])
    others = np.flatnonzero((f.kind == Kind.PAD) & np.isin(f.component, parts) & np.isin(f.layer, layers)).astype(np.int32)
    boxes = shape.boxes(f.core[others], f.radius[others])
    i, j = shape.meeting(shape.boxes(f.core[row[mine]], f.radius[row[mine]]), boxes)
    land, other, owner = row[mine][i], others[j], hole[mine][i]
    keep = (f.component[land] == f.component[other]) & (f.layer[land] == f.layer[other]) & (f.item[land] != f.item[other])
    land, other, owner = land[keep], other[keep], owner[keep]
    number = np.append(pads.number, "")
    one_name = (number[f.pad[land]] == number[f.pad[other]]) & (number[f.pad[land]] != "")
    keep = (f.net[land] == f.net[other]) & ((f.net[land] >= 0) | one_name)
    land, other, owner = land[keep], other[keep], owner[keep]
    touch = shape.distance(f.core[land], f.radius[land], f.core[other], f.radius[other]) <= 0
    pairs = np.unique(np.stack([owner[touch], other[touch]]), axis=1)
    return pairs[0].astype(np.int32), pairs[1].astype(np.int32)


def _depth(core: Objects, radius: Floats, hole: Objects) -> Floats:
    """How deep the axes of holes lie inside convex lands: the least distance to the land's edge, below 0 outside.

    The signed distance to a convex shape is convex, so along an axis it is largest at a vertex.
    """
    xy, of = shapely.get_coordinates(hole, return_index=True)
    if not len(of):
        return np.empty(0)
    points, lands = shapely.points(xy), core[of]
    outside = shapely.distance(lands, points)
    inside = np.flatnonzero((outside == 0) & (shapely.get_type_id(lands) == 3))
    outside[inside] = -shapely.distance(shapely.boundary(lands[inside]), points[inside])
    start = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    return np.asarray(radius - np.maximum.reduceat(outside, start), np.float64)


def _merged_depth(
    core: Objects, radius: Floats, hole: shapely.Geometry, hole_radius: float, outline: shapely.Geometry | None
) -> float:
    """`_depth` of one hole in the union of the pieces; infinite where no edge of the land is on the board."""
    land = shapely.union_all(shape.polygons(core, radius, quad_segs=FINE))
    drilled = shapely.buffer(hole, hole_radius * (1 + 1e-4) + 1e-6, quad_segs=FINE)
    voids = [shapely.Polygon(ring) for part in shapely.get_parts(land) if part.geom_type == "Polygon" for ring in part.interiors]
    land = shapely.union_all([land, *(v for v in voids if drilled.covers(v))])  # a void that the drill takes anyway
    if outline is not None:
        x0, y0, x1, y1 = shapely.union(land, drilled).bounds
        bare = shapely.difference(shapely.intersection(outline, shapely.box(x0 - 1, y0 - 1, x1 + 1, y1 + 1)), land)
        return float("inf") if bare.is_empty else float(shapely.distance(hole, bare))
    if land.covers(hole):
        return float(shapely.distance(hole, land.boundary))
    axis = shapely.points(shapely.get_coordinates(shapely.segmentize(hole, max(hole_radius / 8, 1e-3))))
    return -float(shapely.distance(axis, land).max())
