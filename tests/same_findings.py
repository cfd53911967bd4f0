"""Whether two views of one design give the same findings: the same places with the same values, rule by rule."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from dfmcheck.report import DesignReport, Place

NEAR = 5e-3
"""mm; how far apart the two places of one finding may be."""
LENGTH = 2e-3
"""mm; how far apart the two values of one finding may be."""
SHARE = 1e-3
"""The same for values that are no lengths, as a share of them."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place of one view that the other has not."""

    rule: str
    only: str
    """native or package."""
    severity: str
    place: Place
    other: float
    """What the other view measured at the same place, NaN where it has nothing there."""

    def __str__(self) -> str:
        p = self.place
        items = " / ".join(str(item) for item in p.items)
        also = f", there {self.other:.4f}" if math.isfinite(self.other) else ""
        where = f"({p.x:.4f}, {p.y:.4f}) {','.join(p.layers)}"
        return f"only in {self.only}: {self.rule} {self.severity} {p.param} {p.measured:.4f} {p.unit}{also} at {where}: {items} {p.detail}"


def skipped(report: DesignReport) -> dict[str, str]:
    """The rules that could not run, with the reason."""
    return {r.id: r.why_skipped or "" for r in report.rules if r.status == "skipped"}


def gaps(native: DesignReport, package: DesignReport, rules: Sequence[str] | None = None) -> list[Gap]:
    """Places of one view that have no equal in the other, of rules that both ran, or of `rules`."""
    out = skipped(native).keys() | skipped(package).keys()
    found: list[Gap] = []
    mine, theirs = _places(native), _places(package)
    for rule in sorted(mine.keys() | theirs.keys()):
        if rule in out or (rules is not None and rule not in rules):
            continue
        a, b = mine[rule], theirs[rule]
        left, right = _pair(a, b)
        for only, rows, others in (("native", left, right), ("package", right, left)):
            own, them = (a, b) if only == "native" else (b, a)
            for i in rows:
                severity, place = own[i]
                near = [them[j][1].measured for j in others if _apart(place, them[j][1]) <= NEAR]
                found.append(Gap(rule, only, severity, place, near[0] if near else math.nan))
    return found


def _places(report: DesignReport) -> dict[str, list[tuple[str, Place]]]:
    found: dict[str, list[tuple[str, Place]]] = defaultdict(list)
    for finding in report.findings:
        found[finding.rule] += [(finding.severity, place) for place in finding.places]
    return found


def _apart(a: Place, b: Place) -> float:
    if math.isnan(a.x) or math.isnan(b.x):
        return 0.0 if math.isnan(a.x) and math.isnan(b.x) else math.inf
    return math.dist((a.x, a.y), (b.x, b.y))


def _agree(a: tuple[str, Place], b: tuple[str, Place]) -> bool:
    """Everything but the place: severity, parameter, layers and value."""
    (s, p), (t, q) = a, b
    if (s, p.param, p.unit, sorted(p.layers)) != (t, q.param, q.unit, sorted(q.layers)):
        return False
    if not (math.isfinite(p.measured) and math.isfinite(q.measured)):
        return math.isfinite(p.measured) == math.isfinite(q.measured)
    return abs(p.measured - q.measured) <= (LENGTH if p.unit == "mm" else SHARE * max(abs(p.measured), 1e-9))


def _pair(a: list[tuple[str, Place]], b: list[tuple[str, Place]]) -> tuple[list[int], list[int]]:
    """Pair off equal places, nearest first; the rows of both that are left."""
    pairs: list[tuple[float, int, int]] = []
    if a and b:
        # What has no place stands in one far point.
        points = [shapely.points(np.nan_to_num([(p.x, p.y) for _, p in side], nan=1e6)) for side in (a, b)]
        i, j = shapely.STRtree(points[1]).query(points[0], predicate="dwithin", distance=NEAR)
        pairs = sorted((_apart(a[k][1], b[m][1]), k, m) for k, m in zip(i.tolist(), j.tolist()) if _agree(a[k], b[m]))
    used: tuple[set[int], set[int]] = (set(), set())
    for _, k, m in pairs:
        if k not in used[0] and m not in used[1]:
            used[0].add(k)
            used[1].add(m)
    return [k for k in range(len(a)) if k not in used[0]], [m for m in range(len(b)) if m not in used[1]]
