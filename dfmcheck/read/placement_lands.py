"""Which lands belong to which part, where only the places of the parts are known.

The lands of a part lie about its centre so that each has its twin across it, of the same size, or mirrored at an axis of the
part. Each part takes its nearest such lands first, so that neighbours cannot be taken for its own; then the larger parts
take what lies next to theirs. What stays in doubt belongs to no part.
"""

from __future__ import annotations

import re
from math import hypot

import numpy as np

from ..board import Floats, Ints, Objects
from .placement_fit import ALIKE, TWIN, Spots

REACH = 40.0
"""mm from a part's centre to its farthest land."""
GAP = 1.8
"""mm between neighbouring lands of one part, from edge to edge."""
ACROSS = 5.0
"""mm from the leads of a transistor to its tab, and from an exposed pad to the pins."""
NEAREST = 12
"""Lands about a part's centre among which the first of its own are looked for."""
_CHIP = re.compile(r"(?<![0-9])(01005|0201|0402|0603|0805|1206|1210|1806|1812|2010|2512|1005|1608|2012|3216|3225)(?![0-9])|MELF|"
                   r"SOD[-_]?\d|DO-214|^SM[ABC]\b|D_SM[ABC]|EIA-\d", re.I)  # fmt: skip
_ARRAY = re.compile(r"(?<!\d)([248])x(?:0201|0402|0603|0805|1206)(?!\d)", re.I)
_GRID = re.compile(r"(?<![\d.])(\d{1,2})x(\d{1,3})(?![\d.]|mm)", re.I)
_PINS = re.compile(r"(?<!\d)(\d{1,3})[-_ ]?pins?(?![a-z])", re.I)
_COUNT = re.compile(
    r"(?:SO|SOIC|SOP|SSOP|TSSOP|MSOP|VSSOP|[LTV]?QFP|[A-Z]*QFN|[A-Z]*DFN|W?SON|DIP|BGA|LGA|PLCC|SOT-\d+|SC-?\d+|TO-\d+)[-_](\d{1,4})"
    r"(?![\d.]*(?:mm|x)|\d)", re.I,
)  # fmt: skip
_SMALL = re.compile(r"\b(?:SOT|SC)[-_]?(\d{2,3})(?!\d)", re.I)
_OUTLINES = {"23": 3, "223": 4, "89": 3, "143": 4, "323": 3, "353": 5, "363": 6, "416": 3, "523": 3, "553": 5, "563": 6, "666": 6,
             "70": 3, "74": 6, "75": 3, "88": 6, "59": 3}  # fmt: skip
"""Lands of transistor outlines, by the number in their name."""


def assign(xy: Floats, angle: Floats, side: Ints, footprint: Objects, spots: Spots) -> Ints:
    """Per spot the row of the part that it belongs to, -1 for none."""
    out = np.full(len(spots.xy), -1, np.int32)
    for s in (0, 1):
        rows = np.flatnonzero((side == s) & np.isfinite(xy[:, 0]))
        mine = np.flatnonzero((spots.side == s) | (spots.side == 2)).astype(np.int32)
        if len(rows) and len(mine):
            owner = _Side(xy[rows], angle[rows], [pins_of(str(f)) for f in footprint[rows]], spots, mine)
            owner.seed()
            owner.grow()
            owner.fill()
            owner.mirror()
            owner.rows()
            owner.fill()
            got = owner.of >= 0
            out[mine[got]] = rows[owner.of[got]]
    return out


def pins_of(footprint: str) -> int:
    """How many lands a footprint's name tells of, 0 where it tells nothing; an exposed one is not counted."""
    name = footprint.rsplit(":", 1)[-1].replace("_", " ")
    if re.search(r"\bSOT-?223\b(?!-[58])", name, re.I):
        return 4  # SOT-223-3 counts no tab
    for pattern in (_COUNT, _PINS):
        if found := pattern.search(footprint.rsplit(":", 1)[-1]):
            return int(found[1])
    if found := _SMALL.search(name):
        return _OUTLINES.get(found[1], 0)
    if found := _ARRAY.search(name):
        return 2 * int(found[1])
    if _CHIP.search(name) and not re.search("array|network|pack|sense|shunt|4t", name, re.I):
        return 2
    found = _GRID.search(name)
    return int(found[1]) * int(found[2]) if found else 0


class _Side:
    """The parts and lands of one side. `of` is per land the part that has it, -1 for none."""

    def __init__(self, xy: Floats, angle: Floats, pins: list[int], spots: Spots, rows: Ints) -> None:
        self.xy, self.angle, self.pins = xy, angle, pins
        self.at, self.size, self.drilled = spots.xy[rows], spots.size[rows], spots.side[rows] == 2
        self.of = np.full(len(rows), -1, np.int32)
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
        wanted: list[tuple[float, int, bool, int, int]] = []
        for part, (x, y) in enumerate(self.xy.tolist()):
            away = np.hypot(self.at[:, 0] - x, self.at[:, 1] - y)
            near = np.argpartition(away, NEAREST)[:NEAREST] if len(away) > NEAREST else np.arange(len(away))
            for land in near[np.lexsort((-self.size[near].min(axis=1), self.drilled[near], np.round(away[near], 2)))].tolist():
                u, v = self.at[land]
                other = land if away[land] <= TWIN else self.twin(land, 2 * x - u, 2 * y - v)
                if other >= 0 and away[land] < REACH:
                    wanted.append((round(float(away[land]), 2), part, bool(self.drilled[land]), land, other))
        done: set[int] = set()
        for _, part, _, land, other in sorted(wanted):
            if part not in done and self.of[land] < 0 and self.of[other] < 0:
                self.of[land] = self.of[other] = part
                done.add(part)

    def grow(self) -> None:
        """Let each part take free lands next to its own whose twins are free too; the one that reaches farthest first."""
        reach = np.zeros(len(self.xy))
        owned = np.flatnonzero(self.of >= 0)
        away = np.hypot(*(self.at[owned] - self.xy[self.of[owned]]).T)
        np.maximum.at(reach, self.of[owned], away + self.size[owned].max(axis=1))
        for part in np.argsort(-reach, kind="stable").tolist():
            own = np.flatnonzero(self.of == part).astype(np.int32)
            if len(own):
                self._take(part, own, mirrored=False)

    def mirror(self) -> None:
        """Parts that have no land yet: lands that an axis of the part mirrors, such as those of a SOT-23."""
        have = set(self.of.tolist())
        for part, (x, y) in enumerate(self.xy.tolist()):
            away = np.hypot(self.at[:, 0] - x, self.at[:, 1] - y)
            if part in have or self.pins[part] == 1:
                continue
            free = np.flatnonzero((self.of < 0) & (away < 8)).astype(np.int32)
            if len(free):
                self._take(part, free[np.argmin(away[free])][None], mirrored=True)

    def _take(self, part: int, own: Ints, *, mirrored: bool) -> None:
        x, y = self.xy[part]
        away = np.hypot(self.at[:, 0] - x, self.at[:, 1] - y)
        free = (self.of < 0) & (away < REACH)
        mine = own.tolist()
        central = len(mine) == 1 and away[mine[0]] <= TWIN and not mirrored  # an exposed pad is one more than the pins
        limit = (self.pins[part] or len(self.at)) + central
        if mirrored:
            partner = self._mirrored(part, mine[0])
            if partner < 0:
                return
            mine = sorted({mine[0], partner})
        free[mine] = False
        # A transistor's tab is across from its leads, and of another size: an axis goes through it. So are rows about a corner.
        for reach in (GAP, ACROSS) if self.pins[part] else (GAP,):
            queue = list(mine)
            while queue and len(mine) < limit:
                at = queue.pop(0)
                gap = self._gaps(at)
                near = np.flatnonzero(free & (gap <= reach))
                for land in near[np.argsort(gap[near], kind="stable")].tolist():
                    if not free[land] or len(mine) >= limit:
                        continue
                    u, v = self.at[land]
                    other = self._mirrored(part, land) if mirrored else self.twin(land, 2 * x - u, 2 * y - v)
                    if other < 0 or not free[other]:
                        continue
                    odd = mirrored and other == land
                    if self._kin(mine, land, central or odd, self.pins[part] > 0):
                        pair = sorted({land, other})
                        mine += pair
                        queue += pair
                        free[pair] = False
        if mirrored and (len(mine) < 2 or not self._around(part, mine) or len(mine) != (self.pins[part] or len(mine))):
            return
        self.of[mine] = part

    def rows(self) -> None:
        """Parts placed by their first pin: all of the row or block of holes that begins there, where the name tells how many."""
        for part, count in enumerate(self.pins):
            own = np.flatnonzero(self.of == part)
            if len(own) != 1 or not self.drilled[own[0]] or count == 1:
                continue
            first, size = int(own[0]), self.size[own[0]]
            alike = (self.of < 0) & self.drilled & (np.abs(self.size - size) <= size.max() * 0.35 + ALIKE).all(axis=1)
            steps = np.hypot(*(self.at - self.at[first]).T)
            step = steps[alike].min(initial=np.inf)
            if step > 5.2:
                continue  # one hole by itself
            alike[first] = True
            block, queue = {first}, [first]
            while queue and len(block) <= max(count, 1):
                at = queue.pop()
                near = np.flatnonzero(alike & (np.hypot(*(self.at - self.at[at]).T) <= step * 1.05 + TWIN))
                queue += [k for k in near.tolist() if k not in block]
                block |= set(near.tolist())
            self.of[own] = -1
            if len(block) == count:
                self.of[sorted(block)] = part

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

    def _gaps(self, land: int) -> Floats:
        """mm between the boxes about a land and all others."""
        d = np.maximum(np.abs(self.at - self.at[land]) - (self.size + self.size[land]) / 2, 0.0)
        return np.asarray(np.hypot(d[:, 0], d[:, 1]))

    def _kin(self, own: list[int], land: int, odd: bool, counted: bool) -> bool:
        """Whether a land may be of the part that has others: drilled as they are, and about as large unless it is an odd one."""
        drilled = self.drilled[own] == self.drilled[land]
        size, other = np.sort(self.size[own], axis=1), np.sort(self.size[land])
        slack = np.maximum(ALIKE, 0.35 * other) if counted else ALIKE  # the outer pins of an array are wider
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
            inside = ((self.at - self.size / 2 >= low) & (self.at + self.size / 2 <= high)).all(axis=1)
            free = np.flatnonzero(inside & (self.of < 0))
            within = np.any(np.all(np.abs(self.at[free, None] - self.at[own]) <= half, axis=2), axis=1)
            wanted = len(own) < (self.pins[part] or len(self.at))
            alike = (self.drilled[free] == bool(np.any(self.drilled[own]))) & wanted
            self.of[free[within | alike]] = part
