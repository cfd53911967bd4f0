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
KNOCKOUT_MARGIN = 1 / 9
"""What a knockout's box exceeds the letters by, in parts of the height; at least half the pen."""


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
    knockout: bool = False
    """The material is a box with the letters cut out of it."""

    @property
    def pen(self) -> float:
        """Width of the strokes that KiCad draws."""
        width, height = abs(self.size[0]), abs(self.size[1])
        pen = self.thickness if self.thickness > 1e-6 else width * (PEN_BOLD if self.bold else PEN_NORMAL)
        return min(pen, PEN_LIMIT * min(width, height))

    @property
    def outlined(self) -> bool:
        """Whether the outlines of a TrueType font are drawn, not strokes."""
        return bool(self.face and self.render_cache)


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
    notes = [""] * len(texts)
    placed: list[Placed] = []
    counts: list[int] = []
    # One row for each line of text: its map, how many glyphs and strokes it has, and whose it is.
    maps: list[tuple[float, ...]] = []
    glyphs: list[int] = []
    strokes: list[int] = []
    owners: list[int] = []
    stored: list[tuple[int, Floats]] = []
    for i, text in enumerate(texts):
        if text.outlined and text.render_cache:
            stored += [(i, outline) for outline in text.render_cache]
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
        cores, radius, owner = _replace(cores, radius, owner, *_polygons(stored))
    drawn = set(owner.tolist())
    knockouts = [i for i, text in enumerate(texts) if text.knockout and i in drawn]
    if knockouts:
        first, last = np.searchsorted(owner, knockouts), np.searchsorted(owner, knockouts, side="right")
        boxes = [_knockout(texts[i], cores[a:b], radius[a:b]) for i, a, b in zip(knockouts, first, last)]
        parts, row = shapely.get_parts(boxes, return_index=True)
        cores, radius, owner = _replace(cores, radius, owner, parts, np.array(knockouts, np.int32)[row])
    return Shaped(cores, radius, owner, notes)


def _replace(cores: Objects, radius: Floats, owner: Ints, polygons: Objects, owned: Ints) -> tuple[Objects, Floats, Ints]:
    """Give the owners of the polygons those instead of what they have; the rows stay ordered by owner."""
    keep = ~np.isin(owner, owned)
    owner = np.concatenate([owner[keep], owned])
    order = np.argsort(owner, kind="stable")
    cores, radius = np.concatenate([cores[keep], polygons]), np.concatenate([radius[keep], np.zeros(len(polygons))])
    return cores[order], radius[order], owner[order]


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
    knockout: bool = False,
) -> tuple[list[Any], float, str]:
    """Cores, radius and note of one text, see `Text` and `Shaped`. For many texts `shape_texts` is several times as fast."""
    given = Text(text, x, y, angle, size, thickness, h, v, mirror, bold, italic, face, line_spacing, render_cache, knockout)
    shaped = shape_texts([given])
    return list(shaped.cores), float(shaped.radius[0]) if len(shaped.radius) else 0.0, shaped.notes[0]


def _maps(text: Text, found: Sequence[Line]) -> list[tuple[float, ...]]:
    """For each line the coefficients (a, b, c, d, e, f, g, h) of x = a u + b v + c w + d and y = e u + f v + g w + h on the
    board, where u is the place in the line, v the height over the letter's own base line and w that line's shift."""
    width, height = text.size
    # As plotted: a knockout is placed by the thickness set (even if 0) and its line spacing, others by their pen alone.
    pen = text.thickness if text.knockout else text.pen
    pitch = LINE_PITCH * height * (text.line_spacing if text.knockout else 1.0)
    angle = math.radians(text.angle)
    down = height - PEN_UP * pen
    if text.v != "top":
        total = FIRST_LINE * height + pitch * (len(found) - 1)
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
        down += pitch
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
    if not kept:
        return np.empty(0, object), np.empty(0, np.int32)
    rings = [shapely.linearrings(outline) for _, outline in kept]
    fixed = shapely.make_valid(shapely.polygons(rings), method="structure", keep_collapsed=False)
    parts, ring = shapely.get_parts(fixed, return_index=True)
    solid = shapely.area(parts) > 0
    return parts[solid], np.array([i for i, _ in kept], np.int32)[ring[solid]]


def _knockout(text: Text, cores: Objects, radius: Floats) -> Any:
    """The box around the letters, parallel to the text, less the letters."""
    letters = shapely.union_all(shapely.buffer(cores, radius, quad_segs=16))
    cos, sin = math.cos(math.radians(text.angle)), math.sin(math.radians(text.angle))
    turn = np.array([[cos, -sin], [sin, cos]])
    ends = shapely.get_coordinates(cores) @ turn.T
    margin = (radius[0] if len(radius) else 0.0) + max(text.pen / 2, KNOCKOUT_MARGIN * abs(text.size[1]))
    (x0, y0), (x1, y1) = ends.min(axis=0) - margin, ends.max(axis=0) + margin
    return shapely.Polygon(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) @ turn).difference(letters)


def _note(text: Text, found: Sequence[Line]) -> str:
    notes = []
    if text.face:
        notes.append(f"font {text.face!r} without stored outlines, drawn in KiCad's stroke font")
    if unknown := "".join(dict.fromkeys("".join(line.unknown for line in found))):
        notes.append(f"no strokes known for {unknown!r}, drawn as the cell they fill")
    if text.line_spacing != 1.0 and len(found) > 1 and not text.knockout:
        notes.append(f"line spacing {text.line_spacing:g}, which KiCad shows but does not plot, left out")
    return "; ".join(notes)
