"""The line that shows on the board what a finding measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from .board import Board, Floats, Ints, Objects, once_a_board
from .pieces import cut
from .report import ItemRef, Place

NEAR = 1e-3
"""mm by which a line may be longer or shorter than what was measured, or beside its place."""


Line = tuple[float, float, float, float]
Shapes = tuple[Objects, Floats]
"""Cores and radii."""
_MANY = 100
"""Points from which on a shape is large."""
_PAIRS = 200_000
"""Pairs of shapes of two items that are looked at, at most."""


class Rows:
    """Rows of a table by the row of another that they point to."""

    def __init__(self, key: Ints, count: int) -> None:
        self.order = np.argsort(key, kind="stable").astype(np.int32)
        self.start = np.searchsorted(key[self.order], np.arange(count + 1))

    def of(self, rows: Iterable[int]) -> Ints:
        found = [self.order[self.start[row] : self.start[row + 1]] for row in rows]
        return found[0] if len(found) == 1 else np.concatenate(found) if found else np.empty(0, np.int32)


class Index(NamedTuple):
    """Rows of a board by the item that they are of."""

    features: Rows
    holes: Rows
    components: Rows
    in_component: tuple[Rows, Rows]
    """Rows of features and of holes by row of `Board.components`."""


@once_a_board
def by_item(board: Board) -> Index:
    f, holes, items, parts = board.features, board.holes, len(board.items), len(board.components)
    return Index(
        Rows(f.item, items), Rows(holes.item, items), Rows(board.components.item, items),
        (Rows(f.component, parts), Rows(holes.component, parts)),
    )  # fmt: skip


def objects(things: Sequence[object]) -> Objects:
    out = np.empty(len(things), object)
    out[:] = things
    return out


def witness(board: Board, place: Place) -> Line | None:
    """The line x0, y0, x1, y1 in mm that shows what was measured at a place: it is as long, and its middle is there.

    It joins the two items of the place, or the one item and the board's edge; where they overlap (measured below 0) it tells
    how deep. It goes across a hole or stroke whose width was measured. Where the place is an item's own, it begins there. None
    where nothing on the board is so long there, as of what no distance is, or of a part of what is drawn: a wrong line is
    worse than none.
    """
    if place.unit != "mm" or not NEAR / 2 < abs(place.measured) < np.inf or not np.isfinite(place.x) or not place.items:
        return None
    # The middle of a gap is as far from the one as from the other: half of what was measured. So the nearest points of both
    # from there are its ends, and no pair of shapes has to be looked for.
    one = _measurable(board, place.items[0], place)
    if len(place.items) > 1:
        other = _measurable(board, place.items[1], place)
    else:
        routed = board.derived.routed()
        other = np.r_[one[0], routed.core], np.r_[one[1], routed.radius]
    found = (
        _joined(_ends(*one, place), _ends(*other, place), place)
        or _between_middles(board, place) or _across(board, place) or _ring(board, place) or _from_item(board, one, other, place)
    )  # fmt: skip
    return found[0] if found else None


def _ends(core: Objects, radius: Floats, place: Place) -> Floats:
    """The points, N x 2, of shapes that are half as far from a place as was measured there."""
    at, half = shapely.points(place.x, place.y), place.measured / 2
    away = np.asarray(shapely.distance(core, at), np.float64)
    fits = np.flatnonzero((np.abs(away - radius - half) < NEAR) & (away > 0))
    middle = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(core[fits], at), 0))
    way = [place.x, place.y] - middle
    return np.asarray(middle + way * (radius[fits] / away[fits])[:, None], np.float64)


def _joined(one: Floats, other: Floats, place: Place) -> list[Line]:
    """The line from one of these to one of those points that is as long as was measured."""
    if not len(one) or not len(other):
        return []
    way = other - one[:, None]
    off = np.abs(np.hypot(way[..., 0], way[..., 1]) - abs(place.measured))
    i, j = divmod(int(np.argmin(off)), len(other))
    return [(*one[i].tolist(), *other[j].tolist())] if off[i, j] < NEAR else []


def _between_middles(board: Board, place: Place) -> list[Line]:
    """The line between the middles of two items, where that was measured: a pitch."""
    if len(place.items) != 2 or min(item.row for item in place.items) < 0:
        return []
    rows = [item.row for item in place.items]
    (x0, x1), (y0, y1) = board.items.x[rows].tolist(), board.items.y[rows].tolist()
    long = abs(np.hypot(x1 - x0, y1 - y0) - place.measured) < NEAR
    return [(x0, y0, x1, y1)] if long and np.hypot((x0 + x1) / 2 - place.x, (y0 + y1) / 2 - place.y) < NEAR else []


def _across(board: Board, place: Place) -> list[Line]:
    """The line across a hole or stroke of an item, where its width was measured."""
    for item in place.items:
        core, radius = _measurable(board, item, place)
        at = shapely.Point(place.x, place.y)
        fits = np.flatnonzero((np.abs(2 * radius - place.measured) < NEAR) & (shapely.distance(core, at) < NEAR))
        for row in fits[np.isin(shapely.get_type_id(core[fits]), (0, 1, 2))].tolist():
            xy = shapely.get_coordinates(core[row])
            along = np.array([0.0, 1.0])
            if len(xy) > 1:
                step = int(np.argmin(shapely.distance(shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)), at)))
                along = xy[step + 1] - xy[step]
            x, y = np.array([along[1], -along[0]]) / np.hypot(*along) * place.measured / 2
            return [(place.x - x, place.y - y, place.x + x, place.y + y)]
    return []


def _ring(board: Board, place: Place) -> list[Line]:
    """The line across the ring of copper about a hole, where that was measured: from the hole's edge to the land's, where it is
    narrowest. The place of a ring is the hole's middle; a slot's ring is as narrow there or at an end of its middle line."""
    (item, *_), holes, index = place.items, board.holes, by_item(board)
    if len(place.items) != 1 or item.row < 0:
        return []
    at = shapely.Point(place.x, place.y)
    drilled = index.holes.of([item.row])
    drilled = drilled[np.isin(shapely.get_type_id(holes.core[drilled]), (0, 1))]
    for hole in drilled[shapely.distance(shapely.centroid(holes.core[drilled]), at) < NEAR].tolist():
        for x, y in [(place.x, place.y), *shapely.get_coordinates(holes.core[hole]).tolist()]:
            if found := _ring_at(board, place, shapely.Point(x, y), float(holes.radius[hole])):
                return found
    return []


def _ring_at(board: Board, place: Place, at: Any, bore: float) -> list[Line]:
    """The same about one point of the hole's middle line; `bore` is its radius."""
    f = board.features
    rows = by_item(board).features.of([place.items[0].row])
    rows = rows[np.isin(board.layers.name[f.layer[rows]].astype(str), place.layers) & (board.layers.order[f.layer[rows]] >= 0)]
    inside = shapely.intersects(f.core[rows], at) & (shapely.get_type_id(f.core[rows]) == 3)
    rim = np.where(inside, shapely.boundary(f.core[rows]), f.core[rows])
    away = np.asarray(shapely.distance(rim, at), np.float64)
    depth = np.where(inside, f.radius[rows] + away, f.radius[rows] - away)
    for k in np.flatnonzero(np.abs(depth - bore - place.measured) < NEAR).tolist():
        if len(np.unique(np.round(depth[f.layer[rows] == f.layer[rows[k]]], 4))) > 1:
            continue  # lands of several pieces: the ring is that of all of them
        x, y = shapely.get_coordinates(shapely.shortest_line(at, rim[k]))[1] - [at.x, at.y]
        way = np.array([x, y] if inside[k] else [-x, -y]) / away[k] if away[k] > 0 else _aside(f.core[rows[k]])
        (x0, y0), (x1, y1) = [at.x, at.y] + way * bore, [at.x, at.y] + way * depth[k]
        return [(float(x0), float(y0), float(x1), float(y1))]
    return []


def _aside(core: Any) -> Floats:
    """The way out of a land from a point of its middle line: across that, or to the right of a round one."""
    xy = shapely.get_coordinates(core)
    along = xy[-1] - xy[0]
    long = float(np.hypot(*along))
    return np.array([-along[1], along[0]]) / long if long else np.array([1.0, 0.0])


def _from_item(board: Board, one: Shapes, other: Shapes, place: Place) -> list[Line]:
    """The shortest line from an item whose middle is the place to the other, where it is as long as was measured."""
    item = place.items[0].row
    own = (
        item >= 0
        and place.items[0].kind != "component"
        and np.hypot(board.items.x[item] - place.x, board.items.y[item] - place.y) < NEAR
    )
    if not own or place.measured < 0 or not 0 < len(one[0]) * len(other[0]) <= _PAIRS:
        return []
    i, j = (k.ravel() for k in np.meshgrid(np.arange(len(one[0])), np.arange(len(other[0])), indexing="ij"))
    away = np.asarray(shapely.distance(one[0][i], other[0][j]), np.float64)
    off = np.abs(away - one[1][i] - other[1][j] - place.measured)
    best = int(np.argmin(np.where(away > 0, off, np.inf)))
    if not off[best] < NEAR:
        return []
    start, end = shapely.get_coordinates(shapely.shortest_line(one[0][i[best]], other[0][j[best]]))
    way = (end - start) / away[best]
    return [(*(start + way * one[1][i[best]]).tolist(), *(end - way * other[1][j[best]]).tolist())]


def _measurable(board: Board, item: ItemRef, place: Place) -> Shapes:
    """Cores and radii of all that a check may have measured from: copper, openings, ink and holes of an item, of a drawing the
    line that the pen followed as well; of a component its lands, body and courtyards; of the board's edge all that is routed.
    Of a large area that does not hold the place it is the boundary near there."""
    if item.row < 0:
        return objects([]), np.empty(0)
    f, holes, index, large = board.features, board.holes, by_item(board), _large(board)
    rows, drilled, parts = index.features.of([item.row]), index.holes.of([item.row]), index.components.of([item.row])
    if len(parts):
        more, deeper = (of.of(parts.tolist()) for of in index.in_component)
        rows, drilled = np.r_[rows, more], np.r_[drilled, deeper]
    core, radius = [holes.core[drilled]], [holes.radius[drilled]]
    if large.mask[rows].any():
        near = large.near(place.x, place.y, abs(place.measured) + 2 * NEAR)
        near = near[(large.pieces.owner[near][:, None] == rows).any(axis=1)]
        if len(place.items) > 1:  # of one area the place may be within: in a neck of it
            whole = np.unique(large.pieces.owner[near])
            near = near[~np.isin(large.pieces.owner[near], whole[shapely.intersects_xy(f.core[whole], place.x, place.y)])]
        core, radius = [*core, large.pieces.core[near]], [*radius, large.pieces.radius[near]]
        rows = rows[~large.mask[rows]]
    core, radius = [*core, f.core[rows]], [*radius, f.radius[rows]]
    if len(parts):
        c, known = board.components, board.derived.parts()
        areas = (known.body, known.envelope, c.courtyard_top, c.courtyard_bottom, c.fab)
        drawn = objects([area for column in areas for area in column[parts].tolist() if area is not None and not area.is_empty])
        core, radius = [*core, drawn], [*radius, np.zeros(len(drawn))]
    elif item.kind in ("graphic", "edge"):
        core, radius = [*core, f.core[rows]], [*radius, np.zeros(len(rows))]
    if item.kind == "edge":
        routed = board.derived.routed()
        core, radius = [*core, routed.core], [*radius, routed.radius]
    return np.concatenate(core), np.concatenate(radius)


class _Large:
    """Features of many points (zone fills), their boundaries cut into pieces that are looked up by where they are."""

    def __init__(self, board: Board) -> None:
        f = board.features
        self.mask = shapely.get_num_coordinates(f.core) > _MANY
        rows = np.flatnonzero(self.mask).astype(np.int32)
        shapely.prepare(f.core[rows])
        self.pieces = cut(f.core[rows], f.radius[rows], rows)
        self._tree = shapely.STRtree(self.pieces.core)

    def near(self, x: float, y: float, reach: float) -> Ints:
        """Pieces within a square about a point."""
        return np.asarray(self._tree.query(shapely.box(x - reach, y - reach, x + reach, y + reach)), np.int32)


@once_a_board
def _large(board: Board) -> _Large:
    return _Large(board)
