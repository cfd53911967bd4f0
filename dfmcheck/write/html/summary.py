"""What stands above the board on the page: verdict, score, coverage, cost, measured values, inputs; worded in Python, so that
the template only sets it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...report import SEVERITIES, DesignReport, Report, RuleResult
from ...units import show
from ..built import AREAS, how_built, what_it_costs
from ..phrases import at, plural, producibility, strictly, worst_of

_RANK = {"failed": 0, "warned": 1, "noted": 2, "passed": 3}
RING = 100.0
"""Circumference of the ring that shows the score, as `pathLength` of the circle says."""


class Card(NamedTuple):
    """A figure that a manager reads."""

    label: str
    value: str
    about: str


def verdict(report: Report, d: DesignReport) -> dict[str, Any]:
    """Word, the reason in a sentence, and the counts."""
    counts = d.counts()
    grave = d.fail_on or report.fail_on
    fails = report.fails(d)
    why = []
    if d.crashed or d.untold:
        why.append(f"{plural(len(d.crashed) + len(d.untold), 'check')} crashed, so this report is incomplete")
    if grave != "never":
        severe = SEVERITIES[: SEVERITIES.index(grave) + 1]
        counted = [f for f in d.findings if f.severity in severe and f.change in (None, "new")]
        live = [f for f in counted if f.waived is None]
        each = [plural(n, name) for name in severe if (n := sum(f.severity == name for f in live))]
        new = " new" if any(f.change for f in d.findings) else ""
        if each:
            why.append(f"fails because of {' and '.join(each)}{f',{new}' if new else ''}")
        elif not fails:
            named = " or ".join(t for t in (", ".join(severe[:-1]), severe[-1]) if t)
            but = " but waived ones" if counted else ""
            those = "these" if severe[1:] else f"{new} {grave}s".strip()
            why.append(f"no{new} {named} found{but}; only {those} fail this board (fail-on = {grave})")
    elif not fails:
        found = [plural(n, name) for name in SEVERITIES[:2] if (n := counts[f"{name}s"])]
        none = f"{' and '.join(found)}, none of which fails" if found else "no finding fails"
        why.append(f"{none} this board (fail-on = never)")
    said = "; ".join(t for t in (*why, strictly(report, d)) if t)
    # What passes only because nothing could fail it is not told in green.
    ungated = grave == "never" and counts["errors"] + counts["warnings"] > 0
    return {
        "look": "fail" if fails else "open" if ungated else "pass", "word": "FAIL" if fails else "PASS",
        "why": said[:1].upper() + said[1:], "counts": counts,
    }  # fmt: skip


def score(d: DesignReport) -> dict[str, Any] | None:
    """The score as figures and a ring of circumference `RING`; None where it was not told."""
    told = d.economics.get("score") or {}
    if told.get("total") is None:
        return None
    closed = [gate for gate in told["gates"] if gate["open"]]
    gate = min(closed, key=lambda g: g["limit"]) if closed else None
    areas = [
        (name, "not judged" if a["score"] is None else _figure(a["score"]), _figure(a["at_worst"]), f"{a['confidence']:.0f} %")
        for name in AREAS if (a := told["areas"].get(name))
    ]  # fmt: skip
    said = f"Capped at {_figure(gate['limit'])} by {plural(gate['open'], 'open error')}" if gate else ""
    if gate and told["before_gates"] <= gate["limit"]:
        said = f"Not ready: {plural(gate['open'], 'open error')}"
    elif gate:
        said += f"; {_figure(told['before_gates'])} without"
    return {
        "total": _figure(told["total"]), "arc": f"{told['total'] / 100 * RING:.2f}", "worst": _figure(told["at_worst"]),
        "confidence": f"{told['confidence']:.0f} %", "gate": said,
        "level": "low" if gate or told["total"] < 70 else "mid" if told["total"] < 90 else "high", "area_rows": areas,
        "penalties": [(p["rule"], p["severity"], p["findings"], _figure(p["points"])) for p in told["penalties"]],
    }  # fmt: skip


def cards(d: DesignReport) -> list[Card]:
    """The figures beside the score."""
    b, out = d.board, []
    size = f"{b['width']:.1f} × {b['height']:.1f} mm" if b["width"] else "no closed outline"
    parts = b["components"]
    known = "components" in d.facts or "package" not in d.facts
    about = f"{len(b['copper_layers'])} copper layers" + (f", {b['thickness']:g} mm" if b["thickness"] else "")
    about += f"; {plural(parts['top'] + parts['bottom'], 'part')}" if known else "; parts unknown"
    out.append(
        Card("Board", size, f"{about}, {plural(b['pads'], 'pad')}, {plural(b['vias'], 'via')}, {plural(b['nets'], 'net')}")
    )
    if d.producibility.get("features"):
        level = d.producibility["level"]
        out.append(Card("Producibility level", level or "not told", producibility(d.producibility).partition("; ")[2]))
    chosen = next((f for f in d.assembly.get("flows", ()) if f["code"] == d.assembly.get("chosen")), None)
    if chosen:
        about = f"{chosen['name']}{'' if chosen['status'] != 'excluded' else '; but no flow is open'}"
        out.append(Card("Built as", chosen["code"], f"{about}; cost index {_figure(chosen['cost'])} (one side of SMT is 1)"))
    told = d.economics.get("yield") or {}
    if "dpu" in told:
        percent = told["first_pass_yield"]
        value = f"{min(round(percent, 2), 99.99) if percent < 100 else percent:.2f} %"
        without = f"{told['without_findings']:.2f} % without the findings; " if told["rules"] else ""
        out.append(Card("First-pass yield", value, f"{without}predicted, {told['opportunities']:,} opportunities"))
    access = d.test_access
    if access.get("coverage") is not None:
        out.append(
            Card(
                "Test access", f"{access['coverage']:.0f} %", f"{access['reached']} of {access['tested']} nets reached by a probe"
            )
        )
    return out


def coverage(d: DesignReport) -> dict[str, Any]:
    """What was checked and what could not be: silence about a rule would look like a pass."""

    def grouped(rules: Sequence[RuleResult]) -> list[tuple[str, list[str]]]:
        reasons: dict[str, list[str]] = {}
        for r in rules:
            reasons.setdefault(r.why_skipped or "", []).append(r.id)
        return sorted(reasons.items())

    return {
        "crashed": [(r.id, r.why_skipped) for r in d.crashed] + [("", text) for text in d.untold],
        "skipped": grouped([r for r in d.rules if r.status == "skipped" and not r.crashed]),
        "off": grouped([r for r in d.rules if r.status == "off"]),
        "idle": [r.id for r in d.rules if r.checked == 0 and r.status == "passed"],
        "n_off": sum(r.status == "off" for r in d.rules),
        "facts": d.facts,
        "notes": [(at(str(n["path"]), n["line"]), n["message"]) for n in d.notes],
    }  # fmt: skip


def measured(d: DesignReport, accepted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The worst value of each rule that ran, beside its limit, its origin and source; `accepted` tells who takes the value."""
    ran = [r for r in d.rules if r.status in _RANK and not (r.checked == 0 and r.status == "passed")]
    return [_measured(r, accepted.get(r.id, "")) for r in sorted(ran, key=lambda r: _RANK[r.status])]


def numbered(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The sources that several limits of a table have, which there become their number: `[1]` is the first."""
    said = [row["source"] for row in rows] + [limit[4] for row in rows for limit in row["limits"]]
    count = Counter(said)
    number = {text: f"[{n}]" for n, text in enumerate((t for t in dict.fromkeys(said) if t and count[t] > 1), 1)}
    for row in rows:
        row["source"] = number.get(row["source"], row["source"])
        row["limits"] = [(*limit[:4], number.get(limit[4], limit[4])) for limit in row["limits"]]
    return list(number)


def _measured(r: RuleResult, accepted: str) -> dict[str, Any]:
    worst, limit, origin = worst_of(r)
    judging = {name: u for name, u in r.limits.items() if u.value is not None or u.prefer is not None}
    shown = [u for u in judging.values() if r.worst_limit in (u.value, u.prefer)] if r.worst_limit is not None else []
    source = next(iter(shown or judging.values()), None)
    limits = [
        (
            name,
            show(u.value, u.unit) if u.value is not None else "",
            show(u.prefer, u.unit) if u.prefer is not None else "",
            _short(u.origin),
            u.source,
        )
        for name, u in judging.items()
    ]
    return {
        "status": r.status, "id": r.id, "title": r.title, "checked": f"{r.checked:,}", "worst": worst,
        "limit": limit, "origin": origin, "source": source.source if source else "", "limits": limits if len(limits) > 1 else [],
        "accepted": accepted,
    }  # fmt: skip


def _short(origin: str) -> str:
    return origin.removeprefix("rules/profiles/").replace(".toml:", ":")


def built(d: DesignReport) -> dict[str, Any]:
    """How the board will be built: in words, and the flows beside each other."""
    chosen = d.assembly.get("chosen")

    def rank(f: Mapping[str, Any]) -> tuple[bool, bool, float]:
        return f["code"] != chosen, f["status"] == "excluded", math.inf if f["cost"] is None else f["cost"]

    flows = [
        (f["code"], f["name"], "" if f["cost"] is None else _figure(f["cost"]), "chosen" if f["code"] == chosen else f["status"],
         "; ".join(_way(way) for way in (f.get("excluded") or ())[:2]))
        for f in sorted(d.assembly.get("flows", ()), key=rank)
    ]  # fmt: skip
    return {"lines": [_split(line) for line in how_built(d.assembly)], "flows": flows}


def _way(way: Mapping[str, Any]) -> str:
    parts = way["parts"]
    return f"{', '.join(parts[:3])}{f' and {len(parts) - 3} more' if len(parts) > 3 else ''} {way['why']}".strip()


def cost(d: DesignReport) -> dict[str, Any]:
    """Cost and yield: in words, then cost drivers and classes of defects as tables."""
    told = d.economics
    drivers = [
        (row["driver"].replace("_", " "), row["number"], _figure(row["weight"]), _figure(row["contribution"]))
        for row in (told.get("drivers") or {}).get("contributions", ()) if row.get("contribution")
    ]  # fmt: skip
    classes = [
        (row["class"].replace("_", " "), row["number"], f"{row['dpmo']:g}", row["touched"], f"{row['defects'] / 1e6:.4f}")
        for row in (told.get("yield") or {}).get("classes", ()) if row["defects"]
    ]  # fmt: skip
    return {"lines": [_split(line) for line in what_it_costs(told)], "drivers": drivers, "classes": classes}


def test_access(d: DesignReport) -> dict[str, Any]:
    told = d.test_access
    if told.get("coverage") is None:
        return {"why": told.get("why", ""), "classes": [], "add": []} if told else {}
    classes = told["classes"].items()
    return {
        "why": "",
        "classes": [(name, c["nets"], c["reached"], f"{c['coverage']:.0f} %") for name, c in classes if c["nets"]],
        "add": [(a["net"], a["class"], a["pins"], a["side"] or "", a["how"], _at(a)) for a in told.get("add", ())],
    }  # fmt: skip


def _at(thing: Mapping[str, Any]) -> str:
    return "" if thing["x"] is None else f"{thing['x']:.3f}, {thing['y']:.3f}"


def profile(d: DesignReport) -> dict[str, Any]:
    """The chain of profiles, when it was read, and the sources its limits state."""
    count: dict[str, int] = {}
    for r in d.rules:
        for used in r.limits.values():
            if used.source:
                count[used.source] = count.get(used.source, 0) + 1
    chain = list(d.profile.get("chain") or ())
    about = {key: str(d.profile.get(key) or "") for key in ("revision", "read", "config")}
    return {
        "chain": chain, **about, "sources": sorted(count.items(), key=lambda pair: (-pair[1], pair[0])),
        "lines": [(key, text) for key, text in {"profiles": ", ".join(chain) or "none", **about}.items() if text],
    }  # fmt: skip


def inputs(d: DesignReport) -> list[tuple[str, str, str, str]]:
    return [(str(i["path"]), str(i["role"] or i["kind"]), f"{i['bytes']:,}", str(i["sha256"])) for i in d.inputs]


def _split(line: str) -> tuple[str, str]:
    """A line's first words, where they name what the rest tells."""
    head, colon, rest = line.partition(": ")
    return (head, rest) if colon and len(head) <= 24 else ("", line)


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
