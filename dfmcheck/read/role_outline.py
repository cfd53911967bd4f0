"""Which of several candidates is the board's outline: the one that encloses the copper and closes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from ..board import Floats
from ..package import Form, Image

SLACK = 0.5
"""mm: by how much pads may reach over the outline's box (castellated holes, edge fingers)."""
LOOSE = 2.0
"""How many times the box of the copper the box of an outline is that nothing else tells from a drawing's frame."""
GAP = 0.05
"""mm: a stroke whose end is nearer than this to another stroke meets it."""


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
    """Whether the strokes at the box of the whole image all end in one another."""
    form, cores, radius = image.graphics.form, image.graphics.core, image.graphics.radius
    if np.any(form == Form.REGION):
        return True
    rows = np.isin(form, (Form.LINE, Form.ARC)) & (shapely.get_type_id(cores) == 1)
    strokes, radius = cores[rows], radius[rows]
    if not len(strokes):
        return False
    ends = np.concatenate([shapely.get_point(strokes, 0), shapely.get_point(strokes, -1)])
    owner = np.tile(np.arange(len(strokes)), 2)
    end, stroke = shapely.STRtree(strokes).query(ends, predicate="dwithin", distance=GAP + float(radius.max()))
    meets = np.zeros(len(ends), bool)
    meets[end[stroke != owner[end]]] = True
    meets |= shapely.is_closed(strokes)[owner]
    at, box = shapely.get_coordinates(ends), shapely.total_bounds(strokes)
    outer = np.any(np.abs(at - box[:2]) < SLACK, axis=1) | np.any(np.abs(at - box[2:]) < SLACK, axis=1)
    return bool(np.all(meets[outer])) if outer.any() else bool(np.all(meets))


def alone(image: Image, copper: Floats) -> bool:
    """Whether a Gerber without any hint is surely the outline: strokes only, close around the copper, not a drawing's frame."""
    box = extent([image])
    if box is None or not np.all(np.isin(image.graphics.form, (Form.LINE, Form.ARC))) or len(image.graphics) > 5000:
        return False
    near = np.prod(box[2:] - box[:2]) <= LOOSE * np.prod(copper[2:] - copper[:2])
    return bool(near) and encloses(image, copper)
