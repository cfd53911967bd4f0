"""Leads soldered in paste (pin-in-paste): what the part, its holes, the printed paste and the neighbours allow.

What a board cannot tell: whether the body stands off far enough for the paste beneath it, and whether a nozzle can pick it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind, Objects, Table, column
from ..check import Context
from ..leads import Lead, lead_of, usual
from ..stencil import measured
from ..units import above, below
from . import overprint, paste_volume
from .plan import Exclusion
from .rating import ratings
from .work import work

RULE = "pip-eligibility"
THICKNESS = 1.6
"""mm: a board that does not say how thick it is."""
_USUAL_GAP = 0.3
"""mm: hole less lead where the lead is unknown; the middle of what the rule wants."""
_APART = 0.2
"""mm that a foil keeps between two apertures, whatever the rule wants."""
_ALIKE = 1e-6
"""Leads that differ by less are alike."""
SENSE = {
    "body_temp": "min", "hole_minus_lead_min": "min", "hole_minus_lead_max": "max", "pitch_min": "min", "volume_min": "min",
    "overprint_clear": "min",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Barrels(Table):
    """One row per lead in a soldered hole of a leaded part."""

    pad: Ints = column("i4")
    component: Ints = column("i4")
    x: Floats = column("f8")
    y: Floats = column("f8")
    hole: Floats = column("f8")
    """mm2 of the hole as drawn."""
    lead: Floats = column("f8")
    """mm2 of the lead; where it is unknown, that of one that leaves 0.3 mm."""
    gap: Floats = column("f8")
    """mm: diameter of the hole less diameter or diagonal of the lead; NaN where the lead is unknown."""
    needed: Floats = column("f8")
    """mm3 of paste."""
    printed: Floats = column("f8")
    """mm3 that one stroke leaves, with the aperture that is drawn, or else with the one that is proposed."""
    drawn: Bools = column("b")
    """The design has an aperture over this hole."""
    width: Floats = column("f8")
    """mm: shorter side of the aperture that is proposed, or width of the drawn one."""
    length: Floats = column("f8")
    clear: Floats = column("f8")
    """mm from the aperture to the nearest land of another part on the printed side; infinite beyond the reach of the rule."""

    @property
    def volume(self) -> Floats:
        """Paste that can be printed, in percent of what is needed."""
        return np.asarray(100 * self.printed / np.maximum(self.needed, 1e-9), np.float64)


def barrels(ctx: Context) -> Barrels:
    """The leads of a board, by the tuning values and limits of pip-eligibility. Ask for it by `ctx.shared`."""
    ctx = ctx.other(RULE) or ctx
    board, pads, holes = ctx.board, ctx.board.pads, ctx.board.holes
    pad = np.flatnonzero(work(board).lead & (pads.hole >= 0) & (pads.component >= 0)).astype(np.int32)
    part, bore = pads.component[pad], pads.hole[pad]
    radius, along = holes.radius[bore], shapely.length(holes.core[bore])
    lead, gap = _leads(board, pad, radius, along)
    hole = _section(radius, along)
    side = board.components.side[part]
    thick = board.thickness if board.thickness > 0 else THICKNESS
    metal, fill, foil = ctx.tune("metal_share") / 100, ctx.tune("hole_fill") / 100, ctx.tune("foil")
    needed = paste_volume.needed(hole, lead, _land(board, pad, side) / 2, thick, metal)
    xy = np.c_[pads.x[pad], pads.y[pad]]
    turn = overprint.axes(part, xy)
    free = overprint.room(part, xy, turn, max(ctx.reach("overprint_clear"), _APART), ctx.tune("overprint_reach"))
    ends = overprint.fitted(paste_volume.aperture(needed, foil, hole, thick, fill), free)
    sides = np.sort(np.c_[ends[:, 0] + ends[:, 1], ends[:, 2] + ends[:, 3]], axis=1)
    core, wide = overprint.shapes(xy, turn, ends), np.zeros(len(pad))
    area, drawn = overprint.size(ends), np.zeros(len(pad), np.bool_)
    row, aperture = _drawn(board, pad, side)
    a = board.derived.stencil().apertures
    drawn[row], area[row], core[row], wide[row] = True, a.area[aperture], a.core[aperture], a.radius[aperture]
    sides[row] = np.c_[a.width[aperture], a.length[aperture]]
    return Barrels.of(
        pad=pad, component=part, x=xy[:, 0], y=xy[:, 1], hole=hole, lead=lead, gap=gap, needed=needed, drawn=drawn,
        printed=paste_volume.printed(foil, area, hole, thick, fill), width=sides[:, 0], length=sides[:, 1],
        clear=_clear(ctx, part, side, core, wide),
    )  # fmt: skip


def _section(radius: Floats, along: Floats) -> Floats:
    """mm2 of round holes and of slots."""
    return np.asarray(np.pi * radius**2 + 2 * radius * along, np.float64)


def _leads(board: Board, pad: Ints, radius: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Section and gap of the leads in pads' holes. A lead is known in round holes of the size that most of the part have."""
    c, part = board.components, board.pads.component[pad]
    known: dict[int, Lead | None] = {row: lead_of(str(c.footprint[row]), c.fields[row]) for row in np.unique(part).tolist()}
    area, gap = _section(np.maximum(radius - _USUAL_GAP / 2, 0.0), along), np.full(len(pad), np.nan)
    for row in np.flatnonzero((along == 0) & usual(radius, part)).tolist() if len(pad) else ():
        lead = known[int(part[row])]
        if lead is not None:
            area[row] = lead.width * lead.height or np.pi / 4 * lead.width**2
            gap[row] = 2 * radius[row] - lead.across
    return area, gap


def _land(board: Board, pad: Ints, side: Ints) -> Floats:
    """mm: the shorter side of each pad's land on a side; 0 where it has none."""
    f = board.features
    rows = _outer(board)
    rows = rows[np.isin(f.pad[rows], pad)]
    own = np.full(len(board.pads) + 1, -1, np.int32)
    own[pad] = side
    rows = rows[own[f.pad[rows]] == _side(board, rows)]
    out = np.zeros(len(board.pads) + 1)
    np.maximum.at(out, f.pad[rows], measured(f.core[rows], f.radius[rows])[2])
    return out[pad]


def _outer(board: Board) -> Ints:
    """Rows of `Board.features`: lands on the outer layers."""
    f, layers = board.features, board.layers
    outer = (layers.order >= 0) & np.isin(layers.side, ("top", "bottom"))
    return np.flatnonzero((f.kind == Kind.PAD) & outer[f.layer]).astype(np.int32)


def _side(board: Board, features: Ints) -> Ints:
    return np.asarray(board.layers.side[board.features.layer[features]] == "bottom", np.int32)


def _drawn(board: Board, pad: Ints, side: Ints) -> tuple[Ints, Ints]:
    """Pairs (index in `pad`, aperture): the largest aperture that the design has for a pad on its part's side."""
    a, index = board.derived.stencil().apertures, np.full(len(board.pads) + 1, -1, np.int32)
    index[pad] = np.arange(len(pad))
    mine = np.flatnonzero(a.land >= 0)
    row = index[board.features.pad[a.land[mine]]]
    mine, row = mine[row >= 0], row[row >= 0]
    mine, row = mine[a.side[mine] == side[row]], row[a.side[mine] == side[row]]
    order = np.argsort(a.area[mine], kind="stable")  # of several that are put in one place the last stays
    return row[order], mine[order].astype(np.int32)


def _clear(ctx: Context, part: Ints, side: Ints, core: Objects, radius: Floats) -> Floats:
    """mm from apertures to the nearest land of another part on their side, as far as the rule looks."""
    board, f = ctx.board, ctx.board.features
    out, reach = np.full(len(part), np.inf), ctx.reach("overprint_clear")
    for layer in np.unique(board.outer_layer(side)).tolist():
        mine = np.flatnonzero(board.outer_layer(side) == layer)
        i, j = board.derived.tree(layer).query(shape.boxes(core[mine], radius[mine], reach))
        i, land = mine[i], board.derived.pieces(layer).owner[j]
        keep = (f.kind[land] == Kind.PAD) & (f.component[land] != part[i])
        i, land = i[keep], land[keep]
        gap = shape.distance(core[i], radius[i], f.core[land], f.radius[land])
        np.minimum.at(out, i, np.where(gap < reach, np.maximum(gap, 0.0), np.inf))
    return out


def measures(ctx: Context) -> dict[str, tuple[Ints, Floats, Floats, Floats]]:
    """By parameter: rows of `Board.components`, and of each its worst value and its place. Leaded parts alone.

    A value is NaN where nothing tells it: the rating of a part, its leads.
    """
    b: Barrels = ctx.shared(barrels)
    c, part = ctx.board.components, np.unique(b.component).astype(np.int32)
    at = c.x[part], c.y[part]
    out = {
        "body_temp": (part, ratings(ctx.board).temp[part], *at),
        "pitch_min": (part, ctx.board.derived.parts().pitch[part], *at),
    }
    for param, value in (
        ("hole_minus_lead_min", b.gap), ("hole_minus_lead_max", b.gap), ("volume_min", b.volume), ("overprint_clear", b.clear)
    ):  # fmt: skip
        out[param] = _worst(b, value if SENSE[param] == "min" else -value, value)
    return out


def _worst(b: Barrels, rank: Floats, value: Floats) -> tuple[Ints, Floats, Floats, Floats]:
    """The value of the lowest rank of each part, in the middle of the leads that have it."""
    if not len(b):
        return b.component, value, b.x, b.y
    part, which = np.unique(b.component, return_inverse=True)
    rank = np.nan_to_num(rank, nan=np.inf, posinf=np.inf)
    least = np.full(len(part), np.inf)
    np.minimum.at(least, which, rank)
    low = np.flatnonzero((rank <= least[which] + _ALIKE) | np.isinf(least[which]))
    many = np.bincount(which[low])
    x, y = (np.bincount(which[low], c[low]) / many for c in (b.x, b.y))
    first = low[np.unique(which[low], return_index=True)[1]]
    return part.astype(np.int32), value[first], x, y


_WHY = {
    "body_temp": ("is not rated for reflow", "replace"),
    "hole_minus_lead_min": ("has holes too tight for a lead and paste", "widen its holes"),
    "hole_minus_lead_max": ("has holes too wide to fill with paste", "narrow its holes"),
    "pitch_min": ("has leads too close together for paste", "replace"),
    "volume_min": ("needs more paste than can be printed", "narrow its holes, or choose a thicker foil"),
    "overprint_clear": ("would get its paste printed too near another part's land", "move"),
}  # fmt: skip
UNRATED = "has no known rating for reflow"


def exclusions(ctx: Context | None) -> tuple[Exclusion, ...]:
    """Leaded parts that cannot be soldered in paste, by the hard limits of pip-eligibility, one exclusion a reason.

    A part whose rating no field tells cannot, as long as `body_temp` has a limit. Unknown leads exclude nothing: the paste is
    reckoned for a lead that leaves 0.3 mm. ctx: that of the rule, None where the run has none.
    """
    if ctx is None:
        return ()
    out = []
    for param, (part, value, x, y) in measures(ctx).items():
        limit = ctx.limits[param].value if param in ctx.judged() else None
        if limit is None:
            continue
        breach = below if SENSE[param] == "min" else above
        reasons = [(*_WHY[param], breach(value, limit))]
        if param == "body_temp":
            reasons.append((UNRATED, "tell its rating in a field such as `Reflow: 260C`", np.isnan(value)))
        for why, remedy, hit in reasons:
            if hit.any():
                places = tuple(zip(x[hit].tolist(), y[hit].tolist()))
                out.append(Exclusion(RULE, why, tuple(part[hit].tolist()), places, remedy))
    return tuple(out)
