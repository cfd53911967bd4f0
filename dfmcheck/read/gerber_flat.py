"""Curves of Gerber files in bulk: arcs to points, cores with a radius to polygons, both within `arcs.CHORD`."""

from __future__ import annotations

from math import pi

import numpy as np

from ..board import Floats, Ints, Objects
from ..shape import polygons
from .arcs import CHORD


def steps(radius: Floats, sweep: Floats) -> Ints:
    """How many chords keep arcs within `CHORD` of their circles, as `arcs.steps` of each."""
    fine = np.maximum(radius, CHORD)
    step = np.where(fine > CHORD, 2 * np.arccos(1 - CHORD / fine), pi / 4)
    return np.maximum(2, np.ceil(np.abs(sweep) / step)).astype(np.int32)


def solid(core: Objects, radius: Floats) -> Objects:
    """Each shape as a polygon whose curves are within `CHORD`; circles keep their area."""
    radius = np.asarray(radius, np.float64)
    out = np.asarray(core, object).copy()
    quads = 2 ** np.ceil(np.log2(steps(radius, np.full(len(radius), pi / 2)))).astype(np.int32)
    for quad in np.unique(quads[radius > 0]).tolist():
        rows = (quads == quad) & (radius > 0)
        out[rows] = polygons(out[rows], radius[rows], quad_segs=max(4, quad))
    return out
