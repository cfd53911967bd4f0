"""Ceramic capacitors where the board bends: at scores, tabs, slot ends, screws and press-fit pins."""

from __future__ import annotations

import re

import numpy as np
import shapely

from .. import around, shape
from ..board import Board, Bools, Floats, Ints, Objects
from ..check import Context, Measurements, Skip, check
from ..chips import ceramic_capacitors
from .size import by_limit

_LARGE = frozenset({"0805", "1206", "1210", "1808", "1812", "1825", "2010", "2220", "2225", "2512"})
_YIELDING = re.compile("soft", re.IGNORECASE)
"""Terminations that give way."""
_SLOT = 5.0
"""mm; slots and cut-outs from this length on weaken the board at their ends."""
_NARROW = 0.6
"""A cut-out is a slot if it is no wider than this share of its length."""
_CUT = 0.5
"""mm of air on the way from a capacitor to a break line from which on a slot parts them."""


@check("mlcc_breakline", minima="parallel_min perpendicular_min screw_min")
def mlcc_breakline(ctx: Context) -> Measurements:
    """Distance in mm from each ceramic capacitor of 0805 or larger to where the board is bent.

    `parallel_min` judges the distance to a score, a tab or the end of a slot along which the capacitor lies (its long axis
    within 45 degrees), `perpendicular_min` to one across it, `screw_min` to the holes of screws and press-fit pins. A slot
    between the two relieves the capacitor. Raises `Skip` where the design tells of nothing of the kind: how its maker's
    panel is parted is not known.
    """
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    rows = ceramics(board, around.standing(board))
    bend, radius, heading, item, words = _bends(board)
    screw, screw_radius, screw_item, doubtful = _screws(board)
    if not len(bend) and not len(screw):
        raise Skip(
            "the design tells of no score, tab, slot, screw or press-fit pin: how the maker's panel is parted is not known"
        )
    found = []
    axis, _ = around.axes(board, rows)
    reach = ctx.reach("parallel_min", "perpendicular_min") + radius.max(initial=0.0)
    i, j, distance = around.near(parts.envelope[rows], bend, reach)
    distance = distance - radius[j]
    free = ~_parted(board, parts.envelope[rows[i]], bend[j])
    i, j, distance = i[free], j[free], distance[free]
    angle = around.between(axis[i], heading[j])
    param = np.where(angle < 45, "parallel_min", "perpendicular_min").astype(object)
    detail = [f"{word}, at {turn:.0f} degrees to the long axis" for word, turn in zip(words[j], angle)]
    sure = np.zeros(len(i), np.bool_)
    found.append((rows[i], bend[j], radius[j], item[j], distance, param, np.array(detail, object), sure))
    i, j, distance = around.near(parts.envelope[rows], screw, ctx.reach("screw_min") + screw_radius.max(initial=0.0))
    words = np.full(len(i), "a screw or a press-fit pin", object)
    param = np.full(len(i), "screw_min", object)
    found.append((rows[i], screw[j], screw_radius[j], screw_item[j], distance - screw_radius[j], param, words, doubtful[j]))
    a, core, r, b, distance, param, detail_, unsure = (np.concatenate(column) for column in zip(*found))
    x, y = shape.witness(parts.envelope[a], 0.0, core, r)
    unsure |= around.guessed(board, a)
    m = Measurements.of(
        distance, checked=len(rows), param=param, a=c.item[a], b=b, x=x, y=y, layer=board.outer_layer(c.side[a]),
        inferred=unsure, soften=unsure.astype(np.int32), cause=by_limit(ctx, param, distance, "*" + param), detail=detail_,
    )  # fmt: skip
    return m.take(np.isin(param, ctx.judged()))


def ceramics(board: Board, rows: Ints) -> Ints:
    """Those of the components that are ceramic capacitors of 0805 or larger."""
    c, parts = board.components, board.derived.parts()
    mask: Bools = np.isin(parts.size[rows].astype(str), list(_LARGE)) & ceramic_capacitors(board)[rows]
    mask &= ~around.named(c.footprint[rows], _YIELDING) & ~around.named(c.value[rows], _YIELDING)
    return rows[mask]


def _bends(board: Board) -> tuple[Objects, Floats, Floats, Ints, Objects]:
    """Lines and points where the board is bent: cores, radii, headings in degrees, items and what they are."""
    lines, holes = board.derived.breaklines(), board.holes
    slots = np.flatnonzero(
        ~holes.plated & (shapely.length(holes.core) + 2 * holes.radius >= _SLOT) & (shapely.length(holes.core) > 0)
    )
    ends = np.r_[shapely.get_point(holes.core[slots], 0), shapely.get_point(holes.core[slots], -1)]
    cut, cut_heading = _cutouts(board)
    core = np.concatenate([lines.core, ends, cut]).astype(object)
    words = [f"a {method}" if method == "score" else "a break-off tab" for method in lines.method]
    words += ["the end of a slot"] * (len(ends) + len(cut))
    return (
        core,
        np.r_[np.zeros(len(lines)), np.tile(holes.radius[slots], 2), np.zeros(len(cut))],
        np.r_[around.headings(lines.core), np.tile(around.headings(holes.core[slots]), 2), cut_heading],
        np.r_[lines.item, np.tile(holes.item[slots], 2), np.full(len(cut), -1)].astype(np.int32),
        np.array(words, object),
    )


def _cutouts(board: Board) -> tuple[Objects, Floats]:
    """Ends of the narrow cut-outs of the board, as the short sides of the rectangles around them, and the slots' headings."""
    rings = [ring for area in board.outline.geoms for ring in area.interiors]
    if not rings:
        return np.empty(0, object), np.empty(0)
    xy = shapely.get_coordinates(shapely.oriented_envelope(np.array(rings, object))).reshape(-1, 5, 2)
    length = np.hypot(*(xy[:, 1:3] - xy[:, :2]).transpose(2, 0, 1))
    turned = length[:, 0] > length[:, 1]  # then the sides from corners 1 and 3 on are the short ones
    narrow = (length.max(axis=1) >= _SLOT) & (length.min(axis=1) <= _NARROW * length.max(axis=1))
    xy, turned = xy[narrow], turned[narrow]
    k, n = np.where(turned, 1, 0), np.arange(len(xy))
    ends = np.concatenate([np.stack([xy[n, k], xy[n, k + 1]], axis=1), np.stack([xy[n, k + 2], xy[n, (k + 3) % 4]], axis=1)])
    lines = shapely.linestrings(ends) if len(ends) else np.empty(0, object)
    return lines, (around.headings(lines) + 90) % 180 if len(lines) else np.empty(0)


def _screws(board: Board) -> tuple[Objects, Floats, Ints, Bools]:
    """Cores, radii and items of the holes, and which of them no name calls a screw's."""
    holes, pads = board.holes, board.pads
    pressed = np.flatnonzero(np.append(pads.property == "pressfit", False)[holes.pad])
    rows = np.union1d(around.screw_holes(board, nuts=True), pressed).astype(np.int32)
    doubtful = around.nameless(board, rows) & ~np.isin(rows, pressed)
    return holes.core[rows], holes.radius[rows], holes.item[rows], doubtful


def _parted(board: Board, areas: Objects, lines: Objects) -> Bools:
    """Whether the way from each area to its line leads across a slot or a gap between boards."""
    if board.outline.is_empty or not len(areas):
        return np.zeros(len(areas), np.bool_)
    way = shapely.shortest_line(areas, lines)
    return np.asarray(shapely.length(shapely.difference(way, board.outline)) > _CUT, np.bool_)
