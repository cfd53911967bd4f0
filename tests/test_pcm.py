"""The packages for KiCad's Plugin and Content Manager: valid, the same of the same tree, and run by the real KiCad."""

import contextlib
import hashlib
import importlib.resources
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import editor
import jsonschema
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
TREE = ("dfmcheck", "rules", "tools", "pyproject.toml", "README.md", "LICENSE")
"""What packages are built of."""
KICAD_9 = r"\w{2,}\.\w+\.\w+"
"""KiCad 9 lists a plugin only if its identifier has three words such as these."""


def copied(to):
    """The tree in another folder."""
    for name in TREE:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, to / name)
    return to


def built(tree, out, *options, cwd=ROOT, umask=0o022, **env):
    command = [sys.executable, str(tree / "tools" / "pcm.py"), str(out), *options]
    kept = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(command, cwd=cwd, umask=umask, env={**kept, **env}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def files(tree, tmp_path_factory):
    pytest.importorskip("resvg_py")
    return built(tree, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def window(files):
    return opened(next(data for name, data in files.items() if name.endswith("kicad9.zip")))


@pytest.fixture(scope="module")
def shim(files):
    return opened(next(data for name, data in files.items() if name.endswith("kicad7.zip")))


def opened(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def schemas(name):
    """KiCad's: as kicad-python brings them, and those of the KiCad that is here."""
    kipy = importlib.resources.files(pytest.importorskip("kipy.packaging.schemas").__name__) / name
    installed = Path("/usr/share/kicad/schemas") / name
    return [json.loads(path.read_text(encoding="utf-8")) for path in (kipy, installed) if path.is_file()]


def test_the_same_tree_gives_the_same_bytes(tree, files, tmp_path):
    other = copied(tmp_path / "other place")
    for number, path in enumerate(sorted(other.rglob("*"))):
        os.utime(path, (10**9 + number, 10**9 + number))
        path.chmod(0o700 if path.is_dir() else 0o600)
    for name in ("dfmcheck/__pycache__/x.cpython-311.pyc", "dfmcheck/.pytest_cache/x", "dist/x", "tests/test_x.py"):
        (other / name).parent.mkdir(exist_ok=True)
        (other / name).write_text("not of the package")
    assert built(other, tmp_path / "again", cwd=tmp_path, umask=0o077, TZ="Asia/Tokyo", LC_ALL="C") == files
    dated = built(tree, tmp_path / "dated", SOURCE_DATE_EPOCH="1700000000")
    for name in (name for name in dated if name.endswith(".zip")):
        with zipfile.ZipFile(io.BytesIO(dated[name])) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert opened(dated[name]) == opened(files[name])


def test_metadata_is_as_kicad_wants_it(window, shim, files):
    plugin = json.loads(window["plugins/plugin.json"])
    told = [json.loads(package["metadata.json"]) for package in (window, shim)]
    for name in ("pcm.v1.schema.json", "pcm.v2.schema.json"):
        for schema in schemas(name):
            for one in told:
                jsonschema.Draft7Validator(schema).validate(one)
            whole = {**schema, "$ref": "#/definitions/PackageArray"}
            jsonschema.Draft7Validator(whole).validate(json.loads(files["packages.json"]))
    for schema in schemas("api.v1.schema.json"):
        jsonschema.Draft7Validator(schema).validate(plugin)
    assert plugin["identifier"] == told[0]["identifier"] != told[1]["identifier"]
    assert all(re.fullmatch(KICAD_9, one["identifier"]) for one in told)
    (ipc,), (swig,) = (one["versions"] for one in told)
    assert (ipc["runtime"], ipc["kicad_version"], "kicad_version_max" in ipc) == ("ipc", "9.0.1", False)
    assert (swig["runtime"], swig["kicad_version"], swig["kicad_version_max"]) == ("swig", "7.0", "8.99")
    assert not any("download" in key for key in (*ipc, *swig))


def test_the_validator_of_kicad_python_has_nothing_to_say(files, tmp_path):
    validate = pytest.importorskip("kipy.packaging").validate
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    told = {name: validate(tmp_path / name).messages for name in files if name.endswith(".zip")}
    told = {name[-10:-4]: [one.message for one in messages if one.level != "info"] for name, messages in told.items()}
    # It knows no plugins of the kind that KiCad 7 and 8 run.
    assert told == {"kicad9": [], "kicad7": ["plugin.json does not exist. This tool can only validate IPC API plugins."]}


def test_a_repository_is_told_what_it_must_know(tree, files, tmp_path):
    entries = json.loads(built(tree, tmp_path, "--url", "https://example.org/files/")["packages.json"])["packages"]
    for entry, plain in zip(entries, json.loads(files["packages.json"])["packages"], strict=True):
        (version,) = entry["versions"]
        name = version["download_url"].removeprefix("https://example.org/files/")
        assert version["download_sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert version["download_size"] == len(files[name])
        assert version["install_size"] == sum(map(len, opened(files[name]).values()))
        assert plain["versions"] == [{key: value for key, value in version.items() if key != "download_url"}]


def test_the_plugin_holds_what_a_wheel_holds_and_nothing_else(window, shim, tree):
    package = {path.relative_to(tree).as_posix(): path for path in (tree / "dfmcheck").rglob("*") if path.is_file()}
    rules = {f"dfmcheck/_rules/{path.relative_to(tree / 'rules').as_posix()}": path for path in (tree / "rules").rglob("*.toml")}
    icons = {f"icon-{theme}-{size}.png" for theme in ("light", "dark") for size in (24, 48)}
    own = {"action.py", "plugin.json", "requirements.txt", "LICENSE", *icons}
    expected = {f"plugins/{name}" for name in (package.keys() | rules.keys() | own) - {"dfmcheck/plugin/shim.py"}}
    assert window.keys() == expected | {"metadata.json", "resources/icon.png"}
    assert window["plugins/action.py"] == package["dfmcheck/plugin/action.py"].read_bytes()
    for name, path in (package | rules).items():
        assert window.get(f"plugins/{name}") in (path.read_bytes(), None)
    assert shim["plugins/__init__.py"] == package["dfmcheck/plugin/shim.py"].read_bytes()
    assert len(shim) == 6
    for name, data in (window | shim).items():
        assert not re.search(r"(^|/)(tests?|__pycache__|\.git|\.venv)/|\.pyc$|/test_", name)
        assert not any(os.fsencode(place) in data for place in (ROOT, tree, Path.home() / "x")), name


def test_the_environment_gets_what_the_package_needs(window):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = window["plugins/requirements.txt"].decode().splitlines()
    assert sorted(lines) == sorted([*project["dependencies"], "kicad-python>=0.8"])


def test_icons_are_of_their_size_and_stand_out_from_their_theme(window, shim):
    image = pytest.importorskip("PIL.Image")
    action = json.loads(window["plugins/plugin.json"])["actions"][0]
    for theme, ground in (("light", 240), ("dark", 40)):
        for name, size in zip(action[f"icons-{theme}"], (24, 48), strict=True):
            icon = image.open(io.BytesIO(window[f"plugins/{name}"]))
            assert icon.size == (size, size)
            grey, alpha = np.moveaxis(np.asarray(icon.convert("LA"), int), 2, 0)
            assert np.count_nonzero(alpha > 200) > size * size / 8
            assert np.abs(grey[alpha > 200] - ground).min() > 60
        assert shim[f"plugins/icon-{theme}-24.png"] == window[f"plugins/icon-{theme}-24.png"]
    assert image.open(io.BytesIO(window["resources/icon.png"])).size == (64, 64)


def installed(package, share):
    """Unpack as the PCM does it: what lies in a folder of the zip goes into a folder of the package's own."""
    own = json.loads(package["metadata.json"])["identifier"].replace(".", "_")
    for name, data in package.items():
        kind, slash, rest = name.partition("/")
        if slash:
            path = share / kind / own / rest
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def buttons(kicad, folder):
    """Where the green of our icon is seen in the editor's toolbar."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.asarray(image.open(kicad.shot(folder / "screen.png")).convert("RGB"), int)[:100]
    rows, columns = np.nonzero((pixels == (0x2E, 0x9E, 0x4F)).all(2))
    groups = np.split(np.unique(columns), np.flatnonzero(np.diff(np.unique(columns)) > 8) + 1)
    return [(int(group.mean()), int(rows[np.isin(columns, group)].mean())) for group in groups if len(group)]


def xdotool(kicad, *words):
    return subprocess.run(["xdotool", *words], env=kicad.env, capture_output=True, text=True).stdout


def windows(kicad):
    """The windows of ours: numbers by titles."""
    found = xdotool(kicad, "search", "--onlyvisible", "--name", "dfmcheck").split()
    return {xdotool(kicad, "getwindowname", number).strip(): number for number in found}


def shown(kicad, said):
    """The titles of windows that a click ends with: the shim shows its progress first, by the title of its message."""
    return windows(kicad).keys() & {"ecc83-pp – dfmcheck", "dfmcheck" if said.exists() else ""}


def escaped(kicad):
    """Press Escape in the message of the shim; gives it while it is there."""
    if number := windows(kicad).get("dfmcheck"):
        xdotool(kicad, "mousemove", "--window", number, "20", "20", "sleep", "0.5", "key", "Escape", "sleep", "0.5")
    return number


def until(seen, patience=120.0, pause=0.5):
    """What `seen` gives, once it gives something."""
    deadline = time.monotonic() + patience
    while not (found := seen()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found


def commands(word):
    """The command lines of processes that name a word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().decode(errors="replace").split("\0"))
    return [one for one in found if any(word in argument for argument in one)]


@pytest.mark.kicad
def test_the_real_editor_installs_the_plugins_and_its_buttons_run_them(window, shim, tmp_path, monkeypatch):
    """KiCad makes the plugin's environment by itself (pip), shows both buttons, and a click on each opens what it must."""
    if not shutil.which("xdotool"):
        pytest.skip("needs xdotool")
    home = editor.new_home(tmp_path / "home")
    share = home / ".local/share/kicad" / ".".join(map(str, editor.kicad_version()[:2])) / "3rdparty"
    installed(window, share)
    installed(shim, share)
    said, command = tmp_path / "said", tmp_path / "dfmcheck"
    run, part = f'"{sys.executable}" -m dfmcheck "$@"', f"{said}.part"
    command.write_text(f"#!/bin/sh\n[ $1 = --version ] && exec {run}\n{run} > '{part}'\ncat '{part}'; mv '{part}' '{said}'\n")
    command.chmod(0o755)
    monkeypatch.setenv("DFMCHECK_COMMAND", str(command))
    board = editor.copy_of(editor.demo("ecc83-pp"), tmp_path / "board")
    with editor.opened(board, home=home) as kicad:
        # The button of the plugin with a window comes once pip is done.
        places = until(lambda: len(found := buttons(kicad, tmp_path)) > 1 and found, 300, 2)
        if not places:
            (cfg,) = home.rglob("pyvenv.cfg")
            needs = share / "plugins/dfmcheck_kicad_plugin/requirements.txt"
            pip = [cfg.parent / "bin/python", "-m", "pip", "install", "--only-binary", ":all:", "-q", "--dry-run", "-r", needs]
            tried = subprocess.run(pip, capture_output=True, text=True)
            if tried.returncode:
                pytest.skip(f"pip cannot install what the plugin needs: {tried.stderr[-300:]}")
        assert places
        assert len(places) == 2
        for x, y in places:
            before = windows(kicad).keys()
            xdotool(kicad, "mousemove", str(x), str(y), "sleep", "0.5", "click", "1")
            done = until(lambda before=before: shown(kicad, said) - before)
            assert done
            if done == {"dfmcheck"}:
                assert until(lambda: not escaped(kicad), 30)
        assert "ecc83-pp – dfmcheck" in windows(kicad)
        assert "ecc83-pp: PASS  0 errors, 1 warning" in said.read_text()
        started = [words for words in commands("action.py") if str(share) in words[1]]
        assert started
        assert all(str(home) in words[0] and "/python-environments/dfmcheck.kicad.plugin/" in words[0] for words in started)
    assert until(lambda: not commands(str(home)), 30)
    assert not list(board.parent.glob(".dfmcheck*"))
