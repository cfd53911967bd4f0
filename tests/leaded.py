"""Boards with one leaded part on top and rectangles on the solder side, and the same as points for brute force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from small import board

STEP = 0.04
"""mm between the points that stand for a rectangle; its edges and corners are among them."""
NEAR = STEP / 2**0.5
"""mm within which of any point of a rectangle there is one of those."""


@dataclass(frozen=True)
class Rect:
    """A part on the solder side whose two lands are the halves of a rectangle."""

    x: float
    y: float
    width: float
    height: float
    angle: float
    """Degrees, counter-clockwise as seen."""
    tall: float = 0.0

    def text(self, ref: str) -> str:
        field = f'(property "Height" "{self.tall} mm" (at 0 0) (layer "B.Fab"))' if self.tall else ""
        pads = " ".join(
            f'(pad "{k + 1}" smd rect (at {(k - 0.5) * self.width / 2:.9f} 0 {self.angle}) (size {self.width / 2} {self.height}) '
            '(layers "B.Cu" "B.Paste" "B.Mask"))'
            for k in (0, 1)
        )
        return (
            f'(footprint "lib:part" (layer "B.Cu") (at {self.x} {self.y} {self.angle}) (attr smd) '
            f'(property "Reference" "{ref}" (at 0 0) (layer "B.Fab")) {field} {pads})'
        )

    def points(self) -> np.ndarray:
        u, v = (np.linspace(-s / 2, s / 2, int(np.ceil(s / STEP)) + 1) for s in (self.width, self.height))
        u, v = (a.ravel() for a in np.meshgrid(u, v))
        return turned(np.stack([u, v], axis=1), -self.angle) + np.array([self.x, self.y])


def turned(xy: np.ndarray, degrees: float) -> np.ndarray:
    """Into a frame that is turned counter-clockwise as seen, where y runs down."""
    t = np.radians(degrees)
    return np.stack([xy[:, 0] * np.cos(t) - xy[:, 1] * np.sin(t), xy[:, 0] * np.sin(t) + xy[:, 1] * np.cos(t)], axis=1)


@dataclass(frozen=True)
class Header:
    """Round joints in a grid about (0, 0), the longer rows along the part's own x."""

    columns: int
    rows: int
    pitch: float
    land: float
    angle: float = 0.0

    def own(self) -> np.ndarray:
        """Middles of the joints in the part's frame, rows x columns x 2."""
        x = (np.arange(self.columns) - (self.columns - 1) / 2) * self.pitch
        y = (np.arange(self.rows) - (self.rows - 1) / 2) * self.pitch
        return np.stack(np.meshgrid(x, y), axis=2)

    def on_board(self) -> np.ndarray:
        return turned(self.own().reshape(-1, 2), -self.angle)

    def text(self, ref: str = "J1", extra: str = "") -> str:
        pads = " ".join(
            f'(pad "{k}" thru_hole circle (at {x:.9f} {y:.9f}) (size {self.land} {self.land}) (drill {self.land - 0.5}) '
            '(layers "*.Cu" "*.Mask"))'
            for k, (x, y) in enumerate(self.own().reshape(-1, 2), 1)
        )
        return (
            f'(footprint "lib:part" (layer "F.Cu") (at 0 0 {self.angle}) (attr through_hole) {extra}'
            f'(property "Reference" "{ref}" (at 0 0) (layer "F.Fab")) {pads})'
        )


def leaded(header: Header, *rects: Rect, more: str = "", extra: str = ""):
    """The header as J1, the rectangles as U1, U2..."""
    return board(header.text(extra=extra), *[r.text(f"U{k}") for k, r in enumerate(rects, 1)], more)
