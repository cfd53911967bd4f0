"""Lands of leads that are so near to each other that solder bridges them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..board import Ints
from ..check import Context, Measurements, check
from ..flow.plan import Flow, plan
from ..flow.wave_rows import neighbours, protrusions
from .size import breaching, by_limit

_SOLDERED = {"wave": "wave-soldered", "selective": "soldered selectively"}


@check("tht_pad_gap", minima="gap_wave gap_selective pitch_selective protrusion_min", maxima="protrusion_max")
def tht_pad_gap(ctx: Context) -> Measurements:
    """Gap in mm between neighbouring lands of leads on the side where they are soldered, and of those that are soldered
    selectively the pitch; mm by which leads stand out of the board there, where a field tells.

    Lands of one net may bridge. Leads that are pasted, pressed in or soldered by hand are not looked at. Pins of one part are
    one finding a footprint.
    """
    whole = ctx.shared(plan)
    flow = whole.chosen
    if flow is None:
        return Measurements.none(0)
    machine = np.flatnonzero((flow.method == "wave") | (flow.method == "selective")).astype(np.int32)
    if not len(machine):
        return Measurements.none(0)
    sides = np.unique(1 - ctx.board.components.side[machine]).tolist()
    found = [m for side in sides for m in _gaps(ctx, flow, side)]
    return Measurements.join([*found, _protruding(ctx, flow, machine), Measurements.none(len(machine))])


def _gaps(ctx: Context, flow: Flow, side: int) -> Iterator[Measurements]:
    board, f, c = ctx.board, ctx.board.features, ctx.board.components
    selective = flow.method == "selective"
    pitch = ctx.reach("pitch_selective") if selective.any() else 0.0
    near = neighbours(board, side, ctx.reach("gap_wave", "gap_selective"), pitch)
    for method, params in (("wave", ("gap_wave",)), ("selective", ("gap_selective", "pitch_selective"))):
        mine = (flow.method == method)[f.component]
        both = near.take(mine[near.one] & mine[near.other])
        for name in params:
            if name not in ctx.judged() or not len(both):
                continue
            pitched = name == "pitch_selective"
            value, param = both.pitch if pitched else both.gap, np.full(len(both), name, object)
            told = breaching(ctx, param, value)
            pair, value, param = both.take(told), value[told], param[told]
            owner, other = f.component[pair.one], f.component[pair.other]
            cause = np.where(owner == other, "*" + _called(ctx, owner), "").astype(object)
            yield Measurements.of(
                value, checked=0, param=param, a=f.item[pair.one], b=f.item[pair.other], x=pair.x, y=pair.y,
                layer=f.layer[pair.one], inherent=owner == other, cause=by_limit(ctx, param, value, cause),
                detail=[
                    f"{_SOLDERED[method]} in {flow.code} beside pad {number} of {ref or 'an unnamed part'} with a "
                    f"{'pitch' if pitched else 'gap'} of"
                    for number, ref in zip(board.pads.number[f.pad[pair.other]].tolist(), c.ref[other].tolist())
                ],
            )  # fmt: skip


def _called(ctx: Context, rows: Ints) -> np.ndarray:
    c = ctx.board.components
    return np.where(c.footprint[rows] == "", c.ref[rows], c.footprint[rows])


def _protruding(ctx: Context, flow: Flow, rows: Ints) -> Measurements:
    c = ctx.board.components
    some, out, field = protrusions(ctx.board, rows)
    parts = [Measurements.of(
        out, checked=0, param=name, a=c.item[some], x=c.x[some], y=c.y[some], cause="*" + name,
        detail=[f"{_SOLDERED[flow.method[row]]} in {flow.code}, its leads stand out of the board (field {key}) by"
                for row, key in zip(some.tolist(), field.tolist())],
    ) for name in ("protrusion_min", "protrusion_max") if name in ctx.judged()]  # fmt: skip
    return Measurements.join(parts)
