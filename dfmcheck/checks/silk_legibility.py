"""Legend that cannot be printed or read: thin strokes, small letters."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Objects
from ..check import Context, Measurements, check
from ..copper import components
from ..pieces import least
from ..silk import Ink, printed
from ..units import below, show


@check("silk_legibility", minima="stroke_min height_min height_to_stroke")
def silk_legibility(ctx: Context) -> Measurements:
    """Width in mm of the strokes of texts and of drawn lines, height in mm of texts, and the ratio of height to stroke.

    One finding for all texts of one size, for all lines of one width. Filled areas and the letters of outline fonts have no
    stroke. Lines that touch and are equally wide are one drawing; the lines of parts of one footprint are one place. Of
    Gerber files, in which texts are strokes like any other, only the widths are judged.
    """
    ink = ctx.board.derived.ink()
    m = Measurements.join([_texts(ctx), _lines(ctx, ink), Measurements.none(len(np.unique(ink.item)))])
    return m.take(np.isin(m.param, ctx.judged()))


def _texts(ctx: Context) -> Measurements:
    board = ctx.board
    t = board.texts.take(printed(board))
    parts = []
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = t.height / t.stroke
    for param, value, word in (
        ("height_min", t.height, "texts {} high"),
        ("stroke_min", t.stroke, "texts in strokes of {}"),
        ("height_to_stroke", ratio, "texts that are heavy for their height"),
    ):
        known = np.isfinite(value)
        rows, size = t.take(known), value[known]
        if param == "height_to_stroke":
            cause, detail = [f"*{word}"] * len(size), [_pair(h, s) for h, s in zip(rows.height, rows.stroke)]
        else:
            cause, detail = [f"*{word.format(show(v, 'mm'))}" for v in size], [word.format(show(v, "mm")) for v in size]
        parts.append(Measurements.of(
            size, checked=0, param=param, a=rows.item, x=board.items.x[rows.item], y=board.items.y[rows.item], layer=rows.layer,
            cause=cause, detail=detail,
        ))  # fmt: skip
    return Measurements.join(parts)


def _pair(height: float, stroke: float) -> str:
    return f"a text {show(height, 'mm')} high in strokes of {show(stroke, 'mm')}"


def _lines(ctx: Context, ink: Ink) -> Measurements:
    """Lines that are no texts, thinner than what is asked for; of others only the thinnest."""
    board = ctx.board
    limit = ctx.reach("stroke_min")
    lines = ink.take((ink.text < 0) & ~np.isin(shapely.get_type_id(ink.core), (3, 6)))
    width = 2 * lines.radius
    thin = np.asarray(below(width, limit), np.bool_)
    lines, width = lines.take(thin), width[thin]
    if not len(lines):
        return Measurements.none(0)
    layer = board.features.layer[lines.row]
    # Components that a package names have no footprint's name: each is told for itself.
    library = [str(name) or f"#{row}" for row, name in enumerate(board.components.footprint)]
    names, of = np.unique(np.array(library, str), return_inverse=True)
    free = lines.component < 0
    # A footprint's lines are the library's: one place for all parts of it. Free lines that touch are one drawing.
    drawing = _joined(lines) + len(names)
    owner = np.where(free, drawing, np.append(of, 0)[lines.component])
    b = shapely.bounds(lines.core)
    step = np.round(width * 1e4).astype(np.int32)
    first = least(lines.item.astype(np.float64), owner, layer, step)
    key = np.stack([owner, layer, step])
    whole = np.unique(key, axis=1, return_inverse=True)[1].reshape(-1)
    box = np.full((int(whole.max()) + 1, 4), [np.inf, np.inf, -np.inf, -np.inf])
    np.minimum.at(box[:, :2], whole, b[:, :2])
    np.maximum.at(box[:, 2:], whole, b[:, 2:])
    alone = free[first] | (np.append(board.components.footprint, "")[lines.component[first]] == "")
    middle = np.where(alone[:, None], (box[:, :2] + box[:, 2:])[whole[first]], (b[:, :2] + b[:, 2:])[first]) / 2
    mine = ~free[first]
    detail: Objects = np.array([f"lines {show(w, 'mm')} wide" for w in width[first]], object)
    of_what = np.append(np.array([f" of {name}" if name else "" for name in board.components.footprint], object), "")
    return Measurements.of(
        width[first], checked=0, param="stroke_min", a=lines.item[first], x=middle[:, 0], y=middle[:, 1], layer=layer[first],
        inherent=mine, cause=[f"*{text}{' of footprints' if m else ''}" for text, m in zip(detail, mine)],
        detail=detail + of_what[lines.component[first]],
    )  # fmt: skip


def _joined(lines: Ink) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """For each line the drawing that it belongs to: lines of one side and width that touch."""
    i, j = shape.meeting(lines.boxes, lines.boxes)
    one = (i < j) & (lines.side[i] == lines.side[j]) & (np.abs(lines.radius[i] - lines.radius[j]) < 1e-6)
    i, j = i[one], j[one]
    met = shape.distance(lines.core[i], lines.radius[i], lines.core[j], lines.radius[j]) <= 0
    return components(len(lines), i[met], j[met]).astype(np.int32)
