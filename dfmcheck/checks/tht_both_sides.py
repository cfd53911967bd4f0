"""Leaded parts from both sides, and joints that lie under the body of another part."""

from __future__ import annotations

import numpy as np

from ..check import Context, Measurements, check
from ..flow.covered import covered
from ..flow.plan import plan
from ..flow.site import SIDES
from ..flow.work import work
from ..parts_table import natural


@check("tht_both_sides", maxima="allowed")
def tht_both_sides(ctx: Context) -> Measurements:
    """Number of leaded parts on the second side, at each of them; and joints of leads that another body covers.

    A row a covered joint's part and the part above it, at the first such joint, which no limit judges. A leaded part above
    is a step softer, as it may be inserted after the joint below it is soldered, unless each of both stands over joints of the
    other. Without a lead on the board nothing is checked.
    """
    made, w, c = ctx.shared(plan), work(ctx.board), ctx.board.components
    second = w.of("tht", 1 - made.lead_side)
    main = w.of("tht", made.lead_side)
    checked = len(main) + len(second)
    covered = _covered(ctx)
    if not len(second) or not ctx.judged():
        return Measurements.join([covered, Measurements.none(checked)])
    refs = sorted((str(ref) for ref in c.ref[second]), key=natural)
    names = ", ".join(refs[:8]) + (f" and {len(refs) - 8} more" if len(refs) > 8 else "")
    flow = f"in {made.chosen.code} " if made.chosen is not None else ""
    here, there = SIDES[1 - made.lead_side], SIDES[made.lead_side]
    number = Measurements.of(
        np.full(len(second), float(len(second))), checked=checked, param="allowed", a=c.item[second], cause="*second",
        x=c.x[second], y=c.y[second], detail=f"{flow}leaded parts on the {here} ({names}), with {len(main)} on the {there}",
    )  # fmt: skip
    return Measurements.join([number, covered])


def _covered(ctx: Context) -> Measurements:
    """Bodies over the joints of leads of other parts, on the side where these are soldered."""
    board, f, c = ctx.board, ctx.board.features, ctx.board.components
    found = covered(board)
    return Measurements.of(
        np.full(len(found), np.nan), checked=0, param="", a=f.item[found.land], b=c.item[found.body], x=found.x, y=found.y,
        layer=f.layer[found.land], soften=(~found.final).astype(np.int32),
        inferred=board.derived.parts().body_source[found.body] != "fab", cause=[f"*{ref}" for ref in c.ref[found.body]],
        detail=[f"the body of {ref} stands over this joint" for ref in c.ref[found.body]],
    )  # fmt: skip
