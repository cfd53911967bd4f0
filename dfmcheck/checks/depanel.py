"""How a panel comes apart: scores that run through, tabs near enough to each other, holes that break."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import around
from ..board import Board, Bools, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, Skip, check
from ..panel import Breaklines, named_drawings
from ..panel_boards import is_board, pieces
from ..parts import NO_PARTS

_THROUGH = 1.0
"""mm by which a score may stop short of the edge: the cutter is let down outside the panel and cannot stop on the way."""
_SAG = 0.1
"""mm by which a bent line is longer than the way between its ends."""
_BESIDE = 1.5
"""mm from the line of a tab within which the edge of a board runs along it."""
_SAME = 3.0
"""mm; rows of holes nearer than this on one edge are one tab."""
_ACROSS = 0.05
"""mm by which a part must reach over a score on both sides."""


@check("depanel", minima="score_thickness_min bite_hole_min", maxima="tab_pitch_max bite_hole_max")
def depanel(ctx: Context) -> Measurements:
    """Scores: a bent one, one that ends inside the panel, parts across it, the thickness of the board in mm. Tabs: the
    diameter in mm of their break-off holes, and the length of a board's edge for each tab that holds it there.

    How deep a score is cut stands in no file. Raises `Skip` where the design tells of no break line.
    """
    board, lines = ctx.board, ctx.board.derived.breaklines()
    bent, bent_item = _bent(board)
    if not len(lines) and not len(bent):
        raise Skip("needs break lines: scores by the name of a layer or text, rows of mouse bites, tabs between slots")
    found = [Measurements.none(len(lines) + len(bent))]
    scores, tabs = lines.take(lines.method == "score"), lines.take(lines.method == "tab")
    if len(bent):
        x, y = _middle(bent)
        found.append(Measurements.of(
            np.full(len(bent), np.nan), checked=0, param="", a=bent_item, x=x, y=y, cause="*bent",
            detail="this score is bent: a score runs straight across the panel",
        ))  # fmt: skip
    if len(scores):
        found += [_short(board, scores), _parts_across(board, scores)]
        if board.thickness > 0:
            longest = [int(np.argmax(shapely.length(scores.core)))]
            x, y = _middle(scores.core[longest])
            found.append(Measurements.of(
                board.thickness, checked=0, param="score_thickness_min", a=scores.item[longest], x=x, y=y, cause="*thin",
                detail="scored board: thickness",
            ))  # fmt: skip
    if len(tabs):
        found += [_bites(board), _pitch(board, lines)]
    m = Measurements.join(found)
    return m.take((m.param == "") | np.isin(m.param, ctx.judged()))


def _bent(board: Board) -> tuple[Objects, Ints]:
    """Curves on layers and films that are named for scores: cores and items."""
    cores, items = [np.empty(0, object)], [np.empty(0, np.int32)]
    for core, item, _ in named_drawings(board):
        line = shapely.get_type_id(core) == 1
        chord = shapely.distance(shapely.get_point(core[line], 0), shapely.get_point(core[line], -1))
        bent = shapely.length(core[line]) > chord + _SAG
        cores.append(core[line][bent])
        items.append(item[line][bent])
    return np.concatenate(cores), np.concatenate(items)


def _short(board: Board, scores: Breaklines) -> Measurements:
    """Scores that end on the board, where no other score or cut-out is."""
    if board.outline.is_empty:
        return Measurements.none(0)
    ends = shapely.points(np.stack([shapely.get_coordinates(shapely.get_point(scores.core, k)) for k in (0, -1)], axis=1))
    rim, inside = shapely.boundary(board.outline), shapely.intersects(board.outline, ends)
    far = np.where(inside, shapely.distance(rim, ends), 0.0)
    other = shapely.distance(ends[:, :, None], scores.core[None, None, :])
    other[np.arange(len(scores)), :, np.arange(len(scores))] = np.inf
    stops = far > _THROUGH
    jumps = stops & (other.min(axis=2, initial=np.inf) <= _THROUGH)
    rows, end = np.nonzero(stops)
    x, y = shapely.get_x(ends[rows, end]), shapely.get_y(ends[rows, end])
    jump = jumps[rows, end]
    return Measurements.of(
        np.full(len(rows), np.nan), checked=0, param="", a=scores.item[rows], x=x, y=y, soften=jump,
        cause=np.where(jump, "*jump", "*short"),
        detail=[
            f"a score ends {d:.1f} mm inside the panel" + (", on another score: that takes jump scoring" if j else "")
            for d, j in zip(far[rows, end].tolist(), jump.tolist())
        ],
    )  # fmt: skip


def _parts_across(board: Board, scores: Breaklines) -> Measurements:
    if "components" not in board.facts:
        return Measurements.none(0)
    parts, c = board.derived.parts(), board.components
    there = np.array([e is not None and not e.is_empty for e in parts.envelope], np.bool_)
    rows = np.flatnonzero(there & parts.fitted & ~np.isin(parts.family, tuple(NO_PARTS)))
    i, j = shapely.STRtree(parts.envelope[rows]).query(scores.core, predicate="intersects")
    row = rows[j]
    over = shapely.length(shapely.intersection(shapely.buffer(parts.envelope[row], -_ACROSS), scores.core[i])) > 0
    row, i = row[over], i[over]
    x, y = _middle(shapely.intersection(parts.envelope[row], scores.core[i]))
    return Measurements.of(
        np.full(len(row), np.nan), checked=0, param="", a=c.item[row], b=scores.item[i], x=x, y=y,
        soften=_plugged(board, row, scores.core[i]), cause="*across", detail="this part stands across a score",
    )  # fmt: skip


def _plugged(board: Board, rows: Ints, lines: Objects) -> Bools:
    """Which are connectors whose lands all lie on one side of the line: what hangs over may be drawn as plugged in."""
    pads = board.pads
    out = around.operated(board)[rows]
    for k in np.flatnonzero(out).tolist():
        lands = np.flatnonzero(pads.component == rows[k])
        xy = np.c_[pads.x[lands], pads.y[lands]]
        out[k] = len(xy) > 0 and not shapely.convex_hull(shapely.multipoints(xy)).intersects(lines[k])
    return np.asarray(out, np.bool_)


def _bites(board: Board) -> Measurements:
    holes, rows = board.holes, np.flatnonzero(board.derived.mouse_bites())
    size = 2 * holes.radius[rows]
    x, y = _middle(holes.core[rows])
    return Measurements.join([
        Measurements.of(
            size, checked=0, param=param, a=holes.item[rows], x=x, y=y, kind_a=Kind.HOLE, cause=f"*{param}",
            detail="break-off hole of",
        )
        for param in ("bite_hole_min", "bite_hole_max")
    ])  # fmt: skip


def _pitch(board: Board, lines: Breaklines) -> Measurements:
    """The length of each board's edge that tabs hold, shared among them; edges without a tab are held elsewhere."""
    parted = pieces(board, lines)
    parted = parted[is_board(board, parted)]
    tabs = np.flatnonzero(lines.method == "tab")
    a, way = _ways(lines.core[tabs])
    rows: list[tuple[float, float, float, int, int]] = []
    for piece in parted:
        at = np.flatnonzero(shapely.distance(lines.core[tabs], piece) <= _BESIDE)
        xy = shapely.get_coordinates(piece.exterior)
        done = np.zeros(len(tabs), np.bool_)
        for k in at.tolist():
            if done[k]:
                continue
            aside = (a[at] - a[k]) @ np.array([-way[k][1], way[k][0]])
            same = at[(np.abs(aside) <= _BESIDE) & (np.abs(way[at] @ way[k]) > 0.999)]
            done[same] = True
            near = np.abs((xy - a[k]) @ np.array([-way[k][1], way[k][0]])) <= _BESIDE
            if near.sum() < 2:
                continue
            along = (xy[near] - a[k]) @ way[k]
            middles = np.sort((np.stack(_middle(lines.core[tabs[same]]), axis=1) - a[k]) @ way[k])
            count = 1 + int((np.diff(middles) > _SAME).sum())
            x, y = _middle(lines.core[tabs[[k]]])
            rows.append((float(np.ptp(along)) / count, float(x[0]), float(y[0]), count, int(lines.item[tabs[k]])))
    return Measurements.of(
        [r[0] for r in rows], checked=len(tabs), param="tab_pitch_max", a=[r[4] for r in rows], x=[r[1] for r in rows],
        y=[r[2] for r in rows], cause="*pitch",
        detail=[f"an edge of {r[0] * r[3]:.1f} mm has {r[3]} {'tab' if r[3] == 1 else 'tabs'}, one for each" for r in rows],
    )  # fmt: skip


def _ways(cores: Any) -> tuple[Floats, Floats]:
    """Start and direction of lines, each N x 2."""
    ends = [shapely.get_coordinates(shapely.get_point(cores, k)) for k in (0, -1)]
    way = ends[1] - ends[0]
    return ends[0], way / np.maximum(np.hypot(*way.T), 1e-9)[:, None]


def _middle(cores: Any) -> tuple[Floats, Floats]:
    xy = shapely.get_coordinates(shapely.centroid(cores)).reshape(-1, 2)
    return xy[:, 0], xy[:, 1]
