"""Bodies that reach over the edge of the board."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..check import Context, Measurements, check
from ..units import show

_ROUNDING = 0.02
"""mm; bodies are drawn on a grid, edges are not."""


@check("component_overhang", minima="panel_gap_margin", maxima="overhang_max")
def component_overhang(ctx: Context) -> Measurements:
    """By how many mm the body of a fitted part, as the fab layer draws it, reaches over the edge of its board, and what is
    left between it and the next board of the panel, where the design holds several.

    To reach over is a note: connectors do so on purpose. Parts without a land on any board are part-off-board's.
    """
    board = ctx.board
    c, parts, outline = board.components, board.derived.parts(), board.outline
    rows = np.flatnonzero(parts.fitted & (parts.body_source == "fab") & (parts.pins > 0))
    checked = len(rows)
    body = parts.body[rows]
    shapely.prepare(outline)
    over = ~shapely.covers(outline, body) & shapely.intersects(outline, body)
    rows, body = rows[over], body[over]
    boards = shapely.get_parts(outline)
    pair = shapely.area(shapely.intersection(body[:, None], boards[None])) if len(rows) else np.zeros((0, len(boards)))
    own = pair.argmax(axis=1)
    corners, of = shapely.get_coordinates(body, return_index=True)
    away = np.asarray(shapely.distance(boards[own][of], shapely.points(corners)), np.float64)
    amount = np.zeros(len(rows))
    np.maximum.at(amount, of, away)
    keep = amount > _ROUNDING
    rows, body, amount, own = rows[keep], body[keep], amount[keep], own[keep]
    spot = shapely.centroid(body)
    common: dict[str, Any] = {"checked": 0, "a": c.item[rows], "x": shapely.get_x(spot), "y": shapely.get_y(spot),
              "inferred": board.items.inferred[c.item[rows]]}  # fmt: skip
    found = [
        Measurements.none(checked),
        Measurements.of(
            amount, param="overhang_max", soften=1, cause="*over", detail="reaches over the board's edge by", **common
        ),
    ]
    if len(boards) > 1 and len(rows):
        gap = np.asarray(shapely.distance(body[:, None], boards[None]), np.float64)
        gap[np.arange(len(rows)), own] = np.inf
        near = gap.min(axis=1)
        text = [f"reaches {show(a, 'mm')} over the board's edge, and the next board of the panel is" for a in amount]
        some = Measurements.of(near, param="panel_gap_margin", cause="*panel", detail=text, **common)
        found.append(some.take(np.isfinite(near)))
    m = Measurements.join(found)
    return m.take(np.isin(m.param, ctx.judged()))
