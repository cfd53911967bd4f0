"""Polarised parts that nothing on the board tells which way round they go."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from .. import shape
from ..board import Board, Bools, Floats, Ints, Kind
from ..check import Context, Measurements, Skip, check
from ..parts_names import prefix
from ..silk import Ink, Openings, openings

_MAYBE_BOTH = re.compile(r"varistor|(?<![a-z])(tvm|tvs|esd|mov|mlv)(?![a-z])", re.IGNORECASE)
"""Names of parts that are made for one way and for both ways."""
_HEADER = re.compile(r"pin_?(?:header|socket|strip)|(?<![a-z])header", re.IGNORECASE)
_KEYED = re.compile(r"idc|box|shroud|keyed|locked|polari[sz]ed", re.IGNORECASE)
"""Rows of pins work either way round, unless their housing has a key; a mark tells those who plug into them."""
_ALIKE = 0.05
"""mm by which lands and ink may differ from those of the other end and still be alike."""
_LONG = 1.5
"""Drawings and texts of the board that are longer than a part and the reach about it by this factor are no mark of it."""
_CLOSE = 1.0
"""mm; ink no farther from a part may be meant for it, though it is nearer to another where parts stand close."""
_SPECK = 0.01
"""mm2 of ink that is seen."""
_BOTH_WAYS = frozenset(
    {"R", "RN", "RA", "RP", "RM", "RR", "L", "FB", "FL", "T", "TR", "SW", "S", "BTN", "KEY", "ANT", "F", "H", "MH", "TP"}
)
"""Letters of references whose parts work either way round where their lands are alike."""


@check("polarity_marking", maxima="mark_to_pin", tunes="visible_after_assembly")
def polarity_marking(ctx: Context) -> Measurements:
    """Distance in mm from pin 1 (or the cathode) of a polarised part to the ink that tells it from the other end.

    A mark is ink of the part, other than its reference and value, or free ink near it, and nearest to it, that changes
    when the part is turned by half a turn, outside its mask openings and, with `visible_after_assembly`, outside its
    body. Parts whose lands are not alike after half a turn need none: they fit one way, or the shape of land 1 marks it.
    A part without a mark is told with the reason, a step softer where its name is that of a suppressor that may work both
    ways or of a plain row of pins; one finding for all parts of one footprint, and one for all whose footprints draw no ink.
    """
    board = ctx.board
    parts, c = board.derived.parts(), board.components
    letters = np.array([prefix(str(ref)) for ref in c.ref], object)
    asked = parts.polarised & parts.fitted & (parts.pin1 >= 0) & ~np.isin(letters.astype(str), list(_BOTH_WAYS))
    rows = np.flatnonzero(asked)
    if not len(rows):
        raise Skip("no polarised part with a numbered pin 1")
    look = _Look(board, ctx.tune("visible_after_assembly") > 0, ctx.reach("mark_to_pin"))
    found = [(row, *seen) for row in rows.tolist() if (seen := look.at(row)) is not None]
    row = np.array([f[0] for f in found], np.int32)
    pin = parts.pin1[row]
    value = np.array([f[1] for f in found], np.float64)
    return Measurements.of(
        value, checked=len(rows), param=np.where(np.isfinite(value), "mark_to_pin", "").astype(object), a=c.item[row],
        b=board.pads.item[pin], x=board.pads.x[pin], y=board.pads.y[pin], detail=[f[2] for f in found],
        cause=[f"*{f[3]}" for f in found], soften=[look.doubtful(r) for r in row.tolist()],
    )  # fmt: skip


class _Look:
    """Looks for marks; what parts of one footprint share is looked at once."""

    def __init__(self, board: Board, assembled: bool, reach: float) -> None:
        self.board, self.assembled, self.reach = board, assembled, reach
        self.ink: Ink = board.derived.ink()
        self.openings: Openings = openings(board)
        text = self.ink.text
        named = np.isin(np.append(board.texts.role, "").astype(str), ["reference", "value"])
        says = np.append(np.array([
            c >= 0 and label in (board.components.ref[c], board.components.value[c])
            for c, label in zip(board.texts.component.tolist(), board.items.label[board.texts.item])
        ], np.bool_), False)  # fmt: skip
        marks = ~(named | says)[text] | (text < 0)
        self.own = _Rows(self.ink.component, marks)
        self.windows = _Rows(self.openings.component)
        self.pads = _Rows(board.pads.component)
        self.free = self.ink.take((self.ink.component < 0) & marks)
        self.tree = shapely.STRtree(self.free.boxes)
        self.long = _lengths(self.free)
        self.neighbours: dict[int, tuple[Ints, Any]] = {}
        f = board.features
        outer = (f.kind == Kind.PAD) & (board.layers.order >= 0)[f.layer] & (board.layers.side[f.layer] != "inner")
        self.lands = _Rows(f.pad, outer)
        self.marked: dict[tuple[Any, ...], bool] = {}
        self.turned: dict[int, Ints | None] = {}

    def at(self, row: int) -> tuple[float, str, str] | None:
        """Distance, words and cause for a part without a mark or with a distant one; None for one that is fine."""
        c = self.board.components
        pads, own = self.pads.of(row), self.own.of(row)
        name = str(c.footprint[row])
        key = (name, int(c.side[row]), len(pads), len(own))
        fine = self.marked.get(key)
        if fine is None or not name:
            fine = self.marked[key] = self._one_way(pads) or self._mark(row, own, _NONE)[0] <= self.reach
        if fine or self._no_matter(row, pads):
            return None
        near = self._near(row, pads)
        if len(near) and self._mark(row, own, near)[0] <= self.reach:
            return None
        distance, words = self._mark(row, own, _NONE)
        if np.isfinite(distance):
            return distance, "", name or "marks far from pin 1"
        return np.nan, f"{words} ({name})", name if len(own) else "no ink of their own"

    def doubtful(self, row: int) -> bool:
        """Whether the part may be one that works both ways."""
        c = self.board.components
        footprint = str(c.footprint[row])
        plain = _HEADER.search(footprint) is not None and _KEYED.search(footprint) is None
        return plain or _MAYBE_BOTH.search(f"{c.value[row]} {footprint}") is not None

    def _one_way(self, pads: Ints) -> bool:
        """Whether half a turn about their middle takes the lands to none."""
        return self._twins(pads) is None

    def _twins(self, pads: Ints) -> Ints | None:
        first = int(pads[0]) if len(pads) else -1
        if first not in self.turned:
            self.turned[first] = _twins(self.board, pads)
        return self.turned[first]

    def _no_matter(self, row: int, pads: Ints) -> bool:
        """Whether half a turn takes each land to one of its net, or the part is a crystal, whose other lands are its case."""
        twins = self._twins(pads)
        if twins is None:
            return True
        net = self.board.pads.net[pads]
        same = (net == net[twins]) & (net >= 0)
        if self.board.derived.parts().family[row] == "xtal":
            return bool((same | (net < 0)).sum() >= len(pads) - 2)
        return bool(same.all())

    def _near(self, row: int, pads: Ints) -> Ints:
        """Free ink on the part's side, near any of its lands, nearest to this part and not much longer than it."""
        p = self.board.pads
        if not len(pads) or not len(self.free):
            return _NONE
        half = np.hypot(p.width[pads], p.height[pads]).max() / 2 + self.reach
        box = shapely.box(p.x[pads].min() - half, p.y[pads].min() - half, p.x[pads].max() + half, p.y[pads].max() + half)
        hits = self.tree.query(box)
        most = _LONG * np.hypot(np.ptp(p.x[pads]) + 2 * half, np.ptp(p.y[pads]) + 2 * half)
        hits = hits[(self.free.side[hits] == self.board.components.side[row]) & (self.long[hits] <= most)]
        return np.asarray(hits[self._nearest(hits, row)], np.int32)

    def _nearest(self, free: Ints, row: int) -> Bools:
        """Whether free ink is close to this part, or no other part on the side is nearer to it."""
        c, side = self.board.components, int(self.board.components.side[row])
        if side not in self.neighbours:
            rows = np.flatnonzero(c.side == side).astype(np.int32)
            shapes = self.board.derived.parts().envelope[rows].copy()
            bare = np.array([one is None for one in shapes], np.bool_)
            shapes[bare] = shapely.points(c.x[rows[bare]], c.y[rows[bare]])
            self.neighbours[side] = (rows, shapely.STRtree(shapes))
        rows, tree = self.neighbours[side]
        ink = self.free.core[free]
        (at, _), least = tree.query_nearest(ink, return_distance=True, all_matches=False)
        own = tree.geometries[np.searchsorted(rows, row)]
        keep = np.zeros(len(free), np.bool_)
        keep[at] = shapely.distance(ink[at], own) <= np.maximum(least + _ALIKE, _CLOSE)
        return keep

    def _mark(self, row: int, own: Ints, free: Ints) -> tuple[float, str]:
        """Distance of the nearest mark to pin 1, infinite where there is none, and then why."""
        parts, c, p = self.board.derived.parts(), self.board.components, self.board.pads
        mine = own[self.ink.side[own] == c.side[row]]
        core = np.concatenate([self.ink.core[mine], self.free.core[free]])
        radius = np.concatenate([self.ink.radius[mine], self.free.radius[free]])
        if not len(core):
            return np.inf, "no mark: its footprint prints nothing"
        pads, pin = self.pads.of(row), parts.pin1[row]
        ink = shapely.union_all(shape.polygons(core, radius, quad_segs=4))
        middle = _middle(np.c_[p.x[pads], p.y[pads]])
        windows = self.windows.of(row)
        windows = windows[self.openings.side[windows] == c.side[row]]
        near = shapely.distance(self.openings.core[windows], ink) <= self.openings.radius[windows]
        core, radius = self.openings.core[windows[near]], self.openings.radius[windows[near]]
        clear = shapely.difference(ink, shapely.union_all(shape.polygons(core, radius, quad_segs=4)))
        seen = clear
        if self.assembled and parts.body[row] is not None:
            seen = shapely.difference(clear, parts.body[row])
        mark = _uneven(seen, middle)
        if not mark.is_empty:
            f, land = self.board.features, self.lands.of(int(pin))
            return float(np.maximum(shape.distance(f.core[land], f.radius[land], mark, 0.0), 0.0).min(initial=np.inf)), ""
        if not _uneven(clear, middle).is_empty:
            return np.inf, "its mark is under the part"
        if not _uneven(ink, middle).is_empty:
            return np.inf, "its mark lies in openings of the mask, to which the legend is clipped"
        return np.inf, "no mark tells pin 1 from the other end"


_NONE = np.empty(0, np.int32)


class _Rows:
    """The rows of each owner."""

    def __init__(self, owner: Ints, keep: Bools | None = None) -> None:
        rows = np.flatnonzero(owner >= 0 if keep is None else keep & (owner >= 0))
        self._rows = rows[np.argsort(owner[rows], kind="stable")].astype(np.int32)
        self._owner = owner[self._rows]

    def of(self, owner: int) -> Ints:
        first, last = np.searchsorted(self._owner, [owner, owner + 1])
        return self._rows[first:last]


def _lengths(ink: Ink) -> Floats:
    """Diagonal in mm of the box around the whole drawing or text that each piece of ink is of."""
    if not len(ink):
        return np.empty(0)
    _, item = np.unique(ink.item, return_inverse=True)
    bounds = shapely.bounds(ink.boxes)
    low, high = np.full((item.max() + 1, 2), np.inf), np.full((item.max() + 1, 2), -np.inf)
    np.minimum.at(low, item, bounds[:, :2])
    np.maximum.at(high, item, bounds[:, 2:])
    return np.asarray(np.hypot(*(high - low).T)[item])


def _middle(xy: Floats) -> tuple[float, float]:
    low, high = xy.min(axis=0), xy.max(axis=0)
    return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2


def _twins(board: Board, pads: Ints) -> Ints | None:
    """For each pad the one (of `pads`) that half a turn about their middle takes it to; None unless all have one."""
    p = board.pads
    if not len(pads):
        return None
    xy = np.c_[p.x[pads], p.y[pads]]
    middle = np.array(_middle(xy))
    if np.abs(xy.mean(axis=0) - middle).max() > _ALIKE:
        return None
    there = 2 * middle - xy
    i, j = shapely.STRtree(shapely.points(xy)).query(shapely.box(*(there - _ALIKE).T, *(there + _ALIKE).T))
    a, b = pads[i], pads[j]
    turned = np.abs((p.angle[a] - p.angle[b] + 90) % 180 - 90)
    alike = np.abs(p.width[a] - p.width[b]) + np.abs(p.height[a] - p.height[b]) <= 2 * _ALIKE
    alike &= (p.shape[a] == p.shape[b]) & (p.type[a] == p.type[b])
    alike &= (turned < 1) | (np.abs(p.width[a] - p.height[a]) < _ALIKE)
    i, j = i[alike], j[alike]
    order = np.lexsort((-j, i))  # of several at one place the first
    twins = np.full(len(pads), -1, np.int32)
    twins[i[order]] = j[order]
    return twins if (twins >= 0).all() else None


def _uneven(ink: Any, middle: tuple[float, float]) -> Any:
    """The ink that half a turn about the middle does not take to ink, and the places that it would be taken to."""
    turned = affinity.rotate(ink, 180, origin=middle)
    left = shapely.difference(ink, shapely.buffer(turned, _ALIKE, quad_segs=4))
    left = shapely.buffer(left, 0)
    if shapely.area(left) <= _SPECK:
        return shapely.Polygon()
    return shapely.union(left, affinity.rotate(left, 180, origin=middle))
