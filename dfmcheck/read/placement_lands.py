"""Which lands belong to which part, where only the places of the parts are known.

The lands of a part lie about its centre so that each has its twin across it, of the same size, or mirrored at an axis of the
part. Each part takes its nearest such lands first, so that neighbours cannot be taken for its own; then the larger parts
take what lies next to theirs. What stays in doubt belongs to no part.
"""

from __future__ import annotations

from math import hypot

import numpy as np
import shapely

from ..board import Floats, Ints, Objects
from .placement_fit import ALIKE, TWIN, Spots
from .placement_names import held, pins_of

REACH = 40.0
"""mm from a part's centre to its farthest land."""
GAP = 1.8
"""mm between neighbouring lands of one part, from edge to edge."""
ACROSS = 5.0
"""mm from the leads of a transistor to its tab, and from an exposed pad to the pins."""
NEAR = 8.0
"""mm from a part's place within which lands that do not lie about it begin."""
NEAREST = 12
"""Lands about a part's centre among which the first of its own are looked for."""


def assign(xy: Floats, angle: Floats, side: Ints, footprint: Objects, spots: Spots) -> Ints:
    """Per spot the row of the part that it belongs to, -1 for none."""
    out = np.full(len(spots.xy), -1, np.int32)
    for s in (0, 1):
        rows = np.flatnonzero((side == s) & np.isfinite(xy[:, 0]))
        mine = np.flatnonzero((spots.side == s) | (spots.side == 2)).astype(np.int32)
        if len(rows) and len(mine):
            names = [str(f) for f in footprint[rows]]
            owner = _Side(xy[rows], angle[rows], [pins_of(f) for f in names], spots, mine)
            owner.seed()
            owner.grow()
            owner.fill()
            owner.mirror()
            owner.rows()
            owner.beside([held(f) for f in names])
            owner.fill()
            got = owner.of >= 0
            out[mine[got]] = rows[owner.of[got]]
    return out


class _Side:
    """The parts and lands of one side. `of` is per land the part that has it, -1 for none."""

    def __init__(self, xy: Floats, angle: Floats, pins: list[int], spots: Spots, rows: Ints) -> None:
        self.xy, self.angle, self.pins = xy, angle, pins
        self.at, self.size, self.drilled = spots.xy[rows], spots.size[rows], spots.side[rows] == 2
        self.of = np.full(len(rows), -1, np.int32)
        self.steps = 4 * len(rows) + 2000
        """Lands that may still be looked around for parts that have none."""
        self.tree = shapely.STRtree(shapely.points(self.at))
        self.largest = float(self.size.max())
        self.cells: dict[tuple[int, int], list[int]] = {}
        for i, (x, y) in enumerate(np.floor(self.at / 0.2).astype(int).tolist()):
            self.cells.setdefault((x, y), []).append(i)

    def twin(self, land: int, x: float, y: float) -> int:
        """The free land at (x, y) that is as large as another, -1 for none."""
        cx, cy = int(x // 0.2), int(y // 0.2)
        w, h = self.size[land]
        for i in range(cx - 1, cx + 2):
            for k in range(cy - 1, cy + 2):
                for other in self.cells.get((i, k), ()):
                    u, v = self.at[other]
                    if (
                        self.of[other] < 0 and self.drilled[other] == self.drilled[land] and hypot(u - x, v - y) <= 2 * TWIN
                        and abs(self.size[other][0] - w) <= ALIKE and abs(self.size[other][1] - h) <= ALIKE
                    ):  # fmt: skip
                        return other
        return -1

    def seed(self) -> None:
        """Give each part its nearest land with that one's twin; the part that is nearest to them first."""
        part, land, away = self._nearest()
        k, other = self.tree.query(shapely.points(2 * self.xy[part] - self.at[land]), predicate="dwithin", distance=2 * TWIN)
        alike = (self.drilled[other] == self.drilled[land[k]]) & (away[k] < REACH)
        alike &= (np.abs(self.size[other] - self.size[land[k]]) <= ALIKE).all(axis=1)
        alike &= (away[k] <= TWIN) == (other == land[k])  # a land at the very place needs no twin
        k, other = k[alike], other[alike]
        order = np.lexsort((other, land[k], self.drilled[land[k]], part[k], np.round(away[k], 2)))
        done: set[int] = set()
        for row, first, second in zip(part[k[order]].tolist(), land[k[order]].tolist(), other[order].tolist()):
            if row not in done and self.of[first] < 0 and self.of[second] < 0:
                self.of[first] = self.of[second] = row
                done.add(row)

    def _nearest(self) -> tuple[Ints, Ints, Floats]:
        """Pairs of a part and one of the lands nearest to its place, and the mm between them."""
        found = []
        open_, reach = np.arange(len(self.xy), dtype=np.int32), 1.0
        while len(open_):
            part, land = self.tree.query(shapely.points(self.xy[open_]), predicate="dwithin", distance=reach)
            count = np.bincount(part, minlength=len(open_))
            full = (count >= NEAREST) | (reach >= REACH)
            away = np.hypot(*(self.at[land] - self.xy[open_[part]]).T)
            order = np.lexsort((land, away, part))
            rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
            order = order[(rank < NEAREST) & full[part[order]]]
            found.append((open_[part[order]], land[order].astype(np.int32), away[order]))
            open_, reach = open_[~full], min(2 * reach, REACH)
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found]), np.concatenate([f[2] for f in found])

    def grow(self) -> None:
        """Let each part take free lands next to its own whose twins are free too; the one that reaches farthest first."""
        reach = np.zeros(len(self.xy))
        owned = np.flatnonzero(self.of >= 0)
        away = np.hypot(*(self.at[owned] - self.xy[self.of[owned]]).T)
        np.maximum.at(reach, self.of[owned], away + self.size[owned].max(axis=1))
        own: dict[int, list[int]] = {}
        for land in owned.tolist():
            own.setdefault(int(self.of[land]), []).append(land)
        for part in np.argsort(-reach, kind="stable").tolist():
            if part in own:
                self._take(part, own[part], mirrored=False)

    def mirror(self) -> None:
        """Parts that have no land yet: lands that an axis of the part mirrors, such as those of a SOT-23."""
        for part in self.bare():
            if self.pins[part] == 1 or self.steps < 0:
                continue
            free = self._about(part, NEAR)
            if len(free):
                self._take(part, [int(free[0])], mirrored=True)

    def bare(self) -> list[int]:
        """The parts without a land."""
        have = np.bincount(self.of[self.of >= 0], minlength=len(self.xy))
        return np.flatnonzero(have == 0).tolist()

    def _about(self, part: int, reach: float) -> Ints:
        """The free lands within this many mm of a part's place, the nearest first."""
        found = self.tree.query(shapely.Point(self.xy[part]), predicate="dwithin", distance=reach)
        found = found[self.of[found] < 0]
        away = np.hypot(*(self.at[found] - self.xy[part]).T)
        return np.asarray(found[np.lexsort((found, away))], np.int32)

    def _beside(self, land: int, reach: float) -> list[int]:
        """The free lands within this many mm of a land, from box to box, the nearest first."""
        half = reach + (self.largest + self.size[land]) / 2
        found = self.tree.query(shapely.box(*(self.at[land] - half), *(self.at[land] + half)))
        found = np.sort(found[self.of[found] < 0])
        off = np.maximum(np.abs(self.at[found] - self.at[land]) - (self.size[found] + self.size[land]) / 2, 0.0)
        gap = np.hypot(off[:, 0], off[:, 1])
        near = np.flatnonzero(gap <= reach)
        return found[near[np.argsort(gap[near], kind="stable")]].tolist()  # type: ignore[no-any-return]

    def _take(self, part: int, mine: list[int], *, mirrored: bool) -> None:
        x, y = self.xy[part].tolist()
        central = len(mine) == 1 and not mirrored and hypot(*(self.at[mine[0]] - self.xy[part])) <= TWIN
        limit = (self.pins[part] or len(self.at)) + central  # an exposed pad is one more than the pins
        if mirrored:
            if (partner := self._mirrored(part, mine[0])) < 0:
                return
            mine = sorted({mine[0], partner})
        taken = set(mine)
        # A transistor's tab is across from its leads, and of another size: an axis goes through it. So are rows about a corner.
        for reach in (GAP, ACROSS) if self.pins[part] else (GAP,):
            queue = list(mine)
            while queue and len(mine) < limit and self.steps >= 0:
                self.steps -= mirrored
                near = self._beside(queue.pop(0), reach)
                if self.pins[part]:  # a neighbour's may be next to one of its own, but are farther from its middle
                    near.sort(key=lambda land: round(hypot(*(self.at[land] - self.xy[part])), 2))
                for land in near:
                    u, v = self.at[land].tolist()
                    if land in taken or len(mine) >= limit or hypot(u - x, v - y) >= REACH:
                        continue
                    other = self._mirrored(part, land) if mirrored else self.twin(land, 2 * x - u, 2 * y - v)
                    if other < 0 or other in taken:
                        continue
                    odd = mirrored and other == land
                    if self._kin(mine, land, central or odd, self.pins[part] > 0):
                        pair = sorted({land, other})
                        mine += pair
                        queue += pair
                        taken.update(pair)
        if mirrored and (len(mine) < 2 or not self._around(part, mine) or len(mine) != (self.pins[part] or len(mine))):
            return
        self.of[mine] = part

    def rows(self) -> None:
        """Parts placed by their first pin: all of the row or block of holes that begins there, where the name tells how many."""
        have = np.bincount(self.of[self.of >= 0], minlength=len(self.xy))
        owned = np.flatnonzero((self.of >= 0) & self.drilled)
        for own in owned[have[self.of[owned]] == 1].tolist():
            part, size = int(self.of[own]), self.size[own]
            count = self.pins[part]
            if count == 1:
                continue

            def alike(at: int, reach: float, own: int = own, size: Floats = size) -> Ints:
                near = self.tree.query(shapely.Point(self.at[at]), predicate="dwithin", distance=reach)
                like = (np.abs(self.size[near] - size) <= size.max() * 0.35 + ALIKE).all(axis=1)
                return np.asarray(near[like & self.drilled[near] & (self.of[near] < 0) & (near != own)], np.int32)

            steps = np.hypot(*(self.at[alike(own, 5.2)] - self.at[own]).T)
            if not len(steps):
                continue  # one hole by itself
            block, queue = {own}, [own]
            while queue and len(block) <= max(count, 1):
                near = alike(queue.pop(), float(steps.min()) * 1.05 + TWIN)
                queue += [k for k in near.tolist() if k not in block]
                block |= set(near.tolist())
            self.of[own] = -1
            if len(block) == count:
                self.of[sorted(block)] = part

    def beside(self, held: list[bool]) -> None:
        """Parts that stand beside their lands: the nearest free row or block of as many like lands as the name tells of.

        An axis of the part must go through the middle of the row, and no other part that still has no lands be nearer to it.
        held: which have two mounting lands more, that the same axis mirrors.
        """
        bare = self.bare()
        for part, count in ((part, self.pins[part]) for part in bare):
            if count < (2 if held[part] else 3) or self.steps < 0:
                continue
            block = self._block(part, count)
            if len(block) != count:
                continue
            middle = (self.at[block].min(axis=0) + self.at[block].max(axis=0)) / 2
            a = np.radians(-self.angle[part])
            u, v = middle - self.xy[part]
            off = abs(u * np.cos(a) + v * np.sin(a)), abs(v * np.cos(a) - u * np.sin(a))
            away = np.hypot(*(self.xy[bare] - middle).T)
            if min(off) > TWIN or bare[int(away.argmin())] != part:
                continue
            self.of[block] = part
            for land in self._about(part, NEAR).tolist() if held[part] else []:
                other = self._mirrored(part, land)
                if other not in (-1, land) and (np.abs(self.size[land] - self.size[block[0]]) > ALIKE).any():
                    self.of[[land, other]] = part
                    break

    def _block(self, part: int, count: int) -> list[int]:
        """The free land nearest to a part and the like ones that lie next to each other from there: at most one too many."""
        near = self._about(part, NEAR)
        block = [int(near[0])] if len(near) else []
        queue = list(block)
        while queue and len(block) <= count:
            self.steps -= 1
            for land in self._beside(queue.pop(0), GAP):
                if land not in block and self._kin(block[:1], land, odd=False, counted=False):
                    block.append(land)
                    queue.append(land)
        return block[: count + 1]

    def _mirrored(self, part: int, land: int) -> int:
        """The free land that an axis of the part mirrors this one to, itself if it lies on the axis; -1 for none."""
        x, y = self.xy[part]
        a = np.radians(-self.angle[part])
        cos, sin = float(np.cos(a)), float(np.sin(a))
        u, v = self.at[land] - self.xy[part]
        along, off = u * cos + v * sin, v * cos - u * sin
        for p, q in ((along, -off), (-along, off)):
            if abs(p - along) + abs(q - off) <= 2 * TWIN:
                return land
            other = self.twin(land, x + p * cos - q * sin, y + p * sin + q * cos)
            if other >= 0:
                return other
        return -1

    def _kin(self, own: list[int], land: int, odd: bool, counted: bool) -> bool:
        """Whether a land may be of the part that has others: drilled as they are, and about as large unless it is an odd one."""
        drilled = self.drilled[own] == self.drilled[land]
        size, other = np.sort(self.size[own], axis=1), np.sort(self.size[land])
        slack = np.maximum(ALIKE, 0.45 * other) if counted else ALIKE  # the outer pins of an array are wider
        alike = (np.abs(size - other) <= slack).all(axis=1)
        return bool((drilled & (alike | odd)).any())

    def _around(self, part: int, taken: list[int]) -> bool:
        half = self.size[taken] / 2
        low, high = (self.at[taken] - half).min(axis=0) - TWIN, (self.at[taken] + half).max(axis=0) + TWIN
        return bool((low <= self.xy[part]).all() and (self.xy[part] <= high).all())

    def fill(self) -> None:
        """Free lands in the box about a part's own are its as well: the odd pin of a row, an exposed pad, and holes in one."""
        order = np.argsort(self.of, kind="stable")
        starts = np.searchsorted(self.of[order], np.arange(len(self.xy) + 1))
        for part in np.flatnonzero(np.diff(starts) >= 4).tolist():
            own = order[starts[part] : starts[part + 1]]
            half = self.size[own] / 2
            low, high = (self.at[own] - half).min(axis=0) - 0.02, (self.at[own] + half).max(axis=0) + 0.02
            free = np.sort(self.tree.query(shapely.box(*low, *high)))
            inside = ((self.at[free] - self.size[free] / 2 >= low) & (self.at[free] + self.size[free] / 2 <= high)).all(axis=1)
            free = free[inside & (self.of[free] < 0)]
            within = np.any(np.all(np.abs(self.at[free, None] - self.at[own]) <= half, axis=2), axis=1)
            wanted = len(own) < (self.pins[part] or len(self.at))
            alike = (self.drilled[free] == bool(np.any(self.drilled[own]))) & wanted
            self.of[free[within | alike]] = part
