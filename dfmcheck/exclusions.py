"""Exclusions that the designer made in KiCad: violations that its own DRC was told to pass over, kept in the project file.

KiCad knows an excluded violation by its type, its place and the uuids of its one or two items. Here it is known by the type,
where the rule names that as its counterpart in KiCad, and the items; the place must still be theirs, so that an exclusion
does not outlive a move of one of them. What KiCad has no name for, it cannot have excluded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from .board import Board
    from .report import DesignReport, ItemRef, Place
    from .rule import Rule

SETTING = "drc_exclusions"
"""Key of `Board.settings`: the exclusions of the project, a tuple of `Exclusion`."""
_MOST, _LONGEST = 20_000, 300
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NIL = "00000000-0000-0000-0000-000000000000"
_REACH = 1.0
"""mm that the place of an exclusion may lie beside its items: more than the clearances that make violations."""
_SAME = 0.001

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One excluded violation."""

    type: str
    """KiCad's name of the violation, such as ``clearance``."""
    x: float
    y: float
    """Its place, in mm as the board has it."""
    uuids: frozenset[str]
    """Of its items; empty where it is about something that has none, such as a text of the drawing sheet."""
    comment: str = ""


def parse(entry: Any) -> Exclusion:
    """An entry of the project file: ``type|x|y|uuid|uuid``, from KiCad 8 on in a list with the designer's comment.

    Raises `ValueError` or `TypeError` for anything else. What KiCad writes behind the uuids (a layer, say) is not used.
    """
    text, comment = (entry, "") if isinstance(entry, str) else (entry[0], entry[1] if len(entry) > 1 else "")
    kind, x, y, *rest = text.split("|")
    named = {part.lower() for part in rest[:2] if _UUID.fullmatch(part)} - {_NIL}
    said = " ".join(str(comment).split())
    return Exclusion(kind, int(x) / 1e6, int(y) / 1e6, frozenset(named), said[:_LONGEST])


def parse_all(entries: Any) -> tuple[tuple[Exclusion, ...], int]:
    """The exclusions of a project file, and how many entries are none that can be used."""
    if not isinstance(entries, list):
        return (), 0 if entries is None else 1
    done, lost = [], max(len(entries) - _MOST, 0)
    for entry in entries[:_MOST]:
        try:
            done.append(parse(entry))
        except (ValueError, TypeError, LookupError, AttributeError):
            lost += 1
    return tuple(done), lost


def excuse(report: DesignReport, board: Board, rules: Mapping[str, Rule]) -> DesignReport:
    """The report on a board with what its project excludes waived: the findings of which KiCad passes over every place.

    One that is excluded in part stays, and tells how many of its places are.
    """
    given: dict[tuple[str, frozenset[str]], list[Exclusion]] = {}
    for exclusion in board.settings.get(SETTING, ()):
        if exclusion.uuids:
            given.setdefault((exclusion.type, exclusion.uuids), []).append(exclusion)
    if not given:
        return report
    boxes = _Boxes(board)

    def of(place: Place, types: tuple[str, ...]) -> Exclusion | None:
        parts = [place.items, *((item,) for item in place.items)]  # KiCad may name one item where two meet
        for items in parts:
            uuids = frozenset((item.uuid or "").lower() for item in items)
            found = (e for kind in types for e in given.get((kind, uuids), ()) if boxes.hold(items, e.x, e.y))
            if (first := next(found, None)) is not None:
                return first
        return None

    findings = []
    for finding in report.findings:
        types = rules[finding.rule].kicad if finding.rule in rules else ()
        found = [e for place in finding.places if (e := of(place, types)) is not None] if types else []
        if found and len(found) == finding.count:
            said = "; ".join(dict.fromkeys(e.comment for e in found if e.comment))
            finding = replace(finding, waived=f"excluded in KiCad: {said}" if said else "excluded in KiCad")
        elif found:
            part = f"{len(found)} of its {finding.count} places are excluded in KiCad"
            finding = replace(finding, message=f"{finding.message} ({part})")
        findings.append(finding)
    return replace(report, findings=tuple(findings))


class _Boxes:
    """Where the items of a board lie, looked up for the few that exclusions name."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.known: dict[int, Box] = {}

    def hold(self, items: tuple[ItemRef, ...], x: float, y: float) -> bool:
        """Whether a point lies where these items do: it is the place of one, or it is near to each, or between them."""
        if any(math.hypot(item.x - x, item.y - y) < _SAME for item in items):
            return True
        boxes = [self.of(item) for item in items]
        apart = max(_gap(one, other) for one in boxes for other in boxes)
        return all(_gap(box, (x, y, x, y)) <= _REACH + apart for box in boxes)

    def of(self, item: ItemRef) -> Box:
        """All that an item consists of; of a component also what belongs to it."""
        if item.row not in self.known:
            self.known[item.row] = self._box(item)
        return self.known[item.row]

    def _box(self, item: ItemRef) -> Box:
        board, spot = self.board, (item.x, item.y, item.x, item.y)
        if item.row < 0:
            return spot
        rows = np.array([item.row])
        component = np.flatnonzero(board.components.item == item.row)
        if len(component):
            rows = np.append(np.flatnonzero(board.items.component == component[0]), item.row)
        found = [np.array([spot])]
        for table in (board.features, board.holes):
            mine = np.isin(table.item, rows)
            radius = table.radius[mine, None] * [-1.0, -1.0, 1.0, 1.0]
            found.append(shapely.bounds(table.core[mine]).reshape(-1, 4) + radius)
        every = np.vstack(found)
        x0, y0 = np.nanmin(every[:, :2], axis=0).tolist()
        x1, y1 = np.nanmax(every[:, 2:], axis=0).tolist()
        return x0, y0, x1, y1


def _gap(one: Box, other: Box) -> float:
    """Distance between two boxes, 0 where they touch."""
    dx = max(one[0] - other[2], other[0] - one[2], 0.0)
    dy = max(one[1] - other[3], other[1] - one[3], 0.0)
    return math.hypot(dx, dy)
