"""Drilling as a whole: how deep for its width, and with how many tools."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..board import Board, Bools, Floats, Ints, Kind
from ..check import Context, Measurements, check
from .size import NO_HOLE, breaching, centres, drawn_as, laser, param_of, through

GRID = 1e-3
"""mm: diameters that differ by less are one tool."""
INCH2 = 645.16


@check("drill.aspect", maxima="*", tunes="tool_allowance assumed_thickness", selects="holes")
def aspect(ctx: Context) -> Measurements:
    """Depth of each plated hole divided by its tool; of a laser microvia, dielectric depth divided by the hole.

    A through hole is as deep as the board, a blind or buried one as the stackup says between the layers that it joins.
    Without a thickness the board is taken as `assumed_thickness` thick; without a stackup its dielectrics as equal,
    which is a guess: such a finding is a note.
    """
    board = ctx.board
    holes = board.holes
    rows = np.flatnonzero(holes.plated & (2 * holes.radius >= NO_HOLE)).astype(np.int32)
    micro, whole = laser(board)[rows], through(board)[rows]
    depth, told = _depths(ctx, rows, micro)
    tool = 2 * holes.radius[rows] + np.where(micro, 0.0, ctx.tune("tool_allowance"))
    value = depth / tool
    param = np.where(
        micro, param_of(ctx, rows, [n for n in ctx.judged() if n.startswith("microvia")]),
        param_of(ctx, rows, [n for n in ctx.judged() if not n.startswith("microvia")]),
    ).astype(object)  # fmt: skip
    detail = np.full(len(rows), "", object)
    for i in np.flatnonzero(breaching(ctx, param, value)):
        guess = "" if told[i] else "; the file tells no thickness: assumed"
        detail[i] = f"{depth[i]:.2f} mm deep, {'hole' if micro[i] else 'tool'} {tool[i]:.2f} mm{guess}"
    x, y = centres(holes.core[rows])
    m = Measurements.of(
        value, checked=len(rows), param=param, a=holes.item[rows], x=x, y=y, inferred=~told, soften=np.where(told | whole, 0, 2),
        cause=drawn_as(board, rows), detail=detail,
    )  # fmt: skip
    return m.take(param != "")


def _depths(ctx: Context, rows: Ints, micro: Bools) -> tuple[Floats, Bools]:
    """Depth in mm of each hole and whether the file tells it."""
    board = ctx.board
    holes, n = board.holes, len(board.copper_layers)
    top, bottom = _heights(board)
    stacked = float(bottom[-1] - top[0]) if len(top) else float("nan")
    known = board.thickness if board.thickness > 0 else stacked
    total = known if np.isfinite(known) else ctx.tune("assumed_thickness")
    whole = through(board)[rows]
    first, last = np.clip(holes.first[rows], 0, max(n - 1, 0)), np.clip(holes.last[rows], 0, max(n - 1, 0))
    depth, told = np.full(len(rows), total), np.full(len(rows), bool(np.isfinite(known)))
    if n > 1:
        real = np.where(micro, top[last] - bottom[first], bottom[last] - top[first])
        told = np.where(whole, told, np.isfinite(real))
        depth = np.where(whole, total, np.where(np.isfinite(real), real, total * (last - first) / (n - 1)))
    return depth, told


def _heights(board: Board) -> tuple[Floats, Floats]:
    """Depth below the top of each copper layer's upper and lower face, from the stackup; NaN where it does not tell."""
    n = len(board.copper_layers)
    top, bottom = np.full(n, np.nan), np.full(n, np.nan)
    z = float("nan")
    order = {str(board.layers.name[row]): i for i, row in enumerate(board.copper_layers)}
    for layer in board.stackup:
        at = order.get(layer.name)
        if at == 0:
            z = 0.0
        if at is not None:
            top[at], bottom[at] = z, z + layer.thickness
        z += layer.thickness
    return top, bottom


@check("drill.tools", minima="delta", maxima="tools_max hits_per_in2_max")
def tools(ctx: Context) -> Measurements:
    """Distinct diameters (plated and not apart), diameters of one plating that nearly agree, and holes per square inch."""
    board, judged = ctx.board, ctx.judged()
    holes = board.holes
    size = np.round(2 * holes.radius / GRID).astype(np.int64)
    x, y = centres(holes.core)
    order = np.lexsort((np.round(y, 2), np.round(x, 2)))  # the leftmost hole of a tool stands for it, in whatever order they come
    rows = {plated: order[holes.plated[order] == plated] for plated in (True, False)}
    used = {plated: np.unique(size[mine], return_index=True, return_counts=True) for plated, mine in rows.items()}
    middle = {"x": x.mean() if len(holes) else 0.0, "y": y.mean() if len(holes) else 0.0}
    parts = [Measurements.none(len(holes))]
    if "tools_max" in judged:
        count = sum(len(sizes) for sizes, _, _ in used.values())
        text = "distinct tools:"
        parts.append(Measurements.of(count, checked=0, param="tools_max", a=-1, **middle, detail=text, cause="*tools"))
    if "delta" in judged:
        parts += [_nearly_equal(board, plated, rows[plated], *used[plated]) for plated in (True, False)]
    area = float(board.outline.area) / INCH2
    if "hits_per_in2_max" in judged and area > 0:
        density, text = len(holes) / area, f"{len(holes)} holes, density"
        parts.append(Measurements.of(density, checked=0, param="hits_per_in2_max", a=-1, **middle, detail=text, cause="*hits"))
    return Measurements.join(parts)


def _nearly_equal(board: Board, plated: bool, holes: Any, sizes: Any, first: Any, count: Any) -> Measurements:
    """Differences in mm of neighbouring diameters of one plating, told at a hole of the rarer one."""
    rows = holes[first]
    rarer = np.where(count[:-1] <= count[1:], rows[:-1], rows[1:]) if len(rows) else rows
    mm, what = sizes * GRID, "plated" if plated else "unplated"
    told = [f"{d:.3f} mm ({n} {'hole' if n == 1 else 'holes'})" for d, n in zip(mm, count)]
    x, y = centres(board.holes.core[rarer])
    return Measurements.of(
        np.diff(mm), checked=0, param="delta", a=board.holes.item[rarer], x=x, y=y, kind_a=Kind.HOLE,
        detail=[f"{what} tools of {a} and {b} differ by" for a, b in pairwise(told)],
        cause=[f"*{what} {a:.2f} {b:.2f}" for a, b in pairwise(mm)],
    )  # fmt: skip
