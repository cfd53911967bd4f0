"""SARIF 2.1.0 as GitHub code scanning reads and shows it, a run a design.

Of a result GitHub shows the first location only, the first sentence where room is short, and a related location where the
message links to it; the rest (coordinates, values, further places) is for other viewers. Waived and fixed findings are left
out, since GitHub knows no suppressions.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..report import DesignReport, Finding, ItemRef, LimitUsed, Place, Report, RuleResult, number
from ..units import show
from .json import dumps
from .paths import Paths
from .phrases import clean, plural
from .spots import HOME, Spot, Spots, gravity, named, standing, told, troubles

RESULTS = 25_000
"""GitHub takes no more results of a run, and refuses the file."""
RUNS = 20
BYTES = 10_000_000
"""Of the file when it is packed by gzip."""
RELATED = 20
"""Related locations of a result: the second item, then further places; the JSON report lists all."""
NOTES = 100
"""Notes of the reader that are told."""
TAGS = 20
_LEVELS = {"error": "error", "warning": "warning", "note": "recommendation"}
"""What GitHub calls them in `problem.severity`."""
_PRECISION = {"fabrication": "very-high", "package": "very-high"}
"""By the first word of the category: what is measured on the artwork is exact, what rests on guesses about parts is `medium`."""
_NOTICES = {
    "rule-skipped": "A rule that could not judge this design",
    "rule-crashed": "A check that crashed",
    "design-failed": "A design that could not be read or checked",
    "left-out": "What is beyond the limits of the format",
    "reader-note": "What a reader had to assume or leave out",
    "stale-waiver": "A waiver that no longer holds",
}
_KEEP = "/-._~"


def to_sarif(report: Report, path: Path | None = None) -> str:
    """The report as SARIF text; where it would exceed what GitHub takes, the worst is kept and told so."""
    most = RESULTS
    while True:
        text = dumps(_log(report, most))
        if most <= 1 or len(text) <= BYTES or len(zlib.compress(text.encode(errors="replace"))) <= BYTES * 0.98:
            return text
        most //= 2


def _log(report: Report, most: int) -> dict[str, Any]:
    paths = Paths()
    order = sorted(range(len(report.designs)), key=lambda n: gravity(report.designs[n]), reverse=True)
    kept = sorted(order[:RUNS])
    ids = _ids(report, paths)
    runs = [_Run(report, report.designs[n], paths, most).run(ids[n]) for n in kept]
    beyond = [report.designs[n] for n in sorted(order[RUNS:])]
    if runs:
        extra = [_notice("design-failed", "error", clean(error)) for error in report.errors]
        if beyond:
            findings = plural(sum(len(list(standing(d))) for d in beyond), "finding")
            text = f"{plural(len(beyond), 'design')} beyond the {RUNS} that a file may hold left out with {findings}"
            extra.append(_notice("left-out", "error", f"{text}: {', '.join(clean(d.name) for d in beyond)}"))
        invocation = runs[0]["invocations"][0]
        invocation["executionSuccessful"] = invocation["executionSuccessful"] and not report.errors
        invocation["toolExecutionNotifications"] = extra + invocation["toolExecutionNotifications"]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": runs}


def _ids(report: Report, paths: Paths) -> list[str]:
    """What tells the runs of one upload apart: the board's name, its path where two have one name."""
    count = Counter(d.name for d in report.designs)
    seen: Counter[str] = Counter()
    out = []
    for d in report.designs:
        name = clean(d.name).replace("/", "-") if count[d.name] == 1 else paths.relative(Spots(d, paths).main)
        seen[name] += 1
        out.append(f"dfmcheck/{name}{f'-{seen[name]}' if seen[name] > 1 else ''}/")
    return out


class _Run:
    """Makes the run of one design."""

    def __init__(self, report: Report, design: DesignReport, paths: Paths, most: int) -> None:
        self.report, self.design, self.most = report, design, most
        self.spots = Spots(design, paths)
        self.rules = [r for r in design.rules if r.status not in ("off", "skipped")]
        self.index = {r.id: n for n, r in enumerate(self.rules)}
        self.title = {r.id: r.title for r in design.rules}

    def run(self, id_: str) -> dict[str, Any]:
        findings = list(standing(self.design))
        left = len(findings) - self.most
        execution = [
            *(_notice("rule-crashed", "error", f"{name}: {why}", name) for name, why in troubles(self.design)),
            *(
                _notice("rule-skipped", "note", f"{r.id} was skipped: {clean(r.why_skipped or '')}", r.id)
                for r in self.design.rules
                if r.status == "skipped" and not r.crashed
            ),
            *self._reader_notes(),
        ]
        if left > 0:
            what = f"{left:,} of {len(findings):,} findings"
            text = f"{what} left out, the least grave ones: the file would hold more than GitHub takes"
            execution.insert(0, _notice("left-out", "error", text))
        stale = [_notice("stale-waiver", "warning", clean(line)) for line in self.design.stale_waivers]
        return {
            "tool": {"driver": {
                "name": "dfmcheck", "semanticVersion": self.report.version, "informationUri": HOME,
                "shortDescription": {"text": "Manufacturability checks for printed circuit boards"},
                "rules": [_rule(r) for r in self.rules],
                "notifications": [_described(name, text) for name, text in _NOTICES.items()],
            }},
            "automationDetails": {"id": id_},
            "invocations": [{
                "executionSuccessful": not troubles(self.design),
                "toolExecutionNotifications": execution,
                "toolConfigurationNotifications": stale,
            }],
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository"}}},
            "columnKind": "unicodeCodePoints",
            "results": [self._result(f) for f in findings[: self.most]],
            "properties": {
                "profile": list(self.design.profile.get("chain", ())),
                "verdict": "fail" if self.report.fails(self.design) else "pass",
                "inputs": [{"path": str(i["path"]), "sha256": i.get("sha256")} for i in self.design.inputs],
            },
        }  # fmt: skip

    def _reader_notes(self) -> list[dict[str, Any]]:
        notes = self.design.notes
        out = []
        for note in notes[:NOTES]:
            line = note["line"] if isinstance(note["line"], int) else None
            spot = self.spots.file(str(note["path"]), line)
            where = {"locations": [{"physicalLocation": _physical(spot)}]}
            out.append({**_notice("reader-note", "note", clean(note["message"])), **where})
        if len(notes) > NOTES:
            out.append(_notice("reader-note", "note", f"and {plural(len(notes) - NOTES, 'more note')} of the reader"))
        return out

    def _result(self, f: Finding) -> dict[str, Any]:
        message = _unlinked(f"{clean(f.message)}.")
        worst = f.places[0] if f.places else None
        others = worst.items[1:2] if worst else ()
        related = [{"id": 1, **self._location(self.spots.item(item), item=item, text=_unlinked(clean(item)))} for item in others]
        if others:
            message += f" The other item is [{_label(others[0])}](1)."
        for n, place in enumerate(f.places[1 : RELATED + 1 - len(related)], len(related) + 1):
            text = _unlinked(told(place, self.title.get(f.rule, f.rule)))
            related.append({"id": n, **self._location(self.spots.place(place), place=place, text=text)})
        values: dict[str, Any] = {"count": f.count, "inherent": f.inherent, "inferred": f.inferred}
        if worst is not None:
            values = {
                "x_mm": number(worst.x), "y_mm": number(worst.y), "layer": ", ".join(worst.layers),
                "actual": number(worst.measured), "limit": number(worst.limit), "unit": worst.unit, **values,
            }  # fmt: skip
        index = {"ruleIndex": self.index[f.rule]} if f.rule in self.index else {}
        return {
            "ruleId": f.rule, **index, "level": f.severity, "message": {"text": message},
            "locations": [self._location(self.spots.finding(f), place=worst)],
            "partialFingerprints": {"primaryLocationLineHash": f.fingerprint},
            **({"relatedLocations": related} if related else {}),
            **({"baselineState": f.change} if f.change is not None else {}),
            "properties": values,
        }  # fmt: skip

    def _location(
        self, spot: Spot, *, place: Place | None = None, item: ItemRef | None = None, text: str = ""
    ) -> dict[str, Any]:  # fmt: skip
        items = (item,) if item is not None else place.items if place is not None else ()
        layers = place.layers if place is not None else (item.layer,) if item is not None and item.layer else ()
        logical = [{"name": named(i), "fullyQualifiedName": named(i), "kind": i.kind} for i in items]
        logical += [{"name": layer, "fullyQualifiedName": layer, "kind": "layer"} for layer in map(clean, layers)]
        unique = list({entry["fullyQualifiedName"]: entry for entry in logical}.values())
        return {
            "physicalLocation": _physical(spot),
            **({"logicalLocations": unique} if unique else {}),
            **({"message": {"text": text}} if text else {}),
        }


def _physical(spot: Spot) -> dict[str, Any]:
    rooted = Path(spot.path).is_absolute()
    uri = quote(spot.path, _KEEP, errors="surrogateescape")
    where = {"uri": f"file://{'' if uri.startswith('/') else '/'}{uri}"} if rooted else {"uri": uri, "uriBaseId": "%SRCROOT%"}
    region = {"startLine": spot.line, "startColumn": spot.column, "endLine": spot.line, "endColumn": spot.end}
    return {"artifactLocation": where, "region": region}


def _described(name: str, text: str) -> dict[str, Any]:
    """A kind of notification, with all that is asked of a rule's description."""
    said = {"text": f"{text}."}
    return {
        "id": name, "name": _pascal(name), "shortDescription": said, "fullDescription": said,
        "help": {**said, "markdown": f"{text}."}, "helpUri": HOME,
    }  # fmt: skip


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _notice(kind: str, level: str, text: str, rule: str | None = None) -> dict[str, Any]:
    about = {} if rule is None else {"associatedRule": {"id": rule}}
    return {"descriptor": {"id": kind}, "level": level, "message": {"text": _unlinked(text)}, **about}


def _unlinked(text: str) -> str:
    """Text that holds no link: names of nets and parts may look like one."""
    return text.replace("](", "] (")


def _label(item: ItemRef) -> str:
    """The text of a link, which holds no brackets."""
    return clean(str(item)).translate({ord("["): "(", ord("]"): ")", ord("\\"): "/"})


def _rule(r: RuleResult) -> dict[str, Any]:
    about = r.about
    web = next((word for ref in about.refs for word in re.findall(r"https?://[^\s,;)]+", ref)), HOME)
    first = r.category.split(".")[0]
    full = " ".join(t for t in (about.why, about.measure) if t) or r.title
    parts = [("Why", about.why), ("Measured", about.measure), ("Fix", about.fix), ("Traps", about.traps)]
    parts += [("Limits", "; ".join(_limit(name, used) for name, used in r.limits.items())), ("See", "; ".join(about.refs))]
    parts = [(head, " ".join(text.split())) for head, text in parts if text]
    return {
        "id": r.id, "name": _pascal(r.id),
        "shortDescription": {"text": r.title},
        "fullDescription": {"text": full if len(full) <= 1000 else full[:1000].rsplit(" ", 1)[0] + " ..."},
        "help": {
            "text": "\n\n".join(f"{head}: {text}" for head, text in parts) or r.title,
            "markdown": "\n\n".join(f"**{head}:** {text.replace('<', '&lt;')}" for head, text in parts) or r.title,
        },
        "helpUri": web,
        "defaultConfiguration": {"level": r.severity},
        "properties": {
            "tags": list(dict.fromkeys((*r.category.split("."), *about.tags)))[:TAGS],
            "precision": _PRECISION.get(first, "medium"),
            "problem.severity": _LEVELS[r.severity],
        },
    }  # fmt: skip


def _limit(name: str, used: LimitUsed) -> str:
    values = [show(used.value, used.unit)] if used.value is not None and math.isfinite(used.value) else []
    values += [f"better {show(used.prefer, used.unit)}"] if used.prefer is not None else []
    return f"{name} {', '.join(values)} ({used.origin})"
