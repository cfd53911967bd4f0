"""Flows, parts and findings made by hand, for tests of what is worked out from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small import footprint, pad, smd

from dfmcheck import api
from dfmcheck.board import Board
from dfmcheck.cost.told import economics
from dfmcheck.flow.plan import Charge, Flow, Plan
from dfmcheck.flow.work import work
from dfmcheck.report import Finding, ItemRef, Place, RuleResult
from dfmcheck.rule import load_rules
from dfmcheck.weights import Weights, load_weights

RULES = load_rules()
WEIGHTS = load_weights()


def flow(
    board: Board, leads: str = "hand", *, code: str = "F7", lands: str = "reflow", weights: Weights | None = None, **charges: int
) -> Flow:
    """All leads soldered one way, all lands another; `charges` are numbers by key of `[flow]`."""
    table, does = (weights or load_weights())["flow"], work(board)
    method, surface = np.full(len(does.kind), "", object), np.full(len(does.kind), "", object)
    method[does.kind == "tht"], method[does.kind == "press"] = leads, "press"
    surface[does.kind == "smd"] = lands
    charged = tuple(Charge(key, n, n * table[key]) for key, n in charges.items())
    return Flow(code, "a flow", "2C", leads, "open", (), (), (), charged, -1, method, surface, {})


def plan(flow: Flow | None, why: str = "") -> Plan:
    return Plan((flow,) if flow else (), flow, (), 0, why)


HOLE = {"net": "", "layers": '"*.Cu" "*.Mask"'}


def chip(ref="R1", at="10 10"):
    lands = (smd("0.8 0.9", at=f"{x} 0", number=n, net="") for n, x in (("1", -0.8), ("2", 0.8)))
    return footprint(*lands, at=at, ref=ref, name="Resistor_SMD:R_0603_1608Metric")


def header(ref="J1", at="20 10", pins=3):
    leads = (pad("circle", "1.7 1.7", 1.0, at=f"0 {2.54 * k}", number=str(k + 1), **HOLE) for k in range(pins))
    return footprint(*leads, at=at, ref=ref, name=f"Connector_PinHeader_2.54mm:PinHeader_1x{pins:02d}_P2.54mm_Vertical")


def found(rule, severity, *items, param="", **more):
    """A finding with one place for each tuple of items (kind, component, pad, x, y)."""
    refs = [[ItemRef(kind, None, ref, number, None, None, x, y, "", 1) for kind, ref, number, x, y in place] for place in items]
    places = tuple(Place(0.0, 0.0, (), 1.0, 2.0, "mm", tuple(named), param) for named in refs)
    return Finding(rule, severity, "", "", f"{rule}-{severity}-{len(items)}-{items!r:.40}", places, **more)


def economics_of(board, way, *findings, rules=()):
    report = replace(api.plan(select=["pad-spacing"]).run(board), findings=findings, rules=tuple(rules))
    return economics(board, plan(way), report, RULES, {}, WEIGHTS)


def result(rule, category, severity="error", status="passed", checked=1):
    return RuleResult(rule, rule, category, status, severity, "mm", checked)
