"""The size of the board."""

from __future__ import annotations

import numpy as np
import shapely

from ..check import Context, Measurements, check


@check("outline.board_size", minima="fab_min smt_line_min", maxima="fab_max_long fab_max_short smt_line_max")
def board_size(ctx: Context) -> Measurements:
    """Shorter and longer side in mm of the upright rectangle around the outline.

    With several separate boards `fab_min` judges the smallest, the rest the whole. Too small for an assembly line is a
    note, as it takes a panel; too large for one is a step softer than too large to be made.
    """
    outline = ctx.board.outline
    x0, y0, x1, y1 = shapely.bounds(outline)
    short, long = sorted((x1 - x0, y1 - y0))
    each = shapely.bounds(shapely.get_parts(outline))
    smallest = float((each[:, 2:] - each[:, :2]).min())
    rows = [
        (smallest, "fab_min", 0, "across"),
        (short, "fab_max_short", 0, "across"),
        (long, "fab_max_long", 0, "long"),
        (short, "smt_line_min", 2, "across: an assembly line needs it in a panel"),
        (long, "smt_line_max", 1, "long: too much for an assembly line"),
    ]
    rows = [row for row in rows if row[1] in ctx.judged()]
    points = shapely.get_coordinates(outline.geoms[0].exterior)
    x, y = points[np.lexsort((points[:, 1], points[:, 0]))[0]]
    return Measurements.of(
        [r[0] for r in rows], checked=len(outline.geoms), param=[r[1] for r in rows], a=-1, x=x, y=y, soften=[r[2] for r in rows],
        cause=[r[1] for r in rows], detail=[r[3] for r in rows],
    )  # fmt: skip
