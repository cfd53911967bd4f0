"""The plugin for KiCad 7 and 8, run by KiCad's own Python: it says of the open board what the command says of it saved."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from editor import copy_of, demo
from test_plugin_job import gone, until

ROOT = Path(__file__).parents[1]
SHIM = ROOT / "dfmcheck" / "plugin" / "shim.py"
DRIVER = Path(__file__).with_name("shim_in_kicad.py")
NOBODY = 65534


@cache
def kicad_python():
    for python in ("/usr/bin/python3", shutil.which("python3"), sys.executable):
        if python and subprocess.run([python, "-c", "import pcbnew"], capture_output=True).returncode == 0:
            return python
    return None


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def command(tmp_path):
    """The installed command."""
    return script(tmp_path / "bin" / "dfmcheck", f'exec "{sys.executable}" -m dfmcheck "$@"')


class Run:
    """One click on the shim's button, and that nothing but the report remains of it."""

    def __init__(self, tmp_path, board, env=(), **wanted):
        (temp := tmp_path / "temp").mkdir(exist_ok=True)
        away = ("DFMCHECK", "PYTHON", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(away)}
        env = {**kept, "HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8", **dict(env), "TMPDIR": str(temp)}
        before = contents(board)
        done = subprocess.run(
            [kicad_python(), str(DRIVER), str(SHIM), json.dumps({"board": str(board or ""), **wanted})],
            env=env, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert "SEEN" in done.stdout, done.stderr
        self.seen = json.loads(done.stdout.rpartition("SEEN")[2])
        assert contents(board) == before
        assert self.seen["path"] == str(board or "")
        (self.message,) = [one["text"] for one in self.seen["messages"]]
        self.reports = [Path(unquote(urlsplit(url).path)) for url in self.seen["opened"]]
        assert sorted(path for path in temp.rglob("*") if path.is_file()) == sorted(self.reports)
        assert sorted(temp.iterdir()) == sorted(path.parent for path in self.reports)


def contents(board):
    return {path: path.read_bytes() if path.is_file() else None for path in board.parent.rglob("*")} if board else {}


def told(board, *options, status=(0, 1)):
    """What the command says of a board, run beside it."""
    command = [sys.executable, "-m", "dfmcheck", board.name, "-q", *options]
    done = subprocess.run(command, cwd=board.parent, capture_output=True, text=True, timeout=300)
    assert done.returncode in status, done.stderr
    return done.stdout.strip()


@pytest.fixture
def board(tmp_path):
    """A demo as KiCad saves it now, so that a copy is the same to the byte, where paths are not plain."""
    if kicad_python() is None:
        pytest.skip("needs a Python with pcbnew")
    plain = copy_of(demo("pic_programmer"), tmp_path / "Gerät №7 'b'")
    return plain.rename(plain.with_name("Brücke 板 1.2.kicad_pcb"))


def test_it_is_one_small_file_for_the_python_of_kicad_7():
    text = SHIM.read_text()
    assert len(text.splitlines()) <= 100
    ast.parse(text, feature_version=(3, 8))
    assert "import dfmcheck" not in text
    assert "from dfmcheck" not in text


@pytest.fixture
def twin(tmp_path, board):
    """Where KiCad is told to save the board too, with what stands beside it."""
    (tmp_path / "twin").mkdir()
    board.with_suffix(".kicad_pro").write_bytes((board.parent / "pic_programmer.kicad_pro").read_bytes())
    shutil.copy(board.with_suffix(".kicad_pro"), tmp_path / "twin")
    return tmp_path / "twin" / board.name


@pytest.mark.kicad
def test_counts_and_report_are_those_of_the_command(tmp_path, board, twin, command):
    run = Run(tmp_path, board, {"DFMCHECK_COMMAND": str(command)}, save=str(twin))
    expected = told(twin, "-o", f"html:{tmp_path / 'expected.html'}")
    assert run.message == expected + "\n\nOpen the report?"
    assert "FAIL  4 errors" in run.message
    (report,) = run.reports
    assert report.read_bytes() == (tmp_path / "expected.html").read_bytes()  # made of the project file too, by the board's name
    assert run.seen["button"]
    assert run.seen["icons"] == ["icon-light-24.png", "icon-dark-24.png"]


@pytest.mark.kicad
def test_an_edit_that_is_not_saved_counts_and_waivers_hold(tmp_path, board, twin, command):
    without = told(board, "--accept", "as it always was")
    shutil.copy(board.parent / ".dfmcheck.toml", twin.parent)
    track = [80, 45, 100, 45, 0.05]
    run = Run(tmp_path, board, {"DFMCHECK_COMMAND": str(command)}, track=track, save=str(twin), open=False)
    assert run.message == f"{told(twin)}\n\nOpen the report?"
    assert without not in run.message
    assert "waived" in run.message
    assert not run.reports


@pytest.mark.kicad
@pytest.mark.parametrize("place", ["PATH", "~/.local/bin", "python -m"])
def test_the_command_is_found(tmp_path, board, command, place):
    answer = script(tmp_path / "answer", '[ "$1" = --version ] || echo "found it in $PWD with $*"')
    path = tmp_path / "found"
    if place == "PATH":
        shutil.copy(answer, (path.mkdir(), path / "dfmcheck")[1])
    elif place == "~/.local/bin":
        path.mkdir()
        shutil.copy(answer, script(tmp_path / "home/.local/bin/dfmcheck", ""))
    else:
        script(path / "python3", "exit 1")
        script(path / "python", f'[ "$1 $2 $3" = "-P -m dfmcheck" ] && shift 3 && exec "{answer}" "$@"')
    run = Run(tmp_path, board, {"PATH": f"{path}:/bin"})
    assert run.message.startswith(f"found it in {board.parent}/.dfmcheck-")
    assert f"with ./{board.name} -q -o html:" in run.message


@pytest.mark.kicad
def test_what_is_missing_is_told(tmp_path, board, command):
    env = {"DFMCHECK_COMMAND": str(command)}
    assert "pipx install" in Run(tmp_path, board, {"DFMCHECK_COMMAND": str(tmp_path / "nothing")}).message
    assert "Save it first" in Run(tmp_path, None, env).message
    (board.parent / ".dfmcheck.toml").write_text('profile = "no-such-profile"\n')
    run = Run(tmp_path, board, env)
    assert "no-such-profile" in run.message
    assert len(run.message.splitlines()) == 1
    gone = Run(tmp_path, board, {"DFMCHECK_COMMAND": str(script(tmp_path / "mute", '[ "$1" = --version ] || kill -9 $$'))})
    assert gone.message == "dfmcheck ended with status -9."


@pytest.mark.kicad
def test_it_can_be_stopped_with_all_that_it_started(tmp_path, board):
    begun = tmp_path / "begun"
    endless = script(
        tmp_path / "endless",
        f'[ "$1" = --version ] || {{ sleep 300 > /dev/null 2>&1 & echo $! > "{begun}+"; mv "{begun}+" "{begun}"; wait; }}',
    )
    run = Run(tmp_path, board, {"DFMCHECK_COMMAND": str(endless)}, stop=str(begun))
    assert run.message == "Stopped: the board is not checked."
    until(lambda: gone(int(begun.read_text())))


@pytest.mark.kicad
def test_a_folder_that_cannot_be_written_is_told(tmp_path, command):
    if kicad_python() is None:
        pytest.skip("needs a Python with pcbnew")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        board = copy_of(demo("pic_programmer"), Path(name) / "board")
        os.chmod(name, 0o755)
        board.parent.chmod(0o555)
        other = {"as": NOBODY} if os.geteuid() == 0 else {}
        (open_to_all := Path(name) / "open").mkdir()
        (open_to_all / "temp").mkdir()
        (open_to_all / "temp").chmod(0o777)
        run = Run(open_to_all, board, {"DFMCHECK_COMMAND": "/bin/true"}, **other)
        board.parent.chmod(0o755)
    assert "is read-only" in run.message
    assert str(board.parent) in run.message
