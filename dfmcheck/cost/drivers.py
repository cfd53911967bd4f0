"""The score of cost drivers (rule catalogue, 5.3): what makes a board dear to assemble; 0 is cheapest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..board import Board, Cover
from ..flow.plan import Flow
from ..flow.work import work
from ..report import Finding, RuleResult, number
from ..weights import Weights

SMALL = frozenset({"01005", "0201"})
"""Size codes of chips below 0402."""
TOP = 3
_MEASURED = {
    "step_stencil": ("stencil-thickness-conflict", "", 2), "via_fill": ("via-in-pad", "allow_unfilled_hole_max", 1),
    "small_board": ("board-size", "smt_line_min", 2),
}  # fmt: skip
"""Drivers that a rule measures: its id, the parameter that tells ('' any), and the softest severity that counts (2 a note)."""


class Driver(NamedTuple):
    key: str
    """Of `[drivers]`."""
    number: int | None
    """How often it applies, 0 or 1 for what is there or not; None where that is not known."""
    why: str = ""
    """Why it is not known."""


def drivers(
    board: Board, flow: Flow, results: Sequence[RuleResult], findings: Sequence[Finding], limits: Mapping[str, Any]
) -> tuple[Driver, ...]:
    """All drivers in the order of the catalogue. Findings count whether they are waived or not: the work is the same.

    `limits` are those in force, by rule and parameter.
    """
    does, parts = work(board), board.derived.parts()
    soldered = np.isin(flow.method, ("wave", "selective", "hand"))
    leads = {m: int(does.barrels[flow.method == m].sum()) for m in ("hand", "selective")}
    charged = {charge.key: charge.number for charge in flow.charges}
    placed = does.kind != ""
    known = {
        "second_side": max(len(np.unique(does.side[flow.surface != ""])) - 1, 0),
        "wave": int((flow.method == "wave").any() or (flow.surface == "wave").any()),
        "selective": int((flow.method == "selective").any()),
        "glue": int((flow.surface == "wave").any()),
        "pallet": int(charged.get("pallet", 0) > 0),
        "tht_both_sides": int(len(np.unique(does.side[soldered])) > 1),
        "hand_joint": leads["hand"],
        "selective_joint": leads["selective"],
        "station": charged.get("station", 0),
        "small_chip": int(np.isin(parts.size[placed], list(SMALL)).any()),
        "bga": int((parts.family[placed] == "BGA").any()),
    }
    ran = {r.id: r for r in results}
    measured = {key: _measured(key, ran, findings, limits) for key in _MEASURED}
    if (board.vias.filled == Cover.YES).any():
        measured["via_fill"] = Driver("via_fill", 1)
    return (*(Driver(key, n) for key, n in known.items()), *measured.values())


def _measured(key: str, results: Mapping[str, RuleResult], findings: Sequence[Finding], limits: Mapping[str, Any]) -> Driver:
    rule, param, softest = _MEASURED[key]
    result = results.get(rule)
    if result is None or result.status in ("skipped", "off"):
        return Driver(key, None, f"{rule} did not run" + (f": {result.why_skipped}" if result and result.why_skipped else ""))
    if param and param not in limits.get(rule, {}):
        return Driver(key, None, f"the profile states no {rule}.{param}")
    grave = ("error", "warning", "note")[: softest + 1]
    there = any(
        f.rule == rule and f.severity in grave and f.change != "fixed" and any(not param or p.param == param for p in f.places)
        for f in findings
    )
    return Driver(key, int(there))


def told(found: Sequence[Driver], weights: Weights) -> dict[str, Any]:
    """As the report has it: number x weight = contribution, and the dearest three."""
    table = weights["drivers"]
    cost = {d.key: d.number * table[d.key] for d in found if d.number}
    dearest = sorted((key for key in cost if cost[key]), key=lambda key: -cost[key])
    return {
        "score": number(sum(cost.values())),
        "complete": all(d.number is not None for d in found),
        "top": dearest[:TOP],
        "contributions": [
            {
                "driver": d.key, "number": d.number, "weight": table[d.key],
                "contribution": None if d.number is None else number(d.number * table[d.key]),
                "origin": weights.origins["drivers", d.key], **({"why": d.why} if d.why else {}),
            }
            for d in found
        ],
    }  # fmt: skip
