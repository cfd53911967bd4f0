"""Courtyards: parts that stand in each other's way, and courtyards that cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Floats, Ints, Kind, Objects
from ..check import Context, Measurements, check
from ..units import show

_TOUCH = 0.005
"""mm; each courtyard is taken this much smaller, so that neighbours drawn edge to edge on a coarse grid do not overlap."""


@check("courtyard")
def courtyard(ctx: Context) -> Measurements:
    """Area in mm2 that the courtyards of two parts share on one side; courtyards that are missing, malformed or too small.

    An overlap is a step softer where the parts themselves do not collide (bodies as drawn on the fab layer, and lands)
    or where one of them is not fitted. A land outside its own courtyard is a fault of the library: a warning for each
    land pattern. A missing courtyard is a note, and none where the footprint says that it needs none. `excess`, where a
    profile states it, judges the distance in mm from the lands to the courtyard around them.
    """
    components = ctx.board.components
    parts = [Measurements.none(len(components))]
    for side, column in enumerate((components.courtyard_top, components.courtyard_bottom)):
        rows = np.flatnonzero([area is not None and not area.is_empty for area in column]).astype(np.int32)
        parts.append(_overlaps(ctx, rows, column[rows], side))
        parts += _lands(ctx, rows[components.side[rows] == side], column, side)
    parts += _faults(ctx.board)
    return Measurements.join(parts)


def _overlaps(ctx: Context, rows: Ints, areas: Objects, side: int) -> Measurements:
    board, components = ctx.board, ctx.board.components
    shrunk = shapely.buffer(areas, -_TOUCH, join_style="mitre")
    i, j = shapely.STRtree(shrunk).query(shrunk, predicate="intersects")
    i, j = i[i < j], j[i < j]
    shared = shapely.intersection(areas[i], areas[j])
    area = shapely.area(shared)
    large = area > ctx.tune("overlap_area_min")
    i, j, shared, area = i[large], j[large], shared[large], area[large]
    a, b = rows[i].astype(np.int32), rows[j].astype(np.int32)
    apart = np.zeros(len(a), np.bool_)
    body = _bodies(board, np.unique(np.concatenate([a, b])), side)
    for k, (one, two) in enumerate(zip(a.tolist(), b.tolist())):
        apart[k] = body[one] is not None and body[two] is not None and not shapely.intersects(body[one], body[two])
    unfitted = components.dnp[a] | components.dnp[b]
    spot = shapely.get_coordinates(shapely.point_on_surface(shared))
    detail = [
        f"its courtyard and that of {components.ref[two] or 'an unnamed part'} share {show(size, 'mm2')}"
        + (", of which one is not fitted" if dnp else "; the parts themselves stay apart" if free else "")
        for two, size, free, dnp in zip(b, area, apart, unfitted)
    ]
    layer = board.layers_with("courtyard", ("top", "bottom")[side])
    return Measurements.of(
        area, checked=0, param="", a=components.item[a], b=components.item[b], x=spot[:, 0], y=spot[:, 1],
        layer=layer[0] if len(layer) else -1, soften=(apart | unfitted).astype(np.int32), detail=detail,
    )  # fmt: skip


def _bodies(board: Board, components: Ints, side: int) -> dict[int, Any]:
    """What really stands on one side of the board: fab outline and lands; None where the fab layer tells nothing."""
    c, f = board.components, board.features
    lands = _land_rows(board, side)
    lands = lands[np.argsort(f.component[lands], kind="stable")]
    out: dict[int, Any] = {}
    for row in components.tolist():
        first, last = np.searchsorted(f.component[lands], [row, row + 1])
        own = lands[first:last]
        here = c.side[row] == side
        if here and c.fab[row] is None:
            out[row] = None
        else:
            out[row] = shapely.union_all([*shape.polygons(f.core[own], f.radius[own]), *([c.fab[row]] if here else [])])
    return out


def _land_rows(board: Board, side: int) -> Ints:
    """Rows of the pads' copper on the outer layer of one side."""
    f, copper = board.features, board.copper_layers
    if not len(copper):
        return np.empty(0, np.int32)
    return np.flatnonzero((f.kind == Kind.PAD) & (f.layer == copper[-1 if side else 0])).astype(np.int32)


def _lands(ctx: Context, rows: Ints, column: Objects, side: int) -> Iterator[Measurements]:
    """Distance from the lands of each part to its courtyard: negative by how far the worst one reaches out of it."""
    board, f = ctx.board, ctx.board.features
    lands = _land_rows(board, side)
    lands = lands[np.isin(f.component[lands], rows)]
    component = f.component[lands]
    margin = _margin(f.core[lands], f.radius[lands], column[component])
    order = np.lexsort((margin, component))
    first = order[np.r_[True, component[order][1:] != component[order][:-1]]] if len(order) else order
    for worst, param in ((first[margin[first] < -_TOUCH], ""), (first[margin[first] >= -_TOUCH], "excess")):
        if param and param not in ctx.judged():
            continue
        c = component[worst]
        at = shapely.get_coordinates(shapely.point_on_surface(f.core[lands[worst]]))
        name = board.components.footprint[c]
        text = "the courtyard keeps {} from the lands" if param else "a land reaches {} out of its courtyard"
        yield Measurements.of(
            margin[worst], checked=0, param=param, a=board.components.item[c], b=f.item[lands[worst]], x=at[:, 0], y=at[:, 1],
            layer=f.layer[lands[worst]], inherent=True, soften=1, cause=[f"*{param or 'outside'} {n}" for n in name],
            detail=[f"{text.format(show(abs(m), 'mm'))} ({n})" for m, n in zip(margin[worst], name)],
        )  # fmt: skip


def _margin(core: Objects, radius: Floats, area: Objects) -> Floats:
    """Distance of shapes to the edge of the area around them, or minus the farthest that they reach out of it."""
    margin = np.asarray(shapely.distance(core, shapely.boundary(area)) - radius, np.float64)
    out = ~shapely.covers(area, core)
    out |= margin < 0
    corners, shape_of = shapely.get_coordinates(shape.polygons(core[out], radius[out]), return_index=True)
    reach = np.zeros(int(out.sum()))
    np.maximum.at(reach, shape_of, shapely.distance(shapely.points(corners), area[out][shape_of]))
    margin[out] = -reach
    return margin


def _faults(board: Board) -> Iterator[Measurements]:
    c = board.components
    none = np.array([(top is None) and (bottom is None) for top, bottom in zip(c.courtyard_top, c.courtyard_bottom)], np.bool_)
    broken = c.courtyard_problem != ""
    missing = none & ~broken & ~c.no_courtyard
    problems = [f"its courtyard is no closed outline: {p}" for p in c.courtyard_problem[broken]]
    for rows, soften, cause, detail in (
        (np.flatnonzero(broken), 1, "malformed", problems),
        (np.flatnonzero(missing), 2, "*missing", "has no courtyard"),
    ):
        yield Measurements.of(
            np.full(len(rows), np.nan), checked=0, param="", a=c.item[rows], x=c.x[rows], y=c.y[rows], soften=soften,
            cause=cause, detail=detail,
        )  # fmt: skip
