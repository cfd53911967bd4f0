"""Tall parts that hide the joints of low ones from camera, hot air and iron."""

from __future__ import annotations

import numpy as np
import shapely

from .. import around, shape
from ..check import Context, Measurements, check
from ..units import below

_LEVEL = 0.5
"""mm; a part that is lower by less stands in no shadow."""


@check("tall_shadow", minima="gap_perpendicular gap_parallel k", tunes="h_tall")
def tall_shadow(ctx: Context) -> Measurements:
    """Distance in mm from each surface-mounted part taller than `h_tall` to the lower ones beside it.

    A chip whose long side faces the tall part shows both its joints: `gap_parallel`; a chip that stands endways, and any
    part with leads, is judged by `gap_perpendicular`. What keeps its distance is judged by `k`, distance over difference of
    heights. Through-hole parts are left out: they come after reflow. A height that nothing but the family tells is marked
    as inferred. All parts on one side are one finding.
    """
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    rows = around.standing(board)
    rows = rows[(parts.mount[rows] == "smd") & np.isfinite(parts.height[rows])]
    tall = rows[parts.height[rows] > ctx.tune("h_tall")]
    steep = ctx.reach("k") if "k" not in ctx.judged() else max(ctx.limits["k"].value or 0.0, ctx.limits["k"].prefer or 0.0)
    reach = np.maximum(ctx.reach("gap_perpendicular", "gap_parallel"), steep * parts.height[tall])
    i, j, distance = around.near(parts.envelope[tall], parts.envelope[rows], reach)
    a, b = tall[i], rows[j]
    drop = parts.height[a] - parts.height[b]
    keep = (c.side[a] == c.side[b]) & (drop > _LEVEL) & around.apart(parts.envelope[a], parts.envelope[b], distance)
    a, b, distance, drop = a[keep], b[keep], distance[keep], drop[keep]
    ways = shapely.shortest_line(shapely.centroid(parts.envelope[b]), parts.envelope[a])
    axis, chip = around.axes(board, b)
    along = chip & (around.between(axis, around.headings(ways)) > 45)
    param = np.where(along, "gap_parallel", "gap_perpendicular").astype(object)
    outer = [max(ctx.limits[p].value or 0.0, ctx.limits[p].prefer or 0.0) if p in ctx.judged() else 0.0 for p in param.tolist()]
    close = np.asarray(below(distance, np.array(outer, np.float64)), np.bool_)
    param[~close] = "k"
    x, y = shape.witness(parts.envelope[a], 0.0, parts.envelope[b], 0.0)
    m = Measurements.of(
        np.where(close, distance, distance / drop), checked=len(tall), param=param, a=c.item[b], b=c.item[a], x=x, y=y,
        layer=board.outer_layer(c.side[a]),
        inferred=(parts.height_source[a] == "family") | (parts.height_source[b] == "family"),
        cause="*shadow",
        detail=[
            (f"from the tall {ref}, " if near else f"times the difference of heights from the tall {ref}, {d:.2f} mm away, ")
            + f"{h1:.1f} and {h2:.1f} mm high"
            for near, ref, d, h1, h2 in zip(close, around.names(board, a), distance, parts.height[b], parts.height[a])
        ],
    )  # fmt: skip
    return m.take(np.isin(param, ctx.judged()))
