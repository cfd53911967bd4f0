"""The picture of a rule: a finding on the board that tests it, drawn as the reports draw it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import dfmcheck
from dfmcheck.api import Plan, read
from dfmcheck.drawing import witness
from dfmcheck.report import SEVERITIES, DesignReport, Finding
from dfmcheck.rule import Rule, resolve
from dfmcheck.testing import read_script
from dfmcheck.write.phrases import clean
from dfmcheck.write.svg import finding_svg

FIXTURES = Path(dfmcheck.__file__).parents[1] / "fixtures" / "rules"
WIDTH = 560.0
_ASIDE = re.compile(r" \((?:[^()]*\.toml:\d+|set)\)$|\b\d+ places; worst: ")
"""What of a message says where its limit is set, and how many places there are: the page tells the one, the picture shows one."""


class Picture(NamedTuple):
    """What stands on the page of a rule."""

    svg: str
    text: str
    """What the picture shows, for those who do not see it."""
    board: str
    """Name of the fixture."""


def picture(rule: Rule, rules: Mapping[str, Rule]) -> Picture | None:
    """The finding of a fixture that shows best what the rule measures; None where no board of the rule has any."""
    for path in sorted(FIXTURES.glob(f"{rule.id}.*kicad_pcb"), key=lambda path: (path.name != f"{rule.id}.kicad_pcb", path.name)):
        board = read(path)
        script = read_script(board, rules)
        report = Plan(rules, resolve(script.profiles, rules, script.sets), frozenset({rule.id})).run(board)
        if report.findings:
            finding = min(report.findings, key=lambda f: _rank(report, f))
            said = _ASIDE.sub("", clean(finding.message)).replace(str(path), path.name)
            svg = finding_svg(report, finding, width=WIDTH).replace(str(path), path.name)
            return Picture(svg, said, path.name)
    return None


def _rank(report: DesignReport, finding: Finding) -> tuple[bool, bool, bool, int]:
    """The smaller, the more a picture tells: a line that was measured, then a value, then anything that has a place."""
    place = finding.places[0]
    has_place = math.isfinite(place.x)
    line = witness(report.design, place) if has_place and report.design is not None else None
    short = line is None or not math.isfinite(place.measured) or place.measured <= 0
    return not has_place, short, not math.isfinite(place.measured), SEVERITIES.index(finding.severity)
