"""What copper leaves a land: tracks, spokes and solid pours, measured along its edge, and the vias in it.

It answers for any pads and copper layers: how warm a chip's land gets, how much a plated hole loses to each plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from . import shape
from .board import Bools, Floats, Ints, Kind, Objects, Table, column
from .copper import flattened
from .units import TOUCH

if TYPE_CHECKING:
    from .derived import Derived

PROBE = 0.01
"""mm outside a land's edge, where what leaves it is measured."""
FOIL = 0.035
"""mm of copper where the stackup does not tell: 1 oz."""
PLATING = 0.02
"""mm of copper in a hole: the average that IPC-6012 asks for in class 2."""
_POUR, _TRACK, _VIA, _LAND = 3, 2, 1, 0
"""Where several lie over one another the highest counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Exits(Table):
    """One row is one way on which copper, current and heat leave a pad's land on a layer."""

    pad: Ints = column("i4")
    """Row in `Board.pads`."""
    layer: Ints = column("i4")
    kind: Objects = column("O")
    """str: track; spoke (poured copper that meets no more than one side of the land); solid (more than that); via (in the
    land or on its edge); land (one of another pad)."""
    width: Floats = column("f8")
    """mm across the way: a track's own width, the contact of poured copper along the land's edge, the girth of a via's hole."""
    section: Floats = column("f8")
    """mm2 of copper: width times thickness of the layer, or of the plating."""
    feature: Ints = column("i4")
    """Row in `Board.features` of what leaves."""
    x: Floats = column("f8")
    y: Floats = column("f8")


def exits(derived: Derived, pads: Ints, layers: Ints) -> Exits:
    """The exits of pads (rows of `Board.pads`) on copper layers (rows of `Board.layers`).

    Along a line `PROBE` outside the land it is found where copper lies that touches the land and is of its net or of none. A
    track is as wide as it is drawn, however slanting it leaves, but no wider than what crosses the line; the round end of
    one that ends in the land and looks out of it leaves nowhere.
    """
    return _joined(Exits.empty(), *(_on(derived, pads, int(layer)) for layer in layers))


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs(Table):
    """Stretches of probe lines between all crossings, in order along each line."""

    probe: Ints = column("i4")
    length: Floats = column("f8")
    x: Floats = column("f8")
    y: Floats = column("f8")
    what: Ints = column("i4")
    """_POUR, _TRACK, _VIA, _LAND; -1 for air."""
    feature: Ints = column("i4")


def _on(derived: Derived, pads: Ints, layer: int) -> Exits:
    board, f = derived.board, derived.board.features
    rows = derived.copper_rows(layer)
    rows = rows[(f.kind[rows] == Kind.PAD) & np.isin(f.pad[rows], pads)]
    pad, feature = _touching(derived, layer, rows)
    busy = rows[np.isin(f.pad[rows], pad)]
    if not len(busy):
        return Exits.empty()
    owner, line = _probes(f.core[busy], f.radius[busy], f.pad[busy])
    arcs = _arcs(derived, layer, owner, line, pad, feature)
    probe, what, width, kept, x, y = _ways(derived, owner, arcs)
    size = np.fmax(board.pads.width, board.pads.height)[owner[probe]]
    kind = np.array(["land", "via", "track", "spoke"], object)[what]
    kind[(what == _POUR) & (width > size)] = "solid"
    foil = float(board.layers.thickness[layer])
    ways = Exits.of(
        pad=owner[probe], layer=np.full(len(probe), layer), kind=kind, width=width, feature=kept, x=x, y=y,
        section=width * (FOIL if np.isnan(foil) else foil),
    )  # fmt: skip
    inner, edge = _inside(derived, layer, pad, feature, owner, line), _edge_vias(derived, ways.take(what == _VIA))
    rest = edge.take(~np.isin(_code(edge.pad, f.via[edge.feature]), _code(inner.pad, f.via[inner.feature])))
    return _joined(ways.take(what != _VIA), rest, inner)


def _joined(*some: Exits) -> Exits:
    return Exits.of(**{name: np.concatenate([getattr(e, name) for e in some]) for name in Exits.__dataclass_fields__})


def _touching(derived: Derived, layer: int, rows: Ints) -> tuple[Ints, Ints]:
    """Pairs (pad, feature) of what touches the lands `rows` and is not of their pad."""
    f = derived.board.features
    a, b = derived.touching(layer)
    one, other = np.r_[a, b], np.r_[b, a]
    mine = np.zeros(len(f), np.bool_)
    mine[rows] = True
    keep = mine[one] & (f.pad[one] != f.pad[other])
    pairs = np.unique(np.stack([f.pad[one[keep]], other[keep]]), axis=1)
    return pairs[0].astype(np.int32), pairs[1].astype(np.int32)


def _probes(core: Objects, radius: Floats, pad: Ints) -> tuple[Ints, Objects]:
    """The lines around the lands: the pad of each, and the line as a ring. A land in pieces has a ring a piece."""
    around = shape.polygons(core, radius + PROBE)
    order = np.argsort(pad, kind="stable")
    owner, first, count = np.unique(pad[order], return_index=True, return_counts=True)
    whole = around[order[first]]
    for k in np.flatnonzero(count > 1).tolist():
        whole[k] = shapely.union_all(around[order[first[k] : first[k] + count[k]]])
    piece, of = shapely.get_parts(whole, return_index=True)
    return owner[of].astype(np.int32), shapely.get_exterior_ring(piece)


def _arcs(derived: Derived, layer: int, owner: Ints, line: Objects, pad: Ints, feature: Ints) -> _Arcs:
    """Cut the lines where they cross the edges of the features that touch their pads, and tell what each stretch lies in."""
    pieces = derived.pieces(layer)
    i, j = derived.tree(layer).query(shapely.box(*shapely.bounds(line).T))
    keep = np.isin(_code(owner[i], pieces.owner[j]), _code(pad, feature))
    i, j = i[keep], j[keep]
    used, which = np.unique(j, return_inverse=True)
    edge = pieces.core[used].copy()
    thick = pieces.radius[used] > 0
    edge[thick] = shapely.boundary(flattened(edge[thick], pieces.radius[used][thick]))
    # A track is cut where its round end begins as well, which counts or not as a whole.
    ended = np.flatnonzero((shapely.get_type_id(pieces.core[j]) == 1) & thick[which])
    flat = shapely.boundary(shapely.buffer(pieces.core[j[ended]], pieces.radius[j[ended]], cap_style="flat"))
    over = np.r_[i, i[ended]]
    xy, of = shapely.get_coordinates(shapely.intersection(line[over], np.r_[edge[which], flat]), return_index=True)
    probe = np.r_[over[of], np.arange(len(line))]  # every line is cut at its start, so that one which nothing crosses is told too
    at = np.r_[shapely.line_locate_point(line[over[of]], shapely.points(xy)), np.zeros(len(line))]
    order = np.lexsort((at, probe))
    probe, at = probe[order], at[order]
    fresh = np.r_[True, (probe[1:] != probe[:-1]) | (np.diff(at) > TOUCH)]
    probe, at = probe[fresh], at[fresh]
    end = np.r_[at[1:], 0.0]
    last = np.r_[probe[1:] != probe[:-1], True]
    end[last] = shapely.length(line[probe[last]])
    middle = shapely.line_interpolate_point(line[probe], (at + end) / 2)
    what, holder = _lying_in(derived, layer, owner[probe], middle, pad, feature)
    x, y = shapely.get_coordinates(middle).T
    return _Arcs.of(probe=probe, length=end - at, x=x, y=y, what=what, feature=holder)


def _code(pad: Ints, feature: Ints) -> Ints:
    return np.asarray(pad.astype(np.int64) << 32 | feature)


def _lying_in(derived: Derived, layer: int, owner: Ints, middle: Objects, pad: Ints, feature: Ints) -> tuple[Ints, Ints]:
    """What each point lies in, of the features that touch the pad `owner` (`pad` is sorted), and the feature; -1 for air."""
    f = derived.board.features
    start, stop = np.searchsorted(pad, owner), np.searchsorted(pad, owner, side="right")
    point = np.repeat(np.arange(len(owner)), stop - start)
    which = feature[shape.runs(start, stop - start)]
    core, radius = f.core[which], f.radius[which]
    shapely.prepare(f.core[np.unique(which)])
    inside = shapely.dwithin(core, middle[point], radius)
    point, which, core = point[inside], which[inside], core[inside]
    sheet = np.isin(shapely.get_type_id(core), (3, 6)) & (f.pad[which] < 0) & (f.via[which] < 0)
    what = np.select([sheet, f.via[which] >= 0, f.pad[which] >= 0], [_POUR, _VIA, _LAND], _TRACK)
    lines = np.flatnonzero((what == _TRACK) & (shapely.get_type_id(core) == 1))
    real = np.ones(len(point), np.bool_)
    real[lines] = ~_round_end(derived, layer, core[lines], middle[point[lines]], owner[point[lines]])
    point, which, what = point[real], which[real], what[real]
    order = np.lexsort((which, -what, point))
    first = order[np.r_[True, point[order][1:] != point[order][:-1]]] if len(order) else order
    out, holder = np.full(len(owner), -1, np.int32), np.full(len(owner), -1, np.int32)
    out[point[first]], holder[point[first]] = what[first], which[first]
    return out, holder


def _round_end(derived: Derived, layer: int, core: Objects, at: Objects, owner: Ints) -> Bools:
    """Whether a point in a track lies in the round end of one that ends in the land of the pad."""
    f = derived.board.features
    along, length = shapely.line_locate_point(core, at), shapely.length(core)
    ended = np.flatnonzero((along <= 0) | (along >= length))
    tip = shapely.line_interpolate_point(core[ended], np.clip(along[ended], 0.0, length[ended]))
    rows = derived.copper_rows(layer)
    rows = rows[(f.kind[rows] == Kind.PAD) & np.isin(f.pad[rows], owner)]
    rows = rows[np.argsort(f.pad[rows], kind="stable")]
    start, stop = (np.searchsorted(f.pad[rows], owner[ended], side=side) for side in ("left", "right"))
    out = np.zeros(len(core), np.bool_)
    for k in range(int((stop - start).max(initial=0))):
        mine = np.flatnonzero(start + k < stop)
        land = rows[start[mine] + k]
        held = shapely.distance(tip[mine], f.core[land]) <= f.radius[land]
        out[ended[mine[held]]] = True
    return out


def _ways(derived: Derived, owner: Ints, arcs: _Arcs) -> tuple[Ints, Ints, Floats, Ints, Floats, Floats]:
    """Stretches of one kind that follow one another are one way: its line, kind, width, widest feature and place."""
    f = derived.board.features
    start = np.r_[True, (arcs.probe[1:] != arcs.probe[:-1]) | (arcs.what[1:] != arcs.what[:-1])]
    way = np.cumsum(start) - 1
    # The first and the last stretch of a line meet at its start.
    head = np.flatnonzero(np.r_[True, arcs.probe[1:] != arcs.probe[:-1]])
    tail = np.r_[head[1:], len(arcs)] - 1
    joined = np.flatnonzero(arcs.what[head] == arcs.what[tail])
    swap = np.arange(way[-1] + 1)
    swap[way[tail[joined]]] = way[head[joined]]
    way = swap[way]
    solid = arcs.what >= 0
    arcs, way = arcs.take(solid), way[solid]
    _, way = np.unique(way, return_inverse=True)
    length = np.bincount(way, arcs.length)
    widest = np.lexsort((arcs.feature, -arcs.length, way))
    widest = widest[np.r_[True, way[widest][1:] != way[widest][:-1]]] if len(widest) else widest
    pairs = np.unique(np.stack([way, arcs.feature]), axis=1)
    drawn = np.bincount(pairs[0], 2 * f.radius[pairs[1]], minlength=len(length)) if len(way) else np.zeros(0)
    what = arcs.what[widest]
    width = np.where(what == _TRACK, np.minimum(length, drawn), length)
    return arcs.probe[widest], what, width, arcs.feature[widest], arcs.x[widest], arcs.y[widest]


def _edge_vias(derived: Derived, ways: Exits) -> Exits:
    """A via on the edge of a land is one way, however many tracks part its land, and no wider than its hole is round."""
    via = derived.board.features.via[ways.feature]
    _, first, of = np.unique(_code(ways.pad, via), return_index=True, return_inverse=True)
    width = np.bincount(of, ways.width, minlength=len(first)) if len(first) else np.zeros(0)
    width = np.asarray(np.minimum(width, _girth(derived, via[first])), np.float64)
    once = ways.take(first)
    return Exits(once.pad, once.layer, once.kind, width, width * PLATING, once.feature, once.x, once.y)


def _inside(derived: Derived, layer: int, pad: Ints, feature: Ints, owner: Ints, line: Objects) -> Exits:
    """The vias whose middle lies in a land."""
    f, vias = derived.board.features, derived.board.vias
    rows = np.flatnonzero(f.via[feature] >= 0)
    via = f.via[feature[rows]]
    j, i = shapely.STRtree(shapely.points(vias.x[via], vias.y[via])).query(shapely.polygons(line), predicate="contains")
    i = np.unique(i[owner[j] == pad[rows[i]]])
    rows, via = rows[i], via[i]
    width = _girth(derived, via)
    return Exits.of(
        pad=pad[rows], layer=np.full(len(rows), layer), kind=np.full(len(rows), "via", object), width=width,
        section=width * PLATING, feature=feature[rows], x=vias.x[via], y=vias.y[via],
    )  # fmt: skip


def _girth(derived: Derived, via: Ints) -> Floats:
    """mm around the holes of vias; of one whose drill nobody tells around half of its land."""
    vias = derived.board.vias
    return np.asarray(np.pi * np.where(vias.drill[via] > 0, vias.drill[via], vias.diameter[via] / 2), np.float64)
