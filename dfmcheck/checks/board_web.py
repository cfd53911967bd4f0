"""Narrow strips of laminate, which break in handling and bend in reflow."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Floats, Ints, Kind
from ..check import Context, Measurements, Skip, check
from ..strips import strips
from ..units import above, below, show

_LARGE = 2.0
"""mm; holes at least this wide or slots at least this long weaken the board as a cut-out does."""
_PERFORATION = 1.1
"""mm; largest hole of a row along which a board is broken off."""
_SLENDER = 3.0
"""mm; a strip up to this width is judged by its slenderness."""


@check("outline.web", minima="web_min web_min_x_thickness", maxima="slender_ratio_max", beside=True)
def board_web(ctx: Context) -> Measurements:
    """Narrowest place in mm of each strip of laminate between outline, cut-outs and holes of at least 2 mm, with its length.

    `web_min_x_thickness` judges the width over the board's thickness, `slender_ratio_max` the length over the width; a
    strip is told by the first of the three that it breaches. Left out are strips that small holes perforate (break-off
    tabs), half holes at the edge, and what a round hole leaves beside it over less than twice the width, which
    `hole-to-edge` and `hole-to-hole` judge.
    """
    board = ctx.board
    holes = _large_holes(board)
    thick = board.thickness if board.thickness > 0 else np.nan
    judged_by = [p for p in ctx.judged() if p != "web_min_x_thickness" or thick > 0]
    if not judged_by:
        raise Skip("the design does not tell the board's thickness, over which the profile judges the width")
    by_thickness = ctx.reach("web_min_x_thickness") * thick
    widest = {"web_min": ctx.reach("web_min"), "web_min_x_thickness": by_thickness, "slender_ratio_max": _SLENDER}
    reach = max(widest[p] for p in judged_by)
    cut = shape.polygons(board.holes.core[holes], board.holes.radius[holes], quad_segs=32)
    laminate = shapely.difference(board.outline, shapely.union_all(cut))
    checked = int(shapely.get_num_interior_rings(shapely.get_parts(laminate)).sum()) + len(board.outline.geoms)
    found = strips(laminate, reach)
    middle = (found.start + found.end) / 2
    one, kind_one, off_one = _side(board, holes, found.start)
    two, kind_two, off_two = _side(board, holes, found.end)
    width = found.width + off_one + off_two
    long, wide = ([show(v, "mm") for v in column] for column in (found.length, width))
    judged = {
        "web_min": (width, "a strip of laminate, {long} long, has a width of"),
        "web_min_x_thickness": (width / thick, "a strip of laminate, {wide} wide, has a width over thickness of"),
        "slender_ratio_max": (found.length / width, "a strip of laminate, {wide} wide, has a length over width of"),
    }
    left = ((kind_one != Kind.HOLE) & (kind_two != Kind.HOLE)) | (found.length >= 2 * width)
    left &= ~_perforated(board, middle, width)
    parts = [Measurements.none(checked, worst=width[left].min(initial=np.inf) if left.any() else np.nan)]
    for param in judged_by:
        value, text = judged[param]
        bounds = [v for v in (ctx.limits[param].value, ctx.limits[param].prefer) if v is not None]
        bad = above(value, min(bounds)) if param == "slender_ratio_max" else below(value, max(bounds))
        rows = np.flatnonzero(left & bad)
        left[rows] = False
        m = Measurements.of(
            value[rows], checked=0, param=param, a=one[rows], b=two[rows], x=middle[rows, 0], y=middle[rows, 1], cause="*strip",
            kind_a=kind_one[rows], kind_b=kind_two[rows], detail=[text.format(long=long[k], wide=wide[k]) for k in rows],
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
    """Strips along which the board is broken off: two or more small holes without plating lie in them or beside them."""
    holes = board.holes
    small = np.flatnonzero(~holes.plated & (2 * holes.radius <= _PERFORATION))
    tree = shapely.STRtree(holes.core[small])
    strip, _ = tree.query(shapely.points(middle), predicate="dwithin", distance=width / 2 + _PERFORATION)
    return np.bincount(strip, minlength=len(middle)) >= 2


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
