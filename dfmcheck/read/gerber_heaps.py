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


def refuse_heaps(some: Objects, reach: object, others: Objects, path: str) -> None:
    """Raises `DfmError` where cores in `some` have so many of `others` within `reach` (mm) that no film can be meant.

    Asked in portions, so that the answer costs little memory however many pairs there are.
    """
    if len(some) * len(others) <= MOST_PAIRS:
        return
    tree, step, pairs = shapely.STRtree(others), max(1, _AT_ONCE // len(others)), 0
    most, near = max(MOST_PAIRS, MOST_EACH * len(some)), np.broadcast_to(np.asarray(reach, np.float64), len(some))
    for start in range(0, len(some), step):
        part = slice(start, start + step)
        pairs += len(tree.query(some[part], predicate="dwithin", distance=near[part])[0])
        if pairs > most:
            raise DfmError(f"heaps more than {MOST_EACH} shapes on one another; that is no film of a board", path=path)
