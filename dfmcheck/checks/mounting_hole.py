"""Room for the head of a screw, and holes that are drilled inside another part's courtyard."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import around, shape
from ..board import Board, Bools, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, check
from .mlcc_breakline import ceramics

_TOUCH = 0.005
"""mm by which courtyards are taken smaller, as `courtyard` does: what only touches is in no one's way."""


@check("mounting_hole", minima="extra mlcc_extra", tunes="head_to_hole_ratio")
def mounting_hole(ctx: Context) -> Measurements:
    """Distance in mm from the head of each screw to bodies, and on outer layers to tracks and vias of another net.

    The head is a circle of `head_to_hole_ratio` times the hole's diameter on both sides; a value below 0 lies under it.
    `extra` judges all that, `mlcc_extra` ceramic capacitors of 0805 or larger. What is near the head but not under it is one
    step softer, and so is what is near a hole that no name calls a mounting hole. Besides, a hole of any part that is drilled
    inside the courtyard of another is told, unless both courtyards overlap, which `courtyard` tells: a warning for a hole
    without plating, a note for a plated one and for holes along which a board is broken off.
    """
    board = ctx.board
    holes = around.screw_holes(board)
    head = board.holes.radius[holes] * ctx.tune("head_to_hole_ratio")
    found = [Measurements.none(len(holes)), _drilled(board)]
    if len(holes):
        found += [_bodies(ctx, holes, head), _copper(ctx, holes, head)]
    return Measurements.join(found)


def _bodies(ctx: Context, holes: Ints, head: Floats) -> Measurements:
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    rows = around.standing(board)
    core = board.holes.core[holes]
    i, j, distance = around.near(core, parts.envelope[rows], head + ctx.reach())
    hole, b, distance = holes[i], rows[j], distance - head[i]
    brittle = np.isin(b, ceramics(board, rows)) & ("mlcc_extra" in ctx.judged())
    other = board.holes.component[hole] != b
    hole, b, distance, brittle, i = hole[other], b[other], distance[other], brittle[other], i[other]
    x, y = shape.witness(core[i], head[i], parts.envelope[b], 0.0)
    under, unsure = distance < 0, around.guessed(board, b) | around.nameless(board, hole)
    m = Measurements.of(
        distance, checked=0, param=np.where(brittle, "mlcc_extra", "extra"), a=c.item[b], b=board.holes.item[hole], x=x, y=y,
        layer=board.outer_layer(c.side[b]), inferred=unsure, soften=(~under).astype(np.int32) + unsure, cause="*parts",
        kind_b=Kind.HOLE, detail=_words(head[i]),
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))


def _copper(ctx: Context, holes: Ints, head: Floats) -> Measurements:
    """Tracks and vias of another net on the outer layers."""
    board, f = ctx.board, ctx.board.features
    found = []
    if "extra" not in ctx.judged():
        return Measurements.none(0)
    core, net = board.holes.core[holes], board.holes.net[holes]
    zones = shape.boxes(core, head, ctx.reach("extra"))
    for layer in np.unique(board.copper_layers[[0, -1]]).tolist() if len(board.copper_layers) else ():
        pieces = board.derived.pieces(layer)
        i, j = board.derived.tree(layer).query(zones)
        row = pieces.owner[j]
        foreign = np.isin(f.kind[row], (Kind.TRACK, Kind.ARC, Kind.VIA)) & ((f.net[row] != net[i]) | (net[i] < 0))
        i, row = i[foreign], row[foreign]
        _, once = np.unique(np.stack([i, row]), axis=1, return_index=True)
        i, row = i[once], row[once]
        distance = shape.distance(core[i], head[i], f.core[row], f.radius[row])
        # One row a hole and net: the nearest piece.
        order = np.lexsort((row, np.round(distance, 6), f.net[row], i))
        key = np.stack([i[order], f.net[row[order]]])
        first = order[np.r_[True, (key[:, 1:] != key[:, :-1]).any(axis=0)]] if len(order) else order
        i, row, distance = i[first], row[first], distance[first]
        x, y = shape.witness(core[i], head[i], f.core[row], f.radius[row])
        found.append(Measurements.of(
            distance, checked=0, param="extra", a=f.item[row], b=board.holes.item[holes[i]], x=x, y=y, layer=layer,
            soften=(distance >= 0).astype(np.int32) + around.nameless(board, holes[i]), cause="*copper", kind_b=Kind.HOLE,
            detail=_words(head[i]),
        ))  # fmt: skip
    return Measurements.join(found) if found else Measurements.none(0)


def _words(head: Floats) -> list[str]:
    return [f"of {2 * r:.1f} mm" for r in head]


def _drilled(board: Board) -> Measurements:
    """Holes of parts that are drilled inside another part's courtyard."""
    c, holes = board.components, board.holes
    rows = np.flatnonzero((holes.component >= 0) & (holes.pad >= 0)).astype(np.int32)
    if "courtyards" not in board.facts or not len(rows):
        return Measurements.none(0)
    found = [Measurements.none(len(rows))]
    for side, column in enumerate((c.courtyard_top, c.courtyard_bottom)):
        owner = np.flatnonzero([area is not None and not area.is_empty for area in column])
        if not len(owner):
            continue
        i, j = shapely.STRtree(column[owner]).query(holes.core[rows], predicate="dwithin", distance=holes.radius[rows])
        hole, other = rows[i], owner[j].astype(np.int32)
        keep = holes.component[hole] != other
        hole, other = hole[keep], other[keep]
        inside = ~_overlapping(column, holes.component[hole], other)
        hole, other = hole[inside], other[inside]
        x, y = shapely.get_x(shapely.centroid(holes.core[hole])), shapely.get_y(shapely.centroid(holes.core[hole]))
        plated, bites = holes.plated[hole], board.derived.mouse_bites()[hole]
        unfitted = ~board.derived.parts().fitted[other]
        found.append(Measurements.of(
            np.full(len(hole), np.nan), checked=0, param="", a=holes.item[hole], b=c.item[other], x=x, y=y,
            layer=board.outer_layer(np.full(len(hole), side)), soften=(plated | bites | unfitted).astype(np.int32),
            cause=np.where(plated, "*plated hole in a courtyard", "*hole in a courtyard"), kind_a=Kind.HOLE,
            detail=[f"drilled inside the courtyard of {name}" for name in around.names(board, other)],
        ))  # fmt: skip
    return Measurements.join(found)


def _overlapping(column: Objects, a: Ints, b: Ints) -> Bools:
    """Whether the courtyards of two components overlap on this side."""
    out = np.zeros(len(a), np.bool_)
    both = np.flatnonzero([area is not None and not area.is_empty for area in column[a]])
    one: Any = shapely.buffer(column[a[both]], -_TOUCH, join_style="mitre")
    out[both] = shapely.intersects(one, column[b[both]])
    return out
