"""How high the parts below the board stand, against what the wave, a pallet, or the line leave them."""

from __future__ import annotations

import numpy as np

from ..board import Board, Floats, Ints
from ..check import Context
from ..units import above, show
from .plan import Exclusion
from .work import work

RULE = "bottom-height"
_WHY = {
    "wave_glued": "are higher than {}, the most that passes a wave",
    "pallet": "are higher than {}, the most that a pocket of a pallet holds",
    "machine": "are higher than {}, the most that the line takes below the board",
}


def standing(board: Board, side: int, process: str) -> tuple[Ints, Floats]:
    """Rows of `Board.components` that stand below the board in a process, and their heights in mm, NaN where nothing tells.

    process: wave_glued or pallet, for which `side` faces the wave, or machine: `side` faces down in the second print. Leaded
    parts are inserted later, and are soldered from the other side; in the wave and its pallet only SMD is below the board.
    """
    rows = work(board).of("smd", side)
    return rows, board.derived.parts().height[rows]


def exclusions(ctx: Context | None, side: int, process: str) -> tuple[Exclusion, ...]:
    """SMD on a side that is higher than the hard limit of bottom-height for a process; see `standing`.

    ctx: that of the rule, None where the run has none. Heights that rest on the family alone exclude nothing.
    """
    if ctx is None or process not in ctx.judged() or (limit := ctx.limits[process].value) is None:
        return ()
    c, parts = ctx.board.components, ctx.board.derived.parts()
    rows, height = standing(ctx.board, side, process)
    high = rows[above(np.nan_to_num(height), limit) & (parts.height_source[rows] != "family")]
    if not len(high):
        return ()
    places = tuple(zip(c.x[high].tolist(), c.y[high].tolist()))
    return (Exclusion(RULE, _WHY[process].format(show(limit, "mm")), tuple(high.tolist()), places, "move to the other side"),)
