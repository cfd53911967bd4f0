"""Operations to cores and radii: flashes, lines, arcs and regions, each kind in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from ..board import Floats, Objects
from ..package import Form
from . import gerber_faults as what
from .gerber_apertures import Template
from .gerber_arcs import flatten
from .gerber_operations import DRAW, FLASH, Operations, operations
from .gerber_regions import regions
from .gerber_rows import Rows, join
from .gerber_scan import Scan

# The operations that a shape belongs to, one core for each, their radius.
Part = tuple[Any, Objects, float]


def draw(scan: Scan, data: bytes, path: str) -> Rows:
    """All that the file draws, in its order, y down; copies and polarity are still to come."""
    ops = operations(scan, len(data))
    order = np.arange(len(ops), dtype=np.int32)
    inside = ops.region >= 0
    pen = ~inside & (ops.aperture >= 0)
    pens = _Pens(scan)
    parts = [regions(ops, np.flatnonzero(inside), scan, path)] if inside.any() else []
    flash = order[pen & (ops.kind == FLASH)]
    if len(flash):
        parts.append(_flashes(ops, flash, pens))
    lines, curves = order[pen & (ops.kind == DRAW) & (ops.turn == 0)], order[pen & (ops.kind == DRAW) & (ops.turn != 0)]
    if len(lines):
        parts += _lines(ops, lines, pens)
    if len(curves):
        parts += _curves(ops, curves, pens, path)
    return join([p for p in parts if len(p)])


class _Pens:
    """Apertures under the transformations that were in force when they were used: "pens"."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.states = list(scan.states)
        self.transform = np.array([s.transform for s in self.states] or [0], np.int32)
        self.dark = np.array([s.dark for s in self.states] or [True])
        self.attributes = np.array([s.attributes for s in self.states] or [0], np.int32)
        self.scope = np.array([s.scope for s in self.states] or [0], np.int32)
        self.block = np.array([a.block for a in scan.definitions.all] or [0], np.int32)
        self._made: dict[int, Template | None] = {}

    def of(self, ops: Operations, rows: Any) -> Any:
        """Number of each operation's pen."""
        return ops.aperture[rows].astype(np.int64) * len(self.scan.transforms) + self.transform[ops.state[rows]]

    def template(self, pen: int) -> Template | None:
        if pen not in self._made:
            aperture, transform = divmod(pen, len(self.scan.transforms))
            plain = self.scan.definitions.all[aperture].template
            self._made[pen] = plain and plain.turned(*self.scan.transforms[transform])
        return self._made[pen]

    def rows(self, ops: Operations, rows: Any, core: Objects, radius: Floats, form: Form) -> Rows:
        state = ops.state[rows]
        n, flash = len(rows), form == Form.FLASH
        turns = np.array([angle for _, angle, _ in self.scan.transforms])
        return Rows(
            core, radius, np.full(n, form, np.int32), rows.astype(np.int32), ops.aperture[rows], self.attributes[state],
            ops.offset[rows], ops.x[rows] if flash else ops.from_x[rows], ops.y[rows] if flash else ops.from_y[rows],
            turns[self.transform[state]] if flash else np.zeros(n), self.dark[state], self.scope[state],
            self.block[ops.aperture[rows]] if flash else np.zeros(n, np.int32), self.transform[state],
        )  # fmt: skip

    def each(self, ops: Operations, rows: Any) -> Iterator[tuple[Template | None, Any]]:
        """The shape of each pen that the operations use (none where it draws nothing), with its operations."""
        pen = self.of(ops, rows)
        for p in np.unique(pen).tolist():
            yield self.template(p), rows[pen == p]

    def joined(self, ops: Operations, rows: Any, parts: list[Part], form: Form) -> Rows:
        if not parts:
            return self.rows(ops, rows[:0], np.empty(0, object), np.empty(0), form)
        radius = np.concatenate([np.full(len(at), r) for at, _, r in parts])
        return self.rows(ops, np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), radius, form)


def _flashes(ops: Operations, rows: Any, pens: _Pens) -> Rows:
    parts: list[Part] = []
    for template, at in pens.each(ops, rows):
        if template is None:
            if pens.block[ops.aperture[at[0]]]:
                parts.append((at, np.full(len(at), None, object), 0.0))
            continue
        where = np.column_stack((ops.x[at], ops.y[at]))
        parts += [(at, copies(core, where), r) for core, r in zip(template.cores, template.radii.tolist())]
    return pens.joined(ops, rows, parts, Form.FLASH)


def copies(core: Any, where: Floats) -> Objects:
    """The shape moved to each of the places (N x 2)."""
    xy = shapely.get_coordinates(core)
    n = len(where)
    if core.geom_type == "Point":
        return np.asarray(shapely.points(where + xy[0]))
    all_xy = (where[:, None] + xy[None]).reshape(-1, 2)
    if core.geom_type == "LineString":
        return np.asarray(shapely.linestrings(all_xy.reshape(n, -1, 2)))
    if core.geom_type == "Polygon" and not len(core.interiors):
        return np.asarray(shapely.polygons(all_xy.reshape(n, -1, 2)))
    out = np.empty(n, object)
    out[:] = core
    return np.asarray(shapely.set_coordinates(out, all_xy))


def _circles(ops: Operations, rows: Any, pens: _Pens) -> Floats:
    """Radius of each draw's pen, NaN where that is no circle."""
    pen = pens.of(ops, rows)
    kinds, which = np.unique(pen, return_inverse=True)
    templates = [pens.template(p) for p in kinds.tolist()]
    return np.array([np.nan if t is None else t.circle for t in templates])[which]


def _lines(ops: Operations, rows: Any, pens: _Pens) -> list[Rows]:
    radius = _circles(ops, rows, pens)
    round_ = ~np.isnan(radius)
    parts = [] if round_.all() else [_swept(ops, rows[~round_], pens, Form.LINE)]
    rows, radius = rows[round_], radius[round_]
    xy = np.column_stack((ops.from_x[rows], ops.from_y[rows], ops.x[rows], ops.y[rows]))
    core = np.empty(len(rows), object)
    dot = (xy[:, 0] == xy[:, 2]) & (xy[:, 1] == xy[:, 3])
    core[dot] = shapely.points(xy[dot, :2])
    core[~dot] = shapely.linestrings(xy[~dot].reshape(-1, 2, 2))
    return [*parts, pens.rows(ops, rows, core, radius, Form.LINE)]


def _curves(ops: Operations, rows: Any, pens: _Pens, path: str) -> list[Rows]:
    radius = _circles(ops, rows, pens)
    round_ = ~np.isnan(radius)
    parts = [] if round_.all() else [_swept(ops, rows[~round_], pens, Form.ARC)]
    rows, radius = rows[round_], radius[round_]
    if not len(rows):
        return parts
    xy, count = flatten(ops.take(rows), pens.scan.faults, path)
    core = np.asarray(shapely.linestrings(xy, indices=np.repeat(np.arange(len(rows)), count)), object)
    dot = shapely.length(core) == 0
    core[dot] = shapely.points(ops.x[rows[dot]], ops.y[rows[dot]])
    return [*parts, pens.rows(ops, rows, core, radius, Form.ARC)]


def _swept(ops: Operations, rows: Any, pens: _Pens, form: Form) -> Rows:
    """Draws with an aperture that is no circle: the hull of both flashes, exact for convex shapes."""
    parts: list[Part] = []
    for template, at in pens.each(ops, rows):
        if template is None:
            continue
        start, end = np.column_stack((ops.from_x[at], ops.from_y[at])), np.column_stack((ops.x[at], ops.y[at]))
        code, plain = (
            pens.scan.definitions.all[int(ops.aperture[at[0]])].code,
            template.shape == "rect" and len(template.cores) == 1,
        )
        shape = template.shape if np.isnan(template.drill) else f"{template.shape} with a hole"
        message = f"lines drawn with D{code}, which is no solid circle: {shape}"
        pens.scan.faults.add(what.BAD_DRAW, message, int(ops.offset[at[0]]), grave=not plain, times=len(at))
        for core, radius in zip(template.cores, template.radii.tolist()):
            both = np.stack((copies(core, start), copies(core, end)), axis=1)
            parts.append((at, np.asarray(shapely.convex_hull(shapely.geometrycollections(both)), object), radius))
    return pens.joined(ops, rows, parts, form)
