"""Shapes cut into short pieces, so that their boxes stay small, and the pairs of pieces that searches find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely

from .board import Floats, Ints, Objects

PIECE = 24
"""Vertices per piece into which long boundaries are cut before they are indexed, so that boxes stay small."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Shapes cut into short pieces: zone boundaries as lines of at most `PIECE` vertices, everything else whole."""

    core: Objects
    radius: Floats
    owner: Ints
    """Row in `Board.features` (or whatever table was cut)."""


@dataclass(frozen=True, slots=True, eq=False)
class Routed:
    """Pieces of routed edges: outline pieces are lines of radius 0, a slot is its axis with its radius."""

    core: Objects
    radius: Floats
    item: Ints
    """Row in `Board.items`: the edge graphic, or the pad of the slot."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Neighbouring features of different nets on one layer, each pair once, `a` < `b`."""

    a: Ints
    b: Ints
    """Rows in `Board.features`."""
    distance: Floats
    """Edge to edge in mm, exact; 0 or less where they touch or overlap."""
    piece_a: Objects
    """The piece of a's core that comes nearest, for the witness point."""
    piece_b: Objects
    radius_a: Floats
    radius_b: Floats

    def take(self, rows: Any) -> Pairs:
        return Pairs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def least(value: Floats, *keys: Ints, ties: Sequence[Ints] = ()) -> Ints:
    """Rows that have the smallest value of each combination of `keys`, in the order of the keys.

    Among equals `ties` decide, and then the lower row; what differs by rounding alone is equal.
    """
    columns: list[Any] = [*reversed(ties), np.round(np.asarray(value, np.float64), 6), *reversed(keys)]
    order = np.lexsort(columns)
    if not len(order):
        return order.astype(np.int32)
    sorted_keys = np.stack([key[order] for key in keys])
    return order[np.r_[True, (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(0)]].astype(np.int32)


def cut(core: Objects, radius: Floats, owner: Ints) -> Pieces:
    """Cut polygons' boundaries (and long lines) into pieces of at most `PIECE` vertices."""
    kind = shapely.get_type_id(core)
    big = (kind == 3) | (kind == 6) | (kind == 4) | (kind == 5) | (kind == 7) | (shapely.get_num_coordinates(core) > PIECE)
    small = ~big
    rows = np.flatnonzero(big)
    area = np.isin(kind[rows], (3, 6))
    lines = core[rows].copy()
    lines[area] = shapely.boundary(lines[area])
    parts, index = shapely.get_parts(lines, return_index=True)
    coords, of_part = shapely.get_coordinates(parts, return_index=True)
    if not len(coords):
        return Pieces(core[small], radius[small], owner[small])
    # Consecutive windows of PIECE vertices that share an end point, within each part.
    start = np.flatnonzero(np.r_[True, of_part[1:] != of_part[:-1]])
    place = np.arange(len(coords)) - np.repeat(start, np.diff(np.r_[start, len(coords)]))
    length = np.repeat(np.diff(np.r_[start, len(coords)]), np.diff(np.r_[start, len(coords)]))
    step = PIECE - 1
    repeat = (place % step == 0) & (place > 0) & (place < length - 1)  # such a vertex ends one piece and begins the next
    take = np.repeat(np.arange(len(coords)), 1 + repeat)
    first = np.zeros(len(take), bool)
    first[np.cumsum(1 + repeat) - 1] = repeat
    first[np.searchsorted(take, start)] = True
    piece = np.cumsum(first) - 1
    counts = np.bincount(piece)
    owner_of = rows[index[of_part[take[np.flatnonzero(first)]]]]
    done = np.empty(len(counts), object)
    single = counts == 1
    xy = coords[take]
    if single.any():
        done[single] = shapely.points(xy[single[piece]])
    if not single.all():
        keep = ~single[piece]
        numbering = np.cumsum(~single) - 1
        done[~single] = shapely.linestrings(xy[keep], indices=numbering[piece[keep]])
    return Pieces(
        np.concatenate([core[small], done]),
        np.concatenate([radius[small], radius[owner_of]]),
        np.concatenate([owner[small], owner[owner_of]]).astype(np.int32),
    )
