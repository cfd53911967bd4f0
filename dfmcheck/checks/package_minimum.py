"""The smallest packages on a board, against what an assembler places."""

from __future__ import annotations

import numpy as np

from ..board import Board
from ..check import Context, Measurements, check
from ..chips import chip_lengths
from ..parts import Parts

_ICS = ("SOT", "SO", "QFP", "QFN")


@check("package_minimum", minima="chip_min ic_pitch_min bga_pitch_min")
def package_minimum(ctx: Context) -> Measurements:
    """Length in mm of chips, pitch of integrated circuits and of arrays, of the parts that are fitted; one finding a footprint.

    A chip's length is that of the size code in its name, else the longer side of the body that is drawn, else that of the
    size that its lands are for.
    """
    board = ctx.board
    c, parts = board.components, board.derived.parts()
    chips = np.isin(parts.family, ("chip-S", "chip-L"))
    groups = (
        ("chip_min", chips, chip_lengths(board)),
        ("ic_pitch_min", np.isin(parts.family, _ICS) & (parts.pins > 2), parts.pitch),
        ("bga_pitch_min", parts.family == "BGA", parts.pitch),
    )
    out = [Measurements.none(0)]
    for param, mine, values in groups:
        rows = np.flatnonzero(mine & parts.fitted & np.isfinite(values))
        out.append(Measurements.of(
            values[rows], checked=len(rows), param=param, a=c.item[rows], x=c.x[rows], y=c.y[rows],
            detail=[_words(board, parts, row, param) for row in rows.tolist()],
            cause=[f"*{param} {c.footprint[row] or parts.size[row] or parts.family[row]}" for row in rows.tolist()],
            inferred=board.items.inferred[c.item[rows]] | (parts.family_source[rows] == "lands") & (c.footprint[rows] == ""),
        ))  # fmt: skip
    return Measurements.join(out)


def _words(board: Board, parts: Parts, row: int, param: str) -> str:
    name = str(board.components.footprint[row]).rpartition(":")[2]
    kind = f"a chip of {parts.size[row]}" if parts.size[row] else "a chip" if param == "chip_min" else parts.family[row]
    return f"{kind}{f' ({name})' if name else ''}, {'length' if param == 'chip_min' else 'pitch'}"
