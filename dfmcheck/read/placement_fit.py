"""Where the rows of a placement file lie on the board: its unit, its origin and whether its bottom side is mirrored.

A part stands in the middle of its lands: of the land nearest to its centre there is a twin across that centre, or it lies
there itself. Few others do by chance, so that the share of such parts tells which reading of the numbers is right.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import shapely

from ..board import Floats, Ints
from ..package import Places
from .placement import UNITS

TWIN = 0.05
"""mm from where a land's twin, or the land in the middle, should be: old files round to 0.01 mm or a mil."""
ALIKE = 0.03
"""mm by which twins may differ in size."""
FITS, SHIFTED = 0.4, 0.5
"""Share of parts that must stand so: where the file's origin is that of the films, and where it is elsewhere."""
FEW = 4
"""Parts below which no shift is looked for."""
_STEP = 0.1
"""mm: cell in which differences are counted."""
_SAMPLE = 200


class Spots(NamedTuple):
    """Lands that parts are soldered to: one row each."""

    xy: Floats
    """N x 2, mm, y down."""
    size: Floats
    """N x 2: extent of its copper."""
    side: Ints
    """0 top, 1 bottom, 2 both."""
    land: Ints
    """Row in `Lands`."""

    def of(self, side: int) -> Spots:
        keep = (self.side == side) | (self.side == 2)
        return Spots(*(column[keep] for column in self))


class Fit(NamedTuple):
    """Places on the board, and how they came there."""

    xy: Floats
    """N x 2, mm, y down; NaN for a side that fits nowhere."""
    unit: str
    share: float
    """Of the parts that stand in the middle of lands."""
    told: tuple[str, ...]
    """What the file did not say and was found out, in words."""


def fit(places: Places, unit: str, spots: Spots) -> Fit | None:
    """The reading of the places that puts most of them in the middle of lands; None where none puts enough there."""
    if not len(places) or not len(spots.xy):
        return None
    units = [unit] if unit else list(UNITS)
    raw = np.c_[places.x, -places.y]
    shares, u = max(((_shares(raw * UNITS[u], places.side, spots), u) for u in units), key=lambda found: found[0][0])
    if min(shares) >= FITS:
        chosen = Fit(raw * UNITS[u], u, shares[0], ())
    else:
        found = [moved for u in units if (moved := _moved(raw * UNITS[u], places.side, spots, u)) is not None]
        if not found:
            return None
        chosen = max(found, key=lambda f: f.share)
    told = (f"its lengths are read as {chosen.unit}",) if not unit and chosen.unit != "mm" else ()
    return chosen._replace(told=(*told, *chosen.told))


def _shares(xy: Floats, side: Ints, spots: Spots) -> tuple[float, ...]:
    """Share of the places that are in the middle of lands of their side: of all, then of each side that has several."""
    hits = [centred(xy[side == s], spots.of(s)) * int((side == s).sum()) for s in (0, 1)]
    several = [hit / int((side == s).sum()) for s, hit in enumerate(hits) if int((side == s).sum()) >= FEW]
    return sum(hits) / len(xy), *several


def centred(xy: Floats, spots: Spots) -> float:
    """Share of the places that are in the middle of lands: the nearest one lies there, or has its twin across.

    A land counts once: places in too small a unit all lie about the same one.
    """
    place, near, _ = _off(xy, spots)
    return min(len(np.unique(place)), len(np.unique(near))) / len(xy) if len(xy) else 0.0


def _off(xy: Floats, spots: Spots) -> tuple[Ints, Ints, Floats]:
    """The places in the middle of lands, the nearest land of each, and how far that middle is off: M x 2."""
    if not len(xy) or not len(spots.xy):
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 2))
    tree = shapely.STRtree(shapely.points(spots.xy))
    place, near = tree.query_nearest(shapely.points(xy), all_matches=True)
    there = np.hypot(*(spots.xy[near] - xy[place]).T) <= TWIN
    k, twin = tree.query(shapely.points(2 * xy[place] - spots.xy[near]), predicate="dwithin", distance=2 * TWIN)
    alike = (np.abs(spots.size[near[k]] - spots.size[twin]) <= ALIKE).all(axis=1)
    k, twin = k[alike], twin[alike]
    middle = np.concatenate([spots.xy[near[there]], (spots.xy[near[k]] + spots.xy[twin]) / 2])
    found = np.r_[place[there], place[k]].astype(np.int32)
    return found, np.r_[near[there], near[k]].astype(np.int32), middle - xy[found]


def _moved(xy: Floats, side: Ints, spots: Spots, unit: str) -> Fit | None:
    """The places moved to where the lands repeat their pattern; the bottom side moved, or mirrored and moved, by itself."""
    out = np.full(xy.shape, np.nan)
    told: list[str] = []
    shifts: list[Floats] = []
    for s, name in ((0, "top"), (1, "bottom")):
        mine = np.flatnonzero(side == s)
        if not len(mine):
            continue
        own = spots.of(s)
        tries = [(mirrored, xy[mine] * ([-1, 1] if mirrored else [1, 1])) for mirrored in ((False, True) if s else (False,))]
        known = [np.zeros(2), *shifts]
        options = [(m, shift, at) for m, at in tries for shift in (*known, *_shifts(at, own))]
        scored = [(centred(at + shift, own), -k) for k, (_, shift, at) in enumerate(options)]
        share, k = max(scored)
        m, shift, at = options[-k]
        if share >= SHIFTED and shift.any():
            shift = shift + np.median(_off(at + shift, own)[2], axis=0)
        if len(mine) < FEW and share < SHIFTED and shifts:  # too few to tell: as the other side
            m, shift, at, share = False, shifts[0], xy[mine], SHIFTED
        if share < SHIFTED:
            continue
        out[mine] = at + shift
        shifts.append(shift)
        moved = [f"moved by {shift[0]:.3f}, {-shift[1]:.3f} mm"] if np.abs(shift).max() > 0 else []
        if moved or m:
            told.append(f"its {name} side is {' and '.join(['mirrored'] * m + moved)}")
    placed = np.isfinite(out[:, 0])
    if not placed.any():
        return None
    share = _shares(out[placed], side[placed], spots)[0] * float(placed.mean())
    return Fit(out, unit, share, tuple(told))


def _shifts(xy: Floats, spots: Spots) -> list[Floats]:
    """The shift that puts most places on middles of lands, if it does so for several."""
    if len(xy) < FEW or len(spots.xy) < 2:
        return []
    middles = _middles(spots)
    some = xy[:: len(xy) // _SAMPLE + 1]
    steps = (middles[:: len(middles) // 6000 + 1][None] - some[:, None]).reshape(-1, 2)
    found = []
    for half in product((0.0, 0.5), repeat=2):
        cells = np.floor(steps / _STEP + half).astype(np.int64)
        _, of, count = np.unique(cells[:, 0] * 4_000_003 + cells[:, 1], return_inverse=True, return_counts=True)
        best = int(count.argmax())
        if count[best] >= max(FEW - 1, len(some) // 3):
            found.append(np.asarray(np.median(steps[of == best], axis=0)))
    return found


def _middles(spots: Spots) -> Floats:
    """Centres of lands, and middles between each and its nearest ones of the same size."""
    tree = shapely.STRtree(shapely.points(spots.xy))
    a, b = tree.query(shapely.points(spots.xy), predicate="dwithin", distance=4.0)
    keep = (a < b) & (np.abs(spots.size[a] - spots.size[b]) <= ALIKE).all(axis=1)
    a, b = a[keep], b[keep]
    order = np.lexsort((np.hypot(*(spots.xy[a] - spots.xy[b]).T), a))
    first = np.r_[True, np.diff(a[order]) != 0]
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    near = order[rank < 4]
    return np.concatenate([(spots.xy[a[near]] + spots.xy[b[near]]) / 2, spots.xy])
