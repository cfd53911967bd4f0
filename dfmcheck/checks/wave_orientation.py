"""How parts that meet the wave lie to the travel of the board."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, check
from ..flow.wave_turn import wave
from .size import breaching

_WANTED = {
    "chip": "across the travel over the wave", "rows": "along the travel over the wave",
    "leads": "along the travel over the wave",
    "quad": "45 degrees to the travel over the wave",
}  # fmt: skip


@check("wave_orientation", maxima="tolerance", tunes="arrow_required")
def wave_orientation(ctx: Context) -> Measurements:
    """Degrees by which each part is off what it wants where lands are glued and waved: chips across the travel, rows of pins
    along it, quad packages at 45 degrees to it.

    The travel is that which a text on the board declares, else that along x or y which suits most parts; then, with
    `arrow_required` 1, that no text declares it is told as well, unless the input tells of no texts at all. Rows of leads have
    room to forgive: they are a note.
    """
    meets = ctx.shared(wave)
    if meets is None or not len(meets.glued):
        return Measurements.none(0)
    board, c = ctx.board, ctx.board.components
    lying = meets.turns
    off, param = lying.off(meets.way), np.full(len(lying), "tolerance", object)
    told = breaching(ctx, param, off)
    row, kind = lying.component[told], lying.kind[told]
    m = Measurements.of(
        off[told], checked=len(lying), param="tolerance", a=c.item[row], x=c.x[row], y=c.y[row], soften=kind == "leads",
        cause="*" + kind, detail=[f"{_WANTED[k]} in {meets.code}, {meets.told}" for k in kind.tolist()],
    )  # fmt: skip
    if meets.declared or not ctx.tune("arrow_required") or "texts" not in board.facts:
        return m
    x, y = board.outline.centroid.coords[0] if not board.outline.is_empty else (np.nan, np.nan)
    arrow = Measurements.of(
        np.nan, checked=0, param="", a=-1, x=x, y=y, cause="*arrow", soften=1,
        detail=f"no text such as `WAVE -->` declares how it travels over the wave in {meets.code}",
    )  # fmt: skip
    return Measurements.join([m, arrow])
