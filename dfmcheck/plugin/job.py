"""The window's side of the process that checks: start it, ask it, hear from it, and kill it. Nothing here waits."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from ..console import DEBUG
from ..report import Finding
from .messages import Check, Done, Event, Failed, Progress, Request, Waive, Write

_ROOT = Path(__file__).parents[2]
"""The folder that holds the package: a plugin carries it along, and Python does not know of it."""
_START = "import sys; sys.path.insert(0, sys.argv[1]); from dfmcheck.plugin.worker import main; main(sys.argv[2])"
_EMPTY = "empty"
"""The folder that the process runs in, where nothing lies about that could be taken for a board's project."""


class Job:
    """A process that checks boards, one thing at a time, and tells events.

    It is started before anything is asked for, so that it is ready by then. Where it was stopped or has died, the next request
    starts a new one, which first does silently what is needed to answer. It is asked for the next thing when it is done with the
    one before, so that all but that is left where it ends.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dfmcheck-"))
        (self._folder / _EMPTY).mkdir()
        self._worker: _Worker | None = None
        self._holds = False
        """Whether the process holds the board that `_last` asks for."""
        self._last: Check | None = None
        """The last check that came to an end."""
        self._asked: list[Request] = []
        """What is not answered yet. The process does the first."""

    @property
    def busy(self) -> bool:
        return bool(self._asked)

    @property
    def waiving(self) -> bool:
        """Whether waivers are still to be written."""
        return any(isinstance(request, Waive) for request in self._asked)

    def start(self) -> None:
        """Start the process, if it does not run yet; it loads what it needs meanwhile."""
        if self._worker is None or not self._worker.alive:
            self._worker, self._holds = _Worker(self._folder), False

    def check(self, text: bytes, path: Path | None, profile: tuple[str, ...] = ()) -> None:
        """Check a board's text. `path` is where it is saved, None where it never was."""
        self._ask(Check(text, path, profile))

    def waive(self, findings: Iterable[Finding], reason: str) -> None:
        """Write waivers for findings of the last check."""
        self._ask(Waive(tuple(findings), reason))

    def write_html(self, path: Path) -> None:
        """Write the HTML report on the last check."""
        self._ask(Write(path))

    @property
    def report_path(self) -> Path:
        """Where an HTML report can be written: in a folder of this job's, which is removed with it."""
        return self._folder / "report.html"

    def poll(self) -> list[Event]:
        """What happened since, in order."""
        worker = self._worker
        if worker is None:
            return []
        events: list[Event] = []
        for event in worker.told():
            if isinstance(event, _Ended):
                if worker is not self._worker or not self._asked:
                    continue  # nobody waits for it any more
                event = Failed(type(self._asked[0]), worker.why_ended())
            events.append(event)
            if not isinstance(event, Progress):
                self._answered(event)
        return events

    def stop(self) -> None:
        """Break off the check that is under way, at once. The last one that came to an end can still be reported and waived, and
        where that is asked for already, it is done."""
        checking = isinstance(next(iter(self._asked), None), Check)
        self._asked = [request for request in self._asked if not isinstance(request, Check)]
        if checking:
            self._kill()
            self._begin()

    def close(self) -> None:
        """Stop everything, and remove what was written for the user to look at."""
        worker = self._worker
        self._asked.clear()
        self._kill()
        if worker is not None:
            worker.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, request: Request) -> None:
        self._asked.append(request)
        if len(self._asked) == 1:
            self._begin()

    def _begin(self) -> None:
        """Let the process do what was asked for first, if anything is left."""
        if not self._asked:
            return
        request, last = self._asked[0], self._last
        self.start()
        assert self._worker is not None
        if not isinstance(request, Check) and not self._holds and last is not None:
            self._worker.ask(replace(last, quiet=True))
            self._holds = True
        self._worker.ask(request)

    def _answered(self, event: Event) -> None:
        request = self._asked.pop(0)
        if isinstance(request, Check):
            self._holds = isinstance(event, Done)
            if isinstance(event, Done):
                self._last = request
        self._begin()

    def _kill(self) -> None:
        if self._worker is not None and self._worker.alive:
            self._worker.kill()
        self._worker = None


class _Ended:
    """The process has ended."""


class _Worker:
    """The process, and two threads that wait for its pipes."""

    def __init__(self, folder: Path) -> None:
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as in the command
        more: dict[str, Any] = {"start_new_session": True}  # so that what it forks is killed with it
        if os.name == "nt":
            more = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (it lasts as long as the process)
        aloud = os.environ.get(DEBUG) and sys.stderr is not None
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(_ROOT), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None if aloud else self._errors,
            cwd=folder / _EMPTY, env=env, **more,
        )  # fmt: skip
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        self._events: SimpleQueue[Event | _Ended] = SimpleQueue()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._threads = (
            Thread(target=self._write, args=(self._process.stdin,), daemon=True),
            Thread(target=self._read, args=(self._process.stdout,), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def ask(self, request: Request) -> None:
        self._requests.put(request)

    def told(self) -> list[Event | _Ended]:
        found: list[Event | _Ended] = []
        with suppress(Empty):
            while True:
                found.append(self._events.get_nowait())
        return found

    @property
    def alive(self) -> bool:
        """Whether its number is its own still: it is not waited for yet."""
        return self._process.returncode is None

    def kill(self) -> None:
        """With all that it has forked."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(10)

    def why_ended(self) -> str:
        """One line for a process that should still be there."""
        self._errors.seek(0)
        lines = self._errors.read()[-5000:].decode("utf-8", "replace").strip().splitlines()
        last = " ".join("".join(c if c.isprintable() else " " for c in lines[-1]).split())[:300] if lines else ""
        status = self._process.returncode
        if hasattr(signal, "SIGKILL") and status == -signal.SIGKILL:
            return "the check was killed by the system, which may have run out of memory; close other programs and run it again"
        return f"the process that checks has ended (status {status}): {last or 'it told nothing'}; run it again, and report it"

    def _write(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:  # it has ended, which the other thread tells
            while (request := self._requests.get()) is not None:
                pickle.dump(request, pipe, pickle.HIGHEST_PROTOCOL)
                pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        with suppress(Exception), pipe:  # what is cut off in the middle may be anything
            while True:
                self._events.put(pickle.load(pipe))
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self.kill()  # what it forked may be left
        self._process.wait()
        self._events.put(_Ended())
        self._requests.put(None)
