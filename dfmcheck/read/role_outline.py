"""Which of several candidates is the board's outline: the one that encloses the copper and closes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from ..board import Floats
from ..package import Form, Image

SLACK = 0.5
"""mm: by how much pads may reach over the outline's box (castellated holes, edge fingers)."""
GAP = 0.05
"""mm: ends of strokes nearer than this meet."""


def extent(images: Sequence[Image], *, flashes: bool = False) -> Floats | None:
    """Bounding box (x0, y0, x1, y1) of what images draw, of their flashes alone if asked (and there are any); None if empty."""
    boxes = []
    for image in images:
        cores, radius = image.graphics.core, image.graphics.radius
        if flashes and np.any(image.graphics.form == Form.FLASH):
            rows = image.graphics.form == Form.FLASH
            cores, radius = cores[rows], radius[rows]
        if len(cores):
            bounds = shapely.bounds(cores)
            grown = np.column_stack([bounds[:, :2] - radius[:, None], bounds[:, 2:] + radius[:, None]])
            boxes.append([*np.nanmin(grown[:, :2], axis=0), *np.nanmax(grown[:, 2:], axis=0)])
    if not boxes:
        return None
    table = np.array(boxes)
    return np.array([*table[:, :2].min(axis=0), *table[:, 2:].max(axis=0)])


def encloses(image: Image, copper: Floats | None) -> bool:
    """Whether an image draws something closed around the copper."""
    box = extent([image])
    if box is None:
        return False
    if copper is not None and not (np.all(box[:2] <= copper[:2] + SLACK) and np.all(box[2:] >= copper[2:] - SLACK)):
        return False
    return _closed(image)


def _closed(image: Image) -> bool:
    """Whether the strokes that reach the box of the whole image end in one another."""
    strokes = image.graphics.core[np.isin(image.graphics.form, (Form.LINE, Form.ARC))]
    if np.any(image.graphics.form == Form.REGION):
        return True
    strokes = strokes[shapely.get_type_id(strokes) == 1]
    if not len(strokes):
        return False
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(strokes, 0)), shapely.get_coordinates(shapely.get_point(strokes, -1))]
    )
    tree = shapely.STRtree(shapely.points(ends))
    near = tree.query(shapely.points(ends), predicate="dwithin", distance=GAP)
    meets = np.bincount(near[0][near[0] != near[1]], minlength=len(ends))
    box = np.array(shapely.total_bounds(strokes))
    outer = np.any(np.abs(ends - box[:2]) < SLACK, axis=1) | np.any(np.abs(ends - box[2:]) < SLACK, axis=1)
    return bool(np.all(meets[outer] > 0)) if outer.any() else bool(np.all(meets > 0))
