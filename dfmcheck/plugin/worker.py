"""The process that checks boards for the window, beside it: what is slow happens here, and can be killed at any time.

It reads pickled requests from stdin and writes pickled events to stdout; both are pipes to the window's process, which alone
starts it. When that ends, for whatever reason, so does this, and every process that it forked.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Wait
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from .. import __version__
from ..console import DEBUG, bug
from ..errors import DfmError
from .messages import Check, Done, Event, Failed, Outcome, Progress, Request, Waive, Waived, Write, Written

if TYPE_CHECKING:
    from ..config import Config
    from ..project import Project
    from ..report import DesignReport, Report

UNSAVED = "untitled.kicad_pcb"
"""What a board without a file is called. It is looked for nowhere: the process runs in an empty folder."""


def main(scratch: str) -> None:
    """Answer what the window asks for until that ends. It removes its folder `scratch` itself, unless it is killed."""
    gc.disable()  # as in the command: a run makes hardly a cycle
    asked: SimpleQueue[Request] = SimpleQueue()
    requests, events = _pipes()
    Thread(target=_listen, args=(requests, asked, scratch), daemon=True).start()

    worker = Worker(teller(events))
    worker.prepare()
    while True:
        worker.answer(asked.get())
        gc.collect()  # the board before, while nobody waits


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Requests and events. Nothing else that prints or reads reaches them, and no forked process holds them open."""
    requests, events = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    os.close(nothing)
    if hasattr(os, "fork"):
        os.register_at_fork(after_in_child=lambda: os.close(events.fileno()))
    return requests, events


def teller(events: IO[bytes]) -> Callable[[Event], None]:
    """What writes events to the pipe. Where nobody reads them, it waits for the end, which `_listen` makes."""

    def send(event: Event) -> None:
        try:
            pickle.dump(event, events, pickle.HIGHEST_PROTOCOL)
            events.flush()
        except OSError:
            Wait().wait()

    return send


def _listen(requests: IO[bytes], asked: SimpleQueue[Request], scratch: str) -> None:
    """Pass on what the window asks for, also while something is checked; its end is the end."""
    try:
        while True:
            asked.put(pickle.load(requests))
    except (EOFError, OSError, pickle.UnpicklingError):
        shutil.rmtree(scratch, ignore_errors=True)
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)  # forked processes too
        os._exit(0)


class Worker:
    """Checks boards, and keeps what it checked last."""

    def __init__(self, send: Callable[[Event], None]) -> None:
        self.send = send
        self.path: Path | None = None
        self.project: Project | None = None
        self.raw: DesignReport | None = None
        """With the design, without waivers."""
        self.why = ""
        """Why there is none."""
        self.profiles: tuple[tuple[str, str], ...] = ()
        self.chain: tuple[str, ...] = ()

    def prepare(self) -> None:
        """Load what every check needs, while the editor still writes down its board."""
        from .. import engine, exclusions, waive  # noqa: F401
        from ..check import registry
        from ..project import project
        from ..read import kicad  # noqa: F401
        from ..rule import load_profile, profile_names

        registry()
        rules = project(None).plan.rules
        self.profiles = tuple((name, load_profile(name, rules).title) for name in profile_names())

    def answer(self, request: Request) -> None:
        """Do what is asked for; what cannot be done is told as the command tells it."""
        try:
            if isinstance(request, Check):
                self.check(request)
            elif isinstance(request, Waive):
                self.waive(request)
            else:
                self.write(request)
            return
        except DfmError as error:
            why = str(error)
        except (RecursionError, MemoryError) as error:
            why = f"{self.path or UNSAVED}: too large or too deeply nested to be checked ({type(error).__name__})"
        except Exception as error:
            if os.environ.get(DEBUG):
                traceback.print_exc()
            why = f"{self.path or UNSAVED}: {bug(error)}"
        if isinstance(request, Check) and request.quiet:
            self.why = why  # told when what it was for is asked for
        else:
            self.send(Failed(type(request), why))

    def check(self, request: Check) -> None:
        from ..config import find
        from ..project import project
        from ..read import read_kicad

        self.project = self.raw = None
        self.path, self.why = request.path, ""
        path = request.path or Path(UNSAVED)
        config = find(request.path) if request.path else None
        made = project(config, profile=request.profile)
        self.chain = made.plan.limits.chain
        if request.profile:
            self.chain = ()
            with suppress(DfmError):  # nobody asked for those
                self.chain = project(config).plan.limits.chain
        made.plan.require_limits(path)
        tell = self._unheard if request.quiet else self.send
        tell(Progress("", 0, 0))
        board = read_kicad(request.text, str(path))
        raw = made.run(board, jobs=min(os.cpu_count() or 1, 2), progress=lambda *step: tell(Progress(*step)))
        if not _is_saved(request):
            raw = _of_the_editor(raw, str(path), request.taken)
        self.project, self.raw = made, raw
        if not request.quiet:
            self.send(Done(self.outcome()))

    def waive(self, request: Waive) -> None:
        project, raw = self.last()
        if self.path is None:
            raise DfmError("save the board first: waivers are written into a file beside it")
        _require_same(project.config, self.path)
        done = project.accept(request.findings, request.reason, design=raw.name, home=self.path)
        self.project = done.project
        self.send(Waived(done.written, done.path, self.outcome()))

    def write(self, request: Write) -> None:
        from ..write import write

        write(self.report(), request.path, "html")
        self.send(Written(request.path))

    def last(self) -> tuple[Project, DesignReport]:
        if self.project is None or self.raw is None:
            raise DfmError(self.why or "no board is checked yet; run the check first")
        return self.project, self.raw

    def report(self) -> Report:
        from ..project import faults
        from ..report import Report

        project, raw = self.last()
        design = project.excuse(raw)
        return Report((design,), __version__, errors=tuple(faults(design)))

    def outcome(self) -> Outcome:
        report = self.report()
        bare = replace(report, designs=tuple(replace(design, design=None) for design in report.designs))
        project, _ = self.last()
        waivers = project.config.accept_into(self.path)[0] if self.path else None
        return Outcome(bare, self.profiles, self.chain, self.path, waivers)

    def _unheard(self, event: Any) -> None:
        """Nobody waits for it."""


def _require_same(config: Config, board: Path) -> None:
    """Raises `DfmError` where a board's config file is another one since `config` was read, or says anything but waivers that it
    did not: a new file for waivers might hide it, and the report would be by what no longer holds."""
    from ..config import Config, find, load

    now = find(board)
    if replace(load(now) if now else Config(), waivers=()) != replace(config, waivers=()):
        raise DfmError(f"{now or config.path}: the settings have changed since the check: run the check again, then waive")


def _is_saved(request: Check) -> bool:
    """Whether the board's file holds just this text. Its size is looked at first: it may be large."""
    with suppress(OSError):
        path = request.path
        return path is not None and path.stat().st_size == len(request.text) and path.read_bytes() == request.text
    return False


def _of_the_editor(raw: DesignReport, path: str, taken: float) -> DesignReport:
    """Says of what has the board's `path` that no file holds it: KiCad orders and spaces what is not saved yet in its own way, so
    that neither the checksum nor the lines are those of the file."""
    role = f"as it was in KiCad's editor, {dt.datetime.fromtimestamp(taken):%Y-%m-%d %H:%M}"
    inputs = tuple({**one, "role": role} if one["path"] == path else one for one in raw.inputs)
    notes = tuple({**one, "line": None} if one["path"] == path else one for one in raw.notes)
    return replace(raw, inputs=inputs, notes=notes)
