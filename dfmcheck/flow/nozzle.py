"""The room that the nozzle of selective soldering has about the joints of a leaded part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind, Objects, PadType, Table, column
from ..check import Context
from ..exposed import thermal_holes
from ..pieces import least
from ..units import below
from .nozzle_way import Rows, framed, joint_at, rows_of, ways_out
from .pallet import covered, lead_lands
from .plan import Exclusion
from .work import work

JUDGED = ("ring", "exit_side", "nozzle_od_min")
"""The parameters of selective-nozzle-clearance."""
_TAPED = ("hole", "fiducial", "mark", "mech")
"""Families whose lands are covered by tape, or may take solder."""
_KEPT = ("jumper", "card-edge")
"""Families that nobody places and that must not take solder all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Obstacles(Table):
    """What must not be touched on the solder side: one row a body, land or open via."""

    core: Objects = column("O")
    radius: Floats = column("f8")
    item: Ints = column("i4")
    component: Ints = column("i4")
    soft: Bools = column("b")
    """Solder on it does little harm: open vias, test points, lands that nobody places a part on."""
    more: Floats = column("f8")
    """mm of room that it asks for beyond the limit, by its height."""


@dataclass(frozen=True, slots=True, eq=False)
class Room(Table):
    """One row is a leaded part, what stands in the way of its nozzle, and the room that it leaves."""

    param: Objects = column("O")
    """str of `JUDGED`."""
    lead: Ints = column("i4")
    """Row of `Board.components`."""
    land: Ints = column("i4")
    """Row of `Board.features`: the joint, or one of its row."""
    obstacle: Ints = column("i4")
    """Row of `Obstacles`."""
    value: Floats = column("f8")
    """mm: `ring`: from land to obstacle; `exit_side`: from the row to what is met first on the best way out;
    `nozzle_od_min`: diameter of the largest circle that can be moved along the middles of the row."""
    more: Floats = column("f8")
    x: Floats = column("f8")
    y: Floats = column("f8")


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What is searched for: `value - more` below these is told, in mm."""

    ring: float
    exit_side: float
    nozzle_od_min: float
    width: float
    """Of the way out, at least."""
    tall: float
    """mm: a body that is higher asks for as much more room as it is higher: nozzles stand on a foot that widens."""


def room_for(ctx: Context, side: int) -> tuple[Room, Obstacles, Ints]:
    """What `room` finds below the limits and preferred values of selective-nozzle-clearance; once a run for all who ask."""
    ring, out, width = (float(ctx.reach(name)) for name in JUDGED)
    least = ctx.limits["nozzle_od_min"].value if "nozzle_od_min" in ctx.limits else None
    reach = Reach(ring, out, width, least or 0.0, ctx.tune("neighbour_height"))
    if ctx.run is None:
        return room(ctx.board, side, reach)
    key = room, side
    if key not in ctx.run.results:
        ctx.run.results[key] = room(ctx.board, side, reach)
    return ctx.run.results[key]  # type: ignore[no-any-return]


def room(board: Board, side: int, reach: Reach) -> tuple[Room, Obstacles, Ints]:
    """The room about all leads that are soldered on a side, what stands there, and by row of `Board.components` the best way
    out (a row of `EXITS`): that which leaves the most room.

    All four ways out of a part are tried, each for all of its rows of joints; lands of leads that are soldered in the same
    pass, and all of the part itself, do not stand in the way. `ring` has a row for each obstacle, at its nearest joint; the
    others one a part. Soft obstacles stand in no way out.
    """
    lands, best = lead_lands(board, side), np.zeros(len(board.components), np.int32)
    if not len(lands):
        return Room.empty(), Obstacles.empty(), best
    rows, stand = rows_of(board, lands), obstacles(board, side, reach.tall)
    found = [_ring(board, lands, stand, reach)]
    hard = np.flatnonzero(~stand.soft).astype(np.int32)
    wide = max(reach.exit_side, reach.nozzle_od_min / 2) + reach.width / 2
    i, j = shape.meeting(
        shape.boxes(rows.axis, _half(rows), wide), shape.boxes(stand.core[hard], stand.radius[hard] + stand.more[hard])
    )
    j = hard[j]
    other = rows.component[i] != stand.component[j]
    i, j = i[other], j[other]
    found += [_channel(board, lands, rows, i, stand, j, reach), _exits(board, lands, rows, i, stand, j, reach, best)]
    return Room.of(**{n: np.concatenate([getattr(r, n) for r in found]) for n in Room.__dataclass_fields__}), stand, best


def obstacles(board: Board, side: int, tall: float) -> Obstacles:
    """Bodies of SMD with their lands, other bare lands, and open vias on a side.

    Leaded parts on that side come later: of them the lands count, which must not be filled."""
    f, c, job, layers = board.features, board.components, work(board), board.layers
    family, height = board.derived.parts().family, board.derived.parts().height
    part, core, radius = covered(board, side)
    layer = int(board.outer_layer(side))
    opening = np.flatnonzero(((layers.role == "mask") & (layers.side == ("top", "bottom")[side]))[f.layer])
    masked = "mask" in board.facts
    kind, known = np.append(job.kind, ""), np.append(family, "")
    bare = np.ones(len(board.pads) + 1, np.bool_)
    if masked:
        bare[:] = np.isin(np.arange(len(bare)), f.pad[opening])
    soldered = job.lead & (np.append(job.side, -1)[board.pads.component] == 1 - side)
    pads = np.append((board.pads.type != PadType.NPTH) & ~soldered, False) & bare
    land = board.derived.lands(side)
    land = land[pads[f.pad[land]]]
    of = f.component[land]
    land = land[~np.isin(known[of], _TAPED) & (kind[of] != "mech") & ~np.isin(of, part)]
    heat = np.append(np.isin(np.arange(len(board.pads)), board.holes.pad[thermal_holes(board)]), False)
    soft = ((kind[f.component[land]] == "") & ~np.isin(known[f.component[land]], _KEPT)) | heat[f.pad[land]]
    closed = np.append(board.vias.closed, True)
    via = np.flatnonzero((f.kind == Kind.VIA) & (f.layer == layer) & ~closed[f.via] & np.isin(f.via, f.via[opening]))
    rest = np.r_[land, via]
    return Obstacles.of(
        core=np.r_[core, f.core[rest]], radius=np.r_[radius, f.radius[rest]], item=np.r_[c.item[part], f.item[rest]],
        component=np.r_[part, f.component[rest]], soft=np.r_[np.zeros(len(part), np.bool_), soft, np.ones(len(via), np.bool_)],
        more=np.r_[np.maximum(np.nan_to_num(height[part]) - tall, 0.0) * (job.side[part] == side), np.zeros(len(rest))],
    )  # fmt: skip


def _half(rows: Rows) -> Floats:
    """mm by which the lands of each row reach beyond the middles of its joints, at most."""
    beyond = np.abs(rows.box - framed(rows.axis, np.zeros(len(rows)), rows.turn)).max(axis=1, initial=0.0)
    return np.asarray(1.5 * beyond, np.float64)


def _ring(board: Board, lands: Ints, stand: Obstacles, reach: Reach) -> Room:
    f = board.features
    i, j = shape.meeting(
        shape.boxes(f.core[lands], f.radius[lands], reach.ring), shape.boxes(stand.core, stand.radius + stand.more)
    )
    land = lands[i]
    other = f.component[land] != stand.component[j]
    land, j = land[other], j[other]
    value = np.maximum(shape.distance(f.core[land], f.radius[land], stand.core[j], stand.radius[j]), 0.0)
    near = value - stand.more[j] < reach.ring
    land, j, value = land[near], j[near], value[near]
    first = least(np.round(value, 6), f.component[land], stand.item[j], ties=(land, j))
    land, j, value = land[first], j[first], value[first]
    x, y = shape.witness(f.core[land], f.radius[land], stand.core[j], stand.radius[j])
    return Room.of(
        param=np.full(len(j), "ring", object), lead=f.component[land], land=land, obstacle=j, value=value, more=stand.more[j],
        x=x, y=y,
    )  # fmt: skip


def _channel(board: Board, lands: Ints, rows: Rows, i: Ints, stand: Obstacles, j: Ints, reach: Reach) -> Room:
    value = 2 * np.maximum(shape.distance(rows.axis[i], 0.0, stand.core[j], stand.radius[j]), 0.0)
    narrow = np.flatnonzero(value - 2 * stand.more[j] < reach.nozzle_od_min)
    i, j, value = i[narrow], j[narrow], value[narrow]
    first = least(np.round(value - 2 * stand.more[j], 6), rows.component[i], ties=(i, j))
    i, j, value = i[first], j[first], value[first]
    x, y = shape.witness(rows.axis[i], 0.0, stand.core[j], stand.radius[j])
    land = joint_at(board, lands, rows.take(i), x, y)
    return Room.of(
        param=np.full(len(j), "nozzle_od_min", object), lead=rows.component[i], land=land, obstacle=j, value=value,
        more=2 * stand.more[j], x=x, y=y,
    )  # fmt: skip


def _exits(
    board: Board, lands: Ints, rows: Rows, i: Ints, stand: Obstacles, j: Ints, reach: Reach, best: Ints
) -> Room:  # fmt: skip
    """Writes the best way out of each part into `best`."""
    beside, most = rows.take(i), reach.exit_side + stand.more[j]
    ways = ways_out(beside, stand.core[j], stand.radius[j], reach.width, most)
    free = np.full((len(best), ways.shape[1]), np.inf)
    np.minimum.at(free, beside.component, ways - stand.more[j][:, None])
    # What is farther than asked for is as good as free: the first of the ways that have such room.
    best[:] = np.argmax(np.minimum(free, reach.exit_side), axis=1)
    value = ways[np.arange(len(j)), best[beside.component]]
    short = np.flatnonzero(value < most)
    i, j, value = i[short], j[short], value[short]
    first = least(np.round(value - stand.more[j], 6), rows.component[i], ties=(i, j))
    i, j, value = i[first], j[first], value[first]
    x, y = shape.witness(rows.axis[i], 0.0, stand.core[j], stand.radius[j])
    land = joint_at(board, lands, rows.take(i), x, y)
    return Room.of(
        param=np.full(len(j), "exit_side", object), lead=rows.component[i], land=land, obstacle=j, value=value,
        more=stand.more[j], x=x, y=y,
    )  # fmt: skip


def exclusions(ctx: Context, side: int) -> tuple[Exclusion, ...]:
    """Leaded parts of which some joint on a side is out of a nozzle's reach, by the hard limits of selective-nozzle-clearance.

    Open vias, test points and lands without a part stop no nozzle.
    """
    bounds = {name: limit.value for name, limit in ctx.limits.items() if name in JUDGED and limit.value is not None}
    if not bounds:
        return ()
    found, stand, _ = room_for(ctx, side)
    bound = np.array([bounds.get(p, -np.inf) for p in found.param], np.float64)
    found = found.take(below(found.value, bound + found.more) & ~stand.soft[found.obstacle])
    if not len(found):
        return ()
    parts = tuple(np.unique(found.lead).tolist())
    places = tuple(zip(found.x.tolist(), found.y.tolist()))
    why = "have joints that no nozzle reaches: a body or land stands in its way"
    return (Exclusion(ctx.rule.id, why, parts, places, "keep the ring about their joints and one side free"),)
