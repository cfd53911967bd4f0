"""Marks of findings in pictures: a shape and a colour for each severity, the worst ones numbered, none upon another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..report import SEVERITIES
from .lettering import letters
from .svg_paths import number

COLOURS = {"error": "#c4161c", "warning": "#f2a900", "note": "#1f6fb5"}
INK = {"error": "#ffffff", "warning": "#241a00", "note": "#ffffff"}
RADIUS = 9.0
"""Of a numbered mark, in pixels."""
_CORNERS = {"error": (8, math.pi / 8, 1.05), "warning": (3, -math.pi / 2, 1.45)}
"""Octagon and triangle: corners, direction of the first, and how much larger than a circle they are. A note is a circle."""


class Mark(NamedTuple):
    severity: str
    label: str
    """'' for one without a number, which is small."""
    x: float
    y: float


def mark(m: Mark, radius: float = RADIUS) -> str:
    """A mark in its middle."""
    size = radius if m.label else radius * 0.42
    look = f'fill="{COLOURS[m.severity]}" stroke="#fff" stroke-width="{number(1.4 if m.label else 0.8)}"'
    if m.severity in _CORNERS:
        n, first, larger = _CORNERS[m.severity]
        turns = [first + 2 * math.pi * k / n for k in range(n)]
        at = " ".join(f"{number(m.x + larger * size * math.cos(t))},{number(m.y + larger * size * math.sin(t))}" for t in turns)
        body = f'<polygon points="{at}" {look} stroke-linejoin="round"/>'
    else:
        body = f'<circle cx="{number(m.x)}" cy="{number(m.y)}" r="{number(size)}" {look}/>'
    letter = size * (0.95 if len(m.label) < 2 else 0.8) * (0.85 if m.severity == "warning" else 1)
    down = 0.5 * letter + (size * 0.12 if m.severity == "warning" else 0)
    return body + (letters(m.label, m.x, m.y + down, letter, INK[m.severity], anchor=0.5, bold=True) if m.label else "")


def marks(found: Sequence[Mark], width: float, height: float) -> str:
    """All marks in a picture of that size, the first ones on top; a numbered one stands beside its place, on a leader."""
    small = {(m.severity, round(m.x / 3), round(m.y / 3)): m for m in reversed(found) if not m.label}
    # Grave ones over slight ones.
    order = sorted(small.values(), key=lambda m: -SEVERITIES.index(m.severity))
    out = [mark(m) for m in order]
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
        )  # fmt: skip
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
