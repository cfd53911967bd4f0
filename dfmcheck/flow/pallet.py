"""The wall of a wave pallet: it stands between the joints that meet the wave and the parts that it covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import shape
from ..board import Board, Floats, Ints, Objects, PadType, Table, column
from ..check import Context
from ..pieces import least
from ..units import below
from .plan import Exclusion
from .work import work

STOREY = 3.0
"""mm of a body's height for which the rule's `body_height_step` is added once: a pocket that is deeper has a thicker wall."""
OPENING = 2.0
"""mm by which the opening of a pallet is larger than the lands in it, on each side; what is left to the next part is wall."""
_SIDES = ("top", "bottom")


@dataclass(frozen=True, slots=True, eq=False)
class Walls(Table):
    """One row is a leaded part and another part on its solder side, where they are nearest to each other."""

    lead: Ints = column("i4")
    """Row of `Board.components`: the leaded part."""
    other: Ints = column("i4")
    """Row of `Board.components`."""
    land: Ints = column("i4")
    """Row of `Board.features`: the land of the lead."""
    gap: Floats = column("f8")
    """mm from the edge of the land to the edge of the other part's lands or body; 0 where they meet."""
    more: Floats = column("f8")
    """mm by which the other part's height thickens the wall."""
    x: Floats = column("f8")
    y: Floats = column("f8")


def lead_lands(board: Board, side: int) -> Ints:
    """Rows of `Board.features`: lands on a side (0 top, 1 bottom) of the leads whose parts stand on the other side."""
    f, job, lands = board.features, work(board), board.derived.lands(side)
    lands = lands[job.lead[f.pad[lands]]]
    return np.asarray(lands[job.side[f.component[lands]] == 1 - side], np.int32)


def covered(board: Board, side: int) -> tuple[Ints, Objects, Floats]:
    """What stands on a side: rows of `Board.components`, cores and radii, one or more rows a part.

    Of SMD placed there the envelope, which is its body with its lands; of SMD on the other side the lands that it has here
    nevertheless. Leaded and press-fit parts come later, and what has no joints last.
    """
    f, job, parts = board.features, work(board), board.derived.parts()
    there = np.array([e is not None and not e.is_empty for e in parts.envelope], np.bool_)
    stands = np.flatnonzero(there & (job.side == side) & (job.kind == "smd")).astype(np.int32)
    through = np.append((job.side != side) & (job.kind == "smd"), False)
    smd = np.append(board.pads.type == PadType.SMD, False)
    lands = board.derived.lands(side)
    lands = lands[smd[f.pad[lands]] & through[f.component[lands]]]
    return (
        np.r_[stands, f.component[lands]].astype(np.int32),
        np.r_[parts.envelope[stands], f.core[lands]],
        np.r_[np.zeros(len(stands)), f.radius[lands]],
    )


def walls(board: Board, side: int, reach: float, step: float = 0.0) -> Walls:
    """Leaded parts soldered on a side, and the other parts there that are nearer to one of their lands than `reach` mm.

    Of a higher part it is `step` mm more for each full `STOREY` of its height.
    """
    f = board.features
    lands, (part, core, radius) = lead_lands(board, side), covered(board, side)
    height = board.derived.parts().height[part]
    more = step * np.floor(np.nan_to_num(height) / STOREY + 1e-9)
    if not len(lands) or not len(part):
        return Walls.empty()
    i, j = shape.meeting(shape.boxes(f.core[lands], f.radius[lands]), shape.boxes(core, radius + more, reach))
    apart = f.component[lands[i]] != part[j]
    i, j = i[apart], j[apart]
    gap = np.maximum(shape.distance(f.core[lands[i]], f.radius[lands[i]], core[j], radius[j]), 0.0)
    near = gap < reach + more[j]
    i, j, gap = i[near], j[near], gap[near]
    first = least(np.round(gap, 6), f.component[lands[i]], part[j], ties=(lands[i],))
    i, j, gap = i[first], j[first], gap[first]
    x, y = shape.witness(f.core[lands[i]], f.radius[lands[i]], core[j], radius[j])
    return Walls.of(lead=f.component[lands[i]], other=part[j], land=lands[i], gap=gap, more=more[j], x=x, y=y)


def exclusions(ctx: Context, side: int) -> tuple[Exclusion, ...]:
    """Parts on a side that leave no room for the wall of a pallet, by the hard limit `pallet` of smt-tht-wave-clearance.

    A height that rests on the family alone thickens no wall here.
    """
    return _excluded(ctx, side, "pallet", "leave no room for the wall of a pallet beside joints, less than")


def glued_exclusions(ctx: Context, side: int) -> tuple[Exclusion, ...]:
    """Parts on a side that would be glued too near to joints of leads, by the hard limit `glued_wave`."""
    return _excluded(ctx, side, "glued_wave", "would meet the wave nearer to joints of leads than")


def _excluded(ctx: Context, side: int, param: str, why: str) -> tuple[Exclusion, ...]:
    limit = ctx.limits[param].value if param in ctx.limits else None
    if limit is None:
        return ()
    step = ctx.tune("body_height_step") if param == "pallet" else 0.0
    found = walls(ctx.board, side, limit, step)
    known = ctx.board.derived.parts().height_source[found.other] != "family"
    found = found.take(below(found.gap, limit + found.more * known))
    if not len(found):
        return ()
    parts = np.unique(found.other)
    places = tuple(zip(found.x.tolist(), found.y.tolist()))
    remedy = f"move away from the joints, or to the {_SIDES[1 - side]}"
    more = f", and {step:g} mm more for each {STOREY:g} mm of height" if (found.gap >= limit).any() else ""
    return (Exclusion(ctx.rule.id, f"{why} {limit:g} mm{more}", tuple(parts.tolist()), places, remedy),)
