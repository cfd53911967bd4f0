"""KiCad's own DRC report as JSON, `drc.v1`, so that what reads KiCad's reports reads ours: a violation a place.

The format knows errors and warnings and no notes, so notes are left out, as `included_severities` says. It holds one board:
of several designs the names stand in front. What KiCad has one name for goes by that name, all else by our rule's.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..report import DesignReport, Finding, ItemRef, Place, Report, RuleResult, number
from .json import dumps
from .paths import Paths
from .phrases import clean
from .spots import Spots, worded

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_NONE = "00000000-0000-0000-0000-000000000000"
"""KiCad's uuid of nothing, for things that have none."""
_VERSION = re.compile(rb'\((?:generator_version|host\s+\S+)\s+"?\(?(\d{1,2}(?:\.\d{1,2}){0,2})')


def to_kicad(report: Report, path: Path | None = None) -> str:
    """The report as KiCad's DRC JSON; lengths in mm."""
    paths = Paths()
    several = len(report.designs) > 1
    violations: dict[str, list[dict[str, Any]]] = {"unconnected_items": [], "violations": []}
    ignored: dict[str, str] = {}
    for design in report.designs:
        rules = {r.id: r for r in design.rules}
        for f in design.findings:
            if f.severity != "note" and f.change != "fixed":
                for one in _violations(f, rules.get(f.rule), f"{clean(design.name)}: " if several else ""):
                    violations["unconnected_items" if one["type"] == "unconnected_items" else "violations"].append(one)
        ignored |= {r.id: clean(r.why_skipped or "") for r in design.rules if r.status == "skipped"}
    return dumps({
        "$schema": "https://schemas.kicad.org/drc.v1.json",
        "coordinate_units": "mm",
        "date": _date(),
        "ignored_checks": [{"key": rule, "description": f"skipped: {why}"} for rule, why in ignored.items()],
        "included_severities": ["error", "warning", "exclusion"],
        "kicad_version": next(map(_version, report.designs), "0"),
        "schematic_parity": [],
        "source": ", ".join(Path(paths.relative(Spots(d, paths).main)).name for d in report.designs),
        "unconnected_items": violations["unconnected_items"],
        "violations": violations["violations"],
    })  # fmt: skip


def _violations(f: Finding, rule: RuleResult | None, before: str) -> Iterator[dict[str, Any]]:
    names = rule.about.kicad if rule else ()
    for n, place in enumerate(f.places):
        yield {
            "description": before + worded(f, n, rule.title if rule else f.rule),
            **({"excluded": True, "comment": clean(f.waived)} if f.waived is not None else {}),
            "items": [_item(i) for i in place.items] or _spot(place),
            "severity": f.severity,
            "type": _type(f.rule, names, place),
        }


def _type(rule: str, names: Sequence[str], place: Place) -> str:
    """KiCad's name for what was found, ours where it may have one of several: who counts by name shall count what is there."""
    if len(names) == 1:
        return names[0]
    kinds, many = {i.kind for i in place.items}, len(place.items)
    fits = {
        "clearance": place.measured > 0,
        "tracks_crossing": place.measured <= 0 and kinds == {"track"},
        "zones_intersect": place.measured <= 0 and kinds == {"zone"} and "clearance" in names,
        "shorting_items": place.measured <= 0 and not (kinds <= {"track"} or kinds <= {"zone"}) and "clearance" in names,
        "holes_co_located": place.param == "identical_hits",
        "hole_to_hole": place.param != "identical_hits",
        "courtyards_overlap": many == 2,
        "isolated_copper": kinds == {"zone"},
        "via_dangling": kinds == {"via"},
        "track_dangling": kinds == {"track"},
    }
    return next((name for name in names if fits.get(name)), rule)


def _item(item: ItemRef) -> dict[str, Any]:
    text = clean(str(item)) + (f" on {clean(item.layer)}" if item.layer else "")
    uuid = item.uuid if item.uuid and _UUID.match(item.uuid) else _NONE
    return {"description": text, "pos": _pos(item.x, item.y), "uuid": uuid}


def _spot(place: Place) -> list[dict[str, Any]]:
    """Where nothing is named, the place itself, if it is one."""
    if not math.isfinite(place.x):
        return []
    return [{"description": clean(place.detail) or "place", "pos": _pos(place.x, place.y), "uuid": _NONE}]


def _pos(x: float, y: float) -> dict[str, float]:
    return {"x": number(x) or 0.0, "y": number(y) or 0.0}


def _date() -> str:
    """The format asks for a date; without `SOURCE_DATE_EPOCH` it is a fixed one, as equal input gives equal bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return dt.datetime.fromtimestamp(int(epoch) if epoch.isdigit() else 0, dt.UTC).isoformat()


def _version(design: DesignReport) -> str:
    """Of the KiCad that wrote the board, where it says so; the format asks for one."""
    sources = design.design.sources if design.design is not None else ()
    native = next((s for s in sources if s.kind == "kicad_pcb"), None)
    found = _VERSION.search(native.data[:1000]) if native else None
    return found[1].decode() if found else "0"
