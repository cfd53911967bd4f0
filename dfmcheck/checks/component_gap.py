"""Gaps between parts, by the pair of package families and by how much their heights differ."""

from __future__ import annotations

import numpy as np

from .. import around, shape
from ..board import Board, Bools, Floats, Ints, Objects
from ..cells import CELLS, classes
from ..check import Context, Measurements, check
from ..solids import gaps
from ..units import below
from .size import by_limit

_STEEP = 1.0
"""mm; heights that differ by less are no obstacle to a nozzle: parts that are alike differ by that much."""


@check("component_gap", minima=" ".join(["mixed_height", *sorted(set(CELLS.values()))]), tunes="per_height")
def component_gap(ctx: Context) -> Measurements:
    """Distance in mm between the bodies and lands of two fitted parts on one side, judged by their cell.

    Where heights differ, `mixed_height` and `per_height` of the difference are asked for if that is more than the cell's
    own limit. Parts of which one stands in the other are left to the courtyards. A body that is not drawn, or a height that
    is only its family's, makes the row one step softer; so does a decoupling capacitor at its IC, which is told only if it
    breaks the hard limit. All pairs of a cell are one finding.
    """
    board, parts = ctx.board, ctx.board.derived.parts()
    rows, kind = around.standing(board), classes(parts)
    rows = rows[kind[rows] != ""]
    a, b, reach = _pairs(ctx, rows, kind)
    gap = gaps(board, a, b, reach)
    free = np.isfinite(gap.distance) & around.apart(parts.envelope[a], parts.envelope[b], gap.distance)
    a, b, gap = a[free], b[free], gap.take(free)
    distance = gap.distance
    cell = np.array([CELLS[frozenset(pair)] for pair in zip(kind[a].tolist(), kind[b].tolist())], object)
    more, steep = _height(ctx, a, b, distance, cell)
    param = np.where(steep, "mixed_height", cell).astype(object)
    decoupling = _decoupling(board, a, b) | _decoupling(board, b, a)
    keep = np.isin(param, ctx.judged()) & below(distance, around.bound(ctx, param, outer=True) + more)
    keep &= ~decoupling | below(distance, around.bound(ctx, param) + more)
    a, b, distance, cell, more, param, decoupling = (x[keep] for x in (a, b, distance, cell, more, param, decoupling))
    x, y = shape.witness(*gap.take(keep)[1:])
    drawn = ~around.guessed(board, a) & ~around.guessed(board, b)
    sure = drawn & ((param != "mixed_height") | (_told(board, a) & _told(board, b)))
    return Measurements.of(
        distance, checked=len(rows), param=param, more=more, a=board.components.item[a], b=board.components.item[b], x=x, y=y,
        inferred=~sure, soften=(~sure | decoupling).astype(np.int32),
        cause=by_limit(ctx, param, distance, "*" + param, more), detail=_details(board, a, b, cell, param, drawn, decoupling),
    )  # fmt: skip


def _pairs(ctx: Context, rows: Ints, kind: Objects) -> tuple[Ints, Ints, Floats]:
    """Pairs on one side, a before b by reference, that are nearer than what their cell or heights may ask for, and that."""
    parts, c = ctx.board.derived.parts(), ctx.board.components
    found = [(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))]
    groups = {(k, s): g for k in np.unique(kind[rows].astype(str)) for s in (0, 1)
              if len(g := rows[(kind[rows] == k) & (c.side[rows] == s)])}  # fmt: skip
    tallest = {key: np.nanmax(np.append(parts.height[g], 0.0)) for key, g in groups.items()}
    for (k, side), one in groups.items():
        for (k2, side2), two in groups.items():
            if side != side2 or k > k2:
                continue
            reach = ctx.reach(CELLS[frozenset((k, k2))])
            if "mixed_height" in ctx.judged():
                tall = max(tallest[k, side], tallest[k2, side])
                reach = max(reach, ctx.reach("mixed_height") + ctx.tune("per_height") * tall)
            i, j, distance = around.near(parts.envelope[one], parts.envelope[two], reach)
            once = (i < j) if k == k2 else np.ones(len(i), np.bool_)
            a, b = one[i[once]], two[j[once]]
            asked = np.full(len(a), ctx.reach(CELLS[frozenset((k, k2))]))
            if "mixed_height" in ctx.judged():
                steps = ctx.tune("per_height") * np.nan_to_num(np.abs(parts.height[a] - parts.height[b]))
                asked = np.maximum(asked, ctx.reach("mixed_height") + steps)
            close = distance[once] <= asked
            found.append((a[close], b[close], asked[close]))
    a, b, asked = (np.concatenate(column) for column in zip(*found))
    turned = c.ref[a] > c.ref[b]
    return np.where(turned, b, a), np.where(turned, a, b), asked


def _height(ctx: Context, a: Ints, b: Ints, distance: Floats, cell: Objects) -> tuple[Floats, Bools]:
    """What a difference of heights asks for on top of `mixed_height`, and where that is breached and more than the cell's."""
    height = ctx.board.derived.parts().height
    difference = np.nan_to_num(np.abs(height[a] - height[b]))
    if "mixed_height" not in ctx.judged():
        return np.zeros(len(a)), np.zeros(len(a), np.bool_)
    more = ctx.tune("per_height") * difference
    advice = ctx.limits["mixed_height"].value is None
    asked = around.bound(ctx, np.full(len(a), "mixed_height", object), outer=advice) + more
    steep = (difference > _STEEP) & (asked > around.bound(ctx, cell)) & below(distance, asked)
    return np.where(steep, more, 0.0), steep


def _told(board: Board, rows: Ints) -> Bools:
    return np.asarray(board.derived.parts().height_source[rows] != "family", np.bool_)


def _decoupling(board: Board, a: Ints, b: Ints) -> Bools:
    """Whether `a` is a capacitor of two lands whose nets are both on `b`, a part of more pins."""
    pads, parts, c = board.pads, board.derived.parts(), board.components
    capacitor = np.array([ref[:1] == "C" and ref[1:2].isdigit() for ref in c.ref[a]], np.bool_) & (parts.pins[a] == 2)
    capacitor &= parts.pins[b] > 2
    on = (pads.component >= 0) & (pads.net >= 0)
    low, high = np.full(len(c), len(board.nets)), np.full(len(c), -1)
    np.minimum.at(low, pads.component[on], pads.net[on])
    np.maximum.at(high, pads.component[on], pads.net[on])
    pairs = np.unique(pads.component[on].astype(np.int64) * (len(board.nets) + 1) + pads.net[on])
    at = b.astype(np.int64) * (len(board.nets) + 1)
    return np.asarray(capacitor & (low[a] < high[a]) & np.isin(at + low[a], pairs) & np.isin(at + high[a], pairs), np.bool_)


def _details(board: Board, a: Ints, b: Ints, cell: Objects, param: Objects, drawn: Bools, decoupling: Bools) -> list[str]:
    parts = board.derived.parts()
    out = []
    columns = (parts.family[a], parts.family[b], parts.height[a], parts.height[b], cell, param, drawn, decoupling)
    for one, two, h1, h2, name, judged, sure, near in zip(*(column.tolist() for column in columns)):
        text = f"{one} beside {two}, cell {name}"
        if judged == "mixed_height":
            text += f", but they are {h1:.1f} and {h2:.1f} mm high"
        if not sure:
            text += ", a body is not drawn"
        out.append(text + (", a decoupling capacitor at its IC" if near else ""))
    return out
