"""Text boxes and tables: their borders and texts. KiCad wraps long lines in them, which is not done here, and noted."""

from __future__ import annotations

from typing import Any

from ..board import Kind
from .arcs import Point
from .frame import BOARD, Frame
from .kicad_file import File, Parts, chain, flag, parts, stroke_width, xy
from .kicad_text import Text, read_style
from .sexpr import Node, number


def read_text_box(
    file: File, node: Node, frame: Frame = BOARD, component: int = -1, fields: dict[str, str] | None = None
) -> None:
    """Read `(gr_text_box ...)`, `(fp_text_box ...)` or a `(table_cell ...)`."""
    p = parts(node)
    corners = _corners(p)
    rows = file.layer_rows(p, node.offset)
    style = read_style(p.get("effects"))
    content = next((a for a in node[1:] if a.__class__ is str and a != "locked"), "")
    if content and not style.hidden and rows:
        file.count("text boxes and table cells, whose lines are not wrapped here", node.offset)
        left, top, right, bottom = (number(a) for a in p["margins"][1:5]) if "margins" in p else (style.size[1] * 0.75,) * 4
        xs, ys = [q[0] for q in corners], [q[1] for q in corners]
        x = {"left": min(xs) + left, "right": max(xs) - right, "center": (min(xs) + left + max(xs) - right) / 2}[style.h]
        y = {"top": min(ys) + top, "bottom": max(ys) - bottom, "center": (min(ys) + top + max(ys) - bottom) / 2}[style.v]
        angle = number(p["angle"][1]) if "angle" in p else 0.0
        place = (*frame.at(x, y), angle)
        file.texts.append(Text(content, *place, style, rows, node.offset, component, False, _cache(p), "free", fields or {}))
    if flag(node, p, "border") if "border" in p else node[0] != "table_cell":
        _frame(file, node, rows, frame.all(corners), stroke_width(p), component, "text box")


def read_table(file: File, node: Node) -> None:
    """Read a table: its cells as text boxes, its border and the lines between cells."""
    p = parts(node)
    rows = file.layer_rows(p, node.offset)
    cells = [c for c in p.get("cells", [])[1:] if isinstance(c, Node)]
    corners = [q for cell in cells for q in _corners(parts(cell))]
    if not corners or not rows:
        return
    xs, ys = [q[0] for q in corners], [q[1] for q in corners]
    outer, inner = parts(p.get("border", [])), parts(p.get("separators", []))
    if flag([], outer, "external"):
        box = [(min(xs), min(ys)), (max(xs), min(ys)), (max(xs), max(ys)), (min(xs), max(ys))]
        _frame(file, node, rows, box, stroke_width(outer), -1, "table")
    for cell in cells:
        read_text_box(file, cell)
        if flag([], inner, "rows") or flag([], inner, "cols"):
            _frame(file, cell, rows, _corners(parts(cell)), stroke_width(inner), -1, "table")


def _corners(p: Parts) -> list[Point]:
    if "pts" in p:
        return [(float(x), float(y)) for x, y in chain(p["pts"])]
    (a, b), (c, d) = xy(p["start"]), xy(p["end"])
    return [(a, b), (c, b), (c, d), (a, d)]


def _cache(p: Parts) -> list[Any] | None:
    cache = p.get("render_cache")
    return [chain(parts(c)["pts"]) for c in cache[1:] if isinstance(c, Node) and c[0] == "polygon"] if cache else None


def _frame(file: File, node: Node, rows: list[int], box: list[Point], width: float, component: int, label: str) -> None:
    draft = file.draft
    for row in rows:
        item = draft.item(Kind.GRAPHIC, node.offset, -1, component, label, *box[0])
        draft.feature(draft.shapes.ring(box), width / 2, row, Kind.GRAPHIC, item, component=component)
