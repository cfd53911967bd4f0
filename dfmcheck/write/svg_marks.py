"""Marks of findings in pictures: a shape and a colour for each severity, the worst ones numbered, none upon another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..report import SEVERITIES
from .lettering import letters
from .svg_paths import lines, number

COLOURS = {"error": "#c4161c", "warning": "#f2a900", "note": "#1f6fb5"}
INK = {"error": "#ffffff", "warning": "#241a00", "note": "#ffffff"}
RADIUS = 9.0
"""Of a numbered mark, in pixels."""
_CORNERS = {"error": (8, math.pi / 8, 1.05), "warning": (3, -math.pi / 2, 1.45)}
"""Octagon and triangle: corners, direction of the first, and how much larger than a circle they are. A note is a circle."""


_PART = 4
"""Parts of a pixel in which small marks are placed."""
_CROWDS, _MANY = (6.0, 8.0, 11.0, 15.0, 20.0, 28.0), 150
"""Pixels within which one small mark stands for all of its severity: so many that the board is still seen between them."""


class Mark(NamedTuple):
    severity: str
    label: str
    """Number in the list; '' for one that is not told there, which is small."""
    x: float
    y: float


def mark(m: Mark, radius: float = RADIUS) -> str:
    """A numbered mark in its middle."""
    look = f'fill="{COLOURS[m.severity]}" stroke="#fff" stroke-width="1.4"'
    if m.severity in _CORNERS:
        at = " ".join(f"{number(x)},{number(y)}" for x, y in _corners(m.severity, m.x, m.y, radius))
        body = f'<polygon points="{at}" {look}/>'
    else:
        body = f'<circle cx="{number(m.x)}" cy="{number(m.y)}" r="{number(radius)}" {look}/>'
    triangle = m.severity == "warning"
    letter = radius * (0.95 if len(m.label) < 2 else 0.8) * (0.85 if triangle else 1)
    down = 0.5 * letter + (radius * 0.12 if triangle else 0)
    return body + letters(m.label, m.x, m.y + down, letter, INK[m.severity], anchor=0.5, bold=True)


def _corners(severity: str, x: float, y: float, radius: float) -> list[tuple[float, float]]:
    n, first, larger = _CORNERS[severity]
    turns = [first + 2 * math.pi * k / n for k in range(n)]
    return [(x + larger * radius * math.cos(t), y + larger * radius * math.sin(t)) for t in turns]


def _small(severity: str, at: Sequence[tuple[float, float]]) -> str:
    """Marks without a number: triangles, and dots, as an octagon would be seen as one."""
    if severity == "warning":
        xy = [corner for x, y in at for corner in _corners(severity, x, y, 3.4)]
        d, fill = lines(np.array(xy) * _PART, np.repeat(np.arange(len(at)), 3), closed=True), COLOURS[severity]
        pens: tuple[tuple[str, str, float], ...] = ((fill, "#fff", 1.0 * _PART),)
    else:
        d, fill, size = lines(np.array(at) * _PART, np.arange(len(at))), "none", 7.5 if severity == "error" else 6.5
        pens = ((fill, "#fff", (size + 1.6) * _PART), (fill, COLOURS[severity], size * _PART))
    return "".join(
        f'<path transform="scale({number(1 / _PART)})" fill="{inner}" stroke="{pen}" stroke-width="{number(wide)}" d="{d}"/>'
        for inner, pen, wide in pens
    )


def marks(found: Sequence[Mark], width: float, height: float) -> str:
    """All marks in a picture of that size, the first ones on top; a numbered one stands beside its place, on a leader."""
    few: dict[tuple[str, int, int], tuple[float, float]] = {}
    for crowd in _CROWDS:
        few = {(m.severity, round(m.x / crowd), round(m.y / crowd)): (m.x, m.y) for m in reversed(found) if not m.label}
        if len(few) <= _MANY:
            break
    out = []
    for severity in reversed(SEVERITIES):  # grave ones over slight ones
        small = [at for key, at in few.items() if key[0] == severity]
        out.append(_small(severity, small) if small else "")
    taken: list[tuple[float, float]] = []
    targets = [(m.x, m.y) for m in found if m.label]
    numbered = []
    for m in (m for m in found if m.label):
        x, y = _free(m.x, m.y, taken, targets, width, height)
        taken.append((x, y))
        ends = f"M{number(m.x)} {number(m.y)}L{number(x)} {number(y)}"
        numbered.append(
            f'<path d="{ends}" stroke="#fff" stroke-width="3.2"/><path d="{ends}" stroke="{COLOURS[m.severity]}" '
            f'stroke-width="1.4"/><circle cx="{number(m.x)}" cy="{number(m.y)}" r="2.4" fill="{COLOURS[m.severity]}" '
            f'stroke="#fff" stroke-width=".8"/>' + mark(m._replace(x=x, y=y))
        )
    return "".join(out) + "".join(reversed(numbered))


def _free(
    x: float, y: float, taken: list[tuple[float, float]], targets: list[tuple[float, float]], width: float, height: float
) -> tuple[float, float]:
    """Where a mark of a place covers neither another mark nor a place, as near as can be, within the picture."""
    apart, best = 2.3 * RADIUS, (math.inf, x, y)
    for ring in range(1, 8):
        away = RADIUS * (0.6 + 1.3 * ring)
        for k in range(16):
            turn = -math.pi / 4 + (k // 2 + 1) * math.pi / 8 * (-1) ** k if k else -math.pi / 4
            at = x + away * math.cos(turn), y + away * math.sin(turn)
            if not (RADIUS <= at[0] <= width - RADIUS and RADIUS <= at[1] <= height - RADIUS):
                continue
            crowd = sum(max(0.0, apart - math.dist(at, other)) for other in taken)
            crowd += sum(max(0.0, 1.5 * RADIUS - math.dist(at, other)) for other in targets)
            if crowd == 0:
                return at
            best = min(best, (crowd, *at))
    return best[1], best[2]
