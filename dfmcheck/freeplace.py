"""The largest free place on a side of the board: room for a label."""

from __future__ import annotations

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats
from .silk import BOTTOM, TOP, openings

CELL, CELLS = 0.25, 240
"""The board is looked at in squares of this many mm, or of a size that makes so many of the longer side."""
NARROW = 5.0
"""mm; a narrower place takes no label."""


def free_rectangle(board: Board) -> tuple[float, float, float]:
    """Area in mm2 and centre of the largest upright rectangle that is free of parts, openings, holes and ink, of both sides.

    Printed areas are free: a white box is a place for a label. Cells that anything covers in part are not free, so the
    area is a lower bound.
    """
    x0, y0, x1, y1 = board.outline.bounds
    cell = max(CELL, max(x1 - x0, y1 - y0) / CELLS)
    columns, rows = max(int((x1 - x0) / cell + 1e-6), 1), max(int((y1 - y0) / cell + 1e-6), 1)
    at_x, at_y = np.meshgrid(x0 + (np.arange(columns) + 0.5) * cell, y0 + (np.arange(rows) + 0.5) * cell)
    shapely.prepare(board.outline)
    inside = shapely.contains_xy(board.outline, at_x.ravel(), at_y.ravel()).reshape(rows, columns)
    best = (0.0, (x0 + x1) / 2, (y0 + y1) / 2)
    for side in (TOP, BOTTOM):
        boxes = (_obstacles(board, side) - [x0, y0, x0, y0]) / cell
        free = inside & ~_covered(boxes, rows, columns)
        top, left, height, width = _largest(free, max(int(np.ceil(NARROW / cell - 1e-6)), 1))
        area = height * width * cell * cell
        if area > best[0]:
            best = area, x0 + (left + width / 2) * cell, y0 + (top + height / 2) * cell
    return best


def _obstacles(board: Board, side: int) -> Floats:
    """Boxes (N x 4) of what takes room on a side."""
    ink, open_, parts = board.derived.ink(), openings(board), board.derived.parts()
    lines = ink.take((ink.side == side) & ~np.isin(shapely.get_type_id(ink.core), (3, 6)))
    xy, of = shapely.get_coordinates(lines.core, return_index=True)
    last = np.r_[of[1:] != of[:-1], True] if len(of) else np.empty(0, np.bool_)
    point = np.bincount(of, minlength=len(lines)) == 1
    start = np.flatnonzero(~last | point[of])
    end = np.where(last[start], start, start + 1)
    radius = lines.radius[of[start], None]
    strokes = np.c_[np.minimum(xy[start], xy[end]) - radius, np.maximum(xy[start], xy[end]) + radius]
    here = open_.side == side
    windows = shapely.bounds(shape.boxes(open_.core[here], open_.radius[here]))
    on = parts.fitted & (board.components.side == side)
    bodies = np.array([envelope for envelope in parts.envelope[on] if envelope is not None], object)
    return np.concatenate([strokes, windows, shapely.bounds(bodies).reshape(-1, 4)])


def _covered(boxes: Floats, rows: int, columns: int) -> Bools:
    """Cells that any of the boxes (in cells) reaches into."""
    first = np.floor(boxes[:, :2] + 1e-6).astype(int)
    last = np.ceil(boxes[:, 2:] - 1e-6).astype(int)
    a, b = (np.clip(c, 0, [columns, rows]) for c in (first, last))
    keep = (b > a).all(axis=1)
    a, b = a[keep], b[keep]
    count = np.zeros((rows + 1, columns + 1), np.int64)
    for y, x, sign in ((a[:, 1], a[:, 0], 1), (a[:, 1], b[:, 0], -1), (b[:, 1], a[:, 0], -1), (b[:, 1], b[:, 0], 1)):
        np.add.at(count, (y, x), sign)
    return np.asarray(count.cumsum(axis=0).cumsum(axis=1)[:rows, :columns] > 0)


def _largest(free: Bools, least: int) -> tuple[int, int, int, int]:
    """Row, column, height and width in cells of the largest free rectangle with sides of at least `least` cells.

    The largest rectangle in a histogram, for each row the heights of the free columns that end there.
    """
    best, place = 0, (0, 0, 0, 0)
    heights = np.zeros(free.shape[1], np.int64)
    for row, line in enumerate(free):
        heights = np.where(line, heights + 1, 0)
        if heights.max(initial=0) < least:
            continue
        stack: list[tuple[int, int]] = []
        for column, height in enumerate([*heights.tolist(), 0]):
            start = column
            while stack and stack[-1][1] >= height:
                start, tall = stack.pop()
                width = column - start
                if tall >= least and width >= least and tall * width > best:
                    best, place = tall * width, (row - tall + 1, start, tall, width)
            stack.append((start, height))
    return place
