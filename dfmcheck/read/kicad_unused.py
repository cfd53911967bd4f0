"""Lands that KiCad removes from layers where nothing joins the via or pad."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from ..board import Bools, Features, Holes, Kind
from .draft import Draft
from .kicad_file import File, Parts, flag
from .kicad_layers import LayerSet
from .sexpr import Node

_ZONES_LISTED = 20220131
"""From this file version on a file lists the layers on which zones hold a land."""


@dataclass(slots=True)
class Unused:
    """What one via or pad says about its lands."""

    keep: set[int] = field(default_factory=set)
    """Layer rows where the land stays whatever joins it."""
    ends_only: bool = False
    zones_listed: bool = True

    def mark(self, draft: Draft, begin: int, row: int, layers: LayerSet) -> None:
        """Remember the feature rows from `begin` on as lands that stay only where something joins them."""
        if row not in self.keep:
            draft.doubtful.extend((i, self.ends_only, self.zones_listed) for i in range(begin, len(draft.features)))


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
    listed = p.get("zone_layer_connections")
    if listed is not None:
        keep |= set(layers.expand(listed[1:]))
    return Unused(keep, ends_only, listed is not None or file.version >= _ZONES_LISTED)


def removed(features: Features, holes: Holes, doubtful: list[tuple[int, bool, bool]]) -> Bools:
    """Mask of the feature rows whose land is removed: there no track, arc, pad or via of its net touches its hole.

    As in KiCad it is the hole that must be touched, for without the land the hole is all there is. Older files do not list
    the zones that hold a land; there a fill that touches the hole counts too.
    """
    gone = np.zeros(len(features), bool)
    if not doubtful:
        return gone
    rows = np.array([i for i, _, _ in doubtful], np.intp)
    ends_only = np.array([e for _, e, _ in doubtful])
    zones_listed = np.array([z for _, _, z in doubtful])
    gone[rows[ends_only]] = True
    kinds = [Kind.TRACK, Kind.ARC, Kind.PAD, Kind.VIA] + ([] if zones_listed.all() else [Kind.ZONE])
    joining = np.isin(features.kind, kinds) & (features.net >= 0)
    joining[rows] = False
    hole_of = np.zeros(int(features.item.max()) + 1, np.intp)
    hole_of[holes.item] = np.arange(len(holes))
    hole = hole_of[features.item]
    for layer in np.unique(features.layer[rows]):
        mine = rows[(features.layer[rows] == layer) & ~ends_only]
        others = np.flatnonzero(joining & (features.layer == layer))
        reach = holes.radius[hole[mine]] + (features.radius[others].max() if len(others) else 0.0)
        a, b = shapely.STRtree(features.core[others]).query(holes.core[hole[mine]], predicate="dwithin", distance=reach)
        i, j = mine[a], others[b]
        near = shapely.distance(holes.core[hole[i]], features.core[j]) <= holes.radius[hole[i]] + features.radius[j]
        near &= (features.net[i] == features.net[j]) & (features.item[i] != features.item[j])
        near &= (features.kind[j] != Kind.ZONE) | ~zones_listed[np.searchsorted(rows, i)]
        gone[mine] = True
        gone[i[near]] = False
    return gone
