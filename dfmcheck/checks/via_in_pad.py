"""Open holes in lands that are soldered: the joint drains through them."""

from __future__ import annotations

import numpy as np

from .. import shape
from ..board import Board, Bools, Cover, Ints, Kind, ViaType
from ..check import Context, Measurements, check
from ..exposed import exposed_pads, thermal_holes
from .size import breaching, centres, through


@check("via_in_pad", maxima="ep_thermal_via_max allow_unfilled_hole_max", tunes="cap_required_bga")
def via_in_pad(ctx: Context) -> Measurements:
    """Diameter in mm of each open via hole that any part of a soldered SMD land covers, once a via and land.

    Soldered means that paste is printed on the component's land. A hole in an exposed pad is a thermal via, judged by
    `ep_thermal_via_max`; so is a plated hole that the footprint itself puts there. One that keeps that limit but is open
    on the far side, so that solder runs through, is a note. Filled vias (and capped ones where the land is a ball's and
    `cap_required_bga` is set) are no open holes, nor are laser microvias unless the design says that they stay unfilled.
    A blind or far-side plugged via cannot drain: one step softer.
    """
    board = ctx.board
    f, holes, judged = board.features, board.holes, ctx.judged()
    hole, row, at_bottom = _hits(board)
    via, exposed = holes.via[hole], np.append(exposed_pads(board), False)[f.pad[row]]
    own = thermal_holes(board)[hole] & exposed & (holes.component[hole] == f.component[row])
    ball = np.append(_balls(board), False)[f.pad[row]] & (ctx.tune("cap_required_bga") > 0)
    state = _States(board, hole, at_bottom)
    closed = (state.filled & (~ball | state.capped)) | (state.laser & ~state.unfilled)
    param = np.where(exposed, "ep_thermal_via_max", "allow_unfilled_hole_max").astype(object)
    size, soften = 2 * holes.radius[hole], np.where(state.drains, 0, 1)
    fine = exposed & state.drains & ~state.tented & np.isin(param, judged) & ~breaching(ctx, param, size)
    param[fine], soften[fine] = "", 1
    x, y = centres(holes.core[hole])
    detail = np.array(state.text(), object)
    detail[fine] = "thermal via, " + detail[fine] + ": solder runs through"
    m = Measurements.of(
        size, checked=int((holes.via >= 0).sum()), param=param, a=holes.item[hole], b=f.item[row], x=x, y=y, layer=f.layer[row],
        soften=soften, detail=detail, kind_a=np.where(via >= 0, -1, Kind.HOLE),
    )  # fmt: skip
    return m.take(((via >= 0) | own) & ~closed & (fine | np.isin(param, judged)))


def _hits(board: Board) -> tuple[Ints, Ints, Bools]:
    """Plated holes and the features of soldered lands that they reach into, once a hole and pad; whether at the bottom."""
    f, holes, last = board.features, board.holes, len(board.copper_layers) - 1
    land = board.derived.printed_lands()
    hole, j = shape.meeting(shape.boxes(holes.core, holes.radius), shape.boxes(f.core[land], f.radius[land]))
    row = land[j]
    at_bottom = (board.layers.order[f.layer[row]] == last) & (last > 0)
    keep = holes.plated[hole] & (f.item[row] != holes.item[hole])
    keep &= np.where(at_bottom, holes.last[hole] == last, holes.first[hole] == 0)
    keep &= shape.distance(holes.core[hole], holes.radius[hole], f.core[row], f.radius[row]) < 0
    hole, row, at_bottom = hole[keep], row[keep], at_bottom[keep]
    _, once = np.unique(np.stack([hole, f.pad[row]]), axis=1, return_index=True)
    return hole[once], row[once], at_bottom[once]


class _States:
    """What closes each hole (row of `Board.holes`), seen from the land that it lies in. Holes of pads are never filled."""

    def __init__(self, board: Board, hole: Ints, at_bottom: Bools) -> None:
        f, vias, via = board.features, board.vias, board.holes.via[hole]

        def is_set(column: Ints, cover: Cover = Cover.YES) -> Bools:
            return np.asarray(np.append(column == cover, False)[via], np.bool_)

        self.filled, self.unfilled, self.capped = is_set(vias.filled), is_set(vias.filled, Cover.NO), is_set(vias.capped)
        self.plugged = np.where(at_bottom, is_set(vias.plugged_top), is_set(vias.plugged_bottom))
        self.laser = np.append(vias.type == ViaType.MICRO, False)[via]
        self.through = through(board)[hole]
        self.drains = self.through & ~self.plugged
        mask, side = (board.layers.role == "mask")[f.layer], board.layers.side[f.layer]
        open_top, open_bottom = (np.isin(board.holes.item[hole], f.item[mask & (side == s)]) for s in ("top", "bottom"))
        self.tented = ~np.where(at_bottom, open_top, open_bottom) & ("mask" in board.facts)

    def text(self) -> list[str]:
        words = ["blind", "far side plugged", "far side tented"]
        far = np.select([~self.through, self.plugged, self.tented], words, "far side open")
        return [f"{'filled but not capped' if filled else 'not filled'}, {word}" for filled, word in zip(self.filled, far)]


def _balls(board: Board) -> Bools:
    """Mask over `Board.pads`: lands of balls, by the pad property or because the component is named a grid array."""
    pads, components = board.pads, board.components
    named = np.array([("BGA" in str(n).upper()) or ("CSP" in str(n).upper()) for n in components.footprint], np.bool_)
    return np.asarray((pads.property == "bga") | (np.append(named, False)[pads.component] & (pads.shape == "circle")), np.bool_)
