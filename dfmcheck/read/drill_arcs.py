"""Arcs of routing commands as points."""

from __future__ import annotations

from math import atan2, hypot, isfinite, pi, sqrt

from . import arcs
from .drill_pieces import FAR, Points


def arc(
    start: tuple[float, float], end: tuple[float, float], ccw: bool, radius: float | None, i: float, j: float
) -> Points | None:
    """Points after `start` of a G02 or G03 arc, y up: by its radius (A, at most half a turn) or its centre (I, J from the
    start; start = end is the full circle). None where neither gives an arc."""
    turn = 1 if ccw else -1
    if radius is not None:
        half = hypot(end[0] - start[0], end[1] - start[1]) / 2
        if not half or not isfinite(radius) or radius > FAR or radius < half * 0.999:
            return None
        # the centre of the shorter arc lies to the left of the chord when turning left
        height = sqrt(max(radius**2 - half**2, 0.0)) * turn
        centre = (
            (start[0] + end[0]) / 2 - height * (end[1] - start[1]) / (2 * half),
            (start[1] + end[1]) / 2 + height * (end[0] - start[0]) / (2 * half),
        )
    else:
        centre = start[0] + i, start[1] + j
    size = hypot(start[0] - centre[0], start[1] - centre[1])
    if not isfinite(size) or not 0 < size <= FAR:
        return None
    first, last = atan2(start[1] - centre[1], start[0] - centre[0]), atan2(end[1] - centre[1], end[0] - centre[0])
    angle = ((last - first) * turn) % (2 * pi) or 2 * pi
    return [*arcs.sweep(centre[0], centre[1], start, angle * turn)[1:-1], end]
