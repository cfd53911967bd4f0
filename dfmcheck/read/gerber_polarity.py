"""Clear objects cut out of what was drawn before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .gerber_flat import solid
from .gerber_rows import Rows

_DUST = 1e-9
"""mm2; crumbs of cut polygons below this are rounding."""
_TOUCH = 1e-9
"""mm; shapes that overlap by less only touch."""


def resolve(rows: Rows) -> Rows:
    """The dark rows, less the clear objects that came later; objects are numbered anew from 0.

    A row that nothing cuts keeps its core and radius. One that was cut is a row for each polygon that is left.
    """
    dark = np.flatnonzero(rows.dark)
    clear = np.flatnonzero(~rows.dark)
    out = rows.take(dark)
    out.clear = len(np.unique(rows.object[clear]))
    solid_rows = (rows.radius > 0) | (shapely.get_type_id(rows.core) == 3)  # lines without width neither cut nor are cut
    if len(dark) and len(clear := clear[solid_rows[clear]]):
        out = _cut(out, rows, dark, clear)
    if len(out):
        out.object = (np.cumsum(np.concatenate(([True], out.object[1:] != out.object[:-1]))) - 1).astype(np.int32)
    return out


def _cut(out: Rows, rows: Rows, dark: NDArray[Any], clear: NDArray[Any]) -> Rows:
    tree = shapely.STRtree(rows.core[clear])
    reach = rows.radius[dark] + float(rows.radius[clear].max())
    i, j = tree.query(rows.core[dark], predicate="dwithin", distance=reach)
    later = rows.object[clear[j]] > rows.object[dark[i]]
    later &= (rows.radius[dark[i]] > 0) | (shapely.get_type_id(rows.core[dark[i]]) == 3)
    i, j = i[later], j[later]
    apart = shapely.distance(rows.core[dark[i]], rows.core[clear[j]])
    meet = (apart == 0) | (apart < rows.radius[dark[i]] + rows.radius[clear[j]] - _TOUCH)
    i, j = i[meet], j[meet]
    touched, start = np.unique(i, return_index=True)
    if not len(touched):
        return out
    cutters = np.unique(j)
    areas = np.empty(len(clear), object)
    areas[cutters] = solid(rows.core[clear[cutters]], rows.radius[clear[cutters]])
    ends = np.append(start[1:], len(i))
    knives = np.empty(len(touched), object)
    for k, (a, b) in enumerate(zip(start.tolist(), ends.tolist())):
        knives[k] = areas[j[a]] if b - a == 1 else shapely.union_all(areas[j[a:b]])
    left = shapely.difference(solid(out.core[touched], out.radius[touched]), knives)
    parts, which = shapely.get_parts(left, return_index=True)
    keep = (shapely.area(parts) > _DUST) & (shapely.get_type_id(parts) == 3)
    parts, which = parts[keep], touched[which[keep]]
    whole = np.setdiff1d(np.arange(len(out)), touched)
    cut = out.take(which)
    cut.core, cut.radius = parts, np.zeros(len(parts))
    order = np.argsort(np.concatenate((whole, which)), kind="stable")
    core = np.concatenate((out.core[whole], parts))[order]
    radius = np.concatenate((out.radius[whole], cut.radius))[order]
    final = out.take(np.concatenate((whole, which))[order])
    final.core, final.radius = core, radius
    return final
