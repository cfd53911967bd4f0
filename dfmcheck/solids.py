"""Distances of parts as they are: a body and lands, where an envelope fills what is between the lands as well."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects


class Gaps(NamedTuple):
    """Per pair of components the distance in mm of the two pieces that are nearest to each other, and these pieces."""

    distance: Floats
    """Infinite where the two are farther apart than was asked for."""
    core_a: Objects
    radius_a: Floats
    core_b: Objects
    radius_b: Floats

    def take(self, rows: Bools) -> Gaps:
        return Gaps(self.distance[rows], self.core_a[rows], self.radius_a[rows], self.core_b[rows], self.radius_b[rows])


class _Pieces(NamedTuple):
    """Bodies and lands of components, sorted by component; those of component `c` are `start[c]` to `start[c + 1]`."""

    core: Objects
    radius: Floats
    start: Ints


def gaps(board: Board, a: Ints, b: Ints, reach: Floats) -> Gaps:
    """Exact distances of pairs of components that are nearer than `reach`, one value a pair."""
    envelope = board.derived.parts().envelope
    pieces = _pieces(board, np.unique(np.r_[a, b]))
    pair_a, piece_a = _close(pieces, a, envelope[b], reach)
    pair_b, piece_b = _close(pieces, b, envelope[a], reach)
    # Every piece of one part with every piece of the other, of those that are near it.
    first, count = np.searchsorted(pair_b, pair_a), np.bincount(pair_b, minlength=len(a))[pair_a]
    one, two = np.repeat(piece_a, count), piece_b[shape.runs(first, count)]
    pair = np.repeat(pair_a, count)
    distance = shape.distance(pieces.core[one], pieces.radius[one], pieces.core[two], pieces.radius[two])
    order = np.lexsort((two, one, np.round(distance, 6), pair))
    best = order[np.r_[True, np.diff(pair[order]) > 0]] if len(order) else order
    out = np.full(len(a), np.inf)
    out[pair[best]] = distance[best]
    ends = np.zeros((2, len(a)), np.intp)
    ends[:, pair[best]] = one[best], two[best]
    return Gaps(out, pieces.core[ends[0]], pieces.radius[ends[0]], pieces.core[ends[1]], pieces.radius[ends[1]])


def _pieces(board: Board, rows: Ints) -> _Pieces:
    """The pieces of these components; of two lands, or without a drawn body, one has its envelope alone."""
    f, parts, copper, n = board.features, board.derived.parts(), board.copper_layers, len(board.components)
    apart = (parts.pins[rows] != 2) & (parts.body_source[rows] == "fab")
    whole = np.where(apart, parts.body[rows], parts.envelope[rows])
    lands = np.empty(0, np.intp)
    if len(copper):
        outer = np.append(board.outer_layer(board.components.side), -1)[f.component]
        lands = np.flatnonzero((f.kind == Kind.PAD) & (f.layer == outer) & np.isin(f.component, rows[apart]))
    owner = np.r_[rows, f.component[lands]]
    order = np.argsort(owner, kind="stable")
    core, radius = np.r_[whole, f.core[lands]][order], np.r_[np.zeros(len(rows)), f.radius[lands]][order]
    return _Pieces(core, radius, np.searchsorted(owner[order], np.arange(n + 1)).astype(np.int32))


def _close(pieces: _Pieces, rows: Ints, areas: Objects, reach: Floats) -> tuple[Ints, Ints]:
    """Pairs (index of `rows`, piece of that component) of the pieces that are nearer to the paired area than `reach`."""
    first, count = pieces.start[rows], pieces.start[rows + 1] - pieces.start[rows]
    pair, piece = np.repeat(np.arange(len(rows)), count), shape.runs(first, count)
    near = np.asarray(shapely.distance(pieces.core[piece], areas[pair]) - pieces.radius[piece] < reach[pair])
    return pair[near].astype(np.int32), piece[near].astype(np.int32)
