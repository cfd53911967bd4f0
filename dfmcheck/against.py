"""What changed since an earlier report: new findings, those that were there before, and those that are gone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from .errors import DfmError
from .files import DESIGN, read_bytes
from .report import SEVERITIES, DesignReport, Report, from_dict
from .waive import grown


def load(path: Path) -> Report | None:
    """An earlier JSON report; None if the file is something else (an earlier revision of the design).

    Raises `DfmError` for a file that cannot be read, or that is JSON but no report of ours.
    """
    if path.is_dir():
        return None
    data = read_bytes(path, DESIGN)
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        return from_dict(json.loads(data))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DfmError(f"is not a JSON report of dfmcheck ({type(error).__name__}: {error})", path=str(path)) from error


def earlier(report: Report, name: str, *, only: bool) -> DesignReport | None:
    """The earlier report on a design: of the same name, or the one there is where `only` one design is compared."""
    found = next((d for d in report.designs if d.name == name), None)
    return found or (report.designs[0] if only and len(report.designs) == 1 else None)


def compare(now: DesignReport, before: DesignReport) -> DesignReport:
    """Tell each finding `new` or `unchanged`, and add those of `before` that are `fixed`.

    A finding is known by its fingerprint. One that got worse (more places, a worse value, a graver severity) is new, and
    says so. A finding of a rule that did not run now is not told as fixed.
    """
    known = {(f.rule, f.fingerprint): f for f in before.findings if f.change != "fixed"}
    told = []
    for f in now.findings:
        old = known.pop((f.rule, f.fingerprint), None)
        worse = ""
        if old is not None:
            measured, places = (p.measured for p in old.places), {p.identity for p in old.places}
            worse = grown(f, severity=old.severity, count=old.count, measured=next(measured, None), places=places)
        message = f"{f.message} (worse than before: {worse})" if worse else f.message
        told.append(replace(f, message=message, change="new" if old is None or worse else "unchanged"))
    ran = {r.id for r in now.rules if r.status not in ("skipped", "off")}
    gone = [replace(f, change="fixed", waived=None) for f in known.values() if f.rule in ran]
    gone.sort(key=lambda f: (SEVERITIES.index(f.severity), f.rule, f.fingerprint))
    return replace(now, findings=(*told, *gone))
