"""The nets of a package's copper: as X2 attributes name them, else what is connected by touch and by plated holes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import (
    Board,
    Bools,
    Components,
    Features,
    Floats,
    Holes,
    Ints,
    Items,
    Kind,
    Layers,
    Nets,
    Pads,
    Vias,
    Zones,
)  # fmt: skip
from ..copper import components
from ..package import Form
from .assemble_films import Films, rows_of
from .assemble_lands import Drilled, Lands

CONDUCTORS = ("", "Conductor")
"""Aperture functions of tracks and fills; '' is what a file without attributes says."""


@dataclass(frozen=True, slots=True, eq=False)
class Wired:
    """Rows in `names` are nets; -1 is none."""

    names: list[str]
    of_object: Ints
    of_land: Ints
    inferred_object: Bools
    inferred_land: Bools
    drawing: Bools
    """Per object: strokes that join no land to anything, on layers whose nets nothing tells: letters, logos, frames."""
    plated: Bools
    """Per hole."""


def wire(films: Films, holes: Drilled, lands: Lands, layers: Layers, plated: Bools) -> Wired:
    """Give every copper object and every land its net.

    Copper that does not say its net is of the net of the copper that it is connected to, where all that tells agrees.
    Where none tells, connected copper is a net of its own, named by the place of its first land. What a file calls no
    conductor (text, drawings) stays without a net where its layer tells nets. `plated` is a mask over the holes.
    """
    copper = layers.role[films.layer] == "copper"
    named = copper & np.array([bool(net) for net in films.net], np.bool_) if len(films) else np.zeros(0, np.bool_)
    names = sorted({str(net) for net in films.net[named]})
    row = {name: i for i, name in enumerate(names)}
    known = np.full(len(films), -1, np.int32)
    known[named] = [row[str(net)] for net in films.net[named]]
    telling = np.zeros(len(layers), np.bool_)
    telling[films.layer[named]] = True
    unsaid = np.array([net is None for net in films.net], np.bool_) if len(films) else np.zeros(0, np.bool_)
    conducts = np.isin(films.function, CONDUCTORS) | (lands.of_object >= 0)
    silent = copper & (~telling[films.layer] | (unsaid & conducts))
    inferred, drawing = np.zeros(len(films), np.bool_), np.zeros(len(films), np.bool_)
    of_land, guessed = np.full(len(lands.kind), -1, np.int32), np.zeros(len(lands.kind), np.bool_)
    if silent.any():
        node, pierced, hole = _nodes(films, holes, lands, layers, plated, known, copper, silent)
        known, names, drawing = _by_node(films, lands, pierced, node, known, silent, names)
        inferred = silent & (known >= 0)
        of_land[hole], guessed[hole] = known[pierced], known[pierced] >= 0
    mine = np.flatnonzero(copper & (lands.of_object >= 0) & (known >= 0))[::-1]
    of_land[lands.of_object[mine]], guessed[lands.of_object[mine]] = known[mine], inferred[mine]
    return Wired(names, known, of_land, inferred, guessed, drawing, plated)


def _nodes(
    films: Films, holes: Drilled, lands: Lands, layers: Layers, plated: Bools, known: Ints, copper: Bools, silent: Bools
) -> tuple[Ints, Ints, Ints]:
    """Per object the node of connected copper that it is in: the number of one of its objects; and the pairs of `_pierced`.

    Only what may join `silent` objects is looked at.
    """
    rows = _about(films, rows_of(films, copper), silent)
    o = films.object[rows]
    none = np.full(len(rows), -1)
    features = Features.of(
        core=films.core[rows], radius=films.radius[rows], layer=films.layer[o], kind=np.full(len(rows), Kind.GRAPHIC), item=o,
        net=known[o], pad=none, via=none, zone=none, component=none,
    )  # fmt: skip
    board = Board(
        "", (), layers, Nets.empty(), Items.empty(), features, Holes.empty(), Pads.empty(), Vias.empty(), Zones.empty(),
        Components.empty(),
    )  # fmt: skip
    a, b = [], []
    for layer in board.copper_layers.tolist():
        i, j = board.derived.touching(layer)
        a.append(features.item[i])
        b.append(features.item[j])
    n = len(holes)
    land = lands.of_object
    through = np.flatnonzero(copper & (land >= 0) & ((land >= n) | np.append(plated, True)[np.minimum(land, n)]))
    through = through[np.argsort(land[through], kind="stable")]
    same = land[through[1:]] == land[through[:-1]]
    a.append(through[:-1][same])
    b.append(through[1:][same])
    pierced, hole = _pierced(board, films, holes, lands, plated)
    land_of = np.full(n, -1, np.int64)  # an object that stands for the hole: of its land, else of the copper about it
    land_of[hole[::-1]] = pierced[::-1]
    mine = np.flatnonzero((land >= 0) & (land < n))[::-1]
    land_of[land[mine]] = mine
    a.append(pierced)
    b.append(land_of[hole])
    return components(len(films), np.concatenate(a), np.concatenate(b)), pierced, hole


def _about(films: Films, rows: Ints, silent: Bools) -> Ints:
    """Those of the rows that are of silent objects or near them: the others tell their net, whatever they touch."""
    quiet = rows[silent[films.object[rows]]]
    if 2 * len(quiet) > len(rows):
        return rows
    i, _ = shape.meeting(shape.boxes(films.core[rows], films.radius[rows]), shape.boxes(films.core[quiet], films.radius[quiet]))
    return np.asarray(rows[np.unique(np.r_[i, np.searchsorted(rows, quiet)])], np.int32)


def _pierced(board: Board, films: Films, holes: Drilled, lands: Lands, plated: Bools) -> tuple[Ints, Ints]:
    """Pairs (object, hole): copper about the middle of a plated hole, on layers where the hole has no land.

    Copper that the barrel only nicks is not meant to be joined by it, and is no pair.
    """
    f, n = board.features, len(holes)
    land = lands.of_object
    mine = np.flatnonzero((land >= 0) & (land < n))
    landed = np.zeros((n, len(board.layers)), np.bool_)
    landed[land[mine], films.layer[mine]] = True
    a, b = [], []
    for layer in board.copper_layers.tolist():
        order = int(board.layers.order[layer])
        bare = np.flatnonzero(plated & (holes.first <= order) & (order <= holes.last) & ~landed[:, layer])
        rows = np.flatnonzero(f.layer == layer)
        if not len(bare) or not len(rows):
            continue
        centre = shapely.centroid(holes.core[bare])
        i, j = shapely.STRtree(shape.boxes(f.core[rows], f.radius[rows])).query(centre)
        hit = shapely.distance(f.core[rows[j]], centre[i]) <= f.radius[rows[j]]
        a.append(f.item[rows[j[hit]]])
        b.append(bare[i[hit]])
    none = np.empty(0, np.int64)
    return np.concatenate([none, *a]), np.concatenate([none, *b])


def _by_node(
    films: Films, lands: Lands, pierced: Ints, node: Ints, known: Ints, silent: Bools, names: list[str]
) -> tuple[Ints, list[str], Bools]:
    """Nets of the objects on silent layers by their nodes; the names, extended; which strokes are drawings."""
    n = len(films)
    low, high = np.full(n, np.iinfo(np.int32).max), np.full(n, -1, np.int32)
    told = np.flatnonzero(known >= 0)
    np.minimum.at(low, node[told], known[told])
    np.maximum.at(high, node[told], known[told])
    agreed = low == high
    landed = np.zeros(n, np.bool_)
    landed[node[lands.of_object >= 0]] = True
    landed[node[pierced]] = True
    flat = films.form == Form.REGION
    poured = np.zeros(n, np.bool_)
    poured[node[flat & silent]] = True
    drawing = silent & ~landed[node] & ~poured[node] & (films.form != Form.FLASH)
    out = known.copy()
    take = silent & ~drawing
    out[take & agreed[node]] = high[node[take & agreed[node]]]
    drawing |= take & (low < high)[node]  # it joins copper of several nets: a bridge, of none of them
    rest = take & ~agreed[node] & ~drawing & (landed | poured)[node]
    nodes, first, of = np.unique(node[rest], return_index=True, return_inverse=True)
    places = np.flatnonzero(rest)[first]
    made = _place_names(films.x, films.y, lands, node, nodes, places, set(names))
    out[rest] = len(names) + of
    return out, [*names, *made], drawing


def _place_names(
    x: Floats, y: Floats, lands: Lands, node: Ints, nodes: Any, places: Any, taken: set[str]
) -> list[str]:  # fmt: skip
    """A name for each node that stays what it is while other copper changes: where its first land lies, in mm."""
    at = {int(k): (float(x[i]), float(y[i])) for k, i in zip(nodes.tolist(), places.tolist())}
    landed = np.flatnonzero(lands.of_object >= 0)
    order = landed[np.lexsort((y[landed], x[landed]))][::-1]
    at |= {k: (float(x[i]), float(y[i])) for k, i in zip(node[order].tolist(), order.tolist()) if k in at}
    out = []
    for k in nodes.tolist():
        name = base = f"net at {at[k][0]:.1f} {at[k][1]:.1f}"
        copies = 1
        while name in taken:
            copies += 1
            name = f"{base} #{copies}"
        taken.add(name)
        out.append(name)
    return out
