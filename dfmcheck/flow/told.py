"""How the board will be built, as the JSON report has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..board import Board, once_a_board
from ..parts_table import natural
from ..report import number
from .plan import Change, Exclusion, Flow, Plan
from .site import SIDES


def told(board: Board, made: Plan, process: str = "") -> dict[str, Any]:
    """The flows, the one that the board is taken to be built by, and the changes that open a cheaper one; see `flow.plan.Plan`.

    `flows` are in the order of the catalogue; `chosen` is the code of one, null where the board has nothing to solder, and
    `why` says why. `lead_side` is the side of the leaded parts. Of the chosen flow `exposures` groups the parts that are
    soldered alike: how their lands and leads are soldered, and how often they see the heat of a reflow, of a wave, and of an
    iron or nozzle. `process` is what the profile wants, '' for no wish. `places` are mm; costs are shares of what one side of
    SMT costs (table `[flow]` of the weights). `burdens` of a flow are the parts that make it dearer than it is without them, by
    what they stand in the way of: `wave`, `selective`, or `one side` of SMT. `larger` are changes of too many parts to be
    suggested. A flow that the board does not need has no cost.
    """
    return {
        "why": made.why,
        "process": process or None,
        "lead_side": SIDES[made.lead_side] if made.flows else None,
        "chosen": made.chosen.code if made.chosen else None,
        "flows": [_flow(board, flow) for flow in made.flows],
        "exposures": _exposures(board, made.chosen) if made.chosen else [],
        "changes": [_change(board, change) for change in made.changes],
        "larger": [_change(board, change) for change in made.larger],
    }


@once_a_board
def _rank(board: Board) -> list[int]:
    """Place of each component among all, in natural order of the references."""
    keys = [natural(str(ref)) for ref in board.components.ref]
    rank = [0] * len(keys)
    for place, row in enumerate(sorted(range(len(keys)), key=lambda row: keys[row])):
        rank[row] = place
    return rank


def _refs(board: Board, rows: Iterable[int]) -> list[str]:
    return [str(board.components.ref[row]) for row in sorted(rows, key=_rank(board).__getitem__)]


def _flow(board: Board, flow: Flow) -> dict[str, Any]:
    return {
        "code": flow.code, "name": flow.name, "ipc": flow.ipc, "process": flow.process, "status": flow.status,
        "cost": None if flow.status == "needless" else number(flow.cost), "first": SIDES[flow.first] if flow.first >= 0 else None,
        "steps": [{"what": s.what, "side": s.side, "parts": s.parts} for s in flow.steps],
        "charges": [{"key": c.key, "number": c.number, "cost": number(c.cost)} for c in flow.charges],
        "excluded": [_exclusion(board, e) for e in flow.excluded],
        "unjudged": list(flow.unjudged),
        "burdens": [
            {"way": b.way, "saving": number(b.saving), "excluded": [_exclusion(board, e) for e in b.excluded]}
            for b in flow.burdens
        ],
    }  # fmt: skip


def _exclusion(board: Board, e: Exclusion) -> dict[str, Any]:
    return {
        "rule": e.rule, "why": e.why, "parts": _refs(board, e.parts), "places": [[number(x), number(y)] for x, y in e.places],
        "remedy": e.remedy,
    }  # fmt: skip


def _change(board: Board, change: Change) -> dict[str, Any]:
    return {
        "flow": change.flow, "parts": _refs(board, change.parts), "saving": number(change.saving),
        "remedies": [{"remedy": remedy, "parts": _refs(board, rows)} for remedy, rows in change.remedies],
    }  # fmt: skip


def _exposures(board: Board, flow: Flow) -> list[dict[str, Any]]:
    """The largest group first."""
    rows = np.flatnonzero((flow.method != "") | (flow.surface != ""))
    groups: dict[tuple[str, str, int, int, int], list[int]] = {}
    for row in rows.tolist():
        reflow, wave, local = (int(flow.exposures[kind][row]) for kind in ("reflow", "wave", "local"))
        groups.setdefault((flow.surface[row], flow.method[row], reflow, wave, local), []).append(row)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    names = ("lands", "leads", "reflow", "wave", "local")
    return [{**dict(zip(names, key)), "parts": _refs(board, some)} for key, some in ordered]
