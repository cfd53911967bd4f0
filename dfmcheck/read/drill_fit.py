"""Ask the copper which number format of a drill file is the right one: holes fall on the centres of lands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan

import numpy as np
import shapely

from ..board import Cover, Floats
from ..errors import DfmError
from ..package import Drill, Fault, NumberFormat
from .drill_faults import CONTRADICTED, GUESSED, UNPROVEN
from .excellon import read_excellon

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
    there. Where the copper cannot tell, the guess is kept and a fault says so.
    """
    lands = np.unique(np.asarray(lands, float).reshape(-1, 2).round(3), axis=0)
    places = _places(drill)
    said_unplated = len(drill.hits) > 0 and bool((drill.hits.plated == Cover.NO).all())
    if not len(lands) or not len(places):
        return drill if drill.stated or not len(places) else _unproven(drill, "no copper lands to hold it against")
    share = _share(places, lands, drill.format)
    if not drill.stated:
        return _choose(data, path, drill, lands)
    if share >= 0.2 or len(places) < MANY or len(lands) < MANY or said_unplated:
        return drill if said_unplated else replace(drill, fit=share)
    for other in _others(drill.format):
        again = _again(data, path, drill, other)
        better = _share(_places(again), lands, other) if again is not None else 0.0
        if again is not None and better >= 0.9:
            words = (
                f"stated as {drill.format}, but only {share:.0%} of the holes fall on copper lands; {better:.0%} do as {other}"
            )
            fault = Fault(CONTRADICTED, None, f"{words}: read so", True)
            return replace(
                again,
                fit=better,
                stated=False,
                candidates=(other, drill.format),
                faults=(*drill.faults, *_new(drill, again), fault),
            )
    return replace(drill, fit=share)


def _choose(data: bytes, path: str, drill: Drill, lands: Floats) -> Drill:
    """Among the candidates, the one with most holes on lands; where none has most of them, most under one shift of all."""
    read = [drill] + [d for c in drill.candidates if c != drill.format and (d := _again(data, path, drill, c)) is not None]
    places = [_places(d) for d in read]
    for shifted in (False, True):
        shares = [_shifted(p, lands) if shifted else _share(p, lands, d.format) for p, d in zip(places, read)]
        best = int(np.argmax(shares))
        rivals = [s for s, p in zip(shares, places) if not (p.shape == places[best].shape and np.allclose(p, places[best]))]
        if shares[best] >= 0.5 and shares[best] * len(places[best]) >= ENOUGH and max(rivals, default=0.0) <= shares[best] / 2:
            break
    else:
        return _unproven(
            replace(drill, fit=_share(places[0], lands, drill.format)), "no reading puts most of its holes on copper lands"
        )
    chosen = read[best]
    how = "keep the pattern of copper lands, shifted as a whole" if shifted else "fall on copper lands"
    fault = Fault(GUESSED, None, f"read as {chosen.format}: {shares[best]:.0%} of {len(places[best])} holes {how}", True)
    order = [chosen.format, *(c for c in drill.candidates if c != chosen.format)]
    kept = tuple(f for f in drill.faults if not f.message.startswith("read as "))
    return replace(
        chosen, fit=_share(places[best], lands, chosen.format), stated=False, candidates=tuple(order),
        faults=(*kept, *_new(drill, chosen), fault),
    )  # fmt: skip


def _new(drill: Drill, again: Drill) -> list[Fault]:
    """Faults of the second reading that are not about the format and that the first one had not."""
    return [f for f in again.faults if f.what not in (GUESSED, CONTRADICTED) and f not in drill.faults]


def _unproven(drill: Drill, why: str) -> Drill:
    fault = Fault(UNPROVEN, None, f"nothing proves that it is {drill.format}: {why}", True)
    return replace(drill, faults=(*drill.faults, fault))


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
    """Share of the places that one shift puts on lands, by the most frequent difference of a sample of both."""
    some = places[:: max(1, len(places) // 200)]
    goals = lands[:: max(1, len(lands) // 2000)] if len(lands) > 4000 else lands
    steps = np.floor((goals[None, :, :] - some[:, None, :]).reshape(-1, 2) / NEAR).astype(np.int64)
    keys = steps[:, 0] * 4_000_001 + steps[:, 1]
    return float(np.unique(keys, return_counts=True)[1].max()) / len(some)


def _others(form: NumberFormat) -> Sequence[NumberFormat]:
    """Formats that a contradicted one might be instead, usual ones first."""
    if form.zeros == "decimal":
        return [form._replace(unit="mm" if form.unit == "in" else "in")]
    zeros = [form.zeros, *(z for z in ("leading", "trailing") if z != form.zeros)]
    units = [form.unit, "mm" if form.unit == "in" else "in"]
    shapes = [(u, s) for u in units for s in ((form.integers, form.decimals), *_SHAPES[u])]
    return list(dict.fromkeys(NumberFormat(u, *s, z) for z in zeros for u, s in shapes if (u, *s, z) != tuple(form)))
