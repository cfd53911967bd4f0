"""Paste on exposed pads: how much of the pad it covers, how large its windows are, how wide the webs between them."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Floats, Ints, Objects
from ..check import Context, Measurements, check
from ..units import above, show
from ._paste import land_rows, pattern, under_bodies

SMALL = 4.0
"""mm2: an exposed pad below this prints like any land."""
_THIN = 0.1
"""mm: a narrower web is not cut; a wider one below the limit may tear, which is advice."""
_FULL = 60.0
"""%: from here on it is asked whether a pad is printed too full, below it whether it is printed too scantily."""
_SCANT = 35.0
"""%: makers of parts draw patterns that print as little as this; below the limit that is advice."""


@check("paste_ep", minima="coverage_min window_web_min", maxima="coverage_max window_max")
def paste_ep(ctx: Context) -> Measurements:
    """Of every exposed pad of 4 mm2 or more under a body: paste area in % of its copper, the longer side in mm of the largest
    window, and the narrowest web in mm between two windows. An exposed pad that is drawn in pieces is divided by its copper,
    and what is printed on the pieces counts by the area that they span.

    The size of windows is advice, a step softer, and not told where coverage is: one window over all of the pad is one
    fault. So are patterns that some makers of parts draw: `_SCANT` and `_THIN`. All parts of one footprint are one finding.
    """
    board, f = ctx.board, ctx.board.features
    parts = board.derived.parts()
    fitted = np.append(parts.fitted, False)[board.pads.component]
    rows = land_rows(board, under_bodies(board) & fitted)
    stencil = board.derived.stencil()
    polygon = shape.polygons(f.core[rows], f.radius[rows])
    found: list[Measurements] = [Measurements.none(0)]
    pasted = np.isin(np.arange(len(board.components)), f.component[stencil.land])  # others are soldered by hand, or not at all
    names, number = np.unique(board.pads.number[f.pad[rows]].astype(str), return_inverse=True)
    pin = f.component[rows].astype(np.int64) * max(len(names), 1) + number
    for one in np.unique(pin).tolist():
        mine = rows[pin == one]
        land = shapely.union_all(polygon[pin == one])
        if land.area < SMALL:
            continue
        windows = np.unique(stencil.aperture[np.isin(stencil.land, mine)])
        if len(windows) or pasted[f.component[mine[0]]]:
            found.append(_pad(ctx, mine, land, windows))
    return Measurements.join(found)


def _pad(ctx: Context, rows: Ints, land: shapely.Geometry, windows: Ints) -> Measurements:
    board, f = ctx.board, ctx.board.features
    a = board.derived.stencil().apertures.take(windows)
    inside = shapely.area(shapely.intersection(a.polygon(), land)) if len(a) else np.zeros(0)
    share = 100 * float(inside.sum()) / land.area
    full = share >= _FULL
    if full and shapely.get_num_geometries(land) > 1:  # gaps in the copper vent as webs in the paste do
        land = shapely.convex_hull(land)
        share = 100 * float(inside.sum()) / land.area
    size, web = float(a.length.max(initial=0.0)), _web(a.core, a.radius)
    name = pattern(board, f.component[rows[:1]])[0]
    most = ctx.limits.get("coverage_max")
    over = most is not None and bool(above(share, min(v for v in (most.value, most.prefer) if v is not None)))
    count = f"{len(a)} window{'s' * (len(a) != 1)}"
    pad = f"{count} over {show(land.area, 'mm2')} of exposed pad:"
    rowwise = [
        ("coverage_max", share, 0, pad) if full else ("coverage_min", share, int(share >= _SCANT), pad),
        *([("window_max", size, 1, f"the largest of {count} on an exposed pad:")] if len(a) and not over else []),
        *([("window_web_min", web, int(web >= _THIN), f"the narrowest web between {count}:")] if np.isfinite(web) else []),
    ]
    x, y = shapely.get_coordinates(shapely.centroid(land))[0]
    m = Measurements.of(
        [r[1] for r in rowwise], checked=1, param=[r[0] for r in rowwise], a=f.item[rows[0]], x=x, y=y, layer=f.layer[rows[0]],
        soften=[r[2] for r in rowwise], detail=[r[3] for r in rowwise], cause=[f"{name} {r[0]}" for r in rowwise],
    )  # fmt: skip
    return m.take(np.isin(m.param, ctx.judged()))


def _web(core: Objects, radius: Floats) -> float:
    """mm between the nearest two windows, infinite where there is but one."""
    if len(core) < 2:
        return float("inf")
    i, j = np.triu_indices(len(core), 1)
    return float(shape.distance(core[i], radius[i], core[j], radius[j]).min())
