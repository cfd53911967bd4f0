"""Text of KiCad boards as geometry: the strokes of KiCad's own font, or the outlines stored for a TrueType font.

The glyphs in `strokefont.json` were measured from KiCad's plot of a board of ours (`tools/measure_strokefont.py`), and so were
the rules of layout below, which the tests hold against KiCad's plots of text in all its variants. Lengths are mm, x to
the right, y down.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Floats

# Layout as measured, in parts of the text's size (width for x, height for y) or of the pen.
SPACE = 16 / 21
TAB_COLUMNS = 4
"""A tab goes to the place after the next fourth character, each a full size wide and the last a space."""
SMALL = 0.8
"""Size of sub- and superscripts."""
SUBSCRIPT, SUPERSCRIPT = 0.15, -0.35
"""Shift of the base line, in parts of the small height."""
BAR_HEIGHT, BAR_TRIM = 1.23, 0.1
LINE_PITCH = 1.609944
FIRST_LINE = 1.17
PEN_RIGHT, PEN_UP = 1 / 1.52, 0.052
SLANT = 1 / 8
PEN_LIMIT, PEN_NORMAL, PEN_BOLD = 0.25, 1 / 8, 1 / 5

ESCAPES = {
    "dblquote": '"', "quote": "'", "lt": "<", "gt": ">", "backslash": "\\", "slash": "/", "bar": "|", "comma": ",",
    "colon": ":", "space": " ", "dollar": "$", "tab": "\t", "return": "\n", "brace": "{",
}  # fmt: skip
"""Characters that KiCad's files may spell as {name}."""


class Glyph(NamedTuple):
    """A character of the font, in parts of the text's size from the left end of its base line."""

    advance: float
    points: Floats
    """N x 2, the points of all strokes."""
    counts: tuple[int, ...]
    """How many points each stroke has."""
    exact: bool
    """False where only the cell that the character fills is known."""


class Font:
    """The measured glyphs; each is decoded when it is first used."""

    def __init__(self) -> None:
        data: dict[str, Any] = json.loads(resources.files(__package__).joinpath("strokefont.json").read_text("utf-8"))
        self._unit = float(data["unit"])
        self._known: dict[str, str] = data["glyphs"]
        self._alike: list[tuple[int, int, str]] = data["alike"]
        self._cells: list[tuple[int, int, int, int, int, int, int]] = data["cells"]
        self._beyond: str = data["beyond"]
        self._decoded: dict[str, Glyph] = {}

    def glyph(self, character: str) -> Glyph:
        found = self._decoded.get(character)
        if found is None:
            found = self._decoded[character] = self._find(character)
        return found

    def _find(self, character: str) -> Glyph:
        code, text = ord(character), self._known.get(character)
        if text is not None:
            return self._decode(text)
        for first, last, text in self._alike:
            if first <= code <= last:
                return self._decode(text)
        for first, last, advance, x0, y0, x1, y1 in self._cells:
            if first <= code <= last:
                return self._decode(f"{advance} {x0},{y0},{x1},{y0},{x1},{y1},{x0},{y1},{x0},{y0}", exact=False)
        return self._decode(self._beyond)

    def _decode(self, text: str, exact: bool = True) -> Glyph:
        advance, *strokes = text.split(" ")
        points = np.array([float(n) for stroke in strokes for n in stroke.split(",")]).reshape(-1, 2) / self._unit
        return Glyph(int(advance) / self._unit, points, tuple((stroke.count(",") + 1) // 2 for stroke in strokes), exact)


@lru_cache(maxsize=1)
def font() -> Font:
    return Font()


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The strokes of one line of text. x is in parts of the text's width; y is in parts of its height and split in two,
    because italic letters lean from the base line of their own: the point's height over that, and the base line's shift."""

    x: Floats
    y: Floats
    base: Floats
    counts: tuple[int, ...]
    width: float
    unknown: str
    """Characters that are drawn as their cell."""


class _Setter:
    """Sets one line, character by character."""

    def __init__(self) -> None:
        self.x = 0.0
        self.placed: list[tuple[float, float, float, Floats]] = []
        self.counts: list[int] = []
        self.unknown: dict[str, None] = {}

    def set(self, nodes: list[Any], level: int) -> None:
        """Set parsed markup; `level` is 1 in a superscript, -1 in a subscript, else 0."""
        for kind, content in nodes:
            if kind == "":
                self.write(content, level)
                continue
            begin = self.x
            self.set(content, {"_": -1, "^": 1}.get(kind, level))
            if kind == "~" and content:
                # The height goes to the base, as the bar of an italic text does not lean.
                self.placed.append((0.0, 1.0, -BAR_HEIGHT, np.array([[begin + BAR_TRIM, 0.0], [self.x - BAR_TRIM, 0.0]])))
                self.counts.append(2)

    def write(self, text: str, level: int) -> None:
        scale = SMALL if level else 1.0
        base = scale * (SUPERSCRIPT if level > 0 else SUBSCRIPT if level < 0 else 0.0)
        begin, column = self.x, 0
        for character in text:
            if character == " ":
                self.x += scale * SPACE
            elif character == "\t":
                column = (column // TAB_COLUMNS + 1) * TAB_COLUMNS - 1
                self.x = begin + column + SPACE
            else:
                glyph = font().glyph(character)
                if glyph.counts:
                    self.placed.append((self.x, scale, base, glyph.points))
                    self.counts += glyph.counts
                if not glyph.exact:
                    self.unknown[character] = None
                self.x += scale * glyph.advance
            column += 1

    def line(self) -> Line:
        if not self.placed:
            return Line(np.empty(0), np.empty(0), np.empty(0), (), self.x, "")
        x, scale, base, points = zip(*self.placed, strict=True)
        sizes = [len(p) for p in points]
        xy = np.concatenate(points) * np.repeat(scale, sizes)[:, None]
        return Line(xy[:, 0] + np.repeat(x, sizes), xy[:, 1], np.repeat(base, sizes), tuple(self.counts), self.x, "".join(self.unknown))


_MARK = re.compile(r"[~_^]\{")


def _markup(text: str) -> list[tuple[str, Any]]:
    """Parse `~{overbar}`, `_{subscript}` and `^{superscript}`, which may be nested, to (kind, content) pairs."""
    if _MARK.search(text) is None:
        return [("", text)] if text else []
    nodes, at, plain = [], 0, ""
    while at < len(text):
        mark = _MARK.match(text, at)
        end = _closing(text, mark.end()) if mark else -1
        if mark is None or end < 0:
            plain += text[at]
            at += 1
            continue
        if plain:
            nodes.append(("", plain))
        nodes.append((text[at], _markup(text[mark.end() : end])))
        at, plain = end + 1, ""
    return [*nodes, ("", plain)] if plain else nodes


def _closing(text: str, at: int) -> int:
    """Where the brace that is open at `at` closes; -1 if it does not."""
    depth = 1
    while at < len(text):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
        at += 1
    return -1


_ESCAPE = re.compile(r"(?<![~_^$])\{(%s)\}" % "|".join(ESCAPES))


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: ESCAPES[found[1]], text) if "{" in text else text


@lru_cache(maxsize=8192)
def _set_line(text: str) -> Line:
    setter = _Setter()
    setter.set(_markup(text), 0)
    return setter.line()


def pen_width(thickness: float, size: tuple[float, float], bold: bool) -> float:
    """The width of the strokes (mm) that KiCad draws with: its default where `thickness` is 0, never above a quarter of the size."""
    width, height = abs(size[0]), abs(size[1])
    pen = thickness if thickness > 1e-6 else width * (PEN_BOLD if bold else PEN_NORMAL)
    return min(pen, PEN_LIMIT * min(width, height))


def shape_text(
    text: str,
    *,
    x: float,
    y: float,
    angle: float,
    size: tuple[float, float],
    thickness: float,
    h: str,
    v: str,
    mirror: bool,
    bold: bool,
    italic: bool,
    face: str | None,
    line_spacing: float = 1.0,
    render_cache: Sequence[Floats] | None = None,
) -> tuple[list[Any], float, str]:
    """The material of a text: shapely cores, their radius, and a note of what was approximated, '' if nothing was.

    `x`, `y` is the text's anchor, `angle` its final turn in degrees (counter-clockwise as seen), `size` (width, height), `h`
    left, center or right and `v` top, center or bottom. The cores are LineStrings with half the pen as radius or, where a
    `render_cache` (outlines in board coordinates, N x 2) of a text in a TrueType `face` is given, Polygons with radius 0.
    """
    if face and render_cache:
        return _cached(render_cache), 0.0, ""
    width, height = size
    pen = pen_width(thickness, size, bold)
    lines = _unescape(text).removesuffix("\n").split("\n")
    pitch = LINE_PITCH * height
    down = height - PEN_UP * pen
    if v != "top":
        total = FIRST_LINE * height + pitch * (len(lines) - 1)
        down -= total if v == "bottom" else total / 2
    cores: list[Any] = []
    unknown = ""
    slant = SLANT * height if italic else 0.0
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    for i, content in enumerate(lines):
        line = _set_line(content)
        right = PEN_RIGHT * pen
        if h != "left":
            right = -line.width * width / 2 if h == "center" else -(line.width * width + right)
        if not line.counts:
            continue
        px = line.x * width - line.y * slant + right
        py = (line.y + line.base) * height + (down + i * pitch)
        if mirror:
            px = -px
        points = np.empty((len(px), 2))
        points[:, 0] = px * cos + py * sin + x
        points[:, 1] = py * cos - px * sin + y
        cores += list(shapely.linestrings(points, indices=np.repeat(np.arange(len(line.counts)), line.counts)))
        unknown += line.unknown
    return cores, pen / 2, _note(face, unknown, line_spacing if len(lines) > 1 else 1.0)


def _note(face: str | None, unknown: str, line_spacing: float) -> str:
    notes = []
    if line_spacing != 1.0:
        notes.append(f"line spacing {line_spacing:g}, which KiCad shows but does not plot, left out")
    if face:
        notes.append(f"font {face!r} without stored outlines, drawn in KiCad's stroke font")
    if unknown:
        notes.append(f"no strokes known for {''.join(dict.fromkeys(unknown))!r}, drawn as the cell they fill")
    return "; ".join(notes)


def _cached(outlines: Sequence[Floats]) -> list[Any]:
    """Polygons of stored outlines. KiCad joins a letter's holes to its outline by a slit; it is opened here again."""
    polygons = shapely.polygons([shapely.linearrings(outline) for outline in outlines if len(outline) > 2])
    fixed = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(fixed)
    return list(parts[shapely.area(parts) > 0])
