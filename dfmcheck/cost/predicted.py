"""First-pass yield of the assembly: opportunities, their defects per million, and what each finding adds to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..board import Board, Floats, Ints
from ..report import SEVERITIES, Finding, number
from ..rule import Rule
from ..weights import Weights
from .opportunities import COMPONENT, OF, PLACEMENT, TERMINATION, Opportunities
from .touched import touched

MILLION = 1e6
_BASE, _SQUARE, _LOG = 0.8406, 29.37, 2.221
"""Sigma level from defects per million, with the usual shift of 1.5 (rule catalogue 6.1, source 108)."""


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Defects are in a million boards, so that a millionth of their sum is the DPU."""

    rows: Opportunities
    dpmo: Floats
    """Of each opportunity if no finding touched it."""
    now: Floats
    """Of each opportunity as it is."""
    finding: Ints
    """Row of the findings, by pair of finding and opportunity that it touches."""
    row: Ints
    """The opportunity of the pair."""
    share: Floats
    """Defects in a million boards that the finding adds there: of several findings on one opportunity the gravest counts, and
    equally grave ones share, so that all shares together are the sum of `now` less that of `dpmo`."""

    @property
    def dpu(self) -> float:
        return float(self.now.sum()) / MILLION


def predict(
    board: Board, rows: Opportunities, rules: Mapping[str, Rule], findings: Sequence[Finding], weights: Weights
) -> Predicted:
    """Multiply the defects of what the findings touch, waived ones too: a waiver excuses, it mends no joint."""
    table = weights["dpmo"]
    names, which = np.unique(rows.key.astype(str), return_inverse=True)
    dpmo = np.array([table[name] for name in names])[which] if len(rows) else np.empty(0)
    finding, row = touched(board, rows, rules, findings)
    grade = np.array([SEVERITIES.index(f.severity) for f in findings], np.int32)[finding]
    gravest = np.full(len(rows), len(SEVERITIES), np.int32)
    np.minimum.at(gravest, row, grade)
    times = np.array([*(weights["finding"][s] for s in SEVERITIES), 1.0])[gravest]
    now = np.minimum(dpmo * times, MILLION)
    counts = grade == gravest[row]
    with_it = np.bincount(row[counts], minlength=len(rows))
    share = np.where(counts, (now - dpmo)[row] / np.maximum(with_it, 1)[row], 0.0)
    return Predicted(rows, dpmo, now, finding, row, share)


class Quality(NamedTuple):
    """What so many defects on so many opportunities come to."""

    dpu: float
    """Defects per board."""
    fpy: float
    """Share of the boards without a defect, exp(-DPU)."""
    dpmo: float | None
    """Defects per million opportunities, the mean of all; None without any."""
    sigma: float | None
    """None where the formula has no value: without defects, or with more than 55 % of the opportunities failing."""


def quality(defects: float, opportunities: int) -> Quality:
    """From defects in a million boards, and the opportunities of one."""
    dpu = defects / MILLION
    dpmo = defects / opportunities if opportunities else None
    inside = _SQUARE - _LOG * math.log(dpmo) if dpmo else -1.0
    return Quality(dpu, math.exp(-dpu), dpmo, _BASE + math.sqrt(inside) if inside >= 0 else None)


def overall_index(rates: Sequence[float]) -> float:
    """OMI of IPC-7912: (1 - (1-c)(1-p)(1-t)) in a million, of the failing shares of components, placements, terminations."""
    return (1 - math.prod(1 - rate for rate in rates)) * MILLION


def told(made: Predicted, findings: Sequence[Finding], weights: Weights) -> dict[str, Any]:
    """As the report has it. Yields are in %, defects in a million boards."""
    rows, now, total = made.rows, made.now, float(made.now.sum())
    q, clean = quality(total, len(rows)), quality(float(made.dpmo.sum()), len(rows))
    rates = [float(now[rows.of == of].mean()) / MILLION for of in (COMPONENT, PLACEMENT, TERMINATION) if (rows.of == of).any()]
    hit = np.zeros(len(rows), np.bool_)
    hit[made.row] = True
    return {
        **{name: int((rows.of == of).sum()) for of, name in enumerate(OF)}, "opportunities": len(rows),
        "dpu": round(q.dpu, 6), "first_pass_yield": number(100 * q.fpy), "without_findings": number(100 * clean.fpy),
        "dpmo": number(q.dpmo), "omi": number(overall_index(rates)), "sigma": number(q.sigma),
        "classes": _classes(made, hit, weights),
        "multipliers": {
            s: {"factor": weights["finding"][s], "origin": weights.origins["finding", s]} for s in SEVERITIES
        },
        "rules": _by_rule(made, findings, q.dpu),
        "findings": _by_finding(made, findings, q.dpu),
    }  # fmt: skip


def _classes(made: Predicted, hit: Any, weights: Weights) -> list[dict[str, Any]]:
    """Each kind of opportunity: number x dpmo = defects, and what findings add to them."""
    out = []
    for of, name in enumerate(OF):
        for key in sorted(set(made.rows.key[made.rows.of == of])):
            mine = (made.rows.key == key) & (made.rows.of == of)
            out.append({
                "class": key, "of": name, "number": int(mine.sum()), "dpmo": weights["dpmo"][key],
                "defects": number(float(made.dpmo[mine].sum())), "touched": int((mine & hit).sum()),
                "added": number(float((made.now - made.dpmo)[mine].sum())), "origin": weights.origins["dpmo", key],
            })  # fmt: skip
    return out


def _by_rule(made: Predicted, findings: Sequence[Finding], dpu: float) -> list[dict[str, Any]]:
    """What each rule's findings cost, the dearest first; the opportunities of several findings of a rule count once."""
    names = sorted({findings[n].rule for n in np.unique(made.finding).tolist()})
    rank = {name: n for n, name in enumerate(names)}
    of = np.array([rank.get(f.rule, -1) for f in findings], np.int32)[made.finding]
    sums = np.bincount(of, made.share, minlength=len(names))
    sizes = [len(np.unique(made.row[of == n])) for n in range(len(names))]
    out = [{"rule": name, "touched": n, **_value(added, dpu)} for name, n, added in zip(names, sizes, sums.tolist())]
    return sorted(out, key=lambda row: (-row["added"], row["rule"]))


def _by_finding(made: Predicted, findings: Sequence[Finding], dpu: float) -> list[dict[str, Any]]:
    sums = np.bincount(made.finding, made.share, minlength=len(findings))
    sizes = np.bincount(made.finding, minlength=len(findings))
    return [
        {"fingerprint": f.fingerprint, "rule": f.rule, "severity": f.severity, "touched": size, **_value(added, dpu)}
        for f, size, added in zip(findings, sizes.tolist(), sums.tolist())
        if size
    ]


def _value(added: float, dpu: float) -> dict[str, Any]:
    """Defects in a million boards, and the points of yield that the board would gain without them."""
    gained = math.exp(min(added / MILLION - dpu, 0.0)) - math.exp(-dpu)
    return {"added": number(added), "yield_points": number(100 * gained)}
