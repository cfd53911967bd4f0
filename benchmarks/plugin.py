"""How long the KiCad plugin takes from its start to the list, beside `dfmcheck BOARD` of the saved file, in the real editor.

    python benchmarks/plugin.py [--runs N] [BOARD...]

Without boards it takes KiCad's demos pic_programmer and video; `KICAD_DEMOS` names their folder. Both are run in turn on the same
Python; the ratio of their wall times is what counts, the goal is 1.5 at most. Seconds after the start at which the plugin

    asks       is connected with the editor and asks for the board
    text       has the board's text
    checked    has what was found
    list       shows it

Needs what tests/editor.py needs: pcbnew of KiCad 9, Xvfb, and a Python with wx, which `DFMCHECK_PLUGIN_PYTHON` may name.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

BOARDS = ("pic_programmer", "video")
GOAL = 1.5
STAGES = ("asks", "text", "checked", "list")
_PLUGIN = """
import os, runpy, sys, time
from dfmcheck.plugin import app

def lap(): print(time.time() - float(sys.argv[1]), flush=True)

def take(connect):
    editor = connect()
    lap()
    text = editor.text()
    lap()
    return app.Taken(editor, editor.board_path, editor.board_name, text)

def show_in(self, window):
    show_report = window.show_report
    def shown(outcome):
        lap()
        show_report(outcome)
        window.Update()
        import wx
        wx.SafeYield()
        lap()
        wx.CallAfter(window.Close)
    window.show_report = shown
    begin(self, window)

begin, app.App.show_in, app.take = app.App.show_in, show_in, take
runpy.run_path(os.path.join(os.path.dirname(app.__file__), "action.py"), run_name="__main__")
"""


def plugin(python: Path, env: dict[str, str]) -> list[float]:
    """Seconds at which it is so far."""
    command = [str(python), "-c", _PLUGIN, str(time.time())]
    return [float(line) for line in subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.split()]


def command(python: Path, env: dict[str, str], board: Path) -> float:
    start = time.perf_counter()
    subprocess.run([str(python), "-m", "dfmcheck", "-q", str(board)], env=env, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def main() -> None:
    from editor import copy_of, demo, opened, plugin_python, python_env

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("boards", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(f"{'board':20} {'command':>8} {'plugin':>8} {'ratio':>7}  {'  '.join(f'{name:>7}' for name in STAGES)}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DFMCHECK_TEST_RUN", folder)
        python = plugin_python()
        for board in options.boards or [demo(name) for name in BOARDS]:
            with opened(copy_of(board, Path(folder) / board.stem)) as editor:
                env = python_env(editor.env)
                del env["PYTHONDONTWRITEBYTECODE"]
                plugin(python, env)  # so that everything is compiled
                runs = [(command(python, env, editor.board), plugin(python, env)) for _ in range(options.runs)]
            ratio = statistics.median(stages[-1] / seconds for seconds, stages in runs)
            ours = statistics.median(seconds for seconds, _ in runs)
            laps = [statistics.median(column) for column in zip(*(stages for _, stages in runs))]
            print(
                f"{board.stem:20} {ours:7.2f}s {laps[-1]:7.2f}s {ratio:7.2f}  {'  '.join(f'{lap:6.2f}s' for lap in laps)}"
                f"{'' if ratio <= GOAL else f'  more than {GOAL}'}",
                flush=True,
            )


if __name__ == "__main__":
    main()
