"""KiCad writes drill files in 32 ways; all must be the holes of the board, as our reader of boards has them."""

import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from drilled import Hole, differ, of_board, of_drills, whats
from plotted import DEMOS, needs_cli

from dfmcheck.package import Drill
from dfmcheck.read import read_kicad
from dfmcheck.read.excellon import looks_like_excellon, read_excellon

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "fixtures" / "drill"
RESOLUTION = {"mm": 0.51e-3, "in": 1.28e-3}
"""mm: half a step of KiCad's three decimals in millimetres, of its four in inches."""


@cache
def variants() -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    with zipfile.ZipFile(FOLDER / "matrix.zip") as archive:
        for path in archive.namelist():
            variant, name = path.split("/")
            found.setdefault(variant, {})[name] = archive.read(path)
    return found


def read_all(files: dict[str, bytes]) -> list[Drill]:
    return [read_excellon(data, name) for name, data in files.items()]


def true(path: Path) -> list[Hole]:
    return of_board(read_kicad(path.read_bytes(), path.name))


def test_there_are_32_ways_and_they_differ():
    assert len(variants()) == 32
    assert len({tuple(files.values()) for files in variants().values()}) == 32
    assert sum(map(len, variants().values())) == 16 * 3 + 16 * 4


@pytest.mark.parametrize("variant", sorted(variants()))
def test_each_way_gives_the_holes_of_the_board(variant):
    drills, board = read_all(variants()[variant]), true(FOLDER / "matrix.kicad_pcb")
    assert len(board) == 20
    assert differ(of_drills(drills), board) <= RESOLUTION[variant[:2]]
    assert all(d.stated and not whats(d) for d in drills)
    assert {d.format.zeros for d in drills if len(d.hits) > 2} <= {
        "decimal": {"decimal"}, "suppressleading": {"trailing"}, "suppresstrailing": {"leading"}, "keep": {"both"},
    }[variant.split("-")[1]]  # fmt: skip
    assert all(map(looks_like_excellon, variants()[variant].values()))


def test_spans_and_plating_are_those_of_the_files():
    drills = {name: read_excellon(data, name) for name, data in variants()["mm-keep-route-separate"].items()}
    assert {name: (d.span, d.plated.name) for name, d in drills.items()} == {
        "matrix-PTH.drl": ((1, 4), "YES"), "matrix-NPTH.drl": ((1, 4), "NO"),
        "matrix-front-in1.drl": ((1, 2), "YES"), "matrix-in1-in2.drl": ((2, 3), "YES"),
    }  # fmt: skip
    functions = {t.function for d in drills.values() for t in d.tools}
    assert ("Plated", "PTH", "ViaDrill") in functions
    assert ("NonPlated", "NPTH", "ComponentDrill") in functions


@pytest.fixture(scope="module")
def drills() -> Any:
    """What writes the fixtures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "tools" / "fixtures"), *sys.path])
        import drills

        return drills


AGAIN = (
    "mm-decimal-route-merged", "mm-suppressleading-alternate-separate", "mm-suppresstrailing-route-separate",
    "mm-keep-alternate-merged", "in-decimal-alternate-separate", "in-suppressleading-route-merged",
    "in-suppresstrailing-alternate-merged", "in-keep-route-separate",
)  # fmt: skip
"""Of the 32 ways eight, in which each setting of one option stands with each of every other."""


def test_the_ways_that_are_written_again_have_all_pairs_of_settings():
    every, some = ({(i, j, w.split("-")[i], w.split("-")[j]) for w in ways for i in range(4) for j in range(i)}
                   for ways in (variants(), AGAIN))  # fmt: skip
    assert some == every


@needs_cli
@pytest.mark.kicad
@pytest.mark.parametrize("variant", AGAIN)
def test_the_files_are_what_kicad_writes(drills, variant):
    assert drills.matrix().text() == (FOLDER / "matrix.kicad_pcb").read_text()
    assert drills.export(FOLDER / "matrix.kicad_pcb", variant) == variants()[variant]


@needs_cli
@pytest.mark.kicad
@pytest.mark.parametrize("variant", ["mm-keep-route-separate", "mm-suppresstrailing-alternate-merged", "in-decimal-route-merged"])
def test_a_demo(drills, variant):
    path = DEMOS / "stickhub" / "StickHub.kicad_pcb"
    if not path.exists():
        pytest.skip("needs KiCad's demos")
    board = true(path)
    assert len(board) == 88
    assert differ(of_drills(read_all(drills.export(path, variant))), board) <= RESOLUTION[variant[:2]]
