"""What the library offers, and what the command is made of: read a design, plan a run, check.

Nothing here prints or exits; everything that goes wrong is a `DfmError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from . import __version__
from .board import Board
from .errors import DfmError
from .given import listed, words
from .report import DesignReport, Report
from .rule import Limits, Rule, load_rules, resolve
from .tomlfile import nearest
from .voltage import parse_volts
from .weights import Weights, load_weights


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The rules that run and the limits they judge by."""

    rules: Mapping[str, Rule]
    """All known rules by id."""
    limits: Limits
    """All limits in force."""
    selected: frozenset[str]
    """Ids of the rules that are asked for."""
    voltages: Mapping[str, float] = field(default_factory=dict)
    """Volts by pattern of net names, see `dfmcheck.voltage`."""
    weights: Weights = field(default_factory=load_weights)
    """What things cost and how often they fail."""

    @property
    def judging(self) -> frozenset[str]:
        """Ids of the selected rules that have something to judge by."""
        stated = {rule for rule, mine in self.limits.items() if any(limit.sense != "tune" for limit in mine.values())}
        return frozenset(name for name in self.selected if name in stated or self.rules[name].always)

    def require_limits(self, design: str | Path) -> None:
        """Raises `DfmError` where no selected rule has a limit to judge `design`, a name or path, by: a pass would be empty."""
        if not self.judging:
            under = " + ".join(self.limits.chain)
            raise DfmError(f"{design}: no selected rule has a limit under {under}: nothing to judge by (see --list-rules)")

    def run(
        self, board: Board, *, timing: bool = False, jobs: int = 1, progress: Callable[[str, int, int], None] | None = None
    ) -> DesignReport:
        """Check a board; `timing`, `jobs` and `progress` are as `--timing`, `--jobs`, and as for `dfmcheck.check`.

        Waivers are not looked at. Raises `DfmError` where a rule and its check do not fit.
        """
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
    profiles: str | Path | Iterable[str | Path] = "standard",
    *,
    sets: Iterable[tuple[str, str, Any, str]] = (),
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    severity: Mapping[str, tuple[str, str]] | None = None,
    rules: str | Path | Iterable[str | Path] = (),
    voltages: Mapping[str, float] | None = None,
    weights: str | Path | None = None,
) -> Plan:
    """Load rules and limits, and choose what runs.

    `sets` are (rule, parameter, value, origin), `severity` is (severity, origin) by rule, `rules` are further rule files or
    folders; `select` and `ignore` hold rule ids, tags, categories and globs, or lists of them with commas; `weights` is a
    file of cost and yield figures. Raises `DfmError` for anything unknown, and where no profile is named.
    """
    profiles = listed(profiles)
    if not profiles:  # by the rules that need no limit alone nearly every board would pass
        raise DfmError("no profile is named, so there is nothing to judge by; name one, for example standard")
    known = load_rules(rules)
    limits = resolve(profiles, known, sets)
    for rule, (_, origin) in (severity or {}).items():
        if rule not in known:
            raise DfmError(f"{origin}: no rule {rule!r}{nearest(rule, known)}")
    if severity:
        limits = replace(limits, severity={**limits.severity, **{rule: level for rule, (level, _) in severity.items()}})
    chosen = matching(known, asked) if (asked := words(select)) else set(known)
    return Plan(known, limits, frozenset(chosen - matching(known, words(ignore))), voltages or {}, load_weights(weights))


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

    path: the file or folder. extra: further files of the design: the package of a native board, the native board of a
    package, a netlist, a placement file. All lengths of the board are mm. Raises `DfmError`, one line with what is wrong, for
    what is no readable design, and where there are several (see `read_all`).
    """
    from .read import read as reader

    return reader(path, listed(extra))


def read_all(path: str | Path, extra: Iterable[str | Path] = ()) -> list[Board]:
    """Read all designs of a folder or zip: its boards, then its packages; of any other file the one.

    path, extra: as for `read`; further files go with a single design. Raises `DfmError` where one cannot be read.
    """
    from .read import read_all as reader

    return reader(path, listed(extra))


def check(
    design: Board,
    profile: str | Path | Iterable[str | Path] = "standard",
    *,
    sets: Mapping[str, str | float] | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    rules: str | Path | Iterable[str | Path] = (),
    voltages: Mapping[str, str] | None = None,
    weights: str | Path | None = None,
    fail_on: str = "error",
    strict: bool = False,
    jobs: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Check a design by the rules that have a limit.

    design: what `read` gave. profile: a built-in profile's name, the path of a profile (`.toml`), or several of which later
    ones win key by key. sets: limits that override it, ``{"copper-clearance.min": "0.2 mm"}``; a count or a ratio may be a
    number. select, ignore: rule ids, tags, categories or globs, or lists of them with commas; without `select` all rules.
    rules: further rule files or folders. voltages: potentials by pattern of net names, ``{"HV*": "300 V", "GND": "0 V"}``.
    weights: a file of cost and yield figures. fail_on, strict: what makes the verdict `fail`, as `--fail-on` and `--strict`
    say. jobs: with 2 a large board is checked in two processes, where the system can fork. progress: called with a rule's id,
    how many rules are done, and how many there are.

    No config file and no waiver is looked for: see `dfmcheck.project`. Raises `DfmError` for an unknown profile, rule,
    parameter or unit, and where no profile is named or no selected rule has a limit, so that there is nothing to judge by. A
    check that crashes raises nothing: its rule says so (`RuleResult.crashed`), and the design fails.
    """
    from .config import FAIL_ON

    if fail_on not in FAIL_ON:
        raise DfmError(f"fail_on {fail_on!r}: choose one of {', '.join(FAIL_ON)}")
    volts = {pattern: parse_volts(text) for pattern, text in (voltages or {}).items()}
    given = split_sets(sets or {})
    made = plan(profile, sets=given, select=select, ignore=ignore, rules=rules, voltages=volts, weights=weights)
    made.require_limits(design.name)
    return Report((made.run(design, jobs=jobs, progress=progress),), __version__, fail_on, strict)


def load_report(path: str | Path) -> Report:
    """A JSON report of an earlier run (see `write`), as far as the file tells it.

    The design itself is not in it, so `DesignReport.design` is None and nothing can be drawn of it; numbers are rounded to
    0.1 µm. path: the file. Raises `DfmError` for a file that cannot be read or is no report.
    """
    from .against import load

    found = load(Path(path))
    if found is None:
        raise DfmError("is not a JSON report of dfmcheck; write one with dfmcheck.write(report, 'report.json')", path=str(path))
    return found


def compare(now: Report, before: Report) -> Report:
    """The report `now` with each finding told `new`, `unchanged` or `fixed` (`Finding.change`) against an earlier one.

    now, before: designs are matched by name; where each report holds one, those two. Findings that are gone are added to the
    report as `fixed`, unless their rule did not run now; only new ones count for its verdict. Raises `DfmError` where a design
    has no earlier state in `before`, and where two designs would have the same one.
    """
    from .against import Earlier
    from .against import compare as compared

    earlier, alone = Earlier(before.designs), len(now.designs) == 1
    try:
        olds = [earlier.of(design, alone=alone) for design in now.designs]
    except DfmError as error:
        raise DfmError(f"the earlier report {error}") from error
    return replace(now, designs=tuple(compared(design, old) for design, old in zip(now.designs, olds)))


def render(report: Report, format: str = "text") -> str:
    """A report as text, in a format that the command prints: text, json, sarif, junit, github, gitlab, rdjson, markdown, html,
    csv, kicad.

    report: what `check` or `load_report` gave. format: its name. Raises `DfmError` for any other format.
    """
    from .write import check_format, text_of, writer

    return text_of(report) if check_format(format) == "text" else str(writer(format)(report, None))


def write(report: Report, path: str | Path, format: str | None = None) -> None:
    """Write a report into a file, whole or not at all; html, svg and png draw the design, which must be at hand.

    report: what `check` gave. path: the file; what is there is replaced, but no file of a design. format: as for `-o`:
    without it the suffix tells it (.html .json .sarif .xml .rdjson .md .csv .svg .png .txt). Raises `DfmError` for an unknown
    suffix or format, for a file of a design that would be overwritten, and where the file cannot be written.
    """
    from .outputs import refuse_inputs
    from .write import file_format, format_of
    from .write import write as writer

    into = Path(path)
    name = format_of(into) if format is None else file_format(format)
    held = [Path(i["path"]) for d in report.designs for i in d.inputs if i["kind"] not in ("document", "unknown")]
    refuse_inputs([(into, name)], held)
    writer(report, into, name)


def split_sets(sets: Mapping[str, str | float] | Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Limits as the library has them (values by name) or as the command has them (texts), for `plan`.

    Raises `DfmError` for one of another form.
    """
    if isinstance(sets, Mapping):
        return [split_set(f"{name}={value}", "sets") for name, value in sets.items()]
    return [split_set(text, "--set") for text in listed(sets)]


def split_set(text: str, origin: str) -> tuple[str, str, str, str]:
    """``RULE.PARAM=VALUE`` in parts, with where it comes from. Raises `DfmError` if it has another form."""
    name, equals, value = text.partition("=")
    rule, dot, param = name.strip().partition(".")
    if not (equals and dot and rule and param and value.strip()):
        raise DfmError(f"{origin} {text!r}: write RULE.PARAM=VALUE, for example copper-clearance.min=0.2mm")
    return rule, param, value.strip(), origin
