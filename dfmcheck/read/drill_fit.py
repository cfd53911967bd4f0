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
LARGE = 50_000
"""Holes; of more, formats that the file's words do not allow are not tried."""
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
    able = min(len(places), len(lands)) >= MANY and len(drill.hits) <= LARGE
    if share < 0.2 and able and (better := _overruled(data, path, drill, lands, share)):
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
    """The candidate with most holes on lands; where none has enough, any format that has; then the one that a shift of all
    puts there."""
    read = _each(data, path, drill, drill.candidates)
    best, how = _winner([_share(_places(d), lands, d.format) for d in read], read, 0.2), "fall on copper lands"
    if best is None and len(drill.hits) <= LARGE:
        more = _each(data, path, drill, _others(drill.format))
        best = _winner([_share(_places(d), lands, d.format) for d in more], more, 0.5)
        read = read if best is None else more
    if best is None:
        best, how = (
            _winner([_shifted(_places(d), lands) for d in read], read, 0.5),
            "repeat the pattern of copper lands elsewhere",
        )
    share = _share(_places(read[best or 0]), lands, read[best or 0].format)
    if best is None:
        return _unproven(replace(drill, fit=share), "it puts too few holes on copper lands, as do the others")
    chosen = read[best]
    reasons = [f for f in drill.faults if f.what in (GUESSED, CONTRADICTED)]
    fault = told(reasons, f"read as {chosen.format}, by which most of its {len(_places(chosen))} holes {how}")
    return replace(
        chosen, fit=share, stated=False, faults=(fault, *(f for f in chosen.faults if f not in reasons)),
        candidates=(chosen.format, *(c for c in drill.candidates if c != chosen.format)),
    )  # fmt: skip


def _each(data: bytes, path: str, drill: Drill, forms: Sequence[NumberFormat]) -> list[Drill]:
    """The file as it is read now and under each of the formats."""
    return [drill, *(d for f in forms if f != drill.format and (d := _again(data, path, drill, f)) is not None)]


def _winner(shares: Sequence[float], read: Sequence[Drill], least: float) -> int | None:
    """The reading with the largest share, if that is beyond chance and not that of another reading with other places.

    Formats may agree on many holes (a number without zeros at its ends reads the same in several). A hole falls on a land
    by chance once in thousands, so a few holes decide.
    """
    best = int(np.nanargmax(shares))
    places = [_places(d) for d in read]
    found = np.array(shares) * [len(p) for p in places]
    rivals = [f for f, p in zip(found, places) if p.shape != places[best].shape or not np.allclose(p, places[best])]
    ahead = found[best] - max(rivals, default=0.0)
    clear = ahead > ENOUGH - 0.5 or (ahead > 0.5 and shares[best] >= 0.9)
    return best if clear and shares[best] >= least and found[best] > ENOUGH - 0.5 else None


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
