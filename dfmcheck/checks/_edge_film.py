"""Whether the outline's film fits the others: by the pads that it must hold, and by copies of it on other films."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from ..frames import NEAR, Frames
from ..package import Entry, Form, Image, Package
from ..registration import Cloud, Points, in_place, shifted
from ._stack import name

_LEAST, _OUTSIDE = 8, 0.25
"""Pads, and share of them outside the outline, from which on it is not the edge connectors that stand out."""
_LEAST_BEYOND = 3
"""Corners of copper that stand out of an outline which is mirrored."""
_BEYOND = 0.05
"""mm: a pad is outside if its middle is that far beyond the edge."""
_ENDS, _COPY = 4, 0.9
"""Ends of lines, and share of them, by which a drawing on another film is a copy of the outline."""


def outline_off(package: Package, known: Frames) -> Iterator[tuple[Entry, str, float]]:
    """How outlines lie: (file, what, mm by which it is off, NaN where only pads outside tell); those of which nothing tells
    are left out, and of one that fits `what` is ''. Other films are told where their copy of the outline is off."""
    copper = [f.cloud.points for f in known.films if f.kind == "copper" and not known.astray(f.entry)]
    pads = Cloud(np.concatenate([np.empty(0, np.complex128), *copper]))
    films = [e.image for e in package.of("copper") if e.image is not None and not known.astray(e)]
    points = np.concatenate([np.empty(0, np.complex128), *map(_corners, films)])
    for entry in package.of("edge"):
        if entry.image is None or not len(entry.image.graphics):
            continue
        area = package.board.outline if package.board is not None else shapely.MultiPolygon()
        if area.is_empty:
            area = shapely.box(*shapely.total_bounds(entry.image.graphics.core))
        area = shapely.buffer(area, _BEYOND)
        shapely.prepare(area)
        outside = int((~shapely.intersects_xy(area, pads.points.real, pads.points.imag)).sum())
        if len(pads) >= _LEAST and outside > _OUTSIDE * len(pads):
            yield entry, f"leaves {outside} of {len(pads)} pads outside: it has another origin, unit or side", float("nan")
            continue
        beyond = int((~shapely.intersects_xy(area, points.real, points.imag)).sum())
        x0, y0, x1, y1 = area.bounds
        for axis, flip in (("left to right", (True, False)), ("top to bottom", (False, True))):
            if beyond < _LEAST_BEYOND:
                continue
            flipped = shapely.transform(area, lambda c, f=flip, m=(x0 + x1, y0 + y1): np.where(f, m - c, c))
            shapely.prepare(flipped)
            if shapely.intersects_xy(flipped, points.real, points.imag).all():
                yield entry, f"is mirrored {axis}: copper stands out at {beyond} corners, and undone at none", float("nan")
                break
        else:
            off, compared = _copies(package, known, entry, Cloud(_ends(entry.image)))
            yield from off
            if (compared or len(pads) >= _LEAST or len(points) >= _LEAST_BEYOND) and entry not in [e for e, *_ in off]:
                yield entry, "", 0.0


def _corners(image: Image) -> Points:
    """Outer corners of the regions and ends of the lines of a film."""
    core = image.graphics.core
    area = shapely.get_type_id(core) == 3
    at = np.concatenate([shapely.get_coordinates(core[~area]), shapely.get_coordinates(shapely.get_exterior_ring(core[area]))])
    return np.asarray(at[:, 0] + 1j * at[:, 1], np.complex128)


def _copies(package: Package, known: Frames, entry: Entry, ends: Cloud) -> tuple[list[tuple[Entry, str, float]], bool]:
    """Films on which the outline is drawn again beside itself. Where it is drawn in place on others, those films are off.
    And whether it is drawn on any other."""
    found = []
    out: list[tuple[Entry, str, float]] = []
    in_place_too = False
    for other in package.entries:
        if other.image is None or other.role.kind == "edge" or len(ends) < _ENDS or known.astray(other):
            continue
        copy = Cloud(_ends(other.image))
        plain, fit = in_place(ends, copy, NEAR), shifted(ends, copy, NEAR)
        in_place_too |= plain.matched >= _COPY * len(ends)
        if fit.matched >= _COPY * len(ends) and plain.matched * 4 <= fit.matched:
            found.append((other, fit))
    for other, fit in found if in_place_too else found[:1]:
        x, y = -fit.shift.real, -fit.shift.imag
        if in_place_too:
            what = (
                f"draws the outline {abs(fit.shift):.3f} mm off (x {-x:+.3f}, y {-y:+.3f} mm; y counts down) where other films do"
            )
            out.append((other, what, abs(fit.shift)))
        else:
            what = f"is {abs(fit.shift):.3f} mm off (x {x:+.3f}, y {y:+.3f} mm; y counts down) its copy on {name(package, other)}"
            out.append((entry, f"{what}: one of the two is misplaced", abs(fit.shift)))
    return out, bool(found) or in_place_too


def _ends(image: Image) -> Points:
    """Where straight lines begin and end."""
    g = image.graphics
    line = (g.form == Form.LINE) & (shapely.get_num_points(g.core) == 2)
    ends = shapely.get_coordinates(g.core[line]).reshape(-1, 4)
    return np.asarray(np.r_[ends[:, 0] + 1j * ends[:, 1], ends[:, 2] + 1j * ends[:, 3]], np.complex128)
