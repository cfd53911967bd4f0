"""Courtyards: parts that stand in each other's way, and courtyards that cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Floats, Ints, Objects, PadType
from ..check import Context, Measurements, check
from ..units import below, show

_TOUCH = 0.005
"""mm; each courtyard is taken this much smaller, so that neighbours drawn edge to edge on a coarse grid do not overlap."""
_COLLIDE = 0.01
"""mm2; bodies and lands that share less only touch."""
_NESTED = 0.9
"""Share of the smaller body inside the larger from which one covers the other."""
_OUTSIDE = 0.05
"""mm; a land that reaches less out of its courtyard is rounding: courtyards are drawn on a grid of this pitch."""


@check("courtyard", minima="excess", tunes="overlap_area_min")
def courtyard(ctx: Context) -> Measurements:
    """Area in mm2 that the courtyards of two parts share on one side; courtyards that are missing, malformed or too small.

    An overlap is an error where bodies (the fab outlines) or lands of two surface-mounted parts collide. It is a step
    softer where they stay apart, where one part covers the other (alternatives on one place), has leads (and may reach
    over low parts), or is not fitted. A land outside its own courtyard is a fault of the library: a note for each land
    pattern, as is a missing courtyard unless the footprint says that it needs none. `excess`, where a profile states
    it, judges the distance in mm from the lands to the courtyard around them.
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
    # Pairs are told in the order of their names, whatever order the file has.
    turned = components.ref[rows[i]] > components.ref[rows[j]]
    a, b = np.where(turned, rows[j], rows[i]).astype(np.int32), np.where(turned, rows[i], rows[j]).astype(np.int32)
    body, drawn = _bodies(board, np.unique(np.concatenate([a, b])), side)
    one, two = (np.array([body[c] for c in rows.tolist()], object) for rows in (a, b))
    together = shapely.area(shapely.intersection(one, two))
    collide = together > _COLLIDE
    nested = together > _NESTED * np.minimum(shapely.area(one), shapely.area(two))
    leaded = np.isin(a, _leaded(board)) | np.isin(b, _leaded(board))
    known = np.array([drawn[p] and drawn[q] for p, q in zip(a.tolist(), b.tolist())], np.bool_)
    unfitted = components.dnp[a] | components.dnp[b]
    notes = np.select(
        [unfitted, collide & nested, collide & leaded, collide, known],
        [
            "one of them is not fitted",
            "one body covers the other: alternatives, or one above the other",
            "one body reaches over the other",
            "the parts collide",
            "the parts themselves stay apart",
        ],
        "their lands stay apart, their bodies are not drawn",
    )
    soft = unfitted | ~collide | nested | leaded
    spot = shapely.get_coordinates(shapely.point_on_surface(shared))
    detail = [
        f"its courtyard and that of {components.ref[q] or 'an unnamed part'} share {show(size, 'mm2')}: {note}"
        for q, size, note in zip(b.tolist(), area, notes)
    ]
    layer = board.layers_with("courtyard", ("top", "bottom")[side])
    return Measurements.of(
        area, checked=0, param="", a=components.item[a], b=components.item[b], x=spot[:, 0], y=spot[:, 1],
        layer=layer[0] if len(layer) else -1, soften=soft.astype(np.int32), detail=detail, cause=np.where(soft, "*apart", ""),
    )  # fmt: skip


def _bodies(board: Board, components: Ints, side: int) -> tuple[dict[int, Any], dict[int, bool]]:
    """What stands on one side of the board, fab outline and lands, and whether the body is drawn (or is on the other side)."""
    c, f = board.components, board.features
    lands = board.derived.lands(side)
    lands = lands[np.argsort(f.component[lands], kind="stable")]
    out: dict[int, Any] = {}
    drawn: dict[int, bool] = {}
    for row in components.tolist():
        first, last = np.searchsorted(f.component[lands], [row, row + 1])
        own = lands[first:last]
        fab = [c.fab[row]] if c.side[row] == side and c.fab[row] is not None else []
        out[row] = shapely.union_all([*shape.polygons(f.core[own], f.radius[own]), *fab])
        drawn[row] = bool(fab) or c.side[row] != side
    return out, drawn


def _leaded(board: Board) -> Ints:
    """Rows of the components with through-hole pads, whose bodies may stand above others."""
    return np.unique(board.pads.component[board.pads.type == PadType.THT]).astype(np.int32)


def _lands(ctx: Context, rows: Ints, column: Objects, side: int) -> Iterator[Measurements]:
    """Distance from the lands of each part to its courtyard: negative by how far the worst one reaches out of it."""
    board, f = ctx.board, ctx.board.features
    lands = board.derived.lands(side)
    lands = lands[np.isin(f.component[lands], rows)]
    # Half of a castellated land is cut off with the board's edge, where its courtyard ends too.
    halved = board.holes.pad[board.derived.castellated() & (board.holes.pad >= 0)]
    lands = lands[~np.isin(f.pad[lands], halved)]
    component = f.component[lands]
    margin = _margin(f.core[lands], f.radius[lands], column[component])
    at = f.item[lands]
    order = np.lexsort((board.items.y[at], board.items.x[at], np.round(margin, 6), component))
    first = order[np.r_[True, component[order][1:] != component[order][:-1]]] if len(order) else order
    outside = np.asarray(below(margin[first], -_OUTSIDE), np.bool_)
    for worst, param in ((first[outside], ""), (first[~outside], "excess")):
        if param and param not in ctx.judged():
            continue
        c = component[worst]
        at = shapely.get_coordinates(shapely.point_on_surface(f.core[lands[worst]]))
        name = board.components.footprint[c]
        text = "the courtyard keeps {} from the lands" if param else "a land reaches {} out of its courtyard"
        yield Measurements.of(
            margin[worst] if param else -margin[worst], checked=0, param=param, a=board.components.item[c],
            b=f.item[lands[worst]], x=at[:, 0], y=at[:, 1], layer=f.layer[lands[worst]], inherent=True, soften=2,
            cause=[f"*{param or 'outside'} {n}" for n in name],
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


def _placed(board: Board) -> Bools:
    """Components that somebody puts on the board: a logo, a hole or a solder jumper is never placed."""
    c, pads = board.components, board.pads
    solderable = np.isin(np.arange(len(c)), pads.component[pads.type != PadType.NPTH])
    return np.asarray(solderable & ~(c.exclude_placement & (c.mount != "tht")), np.bool_)


def _faults(board: Board) -> Iterator[Measurements]:
    c = board.components
    none = np.array([(top is None) and (bottom is None) for top, bottom in zip(c.courtyard_top, c.courtyard_bottom)], np.bool_)
    broken = c.courtyard_problem != ""
    missing = none & ~broken & ~c.no_courtyard & _placed(board)
    problems = [f"its courtyard is no closed outline: {p}" for p in c.courtyard_problem[broken]]
    for rows, soften, cause, detail in (
        (np.flatnonzero(broken), 1, [f"*malformed {name}" for name in c.footprint[broken]], problems),
        (np.flatnonzero(missing), 2, ["*missing"] * int(missing.sum()), ["has no courtyard"] * int(missing.sum())),
    ):
        yield Measurements.of(
            np.full(len(rows), np.nan), checked=0, param="", a=c.item[rows], x=c.x[rows], y=c.y[rows], soften=soften,
            cause=cause, detail=detail,
        )  # fmt: skip
