"""Whether two sets of shapes cover the same area: rows that are equal drop out first, areas are cut only of what is left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import acos, ceil, pi
from typing import Any

import numpy as np
import shapely

from dfmcheck.board import Board, Floats, Objects
from dfmcheck.package import Image
from dfmcheck.shape import boxes

GRID = 1e-5
"""mm; rows whose numbers agree when rounded to this are equal."""
CHORD = 1e-4
"""mm; largest distance of a circle's chord."""
WIDE = 2e-3
"""mm; what a difference may be wide."""

Shapes = tuple[Objects, Floats]


@dataclass(frozen=True)
class Difference:
    """What only one of two layers covers."""

    first: Shapes
    missing: Any
    """Geometry that only the first has."""
    added: Any
    """Geometry that only the second has."""

    @cached_property
    def layer(self) -> float:
        """mm2 that the first layer covers."""
        return float(_union(*self.first).area)

    @property
    def share(self) -> float:
        """Of the area of the first layer."""
        area = self.missing.area + self.added.area
        return float(area / self.layer) if area else 0.0

    def wide(self, width: float = WIDE) -> list[tuple[str, float, float, float]]:
        """Places that are wider: word, x, y, area."""
        found = []
        for word, geometry in (("missing", self.missing), ("added", self.added)):
            eroded = shapely.get_parts(shapely.buffer(geometry, -width / 2, quad_segs=2))
            for part in eroded[~shapely.is_empty(eroded)].tolist():
                point = shapely.point_on_surface(part)
                found.append((word, round(point.x, 4), round(point.y, 4), round(shapely.buffer(part, width / 2).area, 6)))
        return sorted(found, key=lambda place: -place[3])


def layer_shapes(board: Board, name: str) -> Shapes:
    """What stands on a layer of a board."""
    rows = np.flatnonzero(board.features.layer == board.layer(name))
    return board.features.core[rows], board.features.radius[rows]


def image_shapes(image: Image) -> Shapes:
    return image.graphics.core, image.graphics.radius


def difference(first: Shapes, second: Shapes) -> Difference:
    """Areas that only one of the two covers."""
    a, b = _pieces(*first), _pieces(*second)
    keys = [_keys(*pieces) for pieces in (a, b)]
    both = set(keys[0]) & set(keys[1])
    left = [np.flatnonzero([key not in both for key in mine]) for mine in keys]
    return Difference(a, _uncovered(a, left[0], b), _uncovered(b, left[1], a))


def _pieces(core: Objects, radius: Floats) -> Shapes:
    """The same area in its smallest parts: chains with a width as segments, polygons with a width and their outline."""
    wide, kind = radius > 0, shapely.get_type_id(core)
    whole = ~wide | (kind == 0)
    areas = wide & (kind >= 3)
    chains, owner = shapely.get_parts(core[wide & (kind != 0)], return_index=True)
    rings, of = shapely.get_rings(chains[shapely.get_type_id(chains) == 3], return_index=True)
    solid = np.flatnonzero(shapely.get_type_id(chains) == 3)
    owner = np.concatenate([owner[shapely.get_type_id(chains) != 3], owner[solid][of]])
    chains = np.concatenate([chains[shapely.get_type_id(chains) != 3], rings])
    xy, chain = shapely.get_coordinates(chains, return_index=True)
    same = np.flatnonzero(chain[1:] == chain[:-1])
    segments = shapely.linestrings(np.stack([xy[same], xy[same + 1]], 1))
    widths = radius[wide & (kind != 0)][owner][chain[same]]
    return (
        np.concatenate([core[whole], core[areas], segments]),
        np.concatenate([radius[whole], np.zeros(int(areas.sum())), widths]),
    )


def _keys(core: Objects, radius: Floats) -> list[tuple[bytes, int]]:
    rounded = shapely.normalize(shapely.transform(core, lambda xy: np.round(xy / GRID) + 0.0))
    return list(zip(shapely.to_wkb(rounded).tolist(), np.round(radius / GRID).astype(int).tolist()))


def _uncovered(shapes: Shapes, rows: Any, others: Shapes) -> Any:
    """What the rows cover and the other shapes do not."""
    if not len(rows):
        return shapely.MultiPolygon()
    mine = shapes[0][rows], shapes[1][rows]
    near = np.unique(shapely.STRtree(boxes(*others)).query(boxes(*mine))[1]) if len(others[0]) else []
    return shapely.difference(_union(*mine), _union(others[0][near], others[1][near]))


def _union(core: Objects, radius: Floats) -> Any:
    out = np.asarray(core, object).copy()
    for r in np.unique(radius[radius > 0]).tolist():
        rows = radius == r
        out[rows] = shapely.buffer(out[rows], r, quad_segs=max(4, ceil(pi / 4 / acos(1 - min(CHORD / r, 1)))))
    return shapely.union_all(out)
