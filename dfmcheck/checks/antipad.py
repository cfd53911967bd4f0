"""Clearance openings of planes that leave too little copper between them, or none."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..antipads import Antipads, antipads, planes
from ..board import Board, Floats, Ints, Kind
from ..check import Context, Measurements, Skip, check

FEW = 2
"""An opening for up to so many holes is one that a designer makes: a differential pair."""


@check("antipad", minima="web_min", maxima="chain_len", beside=True)
def antipad_merge(ctx: Context) -> Measurements:
    """Copper in mm between the openings of a plane, and how far the holes of one opening for several are apart.

    Merged openings are rows of `chain_len`; those that keep it are told by `web_min` as a web of 0, one step softer. Raises
    `Skip` for boards without planes.
    """
    board = ctx.board
    layers = planes(board).tolist()
    if not layers:
        raise Skip("no inner layer is a plane")
    parts = []
    for layer in layers:
        found = antipads(board, layer)
        parts.append(Measurements.none(len(found.hole)))
        if "web_min" in ctx.judged():
            parts.append(_webs(board, layer, found, ctx.reach("web_min")))
        parts.append(_merged(ctx, layer, found))
    m = Measurements.join(parts)
    return _once(m.take(np.isin(m.param, ctx.judged())))


def _once(m: Measurements) -> Measurements:
    """Planes often lie alike on one another: a pair of holes is told once, on the uppermost plane, with its worst value."""
    code = np.unique(m.param.astype(str), return_inverse=True)[1] if len(m) else np.empty(0, np.int64)
    pair, count = np.unique(np.stack([m.a, m.b, code]), axis=1, return_inverse=True, return_counts=True)[1:]
    worst = np.where(m.param == "web_min", m.value, -m.value)
    order = np.lexsort((np.arange(len(m)), np.round(worst, 4), pair))
    first = np.sort(order[np.unique(pair[order], return_index=True)[1]])
    for row in first[count[pair[first]] > 1].tolist():
        m.detail[row] = f"(planes below it alike: {count[pair[row]] - 1}) {m.detail[row]}"
    return m.take(first)


def _webs(board: Board, layer: int, found: Antipads, reach: float) -> Measurements:
    """The narrow webs between two openings, told at the holes nearest to them."""
    i, j = shapely.STRtree(found.area).query(found.area, predicate="dwithin", distance=reach)
    i, j = i[i < j], j[i < j]
    width = shapely.distance(found.area[i], found.area[j])
    apart = width > 0
    i, j, width = i[apart], j[apart], width[apart]
    x, y = shape.witness(found.area[i], 0.0, found.area[j], 0.0)
    a, b = (_nearest(board, found, k, x, y) for k in (i, j))
    a, b = np.minimum(a, b), np.maximum(a, b)
    return Measurements.of(
        width, checked=0, param="web_min", a=a, b=b, x=x, y=y, layer=layer, kind_a=Kind.HOLE, kind_b=Kind.HOLE,
        cause=f"*{board.layers.name[layer]}",
        detail="the plane between their openings is wide",
    )  # fmt: skip


def _nearest(board: Board, found: Antipads, opening: Ints, x: Floats, y: Floats) -> Ints:
    """Items of the holes of openings that are nearest to points."""
    out = np.empty(len(opening), np.int32)
    start, end = np.searchsorted(found.of, opening), np.searchsorted(found.of, opening, "right")
    at = shapely.points(np.c_[x, y])
    for n in range(len(opening)):
        holes = found.hole[start[n] : end[n]]
        out[n] = board.holes.item[holes[int(np.argmin(shapely.distance(board.holes.core[holes], at[n])))]]
    return out


def _merged(ctx: Context, layer: int, found: Antipads) -> Measurements:
    """Openings for several holes, told in the middle of the two that are farthest apart."""
    holes = ctx.board.holes
    centre = shapely.get_coordinates(shapely.centroid(holes.core[found.hole]))
    limit = ctx.reach("chain_len") if "chain_len" in ctx.judged() else np.inf
    rows = []
    for opening in np.flatnonzero(np.bincount(found.of) > FEW).tolist():
        mine = np.flatnonzero(found.of == opening)
        far = np.hypot(*(centre[mine][:, None] - centre[mine][None]).transpose(2, 0, 1))
        one, other = np.unravel_index(int(far.argmax()), far.shape)
        a, b = sorted((int(mine[one]), int(mine[other])))
        if far[one, other] <= limit and len(np.unique(holes.net[found.hole[mine]])) == 1:
            continue  # vias that carry one current side by side
        rows.append((float(far[one, other]), a, b, len(mine)))
    if not rows:
        return Measurements.none(0)
    length, first, last, count = (np.array(column) for column in zip(*rows))
    slot = length > limit
    x, y = (centre[first] + centre[last]).T / 2
    return Measurements.of(
        np.where(slot, length, 0.0), checked=0, param=np.where(slot, "chain_len", "web_min").astype(object),
        a=holes.item[found.hole[first]], b=holes.item[found.hole[last]], x=x, y=y, layer=layer,
        kind_a=Kind.HOLE, kind_b=Kind.HOLE,
        cause=f"*{ctx.board.layers.name[layer]}", soften=np.where(slot, 0, 1),
        detail=[
            f"one opening for {n} holes " + ("slots the plane over" if long else f"over {far:.2f} mm: the web is")
            for n, long, far in zip(count.tolist(), slot.tolist(), length.tolist())
        ],
    )  # fmt: skip
