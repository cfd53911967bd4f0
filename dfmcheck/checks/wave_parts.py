"""Surface-mounted parts that are glued and meet the wave."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, check
from ..flow.wave_parts import fitness
from ..flow.wave_turn import wave
from .size import breaching, by_limit


@check("wave_parts", minima="chip_min so_pitch_min qfp_pitch_min", maxima="mlcc_max height_max")
def wave_parts(ctx: Context) -> Measurements:
    """Of each part that the chosen flow glues and waves: length of chips, pitch of circuits, height, in mm; or that its package
    is one that no wave solders.

    A height that only the family tells is told a step softer.
    """
    meets = ctx.shared(wave)
    if meets is None or not len(meets.glued):
        return Measurements.none(0)
    c, found = ctx.board.components, fitness(ctx.board, meets.glued)
    told = breaching(ctx, found.param, np.nan_to_num(found.value)) | (found.param == "")
    found = found.take(told)
    row, never = found.component, found.param == ""
    return Measurements.of(
        found.value, checked=len(meets.glued), param=found.param, a=c.item[row], x=c.x[row], y=c.y[row], soften=found.guess,
        inferred=found.guess, cause=by_limit(ctx, found.param, found.value, "*" + np.where(never, found.words, found.param)),
        detail=[f"in {meets.code} it meets the wave as {words}" for words in found.words.tolist()],
    )  # fmt: skip
