"""The plugin as a whole: the editor that has the board, the process that checks it, and the window that shows what it found.

Everything but the calls to the editor runs in the window's thread, by a timer that polls.
"""

from __future__ import annotations

import time
import webbrowser
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..console import bug
from ..errors import DfmError
from ..write.phrases import plural
from . import trouble
from .errands import Errands
from .job import Job
from .messages import Check, Done, Event, Failed, Outcome, Progress, Waive, Waived, Written

if TYPE_CHECKING:
    from ..report import Finding

POLL = 25
"""ms from one look for what happened to the next, while anything is under way."""
FINISH = 600.0
"""Seconds that the end waits for waivers, whose board may have to be checked again."""
UNNAMED = "the board"
UNSAVED = "This board was never saved, so no waiver can be kept beside it: save it, run the check again, and waive then."


class Editor(Protocol):
    """The editor, see `dfmcheck.plugin.editor.Editor`."""

    @property
    def board_path(self) -> Path | None: ...
    @property
    def board_name(self) -> str: ...
    @property
    def can_mark(self) -> bool: ...
    def text(self) -> bytes: ...
    def select(self, uuids: Sequence[str]) -> int: ...
    def mark(self, findings: Sequence[Finding]) -> int: ...


class Window(Protocol):
    """What shows it all, see `dfmcheck.plugin.window.Window`."""

    def show_running(self, name: str) -> None: ...
    def show_progress(self, rule: str, done: int, total: int) -> None: ...
    def show_report(self, outcome: Outcome) -> None: ...
    def show_error(self, message: str) -> None: ...
    def show_note(self, message: str) -> None: ...


class Taken(NamedTuple):
    """A board as it is in the editor now."""

    editor: Editor
    path: Path | None
    name: str
    text: bytes


def take(connect: Callable[[], Editor]) -> Taken:
    """Read the board from the editor, which may have another one open than before."""
    editor = connect()
    text = editor.text()
    return Taken(editor, editor.board_path, editor.board_name, text)


class App:
    """What the window can ask for, and what it is told."""

    def __init__(self, job: Job, connect: Callable[[], Editor], *, browse: Callable[[str], Any] = webbrowser.open) -> None:
        self.job, self.connect, self.browse = job, connect, browse
        self.window: Window | None = None
        self.wake: Callable[[], Any] = lambda: None
        """Called where something began, so that somebody polls."""
        self.outcome: Outcome | None = None
        self.running = False
        self._editor: Editor | None = None
        """The editor that has the board of `outcome`."""
        self._taken: Editor | None = None
        """The editor that has the board of the check that is on its way."""
        self._name = UNNAMED
        self._errands, self._browser = Errands(), Errands()
        self._taking = False
        """Whether the editor writes down its board."""
        self._wanted: deque[tuple[Editor, tuple[str, ...]]] = deque()

    # What the window asks for

    @property
    def can_mark(self) -> bool:
        return self._editor is not None and self._editor.can_mark

    @property
    def waivers_file(self) -> str:
        """The file that waivers are written to. Raises `DfmError` where there can be none."""
        if self.outcome is None or self.outcome.waivers is None:
            raise DfmError(UNSAVED)
        return str(self.outcome.waivers)

    def run(self, profile: Sequence[str] = ()) -> None:
        """Check the board as it is now in the editor; `()` for what the project says."""
        self.stop()
        self.running = self._taking = True
        asked = tuple(profile)

        def taken(board: Taken) -> None:
            self._taking = False
            self._taken, self._name = board.editor, board.name or UNNAMED
            if self.window is not None:
                self.window.show_running(self._name)
            self.job.check(board.text, board.path, asked)

        def failed(why: str) -> None:
            self._taking = False
            self._over(why)

        if self.window is not None:
            self.window.show_running(self._name)
        self._errands.do(lambda: take(self.connect), taken, failed)
        self.wake()

    def stop(self) -> None:
        """Break off the check that is on its way."""
        if not self.running:
            return
        self.running = False
        if self._taking:  # which may take minutes, and nobody waits for it any more
            self._taking = False
            self._errands.leave()
            self._errands = Errands()
            if self._wanted:
                self._follow()
        else:
            self.job.stop()

    def select(self, uuids: Sequence[str]) -> None:
        """Select exactly these items in the editor. Where it is slow to follow, only the last wish counts."""
        if self._editor is not None:
            self._wanted.append((self._editor, tuple(uuids)))
            self._follow()
            self.wake()

    def _follow(self) -> None:
        """Select in the editor what was wished for last."""

        def work() -> None:
            last = None
            while self._wanted:
                last = self._wanted.popleft()
            if last is not None:
                editor, items = last
                editor.select(items)

        self._errands.do(work, lambda _: None, self._tell)

    def open_report(self) -> None:
        """Write the HTML report and show it in the browser."""
        self.job.write_html(self.job.report_path)
        self._note("Writing the HTML report…")
        self.wake()

    def waive(self, findings: Sequence[Finding], reason: str) -> None:
        """Write waivers into the project's config file."""
        if self.outcome is None or self.outcome.path is None:
            raise DfmError(UNSAVED)
        self.job.waive(findings, reason)
        self._note("Writing the waivers…")
        self.wake()

    def mark(self, findings: Sequence[Finding]) -> None:
        """Put markers on the board in the editor."""
        editor, marked = self._editor, tuple(findings)
        if editor is not None:
            self._errands.do(
                lambda: editor.mark(marked),
                lambda count: self._note(f"{plural(count, 'marker')} put in the editor"),
                self._tell,
            )
            self.wake()

    # What it is told

    @property
    def busy(self) -> bool:
        """Whether anything is under way that `poll` will tell of."""
        return self._errands.pending + self._browser.pending > 0 or self.job.busy

    def show_in(self, window: Window) -> None:
        """Show in this window what is under way, and all that comes."""
        self.window = window
        if self.running:
            window.show_running(self._name)

    def finish(self) -> None:
        """Break off what is under way when the window is closed, but for waivers: somebody has given a reason for them."""
        self.stop()
        end = time.monotonic() + FINISH
        while self.job.waiving:
            if time.monotonic() > end:
                trouble.tell("dfmcheck could not write a waiver", "It took too long: run the check again, then waive again")
                return
            for event in self.job.poll():
                if isinstance(event, Failed) and event.request is Waive:
                    trouble.tell("dfmcheck could not write a waiver", event.message)
            time.sleep(POLL / 1000)

    def poll(self) -> None:
        """Tell the window what happened since."""
        try:
            self._errands.poll()
            self._browser.poll()
            for event in self.job.poll():
                self._hear(event)
        except Exception as error:
            self.stop()
            self._over(str(error) if isinstance(error, DfmError) else bug(error))

    def _hear(self, event: Event) -> None:
        window = self.window
        assert window is not None
        if isinstance(event, Progress):
            window.show_progress(event.rule, event.done, event.total)
        elif isinstance(event, Done):
            self.running, self.outcome, self._editor = False, event.outcome, self._taken
            window.show_report(event.outcome)
            if event.outcome.report.errors:
                window.show_error("; ".join(event.outcome.report.errors))
        elif isinstance(event, Waived):
            self.outcome = event.outcome
            window.show_report(event.outcome)
            if self.running:
                window.show_running(self._name)
            self._note(f"{plural(event.count, 'waiver')} written to {event.path}")
        elif isinstance(event, Written):
            self._show(event.path)
        elif event.request is Check:
            self._over(event.message)
        else:
            self._tell(event.message)

    def _show(self, report: Path) -> None:
        """In the browser, by a thread of its own: some do not return."""
        missing = f"There is no browser to show the HTML report: open {report} in one, before this window is closed"
        self._browser.leave()
        self._browser = Errands()
        self._browser.do(
            lambda: self.browse(report.as_uri()),
            lambda opened: self._tell(missing) if opened is False else None,
            lambda _: self._tell(missing),
        )
        self._note(f"The HTML report opens in the browser ({report}, until this window is closed)")

    def _over(self, why: str) -> None:
        """There is no check, and why."""
        self.running = False
        assert self.window is not None
        self.window.show_error(why)

    def _tell(self, why: str) -> None:
        """Something other than the check that is on its way cannot be done."""
        assert self.window is not None
        (self.window.show_note if self.running else self.window.show_error)(why)

    def _note(self, message: str) -> None:
        if self.window is not None:
            self.window.show_note(message)


def run() -> int:
    """The plugin, from start to end."""
    job = Job()
    try:
        job.start()  # it loads what it needs while the editor writes down its board
        with suppress(ImportError):  # told when it connects
            import kipy  # noqa: F401  (the sooner it is there, the sooner the editor begins to write)
        from .editor import Editor as KiCad

        app = App(job, KiCad.connect)
        app.run()
        try:
            import wx

            ui = wx.App(False)
            ui.SetAppName("dfmcheck")
            ui.SetClassName("dfmcheck")
            from .window import Window as Frame
            from .window_memory import Memory
        except (ImportError, SystemExit) as error:  # it exits where there is no display
            from .unseen import run_unseen

            return run_unseen(app, str(error))
        frame = Frame(actions=app, memory=Memory())
        timer = wx.Timer(ui)

        def tick(_: Any) -> None:
            if frame:  # else it is closed
                app.poll()
            if not frame or not app.busy:
                timer.Stop()

        ui.Bind(wx.EVT_TIMER, tick, timer)
        app.wake = lambda: timer.IsRunning() or timer.Start(POLL)
        app.show_in(frame)
        frame.Show()
        app.wake()
        ui.MainLoop()
        app.finish()
        return 0
    finally:
        job.close()
