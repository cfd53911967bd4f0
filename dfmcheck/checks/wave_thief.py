"""Solder thieves behind rows of pins that meet the wave."""

from __future__ import annotations

from ..check import Context, Measurements, check
from ..flow.wave_thief import ends
from ..flow.wave_turn import wave

_KINDS = {"rows": "the row of pins", "quad": "the corner", "leads": "the row of leads"}


@check("wave_thief", minima="thief_len", tunes="tht_pitch_limit")
def wave_thief(ctx: Context) -> Measurements:
    """Length along the travel of the land behind each row of pins that leaves the wave last, over that of the row's own lands.

    Rows are those of SO packages and of quad ones at 45 degrees where they are glued, and those of leads whose pitch is at
    most `tht_pitch_limit` mm, three lands or more, along the travel. A last land that is longer counts as its own thief; so
    does the land of a pad of no net or of the same, within two pitches behind it.
    """
    meets = ctx.shared(wave)
    if meets is None:
        return Measurements.none(0)
    f = ctx.board.features
    found = ends(ctx.board, meets.side, meets.way, meets.glued, meets.leads, ctx.tune("tht_pitch_limit"))
    last = f.pad[found.land]
    return Measurements.of(
        found.share, checked=len(found), param="thief_len", a=f.item[found.land], x=ctx.board.pads.x[last],
        y=ctx.board.pads.y[last], layer=f.layer[found.land], cause="*thief",
        detail=[f"{_KINDS[kind]} leaves the wave last with it in {meets.code}, {meets.told}" for kind in found.kind.tolist()],
    )  # fmt: skip
