"""Test points that are too near to each other for the probes of a fixture, and which probes fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Bools, Floats, Ints, Objects
from ..check import Context, Measurements, check
from ..probe.fixture import nails
from ..units import below

_STEPS = {
    "p50_50": ("two probes of 50 mil, the smallest", "none fit"),
    "p75_50": ("a probe of 75 mil beside one of 50", "two of 50 mil fit"),
    "p75_75": ("two probes of 75 mil", "one of 75 mil and one of 50 fit"),
    "p100_75": ("a probe of 100 mil beside one of 75", "two of 75 mil fit"),
    "p100_100": ("two probes of 100 mil", "one of 100 mil and one of 75 fit"),
}
"""From the smallest pair of probes to the largest: what it is, and what fits where it does not."""
_NEEDS = {"p50_50": "*no probes", "p75_50": "*50 mil", "p75_75": "*50 mil", "p100_75": "*75 mil", "p100_100": "*75 mil"}
"""What the fixture needs where a pair does not fit; one finding each."""
_SIZES = (100, 75, 50)
"""Mil: pitch for which a probe is made."""


@check("testpoint.spacing", minima=" ".join(_STEPS))
def spacing(ctx: Context) -> Measurements:
    """Distance in mm between the middles of nails of different nets on one side, by the smallest pair of probes that does not
    fit. Where 50 mil probes do not fit it counts in full, where larger ones do not a step less, as it does within one
    footprint. Nothing where no fixture is in mind."""
    board, n = ctx.board, ctx.shared(nails)
    rows = np.flatnonzero(n.taken)
    if not n.meant or not len(rows):
        return Measurements.none(0)
    x, y, side = n.x[rows], n.y[rows], n.side[rows]
    points = shapely.points(x, y)
    i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=ctx.reach())
    pair = (i < j) & (side[i] == side[j])
    i, j = i[pair], j[pair]
    value: Floats = np.hypot(x[i] - x[j], y[i] - y[j])
    param, advice = _failing(ctx, value)
    told = param != ""
    if not told.any():
        return Measurements.none(len(rows))
    summary = _summary(_probes(ctx, len(rows), i, j, value))
    i, j, value, param, advice = i[told], j[told], value[told], param[told], advice[told]
    t, one, two = n.targets, n.row[rows[i]], n.row[rows[j]]
    inside = (t.component[one] == t.component[two]) & (t.component[one] >= 0)
    return Measurements.of(
        value, checked=len(rows), param=param, a=t.item[one], b=t.item[two], x=(x[i] + x[j]) / 2, y=(y[i] + y[j]) / 2,
        layer=board.features.layer[t.feature[one]], inherent=inside, soften=(param != "p50_50").astype(np.int32) + inside,
        cause=[_NEEDS[p] + " preferred" * bool(a) for p, a in zip(param.tolist(), advice.tolist())],
        detail=[f"{_STEPS[p][0]}: {'they just fit' if a else _STEPS[p][1]}{summary}" for p, a in zip(param.tolist(), advice)],
    )  # fmt: skip


def _failing(ctx: Context, value: Floats) -> tuple[Objects, Bools]:
    """Of each distance the parameter of the smallest pair that does not fit, else of the first whose preferred value it misses;
    '' where all fit. And where it is but a preferred value."""
    param, advice = np.full(len(value), "", object), np.zeros(len(value), np.bool_)
    for which in ("value", "prefer"):
        for name in _STEPS:
            bound = getattr(ctx.limits[name], which) if name in ctx.judged() else None
            if bound is not None:
                hit = (param == "") & below(value, bound)
                param[hit], advice[hit] = name, which == "prefer"
    return param, advice


def _probes(ctx: Context, count: int, i: Any, j: Any, value: Floats) -> Ints:
    """Mil by nail: starting with the largest, of the two that are nearest to each other the larger one gets smaller first."""
    out = np.full(count, _SIZES[0], np.int32)
    least = {frozenset(map(int, name[1:].split("_"))): ctx.limit(name) or 0.0 for name in _STEPS}
    least[frozenset((100, 50))] = least[frozenset((100, 75))]
    for k in np.argsort(value, kind="stable").tolist():
        pair = [int(i[k]), int(j[k])]
        while below(value[k], least[frozenset(out[pair].tolist())]) and out[pair].max() > _SIZES[-1]:
            larger = max(reversed(pair), key=lambda nail: int(out[nail]))
            out[larger] = _SIZES[_SIZES.index(int(out[larger])) + 1]
    return out


def _summary(probes: Ints) -> str:
    words = [f"{int((probes == size).sum())} of {size}" for size in _SIZES]
    return f"; of {len(probes)} probes {', '.join(words[:-1])} and {words[-1]} mil"
