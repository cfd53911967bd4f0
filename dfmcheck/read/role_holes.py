"""Drill files that hold the same holes, and Gerbers that are no drill files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from ..board import Floats
from ..package import Form, Image

if TYPE_CHECKING:
    from .role_evidence import File

NEAR = 0.02
"""mm: holes of two files nearer than this, and of diameters as equal, are the same; rounding of inches gives 0.0013."""


def holes(file: File) -> Floats | None:
    """N x 3: centre and diameter of each hole of a drill file, or of each flash of a Gerber; None for neither."""
    if file.drill is not None:
        hits = file.drill.hits
        return np.column_stack([shapely.get_coordinates(shapely.centroid(hits.core)), 2 * hits.radius])
    if file.image is not None:
        drawn = file.image.graphics
        flashed = drawn.take(drawn.form == Form.FLASH)
        widths = np.array([a.width for a in file.image.apertures] or [0.0])
        return np.column_stack([flashed.x, flashed.y, widths[flashed.aperture]])
    return None


def within(one: File, other: File) -> bool:
    """Whether every hole of one file is in the other as well: EasyEDA lists the vias in a file of their own once more."""
    mine, theirs = holes(one), holes(other)
    if mine is None or theirs is None or not 0 < len(mine) <= len(theirs):
        return False
    a, b = shapely.points(mine[:, :2]), shapely.points(theirs[:, :2])
    left, right = shapely.STRtree(b).query(a, predicate="dwithin", distance=NEAR)
    alike = ~(np.abs(mine[left, 2] - theirs[right, 2]) > NEAR)
    return len(np.unique(left[alike])) == len(mine) and len(np.unique(right[alike])) >= len(mine)


def picture(image: Image) -> bool:
    """Whether a Gerber can be no drill file: it has regions, or more strokes than flashes."""
    form = image.graphics.form
    return bool(np.any(form == Form.REGION) or np.sum(form != Form.FLASH) > np.sum(form == Form.FLASH) + 10)
