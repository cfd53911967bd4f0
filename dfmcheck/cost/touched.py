"""Which opportunities for a defect each finding touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..board import Board, Ints
from ..report import Finding, ItemRef
from ..rule import Rule
from .opportunities import Opportunities

_SOLDERED = ("fabrication.mask", "fabrication.paste")
_NOT = frozenset({"assembly.density"})
"""Figures of the board as a whole: the parts that they name stand for many."""
_ADVICE = frozenset({"assembly-flow", "pip-eligibility"})
"""What they find are cheaper ways, not faults."""
_NOZZLE = "selective-nozzle-clearance"


def speaks_of_joints(rule: Rule) -> bool:
    """Whether what a rule finds makes joints or placements fail: rules of assembly, mask and paste, and any tagged `soldering`.

    Copper, holes, outline and legend are faults of the bare board, which its maker sorts out.
    """
    assembly = rule.category.startswith("assembly.") and rule.category not in _NOT
    return (assembly or rule.category in _SOLDERED or "soldering" in rule.tags) and rule.id not in _ADVICE


def touched(board: Board, rows: Opportunities, rules: Mapping[str, Rule], findings: Sequence[Finding]) -> tuple[Ints, Ints]:
    """Pairs (row of `findings`, row of `rows`), each once.

    A place of a finding that names pads touches their joints; one that names parts and no pad touches their placements. That
    a nozzle has no room is no fault of joints that are soldered by hand for it.
    """
    pads, parts = _Rows(board.pads.item, board), _Rows(board.components.item, board)
    found: dict[int, tuple[set[ItemRef], set[ItemRef]]] = {}
    for n, finding in enumerate(findings):
        rule = rules.get(finding.rule)
        if rule is None or finding.change == "fixed" or not speaks_of_joints(rule):
            continue
        mine = found.setdefault(n, (set(), set()))
        for place in finding.places:
            named = [i for i in place.items if i.component is not None and (i.pad is not None or i.kind == "pad")]
            mine[0].update(named)
            if not named:
                mine[1].update(i for i in place.items if i.kind == "component")
    pads.look(i for of_pads, _ in found.values() for i in of_pads)
    parts.look(i for _, of_parts in found.values() for i in of_parts)
    pairs = set()
    for n, (of_pads, of_parts) in found.items():
        joints = {int(rows.joint[row]) for item in of_pads for row in pads.of(item)}
        if findings[n].rule == _NOZZLE and any(rows.key[joint] == "joint_hand" for joint in joints if joint >= 0):
            continue
        pairs |= {(n, joint) for joint in joints}
        pairs |= {(n, int(rows.placement[row])) for item in of_parts for row in parts.of(item)}
    kept = np.array(sorted(pair for pair in pairs if pair[1] >= 0), np.int32).reshape(-1, 2)
    return kept[:, 0], kept[:, 1]


class _Rows:
    """Finds the rows of a table by what a report says of their items: the place, the part's reference, the pad's number."""

    def __init__(self, item: Ints, board: Board) -> None:
        self.item, self.board = item, board
        self.known: dict[tuple[object, ...], list[int]] = {}

    def look(self, wanted: Iterable[ItemRef]) -> None:
        """Prepare for these items. Names are compared for rows that lie where one of them does, and for no others."""
        items, ref = self.board.items, self.board.components.ref
        x, y = items.x[self.item], items.y[self.item]
        at = np.array(sorted({(i.x, i.y) for i in wanted})).reshape(-1, 2)
        of_pads = self.item is self.board.pads.item
        for row in np.flatnonzero(np.isin(x, at[:, 0]) & np.isin(y, at[:, 1])).tolist():
            part = int(self.board.pads.component[row]) if of_pads else row
            name = str(ref[part]) if part >= 0 else None
            number = str(items.label[self.item[row]]) or None if of_pads else None
            self.known.setdefault((float(x[row]), float(y[row]), name, number), []).append(row)

    def of(self, item: ItemRef) -> list[int]:
        return self.known.get((item.x, item.y, item.component, item.pad), [])
