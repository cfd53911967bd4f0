"""Circular draws: centre and sweep by the rules of single- and multi-quadrant mode, then points."""

from __future__ import annotations

from math import pi

import numpy as np

from ..board import Floats, Ints
from ..errors import DfmError
from . import gerber_faults as what
from .gerber_faults import Faults
from .gerber_flat import steps
from .gerber_operations import Operations

MOST_POINTS = 20_000_000
_SLACK = 5e-3
"""mm; start and end of an arc may differ so much in radius before it is noted."""


def flatten(ops: Operations, faults: Faults, path: str) -> tuple[Floats, Ints]:
    """Points of the arcs, start and end exact: coordinates (all arcs in a row) and how many points each has.

    Between a start and an end of different radius the radius changes evenly.
    """
    cx, cy, sweep = _centres(ops, faults)
    ux, uy, vx, vy = ops.from_x - cx, ops.from_y - cy, ops.x - cx, ops.y - cy
    r0, r1 = np.hypot(ux, uy), np.hypot(vx, vy)
    uneven = np.abs(r0 - r1) > _SLACK
    if uneven.any():
        worst = float(np.abs(r0 - r1).max())
        at = int(ops.offset[uneven][0])
        message = f"start and end of an arc differ in radius, by up to {worst:.3g} mm"
        faults.add(what.BAD_ARC, message, at, grave=worst > 10 * _SLACK, times=int(uneven.sum()))
    n = np.where((sweep == 0) | (r0 == 0), 1, steps(np.maximum(r0, r1), sweep))
    count = n.astype(np.int64) + 1
    if count.sum() > MOST_POINTS:
        raise DfmError("its arcs are too large or too many to be drawn", path=path)
    arc = np.repeat(np.arange(len(count)), count)
    first = np.cumsum(count) - count
    t = (np.arange(len(arc)) - first[arc]) / n[arc]
    angle = np.arctan2(uy, ux)[arc] + sweep[arc] * t
    r = r0[arc] + (r1 - r0)[arc] * t
    xy = np.column_stack((cx[arc] + r * np.cos(angle), cy[arc] + r * np.sin(angle)))
    xy[first] = np.column_stack((ops.from_x, ops.from_y))
    xy[first + count - 1] = np.column_stack((ops.x, ops.y))
    return xy, count.astype(np.int32)


def _centres(ops: Operations, faults: Faults) -> tuple[Floats, Floats, Floats]:
    """Centre of each arc, and its sweep in radians, positive from x towards y (y down: clockwise as seen)."""
    i, j = ops.i, ops.j
    best_i, best_j = i.copy(), j.copy()
    single = ops.single
    if single.any():
        left = np.full(len(i), np.inf)
        for si in (1, -1):
            for sj in (1, -1):
                ci, cj = si * np.abs(i), sj * np.abs(j)
                turn = _sweep(ops, ci, cj)
                off = np.abs(np.hypot(ci, cj) - np.hypot(ops.x - ops.from_x - ci, ops.y - ops.from_y - cj))
                off = np.where(np.abs(turn) <= pi / 2 + 1e-2, off, off + 1e6)
                better = single & (off < left - 1e-9)
                best_i[better], best_j[better], left[better] = ci[better], cj[better], off[better]
        bad = single & (left > 1e5)
        if bad.any():
            at = int(ops.offset[bad][0])
            faults.add(what.BAD_ARC, "no centre gives an arc within a quadrant (G74)", at, grave=True, times=int(bad.sum()))
    return ops.from_x + best_i, ops.from_y + best_j, _sweep(ops, best_i, best_j)


def _sweep(ops: Operations, i: Floats, j: Floats) -> Floats:
    start = np.arctan2(-j, -i)
    end = np.arctan2(ops.y - ops.from_y - j, ops.x - ops.from_x - i)
    turn = np.mod((end - start) * ops.turn, 2 * pi)
    same = (ops.x == ops.from_x) & (ops.y == ops.from_y)
    turn = np.where(same, np.where(ops.single, 0.0, 2 * pi), turn)
    # An end a hair before the start by rounding is no full circle in single-quadrant mode.
    turn = np.where(ops.single & (turn > 2 * pi - 1e-3), 0.0, turn)
    return np.asarray(turn * ops.turn)
