"""The apertures of the stencil as they are cut: what overlaps on a paste layer is one aperture, measured exactly.

Used through `Derived.stencil`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects, Table, column
from .copper import components
from .units import TOUCH

FOILS = (0.15, 0.13, 0.12, 0.10, 0.08)
"""mm: the usual thicknesses of a foil, thick to thin."""
LONG = 5.0
"""An aperture that is longer than this many widths releases paste by its aspect ratio, a compact one by its area ratio."""
_QUADS = 64
"""Segments per quarter turn where a shape has no formula: an error of 0.01 % of the curve's length."""
_CORNERS = 100
"""Up to so many corners the width of a convex polygon is found exactly, by its edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Apertures(Table):
    """One row is one hole in a stencil."""

    core: Objects = column("O")
    """As in `Features`; of apertures that overlap the polygon of their union."""
    radius: Floats = column("f8")
    layer: Ints = column("i4")
    """Row in `Board.layers`: the paste layer."""
    side: Ints = column("i4")
    """0 top, 1 bottom."""
    feature: Ints = column("i4")
    """Row in `Board.features` of one of the openings that it is made of."""
    land: Ints = column("i4")
    """Row in `Board.features` of the pad's copper under it (of several, its own pad's or the one that it is most over), or -1."""
    area: Floats = column("f8")
    """mm2"""
    perimeter: Floats = column("f8")
    """mm of wall, those of islands included."""
    width: Floats = column("f8")
    """mm: smallest distance of two parallels that hold it; of a shape that is not convex the widest place, as of a track."""
    length: Floats = column("f8")
    """mm across the width."""
    x: Floats = column("f8")
    y: Floats = column("f8")

    def polygon(self) -> Objects:
        return shape.polygons(self.core, self.radius)

    def area_ratio(self, foil: float) -> Floats:
        """Area of the opening over area of its walls."""
        return np.asarray(self.area / np.maximum(self.perimeter, TOUCH) / foil, np.float64)

    def aspect_ratio(self, foil: float) -> Floats:
        return np.asarray(self.width / foil, np.float64)

    def long(self) -> Bools:
        """Those that the aspect ratio judges, see `LONG`."""
        return np.asarray(self.length > LONG * self.width * (1 + 1e-6), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Stencil:
    """The apertures of both sides, and what lies under them."""

    apertures: Apertures
    openings: Ints
    """Rows in `Board.features` of the paste layers, texts left out."""
    of: Ints
    """Per opening its row in `apertures`."""
    aperture: Ints
    """Pairs (aperture, land): every land of a pad that an aperture lies over, and"""
    land: Ints
    """its row in `Board.features`."""


def stencil(board: Board) -> Stencil:
    """The stencils of a board. An opening that nothing else touches is measured by formula: a core of area A and perimeter P
    widened by r has the area A + P r + pi r2 and the perimeter P + 2 pi r (Steiner)."""
    f, layers = board.features, board.layers
    rows = np.flatnonzero((layers.role == "paste")[f.layer] & (f.kind != Kind.TEXT)).astype(np.int32)
    boxes = shape.boxes(f.core[rows], f.radius[rows], TOUCH)
    i, j = shape.meeting(boxes, boxes)
    keep = (i < j) & (f.layer[rows[i]] == f.layer[rows[j]])
    i, j = i[keep], j[keep]
    met = shape.distance(f.core[rows[i]], f.radius[rows[i]], f.core[rows[j]], f.radius[rows[j]]) <= TOUCH
    label = components(len(rows), i[met], j[met])
    first, of, count = np.unique(label, return_inverse=True, return_counts=True)
    core, radius = f.core[rows[first]].copy(), f.radius[rows[first]].copy()
    order = np.argsort(of, kind="stable")
    ends = np.cumsum(count)
    for k in np.flatnonzero(count > 1).tolist():
        mine = rows[order[ends[k] - count[k] : ends[k]]]
        core[k], radius[k] = _joined(f.core[mine], f.radius[mine])
    area, perimeter, width, length = measured(core, radius)
    middle = shapely.get_coordinates(shapely.centroid(core))
    feature = rows[first]
    side = (layers.side[f.layer[feature]] == "bottom").astype(np.int32)
    aperture, land = _over(board, core, radius, side)
    return Stencil(
        Apertures.of(
            core=core, radius=radius, layer=f.layer[feature], side=side, feature=feature,
            land=_own(board, feature, core, radius, aperture, land), area=area, perimeter=perimeter, width=width, length=length,
            x=middle[:, 0], y=middle[:, 1],
        ),
        rows, of.astype(np.int32), aperture, land,
    )  # fmt: skip


def _joined(core: Objects, radius: Floats) -> tuple[shapely.Geometry, float]:
    """The union of openings that touch. Where the largest covers the others, it stays as it is."""
    polygon = shape.polygons(core, radius, quad_segs=_QUADS)
    largest = int(np.argmax(shapely.area(polygon)))
    if shapely.covers(shapely.buffer(polygon[largest], 1e-5), polygon).all():
        return core[largest], float(radius[largest])
    return shapely.union_all(polygon), 0.0


def measured(core: Objects, radius: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Area, perimeter, width and length of shapes, see `Apertures`."""
    kind = shapely.get_type_id(core)
    hull = shapely.convex_hull(core)
    solid = np.isin(kind, (3, 6))
    straight = (kind == 0) | ((kind == 1) & (shapely.area(hull) <= 1e-9))
    convex = np.where(solid, shapely.area(hull) - shapely.area(core) <= 1e-7, straight)
    plain = np.where(convex, hull, core)
    bent = ~convex & (radius > 0)
    plain[bent] = shape.polygons(core[bent], radius[bent], quad_segs=_QUADS)
    r = np.where(bent, 0.0, radius)
    # A line has two flanks; the length of a polygon's boundary is all of it.
    girth = shapely.length(plain) * np.where(shapely.get_dimensions(plain) == 1, 2, 1)
    area, perimeter = shapely.area(plain) + girth * r + np.pi * r**2, girth + 2 * np.pi * r
    width, length = 2 * r, shapely.length(plain) + 2 * r
    sheets = np.flatnonzero(shapely.get_dimensions(plain) == 2)
    across, along = _widths(plain[sheets], convex[sheets])
    width[sheets], length[sheets] = across + 2 * r[sheets], along + 2 * r[sheets]
    return area, perimeter, width, length


def _widths(polygon: Objects, convex: Bools) -> tuple[Floats, Floats]:
    """Smallest width of polygons and their extent across it: of convex ones exact, by rotating parallels along the edges."""
    width, length = np.zeros(len(polygon)), np.zeros(len(polygon))
    corners = shapely.get_num_coordinates(polygon)
    simple = convex & (corners <= _CORNERS)
    for n in np.unique(corners[simple]).tolist():
        mine = np.flatnonzero(simple & (corners == n))
        xy = shapely.get_coordinates(polygon[mine]).reshape(len(mine), n, 2)
        edge = np.diff(xy, axis=1)
        size = np.hypot(edge[..., 0], edge[..., 1])
        along = edge / np.maximum(size, 1e-12)[..., None]
        across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
        spans = [np.ptp(np.einsum("pek,pvk->pev", way, xy), axis=2) for way in (across, along)]
        spans[0][size < 1e-9] = np.inf
        best = np.argmin(spans[0], axis=1)[:, None]
        width[mine], length[mine] = (np.take_along_axis(span, best, axis=1)[:, 0] for span in spans)
    for k in np.flatnonzero(~simple).tolist():
        width[k] = 2 * shapely.length(shapely.maximum_inscribed_circle(polygon[k], tolerance=1e-3))
        length[k] = shapely.area(polygon[k]) / max(width[k], TOUCH)
    return width, length


def _over(board: Board, core: Objects, radius: Floats, side: Ints) -> tuple[Ints, Ints]:
    """Pairs of apertures and the lands (copper of pads on their side) that they lie over, more than along an edge."""
    f, layers = board.features, board.layers
    lands = np.flatnonzero((f.kind == Kind.PAD) & (layers.order >= 0)[f.layer] & np.isin(layers.side[f.layer], ("top", "bottom")))
    i, j = shape.meeting(shape.boxes(core, radius), shape.boxes(f.core[lands], f.radius[lands]))
    land = lands[j]
    keep = (layers.side[f.layer[land]] == "bottom") == (side[i] == 1)
    i, land = i[keep], land[keep]
    over = shape.distance(core[i], radius[i], f.core[land], f.radius[land]) <= 0
    i, land = i[over], land[over]
    # Cores of polygons are no nearer than 0 apart even where they overlap: those without a radius may only touch.
    edge = np.flatnonzero((radius[i] == 0) & (f.radius[land] == 0))
    apart = shapely.touches(core[i[edge]], f.core[land[edge]])
    good = np.ones(len(i), np.bool_)
    good[edge[apart]] = False
    return i[good].astype(np.int32), land[good].astype(np.int32)


def _own(board: Board, feature: Ints, core: Objects, radius: Floats, aperture: Ints, land: Ints) -> Ints:
    """Of the lands under each aperture the one that it belongs to."""
    f = board.features
    own = f.item[feature[aperture]] == f.item[land]
    share = np.where(own, np.inf, 0.0)
    several = np.flatnonzero((np.bincount(aperture, minlength=len(feature)) > 1)[aperture] & ~own)
    a, b = aperture[several], land[several]
    common = shapely.intersection(shape.polygons(core[a], radius[a]), shape.polygons(f.core[b], f.radius[b]))
    share[several] = shapely.area(common)
    order = np.lexsort((land, -share, aperture))
    best = order[np.r_[True, aperture[order][1:] != aperture[order][:-1]]] if len(order) else order
    out = np.full(len(feature), -1, np.int32)
    out[aperture[best]] = land[best]
    return out


def passes(apertures: Apertures, area_ratio: float, aspect_ratio: float) -> Floats:
    """Per aperture the thickest foil in mm of which it releases its paste, any thickness."""
    by_area = apertures.area_ratio(1.0) / area_ratio
    return np.asarray(np.where(apertures.long(), apertures.width / aspect_ratio, by_area), np.float64)
