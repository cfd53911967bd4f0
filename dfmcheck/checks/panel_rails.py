"""Rails: the straight free edges by which a machine holds a panel."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Board, Floats
from ..check import Context, Measurements, check
from ..panel_boards import is_board, pieces
from ..parts import NO_PARTS

_STRAIGHT = 0.75
"""Share of a side along which the outline must run straight."""
_ON_SIDE = 0.1
"""mm from the side of the bounding rectangle within which the outline is on it."""
_FIDUCIALS = 2
_SIDES = ("left", "top", "right", "bottom")


@check("panel_rails", minima="rail_min", maxima="tooling_hole_max", tunes="tooling_hole_min rail_straight")
def panel_rails(ctx: Context) -> Measurements:
    """Free width in mm of the better pair of opposite edges: from the outer edge to the nearest part, on either side.

    A panel (several boards, or break lines) must have such rails, straight, with tooling holes and fiducials in them; for
    a single board, which the assembler usually puts in a panel, narrow edges are one note. An edge is straight if the
    outline runs along three quarters of it.
    """
    board = ctx.board
    outline, lines = board.outline, board.derived.breaklines()
    parted = pieces(board, lines)
    panel = _is_panel(board, parted, len(lines) > 0)
    free, straight = _free(board), _straight(board)
    if ctx.tune("rail_straight") > 0:
        free = np.where(straight, free, 0.0)
    pair = 0 if min(free[0], free[2]) > min(free[1], free[3]) else 1
    side = pair if free[pair] <= free[pair + 2] else pair + 2
    x0, y0, x1, y1 = shapely.bounds(outline)
    spot = ((x0, (y0 + y1) / 2), ((x0 + x1) / 2, y0), (x1, (y0 + y1) / 2), ((x0 + x1) / 2, y1))[side]
    width = float(free[side])
    bent = "" if straight[side] else ", which does not run straight,"
    what = "panel" if panel else "board, to which an assembler adds rails,"
    found = [Measurements.of(
        width, checked=len(parted), param="rail_min", a=-1, x=spot[0], y=spot[1], soften=0 if panel else 1, cause="*rails",
        detail=f"the {_SIDES[side]} edge{bent} of this {what} is free of parts for",
    )]  # fmt: skip
    if panel and width > 0:
        found += _aids(ctx, pair, free)
    m = Measurements.join(found)
    return m.take((m.param == "") | np.isin(m.param, ctx.judged()))


def _is_panel(board: Board, parted: Any, broken: bool) -> bool:
    """Whether this is a panel for assembly: with rails, or mostly of equal boards. A board may have parts to break off."""
    if len(parted) < 2:
        return False
    boards = is_board(board, parted)
    area = shapely.area(parted[boards])
    size, count = np.unique(np.round(area, -1), return_counts=True)
    equal = bool(((count > 1) & (2 * count * size > area.sum())).any())
    return equal or (broken and not boards.all())


def _free(board: Board) -> Floats:
    """mm from each side of the bounding rectangle (left, top, right, bottom) to the nearest part."""
    parts = board.derived.parts()
    shapes = parts.envelope[parts.fitted & ~np.isin(parts.family, tuple(NO_PARTS))]
    shapes = shapes[np.array([s is not None and not s.is_empty for s in shapes], np.bool_)]
    out = shapely.bounds(board.outline)
    size = np.array([out[2] - out[0], out[3] - out[1]] * 2)
    if not len(shapes):
        return size
    box = shapely.total_bounds(shapes)
    return np.asarray(np.maximum(np.array([box[0] - out[0], box[1] - out[1], out[2] - box[2], out[3] - box[3]]), 0.0))


def _straight(board: Board) -> Any:
    """Whether the outline runs along each side of its bounding rectangle."""
    x0, y0, x1, y1 = shapely.bounds(board.outline)
    corners = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
    ways = [(0, 1), (0, 3), (2, 3), (1, 2)]
    rim = shapely.boundary(board.outline)
    out = []
    for a, b in ways:
        side = shapely.LineString([corners[a], corners[b]])
        near = shapely.intersection(rim, shapely.buffer(side, _ON_SIDE, cap_style="flat"))
        out.append(near.length >= _STRAIGHT * side.length)
    return np.array(out, np.bool_)


def _aids(ctx: Context, pair: int, free: Floats) -> list[Measurements]:
    """Tooling holes and fiducials that the rails lack; round holes without plating that are too large to be tooling holes."""
    board, holes = ctx.board, ctx.board.holes
    x0, y0, x1, y1 = shapely.bounds(board.outline)
    parts, pads = board.derived.parts(), board.pads
    marks = np.append(parts.family == "fiducial", False)[pads.component] | (pads.property == "fiducial_global")
    fiducials = int(_on_rails(board, pair, free, pads.x[marks], pads.y[marks]).sum())
    round_ = np.flatnonzero(~holes.plated & (shapely.length(holes.core) == 0) & ~board.derived.mouse_bites())
    xy = shapely.get_coordinates(shapely.centroid(holes.core[round_])).reshape(-1, 2)
    on = _on_rails(board, pair, free, xy[:, 0], xy[:, 1])
    size = 2 * holes.radius[round_]
    least = ctx.tune("tooling_hole_min")
    tooling = on & (size >= least - 1e-6)
    wants = [f"{n} {word}" for n, word, need in ((int(tooling.sum()), f"tooling holes of {least:g} mm or more", 2),
                                                  (fiducials, "fiducials", _FIDUCIALS)) if n < need]  # fmt: skip
    found = []
    if wants:
        found.append(Measurements.of(
            np.nan, checked=0, param="", a=-1, x=(x0 + x1) / 2, y=(y0 + y1) / 2, soften=1, cause="*aids",
            detail=f"the rails of the panel hold {' and '.join(wants)}; two of each are usual",
        ))  # fmt: skip
    if tooling.any():
        rows = round_[tooling]
        found.append(Measurements.of(
            size[tooling], checked=0, param="tooling_hole_max", a=holes.item[rows], x=xy[tooling, 0], y=xy[tooling, 1], soften=1,
            cause="*tooling", detail="a tooling hole in a rail of the panel has",
        ))  # fmt: skip
    return found


def _on_rails(board: Board, pair: int, free: Floats, x: Floats, y: Floats) -> Any:
    low, high = shapely.bounds(board.outline)[[pair, pair + 2]]
    at = x if pair == 0 else y
    return (at - low <= free[pair]) | (high - at <= free[pair + 2])
