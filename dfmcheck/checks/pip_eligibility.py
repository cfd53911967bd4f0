"""Leaded parts that could be soldered in paste with the rest, and whether those that are have what it takes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..board import Bools, Ints
from ..check import Context, Measurements, check
from ..flow.pip import RULE, UNRATED, Barrels, barrels, exclusions, measures
from ..flow.plan import plan
from ..flow.rating import ratings
from ..units import show
from .size import breaching, by_limit


@check(
    RULE.replace("-", "_"), minima="body_temp hole_minus_lead_min pitch_min volume_min overprint_clear",
    maxima="hole_minus_lead_max", tunes="foil hole_fill metal_share overprint_reach",
)  # fmt: skip
def pip_eligibility(ctx: Context) -> Measurements:
    """Of each leaded part: rating of the body in degC, hole less lead in mm, pitch in mm, paste that can be printed in percent
    of what its worst hole takes, and mm from the aperture for that to the nearest land of another part.

    Where the chosen flow solders it in paste, these are judged, and the aperture that it needs is told if none is drawn. In
    any other flow the parts that keep every hard limit are told as a proposal, and those that lack but a known rating as
    another. A part whose rating no field tells keeps no limit of `body_temp`.
    """
    flow = ctx.shared(plan).chosen
    b: Barrels = ctx.shared(barrels)
    if flow is None or not len(b):
        return Measurements.none(0)
    part = np.unique(b.component).astype(np.int32)
    pasted = flow.method[part] == "pip"
    why: dict[int, set[str]] = {row: set() for row in part.tolist()}
    for bar in exclusions(ctx):
        for row in bar.parts:
            why[row].add(bar.why)
    fits = np.array([not why[row] for row in part.tolist()], np.bool_)
    unrated = np.array([why[row] == {UNRATED} for row in part.tolist()], np.bool_)
    lost = np.array([UNRATED in why[row] for row in part.tolist()], np.bool_)
    drawn = np.isin(part, b.component[b.drawn])
    return Measurements.join([
        *_judged(ctx, part[pasted]),
        _told(ctx, part[pasted & lost], "*unrated", f"is soldered in paste in {flow.code}, but {UNRATED}"),
        _told(ctx, part[pasted & ~drawn], "*aperture", "needs paste: ", b),
        _told(ctx, part[~pasted & fits], "*proposal", "could be soldered in paste: ", b),
        _told(ctx, part[~pasted & unrated], "*unknown", f"would fit to be soldered in paste, but {UNRATED}"),
        Measurements.none(len(part)),
    ])  # fmt: skip


def _judged(ctx: Context, chosen: Ints) -> Iterator[Measurements]:
    """Rows of parts that are soldered in paste."""
    board, c, b = ctx.board, ctx.board.components, ctx.shared(barrels)
    guessed = b.component[np.isnan(b.gap)]
    for name, (part, value, x, y) in measures(ctx).items():
        if name not in ctx.judged():
            continue
        param = np.full(len(part), name, object)
        told = np.isin(part, chosen) & np.isfinite(value)
        told[told] = breaching(ctx, param[told], value[told])
        row, value = part[told], value[told]
        yield Measurements.of(
            value, checked=0, param=name, a=c.item[row], x=x[told], y=y[told],
            cause=by_limit(ctx, param[told], value, f"*{name}"), inferred=np.isin(row, guessed) & (name in _BY_LEAD),
            detail=[f"rating by {s}" for s in ratings(board).source[row]] if name == "body_temp" else _WORDS[name],
        )  # fmt: skip


_WORDS = {
    "hole_minus_lead_min": "hole less lead", "hole_minus_lead_max": "hole less lead", "pitch_min": "pitch of the leads",
    "volume_min": "paste that can be printed", "overprint_clear": "from its paste to the nearest land of another part",
}  # fmt: skip
_BY_LEAD = ("volume_min", "overprint_clear")


def _told(ctx: Context, part: Ints, cause: str, words: str, b: Barrels | None = None) -> Measurements:
    """Parts that no limit judges, one note; with the aperture that each needs."""
    c = ctx.board.components
    return Measurements.of(
        np.full(len(part), np.nan), checked=0, param="", a=c.item[part], x=c.x[part], y=c.y[part], soften=2, cause=cause,
        detail=[words + _aperture(ctx, b, b.component == row) for row in part.tolist()] if b is not None else words,
    )  # fmt: skip


def _aperture(ctx: Context, b: Barrels, mine: Bools) -> str:
    """The largest aperture of a part, and the foil that it is reckoned for."""
    rows = np.flatnonzero(mine)
    k = rows[np.argmax(np.round(b.width[rows] * b.length[rows], 6))]
    guess = "" if np.isfinite(b.gap[k]) else ", for a lead that leaves 0.3 mm, since its own is unknown"
    count = f"{len(rows)} apertures of up to" if len(rows) > 1 else "an aperture of"
    return f"{count} {b.width[k]:.2f} x {b.length[k]:.2f} mm in a foil of {show(ctx.tune('foil'), 'mm')}{guess}"
