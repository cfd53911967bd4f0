"""The area that overlapping shapes cover together, measured along parallel lines instead of merging them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from . import shape
from .board import Floats, Objects

_SLANT = np.array([0.8506508083520399, 0.5257311121191336])
"""Direction of the lines, at atan of the golden section less 1: oblique to all that is drawn along the axes or diagonals,
whose spacing would else beat with that of the lines."""


class Spans(NamedTuple):
    """What is covered on each of a set of parallel lines."""

    line: NDArray[np.int64]
    """Number of the line: it is the one at this times `step`, across `_SLANT`."""
    start: Floats
    end: Floats
    """Places along the line in mm; spans of one line do not overlap."""
    step: float
    """mm between lines."""

    @property
    def area(self) -> float:
        """mm2 that is covered: between lines it is taken to change evenly."""
        return float((self.end - self.start).sum() * self.step)


def spans(polygons: Objects, bounds: Any, step: float, loops: Sequence[Floats] = ()) -> Spans:
    """What of the polygon `bounds` lies in at least one of `polygons`, on lines `step` mm apart. Their ends are exact.

    `loops` are more of them, as arrays N x K x 2 of open counter-clockwise rings.
    """
    line, at, turn = _crossings(shapely.orient_polygons(polygons), step, loops)
    edge_line, edge_at, edge_turn = _crossings(shapely.orient_polygons(np.atleast_1d(bounds)), step)
    lines, ats = np.r_[line, edge_line], np.r_[at, edge_at]
    low = ats.min(initial=0.0)
    order = np.argsort(lines * (ats.max(initial=0.0) - low + 1.0) + (ats - low))  # by line, then along it
    lines, ats = lines[order], ats[order]
    copper = np.cumsum(np.r_[turn, np.zeros_like(edge_turn)][order])
    inside = np.cumsum(np.r_[np.zeros_like(turn), edge_turn][order])
    # Each line leaves all that it enters, so both counts are nought from one line to the next.
    both = (copper[:-1] > 0) & (inside[:-1] > 0)
    return Spans(lines[:-1][both], ats[:-1][both], ats[1:][both], step)


def along(xy: Floats, step: float) -> tuple[Floats, Floats]:
    """Where points (N x 2) lie on the lines of `spans`: numbers of lines (between lines a fraction), and mm along them."""
    return xy @ [-_SLANT[1], _SLANT[0]] / step, xy @ _SLANT


def places(line: Floats, at: Floats, step: float) -> tuple[Floats, Floats]:
    """The other way round: x and y of places on the lines."""
    return _SLANT[0] * at - _SLANT[1] * line * step, _SLANT[1] * at + _SLANT[0] * line * step


def _crossings(
    polygons: Objects, step: float, loops: Sequence[Floats] = ()
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int8]]:
    """Where the lines cross boundaries: the line's number, the place along it, 1 where it enters and -1 where it leaves."""
    areas = shapely.get_parts(polygons)
    rings = shapely.get_rings(areas[shapely.get_type_id(areas) == 3])
    xy, of = shapely.get_coordinates(rings, return_index=True)
    if loops:
        xy = np.concatenate([xy, *(np.concatenate([loop, loop[:, :1]], axis=1).reshape(-1, 2) for loop in loops)])
        sizes = np.concatenate([np.full(len(loop), loop.shape[1] + 1) for loop in loops])
        of = np.r_[of, np.repeat(len(rings) + np.arange(len(sizes)), sizes)]
    across, down = along(xy, step)
    above = np.ceil(across).astype(np.int64)  # an edge crosses the lines from its lower end's up to below its upper end's
    k = np.flatnonzero((of[1:] == of[:-1]) & (above[1:] != above[:-1]))
    u0, v0, u1, v1 = down[k], across[k], down[k + 1], across[k + 1]
    low, count = np.minimum(above[k], above[k + 1]), np.abs(above[k + 1] - above[k])
    edge = np.repeat(np.arange(len(count)), count)
    line = shape.runs(low, count).astype(np.int64)
    at = u0[edge] + (line - v0[edge]) * ((u1 - u0)[edge] / (v1 - v0)[edge])
    return line, at, np.where(v1 < v0, 1, -1).astype(np.int8)[edge]
