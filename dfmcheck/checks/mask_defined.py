"""Lands that the solder mask defines, not the copper, beside lands of their part that the copper defines."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind
from ..check import Context, Measurements, check
from ..exposed import exposed_pads
from ..mask import masks
from ..parts import Parts
from ..units import EPS
from .mask_clearance import clearances, own_pairs
from .size import breaching

_GROWN = 0.05
"""mm by which fabricators grow openings that are drawn as large as their lands."""
_AROUND, _SPOTS, _MOST = 0.02, 16, 0.8
"""A land lies in a pour if filled copper of its net has that share of so many points about its window, so many mm outside."""


@check("mask_defined", maxima="area_diff_max", beside=True)
def mask_defined(ctx: Context) -> Measurements:
    """By how much, in % of the larger, the bare copper of a two-pin part's lands differs, where the mask defines one of them:
    its opening is smaller than the land, or lies in a pour of its net that joins it without relief.

    Two lands that both are bare as drawn differ on purpose. Openings as large as their lands are taken to be grown by `_GROWN`.
    Any other part that mixes lands of both kinds is told once a footprint, those that a pour joins in one finding; exposed
    pads do not count.
    """
    board = ctx.board
    pads, parts = board.pads, board.derived.parts()
    bare, kind = np.full(len(pads), np.nan), np.zeros(len(pads), np.int32)
    layer = np.full(len(pads), -1, np.int32)
    pairs = np.append(_chip(parts), False)
    arrays = np.append(parts.family == "BGA", False)
    f = board.features
    for mask in masks(board):
        land, opening = own_pairs(mask, board)
        mine = (board.components.side[f.component[land]] == (mask.side == "bottom")) if len(board.components) else land < 0
        land, opening = land[mine & (f.component[land] >= 0)], opening[mine & (f.component[land] >= 0)]
        low, _ = clearances(board, land, opening)
        exact = np.abs(low) <= EPS
        of = f.component[land]
        poured = np.zeros(len(land), np.bool_)
        asked = np.flatnonzero((pairs | arrays)[of])
        poured[asked] = _poured(board, mask.copper, opening[asked])
        larger = np.asarray(low > -EPS, np.bool_)
        small = shape.areas(f.core[land], f.radius[land])
        window = shape.areas(f.core[opening], f.radius[opening] + np.where(exact, _GROWN, 0.0))
        bare[f.pad[land]] = np.where(larger & ~poured, small, window)
        kind[f.pad[land]] = np.where(low < -EPS, 2, np.where(poured, 1, 0))
        layer[f.pad[land]] = mask.layer
    kept = np.flatnonzero(~np.isnan(bare) & ~exposed_pads(board)).astype(np.int32)
    others = kept[~np.append(_chip(parts), False)[pads.component[kept]]]
    return Measurements.join([_chips(ctx, kept, bare, kind, layer), _mixed(board, others, kind, layer)])


def _chip(parts: Parts) -> Bools:
    return np.asarray(np.isin(parts.family, ("chip-S", "chip-L")) & (parts.mount == "smd"), np.bool_)


def _poured(board: Board, copper: int, opening: Ints) -> Bools:
    """Openings about which filled copper of their net lies nearly all round."""
    f = board.features
    grown = shape.polygons(f.core[opening], f.radius[opening] + _AROUND, quad_segs=4)
    rims = shapely.boundary(grown)
    length = shapely.length(rims)
    spots = shapely.line_interpolate_point(
        np.repeat(rims, _SPOTS), (np.tile(np.arange(_SPOTS), len(rims)) + 0.5) / _SPOTS * np.repeat(length, _SPOTS)
    )
    spot, area = board.derived.areas_at(copper, spots) if len(spots) else (np.empty(0, np.int32),) * 2
    which = spot // _SPOTS
    same = (f.kind[area] == Kind.ZONE) & (f.net[area] == f.net[opening[which]]) & (f.net[area] >= 0)
    hit = np.unique(spot[same])
    return np.asarray(np.bincount(hit // _SPOTS, minlength=len(opening)) >= _MOST * _SPOTS, np.bool_)


def _chips(ctx: Context, kept: Ints, bare: Floats, kind: Ints, layer: Ints) -> Measurements:
    """Two-pin parts with one land each: the difference of what lies bare, where one is not as the copper draws it."""
    board, pads = ctx.board, ctx.board.pads
    part = pads.component[kept]
    parts = board.derived.parts()
    count = np.bincount(part, minlength=len(board.components))
    chosen = np.flatnonzero((count == 2) & _chip(parts) & parts.fitted)
    rows = kept[np.isin(part, chosen)]
    rows = rows[np.argsort(pads.component[rows], kind="stable")].reshape(-1, 2)
    one, two = rows[:, 0], rows[:, 1]
    differs = (kind[one] != kind[two]) & (layer[one] == layer[two])
    one, two = one[differs], two[differs]
    more = np.maximum(bare[one], bare[two])
    m = Measurements.of(
        100 * (more - np.minimum(bare[one], bare[two])) / more, checked=len(chosen), param="area_diff_max", a=pads.item[one],
        b=pads.item[two], x=(pads.x[one] + pads.x[two]) / 2, y=(pads.y[one] + pads.y[two]) / 2, layer=layer[one],
        cause="*chips", detail="the mask defines one of them, in a pour or by its size",
    )  # fmt: skip
    return m.take(breaching(ctx, m.param, m.value))


def _mixed(board: Board, kept: Ints, kind: Ints, layer: Ints) -> Measurements:
    """Parts of which the mask defines some lands and the copper others, at the first land of the smaller group."""
    pads = board.pads
    n = len(board.components)
    groups = [np.bincount(pads.component[kept[(kind[kept] > 0) == k]], minlength=n) for k in (False, True)]
    parts = np.flatnonzero((groups[0] > 0) & (groups[1] > 0))
    few = groups[1][parts] <= groups[0][parts]
    which = dict(zip(parts.tolist(), few.tolist()))
    first: dict[int, int] = {}
    for pad in kept[np.isin(pads.component[kept], parts)].tolist():
        part = int(pads.component[pad])
        if (kind[pad] > 0) == which[part]:
            first.setdefault(part, pad)
    rows = np.array([first[p] for p in parts.tolist()], np.int32)
    words = [
        f"the mask defines {groups[1][p]} of its lands, the copper {groups[0][p]}"
        + (" (a pour joins them)" if kind[row] == 1 else "")
        for p, row in zip(parts.tolist(), rows.tolist())
    ]
    return Measurements.of(
        np.full(len(rows), np.nan), checked=0, param="", a=pads.item[rows], x=pads.x[rows], y=pads.y[rows], layer=layer[rows],
        inherent=kind[rows] == 2, detail=np.array(words, object),
        cause=["*pour" if kind[p] == 1 else f"*{name}" for p, name in zip(rows.tolist(), board.components.footprint[parts])],
    )  # fmt: skip
