"""Leaded parts from both sides, and joints that lie under the body of another part."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Kind
from ..check import Context, Measurements, check
from ..flow.plan import plan
from ..flow.site import SIDES
from ..flow.work import work
from ..parts_table import natural
from ..units import TOUCH


@check("tht_both_sides", maxima="allowed")
def tht_both_sides(ctx: Context) -> Measurements:
    """Number of leaded parts on the second side, at each of them; and joints of leads that another body covers.

    A row a covered joint's part and the part above it, at the first such joint, which no limit judges. A leaded part above
    is a step softer: it may be inserted after the joint below it is soldered. Without a lead on the board nothing is checked.
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
    board, w, f, c = ctx.board, work(ctx.board), ctx.board.features, ctx.board.components
    parts = board.derived.parts()
    joint_layer = board.copper_layers[[0, -1]] if len(board.copper_layers) else np.zeros(2, np.int32)
    lands = np.flatnonzero((f.kind == Kind.PAD) & np.append(w.lead, False)[f.pad])
    lands = lands[f.layer[lands] == joint_layer[1 - c.side[f.component[lands]]]]
    drawn = np.isin(parts.body_source, ("fab", "courtyard")) & np.isin(w.kind, ("smd", "tht", "press"))
    bodies = np.flatnonzero(drawn)
    i, j = shape.meeting(shape.boxes(f.core[lands], f.radius[lands]), shape.boxes(parts.body[bodies], np.zeros(len(bodies))))
    land, body = lands[i], bodies[j]
    apart = (f.component[land] != body) & (w.side[body] == 1 - c.side[f.component[land]])
    land, body = land[apart], body[apart]
    middle = shapely.centroid(f.core[land])
    inside = shapely.distance(middle, parts.body[body]) <= TOUCH
    land, body, middle = land[inside], body[inside], middle[inside]
    first = np.unique(np.stack([f.component[land], body]), axis=1, return_index=True)[1]
    land, body, middle = land[first], body[first], middle[first]
    x, y = shapely.get_coordinates(middle).T if len(middle) else (np.zeros(0), np.zeros(0))
    return Measurements.of(
        np.full(len(land), np.nan), checked=0, param="", a=f.item[land], b=c.item[body], x=x, y=y, layer=f.layer[land],
        soften=(w.kind[body] != "smd").astype(np.int32), inferred=parts.body_source[body] != "fab",
        cause=[f"*{ref}" for ref in c.ref[body]],
        detail=[f"the body of {ref} stands over this joint" for ref in c.ref[body]],
    )  # fmt: skip
