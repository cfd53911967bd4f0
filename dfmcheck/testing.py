"""Test a rule by boards that say in themselves what is wrong with them.

A fixture is a board with text on the layer User.9; each line of it is one statement, made at the text's anchor:

    expect <rule> [<measured value with unit>] [error|warning|note]    a finding has a place here
    ok <rule> [<measured value with unit>]                             none has; with a value it is a near miss
    profile <name>[, <name> ...]                                       limits to check by, else `standard`
    set <rule>.<param>=<value>                                         one limit, as `--set` has it
    also <rule>[, <rule> ...] | also all                               further rules that the board must answer to
    # <words>                                                          for people

`<rule>.kicad_pcb` tests the rule that it is named after; what one board cannot show stands beside it in
`<rule>.<variant>.kicad_pcb`, and all of them together are one fixture. The tester refuses a sloppy one: see `check_fixture`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .api import Plan, read, split_set
from .board import Board, Kind
from .errors import DfmError
from .report import SEVERITIES, DesignReport, Finding, Place
from .rule import Limit, Rule, load_rules, resolve
from .units import EPS, parse, show

__all__ = ["FixtureResult", "Script", "Statement", "check_fixture", "judge", "mismatches", "read_script"]

LAYER = "User.9"
REACH = 0.3
"""mm from a statement's anchor to the place of a finding that it speaks of."""
_NEAR_SHARE, _NEAR_LENGTH = 0.02, 0.005
"""How close to a limit its pair of values must be: this share of it or, for lengths, this many mm."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`expect` or `ok` at a place of the board."""

    verb: str
    """expect or ok."""
    rule: str
    """Id of the rule."""
    value: str
    """As written; '' where the finding measures nothing, or a trap is far from any limit."""
    severity: str
    """'' if any will do."""
    x: float
    """mm: the text's anchor."""
    y: float
    """mm, down."""

    def __str__(self) -> str:
        words = " ".join(w for w in (self.verb, self.rule, self.value, self.severity) if w)
        return f"{words!r} at ({self.x:.3f}, {self.y:.3f})"


@dataclass(frozen=True, slots=True)
class Script:
    """All that a board states on its layer User.9."""

    profiles: tuple[str, ...]
    """Names, in the order in which they apply."""
    sets: tuple[tuple[str, str, str, str], ...]
    """Rule, parameter, value, origin."""
    also: tuple[str, ...]
    """Ids of further rules that the board answers to."""
    statements: tuple[Statement, ...]
    """Sorted by verb, rule and place."""

    def of(self, verb: str) -> tuple[Statement, ...]:
        """The statements of a verb: expect or ok."""
        return tuple(s for s in self.statements if s.verb == verb)


@dataclass(frozen=True, slots=True)
class FixtureResult:
    """What a fixture showed. `met` are the expectations with the places that met them, near misses included."""

    rule: str
    """Id of the rule that it tests."""
    paths: tuple[Path, ...]
    """The boards that make it up."""
    reports: tuple[DesignReport, ...]
    """One for each board."""
    met: tuple[tuple[Statement, Place], ...]
    """Expectations and near misses, each with the place that met it."""


def check_fixture(path: str | Path, *, rules: str | Path | Iterable[str | Path] = ()) -> FixtureResult:
    """Check the fixture at `path`: every finding is expected, every expectation is met exactly once, every `ok` is silent.

    An expectation is met by a place of a finding of its rule that lies within `REACH` of its anchor and measures what it
    says: lengths within 1 um, other units to the last digit written. Of a near miss (`ok` with a value) that is shown by
    a second run with limits tightened by 2 % (5 um at least, a count by 1), so that a silent check cannot pass for a
    careful one. `rules` are further rule files or folders, as for `--rules`.

    Raises `AssertionError` that lists what is missing, unexpected or sloppy: no `expect`, no `ok`, an unknown word, rule
    or unit, a limit of the rule without a value just beyond it and one just within, a rule that did not run.
    Raises `DfmError` if the board cannot be read.
    """
    path, known = Path(path), load_rules(rules)
    rule = path.name.split(".")[0]
    if rule not in known:
        raise AssertionError(f"{path}: {rule!r} is no rule; a fixture is named after the rule that it tests")
    paths = (path, *sorted(path.parent.glob(f"{rule}.*.kicad_pcb"))) if path.name == f"{rule}.kicad_pcb" else (path,)
    problems: list[str] = []
    reports, met, bounds = [], [], []
    said: set[str] = set()
    for part in paths:
        board = read(part)
        script = read_script(board, known)
        report, mine, wrong, limits = judge(board, script, rule, known)
        reports.append(report)
        met += mine
        problems += [f"{part.name}: {problem}" for problem in wrong]
        bounds.append(limits)
        said |= {s.verb for s in script.statements if s.rule == rule}
    for verb in sorted({"expect", "ok"} - said):
        problems.append(f"{path.name}: it has no {verb!r}; a fixture shows what breaks the rule and what keeps it")
    if not problems:
        problems += [f"{path.name}: {problem}" for problem in _unpaired(known[rule], bounds, met)]
    if problems:
        raise AssertionError(f"{path}: {len(problems)} problems\n  " + "\n  ".join(problems))
    return FixtureResult(rule, paths, tuple(reports), tuple(met))


def judge(
    board: Board, script: Script, rule: str, rules: Mapping[str, Rule]
) -> tuple[DesignReport, list[tuple[Statement, Place]], list[str], Mapping[str, Limit]]:
    """Hold one board against statements, its own or those of the board that it was plotted of.

    `script` holds the statements, `rule` is the id of the rule under test, one of `rules`. Gives the report, the statements
    that are met (near misses included), a line for each thing that is wrong, and the limits
    of the rule.
    """
    chosen = tuple(dict.fromkeys((rule, *script.also)))
    strict, wider = (_plan(script, chosen, rules, tight=tight) for tight in (False, True))
    report = strict.run(board)
    found, wrong = mismatches(script, report.findings)
    near, missed = _near_misses(script, wider.run(board).findings)
    return report, found + near, wrong + _not_run(report, rule, script) + missed, strict.limits.get(rule, {})


def read_script(board: Board, rules: Mapping[str, Rule] | None = None) -> Script:
    """The statements on the layer User.9 of a `board`, about `rules` (by default all that are installed).

    Raises `AssertionError` for a line that says nothing known.
    """
    rules = load_rules() if rules is None else rules
    items, features = board.items, board.features
    here = np.unique(features.item[(features.layer == board.layer(LAYER)) & (features.kind == Kind.TEXT)])
    profiles: list[str] = []
    sets: list[tuple[str, str, str, str]] = []
    also: list[str] = []
    statements: list[Statement] = []
    for item in here.tolist():
        x, y = float(items.x[item]), float(items.y[item])
        for line in str(items.label[item]).splitlines():
            verb, _, rest = line.strip().partition(" ")
            rest = rest.strip()
            try:
                if verb in ("expect", "ok"):
                    statements.append(_statement(verb, rest, rules, x, y))
                elif verb == "profile" and rest:
                    profiles += re.split(r"\s*,\s*", rest)
                elif verb == "set":
                    sets.append(split_set(rest, "set"))
                elif verb == "also" and rest:
                    names = re.split(r"\s*,\s*", rest)
                    also += rules if names == ["all"] else [_known(name, rules) for name in names]
                elif verb and not verb.startswith("#"):
                    raise AssertionError("the words are expect, ok, profile, set, also and #")
            except (AssertionError, DfmError) as error:
                raise AssertionError(f"{board.name}: {line.strip()!r} at ({x:.3f}, {y:.3f}) on {LAYER}: {error}") from None
    statements.sort(key=lambda s: (s.verb, s.rule, s.x, s.y))
    return Script(tuple(profiles) or ("standard",), tuple(sets), tuple(also), tuple(statements))


def _known(name: str, rules: Mapping[str, Rule]) -> str:
    if name not in rules:
        raise AssertionError(f"no rule {name!r}")
    return name


def _statement(verb: str, rest: str, rules: Mapping[str, Rule], x: float, y: float) -> Statement:
    words = rest.split()
    if not words:
        raise AssertionError(f"{verb} which rule?")
    rule = rules[_known(words.pop(0), rules)]
    severity = words.pop() if verb == "expect" and words and words[-1] in SEVERITIES else ""
    value = " ".join(words)
    if value:
        errors = []
        for unit in dict.fromkeys((*(p.unit for p in rule.judged), rule.unit)):
            try:
                parse(value, unit)
            except DfmError as error:
                errors.append(str(error))
            else:
                break
        else:
            raise AssertionError(errors[0])
    return Statement(verb, rule.id, value, severity, x, y)


def mismatches(script: Script, findings: Sequence[Finding]) -> tuple[list[tuple[Statement, Place]], list[str]]:
    """Hold findings against the statements of a `script`: the expectations that are met, and a line for each thing that is
    wrong."""
    wanted = list(script.of("expect"))
    places = [(f, p) for f in findings for p in f.places]
    fits = sorted(
        (math.dist((s.x, s.y), (p.x, p.y)), i, j)
        for i, s in enumerate(wanted) for j, (f, p) in enumerate(places)
        if s.rule == f.rule and s.severity in ("", f.severity) and _agrees(s, p)
    )  # fmt: skip
    met: dict[int, int] = {}
    for distance, i, j in fits:
        if distance <= REACH and i not in met and j not in met.values():
            met[i] = j
    # Told by position, so that a wrong value stands as missing and unexpected one below the other.
    wrong = [((s.x, s.y, 0), f"missing     {s}") for i, s in enumerate(wanted) if i not in met]
    for j, (f, p) in enumerate(places):
        if j not in met.values():
            value = show(p.measured, p.unit) if math.isfinite(p.measured) else "no value"
            near = [s for s in script.of("ok") if s.rule == f.rule and math.dist((s.x, s.y), (p.x, p.y)) <= REACH]
            place = f"at ({p.x:.3f}, {p.y:.3f})" + (f" although {near[0]}" if near else "")
            wrong.append(((p.x, p.y, 1), f"unexpected  {f.rule} {value} {f.severity} {place}: {f.message}"))
    return [(wanted[i], places[j][1]) for i, j in sorted(met.items())], [text for _, text in sorted(wrong)]


def _agrees(statement: Statement, place: Place) -> bool:
    """Whether a place measured what the statement says: within 1 um, or as written to its last digit."""
    if not statement.value:
        return not math.isfinite(place.measured)
    try:
        value = parse(statement.value, place.unit)
    except DfmError:
        return False
    decimals = len((re.match(r"[-+\d]*\.?(\d*)", statement.value) or [""])[1])
    tolerance = 1e-3 if place.unit == "mm" else 0.5 * 10.0**-decimals
    return abs(value - place.measured) <= tolerance + EPS


def _not_run(report: DesignReport, rule: str, script: Script) -> list[str]:
    """The rules that the board must answer to but that did not run. Of `also all` only a crash counts."""
    named = {rule} | ({s.rule for s in script.statements})
    return [
        f"not run     {r.id} is {r.status}: {r.why_skipped}"
        for r in report.rules if r.crashed or (r.id in named and r.status in ("skipped", "off"))
    ]  # fmt: skip


def _near_misses(script: Script, findings: Sequence[Finding]) -> tuple[list[tuple[Statement, Place]], list[str]]:
    """Find each `ok` with a value among the findings under tightened limits; the places, and what was not found."""
    met, missed = [], []
    for s in script.of("ok"):
        if not s.value:
            continue
        near = [p for f in findings if f.rule == s.rule for p in f.places if math.dist((s.x, s.y), (p.x, p.y)) <= REACH]
        hits = [p for p in near if _agrees(s, p)]
        if hits:
            met.append((s, hits[0]))
        else:
            seen = ", ".join(show(p.measured, p.unit) for p in near) or "nothing"
            missed.append(f"no near miss {s}: under limits tightened by 2 % {seen} is measured there")
    return met, missed


def _plan(script: Script, chosen: Sequence[str], rules: Mapping[str, Rule], *, tight: bool) -> Plan:
    """The plan that a board asks for; a tight one asks a little more by every limit."""
    try:
        limits = resolve(script.profiles, rules, script.sets)
        if tight:
            sets = [
                (rule, name, f"{_tighter(limit)!r} {'' if limit.unit in ('ratio', 'count') else limit.unit}", "tightened")
                for rule in chosen for name, limit in limits.get(rule, {}).items()
                if limit.sense != "tune" and _outer(limit)
            ]  # fmt: skip
            limits = resolve(script.profiles, rules, (*script.sets, *sets))
    except DfmError as error:
        raise AssertionError(f"the board asks for limits that there are not: {error}") from error
    return Plan(rules, limits, frozenset(chosen))


def _outer(limit: Limit) -> float:
    """Where findings begin: the preferred value if there is one."""
    value = limit.value if limit.prefer is None else limit.prefer
    return 0.0 if value is None else value


def _near(bound: float, unit: str) -> float:
    if unit == "count":
        return 1.0
    return max(_NEAR_SHARE * abs(bound), _NEAR_LENGTH if unit == "mm" else 0.0)


def _tighter(limit: Limit) -> float:
    bound = _outer(limit)
    step = _near(bound, limit.unit) * (1 if limit.unit == "count" else 1.01)
    return round(bound + step if limit.sense == "min" else bound - step, 9)


def _unpaired(rule: Rule, bounds: Sequence[Mapping[str, Limit]], met: Sequence[tuple[Statement, Place]]) -> list[str]:
    """Limits of the rule that no board of the fixture shows from both sides. A limit of 0 has but one side."""
    wrong = []
    limits: dict[tuple[str, float], Limit] = {}
    for by_param in bounds:
        for name, limit in by_param.items():
            if limit.sense != "tune":
                limits |= {(name, bound): limit for bound in (limit.value, limit.prefer) if bound is not None}
    for (name, bound), limit in limits.items():
        sign = 1 if limit.sense == "min" else -1
        beyond = [sign * (bound + p.more - p.measured) for s, p in met if p.param == name and s.rule == rule.id]
        near = _near(bound, limit.unit) if bound else math.inf
        sides = {
            "just beyond": any(EPS < d <= near + EPS for d in beyond),
            "just within": not bound or any(-near - EPS <= d <= EPS for d in beyond),
        }
        wrong += [
            f"unpaired    {rule.id}.{name} = {show(bound, limit.unit)} has no value {side} it (within {show(near, limit.unit)})"
            for side, there in sides.items() if not there
        ]  # fmt: skip
    return wrong
