"""Where the probes of a fixture press so hard that the board bends."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .. import around
from ..board import Floats, Ints
from ..check import Context, Measurements, check
from ..probe.fixture import Nails, nails
from ..units import EPS
from .mlcc_breakline import ceramics

INCH = 25.4
_NEAR = 10.0
"""mm about a part whose joints or body crack when the board bends."""
_NEWTON = 0.278
"""N of an ounce."""


@check("probe_density", maxima="force_max near_bga", tunes="force")
def probe_density(ctx: Context) -> Measurements:
    """Most ounces that nails of one side press on any square inch, its sides along the axes (`force_max`), and nails within 10 mm
    of each ball grid array and each ceramic capacitor of 0805 or larger (`near_bga`), on the side with more of them. Further
    nails of power and ground nets count. Nothing where no fixture is in mind."""
    n = ctx.shared(nails)
    rows = np.flatnonzero(n.taken | n.more)
    if not n.meant or not len(rows):
        return Measurements.none(0)
    m = Measurements.join([Measurements.none(len(rows)), _pressed(ctx, n, rows), _parts(ctx, n, rows)])
    return m.take(np.isin(m.param, ctx.judged()))


def densest(x: Floats, y: Floats, size: float = INCH) -> Ints:
    """Indices of most points in a square of a size, its sides along the axes and counted with it: points on a grid that divides
    the size are on both of them, however their places are rounded.

    Such a square can be moved until a point lies on its left side and one on its upper: those are all that are tried.
    """
    best = np.zeros(0, np.int32)
    order, size = np.argsort(y, kind="stable"), size + EPS
    x, y = x[order], y[order]
    for left in np.unique(x).tolist():
        inside = np.flatnonzero((x >= left) & (x <= left + size))
        if len(inside) <= len(best):
            continue
        last = np.searchsorted(y[inside], y[inside] + size, side="right")
        first = int(np.argmax(last - np.arange(len(inside))))
        if last[first] - first > len(best):
            best = order[inside[first : last[first]]].astype(np.int32)
    return best


def _pressed(ctx: Context, n: Nails, rows: Any) -> Measurements:
    t, force = n.targets, ctx.tune("force")
    found = []
    for side in (0, 1):
        here = rows[n.side[rows] == side]
        if not len(here):
            continue
        most = here[densest(n.x[here], n.y[here])]
        total = len(here) * force
        x, y = n.x[most], n.y[most]
        found.append(Measurements.of(
            len(most) * force, checked=0, param="force_max", a=t.item[n.row[most[0]]], x=(x.min() + x.max()) / 2,
            y=(y.min() + y.max()) / 2, layer=ctx.board.features.layer[t.feature[n.row[most[0]]]], cause="*force",
            detail=f"all {len(here)} probes of the {'bottom' if side else 'top'} press with {total:.4g} oz "
                   f"({total * _NEWTON:.3g} N), {len(most)} of them on one square inch about here:",
        ))  # fmt: skip
    return Measurements.join(found)


def _parts(ctx: Context, n: Nails, rows: Any) -> Measurements:
    board, parts, c = ctx.board, ctx.board.derived.parts(), ctx.board.components
    there = np.flatnonzero(parts.fitted & np.array([b is not None for b in parts.body], np.bool_)).astype(np.int32)
    arrays = there[parts.family[there] == "BGA"]
    brittle = np.r_[arrays, np.setdiff1d(ceramics(board, there), arrays)].astype(np.int32)
    if not len(brittle):
        return Measurements.none(0)
    i, j, _ = around.near(parts.body[brittle], shapely.points(n.x[rows], n.y[rows]), _NEAR)
    count = np.zeros((len(brittle), 2), np.int64)
    np.add.at(count, (i, n.side[rows[j]]), 1)
    most = count.max(axis=1)
    near = np.flatnonzero(most > 0)
    array = near < len(arrays)
    part = brittle[near]
    return Measurements.of(
        most[near], checked=0, param="near_bga", a=c.item[part], x=c.x[part], y=c.y[part],
        layer=board.outer_layer(c.side[part]), cause=np.where(array, "*array", "*ceramic"),
        detail=np.where(array, "probes within 10 mm of its joints:", "probes within 10 mm of this ceramic capacitor:"),
    )  # fmt: skip
