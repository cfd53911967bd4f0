"""Texts: fields of footprints, free texts, and the variables in them, which are known only when all is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..board import Kind
from .frame import BOARD, Frame
from .kicad_file import NAN, File, chain, flag, parts, text, value
from .sexpr import Node, number
from .strokefont import ESCAPES, convert_overbars
from .text import Text as Drawn
from .text import shape_texts

_VARIABLE = re.compile(r"\$\{([^${}]+)\}")
_OLD_VARIABLE = re.compile(r"%(.)")
_ESCAPED = re.compile(r"(?<![$~^_])\{(\w+)\}")
_TITLE = re.compile(r"TITLE|ISSUE_DATE|REVISION|COMPANY|COMMENT[1-9]")
"""Variables of the title block; those that it does not give are empty."""
_FOOTPRINT_PEN = 0.15
"""Pen of a footprint's text that states none; KiCad derives that of other texts from their size."""
_DEPTH = 5
"""How often variables may stand in variables."""


@dataclass(slots=True)
class Style:
    """What `(effects ...)` says."""

    size: tuple[float, float] = (1.0, 1.0)
    thickness: float = 0.0
    h: str = "center"
    v: str = "center"
    mirror: bool = False
    bold: bool = False
    italic: bool = False
    face: str | None = None
    spacing: float = 1.0
    hidden: bool = False


@dataclass(slots=True)
class Text:
    """One text as read; `fields` are those of its footprint."""

    content: str
    x: float
    y: float
    angle: float
    style: Style
    rows: list[int]
    offset: int
    component: int = -1
    knockout: bool = False
    cache: list[Any] | None = None
    role: str = "free"
    """As in `Texts.role`."""
    fields: dict[str, str] = field(default_factory=dict)


def read_style(node: list[Any] | None, thickness: float = 0.0) -> Style:
    """`thickness` is what holds where none is stated."""
    if not isinstance(node, Node):
        return Style(thickness=thickness)
    p = parts(node)
    font = p.get("font", [])
    f = parts(font)
    out = Style()
    if len(f.get("size", [])) > 2:
        out.size = (number(f["size"][2]), number(f["size"][1]))
    out.thickness = value(f, "thickness", thickness)
    out.bold, out.italic = flag(font, f, "bold"), flag(font, f, "italic")
    out.face = text(f, "face") or None
    out.spacing = value(f, "line_spacing", 1.0)
    justify = p.get("justify", [])[1:]
    out.h = "left" if "left" in justify else "right" if "right" in justify else "center"
    out.v = "top" if "top" in justify else "bottom" if "bottom" in justify else "center"
    out.mirror = "mirror" in justify
    out.hidden = flag(node, p, "hide")
    return out


def read_text(file: File, node: Node, frame: Frame = BOARD, component: int = -1, fields: dict[str, str] | None = None) -> None:
    """Read `(gr_text ...)`, `(fp_text ...)` or `(property ...)`; what is hidden or has no place is no text."""
    p = parts(node)
    if "at" not in p or "layer" not in p or len(p["layer"]) < 2:
        return
    words = [part for part in node[1:] if part.__class__ is str]
    first = 0 if node[0] == "gr_text" and (words[0] != "locked" or len(words) == 1) else 1
    if flag(words[first + 1 :], p, "hide"):
        return
    style = read_style(p.get("effects"), _FOOTPRINT_PEN if component >= 0 else 0.0)
    if style.hidden:
        return
    content = words[first]
    if file.version < 20210606:
        content = convert_overbars(content)
    at = p["at"]
    angle = number(at[3]) if len(at) > 3 and at[3] != "unlocked" else 0.0
    if component >= 0 and "unlocked" not in at and not ("unlocked" in p and flag(node, p, "unlocked")):
        angle = upright(angle)
    cache = p.get("render_cache")
    polygons = [chain(parts(c)["pts"]) for c in cache[1:] if isinstance(c, Node) and c[0] == "polygon"] if cache else None
    file.texts.append(Text(
        content, *frame.at(number(at[1]), number(at[2])), angle, style, file.layer_rows(p, node.offset), node.offset, component,
        "knockout" in p["layer"], polygons, _role(node[0], words[0]), fields or {},
    ))  # fmt: skip


def _role(kind: Any, name: str) -> str:
    """What a text is for, by its list and the first word in it: footprints name their texts."""
    if kind == "gr_text":
        return "free"
    if name.lower() in ("reference", "value"):
        return name.lower()
    return "field" if kind == "property" else "free"


def upright(angle: float) -> float:
    """The angle at which KiCad draws a text that it keeps readable: more than -90 and at most 90 degrees."""
    angle = angle % 180
    return angle - 180 if angle > 90 else angle


def draw_texts(file: File) -> None:
    """Turn all texts into features."""
    draft = file.draft
    by_ref = {str(c[1]): c[-1] for c in draft.components}
    drawn: list[Drawn] = []
    owners: list[tuple[Text, int, int]] = []
    for t in file.texts:
        for row in t.rows or ():
            content = resolve(file, t, file.layers.names[row], by_ref)
            if not content.strip():
                continue
            s = t.style
            made = Drawn(
                content, t.x, t.y, t.angle, s.size, s.thickness, s.h, s.v, s.mirror, s.bold, s.italic, s.face, s.spacing,
                t.cache, t.knockout,
            )  # fmt: skip
            item = draft.item(Kind.TEXT, t.offset, -1, t.component, content, t.x, t.y)
            drawn.append(made)
            owners.append((t, row, item))
            width, height = abs(s.size[0]), abs(s.size[1])
            pen = NAN if made.outlined else made.pen
            draft.texts.append((item, row, t.role, t.component, height, width, pen, t.angle, s.mirror, t.knockout))
    shaped = shape_texts(drawn)
    for (t, _, _), note in zip(owners, shaped.notes):
        if note:
            file.count(note, t.offset)
    for core, radius, owner in zip(shaped.cores, shaped.radius.tolist(), shaped.owner.tolist()):
        t, row, item = owners[owner]
        draft.feature(draft.shapes.ready(core), radius, row, Kind.TEXT, item, -1, component=t.component)


def resolve(file: File, t: Text, layer: str, by_ref: dict[str, dict[str, str]]) -> str:
    """The text with its variables replaced; those that are not known stay as they are."""
    fields = t.fields

    def lookup(m: re.Match[str]) -> str:
        name = m[1]
        if name in ("REFERENCE", "VALUE") and fields:
            return fields.get(name.capitalize(), "")
        if name in fields:
            return fields[name]
        if name.upper() == "LAYER":
            return file.layers.aliases[file.layers.names.index(layer)] or layer
        ref, _, key = name.partition(":")
        if key and ref in by_ref:
            other = by_ref[ref]
            return other.get(key.capitalize() if key in ("REFERENCE", "VALUE") else key, m[0])
        if name in ("FILENAME", "PROJECTNAME"):
            return Path(file.path).name if name == "FILENAME" else Path(file.path).stem
        return file.variables.get(name, "" if _TITLE.fullmatch(name) else m[0])

    content = _ESCAPED.sub(lambda m: ESCAPES.get(m[1], m[0]), t.content) if "{" in t.content else t.content
    if "%" in content and file.version < 20200000 and t.component >= 0:
        old = {"R": fields.get("Reference", ""), "V": fields.get("Value", ""), "%": "%"}
        content = _OLD_VARIABLE.sub(lambda m: old.get(m[1], m[0]), content)
    for _ in range(_DEPTH):
        if "${" not in content:
            break
        content = _VARIABLE.sub(lookup, content)
    return content
