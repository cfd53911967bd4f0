"""The DFA index of Boothroyd and Dewhurst, of what is done by hand: 100 % if nothing is that need not be."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..board import Board
from ..flow.plan import Flow
from ..flow.work import work
from ..report import number
from ..weights import Weights

_TIMES = {"axial": "axial", "radial": "radial", "conn-THT": "connector", "conn-SMT": "connector"}
_MACHINE = ("axial", "radial", "DIP")
"""Families of which a machine places the same in another package, so that they need be no operation by hand."""
UNSEEN = "screws, cables, labels and whatever else a board file does not show are not counted"


def manual(board: Board, flow: Flow, weights: Weights) -> dict[str, Any]:
    """Index in % = parts that must be done by hand x ideal time / seconds that all handwork takes.

    Handwork is inserting, pressing in or fastening parts, and soldering by hand. Placing by machine has no handling
    penalty. Only what no machine places in any package must be done by hand: connectors, transformers, fasteners.
    """
    does, family = work(board), board.derived.parts().family
    by_hand = np.flatnonzero((does.kind != "") & (does.kind != "smd") & (flow.method != "pip") & (flow.surface == ""))
    counts: dict[str, int] = {}
    for name in family[by_hand].tolist():
        key = _TIMES.get(name, "other")
        counts[key] = counts.get(key, 0) + 1
    counts["joint"] = int(does.barrels[flow.method == "hand"].sum())
    table = weights["manual"]
    rows = [
        {
            "operation": key, "number": counts[key], "seconds": table[key], "contribution": number(counts[key] * table[key]),
            "origin": weights.origins["manual", key],
        }
        for key in table if counts.get(key)
    ]  # fmt: skip
    seconds = sum(counts.get(key, 0) * table[key] for key in table if key != "ideal")
    needed = int((~np.isin(family[by_hand], _MACHINE)).sum())
    index = min(100 * needed * table["ideal"] / seconds, 100.0) if seconds else None
    return {
        "index": number(index), "parts": len(by_hand), "needed": needed, "ideal": table["ideal"],
        "origin": weights.origins["manual", "ideal"], "seconds": number(seconds), "operations": rows,
        "why": "nothing is done by hand" if not seconds else UNSEEN,
    }  # fmt: skip
