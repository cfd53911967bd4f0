"""How a file lies to the others, in words."""

from __future__ import annotations

import numpy as np

from ..frames import Frames, Placed
from ..package import Package
from ..registration import Fit
from ._stack import name

TURN, SCALE = 0.005, 1e-5
"""Degrees and parts that are more than noise."""
_UNITS = {25.4: "as millimetres taken for inches are", 1 / 25.4: "as inches taken for millimetres are",
          10.0: "as with one digit too many", 0.1: "as with one digit too few"}  # fmt: skip


def off(known: Frames, placed: Placed) -> float:
    """mm by which the marks of a file are off where they belong, in the median."""
    points = known.films[placed.film].cloud.points
    return float(np.median(np.abs(placed.fit.apply(points) - points))) if len(points) else 0.0


def slack(known: Frames, placed: Placed) -> float:
    """mm that the number formats of a file and of its witness may be off without anybody's fault."""
    return known.films[placed.film].grain + known.films[placed.partner].grain


def way(fit: Fit) -> str:
    """What was done to a file that needs `fit` to lie on the others."""
    said = []
    turned = -fit.turned
    if fit.mirrored and abs(abs(turned) - 180) < TURN:
        said.append("mirrored top to bottom")
    elif fit.mirrored:
        said.append("mirrored left to right")
    if abs(turned) > TURN and not (fit.mirrored and abs(abs(turned) - 180) < TURN):
        said.append(f"turned by {abs(turned) if abs(turned) > 179.9 else turned:.3g}°")
    if abs(fit.scale - 1) > SCALE:
        factor = 1 / fit.scale
        unit = next((text for known, text in _UNITS.items() if abs(factor / known - 1) < 1e-3), "")
        said.append(f"scaled by {factor:.6g}" + (f", {unit}" if unit else ""))
    if not said:
        x, y = -fit.shift.real, -fit.shift.imag
        said.append(f"{abs(fit.shift):.3f} mm off (x {x + 0.0:+.3f}, y {y + 0.0:+.3f} mm; y counts down)")
    return ", ".join(said)


def witness(package: Package, frames: Frames, placed: Placed) -> str:
    """By what it was told."""
    film, partner = frames.films[placed.film], name(package, frames.films[placed.partner].entry)
    what = "hits" if film.kind == "drill" else "marks"
    return f"undone, {placed.fit.matched} of its {len(film.cloud)} {what} fall on those of {partner}"
