"""What a run found: plain frozen data, the same for every writer, and its JSON form (`dfmcheck-report/1`)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .errors import DfmError

if TYPE_CHECKING:
    from .board import Board

__all__ = [
    "SCHEMA",
    "SEVERITIES",
    "About",
    "DesignReport",
    "Finding",
    "ItemRef",
    "LimitUsed",
    "Place",
    "Report",
    "RuleResult",
]  # fmt: skip

SCHEMA = "dfmcheck-report/1"
"""What `schema` says in a JSON report."""
SEVERITIES = ("error", "warning", "note")
"""Gravest first."""
STATUS = {"error": "failed", "warning": "warned", "note": "noted"}


@dataclass(frozen=True, slots=True)
class ItemRef:
    """A thing on the board as a finding names it."""

    kind: str
    """pad via track arc zone text graphic hole component edge opening."""
    uuid: str | None
    """KiCad's own, None where there is none; of a hole that of its pad or via."""
    component: str | None
    """Reference of the component, None where it belongs to none."""
    pad: str | None
    """Number of the pad, None of what is no pad."""
    net: str | None
    """Name, None for none."""
    layer: str | None
    """Name of the layer, None where it is on several."""
    x: float
    """mm, to the right: where it is anchored."""
    y: float
    """mm, down."""
    file: str
    """Path of the file that it stands in."""
    line: int | None
    """From 1, None where nothing tells."""
    row: int = field(default=-1, compare=False)
    """Row in `Board.items` of the design that was checked, -1 where that is not at hand; not in the report."""
    spot: str = field(default="", compare=False)
    """Where it lies on its board, if it belongs to no component or named net; not in the report."""

    def __str__(self) -> str:
        """Short and unmistakable: ``pad U3.12 [GND]``, ``track [VCC]``, ``component C4``."""
        name = ""
        if self.component is not None:
            name = f" {self.component}" + (f".{self.pad}" if self.pad else "")
        return f"{self.kind}{name}" + (f" [{self.net}]" if self.net else "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is, and what was measured there."""

    x: float
    """mm, to the right; NaN, as is y, for what has no place on the board: a file that is absent, a fault in a header."""
    y: float
    """mm, down as seen from the top."""
    layers: tuple[str, ...]
    """Names of the layers."""
    measured: float
    """In `unit`; NaN where nothing is measured."""
    limit: float | None
    """In `unit`: what `measured` breaks; None where no limit judges."""
    unit: str
    """mm, mm2, deg, %, ratio, count...: one of `dfmcheck.units.UNITS`."""
    items: tuple[ItemRef, ...]
    """What is involved: one or two things, or none."""
    param: str = ""
    """Name of the rule's parameter that judges."""
    detail: str = ""
    """What the check adds in words, '' for nothing."""
    file: str = ""
    """Path of the file of a package that is meant, '' where items are."""
    line: int | None = None
    """In `file`, from 1; None where none is meant."""
    more: float = 0.0
    """How much of `limit` is beyond what the parameter's limit says; not in the report, where the sum stands."""

    @property
    def identity(self) -> str:
        """Short hash of what is here: the items' uuids, else their kind, component, pad and net (of one without a name: where it
        lies on its board), else the file's name; '' if nothing is here."""
        return self._hash(sorted(i.uuid or _named(i) for i in self.items))

    @property
    def identities(self) -> tuple[str, ...]:
        """Its identity, and those that it had before some of its items were given uuids."""
        names = [dict.fromkeys((i.uuid or _named(i), _named(i))) for i in self.items]
        return tuple(dict.fromkeys(self._hash(sorted(some)) for some in product(*names)))

    def _hash(self, names: list[str]) -> str:
        if not names and self.file:
            names = [f"file|{PurePosixPath(self.file).name}"]
        return hashlib.sha256("|".join(names).encode("utf-8", "replace")).hexdigest()[:8] if names else ""


def _named(i: ItemRef) -> str:
    return f"{i.kind}|at {i.spot}" if i.spot else f"{i.kind}|{i.component}|{i.pad}|{i.net}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause: the same rule, the same pair of owners, the same layer, with all its places, worst first."""

    rule: str
    """Id of the rule."""
    severity: str
    """error, warning, note."""
    message: str
    """One sentence about the worst place."""
    fix: str
    """What to do, as the rule says."""
    fingerprint: str
    """By which the same finding is known in another run; it survives edits elsewhere."""
    places: tuple[Place, ...]
    """All of them, worst first; none is left out."""
    inherent: bool = False
    """Both items belong to one footprint, so that moving parts cannot help."""
    inferred: bool = False
    """A reader had to infer what an item is."""
    waived: str | None = None
    """The reason of the waiver that covers it."""
    change: str | None = None
    """new, unchanged or fixed, told against an earlier report."""
    shared: bool = False
    """The cause is shared over owners, so that the fingerprint names none: only the places tell whose they are."""
    review: Mapping[str, Any] | None = None
    """What the manufacturer decided about it, see `dfmcheck.review`; None where nobody has."""

    @property
    def count(self) -> int:
        """How many places it has."""
        return len(self.places)


@dataclass(frozen=True, slots=True)
class LimitUsed:
    """A limit that was judged by."""

    value: float | None
    """In `unit`: beyond it is the rule's severity; None where only `prefer` is stated."""
    prefer: float | None
    """In `unit`: beyond it is one step softer; None where not stated."""
    origin: str
    """Where it stands: `rules/profiles/standard.toml:9`, `sets`, another file and line."""
    unit: str
    """Of both numbers."""
    source: str = ""
    """Who states it, '' where nobody is named."""


@dataclass(frozen=True, slots=True)
class About:
    """What the catalogue says about a rule, for writers that explain it; not in the JSON report."""

    measure: str = ""
    """What is measured."""
    why: str = ""
    """What happens to a board that breaks it."""
    fix: str = ""
    """What to do."""
    traps: str = ""
    """What must not be told as a finding, '' where nothing is said."""
    tags: tuple[str, ...] = ()
    """Words that `select` knows it by."""
    kicad: tuple[str, ...] = ()
    """KiCad's own names for what the rule finds."""
    refs: tuple[str, ...] = ()
    """Where it comes from."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What became of one rule: what it looked at, and how near the worst came."""

    id: str
    """Such as annular-ring-outer."""
    title: str
    """For people."""
    category: str
    """Such as fabrication.drill."""
    status: str
    """passed, failed, warned, noted (by its gravest finding), skipped (it could not judge), off (not asked, or without a
    limit)."""
    severity: str
    """error, warning, note: what breaking its limits is."""
    unit: str
    """Of `worst`."""
    checked: int = 0
    """How many things it looked at."""
    worst: float | None = None
    """In `unit`; None where nothing was measured."""
    worst_limit: float | None = None
    """In `unit`: the limit that judges the worst value; None in a report that was read back."""
    limits: Mapping[str, LimitUsed] = field(default_factory=dict)
    """By parameter."""
    why_skipped: str | None = None
    """In words, None where it ran."""
    seconds: float | None = None
    """How long it took, None unless timing was asked for."""
    crashed: bool = False
    """The check crashed, so the design fails whatever else was found."""
    about: About = field(default=About(), compare=False, repr=False)
    """What the catalogue says; empty in a report that was read back."""


@dataclass(frozen=True, slots=True)
class DesignReport:
    """What a run found on one design."""

    name: str
    """Of the design, as `Board.name`."""
    inputs: tuple[Mapping[str, Any], ...]
    """Files that were read: `path`, `kind`, `role`, `bytes`, `sha256`."""
    notes: tuple[Mapping[str, Any], ...]
    """What readers had to assume: `path`, `line`, `message`."""
    profile: Mapping[str, Any]
    """`chain` of names, `revision`, `read`, and `config` where a config file was used."""
    facts: tuple[str, ...]
    """What the input can tell, see `Board.facts`."""
    board: Mapping[str, Any]
    """The board in numbers: `width`, `height` and `thickness` in mm, `area` in mm2, `copper_layers`, and how many of what it
    holds."""
    rules: tuple[RuleResult, ...]
    """All rules, those that did not run too: the table of measured values."""
    findings: tuple[Finding, ...]
    """All findings, the gravest first; waived and fixed ones are among them and say so."""
    stale_waivers: tuple[str, ...] = ()
    """A line for each waiver that no longer holds."""
    fail_on: str | None = None
    """Of this design, where it differs from the report's: each design may have its own config file."""
    strict: bool | None = None
    """Of this design, None where it is the report's."""
    components: tuple[Mapping[str, Any], ...] = ()
    """What each component was taken for, see `dfmcheck.parts_table`; empty in reports that are older than that table."""
    density: Mapping[str, Any] = field(default_factory=dict)
    """How densely the board is populated, see `dfmcheck.density_map`; empty where no rule of density was selected."""
    producibility: Mapping[str, Any] = field(default_factory=dict)
    """The level of the board, see `dfmcheck.producibility`; empty where a rule that decides about it was not selected."""
    assembly: Mapping[str, Any] = field(default_factory=dict)
    """How the board will be built, see `dfmcheck.flow.told`; empty where no rule of mixed technology was selected."""
    test_access: Mapping[str, Any] = field(default_factory=dict)
    """Which nets a probe reaches, see `dfmcheck.probe.told`; empty where no rule of test was selected."""
    economics: Mapping[str, Any] = field(default_factory=dict)
    """Cost drivers, predicted yield and score, see `dfmcheck.cost`; empty where assembly was not looked at."""
    design: Board | None = field(default=None, compare=False, repr=False)
    """The design itself, for writers that draw it or look up its text; None in a report that was read from a file."""

    def counts(self) -> dict[str, int]:
        """Findings by severity, waived ones apart; rules run and skipped."""
        live = [f for f in self.findings if f.waived is None and f.change != "fixed"]
        return {
            "errors": sum(f.severity == "error" for f in live),
            "warnings": sum(f.severity == "warning" for f in live),
            "notes": sum(f.severity == "note" for f in live),
            "waived": sum(f.waived is not None for f in self.findings),
            "rules_run": sum(r.status not in ("skipped", "off") for r in self.rules),
            "rules_skipped": sum(r.status == "skipped" for r in self.rules),
        }

    @property
    def crashed(self) -> tuple[RuleResult, ...]:
        """Rules whose check crashed."""
        return tuple(r for r in self.rules if r.crashed)

    @property
    def untold(self) -> tuple[str, ...]:
        """What is told beside the findings, where it crashed, and how."""
        beside = ("density", "producibility", "assembly", "test_access", "economics")
        return tuple(f"{name}: {getattr(self, name)['why']}" for name in beside if getattr(self, name).get("crashed"))

    def fails(self, fail_on: str = "error", *, strict: bool = False) -> bool:
        """Whether something at or above `fail_on` was found (and, if strict, anything was skipped, stale or noted)."""
        if strict and (self.notes or self.stale_waivers or any(r.status == "skipped" for r in self.rules)):
            return True
        if fail_on == "never":
            return False
        grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return any(f.severity in grave and f.waived is None and f.change in (None, "new") for f in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found on all its designs."""

    designs: tuple[DesignReport, ...]
    """One for each design."""
    version: str
    """Of dfmcheck."""
    fail_on: str = "error"
    """error, warning, note, never: the gravity from which on a finding fails a design."""
    strict: bool = False
    """Whether skipped rules, stale waivers and notes of readers fail too."""
    errors: tuple[str, ...] = ()
    """Designs that could not be read or checked, a line each; the report does not cover them."""
    review: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The manufacturer's review as it is kept (a `dfmcheck.review.Review`), for the page that edits it; not in the report."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all designs."""
        return tuple(f for d in self.designs for f in d.findings)

    def fails(self, d: DesignReport) -> bool:
        """Whether the verdict of a design of this report, `d`, is `fail`; one with a crashed check never passes."""
        strict = self.strict if d.strict is None else d.strict
        return bool(d.crashed or d.untold) or d.fails(d.fail_on or self.fail_on, strict=strict)

    def failed(self) -> bool:
        """Whether any design fails."""
        return any(self.fails(d) for d in self.designs)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, path: str | None = None) -> Report:
        """A report as `to_dict` told it: `Report.from_dict(report.to_dict()).to_dict() == report.to_dict()`.

        What is not told is not in it: the design itself, what the catalogue says about rules, and digits beyond 0.1 µm. Counts,
        the summary and the verdict are counted anew. data: what a JSON report holds. path: the file that an error names. Raises
        `DfmError` for anything that is no report of dfmcheck; of the tables beside the findings (`DesignReport.density` to
        `economics`) it is only looked at whether they are objects.
        """
        from .readback import from_dict

        try:
            return from_dict(data)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise DfmError(f"is not a JSON report of dfmcheck ({type(error).__name__}: {error})", path=path) from error

    def to_dict(self) -> dict[str, Any]:
        """The JSON report (`dfmcheck-report/1`); lengths mm; deterministic, numbers rounded to 0.1 µm so that equal input gives
        equal bytes."""
        return {
            "schema": SCHEMA,
            "tool": {"name": "dfmcheck", "version": self.version},
            "designs": [self._design(d) for d in self.designs],
            **({"errors": list(self.errors)} if self.errors else {}),
        }

    def _design(self, d: DesignReport) -> dict[str, Any]:
        return {
            "name": d.name,
            "inputs": [dict(i) for i in d.inputs],
            "notes": [dict(n) for n in d.notes],
            "profile": dict(d.profile),
            "facts": list(d.facts),
            "board": dict(d.board),
            "components": [dict(c) for c in d.components],
            "density": dict(d.density),
            "producibility": dict(d.producibility),
            "assembly": dict(d.assembly),
            "test_access": dict(d.test_access),
            "economics": dict(d.economics),
            "rules": [_rule(r) for r in d.rules],
            "findings": [_finding(f) for f in d.findings],
            "stale_waivers": list(d.stale_waivers),
            "summary": d.counts(),
            "verdict": "fail" if self.fails(d) else "pass",
            **self._gate(d),
        }

    def _gate(self, d: DesignReport) -> dict[str, Any]:
        """By what the verdict came about, where that is not as usual: else it would change when the report is read back."""
        fail_on, strict = d.fail_on or self.fail_on, self.strict if d.strict is None else d.strict
        return {**({"fail_on": fail_on} if fail_on != "error" else {}), **({"strict": strict} if strict else {})}


def number(value: float | None) -> float | None:
    """For JSON: rounded to 0.1 µm, no negative zero, null for what is not known."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), 4) + 0.0


def _rule(r: RuleResult) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for name, used in r.limits.items():
        limits[name] = {"value": used.value, "origin": used.origin, "unit": used.unit}
        if used.prefer is not None:
            limits[name]["prefer"] = used.prefer
        if used.source:
            limits[name]["source"] = used.source
    return {
        "id": r.id, "title": r.title, "category": r.category, "status": r.status, "severity": r.severity, "checked": r.checked,
        "worst": number(r.worst), "unit": r.unit, "limits": limits, "why_skipped": r.why_skipped, "seconds": r.seconds,
        **({"crashed": True} if r.crashed else {}),
    }  # fmt: skip


def _finding(f: Finding) -> dict[str, Any]:
    return {
        "rule": f.rule, "severity": f.severity, "message": f.message, "fix": f.fix, "fingerprint": f.fingerprint,
        "count": f.count, "inherent": f.inherent, "inferred": f.inferred, "waived": f.waived, "change": f.change,
        "places": [_place(p) for p in f.places], **({"review": dict(f.review)} if f.review is not None else {}),
    }  # fmt: skip


def _place(p: Place) -> dict[str, Any]:
    return {
        "x": number(p.x), "y": number(p.y), "layers": list(p.layers), "measured": number(p.measured), "limit": p.limit,
        "unit": p.unit, "param": p.param, "detail": p.detail, "items": [_item(i) for i in p.items],
        **({"file": p.file, "line": p.line} if p.file else {}),
    }  # fmt: skip


def _item(i: ItemRef) -> dict[str, Any]:
    return {
        "kind": i.kind, "uuid": i.uuid, "component": i.component, "pad": i.pad, "net": i.net, "layer": i.layer,
        "x": number(i.x), "y": number(i.y), "file": i.file, "line": i.line,
    }  # fmt: skip
