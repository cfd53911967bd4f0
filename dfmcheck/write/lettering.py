"""Text in pictures, drawn as strokes: it looks the same wherever the picture is shown, whatever fonts there are."""

from __future__ import annotations

import re

import numpy as np
import shapely

from ..read.strokefont import Line
from .phrases import clean
from .svg_paths import lines, number

UNIT = 4
"""Parts of a pixel in which strokes are drawn."""
_NARROW = 0.86
"""Letters of a board are set wide, to be legible when printed with ink; here they stand closer."""
_FLAT = 0.25
"""Pixels by which strokes may be straightened."""
_MARK = re.compile(r"(?<=[~_^])(?=\{)")
"""Within what would mark an overbar, a sub- or superscript on a board; in a report it is plain text."""


def width(text: str, size: float) -> float:
    """How wide a text is, in pixels, at a size, which is the height of its capitals."""
    return sum(line.width for line in _plain(text)) * size * _NARROW


def fitted(text: str, size: float, room: float) -> str:
    """The text, cut at its end where it is wider than the room."""
    text = clean(text)
    if width(text, size) <= room:
        return text
    at, more = 0.0, width("...", size)
    for n, character in enumerate(text):
        at += width(character, size)
        if at + more > room:
            return text[:n].rstrip() + "..."
    return text


def letters(text: str, x: float, y: float, size: float, colour: str, *, anchor: float = 0.0, bold: bool = False) -> str:
    """A path that draws a text from x on, its base line at y; `anchor` is the share of its width that lies before x.

    The picture says that strokes are round.
    """
    points, counts, at = [], [], 0.0
    for line in _plain(text):
        points += [glyph * scale + [dx + at, dy] for glyph, scale, dx, dy in line.placed]
        counts += line.counts
        at += line.width
    if not counts:
        return ""
    owner = np.repeat(np.arange(len(counts)), counts)
    wide = at * size * _NARROW
    xy = np.concatenate(points) * [size * _NARROW, size] + [x - anchor * wide, y]
    long = np.flatnonzero(np.repeat(counts, counts) > 1)
    strokes = shapely.simplify(shapely.linestrings(xy[long], indices=np.unique(owner[long], return_inverse=True)[1]), _FLAT)
    dots = shapely.points(xy[np.flatnonzero(np.repeat(counts, counts) == 1)])
    xy, owner = shapely.get_coordinates(np.r_[strokes, dots], return_index=True)
    d = lines(xy * UNIT, owner)
    pen = number(size * (0.17 if bold else 0.115) * UNIT)
    return f'<path transform="scale({number(1 / UNIT)})" fill="none" stroke="{colour}" stroke-width="{pen}" d="{d}"/>'


def _plain(text: str) -> list[Line]:
    return [Line(part) for part in _MARK.split(clean(text))]
