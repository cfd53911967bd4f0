"""Room between parts that are glued and meet the wave."""

from __future__ import annotations

import numpy as np

from ..around import names
from ..check import Context, Measurements, check
from ..flow.wave_gaps import Gaps, gaps, shadows, tall_chips
from ..flow.wave_turn import Wave, wave
from .size import breaching, by_limit


@check("wave_gap", minima="along across tall_chip shadow", tunes="tall_height")
def wave_gap(ctx: Context) -> Measurements:
    """Gap in mm between lands of neighbouring parts that are glued and waved, not of one net: `along` the travel, `across` it,
    or `tall_chip` where one of them is a moulded chip or one higher than `tall_height`; and `shadow`, the distance of a land
    behind a body over that body's height.

    Of each two parts the worst place of a kind counts. What breaks a gap is not told as a shadow again; a shadow that rests on
    the usual height of a family is a step softer.
    """
    meets = ctx.shared(wave)
    if meets is None or not len(meets.glued):
        return Measurements.none(0)
    near = _between(ctx, meets)
    return Measurements.join([near, _behind(ctx, meets, near), Measurements.none(len(meets.glued))])


def _between(ctx: Context, meets: Wave) -> Measurements:
    board, f, c = ctx.board, ctx.board.features, ctx.board.components
    found = gaps(board, meets.glued, meets.side, meets.way, ctx.reach())
    one, other = f.component[found.one], f.component[found.other]
    tall = tall_chips(board, ctx.tune("tall_height")) & ("tall_chip" in ctx.judged())
    param = np.where(tall[one] | tall[other], "tall_chip", np.where(found.along, "along", "across")).astype(object)
    told = breaching(ctx, param, found.gap)
    found, param, other = found.take(told), param[told], other[told]
    way = np.where(found.along, "along", "across")
    return Measurements.of(
        found.gap, checked=0, param=param, a=f.item[found.one], b=f.item[found.other], x=found.x, y=found.y,
        layer=f.layer[found.one], cause=by_limit(ctx, param, found.gap, "*" + param),
        detail=[
            f"from a land of {ref} {w} the travel over the wave in {meets.code}, {meets.told}"
            for ref, w in zip(names(board, other), way.tolist())
        ],
    ) if len(c) else Measurements.none(0)  # fmt: skip


def _behind(ctx: Context, meets: Wave, near: Measurements) -> Measurements:
    board, f, c = ctx.board, ctx.board.features, ctx.board.components
    if "shadow" not in ctx.judged():
        return Measurements.none(0)
    limit, parts = ctx.limits["shadow"], board.derived.parts()
    found = shadows(board, meets.glued, meets.side, meets.way, max(limit.value or 0.0, limit.prefer or 0.0))
    found = found.take(~_told(ctx, found, near))
    height, guess = parts.height[found.caster], parts.height_source[found.caster] == "family"
    return Measurements.of(
        found.gap / height, checked=0, param="shadow", a=f.item[found.one], b=c.item[found.caster], x=found.x, y=found.y,
        layer=f.layer[found.one], inferred=guess, soften=guess,
        cause=by_limit(ctx, np.full(len(found), "shadow", object), found.gap / height, "*shadow"),
        detail=[
            f"times the height of {ref} behind it, {gap:.2f} mm after a body {h:.2f} mm high in {meets.code}, {meets.told}"
            for ref, gap, h in zip(names(board, found.caster), found.gap.tolist(), height.tolist())
        ],
    )  # fmt: skip


def _told(ctx: Context, found: Gaps, near: Measurements) -> np.ndarray:
    """Which shadows fall between parts that are too near to each other anyway."""
    of, count = ctx.board.items.component, len(ctx.board.components)
    a, b = of[near.a].astype(np.int64), of[near.b].astype(np.int64)
    one, other = ctx.board.features.component[found.one].astype(np.int64), found.caster.astype(np.int64)
    return np.isin(np.minimum(one, other) * count + np.maximum(one, other), np.minimum(a, b) * count + np.maximum(a, b))
