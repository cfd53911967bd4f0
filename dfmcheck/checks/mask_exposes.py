"""Copper of other nets that an opening of the solder mask uncovers, or nearly does."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind
from ..check import Context, Measurements, check
from ..derived import ties_nets
from ..mask import Mask, masks
from ..pieces import least
from ..units import EPS
from ._mask_lands import land_of, soldered
from .size import breaching, by_limit


@check("mask_exposes", minima="cover_min", beside=True)
def mask_exposes(ctx: Context) -> Measurements:
    """Distance in mm from the edge of a window to copper of a net that no land in it has; 0 or less where that lies bare.

    Looked at are tracks, zones, drawings, and lands that the mask should cover; a land with an opening of its own is
    judged by the dam between the two. Copper that lies bare beside a land that is soldered is a step graver; beside one
    that is not (a via, a test point), or in a drawn window where two nets lie bare, it is as the rule says; beside what
    has no net (a fiducial, a bare hole), or within one part, a step softer. Cover that is only too narrow is one decision of
    the design, whatever the part: one finding a side.
    """
    return Measurements.join([_side(ctx, mask) for mask in masks(ctx.board, ctx.reach())])


def _side(ctx: Context, mask: Mask) -> Measurements:
    board, f = ctx.board, ctx.board.features
    land = land_of(mask, board)
    at, row, d = mask.at, mask.row, mask.distance
    opening, window = mask.opening[at], mask.window[at]
    drawn = land[at] < 0
    mine = land[at].copy()
    # In a window without a land, two nets that lie bare are bridged: zones first, as a window over one is meant for it.
    bare = np.flatnonzero(drawn & (d <= 0))
    first = bare[least((f.kind[row[bare]] != Kind.ZONE).astype(np.float64), window[bare], ties=(row[bare],))]
    of_window = np.full(int(mask.window.max(initial=-1)) + 1, -1, np.int32)
    of_window[window[first]] = row[first]
    mine[drawn] = of_window[window[drawn]]
    keep = ~mask.land & (mine >= 0) & (mine != row) & ~(drawn & (d > 0))
    own = np.isin(f.kind[row], (Kind.PAD, Kind.VIA)) & np.isin(f.item[row], f.item[mask.opening])
    keep &= ~(own & (d > 0)) & ~_landed(mask, board)  # between two openings the dam is judged
    rows = np.flatnonzero(keep)
    rows = rows[board.derived.different_nets(mine[rows], row[rows]) & ~_tied(board, opening[rows], row[rows])]
    rows = rows[least(d[rows], f.item[opening[rows]], f.item[row[rows]])]
    d, opening, row, mine = mask.distance[rows], opening[rows], row[rows], mine[rows]
    x, y = shape.witness(f.core[opening], f.radius[opening], mask.piece[rows], f.radius[row]) if len(rows) else (d, d)
    bared = (d < -EPS) | ((d <= 0) & (f.radius[opening] + f.radius[row] <= EPS))
    some = np.flatnonzero(bared)
    x[some], y[some] = _middle(board, opening[some], row[some])
    drawn, pad = drawn[rows], f.pad[mine]
    soldered_to = np.append(soldered(board), False)[pad] & ~drawn
    blank = (pad >= 0) & (f.net[mine] < 0) & ~soldered_to  # a fiducial, a bare hole: nothing there to bridge
    inherent = (f.component[opening] == f.component[row]) & (f.component[row] >= 0)
    soften = np.where(blank | inherent, 1, np.where(bared, np.where(soldered_to, -1, 0), np.where(soldered_to, 0, 1)))
    shared = ~bared | blank
    cause = np.full(len(d), "", object)
    cause[shared] = by_limit(ctx, np.full(int(shared.sum()), "cover_min", object), d[shared], "*cover")
    m = Measurements.of(
        d, checked=len(mask.opening), param="cover_min", a=np.where(drawn, f.item[mine], f.item[opening]), b=f.item[row],
        x=x, y=y, layer=mask.layer, inherent=inherent, soften=soften, cause=cause,
        detail=np.where(bared, "it lies bare", "").astype(object),
    )  # fmt: skip
    return m.take(breaching(ctx, m.param, m.value))


def _middle(board: Board, opening: Ints, copper: Ints) -> tuple[Floats, Floats]:
    """The middles of what paired openings leave bare of the copper."""
    f = board.features
    windows, material = (shape.polygons(f.core[rows], f.radius[rows]) for rows in (opening, copper))
    middle = shapely.centroid(shapely.intersection(windows, material))
    return shapely.get_x(middle), shapely.get_y(middle)


def _landed(mask: Mask, board: Board) -> Bools:
    """Pairs whose copper is of a net that a land of the window has."""
    net, span = board.features.net[mask.row], len(board.nets) + 1
    code = mask.window[mask.at] * np.int64(span) + net
    return np.asarray((net >= 0) & np.isin(code, code[mask.land]), np.bool_)


def _tied(board: Board, opening: Ints, copper: Ints) -> Bools:
    """Openings and copper of one part that joins nets on purpose."""
    part = board.features.component[opening]
    ties = np.append(ties_nets(board.components), False)[part]
    return np.asarray(ties & (part == board.features.component[copper]), np.bool_)
