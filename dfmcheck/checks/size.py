"""Sizes of single things: the width of tracks, the diameter of holes, width and length of slots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from .. import select
from ..board import Board, Bools, Floats, Ints, Kind, Objects, ViaType
from ..check import Context, Measurements, check
from ..exposed import thermal_holes
from ..units import above, below

NO_HOLE = 0.01
"""mm: no drill and no laser makes a hole as small as this; such a size stands for one that was never set."""


@check("size.track", minima="*", maxima="*", selects="features")
def track(ctx: Context) -> Measurements:
    """Width in mm of every track and arc on a copper layer, judged by the first parameter whose selection fits it."""
    board = ctx.board
    f = board.features
    rows = np.flatnonzero(((f.kind == Kind.TRACK) | (f.kind == Kind.ARC)) & (board.layers.order >= 0)[f.layer])
    param = np.full(len(rows), "", object)
    for name in ctx.judged():
        chosen = ctx.rule.params[name].a
        fits = np.ones(len(rows), np.bool_) if chosen is None else select.features(board, chosen)[rows]
        param[fits & (param == "")] = name
    rows, param = rows[param != ""], param[param != ""]
    item = f.item[rows]
    width = 2 * f.radius[rows]
    distinct, which = np.unique(np.round(width, 6), return_inverse=True)
    cause = np.array([f"*{w:.3f} mm" for w in distinct], object)[which]  # whoever drew them, one width is one decision
    m = Measurements.of(
        width, checked=len(rows), param=param, a=item, x=board.items.x[item], y=board.items.y[item], layer=f.layer[rows],
        cause=cause,
    )  # fmt: skip
    return replace(m, complete=np.inf)


@check("size.drill", minima="*", maxima="*", selects="holes")
def drill(ctx: Context) -> Measurements:
    """Diameter in mm, as drawn, of every round hole: against the first minimum and the first maximum that fit it.

    Laser microvias are left out: limits of drills do not hold for them. An unplated hole that is too large to drill is
    routed: one step softer. A hole that nobody can make (`NO_HOLE`), or a via without any, is a finding under every profile.
    """
    board = ctx.board
    holes, vias = board.holes, board.vias
    rows = np.flatnonzero(shapely.length(holes.core) == 0).astype(np.int32)
    size, absurd = 2 * holes.radius[rows], holes.radius[rows] * 2 < NO_HOLE
    drilled = ~laser(board)[rows]
    x, y = centres(holes.core[rows])
    cause = drawn_as(board, rows)
    cause[absurd] = "*never set"
    parts = []
    for sense in ("min", "max"):
        param = param_of(ctx, rows, [n for n in ctx.judged() if ctx.rule.params[n].sense == sense])
        kept = (param != "") & drilled if sense == "max" else absurd | ((param != "") & drilled)
        detail = np.full(len(rows), "", object)
        for i in np.flatnonzero(absurd):
            detail[i] = f"drawn as {size[i]:.7f}".rstrip("0") + " mm: its true size was never set"
        soften = (sense == "max") & ~holes.plated[rows]  # anybody routes a large hole that needs no plating
        m = Measurements.of(
            size, checked=0, param=param, a=holes.item[rows], x=x, y=y, detail=detail, cause=cause, soften=soften,
        )  # fmt: skip
        parts.append(m.take(kept & ~(absurd & (sense == "max"))))
    bare = np.flatnonzero((vias.hole < 0) & ~np.isnan(vias.drill))  # what no drill file tells is for the rules of packages
    smallest = next((n for n in ctx.judged() if ctx.rule.params[n].sense == "min" and ctx.rule.params[n].a in (None, "via")), "")
    parts.append(Measurements.of(
        vias.drill[bare], checked=int(drilled.sum()) + len(bare), param=smallest, a=vias.item[bare], x=vias.x[bare],
        y=vias.y[bare], detail="the via has no drill", cause="*via without a drill",
    ))  # fmt: skip
    return Measurements.join(parts)


@check("size.slot", minima="*", selects="holes")
def slot(ctx: Context) -> Measurements:
    """Width in mm of every slot, plated and not, and its overall length divided by its width."""
    board = ctx.board
    holes = board.holes
    rows = np.flatnonzero(shapely.length(holes.core) > 0).astype(np.int32)
    width = 2 * holes.radius[rows]
    length = shapely.length(holes.core[rows]) + width
    x, y = centres(holes.core[rows])
    cause = drawn_as(board, rows)
    kind = np.where(holes.plated[rows], "plated slot", "slot without plating")
    names = [n for n in ctx.judged() if ctx.rule.params[n].sense == "min"]
    by_ratio = [n for n in names if ctx.rule.params[n].unit == "ratio"]
    parts = [Measurements.none(len(rows))]
    for chosen, value, what in (
        ([n for n in names if n not in by_ratio], width, "width of the"),
        (by_ratio, np.divide(length, width, out=np.ones(len(rows)), where=width > 0), "length over width of the"),
    ):
        param = param_of(ctx, rows, chosen)
        detail = np.array([f"{what} {k} is" for k in kind], object)
        m = Measurements.of(value, checked=0, param=param, a=holes.item[rows], x=x, y=y, detail=detail, cause=cause)
        parts.append(m.take(param != ""))
    return Measurements.join(parts)


def param_of(ctx: Context, holes: Ints, names: Iterable[str]) -> Objects:
    """The parameter that judges each of the holes (rows of `Board.holes`): the first of `names` whose selection fits, or ''.

    A thermal hole that a footprint drills into its exposed pad is a via in all but name, so the limits of vias hold for it.
    """
    out = np.full(len(holes), "", object)
    names = list(names)
    selections = [ctx.rule.params[name].a for name in names]
    thermal = thermal_holes(ctx.board)[holes] if "via" in selections else np.zeros(len(holes), np.bool_)
    for name, chosen in zip(names, selections):
        fits: Bools = np.ones(len(holes), np.bool_) if chosen is None else select.holes(ctx.board, chosen)[holes]
        if chosen == "via":
            fits |= thermal
        out[fits & (out == "")] = name
    return out


def drawn_as(board: Board, holes: Ints) -> Objects:
    """Cause of what is wrong with holes: one size of via, or one footprint, is one decision whatever its nets and references."""
    vias, component = board.vias, board.holes.component[holes]
    out = np.array([f"*{name}" for name in board.components.footprint] + [""], object)[component]
    rows = np.flatnonzero(board.holes.via[holes] >= 0)
    via = board.holes.via[holes[rows]]
    sizes, which = np.unique(np.stack([vias.diameter[via], vias.drill[via]]), axis=1, return_inverse=True)
    out[rows] = np.array([f"*via {d:.2f}/{h:.2f} mm" for d, h in sizes.T], object)[which.reshape(-1)]
    return out


def breaching(ctx: Context, param: Objects, value: Floats) -> Bools:
    """Rows that a limit or preferred value of their parameter catches, so that texts are made only for what is told."""
    out = np.zeros(len(value), np.bool_)
    for name in ctx.judged():
        minimum = ctx.rule.params[name].sense == "min"
        bounds = [v for v in (ctx.limits[name].value, ctx.limits[name].prefer) if v is not None]
        hit = below(value, max(bounds)) if minimum else above(value, min(bounds))
        out |= (param == name) & hit
    return out


def by_limit(ctx: Context, param: Objects, value: Floats, cause: Any, more: Any = 0.0) -> Objects:
    """Causes (one, or one a row) of rows that break a hard limit apart from those of rows that only miss a preferred value:
    two findings, so that a waiver of the advice waives no fault."""
    advice = np.ones(len(value), np.bool_)
    for name in ctx.judged():
        limit = ctx.limits[name].value
        breach = below if ctx.rule.params[name].sense == "min" else above
        advice &= (param != name) | (True if limit is None else ~breach(value, limit + np.asarray(more)))
    out = np.empty(len(value), object)
    out[:] = cause
    out[advice] += " preferred"
    return out


def laser(board: Board) -> Bools:
    """Mask over `Board.holes`: microvias, except those that pass the whole board and so must be drilled."""
    holes = board.holes
    micro = np.append(board.vias.type == ViaType.MICRO, False)[holes.via]
    return np.asarray(micro & ~through(board), np.bool_)


def through(board: Board) -> Bools:
    """Mask over `Board.holes`: holes from the top copper layer to the bottom one."""
    return np.asarray((board.holes.first <= 0) & (board.holes.last >= len(board.copper_layers) - 1), np.bool_)


def centres(core: Objects) -> tuple[Any, Any]:
    """x and y of the middle of holes."""
    middle = shapely.centroid(core)
    return shapely.get_x(middle), shapely.get_y(middle)
