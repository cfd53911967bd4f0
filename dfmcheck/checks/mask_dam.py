"""The strip of solder mask that keeps the solder of two lands apart."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .. import shape
from ..board import Board, Floats, Ints, Kind
from ..check import Context, Measurements, check
from ..mask import Mask, masks
from ..pieces import least
from ..units import show
from ._mask_lands import land_of, soldered
from .size import breaching

_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)


@check("mask_dam", minima="green other_colours copper_gap_for_dam", beside=True)
def mask_dam(ctx: Context) -> Measurements:
    """Width in mm of the mask between two windows that uncover lands of different nets, once a pair of windows.

    Openings that meet are one window, without a dam; `gang` lists those. Where the stackup tells the mask's color it says
    which limit holds, else green is taken. A dam that keeps its limit as it is drawn may yet stand between lands so near
    (`copper_gap_for_dam`) that none is left once the fabricator has grown the openings: one step softer, as are dams at
    lands that are not soldered (vias, test points, fiducials). Dams inside a part are inherent, told once a footprint.
    """
    board, judged = ctx.board, ctx.judged()
    told = colour(board)
    by_colour = "other_colours" if told not in ("", "green") else "green"
    parts = [
        _side(ctx, mask, by_colour if by_colour in judged else "", told, ctx.reach() * 1.01) for mask in masks(board, ctx.reach())
    ]  # fmt: skip
    return Measurements.join(parts)


def colour(board: Board) -> str:
    """The color of the solder mask: `green`, `other` or, where the stackup does not say, ''."""
    words = {layer.color.strip().lower() for layer in board.stackup if layer.type == "mask"} - {"", "not specified", "none"}
    if not words:
        return ""
    return "green" if all(_green(word) for word in words) else "other"


def _green(word: str) -> bool:
    found = _HEX.match(word)
    if found is None:
        return "green" in word
    red, green, blue = (int(part, 16) for part in found.groups())
    return green > max(red, blue)


def dams(mask: Mask, board: Board, land: Ints, reach: float) -> tuple[Ints, Ints, Floats]:
    """Pairs of openings (indices into `Mask.opening`) of windows with lands of different nets, and the mask between them in
    mm: of each pair of windows the nearest openings that are nearer than `reach`."""
    f, rows = board.features, mask.opening
    holds = np.flatnonzero(land >= 0)
    grown = shape.boxes(f.core[rows[holds]], f.radius[rows[holds]], reach / 2)
    i, j = shape.meeting(grown, grown)
    i, j = holds[i[i < j]].astype(np.int32), holds[j[i < j]].astype(np.int32)
    apart = mask.window[i] != mask.window[j]
    apart[apart] = board.derived.different_nets(land[i[apart]], land[j[apart]])
    i, j = i[apart], j[apart]
    d = shape.distance(f.core[rows[i]], f.radius[rows[i]], f.core[rows[j]], f.radius[rows[j]])
    near = d < reach
    i, j, d = i[near], j[near], d[near]
    one, two = mask.window[i], mask.window[j]
    first = least(d, np.minimum(one, two), np.maximum(one, two))
    return i[first], j[first], d[first]


def _side(ctx: Context, mask: Mask, param: str, told: str, reach: float) -> Measurements:
    board, f = ctx.board, ctx.board.features
    land = land_of(mask, board)
    i, j, d = dams(mask, board, land, reach)
    gap = _copper_gap(mask, board, i, j)
    a, b = land[i], land[j]
    by_gap = np.zeros(len(d), np.bool_)
    named, value = np.full(len(d), param, object), d
    if "copper_gap_for_dam" in ctx.judged():
        by_gap = ~breaching(ctx, named, d)
        named = np.where(by_gap, "copper_gap_for_dam", named)
        value = np.where(by_gap, gap, d)
    pads = np.append(soldered(board), False)
    bare = ~pads[f.pad[a]] | ~pads[f.pad[b]]
    part = np.where(f.component[a] == f.component[b], f.component[a], -1)
    footprint = np.append(board.components.footprint, "")[part]
    via = (f.kind[a] == Kind.VIA) | (f.kind[b] == Kind.VIA)
    cause = np.array([f"*{name}" if name else "" for name in footprint], object)
    if "components" not in board.facts:
        cause[:] = "*of any part"  # nothing tells whose they are
    cause[via] = "*vias"
    o, p = mask.opening[i], mask.opening[j]
    x, y = shape.witness(f.core[o], f.radius[o], f.core[p], f.radius[p]) if len(o) else (d, d)
    detail = np.array([_words(told, dam, copper, k) for dam, copper, k in zip(d.tolist(), gap.tolist(), by_gap)], object)
    m = Measurements.of(
        value, checked=int((land >= 0).sum()), param=named, a=f.item[a], b=f.item[b], x=x, y=y, layer=mask.layer,
        inherent=part >= 0, soften=by_gap.astype(np.int32) + bare, cause=cause, detail=detail,
    )  # fmt: skip
    return m.take(m.param != "")


def _words(told: str, dam: float, copper: float, by_gap: Any) -> str:
    if by_gap:
        return f"their copper, with {show(dam, 'mm')} of mask drawn between: a fabricator that grows the openings leaves none"
    return f"{'' if told else 'for green mask, '}{show(copper, 'mm')} of copper gap"


def _copper_gap(mask: Mask, board: Board, i: Ints, j: Ints) -> Floats:
    """mm between the lands of paired openings, over all pieces of them."""
    f = board.features
    pair = np.flatnonzero(mask.land)
    pair = pair[np.argsort(mask.at[pair], kind="stable")]
    begin = np.searchsorted(mask.at[pair], [i, i + 1, j, j + 1])
    n, k = begin[1] - begin[0], begin[3] - begin[2]
    out = np.full(len(i), np.inf)
    of = np.repeat(np.arange(len(i)), n * k)
    place = np.arange(len(of)) - np.repeat(np.cumsum(n * k) - n * k, n * k)
    a = mask.row[pair[begin[0][of] + place // np.maximum(k[of], 1)]]
    b = mask.row[pair[begin[2][of] + place % np.maximum(k[of], 1)]]
    np.minimum.at(out, of, shape.distance(f.core[a], f.radius[a], f.core[b], f.radius[b]))
    return out
