"""The real KiCad editor on a virtual screen, and the Python that KiCad would give a plugin, for tests of the plugin.

    with opened(copy_of(demo("video"), tmp_path)) as editor:   # pcbnew shows the board, its API answers
        uuid = editor.track((10, 10), (20, 10), 0.05)           # an edit that is not saved
        run("-m", "dfmcheck.plugin", env=editor.env)            # as KiCad starts a plugin: venv with wx, socket, token, display

An editor takes 5 s to start (video: 8 s), so tests of a file share one: a fixture of scope "module" around `opened`. It shows one
board as long as it runs; `revert` brings back what the file says, and takes about as long as a new editor. All skip where
something that is needed is absent.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from once import once

ROOT = Path(__file__).parents[1]
DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
PATIENCE = 120.0
"""Seconds until an editor must answer."""
CAIRO = 2
"""Drawn without OpenGL, which takes five times as long on a machine without a graphics card."""
NEEDED = ("kicad-python>=0.8", "numpy>=1.26", "shapely>=2.1", "click>=8.1", "rich>=13.7", "jinja2>=3.1", "markupsafe>=2.1")
"""What a plugin's environment gets: what kicad-python and the package need."""


def demo(name: str) -> Path:
    """A board of KiCad's demos by the name of its folder or its file."""
    found = sorted(DEMOS.glob(f"{name}/*.kicad_pcb")) or sorted(DEMOS.glob(f"*/{name}.kicad_pcb"))
    if not found:
        pytest.skip(f"needs KiCad's demo {name}")
    return found[0]


def copy_of(board: Path, folder: Path) -> Path:
    """The board with its project in a folder of its own, where it may be edited."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in (".kicad_pro", ".kicad_dru", ".kicad_pcb"):
        if board.with_suffix(suffix).exists():
            copied = Path(shutil.copyfile(board.with_suffix(suffix), folder / f"{board.stem}{suffix}"))
    return copied


@cache
def kicad_version() -> tuple[int, ...]:
    """Of the KiCad that is here, () where none is."""
    if not (shutil.which("pcbnew") and shutil.which("kicad-cli")):
        return ()
    told = subprocess.run(["kicad-cli", "version"], capture_output=True, text=True, timeout=60).stdout.strip()
    return tuple(int(part) for part in told.split("-")[0].split("+")[0].split(".")[:3] if part.isdigit())


def new_home(folder: Path, *, api: bool = True) -> Path:
    """A home for KiCad that asks nothing at its first start; a test may lay a plugin into it before it opens an editor."""
    number = ".".join(map(str, kicad_version()[:2]))
    config = folder / ".config" / "kicad" / number
    config.mkdir(parents=True)
    settings: dict[str, Any] = {
        "api": {"enable_server": api},
        "do_not_show_again": {"data_collection_prompt": True, "update_check_prompt": True},
        "system": {"first_run_shown": True},
    }
    if python := _wx_python():
        settings["api"]["interpreter_path"] = python
    (config / "kicad_common.json").write_text(json.dumps(settings))
    (config / "pcbnew.json").write_text(json.dumps({"graphics": {"canvas_type": CAIRO}}))
    for name in ("fp-lib-table", "sym-lib-table", "design-block-lib-table"):
        (config / name).write_text(f"({name.replace('-', '_')}\n  (version 7)\n)\n")
    return folder


@contextmanager
def screen(size: str = "1600x1000") -> Iterator[dict[str, str]]:
    """A virtual screen of its own: the environment of programs that are to be seen there."""
    if not shutil.which("Xvfb"):
        pytest.skip("needs Xvfb")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL, start_new_session=True)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb has ended"
        away = ("XDG_", "KICAD", "WAYLAND", "DBUS", "PYTHON", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(away)}
        yield {**kept, "DISPLAY": f":{number}", "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1", "LC_ALL": "C.UTF-8"}
    finally:
        end(server)


def end(process: subprocess.Popen[Any]) -> None:
    """Ends a process that was started in a session of its own, with all that it has started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(10 if sign == signal.SIGTERM else None)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def shot(env: Mapping[str, str], path: Path) -> Path:
    """A picture of the screen."""
    grab = pytest.importorskip("PIL.ImageGrab")
    grab.grab(xdisplay=env["DISPLAY"]).save(path)
    return path


@dataclass
class Opened:
    """A running editor."""

    board: Path
    env: dict[str, str]
    """As KiCad gives it to a plugin that it starts, with KICAD_API_SOCKET and KICAD_API_TOKEN."""
    home: Path
    process: subprocess.Popen[Any]

    @cached_property
    def kicad(self) -> Any:
        """kicad-python's connection."""
        import kipy

        return kipy.KiCad(socket_path=self.env["KICAD_API_SOCKET"], timeout_ms=60_000)

    @property
    def document(self) -> Any:
        """kicad-python's board."""
        return self.kicad.get_board()

    def text(self) -> bytes:
        """The board as it is in the editor."""
        return bytes(self.document.get_as_string().encode())

    def selected(self) -> set[str]:
        """The uuids of what is selected."""
        found = self.document.get_selection()
        return {(item.proto.text if type(item).__name__ == "Field" else item).id.value for item in found}

    def track(self, start: tuple[float, float], end: tuple[float, float], width: float, net: str = "") -> str:
        """Draws a track on the top copper layer (mm); gives its uuid. Nothing is saved."""
        from kipy.board_types import BoardLayer, Net, Track
        from kipy.geometry import Vector2

        new = Track()
        new.start, new.end = Vector2.from_xy_mm(*start), Vector2.from_xy_mm(*end)
        new.width, new.layer = round(width * 1e6), BoardLayer.BL_F_Cu
        if net:
            new.net = Net(name=net)
        return str(self.document.create_items(new)[0].id.value)

    def remove(self, uuids: Iterable[str]) -> None:
        """Deletes items. Nothing is saved."""
        from kipy.proto.common.types import KIID

        self.document.remove_items_by_id([KIID(value=uuid) for uuid in uuids])

    def move(self, uuid: str, dx: float, dy: float) -> None:
        """Moves a component or via by its uuid (mm). Nothing is saved."""
        from kipy.geometry import Vector2

        document = self.document
        item = next(one for one in (*document.get_footprints(), *document.get_vias()) if one.id.value == uuid)
        item.position = item.position + Vector2.from_xy_mm(dx, dy)
        document.update_items(item)

    def save(self) -> None:
        """Writes the board to its file, as Ctrl+S does."""
        self.document.save()

    def revert(self) -> None:
        """Back to what the file says."""
        self.document.revert()

    def press(self, *keys: str) -> None:
        """Presses keys over the middle of the board's drawing."""
        if not shutil.which("xdotool"):
            pytest.skip("needs xdotool")
        subprocess.run(["xdotool", "mousemove", "300", "300", "key", *keys], env=self.env, check=True, timeout=60)

    def shot(self, path: Path) -> Path:
        """A picture of the screen."""
        return shot(self.env, path)


@contextmanager
def opened(board: Path | None, *, home: Path | None = None, api: bool = True, manager: bool = False) -> Iterator[Opened]:
    """The editor with a board (a copy: KiCad writes beside it), None: a new one that has no file.

    It can be asked at once if `api` is on. `home` is what `new_home` made, `manager` starts a window manager too.
    """
    kipy = pytest.importorskip("kipy")
    if kicad_version() < (9, 0, 1):
        pytest.skip("needs pcbnew of KiCad 9.0.1 or newer")
    if manager and not shutil.which("openbox"):
        pytest.skip("needs openbox")
    folder = Path(tempfile.mkdtemp(prefix="dfm-"))  # a short path: the socket lies below it
    started: list[subprocess.Popen[Any]] = []
    try:
        with screen() as env:
            home = home or new_home(folder / "home", api=api)
            (folder / "tmp").mkdir()
            socket = folder / "tmp" / "kicad" / "api.sock"
            env |= {"HOME": str(home), "TMPDIR": str(folder / "tmp")}
            with (folder / "log").open("w") as log:
                try:
                    if manager:
                        started.append(subprocess.Popen(["openbox"], env=env, stderr=log, start_new_session=True))
                    command = ["pcbnew", *([str(board)] if board else [])]
                    process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
                    started.append(process)
                    # Where KiCad sets these itself, for the plugins that it starts, it takes no notice of them.
                    env |= {"KICAD_API_SOCKET": f"ipc://{socket}"}
                    editor = Opened(board or Path(), env, home, process)
                    if api:
                        _wait(editor, socket, kipy, folder)
                    yield editor
                finally:
                    for one in reversed(started):
                        end(one)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(editor: Opened, socket: Path, kipy: Any, folder: Path) -> None:
    """Until the API answers, which it does once the board is shown."""
    last: Exception | None = None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if editor.process.poll() is not None:
            break
        if socket.exists():
            try:
                editor.kicad.get_version()
                editor.env["KICAD_API_TOKEN"] = editor.kicad._client._kicad_token
                return
            except (kipy.errors.ApiError, kipy.errors.ConnectionError) as error:
                last = error
        time.sleep(0.1)
    picture = shot(editor.env, Path(tempfile.gettempdir()) / "dfmcheck-editor.png")
    told = (folder / "log").read_text(errors="replace")[-2000:]
    raise AssertionError(f"the editor does not answer ({last}); see {picture}; it told: {told}")


@cache
def _wx_python() -> str | None:
    """A Python that is new enough and has wx: that of the system, where KiCad's plugins run."""
    named = os.environ.get("DFMCHECK_WX_PYTHON")
    asked = "import sys, wx; sys.exit(sys.version_info < (3, 11))"
    for python in [named] if named else ["/usr/bin/python3", shutil.which("python3"), sys.executable]:
        if python and Path(python).exists() and subprocess.run([python, "-c", asked], capture_output=True).returncode == 0:
            return python
    return None


def plugin_python() -> Path:
    """The Python of an environment such as KiCad makes for a plugin, made once a test run: the system's with wx, and packages."""
    if ready := os.environ.get("DFMCHECK_PLUGIN_PYTHON"):
        return Path(ready)
    base = _wx_python()
    if base is None:
        pytest.skip("needs a Python 3.11 with wx; DFMCHECK_WX_PYTHON names one")
    folder = once(("plugin environment", base, NEEDED), lambda target: _environment(base, target))
    if (folder / "failed").exists():
        pytest.skip(f"pip could not make the plugin's environment: {(folder / 'failed').read_text()}")
    return folder / "bin" / "python"


def _environment(base: str, target: Path) -> None:
    subprocess.run([base, "-m", "venv", "--without-pip", "--system-site-packages", str(target)], check=True)
    python = target / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip())
    # What the tests have is what pip would bring, in a fraction of the time, if both Pythons are of one version.
    shared = packages / "of_the_tests.pth"
    shared.write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    if packages.parent.name == Path(sysconfig.get_path("stdlib")).name:
        asked = "import click, jinja2, kipy, markupsafe, numpy, rich, shapely, wx"
        if subprocess.run([python, "-c", asked], capture_output=True).returncode == 0:
            return
    shared.unlink()
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--only-binary", ":all:"]
    done = subprocess.run([*pip, *NEEDED], capture_output=True, text=True, timeout=600)
    if done.returncode:
        (target / "failed").write_text(done.stderr.strip()[-300:])


def run(*arguments: str, env: Mapping[str, str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs the plugin's Python (`"-c", code` or `"-m", module`) where it sees the package, the screen and the editor."""
    return subprocess.run(
        [str(plugin_python()), *arguments],
        **{"capture_output": True, "text": True, "timeout": 300, "env": python_env(env)} | options,
    )


def python_env(env: Mapping[str, str]) -> dict[str, str]:
    """An environment in which the plugin's Python finds the package."""
    return {**env, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
