"""Whether two sets of shapes cover the same area: rows that are equal drop out first, areas are cut only of what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from dfmcheck.board import Board, Floats, Objects
from dfmcheck.package import Image

GRID = 1e-5
"""mm; rows whose numbers agree when rounded to this are equal."""
SEGMENTS = 64
"""Chords a quarter circle: 0.2 um from the circle at a radius of 2.5 mm."""
WIDE = 2e-3
"""mm; what a difference may be wide."""

Shapes = tuple[Objects, Floats]


@dataclass(frozen=True, slots=True)
class Difference:
    """What only one of two layers covers."""

    layer: float
    """mm2 that the first layer covers; NaN where nothing differs."""
    missing: Any
    """Geometry that only the first has."""
    added: Any
    """Geometry that only the second has."""

    @property
    def share(self) -> float:
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
    a, b = (_keys(*shapes) for shapes in (first, second))
    both = set(a) & set(b)
    alone = [np.flatnonzero([key not in both for key in keys]) for keys in (a, b)]
    missing, added = _uncovered(first, alone[0], second), _uncovered(second, alone[1], first)
    layer = _union(*first).area if missing.area or added.area else float("nan")
    return Difference(layer, missing, added)


def _keys(core: Objects, radius: Floats) -> list[tuple[bytes, int]]:
    rounded = shapely.normalize(shapely.transform(core, lambda xy: np.round(xy / GRID) + 0.0))
    return list(zip(shapely.to_wkb(rounded).tolist(), np.round(radius / GRID).astype(int).tolist()))


def _uncovered(shapes: Shapes, rows: Any, others: Shapes) -> Any:
    """What the rows cover and the other shapes do not."""
    if not len(rows):
        return shapely.MultiPolygon()
    mine = _polygons(shapes[0][rows], shapes[1][rows])
    if not len(others[0]):
        return shapely.union_all(mine)
    theirs = _polygons(*others)
    tree = shapely.STRtree(theirs)
    near = np.unique(tree.query(mine)[1])
    return shapely.difference(shapely.union_all(mine), shapely.union_all(theirs[near]))


def _polygons(core: Objects, radius: Floats) -> Objects:
    out = np.asarray(core, object).copy()
    wide = radius > 0
    out[wide] = shapely.buffer(out[wide], radius[wide], quad_segs=SEGMENTS)
    return out


def _union(core: Objects, radius: Floats) -> Any:
    return shapely.disjoint_subset_union_all(_polygons(core, radius))
