"""Test points that a probe cannot use, and nets whose only targets are such."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..board import Bools
from ..check import Context, Measurements, check
from ..probe.access import Access, access, least_sizes
from ..probe.targets import HALF, LAND, MASKED, PASTE, TENTED, Targets, require_points, targets

_WORDS = {
    MASKED: "the solder mask covers it", PASTE: "paste is printed on it, so that the probe meets a bump of solder",
    LAND: "it is the land of a part, whose open joint a probe would press shut", HALF: "it is a half hole at the edge",
}  # fmt: skip
_ONLY = {
    TENTED: "its net has but vias under mask for targets, this one large enough: open the mask",
    MASKED: "its net has but bare copper under mask for targets: open the mask",
    LAND: "",
}


@check("testpoint.type", maxima="hole_max")
def target_type(ctx: Context) -> Measurements:
    """Diameter in mm of open holes of test points (`hole_max`); test points that are no legal target on either side; and, on a
    board with test points, nets without a legal target but with what could be one, as advice.

    Test points under a part are left to `testpoint-to-component`. Each reason is one finding. Raises `Skip` where nothing tells
    of test points.
    """
    t = targets(ctx.board)
    if not require_points(ctx.board):
        return Measurements.none(0)
    parts = [Measurements.none(len(np.unique(t.pad[t.declared]))), _points(t), _holes(ctx, t)]
    if {"nets", "components"} <= ctx.board.facts:
        parts.append(_nets(ctx, ctx.shared(access)))
    return Measurements.join(parts)


def _points(t: Targets) -> Measurements:
    rows = np.flatnonzero(t.declared & ~np.isin(t.pad, t.pad[t.legal]) & np.isin(t.why, list(_WORDS)))
    return _told(t, rows[np.unique(t.pad[rows], return_index=True)[1]], _WORDS, 0)


def _holes(ctx: Context, t: Targets) -> Measurements:
    rows = np.flatnonzero(t.declared & t.legal & (t.hole > 0))
    rows = rows[np.unique(t.pad[rows], return_index=True)[1]]
    return Measurements.of(
        t.hole[rows], checked=0, param="hole_max", a=t.item[rows], x=t.x[rows], y=t.y[rows], cause="*hole",
        detail="a probe falls into its open hole",
    ).take(np.full(len(rows), "hole_max" in ctx.judged()))  # fmt: skip


def _nets(ctx: Context, a: Access) -> Measurements:
    """Of each net that nothing reaches the target that takes the least to make a legal one."""
    t, f = a.targets, ctx.board.features
    missed = np.zeros(len(ctx.board.nets) + 1, np.bool_)
    missed[a.net[~a.reached]] = True
    missed[np.append(t.net[t.declared & ~t.legal], -1)] = False  # told already
    order = {why: rank for rank, why in enumerate(_ONLY)}
    roomy = (t.why != TENTED) | (2 * f.radius[t.feature] >= least_sizes(ctx)[t.side])
    roomy &= (t.why == LAND) | (t.under < 0)
    rows = np.flatnonzero(missed[t.net] & np.isin(t.why, list(_ONLY)) & roomy)
    rank = np.array([order[why] for why in t.why[rows].tolist()], np.int32)
    rows = rows[np.lexsort((rows, t.side[rows] != a.side, rank, t.net[rows]))]
    rows = rows[_first(t.net[rows])]
    # Where there is something to open each place is told; of lands of parts the most important net stands for all.
    land = t.why[rows] == LAND
    place = np.argsort(a.net)[np.searchsorted(np.sort(a.net), t.net[rows[land]])]
    return Measurements.join([_told(t, rows[~land], _ONLY, 1), _lands(t, rows[land][np.argsort(place)])])


def _lands(t: Targets, rows: Any) -> Measurements:
    first = rows[:1]
    words = "its net has" if len(rows) == 1 else f"{len(rows)} nets, this one first, have"
    return Measurements.of(
        np.full(len(first), np.nan), checked=0, param="", a=t.item[first], x=t.x[first], y=t.y[first], soften=1, cause="*land",
        detail=f"{words} but lands of parts for targets: a probe would press an open joint shut",
    )  # fmt: skip


def _first(sorted_: Any) -> Bools:
    return np.asarray(np.r_[True, np.diff(sorted_) != 0][: len(sorted_)], np.bool_)


def _told(t: Targets, rows: Any, words: dict[str, str], soften: int) -> Measurements:
    return Measurements.of(
        np.full(len(rows), np.nan), checked=0, param="", a=t.item[rows], x=t.x[rows], y=t.y[rows], soften=soften,
        cause=[f"*{why}" for why in t.why[rows].tolist()],
        detail=[words[why] for why in t.why[rows].tolist()],
    )  # fmt: skip
