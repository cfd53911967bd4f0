"""Parts that nobody can name by looking at the board."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Board, Floats, Ints, Objects
from ..check import Context, Measurements, Skip, check
from ..silk import BOTTOM, printed
from ..units import show

_NONE = 10.0
"""Percent of the parts up to which the references were left out on purpose."""
_CLEAR, _BESIDE = 0.5, 1.5
"""mm. Two texts are swapped where each stands beside the other's part: within `_BESIDE`, by `_CLEAR` nearer than to its own,
and at most half as far."""
_PANEL = 0.3
"""Share of the parts from which on those with a reference of others are copies of a board in a panel."""


@check("refdes_missing", minima="coverage_min", tunes="max_distance assembly_drawing")
def refdes_missing(ctx: Context) -> Measurements:
    """Percent of the fitted parts that show their reference on the silk of their side, at most `max_distance` from them.

    All parts that do not are places of one finding. A board that shows hardly any reference leaves them out on purpose
    and is told a step softer. Two parts whose texts are each nearer to the other's are swapped and told whatever the
    share is, as are parts that have one reference together, unless they stand on each other or are copies in a panel. Any
    visible text of a part that says its reference counts, its field or another; with `assembly_drawing` also one on the
    fab layer.
    """
    board = ctx.board
    parts, c = board.derived.parts(), board.components
    placed = np.flatnonzero(parts.fitted & np.isin(parts.mount.astype(str), ["smd", "tht", "mixed"]) & (c.ref != "")).astype(
        np.int32
    )
    if not len(placed):
        raise Skip("no fitted part with a reference")
    own, text = _references(board, placed, ctx.tune("assembly_drawing") > 0)
    where = _where(board, own)
    ink = _ink(board, text)
    d = np.asarray(shapely.distance(ink, where), np.float64)
    best = np.full(len(c), np.inf)
    np.minimum.at(best, own, d)
    missing = placed[best[placed] > ctx.tune("max_distance")]
    share = 100.0 * (len(placed) - len(missing)) / len(placed)
    detail = [
        "its reference is not visible on its side" if np.isinf(best[p]) else f"its reference stands {show(best[p], 'mm')} away"
        for p in missing.tolist()
    ]
    rows = Measurements.of(
        np.full(len(missing), share), checked=len(placed), param="coverage_min", a=c.item[missing], x=c.x[missing],
        y=c.y[missing], layer=-1, cause="*missing", soften=1 if share <= _NONE else 0, detail=detail, worst=share,
    )  # fmt: skip
    return Measurements.join([rows, _swapped(board, own, text, ink, where, d), _twice(board, placed)])


def _references(board: Board, placed: Ints, drawing: bool) -> tuple[Ints, Ints]:
    """Texts on a part's own side that say its reference: rows of parts and of texts."""
    t, c, layers = board.texts, board.components, board.layers
    on = printed(board) | (drawing & (layers.role == "fab")[t.layer])
    side = (layers.side == "bottom")[t.layer] == (c.side == BOTTOM)[t.component] if len(c) else on
    rows = np.flatnonzero(on & side & np.isin(t.component, placed))
    said = board.items.label[t.item[rows]] == c.ref[t.component[rows]]
    rows = rows[said]
    return t.component[rows], rows.astype(np.int32)


def _where(board: Board, part: Ints) -> Objects:
    """What a reference should stand near to: the body and lands of a part."""
    found, c = board.derived.parts().envelope[part], board.components
    bare = np.array([shape is None for shape in found], np.bool_)
    found = found.copy()
    found[bare] = shapely.points(c.x[part[bare]], c.y[part[bare]])
    return np.asarray(found, object)


def _ink(board: Board, text: Ints) -> Objects:
    """The middle lines of the strokes of each text."""
    f, item = board.features, board.texts.item[text]
    slot = np.full(len(board.items), -1, np.int32)
    slot[item] = np.arange(len(item))
    rows = np.flatnonzero(slot[f.item] >= 0)
    rows = rows[np.argsort(slot[f.item[rows]], kind="stable")]
    out = shapely.points(board.items.x[item], board.items.y[item])
    drawn = np.unique(slot[f.item[rows]])
    if len(rows):
        out[drawn] = shapely.geometrycollections(f.core[rows], indices=np.searchsorted(drawn, slot[f.item[rows]]))
    return np.asarray(out, object)


def _swapped(board: Board, own: Ints, text: Ints, ink: Objects, where: Objects, d: Floats) -> Measurements:
    """Pairs of parts of one side of which each has its text nearer to the other than to itself."""
    c = board.components
    far = np.flatnonzero(d > _CLEAR)
    reach = np.minimum(np.minimum(d[far] - _CLEAR, d[far] / 2), _BESIDE)
    i, j = shapely.STRtree(where).query(ink[far], predicate="dwithin", distance=reach)
    i = far[i]
    side = c.side[own]
    nearer = (own[i] != own[j]) & (side[i] == side[j])
    i, j = i[nearer], j[nearer]
    n = np.int64(max(len(text), 1))
    mutual = np.isin(j * n + i, i * n + j) & (own[i] < own[j])
    i, j = i[mutual], j[mutual]
    a, b = own[i], own[j]
    detail = [f"its text is nearer to {c.ref[q]}, and that of {c.ref[q]} nearer to it" for q in b.tolist()]
    item = board.items
    at = board.texts.item[text[i]]
    return Measurements.of(
        np.full(len(i), np.nan), checked=0, param="", a=c.item[a], b=c.item[b], x=item.x[at], y=item.y[at],
        layer=board.texts.layer[text[i]], cause="*swapped", detail=detail,
    )  # fmt: skip


def _twice(board: Board, placed: Ints) -> Measurements:
    """Fitted parts with the reference of another one: no machine and no tester can tell them apart."""
    c = board.components
    named = placed[[any(ch.isdigit() for ch in ref) and ref[-1] not in "*?" for ref in c.ref[placed].tolist()]]
    refs, group = np.unique(c.ref[named].astype(str), return_inverse=True)
    order = np.argsort(group, kind="stable")
    first = named[order[np.searchsorted(group[order], np.arange(len(refs)))]][group]
    a, b = named[named != first], first[named != first]
    if len(a) > 1 and len(a) >= _PANEL * len(named):
        a, b = a[:0], b[:0]
    shape = _where(board, np.concatenate([a, b]).astype(np.int32))
    apart = ~np.asarray(shapely.intersects(shape[: len(a)], shape[len(a) :]), np.bool_)  # else: lands for either of two kinds
    a, b = a[apart], b[apart]
    detail = [f"its reference is also that of a fitted part at {show(c.x[p], 'mm')}, {show(c.y[p], 'mm')}" for p in b.tolist()]
    return Measurements.of(
        np.full(len(a), np.nan), checked=0, param="", a=c.item[a], b=c.item[b], x=c.x[a], y=c.y[a], layer=-1, cause="*twice",
        detail=detail,
    )  # fmt: skip
