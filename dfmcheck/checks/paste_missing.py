"""Lands of fitted SMD parts on which too little paste is printed, too much, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Ints
from ..check import Context, Measurements, Skip, check
from ..copper import components as connected
from ..derived import Derived
from ..stencil import measured
from ..units import show
from ._paste import pattern, wanting
from .size import breaching

_BY_HAND = ("conn-SMT", "conn-THT", "module", "mech", "shield", "")
"""Families that are as often soldered by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class _Lands:
    """Lands with the apertures over them: what one aperture spans, or pads of one number that meet, is one land."""

    feature: Ints
    """Row of `Board.features` of the first pad of each."""
    area: Floats
    """mm2 that can be soldered."""
    paste: Floats
    """mm2 of apertures, what they print beside the land included."""
    apertures: list[Ints]
    """Their rows in `Stencil.apertures`."""


@check("paste_missing", minima="lo", maxima="hi")
def paste_missing(ctx: Context) -> Measurements:
    """Area of the apertures over each solderable SMD land of a fitted part, in % of the land's.

    None at all is told whatever the limits; two steps softer where no land of the part has any (it is soldered by hand or
    not at all). A side with parts and an empty paste layer is told once, as a warning; where all its parts are connectors
    or modules, as a note. Too little or too much is a step softer than none, and one finding. Exposed pads have a rule of
    their own.
    """
    board, f = ctx.board, ctx.board.features
    lands = _lands(board.derived, wanting(board))
    if not len(lands.feature):
        if not len(board.components):
            raise Skip("nothing tells which lands are fitted parts'; a placement file or X2 attributes would")
        return Measurements.none(0)
    row, component = lands.feature, f.component[lands.feature]
    bare = lands.paste == 0
    side = board.layers.side[f.layer[row]] == "bottom"
    empty = np.array([bool(bare[side == s].all()) for s in (False, True)])[side.astype(np.int32)]
    by_hand = np.isin(board.derived.parts().family[component], _BY_HAND)
    machine = np.array([bool((~by_hand[side == s]).any()) for s in (False, True)])[side.astype(np.int32)]
    pasted = np.zeros(len(board.components), np.bool_)
    pasted[component[~bare]] = True
    hand = ~pasted[component]
    name = pattern(board, component)
    share = 100 * lands.paste / lands.area
    low = share < 100
    x, y = board.items.x[f.item[row]], board.items.y[f.item[row]]
    param = np.where(low, "lo", "hi").astype(object)
    t = np.flatnonzero(~bare & breaching(ctx, param, share))
    if "zones" not in board.facts:  # films show a land that is drawn in pieces as land and as other copper
        for k in t[~low[t]].tolist():
            lands.area[k] = max(lands.area[k], _solderable(board.derived, int(row[k]), lands.apertures[k]))
        share = 100 * lands.paste / lands.area
        t = t[breaching(ctx, param, share)[t]]
    covered = Measurements.of(
        share[t], checked=len(row), param=param[t], soften=1, cause=np.where(low, "*little", "*much")[t], a=f.item[row[t]],
        detail=[f"apertures of {show(lands.paste[k], 'mm2')} over a land of {show(lands.area[k], 'mm2')}" for k in t],
        x=x[t], y=y[t], layer=f.layer[row[t]],
    )  # fmt: skip
    first = np.zeros(len(row), np.bool_)
    for s in (False, True):
        first[np.flatnonzero(empty & (side == s))[:1]] = True
    t = np.flatnonzero(bare & (~empty | first))
    words = ["this side has fitted parts and no paste at all", "no land of this part has paste"]
    none = Measurements.of(
        np.full(len(t), np.nan), checked=0, param="", soften=np.select([empty & machine, empty | hand], [1, 2], 0)[t],
        a=f.item[row[t]], x=x[t], y=y[t], layer=f.layer[row[t]],
        cause=[f"*empty {side[k]}" if empty[k] else f"{name[k]} none" for k in t],
        detail=np.select([empty, hand], words, "no paste is printed on it, but on others of its part")[t],
    )  # fmt: skip
    return Measurements.join([covered, none])


def _lands(derived: Derived, pads: Bools) -> _Lands:
    f = derived.board.features
    rows, core, radius = derived.bare_lands()
    mine = np.append(pads, False)[f.pad[rows]]
    rows, core, radius = rows[mine], core[mine], radius[mine]
    stencil = derived.stencil()
    apertures, n = stencil.apertures, len(rows)
    index = np.full(len(f), -1, np.int32)
    index[rows] = np.arange(n)
    over = index[stencil.land] >= 0
    a, b = _meeting(derived, rows)
    label = connected(
        n + len(apertures), np.r_[index[stencil.land[over]], a], np.r_[n + stencil.aperture[over], b]
    )
    paste = np.bincount(label[n:], apertures.area, minlength=n + len(apertures)).astype(np.float64)
    group, first, of, count = np.unique(label[:n], return_index=True, return_inverse=True, return_counts=True)
    area = measured(core, radius)[0][first]
    order = np.argsort(of, kind="stable")
    last = np.cumsum(count)
    for k in np.flatnonzero(count > 1).tolist():
        some = order[last[k] - count[k] : last[k]]
        area[k] = shapely.area(shapely.union_all(shape.polygons(core[some], radius[some])))
    by_label = np.argsort(label[n:], kind="stable").astype(np.int32)
    ends = np.searchsorted(label[n:][by_label], [group, group + 1])
    return _Lands(rows[first], area, paste[group], [by_label[a:b] for a, b in ends.T.tolist()])


def _solderable(derived: Derived, row: int, apertures: Ints) -> float:
    """mm2 of copper, of whatever kind, that mask openings leave bare under and around apertures over a land."""
    board, f = derived.board, derived.board.features
    around = shapely.union_all(derived.stencil().apertures.take(apertures).polygon())
    copper = np.unique(derived.pieces(int(f.layer[row])).owner[derived.tree(int(f.layer[row])).query(around)])
    copper = copper[f.net[copper] == f.net[row]]
    masks = board.layers_with("mask", str(board.layers.side[f.layer[row]]))
    openings = np.flatnonzero(np.isin(f.layer, masks))
    openings = openings[shapely.dwithin(f.core[openings], around, f.radius[openings])]
    bare, metal = (shapely.union_all(shape.polygons(f.core[k], f.radius[k])) for k in (openings, copper))
    return float(shapely.intersection(bare, metal).area)


def _meeting(derived: Derived, rows: Ints) -> tuple[Ints, Ints]:
    """Pairs (index in `rows`) of lands of one pad, or of pads of one number that meet: they are one land."""
    board, f = derived.board, derived.board.features
    names, number = np.unique(board.pads.number[f.pad[rows]].astype(str), return_inverse=True)
    pin = f.component[rows].astype(np.int64) * len(names) + number
    _, of, count = np.unique(pin, return_inverse=True, return_counts=True)
    some = np.flatnonzero(count[of] > 1)
    boxes = shape.boxes(f.core[rows[some]], f.radius[rows[some]])
    i, j = shape.meeting(boxes, boxes)
    i, j = some[i].astype(np.int32), some[j].astype(np.int32)
    keep = (i < j) & (pin[i] == pin[j]) & (f.layer[rows[i]] == f.layer[rows[j]])
    i, j = i[keep], j[keep]
    met = shape.distance(f.core[rows[i]], f.radius[rows[i]], f.core[rows[j]], f.radius[rows[j]]) <= 0
    met |= f.pad[rows[i]] == f.pad[rows[j]]
    return i[met], j[met]
