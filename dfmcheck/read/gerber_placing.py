"""Old commands that move the whole image: AS, MI, OF, SF, IR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from ..board import Floats
from .gerber_apertures import unit
from .gerber_faults import DEPRECATED, Faults
from .gerber_flat import solid
from .gerber_rows import Rows


@dataclass(slots=True)
class Placing:
    mirror: tuple[bool, bool] = (False, False)
    """MI: whether A (x) and B (y) change sign."""
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)
    """mm, y up."""
    angle: float = 0.0
    """IR: degrees counter-clockwise."""
    swap: bool = False
    """AS: A is y and B is x."""

    def matrix(self) -> tuple[Floats, Floats]:
        """Matrix and shift for points with y down, in the order that gerbv keeps: swap, mirror, offset, scale, rotate."""
        flip, (c, s) = np.diag([1.0, -1.0]), unit(self.angle)
        swap = np.array([[0.0, 1.0], [1.0, 0.0]]) if self.swap else np.eye(2)
        mirror = np.diag([-1.0 if m else 1.0 for m in self.mirror])
        outer = np.array([[c, -s], [s, c]]) @ np.diag(self.scale)
        return flip @ outer @ mirror @ swap @ flip, flip @ outer @ np.array(self.offset)


def place(rows: Rows, placing: Placing, faults: Faults) -> None:
    """Move the rows as the image commands say: shapes with their places, apertures too."""
    if placing == Placing():
        return
    message = "the image is mirrored, scaled, moved or turned by old commands that many readers leave out"
    faults.add(DEPRECATED, message, grave=True)
    matrix, shift = placing.matrix()
    if abs(placing.scale[0]) != abs(placing.scale[1]):
        wide = rows.radius > 0
        rows.core = np.where(wide, solid(rows.core, rows.radius), rows.core)
        rows.radius = np.where(wide, 0.0, rows.radius)
    rows.core = shapely.transform(rows.core, lambda xy: xy @ matrix.T + shift)
    rows.radius = rows.radius * abs(placing.scale[0])
    xy = np.column_stack((rows.x, rows.y)) @ matrix.T + shift
    rows.x, rows.y = xy[:, 0], xy[:, 1]
    flash = rows.form == 0
    turned = -rows.angle if np.linalg.det(matrix) < 0 else rows.angle
    first = np.degrees(np.arctan2(-matrix[1, 0], matrix[0, 0]))
    rows.angle = np.where(flash, (turned + first) % 360, 0.0)
