"""The dots of fiducials themselves: size, bare ring, distance to the edge, and that all are alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Objects
from ..check import Context, Measurements, Skip, check
from ..fiducials import Fiducials
from ..units import show

SEEN = 0.5
"""mm: diameter from which on machines see a dot, so that it is a note where a larger one is asked for."""
_ROUND = 0.03
"""Share of the smallest circle around it that a round dot may lack: of 16 chords it lacks 2.6 %."""
_CHORD = 1e-3
"""mm by which a rounded opening is drawn too small."""
_FAR = 4.0
"""mm from a dot's edge within which other copper, mask and print are looked for."""


@check("fiducial_geometry", minima="diameter_min clear_ring edge", maxima="diameter_max size_spread")
def fiducial_geometry(ctx: Context) -> Measurements:
    """Of each fiducial the diameter in mm; the width of the ring around it that is free of mask, print and other copper, in
    radii of the dot; the distance in mm from its edge, less one such ring, to the board's edge.

    A dot that is too small, but seen by today's machines, is a note. All dots of the board should be of one size: their
    largest difference. A dot under mask, and one that is not round, are told without a value. The edge is a note, for it is
    the edge of the panel that a machine holds.
    """
    board, dots = ctx.board, ctx.board.derived.fiducials()
    if not len(dots):
        raise Skip("has no fiducials")
    core, radius = dots.core, dots.radius
    diameter, round_ = _sizes(core, radius)
    free, what = _free(board, dots)
    under = free < 0
    ring = free / (diameter / 2)
    edge = shapely.distance(core, shapely.boundary(board.outline)) - radius - diameter / 2
    outside = ~shapely.intersects(board.outline, core) if not board.outline.is_empty else np.ones(len(dots), np.bool_)
    common: dict[str, Any] = {"checked": 0, "a": dots.item, "x": dots.x, "y": dots.y, "inferred": dots.seen}

    def told(what: str, cause: str) -> Measurements:
        return Measurements.of(np.full(len(dots), np.nan), param="", soften=1, cause=cause, detail=what, **common)

    small: dict[str, Any] = {"cause": "*small", "soften": (diameter >= SEEN).astype(np.int32)}
    rings = [f"{w} around the dot: free for {show(f, 'mm')}, in radii" for w, f in zip(what, free)]
    apart = "the ring around the dot and the board's edge are apart by"
    parts = [
        Measurements.none(len(dots)),
        Measurements.of(diameter, param="diameter_min", detail="a dot of", **small, **common),
        Measurements.of(diameter, param="diameter_max", cause="*large", detail="a dot of", **common),
        Measurements.of(ring, param="clear_ring", cause=[f"*ring {w}" for w in what], detail=rings, **common).take(~under),
        Measurements.of(edge, param="edge", soften=1, cause="*edge", detail=apart, **common).take(~outside),
        told("mask or print covers it", "*under").take(under),
        told("it is not round", "*shape").take(~round_),
    ]
    odd = int(np.argmax(np.abs(diameter - np.median(diameter))))
    parts.append(Measurements.of(
        float(np.ptp(diameter[~dots.local])) if (~dots.local).any() else 0.0, checked=0, param="size_spread", a=dots.item[odd],
        x=dots.x[odd], y=dots.y[odd], inferred=dots.seen[odd], soften=1, cause="*sizes", detail="the dots differ in size by",
    ))  # fmt: skip
    m = Measurements.join(parts)
    return m.take((m.param == "") | np.isin(m.param, ctx.judged()))


def _sizes(core: Objects, radius: Floats) -> tuple[Floats, Bools]:
    """Diameter of round shapes, else the shorter side of the smallest rectangle around them, and which are round."""
    box = shapely.bounds(core)
    diameter = np.min(box[:, 2:] - box[:, :2], axis=1)
    areas = shape.polygons(core, radius)
    around = np.pi * shapely.minimum_bounding_radius(areas) ** 2
    round_ = (shapely.get_type_id(core) == 0) | (shapely.area(areas) > (1 - _ROUND) * around)
    for k in np.flatnonzero(~round_).tolist():
        corners = shapely.get_coordinates(shapely.oriented_envelope(core[k]))
        diameter[k] = np.hypot(*np.diff(corners[:3], axis=0).T).min() if len(corners) > 2 else 0.0
    return diameter + 2 * radius, round_


def _free(board: Board, dots: Fiducials) -> tuple[Floats, Objects]:
    """mm from each dot's edge to the nearest mask, print and other copper, and which of them it is; -1 where it is covered."""
    f = board.features
    role, side = board.layers.role[f.layer], np.where(board.layers.side[f.layer] == "bottom", 1, 0)
    best, what = np.full(len(dots), _FAR), np.full(len(dots), "copper", object)
    grown = shapely.box(*(shapely.bounds(dots.core) + (dots.radius + _FAR)[:, None] * [-1, -1, 1, 1]).T)
    for layer in np.unique(f.layer[dots.row]).tolist():
        mine, pieces = np.flatnonzero(f.layer[dots.row] == layer), board.derived.pieces(layer)
        i, j = board.derived.tree(layer).query(grown[mine])
        _nearest(best, what, "copper", dots, mine[i], pieces.core[j], pieces.radius[j], f.item[pieces.owner[j]])
    silk = np.flatnonzero(role == "silk")
    i, j = shape.meeting(grown, shape.boxes(f.core[silk], f.radius[silk]))
    row = silk[j]
    same = side[row] == dots.side[i]
    _nearest(best, what, "print", dots, i[same], f.core[row[same]], f.radius[row[same]], f.item[row[same]])
    if "mask" not in board.facts:
        return best, what
    openings = np.flatnonzero(role == "mask")
    i, j = shape.meeting(grown, shape.boxes(f.core[openings], f.radius[openings]))
    for k in np.unique(i).tolist() if len(i) else []:
        rows = openings[j[i == k]]
        rows = rows[side[rows] == dots.side[k]]
        open_ = shapely.union_all(shape.polygons(f.core[rows], f.radius[rows]))
        inside = shapely.contains(open_, shapely.centroid(dots.core[k]))
        clear = shapely.distance(shapely.boundary(open_), dots.core[k]) - dots.radius[k] + _CHORD if inside else -1.0
        about = shapely.equals_exact(f.core[rows], dots.core[k], 1e-3)  # circles about one middle have no chords
        clear = max((f.radius[rows[about]] - dots.radius[k]).tolist(), default=clear)
        if clear < best[k]:
            best[k], what[k] = clear, "mask"
    best[~np.isin(np.arange(len(dots)), i)] = -1.0
    return best, what


def _nearest(
    best: Floats, what: Objects, word: str, dots: Fiducials, of: Ints, core: Objects, radius: Floats, item: Ints
) -> None:
    """Lower `best` of the dots `of` to the distance of the shapes, but for a dot's own, and set `what` where it did so."""
    keep = item != dots.item[of]
    of = of[keep]
    near = best.copy()
    np.minimum.at(near, of, shape.distance(dots.core[of], dots.radius[of], core[keep], radius[keep]))
    what[near < best] = word
    best[:] = near
