"""The largest circle in what the solder mask leaves bare of a land: the room that the tip of a probe has."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Objects

LEAST = 0.1
"""mm; less bare copper is no target: no probe finds it, and films are placed no better."""
_TOLERANCE = 2e-4
"""mm by which the centre of a circle in a polygon may be off."""
_RIGHT = 1e-6
"""Sine by which a corner may miss the right angle."""


def inscribed(core: Objects, radius: Floats) -> tuple[Floats, Floats, Floats]:
    """Diameter and centre (x, y) in mm of the largest circle in each shape.

    A convex core of inradius i widened by r holds a circle of radius i + r (erosion undoes the widening), so points, lines
    and rectangles have a formula. Other polygons are searched, each form once; lines that bend are taken to be no wider
    than they are drawn.
    """
    kind, inner, centre = shapely.get_type_id(core), np.zeros(len(core)), np.empty((len(core), 2))
    dots, lines = kind == 0, np.isin(kind, (1, 2))
    centre[dots] = shapely.get_coordinates(core[dots])
    centre[lines] = shapely.get_coordinates(shapely.line_interpolate_point(core[lines], 0.5, normalized=True))
    four = np.flatnonzero((kind == 3) & (shapely.get_num_coordinates(core) == 5))
    right, side, middle = _rectangles(core[four])
    inner[four[right]], centre[four[right]] = side[right] / 2, middle[right]
    rest = np.setdiff1d(np.flatnonzero(~dots & ~lines), four[right])
    r = np.asarray(radius, np.float64).copy()
    if len(rest):
        inner[rest], centre[rest] = _searched(core[rest], r[rest])
        r[rest] = 0.0
    return 2 * (inner + r), centre[:, 0], centre[:, 1]


def _rectangles(core: Objects) -> tuple[Bools, Floats, Floats]:
    """Which quadrangles are rectangles, the shorter side of each, and its middle (N x 2)."""
    corners = shapely.get_coordinates(core).reshape(-1, 5, 2)
    edge = np.diff(corners, axis=1)
    size = np.hypot(edge[..., 0], edge[..., 1])
    square = np.abs((edge[:, 0] * edge[:, 1]).sum(axis=1)) <= _RIGHT * size[:, 0] * size[:, 1]
    square &= np.abs(edge[:, 0] + edge[:, 2]).max(axis=1) <= _RIGHT * np.maximum(size[:, 0], size[:, 1])
    return square, np.minimum(size[:, 0], size[:, 1]), corners[:, :4].mean(axis=1)


def _searched(core: Objects, radius: Floats) -> tuple[Floats, Floats]:
    """Radius and centre of the largest circle in polygons; of shapes that differ by their place alone one is searched."""
    low = shapely.bounds(core)[:, :2]
    inner, centre = np.empty(len(core)), np.empty((len(core), 2))
    known: dict[tuple[bytes, float], tuple[float, float, float]] = {}
    for k in range(len(core)):
        key = (np.round(shapely.get_coordinates(core[k]) - low[k], 5).tobytes(), round(float(radius[k]), 6))
        if key not in known:
            line = shapely.maximum_inscribed_circle(_widened(core[k], float(radius[k])), tolerance=_TOLERANCE)
            x, y = shapely.get_coordinates(line)[0]
            known[key] = (line.length, x - low[k, 0], y - low[k, 1])
        inner[k] = known[key][0]
        centre[k] = low[k] + known[key][1:]
    return inner, centre


def _widened(core: shapely.Geometry, radius: float) -> shapely.Geometry:
    return shape.polygons(np.array([core], object), np.array([radius]))[0] if radius > 0 else core


def of_disc(point: Objects, r: Floats, core: Objects, big: Floats) -> Floats:
    """Diameter in mm of the largest circle in both of paired shapes: a disc of radius `r`, an opening of `core` and radius `big`.

    Where a circle of radius t is no larger than either radius, it fits if the cores are no farther apart than r + R - 2t.
    An opening with sharp corners that cuts the disc is intersected.
    """
    apart = shapely.distance(point, core)
    lens = (r + big - apart) / 2
    out = np.clip(np.minimum(lens, np.minimum(r, big)), 0.0, None)
    inside = apart <= 0
    if inside.any():
        depth = shapely.distance(point[inside], shapely.boundary(core[inside]))
        deep = np.zeros(len(out))
        deep[inside] = np.where(shapely.get_dimensions(core[inside]) == 2, depth, 0.0)
        out = np.where(inside & (deep + big >= r), r, out)
    sharp = np.flatnonzero((shapely.get_dimensions(core) == 2) & (lens > big) & (out < r) & (2 * lens >= LEAST))
    if len(sharp):
        both = shapely.intersection(shape.polygons(point[sharp], r[sharp]), shape.polygons(core[sharp], big[sharp]))
        some = shapely.area(both) > 0
        found = inscribed(both[some], np.zeros(int(some.sum())))[0] / 2
        out[sharp[some]] = np.clip(found, None, r[sharp[some]])
    return np.asarray(2 * out, np.float64)
