"""Outer and inner copper whose files stand in for each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from ..board import Objects
from ..package import Entry, Package
from ._files import Row
from ._lands import SPOT, flashes, holes, near
from ._stack import OUTER, name

FEW = 4
"""Openings that must lie on the lands of an inner layer before it is said to be an outer one."""


def exchanged(package: Package) -> Iterator[Row]:
    """Sides whose mask and paste are open where an inner layer has its lands, and the side's own copper has not."""
    inner = [(e, _centres(e)) for e in package.of("copper", "inner") if e.image]
    for side in OUTER if inner else ():
        films = [e for kind in ("mask", "paste") for e in package.of(kind, side) if e.image]
        own = [_centres(e) for e in package.of("copper", side) if e.image]
        if not films or not own:
            continue
        openings = np.concatenate([_centres(e) for e in films])
        openings = openings[~near(openings, np.full(len(openings), SPOT), holes(package))]
        mine = max(_shared(openings, lands) for lands in own)
        entry, most = max(((e, _shared(openings, lands)) for e, lands in inner), key=lambda pair: pair[1])
        if most >= FEW and mine * 2 < most:
            outer = name(package, package.of("copper", side)[0])
            what = f"{most} openings of the {side} mask and paste lie on its lands, {mine} on those of {outer}"
            yield Row(f"{what}: are they exchanged?", entry.source, cause="exchanged")


def _centres(entry: Entry) -> Objects:
    f = flashes(entry)
    return np.asarray(shapely.points(f.x, f.y))


def _shared(openings: Objects, lands: Objects) -> int:
    return int(near(openings, np.full(len(openings), SPOT), lands).sum())
