"""What the needles of a flying prober reach: also lands of parts, but nothing under a body or in the shadow of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Board, Bools, Floats
from ..exposed import exposed_pads
from .targets import HALF, LAND, Targets, targets

_OUTSIDE = ("chip-S", "chip-L", "SOT", "SO", "QFP")
"""Families whose terminals are on the outside of the body or stick out of it: wide bodies of drawings bury no land of theirs."""
_TOUCHED = ("", LAND, HALF)
"""Why a target is none for a fixture but may be touched by a needle."""


def needle_targets(board: Board, lean: float) -> Bools:
    """Mask over `targets`: bare copper that a needle reaches that leans by `lean` degrees.

    A body of height h shadows what is nearer to it than h tan(lean), on its side; one whose height its family alone suggests
    shadows what it covers. Of a part's own lands those are reached that its body, where it is drawn, leaves free at least in
    part, and all of chips and of parts with leads; balls of a grid array and exposed pads are not.
    """
    t = targets(board)
    out = (t.diameter > 0) & np.isin(t.why, _TOUCHED) & (t.under < 0)
    out[_buried(board, t, np.flatnonzero(out & (t.kind == "land")))] = False
    parts = board.derived.parts()
    bodies = np.flatnonzero(parts.fitted & np.array([b is not None for b in parts.body], np.bool_))
    told = np.where(parts.height_source == "family", 0.0, np.nan_to_num(parts.height))
    reach = told * np.tan(np.radians(lean))
    for side in (0, 1):
        here, over = np.flatnonzero(out & (t.side == side)), bodies[board.components.side[bodies] == side]
        if not len(here) or not len(over):
            continue
        points = shapely.points(t.x[here], t.y[here])
        body, point = shapely.STRtree(points).query(parts.body[over], predicate="dwithin", distance=reach[over])
        foreign = over[body] != t.component[here[point]]
        out[here[point[foreign]]] = False
    return np.asarray(out, np.bool_)


def _buried(board: Board, t: Targets, rows: Any) -> Any:
    """Lands that lie wholly under the body of their own part."""
    parts, f = board.derived.parts(), board.features
    body, part = parts.body, t.component[rows]
    balls = np.append(parts.family == "BGA", False)[part] | exposed_pads(board)[t.pad[rows]]
    drawn = np.append((parts.body_source == "fab") & ~np.isin(parts.family, _OUTSIDE), False)[part] & ~balls
    hidden, rows, part = rows[balls], rows[drawn], part[drawn]
    shapely.prepare(body[np.unique(part)])
    core = f.core[t.feature[rows]]
    deep = shapely.covers(body[part], core)
    close = np.flatnonzero(deep)
    radius = f.radius[t.feature[rows[close]]]
    edge = shapely.distance(shapely.boundary(body[part[close]]), core[close])
    deep[close] = edge >= radius - 1e-6
    return np.r_[hidden, rows[deep]]


def clear_edges(board: Board) -> tuple[float, int]:
    """mm that the bodies of fitted parts keep from the better pair of opposite sides of the board, and the part that is nearest
    there; infinite and -1 without parts."""
    parts = board.derived.parts()
    rows = np.flatnonzero(parts.fitted & np.array([b is not None for b in parts.body], np.bool_))
    if not len(rows):
        return float("inf"), -1
    x0, y0, x1, y1 = board.outline.bounds
    room: Floats = (shapely.bounds(parts.body[rows]) - [x0, y0, x1, y1]) * [1, 1, -1, -1]
    pairs = np.stack([room[:, [0, 2]].min(axis=1), room[:, [1, 3]].min(axis=1)])
    pair = int(np.argmax(pairs.min(axis=1)))
    nearest = int(np.argmin(pairs[pair]))
    return float(pairs[pair, nearest]), int(rows[nearest])
