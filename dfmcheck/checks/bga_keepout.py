"""Free room around large parts whose joints lie beneath them."""

from __future__ import annotations

import numpy as np
import shapely

from .. import around
from ..board import Board, Ints
from ..check import Context, Measurements, check
from .size import by_limit

_BOTTOM_TERMINATED = ("BGA", "QFN")
_DRAWN = 0.1
"""mm by which a body may be drawn larger than it is called: 8 mm are 0.315 inches, and bodies have a tolerance."""


@check("bga_keepout", minima="same_side opposite_array", tunes="applies_above_body")
def bga_keepout(ctx: Context) -> Measurements:
    """Distance in mm from each array or bottom-terminated body longer than `applies_above_body` to every other part.

    `same_side` judges the parts beside it: a low chip (or a pack of them), or a body that is not drawn, is one step softer,
    since rework can shield it. `opposite_array` judges the distance, as seen from above, to another array on the other
    side. All parts around one array are one finding.
    """
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    rows = around.standing(board)
    arrays = large_arrays(board, rows, ctx.tune("applies_above_body"))
    found = []
    for param, others in (("same_side", rows), ("opposite_array", arrays)):
        if param not in ctx.judged():
            continue
        i, j, distance = around.near(parts.envelope[arrays], parts.envelope[others], ctx.reach(param))
        a, b = arrays[i], others[j]
        opposite = c.side[a] != c.side[b]
        keep = (opposite if param == "opposite_array" else ~opposite) & (a != b) & ~(np.isin(b, arrays) & (b < a))
        keep &= opposite | around.apart(parts.envelope[a], parts.envelope[b], distance)
        a, b, distance = a[keep], b[keep], distance[keep]
        x, y = around.spots(parts.envelope[a], parts.envelope[b], distance)
        low = ((parts.family[b] == "chip-S") | ((parts.family[b] == "chip-L") & (parts.pins[b] > 2))) & ~opposite[keep]
        unsure = around.guessed(board, a) | around.guessed(board, b)
        found.append(Measurements.of(
            distance, checked=0, param=param, a=c.item[a], b=c.item[b], x=x, y=y, layer=board.outer_layer(c.side[a]),
            inferred=unsure, soften=(low | unsure).astype(np.int32),
            cause=by_limit(ctx, np.full(len(a), param, object), distance, [f"*{param} {ref}" for ref in c.ref[a]]),
            detail=np.select(
                [opposite[keep], low], ["as seen from above: an array behind an array", "a low chip: shield it in rework"], ""
            ),
        ))  # fmt: skip
    return Measurements.join([Measurements.none(len(arrays)), *found])


def large_arrays(board: Board, rows: Ints, above: float) -> Ints:
    """Those of the components whose joints lie beneath a body with a side longer than `above` mm."""
    parts = board.derived.parts()
    rows = rows[np.isin(parts.family[rows].astype(str), _BOTTOM_TERMINATED)]
    body = parts.body[rows]
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.oriented_envelope(body))).reshape(-1, 5, 2)
    side = np.hypot(*(corners[:, 1:3] - corners[:, :2]).transpose(2, 0, 1)).max(axis=1)
    return np.asarray(rows[side > above + _DRAWN], np.int32)
