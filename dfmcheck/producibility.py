"""The producibility level of a board: A (preferred and cheap), B, C (what is built at a price), or beyond C.

A board is as hard to build as the hardest of its features: track, space, ring, hole to copper, gap between parts, chip size,
pitch. Each is judged by what its rules measured in the run, against the limits of the profiles of the levels. Only what a
rule is sure of counts: what it softens, infers, or finds overlapping (which is a fault, not a level) does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .board import Board
from .check import Context, Measurements, Skip, registry
from .findings import judge
from .rule import Limit, Rule, load_profile

LEVELS = {"A": ("level-a", "class-3"), "B": ("level-b", "class-2"), "C": ("level-c", "class-1")}
"""The profiles whose limits a level is judged by, after `standard`, which has what is the same on all levels. The catalogue
states rings by product class, and the widest ring is the easiest to drill: that of class 3 is level A."""
BEYOND = "beyond C"


class Feature(NamedTuple):
    """What decides about the level: parameters of rules, by rule; none named means all that judge lengths."""

    name: str
    params: Mapping[str, tuple[str, ...]]


FEATURES = (
    Feature("track width", {"track-width": ()}),
    Feature("copper spacing", {"copper-clearance": ()}),
    Feature("annular ring", {"annular-ring-outer": ("design_via", "design_tht"), "annular-ring-inner": ("design",)}),
    Feature("hole to copper", {"hole-to-copper-outer": (), "hole-to-copper-inner": ("min",)}),
    Feature("component gap", {"component-gap": ()}),
    Feature("chip size", {"package-minimum": ("chip_min",)}),
    Feature("pitch", {"package-minimum": ("ic_pitch_min", "bga_pitch_min")}),
)
RULES = frozenset(rule for feature in FEATURES for rule in feature.params)
"""The rules that decide. A run without one of them says nothing of the level."""
_SPACING = frozenset({"copper-clearance", "hole-to-copper-outer", "hole-to-copper-inner", "component-gap"})


@dataclass(frozen=True, slots=True)
class Reached:
    """The level that one feature reaches."""

    feature: str
    level: str | None
    """A, B, C, beyond C; None where no rule could tell."""
    rule: str = ""
    """The rule that keeps it from the next better level; '' at level A."""
    param: str = ""
    instances: int = 0
    """Pairs or things that keep it from the next better level."""
    worst: float | None = None
    limit: float | None = None
    """What the next better level asks for, for the worst of them."""
    unit: str = ""
    why: str = ""
    """Why no rule could tell, or which of the rules could not."""


def limits_of(rules: Mapping[str, Rule]) -> dict[str, dict[str, dict[str, Limit]]]:
    """By level and rule the limits that decide: hard limits of the parameters that a feature names."""
    common = load_profile("standard", rules)
    out: dict[str, dict[str, dict[str, Limit]]] = {}
    for level, names in LEVELS.items():
        profiles = [common, *(load_profile(name, rules) for name in names)]
        out[level] = {}
        for rule in sorted(RULES & set(rules)):
            stated = {name: limit for p in profiles for name, limit in p.limits.get(rule, {}).items()}
            out[level][rule] = {
                name: Limit(limit.value, None, limit.sense, limit.unit, limit.origin)
                for name, limit in stated.items()
                if limit.sense != "tune" and limit.value is not None and _decides(rule, name)
            }
    return out


def _decides(rule: str, param: str) -> bool:
    named = [feature.params[rule] for feature in FEATURES if rule in feature.params]
    return any(not names or param in names for names in named)


class Judge:
    """Finds the level of one board from what the rules of a run measured."""

    def __init__(self, board: Board, rules: Mapping[str, Rule], reach: float, why: Callable[[Rule], str]) -> None:
        """`reach` is the common reach of the run's spacing rules, `why` tells what facts the board lacks for a rule, or ''."""
        self.board, self.rules, self.reach, self.why = board, rules, reach, why
        self.limits = limits_of(rules)
        self.measured: dict[str, Measurements | str] = {}

    def take(self, rule: str, used: Mapping[str, Limit], m: Measurements) -> None:
        """Keep what a rule measured under the limits `used`, if that shows all that the levels ask for."""
        strictest = self.limits["A"][rule]
        lengths = [limit.value for limit in strictest.values() if limit.value is not None]
        if strictest and set(strictest) <= set(used) and max(lengths) <= m.complete:
            self.measured[rule] = m

    def reached(self) -> tuple[Reached, ...]:
        return tuple(self._feature(feature) for feature in FEATURES)

    def _rows(self, rule: str) -> Measurements | str:
        """What a rule measured; measured anew by the limits of level A where the run did not show all that they ask for."""
        if rule not in self.measured:
            self.measured[rule] = self._measure(rule)
        return self.measured[rule]

    def _measure(self, rule: str) -> Measurements | str:
        row = self.rules.get(rule)
        strictest = self.limits["A"].get(rule, {})
        if row is None or not strictest:
            return "no level states a limit"
        if lacking := self.why(row):
            return lacking
        try:
            return registry()[row.check].measure(Context(self.board, row, strictest, self.reach))
        except Skip as reason:
            return str(reason)

    def _feature(self, feature: Feature) -> Reached:
        told: list[Reached] = []
        reasons: list[str] = []
        for rule, names in feature.params.items():
            m = self._rows(rule)
            if isinstance(m, str):
                reasons.append(f"{rule}: {m}")
            elif m.checked:
                told.append(self._judge(feature.name, self.rules[rule], names, m))
            else:
                reasons.append(f"{rule}: the board has nothing of the kind")
        if not told:
            return Reached(feature.name, None, why="; ".join(reasons))
        return max(told, key=lambda r: (_rank(r.level), r.instances))

    def _judge(self, feature: str, rule: Rule, names: tuple[str, ...], m: Measurements) -> Reached:
        sure = (m.soften == 0) & ~m.inferred & (m.param != "")
        if rule.id in _SPACING:
            sure &= m.value > 0
        m = m.take(sure)
        level, held = "A", None
        for better in LEVELS:
            limits = {n: x for n, x in self.limits[better].get(rule.id, {}).items() if not names or n in names}
            verdict = judge(rule, limits, "error", m)
            rows = np.flatnonzero(verdict.severity >= 0)
            if not len(rows):
                break
            level = {"A": "B", "B": "C", "C": BEYOND}[better]
            held = rows, verdict
        if held is None:
            return Reached(feature, level)
        rows, verdict = held
        worst = int(rows[np.argmin(verdict.share[rows])])
        pairs = np.unique(np.stack([np.minimum(m.a, m.b)[rows], np.maximum(m.a, m.b)[rows]]), axis=1)
        param = str(m.param[worst])
        return Reached(
            feature, level, rule.id, param, pairs.shape[1], float(m.value[worst]), float(verdict.limit[worst]),
            rule.params[param].unit,
        )  # fmt: skip


def _rank(level: str | None) -> int:
    return ["A", "B", "C", BEYOND].index(level or "A")


def summary(reached: tuple[Reached, ...]) -> dict[str, Any]:
    """As the report has it: the level of the board, what keeps it from the next better one, and every feature."""
    told = [r for r in reached if r.level is not None]
    level = max((r.level for r in told), key=_rank, default=None)
    held = [r for r in told if r.level == level and r.level != "A"]
    better = None if level in (None, "A") else "ABC"[_rank(level) - 1]
    return {
        "level": level,
        "next": better,
        "held_by": [r.feature for r in sorted(held, key=lambda r: r.instances)],
        "features": [
            {
                "feature": r.feature, "level": r.level, "rule": r.rule, "param": r.param, "instances": r.instances,
                "worst": None if r.worst is None else round(r.worst, 4), "limit": None if r.limit is None else round(r.limit, 4),
                "unit": r.unit, "why": r.why,
            }
            for r in reached
        ],
    }  # fmt: skip
