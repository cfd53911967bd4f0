"""The manufacturability score (rule catalogue, 6.2): sub-scores of the areas, what caps them, and how sure they are.

A rule that could not run never counts as passed: it is left out of its sub-score, lowers the confidence, and counts as lost
in full in what the score is at worst. One that ran and found nothing of its kind on the board is left out of all three.
An area without any judged rule has no sub-score; the others then share the total by their own shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..report import SEVERITIES, DesignReport, Finding, RuleResult, number
from ..weights import Weights

AREAS = ("fabrication", "assembly", "test", "package")
_RESTS = {
    "waived": "waived findings count in the sub-scores, not for the gates: a waiver excuses, it changes no board",
    "idle": "rules that found nothing of their kind count neither way",
    "unjudged": "areas without a judged rule have no sub-score; the others share the total; at_worst counts all as lost",
}


def score(rules: Sequence[RuleResult], findings: Sequence[Finding], weights: Weights, cost: Mapping[str, Any]) -> dict[str, Any]:
    """As the report has it. `cost` are the cost drivers as `dfmcheck.cost.drivers` tells them; `why` in it, if they are not.

    Of each rule: penalty = weight of a severity x min(1, log2(1 + n) / causes), where n is the number of findings at
    least so grave, by that severity which costs most. Sub-score = 100 x (1 - sum of penalties / sum of weights).
    """
    by_rule: dict[str, list[Finding]] = {}
    for f in findings:
        if f.change != "fixed":
            by_rule.setdefault(f.rule, []).append(f)
    areas = {name: _area(name, rules, by_rule, weights) for name in AREAS} | {"cost": _cost(cost, weights)}
    share = weights["share"]
    whole = sum(share[name] for name in areas) or 1.0
    judged = {name: area for name, area in areas.items() if area["score"] is not None and share[name]}
    known = sum(share[name] for name in judged)
    total = sum(share[name] * area["score"] for name, area in judged.items()) / known if known else None
    worst = sum(share[name] * area["at_worst"] for name, area in areas.items()) / whole
    sure = sum(share[name] * area["confidence"] for name, area in areas.items()) / whole
    for name, area in areas.items():
        area["at_worst"], area["confidence"] = _tenths(area["at_worst"]), _tenths(100 * area["confidence"])
        area["share"], area["origin"] = share[name], weights.origins["share", name]
        area["counts"] = number(share[name] / known) if name in judged else None
        for p in area.get("penalties", ()):
            p["points"] = number(100 * p["penalty"] / area["weight"] * share[name] / known) if known else None
    penalties = [p for area in areas.values() for p in area.pop("penalties", ())]
    gates = [
        {"gate": name, "limit": weights["gate"][name], "origin": weights.origins["gate", name]}
        for name in ("error", "package_error")
    ]  # fmt: skip
    worst = _at_worst(worst if total is None else min(worst, total), rules, gates)
    told = {
        "before_gates": _tenths(total), "worst_before_gates": _tenths(worst), "confidence": _tenths(100 * sure),
        "gates": gates, "areas": areas, "penalties": sorted(penalties, key=lambda p: (-(p["points"] or 0.0), p["rule"])),
        "unscored": sorted({r.id for r in rules if _area_of(r) not in AREAS}), "rests_on": _RESTS,
    }  # fmt: skip
    return gated(told, rules, findings)


def gated(told: Mapping[str, Any], rules: Iterable[RuleResult], findings: Iterable[Finding]) -> dict[str, Any]:
    """The score with its gates closed by the errors that are open: neither waived nor gone."""
    package = {r.id for r in rules if _area_of(r) == "package"}
    errors = [f for f in findings if f.severity == "error" and f.waived is None and f.change != "fixed"]
    found = {"error": len(errors), "package_error": sum(f.rule in package for f in errors)}
    gates = [{**gate, "open": found[gate["gate"]]} for gate in told["gates"]]
    most = min((gate["limit"] for gate in gates if gate["open"]), default=math.inf)
    before, worst = told["before_gates"], told["worst_before_gates"]
    first = {
        "total": None if before is None else min(before, most), "at_worst": min(worst, most), "confidence": told["confidence"],
        "ready": not errors, "before_gates": before, "worst_before_gates": worst,
    }  # fmt: skip
    return {**first, "gates": gates, **{key: value for key, value in told.items() if key not in (*first, "gates")}}


def regated(report: DesignReport) -> DesignReport:
    """A report with its score as its findings, waived ones now known, have it."""
    if "score" not in report.economics:
        return report
    told = gated(report.economics["score"], report.rules, report.findings)
    return replace(report, economics={**report.economics, "score": told})


def _area_of(rule: RuleResult) -> str:
    return rule.category.split(".")[0]


def _area(name: str, rules: Sequence[RuleResult], findings: Mapping[str, Sequence[Finding]], weights: Weights) -> dict[str, Any]:
    idle, lost, ran = list[RuleResult](), list[RuleResult](), list[RuleResult]()
    for r in rules:
        if _area_of(r) == name:
            nothing = r.status == "passed" and not r.checked
            (idle if nothing else lost if r.status in ("skipped", "off") else ran).append(r)
    penalties = [_penalty(r, findings.get(r.id, ()), weights) for r in ran]
    weight, penalty = sum(p["weight"] for p in penalties), sum(p["penalty"] for p in penalties)
    missing = sum(weights["penalty"][r.severity] for r in lost)
    everything = weight + missing
    looked = float(bool(idle))  # all that there is to judge was looked at
    return {
        "score": _tenths(100 * (1 - penalty / weight)) if weight else None,
        "at_worst": 100 * (1 - (penalty + missing) / everything) if everything else 100 * looked,
        "confidence": weight / everything if everything else looked,
        "penalty": number(penalty), "weight": number(weight), "not_judged": number(missing),
        "rules": {"judged": len(ran), "idle": len(idle), "not_run": len(lost)},
        "penalties": [p for p in penalties if p["penalty"]],
    }  # fmt: skip


def _penalty(rule: RuleResult, findings: Sequence[Finding], weights: Weights) -> dict[str, Any]:
    """What a rule costs its area. It can be graver than the rule itself, whose weight is then that of its finding."""
    table, most = weights["penalty"], weights["penalty"]["causes"]
    grades = [SEVERITIES.index(f.severity) for f in findings]
    worst = max(
        (
            (table[s] * (min(1.0, math.log2(1 + n) / most) if most else 1.0), -at, n)
            for at, s in enumerate(SEVERITIES)
            if (n := sum(grade <= at for grade in grades))
        ),
        default=(0.0, -SEVERITIES.index(rule.severity), 0),
    )  # fmt: skip
    severity = SEVERITIES[-worst[1]]
    return {
        "rule": rule.id, "area": _area_of(rule), "checked": rule.checked, "severity": severity, "findings": worst[2],
        "weight": max(table[rule.severity], table[severity]), "penalty": number(worst[0]),
        "origin": weights.origins["penalty", severity],
    }  # fmt: skip


def _cost(told: Mapping[str, Any], weights: Weights) -> dict[str, Any]:
    """100 less the score of cost drivers; what is not known of those counts as there, once, in what it is at worst."""
    if "score" not in told:
        return {"score": None, "at_worst": 0.0, "confidence": 0.0, "why": told.get("why", "")}
    table = weights["drivers"]
    unknown = sum(table[row["driver"]] for row in told["contributions"] if row["number"] is None)
    return {
        "score": _tenths(max(100 - told["score"], 0)), "at_worst": max(100 - told["score"] - unknown, 0),
        "confidence": 1 - unknown / sum(table.values()) if unknown else 1.0,
    }  # fmt: skip


def _at_worst(worst: float, rules: Iterable[RuleResult], gates: Sequence[Mapping[str, Any]]) -> float:
    """Rules that did not run might have closed a gate."""
    lost = {_area_of(r) for r in rules if r.status in ("skipped", "off") and r.severity == "error"}
    closed = {"error": bool(lost), "package_error": "package" in lost}
    return min([worst, *(float(gate["limit"]) for gate in gates if closed[gate["gate"]])])


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1) + 0.0
