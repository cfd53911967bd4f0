"""How the holes of drill files fall on the lands of the films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import shapely

from ..board import Bools, Cover
from ..dark import Dark
from ..frames import LARGEST, NEAR, Film, Frames, hits
from ..package import Entry, Form, Image, Package
from ..registration import Cloud, Points
from ._lands import DRILLED, flashes
from ._stack import number_of, total

_AT_WALL = 0.05
"""mm: copper no farther from the wall of a hole touches it."""
_LEAST, _MOST, _FEWEST = 5, 0.9, 0.1
"""Hits, and shares of them, by which lands contradict the layers that a drill file says to join."""


class Landing(NamedTuple):
    """Where the holes of a file are, which of them need a land, and which have one."""

    at: Points
    counted: Bools
    landed: Bools


def landing(package: Package, entry: Entry, films: Sequence[Film]) -> Landing:
    drill = entry.drill
    assert drill is not None
    at = hits(drill)
    xy = np.c_[at.real, at.imag]
    mine = next(f for f in films if f.entry is entry)
    landed = np.zeros(len(at), np.bool_)
    copper = [f for f in films if f.kind == "copper"]
    for film in copper:
        landed |= film.cloud.has(at, max(NEAR, film.grain + mine.grain))
    plated = np.where(drill.hits.plated == Cover.UNKNOWN, entry.role.plated, drill.hits.plated)
    counted = plated == Cover.YES
    rest = np.flatnonzero(~landed & (plated != Cover.NO))
    reach = shapely.length(drill.hits.core[rest]) / 2
    for film in copper:
        if not len(rest):
            break
        assert film.entry.image is not None
        landed[rest] |= Dark(_lands(film.entry.image)).drawn(xy[rest], reach)
        touching = Dark(film.entry.image).drawn(xy[rest], np.nan_to_num(drill.hits.radius[rest]) / 2)
        counted[rest] |= touching
    counted |= landed & (plated != Cover.NO)
    return Landing(at, counted, landed)


def _lands(image: Image) -> Image:
    """What of an image may be a land: all but large regions."""
    g = image.graphics
    b = shapely.bounds(g.core)
    return _with(image, (g.form != Form.REGION) | (np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) <= LARGEST))


def _with(image: Image, rows: Bools) -> Image:
    return replace(image, graphics=image.graphics.take(rows))


def undrilled(package: Package, known: Frames) -> tuple[Entry | None, Points]:
    """Lands whose aperture function says that they are drilled, and in which no file has a hole; with the film that has most.

    Hits of a file that lies elsewhere count where they belong; films that do are left out.
    """
    holes = Cloud(np.concatenate([np.empty(0, np.complex128), *(at for _, _, at in known.hits())]))
    found: list[tuple[Entry, Points]] = []
    for entry in package.of("copper"):
        if entry.image is None or known.astray(entry):
            continue
        f = flashes(entry)
        lands = np.isin(f.function, list(DRILLED))
        points, reach = (f.x + 1j * f.y)[lands], f.radius[lands]
        bare = np.ones(len(points), np.bool_)
        for radius in np.unique(reach):
            same = reach == radius
            bare[same] = ~holes.has(points[same], max(float(radius), NEAR))
        if bare.any():
            found.append((entry, np.unique(np.round(points[bare], 4))))
    if not found or not len(holes):
        return None, np.empty(0, np.complex128)
    return max(found, key=lambda pair: len(pair[1]))


def contradictions(package: Package, known: Frames) -> Iterator[tuple[Entry, str]]:
    """Drill files that say to join layers on which their holes have no copper, or to end above or below lands of theirs."""
    layers = total(package)
    films = [f for f in known.films if not known.astray(f.entry)]
    copper = {number_of(f.entry, layers): f for f in films if f.kind == "copper"}
    spans = {id(f): span_of(f.entry) for f in films if f.kind == "drill"}
    for film in films:
        span = spans.get(id(film))
        if span is None or layers < 3:
            continue
        first, last = span
        says = f"says to join L{first} to L{last}"
        others = [f for f in films if f is not film and spans.get(id(f)) is not None]
        for number, layer in sorted(copper.items()):
            if number <= 0 or layer.entry.image is None:
                continue
            at = film.cloud.points
            for other in others:
                a, b = spans[id(other)] or (0, 0)
                if a <= number <= b:
                    at = at[~other.cloud.has(at, NEAR)]
            if len(at) < _LEAST:
                continue
            near = max(NEAR, layer.grain + film.grain)
            on = float(layer.cloud.has(at, near).mean())
            if not first <= number <= last and on >= _MOST:
                yield film.entry, f"{says}, yet {on:.0%} of its holes have a land on L{number}"
            elif number in (first, last) and on <= _FEWEST:
                reach = float(np.nan_to_num(film.entry.drill.hits.radius).max()) + _AT_WALL if film.entry.drill else _AT_WALL
                touch = float(Dark(layer.entry.image).drawn(np.c_[at.real, at.imag], reach).mean())
                if touch <= _FEWEST:
                    yield film.entry, f"{says}, yet there is no copper at {1 - touch:.0%} of its holes on L{number}"


def span_of(entry: Entry) -> tuple[int, int] | None:
    """The copper layers that a drill file joins, from 1; None for unplated holes and where nothing tells."""
    plated = entry.drill.plated if entry.drill and entry.drill.plated != Cover.UNKNOWN else entry.role.plated
    span = (entry.drill.span if entry.drill else None) or entry.role.span
    return None if plated == Cover.NO or span is None else span


def eccentric(entry: Entry, known: Frames) -> Points:
    """Unplated holes that stand off the middles of openings which both masks have at one place; all by the same way, or none.

    The differences from the hole to the opening. A file with a hole that stands in the middle of such a place has none.
    """
    drill = entry.drill
    none = np.empty(0, np.complex128)
    masks = [f for f in known.films if f.kind == "mask" and len(f.cloud) and not known.astray(f.entry)]
    if drill is None or len(masks) != 2:
        return none
    both = Cloud(masks[0].cloud.points[masks[1].cloud.has(masks[0].cloud.points, NEAR)])
    plated = np.where(drill.hits.plated == Cover.UNKNOWN, entry.role.plated, drill.hits.plated)
    bare = plated == Cover.NO
    at, radius = hits(drill)[bare], np.nan_to_num(drill.hits.radius[bare])
    i, j = both.nearest(at, float(radius.max(initial=0.0)))
    inside = np.abs(both.points[j] - at[i]) <= radius[i]
    off = (both.points[j] - at[i])[inside]
    return off if len(off) and (np.abs(off - np.median(off.real) - 1j * np.median(off.imag)) <= NEAR).all() else none
