"""Half holes: plated holes through which the board's edge runs on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from .. import shape
from ..board import Bools, Floats, Ints, Kind
from ..check import Context, Measurements, check
from ..units import show


@check("castellation", minima="hole_min gap_min board_min corner_min", tunes="centre_tol")
def castellation(ctx: Context) -> Measurements:
    """Diameter of each half hole, gap in mm to the next, straight edge beside it, and shorter side of the board.

    What a half hole is, `Derived.castellated` says. Told without a limit: a round one whose centre is farther than
    `centre_tol` off the edge, one that lacks a land or a mask opening on one side, and a tin-lead or tin finish, which
    the router smears over the edge.
    """
    board, holes = ctx.board, ctx.board.holes
    rim = shapely.boundary(board.outline)
    off = shapely.distance(holes.core, rim)
    said = np.append(board.pads.property == "castellated", False)[holes.pad]
    plain = said | (shapely.length(holes.core) == 0)  # a slot along the edge plates the edge: it is no row of half holes
    rows = np.flatnonzero(board.derived.castellated() & plain).astype(np.int32)
    if not len(rows):
        return Measurements.none(0)
    at = shapely.get_coordinates(shapely.centroid(holes.core[rows]))
    size = Measurements.of(
        2 * holes.radius[rows], checked=len(rows), param="hole_min", a=holes.item[rows], x=at[:, 0], y=at[:, 1], kind_a=Kind.HOLE,
        detail="a half hole has a diameter of",
    )  # fmt: skip
    x0, y0, x1, y1 = shapely.bounds(board.outline)
    small = Measurements.of(
        min(x1 - x0, y1 - y0), checked=0, param="board_min", a=-1, x=at[0, 0], y=at[0, 1],
        detail="with half holes its shorter side is",
    )  # fmt: skip
    judged = Measurements.join([size, _gaps(ctx, rows), _corners(ctx, rows, at), small])
    judged = judged.take(np.isin(judged.param, ctx.judged()))
    return Measurements.join([judged, *_faults(ctx, rows, off[rows])])


def _gaps(ctx: Context, rows: Ints) -> Measurements:
    holes, reach = ctx.board.holes, ctx.reach("gap_min")
    boxes = shape.boxes(holes.core[rows], holes.radius[rows], reach / 2)
    i, j = shape.meeting(boxes, boxes)
    i, j = rows[i[i < j]], rows[j[i < j]]
    d = shape.distance(holes.core[i], holes.radius[i], holes.core[j], holes.radius[j])
    x, y = shape.witness(holes.core[i], holes.radius[i], holes.core[j], holes.radius[j])
    return Measurements.of(
        d, checked=0, param="gap_min", a=holes.item[i], b=holes.item[j], x=x, y=y, kind_a=Kind.HOLE, kind_b=Kind.HOLE,
        inherent=(holes.component[i] == holes.component[j]) & (holes.component[i] >= 0), detail="two half holes have a gap of",
    )  # fmt: skip


def _corners(ctx: Context, rows: Ints, at: Floats) -> Measurements:
    """How far the edge runs straight on beside each half hole, from the hole's edge to the nearer end."""
    rings = shapely.simplify(shapely.get_rings(shapely.get_parts(ctx.board.outline)), 1e-4)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    pairs = np.stack([xy[:-1], xy[1:]], 1)[ring[1:] == ring[:-1]]
    nearest = shapely.STRtree(shapely.linestrings(pairs)).nearest(shapely.points(at))
    straight = np.hypot(*(pairs[nearest] - at[:, None]).transpose(2, 0, 1)).min(1) - ctx.board.holes.radius[rows]
    return Measurements.of(
        straight, checked=0, param="corner_min", a=ctx.board.holes.item[rows], x=at[:, 0], y=at[:, 1], kind_a=Kind.HOLE,
        detail="beside a half hole the edge runs straight for",
    )  # fmt: skip


def _faults(ctx: Context, rows: Ints, off: Floats) -> Iterator[Measurements]:
    """What no limit judges: a centre off the edge, no land or mask opening on a side, a finish that does not suit."""
    board, holes, f = ctx.board, ctx.board.holes, ctx.board.features
    at = shapely.get_coordinates(shapely.centroid(holes.core[rows]))

    def told(mask: Bools, soften: int, detail: list[str] | str, cause: str) -> Measurements:
        return Measurements.of(
            np.full(int(mask.sum()), np.nan), checked=0, param="", a=holes.item[rows[mask]], x=at[mask, 0], y=at[mask, 1],
            kind_a=Kind.HOLE, soften=soften, detail=detail, cause=cause,
        )  # fmt: skip

    stray = off > ctx.tune("centre_tol")
    yield told(stray, 1, [f"the centre of a half hole is {show(d, 'mm')} off the edge" for d in off[stray]], "off")
    for role, what in (("copper", "land"), ("mask", "mask opening")):
        for side in ("top", "bottom"):
            layers = board.layers_with(role, side)
            if role in ("copper", *board.facts) and len(layers):
                bare = ~np.isin(holes.item[rows], f.item[np.isin(f.layer, layers)])
                yield told(bare, 1, f"a half hole has no {what} on the {side} side", f"{what} {side}")
    if "HASL" in board.finish.upper() or "HAL " in board.finish.upper() + " ":
        detail = f"half holes with the finish {board.finish}: immersion gold keeps them clean"
        yield told(np.arange(len(rows)) == 0, 2, detail, "finish")
