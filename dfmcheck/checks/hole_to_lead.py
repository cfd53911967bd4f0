"""Holes for leads: room enough for the lead and for solder, and not too much of it."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import PadType
from ..check import Context, Measurements, Skip, check
from ..leads import lead_of, usual
from ..units import below
from .size import by_limit


@check("hole_to_lead", minima="min min_diagonal", maxima="max")
def hole_to_lead(ctx: Context) -> Measurements:
    """Diameter of a plated hole less that of its lead, or less the diagonal of a lead with corners, in mm.

    The lead is told by a field (`Lead diameter`) or the footprint's name; the usual lead of a known kind of part is an
    estimate, and a note only, unless the lead does not enter the hole at all. Pads without a number are pegs, and press-fit
    pins are meant to be tight: neither is judged, nor is a slot. Raises `Skip` where no lead is known.
    """
    board, pads, holes, c = ctx.board, ctx.board.pads, ctx.board.holes, ctx.board.components
    leads = [lead_of(str(name), fields) for name, fields in zip(c.footprint, c.fields)]
    known = np.array([lead is not None for lead in leads], np.bool_)
    hole = pads.hole
    rows = np.flatnonzero((pads.type == PadType.THT) & (hole >= 0) & (pads.component >= 0) & (pads.number != ""))
    rows = rows[known[pads.component[rows]] & ~np.isin(pads.property[rows], ("pressfit", "mechanical", "castellated"))]
    rows = rows[holes.plated[hole[rows]] & (shapely.length(holes.core[hole[rows]]) == 0)]
    rows = rows[usual(board.holes.radius[hole[rows]], pads.component[rows])]
    if not len(rows):
        raise Skip("needs a part whose leads are known: by a field such as `Lead diameter`, by its name, or a common kind")
    mine = [lead for c in pads.component[rows].tolist() if (lead := leads[c]) is not None]
    across = np.array([lead.across for lead in mine])
    square, guess = np.array([lead.height > 0 for lead in mine]), np.array([lead.estimate for lead in mine])
    size = 2 * holes.radius[hole[rows]]
    parts = []
    for param, of in (("min", ~square), ("min_diagonal", square), ("max", np.ones(len(rows), np.bool_))):
        if param not in ctx.judged() or not of.any():
            continue
        row, some = rows[of], np.flatnonzero(of)
        parts.append(Measurements.of(
            (size - across)[of], checked=0, param=param, a=pads.item[row],
            x=pads.x[row], y=pads.y[row], inferred=guess[of], soften=guess[of] & ~below(size[of], across[of]),
            cause=by_limit(ctx, np.full(len(row), param, object), (size - across)[of], "*" + c.footprint[pads.component[row]]),
            detail=[f"hole of {size[k]:.3f} mm, lead of {mine[k]} ({mine[k].source})" for k in some.tolist()],
        ))  # fmt: skip
    return Measurements.join([*parts, Measurements.none(len(rows))])
