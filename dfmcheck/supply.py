"""Which nets are supplies, told by their names: the one place where a name decides."""

from __future__ import annotations

import re

import numpy as np

from .board import Board, Bools, once_a_board

_WORD = re.compile(
    r"""[a-z]{0,3}gnd[a-z]?\d* | ground | earth | chassis | shield
      | [adp]?v(?:cc|dd|ss|ee|bus|batt?|in|out|sys|core|ref|pp|io|aa|conn|tt|reg)[a-z0-9]*
      | [a-z]*\d+(?:\.\d+)?v\d*[a-z]* | bat(?:t|tery)?[+-]? | pwr | power | supply""",
    re.IGNORECASE | re.VERBOSE,
)
_SIGNED = re.compile(r"[+-]\s?(?:\d|v|bat)", re.IGNORECASE)


def is_supply(name: str) -> bool:
    """Whether a net's name is that of a supply or ground: GND, AGND, VCC, VDD_IO, +3V3, 3V3_SYS, VBUS, -12V, PWR_IN.

    The path of its sheet does not count: `/Power/SW` is no supply by that.
    """
    last = name.strip().rsplit("/", 1)[-1]
    return bool(_SIGNED.match(last)) or any(_WORD.fullmatch(word) for word in re.split(r"[\s_{}()|,]+|-(?=\w)", last))


@once_a_board
def supplies(board: Board) -> Bools:
    """Mask over `board.nets`."""
    return np.array([is_supply(str(name)) for name in board.nets.name], np.bool_)
