"""Where findings stand in files: path, line, columns. What machine formats ask of every finding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..provenance import Locator, Span
from ..report import DesignReport, Finding, ItemRef, Place
from ..units import show
from .paths import Paths
from .phrases import clean

HOME = "https://pypi.org/project/dfmcheck/"
"""Where the tool is found."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A piece of one line of a file. Columns are 1-based, `end` is the one after the last; in code points, or bytes of UTF-8."""

    path: str
    line: int
    column: int
    end: int
    column_bytes: int
    end_bytes: int
    exact: bool
    """Whether the line is known; else it is the first one, which stands for the whole file."""


class Spots:
    """Looks up the places of one design's findings."""

    def __init__(self, design: DesignReport, paths: Paths) -> None:
        self.design, self.paths = design, paths
        self._locator = Locator(design.design) if design.design is not None else None
        self._items: dict[ItemRef, Spot] = {}

    def finding(self, finding: Finding) -> Spot:
        """Of the worst place: its first item, else the file it speaks of, else the design's own file."""
        return self.place(finding.places[0]) if finding.places else self.whole(self.main)

    def place(self, place: Place) -> Spot:
        first = next((i for i in place.items if i.file), None)
        if first is not None:
            return self.item(first)
        return self.file(place.file, place.line) if place.file else self.whole(self.main)

    def item(self, item: ItemRef) -> Spot:
        if item not in self._items:
            known = item.row >= 0 and self._locator is not None
            span = self._locator.span(item.row) if known and self._locator else None
            self._items[item] = self._spot(item.file, item.line, span)
        return self._items[item]

    def file(self, name: str, line: int | None) -> Spot:
        """A line of a file."""
        span = self._locator.whole_line(name, line) if line is not None and self._locator is not None else None
        return self._spot(name, line, span)

    def whole(self, name: str) -> Spot:
        """A file as such."""
        return self._spot(name, None, None)

    @property
    def main(self) -> str:
        """The design's own file: the board, or what its package lies in."""
        first = str(self.design.inputs[0]["path"]) if self.design.inputs else self.design.name
        native = (str(i["path"]) for i in self.design.inputs if i.get("kind") == "kicad_pcb")
        return next(native, first)

    def _spot(self, name: str, line: int | None, span: Span | None) -> Spot:
        path = self.paths.relative(name)
        if line is None or self.paths.inside(name):  # the lines of a file inside a zip are not the zip's
            return Spot(path, 1, 1, 1, 1, 1, exact=False)
        if span is None:
            return Spot(path, line, 1, 1, 1, 1, exact=True)
        end, end_bytes = span.column + len(span.text), span.column_bytes + len(span.text.encode())
        return Spot(path, line, span.column, end, span.column_bytes, end_bytes, exact=True)


def fresh(design: DesignReport) -> Iterator[Finding]:
    """Findings that count, worst first: neither waived, nor fixed, nor there before."""
    return (f for f in design.findings if f.waived is None and f.change in (None, "new"))


def standing(design: DesignReport) -> Iterator[Finding]:
    """Findings that are there and not waived, worst first; also those that were there before."""
    return (f for f in design.findings if f.waived is None and f.change != "fixed")


def gravity(design: DesignReport) -> tuple[int, int, int]:
    """Sorts designs by what was found: errors, then warnings, then notes."""
    counts = design.counts()
    return counts["errors"], counts["warnings"], counts["notes"]


def named(item: ItemRef) -> str:
    """An item as logical locations name it: `U3.12`, `C4`, else its kind with its net."""
    if item.component:
        return clean(f"{item.component}.{item.pad}" if item.pad else item.component)
    return clean(str(item))


def told(place: Place, title: str) -> str:
    """One place in words: `Copper clearance: pad U3.1 [A] and track [B], 0.1 mm (limit 0.2 mm) on F.Cu`."""
    items = " and ".join(str(i) for i in place.items) or place.file.rpartition("/")[2]
    value = show(place.measured, place.unit, apart_from=place.limit) if math.isfinite(place.measured) else ""
    if value and place.limit is not None:
        value += f" (limit {show(place.limit, place.unit, apart_from=place.measured)})"
    layers = f" on {', '.join(place.layers)}" if place.layers else ""
    return clean(f"{title}: {', '.join(t for t in (items, place.detail, value) if t)}{layers}")


def worded(finding: Finding, n: int, title: str) -> str:
    """The n-th place of a finding in words; the message itself where it is the only one."""
    return clean(finding.message) if len(finding.places) <= 1 else told(finding.places[n], title)


def troubles(design: DesignReport) -> list[tuple[str, str]]:
    """What could not be checked because it crashed: rule, or what is told beside the findings, and how."""
    rules = [(r.id, clean(r.why_skipped or "")) for r in design.crashed]
    return rules + [(name, clean(why)) for name, _, why in (text.partition(": ") for text in design.untold)]
