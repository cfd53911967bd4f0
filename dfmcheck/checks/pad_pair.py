"""Chips whose two lands differ, and tracks that are too wide for the land that they enter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..board import Board, Floats
from ..check import Context, Measurements, check
from ..chips import Chips
from ..stencil import measured
from ..units import show
from ._paste import pattern
from .size import breaching, by_limit


@check("pad_pair", maxima="area_diff_max track_to_land_width_max")
def pad_pair(ctx: Context) -> Measurements:
    """Of each chip: how much smaller one land, mask opening or aperture is than the other, in % of the larger; of each track
    that leaves a chip's land: its width in % of the side of the land that it crosses.

    Polarised parts may have two kinds of lands. Lands of one footprint are one finding, tracks of all chips another.
    """
    return Measurements.join([*_areas(ctx), *_tracks(ctx), Measurements.none(len(ctx.board.derived.chips()))])


def _areas(ctx: Context) -> Iterator[Measurements]:
    board = ctx.board
    chips = board.derived.chips()
    chips = chips.take(~board.derived.parts().polarised[chips.component])
    for what, area in _by_pad(board, chips):
        one, two = area[chips.one], area[chips.two]
        large = np.maximum(one, two)
        both = np.flatnonzero((np.minimum(one, two) > 0) & (large > 0))
        value = 100 * (large - np.minimum(one, two))[both] / large[both]
        some = value > 1.0
        both, value = both[some], value[some]
        small = np.where(one[both] <= two[both], chips.one[both], chips.two[both])
        other = np.where(one[both] <= two[both], chips.two[both], chips.one[both])
        yield Measurements.of(
            value, checked=0, param="area_diff_max", a=board.pads.item[small], b=board.pads.item[other], x=board.pads.x[small],
            y=board.pads.y[small], inherent=True, layer=board.outer_layer(board.pads.side[small]),
            cause=pattern(board, chips.component[both]),
            detail=[f"{what} of {show(area[s], 'mm2')} and {show(area[o], 'mm2')}" for s, o in zip(small, other)],
        ).take(np.full(len(both), "area_diff_max" in ctx.judged()))  # fmt: skip


def _by_pad(board: Board, chips: Chips) -> Iterator[tuple[str, Floats]]:
    """mm2 of copper, of mask openings and of apertures of each pad on the chip's side. The first that differs is told: the
    others follow from it."""
    f, layers = board.features, board.layers
    mine = np.zeros(len(board.pads) + 1, np.bool_)
    mine[chips.one] = mine[chips.two] = True
    left = np.ones(len(board.pads), np.bool_)
    for what, role in (("lands", "copper"), ("mask openings", "mask"), ("apertures", "paste")):
        rows = np.flatnonzero(mine[f.pad] & (layers.role == role)[f.layer])
        side = np.where(layers.side[f.layer[rows]] == "bottom", 1, 0)
        rows = rows[side == board.pads.side[f.pad[rows]]]
        each = measured(f.core[rows], f.radius[rows])[0]
        area = np.bincount(f.pad[rows], each, minlength=len(board.pads)).astype(np.float64) * left
        yield what, area
        one, two = area[chips.one], area[chips.two]
        unlike = np.abs(one - two) > 0.01 * np.maximum(one, two)
        left[chips.one[unlike]] = left[chips.two[unlike]] = False


def _tracks(ctx: Context) -> Iterator[Measurements]:
    board, f, pads = ctx.board, ctx.board.features, ctx.board.pads
    exits = board.derived.chip_exits()
    exits = exits.take(exits.kind == "track")
    pad, drawn = exits.pad, 2 * f.radius[exits.feature]
    turn = np.deg2rad(pads.angle[pad])
    dx, dy = exits.x - pads.x[pad], exits.y - pads.y[pad]
    # Angles of pads turn against the clock as seen, y runs down.
    across, along = dx * np.cos(turn) - dy * np.sin(turn), dx * np.sin(turn) + dy * np.cos(turn)
    by_x = np.abs(across) * pads.height[pad] >= np.abs(along) * pads.width[pad]
    crossed = np.where(by_x, pads.height[pad], pads.width[pad])
    share, param = 100 * drawn / np.maximum(crossed, 1e-9), np.full(len(exits), "track_to_land_width_max", object)
    told = breaching(ctx, param, share)
    exits, drawn, crossed = exits.take(told), drawn[told], crossed[told]
    yield Measurements.of(
        share[told], checked=0, param=param[told], a=pads.item[exits.pad], x=exits.x, y=exits.y, layer=exits.layer,
        cause=by_limit(ctx, param[told], share[told], "*track"),
        detail=[f"a track of {w:.3f} mm on a side of {c:.3f} mm" for w, c in zip(drawn.tolist(), crossed.tolist())],
    )  # fmt: skip
