"""Flows made by hand, for tests of what is worked out from one."""

from __future__ import annotations

import numpy as np

from dfmcheck.board import Board
from dfmcheck.flow.plan import Charge, Flow, Plan
from dfmcheck.flow.work import work
from dfmcheck.weights import Weights, load_weights


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
