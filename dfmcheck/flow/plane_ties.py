"""How much poured copper cools the joint of a lead while it is soldered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape, ties
from ..board import Board, Bools, Floats, Ints, Kind, Table, column
from ..pieces import least
from ..units import EPS

_SPOKES = 4
"""Of a thermal relief, at most."""
_ARC = 1.15
"""Times that a spoke may be longer along a land's edge than the width that is asked for, and still have that width."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaneTies(Table):
    """One row is a pad that poured copper meets on some layer."""

    pad: Ints = column("i4")
    solid: Ints = column("i4")
    """Layers on which the pour meets more of the land than one side of it."""
    spoked: Ints = column("i4")
    """Layers on which it meets it by spokes."""
    spokes: Floats = column("f8")
    """mm: widths of all spokes on all layers added up."""


def plane_ties(board: Board, pads: Ints, radius: float, solid_over: float = 0.0, spokes_over: float = 0.0) -> PlaneTies:
    """How pads (rows of `Board.pads`) are tied to pours that reach farther than `radius` mm, see `dfmcheck.ties`.

    Smaller pours, with less area than the disc of that radius, warm up with the joint. Pads are left out that cannot have
    more than `solid_over` layers tied solidly, nor more than `spokes_over` mm of spokes: by the pours that they lie in and,
    where those join them by thermal relief, the four spokes that are asked for.
    """
    f, n = board.features, len(board.pads)
    areas = (f.pad < 0) & (f.via < 0) & np.isin(shapely.get_type_id(f.core), (3, 6))
    poured = np.flatnonzero(areas & (board.layers.order >= 0)[f.layer]).astype(np.int32)
    poured = poured[shapely.area(f.core[poured]) > np.pi * radius**2]
    mine = np.zeros(n + 1, np.bool_)
    mine[pads] = True
    lands = np.flatnonzero((f.kind == Kind.PAD) & mine[f.pad] & np.isin(f.layer, f.layer[poured])).astype(np.int32)
    land, sheet = _near(board, lands, poured)
    asked = _asked(board, land, sheet)
    chosen = _may_exceed(board, land, sheet, asked, solid_over, spokes_over)
    land, sheet, asked = land[chosen], sheet[chosen], asked[chosen]
    found = []
    for layer in np.unique(f.layer[land]).tolist():
        on = f.layer[land] == layer
        way = ties.exits(board.derived, np.unique(f.pad[land[on]]), np.array([layer], np.int32))
        found.append(way.take(np.isin(way.kind, ("spoke", "solid")) & np.isin(way.feature, sheet[on])))
    if not found:
        return PlaneTies.empty()
    pad, layer, width = (np.concatenate([getattr(way, name) for way in found]) for name in ("pad", "layer", "width"))
    solid = np.concatenate([way.kind for way in found]) == "solid"
    # Along the edge of a round land a spoke is longer than it is wide.
    wanted = np.zeros(n)
    np.maximum.at(wanted, f.pad[land], np.nan_to_num(asked))
    width = np.where(width <= _ARC * wanted[pad], np.minimum(width, wanted[pad]), width)
    first = least(~solid, pad, layer)  # of a pad and layer one, a solid one if there is any
    count = np.bincount(pad[first], solid[first], minlength=n)
    spoked = np.bincount(pad[first], ~solid[first], minlength=n)
    spokes = np.bincount(pad[~solid], width[~solid], minlength=n)
    met = np.unique(pad)
    return PlaneTies.of(pad=met, solid=count[met], spoked=spoked[met], spokes=spokes[met])


def _near(board: Board, lands: Ints, poured: Ints) -> tuple[Ints, Ints]:
    """Pairs of a land and a pour of its net on its layer whose boxes meet."""
    f = board.features
    found_land, found_sheet = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for layer in np.unique(f.layer[poured]).tolist():
        sheets, on = poured[f.layer[poured] == layer], lands[f.layer[lands] == layer]
        on = on[np.isin(f.net[on], f.net[sheets])]
        i, j = shape.meeting(shape.boxes(f.core[on], f.radius[on], ties.PROBE), shape.boxes(f.core[sheets], 0.0))
        same = f.net[on[i]] == f.net[sheets[j]]
        found_land.append(on[i[same]])
        found_sheet.append(sheets[j[same]])
    return np.concatenate(found_land).astype(np.int32), np.concatenate(found_sheet).astype(np.int32)


def _asked(board: Board, land: Ints, sheet: Ints) -> Floats:
    """By pair: mm of a spoke, as the setting asks for; NaN where no thermal relief is asked for."""
    f, zones = board.features, max(len(board.zones), 1)
    relief = board.derived.reliefs()
    out = np.full(len(land), np.nan)
    if not len(relief.feature):
        return out
    code = relief.feature.astype(np.int64) * zones + relief.zone
    order = np.argsort(code)
    mine = land.astype(np.int64) * zones + f.zone[sheet]
    at = order[np.minimum(np.searchsorted(code, mine, sorter=order), len(code) - 1)]
    spoked = (code[at] == mine) & (f.zone[sheet] >= 0)
    out[spoked] = relief.width[at[spoked]]
    return out


def _may_exceed(
    board: Board, land: Ints, sheet: Ints, asked: Floats, solid_over: float, spokes_over: float
) -> Bools:  # fmt: skip
    """Mask over pairs: those of pads that may have more solid ties or wider spokes than these."""
    f, pads = board.features, board.pads
    spoked = ~np.isnan(asked)
    widest = np.where(spoked, _SPOKES * asked, np.fmax(pads.width, pads.height)[f.pad[land]])
    drawn = f.zone[sheet] < 0  # a film does not tell how it joins lands
    widest[drawn] = 2 * (pads.width + pads.height)[f.pad[land[drawn]]]
    widest[np.isnan(widest)] = np.inf
    # A pair counts once a land and zone, however many pieces its fill has.
    piece = np.where(drawn, -1 - sheet, f.zone[sheet])
    once = np.zeros(len(land), np.bool_)
    once[np.unique(np.stack([land, piece]), axis=1, return_index=True)[1]] = True
    spokes = np.bincount(f.pad[land], np.where(once, widest, 0.0), minlength=len(pads))
    flooded = np.unique(np.stack([f.pad[land], f.layer[land]])[:, ~spoked], axis=1)[0]
    solid = np.bincount(flooded, minlength=len(pads))
    return np.asarray(((spokes > spokes_over + EPS) | (solid > solid_over))[f.pad[land]], np.bool_)
