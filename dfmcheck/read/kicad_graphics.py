"""Lines, arcs, circles, rectangles, polygons and Bézier curves on any layer, of the board and of footprints."""

from __future__ import annotations

from typing import Any

from ..board import Kind
from . import arcs
from .kicad_file import File, Parts, parts, value, xy
from .kicad_pads import Place, arc_chain
from .kicad_zones import chain
from .sexpr import Node

BOARD = Place(0.0, 0.0, 0.0)


class Drawn:
    """Courtyard and fab outlines of one footprint."""

    def courtyards(self) -> tuple[Any, Any, str]:
        return None, None, ""

    def fab(self, side: int) -> Any:
        return None


def stroke(p: Parts) -> float:
    """Line width: `(stroke (width w) ...)`, up to KiCad 6 `(width w)`."""
    return value(parts(p["stroke"]), "width", 0.0) if "stroke" in p else value(p, "width", 0.0)


def filled(p: Parts, name: str) -> bool:
    fill = p.get("fill", [])
    if len(fill) > 1:
        return fill[1] in ("yes", "solid")
    return name == "poly"


def read_graphic(file: File, node: Node, frame: Place = BOARD, component: int = -1, drawn: Drawn | None = None) -> None:
    p = parts(node)
    name = node[0].partition("_")[2]
    names = p["layers"][1:] if "layers" in p else p["layer"][1:2]
    rows = [row for row in (file.layer(n, node.offset) for n in names) if row >= 0]
    if not rows:
        return
    layers, draft, shapes = file.board_layers, file.draft, file.draft.shapes
    half = stroke(p) / 2
    extra = 0.0
    closed = False
    if name == "line":
        points: Any = [xy(p["start"]), xy(p["end"])]
    elif name == "arc":
        points = arc_chain(p)
    elif name == "curve":
        points = arcs.bezier([(float(a), float(b)) for a, b in chain(p["pts"])])
    elif name == "circle":
        (x, y), (ex, ey) = xy(p["center"]), xy(p["end"])
        extra = ((x - ex) ** 2 + (y - ey) ** 2) ** 0.5
        points, closed = arcs.circle(x, y, extra), True
    elif name == "rect":
        (a, b), (c, d) = xy(p["start"]), xy(p["end"])
        points, closed = [(a, b), (c, b), (c, d), (a, d)], True
    else:
        points, closed = chain(p["pts"]), True
    placed = frame.all(points)
    edge = any(layers.roles[r] == "edge" for r in rows)
    solid = closed and not edge and filled(p, name)
    if solid and name == "circle":
        shape, half = shapes.point(*frame.at(x, y)), half + extra
    elif solid:
        shape = shapes.area(placed)
    elif closed:
        shape = shapes.ring(placed)
    else:
        shape = shapes.line(placed)
    kind = Kind.EDGE if edge else Kind.GRAPHIC
    net = file.net_of(p.get("net"))
    item = draft.item(kind, node.offset, net, component, name, *placed[0])
    for row in rows:
        draft.feature(shape, half, row, kind, item, net, component=component)
