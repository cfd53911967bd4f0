"""How two sets of points that should coincide lie to one another: drill hits on lands, mask openings on pads.

Points are complex numbers, x + iy in mm. A `Fit` says how the points of one set come to those of the other: mirrored or not,
turned and scaled by a complex factor, then shifted. Votes of the differences of all pairs find the shift, however many
points of either set have no partner; medians make it exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from . import shape
from .board import Bools, Ints

Points = NDArray[np.complex128]

_ASLANT = np.exp(0.7391j)
_PORTION = 2_000_000
"""Pairs that are looked at at once."""
_CROWD = 8_000_000
"""Pairs from which on neighbours are found by a tree instead, or by a sample of the points: no board has so many that near."""
_DIFFERENCES = 1_000_000
"""Differences of neighbours that are voted on at most."""
REACH = 0.5
"""mm: a shift up to here is looked for among neighbours; farther ones by votes of a sample."""
_VOTES, _SAMPLE = 200_000, 48
"""Differences that are voted on when any shift is possible, and points of the first set that they are of."""
_ALIKE = 5.0
"""Sets that differ in size by more, after scaling, are not tried on one another."""
SCALES = (25.4, 1 / 25.4, 10.0, 0.1)
"""Factors of mistaken units and digits."""
_ENOUGH = 0.9
"""Share of coinciding points with which no other way is looked for."""
_NEAR_BEST = 0.97
"""A simpler way to fit is taken if it fits that many of the points that the best one does."""


class Fit(NamedTuple):
    """`factor` * (the point, its x negated if `mirrored`) + `shift`; and how many points come to a point of the other set."""

    mirrored: bool
    factor: complex
    shift: complex
    matched: int
    share: float
    """`matched` of the smaller set's size, at most 1."""

    def apply(self, points: Points) -> Points:
        return np.asarray(self.factor * (-np.conj(points) if self.mirrored else points) + self.shift)

    def then(self, other: Fit) -> Fit:
        """This, and the other after it; the counts are the lower ones."""
        factor, shift = self.factor, self.shift
        if other.mirrored:
            factor, shift = factor.conjugate(), -shift.conjugate()
        factor, shift = other.factor * factor, other.factor * shift + other.shift
        least = min(self, other, key=lambda f: f.share)
        return Fit(self.mirrored != other.mirrored, factor, shift, least.matched, least.share)

    def inverse(self) -> Fit:
        """From the other set's points to this one's."""
        factor, shift = 1 / self.factor, -self.shift / self.factor
        if self.mirrored:
            factor, shift = factor.conjugate(), -shift.conjugate()
        return self._replace(factor=factor, shift=shift)

    @property
    def turned(self) -> float:
        """Degrees, counter-clockwise as seen from the top (y is down)."""
        return -float(np.degrees(np.angle(self.factor)))

    @property
    def scale(self) -> float:
        return float(abs(self.factor))

    @property
    def plain(self) -> bool:
        """Whether it is a shift and nothing else."""
        return not self.mirrored and abs(self.factor - 1) < 1e-6


STILL = Fit(False, 1 + 0j, 0j, 0, 0.0)


class Cloud:
    """Points, indexed by where they lie along a direction in which hardly any two of a regular pattern lie alike."""

    def __init__(self, points: Points) -> None:
        points = np.unique(np.round(np.asarray(points, np.complex128), 7))
        along = (points * _ASLANT).real
        order = np.argsort(along, kind="stable")
        self.points, self._along = points[order], along[order]

    def __len__(self) -> int:
        return len(self.points)

    def pairs(self, points: Points, reach: float) -> tuple[Ints, Ints]:
        """Index pairs of the points and of those of this cloud that are no farther than `reach` from each other."""
        first, last = self._around(points, reach)
        found: list[tuple[Ints, Ints]] = [(np.empty(0, np.int32), np.empty(0, np.int32))]
        total = np.cumsum(last - first)
        start = 0
        while start < len(points):  # in portions, so that memory stays bounded
            stop = max(start + 1, int(np.searchsorted(total, (total[start - 1] if start else 0) + _PORTION, "right")))
            counts = (last - first)[start:stop]
            i = np.repeat(np.arange(start, stop), counts)
            j = shape.runs(first[start:stop], counts)
            near = np.abs(self.points[j] - points[i]) <= reach
            found.append((i[near].astype(np.int32), j[near].astype(np.int32)))
            start = stop
        return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])

    def _around(self, points: Points, reach: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """From which to before which row of this cloud each point may have those within `reach`."""
        along = (points * _ASLANT).real
        return np.searchsorted(self._along, along - reach), np.searchsorted(self._along, along + reach, "right")

    def _likely(self, points: Points, reach: float) -> int:
        """How many pairs must be looked at for all that are within `reach`."""
        first, last = self._around(points, reach)
        return int((last - first).sum())

    def differences(self, points: Points, reach: float) -> Points:
        """From the points to those of this cloud within `reach`; in a crowd those of a sample."""
        points = points[:: 1 + self._likely(points, reach) // _CROWD]
        i, j = self.pairs(points, reach)
        found = self.points[j] - points[i]
        return found[:: 1 + len(found) // _DIFFERENCES]

    def has(self, points: Points, near: float) -> Bools:
        """Which of the points have one of this cloud no farther than `near`."""
        found = np.zeros(len(points), np.bool_)
        found[self.nearest(points, near)[0] if self._likely(points, near) > _CROWD else self.pairs(points, near)[0]] = True
        return found

    def nearest(self, points: Points, reach: float) -> tuple[Ints, Ints]:
        """The nearest of this cloud to each point that has any within `reach`."""
        if self._likely(points, reach) > _CROWD:
            at, mine = (shapely.points(p.real, p.imag) for p in (points, self.points))
            nearest = shapely.STRtree(mine).query_nearest(at, max_distance=reach, all_matches=False)
            i, j = nearest.astype(np.int32)
        else:
            i, j = self.pairs(points, reach)
        order = np.lexsort((j, np.abs(self.points[j] - points[i]), i))
        i, j = i[order], j[order]
        first = np.ones(len(i), np.bool_)
        first[1:] = i[1:] != i[:-1]
        return i[first], j[first]


def in_place(a: Cloud, b: Cloud, near: float) -> Fit:
    """How many points of `a` lie on one of `b` as they are."""
    return _fit(a, b, near, False, 1 + 0j, 0j)


def around(a: Cloud, b: Cloud, near: float) -> Fit:
    """The median shift of the points of `a` to those of `b` on which they lie but for `near`."""
    i, j = b.nearest(a.points, near)
    off = b.points[j] - a.points[i]
    shift = complex(np.median(off.real), np.median(off.imag)) if len(off) else 0j
    return _fit(a, b, near, False, 1 + 0j, shift)


def shifted(a: Cloud, b: Cloud, near: float, reach: float = REACH) -> Fit:
    """The shift below `reach` under which most points of `a` lie on one of `b`; of several as good the smallest."""
    if not len(a) or not len(b):
        return _fit(a, b, near, False, 1 + 0j, 0j)
    shift = mode(b.differences(a.points, reach), near)
    return _fit(a, b, near, False, 1 + 0j, shift)


def scaled(a: Cloud, b: Cloud, near: float, reach: float = REACH) -> Fit:
    """The small turn, scaling and shift that bring the points of `a` to those of `b`, by least squares on neighbours.

    It starts from neighbours within `reach`; each round drops the quarter of them that fits worst.
    """
    best = in_place(a, b, near)
    factor, shift = 1 + 0j, 0j
    for _ in range(10):
        moved = factor * a.points + shift
        i, j = b.nearest(moved, reach)
        if len(i) < 4:
            break
        off = np.abs(b.points[j] - moved[i])
        kept = off <= np.quantile(off, 0.75)
        p, q = a.points[i[kept]], b.points[j[kept]]
        spread = p - p.mean()
        size = float((np.abs(spread) ** 2).sum())
        if size == 0:
            break
        factor = complex((np.conj(spread) * (q - q.mean())).sum() / size)
        shift = complex(q.mean() - factor * p.mean())
        fit = _fit(a, b, near, False, factor, shift)
        best = fit if fit.matched >= best.matched else best
        reach = max(reach * 0.8, 3 * near)
    return best


def anyhow(a: Cloud, b: Cloud, near: float) -> Fit:
    """The shift, mirroring, turn by quarters or mistaken unit under which most points of `a` lie on one of `b`.

    Simpler ways win against others that are about as good: shifted before scaled a little, that before mirrored, turned
    and in another unit.
    """
    fits = [in_place(a, b, near), shifted(a, b, near), scaled(a, b, near)]
    turns = [(mirrored, 1j**quarter) for quarter in range(4) for mirrored in (False, True)]
    size = _spread(b) / _spread(a) if len(a) > 1 and len(b) > 1 else np.nan
    for mirrored, factor in [*turns, *((False, scale + 0j) for scale in SCALES)]:
        if max(f.share for f in fits) >= _ENOUGH:
            break
        if not 1 / _ALIKE < size / abs(factor) < _ALIKE:
            continue
        fits.append(_voted(a, b, near, mirrored, factor))
    most = max(f.matched for f in fits)
    return next(f for f in fits if f.matched >= _NEAR_BEST * most)


def _spread(cloud: Cloud) -> float:
    return float(np.std(cloud.points)) or np.nan


def mode(shifts: Points, near: float) -> complex:
    """The value that most of the differences share within `near`; of several as common the smallest. 0 for none."""
    if not len(shifts):
        return 0j
    middles, counts = _cells(shifts, 2 * near, (0j, 0.5 + 0j, 0.5j, 0.5 + 0.5j))
    common = counts >= _NEAR_BEST * counts.max()
    return _centre(shifts, complex(middles[common][np.argmin(np.abs(middles[common]))]), near)


def _voted(a: Cloud, b: Cloud, near: float, mirrored: bool, factor: complex) -> Fit:
    """The best shift of any length, after mirroring and turning."""
    moved = factor * (-np.conj(a.points) if mirrored else a.points)
    sample = moved[np.linspace(0, len(moved) - 1, min(len(moved), _SAMPLE)).astype(np.intp)]
    others = b.points[:: 1 + len(b) * len(sample) // _VOTES]
    shifts = (others[None, :] - sample[:, None]).ravel()
    middles, counts = _cells(shifts, max(2 * near, 0.05))
    likely = np.argpartition(-counts, min(2, len(counts) - 1))[:3]
    tried = [_centre(shifts, complex(middles[k]), max(near, 0.025)) for k in likely[np.argsort(-counts[likely], kind="stable")]]
    return max((_fit(a, b, near, mirrored, factor, shift) for shift in tried), key=lambda f: f.matched)


def _cells(shifts: Points, size: float, phases: tuple[complex, ...] = (0j,)) -> tuple[Points, Ints]:
    """Middles of the cells of grids that hold a difference, and how many. Grids half a cell apart split no crowd in all."""
    middles, counts = [], []
    for phase in phases:
        at = shifts / size + phase
        x, y = np.floor(at.real), np.floor(at.imag)
        cell, count = np.unique(x * 2.0**26 + y, return_counts=True)
        y = (cell + 2.0**25) % 2.0**26 - 2.0**25
        middles.append(((cell - y) / 2.0**26 + 0.5 + 1j * (y + 0.5) - phase) * size)
        counts.append(count)
    return np.concatenate(middles), np.concatenate(counts).astype(np.int32)


def _centre(shifts: Points, start: complex, near: float) -> complex:
    """The median of the differences around `start`."""
    shifts = shifts[np.abs(shifts - start) <= 6 * near]
    for _ in range(3):
        around = shifts[np.abs(shifts - start) <= 2 * near]
        if not len(around):
            break
        start = complex(np.median(around.real), np.median(around.imag))
    return start


def _fit(a: Cloud, b: Cloud, near: float, mirrored: bool, factor: complex, shift: complex) -> Fit:
    """Counted one to one, as far as counting tells: no more points than either side has partners."""
    fit = Fit(mirrored, factor, shift, 0, 0.0)
    least = min(len(a), len(b))
    if not least:
        return fit
    count = min(int(b.has(fit.apply(a.points), near).sum()), least)
    return fit._replace(matched=count, share=count / least)
