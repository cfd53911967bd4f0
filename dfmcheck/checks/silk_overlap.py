"""Texts of the legend that cannot be read: overprinted, mirrored, or under a body."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board
from ..check import Context, Measurements, check
from ..pieces import least
from ..silk import BOTTOM, Ink, printed
from ..units import show

_PARTNERS = 8
"""A text is told with this many others that it meets, the deepest ones: a heap of texts is one thing to mend."""
_COVERED = 0.5
"""Share of a text's box under one body from which the text is hidden."""


@check("silk_overlap", tunes="overlap_min under_body")
def silk_overlap(ctx: Context) -> Measurements:
    """How deep in mm the ink of a text reaches into other ink of its side, once for each text and other part or text.

    Where the middles of two strokes cross, the depth is that of the strokes' widths; a stroke within a filled area is
    as deep as it is long. Texts that read mirrored as seen from their side are told too, and with `under_body` those of
    which fitted parts cover half or more.
    """
    board = ctx.board
    ink = board.derived.ink()
    rows = [Measurements.none(int(printed(board).sum())), _overlaps(ctx, ink), _mirrored(board)]
    if ctx.tune("under_body") > 0:
        rows.append(_covered(board, ink))
    return Measurements.join(rows)


def _overlaps(ctx: Context, ink: Ink) -> Measurements:
    board, t = ctx.board, ctx.board.texts
    texts = np.flatnonzero(ink.text >= 0).astype(np.int32)
    boxes = ink.boxes
    i, j = shape.meeting(boxes[texts], boxes)
    i = texts[i]
    # Two texts meet in two rows: one is enough.
    keep = (ink.side[i] == ink.side[j]) & (ink.text[i] != ink.text[j]) & ((ink.text[j] < 0) | (i < j))
    i, j = i[keep], j[keep]
    d = shape.distance(ink.core[i], ink.radius[i], ink.core[j], ink.radius[j])
    met = shapely.intersects(ink.core[i], ink.core[j])
    keep = (d < -ctx.tune("overlap_min")) | met
    i, j, depth, met = i[keep], j[keep], -d[keep], met[keep]
    area = np.isin(shapely.get_type_id(ink.core), (3, 6))
    solid = np.flatnonzero(met & (area[i] | area[j]))
    if len(solid):
        shared = shapely.intersection(ink.core[i[solid]], ink.core[j[solid]])
        inside = np.where(shapely.area(shared) > 0, np.sqrt(shapely.area(shared)), shapely.length(shared))
        depth[solid] = np.maximum(depth[solid], inside)
    other = np.where(ink.text[j] >= 0, -2 - ink.text[j], ink.component[j])
    first = least(-np.round(depth, 6), ink.text[i], other, ties=[ink.item[j]])
    i, j, depth = i[first], j[first], depth[first]
    deepest = np.lexsort((ink.item[j], -np.round(depth, 6), ink.text[i]))
    rank = np.arange(len(i)) - np.searchsorted(ink.text[i[deepest]], ink.text[i[deepest]])
    kept = np.sort(deepest[rank < _PARTNERS])
    i, j, depth = i[kept], j[kept], depth[kept]
    x, y = shape.witness(ink.core[i], ink.radius[i], ink.core[j], ink.radius[j])
    crossing = shapely.centroid(shapely.intersection(ink.core[i], ink.core[j]))
    there = ~shapely.is_empty(crossing)
    x[there], y[there] = shapely.get_x(crossing[there]), shapely.get_y(crossing[there])
    label, by_text = board.items.label, ink.text[j] >= 0
    detail = [
        f"{_quoted(label[a])} and the text {_quoted(label[b])} overlap by {show(v, 'mm')}" if text
        else f"{_quoted(label[a])} and the drawing of {_owner(board, int(c))} overlap by {show(v, 'mm')}"
        for a, b, c, v, text in zip(ink.item[i].tolist(), ink.item[j].tolist(), ink.component[j].tolist(), depth, by_text)
    ]  # fmt: skip
    return Measurements.of(
        depth, checked=0, param="", a=ink.item[i], b=ink.item[j], x=x, y=y, layer=t.layer[ink.text[i]],
        cause=np.where(by_text, "*texts over texts", "*texts over drawings"), detail=detail,
    )  # fmt: skip


def _quoted(text: object) -> str:
    words = " ".join(str(text).split())
    return f"'{words[:30]}...'" if len(words) > 33 else f"'{words}'"


def _owner(board: Board, component: int) -> str:
    return "the board" if component < 0 else str(board.components.ref[component]) or "a part without a name"


def _mirrored(board: Board) -> Measurements:
    t = board.texts
    bottom = (board.layers.side == "bottom")[t.layer]
    wrong = printed(board) & (t.mirrored != bottom)
    rows = t.take(wrong)
    words = [f"reads mirrored as seen from the {'bottom' if b else 'top'}" for b in bottom[wrong]]
    return Measurements.of(
        np.full(len(rows), np.nan), checked=0, param="", a=rows.item, x=board.items.x[rows.item], y=board.items.y[rows.item],
        layer=rows.layer, cause="*mirrored texts", detail=words,
    )  # fmt: skip


def _covered(board: Board, ink: Ink) -> Measurements:
    """Texts under the body of a fitted part of their side."""
    parts, c = board.derived.parts(), board.components
    rows = np.flatnonzero(parts.fitted & np.array([body is not None for body in parts.body], np.bool_))
    mine = np.flatnonzero(ink.text >= 0)
    text, of = np.unique(ink.text[mine], return_inverse=True)
    bounds = np.full((len(text), 4), [np.inf, np.inf, -np.inf, -np.inf])
    b = shapely.bounds(ink.core[mine])
    np.minimum.at(bounds[:, :2], of, b[:, :2])
    np.maximum.at(bounds[:, 2:], of, b[:, 2:])
    boxes = shapely.box(*bounds.T)
    k, part = shapely.STRtree(parts.body[rows]).query(boxes)
    on = np.where((board.layers.side == "bottom")[board.texts.layer[text[k]]], BOTTOM, 0) == c.side[rows[part]]
    k, part = k[on], rows[part[on]]
    share = shapely.area(shapely.intersection(boxes[k], parts.body[part])) / np.maximum(shapely.area(boxes[k]), 1e-9)
    hidden = share >= _COVERED
    k, part = k[hidden], part[hidden]
    rows_of = board.texts.take(text[k])
    detail = [f"stands under the body of {c.ref[p] or 'a part without a name'}" for p in part.tolist()]
    return Measurements.of(
        np.full(len(k), np.nan), checked=0, param="", a=rows_of.item, b=c.item[part], x=board.items.x[rows_of.item],
        y=board.items.y[rows_of.item], layer=rows_of.layer, cause="*texts under bodies", detail=detail,
    )  # fmt: skip
