"""Dimensions and layer alignment targets: the lines that they draw."""

from __future__ import annotations

from math import cos, hypot, radians, sin
from typing import Any

from ..board import Kind
from . import arcs
from .arcs import Point
from .frame import BOARD, Frame
from .kicad_file import File, chain, parts, stroke_width, text, value, xy
from .kicad_text import read_text
from .sexpr import Node

_ARROW = 27.5
"""Degrees between a dimension line and the lines of its arrow heads."""
_OLD_LINES = ("feature1", "feature2", "crossbar", "arrow1a", "arrow1b", "arrow2a", "arrow2b")


def read_dimension(file: File, node: Node, frame: Frame = BOARD, component: int = -1) -> None:
    """Read a dimension: its lines from the file (up to KiCad 5) or from its points, and its text."""
    p = parts(node)
    if "type" in p:
        style = parts(p.get("style", []))
        width = value(style, "thickness", 0.0)
        lines = _lines(p, text(p, "type"), [(float(x), float(y)) for x, y in chain(p["pts"])], style)
        if text(p, "type") in ("leader", "radial"):
            file.count("dimensions whose line from the knee to the text is not read", node.offset)
    else:
        width = stroke_width(p)
        lines = [[(float(x), float(y)) for x, y in chain(parts(p[name])["pts"])] for name in _OLD_LINES if name in p]
    label = p.get("gr_text") or p.get("fp_text")
    if isinstance(label, Node):
        read_text(file, label, frame, component)
    _draw(file, node, p, [frame.all(line) for line in lines], width, component, "dimension")


def read_target(file: File, node: Node) -> None:
    """Read an alignment target: a circle and a cross, or with `x` the cross turned by 45 degrees."""
    p = parts(node)
    (x, y), size = xy(p["at"]), value(p, "size", 5.0)
    turned = "x" in node[1:]
    arm = 2 * size / 3 / 2 if turned else size / 2
    ends = ((arm, arm), (arm, -arm)) if turned else ((arm, 0.0), (0.0, arm))
    lines: list[list[Point]] = [[(x - u, y - v), (x + u, y + v)] for u, v in ends]
    ring = arcs.circle(x, y, size / 2 if turned else size / 3)
    _draw(file, node, p, [*lines, [*ring, ring[0]]], stroke_width(p), -1, "target")


def _draw(file: File, node: Node, p: Any, lines: list[list[Point]], width: float, component: int, label: str) -> None:
    rows = file.layer_rows(p, node.offset)
    if not rows or not lines:
        return
    draft = file.draft
    for row in rows:
        item = draft.item(Kind.GRAPHIC, node.offset, -1, component, label, *lines[0][0])
        for line in lines:
            draft.feature(draft.shapes.line(line), width / 2, row, Kind.GRAPHIC, item, component=component)


def _lines(p: Any, kind: str, ends: list[Point], style: Any) -> list[list[Point]]:
    """The lines of a dimension between two points."""
    (ax, ay), (bx, by) = ends[0], ends[-1]
    if kind == "center":
        u, v = bx - ax, by - ay
        return [[(ax - u, ay - v), (ax + u, ay + v)], [(ax + v, ay - u), (ax - v, ay + u)]]
    arrow, outward = value(style, "arrow_length", 0.0), text(style, "arrow_direction") == "outward"
    if kind in ("leader", "radial"):
        lines = [[(ax, ay), (bx, by)]]
        if kind == "leader":
            return lines + _head((ax, ay), (bx - ax, by - ay), arrow)
        return lines + _head((bx, by), (ax - bx, ay - by), arrow)
    height, over, gap = value(p, "height", 0.0), value(style, "extension_height", 0.0), value(style, "extension_offset", 0.0)
    if kind == "orthogonal":
        upright = text(p, "orientation") == "1"
        u, v = (1.0, 0.0) if upright else (0.0, 1.0)
        ca = (ax + height, ay) if upright else (ax, ay + height)
        cb = (ca[0], by) if upright else (bx, ca[1])
        reach = (height, (ca[0] - bx) if upright else (ca[1] - by))
    else:
        length = hypot(bx - ax, by - ay) or 1.0
        u, v = -(by - ay) / length, (bx - ax) / length
        ca, cb = (ax + u * height, ay + v * height), (bx + u * height, by + v * height)
        reach = (height, height)
    lines = [[ca, cb]]
    for (x, y), (cx, cy), far in (((ax, ay), ca, reach[0]), ((bx, by), cb, reach[1])):
        sign = 1 if far >= 0 else -1
        lines.append([(x + sign * u * gap, y + sign * v * gap), (cx + sign * u * over, cy + sign * v * over)])
    along = (cb[0] - ca[0], cb[1] - ca[1])
    if outward:
        along = (-along[0], -along[1])
    return lines + _head(ca, along, arrow) + _head(cb, (-along[0], -along[1]), arrow)


def _head(tip: Point, along: Point, length: float) -> list[list[Point]]:
    """The two lines of an arrow head at `tip` that open towards `along`."""
    norm = hypot(*along)
    if norm == 0 or length <= 0:
        return []
    u, v = along[0] / norm * length, along[1] / norm * length
    c, s = cos(radians(_ARROW)), sin(radians(_ARROW))
    return [[tip, (tip[0] + u * c - v * s, tip[1] + u * s + v * c)], [tip, (tip[0] + u * c + v * s, tip[1] - u * s + v * c)]]
