"""Paste that is printed into the open holes of thermal vias."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Cover, Floats, Ints, Objects, ViaType
from ..check import Context, Measurements, check
from ..exposed import exposed_pads, thermal_holes
from ._paste import under_bodies
from .size import centres

_MOST = 0.25
"""Share of a hole under paste from which on it takes paste in rather than solder later."""


@check("paste_on_via", maxima="overlap_max", tunes="hole_ignore_below")
def paste_on_via(ctx: Context) -> Measurements:
    """Share in % of each open hole in an exposed pad that lies under an aperture.

    Open is a via, or a plated hole that the footprint drills there, that is not filled, capped or plugged from this side, nor
    drilled by laser. Holes below `hole_ignore_below` mm hold their paste. Holes in other lands are the rule via-in-pad's.
    Under a tab, which has paste to spare, they are a step softer, and so are those that a window only nicks. All of a board
    are one finding.
    """
    board, f, holes = ctx.board, ctx.board.features, ctx.board.holes
    stencil = board.derived.stencil()
    exposed = np.append(exposed_pads(board), False)[f.pad[stencil.land]]
    row, land = stencil.aperture[exposed], stencil.land[exposed]
    a = stencil.apertures
    rows = np.flatnonzero(holes.plated & ((holes.via >= 0) | thermal_holes(board))).astype(np.int32)
    i, j = shape.meeting(shape.boxes(holes.core[rows], holes.radius[rows]), shape.boxes(a.core[row], a.radius[row]))
    hole, row, land = rows[i], row[j], land[j]
    last = len(board.copper_layers) - 1
    bottom = a.side[row] == 1
    keep = np.where(bottom, holes.last[hole] == last, holes.first[hole] == 0) & _open(board, hole, bottom)
    keep &= 2 * holes.radius[hole] >= ctx.tune("hole_ignore_below") - 1e-9
    keep &= shape.distance(holes.core[hole], holes.radius[hole], f.core[land], f.radius[land]) < 0
    hole, row, land = hole[keep], row[keep], land[keep]
    under = _overlap(board, hole, a.core[row], a.radius[row])
    pairs, first, of = np.unique(np.stack([hole, f.pad[land]]), axis=1, return_index=True, return_inverse=True)
    share = np.bincount(of.reshape(-1), under, minlength=len(first)) if len(first) else np.zeros(0)
    hole, land, row = pairs[0].astype(np.int32), land[first], row[first]
    x, y = centres(holes.core[hole])
    tab = ~np.append(under_bodies(board), False)[f.pad[land]]
    edge = share < _MOST
    return Measurements.of(
        np.minimum(100 * share, 100.0), checked=len(rows), param="overlap_max", a=holes.item[hole], b=f.item[land], x=x, y=y,
        layer=a.layer[row], soften=(tab | edge).astype(np.int32),
        cause=np.select([tab, edge], ["*tab", "*edge"], "*under"),
    )  # fmt: skip


def _open(board: Board, hole: Ints, bottom: Bools) -> Bools:
    """Whether paste can run into holes (rows of `Board.holes`) from a side."""
    vias, via = board.vias, board.holes.via[hole]

    def said(column: Ints, cover: Cover = Cover.YES) -> Bools:
        return np.asarray(np.append(column == cover, False)[via], np.bool_)

    plugged = np.where(bottom, said(vias.plugged_bottom), said(vias.plugged_top))
    laser = np.append(vias.type == ViaType.MICRO, False)[via] & ~said(vias.filled, Cover.NO)
    return np.asarray(~(said(vias.filled) | said(vias.capped) | plugged | laser), np.bool_)


def _overlap(board: Board, hole: Ints, core: Objects, radius: Floats) -> Floats:
    """Share of each hole's area under its aperture."""
    disc = shape.polygons(board.holes.core[hole], board.holes.radius[hole])
    common = shapely.area(shapely.intersection(disc, shape.polygons(core, radius)))
    return np.asarray(common / np.maximum(shapely.area(disc), 1e-9), np.float64)
