"""The frame of a footprint or a pad on the board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

_EXACT = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


@dataclass(slots=True)
class Frame:
    """A point (u, v) of the frame lies at (x, y) plus (u, v) turned by `angle` degrees, counter-clockwise as seen."""

    x: float
    y: float
    angle: float
    c: float = 1.0
    s: float = 0.0

    def __post_init__(self) -> None:
        self.c, self.s = _EXACT.get(self.angle % 360) or (cos(radians(self.angle)), sin(radians(self.angle)))

    def at(self, u: float, v: float) -> tuple[float, float]:
        return self.x + u * self.c + v * self.s, self.y - u * self.s + v * self.c

    def all(self, points: Iterable[Any]) -> list[tuple[float, float]]:
        x, y, c, s = self.x, self.y, self.c, self.s
        return [(x + u * c + v * s, y - u * s + v * c) for u, v in points]


BOARD = Frame(0.0, 0.0, 0.0)
