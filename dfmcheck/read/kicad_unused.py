"""Lands that KiCad removes from layers where nothing joins the via or pad."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from ..board import Bools, Features, Holes, Ints, Kind
from .draft import Draft
from .kicad_file import File, Parts, flag
from .kicad_layers import LayerSet
from .sexpr import Node

_ZONES_LISTED = 20220131
"""From this file version on a file lists the layers on which zones hold a land."""

_TOUCH = 1e-7
"""mm; shapes whose edges only meet do not join."""


@dataclass(slots=True)
class Unused:
    """What one via or pad says about its lands."""

    ends: set[int] = field(default_factory=set)
    """Layer rows where the land stays whatever joins it."""
    zones: set[int] = field(default_factory=set)
    """Layer rows where a zone holds the land."""
    ends_only: bool = False
    zones_listed: bool = True

    def mark(self, draft: Draft, begin: int, row: int, layers: LayerSet) -> None:
        """Remember the feature rows from `begin` on as lands that stay only where something joins them."""
        if row not in self.ends:
            more = (self.ends_only, self.zones_listed, row in self.zones)
            draft.doubtful.extend((i, *more) for i in range(begin, len(draft.features)))


def read_unused(file: File, node: Node, p: Parts) -> Unused | None:
    """None where all lands stay."""
    ends_only = flag(node, p, "start_end_only")
    if not ends_only and not flag(node, p, "remove_unused_layers") and not flag(node, p, "remove_unused_layer"):
        return None
    layers = file.layers
    ends = [layers.copper[0], layers.copper[-1]]
    if node[0] == "via":
        ends = [row for name in p["layers"][1:3] for row in layers.rows(name)]
    keep = set(ends) if ends_only or flag(node, p, "keep_end_layers") else set()
    listed = p.get("zone_layer_connections", [])
    return Unused(keep, set(layers.expand(listed[1:])), ends_only, bool(listed) or file.version >= _ZONES_LISTED)


def removed(features: Features, holes: Holes, order: Ints, doubtful: list[tuple[int, bool, bool, bool]]) -> Bools:
    """Mask of the feature rows whose land is removed; `order` is that of `Layers`, `doubtful` what `Unused.mark` collected.

    As in KiCad a land stays where a track, arc, pad or via of its net touches the hole, for without the land the hole is
    all there is. A via or through-hole pad that is touched, on any layer and there by a land that stays too, joins on all
    its layers. Older files do not list the zones that hold a land; there a fill that touches the hole counts too.
    """
    gone = np.zeros(len(features), bool)
    if not doubtful:
        return gone
    rows = np.array([d[0] for d in doubtful], np.intp)
    ends_only = np.array([d[1] for d in doubtful])
    listed = np.ones(len(features), bool)
    listed[rows] = [d[2] for d in doubtful]
    gone[rows] = [not d[3] for d in doubtful]
    open_rows = rows[~ends_only]
    hole_of = np.full(int(features.item.max()) + 1, -1)
    hole_of[holes.item] = np.arange(len(holes))
    hole = hole_of[features.item]
    kinds = [Kind.TRACK, Kind.ARC, Kind.PAD, Kind.VIA] + ([] if listed.all() else [Kind.ZONE])
    joining = np.isin(features.kind, kinds) & (features.net >= 0) & (order[features.layer] >= 0)
    asking = joining & np.isin(features.item, features.item[open_rows])
    joining[rows] = False
    core, radius = features.core.copy(), features.radius.copy()
    core[rows], radius[rows] = holes.core[hole[rows]], holes.radius[hole[rows]]
    partners: list[tuple[int, int]] = []
    for layer in np.unique(features.layer[asking]):
        mine = np.flatnonzero(asking & (features.layer == layer))
        others = np.flatnonzero(joining & (features.layer == layer))
        reach = radius[mine] + (radius[others].max() if len(others) else 0.0)
        a, b = shapely.STRtree(core[others]).query(core[mine], predicate="dwithin", distance=reach)
        i, j = mine[a], others[b]
        near = (features.net[i] == features.net[j]) & (features.item[i] != features.item[j])
        near &= (features.kind[j] != Kind.ZONE) | ~listed[i]
        i, j = i[near], j[near]
        near = shapely.distance(core[i], core[j]) < radius[i] + radius[j] - _TOUCH
        i, j = i[near], j[near]
        gone[i] = False
        both = (hole[j] >= 0) & (features.kind[j] != Kind.ZONE)
        partners += zip(features.item[i[both]].tolist(), hole[j[both]].tolist())
    gone[rows[ends_only]] = True
    for item, other in set(partners):
        mine = open_rows[features.item[open_rows] == item]
        depth = order[features.layer[mine]]
        gone[mine[(depth >= holes.first[other]) & (depth <= holes.last[other])]] = False
    return gone
