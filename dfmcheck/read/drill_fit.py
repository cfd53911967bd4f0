"""Ask the copper which number format of a drill file is the right one: holes fall on the centres of lands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import nan

import numpy as np
import shapely

from ..board import Cover, Floats
from ..errors import DfmError
from ..package import Drill, Fault, NumberFormat
from .drill_faults import CONTRADICTED, GUESSED
from .excellon import read_excellon, told

NEAR = 0.025
"""mm; a hole this near a land's centre is on it (beyond half a step of the file's own numbers)."""
ENOUGH = 3
"""Holes on lands; fewer prove nothing."""
MANY = 10
"""Holes needed to overrule what a file says of itself."""
_SHAPES = {"in": ((2, 4), (2, 5), (3, 5), (2, 3), (4, 4), (2, 6)), "mm": ((3, 3), (4, 2), (4, 3), (4, 4), (3, 4), (5, 3), (3, 2))}


def fit(data: bytes, path: str, drill: Drill, lands: Floats) -> Drill:
    """The drill file under the format that puts most of its holes on lands (N x 2: mm, y down), with `fit` set.

    A format that the file states is kept unless fewer than a fifth of the holes fall on lands and another puts nine tenths
    there. Where the copper cannot tell, the guess is kept and its fault says so.
    """
    lands = np.unique(np.asarray(lands, float).reshape(-1, 2).round(3), axis=0)
    places = _places(drill)
    if not len(places) or not len(lands):
        return drill if drill.stated or not len(places) else _unproven(drill, "there are no copper lands to hold it against")
    if not drill.stated:
        return _choose(data, path, drill, lands)
    if (drill.hits.plated == Cover.NO).all():
        return drill
    share = _share(places, lands, drill.format)
    if share < 0.2 and min(len(places), len(lands)) >= MANY and (better := _overruled(data, path, drill, lands, share)):
        return better
    return replace(drill, fit=share)


def _overruled(data: bytes, path: str, drill: Drill, lands: Floats, share: float) -> Drill | None:
    """The file under another format than the stated one, where that fits overwhelmingly better."""
    for other in _others(drill.format):
        again = _again(data, path, drill, other)
        better = _share(_places(again), lands, other) if again is not None else 0.0
        if again is not None and better >= 0.9:
            fault = Fault(
                CONTRADICTED, None, f"stated as {drill.format}, by which only {share:.0%} of the holes fall on copper lands: "
                f"read as {other}, by which {better:.0%} do", True,
            )  # fmt: skip
            faults = (*(f for f in again.faults if f.what not in (GUESSED, CONTRADICTED)), fault)
            return replace(again, fit=better, stated=False, candidates=(other, drill.format), faults=faults)
    return None


def _choose(data: bytes, path: str, drill: Drill, lands: Floats) -> Drill:
    """Among the candidates, the one with most holes on lands; where none has enough, the one that a shift of all puts there."""
    read = [drill, *(d for c in drill.candidates if c != drill.format and (d := _again(data, path, drill, c)) is not None)]
    places = [_places(d) for d in read]
    shares = [_share(p, lands, d.format) for p, d in zip(places, read)]
    how, least = "fall on copper lands", 0.2
    best = _winner(shares, places, least)
    if best is None:
        how, least = "repeat the pattern of the copper lands, shifted as a whole", 0.5
        best = _winner([_shifted(p, lands) for p in places], places, least)
    if best is None:
        return _unproven(replace(drill, fit=shares[0]), "it puts too few holes on copper lands, as do the others")
    chosen = read[best]
    reasons = [f for f in drill.faults if f.what in (GUESSED, CONTRADICTED)]
    fault = told(reasons, f"read as {chosen.format}, by which most of its {len(places[best])} holes {how}")
    return replace(
        chosen, fit=shares[best], stated=False, faults=(fault, *(f for f in chosen.faults if f not in reasons)),
        candidates=(chosen.format, *(c for c in drill.candidates if c != chosen.format)),
    )  # fmt: skip


def _winner(shares: Sequence[float], places: Sequence[Floats], least: float) -> int | None:
    """The reading with the largest share, if it is beyond chance and far before all that put the holes elsewhere."""
    best = int(np.nanargmax(shares))
    rivals = [s for s, p in zip(shares, places) if p.shape != places[best].shape or not np.allclose(p, places[best])]
    sure = shares[best] >= least and shares[best] * len(places[best]) >= ENOUGH - 0.5
    return best if sure and max(rivals, default=0.0) <= shares[best] / 2 else None


def _unproven(drill: Drill, why: str) -> Drill:
    reasons = [f for f in drill.faults if f.what in (GUESSED, CONTRADICTED)]
    fault = told(reasons, f"read as {drill.format}, which nothing proves; {why}")
    return replace(drill, faults=(fault, *(f for f in drill.faults if f not in reasons)))


def _again(data: bytes, path: str, drill: Drill, form: NumberFormat) -> Drill | None:
    known = {t.code: t.diameter for t in drill.tools if t.diameter == t.diameter}
    try:
        return read_excellon(data, path, format=form, tools=known)
    except DfmError:
        return None


def _places(drill: Drill) -> Floats:
    """Centres of holes and straight slots, each place once; those of non-plated holes only where there are no others."""
    core, plated = drill.hits.core, drill.hits.plated
    keep = shapely.get_num_points(core) <= 2
    keep &= (plated != Cover.NO) if (keep & (plated != Cover.NO)).any() else True
    centres: Floats = shapely.get_coordinates(shapely.centroid(core[keep]))
    return np.asarray(np.unique(centres.round(3), axis=0))


def _share(places: Floats, lands: Floats, form: NumberFormat) -> float:
    """Share of the places that are on a land. A land counts once: holes read too small all fall on the same one."""
    if not len(places):
        return nan
    step = 0.5 * 10.0**-form.decimals * (25.4 if form.unit == "in" else 1.0)
    near = NEAR + (min(step, 0.1) if form.zeros != "decimal" else 0.0)
    mine, other = shapely.STRtree(shapely.points(lands)).query(shapely.points(places), "dwithin", distance=near)
    return min(len(np.unique(mine)), len(np.unique(other))) / len(places)


def _shifted(places: Floats, lands: Floats) -> float:
    """Share of the places that one shift puts on lands: the most frequent difference between samples of both."""
    if not len(places):
        return nan
    some = places[:: len(places) // 200 + 1]
    steps = (lands[:: len(lands) // 4000 + 1][None, :, :] - some[:, None, :]).reshape(-1, 2) / (2 * NEAR)
    votes = 0
    for move in product((0.0, 0.5), repeat=2):
        cells = np.floor(steps + move).astype(np.int64)
        votes = max(votes, int(np.unique(cells[:, 0] * 4_000_001 + cells[:, 1], return_counts=True)[1].max()))
    return min(votes, len(some)) / len(some)


def _others(form: NumberFormat) -> list[NumberFormat]:
    """Formats that a contradicted one might be instead, usual ones first."""
    units = [form.unit, "mm" if form.unit == "in" else "in"]
    if form.zeros == "decimal":
        return [form._replace(unit=units[1])]
    zeros = [form.zeros, *(z for z in ("leading", "trailing") if z != form.zeros)]
    shapes = [(u, s) for u in units for s in ((form.integers, form.decimals), *_SHAPES[u])]
    return [f for f in dict.fromkeys(NumberFormat(u, *s, z) for z in zeros for u, s in shapes) if f != form]
