"""The outline of a pad on one layer, and its cores and radii at its place on the board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import hypot
from typing import Any

import shapely

from . import arcs
from .draft import Shapes
from .frame import Frame
from .kicad_file import Parts, arc_chain, chain, is_filled, parts, stroke_width, value, xy
from .sexpr import Node

Piece = tuple[int, float]
"""A core in the pool and its radius."""
SHAPES = {"circle", "oval", "rect", "roundrect", "trapezoid", "custom"}
PRIMITIVES = {"gr_line", "gr_arc", "gr_circle", "gr_rect", "gr_poly", "gr_curve"}
ANNOTATIONS = {"gr_bbox", "gr_vector"}
"""Primitives that say where the pad's number and the thermal spokes go; they are no copper."""
_THIN = 1e-9
_GRID = 1e-5
_DUST = 1e-6
"""mm2; crumbs of shrunk polygons below this are rounding."""
_CORNERS = (("top_left", -1, -1), ("top_right", 1, -1), ("bottom_right", 1, 1), ("bottom_left", -1, 1))


@dataclass(slots=True)
class Outline:
    """A pad's shape in the pad's own frame, its centre at (dx, dy)."""

    shape: str
    width: float
    height: float
    dx: float = 0.0
    dy: float = 0.0
    ratio: float = 0.0
    """Corner radius in parts of the smaller side."""
    chamfer: float = 0.0
    """Cut of a chamfered corner in parts of the smaller side."""
    corners: tuple[str, ...] = ()
    delta: tuple[float, float] = (0.0, 0.0)
    """Trapezoid: by how much the two sides along y, then along x, differ in length."""
    anchor: str = ""
    primitives: tuple[Node, ...] = ()

    @property
    def radius(self) -> float:
        return self.ratio * min(self.width, self.height)


def read_outline(p: Parts, shape: str) -> Outline:
    """The outline that the parts of a pad, or of one layer of its padstack, describe."""
    if shape not in SHAPES:
        raise ValueError(f"pad shape {shape} is unknown")
    width, height = xy(p["size"])
    out = Outline(shape, abs(width), abs(height))
    offset = p.get("offset") or parts(p.get("drill", [])).get("offset")
    if offset:
        out.dx, out.dy = xy(offset)
    if shape == "circle":
        out.height = out.width
    elif shape == "trapezoid" and "rect_delta" in p:
        out.delta = xy(p["rect_delta"])
    elif shape == "roundrect":
        out.ratio = min(max(value(p, "roundrect_rratio", 0.25), 0.0), 0.5)
        if len(p.get("chamfer", [])) > 1 and value(p, "chamfer_ratio", 0.0) > 0:
            out.shape, out.chamfer, out.corners = "chamfered", min(value(p, "chamfer_ratio"), 0.5), tuple(p["chamfer"][1:])
    elif shape == "custom":
        out.anchor = parts(p.get("options", [])).get("anchor", ["", "circle"])[1]
        out.primitives = tuple(c for c in p.get("primitives", [])[1:] if isinstance(c, Node))
    return out


def pieces(shapes: Shapes, o: Outline, frame: Frame) -> list[Piece]:
    """The pad's cores and radii on the board; a custom pad has its anchor and one piece a primitive."""
    w, h = o.width, o.height
    if o.shape == "circle" or (o.shape == "custom" and o.anchor != "rect"):
        return [*([(shapes.point(*frame.at(o.dx, o.dy)), w / 2)] if w > 0 else []), *_primitives(shapes, o, frame)]
    if w <= 0 or h <= 0:
        return _primitives(shapes, o, frame)
    if o.shape == "oval":
        return [oval(shapes, frame, w, h, o.dx, o.dy)]
    if o.shape == "chamfered":
        return [(shapes.area(frame.all(_chamfered(o))), 0.0)]
    if o.shape == "trapezoid":
        return [(shapes.area(frame.all(_trapezoid(o))), 0.0)]
    r = o.radius
    return [(_box(shapes, frame, o.dx, o.dy, w - 2 * r, h - 2 * r), r), *_primitives(shapes, o, frame)]


def inflated(
    shapes: Shapes, o: Outline, frame: Frame, base: list[Piece], mx: float, my: float, *, resized: tuple[str, ...] = ()
) -> list[Piece]:
    """The pad's shape with margins along its own x and y, as KiCad plots it on mask and paste layers.

    Pads of a `resized` shape become such pads of the other size, so that their corners keep their share of it, not their
    distance. Only rectangles, rounded rectangles and ovals can have two margins; the other shapes take `mx` all round.
    Corners of a shape that grows are rounded. A shape that shrinks below nothing has no opening.
    """
    if mx == my == 0:
        return base
    w, h = o.width + 2 * mx, o.height + 2 * my
    if o.shape != "custom" and (w <= 0 or h <= 0):
        return []
    if o.shape == "oval" and mx != my:
        return [oval(shapes, frame, w, h, o.dx, o.dy)]
    if o.shape in resized:
        return pieces(shapes, replace(o, width=w, height=h), frame)
    if o.shape in ("rect", "roundrect") and (mx != my or o.radius + mx < 0):
        r = min(max(o.radius + mx, 0.0), min(w, h) / 2)
        return [(_box(shapes, frame, o.dx, o.dy, w - 2 * r, h - 2 * r), r)]
    if mx > 0 or (len(base) == 1 and base[0][1] + mx >= 0):
        return [(core, radius + mx) for core, radius in base]
    return [(shapes.ready(part), 0.0) for part in _shrunk(o, frame, -mx)]


def _shrunk(o: Outline, frame: Frame, by: float) -> list[Any]:
    """Polygons of a shape of several pieces less a margin: what is left of their union."""
    pool = Shapes()
    base = pieces(pool, o, frame)
    cores = pool.build()
    whole = shapely.union_all([shapely.buffer(cores[core], radius, quad_segs=32) for core, radius in base])
    # Without the grid GEOS loses parts of shapes with many close vertices, and leaves others invalid.
    left = shapely.buffer(shapely.set_precision(whole, _GRID), -by, quad_segs=16)
    return [g for g in shapely.get_parts(left) if g.area > _DUST]


def oval(shapes: Shapes, frame: Frame, w: float, h: float, dx: float = 0.0, dy: float = 0.0) -> Piece:
    """A slot: the segment between the centres of its two round ends, and half its width."""
    u, v = max(w - h, 0.0) / 2, max(h - w, 0.0) / 2
    return shapes.segment(*frame.at(dx - u, dy - v), *frame.at(dx + u, dy + v)), min(w, h) / 2


def _box(shapes: Shapes, frame: Frame, x: float, y: float, w: float, h: float) -> int:
    """Core of a rectangle; a line or a point where a size is nil."""
    u, v = (w / 2 if w > _THIN else 0.0), (h / 2 if h > _THIN else 0.0)
    if u == 0 or v == 0:
        return shapes.segment(*frame.at(x - u, y - v), *frame.at(x + u, y + v))
    return shapes.area(frame.all(((x - u, y - v), (x + u, y - v), (x + u, y + v), (x - u, y + v))))


def _trapezoid(o: Outline) -> list[arcs.Point]:
    u, v, a, b = o.width / 2, o.height / 2, o.delta[0] / 2, o.delta[1] / 2
    corners = ((-u - b, v + a), (u + b, v - a), (u - b, -v + a), (-u + b, -v - a))
    return [(o.dx + p, o.dy + q) for p, q in corners]


def _chamfered(o: Outline) -> list[arcs.Point]:
    """Corner by corner, clockwise as seen: cut where the pad says so, else rounded."""
    cut, r = o.chamfer * min(o.width, o.height), o.radius
    out: list[arcs.Point] = []
    for i, (name, sx, sy) in enumerate(_CORNERS):
        x, y = o.dx + sx * o.width / 2, o.dy + sy * o.height / 2
        d = cut if name in o.corners else r
        on_side, on_top = (x, y - sy * d), (x - sx * d, y)
        first, last = (on_side, on_top) if i % 2 == 0 else (on_top, on_side)
        if d == 0:
            out.append((x, y))
        elif name in o.corners:
            out += (first, last)
        else:
            k = r * (1 - 0.5**0.5)
            out += arcs.through(first, (x - sx * k, y - sy * k), last)
    return out


def _primitives(shapes: Shapes, o: Outline, frame: Frame) -> list[Piece]:
    return [piece for node in o.primitives if node[0] in PRIMITIVES for piece in _primitive(shapes, node, frame, o.dx, o.dy)]


def _primitive(shapes: Shapes, node: Node, frame: Frame, dx: float, dy: float) -> list[Piece]:
    """Cores and radii of one primitive of a custom pad."""
    p = parts(node)
    width = stroke_width(p)
    half = width / 2
    solid = is_filled(p, default=node[0] == "gr_poly" or width == 0)

    def put(points: Iterable[Any]) -> list[arcs.Point]:
        return frame.all((u + dx, v + dy) for u, v in points)

    name = node[0]
    if name == "gr_line":
        return [(shapes.line(put((xy(p["start"]), xy(p["end"])))), half)]
    if name == "gr_arc":
        return [(shapes.line(put(arc_chain(p))), half)]
    if name == "gr_curve":
        return [(shapes.line(put(arcs.bezier(chain(p["pts"])))), half)]
    if name == "gr_circle":
        (x, y), end = xy(p["center"]), xy(p["end"])
        r = hypot(end[0] - x, end[1] - y)
        if solid:
            return [(shapes.point(*frame.at(x + dx, y + dy)), r + half)]
        return [(shapes.ring(put(arcs.circle(x, y, r))), half)]
    if name == "gr_rect":
        (a, b), (c, d) = xy(p["start"]), xy(p["end"])
        points = put(((a, b), (c, b), (c, d), (a, d)))
    else:
        points = put(chain(p["pts"]))
    return [(shapes.area(points) if solid else shapes.ring(points), half)]
