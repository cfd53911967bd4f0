"""Bodies and courtyards of the parts of a package: the closed outlines that films of those layers draw for each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from ..board import Floats, Ints, Objects
from ..package import Entry, Package
from .kicad_rings import Areas, Chain, join

KINDS = ("fab", "courtyard")
SHARE, BOX = 0.25, 0.12
"""Of a part's largest outline, and of the box about its lands, which of a turned part is large: smaller ones are letters."""
_MEET = 1e-4
"""mm; strokes that begin as near as this to where the last one ended go on with it."""
_MANY = 200_000
"""Strokes of one film; of a film with more no outlines are made."""


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """Per component, as in `Components`; `kinds` are those of which any outline was found."""

    fab: Objects
    courtyard_top: Objects
    courtyard_bottom: Objects
    problem: Objects
    kinds: frozenset[str]


class _Outlines(NamedTuple):
    rings: list[Chain]
    loose: Chain | None


def bodies_of(package: Package, refs: list[str], xy: Floats, side: Ints, box: Objects) -> Bodies:
    """What the fab and courtyard films draw for each component.

    A film that names parts says it itself; of another the outline about a component's middle is its own.
    xy: N x 2, the middle of each; box: about its lands, None where it has none.
    """
    areas: dict[tuple[str, int], Objects] = {}
    problem = np.full(len(refs), "", object)
    row_of = {ref: row for row, ref in enumerate(refs)}
    for kind in KINDS:
        for s, name in enumerate(("top", "bottom")):
            made = areas[kind, s] = np.full(len(refs), None, object)
            for entry in package.of(kind, name):
                if entry.image is None or len(entry.image.graphics) > _MANY:
                    continue
                found = _named(entry) if any(a.get(".C") for a in entry.image.attributes) else None
                if found is None:
                    _about(made, _unnamed(entry), xy, np.flatnonzero(side == s).astype(np.int32), box)
                    continue
                for ref, outlines in found.items():
                    row = row_of.get(ref, -1)
                    if row >= 0 and outlines.rings:
                        made[row] = _area(_large(outlines.rings, box[row]))
                    if row >= 0 and outlines.loose and not outlines.rings and kind == "courtyard":
                        (x, y), (u, v) = outlines.loose[0], outlines.loose[-1]
                        face = ("front", "back")[s]
                        problem[row] = f"the {face} courtyard is open from ({x:.3f}, {y:.3f}) to ({u:.3f}, {v:.3f})"
    fab = np.where(side == 1, areas["fab", 1], areas["fab", 0])
    kinds = {k for k, s in areas if any(a is not None for a in areas[k, s])}
    return Bodies(fab, areas["courtyard", 0], areas["courtyard", 1], problem, frozenset(kinds))


def _named(entry: Entry) -> Mapping[str, _Outlines]:
    """Outlines by the part that each object names."""
    assert entry.image is not None
    g, names = entry.image.graphics, [(a.get(".C") or ("",))[0] for a in entry.image.attributes]
    ref = np.array(names, object)[g.attributes]
    out = {}
    order = np.argsort(ref.astype(str), kind="stable")
    starts = np.flatnonzero(np.r_[True, ref[order][1:] != ref[order][:-1]]) if len(order) else order
    for first, last in zip(starts, [*starts[1:], len(order)]):
        if name := ref[order[first]]:
            out[str(name)] = _closed(g.core[order[first:last]])
    return out


def _unnamed(entry: Entry) -> list[Chain]:
    assert entry.image is not None
    return _closed(entry.image.graphics.core).rings


def _closed(core: Objects) -> _Outlines:
    """The closed outlines that strokes draw, in the order of drawing first, then whatever ends meet; and one that stays open."""
    xy, of = shapely.get_coordinates(shapely.get_exterior_ring(core), return_index=True)  # of regions
    rings: list[Chain] = [[(float(x), float(y)) for x, y in xy[of == k][:-1]] for k in np.unique(of).tolist()]
    lines = core[(shapely.get_type_id(core) == 1) | (shapely.get_type_id(core) == 2)]
    xy, of = shapely.get_coordinates(lines, return_index=True)
    chains: list[Chain] = []
    run: Chain = []
    last = -1
    for (x, y), k in zip(xy.tolist(), of.tolist()):
        if k != last and run and (abs(run[-1][0] - x) > _MEET or abs(run[-1][1] - y) > _MEET or _shut(run)):
            chains.append(run)
            run = []
        last = k
        if not run or (x, y) != run[-1]:
            run.append((x, y))
    chains.append(run)
    rings += [chain[:-1] for chain in chains if _shut(chain)]
    loops, loose = join([chain for chain in chains if len(chain) > 1 and not _shut(chain)])
    return _Outlines([r for r in rings + loops if len(r) > 2], loose)


def _shut(run: Chain) -> bool:
    return len(run) > 3 and abs(run[0][0] - run[-1][0]) <= _MEET and abs(run[0][1] - run[-1][1]) <= _MEET


def _large(rings: list[Chain], box: object) -> list[Chain]:
    """The outlines that are no letters: the largest, and others about as large beside it or within it, where its lands are."""
    polygons = shapely.make_valid(np.array([shapely.Polygon(r) for r in rings], object))
    near = shapely.intersects(polygons, box) if box is not None else np.ones(len(rings), np.bool_)
    area = np.where(near, shapely.area(polygons), 0.0)
    return [ring for ring, a in zip(rings, area) if a > 0 and a >= SHARE * area.max()]


def _area(rings: list[Chain]) -> object:
    areas = Areas()
    areas.add(rings)
    return areas.build()[0]


def _about(made: Objects, rings: list[Chain], xy: Floats, rows: Ints, box: Objects) -> None:
    """Give each component the smallest outline about its middle that is no letter."""
    rows = rows[np.isfinite(xy[rows]).all(axis=1)]
    if not rings or not len(rows):
        return
    polygons = np.array([shapely.Polygon(r) for r in rings], object)
    polygons = polygons[shapely.is_valid(polygons)]
    area = shapely.area(polygons)
    i, j = shapely.STRtree(polygons).query(shapely.points(xy[rows]), predicate="within")
    least = np.nan_to_num(shapely.area(box[rows])) * BOX
    fits = area[j] > np.maximum(least[i], 0.05)
    i, j = i[fits], j[fits]
    for k in np.lexsort((-area[j], i)).tolist():
        made[rows[i[k]]] = shapely.MultiPolygon([polygons[j[k]]])
