"""Every rule has a board that says in itself what is wrong with it, and the findings are just those."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from dfmcheck.rule import load_rules
from dfmcheck.testing import check_fixture

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "fixtures" / "rules"
BOARDS = sorted(FOLDER.glob("*.kicad_pcb"))


@pytest.mark.parametrize("rule", load_rules())
def test_findings_are_those_that_the_fixture_states(rule: str) -> None:
    result = check_fixture(FOLDER / f"{rule}.kicad_pcb")
    assert result.met


def test_no_fixture_is_of_a_rule_that_there_is_not() -> None:
    assert {path.name.split(".")[0] for path in BOARDS} == set(load_rules())


def test_fixtures_are_what_their_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "tools" / "fixtures"), str(tmp_path)], check=True)
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text("utf-8") for path in BOARDS}


@pytest.mark.kicad
@pytest.mark.skipif(which("kicad-cli") is None, reason="kicad-cli is not installed")
@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.name.removesuffix(".kicad_pcb"))
def test_kicad_reads_the_fixture(path: Path, tmp_path: Path) -> None:
    if '(generator_version "10.0")' in path.read_text("utf-8"):
        pytest.skip("a board of KiCad 10")
    report = tmp_path / "drc.json"
    done = subprocess.run(["kicad-cli", "pcb", "drc", "--format", "json", "-o", str(report), str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert report.is_file()
