"""Whether the second side holds enough parts to be worth its pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..check import Context, Measurements, Skip, check
from ..density import SIDES, placed, sides

NAMED = 6
"""How many parts a text names."""


@check("density.sides", minima="few_parts share_min")
def side_balance(ctx: Context) -> Measurements:
    """Parts and joints of the side that holds fewer parts; nothing where all stand on one. Raises `Skip` without parts."""
    board = ctx.board
    both = sides(board)
    total = both[0].parts + both[1].parts
    if not total:
        raise Skip("no part is fitted")
    second = 1 if both[1].parts <= both[0].parts else 0
    if not both[second].parts:
        return Measurements.none(total)
    rows = np.flatnonzero(placed(board) & (board.components.side == second))
    names = named(board.components.ref[rows])
    body = np.nansum(shapely.area(board.derived.parts().body[rows]))
    x, y = float(board.components.x[rows].mean()), float(board.components.y[rows].mean())
    joints = sum(side.joints for side in both)
    values = [float(len(rows)), 100 * both[second].joints / joints if joints else 100.0]
    where = f"the {SIDES[second]} side holds"
    detail = [f"{where} {names}, bodies of {body:.0f} mm2: parts", f"{where} of all joints"]
    layer = board.outer_layer(second)
    m = Measurements.of(
        values, checked=total, param=["few_parts", "share_min"], a=-1, x=x, y=y, layer=layer, cause="*second side", detail=detail
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))


def named(refs: Any) -> str:
    """The first of some parts by name, and how many more there are."""
    some = sorted(map(str, refs), key=lambda ref: (len(ref), ref))
    more = len(some) - NAMED
    return ", ".join(some[:NAMED]) + (f" and {more} more" if more > 0 else "")
