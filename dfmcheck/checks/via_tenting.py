"""Whether the solder mask covers vias: on one side only, over large holes, or not at all under a part."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Cover, Ints
from ..check import Context, Measurements, check
from ..mask import Mask, masks
from .size import breaching, through


@check("via_tenting", maxima="tent_max via_cap_max", tunes="untented_under_body", beside=True)
def via_tenting(ctx: Context) -> Measurements:
    """Diameter in mm of via holes that the mask closes (`tent_max`) or that are plugged or capped (`via_cap_max`); vias that
    are open on one side only; and, unless `untented_under_body` is 0, vias that are open under the body of a part.

    A via is open on a side where an opening of its own, or a drawn one, uncovers its middle. One that lies in a pad's
    window is a via in a pad, which is not looked at here. Each kind of state is one finding, told as a note.
    """
    board, vias = ctx.board, ctx.board.vias
    through_hole = np.append(through(board), False)[vias.hole] & (vias.hole >= 0)
    known, bare, in_pad = (np.zeros((len(vias), 2), np.bool_) for _ in range(3))
    layer = np.full(2, -1, np.int32)
    for mask in masks(board):
        side = int(mask.side == "bottom")
        known[:, side], layer[side] = True, mask.layer
        bare[:, side], in_pad[:, side] = _open(board, mask)
    free = ~in_pad.any(axis=1)
    plugged = (vias.plugged_top == Cover.YES) | (vias.plugged_bottom == Cover.YES) | (vias.capped == Cover.YES)
    both = known.all(axis=1)
    once = both & free & through_hole & ~vias.closed & (bare[:, 0] != bare[:, 1])
    where = layer[np.where(bare[:, 0], 1, 0)]
    parts = [Measurements.none(len(vias)), _told(board, _rows(once), where, "*one side", _one_side(bare))]
    tented = np.flatnonzero(free & through_hole & ~vias.closed & (known & ~bare).any(axis=1))
    for name, rows, words in (
        ("tent_max", tented, "the mask must span it"),
        ("via_cap_max", np.flatnonzero(plugged & (vias.drill > 0)), "it is to be plugged or capped"),
    ):
        if name in ctx.judged():
            rows = rows[breaching(ctx, np.full(len(rows), name, object), vias.drill[rows])]
            order = rows[np.lexsort((vias.y[rows], vias.x[rows], once[rows]))]
            _, first, count = np.unique(np.round(vias.drill[order], 3), return_index=True, return_counts=True)
            of_size = order[first]  # a size of drill is one decision: one via stands for all
            parts.append(Measurements.of(
                vias.drill[of_size], checked=0, param=name, a=vias.item[of_size], x=vias.x[of_size], y=vias.y[of_size],
                cause=f"*{name}", detail=[f"{words}; {n} of this size" for n in count.tolist()],
            ))  # fmt: skip
    if ctx.tune("untented_under_body") > 0:
        for side in np.flatnonzero(layer >= 0).tolist():
            below, part = _under(board, _rows(bare[:, side] & ~in_pad[:, side]), side)
            on = np.full(len(vias), layer[side], np.int32)
            parts.append(_told(board, below, on, "*under", "is open under the body of a part", part))
    return Measurements.join(parts)


def _open(board: Board, mask: Mask) -> tuple[Bools, Bools]:
    """Per via: whether its middle lies in an opening that is no pad's, and whether it lies in a pad's window."""
    f, vias = board.features, board.vias
    middle = shapely.points(vias.x, vias.y)
    i, j = shape.meeting(shape.boxes(middle, np.zeros(len(vias))), shape.boxes(f.core[mask.opening], f.radius[mask.opening]))
    o = mask.opening[j]
    hit = shapely.distance(middle[i], f.core[o]) <= f.radius[o]
    i, o, window = i[hit], o[hit], mask.window[j[hit]]
    own, in_pad = np.zeros(len(vias), np.bool_), np.zeros(len(vias), np.bool_)
    own[i[f.pad[o] < 0]] = True
    of_pad = np.isin(window, mask.window[f.pad[mask.opening] >= 0]) & (f.pad[o] >= 0)
    in_pad[i[of_pad]] = True
    return own, in_pad


def _rows(mask: Bools) -> Ints:
    return np.flatnonzero(mask).astype(np.int32)


def _one_side(bare: Bools) -> list[str]:
    return [f"is open on {'top' if top else 'bottom'} and tented on {'bottom' if top else 'top'}" for top in bare[:, 0].tolist()]


def _told(board: Board, rows: Ints, layer: Ints, cause: str, words: list[str] | str, part: Ints | None = None) -> Measurements:
    vias = board.vias
    told = words if isinstance(words, str) else [words[k] for k in rows.tolist()]
    return Measurements.of(
        vias.drill[rows], checked=0, param="", a=vias.item[rows], b=-1 if part is None else board.components.item[part],
        x=vias.x[rows], y=vias.y[rows], layer=layer[rows], cause=cause, detail=told,
    )  # fmt: skip


def _under(board: Board, rows: Ints, side: int) -> tuple[Ints, Ints]:
    """Those of the vias that stand under the body of a placed part on a side, and the part."""
    body = board.derived.parts().body
    part = np.flatnonzero((board.components.side == side) & np.array([b is not None for b in body], np.bool_))
    middle = shapely.points(board.vias.x[rows], board.vias.y[rows])
    i, j = shapely.STRtree(middle).query(body[part], predicate="contains") if len(part) and len(rows) else (np.empty(0, int),) * 2
    first = np.unique(j, return_index=True)[1]
    return rows[j[first]], part[i[first]].astype(np.int32)
