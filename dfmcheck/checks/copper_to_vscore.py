"""Copper near the lines along which a panel is scored."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..board import Kind
from ..check import Absent, Context, Measurements, check
from ..pieces import least
from ._reach import SEEN

_THICK = 1.6
"""mm; a thicker board is scored deeper, and so wider."""


@check("copper_to_vscore", minima="min", tunes="thick_extra_per_mm_above_1p6")
def copper_to_vscore(ctx: Context) -> Measurements:
    """Distance in mm from copper on any layer to the centre line of a score; 0 or less where the score runs through copper.

    Above 1.6 mm of board each mm asks for `thick_extra_per_mm_above_1p6` more. Copper without a net stands on rails or is
    drawn: a step softer. Raises `Absent` where no score is told.
    """
    board, f = ctx.board, ctx.board.features
    lines = board.derived.breaklines()
    lines = lines.take(lines.method == "score")
    if not len(lines):
        raise Absent("needs a score: lines on a layer named V-Cut, or beside a text that says so, or across the outline")
    thick = board.thickness - _THICK if board.thickness > _THICK else 0.0
    more = thick * ctx.tune("thick_extra_per_mm_above_1p6")
    reach = SEEN * (ctx.reach() + more)
    found, checked = [], 0
    for layer in board.copper_layers.tolist():
        pieces = board.derived.pieces(layer)
        checked += len(board.derived.copper_rows(layer))
        if len(pieces.owner):
            line, at = board.derived.tree(layer).query(shape.boxes(lines.core, 0.0, reach))
            found.append((line, pieces.owner[at], pieces.core[at]))
    line, row, core = (np.concatenate(columns) for columns in zip(*found))
    d = shape.distance(lines.core[line], 0.0, core, f.radius[row])
    # Of the fills of a net, or of a pad on several layers, the nearest says it all.
    near = np.flatnonzero(d < reach)
    poured = (f.kind[row[near]] == Kind.ZONE) & (f.net[row[near]] >= 0)
    near = near[least(np.round(d[near], 4), np.where(poured, -1 - f.net[row[near]], f.item[row[near]]), line[near])]
    line, row, core, d = line[near], row[near], core[near], d[near]
    x, y = shape.witness(lines.core[line], 0.0, core, f.radius[row])
    drawn = np.array([source.startswith("a line of the outline") for source in lines.source], np.bool_)
    return Measurements.of(
        d, checked=checked, param="min", a=f.item[row], b=lines.item[line], x=x, y=y, layer=f.layer[row], more=more,
        soften=(f.net[row] < 0) & ("nets" in board.facts), inferred=drawn[line],
        detail=[f"score by {source}" for source in lines.source[line]],
    )  # fmt: skip
