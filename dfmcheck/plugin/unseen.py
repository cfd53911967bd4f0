"""The plugin where no window can be shown: it checks the board all the same, and opens the HTML report."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import trouble

if TYPE_CHECKING:
    from .app import App
    from .messages import Outcome

_POLL = 0.025
"""Seconds from one look for what happened to the next."""


class Unseen:
    """In place of a window: asks for the report as soon as there is one, and keeps what has to be told."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.errors: list[str] = []

    def show_running(self, name: str) -> None: ...
    def show_progress(self, rule: str, done: int, total: int) -> None: ...
    def show_note(self, message: str) -> None: ...

    def show_report(self, outcome: Outcome) -> None:
        self.app.open_report()

    def show_error(self, message: str) -> None:
        self.errors.append(message)


def run_unseen(app: App, why: str) -> int:
    """Check and open the report, which stays in the system's folder of temporary files; tell why there is no window."""
    window, written = Unseen(app), app.job.report_path
    app.browse = lambda _: None  # it would be gone with this process
    app.show_in(window)
    while app.busy:
        app.poll()
        time.sleep(_POLL)
    if not written.exists():
        trouble.tell("dfmcheck could not check this board", *window.errors)
        return 2
    kept = Path(shutil.move(written, Path(tempfile.mkdtemp(prefix="dfmcheck-")) / written.name))
    trouble.tell(
        "dfmcheck has no window here",
        f"The Python that runs this plugin ({sys.executable}) has no wxPython, or cannot show a window: {why}",
        f"So its report opens in the browser instead; it is kept at {kept}",
        *window.errors,
        "For the window that selects in the editor what was found, choose a Python that has wxPython as interpreter in KiCad: "
        "Preferences > Preferences > Plugins.",
    )
    trouble.browse(kept)
    return 0
