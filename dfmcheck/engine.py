"""Which rules can run, run them, judge what they measured, and hand the outcome to `findings`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import plugins, producibility
from .beside import POSSIBLE, beside
from .board import Board, PadType
from .check import Context, Measurements, Run, Skip, registry
from .density_map import density_map
from .errors import DfmError
from .findings import Grouper, judge
from .parts_table import component_table
from .report import SEVERITIES, STATUS, About, DesignReport, Finding, LimitUsed, RuleResult
from .rule import Limit, Limits, Rule
from .tomlfile import nearest
from .weights import Weights, load_weights

if TYPE_CHECKING:
    from .waive import Waiver

Progress = Callable[[str, int, int], None]
_LARGE = 500
"""Items of a board from which on a second process is worth its start."""


def run(
    board: Board,
    rules: Mapping[str, Rule],
    limits: Limits,
    *,
    selected: Callable[[Rule], bool] = lambda rule: True,
    waivers: Sequence[Waiver] = (),
    timing: bool = False,
    progress: Progress | None = None,
    jobs: int = 1,
    weights: Weights | None = None,
) -> DesignReport:
    """Check a board by every selected rule that has a limit, and report.

    With `jobs` above 1 the rules of a large board run in two processes, where the system can fork; the report is the same.

    A rule whose facts the board lacks is skipped with the reason; a check that crashes is named in its result
    (`crashed`) and the others still report. Raises `DfmError` where a rule names an unknown check, or holds what its
    check would pass over.
    """
    checks = registry()
    if any(rule.check not in checks for rule in rules.values()):
        plugins.load()
    for rule in rules.values():
        if rule.check not in checks:
            meant = nearest(rule.check, checks) or "; install the package that brings it"
            raise DfmError(f"{rule.origin}: {rule.id} names the check {rule.check!r}, which is not installed{meant}")
        checks[rule.check].accept(rule)
    asked = Run(rules, {name: _limits_of(r, limits) for name, r in rules.items()}, limits.process, weights or load_weights())
    wanted = [r for r in rules.values() if selected(r)]
    active = {r.id: asked.limits[r.id] for r in wanted}
    spacing = [Context(board, r, active[r.id]).reach() for r in wanted if checks[r.check].spacing]
    reach = max(spacing, default=0.0)
    grouper = Grouper(board)
    levels = None
    if {r.id for r in wanted} >= producibility.RULES:
        levels = producibility.Judge(board, rules, reach, lambda rule: why_lacking(sorted(rule.needs - board.facts), board))

    def one(rule: Rule) -> tuple[RuleResult, list[Finding]]:
        if not selected(rule):
            return _result(rule, limits, "off", why="not selected"), []
        mine = active[rule.id]
        if not rule.always and not any(rule.params[p].sense != "tune" for p in mine):
            return _result(rule, limits, "off", why="the profile states no limit for it"), []
        lacking = sorted(rule.needs - board.facts)
        if lacking:
            return _result(rule, limits, "skipped", why=why_lacking(lacking, board)), []
        start = time.perf_counter()
        try:
            measured = checks[rule.check].measure(Context(board, rule, mine, reach, asked))
            findings, worst = _judged(rule, mine, limits, measured, grouper)
            if levels is not None and rule.id in producibility.RULES:
                levels.take(rule.id, mine, measured)
        except Skip as reason:
            return _result(rule, limits, "skipped", why=str(reason)), []
        except MemoryError:
            raise
        except Exception as error:
            return _result(rule, limits, "skipped", why=crash_of(error), crashed=True), []
        seconds = round(time.perf_counter() - start, 3) if timing else None
        gravest = min((SEVERITIES.index(f.severity) for f in findings), default=None)
        status = "passed" if gravest is None else STATUS[SEVERITIES[gravest]]
        return _result(rule, limits, status, measured.checked, worst, seconds=seconds), findings

    def apart() -> tuple[dict[str, tuple[RuleResult, list[Finding]]], dict[str, float]]:
        return {r.id: one(r) for r in rules.values() if checks[r.check].beside}, grouper.share

    forked = jobs > 1 and POSSIBLE and len(board.items) > _LARGE
    others = beside(apart) if forked else None
    done: dict[str, tuple[RuleResult, list[Finding]]] = {}
    for n, rule in enumerate(rules.values()):
        if progress:
            progress(rule.id, n, len(rules))
        if others is None or not checks[rule.check].beside:
            done[rule.id] = one(rule)
    told: dict[str, Any] = {"components": component_table(board)}
    if any(r.category == "assembly.density" for r in wanted):
        told["density"] = _beside(lambda: density_map(board))
    if levels is not None:
        told["producibility"] = _beside(lambda: producibility.summary(levels.reached()))
    if (test := next((r for r in wanted if r.category == "test"), None)) is not None:
        told["test_access"] = _tested(Context(board, test, active[test.id], reach, asked))
    built = next((r for r in wanted if r.category == "assembly.mixed-technology"), None)
    mixed = Context(board, built, active[built.id], reach, asked) if built is not None else None
    if mixed is not None:
        told["assembly"] = _assembled(mixed)
    if others is not None:
        theirs, share = others()
        done |= theirs
        grouper.share |= share
    outcomes = [done[name] for name in rules]
    findings = grouper.finish([f for _, found in outcomes for f in found])
    report = DesignReport(
        name=board.name,
        inputs=tuple(_input(s) for s in board.sources),
        notes=tuple({"path": n.path, "line": n.line, "message": n.message} for n in board.notes),
        profile={"chain": list(limits.chain), "revision": limits.revision, "read": limits.read},
        facts=tuple(sorted(board.facts)),
        board=summary(board),
        rules=tuple(r for r, _ in outcomes),
        findings=tuple(findings),
        design=replace(board),  # for writers that draw it, without what the checks derived of it
        **told,
    )
    if mixed is not None:
        report = replace(report, economics=_costs(report, mixed))
    if not waivers:
        return report
    from .waive import excuse

    return excuse(report, waivers)


def _assembled(ctx: Context) -> dict[str, Any]:
    """How the board is built."""
    from .flow.plan import plan
    from .flow.told import told

    return _beside(lambda: told(ctx.board, ctx.shared(plan), ctx.run.process if ctx.run else ""))


def _costs(report: DesignReport, ctx: Context) -> dict[str, Any]:
    """What that costs."""
    from .cost.told import economics
    from .flow.plan import plan

    run = ctx.run
    assert run is not None
    return _beside(lambda: economics(ctx.board, ctx.shared(plan), report, run.rules, run.limits, run.weights))


def _tested(ctx: Context) -> dict[str, Any]:
    """What a test reaches."""
    from .probe.told import told

    return _beside(lambda: told(ctx))


def _beside(told: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is told beside the findings; where it crashes the findings stand."""
    try:
        return told()
    except MemoryError:
        raise
    except Exception as error:
        if _debug():
            raise
        return {"crashed": True, "why": " ".join(f"it crashed: {type(error).__name__}: {error}".split())[:300]}


def _debug() -> bool:
    import os

    return bool(os.environ.get("DFMCHECK_DEBUG"))


def crash_of(error: Exception) -> str:
    """What is told where a check crashed; raises the error itself where somebody looks for its cause."""
    if _debug():
        raise error
    return " ".join(f"the check crashed: {type(error).__name__}: {error}".split())[:300]


def why_lacking(lacking: Sequence[str], board: Board) -> str:
    """Which facts a rule lacks, and which file would give them; '' if it lacks none."""
    if not lacking:
        return ""
    reasons = dict.fromkeys(board.missing.get(fact, "this input has none") for fact in lacking)
    return f"needs {', '.join(lacking)}; {'; '.join(reasons)}"


class _Worst(NamedTuple):
    """The measurement that gives a rule its status, with the limit that judges it, in its own unit."""

    value: float | None
    limit: float | None
    unit: str


def _limits_of(rule: Rule, limits: Limits) -> Mapping[str, Limit]:
    return {name: limit for name, limit in limits.get(rule.id, {}).items() if limit.value is not None or limit.prefer is not None}


def _judged(
    rule: Rule, mine: Mapping[str, Limit], limits: Limits, measured: Measurements, grouper: Grouper
) -> tuple[list[Finding], _Worst]:
    verdict = judge(rule, mine, limits.severity.get(rule.id, rule.severity), measured)
    findings = grouper.group(rule, mine, measured, verdict)
    if verdict.worst_row >= 0:
        unit = rule.params[measured.param[verdict.worst_row]].unit
        return findings, _Worst(float(measured.value[verdict.worst_row]), verdict.worst_limit, unit)
    return findings, _Worst(None if np.isnan(measured.worst) else measured.worst, None, rule.unit)


def _result(
    rule: Rule, limits: Limits, status: str, checked: int = 0, worst: _Worst | None = None,
    *, why: str | None = None, seconds: float | None = None, crashed: bool = False,
) -> RuleResult:  # fmt: skip
    used = {
        name: LimitUsed(limit.value, limit.prefer, limit.origin, limit.unit, limit.source)
        for name, limit in limits.get(rule.id, {}).items()
    }  # fmt: skip
    severity = limits.severity.get(rule.id, rule.severity)
    worst = worst or _Worst(None, None, rule.unit)
    return RuleResult(
        rule.id, rule.title, rule.category, status, severity, worst.unit, checked, worst.value, worst.limit, used, why, seconds,
        crashed, About(rule.measure, rule.why, rule.fix, rule.traps, tuple(sorted(rule.tags)), rule.kicad, rule.refs),
    )  # fmt: skip


def _input(source: Any) -> dict[str, Any]:
    return {
        "path": source.path, "kind": source.kind, "role": source.role, "bytes": len(source.data),
        "sha256": hashlib.sha256(source.data).hexdigest(),
    }  # fmt: skip


def summary(board: Board) -> dict[str, Any]:
    """The board in numbers, as the report's `board` object has them."""
    empty = board.outline.is_empty
    x0, y0, x1, y1 = (0.0,) * 4 if empty else board.outline.bounds
    c, pads = board.components, board.pads
    smd_lands = np.isin(pads.type, (PadType.SMD, PadType.CONNECT))
    owners_tht = np.unique(pads.component[pads.type == PadType.THT])
    owners_smd = np.setdiff1d(np.unique(pads.component[smd_lands]), owners_tht)
    return {
        "corner": None if empty else [round(x0, 4), round(y0, 4)],
        "width": round(x1 - x0, 4), "height": round(y1 - y0, 4), "area": round(float(board.outline.area), 3),
        "thickness": None if np.isnan(board.thickness) else round(board.thickness, 4),
        "copper_layers": [str(n) for n in board.layers.name[board.copper_layers]],
        "components": {
            "top": int((c.side == 0).sum()), "bottom": int((c.side == 1).sum()), "smd": int((owners_smd >= 0).sum()),
            "tht": int((owners_tht >= 0).sum()), "dnp": int(c.dnp.sum()),
        },
        "pads": len(pads), "vias": len(board.vias), "holes": len(board.holes),
        "tracks": len(np.unique(board.features.item[np.isin(board.features.kind, (2, 3))])), "nets": len(board.nets),
    }  # fmt: skip
