"""Which copper of the films is a land, of which hole, and which mask and paste openings are a land's own.

A file with X2 attributes says it; else it is told by position: copper flashed about a hole is the hole's land, copper
flashed under an opening of its side's mask is a surface-mount pad. What was told by position is marked as inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from .. import shape
from ..board import Bools, Cover, Floats, Ints, Layers, Objects
from ..package import Drill, Entry, Form, Package
from .assemble_films import Films, rows_of

NEAR = 0.02
"""mm; as near as that the middle of a land that is drawn, not flashed, is to its hole or mask opening."""
SPOT = 0.005
"""mm; what is flashed or drilled nearer than this to each other is at one place (old formats round to 2.5 µm)."""
SMALL = 0.55
"""mm; a plated round hole up to this is taken for a via where nothing tells: 0.6 mm is about the smallest for a lead."""
STEP = 0.002
"""mm; a hit as near as this to the middle of its land is meant there: drill files round to 1 µm, or to 0.1 mil, films do not."""
VIA, PAD = 0, 1
_VIAS = {"ViaPad"}
_PADS = {
    "ComponentPad", "SMDPad", "BGAPad", "ConnectorPad", "HeatsinkPad", "TestPad", "CastellatedPad", "FiducialPad",
    "ThermalReliefPad", "WasherPad",
}  # fmt: skip
_SURFACE = ("SMDPad", "BGAPad", "FiducialPad")
"""Lands that are never a hole's own, wherever one is drilled through them."""
_VIA_DRILLS, _PAD_DRILLS = {"ViaDrill"}, {"ComponentDrill", "CastellatedDrill"}


@dataclass(frozen=True, slots=True, eq=False)
class Drilled:
    """All holes of the package's drill files."""

    core: Objects
    radius: Floats
    source: Ints
    offset: NDArray[np.int64]
    plated: Ints
    """`Cover`: what files and names say."""
    function: Objects
    """The drill's function by X2: ViaDrill, ComponentDrill, MechanicalDrill..., '' if unsaid."""
    first: Ints
    """Copper layer from 0."""
    last: Ints

    def __len__(self) -> int:
        return len(self.radius)


def drilled(package: Package, depth: int) -> Drilled:
    """The holes, each once: a file that lies in the package twice (merged, and apart) drills no hole twice."""
    parts: list[tuple[Entry, Drill]] = [(e, e.drill) for e in package.of("drill") if e.drill is not None]
    parts = [(e, d) for e, d in parts if len(d.hits)]
    last = max(depth - 1, 0)
    if not parts:
        return Drilled(
            np.empty(0, object), np.empty(0), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32),
            np.empty(0, object), np.empty(0, np.int32), np.empty(0, np.int32),
        )  # fmt: skip
    hits = [d.hits for _, d in parts]
    plated = [np.where(d.hits.plated != Cover.UNKNOWN, d.hits.plated, e.role.plated or d.plated) for e, d in parts]
    functions = [np.array([t.function[2] if len(t.function) > 2 else t.function[-1] if t.function else "" for t in d.tools]
                          or [""], object)[d.hits.tool] for _, d in parts]  # fmt: skip
    spans = [e.role.span or d.span or (1, last + 1) for e, d in parts]
    ends = [(min(max(a - 1, 0), last), min(max(b - 1, 0), last)) for a, b in spans]
    found = Drilled(
        np.concatenate([h.core for h in hits]), np.concatenate([h.radius for h in hits]),
        np.concatenate([np.full(len(h), e.source, np.int32) for h, (e, _) in zip(hits, parts)]),
        np.concatenate([h.offset for h in hits]), np.concatenate(plated).astype(np.int32), np.concatenate(functions),
        np.concatenate([np.full(len(h), a, np.int32) for h, (a, _) in zip(hits, ends)]),
        np.concatenate([np.full(len(h), b, np.int32) for h, (_, b) in zip(hits, ends)]),
    )  # fmt: skip
    good = np.isfinite(found.radius) & (found.radius > 0) & _once(found)
    return Drilled(*(getattr(found, name)[good] for name in Drilled.__slots__))


def _once(holes: Drilled) -> Bools:
    """All holes but those that another file has as well; twice in one file is a finding, not a repetition, and so is a hole
    that one file calls plated and the other not."""
    key = np.c_[shapely.bounds(holes.core), holes.radius * 2, holes.first, holes.last]
    _, group = np.unique(np.round(key, 3), axis=0, return_inverse=True)
    order = np.argsort(holes.source, kind="stable")
    _, first = np.unique(group[order], return_index=True)
    first = order[first][group]
    opposed = (holes.plated != holes.plated[first]) & (np.minimum(holes.plated, holes.plated[first]) != Cover.UNKNOWN)
    return np.asarray((holes.source == holes.source[first]) | opposed, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Lands:
    """The pads and vias of the board: one row each, told as `item` in the columns per object and per hole."""

    kind: Ints
    """`VIA` or `PAD`."""
    x: Floats
    y: Floats
    hole: Ints
    """Row in `Drilled`, -1 for none."""
    inferred: Bools
    of_object: Ints
    """Per object of `Films`: the land that it is part of (copper), or the opening of (mask, paste); -1 for none."""


def centred(holes: Drilled, films: Films, lands: Lands) -> Drilled:
    """The holes, those within `STEP` of the middle of their land put right there: rings are as the CAD tool knows them."""
    n = len(holes)
    middle = np.full((n, 2), np.nan)
    mine = np.flatnonzero((lands.of_object >= 0) & (lands.of_object < n))[::-1]
    middle[lands.of_object[mine]] = _middles(films)[0][mine]
    shift = middle - shapely.get_coordinates(shapely.centroid(holes.core)).reshape(-1, 2)
    near = np.hypot(*shift.T) <= STEP
    xy, of = shapely.get_coordinates(holes.core, return_index=True)
    core = shapely.set_coordinates(holes.core.copy(), xy + np.where(near[of, None], shift[of], 0.0))
    return replace(holes, core=core)


def find(films: Films, holes: Drilled, layers: Layers) -> Lands:
    """Tell lands from other copper, see the module.

    A land may be drawn rather than flashed: a region or a stroke about a hole's middle, no more than ten times as wide as
    the hole, or in the middle of a mask opening and no wider than it.
    """
    role, side = layers.role[films.layer], layers.side[films.layer]
    copper = role == "copper"
    told = np.isin(films.function, list(_PADS | _VIAS)) | (copper & (films.pin != ""))
    windows = {s: (role == "mask") & (side == s) for s in ("top", "bottom")}
    spot, extent = _middles(films)
    drawn = np.flatnonzero(copper & (films.function == "") & (films.form != Form.FLASH)).astype(np.int32)
    untold = (films.function == "") & (films.form == Form.FLASH)
    wide = 2 * holes.radius
    untold[_drawn_about(films, spot, extent, drawn, shapely.centroid(holes.core), wide, 10 * wide)] = True
    for s, window in windows.items():
        most = extent[window].max(axis=1)
        untold[_drawn_about(films, spot, extent, drawn[side[drawn] == s], shapely.points(spot[window]), 0 * most, most)] = True
    candidate = copper & (told | untold)
    hole_of = _hole_of(films, spot, holes, candidate & ~np.isin(films.function, _SURFACE))
    open_hole = {s: opened(films, windows[s], shapely.centroid(holes.core)) for s in windows}
    of_object = np.full(len(films), -1, np.int32)
    kinds: list[Ints] = []
    guessed: list[Bools] = []

    # Every hole is a via or a pad (a mounting hole is a pad without a land), whether it has lands or not.
    n = len(holes)
    mine = np.flatnonzero(hole_of >= 0)
    of_object[mine] = hole_of[mine]
    via, pad = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    via[hole_of[mine[np.isin(films.function[mine], list(_VIAS))]]] = True
    pad[hole_of[mine[np.isin(films.function[mine], list(_PADS)) | (films.pin[mine] != "")]]] = True
    via |= np.isin(holes.function, list(_VIA_DRILLS)) & ~pad
    pad |= np.isin(holes.function, list(_PAD_DRILLS)) & ~via
    known = via | pad | (holes.plated == Cover.NO)
    tented = ~open_hole["top"] & ~open_hole["bottom"] & (windows["top"].any() or windows["bottom"].any())
    round_ = shapely.length(holes.core) == 0
    landed = np.zeros(n, np.bool_)
    landed[hole_of[mine]] = True
    small = round_ & (holes.radius * 2 <= SMALL)
    via |= ~known & landed & round_ & (holes.plated != Cover.NO) & (tented | small)
    kinds.append(np.where(via & ~pad, VIA, PAD))
    guessed.append(~known)

    # Lands whose hole is in no file: a drill file may be missing, and the land is a land all the same.
    bare = np.flatnonzero((hole_of < 0) & candidate & np.isin(films.function, ["ViaPad", "ComponentPad", "CastellatedPad"]))
    _, group = np.unique(np.round(np.c_[films.x[bare], films.y[bare]] / 0.002), axis=0, return_inverse=True)
    of_object[bare] = n + group
    count = int(group.max()) + 1 if len(bare) else 0
    is_via = np.zeros(count, np.bool_)
    is_via[group[films.function[bare] == "ViaPad"]] = True
    kinds.append(np.where(is_via, VIA, PAD))
    guessed.append(np.zeros(count, np.bool_))

    # Surface-mount pads: by function or pin, else flashed on an outer layer where the mask is open (or has no film).
    outer = copper & np.isin(side, ("top", "bottom"))
    rest = (of_object < 0) & candidate & outer
    under = np.zeros(len(films), np.bool_)
    for s, openings in windows.items():
        on = np.flatnonzero(rest & ~told & (side == s))
        under[on] = opened(films, openings, shapely.points(spot[on])) if openings.any() else True
    surface = np.flatnonzero(rest & (told | under))
    of_object[surface] = n + count + np.arange(len(surface))
    kinds.append(np.where(np.isin(films.function[surface], list(_VIAS)), VIA, PAD))
    guessed.append(~told[surface])

    kind, inferred = np.concatenate(kinds).astype(np.int32), np.concatenate(guessed)
    x, y = np.zeros(len(kind)), np.zeros(len(kind))
    owned = np.flatnonzero(of_object >= 0)[::-1]  # the topmost film is written last
    x[of_object[owned]], y[of_object[owned]] = spot[owned].T
    centre = shapely.get_coordinates(shapely.centroid(holes.core))
    x[:n], y[:n] = centre[:, 0], centre[:, 1]
    hole = np.full(len(kind), -1, np.int32)
    hole[:n] = np.arange(n)
    _own_openings(films, spot, of_object, kind, role, side)
    return Lands(kind, x, y, hole, inferred, of_object)


def _middles(films: Films) -> tuple[Floats, Floats]:
    """Per object where it is flashed, or the middle of what it draws: N x 2; and its extent, N x 2."""
    b = shapely.bounds(films.core) + films.radius[:, None] * [-1, -1, 1, 1]
    low, high = np.full((len(films), 2), np.inf), np.full((len(films), 2), -np.inf)
    np.minimum.at(low, films.object, b[:, :2])
    np.maximum.at(high, films.object, b[:, 2:])
    flashed = (films.form == Form.FLASH)[:, None]
    return np.where(flashed, np.c_[films.x, films.y], (low + high) / 2), high - low


def _drawn_about(
    films: Films, spot: Floats, extent: Floats, objects: Ints, centre: Objects, least: Floats, most: Floats
) -> Ints:  # fmt: skip
    """Which drawn objects are lands, told by what they are drawn about.

    They hold a disc of the diameter `least` about the centre, and extend over no more than `most`.
    """
    if not len(objects) or not len(centre):
        return objects[:0]
    o, c = shapely.STRtree(centre).query_nearest(shapely.points(spot[objects]), max_distance=NEAR, all_matches=False)
    row = np.unique(films.object, return_index=True)[1][objects[o]]
    core, radius = films.core[row], films.radius[row]
    inside = shapely.distance(core, centre[c]) <= radius
    deep = np.where(shapely.get_type_id(core) == 1, 0.0, shapely.distance(shapely.boundary(core), centre[c])) + radius
    fits = inside & (deep >= least[c] / 2 - NEAR) & (extent[objects[o]].max(axis=1) <= most[c] + NEAR)
    return np.asarray(objects[o[fits]], np.int32)


def _hole_of(films: Films, spot: Floats, holes: Drilled, candidate: Bools) -> Ints:
    """Per object the hole that it is the land of, -1 for none.

    Copper flashed about the hole's middle is its land. A hole without such copper takes what covers its middle, where that
    is so on more than one layer: a pad that is drilled off its middle. Else it lies in the land of another.
    """
    out = np.full(len(films), -1, np.int32)
    objects = np.flatnonzero(candidate)
    if not len(objects) or not len(holes):
        return out
    centre = shapely.centroid(holes.core)
    twins = _twins(centre, holes.plated == Cover.NO)
    flash = shapely.points(spot[objects])
    o, h = shapely.STRtree(centre).query_nearest(
        flash, max_distance=NEAR if (films.form[objects] != Form.FLASH).any() else SPOT, all_matches=False
    )
    o, h = objects[o], twins[h]
    mine = _one_a_layer(films, o, h, 2 * holes.radius[h])
    out[o[mine]] = h[mine]
    _share(films, out, twins)
    lonely = np.setdiff1d(np.arange(len(holes)), out)
    rows = rows_of(films, candidate & (out < 0))
    if not len(lonely) or not len(rows):
        return out
    i, j = shapely.STRtree(shape.boxes(films.core[rows], films.radius[rows])).query(centre[lonely])
    row, hole = rows[j], lonely[i]
    covers = shapely.distance(films.core[row], centre[hole]) <= films.radius[row]
    row, hole = row[covers], hole[covers]
    met = np.unique(np.c_[hole, films.layer[films.object[row]]], axis=0)[:, 0]
    keep = np.isin(hole, np.flatnonzero(np.bincount(met, minlength=1) > 1))
    out[films.object[row[keep]]] = hole[keep]
    return out


def _twins(centre: Objects, bare: Bools) -> Ints:
    """Per hole the first hole that is drilled at its place, itself mostly; one that is told to be unplated comes last."""
    i, j = shapely.STRtree(centre).query(centre, predicate="dwithin", distance=SPOT)
    order = np.argsort(bare, kind="stable")
    rank = np.empty(len(centre), np.int64)
    rank[order] = np.arange(len(centre))
    first = rank.copy()
    np.minimum.at(first, i, rank[j])
    return order[first].astype(np.int32)


def _one_a_layer(films: Films, objects: Ints, hole: Ints, drill: Floats) -> Bools:
    """Which of the objects flashed about holes are the holes' lands: one a layer, of the size that recurs, else the smallest.

    What else is flashed there is a land of its own: the exposed pad of a part, about its middle thermal hole. Something
    smaller than the drill is a mark to drill by, and a land only where there is no other.
    """
    if not len(objects):
        return np.zeros(0, np.bool_)
    size = np.nan_to_num(np.c_[films.width[objects], films.height[objects]])
    _, alike = np.unique(np.c_[hole, np.round(size, 4)], axis=0, return_inverse=True)
    often = np.bincount(alike)[alike]
    mark = (size.min(axis=1) < drill) & (size.min(axis=1) > 0)
    order = np.lexsort((objects, size.prod(axis=1), -often, mark, films.layer[objects], hole))
    first = np.r_[True, np.diff(hole[order]) != 0] | np.r_[True, np.diff(films.layer[objects][order]) != 0]
    best = np.repeat(alike[order[first]], np.diff(np.r_[np.flatnonzero(first), len(order)]))
    keep = np.zeros(len(objects), np.bool_)
    keep[order] = alike[order] == best
    return keep


def _share(films: Films, hole_of: Ints, twin: Ints) -> None:
    """Give each of several holes at one place its own of the equal lands there, where there are as many."""
    for first in np.unique(twin[twin != np.arange(len(twin))]).tolist():
        others = np.flatnonzero(twin == first)
        holes = np.r_[first, others[others != first]]
        mine = np.flatnonzero(hole_of == first)
        mine = mine[np.argsort(films.layer[mine], kind="stable")]
        _, start, count = np.unique(films.layer[mine], return_index=True, return_counts=True)
        rank = np.arange(len(mine)) - np.repeat(start, count)
        hole_of[mine] = holes[rank % len(holes)]


def opened(films: Films, openings: Bools, points: Objects) -> Bools:
    """Which points lie in one of the openings."""
    out = np.zeros(len(points), np.bool_)
    rows = rows_of(films, openings)
    if not len(rows) or not len(points):
        return out
    i, j = shapely.STRtree(shape.boxes(films.core[rows], films.radius[rows])).query(points)
    inside = shapely.distance(films.core[rows[j]], points[i]) <= films.radius[rows[j]]
    out[i[inside]] = True
    return out


def _own_openings(films: Films, spot: Floats, of_object: Ints, kind: Ints, role: Objects, side: Objects) -> None:
    """Give mask and paste flashes the land that is flashed at the same place on their side: a pad rather than a via in it.

    An opening over several pads (what merges narrow webs draws one) is of none of them.
    """
    row = np.unique(films.object, return_index=True)[1]
    for s in ("top", "bottom"):
        lands = np.flatnonzero((of_object >= 0) & (role == "copper") & (side == s))
        openings = np.flatnonzero(np.isin(role, ("mask", "paste")) & (side == s))
        for which in (PAD, VIA):
            mine = lands[kind[of_object[lands]] == which]
            if not len(mine) or not len(openings):
                continue
            tree = shapely.STRtree(shapely.points(spot[mine]))
            i, j = tree.query_nearest(shapely.points(spot[openings]), max_distance=SPOT, all_matches=False)
            own, land = openings[i], mine[j]
            n, k = tree.query(films.core[row[own]], "dwithin", films.radius[row[own]])
            held = row[mine[k]]
            # Lands in an exposed pad are in one with it: it is the largest of them, and touches all.
            order = np.lexsort((shape.areas(films.core[held], films.radius[held]), n))
            largest = np.full(len(own), -1, np.int64)
            largest[n[order]] = held[order]
            a = largest[n]
            apart = shape.distance(films.core[a], films.radius[a], films.core[held], films.radius[held]) > 0
            single = np.bincount(n, apart, len(own)) == 0
            of_object[own[single]] = of_object[land[single]]
            openings = np.delete(openings, i)


def number_of(films: Films, lands: Lands, wanted: Sequence[str]) -> dict[str, Objects]:
    """Per land the first text that its objects say for each wanted column of `Films`, '' for none."""
    owned = np.flatnonzero(lands.of_object >= 0)[::-1]
    out = {}
    for name in wanted:
        values, column = np.full(len(lands.kind), "", object), getattr(films, name)
        said = owned[[value not in ("", None) for value in column[owned].tolist()]]
        values[lands.of_object[said]] = column[said]
        out[name] = values
    return out
