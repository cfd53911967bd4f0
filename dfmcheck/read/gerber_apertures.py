"""Apertures of Gerber files as cores and radii about their origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, isfinite, nan, radians, sin
from typing import Any

import numpy as np
import shapely

from ..board import Floats, Objects
from .gerber_faults import BAD_APERTURE
from .gerber_flat import solid
from .gerber_macro import Complain

_SAME = 1e-6
"""mm; lengths nearer than this are equal: one step of the finest usual format."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What one flash draws, about the flash point, y down."""

    cores: Objects
    radii: Floats
    shape: str
    width: float
    height: float
    angle: float = 0.0
    drill: float = nan

    @property
    def circle(self) -> float:
        """Radius of a solid circle about the origin, NaN of any other shape."""
        if self.shape in ("circle", "oval") and len(self.cores) == 1 and self.cores[0].geom_type == "Point":
            return float(self.radii[0])
        return nan

    def turned(self, mirror: str, angle: float, scale: float) -> Template:
        """Mirrored ('', X, Y, XY), then rotated by degrees counter-clockwise as seen, then scaled."""
        if not mirror and angle % 360 == 0 and scale == 1:
            return self
        matrix = matrix_of(mirror, angle, scale)
        cores = shapely.transform(self.cores, lambda xy: xy @ matrix.T)
        width, height, drill = self.width * scale, self.height * scale, self.drill * scale
        return Template(cores, self.radii * scale, self.shape, width, height, self.angle, drill)


def matrix_of(mirror: str, angle: float, scale: float) -> Floats:
    """Of `Template.turned`, for points with y down."""
    c, s = unit(angle)
    mx, my = (-1.0 if "X" in mirror else 1.0), (-1.0 if "Y" in mirror else 1.0)
    return scale * np.array([[c * mx, s * my], [-s * mx, c * my]])


def unit(angle: float) -> tuple[float, float]:
    """Cosine and sine, exact for whole quarters."""
    quarters = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}
    return quarters.get(angle % 360) or (cos(radians(angle)), sin(radians(angle)))


def one(core: Any, radius: float, shape: str, width: float, height: float, angle: float = 0.0) -> Template:
    return Template(as_array([core]), np.array([radius]), shape, width, height, angle)


def as_array(cores: Sequence[Any]) -> Objects:
    out = np.empty(len(cores), object)
    out[:] = cores
    return out


def standard(kind: str, values: Sequence[float], complain: Complain) -> Template | None:
    """The aperture of type C, R, O or P, sizes in mm, None if it cannot be understood."""
    need = {"C": 1, "R": 2, "O": 2, "P": 2}[kind]
    if len(values) < need or not all(isfinite(v) for v in values):
        complain(BAD_APERTURE, f"aperture {kind} needs {need} numbers")
        return None
    if any(v < 0 for v in values[:need]):
        complain(BAD_APERTURE, f"aperture {kind} with a negative size")
    first, second = abs(values[0]), abs(values[1]) if need > 1 else 0.0
    hole = list(values[need:])
    if kind == "C":
        made = one(shapely.Point(0, 0), first / 2, "circle", first, first)
    elif kind == "R":
        made = rectangle(first, second)
    elif kind == "O":
        u, v, r = max(first - second, 0.0) / 2, max(second - first, 0.0) / 2, min(first, second) / 2
        core = shapely.Point(0, 0) if u == v == 0 else shapely.LineString([(-u, -v), (u, v)])
        made = one(core, r, "oval", first, second)
    else:
        n = round(values[1])
        if not 3 <= n <= 12:
            complain(BAD_APERTURE, f"a polygon of {values[1]:g} corners; 3 to 12 are allowed")
            n = min(max(n, 3), 1000)
        hole = list(values[3:])
        made = polygon(regular(n, first, 0.0, 0.0, values[2] if len(values) > 2 else 0.0), 0.0)
    return pierced(made, hole, complain) if hole and hole[0] > 0 else made


def rectangle(w: float, h: float) -> Template:
    u, v = w / 2, h / 2
    if u == 0 or v == 0:
        return one(shapely.Point(0, 0) if u == v else shapely.LineString([(-u, -v), (u, v)]), 0.0, "rect", w, h)
    return one(shapely.Polygon([(-u, -v), (u, -v), (u, v), (-u, v)]), 0.0, "rect", w, h)


def regular(n: int, diameter: float, x: float, y: float, angle: float) -> list[tuple[float, float]]:
    """Corners (y up) of a regular polygon inside the circle; the first at `angle` degrees from x."""
    out = []
    for i in range(n):
        c, s = unit(angle + 360 * i / n)
        out.append((x + diameter / 2 * c, y + diameter / 2 * s))
    return out


def pierced(whole: Template, hole: Sequence[float], complain: Complain) -> Template | None:
    """With a round (one number) or rectangular (two numbers, old) hole, which stays transparent; None if nothing is left."""
    w, h = hole[0], hole[1] if len(hole) > 1 else 0.0
    cut = rectangle(w, h) if h > 0 else one(shapely.Point(0, 0), w / 2, "circle", w, w)
    left = shapely.difference(solid(whole.cores, whole.radii), solid(cut.cores, cut.radii)[0])
    parts = shapely.get_parts(left)
    parts = parts[shapely.area(parts) > 0]
    if len(parts) != 1 or not len(parts[0].interiors):
        complain(BAD_APERTURE, "the hole is not inside its aperture")
    return (
        None if not len(parts) else Template(parts, np.zeros(len(parts)), whole.shape, whole.width, whole.height, whole.angle, w)
    )


def polygon(points: Sequence[tuple[float, float]], radius: float) -> Template:
    """The polygon through the points (y up) widened by a radius: rect or roundrect where its corners are right, else custom."""
    return described(shapely.Polygon([(x, -y) for x, y in points]), radius)


def described(core: Any, radius: float) -> Template:
    """The template of one shape about the origin, with the name, size and angle that a pad of it would have."""
    if core.geom_type == "Point":
        return one(core, radius, "circle" if core.x == core.y == 0 else "custom", 2 * radius, 2 * radius)
    xy = shapely.get_coordinates(core)
    (x0, y0), (x1, y1) = xy.min(axis=0) - radius, xy.max(axis=0) + radius
    centred = abs(x0 + x1) < 2 * _SAME and abs(y0 + y1) < 2 * _SAME
    if core.geom_type == "LineString" and len(xy) == 2 and centred:
        dx, dy = xy[1] - xy[0]
        long, angle = hypot(dx, dy) + 2 * radius, -degrees(atan2(dy, dx))
        if abs(dx) < _SAME:
            return one(core, radius, "oval", 2 * radius, long)
        return one(core, radius, "oval", long, 2 * radius, folded(angle, 180))
    if core.geom_type == "Polygon" and len(xy) == 5 and not len(core.interiors) and centred:
        a, b, c = xy[1] - xy[0], xy[2] - xy[1], xy[3] - xy[2]
        m, n = hypot(*a), hypot(*b)
        if m > 0 and n > 0 and abs(a @ b) / max(m, n) < 4 * _SAME and hypot(*(a + c)) < 4 * _SAME:
            angle = folded(-degrees(atan2(a[1], a[0])), 180)
            if not -45 < angle <= 45:
                m, n, angle = n, m, folded(angle + 90, 180)
            angle = 0.0 if abs(radians(angle)) * max(m, n) < 2 * _SAME else angle
            return one(core, radius, "roundrect" if radius > 0 else "rect", m + 2 * radius, n + 2 * radius, angle)
    return one(core, radius, "custom", float(x1 - x0), float(y1 - y0))


def folded(angle: float, period: float) -> float:
    """The angle within half a period of 0, the upper bound included."""
    angle %= period
    return angle - period if angle > period / 2 else angle
