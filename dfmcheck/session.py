"""One run of the command: each design is read, checked by its own config and limits, excused, compared, and reported."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import __version__
from .console import DEBUG, bug, stdout, to_stderr, utf8, wants_color
from .errors import DfmError
from .files import Same, noting

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .baseline import Baseline
    from .board import Board
    from .progress import Progress
    from .project import Project
    from .read.early import Found
    from .read.places import Place
    from .report import DesignReport, Report
    from .review import Review


class Raw(NamedTuple):
    """What one place gave: reports without waivers of ours, and why there are not more of them."""

    reports: list[DesignReport]
    errors: list[str]


class Session:
    """One run of the command."""

    def __init__(self, options: dict[str, Any]) -> None:
        from .outputs import refuse_twice
        from .write import UNDRAWN, check_format, output

        self.opt = options
        self.errors: list[str] = []
        self.projects: dict[Path | None, Project] = {}
        self.baseline: Baseline | None = None
        self.ahead: dict[Place, Future[Raw]] = {}
        self.begun: Callable[[], Found] | None = None
        self.extra = [Path(name) for name in options["extra"]]
        for path in self.extra:
            if not path.exists():
                raise DfmError("--with: no such file", path=str(path))
        self.known: dict[str, Board] | None = None
        check_format(options["format_"])
        self.outputs = [output(text) for text in options["output"]]
        if len(self.outputs) > 1:
            refuse_twice(self.outputs)
        self.drawn = not {options["format_"], *(format_ for _, format_ in self.outputs)} <= UNDRAWN
        if options["fail_on"] is not None:
            from .config import FAIL_ON

            if options["fail_on"] not in FAIL_ON:
                raise DfmError(f"--fail-on {options['fail_on']}: choose one of {', '.join(FAIL_ON)}")
        if options["accept"] is not None and not options["accept"].strip():
            raise DfmError("--accept needs a reason; say why these findings are good as they are")

    def run(self) -> int:
        if any(self.opt[key] for key in ("explain", "list_rules", "list_profiles", "show_profile")):
            return self.tell()
        if not self.opt["designs"]:
            raise DfmError("no design given; name a .kicad_pcb, or a zip or folder of Gerber and drill files (see dfmcheck -h)")
        from .read.places import places

        designs: list[DesignReport] = []
        found = [place for name in self.opt["designs"] for place in self.guarded(name, places, Path(name)) or ()]
        if any(place.boards for place in found):
            self.known = {}  # boards beside packages are read once
        if self.extra and len(found) > 1:
            raise DfmError(f"--with gives further files of one design, and there are {len(found)} here")
        with noting() as read:
            if self.opt["against"]:
                from .baseline import Baseline

                self.baseline = Baseline(self.opt["against"])
            review = self.review()
            if len(found) == 1 and self.cores > 1 and self.known is None:
                from .read.early import begin

                self.begun = begin(found[0], self.extra)  # it is read while its rules are loaded
            if self.outputs:
                self.spare(found, read)
        with self.workers(found):
            for place in found:
                designs += self.guarded(place.path, self.check, place, len(found) == 1) or ()
        from .project import faults

        for message in (told for design in designs for told in faults(design)):
            self.fault(message)
        decided: Review = {}
        if review is not None:
            designs, decided = self.guarded(self.opt["review"], self.reviewed, review, designs) or (designs, decided)
        from .report import Report

        report = Report(
            tuple(designs), __version__, self.opt["fail_on"] or "error", bool(self.opt["strict"]), tuple(self.errors), decided
        )
        if designs:
            from .write import write

            for path, format_ in self.spared(designs):
                self.guarded(path, write, report, path, format_)
            self.guarded("stdout", self.print, report)
        return 2 if self.errors else 1 if report.failed() else 0

    def spare(self, found: list[Place], read: set[Same]) -> None:
        """Raises `DfmError` where an output would overwrite what the run reads, before it is read for the check."""
        from .outputs import refuse_inputs

        named = [*self.extra, *(Path(self.opt[key]) for key in ("against", "review") if self.opt[key])]
        for place in found:
            named += [place.path, place.path.with_suffix(".kicad_pro")]
            project = self.guarded(place.path, self.project, place.home)
            if project is not None and self.opt["accept"] is not None:
                named.append(project.config.accept_into(place.home)[0])
        refuse_inputs(self.outputs, named, read)

    def spared(self, designs: list[DesignReport]) -> Iterator[tuple[Path, str]]:
        """The outputs that overwrite no file which a design was found to hold; the others are told."""
        from .outputs import refuse_inputs

        held = [Path(i["path"]) for d in designs for i in d.inputs if i["kind"] not in ("document", "unknown")]
        for path, format_ in self.outputs:
            try:
                refuse_inputs([(path, format_)], held)
            except DfmError as error:
                self.fault(str(error))
            else:
                yield path, format_

    @property
    def cores(self) -> int:
        """Processes for one board: as many as --jobs says, else two where there are two cores."""
        return int(self.opt["jobs"] or min(os.cpu_count() or 1, 2))

    @contextmanager
    def workers(self, found: list[Place]) -> Iterator[None]:
        """Read and check several designs ahead in processes of their own, as many at a time as --jobs says."""
        if self.opt["jobs"] in (None, 1) or len(found) == 1:
            yield
            return
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(min(self.opt["jobs"], len(found)), get_context("spawn")) as pool:
            self.ahead = {place: pool.submit(_run, self.opt, place) for place in found}
            yield
            pool.shutdown(cancel_futures=True)

    def guarded(self, subject: object, function: Any, *args: Any) -> Any:
        """Call; what cannot be done to the subject is told, and the other designs go on."""
        try:
            return function(*args)
        except DfmError as error:
            self.fault(str(error))
        except (RecursionError, MemoryError) as error:
            if os.environ.get(DEBUG):
                raise
            self.fault(f"{subject}: too large or too deeply nested to be checked ({type(error).__name__})")
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            self.fault(f"{subject}: {bug(error)}")
        return None

    def fault(self, message: str) -> None:
        if message in self.errors:  # a wrong config or option is told once, not for each design
            return
        self.errors.append(message)
        to_stderr(f"dfmcheck: error: {message}")

    def project(self, board: Path | None) -> Project:
        """The project of a board (or of the working folder), made once for each config file."""
        from .config import find
        from .project import project

        found = find(board if board is not None else Path.cwd() / "x")
        if found not in self.projects:
            asked = {name: self.opt[name] for name in ("profile", "sets", "select", "ignore", "rules")}
            self.projects[found] = project(found, **asked)
        return self.projects[found]

    def check(self, place: Place, alone: bool) -> list[DesignReport]:
        """Read what is at a place, check it, and apply waivers and what it is compared with."""
        from .progress import Progress

        path = place.path
        project = self.project(place.home)
        project.plan.require_limits(path)
        with Progress(on=sys.stderr is not None and sys.stderr.isatty() and not self.opt["quiet"]) as progress:
            if place in self.ahead:
                progress.tell(f"checking {path.name}")
                raw = self.ahead.pop(place).result()
            else:
                raw = self.raw(place, project, progress)
            for error in raw.errors:
                self.fault(error)
            alone = alone and len(raw.reports) == 1
            old = self.baseline
            before = [old.of(r, project, alone=alone, jobs=self.cores) if old else None for r in raw.reports]
        return [self.judged(place, project, report, then) for report, then in zip(raw.reports, before)]

    def raw(self, place: Place, project: Project, progress: Progress | None = None) -> Raw:
        """Read, check, and waive what the design itself excludes."""
        from . import engine  # noqa: F401  (as the checks: it takes as long as reading a small board)
        from .check import registry
        from .read.places import read_place

        tell = progress.tell if progress else str
        tell(f"reading {place.path.name}")
        registry()
        boards, errors = self.begun() if self.begun else read_place(place, self.extra, self.known)
        reports = []
        for board in boards:
            tell(f"checking {board.name}")
            step = progress.step if progress else None
            report = project.run(board, timing=self.opt["timing"], jobs=self.cores, progress=step)
            # A design is kept where a writer needs it.
            reports.append(report if self.drawn else replace(report, design=None))
        return Raw(reports, [str(error) for error in errors])

    def judged(self, place: Place, project: Project, raw: DesignReport, before: DesignReport | None) -> DesignReport:
        """A report with waivers, the comparison, and what decides about its verdict."""
        from .against import compare

        report = project.excuse(raw)
        if self.opt["accept"] is not None:
            report = self.accept(place, project, raw, report)
        if before is not None:
            report = compare(report, before, self.opt["against"])
        strict = report.strict if self.opt["strict"] is None else self.opt["strict"]
        return replace(report, fail_on=self.opt["fail_on"] or report.fail_on, strict=strict)

    def accept(self, place: Place, project: Project, raw: DesignReport, report: DesignReport) -> DesignReport:
        """Write waivers for all live findings, and return the report as it is with them."""
        from .config import show_path
        from .write.phrases import plural

        done = project.accept(report.findings, self.opt["accept"], design=raw.name, home=place.home)
        if not done.written:
            to_stderr(f"dfmcheck: {raw.name}: nothing to accept")
            return report
        to_stderr(f"dfmcheck: {raw.name}: {plural(done.written, 'waiver')} written to {show_path(done.path)}")
        self.projects.clear()  # the next design may share the file
        return done.project.excuse(raw)

    def review(self) -> Review | None:
        """What the manufacturer decided so far; None where nobody asks. A bad file is told before anything is checked."""
        if not self.opt["review"]:
            return None
        from .review import load

        return load(Path(self.opt["review"]))

    def reviewed(self, review: Review, designs: list[DesignReport]) -> tuple[list[DesignReport], Review]:
        """The reports with what was decided, and the review, which is kept with what is new."""
        from .review import save, update

        done, kept = update(review, designs)
        self.guarded(self.opt["review"], save, Path(self.opt["review"]), kept)
        return list(done), kept

    def tell(self) -> int:
        """The options that print and leave."""
        from . import explain
        from .read.places import Place
        from .tomlfile import nearest

        plan = self.project(Place(Path(self.opt["designs"][0])).home if self.opt["designs"] else None).plan
        if self.opt["explain"]:
            name = self.opt["explain"]
            if name not in plan.rules:
                raise DfmError(f"no rule {name!r}{nearest(name, plan.rules)} (--list-rules shows all)")
            text = explain.explain(plan.rules[name], plan.limits)
        elif self.opt["list_rules"]:
            text = explain.list_rules(plan.rules, plan.limits)
        elif self.opt["list_profiles"]:
            text = explain.list_profiles(plan.rules)
        else:
            text = explain.show_profile(plan.rules, plan.limits)
        with stdout() as out:
            out.write(text)
        return 0

    def print(self, report: Report) -> None:
        if self.opt["format_"] != "text":
            from .write import writer

            text = str(writer(self.opt["format_"])(report, None))
            with stdout() as out:
                utf8(out)
                out.write(text)
            return
        from .write.text import write_text

        with stdout() as out:
            columns = shutil.get_terminal_size().columns if out.isatty() else None
            write_text(
                report, out, color=wants_color(out, self.opt["no_color"]), verbose=self.opt["verbose"],
                quiet=self.opt["quiet"], timing=self.opt["timing"], wrap=columns,
            )  # fmt: skip


def _run(options: dict[str, Any], place: Place) -> Raw:
    """Read and check what is at one place in a worker process."""
    session = Session({**options, "jobs": 1})
    return session.raw(place, session.project(place.home))
