"""Reviewdog's diagnostic format, `rdjson`: columns count bytes of UTF-8, the end is exclusive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..report import Report
from .json import dumps
from .paths import Paths
from .phrases import clean
from .spots import HOME, Spot, Spots, fresh, troubles

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def to_rdjson(report: Report, path: Path | None = None) -> str:
    """The report as one `DiagnosticResult`; against an earlier report only what is new."""
    paths = Paths()
    diagnostics = [_diagnostic("dfmcheck", clean(error), "ERROR", {"path": "."}) for error in report.errors]
    for d in report.designs:
        spots = Spots(d, paths)
        main = _location(spots.whole(spots.main))
        diagnostics += [_diagnostic(name, f"could not be checked: {why}", "ERROR", main) for name, why in troubles(d)]
        for f in fresh(d):
            one = _diagnostic(f.rule, clean(f.message), _SEVERITIES[f.severity], _location(spots.finding(f)))
            others = f.places[0].items[1:] if f.places else ()
            if others:
                related = [{"message": clean(str(item)), "location": _location(spots.item(item))} for item in others]
                one["related_locations"] = related
            diagnostics.append(one)
    return dumps({"source": {"name": "dfmcheck", "url": HOME}, "diagnostics": diagnostics})


def _diagnostic(rule: str, message: str, severity: str, location: dict[str, Any]) -> dict[str, Any]:
    return {"message": message, "location": location, "severity": severity, "code": {"value": rule, "url": HOME}}


def _location(spot: Spot) -> dict[str, Any]:
    if not spot.exact:
        return {"path": spot.path}
    start: dict[str, int] = {"line": spot.line}
    if spot.end_bytes <= spot.column_bytes:
        return {"path": spot.path, "range": {"start": start}}
    end = {"line": spot.line, "column": spot.end_bytes}
    return {"path": spot.path, "range": {"start": {**start, "column": spot.column_bytes}, "end": end}}
