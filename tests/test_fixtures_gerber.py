"""The fixtures of the rules as Gerber packages: what their boards state holds of the films and drill files plotted of them.

`fixtures/gerber` has two packages a board, see `tools/fixtures/twins.py`. What a package cannot tell stands in `excused.csv`
and `skipped.csv`.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from dfmcheck.read import read_kicad
from dfmcheck.read.package import read_packages
from dfmcheck.rule import load_rules
from dfmcheck.testing import judge, read_script

FIXTURES = Path(__file__).parents[1] / "fixtures"
TOOL = FIXTURES.parent / "tools" / "fixtures" / "twins.py"
TWINS = sorted((FIXTURES / "gerber").glob("*.zip"))
RULES = load_rules()
TOO_NEW = '(generator_version "10.0")'


def rows(name: str) -> list[list[str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


SKIPPED = dict(rows("skipped.csv"))
"""Rule or twin to a word of the reason why the rule does not run there."""
EXCUSED: dict[str, set[tuple[float, float]]] = {}
"""Twin to the places where its package cannot say what its board states; the table gives the reason of each."""
for name, x, y, _ in rows("excused.csv"):
    EXCUSED.setdefault(name, set()).add((float(x), float(y)))
_PLACE = re.compile(r"at \((-?[\d.]+), (-?[\d.]+)\)")


def board_of(twin: Path) -> Path:
    return FIXTURES / "rules" / f"{twin.stem.removesuffix('.plain')}.kicad_pcb"


@pytest.mark.parametrize("twin", TWINS, ids=lambda path: path.stem)
def test_a_package_says_what_its_board_states(twin: Path) -> None:
    path = board_of(twin)
    rule = path.name.split(".")[0]
    script = read_script(read_kicad(path.read_bytes(), str(path)), RULES)
    # A package has findings of its own: the board on User.9 speaks of boards.
    script = replace(script, also=tuple(name for name in script.also if "package" not in RULES[name].needs))
    (package,) = read_packages(twin)
    assert package.board is not None
    report, met, wrong, _ = judge(replace(package.board, package=package), script, rule, RULES)
    why = SKIPPED.get(twin.stem, SKIPPED.get(rule))
    status = next(r for r in report.rules if r.id == rule)
    if why:
        assert status.status == "skipped"
        assert why in (status.why_skipped or "")
        return
    excused = EXCUSED.get(twin.stem, set())
    at = {line: (float(m[1]), float(m[2])) for line in wrong if (m := _PLACE.search(line))}
    assert [line for line in wrong if at.get(line) not in excused] == []
    assert excused <= set(at.values()), "excused, and yet it holds"
    assert met or not script.statements or excused


def test_every_board_has_its_twins() -> None:
    boards = [path for path in (FIXTURES / "rules").glob("*.kicad_pcb") if TOO_NEW not in path.read_text("utf-8")]
    assert {path.name for path in TWINS} == {f"{path.stem}{end}" for path in boards for end in (".zip", ".plain.zip")}
    assert set(EXCUSED) <= {path.stem for path in TWINS}


@pytest.mark.kicad
@pytest.mark.skipif(not TOOL.is_file() or not shutil.which("kicad-cli"), reason="needs the tools and kicad-cli")
def test_twins_are_what_kicad_plots_of_their_board(tmp_path: Path) -> None:
    version = subprocess.run(["kicad-cli", "version"], capture_output=True, text=True).stdout
    if not version.startswith("9."):
        pytest.skip(f"twins are plotted by KiCad 9, this is {version}")
    names = ["via-span", "pad-spacing"]
    subprocess.run([sys.executable, str(TOOL), str(tmp_path), *names], check=True)
    made = {path.name: contents(path) for path in tmp_path.iterdir()}
    assert len(made) == 2 * len(names)
    assert made == {name: contents(FIXTURES / "gerber" / name) for name in made}


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}
