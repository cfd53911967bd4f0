"""A close-up of one place of a finding, as SVG: its items in two colours over a dimmed board, and the line that was measured."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Objects, once_a_board
from ..drawing import TILED, Marked, area, marked, shapes, witness
from ..errors import DfmError
from ..report import DesignReport, Finding, ItemRef, Place
from ..units import show
from .lettering import fitted, letters
from .lettering import width as wide
from .phrases import clean
from .svg_board import SEEN_FROM, SIDES, Extent, extent, seen
from .svg_paths import ROUND, Frame, drawn, group, number

ITEMS = ("#ff3fa4", "#21d4fd")
"""Colours of the first and the second item; others are in that of the second."""
_BACK, _BOARD, _COPPER, _SILK, _OPEN, _HOLE, _EDGE = (
    "#0f1318", "#1a2129", "#3c4854", "#7d8791", "#5f5a3c", "#07090c", "#c9d1d9",
)  # fmt: skip
_LINE, _CASING, _TEXT, _SOFT = "#ffffff", "#07090c", "#f0f3f6", "#aab4bf"
_SHARE = 0.62
"""Height of the board's part of the picture by its width."""
_STRIP = 30.0
_COARSE, _BYTES = (1.0, 3.0, 9.0, 27.0), 30_000
"""A picture of more bytes than that is drawn so many times coarser."""
_MOST, _LEAST, _GAPS = 15.0, 0.75, 9.0
"""mm from the place to the picture's side, at most and at least, and how many times what was measured at most."""


def finding_svg(design: DesignReport, finding: Finding, place: int = 0, width: float = 480.0) -> str:
    """A close-up of a place (counted from the worst) of a finding, `width` pixels wide, seen from the side that shows it.

    What has no place on the board is shown by the whole board, dimmed. Raises `DfmError` for a design that was read from a
    report, and where nothing is drawn on the board.
    """
    board = design.design
    if board is None:
        raise DfmError(f"{clean(design.name)}: a report does not hold the board; name the design itself to have it drawn")
    at, whole = finding.places[place], extent(board)
    if whole is None:
        raise DfmError(f"{clean(design.name)}: nothing is drawn on this board")
    side = (seen(board, at) if math.isfinite(at.x) else None) or 0
    items = [(item, marked(board, item.row, item.kind, at.layers)) for item in at.items]
    told = area(board, finding.rule, at) if math.isfinite(at.x) else None
    view = _about(Extent(*told), 2.5 if finding.rule in TILED else 1.1) if told else _window(board, at, items, whole)
    edges = [set(thing.features.tolist()) for _, thing in items if thing.outline]
    apart = len(edges) > 1 and all(edges) and not set.intersection(*edges)
    scale = width / view.width
    height = view.height * scale
    for coarse in _COARSE:
        frame = Frame.of(view, scale, mirrored=side == 1).coarser(coarse)
        inner = _context(board, at, side, view, frame, scale)
        for n, (_, thing) in enumerate(items):
            inner += _highlight(board, at, thing, ITEMS[min(n, 1)], view, frame, scale, apart)
        inner += _holes(board, np.concatenate([np.empty(0, np.int32), *(thing.holes for _, thing in items)]), view, frame)
        if len(inner) < _BYTES:
            break
    box = f"0 0 {number(view.width / frame.unit)} {number(view.height / frame.unit)}"
    out = f'<svg width="{number(width)}" height="{number(height)}" viewBox="{box}">{inner}</svg>'
    if math.isfinite(at.x):
        out += _measure(board, at, frame, scale, width, height)
    out += _strip(at, side, width, height, scale)
    w, h = number(width), number(height + _STRIP)
    title = f"{finding.severity} {finding.rule}: {finding.message}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" {ROUND}>'
        f"<title>{escape(clean(title))}</title>"
        f"<desc>{escape(clean(' and '.join(str(item) for item in at.items)))}, {SEEN_FROM[side]}</desc>"
        f'<rect width="{w}" height="{h}" rx="6" fill="{_BACK}"/>{out}</svg>\n'
    )


def _about(box: Extent, times: float) -> Extent:
    """What is shown of a box: all of it, and so many times as much."""
    half = max(box.width / 2, box.height / 2 / _SHARE) * times
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return Extent(x - half, y - half * _SHARE, x + half, y + half * _SHARE)


def _window(board: Board, at: Place, items: list[tuple[ItemRef, Marked]], whole: Extent) -> Extent:
    """What is shown: the items about the place, but no more than lets the measured gap be seen."""
    if not math.isfinite(at.x):
        return _about(whole, 1.05)
    gap = abs(at.measured) if at.unit == "mm" and math.isfinite(at.measured) else math.inf
    most = min(max(_GAPS * gap, 2 * _LEAST), _MOST)
    half = max(_LEAST, 1.2 * gap) if math.isfinite(gap) else _LEAST
    for _, thing in items:
        core, radius = shapes(board, thing)
        if len(core):
            b = shapely.bounds(core) + radius[:, None] * [-1, -1, 1, 1]
            x0, y0, x1, y1 = np.nanmin(b[:, :2], axis=0).tolist() + np.nanmax(b[:, 2:], axis=0).tolist()
            half = max(half, 1.15 * min(max(at.x - x0, x1 - at.x, (at.y - y0) / _SHARE, (y1 - at.y) / _SHARE), most))
    half = min(half, max(most, 1.2 * gap if math.isfinite(gap) else 0))
    return Extent(at.x - half, at.y - half * _SHARE, at.x + half, at.y + half * _SHARE)


@once_a_board
def _trees(board: Board) -> tuple[shapely.STRtree, shapely.STRtree]:
    """Indices over the boxes of features and of holes."""
    f, holes = board.features, board.holes
    return shapely.STRtree(shape.boxes(f.core, f.radius)), shapely.STRtree(shape.boxes(holes.core, holes.radius))


def _context(board: Board, at: Place, side: int, view: Extent, frame: Frame, scale: float) -> str:
    """The dimmed board in the window: the layer that the place speaks of, or the outer one, with its legend and holes."""
    f = board.features
    named = [row for name in at.layers if (row := board.layer(name)) >= 0]
    copper = [row for row in named if board.layers.role[row] == "copper"][:1] or [int(board.outer_layer(side))]
    box = shapely.box(view.left, view.top, view.right, view.bottom)
    rows = np.sort(_trees(board)[0].query(box))
    layer = f.layer[rows]

    def on(which: Bools, colour: str, **attributes: str) -> str:
        return group(_clipped(f.core[rows[which]], f.radius[rows[which]], view, frame), colour, **attributes)

    out = group(_clipped(_all(board.outline), np.zeros(1), view, frame), _BOARD) if not board.outline.is_empty else ""
    out += on(np.isin(layer, copper), _COPPER)
    openings = [row for row in named if board.layers.role[row] in ("mask", "paste")]
    out += on(np.isin(layer, openings), _OPEN, opacity=".7")
    if math.isfinite(at.x):
        out += on(np.isin(layer, board.layers_with("silk", SIDES[side])), _SILK, opacity=".55")
    edge = rows[np.isin(layer, board.layers_with("edge"))]
    pen = np.full(len(edge), 0.6 / scale)
    return out + group(_clipped(f.core[edge], pen, view, frame), _EDGE)


def _holes(board: Board, meant: Ints, view: Extent, frame: Frame) -> str:
    """All holes but those that are meant themselves."""
    holes = board.holes
    rows = np.setdiff1d(_trees(board)[1].query(shapely.box(view.left, view.top, view.right, view.bottom)), meant)
    return group(_clipped(holes.core[rows], holes.radius[rows], view, frame), _HOLE)


def _highlight(board: Board, at: Place, thing: Marked, colour: str, view: Extent, frame: Frame, scale: float, apart: bool) -> str:
    """An item in its colour; of a component its body (or the courtyard, where that is meant) is an outline.

    An edge is the whole outline, or, told `apart` from another one, its own lines.
    """
    core, radius = shapes(board, thing._replace(bodies=thing.bodies[:0], outline=thing.outline and not apart))
    if thing.outline:  # its middle is what is routed, however wide the pen was
        radius = np.full(len(radius), 1.5 / scale)
    out = group(_clipped(core, radius, view, frame), colour, opacity=".8")
    c, pen = board.components, 1.1 / scale
    if not len(thing.bodies):
        return out
    columns = (board.derived.parts().body,)
    if any(name.endswith("CrtYd") for name in at.layers):
        columns = (c.courtyard_bottom if "B.CrtYd" in at.layers else c.courtyard_top,)
    bodies = [body for column in columns for body in column[thing.bodies].tolist() if body is not None]
    rims = _all(*(shapely.boundary(body) for body in bodies))
    return out + group(_clipped(rims, np.full(len(rims), pen), view, frame), colour)


def _all(*things: object) -> Objects:
    out = np.empty(len(things), object)
    out[:] = things
    return out


def _clipped(core: Objects, radius: Floats, view: Extent, frame: Frame) -> str:
    """Elements of what of the shapes is in the window, without the cut being seen."""
    core = core.copy()
    for grow in np.unique(radius).tolist():
        rows = np.flatnonzero((radius == grow) & (shapely.get_num_coordinates(core) > 2))
        by = grow + 4 * frame.least
        try:
            core[rows] = shapely.clip_by_rect(core[rows], view.left - by, view.top - by, view.right + by, view.bottom + by)
        except shapely.GEOSException:  # an area that crosses itself is drawn whole
            continue
    keep = ~shapely.is_empty(core)
    return drawn(core[keep], radius[keep], frame)


def _measure(board: Board, at: Place, frame: Frame, scale: float, width: float, height: float) -> str:
    """The line that was measured with its value, or a ring about the place where no line shows it."""
    line = witness(board, at)
    ends = frame.xy([[at.x, at.y], *(np.reshape(line, (2, 2)).tolist() if line else [])]) * frame.unit * scale
    if line:
        (x0, y0), (x1, y1) = ends[1:].tolist()
        long = max(math.hypot(x1 - x0, y1 - y0), 1e-9)
        tx, ty = 7 * (y1 - y0) / long, 7 * (x0 - x1) / long
        ticks = "".join(f"M{number(x - tx)} {number(y - ty)}l{number(2 * tx)} {number(2 * ty)}" for x, y in ((x0, y0), (x1, y1)))
        drawing = f'<path fill="none" d="M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}{ticks}"'
        taken = min(x0, x1) - abs(tx), min(y0, y1) - abs(ty), max(x0, x1) + abs(tx), max(y0, y1) + abs(ty)
    else:
        x, y = ends[0].tolist()
        drawing = f'<circle cx="{number(x)}" cy="{number(y)}" r="14" fill="none"'
        taken = x - 14, y - 14, x + 14, y + 14
    out = f'{drawing} stroke="{_CASING}" stroke-width="4.5"/>{drawing} stroke="{_LINE}" stroke-width="1.8"/>'
    if not math.isfinite(at.measured):
        return out
    value = show(at.measured, at.unit, apart_from=at.limit)
    if at.limit is not None:
        value += f" / {show(at.limit, at.unit, apart_from=at.measured)}"
    half = wide(value, 11) / 2 + 8
    x, y = (taken[0] + taken[2]) / 2, (taken[1] + taken[3]) / 2
    beside = [(x, taken[1] - 17), (x, taken[3] + 17), (taken[2] + half + 5, y), (taken[0] - half - 5, y)]
    if taken[3] - taken[1] > taken[2] - taken[0]:  # beside a line that stands, above one that lies
        beside = beside[2:] + beside[:2]
    room = [(cx, cy) for cx, cy in beside if half + 3 <= cx <= width - half - 3 and 14 <= cy <= height - 14]
    cx, cy = room[0] if room else (min(max(x, half + 3), width - half - 3), 16.0)
    return (
        f'{out}<rect x="{number(cx - half)}" y="{number(cy - 11)}" width="{number(2 * half)}" height="22" rx="5" '
        f'fill="{_CASING}" fill-opacity=".85"/>{letters(value, cx, cy + 5.5, 11, _TEXT, anchor=0.5)}'
    )


def _strip(at: Place, side: int, width: float, height: float, scale: float) -> str:
    """Below the picture: which colour is which item, the side or layer, and a scale bar."""
    y, x = height + _STRIP / 2, 10.0
    long = next((mm for mm in (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1) if mm * scale <= width / 5), 0.1)
    x0 = width - 10 - long * scale
    d = f"M{number(x0)} {number(y - 4)}v8m0-4h{number(long * scale)}m0-4v8"
    bar = f'<path d="{d}" fill="none" stroke="{_SOFT}" stroke-width="1.3"/>'
    out = bar + letters(f"{long:g} mm", x0 - 6, y + 4, 8.5, _SOFT, anchor=1.0)
    room = x0 - wide(f"{long:g} mm", 8.5) - 20
    named = [*at.items[:2]]
    for n, item in enumerate(named):
        text = fitted(str(item), 9, (room - x) / (len(named) - n) - 34)
        out += f'<rect x="{number(x)}" y="{number(y - 6)}" width="12" height="12" rx="3" fill="{ITEMS[n]}"/>'
        out += letters(text, x + 18, y + 4.5, 9, _TEXT)
        x += 18 + wide(text, 9) + 16
    where = ", ".join(at.layers) or SIDES[side]
    if room - x > 30:
        out += letters(fitted(where, 8.5, room - x), x, y + 4.5, 8.5, _SOFT)
    return out
