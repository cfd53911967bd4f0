"""Holes into which pins are pressed: a drill of their own, a tolerance that somebody is told of, and room for the tool."""

from __future__ import annotations

import numpy as np
import shapely

from .. import shape
from ..board import Ints
from ..check import Context, Measurements, Skip, check
from ..parts import NO_PARTS
from ..pieces import least
from ..pressed import press_fit_holes, says_press_fit
from ._reach import SEEN

_SAME = 1e-3
"""mm; drills that differ by less are one tool."""


@check("press_fit", minima="ring_free", tunes="tolerance")
def press_fit(ctx: Context) -> Measurements:
    """Distance in mm from the rim of a press-fit hole to the body or lands of other parts on either side.

    Press-fit are plated holes of pads that say so, and of components with the word in their footprint's name, value or
    fields. Also told: a drill that other plated holes share, and a board on which no text speaks of press-fit, since no
    file but a drawing holds the tolerance. Raises `Skip` where nothing is press-fit.
    """
    board, holes, items = ctx.board, ctx.board.holes, ctx.board.items
    rows = press_fit_holes(board)
    if not len(rows):
        raise Skip("needs a press-fit part: a pad with that property, or the word in a footprint's name, value or field")
    parts = [_rings(ctx, rows), Measurements.none(len(rows))]
    x, y = shapely.get_coordinates(shapely.centroid(holes.core[rows])).T
    sizes = np.stack([holes.component[rows], np.round(holes.radius[rows] * 1e4)])
    first = np.unique(sizes, axis=1, return_index=True)[1]  # of each part each size of hole
    others = np.setdiff1d(np.flatnonzero(holes.plated), rows)
    for k in first.tolist():
        size = holes.radius[rows[k]]
        shared = others[(np.abs(holes.radius[others] - size) < _SAME) & (holes.via[others] < 0)]
        vias = others[(np.abs(holes.radius[others] - size) < _SAME) & (holes.via[others] >= 0)]
        told = [f"{len(r)} {word}" for r, word in ((shared, "holes of other pads"), (vias, "vias")) if len(r)]
        if told:
            parts.append(Measurements.of(
                np.nan, checked=0, param="", a=holes.item[rows[k]], x=x[k], y=y[k], cause=f"*tool {2 * size:.3f}",
                detail=f"press-fit holes share the drill of {2 * size:.3f} mm with {' and '.join(told)}",
            ))  # fmt: skip
    if "texts" in board.facts and not any(says_press_fit(str(items.label[i])) for i in board.texts.item.tolist()):
        tolerance = ctx.tune("tolerance")
        parts.append(Measurements.of(
            np.nan, checked=0, param="", a=holes.item[rows[0]], x=x[0], y=y[0], cause="*told", soften=1,
            detail=f"no text says that these holes are press-fit: tell their tolerance, usually {tolerance:g} mm up and down",
        ))  # fmt: skip
    return Measurements.join(parts)


def _rings(ctx: Context, rows: Ints) -> Measurements:
    """The nearest other part of each press-fit hole, once a pair of parts."""
    board, holes, c = ctx.board, ctx.board.holes, ctx.board.components
    if "ring_free" not in ctx.judged() or not len(c):
        return Measurements.none(0)
    parts = board.derived.parts()
    there = np.array([e is not None and not e.is_empty for e in parts.envelope], np.bool_)
    place = np.flatnonzero(there & ~np.isin(parts.family, tuple(NO_PARTS)) & parts.fitted)
    reach = SEEN * ctx.reach("ring_free")
    i, j = shapely.STRtree(parts.envelope[place]).query(shape.boxes(holes.core[rows], holes.radius[rows], reach))
    i, j = rows[i], place[j]
    other = holes.component[i] != j
    i, j = i[other], j[other]
    d = shape.distance(holes.core[i], holes.radius[i], parts.envelope[j], 0.0)
    # A connector inside a cage: both are pressed, one around the other.
    apart = (d > 0) | ~np.isin(j, holes.component[rows])
    i, j, d = i[apart], j[apart], d[apart]
    first = least(d, holes.component[i], j)
    i, j, d = i[first], j[first], d[first]
    x, y = shape.witness(holes.core[i], holes.radius[i], parts.envelope[j], 0.0)
    return Measurements.of(
        d, checked=0, param="ring_free", a=holes.item[i], b=c.item[j], x=x, y=y,
        cause=[f"*ring {c.ref[k]}" for k in holes.component[i].tolist()],
    )  # fmt: skip
