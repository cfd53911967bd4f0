"""Holes into which pins are pressed instead of soldered."""

from __future__ import annotations

import re

import numpy as np

from .board import Board, Ints, once_a_board

_WORD = re.compile(
    r"press[-_ ]?fit(?!-hole)|(?<![a-z])eye[-_ ]?of[-_ ]?the[-_ ]?needle|compliant[-_ ]?pin|einpress", re.IGNORECASE
)
_PARTS = ("press", "needle", "compliant")
"""One of them is in whatever `_WORD` finds; looking for them takes a tenth of the time."""


def says_press_fit(text: str) -> bool:
    """Whether a text speaks of press-fit pins."""
    lower = text.lower()
    return any(part in lower for part in _PARTS) and _WORD.search(text) is not None


@once_a_board
def press_fit_holes(board: Board) -> Ints:
    """Rows of `Board.holes`: plated holes of pads that say so, and of parts with the word in footprint, value or fields."""
    c, pads, holes = board.components, board.pads, board.holes
    named = np.zeros(len(c) + 1, np.bool_)
    named[:-1] = [
        says_press_fit(" ".join((str(name), str(value), *map(str, fields.values()))))
        for name, value, fields in zip(c.footprint, c.value, c.fields)
    ]
    own = np.append(pads.property == "pressfit", False)
    ordinary = np.append((pads.number == "") | (pads.property == "mechanical"), True)
    # A part with the word may say which of its pads are meant.
    says = np.zeros(len(c) + 1, np.bool_)
    says[pads.component[own[:-1]]] = True
    says[-1] = False
    fit = own[holes.pad] | (named[holes.component] & ~says[holes.component] & ~ordinary[holes.pad])
    return np.flatnonzero(holes.plated & fit & (holes.pad >= 0)).astype(np.int32)
