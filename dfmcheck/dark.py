"""Where a Gerber image is dark, for many points at once."""

from __future__ import annotations

import numpy as np
import shapely

from .board import Bools, Floats
from .package import Image


class Dark:
    """The darkness of an image, with an index of its shapes. Of a negative image dark is what is not drawn."""

    def __init__(self, image: Image, negative: bool | None = None) -> None:
        g = image.graphics
        self.core, self.radius = g.core, g.radius
        self.negative = image.negative if negative is None else negative
        grow = self.radius[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])
        self.tree = shapely.STRtree(shapely.box(*(shapely.bounds(self.core) + grow).T))
        self._prepared = False

    def drawn(self, xy: Floats, reach: Floats | float = 0.0) -> Bools:
        """Which points (N x 2, mm) have something drawn no farther than `reach`."""
        out = np.zeros(len(xy), np.bool_)
        if not len(xy) or not len(self.core):
            return out
        if not self._prepared:
            shapely.prepare(self.core)
            self._prepared = True
        around = np.broadcast_to(np.asarray(reach, np.float64), len(xy))
        i, j = self.tree.query(shapely.box(*np.c_[xy - around[:, None], xy + around[:, None]].T))
        if len(i):
            near = shapely.dwithin(self.core[j], shapely.points(xy[i]), self.radius[j] + around[i])
            out[i[near]] = True
        return out

    def at(self, xy: Floats) -> Bools:
        """Which points (N x 2, mm) are dark."""
        return np.asarray(self.drawn(xy) != self.negative)
