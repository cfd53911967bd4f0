"""What holds for the designs of a folder: its config file, and the rules and limits that follow from it and from what was asked.

The command and the editor's window both judge a board through this, so that they say the same of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from . import __version__
from .api import Plan, plan, split_sets
from .config import Config, find, load
from .given import listed, words
from .report import Report
from .waive import Waiver, accept, excuse

if TYPE_CHECKING:
    from .board import Board
    from .report import DesignReport, Finding

__all__ = ["Accepted", "Config", "Plan", "Project", "Waiver", "find", "project"]


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A config file, or none, with the plan that follows from it."""

    config: Config
    """What the file says."""
    plan: Plan
    """The rules that run and their limits."""

    def check(self, board: Board) -> Report:
        """A report on a board, as the command makes it: with KiCad's exclusions and the waivers of the config file.

        Raises `DfmError` where no selected rule has a limit, so that there is nothing to judge by.
        """
        self.plan.require_limits(board.name)
        return Report((self.excuse(self.run(board)),), __version__)

    def run(
        self, board: Board, *, timing: bool = False, jobs: int = 1, progress: Callable[[str, int, int], None] | None = None
    ) -> DesignReport:
        """Check a board, and waive what the designer excluded in KiCad, unless the config file says not to.

        `timing`, `jobs` and `progress` are as for `Plan.run`, which see for what is raised.
        """
        from .exclusions import excuse as exclude

        report = self.plan.run(board, timing=timing, jobs=jobs, progress=progress)
        return report if self.config.kicad_exclusions is False else exclude(report, board, self.plan.rules)

    def excuse(self, raw: DesignReport) -> DesignReport:
        """`raw`, a report of `run`, with the waivers of the config file, and with what that file says about the verdict."""
        conf, report = self.config, excuse(raw, self.config.waivers)
        if conf.path is not None:
            report = replace(report, profile={**report.profile, "config": conf.shown})
        return replace(report, fail_on=conf.fail_on, strict=conf.strict)

    def accept(self, findings: Iterable[Finding], reason: str, *, design: str, home: str | Path) -> Accepted:
        """Write a waiver for each live one of the `findings` into the config file, or into a new one beside `home` where there
        is none.

        `design` is the name of the report, `home` the path of the board. Raises `DfmError` for an empty reason, and where the
        file cannot be written.
        """
        into, table = self.config.accept_into(Path(home))
        count = accept(findings, reason, design=design, path=into, table=table)
        return Accepted(count, into, replace(self, config=load(self.config.path or into)) if count else self)


def faults(report: DesignReport) -> list[str]:
    """A line for each check that crashed: the report is incomplete, and more than findings has to be told."""
    crashed = [f"{report.name}: rule {rule.id}: {rule.why_skipped}; the other rules ran" for rule in report.crashed]
    return crashed + [f"{report.name}: {told}; the rules ran" for told in report.untold]


class Accepted(NamedTuple):
    """What became of findings that somebody accepts."""

    written: int
    """How many waivers."""
    path: Path
    """The file that holds them."""
    project: Project
    """The project with them."""


def project(
    config: str | Path | None,
    *,
    profile: str | Path | Iterable[str | Path] = (),
    sets: Mapping[str, str | float] | Iterable[str] = (),
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    rules: str | Path | Iterable[str | Path] = (),
) -> Project:
    """The project of a config file (see `dfmcheck.config.find`; None: of none), with what is asked for over what it says.

    `profile`, `sets`, `select`, `ignore` and `rules` are as for `dfmcheck.check`; without a profile it is the file's, or else
    `standard`. `sets` may be texts too, ``RULE.PARAM=VALUE``. Raises `DfmError` for anything in the file or asked for that is
    not as it must be.
    """
    conf = load(Path(config)) if config is not None else Config()
    made = plan(
        listed(profile) or conf.profile or "standard",
        sets=[*conf.sets, *split_sets(sets)],
        select=words(select) or conf.select,
        ignore=words(ignore) or conf.ignore,
        severity=conf.severity,
        rules=(*conf.rules, *listed(rules)),
        voltages=conf.voltages,
        weights=conf.weights,
    )
    return Project(conf, made)
