"""Small chips whose two lands warm up unequally: the solder that melts first lifts or turns the part."""

from __future__ import annotations

import numpy as np

from ..board import Floats, Ints, Objects
from ..check import Context, Measurements, check
from ..ties import FOIL, Exits
from ..units import above
from .size import breaching, by_limit

SOLID, RELIEF, OTHER = "*solid", "*relief", "*other"

_LEAST = 0.05 * FOIL
"""mm2; a land that less leaves is barely touched, by the rim of a via, say: how it is joined shows on the etched board only."""


@check("tombstone", maxima="ratio_max", tunes="size_limit size_sure solid_zone")
def tombstone(ctx: Context) -> Measurements:
    """Of each chip up to `size_limit` mm: copper section that leaves the one land over that of the other, the larger first.

    The section is width times thickness of what leaves, as `dfmcheck.ties` measures it; a track counts up to twice its
    land's width. Only a solid pour on one side alone is told in full (as an error where `solid_zone` is 2, as a note where it
    is 0): spokes and wide tracks are a step softer, and so are chips longer than `size_sure`. A land that nothing leaves
    is not routed, and judged by nobody.
    """
    board, f, chips = ctx.board, ctx.board.features, ctx.board.derived.chips()
    chips = chips.take(~above(np.nan_to_num(chips.length, nan=np.inf), ctx.tune("size_limit")))
    exits = board.derived.chip_exits()
    total = _sections(ctx, exits)
    one, two = total[chips.one], total[chips.two]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(one, two) / np.minimum(one, two)
    ratio[~np.isfinite(ratio) | (np.minimum(one, two) < _LEAST)] = 1.0
    told = breaching(ctx, np.full(len(chips), "ratio_max", object), ratio)
    chips, ratio, one, two = chips.take(told), ratio[told], one[told], two[told]
    strong, weak = np.where(one >= two, chips.one, chips.two), np.where(one >= two, chips.two, chips.one)
    cause = _causes(exits, strong, weak, len(board.pads))
    soften = np.where(cause == SOLID, 1 - int(ctx.tune("solid_zone")), 1) + above(chips.length, ctx.tune("size_sure"))
    item = board.pads.item[strong]
    return Measurements.of(
        ratio, checked=len(told), param="ratio_max", a=item, b=board.pads.item[weak], x=board.pads.x[strong],
        y=board.pads.y[strong], layer=f.layer[exits.feature[_first(exits, strong)]], soften=soften,
        cause=by_limit(ctx, np.full(len(chips), "ratio_max", object), ratio, cause),
        detail=[f"{_words(exits, s)} against {_words(exits, w)}" for s, w in zip(strong.tolist(), weak.tolist())],
    )  # fmt: skip


def _sections(ctx: Context, exits: Exits) -> Floats:
    """mm2 of copper that leave each pad."""
    pads = ctx.board.pads
    width = np.fmin(pads.width, pads.height)[exits.pad]
    cap = np.where(exits.kind == "track", np.minimum(1.0, 2 * width / np.maximum(exits.width, 1e-9)), 1.0)
    return np.bincount(exits.pad, exits.section * cap, minlength=len(pads)).astype(np.float64)


def _causes(exits: Exits, strong: Ints, weak: Ints, pads: int) -> Objects:
    solid, spoked = np.zeros(pads, np.bool_), np.zeros(pads, np.bool_)
    solid[exits.pad[exits.kind == "solid"]] = True
    spoked[exits.pad[exits.kind == "spoke"]] = True
    return np.select([solid[strong] & ~solid[weak], spoked[strong]], [SOLID, RELIEF], OTHER).astype(object)


def _first(exits: Exits, pads: Ints) -> Ints:
    order = np.argsort(exits.pad, kind="stable")
    return order[np.searchsorted(exits.pad[order], pads)].astype(np.int32)


def _words(exits: Exits, pad: int) -> str:
    """What leaves a land, in words: the width of each kind and how many there are."""
    mine = exits.pad == pad
    told = []
    for kind in ("solid", "spoke", "track", "via", "land"):
        width = exits.width[mine & (exits.kind == kind)]
        if len(width):
            name = {"solid": "solid pour", "land": "another land"}.get(kind, kind)
            told.append(f"{len(width)} {name}{'s' * (len(width) > 1)} of {width.sum():.2f} mm in all" if len(width) > 1 else
                        f"a {name} of {width.sum():.2f} mm")  # fmt: skip
    return " and ".join(told)
