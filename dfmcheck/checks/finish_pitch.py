"""Whether the surface finish suits the finest lands of the board."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..board import Bools, Floats, Ints, PadType
from ..check import Context, Measurements, Skip, check
from ..parts import NO_PARTS, Parts

_LEVELLED = re.compile(r"\bLF[- ]?HASL|HASL|\bHAL\b|HOT[- ]AIR", re.IGNORECASE)
_GOLD = re.compile(r"\bGOLD\b|\bAU\b|ENIG|ENEPIG|ENIPIG", re.IGNORECASE)
_UNSAID = frozenset({"", "none", "user defined", "unknown"})


@check("finish_pitch", minima="hasl_pitch_min", tunes="hasl_bga")
def finish_pitch(ctx: Context) -> Measurements:
    """Where the finish is levelled by hot air: the pitch in mm of each SMD part, and any ball grid array (unless `hasl_bga` is
    1) or press-fit hole; where it is no gold: contacts of the board's edge.

    The part of the finest pitch is told, since one finish is ordered for all. Where no finish is stated, nothing is
    judged; that is told where a part asks for it.
    """
    board, parts = ctx.board, ctx.board.derived.parts()
    finish = board.finish.strip()
    placed = parts.fitted & ~np.isin(parts.family, list(NO_PARTS))
    pitch = np.where(placed & np.isin(parts.mount, ("smd", "mixed")) & (parts.pins > 2), parts.pitch, np.nan)
    if finish.lower() in _UNSAID:
        return _unsaid(ctx, parts, pitch)
    levelled = bool(_LEVELLED.search(finish))
    rows = [Measurements.none(int(np.isfinite(pitch).sum()) + 1)]
    if levelled:
        rows += _levelled(ctx, parts, pitch, finish)
    if levelled or not _GOLD.search(finish):
        fingers = _rows(parts.family == "card-edge")
        rows += _told(ctx, fingers, f"contacts of the board's edge with the finish {finish}: plugging wears it, hard gold lasts")
    return Measurements.join(rows)


def _levelled(ctx: Context, parts: Parts, pitch: Floats, finish: str) -> Iterator[Measurements]:
    board = ctx.board
    c = board.components
    grids = (parts.family == "BGA") & parts.fitted
    rows = np.flatnonzero(np.isfinite(pitch) & ~grids)
    if len(rows):
        yield Measurements.of(
            pitch[rows], checked=0, param="hasl_pitch_min", a=c.item[rows], x=c.x[rows], y=c.y[rows], cause="*pitch",
            detail=f"with the finish {finish} its lands are not flat",
        )  # fmt: skip
    if not ctx.tune("hasl_bga"):
        yield from _told(ctx, _rows(grids), f"balls on lands that are not flat, with the finish {finish}")
    pressed = np.flatnonzero((board.pads.property == "pressfit") & (board.pads.type == PadType.THT))
    yield from _told(ctx, np.unique(board.pads.component[pressed]), f"press-fit holes of uneven size, with the finish {finish}")


def _unsaid(ctx: Context, parts: Parts, pitch: Floats) -> Measurements:
    limit = ctx.limits.get("hasl_pitch_min")
    bound = max((v for v in (limit.value, limit.prefer) if v is not None), default=0.0) if limit else 0.0
    asking = _rows((np.nan_to_num(pitch, nan=np.inf) < bound - 1e-9) | ((parts.family == "BGA") & parts.fitted))
    if not len(asking):
        raise Skip("the design states no surface finish")
    finest = asking[np.argsort(np.nan_to_num(pitch[asking], nan=np.inf), kind="stable")]
    told = list(_told(ctx, finest[:1], "the design states no surface finish; this part asks for a flat one"))
    return Measurements.join([*told, Measurements.none(len(asking))])


def _rows(mask: Bools) -> Ints:
    return np.flatnonzero(mask).astype(np.int32)


def _told(ctx: Context, components: Ints, detail: str) -> Iterator[Measurements]:
    """One finding for all of some components, at each."""
    c = ctx.board.components
    if len(components):
        yield Measurements.of(
            np.full(len(components), np.nan), checked=0, param="", a=c.item[components], x=c.x[components], y=c.y[components],
            cause=f"*{detail}", detail=detail,
        )  # fmt: skip
