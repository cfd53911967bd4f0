"""Shapes heaped on one another: a film has few at any place, and a file made to stop its reader has thousands."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Objects
from ..errors import DfmError

MOST_PAIRS = 1_000_000
"""Pairs of boxes that meet, from which on their number is judged by what each shape meets on average."""
MOST_EACH = 200
"""Boxes that a shape of a film may meet on average: a hatched plane's strokes meet some ten."""
_AT_ONCE = 2_000_000


def refuse_heaps(some: Objects, others: Objects, path: str) -> None:
    """Raises `DfmError` where so many of the boxes `some` meet so many of `others` that no film can be meant.

    Asked in portions, so that the answer costs little memory however many pairs there are.
    """
    if len(some) * len(others) <= MOST_PAIRS:
        return
    tree, step, pairs = shapely.STRtree(others), max(1, _AT_ONCE // len(others)), 0
    most = max(MOST_PAIRS, MOST_EACH * len(some))
    for start in range(0, len(some), step):
        pairs += len(tree.query(some[start : start + step])[0])
        if pairs > most:
            raise DfmError(f"heaps more than {MOST_EACH} shapes on one another; that is no film of a board", path=path)


def boxes(core: Objects, reach: object = 0.0) -> Objects:
    """Bounding boxes of the cores, grown by `reach` (mm)."""
    b = shapely.bounds(core) + np.asarray(reach).reshape(-1, 1) * (-1, -1, 1, 1)
    return np.asarray(shapely.box(*b.T))
