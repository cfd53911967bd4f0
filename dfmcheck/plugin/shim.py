"""The plugin for KiCad 7 and 8, whose Python lacks what dfmcheck imports: it runs the `dfmcheck` that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pcbnew
import wx

VARIABLE = "DFMCHECK_COMMAND"  # names the command where it is not found by itself


class Trouble(Exception):
    """What keeps the board from being checked, and what to do."""


def start(command: list[str], folder: str | None = None) -> subprocess.Popen[bytes]:
    """Start without a console, and without what makes another Python look for the libraries of KiCad's."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    return subprocess.Popen(
        command, cwd=folder, env={**env, "PYTHONIOENCODING": "utf-8"}, start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip


def find_command() -> list[str]:
    usual = (os.path.expanduser("~/.local/bin"), "/usr/local/bin", "/opt/homebrew/bin")  # not on the PATH of what an icon starts
    path = os.pathsep.join([os.environ.get("PATH", ""), *usual])
    commands = [["dfmcheck"], *([name, "-P", "-m", "dfmcheck"] for name in ("python3", "python", "py"))]
    for name, *rest in [[os.environ[VARIABLE]]] if os.environ.get(VARIABLE) else commands:
        found = shutil.which(name, path=path)
        if found and os.path.isabs(found):  # this and -P: never what came along in a project's folder
            process = start([found, *rest, "--version"])
            if process.communicate() and process.returncode == 0:
                return [found, *rest]
    raise Trouble(f"""dfmcheck is not found. Install it with Python 3.11 or newer (pipx install ADDRESS-OR-ARCHIVE-OF-DFMCHECK);
if it is there already, let the environment variable {VARIABLE} name the command. Then start KiCad again.""")


def run(command: list[str], folder: str) -> tuple[int, str]:
    """The exit status and what was said. Shows that it runs, with a button that stops it."""
    with wx.ProgressDialog("dfmcheck", "Checking the board", style=wx.PD_APP_MODAL | wx.PD_CAN_ABORT | wx.PD_ELAPSED_TIME) as bar:
        process = start(command, folder)
        while True:
            try:
                said = process.communicate(timeout=0.1)[0].decode("utf-8", "replace")
                return process.returncode, said.strip() or f"dfmcheck ended with status {process.returncode}."
            except subprocess.TimeoutExpired:
                if not bar.Pulse()[0]:
                    process.kill() if os.name == "nt" else os.killpg(process.pid, 9)  # with its helpers
                    process.communicate()
                    raise Trouble("Stopped: the board is not checked.") from None


def check(board: pcbnew.BOARD, report: Path) -> tuple[int, str]:
    """Check a copy of the board of its own name, with its project, in a folder beside it, which finds the same config file."""
    path, command = Path(os.path.abspath(board.GetFileName())), find_command()
    if not path.is_file():
        raise Trouble("This board is in no file yet. Save it first: the folder tells what it is checked by.")
    if not os.access(str(path.parent), os.W_OK):
        raise Trouble(f"A copy of the board is checked beside it, and {path.parent} is read-only. Save the board elsewhere.")
    folder = tempfile.mkdtemp(prefix=".dfmcheck-", dir=str(path.parent))
    try:
        copy = Path(folder, path.name).with_suffix(".kicad_pcb")
        if path.with_suffix(".kicad_pro").is_file():
            shutil.copyfile(str(path.with_suffix(".kicad_pro")), str(copy.with_suffix(".kicad_pro")))
        if not pcbnew.SaveBoard(str(copy), board, True):  # True: the editor's own project stays where it is
            raise Trouble(f"KiCad cannot save a copy of the board as {copy}.")
        return run([*command, f"./{copy.name}", "-q", "-o", f"html:{report}"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class CheckBoard(pcbnew.ActionPlugin):  # type: ignore[misc]
    def defaults(self) -> None:
        self.name, self.category = "Check manufacturability (dfmcheck)", "Manufacturing"
        self.description = "Checks the board as it is now with the installed dfmcheck, and opens the report"
        self.show_toolbar_button = True
        self.icon_file_name = str(Path(__file__).with_name("icon-light-24.png"))
        self.dark_icon_file_name = str(Path(__file__).with_name("icon-dark-24.png"))

    def Run(self) -> None:
        report = Path(tempfile.mkdtemp(prefix="dfmcheck-"), "report.html")  # for this user alone; stays for the browser
        try:
            status, said = check(pcbnew.GetBoard(), report)
        except (Trouble, OSError) as error:
            status, said = 2, str(error)
        icon = {0: wx.ICON_INFORMATION, 1: wx.ICON_WARNING}.get(status, wx.ICON_ERROR)
        question, buttons = ("\n\nOpen the report?", wx.YES_NO) if report.is_file() else ("", wx.OK)
        if wx.MessageBox(said + question, "dfmcheck", buttons | icon) == wx.YES:
            wx.LaunchDefaultBrowser(report.as_uri())
        else:
            shutil.rmtree(str(report.parent), ignore_errors=True)


CheckBoard().register()
