"""What a board costs, yields and scores, as the report has it: every number with its inputs and where its weight is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..board import Board
from ..flow.plan import Flow, Plan
from ..flow.work import work
from ..report import DesignReport, number
from ..rule import Limit, Rule
from ..weights import Weights
from . import drivers, predicted
from .manual import manual
from .opportunities import opportunities
from .score import score

NO_YIELD = "faults of the bare board itself: their yield is the fabricator's, who would have to state it"


def economics(
    board: Board, plan: Plan | None, report: DesignReport, rules: Mapping[str, Rule], limits: Mapping[str, Mapping[str, Limit]],
    weights: Weights,
) -> dict[str, Any]:  # fmt: skip
    """The object `economics` of a report: cost index, cost drivers, predicted yield, handwork, score.

    `report` has the findings and the rules' results; `limits` are those in force. What cannot be told is null, or an object
    with `why` alone.
    """
    flow, why = (plan.chosen, plan.why) if plan is not None else (None, "no rule of mixed technology ran")
    if "components" not in board.facts:
        flow, why = None, board.missing.get("components", "this input does not tell which parts there are")
    told: dict[str, Any] = {"weights": weights.title}
    if flow is None:
        unknown = {"why": why or "there is nothing to solder"}
        told |= {"index": unknown, "drivers": unknown, "yield": unknown, "manual": unknown}
    else:
        told["index"] = _index(flow, weights)
        told["drivers"] = drivers.told(drivers.drivers(board, flow, report.rules, report.findings, limits), weights)
        told["yield"] = _yield(board, flow, report, rules, weights)
        told["manual"] = manual(board, flow, weights)
    told["score"] = score(report.rules, report.findings, weights, told["drivers"])
    return told | {"beside": _beside(report, flow)}


def _index(flow: Flow, weights: Weights) -> dict[str, Any]:
    """The cost index of the flow: number x weight = contribution."""
    return {
        "flow": flow.code, "status": flow.status, "cost": number(flow.cost),
        "contributions": [
            {
                "step": charge.key, "number": charge.number, "weight": weights["flow"][charge.key],
                "contribution": number(charge.cost), "origin": weights.origins["flow", charge.key],
            }
            for charge in flow.charges
        ],
    }  # fmt: skip


def _yield(board: Board, flow: Flow, report: DesignReport, rules: Mapping[str, Rule], weights: Weights) -> dict[str, Any]:
    rows = opportunities(board, flow)
    if not len(rows):
        return {"why": "there is nothing to place or to solder"}
    made = predicted.predict(board, rows, rules, report.findings, weights)
    parts = board.derived.parts()
    unseen = int(((parts.pins == 0) & (work(board).kind == "mech") & (parts.family != "mech")).sum())
    told = predicted.told(made, report.findings, weights)
    missing = [NO_YIELD]
    if unseen:
        missing.append(f"terminations of {unseen} part{'s' if unseen > 1 else ''} without known lands")
    return {"flow": flow.code, **told, "not_counted": missing}


def _beside(report: DesignReport, flow: Flow | None) -> dict[str, Any]:
    """What a score is to be read with: flow, producibility level, class of the rings, layer-count and complexity index."""
    features = {f["feature"]: f["level"] for f in report.producibility.get("features", ())}
    ring = features.get("annular ring")
    return {
        "flow": flow.code if flow else None, "level": report.producibility.get("level"),
        "ring_class": {"A": 3, "B": 2, "C": 1}.get(ring) if ring else None,
        "layer_index": report.density.get("layer_index"), "complexity_index": report.density.get("complexity_index"),
    }  # fmt: skip
