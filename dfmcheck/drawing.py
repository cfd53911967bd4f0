"""What pictures of a board show, whatever draws them: its colours, the things a finding names, the line that was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from .board import Board, Floats, Ints, Kind, Objects, once_a_board
from .report import ItemRef, Place

MASKS = {
    "green": "#14622e", "red": "#8f1a1a", "blue": "#1a4a8f", "purple": "#4b1a78", "black": "#1c1c1c", "white": "#e4e4e0",
    "yellow": "#c9a31c",
}  # fmt: skip
"""Colours of solder mask by the words that KiCad's stackup uses."""
SILKS = {**MASKS, "white": "#f2f2ee", "black": "#111111"}
FINISHES = {"gold": "#d4a847", "tin": "#c4c6c8", "copper": "#c87b4a"}
"""Colours of bare copper under its finish."""
_GOLD, _TIN = re.compile(r"gold|enig|enepig|immersion au", re.IGNORECASE), re.compile(r"hasl|hal\b|tin|silver", re.IGNORECASE)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Look(NamedTuple):
    """The colours of a board, as #RRGGBB."""

    mask: tuple[str, str]
    """Of the top and the bottom."""
    silk: tuple[str, str]
    finish: str
    """Of copper that the mask leaves open."""
    covered: tuple[str, str]
    """Of copper under the mask."""
    substrate: str


def look(board: Board) -> Look:
    """The colours that the stackup states; green mask, white legend and gold where it says nothing."""
    mask, silk = [], []
    for side in ("F", "B"):
        mask.append(_stated(board, f"{side}.Mask", MASKS, "green"))
        silk.append(_stated(board, f"{side}.SilkS", SILKS, "white"))
    finish = "tin" if _TIN.search(board.finish) and not _GOLD.search(board.finish) else "gold"
    covered = [_mix(m, "#d9a26a", 0.22) for m in mask]
    return Look((mask[0], mask[1]), (silk[0], silk[1]), FINISHES[finish], (covered[0], covered[1]), "#c8b98a")


def _stated(board: Board, layer: str, words: dict[str, str], default: str) -> str:
    said = next((s.color for s in board.stackup if s.name in (layer, layer.replace("SilkS", "Silkscreen"))), "")
    if found := _HEX.match(said):
        return found[0].lower()
    return words.get(said.lower(), words[default])


def _mix(a: str, b: str, share: float) -> str:
    channels = [round(int(a[i : i + 2], 16) * (1 - share) + int(b[i : i + 2], 16) * share) for i in (1, 3, 5)]
    return "#" + "".join(f"{c:02x}" for c in channels)


class Marked(NamedTuple):
    """What one item of a finding is on the board."""

    features: Ints
    """Rows of `Board.features`."""
    holes: Ints
    """Rows of `Board.holes`."""
    outline: bool = False
    """The board's outline."""
    bodies: Ints = np.empty(0, np.int32)
    """Rows of `Board.components` of which the body is meant as well."""


class _Index(NamedTuple):
    """Rows of a board by the item that they are of."""

    features: _Rows
    holes: _Rows
    components: _Rows
    in_component: tuple[_Rows, _Rows]
    """Rows of features and of holes by row of `Board.components`."""


class _Rows:
    """Rows of a table by the row of another that they point to."""

    def __init__(self, key: Ints, count: int) -> None:
        self.order = np.argsort(key, kind="stable").astype(np.int32)
        self.start = np.searchsorted(key[self.order], np.arange(count + 1))

    def of(self, rows: Iterable[int]) -> Ints:
        found = [self.order[self.start[row] : self.start[row + 1]] for row in rows]
        return np.concatenate(found) if found else np.empty(0, np.int32)


@once_a_board
def _index(board: Board) -> _Index:
    f, holes, items, parts = board.features, board.holes, len(board.items), len(board.components)
    return _Index(
        _Rows(f.item, items), _Rows(holes.item, items), _Rows(board.components.item, items),
        (_Rows(f.component, parts), _Rows(holes.component, parts)),
    )  # fmt: skip


def marked(board: Board, item: int, kind: str, layers: tuple[str, ...] = ()) -> Marked:
    """The shapes of an item (row of `Board.items`) that a finding names as a `kind`, on the layers that it speaks of.

    Where the item has nothing on those layers it is all that it has; a component is the lands, body and texts of its
    footprint.
    """
    if item < 0:
        return Marked(np.empty(0, np.int32), np.empty(0, np.int32))
    index = _index(board)
    bodies = np.empty(0, np.int32)
    if kind == "component" and board.items.kind[item] == Kind.COMPONENT:
        bodies = index.components.of([item])
        rows, drilled = (of.of(bodies.tolist()) for of in index.in_component)
    else:
        rows, drilled = index.features.of([item]), index.holes.of([item])
    if kind == "hole":
        rows = rows[:0] if len(drilled) else rows
    else:
        drilled = drilled[:0] if len(rows) and kind != "component" else drilled
        on = np.isin(board.layers.name[board.features.layer[rows]].astype(str), layers)
        rows = rows[on] if on.any() else rows
    return Marked(rows, drilled, kind == "edge", bodies)


def shapes(board: Board, thing: Marked) -> tuple[Objects, Floats]:
    """Cores and radii of what is marked: of the outline its rings, of a body its area."""
    f, holes = board.features, board.holes
    core, radius = [f.core[thing.features], holes.core[thing.holes]], [f.radius[thing.features], holes.radius[thing.holes]]
    more = []
    if thing.outline:
        more += shapely.get_rings(shapely.get_parts(board.outline)).tolist()
    if len(thing.bodies):
        more += [body for body in board.derived.parts().body[thing.bodies].tolist() if body is not None]
    return np.concatenate([*core, _objects(more)]), np.concatenate([*radius, np.zeros(len(more))])


def _objects(things: Sequence[object]) -> Objects:
    out = np.empty(len(things), object)
    out[:] = things
    return out


NEAR = 1e-3
"""mm by which a line may be longer or shorter than what was measured, or beside its place."""


Line = tuple[float, float, float, float]


def witness(board: Board, place: Place) -> Line | None:
    """The line x0, y0, x1, y1 in mm that shows what was measured at a place: it is as long, and its middle is there.

    It joins the two items of the place, or the one item and the board's edge; where they overlap (measured below 0) it tells
    how deep. It goes across a hole or stroke whose width was measured. None where nothing on the board is so long there, as
    of what no distance is, or of a part of what is drawn: a wrong line is worse than none.
    """
    if place.unit != "mm" or not NEAR / 2 < abs(place.measured) < np.inf or not np.isfinite(place.x) or not place.items:
        return None
    # The middle of a gap is as far from the one as from the other: half of what was measured. So the nearest points of both
    # from there are its ends, and no pair of shapes has to be looked for.
    one = _ends(*_measurable(board, place.items[0]), place)
    if len(place.items) > 1:
        other = _ends(*_measurable(board, place.items[1]), place)
    else:
        routed = board.derived.routed()
        other = _ends(routed.core, routed.radius, place)
    found = _joined(one, other, place) or _between_middles(board, place) or _across(board, place) or _ring(board, place)
    return found[0] if found else None


def _ends(core: Objects, radius: Floats, place: Place) -> Floats:
    """The points, N x 2, of shapes that are half as far from a place as was measured there."""
    at, half = shapely.Point(place.x, place.y), place.measured / 2
    away = np.asarray(shapely.distance(core, at), np.float64)
    fits = np.flatnonzero((np.abs(away - radius - half) < NEAR) & (away > 0))
    middle = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(core[fits], at), 0))
    way = [place.x, place.y] - middle
    return np.asarray(middle + way * (radius[fits] / away[fits])[:, None], np.float64)


def _joined(one: Floats, other: Floats, place: Place) -> list[Line]:
    """The line from one of these to one of those points that is as long as was measured."""
    if not len(one) or not len(other):
        return []
    i, j = (k.ravel() for k in np.meshgrid(np.arange(len(one)), np.arange(len(other)), indexing="ij"))
    lines = np.c_[one[i], other[j]]
    off = np.abs(np.hypot(*(lines[:, 2:] - lines[:, :2]).T) - abs(place.measured))
    return [tuple(lines[int(np.argmin(off))].tolist())] if off.min() < NEAR else []


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
        core, radius = _measurable(board, item)
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
    """The line across the ring of copper about a round hole, where that was measured: from the hole's edge to the land's, where
    it is narrowest. The place of a ring is the hole's middle."""
    (item, *_), f, holes, index = place.items, board.features, board.holes, _index(board)
    if len(place.items) != 1 or item.row < 0:
        return []
    at = shapely.Point(place.x, place.y)
    drilled = index.holes.of([item.row])
    drilled = drilled[(shapely.get_type_id(holes.core[drilled]) == 0) & (shapely.distance(holes.core[drilled], at) < NEAR)]
    rows = index.features.of([item.row])
    rows = rows[np.isin(board.layers.name[f.layer[rows]].astype(str), place.layers) & (board.layers.order[f.layer[rows]] >= 0)]
    inside = shapely.intersects(f.core[rows], at) & (shapely.get_type_id(f.core[rows]) == 3)
    rim = np.where(inside, shapely.boundary(f.core[rows]), f.core[rows])
    away = np.asarray(shapely.distance(rim, at), np.float64)
    depth = np.where(inside, f.radius[rows] + away, f.radius[rows] - away)
    for hole in drilled.tolist():
        bore = float(holes.radius[hole])
        for k in np.flatnonzero(np.abs(depth - bore - place.measured) < NEAR).tolist():
            if len(np.unique(np.round(depth[f.layer[rows] == f.layer[rows[k]]], 4))) > 1:
                continue  # lands of several pieces: the ring is that of all of them
            x, y = shapely.get_coordinates(shapely.shortest_line(at, rim[k]))[1] - [place.x, place.y]
            way = np.array([x, y] if inside[k] else [-x, -y]) / away[k] if away[k] > 0 else np.array([1.0, 0.0])
            (x0, y0), (x1, y1) = [place.x, place.y] + way * bore, [place.x, place.y] + way * depth[k]
            return [(float(x0), float(y0), float(x1), float(y1))]
    return []


def _measurable(board: Board, item: ItemRef) -> tuple[Objects, Floats]:
    """Cores and radii of all that a check may have measured from: copper, openings, ink and holes of an item; of a component its
    lands, body and courtyards as well; of the board's edge all that is routed."""
    if item.row < 0:
        return _objects([]), np.empty(0)
    f, holes, index = board.features, board.holes, _index(board)
    rows, drilled, parts = index.features.of([item.row]), index.holes.of([item.row]), index.components.of([item.row])
    if len(parts):
        more, deeper = (of.of(parts.tolist()) for of in index.in_component)
        rows, drilled = np.r_[rows, more], np.r_[drilled, deeper]
    core, radius = [f.core[rows], holes.core[drilled]], [f.radius[rows], holes.radius[drilled]]
    if len(parts):
        c, known = board.components, board.derived.parts()
        areas = (known.body, known.envelope, c.courtyard_top, c.courtyard_bottom, c.fab)
        drawn = _objects([area for column in areas for area in column[parts].tolist() if area is not None and not area.is_empty])
        core, radius = [*core, drawn], [*radius, np.zeros(len(drawn))]
    if item.kind == "edge":
        routed = board.derived.routed()
        core, radius = [*core, routed.core], [*radius, routed.radius]
    return np.concatenate(core), np.concatenate(radius)
