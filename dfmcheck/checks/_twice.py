"""Layers and holes that stand in more than one file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import shapely

from ..package import Drill, Entry, Package
from ._files import Row
from ._lands import SPOT, near
from ._stack import name, of_kind

_SOFTER = {"copper": 0, "mask": 0, "paste": 1, "silk": 1, "edge": 1}


def twice(package: Package) -> Iterator[Row]:
    """Two files for one layer, files that repeat another, and drill files that hold the same holes."""
    by_layer: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in package.entries:
        if entry.role.kind in _SOFTER and (entry.role.layer or entry.role.kind == "edge"):
            by_layer[entry.role.kind, entry.role.layer].append(entry)
        elif entry.role.kind == "duplicate":
            said = re.sub(r" (as|in) .*/", r" \1 ", entry.role.said.get("copy", "it repeats another file"))
            yield Row(f"stands in the package twice: {said}", entry.source, cause="*duplicate", soften=1)
    for (kind, layer), entries in by_layer.items():
        if len(entries) > 1:
            names = " and ".join(name(package, e) for e in entries[:4]) + (" ..." if len(entries) > 4 else "")
            what = f"{len(entries)} files for {layer or 'the outline'}, which is meant? {names}"
            for entry in entries:
                yield Row(what, entry.source, cause=f"*two {layer or kind}", soften=_SOFTER[kind])
    drilled = [(e, e.drill) for e in of_kind(package, "drill") if e.drill is not None and len(e.drill.hits) > 1]
    for (one, a), (other, b) in combinations(drilled[:32], 2):
        same = _same(a, b) if (a.span or one.role.span) == (b.span or other.role.span) else 0
        if same * 2 > min(len(a.hits), len(b.hits)):
            what = f"{same} holes stand in both {name(package, one)} and {name(package, other)}"
            for entry in (one, other):
                yield Row(what, entry.source, cause=f"*same holes {what}", soften=1)


def _same(a: Drill, b: Drill) -> int:
    """How many holes of `a` lie on a hole of `b`, by their centres."""
    points = shapely.centroid(a.hits.core)
    return int(near(points, a.hits.radius * 0 + SPOT, shapely.centroid(b.hits.core)).sum())
