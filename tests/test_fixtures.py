"""Every rule has a board that says in itself what is wrong with it; inputs that cannot be read get one clear line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path
from shutil import which

import numpy as np
import pytest

import dfmcheck
from dfmcheck.board import Kind
from dfmcheck.cli import main as command
from dfmcheck.rule import load_rules
from dfmcheck.testing import check_fixture

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "fixtures" / "rules"
BOARDS = sorted(FOLDER.glob("*.kicad_pcb"))
TOOL = ROOT / "tools" / "fixtures"
BROKEN = ROOT / "fixtures" / "broken"
RULES = [rule.id for rule in load_rules().values() if rule.category != "package"]
"""Rules of packages are shown by packages, see test_completeness."""
EXPECTED = tomllib.loads((BROKEN / "expected.toml").read_text("utf-8"))


@pytest.mark.parametrize("rule", RULES)
def test_findings_are_those_that_the_fixture_states(rule: str) -> None:
    result = check_fixture(FOLDER / f"{rule}.kicad_pcb")
    assert result.met


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.name.removesuffix(".kicad_pcb"))
def test_no_check_crashes_on_the_fixture_of_another_rule(path: Path) -> None:
    report = dfmcheck.check(dfmcheck.read(path))
    assert [(r.id, r.why_skipped) for d in report.designs for r in d.crashed] == []


def test_no_fixture_is_of_a_rule_that_there_is_not() -> None:
    assert {path.name.split(".")[0] for path in BOARDS} == set(RULES)


@pytest.mark.skipif(not TOOL.is_dir(), reason="an sdist has no tools")
def test_fixtures_are_what_their_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(TOOL), str(tmp_path)], check=True)
    for folder in (FOLDER, BROKEN, ROOT / "fixtures" / "flows"):
        written = {path.name: path.read_bytes() for path in (tmp_path / folder.name).iterdir()}
        assert written == {path.name: path.read_bytes() for path in folder.glob("*.kicad_pcb")}


KICAD_PYTHON = os.environ.get("KICAD_PYTHON", "/usr/bin/python3")
COUNT = """
import json, sys, pcbnew
counts = {}
for path in sys.argv[1:]:
    board = pcbnew.LoadBoard(path)
    pads = len(board.GetPads())
    counts[path] = [len(board.GetTracks()), pads, len(board.Zones()), len(board.GetFootprints())] if board else None
print(json.dumps(counts))
"""


@pytest.mark.kicad
def test_kicad_reads_the_fixtures_as_we_do() -> None:
    if which(KICAD_PYTHON) is None or subprocess.run([KICAD_PYTHON, "-c", "import pcbnew"], capture_output=True).returncode:
        pytest.skip("pcbnew is not installed")
    paths = [str(path) for path in BOARDS if '(generator_version "10.0")' not in path.read_text("utf-8")]
    done = subprocess.run([KICAD_PYTHON, "-c", COUNT, *paths], capture_output=True, text=True, check=True)
    counts = json.loads(done.stdout.splitlines()[-1])
    for path in paths:
        board = dfmcheck.read(path)
        tracks = int(np.isin(board.items.kind, (Kind.TRACK, Kind.ARC, Kind.VIA)).sum())
        assert counts[path] == [tracks, len(board.pads), len(board.zones), len(board.components)], path
        assert not board.notes, path


def test_every_broken_file_has_its_expectation() -> None:
    assert {path.name.removesuffix(".kicad_pcb") for path in BROKEN.glob("*.kicad_pcb")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_is_read_with_a_note_or_refused_in_one_line(name: str) -> None:
    path, says = BROKEN / f"{name}.kicad_pcb", EXPECTED[name]["says"]
    if EXPECTED[name]["status"] < 2:
        board = dfmcheck.read(path)
        said = [n.message for n in board.notes] + [f.message for f in dfmcheck.check(board).findings]
        assert any(says in line for line in said), said
        return
    with pytest.raises(dfmcheck.DfmError) as error:
        dfmcheck.read(path)
    line = str(error.value)
    assert line.startswith(str(path))
    assert says in line
    assert not controls(line)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_command_leaves_with_the_right_status_and_hides_nothing(
    name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    path = tmp_path / f"{name}.kicad_pcb"
    path.write_bytes((BROKEN / path.name).read_bytes())
    (tmp_path / "dfmcheck.toml").write_text("")  # so that no config above the folder applies
    assert command([path.name]) == EXPECTED[name]["status"]
    out, err = capfd.readouterr()
    if EXPECTED[name]["status"] == 2:
        assert not out
        assert err.count("\n") == 1
        assert EXPECTED[name]["says"] in err
    else:
        assert EXPECTED[name]["says"] in " ".join((out + err).split())
    assert not controls((out + err).replace("\n", ""))


def controls(text: str) -> list[str]:
    """Characters that a terminal would obey instead of showing them, and those that turn the direction of text."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf")]


def test_a_crash_of_the_command_would_show(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dfmcheck", str(BROKEN / "truncated.kicad_pcb")], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
