"""What the copper and mask films of a package tell of holes and lands, whatever its drill files say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Bools, Cover, Floats, Ints, Objects
from ..dark import Dark
from ..package import Drill, Entry, Form, Package
from ._stack import OUTER, number_of, total

SPOT = 0.003
"""mm: centres nearer than this are one place; an inch format of four decimals is off by 0.0013 mm on each film."""
_OPENS, _ROUNDED = 1.5, 0.01
"""How many times as large as its land the mask opens for soldering at most, and mm by which sizes are rounded."""
_LEAD = 0.8
"""mm: lands of leads are no smaller."""
DRILLED = frozenset({"ViaPad", "ComponentPad"})
"""Aperture functions of lands that have a plated hole."""
NO_PART = frozenset({"FiducialPad", "TestPad", "ConnectorPad", "CastellatedPad"})
"""Of lands that get no solder paste, or need none."""


@dataclass(frozen=True, slots=True, eq=False)
class Through:
    """Places where lands lie on one another, as a plated hole needs them, one row each."""

    x: Floats
    y: Floats
    first: Ints
    """Copper layer of the uppermost land, from 1; 0 where no land's layer is known."""
    last: Ints
    served: Bools
    """A hole of some drill file starts within the land."""

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True, eq=False)
class Flashes:
    x: Floats
    y: Floats
    radius: Floats
    """Half the larger size of the aperture."""
    round: Bools
    function: Objects
    """str: the aperture's function, '' if unsaid."""


def flashes(entry: Entry) -> Flashes:
    """The flashes of a film, one row an object."""
    assert entry.image is not None
    graphics, apertures = entry.image.graphics, entry.image.apertures
    rows = np.flatnonzero((graphics.form == Form.FLASH) & (graphics.aperture >= 0))
    rows = rows[np.unique(graphics.object[rows], return_index=True)[1]]
    used = graphics.aperture[rows]
    size = np.array([max(a.width, a.height) / 2 for a in apertures], np.float64)
    circle = np.array([a.shape == "circle" for a in apertures], np.bool_)
    function = np.array([a.function[0] if a.function else "" for a in apertures], object)
    return Flashes(graphics.x[rows], graphics.y[rows], size[used], circle[used], function[used])


def through(package: Package) -> Through:
    """Places that look drilled: round lands on two copper layers or more, and lands whose aperture says so."""
    layers = total(package)
    films = [(number_of(e, layers), n, flashes(e)) for n, e in enumerate(package.of("copper")) if e.image]
    kept = [f.round | np.isin(f.function, list(DRILLED)) for _, _, f in films]
    x = _join([f.x[k] for (_, _, f), k in zip(films, kept)])
    y = _join([f.y[k] for (_, _, f), k in zip(films, kept)])
    radius = _join([f.radius[k] for (_, _, f), k in zip(films, kept)])
    told = _join([np.isin(f.function[k], list(DRILLED)) for (_, _, f), k in zip(films, kept)]).astype(np.bool_)
    number = _join([np.full(k.sum(), m) for (m, _, _), k in zip(films, kept)]).astype(np.int32)
    film = _join([np.full(k.sum(), n) for (_, n, _), k in zip(films, kept)]).astype(np.int32)
    points = shapely.points(x, y)
    place = _places(points)
    known = number > 0
    first, last = np.full(len(x), 999, np.int32), np.zeros(len(x), np.int32)
    np.minimum.at(first, place[known], number[known])
    np.maximum.at(last, place[known], number[known])
    low, high = np.full(len(x), 999, np.int32), np.full(len(x), -1, np.int32)
    np.minimum.at(low, place, film)
    np.maximum.at(high, place, film)
    reach, drilled = np.zeros(len(x)), np.zeros(len(x), np.bool_)
    np.maximum.at(reach, place, radius)
    np.logical_or.at(drilled, place, told)
    at = np.flatnonzero((place == np.arange(len(x))) & ((high > low) | drilled))
    served = near(points[at], reach[at], holes(package))
    return Through(x[at], y[at], np.where(last[at] > 0, first[at], 0).astype(np.int32), last[at], served)


def soldered(package: Package) -> tuple[Objects, Floats]:
    """Places without a hole that look like the pads of a part with leads: where they are, and the diameter of the land, mm.

    Round lands of one size on both outer layers, each with a round opening of its mask that is about as large: those of
    fiducials are much larger, or no other copper comes to any land of their size. Balls of equal
    parts back to back are smaller, and get paste.
    """
    sides = [(_at(package.of("copper", side)), _at(package.of("mask", side))) for side in OUTER]
    (top, radius), _ = sides[0]
    kept = ~near(top, radius, holes(package)) & (2 * radius >= _LEAD)
    for entry in package.of("paste"):
        f = flashes(entry)
        kept &= ~near(top, radius, shapely.points(f.x, f.y))
    for (lands, sizes), (openings, opened) in sides:
        kept &= _with(top, lands, radius, sizes, 0.99, 1.01) & _with(top, openings, radius, opened, 1.0, _OPENS)
    rows = np.flatnonzero(kept)
    rows = rows[_places(top[rows]) == np.arange(len(rows))]
    rows = rows[np.isin(np.round(radius[rows], 3), np.round(radius[rows[_joined(package, top[rows], radius[rows])]], 3))]
    return top[rows], 2 * radius[rows]


def _joined(package: Package, points: Objects, reach: Floats) -> Bools:
    """Which points have a line or a region of copper within their reach, on any layer."""
    out = np.zeros(len(points), np.bool_)
    for entry in package.of("copper"):
        if entry.image is not None and len(points):
            graphics = entry.image.graphics.take(entry.image.graphics.form != Form.FLASH)
            out |= Dark(replace(entry.image, graphics=graphics), negative=False).drawn(shapely.get_coordinates(points), reach)
    return out


def _with(points: Objects, others: Objects, radius: Floats, sizes: Floats, least: float, most: float) -> Bools:
    """Which points have one of the others in place, whose size is within so many times theirs."""
    out = np.zeros(len(points), np.bool_)
    if len(points) and len(others):
        i, j = shapely.STRtree(others).query(points, predicate="dwithin", distance=SPOT)
        out[i[(least * radius[i] <= sizes[j] + _ROUNDED) & (sizes[j] <= most * radius[i] + _ROUNDED)]] = True
    return out


def unplated(package: Package) -> tuple[int, int]:
    """Places where both masks are open and there is no copper, as an unplated hole has them: all, and those without a hole."""
    masks = [_at([e]) for e in (*package.of("mask", "top")[:1], *package.of("mask", "bottom")[:1])]
    if len(masks) < 2 or not all(len(points) for points, _ in masks):
        return 0, 0
    (top, reach), (bottom, _) = masks
    both = np.flatnonzero(near(top, np.full(len(top), SPOT), bottom))
    for entry in package.of("copper"):
        if entry.image is not None:
            both = both[~covers(entry, top[both])]
    return len(both), int((~near(top[both], reach[both], holes(package))).sum())


def lands(package: Package, side: str) -> int:
    """Number of lands of surface-mounted parts on a side: flashes that the mask leaves open and that have no hole."""
    count = 0
    for entry in package.of("copper", side):
        f = flashes(entry)
        points = shapely.points(f.x, f.y)
        free = ~np.isin(f.function, list(DRILLED | NO_PART)) & ~near(points, f.radius, holes(package))
        masks = [e for e in package.of("mask", side) if e.image and len(e.image.graphics)]
        if masks:
            free &= np.logical_or.reduce([covers(e, points) for e in masks])
        count += int(free.sum())
    return count


def needs_copper(package: Package, side: str) -> dict[str, int]:
    """What needs copper on a side, in words, and how many there are of it."""
    opened = 0
    for entry in package.of("mask", side):
        if entry.image:
            f = flashes(entry)
            opened += int((~near(shapely.points(f.x, f.y), f.radius, holes(package))).sum())
    counts = {
        "plated holes": sum(int((plating(e, e.drill) == Cover.YES).sum()) for e in package.entries if e.drill),
        f"paste apertures on the {side}": sum(len(e.image.graphics) for e in package.of("paste", side) if e.image),
        f"openings in the {side} mask": opened,
    }
    return {what: n for what, n in counts.items() if n}


def plating(entry: Entry, drill: Drill) -> Ints:
    """`Cover` of each hit: what the hit says, else its file, else the file's name."""
    whole = drill.plated if drill.plated != Cover.UNKNOWN else entry.role.plated
    return np.where(drill.hits.plated == Cover.UNKNOWN, whole, drill.hits.plated).astype(np.int32)


def holes(package: Package) -> Objects:
    """Cores of all holes of all drill files."""
    return _join([e.drill.hits.core for e in package.entries if e.drill], object)


def covers(entry: Entry, points: Objects) -> Bools:
    """Which points lie in what a film draws."""
    assert entry.image is not None
    graphics = entry.image.graphics
    out = np.zeros(len(points), np.bool_)
    boxes = shapely.bounds(graphics.core) + graphics.radius[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])
    point, row = shapely.STRtree(points).query(shapely.box(*boxes.T), predicate="intersects")[::-1]
    shapely.prepare(graphics.core)
    inside = shapely.dwithin(graphics.core[row], points[point], graphics.radius[row])
    out[point[inside]] = True
    return out


def swallowed(entry: Entry, points: Objects, radius: Floats) -> Bools:
    """Which holes are as large as the lands of a film that they are drilled into, or larger, so that no ring is left."""
    f = flashes(entry)
    largest = np.zeros(len(points))
    if len(points) and len(f.x):
        i, j = shapely.STRtree(shapely.points(f.x, f.y)).query(points, predicate="dwithin", distance=_ROUNDED)
        np.maximum.at(largest, i, f.radius[j])
    return (largest > 0) & (largest <= radius)


def near(points: Objects, reach: Floats, others: Objects) -> Bools:
    """Which points have one of `others` within their reach."""
    out = np.zeros(len(points), np.bool_)
    if len(points) and len(others):
        farthest = max(float(reach.max()), SPOT)
        (row, _), distance = shapely.STRtree(others).query_nearest(points, max_distance=farthest, return_distance=True)
        out[row[distance <= reach[row]]] = True
    return out


def _at(entries: Iterable[Entry]) -> tuple[Objects, Floats]:
    """Centres and reach of the round flashes of films."""
    parts = [(f.x[f.round], f.y[f.round], f.radius[f.round]) for f in map(flashes, (e for e in entries if e.image))]
    x, y, radius = (_join(column) for column in zip(*parts)) if parts else (np.zeros(0),) * 3
    return shapely.points(x, y), radius


def _places(points: Objects) -> NDArray[np.int64]:
    """For each point the first one that it lies on."""
    place = np.arange(len(points))
    if len(points):
        i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=SPOT)
        np.minimum.at(place, i, j)
    return place


def _join(parts: Sequence[NDArray[Any]], dtype: type = float) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)
