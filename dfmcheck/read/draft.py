"""A board while it is read: rows are appended one by one, geometry is built in bulk at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import shapely

from ..board import Components, Features, Floats, Holes, Items, Kind, Note, Objects, Pads, Table, Texts, Vias, Zones

T = TypeVar("T", bound=Table)
Points = Sequence[tuple[float, float]] | Floats


class Shapes:
    """A pool of cores. Each method returns the number of a shape in the array that `build` makes at once."""

    def __init__(self) -> None:
        self._n = 0
        self._points: list[tuple[int, float, float]] = []
        self._segments: list[tuple[int, float, float, float, float]] = []
        self._lines: list[tuple[int, Points]] = []
        self._rings: list[tuple[int, Points]] = []
        self._areas: list[tuple[int, Sequence[Points]]] = []
        self._ready: list[tuple[int, Any]] = []
        self.invalid: list[int] = []
        """After `build`: polygons that crossed themselves and were mended."""

    def _next(self) -> int:
        self._n += 1
        return self._n - 1

    def point(self, x: float, y: float) -> int:
        i = self._next()
        self._points.append((i, x, y))
        return i

    def segment(self, x1: float, y1: float, x2: float, y2: float) -> int:
        if x1 == x2 and y1 == y2:
            return self.point(x1, y1)
        i = self._next()
        self._segments.append((i, x1, y1, x2, y2))
        return i

    def line(self, points: Points) -> int:
        """An open chain of points; a point where they all coincide."""
        if len(points) == 2:
            return self.segment(points[0][0], points[0][1], points[1][0], points[1][1])
        first = points[0]
        if all(p[0] == first[0] and p[1] == first[1] for p in points):
            return self.point(first[0], first[1])
        i = self._next()
        self._lines.append((i, points))
        return i

    def ring(self, points: Points) -> int:
        """The closed chain through the points (no area)."""
        if len(points) < 3:
            return self.line(points)
        i = self._next()
        self._rings.append((i, points))
        return i

    def area(self, points: Points) -> int:
        """The polygon inside the points."""
        return self.rings([points])

    def rings(self, rings: Sequence[Points]) -> int:
        """The polygon of a shell and holes."""
        if len(rings[0]) < 3:
            return self.line(rings[0])
        i = self._next()
        self._areas.append((i, rings))
        return i

    def ready(self, geometry: Any) -> int:
        i = self._next()
        self._ready.append((i, geometry))
        return i

    def build(self) -> Objects:
        out = np.empty(self._n, object)
        if self._points:
            a = np.array(self._points)
            out[a[:, 0].astype(np.intp)] = shapely.points(a[:, 1:])
        if self._segments:
            a = np.array(self._segments)
            out[a[:, 0].astype(np.intp)] = shapely.linestrings(a[:, 1:].reshape(-1, 2, 2))
        if self._lines:
            out[[i for i, _ in self._lines]] = bulk(shapely.linestrings, [p for _, p in self._lines])
        if self._rings:
            rows = np.array([i for i, _ in self._rings])
            out[rows] = bulk(shapely.linearrings, [p for _, p in self._rings])
            for i in rows[~shapely.is_valid(out[rows])].tolist():  # it crosses itself, or is a point
                out[i] = _line(shapely.get_coordinates(out[i]))
        if self._areas:
            rows = np.array([i for i, _ in self._areas])
            rings = bulk(shapely.linearrings, [ring for _, area in self._areas for ring in area])
            out[rows] = shapely.polygons(rings, indices=np.repeat(np.arange(len(rows)), [len(area) for _, area in self._areas]))
            self.invalid = rows[~shapely.is_valid(out[rows])].tolist()
            for i in self.invalid:
                out[i] = mend(out[i])
        for i, geometry in self._ready:
            out[i] = geometry
        return out


def bulk(make: Any, chains: Sequence[Points]) -> Any:
    """Lines or rings through each of the lists of points, in one call."""
    xy = np.concatenate([np.asarray(p, np.float64) for p in chains])
    return make(xy, indices=np.repeat(np.arange(len(chains)), [len(p) for p in chains]))


def _line(xy: Floats) -> Any:
    return shapely.Point(xy[0]) if (xy == xy[0]).all() else shapely.LineString(xy)


def mend(polygon: Any) -> Any:
    """The area that a polygon covers that crosses or touches itself; its boundary where it has no area."""
    good = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    parts = [g for g in shapely.get_parts(good) if g.geom_type in ("Polygon", "MultiPolygon") and g.area > 0]
    if not parts:
        return _line(shapely.get_coordinates(polygon))
    return shapely.union_all(parts) if len(parts) > 1 else parts[0]


class Draft:
    """Rows in the order of the tables' columns, see `dfmcheck.board`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.shapes = Shapes()
        self.items: list[tuple[Any, ...]] = []
        self.features: list[tuple[int, float, int, int, int, int, int, int, int, int]] = []
        self.holes: list[tuple[Any, ...]] = []
        self.pads: list[tuple[Any, ...]] = []
        self.vias: list[tuple[Any, ...]] = []
        self.zones: list[tuple[Any, ...]] = []
        self.components: list[tuple[Any, ...]] = []
        self.texts: list[tuple[Any, ...]] = []
        self.notes: list[Note] = []
        self.doubtful: list[tuple[int, bool, bool, bool]] = []
        """Lands that are copper only where something joins them, see `kicad_unused`."""

    def item(self, kind: Kind, offset: int, net: int, component: int, label: str, x: float, y: float) -> int:
        self.items.append((kind, 0, offset, net, component, label, x, y, False))
        return len(self.items) - 1

    def feature(
        self, shape: int, radius: float, layer: int, kind: Kind, item: int, net: int = -1,
        *, pad: int = -1, via: int = -1, zone: int = -1, component: int = -1,
    ) -> None:  # fmt: skip
        self.features.append((shape, radius, layer, kind, item, net, pad, via, zone, component))

    def tables(self) -> dict[str, Any]:
        """The tables of the board, keyed as `Board` names them."""
        cores = self.shapes.build()
        raw = np.array(self.features, np.float64).reshape(-1, len(fields(Features)))
        names = [f.name for f in fields(Features)]
        columns: dict[str, Any] = {name: raw[:, i] for i, name in enumerate(names)}
        columns["core"] = cores[raw[:, 0].astype(np.intp)]
        holes = [(cores[row[0]], *row[1:]) for row in self.holes]
        return {
            "items": _table(Items, self.items),
            "features": Features.of(**columns),
            "holes": _table(Holes, holes),
            "pads": _table(Pads, self.pads),
            "vias": _table(Vias, self.vias),
            "zones": _table(Zones, self.zones),
            "components": _table(Components, self.components),
            "texts": _table(Texts, self.texts),
        }


def _table(cls: type[T], rows: list[tuple[Any, ...]]) -> T:
    columns = list(zip(*rows)) if rows else [()] * len(fields(cls))
    return cls.of(**{f.name: list(column) for f, column in zip(fields(cls), columns)})
