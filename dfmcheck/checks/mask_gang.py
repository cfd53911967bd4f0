"""Windows of the solder mask that uncover lands of several nets: no dam stands between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..board import Board, Floats, Ints, PadType
from ..check import Context, Measurements, check
from ..derived import ties_nets
from ..mask import Mask, masks
from ..units import show
from .size import breaching


@check("mask_gang", maxima="pitch_allow_below", beside=True)
def mask_gang(ctx: Context) -> Measurements:
    """Pitch in mm of the lands of different nets in one window: the smallest distance of the middles of two of them, once a
    window with the count of its lands, the length of the row and whether each land has paste of its own.

    A window over lands of two parts has no dam where parts were meant to be apart: a step graver. Left out are windows of
    net ties and jumpers, of edge contacts, of vias alone, and those that their footprint allows.
    """
    return Measurements.join([_side(ctx, mask) for mask in masks(ctx.board)])


def _side(ctx: Context, mask: Mask) -> Measurements:
    board = ctx.board
    window, land = gangs(board, mask)
    found = [_row(board, mask, land[window == w]) for w in np.unique(window).tolist()]
    pairs = [row for rows in found for row in rows]
    a, b, pitch, detail, strange = zip(*pairs) if pairs else ((),) * 5
    one, two = np.array(a, np.int32), np.array(b, np.int32)
    pads = board.pads
    names = [f"*{name}" if name else "" for name in np.append(board.components.footprint, "")[pads.component[one]]]
    apart = np.array(strange, np.bool_)
    blank = (pads.number == "") & (pads.net < 0) & ("components" in board.facts)  # it holds a part, and joins nothing
    calm = blank[one] | blank[two]
    m = Measurements.of(
        pitch, checked=int(mask.window.max(initial=-1)) + 1, param=np.where(apart, "", "pitch_allow_below").astype(object),
        a=pads.item[one], b=pads.item[two], x=(pads.x[one] + pads.x[two]) / 2, y=(pads.y[one] + pads.y[two]) / 2,
        layer=mask.layer, inherent=~apart & (pads.component[one] >= 0), soften=np.where(apart & ~calm, -1, 0),
        cause=np.where(apart, "", np.array(names, object)).astype(object), detail=np.array(detail, object),
    )  # fmt: skip
    return m.take(breaching(ctx, m.param, m.value) | (m.param == ""))


def gangs(board: Board, mask: Mask) -> tuple[Ints, Ints]:
    """Windows that uncover pads of several nets: the window and a land (row of `Board.features`) of each of their pads."""
    f, pads, c = board.features, board.pads, board.components
    pair = np.flatnonzero(mask.land & (f.pad[mask.row] >= 0))
    window, row = mask.window[mask.at[pair]], mask.row[pair]
    meant = np.append(ties_nets(c) | c.mask_bridges | np.isin(board.derived.parts().family, ("jumper", "card-edge")), False)
    kept = ~meant[f.component[row]] & ~np.isin(pads.type[f.pad[row]], (PadType.CONNECT, PadType.NPTH))
    window, row = window[kept], row[kept]
    _, first = np.unique(np.stack([window, f.pad[row]]), axis=1, return_index=True)
    window, row = window[first], row[first]  # in the order of windows
    begin = np.searchsorted(window, window)  # the first land of each one's window
    mixed = np.unique(window[board.derived.different_nets(row[begin], row)])
    kept = np.isin(window, mixed)
    return window[kept], row[kept]


def _row(board: Board, mask: Mask, land: Ints) -> list[tuple[int, int, float, str, bool]]:
    """The nearest two pads of different nets in one window, within a part and of two parts: their rows in `Board.pads`, their
    pitch, what is to be said, and whether they are of two parts."""
    f, pads = board.features, board.pads
    pad = f.pad[land]
    size = float(np.hypot(np.ptp(pads.x[pad]), np.ptp(pads.y[pad])))
    paste = np.isin(pad, f.pad[np.isin(f.layer, board.layers_with("paste", mask.side))]).sum()
    printed = "paste on each" if paste == len(pad) else "no paste" if not paste else f"paste on {paste} of them"
    text = f"{len(pad)} lands in one window over {show(size, 'mm')}, {printed}"
    out = []
    for strange in (False, True):
        i, j, apart = _nearest(board, land, size, strange)
        if len(i):
            best = np.lexsort((pad[j], pad[i], np.round(apart, 6)))[0]
            one, other = int(pad[i[best]]), int(pad[j[best]])
            words = text
            if strange:
                name = f"{board.components.ref[pads.component[other]]}.{pads.number[other]}"
                words = f"no mask between it and {name}, a land of another part: {text}"
            out.append((one, other, float(apart[best]), words, strange))
    return out


def _nearest(board: Board, land: Ints, size: float, strange: bool) -> tuple[Ints, Ints, Floats]:
    """Pairs of lands of different nets near each other, the nearest among them, of one part or (`strange`) of two: their places
    in `land`, and the distance of their pads in mm. A window may hold thousands of lands, so the search widens step by step."""
    part = board.pads.component[board.features.pad[land]]
    found = []
    if strange:
        if len(np.unique(part)) > 1:
            found.append(_search(board, land, np.arange(len(land)), size, True))
    else:
        order = np.argsort(part, kind="stable")
        bounds = np.flatnonzero(np.r_[True, np.diff(part[order]) != 0, True])
        for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist()):
            if last - first > 1:
                found.append(_search(board, land, np.sort(order[first:last]), size, False))
    if not found:
        return land[:0], land[:0], np.empty(0)
    i, j, apart = (np.concatenate(columns) for columns in zip(*found))
    return i, j, apart


def _search(board: Board, land: Ints, rows: Any, size: float, strange: bool) -> tuple[Ints, Ints, Floats]:
    """`_nearest` among some of the lands: all of one part, or of any."""
    f, pads = board.features, board.pads
    pad = f.pad[land]
    points = shapely.points(pads.x[pad[rows]], pads.y[pad[rows]])
    tree, reach = shapely.STRtree(points), size / np.sqrt(len(land))
    while True:
        i, j = tree.query(points, predicate="dwithin", distance=reach)
        i, j = rows[i[i < j]], rows[j[i < j]]
        one, two = pads.component[pad[i]], pads.component[pad[j]]
        kept = ((one != two) & (one >= 0) & (two >= 0)) == strange
        i, j = i[kept], j[kept]
        differ = board.derived.different_nets(land[i], land[j])
        i, j = i[differ].astype(np.int32), j[differ].astype(np.int32)
        if len(i) or reach >= size:
            return i, j, np.hypot(pads.x[pad[i]] - pads.x[pad[j]], pads.y[pad[i]] - pads.y[pad[j]])
        reach = 2 * reach if reach else size
