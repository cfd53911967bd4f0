"""Filled areas that a film paints with strokes: they become the areas that they are, so that no rule takes them for tracks.

Two ways are common. KiCad up to 5 draws a fill as a region and then strokes its contour, with half the zone's minimum
width; older tools have no regions and hatch an area with strokes that overlap.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Ints, Layers, Objects
from ..copper import components
from ..package import Form
from .assemble_films import Films

_SHARE = 0.5
"""Of a region's contour: so much of it must be stroked (a contour that crosses itself was mended, and has other corners)."""
_LEAST = 8
"""Strokes that lie side by side make an area from so many on; a few are a wide track drawn twice."""
_PARALLEL = 0.999
"""Cosine of the angle below which two strokes run side by side."""
_OUT = 1e-3
"""mm beyond a stroke's flank where its neighbours are looked for."""


_SAMPLE, _PAIRS = 1000, 10_000_000
"""Spots by which the pairs of spots and strokes are estimated, and the most that are looked at; a hatched layer has a few
for each stroke."""


def filled(films: Films, layers: Layers) -> Films:
    """The films with contour strokes taken into their regions, and hatched areas merged into regions."""
    copper = layers.role[films.layer] == "copper"
    films = _outlined(films, copper)
    return _painted(films, layers.role[films.layer] == "copper")


def taken(films: Films, keep: Bools) -> Films:
    """The films without the objects outside a mask."""
    number = np.cumsum(keep) - 1
    rows = keep[films.object]
    columns = {name: getattr(films, name)[keep] for name in Films.__slots__ if name not in ("core", "radius", "object")}
    return Films(core=films.core[rows], radius=films.radius[rows], object=number[films.object[rows]].astype(np.int32), **columns)


def _outlined(films: Films, copper: Bools) -> Films:
    """Regions whose contour is stroked are as much wider, and the strokes are gone."""
    strokes = np.flatnonzero((copper & (films.form == Form.LINE))[films.object] & (shapely.get_type_id(films.core) == 1))
    regions = np.flatnonzero((copper & (films.form == Form.REGION))[films.object] & (films.radius == 0))
    if not len(strokes) or not len(regions):
        return films
    ends = shapely.get_coordinates(films.core[strokes]).reshape(-1, 2, 2)
    corner, of = shapely.get_coordinates(films.core[regions], return_index=True)
    layer = films.layer[films.object]
    places = np.r_[ends[:, 0], ends[:, 1], corner]
    on = np.r_[layer[strokes], layer[strokes], layer[regions[of]]]
    _, spot = np.unique(np.c_[on, np.round(places, 5)], axis=0, return_inverse=True)
    n = len(strokes)
    first, last, corner_spot = spot[:n], spot[n : 2 * n], spot[2 * n :]
    # An edge of a contour, as a pair of places, is stroked or not. Strokes come before or after their region.
    n_spots = np.int64(spot.max()) + 1
    follow = np.r_[corner_spot[1:], corner_spot[:1]]
    edge = np.r_[of[1:], of[:1]] == of
    key = (np.minimum(corner_spot, follow) * n_spots + np.maximum(corner_spot, follow))[edge]
    drawn, radius_of = np.minimum(first, last) * n_spots + np.maximum(first, last), films.radius[strokes]
    keys, place = np.unique(drawn, return_inverse=True)
    thin = np.full(len(keys), np.inf)
    np.minimum.at(thin, place, radius_of)
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    stroked = keys[at] == key
    length = np.hypot(*(np.roll(corner, -1, axis=0) - corner)[edge].T)
    share = np.bincount(of[edge], length * stroked, len(regions)) / np.maximum(np.bincount(of[edge], length, len(regions)), 1e-9)
    width = np.full(len(regions), np.inf)
    np.minimum.at(width, of[edge][stroked], thin[at[stroked]])
    whole = (share >= _SHARE) & np.isfinite(width)
    # Gone are the strokes of the contour, and those along slits to its holes, which join two of its corners.
    most = np.full(len(keys), -np.inf)
    rim = stroked & whole[of[edge]]
    np.maximum.at(most, at[rim], width[of[edge][rim]])
    owner = np.full(int(n_spots), -1)
    owner[corner_spot[whole[of]]] = of[whole[of]]
    slit = (owner[first] >= 0) & (owner[first] == owner[last])
    gone = (radius_of <= most[place] + 1e-6) | (slit & (radius_of <= width[owner[first]] + 1e-6))
    radius = films.radius.copy()
    radius[regions[whole]] = width[whole]
    keep = np.ones(len(films), np.bool_)
    keep[films.object[strokes[gone]]] = False
    return taken(replace(films, radius=radius), keep)


def _painted(films: Films, copper: Bools) -> Films:
    """Areas hatched with strokes as regions, a region for each piece; other strokes stay."""
    chosen = copper & (films.form == Form.LINE) & (films.function == "")
    rows = np.flatnonzero(
        chosen[films.object] & (shapely.get_type_id(films.core) == 1) & (shapely.get_num_coordinates(films.core) == 2)
    )
    keep = np.ones(len(films), np.bool_)
    made: list[tuple[int, shapely.Geometry]] = []
    for layer in np.unique(films.layer[films.object[rows]]).tolist():
        mine = rows[films.layer[films.object[rows]] == layer]
        hatch = _hatched(films.core[mine], films.radius[mine])
        mine = mine[hatch]
        if len(mine) < _LEAST:
            continue
        boxes = shape.boxes(films.core[mine], films.radius[mine])
        i, j = shapely.STRtree(boxes).query(boxes)
        meet = shape.distance(films.core[mine[i]], films.radius[mine[i]], films.core[mine[j]], films.radius[mine[j]]) <= 0
        piece = components(len(mine), i[meet], j[meet])
        large = np.bincount(piece, minlength=len(mine))[piece] >= _LEAST
        for k in np.unique(piece[large]).tolist():
            members = mine[piece == k]
            area = shapely.union_all(shape.polygons(films.core[members], films.radius[members]))
            keep[films.object[members]] = False
            made.append((int(films.object[members[0]]), area))
    if not made:
        return films
    return _with_regions(films, keep, made)


def _hatched(core: Objects, radius: Floats) -> Bools:
    """Which strokes of one layer are part of a painted area: another runs along both flanks, or the area along one."""
    xy = shapely.get_coordinates(core).reshape(-1, 2, 2)
    along = xy[:, 1] - xy[:, 0]
    length = np.hypot(*along.T)
    unit = along / np.maximum(length, 1e-9)[:, None]
    normal = np.c_[-unit[:, 1], unit[:, 0]]
    at = np.array([0.25, 0.5, 0.75])
    middle = xy[:, :1] + at[None, :, None] * along[:, None]
    out = (radius + _OUT)[:, None, None] * normal[:, None]
    spots = np.stack([middle + out, middle - out], axis=1)  # stroke, flank, spot, xy
    points, tree = shapely.points(spots.reshape(-1, 2)), shapely.STRtree(shape.boxes(core, radius))
    sample = points[:: max(1, len(points) // _SAMPLE)]
    if len(tree.query(sample)[0]) * len(points) > _PAIRS * len(sample):
        return np.zeros(len(core), np.bool_)  # heaps, made to take memory: they stay strokes
    i, j = tree.query(points)
    of = i // 6
    near = (of != j) & (shapely.distance(points[i], core[j]) <= radius[j])
    i, j, of = i[near], j[near], of[near]

    def covered(by: Bools) -> Bools:
        hit = np.zeros(len(points), np.bool_)
        hit[i[by]] = True
        return np.asarray(hit.reshape(-1, 2, 3).all(axis=2), np.bool_)

    parallel = np.abs((unit[of] * unit[j]).sum(axis=1)) >= _PARALLEL
    inner: Bools = np.asarray(covered(parallel).all(axis=1), np.bool_)
    return np.asarray(inner | covered(inner[j]).any(axis=1), np.bool_)


def _with_regions(films: Films, keep: Bools, made: list[tuple[int, shapely.Geometry]]) -> Films:
    """The kept objects and new regions, each in place of one of the strokes that it is made of."""
    old: Ints = np.array([o for o, _ in made], np.int32)
    rest = taken(films, keep)
    parts, of = shapely.get_parts(np.array([area for _, area in made], object), return_index=True)
    columns = {
        name: np.concatenate([getattr(rest, name), getattr(films, name)[old[of]]])
        for name in Films.__slots__
        if name not in ("core", "radius", "object", "form")
    }
    return Films(
        core=np.concatenate([rest.core, parts]), radius=np.concatenate([rest.radius, np.zeros(len(parts))]),
        object=np.concatenate([rest.object, len(rest) + np.arange(len(parts))]).astype(np.int32),
        form=np.concatenate([rest.form, np.full(len(parts), Form.REGION)]).astype(np.int32), **columns,
    )  # fmt: skip
