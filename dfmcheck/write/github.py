"""Annotations of GitHub Actions: workflow commands on stdout, the worst first.

GitHub shows ten errors and ten warnings of a step and drops the others without a word, so the rest is counted in one closing
notice. The step summary is the markdown report: `dfmcheck ... -f markdown >> "$GITHUB_STEP_SUMMARY"`, or
`-o "markdown:$GITHUB_STEP_SUMMARY"` where nothing else in the step writes one (-o replaces a file, it does not append).
"""

from __future__ import annotations

from pathlib import Path

from ..report import SEVERITIES, Finding, Report
from .paths import Paths
from .phrases import clean, plural
from .spots import Spot, Spots, fresh, troubles

MOST = 10
"""Annotations of a level that GitHub shows of one step."""


def to_github(report: Report, path: Path | None = None) -> str:
    """The report as workflow commands, a line each."""
    paths = Paths()
    faults = [_command("error", "dfmcheck", clean(error)) for error in report.errors]
    found: dict[str, list[tuple[int, Spots, Finding]]] = {level: [] for level in SEVERITIES}
    for d in report.designs:
        spots = Spots(d, paths)
        faults += [_command("error", name, f"could not be checked: {why}", spots.whole(spots.main)) for name, why in troubles(d)]
        for level, group in found.items():
            group += [(rank, spots, f) for rank, f in enumerate(f for f in fresh(d) if f.severity == level)]
    lines, told = faults[:MOST], [f"{MOST} of {len(faults)} faults"] if len(faults) > MOST else []
    for level, most in (("error", MOST - len(lines)), ("warning", MOST)):
        # The worst of each design, then the second of each: no design takes all the room.
        group = sorted(found[level], key=lambda row: row[0])
        lines += [_command(level, f.rule, clean(f.message), spots.finding(f)) for _, spots, f in group[:most]]
        told += [f"{most} of {plural(len(group), level)}"] if len(group) > most else []
    counts = ", ".join(plural(len(group), level) for level, group in found.items() if group) or "no findings"
    names = "; ".join(
        f"{clean(d.name)}: {'FAIL' if report.fails(d) else 'PASS'} (fails on: {d.fail_on or report.fail_on})"
        for d in report.designs[:20]
    )
    names += f"; and {plural(len(report.designs) - 20, 'more design')}" if len(report.designs) > 20 else ""
    rest = f"; shown here: {', '.join(told)}" if told else ""
    lines.append(_command("notice", "dfmcheck", f"{names}; {counts}{rest}"))
    # A path may hold what UTF-8 cannot.
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace").decode("utf-8")


def _command(level: str, title: str, message: str, spot: Spot | None = None) -> str:
    properties = {"title": clean(title)}
    if spot is not None:
        properties["file"] = spot.path
        if spot.exact:
            properties |= {"line": str(spot.line)}
            if spot.end > spot.column:
                properties |= {"col": str(spot.column), "endColumn": str(spot.end)}
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
