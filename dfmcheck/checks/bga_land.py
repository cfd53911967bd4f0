"""Lands of ball grid arrays: their size, their share of the pitch, and the copper between them."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..board import Board, Bools, Ints, Kind, PadType
from ..check import Context, Measurements, Skip, check
from ..pieces import least
from ..units import show
from ._reach import SEEN
from .size import breaching, by_limit


@check("bga_land", minima="land_min land_to_track land_to_pitch_min", maxima="land_to_pitch_max")
def bga_land(ctx: Context) -> Measurements:
    """Of each array: the diameter of its lands in mm, that divided by the pitch, and the gap in mm between a land and a track
    or via of another net on the land's layer.

    Sizes are told once a footprint, with the count of tracks of the least width and gap (`land_to_track`) that pass between
    two lands. The ratio is a rule of thumb: a note. Lands of balls are circles; what is much larger is an exposed pad or a mark.
    """
    board = ctx.board
    if len(board.pads) and (board.pads.component < 0).all():
        raise Skip("nothing tells which lands are one part's, so that no array is known")
    pad = np.flatnonzero(_balls(board)).astype(np.int32)
    return Measurements.join([Measurements.none(len(pad)), *_sizes(ctx, pad), _gaps(ctx, pad)])


def _balls(board: Board) -> Bools:
    """Mask over `Board.pads`: round SMD lands of arrays, no more than half larger than the median one."""
    pads, parts = board.pads, board.derived.parts()
    array = np.append(parts.family == "BGA", False)
    round_ = (pads.shape == "circle") | (pads.property == "bga")
    out = np.asarray(array[pads.component] & (pads.type == PadType.SMD) & round_, np.bool_)
    for part in np.unique(pads.component[out]).tolist():
        mine = np.flatnonzero(out & (pads.component == part))
        size = np.maximum(pads.width[mine], pads.height[mine])
        out[mine[size > 1.5 * np.median(size)]] = False
    return out


def _sizes(ctx: Context, pad: Ints) -> list[Measurements]:
    """One row an array and limit: its smallest land, and its smallest and largest ratio."""
    board, pads = ctx.board, ctx.board.pads
    size, pitch = np.minimum(pads.width[pad], pads.height[pad]), board.derived.parts().pitch[pads.component[pad]]
    gap = ctx.limit("land_to_track") if "land_to_track" in ctx.judged() else None
    out = []
    for name, value, sign, soften in (
        ("land_min", size, 1, 0), ("land_to_pitch_min", size / pitch, 1, 2), ("land_to_pitch_max", size / pitch, -1, 2),
    ):  # fmt: skip
        if name not in ctx.judged():
            continue
        rows = np.flatnonzero(np.isfinite(value))
        rows = rows[least(sign * np.round(value[rows], 6), pads.component[pad[rows]], ties=(pad[rows],))]
        words = [
            f"the land is {show(float(size[k]), 'mm')}, the pitch {show(float(pitch[k]), 'mm')}{_escape(size[k], pitch[k], gap)}"
            for k in rows.tolist()
        ]
        part = pads.component[pad[rows]]
        cause = [f"*{f}" if f else "" for f in board.components.footprint[part]]
        m = Measurements.of(
            value[rows], checked=0, param=name, a=pads.item[pad[rows]], x=pads.x[pad[rows]], y=pads.y[pad[rows]],
            layer=board.outer_layer(board.components.side[part]), inherent=True, soften=soften, detail=np.array(words, object),
            cause=by_limit(ctx, np.full(len(rows), name, object), value[rows], cause),
        )  # fmt: skip
        out.append(m.take(breaching(ctx, m.param, m.value)))
    return out


def _escape(land: float, pitch: float, gap: float | None) -> str:
    """How many tracks pass between two lands, where a track is as wide as the least gap."""
    if not gap or not np.isfinite(pitch):
        return ""
    tracks = max(int((pitch - land + 1e-6) / gap - 1) // 2, 0)
    words = "1 track passes" if tracks == 1 else f"{tracks or 'no'} tracks pass"
    return f", so that {words} between at {show(gap, 'mm')} of width and gap"


def _gaps(ctx: Context, pad: Ints) -> Measurements:
    """Gaps of the lands to tracks and vias of other nets, from the search that all spacing rules share."""
    board, f = ctx.board, ctx.board.features
    if "land_to_track" not in ctx.judged() or not len(pad):
        return Measurements.none(0)
    shared, needed = SEEN * ctx.spacing_reach, 1.01 * ctx.reach("land_to_track")
    pairs = board.derived.neighbours(shared if shared >= needed else needed)
    ball = np.append(np.isin(np.arange(len(board.pads)), pad), False)
    other = np.isin(f.kind, (Kind.TRACK, Kind.ARC, Kind.VIA))
    turned = ball[f.pad[pairs.b]] & other[pairs.a]
    kept = (ball[f.pad[pairs.a]] & other[pairs.b]) | turned
    pairs, turned = pairs.take(kept), turned[kept]
    a, b = np.where(turned, pairs.b, pairs.a), np.where(turned, pairs.a, pairs.b)
    judged = np.full(len(a), "land_to_track", object)
    m = Measurements.of(
        pairs.distance, checked=0, param="land_to_track", a=f.item[a], b=f.item[b], x=np.nan, y=np.nan, layer=f.layer[a],
        cause=by_limit(ctx, judged, pairs.distance, [f"*gap {ref}" for ref in board.components.ref[f.component[a]]]),
        detail="between a ball's land and what escapes past it",
    )  # fmt: skip
    breach = breaching(ctx, m.param, m.value)
    if breach.any():
        at = pairs.take(breach)
        m.x[breach], m.y[breach] = shape.witness(at.piece_a, at.radius_a, at.piece_b, at.radius_b)
    return m.take(breach)
