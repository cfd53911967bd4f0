"""Narrow strips of laminate, which break in handling and bend in reflow."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Floats, Ints, Kind
from ..check import Context, Measurements, check
from ..strips import Strips, strips
from ..units import show

_LARGE = 2.0
"""mm; holes at least this wide or slots at least this long weaken the board as a cut-out does."""
_SLENDER_REACH = 2.0
"""A strip up to this many times the smallest allowed width is judged by its slenderness too."""


@check("outline.web")
def board_web(ctx: Context) -> Measurements:
    """Narrowest place in mm of each strip of laminate between outline, cut-outs and holes of at least 2 mm, with its length.

    `web_min_x_thickness` judges the width over the board's thickness, `slender_ratio_max` the length over the width.
    Left out are strips that a row of small holes perforates (break-off tabs), and half holes at the edge.
    """
    board = ctx.board
    holes = _large_holes(board)
    reach = ctx.reach("web_min")
    thick = board.thickness if np.isfinite(board.thickness) else 0.0
    reach = max(reach, ctx.reach("web_min_x_thickness") * thick)
    if "slender_ratio_max" in ctx.judged():
        reach *= _SLENDER_REACH
    cut = shape.polygons(board.holes.core[holes], board.holes.radius[holes], quad_segs=64)
    laminate = shapely.difference(board.outline, shapely.union_all(cut))
    found = strips(laminate, reach)
    checked = int(shapely.get_num_interior_rings(shapely.get_parts(laminate)).sum()) + len(board.outline.geoms)
    middle = (found.start + found.end) / 2
    found, middle = _keep(found, middle, ~_perforated(board, middle, found.width))
    one, kind_one, width_one = _side(board, holes, found.start)
    two, kind_two, width_two = _side(board, holes, found.end)
    width = found.width + width_one + width_two
    long, wide = ([show(v, "mm") for v in column] for column in (found.length, width))
    judged = {
        "web_min": (width, "a strip of laminate, {long} long, has a width of"),
        "web_min_x_thickness": (width / (thick or np.inf), "a strip of laminate, {wide} wide, has a width over thickness of"),
        "slender_ratio_max": (found.length / width, "a strip of laminate, {wide} wide, has a length over width of"),
    }
    parts = [Measurements.none(checked)]
    for param in ctx.judged():
        if param == "web_min_x_thickness" and not thick:
            continue
        value, text = judged[param]
        detail = [text.format(long=n, wide=w) for n, w in zip(long, wide)]
        m = Measurements.of(
            value, checked=0, param=param, a=one, b=two, x=middle[:, 0], y=middle[:, 1], kind_a=kind_one, kind_b=kind_two,
            detail=detail,
        )  # fmt: skip
        parts.append(m)
    return Measurements.join(parts)


def _large_holes(board: Board) -> Ints:
    """Rows of the holes that count as cut-outs, inside the board."""
    holes = board.holes
    size = 2 * holes.radius + shapely.length(holes.core)
    rows = np.flatnonzero(size >= _LARGE)
    rim = shapely.boundary(board.outline)
    inside = shapely.distance(holes.core[rows], rim) > holes.radius[rows]
    return np.asarray(rows[inside], np.int32)


def _perforated(board: Board, middle: Floats, width: Floats) -> Any:
    """Strips along which the board is broken off: a row of small holes lies in them or beside them."""
    bites = board.derived.mouse_bites()
    hit = np.zeros(len(middle), np.bool_)
    if bites.any() and len(middle):
        tree = shapely.STRtree(board.holes.core[bites])
        near, _ = tree.query(shapely.points(middle), predicate="dwithin", distance=width / 2 + 1.0)
        hit[near] = True
    return hit


def _keep(found: Strips, middle: Floats, rows: Any) -> tuple[Strips, Floats]:
    return Strips(found.width[rows], found.length[rows], found.start[rows], found.end[rows]), middle[rows]


def _side(board: Board, holes: Ints, points: Floats) -> tuple[Ints, Ints, Floats]:
    """Item and kind of the edge or hole on which each point lies, and how far the point is off the true circle of a hole."""
    edge, f = board.derived.edge_pieces(), board.features
    core = np.concatenate([edge.core, board.holes.core[holes]])
    radius = np.concatenate([np.zeros(len(edge.core)), board.holes.radius[holes]])
    item = np.concatenate([f.item[edge.owner], board.holes.item[holes]])
    at = shapely.points(points)
    reach = float(radius.max(initial=0.0)) + 0.05
    i, j = shapely.STRtree(core).query(at, predicate="dwithin", distance=reach)
    off = shapely.distance(at[i], core[j]) - radius[j]
    order = np.lexsort((np.abs(off), i))
    first = order[np.r_[True, i[order][1:] != i[order][:-1]]] if len(order) else order
    who = np.full(len(points), -1, np.int32)
    kind = np.full(len(points), -1, np.int32)
    extra = np.zeros(len(points))
    who[i[first]] = item[j[first]]
    is_hole = j[first] >= len(edge.core)
    kind[i[first][is_hole]] = Kind.HOLE
    extra[i[first][is_hole]] = off[first][is_hole]
    return who, kind, extra
