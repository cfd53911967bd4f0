"""Vias without solder mask beside a land of their net, or under the body of a chip."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Ints, Kind, PadType
from ..check import Context, Measurements, check
from ..exposed import exposed_pads


@check("via_near_pad", minima="min", tunes="under_chip")
def via_near_pad(ctx: Context) -> Measurements:
    """Edge-to-edge distance in mm from the land of a via that the mask leaves open to an SMD land of its net on that side.

    A via whose hole lies in the land is via-in-pad's. `under_chip` 1 tells open vias under the body of a chip, of whatever
    net. Vias under mask are neither.
    """
    board, f = ctx.board, ctx.board.features
    vias = _open(board)
    if not len(vias):
        return Measurements.none(len(board.vias))
    smd = np.append((board.pads.type == PadType.SMD) & ~exposed_pads(board), False)
    outer = np.isin(board.layers.side, ("top", "bottom")) & (board.layers.order >= 0)
    lands = np.flatnonzero((f.kind == Kind.PAD) & smd[f.pad] & outer[f.layer] & (f.net >= 0))
    reach = ctx.reach()
    i, j = shape.meeting(shape.boxes(f.core[vias], f.radius[vias], reach), shape.boxes(f.core[lands], f.radius[lands]))
    via, land = vias[i], lands[j]
    keep = (f.layer[via] == f.layer[land]) & (f.net[via] == f.net[land])
    via, land = via[keep], land[keep]
    hole = board.vias.drill[f.via[via]] / 2
    gap = shape.distance(f.core[via], f.radius[via], f.core[land], f.radius[land])
    keep = (gap < reach) & (gap + f.radius[via] > np.nan_to_num(hole))
    via, land, gap = via[keep], land[keep], gap[keep]
    x, y = shape.witness(f.core[via], f.radius[via], f.core[land], f.radius[land])
    near = Measurements.of(
        np.maximum(gap, 0.0), checked=len(vias), param="min", a=f.item[via], b=f.item[land], x=x, y=y, layer=f.layer[via],
        cause="*near",
    )  # fmt: skip
    return Measurements.join([near, _under(ctx, vias)])


def _open(board: Board) -> Ints:
    """Rows of `Board.features`: lands of vias that have a mask opening on their side, and are not filled and capped."""
    f, layers = board.features, board.layers
    closed = np.append(board.vias.closed, False)
    side, role = layers.side[f.layer], layers.role[f.layer]
    found = []
    for s in ("top", "bottom"):
        opened = f.via[(role == "mask") & (side == s) & (f.via >= 0)]
        lands = np.flatnonzero((role == "copper") & (side == s) & (f.kind == Kind.VIA))
        found.append(lands[np.isin(f.via[lands], opened) & ~closed[f.via[lands]]])
    return np.concatenate(found).astype(np.int32)


def _under(ctx: Context, vias: Ints) -> Measurements:
    """Vias whose middle lies under a chip's body, and whose land meets none of the chip's."""
    board, f = ctx.board, ctx.board.features
    chips, parts = board.derived.chips(), board.derived.parts()
    chip = chips.component[[b is not None for b in parts.body[chips.component]]] if len(chips) else chips.component
    if not ctx.tune("under_chip") or not len(chip):
        return Measurements.none(0)
    i, j = shape.meeting(shape.boxes(parts.body[chip], 0.0), shape.boxes(f.core[vias], f.radius[vias]))
    component, via = chip[i], vias[j]
    bottom = board.layers.side[f.layer[via]] == "bottom"
    keep = bottom == (board.components.side[component] == 1)
    keep &= shapely.intersects(parts.body[component], f.core[via])
    component, via = component[keep], via[keep]
    of_chip = np.zeros(len(board.pads) + 1, np.bool_)
    of_chip[np.r_[chips.one, chips.two]] = True
    lands = np.flatnonzero((f.kind == Kind.PAD) & of_chip[f.pad] & (board.layers.order >= 0)[f.layer])
    i, j = shape.meeting(shape.boxes(f.core[via], f.radius[via]), shape.boxes(f.core[lands], f.radius[lands]))
    own = f.component[lands[j]] == component[i]
    i, j = i[own], lands[j[own]]
    free = np.ones(len(via), np.bool_)
    free[i[shape.distance(f.core[via[i]], f.radius[via[i]], f.core[j], f.radius[j]) <= 0]] = False
    component, via = component[free], via[free]
    return Measurements.of(
        np.full(len(via), np.nan), checked=0, param="", a=f.item[via], b=board.components.item[component],
        x=board.vias.x[f.via[via]], y=board.vias.y[f.via[via]], layer=f.layer[via], cause="*under",
        detail=[f"open to solder under the body of {board.components.ref[c] or 'a chip'}" for c in component],
    )  # fmt: skip
