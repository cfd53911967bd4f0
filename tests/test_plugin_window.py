"""The plugin's window on a virtual screen, worked with mouse and keys: see `window_scenes.py` for what is done there."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from editor import plugin_python, run, screen

SCENES = Path(__file__).with_name("window_scenes.py")
NAMES = [node.name[6:] for node in ast.parse(SCENES.read_text("utf-8")).body
         if isinstance(node, ast.FunctionDef) and node.name.startswith("scene_")]  # fmt: skip

pytestmark = pytest.mark.kicad


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What went wrong in each scene."""
    plugin_python()
    home = tmp_path_factory.mktemp("home")
    with screen() as env:
        done = run(str(SCENES), env={**env, "HOME": str(home)}, cwd=home)
    told = done.stdout.strip().splitlines()
    assert done.returncode == 0, f"{done.stderr[-3000:]}"
    assert told, done.stderr[-3000:]
    assert not [line for line in done.stderr.splitlines() if "Traceback" in line or "wxAssertionError" in line], done.stderr[
        -3000:
    ]
    return json.loads(told[-1])


@pytest.mark.parametrize("name", NAMES)
def test_scene(played: Mapping[str, str], name: str) -> None:
    assert played[name] == ""


def test_the_listing_needs_no_wx() -> None:
    """It is made and tested where there is none, and the window's process loads it after the window is there."""
    code = (
        "import sys; sys.modules['wx'] = None\n"
        "import dfmcheck.plugin.listing\n"
        "assert not [name for name in sys.modules if name.startswith('wx.')]\n"
    )
    plugin_python()
    done = run("-c", code, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr[-2000:]
