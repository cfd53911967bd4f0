"""Distances of holes: to each other, to copper that is not theirs, to the board edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Kind
from ..check import Context, Measurements, check
from ..pieces import least
from ._reach import widening
from .gap import STALE
from .size import laser


@check("hole_to_hole", minima="same_net diff_net", maxima="identical_hits")
@widening(far=10.0)
def hole_to_hole(ctx: Context, reach: float) -> Measurements:
    """Web between two holes whose spans share a layer, edge to edge in mm at the sizes drawn.

    `diff_net` judges holes of different nets, `same_net` those of one net (a crack there is no short). Hits on one
    spot are counted by `identical_hits`. Rows of equal small holes that a board is broken off at are left out, pairs of
    half holes, which `castellated-hole` judges, and laser microvias, which no bit drills and which may be stacked.
    """
    holes = ctx.board.holes
    boxes = shape.boxes(holes.core, holes.radius, reach / 2)
    i, j = shape.meeting(boxes, boxes)
    keep = (i < j) & (holes.first[i] <= holes.last[j]) & (holes.first[j] <= holes.last[i])
    i, j = i[keep], j[keep]
    bites, halves, shot = ctx.board.derived.mouse_bites(), ctx.board.derived.castellated(), laser(ctx.board)
    keep = ~(bites[i] & bites[j]) & ~(halves[i] & halves[j]) & ~(shot[i] | shot[j])
    i, j = i[keep], j[keep]
    d = shape.distance(holes.core[i], holes.radius[i], holes.core[j], holes.radius[j])
    near = d < reach
    i, j, d = i[near], j[near], d[near]
    x, y = shape.witness(holes.core[i], holes.radius[i], holes.core[j], holes.radius[j])
    same = (holes.net[i] == holes.net[j]) & (holes.net[i] >= 0)
    param = np.where(same, "same_net", "diff_net").astype(object)
    detail = np.full(len(d), "", object)
    detail[d < 0] = "they overlap"
    round_ = shapely.length(holes.core) == 0
    spot = (shapely.distance(holes.core[i], holes.core[j]) < 1e-3) & round_[i] & round_[j]
    detail[spot] = "both are drilled at one spot"
    if "identical_hits" in ctx.judged():
        param[spot] = "identical_hits"
        d = np.where(spot, 1.0, d)
    inherent = (holes.component[i] == holes.component[j]) & (holes.component[i] >= 0)
    # A crack between holes of one net shorts nothing, and unplated hits of one footprint that overlap are meant as a slot.
    slot = inherent & (d < 0) & ~holes.plated[i] & ~holes.plated[j]
    detail[slot] = "they overlap; draw a slot instead"
    m = Measurements.of(
        d, checked=len(holes), param=param, a=holes.item[i], b=holes.item[j], x=x, y=y, kind_a=Kind.HOLE, kind_b=Kind.HOLE,
        inherent=inherent, detail=detail, soften=np.where((same & inherent) | slot, 1, 0),
    )  # fmt: skip
    return m.take(np.isin(param, ctx.judged()))


@check(
    "hole_to_copper", minima="npth via pth min tool", tunes="tool_allowance",
    args={"where": {"outer": "npth via pth", "inner": "min tool tool_allowance"}},
)  # fmt: skip
@widening(far=1.0)
def hole_to_copper(ctx: Context, reach: float) -> Measurements:
    """Distance in mm from a hole's edge, as drawn, to copper that it must not touch, on the outer or inner layers that it passes.

    For a plated hole that is copper of another net, for a non-plated one any copper except its own land. Rows of holes
    that a board is broken off at are left out, and on inner layers laser microvias, which do not wander.
    """
    board = ctx.board
    f, holes = board.features, board.holes
    reach += ctx.tune("tool_allowance") / 2 if "tool" in ctx.judged() else 0.0
    parts: list[Measurements] = []
    copper = board.copper_layers
    stale = board.derived.stale_zones()
    outer = ctx.rule.args["where"] == "outer"
    boxes = shape.boxes(holes.core, holes.radius, reach)
    left_out = board.derived.mouse_bites() if outer else board.derived.mouse_bites() | laser(board)
    passes = np.zeros(len(holes), np.bool_)
    for layer in copper.tolist():
        order = int(board.layers.order[layer])
        if outer != (order in (0, len(copper) - 1)):
            continue
        passes |= (holes.first <= order) & (order <= holes.last) & ~left_out
        pieces = board.derived.pieces(layer)
        if not len(pieces.core):
            continue
        drilled = np.flatnonzero((holes.first <= order) & (order <= holes.last) & ~left_out)
        i, j = board.derived.tree(layer).query(boxes[drilled])
        hole, piece = drilled[i], j
        row = pieces.owner[piece]
        keep = _foreign(board, hole, row)
        hole, piece, row = hole[keep], piece[keep], row[keep]
        d = shape.distance(holes.core[hole], holes.radius[hole], pieces.core[piece], f.radius[row])
        near = d < reach
        hole, row, d, core = hole[near], row[near], d[near], pieces.core[piece[near]]
        deep, area = _drilled_into(board, layer, drilled)
        hole, row = np.r_[hole, deep].astype(np.int64), np.r_[row, area].astype(np.int64)
        d, core = np.r_[d, -(holes.radius[deep] + f.radius[area])], np.r_[core, holes.core[deep]]
        hole, row, d, core = _nearest(hole, row, f.item[row], d, core)
        x, y = shape.witness(holes.core[hole], holes.radius[hole], core, f.radius[row])
        inherent = _one_part(holes.component[hole], f.component[row])
        kind = np.where(~holes.plated[hole], "npth", np.where(holes.via[hole] >= 0, "via", "pth")).astype(object)
        ways: list[tuple[Any, Any]] = [(d, kind if outer else np.full(len(d), "min", object))]
        if "tool" in ctx.judged():
            allowance = np.where(holes.plated[hole], ctx.tune("tool_allowance") / 2, 0.0)
            ways.append((d - allowance, np.full(len(d), "tool", object)))
        for value, param in ways:
            detail = np.where(param == "tool", "measured on the drilling tool", "").astype(object)
            old = np.isin(f.zone[row], stale)
            detail[old] = STALE
            m = Measurements.of(
                value, checked=0, param=param, a=holes.item[hole], b=f.item[row], x=x, y=y, layer=layer, kind_a=Kind.HOLE,
                inherent=inherent, detail=detail, soften=np.where(old & (value > 0), 2, 0),
            )  # fmt: skip
            parts.append(m.take(np.isin(param, ctx.judged())))
    return Measurements.join([*parts, Measurements.none(int(passes.sum()))])


def _foreign(board: Board, hole: Any, row: Any) -> Bools:
    """Whether paired features are copper that the hole must not touch."""
    f, holes = board.features, board.holes
    own = f.item[row] == holes.item[hole]
    same_net = (holes.net[hole] == f.net[row]) & ((holes.net[hole] >= 0) | _one_part(holes.component[hole], f.component[row]))
    same_net |= board.derived.adopts(f.item[row], holes.net[hole])
    return np.asarray(~own & ~(holes.plated[hole] & same_net), np.bool_)


def _drilled_into(board: Board, layer: int, drilled: Any) -> tuple[Any, Any]:
    """Holes in the middle of a filled area, away from its boundary: pairs of hole and feature rows."""
    i, area = board.derived.areas_at(layer, shapely.centroid(board.holes.core[drilled]))
    keep = _foreign(board, drilled[i], area)
    return drilled[i[keep]], area[keep]


def _one_part(a: Any, b: Any) -> Bools:
    return np.asarray((a == b) & (a >= 0), np.bool_)


def _nearest(hole: Any, row: Any, item: Any, d: Any, core: Any) -> tuple[Any, Any, Any, Any]:
    """Of the pieces of one item near one hole keep the nearest."""
    first = least(d, hole, item)
    return hole[first], row[first], d[first], core[first]


@check("hole_to_edge", minima="pth npth drill_dia_factor")
@widening(far=10.0)
def hole_to_edge(ctx: Context, reach: float) -> Measurements:
    """Distance in mm from a hole's edge, as drawn, to the centre line of the outline or of a cut-out.

    `drill_dia_factor` judges the same distance by the hole's diameter, two steps softer: a wide hole near the edge can
    be made, but cracks. Castellations and rows of break-off holes are at the edge on purpose and are left out, and so
    are holes beyond the edge and cut-outs that a hole swallows whole: there is no web between them.
    """
    board = ctx.board
    f, holes, edge = board.features, board.holes, board.derived.edge_pieces()
    by_size = "drill_dia_factor" in ctx.judged()
    factor = ctx.reach("drill_dia_factor") if by_size else 0.0
    rows = np.flatnonzero(~board.derived.castellated() & ~board.derived.mouse_bites())
    grow = np.maximum(reach, factor * 2 * holes.radius[rows])
    i, j = shape.meeting(shape.boxes(holes.core[rows], holes.radius[rows] + grow), shape.boxes(edge.core, edge.radius))
    hole = rows[i]
    d = shape.distance(holes.core[hole], holes.radius[hole], edge.core[j], 0.0)
    near = d < grow[i]
    hole, j, d = hole[near], j[near], d[near]
    row = edge.owner[j]
    beyond = (d >= 0) & ~shapely.intersects(board.outline, holes.core[hole])
    inside = np.flatnonzero(d < 0)
    swallowed = np.zeros(len(d), np.bool_)
    swallowed[inside] = shapely.covers(shapely.buffer(holes.core[hole[inside]], holes.radius[hole[inside]]), f.core[row[inside]])
    keep = ~beyond & ~swallowed
    hole, row, d, core = _nearest(hole[keep], row[keep], np.zeros(keep.sum()), d[keep], edge.core[j[keep]])
    x, y = shape.witness(holes.core[hole], holes.radius[hole], core, 0.0)
    param = np.where(holes.plated[hole], "pth", "npth").astype(object)
    columns = {"a": holes.item[hole], "b": f.item[row], "x": x, "y": y, "kind_a": Kind.HOLE,
               "inherent": _one_part(holes.component[hole], f.component[row])}  # fmt: skip
    m = Measurements.of(d, checked=len(rows), param=param, **columns)
    if by_size:
        with np.errstate(divide="ignore"):
            ratio = d / (2 * holes.radius[hole])
        sized = Measurements.of(ratio, checked=0, param="drill_dia_factor", soften=2, detail="times its diameter", **columns)
        m = Measurements.join([m, sized])
    return m.take(np.isin(m.param, ctx.judged()))
