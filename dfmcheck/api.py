"""What the library offers, and what the command is made of: read a design, plan a run, check.

Nothing here prints or exits; everything that goes wrong is a `DfmError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from . import __version__
from .board import Board
from .errors import DfmError
from .report import DesignReport, Report
from .rule import Limits, Rule, load_rules, resolve
from .tomlfile import nearest
from .voltage import parse_volts
from .weights import Weights, load_weights


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The rules that run and the limits they judge by."""

    rules: Mapping[str, Rule]
    limits: Limits
    selected: frozenset[str]
    voltages: Mapping[str, float] = field(default_factory=dict)
    """Volts by pattern of net names, see `dfmcheck.voltage`."""
    weights: Weights = field(default_factory=load_weights)
    """What things cost and how often they fail."""

    @property
    def judging(self) -> frozenset[str]:
        """Ids of the selected rules that have something to judge by."""
        stated = {rule for rule, mine in self.limits.items() if any(limit.sense != "tune" for limit in mine.values())}
        return frozenset(name for name in self.selected if name in stated or self.rules[name].always)

    def run(
        self, board: Board, *, timing: bool = False, jobs: int = 1, progress: Callable[[str, int, int], None] | None = None
    ) -> DesignReport:
        """Check a board. Waivers are not looked at, see `dfmcheck.waive.excuse`."""
        from .engine import run

        if self.voltages:
            board = replace(board, settings={**board.settings, "voltages": self.voltages})
        return run(
            board,
            dict(self.rules),
            self.limits,
            selected=lambda r: r.id in self.selected,
            timing=timing,
            jobs=jobs,
            progress=progress,
            weights=self.weights,
        )


def plan(
    profiles: Sequence[str | Path] = ("standard",),
    *,
    sets: Iterable[tuple[str, str, Any, str]] = (),
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    severity: Mapping[str, tuple[str, str]] | None = None,
    rules: Iterable[str | Path] = (),
    voltages: Mapping[str, float] | None = None,
    weights: str | Path | None = None,
) -> Plan:
    """Load rules and limits, and choose what runs.

    `sets` are (rule, parameter, value, origin), `severity` is (severity, origin) by rule, `rules` are further rule files or
    folders; `select` and `ignore` hold rule ids, tags, categories and globs; `weights` is a
    file of cost and yield figures. Raises `DfmError` for anything unknown.
    """
    known = load_rules(rules)
    limits = resolve(list(profiles), known, sets)
    for rule, (_, origin) in (severity or {}).items():
        if rule not in known:
            raise DfmError(f"{origin}: no rule {rule!r}{nearest(rule, known)}")
    if severity:
        limits = replace(limits, severity={**limits.severity, **{rule: level for rule, (level, _) in severity.items()}})
    chosen = matching(known, select) if (select := tuple(select)) else set(known)
    return Plan(known, limits, frozenset(chosen - matching(known, ignore)), voltages or {}, load_weights(weights))


def matching(rules: Mapping[str, Rule], words: Iterable[str]) -> set[str]:
    """Ids of the rules that ids, tags, categories or globs name. Raises `DfmError` for a word that names none."""
    names = {rule.id: {rule.id, *rule.tags, rule.category, rule.category.split(".")[0]} for rule in rules.values()}
    found: set[str] = set()
    for word in words:
        hits = {rule for rule, mine in names.items() if any(fnmatchcase(name, word) for name in mine)}
        if not hits:
            raise DfmError(f"no rule or tag {word!r}{nearest(word, set().union(*names.values()))} (--list-rules shows all)")
        found |= hits
    return found


def read(path: str | Path, extra: Iterable[str | Path] = ()) -> Board:
    """Read a design: a `.kicad_pcb`, or the folder or zip of a Gerber and drill package (its files are in `Board.package`).

    `extra` are further files of the design: the package of a native board, the native board of a package, a netlist.
    Raises `DfmError`, one line with what is wrong, for what is no readable design, and where there are several.
    """
    from .read import read as reader

    return reader(path, extra)


def read_all(path: str | Path, extra: Iterable[str | Path] = ()) -> list[Board]:
    """Read all designs of a folder or zip: its boards, then its packages. Raises `DfmError` where one cannot be read."""
    from .read import read_all as reader

    return reader(path, extra)


def check(
    design: Board,
    profile: str | Path | Sequence[str | Path] = "standard",
    *,
    sets: Mapping[str, str] | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    rules: Iterable[str | Path] = (),
    voltages: Mapping[str, str] | None = None,
    weights: str | Path | None = None,
    fail_on: str = "error",
    strict: bool = False,
) -> Report:
    """Check a design against a profile, or several of which later ones win key by key.

    `sets` overrides limits: ``{"copper-clearance.min": "0.2 mm"}``; `voltages` declares
    potentials of nets: ``{"HV*": "300 V", "GND": "0 V"}``; `weights` names a file of cost and
    yield figures. Config files and waivers are the command's business
    and are not read here. Raises `DfmError` for an unknown profile, rule, parameter or unit.
    """
    profiles = [profile] if isinstance(profile, (str, Path)) else list(profile)
    given = [split_set(f"{name}={value}", "sets") for name, value in (sets or {}).items()]
    volts = {pattern: parse_volts(text) for pattern, text in (voltages or {}).items()}
    made = plan(profiles, sets=given, select=select, ignore=ignore, rules=rules, voltages=volts, weights=weights)
    return Report((made.run(design),), __version__, fail_on, strict)


def split_set(text: str, origin: str) -> tuple[str, str, str, str]:
    """``RULE.PARAM=VALUE`` in parts, with where it comes from. Raises `DfmError` if it has another form."""
    name, equals, value = text.partition("=")
    rule, dot, param = name.strip().partition(".")
    if not (equals and dot and rule and param and value.strip()):
        raise DfmError(f"{origin} {text!r}: write RULE.PARAM=VALUE, for example copper-clearance.min=0.2mm")
    return rule, param, value.strip(), origin
