"""Joints of leads under the bodies of other parts, on the side where they are soldered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind, Table, column, once_a_board
from ..check import Context
from ..units import TOUCH
from .plan import Exclusion
from .work import work


@dataclass(frozen=True, slots=True, eq=False)
class Covered(Table):
    """One row is a leaded part and a part whose body stands over joints of it, at the first of these."""

    land: Ints = column("i4")
    """Row of `Board.features`: the land of the joint."""
    lead: Ints = column("i4")
    """Row of `Board.components`."""
    body: Ints = column("i4")
    """Row of `Board.components`."""
    final: Bools = column("b")
    """No order of the steps leaves the joint free: the body is SMD, or each of both stands over joints of the other."""
    x: Floats = column("f8")
    y: Floats = column("f8")


@once_a_board
def covered(board: Board) -> Covered:
    """Bodies, as fab or courtyard draw them, over the middles of lands on the joints' side."""
    w, f, c, parts = work(board), board.features, board.components, board.derived.parts()
    if not len(board.copper_layers):
        return Covered.empty()
    lands = np.flatnonzero((f.kind == Kind.PAD) & np.append(w.lead, False)[f.pad])
    lands = lands[f.layer[lands] == board.outer_layer(1 - c.side[f.component[lands]])]
    drawn = np.isin(parts.body_source, ("fab", "courtyard")) & np.isin(w.kind, ("smd", "tht", "press"))
    bodies = np.flatnonzero(drawn)
    i, j = shape.meeting(shape.boxes(f.core[lands], f.radius[lands]), shape.boxes(parts.body[bodies], np.zeros(len(bodies))))
    land, body = lands[i], bodies[j]
    apart = (f.component[land] != body) & (w.side[body] == 1 - c.side[f.component[land]])
    land, body = land[apart], body[apart]
    middle = shapely.centroid(f.core[land])
    inside = shapely.distance(middle, parts.body[body]) <= TOUCH
    land, body, middle = land[inside], body[inside], middle[inside]
    order = np.argsort(land, kind="stable")  # the first joint of a part stands for all
    land, body, middle = land[order], body[order], middle[order]
    lead = f.component[land]
    first = np.unique(np.stack([lead, body]), axis=1, return_index=True)[1]
    land, lead, body, middle = land[first], lead[first], body[first], middle[first]
    pairs = set(zip(lead.tolist(), body.tolist()))
    mutual = np.array([(b, a) in pairs for a, b in zip(lead.tolist(), body.tolist())], np.bool_)
    x, y = shapely.get_coordinates(middle).T if len(middle) else (np.zeros(0), np.zeros(0))
    return Covered.of(land=land, lead=lead, body=body, final=mutual | (w.kind[body] == "smd"), x=x, y=y)


def exclusions(ctx: Context, side: int) -> tuple[Exclusion, ...]:
    """Parts on a side (0 top, 1 bottom) that stand over joints which nothing reaches any more; ctx: that of tht-both-sides.

    Bodies that no fab outline draws exclude nothing.
    """
    board = ctx.board
    found = covered(board)
    drawn = board.derived.parts().body_source[found.body] == "fab"
    found = found.take(found.final & drawn & (work(board).side[found.body] == side))
    if not len(found):
        return ()
    places = tuple(zip(found.x.tolist(), found.y.tolist()))
    parts = tuple(np.unique(found.body).tolist())
    return (Exclusion(ctx.rule.id, "stand over joints of leads, which nothing reaches", parts, places, "move off the joints"),)
