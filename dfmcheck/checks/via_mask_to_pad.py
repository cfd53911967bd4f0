"""The strip of solder mask between a land and an open via of its net."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..board import Board, Bools, Cover, Ints, Kind, PadType
from ..check import Context, Measurements, check
from ..exposed import exposed_pads
from ..mask import Mask, masks
from ..pieces import least
from .size import breaching, by_limit


@check("via_mask_to_pad", minima="min", beside=True)
def via_mask_to_pad(ctx: Context) -> Measurements:
    """Width in mm of the mask between the opening of a via and that of an SMD land of its net on which paste is printed; 0
    where the two are one window.

    Vias whose hole reaches into the land are `via-in-pad`'s, and so are those of exposed pads; filled and capped vias
    drain nothing. Vias left open are one decision of the design: one finding a side.
    """
    return Measurements.join([_side(ctx, mask) for mask in masks(ctx.board)])


def _side(ctx: Context, mask: Mask) -> Measurements:
    board, f = ctx.board, ctx.board.features
    vias = board.vias
    closed = (vias.filled == Cover.YES) | (vias.capped == Cover.YES)
    of_via = mask.opening[(f.via[mask.opening] >= 0)]
    of_via = of_via[~np.append(closed, False)[f.via[of_via]]]
    of_land = mask.opening[_printed(board, mask)[f.pad[mask.opening]]]
    reach = ctx.reach() * 1.01
    i, j = shape.meeting(shape.boxes(f.core[of_via], f.radius[of_via], reach), shape.boxes(f.core[of_land], f.radius[of_land]))
    a, b = of_via[i], of_land[j]
    same = (f.net[a] == f.net[b]) & (f.net[a] >= 0)
    a, b = a[same], b[same]
    d = np.maximum(shape.distance(f.core[a], f.radius[a], f.core[b], f.radius[b]), 0.0)
    near = (d < reach) & ~_drilled(board, mask, a, b)
    a, b, d = a[near], b[near], d[near]
    first = least(d, f.via[a], f.pad[b])
    a, b, d = a[first], b[first], d[first]
    x, y = shape.witness(f.core[a], f.radius[a], f.core[b], f.radius[b]) if len(a) else (d, d)
    m = Measurements.of(
        d, checked=len(np.unique(f.via[of_via])), param="min", a=f.item[a], b=f.item[b], x=x, y=y, layer=mask.layer,
        cause=by_limit(ctx, np.full(len(d), "min", object), d, "*open"),
    )  # fmt: skip
    return m.take(breaching(ctx, m.param, m.value))


def _printed(board: Board, mask: Mask) -> Bools:
    """Mask over `Board.pads` and one more for none: SMD lands with paste on this side, exposed pads left out."""
    f, pads = board.features, board.pads
    paste = np.zeros(len(pads) + 1, np.bool_)
    paste[f.pad[np.isin(f.layer, board.layers_with("paste", mask.side))]] = True
    paste[-1] = False
    paste[:-1] &= (pads.type == PadType.SMD) & ~exposed_pads(board)
    return paste


def _drilled(board: Board, mask: Mask, a: Ints, b: Ints) -> Bools:
    """Pairs of a via's and a pad's opening whose hole reaches into the copper of the pad."""
    f, holes = board.features, board.holes
    hole = board.vias.hole[f.via[a]]
    land = np.flatnonzero((f.layer == mask.copper) & (f.kind == Kind.PAD))
    land = land[np.isin(f.pad[land], f.pad[b])]
    order = np.argsort(f.pad[land], kind="stable")
    land = land[order]
    begin, end = np.searchsorted(f.pad[land], f.pad[b]), np.searchsorted(f.pad[land], f.pad[b], "right")
    out = np.zeros(len(a), np.bool_)
    count = end - begin
    of = np.repeat(np.arange(len(a)), count)
    row = land[shape.runs(begin, count)]
    has = hole[of] >= 0
    of, row = of[has], row[has]
    into = shape.distance(holes.core[hole[of]], holes.radius[hole[of]], f.core[row], f.radius[row]) < 0
    out[of[into]] = True
    return out
