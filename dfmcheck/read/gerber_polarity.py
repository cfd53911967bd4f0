"""Clear objects cut out of what was drawn before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Bools, Objects
from .gerber_flat import solid
from .gerber_heaps import MOST_EACH, refuse_heaps
from .gerber_rows import Rows

_DUST = 1e-9
"""mm2; crumbs of cut polygons below this are rounding."""
_TOUCH = 1e-9
"""mm; shapes that overlap by less only touch."""
_MANY = 20_000
"""Pairs of a dark and a clear shape; more are resolved by `_layered`."""
Rowset = NDArray[np.int64]


def resolve(rows: Rows, path: str) -> Rows:
    """The dark rows, less the clear objects that came later; objects are numbered anew from 0.

    A row that nothing cuts keeps its core and radius. One that was cut is a row for each polygon that is left. Raises
    `DfmError` for heaps of clear shapes, see `gerber_heaps`.
    """
    dark, clear = np.flatnonzero(rows.dark), np.flatnonzero(~rows.dark)
    out = rows.take(dark)
    out.clear = len(np.unique(rows.object[clear]))
    has_area = (rows.radius > 0) | (shapely.get_type_id(rows.core) == 3)  # lines without width neither cut nor are cut
    clear = _last_of_equal(rows, clear[has_area[clear]])
    if len(dark) and len(clear):
        touched, left = _cut(rows, dark, clear, has_area, path)
        out = _replaced(out, touched, left)
    if len(out):
        out.object = (np.cumsum(np.concatenate(([True], out.object[1:] != out.object[:-1]))) - 1).astype(np.int32)
    return out


def _last_of_equal(rows: Rows, clear: Rowset) -> Rowset:
    """Of clear shapes that are drawn again at the same place only the last is needed."""
    last = dict(zip(zip(shapely.to_wkb(rows.core[clear]), rows.radius[clear].tolist()), clear.tolist()))
    return np.array(sorted(last.values()), np.int64)


def _cut(rows: Rows, dark: Rowset, clear: Rowset, has_area: Bools, path: str) -> tuple[Rowset, Objects]:
    """Which of `dark` (positions) lose something, and what is left of them."""
    at = np.flatnonzero(has_area[dark] & (rows.object[dark] < rows.object[clear].max()))
    if not len(at):
        return np.empty(0, np.int64), np.empty(0, object)
    knives, widest = rows.core[clear], float(rows.radius[clear].max())
    refuse_heaps(knives, rows.radius[clear] + widest, knives, path)
    if len(at) > MOST_EACH:  # a few planes may well be cut by thousands each
        refuse_heaps(rows.core[dark[at]], rows.radius[dark[at]] + widest, knives, path)
    i, j = shapely.STRtree(knives).query(rows.core[dark[at]], predicate="dwithin", distance=rows.radius[dark[at]] + widest)
    later = rows.object[clear[j]] > rows.object[dark[at[i]]]
    i, j = at[i[later]], j[later]
    if len(i) > _MANY and len(np.unique(rows.object[dark])) > 1:
        return _layered(rows, dark, clear, np.unique(i))
    apart = shapely.distance(rows.core[dark[i]], rows.core[clear[j]])
    meet = (apart == 0) | (apart < rows.radius[dark[i]] + rows.radius[clear[j]] - _TOUCH)
    i, j = i[meet], j[meet]
    order = np.argsort(i, kind="stable")
    touched, start = np.unique(i[order], return_index=True)
    needed = np.unique(j)
    areas = np.empty(len(clear), object)
    areas[needed] = solid(rows.core[clear[needed]], rows.radius[clear[needed]])
    knives = _together(areas[j[order]], start)
    return touched, shapely.difference(solid(rows.core[dark[touched]], rows.radius[dark[touched]]), knives)


def _layered(rows: Rows, dark: Rowset, clear: Rowset, near: Rowset) -> tuple[Rowset, Objects]:
    """The same for many shapes on one another: the clear shapes after each dark one, as unions of 1, 2, 4, ... runs.

    A run is the clear shapes between two dark ones. The runs after any place are at most one block of each power of two,
    so every union is made once and serves all.
    """
    run_of = np.searchsorted(rows.object[dark], rows.object[clear])
    _, run = np.unique(run_of, return_inverse=True)
    first = np.searchsorted(np.unique(run_of), near, side="right")  # the first run after each dark row
    blocks: list[Any] = list(_together(solid(rows.core[clear], rows.radius[clear]), np.searchsorted(run, np.arange(run[-1] + 1))))
    left, size = solid(rows.core[dark[near]], rows.radius[dark[near]]), 1
    touched = np.zeros(len(near), np.bool_)
    while blocks:
        use = (first < len(blocks) * size) & ((first // size) % 2 == 1) | (len(blocks) == 1) & (first < size)
        for block in np.unique(first[use] // size).tolist():
            which = np.flatnonzero(use & (first // size == block))
            parts = shapely.get_parts(blocks[block])
            a, b = shapely.STRtree(parts).query(left[which], predicate="intersects")
            order = np.argsort(a, kind="stable")
            hit, start = np.unique(a[order], return_index=True)
            touched[which[hit]] = True
            left[which[hit]] = shapely.difference(left[which[hit]], _together(parts[b[order]], start))
        first = np.where(use, (first // size + 1) * size, first)
        if len(blocks) == 1:
            break
        blocks = [shapely.disjoint_subset_union_all(blocks[k : k + 2]) for k in range(0, len(blocks), 2)]
        size *= 2
    return near[touched], left[touched]


def _together(areas: Objects, start: Any) -> Objects:
    """The union of each group of areas; groups are runs that begin at `start`."""
    out = np.empty(len(start), object)
    ends = np.append(start[1:], len(areas))
    for k, (a, b) in enumerate(zip(start.tolist(), ends.tolist())):
        out[k] = areas[a] if b - a == 1 else shapely.disjoint_subset_union_all(areas[a:b])
    return out


def _replaced(out: Rows, touched: Rowset, left: Objects) -> Rows:
    """The rows with the polygons that are left in place of those touched."""
    parts, which = shapely.get_parts(left, return_index=True)
    keep = (shapely.area(parts) > _DUST) & (shapely.get_type_id(parts) == 3)
    parts, which = parts[keep], touched[which[keep]]
    whole = np.setdiff1d(np.arange(len(out)), touched)
    rows = np.concatenate((whole, which))
    order = np.argsort(rows, kind="stable")
    core, radius = np.concatenate((out.core[whole], parts)), np.concatenate((out.radius[whole], np.zeros(len(parts))))
    final = out.take(rows[order])
    final.core, final.radius = core[order], radius[order]
    return final
