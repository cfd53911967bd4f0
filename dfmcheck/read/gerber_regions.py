"""Regions (G36 to G37) as polygons."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Floats, Ints
from ..package import Form
from . import gerber_faults as what
from .draft import bulk, mend
from .gerber_arcs import flatten
from .gerber_heaps import refuse_heaps
from .gerber_operations import DRAW, FLASH, MOVE, Operations
from .gerber_rows import Rows
from .gerber_scan import Scan
from .slits import rings_of


def regions(ops: Operations, rows: Any, scan: Scan, path: str) -> Rows:
    """The areas of all regions. `rows` are the operations inside regions. Rows of one region share an `object`."""
    part = ops.take(rows)
    if (part.kind == FLASH).any():
        scan.faults.add(what.BAD_REGION, "a flash inside a region", int(part.offset[part.kind == FLASH][0]), grave=True)
        keep = part.kind != FLASH
        part, rows = part.take(keep), rows[keep]
    xy, size, contour_region = _contours(part, scan, path)
    first_op = np.concatenate(([True], part.region[1:] != part.region[:-1])) if len(part) else np.empty(0, np.bool_)
    heads = np.flatnonzero(first_op)
    polygons, owner = _polygons(xy, size, contour_region, scan, part.region_offset[heads], part.region[heads], path)
    head = heads[np.searchsorted(part.region[heads], owner)] if len(owner) else np.empty(0, np.int64)
    known = list(scan.states)
    states = [known[k] for k in part.state[head].tolist()]
    n = len(polygons)
    start = xy[np.cumsum(size) - size] if len(size) else np.empty((0, 2))
    of_region = dict(zip(contour_region[::-1].tolist(), start[::-1].tolist()))
    place = np.array([of_region[r] for r in owner.tolist()]).reshape(-1, 2)
    return Rows(
        core=polygons, radius=np.zeros(n), form=np.full(n, Form.REGION, np.int32), object=rows[head].astype(np.int32),
        aperture=np.full(n, -1, np.int32), attributes=np.array([s.region for s in states], np.int32),
        offset=part.region_offset[head], x=place[:, 0], y=place[:, 1], angle=np.zeros(n),
        dark=np.array([s.dark for s in states], np.bool_), scope=np.array([s.scope for s in states], np.int32),
        block=np.zeros(n, np.int32), transform=np.zeros(n, np.int32),
    )  # fmt: skip


def _contours(ops: Operations, scan: Scan, path: str) -> tuple[Floats, Ints, Ints]:
    """Points of all contours in a row, how many each has, and its region."""
    n = len(ops)
    new_region = np.concatenate(([True], ops.region[1:] != ops.region[:-1])) if n else np.empty(0, np.bool_)
    move = ops.kind == MOVE
    bare = new_region & ~move  # a region that begins without D02: at the current point
    starts = move | bare
    curve = (ops.turn != 0) & (ops.kind == DRAW)
    count = np.ones(n, np.int64)
    arc_xy, arc_count = flatten(ops.take(curve), scan.faults, path) if curve.any() else (np.empty((0, 2)), np.empty(0, np.int32))
    count[curve] = arc_count - 1
    count[bare] += 1
    xy = np.empty((int(count.sum()), 2))
    first = np.cumsum(count) - count
    last = first + count - 1
    xy[last] = np.column_stack((ops.x, ops.y))
    xy[first[bare]] = np.column_stack((ops.from_x[bare], ops.from_y[bare]))
    if curve.any():
        begin = np.cumsum(arc_count) - arc_count
        keep = np.ones(len(arc_xy), np.bool_)
        keep[begin] = False
        at = np.repeat((last - count + 1)[curve] + bare[curve], arc_count - 1)
        within = np.arange(len(at)) - np.repeat(np.cumsum(arc_count - 1) - (arc_count - 1), arc_count - 1)
        xy[at + within] = arc_xy[keep]
    contour = np.cumsum(starts) - 1
    size = np.bincount(contour, weights=count, minlength=int(starts.sum())).astype(np.int32) if n else np.empty(0, np.int32)
    return xy, size, ops.region[starts]


def _polygons(xy: Floats, size: Ints, region: Ints, scan: Scan, offsets: Any, numbers: Any, path: str) -> tuple[Any, Ints]:
    """Polygons and the region of each; those of one region do not overlap."""
    add = scan.faults.add

    def at(which: int) -> int:
        return int(offsets[np.searchsorted(numbers, which)])

    end = np.cumsum(size)
    first = end - size
    drawn = size > 1
    is_open = drawn & (xy[first] != xy[np.maximum(end - 1, 0)]).any(axis=1) if len(size) else drawn
    if is_open.any():
        message = "a contour whose end is not its start; closed"
        add(what.OPEN_REGION, message, at(int(region[is_open][0])), times=int(is_open.sum()))
    # Without repeated points and without the closing one.
    contour = np.repeat(np.arange(len(size)), size)
    follow = np.concatenate((xy[1:], xy[:1])) if len(xy) else xy
    tail = np.zeros(len(xy), np.bool_)
    tail[end[size > 0] - 1] = True
    follow[tail] = xy[first[size > 0]]
    keep = (xy != follow).any(axis=1)
    xy, contour = xy[keep], contour[keep]
    left = np.bincount(contour, minlength=len(size))
    good = left >= 3
    lost = np.setdiff1d(region[drawn & ~good], region[good])
    if len(lost):
        add(what.EMPTY_REGION, "a region without area", at(int(lost[0])), times=len(lost))
    if not good.any():
        return np.empty(0, object), np.empty(0, np.int32)
    number = np.cumsum(good) - 1
    inside = good[contour]
    xy, contour, region = xy[inside], number[contour[inside]], region[good]
    rings = shapely.linearrings(xy, indices=contour)
    polygons = np.asarray(shapely.polygons(rings), object)
    owner = region.astype(np.int32)
    polygons, owner = _opened(polygons, owner, xy, contour)
    bad = np.flatnonzero(~shapely.is_valid(polygons))
    for k in bad.tolist():
        polygons[k] = mend(polygons[k])
    if len(bad):
        add(what.CROSSED_REGION, "a contour that crosses itself", at(int(owner[bad[0]])), times=len(bad))
    return _united(polygons, owner, path)


def _opened(polygons: Any, owner: Ints, xy: Floats, contour: Ints) -> tuple[Any, Ints]:
    """With the slits opened of contours that come to a point twice."""
    order = np.lexsort((xy[:, 1], xy[:, 0], contour))
    a, b = order[:-1], order[1:]
    twice = np.unique(contour[a[(contour[a] == contour[b]) & (xy[a] == xy[b]).all(axis=1)]])
    if not len(twice):
        return polygons, owner
    begin = np.searchsorted(contour, np.arange(len(polygons) + 1))
    rings: list[Floats] = []
    area_of_ring: list[int] = []
    owners: list[int] = []
    for k in twice.tolist():
        for shell_and_holes in rings_of(xy[begin[k] : begin[k + 1]]):
            rings += shell_and_holes
            area_of_ring += [len(owners)] * len(shell_and_holes)
            owners.append(int(owner[k]))
    opened = shapely.polygons(bulk(shapely.linearrings, rings), indices=area_of_ring)
    plain = np.ones(len(polygons), np.bool_)
    plain[twice] = False
    return np.concatenate((polygons[plain], opened)), np.concatenate((owner[plain], np.array(owners, np.int32)))


def _united(polygons: Any, owner: Ints, path: str) -> tuple[Any, Ints]:
    """One or more polygons a region: contours of one region that meet become one, multipolygons their parts."""
    count = np.bincount(owner)
    for region in np.flatnonzero(count > 1).tolist():
        at = np.flatnonzero(owner == region)
        group = polygons[at]
        refuse_heaps(group, 0.0, group, path)
        left, right = shapely.STRtree(group).query(group, predicate="intersects")
        if (left != right).any():
            polygons[at[0]] = shapely.union_all(group)
            polygons[at[1:]] = None
    there = shapely.is_geometry(polygons) & ~shapely.is_empty(polygons)
    parts, which = shapely.get_parts(polygons[there], return_index=True)
    owner = owner[there][which]
    solid = shapely.area(parts) > 0
    return parts[solid], owner[solid]
