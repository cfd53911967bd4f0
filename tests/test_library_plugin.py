"""The example of a package with a check: installed by pip, it is found by the command and the library, and tests itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shown import ROOT, blocks

from dfmcheck import DfmError, plugins
from dfmcheck.rule import load_profile, load_rules, profile_names

pytest.importorskip("hatchling")
pytest.importorskip("pip")

EXAMPLE = ROOT / "tests" / "example_plugin"
BOARD = EXAMPLE / "tests" / "acme-glue-to-land.kicad_pcb"


def ran(site: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Python with the package installed, in a folder that has nothing to do with the repository."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT)))}
    return subprocess.run([sys.executable, *args], cwd=site, env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip installed it, from a copy, without the network."""
    work = tmp_path_factory.mktemp("plugin")
    shutil.copytree(EXAMPLE, work / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = ["-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    target = work / "site"
    target.mkdir()
    done = ran(target, *pip, "--target", str(target), str(work / "source"))
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process as well, but for its check, which would stay registered."""
    monkeypatch.syspath_prepend(str(site))
    plugins.load.cache_clear()
    monkeypatch.setattr(plugins, "load", lambda: (site / "acme_dfm" / "rules",))


def files(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in (folder / "acme_dfm").rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_it_holds_all_its_files(site: Path) -> None:
    assert files(site) == files(EXAMPLE)
    assert len(files(site)) == 5
    (info,) = site.glob("acme_dfm-*.dist-info")
    assert (info / "entry_points.txt").read_text() == "[dfmcheck]\nacme = acme_dfm\n"


def test_its_own_tests_pass(site: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", site / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    done = ran(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(site / "tests"), str(site / "tests"))
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_rule_that_finds_too_little_fails_its_test(site: Path) -> None:
    """What the fixture states is measured, not taken for granted: a dot that moves is told."""
    folder = site / "moved"
    folder.mkdir()
    text = BOARD.read_text("utf-8")
    assert "(center 5.149 5) (end 5.649 5)" in text
    (folder / BOARD.name).write_text(text.replace("(center 5.149 5) (end 5.649 5)", "(center 5.169 5) (end 5.669 5)"), "utf-8")
    code = f"from dfmcheck.testing import check_fixture; check_fixture({str(folder / BOARD.name)!r})"
    done = ran(site, "-c", code)
    assert "missing     'expect acme-glue-to-land 0.149 mm error'" in done.stderr, done.stderr
    assert "unexpected  acme-glue-to-land 0.169 mm warning" in done.stderr


def test_the_command_and_the_library_find_the_same_with_it(site: Path) -> None:
    html = site / "report.html"
    command = ran(site, "-m", "dfmcheck", str(BOARD), "-p", "acme", "-s", "acme", "-f", "json", "-o", str(html))
    assert command.returncode == 1, command.stderr
    (told,) = json.loads(command.stdout)["designs"]
    assert told["profile"]["chain"] == ["standard", "acme"]
    found = [(f["severity"], p["measured"], p["layers"]) for f in told["findings"] for p in f["places"]]
    assert sorted(found) == [
        ("error", -0.1, ["F.Cu"]), ("error", 0.149, ["F.Cu"]), ("warning", 0.151, ["F.Cu"]), ("warning", 0.299, ["B.Cu"]),
    ]  # fmt: skip
    assert "Adhesive to land" in html.read_text("utf-8")
    code = "import dfmcheck, json, sys; b = dfmcheck.read(sys.argv[1]); " + (
        "print(json.dumps(dfmcheck.check(b, 'acme', select='acme').to_dict()['designs'][0]))"
    )
    library = ran(site, "-c", code, str(BOARD))
    assert library.returncode == 0, library.stderr
    assert json.loads(library.stdout) == told


def test_its_profile_has_a_name(installed: None) -> None:
    assert "acme" in profile_names()
    limit = load_profile("acme", load_rules()).limits["acme-glue-to-land"]["min"]
    assert (limit.value, limit.prefer, limit.source) == (0.15, 0.3, "ACME Assembly, guidelines for designers, 2026, page 7")
    assert limit.origin.endswith("acme_dfm/rules/profiles/acme.toml:7")


def test_two_profiles_of_one_name_are_not_guessed_between(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "standard.toml").write_text('title = "Not the standard"\n')
    monkeypatch.setattr(plugins, "load", lambda: (tmp_path,))
    with pytest.raises(DfmError, match=r"two profiles are named 'standard': .*; name the one by its path"):
        load_profile("standard", {})
    assert load_profile(tmp_path / "profiles" / "standard.toml", {}).title == "Not the standard"


def test_the_pages_show_its_files_as_they_are() -> None:
    shown = [block for page in ("docs/checks-in-python.md", "docs/testing-rules.md") for block in blocks(page) if block.file]
    files = {block.file: block.text.partition("\n")[2] for block in shown if block.file}
    assert len(files) == 6
    for name, text in files.items():
        path = EXAMPLE / ("tests" if name == "test_rules.py" else "") / name
        assert text == path.read_text("utf-8"), name
