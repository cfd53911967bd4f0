"""Lines, arcs, circles, rectangles, polygons and Bézier curves on any layer, of the board and of footprints."""

from __future__ import annotations

from math import hypot
from typing import Any

from ..board import Kind
from . import arcs
from .frame import BOARD, Frame
from .kicad_file import File, arc_chain, chain, is_filled, note_style, parts, stroke_width, value, xy
from .kicad_rings import Drawn
from .sexpr import Node

_MATERIAL = {"copper", "mask", "paste", "silk", "edge"}
SHAPES = {"line", "arc", "circle", "rect", "poly", "curve"}


def read_graphic(file: File, node: Node, frame: Frame = BOARD, component: int = -1, drawn: Drawn | None = None) -> None:
    """Read `(gr_line ...)`, `(fp_line ...)` and their kin; on courtyard and fab layers of a footprint also into `drawn`."""
    p = parts(node)
    name = node[0][3:]
    rows = file.layer_rows(p, node.offset)
    if not rows:
        return
    layers, draft, shapes = file.layers, file.draft, file.draft.shapes
    half, reach, closed = stroke_width(p) / 2, 0.0, name in ("circle", "rect", "poly")
    points: Any
    if name == "line":
        points = (xy(p["start"]), xy(p["end"]))
    elif name == "arc":
        points = arc_chain(p)
    elif name == "curve":
        points = arcs.bezier(chain(p["pts"]))
    elif name == "circle":
        (x, y), (ex, ey) = xy(p["center"]), xy(p["end"])
        reach = hypot(x - ex, y - ey)
        points = arcs.circle(x, y, reach)
    elif name == "rect":
        (a, b), (c, d) = xy(p["start"]), xy(p["end"])
        points = ((a, b), (c, b), (c, d), (a, d))
    else:
        points = chain(p["pts"])
    points = frame.all(points)
    roles = [layers.roles[row] for row in rows]
    edge = "edge" in roles
    solid = closed and not edge and is_filled(p, default=name == "poly")
    if drawn is not None:
        drawn.add(roles[0], layers.sides[rows[0]], points, closed)
    if solid and name == "circle":
        shape, half = shapes.point(*frame.at(x, y)), half + reach
    elif solid:
        shape = shapes.area(points)
    elif closed:
        shape = shapes.ring(points)
    else:
        shape = shapes.line(points)
    if roles[0] in _MATERIAL:
        note_style(file, p, node.offset)
    kind = Kind.EDGE if edge else Kind.GRAPHIC
    net = file.net_of(p.get("net"))
    item = draft.item(kind, node.offset, net, component, name, *points[0])
    for row, role in zip(rows, roles):
        radius = half
        if role == "mask":
            radius += value(p, "solder_mask_margin", 0.0 if len(rows) == 1 else file.setup.mask_margin)
            if radius < 0:
                continue
        draft.feature(shape, radius, row, kind, item, net, component=component)
