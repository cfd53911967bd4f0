"""Text of KiCad boards as geometry: the strokes of KiCad's own font, or the outlines stored for a TrueType font.

The layout was measured from KiCad's plots, which are what a board is made from. Lengths are mm, x to the right, y down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import shapely

from ..board import Floats, Ints, Objects
from .strokefont import Line, Placed, lines

# In parts of the text's height.
LINE_PITCH = 1.609944
FIRST_LINE = 1.17
"""Height of a text of one line."""
SLANT = 1 / 8
"""How far an italic letter leans to the right for its height."""
PEN_RIGHT, PEN_UP = 1 / 1.52, 0.052
"""Shift of all strokes, in parts of the pen."""
PEN_NORMAL, PEN_BOLD, PEN_LIMIT = 1 / 8, 1 / 5, 1 / 4
"""The pen where a text sets none, in parts of its width; its limit, in parts of the smaller of width and height."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as a KiCad board states it, after its variables are replaced."""

    text: str
    x: float
    y: float
    angle: float
    """Degrees, counter-clockwise as seen; final: what keeps text upright is already in it."""
    size: tuple[float, float]
    """Width, height."""
    thickness: float = 0.0
    """Width of the pen; 0 for KiCad's default."""
    h: str = "center"
    """left, center, right."""
    v: str = "center"
    """top, center, bottom."""
    mirror: bool = False
    bold: bool = False
    italic: bool = False
    face: str | None = None
    """Name of a TrueType font."""
    line_spacing: float = 1.0
    render_cache: Sequence[Floats] | None = field(default=None, repr=False)
    """Outlines that the file stores for a TrueType font, each N x 2 in board coordinates."""

    @property
    def pen(self) -> float:
        """Width of the strokes that KiCad draws."""
        width, height = abs(self.size[0]), abs(self.size[1])
        pen = self.thickness if self.thickness > 1e-6 else width * (PEN_BOLD if self.bold else PEN_NORMAL)
        return min(pen, PEN_LIMIT * min(width, height))


class Shaped(NamedTuple):
    """Material of texts: `cores[i]` is widened by `radius[i]` and belongs to text `owner[i]`, which rises."""

    cores: Objects
    """LineString of each stroke, or Polygon (radius 0) of each outline of a TrueType font."""
    radius: Floats
    owner: Ints
    notes: list[str]
    """For each text what was approximated, '' if nothing was."""


def shape_texts(texts: Sequence[Text]) -> Shaped:
    """The material of many texts at once."""
    stored = [i for i, text in enumerate(texts) if text.face and text.render_cache]
    notes = [""] * len(texts)
    placed: list[Placed] = []
    counts: list[int] = []
    # One row for each line of text: its map, how many glyphs and strokes it has, and whose it is.
    maps: list[tuple[float, ...]] = []
    glyphs: list[int] = []
    strokes: list[int] = []
    owners: list[int] = []
    skip = set(stored)
    for i, text in enumerate(texts):
        if i in skip:
            continue
        found = lines(text.text)
        maps += _maps(text, found)
        for line in found:
            placed += line.placed
            counts += line.counts
            glyphs.append(len(line.placed))
            strokes.append(len(line.counts))
            owners.append(i)
        notes[i] = _note(text, found)
    cores, owner = _place(placed, counts, maps, glyphs), np.repeat(np.array(owners, np.int32), strokes)
    radius = np.array([text.pen / 2 for text in texts])[owner] if len(owner) else np.empty(0)
    if stored:
        polygons, owned = _polygons([(i, outline) for i in stored for outline in texts[i].render_cache or ()])
        cores, owner = np.concatenate([cores, polygons]), np.concatenate([owner, owned])
        radius = np.concatenate([radius, np.zeros(len(polygons))])
        order = np.argsort(owner, kind="stable")
        cores, owner, radius = cores[order], owner[order], radius[order]
    return Shaped(cores, radius, owner, notes)


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
    """Cores, radius and note of one text, see `Text` and `Shaped`. For many texts `shape_texts` is several times as fast."""
    given = Text(text, x, y, angle, size, thickness, h, v, mirror, bold, italic, face, line_spacing, render_cache)
    shaped = shape_texts([given])
    return list(shaped.cores), 0.0 if face and render_cache else given.pen / 2, shaped.notes[0]


def _maps(text: Text, found: Sequence[Line]) -> list[tuple[float, ...]]:
    """For each line the coefficients (a, b, c, d, e, f, g, h) of x = a u + b v + c w + d and y = e u + f v + g w + h on the
    board, where u is the place in the line, v the height over the letter's own base line and w that line's shift."""
    width, height = text.size
    pen, angle = text.pen, math.radians(text.angle)
    down = height - PEN_UP * pen
    if text.v != "top":
        total = (FIRST_LINE + LINE_PITCH * (len(found) - 1)) * height
        down -= total if text.v == "bottom" else total / 2
    cos, sin = math.cos(angle), math.sin(angle)
    side = -1.0 if text.mirror else 1.0
    along = side * width
    lean = -side * SLANT * height if text.italic else 0.0
    maps: list[tuple[float, ...]] = []
    for line in found:
        right = PEN_RIGHT * pen
        if text.h == "center":
            right = -line.width * width / 2
        elif text.h == "right":
            right = -line.width * width - right
        right *= side
        x = along * cos, lean * cos + height * sin, height * sin, right * cos + down * sin + text.x
        y = -along * sin, height * cos - lean * sin, height * cos, down * cos - right * sin + text.y
        maps.append(x + y)
        down += LINE_PITCH * height
    return maps


def _place(placed: Sequence[Placed], counts: Sequence[int], maps: Sequence[tuple[float, ...]], glyphs: Sequence[int]) -> Objects:
    """The strokes on the board: `glyphs[i]` of the placed glyphs go through `maps[i]`; `counts` are the points of each stroke."""
    if not placed:
        return np.empty(0, object)
    points, scale, shift, base = zip(*placed)
    a, b, c, d, e, f, g, h = np.repeat(np.array(maps), glyphs, axis=0).T
    s, u, w = np.array(scale), np.array(shift), np.array(base)
    of_glyph = np.stack([a * s, b * s, a * u + c * w + d, e * s, f * s, e * u + g * w + h], axis=1)
    xy = np.concatenate(points)
    a, b, d, e, f, h = np.repeat(of_glyph, [len(p) for p in points], axis=0).T
    xy = np.stack([a * xy[:, 0] + b * xy[:, 1] + d, e * xy[:, 0] + f * xy[:, 1] + h], axis=1)
    return np.asarray(shapely.linestrings(xy, indices=np.repeat(np.arange(len(counts)), counts)))


def _polygons(outlines: Sequence[tuple[int, Floats]]) -> tuple[Objects, Ints]:
    """Polygons of stored outlines and their owners. KiCad joins a letter's holes to its outline by a slit; here it is opened."""
    kept = [(i, outline) for i, outline in outlines if len(outline) > 2]
    rings = [shapely.linearrings(outline) for _, outline in kept]
    fixed = shapely.make_valid(shapely.polygons(rings), method="structure", keep_collapsed=False)
    parts, ring = shapely.get_parts(fixed, return_index=True)
    solid = shapely.area(parts) > 0
    return parts[solid], np.array([i for i, _ in kept], np.int32)[ring[solid]]


def _note(text: Text, found: Sequence[Line]) -> str:
    notes = []
    if text.face:
        notes.append(f"font {text.face!r} without stored outlines, drawn in KiCad's stroke font")
    if unknown := "".join(dict.fromkeys("".join(line.unknown for line in found))):
        notes.append(f"no strokes known for {unknown!r}, drawn as the cell they fill")
    if text.line_spacing != 1.0 and len(found) > 1:
        notes.append(f"line spacing {text.line_spacing:g}, which KiCad shows but does not plot, left out")
    return "; ".join(notes)
