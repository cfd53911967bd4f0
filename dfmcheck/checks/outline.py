"""The board outline: whether it closes, and whether it is drawn twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from ..board import Board, Kind, OutlineProblem
from ..check import Context, Measurements, check
from ..outline import COINCIDE, JOIN, assemble
from ..units import show

# What is told of each kind of problem, and by how many steps it is softer than a gap. A line that closes no loop but
# leaves the board's area standing is mostly a scoring line or a dimension: a query, not a board that nobody can build.
_OPEN = {
    "gap": ("gap of {size} between two line ends", 0),
    "dangling": ("a line ends without closing a loop", 0),
    "branch": ("more than two lines meet in a corner", 1),
    "crossing": ("lines cross", 0),
    "text": ("text on the outline layer", 1),
    "tiny": ("a line without length or a loop without area", 2),
    "nested": ("a closed loop inside a cut-out: a board of its own, or stray graphics", 2),
}
FRAME = 0.5
"""mm; graphics on another layer that run nearer than this to most of the outline look like an outline of another size."""
_FRAME_SHARE = 0.9


@check("outline.open", tunes="join_tol")
def outline_open(ctx: Context) -> Measurements:
    """Every place where the drawn lines are not a set of closed simple loops; the value is the width of the gap in mm.

    Softer by a step or two: what leaves the board's area known (scoring lines, branches, text) and what does no harm
    (lines without length). More than one board in the file is told as a note.
    """
    board = ctx.board
    join = ctx.tune("join_tol")
    area, problems = _assembled(board, join, COINCIDE)
    problems = tuple(p for p in problems if p.what in _OPEN)
    lines = int((board.items.kind == Kind.EDGE).sum())
    known = not area.is_empty
    rows: list[tuple[float, float, float, int, int, int, str, str]] = []
    for p in problems:
        text, soften = _OPEN[p.what]
        if p.what == "dangling" and known:
            text, soften = text + " (a scoring line or a dimension belongs on another layer)", 1
        size = p.size if p.what == "gap" else np.nan
        detail = f"{text} at ({p.x:.3f}, {p.y:.3f})".format(size=show(p.size, "mm", apart_from=join))
        rows.append((size, p.x, p.y, *_two(p.items), soften, f"*{p.what}", detail))
    if not known and not problems:
        x, y = _middle(board)
        what = "nothing is drawn on the outline layer" if not lines else "its lines enclose no area"
        rows.append((np.nan, x, y, -1, -1, 0, "*none", what))
    if len(area.geoms) > 1:
        x, y = _corner(area)
        rows.append((np.nan, x, y, -1, -1, 2, "*boards", f"{len(area.geoms)} separate boards: say that it is a panel"))
    if not rows:
        return Measurements.none(lines)
    names = ("x", "y", "a", "b", "soften", "cause", "detail")
    columns: dict[str, Any] = {name: [row[k + 1] for row in rows] for k, name in enumerate(names)}
    return Measurements.of([row[0] for row in rows], checked=lines, param="", **columns)


@check("outline.duplicate", tunes="coincide_tol")
def outline_duplicate(ctx: Context) -> Measurements:
    """Lines of the outline that lie on one another, and copper or legend frames that look like an outline of another size.

    The value is the distance of the two in mm. A copy of the outline on another layer is no harm; a frame a little
    off it is: nobody can tell which is meant.
    """
    board = ctx.board
    problems = [p for p in _assembled(board, JOIN, ctx.tune("coincide_tol"))[1] if p.what == "duplicate"]
    details = [
        f"drawn twice at ({p.x:.3f}, {p.y:.3f})" + (f", {show(p.size, 'mm')} apart" if p.size > 1e-6 else "") for p in problems
    ]
    lines = int((board.items.kind == Kind.EDGE).sum())
    drawn = Measurements.none(lines)
    if problems:
        drawn = Measurements.of(
            [p.size for p in problems], checked=lines, param="", a=[_two(p.items)[0] for p in problems],
            b=[_two(p.items)[1] for p in problems], x=[p.x for p in problems], y=[p.y for p in problems],
            cause="*twice", detail=details,
        )  # fmt: skip
    return Measurements.join([drawn, *_frames(ctx)])


def _frames(ctx: Context) -> Iterable[Measurements]:
    """Graphics on copper or legend that run along most of an outer loop, within `FRAME` but not on it."""
    board, f = ctx.board, ctx.board.features
    rings = [p.exterior for p in board.outline.geoms]
    for layer in np.flatnonzero(np.isin(board.layers.role, ("copper", "silk"))).tolist():
        rows = np.flatnonzero((f.layer == layer) & np.isin(f.kind, (Kind.GRAPHIC, Kind.TRACK)))
        rows = rows[shapely.length(f.core[rows]) > 0]
        if not len(rows) or not rings:
            continue
        core = f.core[rows]
        areas = shapely.get_dimensions(core) == 2
        core[areas] = shapely.boundary(core[areas])
        tree = shapely.STRtree(core)
        for ring in rings:
            points = shapely.points(shapely.get_coordinates(shapely.segmentize(ring, 1.0)))
            point, line, distance = _nearest(tree, points)
            if len(np.unique(point)) < _FRAME_SHARE * len(points) or not len(distance):
                continue
            off = float(np.median(distance))
            if off <= ctx.tune("coincide_tol"):
                continue
            worst = int(np.argmax(distance))
            x, y = shapely.get_coordinates(points[point[worst]])[0]
            detail = f"a frame on {board.layers.name[layer]} runs {show(off, 'mm')} beside it: which is the edge of the board?"
            silk = board.layers.role[layer] == "silk"
            yield Measurements.of(
                off, checked=0, param="", a=f.item[rows[line[worst]]], x=x, y=y, layer=layer, soften=int(silk),
                cause="*frame", detail=detail,
            )  # fmt: skip


def _nearest(tree: shapely.STRtree, points: Any) -> tuple[Any, Any, Any]:
    (point, line), distance = tree.query_nearest(points, max_distance=FRAME, return_distance=True, all_matches=False)
    return point, line, distance


def _assembled(board: Board, join: float, coincide: float) -> tuple[shapely.MultiPolygon, tuple[OutlineProblem, ...]]:
    """What the reader made of the outline, or what other tolerances make of it (texts are the reader's own)."""
    if (join, coincide) == (JOIN, COINCIDE):
        return board.outline, board.outline_problems
    edges = board.features.kind == Kind.EDGE
    area, problems = assemble(board.features.core[edges], board.features.item[edges], join=join, coincide=coincide)
    return area, problems + tuple(p for p in board.outline_problems if p.what == "text")


def _two(items: tuple[int, ...]) -> tuple[int, int]:
    return (*items, -1, -1)[:2]  # type: ignore[return-value]


def _middle(board: Board) -> tuple[float, float]:
    """Middle of the box around all copper."""
    core = board.features.core[(board.layers.order >= 0)[board.features.layer]]
    x0, y0, x1, y1 = shapely.total_bounds(core) if len(core) else (0.0, 0.0, 0.0, 0.0)
    return (float(x0 + x1) / 2, float(y0 + y1) / 2) if np.isfinite(x0) else (0.0, 0.0)


def _corner(outline: shapely.MultiPolygon) -> tuple[float, float]:
    """The point of the first board's edge that is leftmost, then uppermost."""
    points = shapely.get_coordinates(outline.geoms[0].exterior)
    x, y = points[np.lexsort((points[:, 1], points[:, 0]))[0]]
    return float(x), float(y)
