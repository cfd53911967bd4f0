"""The fixtures of the rules as Gerber packages: what their boards state holds of the films and drill files plotted of them.

`fixtures/gerber` has two packages a board, see `tools/fixtures/twins.py`. What a package cannot tell stands in tables here.
"""

from __future__ import annotations

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

SKIPPED = {
    "copper-neck": "zones",
    "courtyard-overlap": "courtyards",
    "thermal-relief-geometry": "thermals",
    "zone-fill-stale": "zones",
    "board-web.thin.plain": "thickness",
}
"""Rule or twin to a word of the reason why the rule does not run there."""

NETS = "without net attributes, copper that no pad or via joins has no net: a line may be a drawing"
PARTS = "without component attributes, nothing tells which pads are one part's"
TIES = "nothing tells that pads are tied or bridged on purpose"
SHORT = "KiCad plots both tracks with the net of one"
RELIEF = "nothing tells a pad's thermal relief from another gap to the pour"
CONTACT = "only an attribute tells the contact of an edge connector from another land"
LASER = "nothing tells a laser's hole of more than 0.15 mm from a drill's"
MICRO = "nothing tells that a via through the board was drawn as a microvia"
STACKUP = "the job file states no thickness of the dielectrics, so that microvias are judged by a guess"
THICKNESS = "only the job file states the board's thickness"
FINISH = "only the job file states the finish"
NO_HOLE = "a tool of 0.000 mm drills no hole: drill-format tells of it"

EXCUSED: dict[str, dict[str, list[tuple[float, float]]]] = {
    "acid-trap.plain": {NETS: [(0.373, 0.1), (6.175, 0.1), (12.171, 0.1)]},
    "annular-ring-outer.plain": {PARTS: [(6.5, 12.5)]},
    "castellated-hole.keeps.plain": {FINISH: [(0, 4)]},
    "castellated-hole.small.plain": {FINISH: [(0, 4)]},
    "copper-clearance": {TIES: [(5.275, 15)], SHORT: [(21, 10)]},
    "copper-clearance.plain": {
        NETS: [(0, 0.149), (0, 3.15), (11, 10.649), (16, 10.149), (21, 10), (4, 0.15), (4, 3.15), (8, 0.15), (8, 3.151)]
    },
    "copper-to-edge.plain": {CONTACT: [(4.6, 24), (6.6, 24), (8.6, 24)]},
    "drill-aspect-ratio": {STACKUP: [(0, 4), (4, 4), (8, 4), (8, 8)]},
    "drill-aspect-ratio.plain": {THICKNESS: [(0, 0), (0, 4), (0, 8), (4, 0), (4, 4), (8, 4), (8, 8), (8, 0), (12, 0)]},
    "drill-size": {NO_HOLE: [(20, 24)]},
    "drill-size.plain": {NO_HOLE: [(20, 24)]},
    "hole-to-hole.plain": {NETS: [(8.25, 3), (12.25, 3)]},
    "isolated-copper.plain": {NETS: [(1.5, 6), (19, 10)]},
    "pad-spacing": {TIES: [(12.45, 9)]},
    "pad-spacing.plain": {
        PARTS: [(0.474, 0), (0.499, 3), (0.649, 6), (12.45, 13), (5.5, 3), (5.65, 6), (10.501, 3), (10.65, 6)],
        TIES: [(12.45, 9)],
    },
    "same-net-gap": {RELIEF: [(5.965, 6)]},
    "same-net-gap.plain": {
        NETS: [(0.25, 0.13), (0.25, 3.13), (5.25, 0.14), (5.25, 3.139), (10.25, 0.14), (10.25, 3.14), (15.25, 0.141),
               (15.25, 3.14)],
        RELIEF: [(5.965, 6)],
    },
    "track-width.plain": {NETS: [(1, 0), (1, 2), (1, 4), (1, 7), (5.75, 8), (6, 0), (6, 2), (6, 4), (11, 0), (11, 2), (11, 4)]},
    "via-in-pad": {LASER: [(4, 6)]},
    "via-in-pad.plain": {PARTS: [(-0.8, -0.8), (0.8, -0.8)], LASER: [(4, 6)]},
    "via-span": {MICRO: [(4, 3)]},
    "via-span.plain": {MICRO: [(4, 3)]},
    "via-span.keeps": {MICRO: [(4, 3)]},
    "via-span.keeps.plain": {MICRO: [(4, 3)]},
}  # fmt: skip
"""Twin to the places where its package cannot say what its board states, by reason."""
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
    excused = {place for places in EXCUSED.get(twin.stem, {}).values() for place in places}
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
