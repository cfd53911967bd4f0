"""Curves as points: circles, arcs through three points and Bézier curves, within a chord error."""

from __future__ import annotations

from math import acos, atan2, ceil, cos, hypot, pi, sin, sqrt

CHORD = 2e-4
"""mm; largest distance between a flattened curve and the curve."""

Point = tuple[float, float]


def steps(radius: float, sweep: float, chord: float = CHORD) -> int:
    """How many equal chords keep an arc of `sweep` radians within `chord` of its circle."""
    if radius <= chord:
        return max(2, ceil(abs(sweep) / (pi / 4)))
    return max(2, ceil(abs(sweep) / (2 * acos(1 - chord / radius))))


def circle(x: float, y: float, radius: float) -> list[Point]:
    """Points of a circle, the first not repeated."""
    n = max(8, steps(radius, 2 * pi))
    return [(x + radius * cos(2 * pi * i / n), y + radius * sin(2 * pi * i / n)) for i in range(n)]


def sweep(x: float, y: float, start: Point, angle: float) -> list[Point]:
    """Points of the arc about (x, y) from `start` through `angle` radians (positive from x towards y)."""
    radius, first = hypot(start[0] - x, start[1] - y), atan2(start[1] - y, start[0] - x)
    n = steps(radius, angle)
    return [start] + [(x + radius * cos(first + angle * i / n), y + radius * sin(first + angle * i / n)) for i in range(1, n + 1)]


def through(start: Point, mid: Point, end: Point) -> list[Point]:
    """Points of the arc that starts at `start`, passes `mid` and ends at `end`, all three kept exactly.

    Points on one line give that line; `start` == `end` gives the full circle with `mid` opposite.
    """
    if start == end:
        if start == mid:
            return [start]
        x, y = (start[0] + mid[0]) / 2, (start[1] + mid[1]) / 2
        return [*sweep(x, y, start, 2 * pi)[:-1], start]
    centre = _centre(start, mid, end)
    if centre is None:
        return [start, mid, end]
    x, y = centre
    a0, a1, a2 = (atan2(p[1] - y, p[0] - x) for p in (start, mid, end))
    first, both = (a1 - a0) % (2 * pi), (a2 - a0) % (2 * pi)
    turn = both if first <= both else both - 2 * pi
    return [*sweep(x, y, start, turn)[:-1], end]


def _centre(a: Point, b: Point, c: Point) -> Point | None:
    """Centre of the circle through three points; None where they are on a line to within a nanometre."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    cross = bx * cy - by * cx
    chord = hypot(cx, cy)
    if abs(cross) <= 1e-6 * chord:
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    return a[0] + (cy * b2 - by * c2) / (2 * cross), a[1] + (bx * c2 - cx * b2) / (2 * cross)


def bezier(p: list[Point], chord: float = CHORD) -> list[Point]:
    """Points of the cubic Bézier curve with the four control points `p`.

    The number of steps bounds the chord error by the largest second difference: n = sqrt(6 d / (8 e)), with d the larger
    of |p0 - 2 p1 + p2| and |p1 - 2 p2 + p3| (the second derivative of a cubic is at most 6 d).
    """
    bend = max(hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1]) for a, b, c in zip(p, p[1:], p[2:]))
    n = max(2, ceil(sqrt(6 * bend / (8 * chord))))
    out = []
    for i in range(n + 1):
        t = i / n
        w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        out.append((sum(k * q[0] for k, q in zip(w, p)), sum(k * q[1] for k, q in zip(w, p))))
    return out
