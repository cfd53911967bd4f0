"""Which way the strokes of texts turn: as they read, or mirrored.

A stroke is a run of lines that begin where the one before ended. Its key, the lengths of its lines and the turns between
them, stays the same however the text is placed, turned and scaled, and changes where it is mirrored.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import shapely

from .board import Floats
from .package import Form, Image

Key = tuple[int, ...]

_POINTS = (4, 40)
"""Points of a stroke that is looked at, at least and at most."""
_MOST = 1000
"""Strokes of an image that are looked at: of more every second, third and so on."""
_LENGTH, _TURN = 0.02, 6.0
"""How finely lengths (parts of the stroke's) and turns (degrees) are told apart."""
_KNOWN = "123456790ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnpqrstuvy"


def strokes(image: Image) -> Counter[Key]:
    """How often each stroke of an image occurs, by its key; those that are their own mirror image are left out."""
    g = image.graphics
    rows = np.flatnonzero((g.form == Form.LINE) & (shapely.get_num_points(g.core) == 2))
    ends = shapely.get_coordinates(g.core[rows]).reshape(-1, 4)
    if not len(ends):
        return Counter()
    follows = (ends[1:, :2] == ends[:-1, 2:]).all(axis=1) & (g.aperture[rows[1:]] == g.aperture[rows[:-1]])
    starts = np.r_[0, np.flatnonzero(~follows) + 1, len(ends)]
    first, last = starts[:-1], starts[1:]
    size = last - first + 1
    runs = np.flatnonzero((size >= _POINTS[0]) & (size <= _POINTS[1]))
    runs = runs[:: 1 + len(runs) // _MOST]
    found: Counter[Key] = Counter()
    for a, b in zip(first[runs].tolist(), last[runs].tolist()):
        key = _key(np.r_[ends[a : a + 1, :2], ends[a:b, 2:]])
        if key and key != mirrored(key):
            found[key] += 1
    return found


def mirrored(key: Key) -> Key:
    """The key of the mirror image."""
    n = (len(key) + 1) // 2
    return _either((*key[:n], *(-turn for turn in key[n:])))


def reading(image: Image) -> tuple[int, int]:
    """How many strokes of KiCad's font read the right way as seen from the top, and how many mirrored."""
    found, font = strokes(image), _font()
    right = sum(n for key, n in found.items() if key in font and mirrored(key) not in font)
    wrong = sum(n for key, n in found.items() if mirrored(key) in font and key not in font)
    return right, wrong


@cache
def _font() -> frozenset[Key]:
    from .read.strokefont import Font

    font = Font()
    keys = set()
    for character in _KNOWN:
        glyph = font.glyph(character)
        for stroke in np.split(glyph.points, np.cumsum(glyph.counts)[:-1]):
            key = _key(stroke) if len(stroke) >= _POINTS[0] else ()
            if key and key != mirrored(key):
                keys.add(key)
    return frozenset(keys)


def _key(points: Floats) -> Key:
    """Lengths, then turns between them, of the stroke walked in the direction that comes first."""
    steps = np.diff(points[:, 0] + 1j * points[:, 1])
    total = float(np.abs(steps).sum())
    if total == 0 or (steps == 0).any():
        return ()
    lengths = np.round(np.abs(steps) / total / _LENGTH)
    turns = np.round(np.degrees(np.angle(steps[1:] / steps[:-1])) / _TURN)
    return _either((*lengths.astype(int).tolist(), *turns.astype(int).tolist()))


def _either(key: Key) -> Key:
    """A stroke drawn from its other end has its lengths and turns in the other order, and turns the other way."""
    n = (len(key) + 1) // 2
    return min(key, (*key[:n][::-1], *(-turn for turn in key[n:][::-1])))
