"""Lands that the solder mask covers although something is to be soldered, and openings over bare laminate."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Objects, PadType
from ..check import Context, Measurements, check
from ..exposed import thermal_holes
from ..mask import Mask, masks
from .size import breaching

_SLACK = 0.005
"""mm that an opening may reach beyond the land that it defines."""
_VIA = 0.55
"""mm; a plated hole up to this whose land is covered on both sides is taken for a via drawn as a pad."""


@check("mask_missing", minima="coverage_min", beside=True)
def mask_missing(ctx: Context) -> Measurements:
    """Share in % of each land to be soldered that no mask covers, once a pad and side; and openings that uncover nothing.

    To be soldered are SMD lands with paste, through-hole lands on the side away from their part, and contacts. A land
    that is all covered, without paste, beside others of its part that are not, may be copper drawn as a pad: a note, as is
    a through-hole land that is covered on the side of its part. An opening within its land defines it and is no breach.
    A stray opening touches no copper, no hole and no edge: a note, one finding a layer.
    """
    board = ctx.board
    parts = [Measurements.none(0)]
    for mask in masks(board):
        parts += [_covered(ctx, mask), _printed(board, mask), _stray(board, mask)]
    return Measurements.join(parts)


def _covered(ctx: Context, mask: Mask) -> Measurements:
    board, f, pads = ctx.board, ctx.board.features, ctx.board.pads
    intent, soften, words = _intent(board, mask)
    rows = np.flatnonzero((f.layer == mask.copper) & (f.pad >= 0)).astype(np.int32)
    rows = rows[intent[f.pad[rows]]]
    bare, area = _areas(board, rows)
    pad, which = np.unique(f.pad[rows], return_inverse=True)
    total, left = np.bincount(which, area), np.bincount(which, bare)
    share = 100 * left / np.maximum(total, 1e-12)
    low = np.flatnonzero(breaching(ctx, np.full(len(pad), "coverage_min", object), share))
    low = low[[share[k] <= 0 or not _defined(board, mask, rows[which == k]) for k in low.tolist()]]
    part = pads.component[pad[low]]
    cause = np.append(board.components.footprint, "")[part]
    covered = share[low] <= 0
    detail = [f"{'all' if c else 'some'} of it is covered by the mask{w}" for c, w in zip(covered, words[pad[low]])]
    softer = np.where(covered, soften[pad[low]], np.maximum(soften[pad[low]], 1))
    return Measurements.of(
        share[low], checked=len(pad), param="coverage_min", a=pads.item[pad[low]], x=pads.x[pad[low]], y=pads.y[pad[low]],
        layer=mask.layer, soften=softer, detail=np.array(detail, object),
        cause=np.array([f"*{name}" if name and s > 1 else "" for name, s in zip(cause, softer)], object),
    )  # fmt: skip


def _areas(board: Board, rows: Ints) -> tuple[Floats, Floats]:
    """Of lands (rows of `Board.features`) the area in mm2 that no mask covers, and the area."""
    f = board.features
    bare_row, bare_core, bare_radius = board.derived.bare_lands()
    place = np.full(len(f), -1, np.int64)
    place[bare_row] = np.arange(len(bare_row))
    area = shape.areas(f.core[rows], f.radius[rows])
    at = place[rows]
    bare = np.where(at >= 0, area, 0.0)
    changed = np.flatnonzero(at >= 0)
    core, radius = bare_core[at[changed]], bare_radius[at[changed]]
    changed_rows = rows[changed]
    other = (radius != f.radius[changed_rows]) | np.array([a is not b for a, b in zip(core, f.core[changed_rows])], np.bool_)
    bare[changed[other]] = shape.areas(core[other], radius[other])
    return bare, area


def _defined(board: Board, mask: Mask, rows: Ints) -> bool:
    """Whether all openings over a pad (its rows of `Board.features`) lie within the lands of its pin: they define the land."""
    f = board.features
    over = mask.opening[np.unique(mask.at[np.isin(mask.row, rows) & mask.bare])]
    mine = (f.layer == mask.copper) & (f.component == f.component[rows[0]]) & (f.pad >= 0) & (f.component >= 0)
    pin = np.flatnonzero(mine)[board.items.label[f.item[mine]] == board.items.label[f.item[rows[0]]]]
    rows = np.union1d(rows, pin)
    land = shapely.union_all(shape.polygons(f.core[rows], f.radius[rows] + _SLACK))
    return bool(shapely.covers(land, shapely.union_all(shape.polygons(f.core[over], f.radius[over]))))


def _intent(board: Board, mask: Mask) -> tuple[Bools, Ints, Objects]:
    """Per pad: whether its land on this side should be bare, how much softer it is if it is not, and why that is."""
    f, pads, parts = board.features, board.pads, board.derived.parts()
    side, role = board.layers.side[f.layer], board.layers.role[f.layer]
    paste, opened = (np.isin(np.arange(len(pads)), f.pad[(role == what) & (side == mask.side)]) for what in ("paste", "mask"))
    fitted, leaded = np.append(parts.fitted, True)[pads.component], pads.type == PadType.THT
    reflowed = np.isin(np.arange(len(pads)), f.pad[(role == "paste") & (side != mask.side)])
    mechanical = np.append(parts.family == "mech", False)[pads.component]
    small = np.append(board.holes.radius, 0.0)[pads.hole] <= _VIA / 2
    away = np.append(board.components.side, -1)[pads.component] == (0 if mask.side == "bottom" else 1)
    alone = pads.component < 0
    # A land without paste is meant to be bare if it is a mark or contact, or stands for a pin of which nothing else is.
    mark = np.isin(pads.property, ("fiducial_global", "fiducial_local", "testpoint"))
    contact = (pads.type == PadType.CONNECT) | mark
    names, number = np.unique(pads.number.astype(str), return_inverse=True)
    pin = pads.component.astype(np.int64) * max(len(names), 1) + number
    has_open = np.isin(np.arange(len(pads)), f.pad[role == "mask"])
    elsewhere = np.isin(pin, pin[has_open]) & ~opened
    of_part = np.isin(pads.component, pads.component[has_open]) & ~alone & (pads.number != "")
    surface = (pads.type == PadType.SMD) & ~mark
    thermal = np.isin(np.arange(len(pads)), board.holes.pad[thermal_holes(board)])
    intent = (surface & (paste | opened | (of_part & fitted & ~elsewhere))) | (contact & (opened | of_part | mark))
    intent |= leaded & ~thermal & (fitted | opened)
    soften = np.zeros(len(pads), np.int32)
    words = np.full(len(pads), "", object)
    for rows, steps, why in (
        (contact, 1, ""),
        (surface & ~paste, 2, "; no paste is printed on it either: copper drawn as a pad?"),
        (leaded & ~away & ~alone, 2, " on the side of its part"),
        (leaded & reflowed & ~paste, 2, ": it is soldered from the other side"),
        (leaded & mechanical & has_open, 2, ": a mechanical part, which may be soldered from the other side"),
        (leaded & alone & has_open, 2, " on one side"),
        (leaded & small & ~has_open, 2, ": tented as a via is"),
        (~fitted & ~contact, 2, "; the part is not fitted"),
    ):
        chosen = rows & (soften == 0)
        soften[chosen], words[chosen] = steps, why
    return np.asarray(intent & (pads.type != PadType.NPTH), np.bool_), soften, words


def _printed(board: Board, mask: Mask) -> Measurements:
    """Apertures of the stencil that are no land's own and over no opening: paste is printed on the mask."""
    f = board.features
    rows = np.flatnonzero(np.isin(f.layer, board.layers_with("paste", mask.side))).astype(np.int32)
    landed = np.isin(f.pad[rows], f.pad[f.layer == mask.copper]) & (f.pad[rows] >= 0)
    rows = rows[~landed]
    i, j = shape.meeting(shape.boxes(f.core[rows], f.radius[rows]), shape.boxes(f.core[mask.opening], f.radius[mask.opening]))
    o = mask.opening[j]
    met = shape.distance(f.core[rows[i]], f.radius[rows[i]], f.core[o], f.radius[o]) <= 0
    closed = np.delete(rows, np.unique(i[met]))
    x, y = _middles(f.core[closed])
    return Measurements.of(
        np.zeros(len(closed)), checked=len(rows), param="coverage_min", a=f.item[closed], x=x, y=y, layer=mask.layer,
        detail="paste is printed where the mask is closed",
    )  # fmt: skip


def _stray(board: Board, mask: Mask) -> Measurements:
    """Windows that uncover no copper and stand at no hole and no edge."""
    f, holes = board.features, board.holes
    core, radius = f.core[mask.opening], f.radius[mask.opening]
    used = np.zeros(int(mask.window.max(initial=-1)) + 1, np.bool_)
    used[mask.window[mask.at[mask.bare]]] = True
    rows = np.flatnonzero(~used[mask.window])
    edge = board.derived.edge_pieces()
    for other, width in ((holes.core, holes.radius), (edge.core, np.zeros(len(edge.core)))):
        i, j = shape.meeting(shape.boxes(core[rows], radius[rows]), shape.boxes(other, width))
        met = shape.distance(core[rows[i]], radius[rows[i]], other[j], width[j]) <= 0
        used[mask.window[rows[i[met]]]] = True
    rows = rows[~used[mask.window[rows]]]
    if len(rows) and not board.outline.is_empty:
        rows = rows[shapely.intersects(board.outline, core[rows])]
    box = shapely.bounds(core[rows]) if len(rows) else np.empty((0, 4))
    window, which = np.unique(mask.window[rows], return_inverse=True)
    low, high = np.full((len(window), 2), np.inf), np.full((len(window), 2), -np.inf)
    np.minimum.at(low, which, box[:, :2])
    np.maximum.at(high, which, box[:, 2:])
    first = np.unique(mask.window[rows], return_index=True)[1]
    middle = (low + high) / 2
    return Measurements.of(
        np.full(len(window), np.nan), checked=0, param="", a=f.item[mask.opening[rows[first]]], x=middle[:, 0], y=middle[:, 1],
        layer=mask.layer, soften=2, cause="*stray", detail="a mask opening that uncovers no copper and stands at no hole",
    )  # fmt: skip


def _middles(core: Objects) -> tuple[Floats, Floats]:
    box = shapely.bounds(core) if len(core) else np.empty((0, 4))
    return (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
