"""Exclusions that the designer made in KiCad: violations that its own DRC was told to pass over, kept in the project file.

KiCad knows an excluded violation by its type, its place to the nanometre and the uuids of its one or two items. Here it is
known by the type, where the rule names that as its counterpart in KiCad, by the same uuids, and by its place: of two items that
is a point where they are as near to each other as was measured; of one its anchor, an end or the middle of a track, or where it
was measured; of a piece of a zone anywhere on it; each within `_NEAR`. One exclusion excuses one place, as in KiCad. What KiCad
has no name for, it cannot have excluded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .board import Board, Floats
    from .report import DesignReport, ItemRef, Place
    from .rule import Rule

SETTING = "drc_exclusions"
"""Key of `Board.settings`: the exclusions of the project, a tuple of `Exclusion`."""
_MOST, _LONGEST = 20_000, 300
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NIL = "00000000-0000-0000-0000-000000000000"
_NEAR = 0.05
"""mm that an exclusion may lie beside its place: KiCad searches arcs and pads by other polygons than we do."""
_APART, _MEETING = (
    frozenset({"clearance"}),
    frozenset({"shorting_items", "tracks_crossing", "zones_intersect", "holes_co_located"}),
)
"""What KiCad calls things that are too near, and things that touch or overlap."""
_PIECE = "isolated_copper"
"""About a piece of a zone, which KiCad marks at some corner of it."""


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
    layer: str = ""
    """The layer that it is about, where KiCad tells one."""


def parse(entry: Any) -> Exclusion:
    """An entry of the project file: ``type|x|y|uuid|uuid``, from KiCad 8 on in a list with the designer's comment.

    Raises `ValueError` or `TypeError` for anything else. A layer may stand behind the uuids or in place of the second.
    """
    text, comment = (entry, "") if isinstance(entry, str) else (entry[0], entry[1] if len(entry) > 1 else "")
    kind, x, y, *rest = text.split("|")
    named = {part.lower() for part in rest[:2] if _UUID.fullmatch(part)} - {_NIL}
    layer = next((part for part in rest[1:] if part and not _UUID.fullmatch(part)), "") if named else ""
    said = " ".join(str(comment).split())
    return Exclusion(kind, int(x) / 1e6, int(y) / 1e6, frozenset(named), said[:_LONGEST], layer[:_LONGEST])


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
    findings = []
    for finding in report.findings:
        types = rules[finding.rule].kicad if finding.rule in rules else ()
        found: list[Exclusion] = []
        for place in finding.places if types else ():
            uuids = frozenset((item.uuid or "").lower() for item in place.items)
            known = [e for kind in types for e in given.get((kind, uuids), ()) if not any(e is other for other in found)]
            found += [e for e in known if _fits(e, place) and _hold(board, place, e)][:1]
        if found and len(found) == finding.count:
            said = "; ".join(dict.fromkeys(e.comment for e in found if e.comment))
            finding = replace(finding, waived=f"excluded in KiCad: {said}" if said else "excluded in KiCad")
        elif found:
            part = f"{len(found)} of its {finding.count} places are excluded in KiCad"
            finding = replace(finding, message=f"{finding.message} ({part})")
        findings.append(finding)
    return replace(report, findings=tuple(findings))


def _fits(exclusion: Exclusion, place: Place) -> bool:
    """Whether KiCad would call a place by this type and layer."""
    if exclusion.layer and place.layers not in ((), (exclusion.layer,)):
        return False
    meet = place.unit == "mm" and place.measured <= 0
    return exclusion.type not in (_APART if meet else _MEETING)


def _hold(board: Board, place: Place, exclusion: Exclusion) -> bool:
    """Whether KiCad may have its mark where an exclusion is for what was measured at a place."""
    if math.hypot(place.x - exclusion.x, place.y - exclusion.y) <= _NEAR:
        return True
    shapes = [_shapes(board, item, place.layers) for item in place.items]
    point = shapely.Point(exclusion.x, exclusion.y)
    if len(shapes) == 1:
        (item,) = place.items
        if exclusion.type == _PIECE:
            core, radius = shapes[0]
            here, there = (shapely.distance(core, p) <= radius + _NEAR for p in (shapely.Point(place.x, place.y), point))
            return bool((here & there).any())
        lines = [core for core in shapes[0][0] if isinstance(core, shapely.LineString)]
        spots = [line.interpolate(share, normalized=True) for line in lines for share in (0.0, 0.5, 1.0)]
        spots += [] if item.kind == "zone" else [shapely.Point(item.x, item.y)]
        return any(point.distance(spot) <= _NEAR for spot in spots)
    if len(shapes) != 2 or not all(len(core) for core, _ in shapes):
        return False
    (a, ra), (b, rb) = shapes
    gap = place.measured if place.unit == "mm" and place.measured > 0 else 0.0
    # A point on the shortest way from core to core is as far from both together as that is long.
    ways = shapely.distance(a, point)[:, None] + shapely.distance(b, point)
    return bool((ways - ra[:, None] - rb <= gap + _NEAR).any())


def _shapes(board: Board, item: ItemRef, layers: tuple[str, ...]) -> tuple[NDArray[np.object_], Floats]:
    """Cores and radii of an item on these layers, with its hole; of a component of all that belongs to it."""
    from .witness import by_item  # not at the top: who reads a project does not need it

    index, f = by_item(board), board.features
    component = index.components.of([item.row]).tolist()
    if component:  # the board's edge and its parts are not on the layers of copper
        mine, holes = (of.of(component) for of in index.in_component)
    else:
        mine, holes = index.features.of([item.row]), index.holes.of([item.row])
        here = np.isin(f.layer[mine], [board.layer(name) for name in layers])
        mine = mine[here] if here.any() else mine
    return np.append(f.core[mine], board.holes.core[holes]), np.append(f.radius[mine], board.holes.radius[holes])
