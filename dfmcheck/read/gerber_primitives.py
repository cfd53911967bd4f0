"""Primitives of aperture macros as shapes, and what they make together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np
import shapely

from .draft import mend
from .gerber_apertures import Template, as_array, described, regular, unit
from .gerber_faults import BAD_MACRO
from .gerber_flat import solid
from .gerber_macro import Complain, Primitive
from .slits import rings_of

_CENTRED = {5: 5, 6: 8, 7: 5}
"""Primitives that may be turned only about their own centre, by the place of their rotation."""
_GRID = 1e-7
"""mm; points of a macro nearer than this are one."""
_MOST_RINGS = 50
_MOST_PIECES = 64
"""Primitives of a macro that is still tried as one rounded shape."""
Point = tuple[float, float]


@dataclass(slots=True)
class Piece:
    """One shape; `on` is its exposure. Its core is made when it is asked for: of most macros only one piece is needed."""

    on: bool
    points: Sequence[Point] = ()
    """Corners of a polygon, or the centre of a disc; y up."""
    radius: float = 0.0
    ends: tuple[Point, Point] | None = None
    """Of a line with square ends: its axis, y up."""
    width: float = 0.0
    ready: Any = None
    """The core, where it is made already; y down."""

    @property
    def disc(self) -> bool:
        return len(self.points) == 1

    @property
    def core(self) -> Any:
        if self.ready is None:
            self.ready = shapely.Point(self.points[0][0], -self.points[0][1]) if self.disc else _polygon(self.points)
        return self.ready


def combine(primitives: Sequence[Primitive], scale: float, complain: Complain) -> Template | None:
    """The template that the primitives make; `scale` is mm per unit of their lengths. None if they draw nothing."""
    pieces: list[Piece] = []
    for code, values in primitives:
        try:
            pieces += _pieces(code, values, scale, complain)
            turned = code in _CENTRED and len(values) > _CENTRED[code] and values[_CENTRED[code]] % 360
            if turned and any(values[2:4] if code == 5 else values[:2]):
                complain(BAD_MACRO, f"primitive {code} is turned but not at the origin; some readers turn it about itself")
        except IndexError:
            complain(BAD_MACRO, f"primitive {code} has too few numbers")
    if not any(p.on for p in pieces):
        return None
    if all(p.on for p in pieces):
        whole = _rounded(pieces)
        if whole is not None:
            return whole
        cores, radii = as_array([p.core for p in pieces]), np.array([p.radius for p in pieces])
    else:
        area = _resolved(pieces)
        cores = shapely.get_parts(area)
        cores = cores[shapely.area(cores) > 0]
        radii = np.zeros(len(cores))
        if not len(cores):
            return None
        if len(cores) == 1:
            return described(cores[0], 0.0)
    boxes = shapely.bounds(cores)
    x0, y0 = (boxes[:, :2] - radii[:, None]).min(axis=0)
    x1, y1 = (boxes[:, 2:] + radii[:, None]).max(axis=0)
    return Template(cores, radii, "custom", float(x1 - x0), float(y1 - y0))


def _pieces(code: int, v: Sequence[float], k: float, complain: Complain) -> list[Piece]:
    if code == 1:
        x, y = _turn([(v[2] * k, v[3] * k)] if len(v) > 3 else [(0.0, 0.0)], v[4] if len(v) > 4 else 0.0)[0]
        return [Piece(v[0] != 0, [(x, y)], abs(v[1]) * k / 2)] if v[1] else []
    if code in (2, 20):
        angle = v[6] if len(v) > 6 else 0.0
        a, b = _turn([(v[2] * k, v[3] * k), (v[4] * k, v[5] * k)], angle)
        width, long = abs(v[1]) * k, hypot(b[0] - a[0], b[1] - a[1])
        if width == 0 or long == 0:
            return []
        nx, ny = (a[1] - b[1]) / long * width / 2, (b[0] - a[0]) / long * width / 2
        corners = [(a[0] + nx, a[1] + ny), (a[0] - nx, a[1] - ny), (b[0] - nx, b[1] - ny), (b[0] + nx, b[1] + ny)]
        return [Piece(v[0] != 0, corners, ends=(a, b), width=width)]
    if code in (21, 22):
        w, h, x, y = abs(v[1]) * k, abs(v[2]) * k, v[3] * k, v[4] * k
        if w == 0 or h == 0:
            return []
        if code == 21:
            x, y = x - w / 2, y - h / 2
        corners = _turn([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], v[5] if len(v) > 5 else 0.0)
        return [Piece(v[0] != 0, corners)]
    if code == 4:
        return _outline(v, k, complain)
    if code == 5:
        n = round(v[1])
        if not 3 <= n <= 12:
            complain(BAD_MACRO, f"primitive 5 with {v[1]:g} corners; 3 to 12 are allowed")
            n = min(max(n, 3), 1000)
        corners = _turn(regular(n, abs(v[4]) * k, v[2] * k, v[3] * k, 0.0), v[5] if len(v) > 5 else 0.0)
        return [Piece(v[0] != 0, corners)] if v[4] else []
    if code == 6:
        return _moire(v, k)
    if code == 7:
        return _thermal(v, k)
    complain(BAD_MACRO, f"primitive {code} is unknown")
    return []


def _outline(v: Sequence[float], k: float, complain: Complain) -> list[Piece]:
    n = round(v[1])
    rest = v[2:]
    if n < 1 or len(rest) < 2 * n:
        complain(BAD_MACRO, f"an outline of {v[1]:g} corners has {len(rest)} numbers")
        n = len(rest) // 2 - 1
    xy = list(zip(rest[0 : 2 * n + 2 : 2], rest[1 : 2 * n + 2 : 2]))
    angle = rest[2 * n + 2] if len(rest) > 2 * n + 2 else 0.0
    corners = _turn([(x * k, y * k) for x, y in xy], angle)
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        return []
    return [
        Piece(v[0] != 0, corners, ready=part) for part in shapely.get_parts(area(corners)).tolist() if part.geom_type == "Polygon"
    ]


def area(corners: Sequence[Point]) -> Any:
    """The area (y down) inside a closed chain (y up), its zero-width slits opened, crossings mended."""
    xy = np.array(corners)
    xy[:, 1] *= -1
    made = [shapely.Polygon(rings[0], rings[1:]) for rings in rings_of(xy)]
    made = [m if m.is_valid else mend(m) for m in made]
    return made[0] if len(made) == 1 else shapely.union_all(made)


def _moire(v: Sequence[float], k: float) -> list[Piece]:
    """Rings and a cross-hair. A ring is a circle's line with a radius; the last is a disc where it has no hole."""
    angle = v[8] if len(v) > 8 else 0.0
    (x, y) = _turn([(v[0] * k, v[1] * k)], angle)[0]
    outer, thick, gap, most = v[2] * k, v[3] * k, v[4] * k, min(round(v[5]), _MOST_RINGS)
    out: list[Piece] = []
    for i in range(max(most, 0)):
        d = outer - 2 * i * (thick + gap)
        if d <= 0 or thick <= 0:
            break
        if d <= 2 * thick:
            out.append(Piece(True, [(x, y)], d / 2))
            break
        out.append(Piece(True, radius=thick / 2, ready=shapely.LineString(circle(x, -y, (d - thick) / 2))))
    for w, h in ((v[7], v[6]), (v[6], v[7])):
        out += _pieces(21, (1.0, w, h, v[0], v[1], angle), k, _silent) if w > 0 and h > 0 else []
    return out


def circle(x: float, y: float, radius: float) -> list[Point]:
    from .arcs import circle as points

    ring = points(x, y, radius)
    return [*ring, ring[0]]


def _thermal(v: Sequence[float], k: float) -> list[Piece]:
    """A ring with four gaps."""
    angle = v[5] if len(v) > 5 else 0.0
    (x, y) = _turn([(v[0] * k, v[1] * k)], angle)[0]
    outer, inner, gap = v[2] * k / 2, max(v[3] * k / 2, 0.0), max(v[4] * k, 0.0)
    if outer <= inner:
        return []
    disc, hole = solid(as_array([shapely.Point(x, -y)] * 2), np.array([outer, inner]))
    whole = shapely.difference(disc, hole) if inner > 0 else disc
    for w, h in ((3 * outer, gap), (gap, 3 * outer)):
        if gap > 0:
            whole = shapely.difference(whole, _pieces(21, (1.0, w / k, h / k, v[0], v[1], angle), k, _silent)[0].core)
    return [Piece(True, ready=part) for part in shapely.get_parts(whole).tolist()]


def _silent(what: str, message: str) -> None:
    pass


def _turn(points: list[Point], angle: float) -> list[Point]:
    """Rotated about the origin, degrees counter-clockwise, y up."""
    if angle % 360 == 0:
        return points
    c, s = unit(angle)
    return [(x * c - y * s, x * s + y * c) for x, y in points]


def _polygon(corners: Sequence[Point]) -> Any:
    return shapely.Polygon([(x, -y) for x, y in corners])


def _resolved(pieces: Sequence[Piece]) -> Any:
    """What is left when primitives with exposure off have cut those before them."""
    areas = solid(as_array([p.core for p in pieces]), np.array([p.radius for p in pieces]))
    total, start = shapely.Polygon(), 0
    while start < len(pieces):
        end = start
        while end < len(pieces) and pieces[end].on == pieces[start].on:
            end += 1
        run = shapely.union_all(areas[start:end])
        total = shapely.union(total, run) if pieces[start].on else shapely.difference(total, run)
        start = end
    return total


def _rounded(pieces: Sequence[Piece]) -> Template | None:
    """The one core + radius that the pieces cover exactly, None if there is none that we know."""
    if len(pieces) == 1:
        return described(pieces[0].core, pieces[0].radius)
    circles = [p for p in pieces if p.disc]
    rest = [p for p in pieces if not p.disc]
    if not circles or any(p.radius for p in rest):
        return None
    r = circles[0].radius
    if any(abs(p.radius - r) > _GRID for p in circles):
        return None
    centres = {_key(*p.points[0]) for p in circles}
    lines = [p for p in rest if p.ends is not None]
    areas = [p for p in rest if p.ends is None]
    if all(abs(p.width - 2 * r) <= _GRID for p in lines):
        axes = {frozenset((_key(*p.ends[0]), _key(*p.ends[1]))) for p in lines if p.ends is not None}
        if len(areas) == 1 and not len(areas[0].core.interiors):
            corners = [_key(*c) for c in areas[0].points]
            edges = {frozenset((a, b)) for a, b in zip(corners, corners[1:] + corners[:1]) if a != b}
            if set(corners) == centres and edges == axes:  # a polygon, its edges and its corners widened: that is the sum
                return described(areas[0].core, r)
        if not areas and len(axes) == 1 and centres == set(next(iter(axes))):
            return described(shapely.LineString([(x, -y) for x, y in sorted(_near(centres))]), r)
    if len(pieces) > _MOST_PIECES:
        return None
    return _covered(circles, rest, r)


def _covered(circles: Sequence[Piece], rest: Sequence[Piece], r: float) -> Template | None:
    """The convex hull of the circles' centres widened by their radius, if the pieces fill it and do not leave it."""
    hull = shapely.convex_hull(shapely.multipoints([p.core for p in circles]))
    corners = shapely.points(np.concatenate([shapely.get_coordinates(p.core) for p in rest])) if rest else as_array([])
    if len(corners) and float(shapely.distance(corners, hull).max()) > r + 1e-6:
        return None
    outer = [shapely.buffer(p.core, r / np.cos(np.pi / 256), quad_segs=64) for p in circles] + [p.core for p in rest]
    whole = shapely.union_all([shapely.buffer(g, 1e-6, join_style="mitre") for g in outer])
    left = shapely.difference(shapely.buffer(hull, r, quad_segs=64), whole)
    return described(hull, r) if left.area < 1e-9 else None


def _key(x: float, y: float) -> Point:
    return round(x / _GRID), round(y / _GRID)


def _near(keys: set[Point]) -> list[Point]:
    return [(x * _GRID, y * _GRID) for x, y in keys]
