"""Measures a board under many sets of limits, and tells what breaks the hard ones of each, as a run under it would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from .board import Board, Ints, Kind
from .check import Absent, Context, Measurements, Run, Skip, registry
from .engine import crash_of, why_lacking
from .findings import Grouper, judge
from .report import SEVERITIES, Place
from .rule import Limit, Limits, Rule

SHOWN = 5
"""Places that a breach holds, the worst ones; all are counted."""
__all__ = ["Breach"]

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
    """Its id."""
    title: str
    """For people."""
    param: str
    """Name of the parameter."""
    text: str
    """What the parameter judges, in words."""
    severity: str
    """error, warning, note."""
    worst: float
    """The worst value, in `unit`."""
    limit: float
    """In `unit`: what judges the worst value; it may be more than the limit as stated, where a check adds to it."""
    unit: str
    """One of `dfmcheck.units.UNITS`."""
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
    """What the profile says with the limit, '' for nothing."""


class Untold(NamedTuple):
    """Why nothing can be told of a rule."""

    why: str
    absent: bool = False
    """What its limits are about is not there: no score to keep away from, no package whose files could have a format."""


class Rows(NamedTuple):
    """What breaks limits, and which rows are one place on several layers."""

    rows: Measurements
    group: Ints


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
        self.measured: dict[tuple[object, ...], Rows | Untold] = {}
        self.told: dict[tuple[object, ...], tuple[Breach, ...]] = {}

    def breaches(self, rule: Rule, limits: Limits) -> tuple[Breach, ...] | Untold:
        """What breaks the hard limits of a rule, one for each parameter and severity; or why that cannot be told."""
        mine = limits[rule.id]
        key = self._key(rule, mine)
        if rule.check not in PLAIN:
            key = (*key, id(limits))
        if key not in self.measured:
            plain = rule.check in PLAIN
            self.measured[key] = self._measure(rule, self.strictest[key] if plain else mine, self.runs[id(limits)])
        m = self.measured[key]
        if isinstance(m, Untold):
            return m
        hard = {p: replace(x, prefer=None) for p, x in mine.items() if x.sense != "tune" and x.value is not None}
        severity = limits.severity.get(rule.id, rule.severity)
        # Who states a limit is told with it: the same numbers of two manufacturers are two breaches.
        asked = (key, severity, *((p, x.value, x.origin) for p, x in sorted(hard.items())))
        if asked not in self.told:
            self.told[asked] = self._broken(rule, hard, severity, m)
        return self.told[asked]

    def _broken(self, rule: Rule, hard: Mapping[str, Limit], severity: str, m: Rows) -> tuple[Breach, ...]:
        judged = np.isin(m.rows.param, list(hard))
        rows, group = m.rows.take(judged), m.group[judged]
        verdict = judge(rule, hard, severity, rows)
        out: list[Breach] = []
        hit = np.flatnonzero(verdict.severity >= 0)
        hit = hit[np.argsort(verdict.share[hit], kind="stable")].astype(np.int32)
        # What is one place on several layers is told by its worst row, unless several places are on one layer.
        _, first, inverse, many = np.unique(group[hit], return_index=True, return_inverse=True, return_counts=True)
        inverse = inverse.reshape(-1)
        span = len(self.board.layers) + 1  # a row of no layer has -1
        layers = np.bincount(np.unique(inverse * np.int64(span) + rows.layer[hit] + 1) // span, minlength=len(many))
        told = hit[(layers < many)[inverse] | (np.arange(len(hit)) == first[inverse])]
        for level, param in sorted(set(zip(verdict.severity[told].tolist(), rows.param[told].tolist()))):
            mine = told[(verdict.severity[told] == level) & (rows.param[told] == param)]
            near = np.sort(hit[np.isin(group[hit], group[mine[:SHOWN]])]).astype(np.int32)
            layers_of = dict(self.grouper.merge_layers(rule, rows, verdict, near))
            places = [(row, layers_of[row]) for row in mine[:SHOWN].tolist() if row in layers_of]
            worst, limit, known = int(mine[0]), hard[param], rule.params[param]
            out.append(Breach(
                rule.id, rule.title, param, known.text, SEVERITIES[level], float(rows.value[worst]), float(verdict.limit[worst]),
                known.unit, known.sense, float(verdict.share[worst]), len(mine),
                tuple(self.grouper.place(rule, rows, verdict, row, on) for row, on in places),
                limit.source, limit.origin, limit.note,
            ))  # fmt: skip
        return tuple(out)

    def _measure(self, rule: Rule, limits: Mapping[str, Limit], run: Run) -> Rows | Untold:
        """The rows that break a hard limit among `limits`, or why there are none to judge."""
        if lacking := sorted(rule.needs - self.board.facts):
            return Untold(why_lacking(lacking, self.board), "package" in lacking)
        try:
            found = registry()[rule.check].measure(Context(self.board, rule, limits, self.reach, run))
            hard = {p: replace(x, prefer=None) for p, x in limits.items() if x.sense != "tune" and x.value is not None}
            broken = found.take((judge(rule, hard, rule.severity, found).severity >= 0) & (found.param != ""))
            return Rows(broken, self._groups(rule, broken))
        except Skip as reason:
            return Untold(str(reason), isinstance(reason, Absent))
        except MemoryError:
            raise
        except Exception as error:
            return Untold(crash_of(error))

    def _groups(self, rule: Rule, m: Measurements) -> Ints:
        """Which rows are one place but for the layer, as `Grouper.merge_layers` has it: a number for each."""
        edge = np.append(self.board.items.kind == Kind.EDGE, False)[m.b]
        pair = m.b >= 0
        word: dict[str, int] = {}
        said = [rule.params[p].unit if two else f"\n{p}" for p, two in zip(m.param.tolist(), pair.tolist())]
        text = [word.setdefault(t, len(word)) for t in said], [word.setdefault(f"\t{t}", len(word)) for t in m.cause.tolist()]
        x, y = (np.where(pair, 0, np.round(np.nan_to_num(v), 3) * 1000).astype(np.int64) for v in (m.x, m.y))
        columns = (m.a, np.where(edge, len(self.board.items), m.b), m.kind_a, m.kind_b, *text, m.inherent, m.soften, m.file,
                   m.line, x, y, np.where(m.layer < 0, np.arange(len(m)), -1))  # fmt: skip
        inverse = np.unique(np.stack([np.asarray(c, np.int64) for c in columns], axis=1), axis=0, return_inverse=True)[1]
        return np.asarray(inverse.reshape(-1), np.int32)

    def _key(self, rule: Rule, limits: Mapping[str, Limit]) -> tuple[object, ...]:
        """What a plain check's rows depend on: which parameters are judged, which of them by a hard limit, and the tunes."""
        return (rule.id, *((name, x.value if x.sense == "tune" else x.value is None) for name, x in sorted(limits.items())))

    def _tighten(self, rule: Rule, limits: Mapping[str, Limit]) -> None:
        mine = self.strictest.setdefault(self._key(rule, limits), dict(limits))
        for name, limit in limits.items():
            bounds = [b for x in (limit, mine[name]) for b in (x.value, x.prefer) if b is not None]
            if limit.sense != "tune":
                mine[name] = replace(limit, value=max(bounds) if limit.sense == "min" else min(bounds), prefer=None)
