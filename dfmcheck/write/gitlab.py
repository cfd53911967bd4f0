"""GitLab's code quality report: a list of issues, of which the merge request shows those that are new in it.

GitLab compares with the target branch by fingerprint itself, so findings that were there before are listed too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ..report import Report
from .json import dumps
from .paths import Paths
from .phrases import clean
from .spots import Spots, standing, troubles

_SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def to_gitlab(report: Report, path: Path | None = None) -> str:
    """The report as a code quality report; what could not be checked is a blocker in it."""
    paths = Paths()
    issues: dict[str, dict[str, Any]] = {}  # by fingerprint, which is to be unique in the file

    def add(rule: str, text: str, severity: str, where: str, line: int, *identity: str) -> None:
        print_ = hashlib.sha256("|".join((rule, *identity)).encode("utf-8", "replace")).hexdigest()[:32]
        issues.setdefault(print_, {
            "description": f"{rule}: {text}", "check_name": rule, "fingerprint": print_, "severity": severity,
            "location": {"path": where, "lines": {"begin": line}},
        })  # fmt: skip

    for error in report.errors:
        add("dfmcheck", clean(error), "blocker", ".", 1, error)
    for d in report.designs:
        spots = Spots(d, paths)
        main = spots.whole(spots.main).path
        for rule, why in troubles(d):
            add(rule, f"could not be checked: {why}", "blocker", main, 1, main, "crashed")
        for f in standing(d):
            spot = spots.finding(f)
            add(f.rule, clean(f.message), _SEVERITIES[f.severity], spot.path, spot.line, main, d.name, f.fingerprint)
    return dumps(list(issues.values()))
