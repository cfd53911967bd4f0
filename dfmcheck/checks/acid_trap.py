"""Acute notches between pieces of copper of one net."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Bools, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, check
from ..units import TOUCH
from ._places import owners

_BEND = np.radians(2.0)
"""Edges that turn by less than this go on as one edge."""


@check("web.acid_trap", minima="a_max", tunes="e_min", beside=True)
def acid_trap(ctx: Context) -> Measurements:
    """Angle in degrees of the air between two edges of copper of one net where two items meet, both longer than `e_min`.

    Measured on merged copper, so a notch that a land or a wide end fills is none. Round ends are runs of short edges and
    drop out by `e_min`. Angles within one fill or land are its own shape.
    """
    derived, f = ctx.board.derived, ctx.board.features
    limit, least = ctx.reach("a_max"), ctx.tune("e_min")
    parts, checked = [], 0
    for layer in ctx.board.copper_layers.tolist():
        sought = TOUCH, limit, 0.0
        copper, rings = derived.copper(layer, *sought), derived.all_rings(layer, *sought)
        rows = np.flatnonzero(~copper.plain[rings.part] & ~(rings.convex & ~rings.hole))
        angle, at, one_way, other_way, ring = notches(rings.ring[rows], limit, least)
        checked += len(derived.touching(layer)[0])
        net = copper.net[rings.part[rows[ring]]]
        one, other = owners(derived, layer, at + one_way, net), owners(derived, layer, at + other_way, net)
        drawn = np.isin(f.kind, (Kind.TEXT, Kind.GRAPHIC)) & (f.component >= 0)
        good = (one >= 0) & (other >= 0) & (f.item[one] != f.item[other]) & (net >= 0) & ~(drawn[one] & drawn[other])
        good &= (f.kind[one] != Kind.ZONE) | (f.kind[other] != Kind.ZONE)
        one, other, angle, at = one[good], other[good], angle[good], at[good]
        inherent = (f.component[one] == f.component[other]) & (f.component[one] >= 0)
        parts.append(
            Measurements.of(
                angle,
                checked=0,
                param="a_max",
                a=f.item[one],
                b=f.item[other],
                x=at[:, 0],
                y=at[:, 1],
                layer=layer,
                inherent=inherent,
            )
        )
    return Measurements.join([*parts, Measurements.none(checked)])


def notches(rings: Objects, limit: float, least: float) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Corners of rings (copper to the left) where the air's angle is below `limit` degrees between edges of `least` mm or more.

    Returns the angles in degrees, the corners (N x 2), steps of `least` / 2 from the corner along either edge, the rings.
    """
    xy, of = shapely.get_coordinates(rings, return_index=True)
    same = of[1:] == of[:-1]
    start, step, ring = xy[:-1][same], (xy[1:] - xy[:-1])[same], of[:-1][same]
    length = np.hypot(*step.T)
    real = length > 1e-6
    start, step, ring, length = start[real], step[real], ring[real], length[real]
    n = len(start)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]) if n else np.empty(0, np.int64)
    last = np.r_[first[1:], n][: len(first)] - 1
    following, leading = np.arange(1, n + 1), np.arange(-1, n - 1)
    following[last], leading[first] = first, last
    before = step[leading]
    turn = np.arctan2(before[:, 0] * step[:, 1] - before[:, 1] * step[:, 0], np.einsum("ij,ij->i", before, step))
    corner = np.flatnonzero(turn < np.radians(limit) - np.pi)
    ahead = _straight(corner, following, length, turn, least, forward=True)
    behind = _straight(leading[corner], leading, length, turn, least, forward=False)
    corner = corner[(ahead >= least - 1e-9) & (behind >= least - 1e-9)]
    forward = step[corner] / length[corner, None] * (least / 2)
    back = -before[corner] / length[leading[corner], None] * (least / 2)
    return np.degrees(np.pi + turn[corner]), start[corner], forward, back, ring[corner].astype(np.int32)


def _straight(edge: NDArray[Any], along: NDArray[Any], length: Floats, turn: Floats, enough: float, *, forward: bool) -> Floats:
    """Length of the straight run that begins with each edge, counted until it bends or is `enough`."""
    total: Floats = length[edge].copy()
    edge = edge.copy()
    going: Bools = total < enough
    for _ in range(64):
        if not going.any():
            break
        nxt = along[edge]
        bend = np.abs(turn[nxt] if forward else turn[edge])
        going &= (bend < _BEND) & (total < enough)
        total[going] += length[nxt[going]]
        edge = np.where(going, nxt, edge)
    return total
