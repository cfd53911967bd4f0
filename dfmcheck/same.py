"""Whether a place of a report is one of an earlier report: the same things, with what was measured of them.

In doubt it is another: what is taken for known passes a gate.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable
from itertools import permutations
from pathlib import PurePosixPath
from typing import Any

from .names import BY_PLACE
from .report import DesignReport, Finding, ItemRef, Place
from .waive import deeper, grown

NEAR = 0.1
"""mm: things without a name are the same within this of where they were."""
_SIZE = 0.01
"""mm: an outline of another size is another outline."""

Way = tuple[float, float]


class Same:
    """Compares places of two reports on one design."""

    def __init__(self, now: DesignReport, before: DesignReport) -> None:
        self.ways: tuple[Way, ...] = _ways(now, before)
        """How far things may have moved: not at all, or as the whole board did."""
        counts = [Counter(str(c.get("ref", "")) for c in d.components) for d in (now, before)]
        self._doubtful = {ref for count in counts for ref, n in count.items() if n > 1}

    def place(self, new: Place, old: Place) -> bool:
        """Whether both are about the same things, and the same parameter of these."""
        if len(new.items) != len(old.items) or new.param != old.param:
            return False
        if not new.items:
            return PurePosixPath(new.file).name == PurePosixPath(old.file).name
        return any(all(map(self.item, new.items, order)) for order in permutations(old.items))

    def item(self, new: ItemRef, old: ItemRef) -> bool:
        """By uuid where both have one, and by its name or place, for copies may share a uuid; else by component and pad; else by
        net and place. A zone is known by its net alone: its place is that of its fill."""
        if new.kind != old.kind:
            return False
        named = self.name(new) == self.name(old)
        if new.uuid and old.uuid:
            return new.uuid == old.uuid and (named or self.is_near(new, old))
        return named and (self.is_named(new) or self.is_near(new, old))

    def is_near(self, new: ItemRef, old: ItemRef) -> bool:
        """Whether it lies where it lay, as far as the whole board did not move."""
        return any(math.dist((new.x, new.y), (old.x + dx, old.y + dy)) <= NEAR for dx, dy in self.ways)

    def name(self, item: ItemRef) -> tuple[str, ...]:
        """What an item is called: a pad by its component and number, whatever its net; nets that no file names are none."""
        net = "" if not item.net or BY_PLACE.fullmatch(item.net) or (item.component and item.pad) else item.net
        return item.kind, item.component or "", item.pad or "", net

    def is_named(self, item: ItemRef) -> bool:
        """Whether its name says which item it is."""
        if item.component is not None:
            return item.component not in self._doubtful and bool(re.search(r"\d", item.component))
        return item.kind == "zone" and bool(self.name(item)[3])

    def worse(self, f: Finding, old: Finding) -> str:
        """How a finding is more than it was, or about something else; '' if it is not.

        Each place must be one that was there, with no worse a value; none stands for two.
        """
        if why := grown(f, severity=old.severity, count=old.count):
            return why
        known: defaultdict[Hashable, list[Place]] = defaultdict(list)
        for place in old.places:
            for key in _keys(place, self._names(place), before=True):
                known[key].append(place)
        used: set[int] = set()
        for place in f.places:
            keys = _keys(place, self._names(place), before=False)
            there = [p for key in keys for p in known.get(key, ())]
            worse = f"{about(place)} was not part of it"
            for p in there:
                if id(p) in used or not self.place(place, p):
                    continue
                worse = deeper(place, p.measured)
                if not worse:
                    used.add(id(p))
                    for key in keys:  # so that the next one finds its own soon
                        known[key] = [other for other in known.get(key, ()) if other is not p]
                    break
            if worse:
                return worse
        return ""

    def _names(self, place: Place) -> tuple[tuple[str, ...], ...]:
        return tuple(sorted(map(self.name, place.items)))


def _keys(place: Place, names: Hashable, *, before: bool) -> list[Hashable]:
    """Two places that are the same have one of these in common; what has uuids is looked up by them."""
    uuids = frozenset(i.uuid for i in place.items if i.uuid)
    if place.items and all(i.uuid for i in place.items):
        return [uuids, (True, names)] if before else [uuids, (False, names)]
    return [(False, names)] if before else [(False, names), (True, names)]


def about(place: Place) -> str:
    """A place by its things, for people."""
    return " / ".join(str(item) for item in place.items) or PurePosixPath(place.file).name or "a place"


def _ways(now: DesignReport, before: DesignReport) -> tuple[Way, ...]:
    new, old = _outline(now.board), _outline(before.board)
    if new is None or old is None or any(abs(a - b) > _SIZE for a, b in zip(new[2:], old[2:])):
        return ((0.0, 0.0),)
    return ((0.0, 0.0), (new[0] - old[0], new[1] - old[1]))


def _outline(board: Any) -> tuple[float, ...] | None:
    """Left, top, width and height of a board's outline, as far as the report tells."""
    corner = board.get("corner")
    values = (*(corner if isinstance(corner, list | tuple) else ()), board.get("width"), board.get("height"))
    if len(values) != 4 or not all(isinstance(v, int | float) and math.isfinite(v) for v in values) or not values[2]:
        return None
    return tuple(float(v) for v in values)
