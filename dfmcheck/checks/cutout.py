"""What the router must pass: narrow cut-outs, notches and gaps, and inside corners sharper than the tool."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Objects
from ..check import Context, Measurements, check
from ..strips import strips

_ROUND = 0.01
"""Share of its radius by which the points of a loop may be off a circle that is drilled rather than routed."""
_SHARP = np.radians(20)
"""A single turn of the outline beyond this is a corner without a radius."""
_CORNER = np.radians(30)
"""Turns of the outline that add up to less are no corner."""


@check("outline.cutout", minima="cutter corner_radius")
def cutout(ctx: Context) -> Measurements:
    """Width in mm of cut-outs, notches and gaps that a router must pass, and radius of their inside corners.

    The width of a cut-out is that of the largest circle inside it, and of its narrowest place. Circles are drilled and
    have no width to rout. Corners are a step softer: most boards can take the radius that the tool leaves.
    """
    outline = ctx.board.outline
    reach = ctx.reach("cutter")
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(outline)))
    hole = ~shapely.is_ccw(rings)
    round_ = hole & np.array([_is_circle(r) for r in rings], np.bool_)
    drilled = shapely.union_all(shapely.polygons(rings[round_])) if round_.any() else shapely.Polygon()
    found = strips(shapely.union(outline, drilled) if round_.any() else outline, reach, outside=True)
    middle = (found.start + found.end) / 2
    widths = [(w, x, y, "a gap, notch or cut-out has a width of") for w, (x, y) in zip(found.width.tolist(), middle.tolist())]
    for ring in shapely.polygons(rings[hole & ~round_]):
        if not shapely.is_empty(shapely.buffer(ring, -reach / 2, quad_segs=64)):
            continue
        rough = 2 * shapely.maximum_inscribed_circle(ring, tolerance=1e-3).length  # a fine one takes half a second
        if not any(w <= rough + 2e-3 and shapely.intersects_xy(ring, px, py) for w, px, py, _ in widths):
            circle = shapely.maximum_inscribed_circle(ring, tolerance=1e-5)
            x, y = shapely.get_coordinates(circle)[0]
            widths.append((2 * circle.length, x, y, "a cut-out has a width of"))
    rows = [(*w, "cutter", 0, "") for w in widths]
    corner = ("an inside corner has a radius of", "corner_radius", 1, "*corner")
    rows += [(*c, *corner) for c in _corners(rings[~round_], ctx.reach("corner_radius"))]
    rows = [r for r in rows if r[4] in ctx.judged()]
    if not rows:
        return Measurements.none(len(rings))
    value, x, y, detail, param, soften, cause = (list(c) for c in zip(*rows))
    edge = ctx.board.derived.edge_pieces()
    item = ctx.board.features.item[edge.owner[shapely.STRtree(edge.core).nearest(shapely.points(x, y))]]
    return Measurements.of(
        value, checked=len(rings), param=param, a=item, x=x, y=y, soften=soften, cause=cause, detail=detail
    )  # fmt: skip


def _is_circle(ring: Any) -> bool:
    """Whether a loop is a circle, which is drilled rather than routed."""
    points = shapely.get_coordinates(ring)[:-1]
    radius = np.hypot(*(points - (points.min(0) + points.max(0)) / 2).T)
    return len(points) >= 8 and float(np.ptp(radius)) <= _ROUND * float(radius.mean())


def _corners(rings: Objects, reach: float) -> list[tuple[float, float, float]]:
    """Radius and place of the corners that the router leaves round: 0 for a sharp one, and arcs with less than `reach`.

    On an arc in equal chords c, each turning by t, the radius is c / (2 sin(t / 2)).
    """
    out = []
    for ring in rings:
        p = shapely.get_coordinates(ring)[:-1]
        step = np.roll(p, -1, 0) - p
        size = np.hypot(*step.T)
        before, after = np.roll(step, 1, 0), step
        # Positive where the laminate's edge turns away from the laminate, which lies on the left.
        turn = -np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(1))
        for k in np.flatnonzero(turn > _SHARP):
            out.append((0.0, float(p[k, 0]), float(p[k, 1])))
        curved = (turn > 1e-4) & (turn <= _SHARP)
        with np.errstate(divide="ignore"):
            radius = np.minimum(size, np.roll(size, 1)) / 2 / np.sin(np.abs(turn) / 2)
        curved &= radius < reach
        if not curved.any():
            continue
        start = int(np.flatnonzero(~curved)[0]) if not curved.all() else 0
        order = np.roll(np.arange(len(p)), -start)
        run = np.cumsum(~curved[order])
        for name in np.unique(run[curved[order]]):
            members = order[(run == name) & curved[order]]
            if turn[members].sum() >= _CORNER:
                middle = members[len(members) // 2]
                out.append((float(np.median(radius[members])), float(p[middle, 0]), float(p[middle, 1])))
    return out
