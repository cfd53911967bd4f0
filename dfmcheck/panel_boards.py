"""What a panel is made of: the boards and rails that its break lines part."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .board import Board, Bools, Objects, PadType
from .panel import Breaklines

_LEAST = 25.0
"""mm2; smaller pieces are the stubs of tabs."""
_BEYOND = {"score": 1.1, "tab": 0.6}
"""mm by which a break line is drawn out to reach the rim, and the slots beside a tab."""
_LANDS = 4
"""A piece with more lands is a board; a rail holds fiducials and tooling holes."""


def pieces(board: Board, lines: Breaklines) -> Objects:
    """Polygons into which the panel falls once all break lines are broken, in the order of their lowest, leftmost corner."""
    slits = [_slit(core, _BEYOND[method]) for core, method in zip(lines.core, lines.method)]
    parted = shapely.get_parts(shapely.difference(board.outline, shapely.union_all(slits)) if slits else board.outline)
    parted = parted[shapely.area(parted) >= _LEAST]
    box = shapely.bounds(parted)
    return np.asarray(parted[np.lexsort((box[:, 1], box[:, 0]))]) if len(parted) else parted


def is_board(board: Board, parted: Objects) -> Bools:
    """Which pieces carry a circuit; the others are rails and frames."""
    pads = board.pads
    rows = (pads.type != PadType.NPTH) & ~np.isin(pads.property, ("fiducial_global", "fiducial_local"))
    spots = shapely.points(pads.x[rows], pads.y[rows])
    count = np.zeros(len(parted), np.int64)
    if len(spots) and len(parted):
        i, _ = shapely.STRtree(spots).query(parted, predicate="intersects")
        count = np.bincount(i, minlength=len(parted))
    return np.asarray(count > _LANDS, np.bool_)


def _slit(line: Any, beyond: float) -> Any:
    xy = shapely.get_coordinates(line)
    way = (xy[-1] - xy[0]) / max(float(line.length), 1e-9) * beyond
    return shapely.buffer(shapely.LineString([xy[0] - way, xy[-1] + way]), 0.005, cap_style="flat")
