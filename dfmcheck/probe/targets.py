"""Every place on the outer sides of a board that a probe might touch, and whether a test engineer would let it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind, Objects, PadType, Table, column, once_a_board
from ..check import Skip
from ..exposed import thermal_holes
from ..mask import masks
from ..parts import NO_PARTS
from ..parts_names import families_of_name, family_of_prefix
from .inscribed import LEAST, inscribed, of_disc

KINDS = ("test pad", "lead", "hole", "pad", "contact", "via", "land")
"""As they are chosen: a test pad; a lead in a plated hole; a plated hole without one; a bare land of nothing that is placed;
a contact of the board's own; a via; the land of a component."""
MASKED, TENTED, PASTE, LAND = "masked", "tented", "paste bump", "component's land"
FINGER, HALF, OWN_SIDE, IN_LAND, UNDER = "gold finger", "half hole", "side of its part", "in a component's land", "under a part"
WHY = (MASKED, TENTED, PASTE, LAND, FINGER, HALF, OWN_SIDE, IN_LAND, UNDER)
"""Why a target is not legal."""
_REACHED = re.compile(r"tag[-_ ]?connect|tc20[357]0|pogo|programm|test|debug|swd|jtag", re.IGNORECASE)
"""Contacts of the board itself that are made for spring probes."""
_TERMINAL = re.compile(r"loop|keystone|hook|ring|terminal|harwin|s1751|bead|5[01]\d\d(?!\d)", re.IGNORECASE)
"""Test points that are parts to be soldered, and beads of solder that are printed for a flat probe: their paste is meant."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets(Table):
    """One row per pad or via with copper on an outer side and a net, and per side."""

    item: Ints = column("i4")
    pad: Ints = column("i4")
    """Row in `Board.pads`, -1 for a via."""
    via: Ints = column("i4")
    """Row in `Board.vias`, -1 for a pad."""
    feature: Ints = column("i4")
    """Row in `Board.features`: its copper on this side, of several pieces one."""
    net: Ints = column("i4")
    component: Ints = column("i4")
    side: Ints = column("i4")
    """0 top, 1 bottom."""
    kind: Objects = column("O")
    """One of `KINDS`."""
    declared: Bools = column("b")
    """The design calls it a test point: the pad's property, the footprint's name, or a reference such as TP1."""
    x: Floats = column("f8")
    """Where the probe lands: the middle of a hole, else of the largest circle."""
    y: Floats = column("f8")
    diameter: Floats = column("f8")
    """mm: largest circle in the copper that the mask leaves bare, a hole in it not taken out; 0 where none is."""
    hole: Floats = column("f8")
    """mm: a hole that a probe may fall into; 0 where there is none, or a lead or filling closes it."""
    why: Objects = column("O")
    """Why it is no target, one of `WHY`; '' if it is legal. Sizes of lands and holes are left to the rules."""
    under: Ints = column("i4")
    """Row in `Board.components`: the fitted part on this side over its middle, -1 if it is free."""

    @property
    def legal(self) -> Bools:
        return np.asarray(self.why == "", np.bool_)


@once_a_board
def targets(board: Board) -> Targets:
    """All that a probe may touch or may not, pads first. What has no net is left out; where nothing tells of nets, test points
    are not.

    Needs pads; without the fact `mask` all copper counts as bare.
    """
    pads = _pads(board)
    vias = _vias(board, pads)
    both = Targets(**{name: np.concatenate([getattr(pads, name), getattr(vias, name)]) for name in Targets.__slots__})
    return _covered(board, both)


@once_a_board
def declared_pads(board: Board) -> Bools:
    """Mask over `Board.pads`: those that the design calls test points."""
    c = board.components
    by_name = [
        "testpoint" in families_of_name(str(name).rpartition(":")[2]) or family_of_prefix(str(ref)) == "testpoint"
        for name, ref in zip(c.footprint.tolist(), c.ref.tolist())
    ]  # fmt: skip
    of_part = np.append(np.array(by_name, np.bool_), False)[board.pads.component]
    named = (board.pads.property == "testpoint") | of_part
    return np.asarray(named & (board.pads.type != PadType.NPTH), np.bool_)


def require_points(board: Board) -> bool:
    """Whether the board has test points. Raises `Skip` where nothing would tell of them: films without names of parts."""
    declared = bool(declared_pads(board).any())
    if not declared and board.items.inferred[board.pads.item].any():
        raise Skip("nothing tells which pads are test points; X2 attributes or the board file would")
    return declared


def _outer(board: Board, kind: Kind) -> tuple[Ints, Ints]:
    """Copper features of a kind on the outer layers, and their sides."""
    f, layers = board.features, board.layers
    ends = [*board.copper_layers[:1].tolist(), *board.copper_layers[-1:].tolist()]
    copper = [layer for layer in dict.fromkeys(ends) if layers.side[layer] != "inner"]
    found = [rows[f.kind[rows] == kind] for rows in map(board.derived.copper_rows, copper)]
    side = [np.full(len(rows), int(layers.side[layer] == "bottom"), np.int32) for layer, rows in zip(copper, found)]
    return np.concatenate([np.empty(0, np.int32), *found]), np.concatenate([np.empty(0, np.int32), *side])


def _pads(board: Board) -> Targets:
    f, pads = board.features, board.pads
    declared = declared_pads(board)
    rows, side = _outer(board, Kind.PAD)
    keep = (f.net[rows] >= 0) | (declared[f.pad[rows]] & ("nets" not in board.facts))
    rows, side = rows[keep], side[keep]
    core, radius = f.core[rows].copy(), f.radius[rows].copy()
    bare = np.ones(len(rows), np.bool_)
    if "mask" in board.facts:
        row, bare_core, bare_radius = board.derived.bare_lands()
        at = np.full(len(f), -1, np.int64)
        at[row] = np.arange(len(row))
        at = at[rows]
        bare = at >= 0
        core[bare], radius[bare] = bare_core[at[bare]], bare_radius[at[bare]]
    diameter, x, y = np.zeros(len(rows)), pads.x[f.pad[rows]].copy(), pads.y[f.pad[rows]].copy()
    diameter[bare], x[bare], y[bare] = inscribed(core[bare], radius[bare])
    # Of several pieces the roomiest stands for the pad.
    order = np.lexsort((-diameter, side, f.pad[rows]))
    code = f.pad[rows].astype(np.int64) * 2 + side
    first = order[np.r_[True, np.diff(code[order]) != 0][: len(order)]]
    rows, side, diameter, x, y = rows[first], side[first], diameter[first], x[first], y[first]
    pad, part = f.pad[rows], f.component[rows]
    drilled = pads.type[pad] == PadType.THT
    x[drilled], y[drilled] = pads.x[pad[drilled]], pads.y[pad[drilled]]
    kind, filled = _kinds(board, pad, declared[pad])
    hole = np.where(drilled & ~filled, np.append(2 * board.holes.radius, 0.0)[pads.hole[pad]], 0.0)
    why = _why_pads(board, rows, side, kind, diameter < LEAST)
    thermal = np.flatnonzero((kind == "via") & (why == ""))
    why[thermal[_in_lands(board, rows[thermal], rows[kind == "land"])]] = IN_LAND
    return Targets.of(
        item=f.item[rows], pad=pad, via=np.full(len(rows), -1), feature=rows, net=f.net[rows], component=part, side=side,
        kind=kind, declared=declared[pad], x=x, y=y, diameter=np.where(diameter < LEAST, 0.0, diameter), hole=hole, why=why,
        under=np.full(len(rows), -1),
    )  # fmt: skip


def _kinds(board: Board, pad: Ints, declared: Bools) -> tuple[Objects, Bools]:
    """What each pad is to a probe, and whether a lead stands in its hole."""
    pads, parts = board.pads, board.derived.parts()
    family, fitted = np.append(parts.family, "")[pads.component[pad]], np.append(parts.fitted, False)[pads.component[pad]]
    known = "components" in board.facts
    drilled = pads.type[pad] == PadType.THT
    terminal = np.append(_of_names(board, _TERMINAL), False)[pads.component[pad]] & declared
    filled = drilled & ((fitted & ~np.isin(family, list(NO_PARTS | {"mech"}))) | terminal | (not known))
    thermal = np.zeros(len(pads), np.bool_)
    holes = board.holes.pad[thermal_holes(board)]
    thermal[holes[holes >= 0]] = True
    filled &= ~thermal[pad]
    nothing = np.isin(family, list(NO_PARTS)) & (family != "card-edge") | (known & (pads.component[pad] < 0))
    contact = (family == "card-edge") | (pads.type[pad] == PadType.CONNECT)
    kind = np.select(
        [thermal[pad], drilled & filled, declared, drilled, contact & ~nothing, nothing],
        ["via", "lead", "test pad", "hole", "contact", "pad"], "land",
    ).astype(object)  # fmt: skip
    return kind, np.asarray(filled, np.bool_)


def _of_names(board: Board, pattern: re.Pattern[str]) -> Bools:
    """Components whose footprint or value holds the pattern."""

    @cache
    def holds(footprint: str, value: str) -> bool:
        return pattern.search(footprint) is not None or pattern.search(value) is not None

    c = board.components
    return np.array([holds(str(a), str(b)) for a, b in zip(c.footprint.tolist(), c.value.tolist())], np.bool_)


def _why_pads(board: Board, rows: Ints, side: Ints, kind: Objects, closed: Bools) -> Objects:
    pads, f = board.pads, board.features
    pad, part = f.pad[rows], f.component[rows]
    reached = np.append(_of_names(board, _REACHED), False)[part]
    terminal = np.append(_of_names(board, _TERMINAL), False)[part]
    half = np.zeros(len(pads), np.bool_)
    half[pads.property == "castellated"] = True
    cut = board.holes.pad[board.derived.castellated()]
    half[cut[cut >= 0]] = True
    pasted = np.zeros(len(f), np.bool_)
    if "paste" in board.facts:
        pasted[board.derived.printed_lands()] = True
    pasted = pasted[rows]
    fitted = np.append(board.derived.parts().fitted, False)[part]
    own = (kind == "lead") & (np.append(board.components.side, -1)[part] == side)
    surface = (kind == "test pad") & (pads.type[pad] != PadType.THT)
    return np.select(
        [closed, half[pad], own, kind == "land", (kind == "contact") & ~reached, surface & pasted & fitted,
         surface & pasted & ~terminal, (kind == "pad") & pasted],
        [MASKED, HALF, OWN_SIDE, LAND, FINGER, LAND, PASTE, PASTE], "",
    ).astype(object)  # fmt: skip


def _vias(board: Board, pads: Targets) -> Targets:
    f, vias = board.features, board.vias
    rows, side = _outer(board, Kind.VIA)
    keep = (f.net[rows] >= 0) & (f.via[rows] >= 0)
    rows, side = rows[keep], side[keep]
    diameter, landed = _bare_vias(board, rows, pads.feature[pads.kind == "land"])
    via = f.via[rows]
    hole = np.where(vias.closed[via], 0.0, np.nan_to_num(vias.drill[via]))
    none = np.full(len(rows), -1)
    why = np.select([landed, diameter < LEAST], [IN_LAND, TENTED], "").astype(object)
    return Targets.of(
        item=f.item[rows], pad=none, via=via, feature=rows, net=f.net[rows], component=none, side=side,
        kind=np.full(len(rows), "via", object), declared=none >= 0, x=vias.x[via], y=vias.y[via],
        diameter=np.where(diameter < LEAST, 0.0, diameter), hole=hole, why=why, under=none,
    )  # fmt: skip


def _in_lands(board: Board, rows: Ints, lands: Ints) -> Bools:
    """Which of these lands of vias stand with their middle in one of the components' lands, on its side."""
    f = board.features
    middle = shapely.centroid(f.core[rows])
    i, j = shape.meeting(shape.boxes(middle, 0.0), shape.boxes(f.core[lands], f.radius[lands]))
    land = lands[j]
    hit = (f.layer[rows[i]] == f.layer[land]) & (shapely.distance(middle[i], f.core[land]) <= f.radius[land])
    out = np.zeros(len(rows), np.bool_)
    out[i[hit]] = True
    return out


def _bare_vias(board: Board, rows: Ints, lands: Ints) -> tuple[Floats, Bools]:
    """mm: the largest circle that the openings of its side, one by one, leave bare of each via's land; and which of those that
    an opening uncovers stand in a land of a component, whose circle is not looked for."""
    f, out, landed = board.features, np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
    if "mask" not in board.facts:
        landed = _in_lands(board, rows, lands)
        return np.asarray(np.where(landed, 0.0, 2 * f.radius[rows]), np.float64), landed
    place = np.full(len(f), -1, np.int64)
    place[rows] = np.arange(len(rows))
    for mask in masks(board):
        at = place[mask.row]
        pairs = np.flatnonzero(mask.bare & (at >= 0))
        at, opening = at[pairs], mask.opening[mask.at[pairs]]
        some = np.unique(at)
        landed[some] = _in_lands(board, rows[some], lands)
        free = ~landed[at]
        at, opening = at[free], opening[free]
        land = rows[at]
        np.maximum.at(out, at, of_disc(f.core[land], f.radius[land], f.core[opening], f.radius[opening]))
    return out, landed


def _covered(board: Board, t: Targets) -> Targets:
    """With what stands under the body of a fitted part marked so. A part's own leads and lands are judged by what they are."""
    parts, why, under = board.derived.parts(), t.why.copy(), t.under.copy()
    bodies = np.flatnonzero(parts.fitted & np.array([b is not None for b in parts.body], np.bool_))
    for s in (0, 1):
        here, over = np.flatnonzero(t.side == s), bodies[board.components.side[bodies] == s]
        if len(here) and len(over):
            points = shapely.points(t.x[here], t.y[here])
            body, point = shapely.STRtree(points).query(parts.body[over], predicate="contains")
            body, point = over[body], here[point]
            foreign = t.component[point] != body
            under[point[foreign]] = body[foreign]
    why[(under >= 0) & (why == "")] = UNDER
    for changed in (why, under):
        changed.flags.writeable = False
    return Targets(**{name: getattr(t, name) for name in Targets.__slots__} | {"why": why, "under": under})
