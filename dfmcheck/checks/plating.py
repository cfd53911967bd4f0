"""Holes of which a fabricator cannot tell whether they are to be plated."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Kind, PadType
from ..check import Context, Measurements, check
from .size import centres, drawn_as

SPOT = 1e-3
"""mm: hole centres nearer than this are one place."""


@check("drill.plating", tunes="npth_land_over_hole")
def plating(ctx: Context) -> Measurements:
    """Holes whose pad type, copper and net do not agree; each row is a finding, its value the land beyond the hole in mm.

    - A hole without plating that has a land wider than the hole by more than `npth_land_over_hole` on each side.
    - A plated hole without a land on any layer, or whose lands the drill takes away whole.
    - A pad for a plated hole that has no hole.
    - A plated and an unplated hole on one spot; a plated hole in a cut-out of the outline, which is routed.
    - Plated holes on a board of one copper layer, told once.
    """
    board = ctx.board
    holes, pads = board.holes, board.pads
    x, y = centres(holes.core)
    over = land_over_hole(board)
    drawn = drawn_as(board, np.arange(len(holes), dtype=np.int32))
    parts = [Measurements.none(len(holes))]

    def tell(rows: Bools, text: str, value: Floats | float, cause: str) -> None:
        at = np.flatnonzero(rows)
        given = np.broadcast_to(value, len(holes))[at]
        parts.append(Measurements.of(
            given, checked=0, param="", a=holes.item[at], x=x[at], y=y[at], kind_a=Kind.HOLE,
            detail=[f"{text} by {v:.3f} mm" if v > 0 else text for v in given], cause=[f"{p or '*'} {cause}" for p in drawn[at]],
        ))  # fmt: skip

    margin = ctx.tune("npth_land_over_hole") + SPOT
    tell(~holes.plated & (over > margin), "unplated, but its land is wider than the hole", over, "land")
    bare = holes.plated & (over <= SPOT) & ~board.derived.castellated()
    tell(bare, "plated, but no layer has a land that the drill leaves", 0.0, "bare")
    tell(_twins(board), "a plated and an unplated hole on one spot", 0.0, "twins")
    tell(_in_cutout(board), "plated, but it lies in a cut-out of the outline, which is routed and not plated", 0.0, "cut-out")
    if len(board.copper_layers) == 1 and holes.plated.any():
        first = np.zeros(len(holes), np.bool_)
        first[np.argmax(holes.plated)] = True
        tell(first, f"one of {int(holes.plated.sum())} plated holes on a board of one copper layer", 0.0, "one layer")
    lost = np.flatnonzero((pads.type == PadType.THT) & (pads.hole < 0))
    parts.append(Measurements.of(
        np.zeros(len(lost)), checked=len(lost), param="", a=pads.item[lost], x=pads.x[lost], y=pads.y[lost],
        detail="a through-hole pad without a hole", cause="no hole",
    ))  # fmt: skip
    return Measurements.join(parts)


def land_over_hole(board: Board) -> Floats:
    """How far the widest own land of each hole reaches beyond the hole's edge, in mm, where it reaches farthest.

    0 or less: the drill takes all of it. Minus infinity: there is no land on any layer.
    """
    f, holes = board.features, board.holes
    hole_of = np.full(len(board.items), -1, np.int32)
    hole_of[holes.item] = np.arange(len(holes))
    row = np.flatnonzero((board.layers.order >= 0)[f.layer] & ((f.kind == Kind.PAD) | (f.kind == Kind.VIA)))
    hole = hole_of[f.item[row]]
    row, hole = row[hole >= 0], hole[hole >= 0]
    xy, of = shapely.get_coordinates(f.core[row], return_index=True)
    reach = shapely.distance(shapely.points(xy), holes.core[hole[of]]) + f.radius[row[of]] - holes.radius[hole[of]]
    out = np.full(len(holes), -np.inf)
    np.maximum.at(out, hole[of], reach)
    return out


def _twins(board: Board) -> Bools:
    """Unplated holes on the spot of a plated one."""
    holes = board.holes
    out = np.zeros(len(holes), np.bool_)
    bare, plated = np.flatnonzero(~holes.plated), np.flatnonzero(holes.plated)
    i, j = shape.meeting(shape.boxes(holes.core[bare], 0.0, SPOT), shape.boxes(holes.core[plated], 0.0, SPOT))
    near = shapely.distance(shapely.centroid(holes.core[bare[i]]), shapely.centroid(holes.core[plated[j]])) < SPOT
    out[bare[i[near]]] = True
    return out


def _in_cutout(board: Board) -> Bools:
    """Plated holes that lie wholly in a cut-out of the board."""
    holes = board.holes
    out = np.zeros(len(holes), np.bool_)
    cutouts = [shapely.Polygon(ring) for part in board.outline.geoms for ring in part.interiors]
    plated = np.flatnonzero(holes.plated)
    if cutouts and len(plated):
        drilled = shape.polygons(holes.core[plated], holes.radius[plated])
        out[plated[shapely.STRtree(cutouts).query(drilled, predicate="within")[0]]] = True
    return out
