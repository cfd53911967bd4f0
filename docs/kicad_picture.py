"""Take `kicad.png`, the picture of the plugin's window beside KiCad's editor: the demo board with one finding chosen.

python docs/kicad_picture.py          (needs KiCad 9, Xvfb, openbox and xdotool, as the tests of the plugin do)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
RULE = "copper-clearance"
HEIGHT = 970
FRAME = 24
"""Pixels of a window's frame."""
LIST = 760
"""Pixels of the screen's width for the window; the editor has the rest."""


def main() -> None:
    os.chdir(ROOT)
    sys.path.insert(0, "tests")
    from editor import copy_of, new_home, opened, plugin_python, python_env

    with TemporaryDirectory() as folder:
        home = new_home(Path(folder) / "home")
        (settings,) = home.rglob("pcbnew.json")
        asked = json.loads(settings.read_text("utf-8"))
        asked["window"] = {"maximized": False, "pos_x": LIST, "pos_y": 0, "size_x": 1600 - LIST, "size_y": HEIGHT + FRAME}
        settings.write_text(json.dumps(asked), "utf-8")
        os.environ["DFMCHECK_TEST_RUN"] = folder  # where the tests' Python for plugins is made
        board = copy_of(Path("docs/demo.kicad_pcb"), Path(folder))
        with opened(board, home=home, manager=True) as editor:
            take(editor, Path(folder), plugin_python(), python_env(editor.env))


def take(editor: Any, folder: Path, python: Path, env: dict[str, str]) -> None:
    driver = [str(python), "tests/plugin_driver.py"]
    process = subprocess.Popen(
        driver, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )

    def ask(*what: object) -> object:
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps(what), file=process.stdin, flush=True)
        return json.loads(process.stdout.readline())

    told = ask("report")
    found = subprocess.run(
        ["xdotool", "search", "--name", "dfmcheck"], env=editor.env, check=True, text=True, capture_output=True
    )
    window = found.stdout.split()[-1]
    for command in (["windowmove", window, "0", "0"], ["windowsize", window, str(LIST - 4), str(HEIGHT)]):
        subprocess.run(["xdotool", *command], env=editor.env, check=True)
    findings = told["report"]["designs"][0]["findings"]  # type: ignore[index]
    ask("choose", next(k for k, f in enumerate(findings) if f["rule"] == RULE), None)
    time.sleep(2)  # until it is drawn
    picture = Image.open(editor.shot(folder / "shot.png")).crop((0, 0, 1600, HEIGHT + FRAME))
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save("docs/kicad.png", optimize=True)
    ask("close")
    process.wait(10)


if __name__ == "__main__":
    main()
