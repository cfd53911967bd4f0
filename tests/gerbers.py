"""Short Gerber files for tests, and areas of what they draw."""

from math import pi

import numpy as np
import shapely

from dfmcheck.package import Image
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.gerber_flat import solid

HEAD = "%FSLAX46Y46*%\n%MOMM*%\n"


def mm(value: float) -> str:
    return str(round(value * 1e6))


def at(x: float, y: float, op: int, extra: str = "") -> str:
    return f"X{mm(x)}Y{mm(y)}{extra}D0{op}*\n"


def read(body: str, head: str = HEAD, end: str = "M02*\n") -> Image:
    return read_gerber((head + body + end).encode("latin-1"), "test.gbr")


def flash(aperture: str, x: float = 0.0, y: float = 0.0, before: str = "") -> Image:
    """One flash of the aperture, such as "C,1" or a macro's name and values; `before` holds the macro."""
    return read(f"{before}%ADD10{aperture}*%\nD10*\n{at(x, y, 3)}")


def macro(body: str, values: str = "") -> Image:
    """One flash at the origin of a macro of these blocks."""
    return flash("M" + (f",{values}" if values else ""), before=f"%AMM*\n{body}%\n")


def area(image: Image) -> float:
    return float(shapely.union_all(solid(image.graphics.core, image.graphics.radius)).area)


def box(image: Image) -> tuple[float, ...]:
    """xmin, ymin, xmax, ymax of all graphics, rounded to a nanometre."""
    b, r = shapely.bounds(image.graphics.core), image.graphics.radius
    low, high = (b[:, :2] - r[:, None]).min(axis=0), (b[:, 2:] + r[:, None]).max(axis=0)
    return tuple(float(v) for v in np.round([*low, *high], 6) + 0.0)


def whats(image: Image) -> list[str]:
    return [f.what for f in image.faults]


def circle(diameter: float) -> float:
    return pi * diameter**2 / 4
