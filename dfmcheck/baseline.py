"""What `--against` names: an earlier JSON report, or an earlier revision of the designs, which is checked as they are now."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from .against import Earlier, load
from .board import Board
from .config import find
from .config import load as load_config
from .errors import DfmError
from .project import Project
from .report import DesignReport
from .waive import Waiver, excuse


class Baseline:
    """The earlier state of the designs of one run. Raises `DfmError` where the file is a report that cannot be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.report = load(Path(path))

    @cached_property
    def designs(self) -> Earlier[DesignReport | Board]:
        """The designs of the report or, where there is none, the boards of the revision; these are read once they are needed."""
        from .api import read_all

        return Earlier(read_all(self.path) if self.report is None else self.report.designs)

    def of(self, report: DesignReport, project: Project, *, alone: bool, jobs: int) -> DesignReport:
        """What a design's report is to be compared with; of an earlier revision with what was excused in it.

        `alone`: it is the only design of the run, so that its name may differ. Raises `DfmError` where nothing earlier of it is
        there, or where that was taken for another design.
        """
        designs = self.designs
        try:
            found = designs.of(report, alone=alone)
        except DfmError as error:
            raise DfmError(str(error), path=self.path) from error
        if not isinstance(found, Board):
            return found
        old = replace(project.run(found, jobs=jobs), name=report.name)  # waivers are for designs by name
        return excuse(old, _waivers(found, project))


def _waivers(old: Board, project: Project) -> tuple[Waiver, ...]:
    """Those of an earlier revision: that stand beside it, else those of now."""
    there = find(Path(old.sources[0].path)) if old.sources else None
    now = project.config
    return now.waivers if there is None or there == now.path else load_config(there).waivers
