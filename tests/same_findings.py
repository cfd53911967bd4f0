"""Whether two views of one design give the same findings: the same places with the same values, rule by rule."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from dfmcheck.report import DesignReport, Finding, ItemRef, Place

NEAR = 5e-3
"""mm; how far apart the two places of one finding may be."""
LENGTH = 2e-3
"""mm; how far apart the two values of one finding may be."""
SHARE = 1e-3
"""The same for values that are no lengths, as a share of them."""


LIMIT, TIE, FILLS, GROUP = "limit", "tie", "fills", "group"
"""Why a place may stand in one view only, and still both say the same:

limit  it is within `LENGTH` of its limit (drill files round to 1 um), so that the other view may find nothing to tell;
tie    the other view tells the same value of the same things elsewhere: of several equal places one is told;
fills  a zone of the board is one thing, which is told at its worst place; of films each fill is a thing of its own;
group  its finding has the severity of its worst place, and holds other places there (a hole may belong to no component).
"""


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
    why: str = ""
    """`LIMIT`, `TIE`, `FILLS` or `GROUP`, '' if none of them explains it."""

    def __str__(self) -> str:
        p = self.place
        items = " / ".join(str(item) for item in p.items)
        also = f", there {self.other:.4f}" if math.isfinite(self.other) else ""
        what = f"{self.rule} {self.severity} {p.param} {p.measured:.4f} {p.unit} (limit {p.limit}){also}"
        return f"only in {self.only}: {what} at ({p.x:.4f}, {p.y:.4f}) {','.join(p.layers)}: {items} {p.detail}"


def skipped(report: DesignReport) -> dict[str, str]:
    """The rules that could not run, with the reason."""
    return {r.id: r.why_skipped or "" for r in report.rules if r.status == "skipped"}


Told = tuple[Finding, Place]


def gaps(native: DesignReport, package: DesignReport) -> list[Gap]:
    """Places of one view that have no equal in the other, of rules that both ran."""
    out = skipped(native).keys() | skipped(package).keys()
    found: list[Gap] = []
    mine, theirs = _places(native), _places(package)
    for rule in sorted((mine.keys() | theirs.keys()) - out):
        a, b = mine[rule], theirs[rule]
        pairs = _pairs(a, b)
        for only, own, them, column in (("native", a, b, 0), ("package", b, a, 1)):
            paired = {pair[column]: pair[1 - column] for pair in pairs}
            for i, (finding, place) in enumerate(own):
                if i not in paired:
                    near = [p.measured for _, p in them if _apart(place, p) <= NEAR]
                    found.append(Gap(rule, only, finding.severity, place, near[0] if near else math.nan, _why(place, them)))
                elif finding.severity != (other := them[paired[i]][0]).severity:
                    why = GROUP if max(finding.count, other.count) > 1 else ""
                    found.append(Gap(rule, only, finding.severity, place, place.measured, why))
    return found


def _why(place: Place, others: list[Told]) -> str:
    """The reason that explains that no other place is equal, '' for none."""
    slack = LENGTH if place.unit == "mm" else SHARE * abs(place.measured)
    if place.limit is not None and abs(place.measured - place.limit) <= slack:
        return LIMIT
    alike = [other for _, other in others if place.param == other.param and _same_things(place, other)]
    if any(set(place.layers) == set(p.layers) and abs(place.measured - p.measured) <= slack for p in alike):
        return TIE
    if not any(item.kind == "zone" for item in place.items):
        return ""
    zones = [p for _, p in others if p.param == place.param and any(item.kind == "zone" for item in p.items)]
    return FILLS if any(p.measured <= place.measured + slack for p in zones) else ""


def _same_things(a: Place, b: Place) -> bool:
    """Whether two places name the same items, as far as both views know them: the kind, and where a pad, via or hole is."""
    return len(a.items) == len(b.items) and all(_same_item(p, q) for p, q in zip(a.items, b.items))


def _same_item(a: ItemRef, b: ItemRef) -> bool:
    if a.kind != b.kind:
        return {a.kind, b.kind} <= {"pad", "via", "hole"} and math.dist((a.x, a.y), (b.x, b.y)) <= NEAR
    return a.kind not in ("pad", "via", "hole") or math.dist((a.x, a.y), (b.x, b.y)) <= NEAR


def _places(report: DesignReport) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = defaultdict(list)
    for finding in report.findings:
        found[finding.rule] += [(finding, place) for place in finding.places]
    return found


def _apart(a: Place, b: Place) -> float:
    if math.isnan(a.x) or math.isnan(b.x):
        return 0.0 if math.isnan(a.x) and math.isnan(b.x) else math.inf
    return math.dist((a.x, a.y), (b.x, b.y))


def _agree(p: Place, q: Place) -> bool:
    """Everything but where it is: parameter, limit, layers and value."""
    if (p.param, p.limit, p.unit, sorted(p.layers)) != (q.param, q.limit, q.unit, sorted(q.layers)):
        return False
    if not (math.isfinite(p.measured) and math.isfinite(q.measured)):
        return math.isfinite(p.measured) == math.isfinite(q.measured)
    return abs(p.measured - q.measured) <= (LENGTH if p.unit == "mm" else SHARE * max(abs(p.measured), 1e-9))


def _pairs(a: list[Told], b: list[Told]) -> list[tuple[int, int]]:
    """Pair off equal places, each once, nearest first."""
    if not a or not b:
        return []
    # What has no place stands in one far point.
    points = [shapely.points(np.nan_to_num([(p.x, p.y) for _, p in side], nan=1e6)) for side in (a, b)]
    i, j = shapely.STRtree(points[1]).query(points[0], predicate="dwithin", distance=NEAR)
    near = [
        (_apart(a[k][1], b[m][1]), a[k][0].severity != b[m][0].severity, k, m)
        for k, m in zip(i.tolist(), j.tolist()) if _agree(a[k][1], b[m][1])
    ]  # fmt: skip
    first: dict[int, int] = {}
    second: set[int] = set()
    for _, _, k, m in sorted(near):
        if k not in first and m not in second:
            first[k] = m
            second.add(m)
    return list(first.items())
