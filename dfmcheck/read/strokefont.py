"""KiCad's stroke font: its glyphs, and how a line of text is set in it.

The glyphs in `strokefont.json` were measured from KiCad's plot of a board of ours (`tools/measure_strokefont.py`), and so were
the rules of setting below; the tests hold both against KiCad's plots. No data or code of KiCad is used.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from ..board import Floats

# In parts of the text's size: of its width for x, of its height for y.
SPACE = 16 / 21
TAB_COLUMNS = 4
"""A tab goes to where the next fourth character ends, if all were a full size wide and the last a space."""
SMALL = 0.8
"""Size of sub- and superscripts."""
SUBSCRIPT, SUPERSCRIPT = 0.15, -0.35
"""Shift of their base line, in parts of the small height."""
BAR_HEIGHT, BAR_TRIM = 1.23, 0.1
"""Overbar: how far above the base line, and what it is shorter by at each end."""

ESCAPES = {
    "dblquote": '"', "quote": "'", "lt": "<", "gt": ">", "backslash": "\\", "slash": "/", "bar": "|", "comma": ",",
    "colon": ":", "space": " ", "dollar": "$", "tab": "\t", "return": "\n", "brace": "{",
}  # fmt: skip
"""Characters that KiCad's files may spell as {name}."""


class Glyph(NamedTuple):
    """A character, in parts of the text's size from the left end of its base line, y down."""

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
        self._glyphs: dict[str, str] = data["glyphs"]
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
        text = self._glyphs.get(character)
        if text is not None:
            return self._decode(text)
        code = ord(character)
        for first, last, text in self._alike:
            if first <= code <= last:
                return self._decode(text)
        for first, last, advance, x0, y0, x1, y1 in self._cells:
            if first <= code <= last:
                box = f" {x0},{y0},{x1},{y0},{x1},{y1},{x0},{y1},{x0},{y0}" if x1 > x0 else ""
                return self._decode(f"{advance}{box}", exact=not box)
        return self._decode(self._beyond)

    def _decode(self, text: str, exact: bool = True) -> Glyph:
        advance, *strokes = text.split(" ")
        points = np.array([float(n) for stroke in strokes for n in stroke.split(",")]).reshape(-1, 2) / self._unit
        return Glyph(int(advance) / self._unit, points, tuple((stroke.count(",") + 1) // 2 for stroke in strokes), exact)


@lru_cache(maxsize=1)
def font() -> Font:
    return Font()


Placed = tuple[Floats, float, float, float]
"""Points of a glyph, and what to do with them: scale both, add to x, and the shift of the base line that they stand on. The
last is kept apart because italic letters lean from their own base line."""


class Line:
    """One line of text, in parts of the text's size."""

    def __init__(self, text: str) -> None:
        self.width = 0.0
        self.placed: list[Placed] = []
        self.counts: list[int] = []
        """How many points each stroke has."""
        self.unknown = ""
        """Characters that are drawn as their cell."""
        if "{" in text:
            self._set(text)
        else:
            self._write(text, 0)

    def _set(self, text: str) -> None:
        """Set the text with its `~{overbar}`, `_{subscript}` and `^{superscript}`, which may be nested. Marks that do not close
        are plain text. One pass without recursion, as the text may be anything."""
        closing = _closing(text)
        level, plain, at = 0, 0, 0  # level: 1 in a superscript, -1 in a subscript
        inside: list[tuple[int, str, float, int]] = []
        while at < len(text):
            end = closing.get(at, 0)
            if end:
                self._write(text[plain:at], level)
                inside.append((end, text[at], self.width, level))
                level = {"_": -1, "^": 1}.get(text[at], level)
                at = plain = at + 2
            elif inside and at == inside[-1][0]:
                self._write(text[plain:at], level)
                _, mark, begin, level = inside.pop()
                if mark == "~" and self.width > begin:
                    # The height goes to the base line, as the bar of an italic text does not lean.
                    bar = np.array([[begin + BAR_TRIM, 0.0], [self.width - BAR_TRIM, 0.0]])
                    self.placed.append((bar, 1.0, 0.0, -BAR_HEIGHT))
                    self.counts.append(2)
                at = plain = at + 1
            else:
                at += 1
        self._write(text[plain:], level)

    def _write(self, text: str, level: int) -> None:
        scale = SMALL if level else 1.0
        base = scale * (SUPERSCRIPT if level > 0 else SUBSCRIPT if level < 0 else 0.0)
        find, begin, column = font().glyph, self.width, 0
        for character in text:
            if character == " ":
                self.width += scale * SPACE
            elif character == "\t":
                column = (column // TAB_COLUMNS + 1) * TAB_COLUMNS - 1
                self.width = begin + column + SPACE
            else:
                advance, points, counts, exact = find(character)
                if counts:
                    self.placed.append((points, scale, self.width, base))
                    self.counts += counts
                if not exact and character not in self.unknown:
                    self.unknown += character
                self.width += scale * advance
            column += 1


def _closing(text: str) -> dict[int, int]:
    """Where each mark (`~{`, `_{`, `^{`) that closes does so."""
    found: dict[int, int] = {}
    braces: list[int] = []
    for at, character in enumerate(text):
        if character == "{":
            braces.append(at)
        elif character == "}" and braces:
            mark = braces.pop() - 1
            if mark >= 0 and text[mark] in "~_^":
                found[mark] = at
    return found


_OLD_MARK = re.compile(r"~~|[~ })]")


def convert_overbars(text: str) -> str:
    """Text of a KiCad file from before 2021-06-06, where a tilde began and ended an overbar and two meant one, in the marks
    of today. As KiCad converts it: blanks and closing brackets end an overbar too, as does the end; text that has marks
    of today stays as it is."""
    if "~" not in text or "~{" in text or text == "~":
        return text
    over = False

    def convert(found: re.Match[str]) -> str:
        nonlocal over
        if found[0] == "~~":
            return "~"
        was = over
        over = found[0] == "~" and not was
        if found[0] == "~":
            return "}" if was else "~{"
        return "}" * was + found[0]

    return _OLD_MARK.sub(convert, text) + "}" * over


_ESCAPE = re.compile(r"(?<![~_^$])\{(" + "|".join(ESCAPES) + r")\}")


@lru_cache(maxsize=8192)
def lines(text: str) -> tuple[Line, ...]:
    """The set lines of a text; a line feed at its end begins no further line."""
    if "{" in text:
        text = _ESCAPE.sub(lambda found: ESCAPES[found[1]], text)
    return tuple(Line(line) for line in text.removesuffix("\n").split("\n"))
