"""Thin material and narrow gaps, found as facing pairs of edges of merged copper.

Two edges face each other where they run in nearly opposite directions, side by side. Between such a pair the width is a
linear function of the place along it, so the stretch below a limit, its length and its narrowest spot are exact. (Eroding
and dilating by half the limit instead finds thousands of artefacts of flattened arcs where copper is as wide as the limit.)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .board import Bools, Floats, Ints, Objects
from .copper import components

PIECE = 8
"""Consecutive edges that are indexed together."""
LONG = 2.0
"""mm: edges are cut to at most this, so that boxes stay small."""
WEDGE = 37.0
"""degrees: edges that close in on each other at no more than this face each other, unless a search says otherwise."""
_SECTORS = 16
_STRAIGHT = np.radians(5.0)
"""A ring that turns back by no more than this in all counts as convex: rounding to the nanometre bends straight lines."""
_TINY = 1e-5
"""mm: shorter edges turn nothing, as rounding to the nanometre turns them anywhere."""
_AT_ONCE = 1000
"""Pairs of pieces that are looked at together: what they fill stays in a processor's cache."""
_FLAT = 1e-6
"""mm: a width that changes by less along a stretch is the same all along."""
_ROUNDING = 1e-6
"""mm by which edges that meet may seem to overlap."""
_OVERLAP = 1e-3
"""mm: shortest overlap of two edges that makes a width."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of merged copper on one layer, ring by ring; the copper is to the left of each in x-y terms."""

    start: Floats
    """N x 2, mm."""
    end: Floats
    part: Ints
    """Row in the `Copper` that they came from."""
    ring: Ints
    following: Ints
    """The next edge of the same ring."""
    leading: Ints
    """The edge before it."""
    closed_to_copper: Bools
    """Per ring: no copper lies between two of its own edges,"""
    closed_to_air: Bools
    """or no air."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Stretches of facing edges nearer than the reach, joined over consecutive edges: one row a place."""

    width: Floats
    """mm at the narrowest spot."""
    length: Floats
    """mm along which it is narrower than the reach."""
    a: Floats
    """N x 2: narrowest spot on one edge,"""
    b: Floats
    """N x 2: and on the other."""
    part_a: Ints
    part_b: Ints
    """The parts to which the edges at the narrowest spot belong."""
    ring_a: Ints
    ring_b: Ints
    pair_place: Ints
    """Per facing pair, sorted: the place of which it is a stretch,"""
    pair_length: Floats
    pair_low: Floats
    """the width at its narrower end,"""
    pair_high: Floats
    """and at its wider one; linear between."""

    def __len__(self) -> int:
        return len(self.width)

    def take(self, rows: NDArray[Any]) -> Places:
        """Chosen places with their pairs, renumbered; an index must be ascending."""
        number = np.full(len(self), -1, np.int32)
        number[rows] = np.arange(len(self.width[rows]), dtype=np.int32)
        place = number[self.pair_place]
        kept = place >= 0
        return Places(
            self.width[rows], self.length[rows], self.a[rows], self.b[rows], self.part_a[rows], self.part_b[rows],
            self.ring_a[rows], self.ring_b[rows], place[kept], self.pair_length[kept], self.pair_low[kept], self.pair_high[kept],
        )  # fmt: skip

    @property
    def middle(self) -> Floats:
        """N x 2: middle of the narrowest spot."""
        return (self.a + self.b) / 2

    def width_over(self, place: int, length: float) -> float:
        """The width below which the place is narrow for `length` mm: where it is a wedge, not the nought of its tip.

        A place is narrower than a limit for at least `length` exactly where this is below the limit. Infinite where the
        whole place is shorter.
        """
        rows = slice(*np.searchsorted(self.pair_place, (place, place + 1)))
        span, low, high = self.pair_length[rows], self.pair_low[rows], self.pair_high[rows]
        steps = np.unique(np.r_[low, high])
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip((steps[:, None] - low) / (high - low), 0.0, 1.0)
        share = np.where(high - low > 1e-12, share, steps[:, None] >= low)
        narrow = share @ span
        if narrow[-1] < length - 1e-9:
            return float("inf")
        at = int(np.argmax(narrow >= length - 1e-9))
        if at == 0 or narrow[at] - narrow[at - 1] < 1e-12:
            return float(steps[at])
        return float(steps[at - 1] + (steps[at] - steps[at - 1]) * (length - narrow[at - 1]) / (narrow[at] - narrow[at - 1]))


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """The boundary rings of merged copper, with what tells whether two of their edges can face each other at all."""

    ring: Objects
    """LinearRing; the copper is to its left in x-y terms."""
    part: Ints
    hole: Bools
    convex: Bools
    """It turns one way only, so no air lies between two edges of an exterior, no copper between two of a hole."""
    breadth: Floats
    """mm: for a convex ring that is about as broad as long a width that no two facing edges of it are below, else 0.

    Twice area over length is below the width of any convex shape; a wedge of 37 degrees or less fills at most 0.65 of
    the circle of its girth.
    """

    def take(self, rows: NDArray[Any]) -> Rings:
        return Rings(self.ring[rows], self.part[rows], self.hole[rows], self.convex[rows], self.breadth[rows])

    def and_of(self, more: Rings, first: int) -> Rings:
        """These and those of parts that follow, the first of which is row `first`."""
        return Rings(
            np.r_[self.ring, more.ring], np.r_[self.part, more.part + np.int32(first)], np.r_[self.hole, more.hole],
            np.r_[self.convex, more.convex], np.r_[self.breadth, more.breadth],
        )  # fmt: skip


def rings(polygons: Objects) -> Rings:
    """The rings of polygons with counter-clockwise exteriors."""
    ring, part = shapely.get_rings(polygons, return_index=True)
    xy, of = shapely.get_coordinates(ring, return_index=True)
    if not len(ring):
        return Rings(ring, part.astype(np.int32), np.zeros(0, np.bool_), np.zeros(0, np.bool_), np.zeros(0))
    hole = np.r_[False, part[1:] == part[:-1]]
    same = of[1:] == of[:-1]
    start, step, of = xy[:-1][same], np.diff(xy, axis=0)[same], of[:-1][same]
    length = np.hypot(*step.T)
    around = np.bincount(of, length, len(ring))
    area = np.abs(np.bincount(of, start[:, 0] * step[:, 1] - start[:, 1] * step[:, 0], len(ring))) / 2
    real = length > _TINY
    step, of = step[real], of[real]
    first = np.flatnonzero(np.r_[True, of[1:] != of[:-1]][: len(of)])
    before = np.roll(step, 1, 0)
    before[first] = step[np.r_[first[1:], len(of)] - 1]
    cross, cos = before[:, 0] * step[:, 1] - before[:, 1] * step[:, 0], (before * step).sum(1)
    back = np.flatnonzero((np.where(hole[of], -cross, cross) < 0) | (cos < 0))  # all but the few that turn back count as nought
    turn = np.arctan2(cross[back], cos[back])
    backwards = np.bincount(of[back], np.minimum(np.where(hole[of[back]], -turn, turn), 0.0), len(ring))
    with np.errstate(divide="ignore", invalid="ignore"):
        breadth = np.where(4 * np.pi * area > 0.75 * around**2, 2 * area / around, 0.0)
    return Rings(ring, part.astype(np.int32), hole, backwards > -_STRAIGHT, breadth)


def edges_of(r: Rings) -> Edges:
    """The edges of rings, cut to `LONG`."""
    xy, ring = shapely.get_coordinates(r.ring, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end, ring = xy[:-1][same], xy[1:][same], ring[:-1][same]
    pieces = np.ceil(np.hypot(*(end - start).T) / LONG).astype(np.int64)
    if (pieces > 1).any():
        of = np.repeat(np.arange(len(ring)), np.maximum(pieces, 1))
        nth = np.arange(len(of)) - np.repeat(np.flatnonzero(np.r_[True, of[1:] != of[:-1]]), np.maximum(pieces, 1))
        whole = end - start
        cut = start[of] + (nth / np.maximum(pieces, 1)[of])[:, None] * whole[of]
        last = np.r_[of[1:] != of[:-1], True]
        start, end, ring = cut, np.where(last[:, None], end[of], np.roll(cut, -1, 0)), ring[of]
    real = np.hypot(*(end - start).T) > 1e-7
    start, end, ring = start[real], end[real], ring[real].astype(np.int32)
    n = len(start)
    following, leading = np.arange(1, n + 1, dtype=np.int32), np.arange(-1, n - 1, dtype=np.int32)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]) if n else np.empty(0, np.int64)
    last = np.r_[first[1:], n][: len(first)] - 1
    following[last], leading[first] = first, last
    return Edges(start, end, r.part[ring], ring, following, leading, r.convex & r.hole, r.convex & ~r.hole)


def with_gaps(r: Rings, group: Ints, reach: float) -> Bools:
    """Rings between or within which air narrower than `reach` may lie between copper of one `group` (one value a part).

    Within a ring it takes a dent (or a hole that is narrow somewhere); between rings, two parts of one group.
    """
    own = np.where(r.hole, ~r.convex | (r.breadth < reach), ~r.convex)
    b = shapely.bounds(r.ring)
    boxes = shapely.box(b[:, 0] - reach / 2, b[:, 1] - reach / 2, b[:, 2] + reach / 2, b[:, 3] + reach / 2)
    i, j = shapely.STRtree(boxes).query(boxes)
    keep = (r.part[i] < r.part[j]) & (group[r.part[i]] == group[r.part[j]])
    i, j = i[keep], j[keep]
    keep = ~(r.hole[i] & r.hole[j])
    i, j = i[keep], j[keep]
    near = shapely.dwithin(r.ring[i], r.ring[j], reach)
    own[i[near]] = own[j[near]] = True
    return np.asarray(own, np.bool_)


def with_webs(r: Rings, reach: float) -> Bools:
    """Rings between or within which copper narrower than `reach` may lie: rings of one part that come near each other."""
    own = np.where(r.hole, ~r.convex, ~r.convex | (r.breadth < reach))
    b = shapely.bounds(r.ring)
    boxes = shapely.box(b[:, 0] - reach / 2, b[:, 1] - reach / 2, b[:, 2] + reach / 2, b[:, 3] + reach / 2)
    holes = np.flatnonzero(r.hole)
    i, j = shapely.STRtree(boxes[holes]).query(boxes[holes])
    i, j = holes[i], holes[j]
    keep = (i < j) & (r.part[i] == r.part[j])
    own[i[keep]] = own[j[keep]] = True
    exterior = np.flatnonzero(~r.hole)
    outer = exterior[np.cumsum(~r.hole)[holes] - 1]
    shapely.prepare(r.ring[exterior])
    near = shapely.dwithin(r.ring[outer], r.ring[holes], reach)
    own[outer[near]] = own[holes[near]] = True
    return np.asarray(own, np.bool_)


def facing(
    e: Edges, reach: float, *, inside: bool, group: Ints | None = None, least: float = 0.0, wedge: float = WEDGE,
    windows: Objects | None = None,
) -> Places:  # fmt: skip
    """Places narrower than `reach` mm: of material (`inside`) or of air between edges of one `group` (default: part).

    `least` is the dead band: pairs nearer than that are rounding, not width. Edges at up to `wedge` degrees to each
    other face; the width of a wedge is measured square to its middle line. With `windows` (boxes) only edges in or near
    them are searched.
    """
    group = e.part if group is None else group
    i, j = _near(e, reach, inside, group, wedge, windows)
    return _join(e, _pairs(e, i, j, reach, inside, least))


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    length: Floats
    low: Floats
    """Width square to the middle line at the narrower end,"""
    high: Floats
    """and at the wider one."""
    width: Floats
    """The distance of the edges,"""
    spot_i: Floats
    """from here"""
    spot_j: Floats
    """to there."""

    def take(self, rows: NDArray[np.int64]) -> _Pairs:
        return _Pairs(*(getattr(self, f.name)[rows] for f in fields(self)))


def _near(
    e: Edges, reach: float, inside: bool, group: Ints, wedge: float, windows: Objects | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of edges i < j of one group in pieces whose boxes come nearer than `reach` and which hold opposite directions."""
    n = len(e.start)
    none = np.empty(0, np.int64)
    if n < 2:
        return none, none
    ring_first = np.flatnonzero(np.r_[True, e.ring[1:] != e.ring[:-1]])
    place = np.arange(n) - np.repeat(ring_first, np.diff(np.r_[ring_first, n]))
    begin = np.flatnonzero(place % PIECE == 0)
    count = np.diff(np.r_[begin, n])
    low, high = np.minimum(e.start, e.end), np.maximum(e.start, e.end)
    x0, y0 = np.minimum.reduceat(low, begin).T - reach / 2
    x1, y1 = np.maximum.reduceat(high, begin).T + reach / 2
    d = e.end - e.start
    sector = np.floor((np.arctan2(d[:, 1], d[:, 0]) / (2 * np.pi) % 1.0) * _SECTORS).astype(np.int64) % _SECTORS
    mask = np.bitwise_or.reduceat(1 << sector, begin)
    off = int(wedge / (360 / _SECTORS)) + 1  # by how many sectors two directions may differ from being opposite
    opposite = np.zeros_like(mask)
    full = (1 << _SECTORS) - 1
    for shift in range(_SECTORS // 2 - off, _SECTORS // 2 + off + 1):
        opposite |= ((mask << shift) | (mask >> (_SECTORS - shift))) & full
    boxes = shapely.linestrings(np.stack([x0, y0, x1, y1], axis=1).reshape(-1, 2, 2))  # as `shape.boxes`
    if windows is None:
        p, q = shapely.STRtree(boxes).query(boxes)
    else:
        near = np.unique(shapely.STRtree(boxes).query(windows)[1])
        p, q = (near[k] for k in shapely.STRtree(boxes[near]).query(boxes[near]))
    keep = (p <= q) & (group[begin[p]] == group[begin[q]]) & ((mask[p] & opposite[q]) != 0)
    p, q = p[keep], q[keep]
    one, other = e.ring[begin[p]], e.ring[begin[q]]
    open_ = (one != other) | ~(e.closed_to_copper if inside else e.closed_to_air)[one]
    p, q = p[open_], q[open_]
    # Edges in blocks of one row a piece, short ones filled up with NaN, which no comparison lets through.
    used, place_of = np.unique(np.r_[p, q], return_inverse=True)
    begin, count, p, q = begin[used], count[used], place_of[: len(p)], place_of[len(p) :]
    place_in = np.minimum(begin[:, None] + np.arange(PIECE), n - 1)
    empty = np.arange(PIECE) >= count[:, None]

    def block(values: Floats) -> Floats:
        out: Floats = values[place_in]
        out[empty] = np.nan
        return out

    way = d[place_in]
    ux, uy = np.moveaxis(way / np.hypot(way[..., 0], way[..., 1])[..., None], 2, 0)
    ux[empty] = np.nan
    left, below, right, above = (block(v) for v in (*(low - reach / 2).T, *(high + reach / 2).T))
    least = -np.cos(np.radians(wedge))
    out_i, out_j = [], []
    for k in range(0, len(p), _AT_ONCE):
        a, b = p[k : k + _AT_ONCE], q[k : k + _AT_ONCE]
        good = ux[a][:, :, None] * ux[b][:, None, :] + uy[a][:, :, None] * uy[b][:, None, :] < least
        for one, other in ((left, right), (below, above)):
            good &= one[a][:, :, None] < other[b][:, None, :]
            good &= one[b][:, None, :] < other[a][:, :, None]
        at, m, o = np.nonzero(good)
        i, j = begin[a[at]] + m, begin[b[at]] + o
        first = i < j  # a piece with itself gives each pair twice
        out_i.append(i[first])
        out_j.append(j[first])
    return (np.concatenate(out_i), np.concatenate(out_j)) if out_i else (none, none)


def _pairs(
    e: Edges, i: NDArray[np.int64], j: NDArray[np.int64], reach: float, inside: bool, least: float
) -> _Pairs:
    """Of opposite pairs those that face each other: width as a linear function along the axis, cut to below `reach`."""
    step = e.end - e.start
    square = np.c_[-step[:, 1], step[:, 0]] * ((1.0 if inside else -1.0) / np.hypot(*step.T)[:, None])
    # Most pairs lie back to back or too far apart: what is behind an edge, or all beyond the reach, does not face it.
    ahead = [((p[j] - e.start[i]) * square[i]).sum(1) for p in (e.start, e.end)]
    near_enough = (np.maximum(*ahead) > -_ROUNDING) & (np.minimum(*ahead) < reach)
    i, j = i[near_enough], j[near_enough]
    di, dj = step[i], step[j]
    li, lj = np.hypot(*di.T), np.hypot(*dj.T)
    axis = di / li[:, None] - dj / lj[:, None]
    axis /= np.hypot(*axis.T)[:, None]
    normal = np.c_[-axis[:, 1], axis[:, 0]] * (1.0 if inside else -1.0)

    def along(p: Floats) -> tuple[Floats, Floats]:
        r = p - e.start[i]
        return np.einsum("ij,ij->i", r, axis), np.einsum("ij,ij->i", r, normal)

    ti, si = along(e.end[i])
    tj0, sj0 = along(e.end[j])
    tj1, sj1 = along(e.start[j])
    lo, hi = np.maximum(0.0, tj0), np.minimum(ti, tj1)
    slope_i, slope_j = si / ti, (sj1 - sj0) / (tj1 - tj0)
    slope = slope_j - slope_i

    def width(t: Floats) -> Floats:
        return sj0 + (t - tj0) * slope_j - t * slope_i

    with np.errstate(divide="ignore", invalid="ignore"):
        meeting, crossing = ((lo + (w - width(lo)) / slope) for w in (-_ROUNDING / 2, reach))  # edges not merged may cross
    lo, hi = (
        np.where(slope > 0, np.maximum(lo, meeting), np.where(slope < 0, np.maximum(lo, crossing), lo)),
        np.where(slope > 0, np.minimum(hi, crossing), np.where(slope < 0, np.minimum(hi, meeting), hi)),
    )
    w0, w1 = width(lo), width(hi)
    low, high = np.minimum(w0, w1), np.maximum(w0, w1)
    keep = (hi - lo > np.minimum(_OVERLAP, np.minimum(li, lj) / 2)) & (low > -_ROUNDING) & (low < reach) & (high > least)
    i, j, low, high = i[keep], j[keep], np.maximum(low[keep], 0.0), high[keep]
    near, spot_i, spot_j = _nearest(e, i, j)
    # Where the width is the same all along, the middle stands for it: an end of the stretch may lie on what closes it.
    t = ((lo + hi) / 2)[keep]
    flat = high - low < _FLAT
    across = normal[keep] * width((lo + hi) / 2)[keep, None]
    middle = e.start[i] + axis[keep] * t[:, None] + normal[keep] * (t * slope_i[keep])[:, None]
    spot_i[flat], spot_j[flat] = middle[flat], (middle + across)[flat]
    return _Pairs(i, j, (hi - lo)[keep], low, high, near, spot_i, spot_j)


def _join(e: Edges, p: _Pairs) -> Places:
    """Consecutive facing pairs are one place: the pair (i, j) continues in pairs of the edges beside i and beside j."""
    n = len(e.start)
    key = p.i.astype(np.int64) * n + p.j
    p, key = p.take(np.argsort(key)), np.sort(key)
    links_a, links_b = [], []
    for ni, nj in ((e.following[p.i], p.j), (p.i, e.leading[p.j]), (e.following[p.i], e.leading[p.j]), (p.i, e.following[p.j])):
        other = np.minimum(ni, nj).astype(np.int64) * n + np.maximum(ni, nj)
        at = np.minimum(np.searchsorted(key, other), max(len(key) - 1, 0))
        hit = key[at] == other
        links_a.append(np.flatnonzero(hit))
        links_b.append(at[hit])
    label = components(len(key), np.concatenate(links_a), np.concatenate(links_b))
    _, place = np.unique(label, return_inverse=True)
    order = np.lexsort((p.width, place))
    p, place = p.take(order), place[order].astype(np.int32)
    first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]]) if len(place) else np.empty(0, np.int64)
    i, j = p.i[first], p.j[first]
    length = np.bincount(place, p.length).astype(np.float64)
    return Places(
        p.width[first], length, p.spot_i[first], p.spot_j[first], e.part[i], e.part[j], e.ring[i], e.ring[j],
        place.astype(np.int32), p.length, p.low, p.high,
    )  # fmt: skip


def _nearest(e: Edges, i: NDArray[np.int64], j: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Distance of paired edges that do not cross, and where: an end of one edge and the nearest point of the other."""
    best = np.full(len(i), np.inf)
    spot_i, spot_j = e.start[i].copy(), e.start[j].copy()
    for ends, mine, other in ((e.start, i, j), (e.end, i, j), (e.start, j, i), (e.end, j, i)):
        p, d = ends[mine], e.end[other] - e.start[other]
        t = np.clip(np.einsum("ij,ij->i", p - e.start[other], d) / np.einsum("ij,ij->i", d, d), 0.0, 1.0)
        q = e.start[other] + t[:, None] * d
        away = np.hypot(*(q - p).T)
        nearer = away < best
        best[nearer] = away[nearer]
        one, two = (p, q) if mine is i else (q, p)
        spot_i[nearer], spot_j[nearer] = one[nearer], two[nearer]
    return best, spot_i, spot_j
