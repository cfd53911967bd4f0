"""Measures a board under many sets of limits, and tells what breaks the hard ones of each, as a run under it would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .board import Board
from .check import Context, Measurements, Run, Skip, registry
from .engine import crash_of, why_lacking
from .findings import Grouper, judge
from .report import SEVERITIES, Place
from .rule import Limit, Limits, Rule

SHOWN = 5
"""Places that a breach holds, the worst ones; all are counted."""
PLAIN = frozenset({
    "annular", "gap", "land_gap", "copper_to_edge", "size.track", "size.drill", "size.slot", "hole_to_copper", "hole_to_edge",
    "hole_to_hole",
})  # fmt: skip
"""Checks whose rows are the same under all limits of the same parameters, but that those beyond the largest limit may be left
out. One measurement by the strictest limits serves all; others are measured for each set of limits."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A hard limit that a board breaks."""

    rule: str
    title: str
    param: str
    text: str
    """What the parameter judges, in words."""
    severity: str
    worst: float
    limit: float
    """What judges the worst value: it may be more than the limit as stated, where a check adds to it."""
    unit: str
    sense: str
    """min, max."""
    share: float
    """Worst value over limit, or limit over value of a maximum; small is bad."""
    count: int
    """Places where it is broken."""
    places: tuple[Place, ...]
    """The worst of them, worst first, with their items."""
    source: str
    """Who states the limit, as the profile has it."""
    origin: str
    """File and line where it stands."""
    note: str


class Gauge:
    """One board under many profiles."""

    def __init__(self, board: Board, rules: Mapping[str, Rule], profiles: Sequence[Limits]) -> None:
        self.board, self.rules = board, rules
        self.grouper = Grouper(board)
        self.runs = {id(limits): Run(rules, limits, limits.process) for limits in profiles}
        self.strictest: dict[tuple[object, ...], dict[str, Limit]] = {}
        for limits in profiles:
            for name, mine in limits.items():
                self._tighten(rules[name], mine)
        reaches = [
            Context(board, rule, mine).reach()
            for (rule, mine) in ((rules[str(key[0])], mine) for key, mine in self.strictest.items())
            if registry()[rule.check].spacing
        ]
        self.reach = max(reaches, default=0.0)
        self.measured: dict[tuple[object, ...], Measurements | str] = {}

    def breaches(self, rule: Rule, limits: Limits) -> tuple[Breach, ...] | str:
        """What breaks the hard limits of a rule, one for each parameter and severity; or why that cannot be told."""
        mine = limits[rule.id]
        key = self._key(rule, mine)
        if rule.check not in PLAIN:
            key = (*key, id(limits))
        if key not in self.measured:
            plain = rule.check in PLAIN
            self.measured[key] = self._measure(rule, self.strictest[key] if plain else mine, self.runs[id(limits)])
        m = self.measured[key]
        if isinstance(m, str):
            return m
        hard = {p: replace(x, prefer=None) for p, x in mine.items() if x.sense != "tune" and x.value is not None}
        return self._broken(rule, hard, limits.severity.get(rule.id, rule.severity), m)

    def _broken(self, rule: Rule, hard: Mapping[str, Limit], severity: str, m: Measurements) -> tuple[Breach, ...]:
        judged = m.take(np.isin(m.param, list(hard)))
        verdict = judge(rule, hard, severity, judged)
        out: list[Breach] = []
        rows = np.flatnonzero(verdict.severity >= 0).astype(np.int32)
        merged = self.grouper.merge_layers(rule, judged, verdict, rows)
        groups: dict[tuple[int, str], list[tuple[int, tuple[int, ...]]]] = {}
        for row, layers in merged:
            groups.setdefault((int(verdict.severity[row]), str(judged.param[row])), []).append((row, layers))
        for (level, param), members in sorted(groups.items()):
            members.sort(key=lambda at: (verdict.share[at[0]], judged.x[at[0]], judged.y[at[0]]))
            places = tuple(self.grouper.place(rule, judged, verdict, row, layers) for row, layers in members[:SHOWN])
            worst, limit, known = members[0][0], hard[param], rule.params[param]
            out.append(Breach(
                rule.id, rule.title, param, known.text, SEVERITIES[level], float(judged.value[worst]),
                float(verdict.limit[worst]), known.unit, known.sense, float(verdict.share[worst]), len(members), places,
                limit.source, limit.origin, limit.note,
            ))  # fmt: skip
        return tuple(out)

    def _measure(self, rule: Rule, limits: Mapping[str, Limit], run: Run) -> Measurements | str:
        if lacking := why_lacking(sorted(rule.needs - self.board.facts), self.board):
            return lacking
        try:
            return registry()[rule.check].measure(Context(self.board, rule, limits, self.reach, run))
        except Skip as reason:
            return str(reason)
        except MemoryError:
            raise
        except Exception as error:
            return crash_of(error)

    def _key(self, rule: Rule, limits: Mapping[str, Limit]) -> tuple[object, ...]:
        """What a plain check's rows depend on: which parameters are judged, which of them by a hard limit, and the tunes."""
        return (rule.id, *((name, x.value if x.sense == "tune" else x.value is None) for name, x in sorted(limits.items())))

    def _tighten(self, rule: Rule, limits: Mapping[str, Limit]) -> None:
        mine = self.strictest.setdefault(self._key(rule, limits), dict(limits))
        for name, limit in limits.items():
            bounds = [b for x in (limit, mine[name]) for b in (x.value, x.prefer) if b is not None]
            if limit.sense != "tune":
                mine[name] = replace(limit, value=max(bounds) if limit.sense == "min" else min(bounds), prefer=None)
