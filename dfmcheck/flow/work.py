"""What an assembly line has to do to each part of a board, whatever the flow: place it, insert it, press it in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..board import Board, Bools, Ints, Objects, PadType, once_a_board
from ..pressed import press_fit_holes


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Columns by row of `Board.components`, and `lead` by row of `Board.pads`."""

    kind: Objects
    """str: '' nobody places it; smd (also with pegs in plated holes, which are soldered with its lands); tht (leads in holes);
    press (press-fit pins and no solder); mech (placed, but no joint)."""
    side: Ints
    """Where it is placed: 0 top, 1 bottom. Of SMD the side of its lands, should they all be on the other side than the body."""
    lands: Ints
    """Soldered lands."""
    barrels: Ints
    """Soldered joints in plated holes."""
    lead: Bools
    """Pads: soldered barrels of tht parts."""

    def of(self, kind: str, side: int | None = None) -> Ints:
        """Rows of the components of a kind, and on a side if that is given."""
        return np.flatnonzero((self.kind == kind) & ((self.side == side) if side is not None else True)).astype(np.int32)


@once_a_board
def work(board: Board) -> Work:
    """What each part is to the line, from its joints (see `dfmcheck.joints`) rather than from what its footprint declares.

    A part with soldered lands is SMD, unless its footprint declares leads and most of its joints are such. Thermal holes,
    castellations, test pads, mounting holes and barrels under mask are no joints, so that they make nothing leaded. A part whose
    lands have no paste and outnumber its barrels, whose own lands apart, is contacts of the board itself, or fastened to it.
    """
    c, parts, joints, pads = board.components, board.derived.parts(), board.derived.joints(), board.pads
    n = len(c)
    mine = joints.component >= 0
    part, barrel, side = joints.component[mine], joints.barrel[mine], joints.side[mine]
    lands, barrels = (np.bincount(part[pick], minlength=n).astype(np.int32) for pick in (~barrel, barrel))
    below = np.bincount(part[~barrel & (side == 1)], minlength=n)
    owner = board.holes.component[press_fit_holes(board)]
    pressed = np.bincount(owner[owner >= 0], minlength=n)
    bare = _bare(board, (lands == 0) & (barrels > 0))
    declared = (c.mount == "tht") & (barrels > lands)
    kind = np.select(
        [~parts.fitted, (lands > 0) & ~declared, (barrels > 0) & ((lands > 0) | (barrels >= bare)), pressed > 0],
        ["", "smd", "tht", "press"], "mech",
    ).astype(object)  # fmt: skip
    where = np.where((kind == "smd") & (below == 0), 0, np.where((kind == "smd") & (below == lands), 1, c.side))
    lead = np.zeros(len(pads), np.bool_)
    lead[joints.pad[mine][barrel & (kind[part] == "tht")]] = True
    return Work(kind, where.astype(np.int32), lands, barrels, lead)


def _bare(board: Board, of: Bools) -> Ints:
    """By component, of those that `of` marks: SMD lands that do not have the number of one of its barrels."""
    pads = board.pads
    mine = np.append(of, False)[pads.component]
    flat = np.flatnonzero(mine & np.isin(pads.type, (PadType.SMD, PadType.CONNECT)))
    leads = np.flatnonzero(mine & (pads.type == PadType.THT))
    own = set(zip(pads.component[leads].tolist(), pads.number[leads].tolist()))
    part = [c for c, number in zip(pads.component[flat].tolist(), pads.number[flat].tolist()) if (c, number) not in own]
    return np.bincount(np.array(part, np.int32), minlength=len(of)).astype(np.int32)
