"""JUnit XML: a suite a board, a case a rule, so that the number of cases is steady and trends mean something.

A case fails where findings of its rule count against the design's gate; softer ones stand in its output. What makes a strict
run fail, skipped rules, stale waivers and notes of the reader, fails here as well: a green report of a failed run would lie.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from ..report import SEVERITIES, DesignReport, Finding, Report, RuleResult
from .phrases import at, clean, plural, where
from .spots import fresh

LISTED = 200
"""Findings that a case lists."""


def to_junit(report: Report, path: Path | None = None) -> str:
    """The report as JUnit XML."""
    root = ET.Element("testsuites", name="dfmcheck")
    for design in report.designs:
        root.append(_suite(report, design))
    if report.errors:
        suite = ET.SubElement(root, "testsuite", name="dfmcheck")
        for error in report.errors:
            case = ET.SubElement(suite, "testcase", classname="dfmcheck", name=clean(error))
            ET.SubElement(case, "error", message=clean(error), type="error").text = clean(error)
        _count(suite)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report, design: DesignReport) -> ET.Element:
    suite = ET.Element("testsuite", name=clean(design.name))
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="profile", value=clean(", ".join(design.profile.get("chain", ()))))
    ET.SubElement(properties, "property", name="verdict", value="fail" if report.fails(design) else "pass")
    strict = report.strict if design.strict is None else design.strict
    gate = design.fail_on or report.fail_on
    grave = () if gate == "never" else SEVERITIES[: SEVERITIES.index(gate) + 1]
    found: dict[str, list[Finding]] = {}
    for f in fresh(design):
        found.setdefault(f.rule, []).append(f)
    for rule in design.rules:
        if rule.status != "off":
            suite.append(_case(rule, found.get(rule.id, []), grave, strict))
    for text in design.untold:
        case = ET.SubElement(suite, "testcase", classname="dfmcheck", name=clean(text.partition(":")[0]))
        ET.SubElement(case, "error", message=clean(text), type="crash").text = clean(text)
    if strict:
        notes = [f"{at(str(n['path']), n['line'])}: {n['message']}" for n in design.notes]
        for name, lines in (("stale-waivers", list(design.stale_waivers)), ("reader-notes", notes)):
            case = ET.SubElement(suite, "testcase", classname="dfmcheck", name=name)
            if lines:
                failure = ET.SubElement(case, "failure", message=plural(len(lines), name[:-1].replace("-", " ")), type="strict")
                failure.text = "\n".join(map(clean, lines))
    _count(suite)
    if any(r.seconds is not None for r in design.rules):
        suite.set("time", f"{sum(r.seconds or 0.0 for r in design.rules):.3f}")
    return suite


def _case(rule: RuleResult, found: list[Finding], grave: tuple[str, ...], strict: bool) -> ET.Element:
    case = ET.Element("testcase", classname=clean(rule.category), name=rule.id)
    if rule.seconds is not None:
        case.set("time", f"{rule.seconds:.3f}")
    why = clean(rule.why_skipped or "")
    if rule.crashed:
        ET.SubElement(case, "error", message=why, type="crash").text = why
    elif rule.status == "skipped" and strict:
        ET.SubElement(case, "failure", message=f"skipped: {why}", type="strict").text = why
    elif rule.status == "skipped":
        ET.SubElement(case, "skipped", message=why)
    failing = [f for f in found if f.severity in grave]
    softer = [f for f in found if f.severity not in grave]
    if failing:
        more = f"{len(failing)} findings; worst: " if len(failing) > 1 else ""
        message = more + clean(failing[0].message)
        ET.SubElement(case, "failure", message=message, type=failing[0].severity).text = _listed(failing)
    if softer:
        ET.SubElement(case, "system-out").text = _listed(softer)
    return case


def _listed(findings: list[Finding]) -> str:
    lines = []
    for f in findings[:LISTED]:
        lines.append(f"{f.severity}: {clean(f.message)}")
        if f.places and (place := where(f.places[0], told=True)):
            lines.append(f"    {clean(place)}")
    if len(findings) > LISTED:
        lines.append(f"and {plural(len(findings) - LISTED, 'more finding')} (the JSON report lists all)")
    if findings[0].fix:
        lines.append(f"fix: {clean(findings[0].fix)}")
    return "\n".join(lines)


def _count(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
