"""What a netlist says of the copper: points with the name of their net, found on a board's copper."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Cover, Floats, Ints, Kind, Objects
from ..copper import components
from ..derived import Derived
from ..names import Names
from ..package import Points
from ..read.ipcd356 import NO_NET
from ..registration import Cloud, Fit, anyhow

REACH = 0.01
"""mm: netlists round places to 0.00254 mm, and some tools name a pad's corner instead of its middle."""


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Points with a net; one row each."""

    net: Objects
    """str."""
    part: Objects
    """Reference of the part, '' for vias and where nothing tells."""
    label: Objects
    """What to call it: `U3.4`, `via`."""
    x: Floats
    y: Floats
    feature: Ints
    """Row of `Board.features` on which it stands, -1 where there is no copper."""

    def take(self, rows: Ints | Bools) -> Probes:
        return Probes(*(getattr(self, name)[rows] for name in Probes.__slots__))

    def __len__(self) -> int:
        return len(self.net)


def connected(board: Board) -> tuple[Ints, tuple[Ints, Ints]]:
    """Per copper feature its node, by touch and by plated holes alone, whatever nets are named; and the touching pairs."""
    f = board.features
    nameless = replace(board, features=replace(f, net=np.full(len(f), -1, np.int32)))
    touching = Derived(nameless).links()
    through = _barrels(board)
    pairs = np.concatenate([touching[0], through[0]]), np.concatenate([touching[1], through[1]])
    return components(len(f), *pairs), touching


def _barrels(board: Board) -> tuple[Ints, Ints]:
    """Pairs of features that one plated hole goes through, or touches with its wall."""
    f, holes = board.features, board.holes
    copper = np.flatnonzero(board.layers.order[f.layer] >= 0)
    plated = np.flatnonzero(holes.plated & (holes.radius > 0))
    i, j = shape.meeting(shape.boxes(f.core[copper], f.radius[copper]), shape.boxes(holes.core[plated], holes.radius[plated]))
    i, j = copper[i].astype(np.int32), plated[j].astype(np.int32)
    order = board.layers.order[f.layer[i]]
    met = (holes.first[j] <= order) & (order <= holes.last[j])
    i, j = i[met], j[met]
    met = shape.distance(f.core[i], f.radius[i], holes.core[j], holes.radius[j]) <= 0
    i, j = i[met], j[met]
    by_hole = np.lexsort((i, j))
    i, j = i[by_hole], j[by_hole]
    same = j[1:] == j[:-1]
    return i[:-1][same], i[1:][same]


def fit_of(points: Points, board: Board) -> Fit:
    """How a netlist's points lie to the board: by drilled points and plated holes, else by all points and pads."""
    pads = np.concatenate([board.pads.x + 1j * board.pads.y, board.vias.x + 1j * board.vias.y])
    places = points.x + 1j * points.y
    centre = shapely.get_coordinates(shapely.centroid(board.holes.core[board.holes.plated]))
    drilled = np.isfinite(points.drill) & (points.plated != Cover.NO)
    a, b = Cloud(places[drilled]), Cloud(centre[:, 0] + 1j * centre[:, 1])
    if min(len(a), len(b)) < 4:
        a, b = Cloud(places), Cloud(pads)
    return anyhow(a, b, REACH)


def of_netlist(points: Points, fit: Fit, board: Board) -> Probes:
    """The points of an IPC-D-356 netlist that are of a net and not of an unplated hole, with the copper under them."""
    rows = np.flatnonzero(~np.isin([str(net).upper() for net in points.net], list(NO_NET)) & (points.plated != Cover.NO))
    at = fit.apply(points.x[rows] + 1j * points.y[rows])
    xy = np.stack([at.real, at.imag], axis=1)
    depth = len(board.copper_layers)
    access = points.access[rows]
    # Some tools call the far side 2 however many layers there are.
    access = np.where(access == 2, depth, access) if access.max(initial=0) == 2 else access
    feature = under(board, xy, np.where(access > depth, 0, access))
    label = [_label(points, row) for row in rows.tolist()]
    part = np.where(points.via[rows], "", points.ref[rows])
    return Probes(points.net[rows], part, np.array([*label, ""], object)[:-1], xy[:, 0], xy[:, 1], feature)


def _label(points: Points, row: int) -> str:
    if points.via[row]:
        return "a via"
    return f"{points.ref[row]}.{points.pin[row]}".strip(".") or "a point"


def under(board: Board, xy: Floats, access: Ints) -> Ints:
    """The copper at each point, on the layer of that number from 1 or (0) on any: lands before what else is there."""
    f = board.features
    copper = np.flatnonzero(board.layers.order[f.layer] >= 0)
    out = np.full(len(xy), -1, np.int32)
    if not len(copper) or not len(xy):
        return out
    point = shapely.points(xy)
    i, j = shapely.STRtree(shape.boxes(f.core[copper], f.radius[copper], REACH)).query(point)
    row = copper[j]
    there = (access[i] == 0) | (board.layers.order[f.layer[row]] == access[i] - 1)
    i, row = i[there], row[there]
    away = shape.distance(point[i], 0.0, f.core[row], f.radius[row])
    met = away <= REACH
    i, row, away = i[met], row[met], away[met]
    other = ~np.isin(f.kind[row], (Kind.PAD, Kind.VIA))
    order = np.lexsort((away, other, i))
    i, row = i[order], row[order]
    first = np.flatnonzero(np.r_[True, i[1:] != i[:-1]]) if len(i) else np.empty(0, np.intp)
    out[i[first]] = row[first]
    return out


def of_attributes(board: Board) -> Probes:
    """The lands whose nets the films themselves name by X2 attributes."""
    f, items = board.features, board.items
    rows = np.flatnonzero((f.net >= 0) & np.isin(f.kind, (Kind.PAD, Kind.VIA)) & (board.layers.order[f.layer] >= 0))
    rows = rows[~items.inferred[f.item[rows]]]
    names = Names(board)
    net = np.array([*(names.net(n) for n in f.net[rows].tolist()), ""], object)[:-1]
    refs = np.append(board.components.ref, "")[f.component[rows]]
    label = [f"{ref}.{pin}" if ref else "a via" for ref, pin in zip(refs, items.label[f.item[rows]])]
    return Probes(
        net, refs, np.array([*label, ""], object)[:-1], items.x[f.item[rows]], items.y[f.item[rows]], rows.astype(np.int32)
    )
