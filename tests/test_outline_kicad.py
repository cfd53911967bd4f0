"""KiCad is the referee of outlines and courtyards: the same areas, and the same pairs of items."""

import csv
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from referee import COURTYARDS, DEMOS, drc
from small_boards import RULES

import dfmcheck
from dfmcheck import engine
from dfmcheck.board import Kind, PadType
from dfmcheck.provenance import Locator
from dfmcheck.rule import resolve

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
PYTHON = os.environ.get("KICAD_PYTHON", "/usr/bin/python3")
pytestmark = [pytest.mark.kicad, pytest.mark.boards]

needs_cli = pytest.mark.skipif(not shutil.which("kicad-cli"), reason="needs kicad-cli")


@cache
def has_pcbnew():
    return Path(PYTHON).exists() and not subprocess.run([PYTHON, "-c", "import pcbnew"], capture_output=True).returncode


def boards(*roots):
    # vme-wren takes minutes in KiCad and its outline is a rectangle.
    found = [p for root in roots for p in sorted(root.rglob("*.kicad_pcb")) if p.stat().st_size > 0 and p.stem != "vme-wren"]
    return [pytest.param(p, id=p.stem) for p in found]


AREAS = """
import json, sys, pcbnew
out = {}
for path in sys.argv[1:]:
    board = pcbnew.LoadBoard(path)
    area = pcbnew.SHAPE_POLY_SET()
    closed = board.GetBoardPolygonOutlines(area)
    holes = sum(area.HoleCount(k) for k in range(area.OutlineCount()))
    out[path] = [bool(closed), area.Area() / 1e12, area.OutlineCount(), holes]
print("\\n" + json.dumps(out))
"""


OUTLINED = boards(DEMOS, BOARDS / "kicad", BOARDS / "derived")


@cache
def kicad_outlines():
    paths = [str(param.values[0]) for param in OUTLINED]
    done = subprocess.run([PYTHON, "-c", AREAS, *paths], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(not has_pcbnew(), reason="needs pcbnew")
@pytest.mark.parametrize("path", OUTLINED)
def test_the_board_has_the_area_and_the_cutouts_that_kicad_sees(path):
    closed, area, outlines, holes = kicad_outlines()[str(path)]
    board = dfmcheck.read(path)
    told = {p.what for p in board.outline_problems} & {"gap", "dangling", "crossing", "branch"}
    assert closed == (not told)
    if not closed:  # KiCad falls back to a bounding box
        return
    edges = board.features.kind == Kind.EDGE
    curved = sum(core.length for core, item in zip(board.features.core[edges], board.features.item[edges])
                 if board.items.label[item] in ("arc", "circle", "curve"))  # fmt: skip
    # KiCad flattens curves to within 5 um, inside or outside of the true curve.
    assert board.outline.area == pytest.approx(area, abs=1e-6 * area + 0.005 * curved)
    assert (len(board.outline.geoms), sum(len(g.interiors) for g in board.outline.geoms)) == (outlines, holes)


# -- courtyards ----------------------------------------------------------------------------------------------------------

TYPES = ("courtyards_overlap", "missing_courtyard", "malformed_courtyard")
WORDS = {"share": "courtyards_overlap", "has no courtyard": "missing_courtyard", "no closed outline": "malformed_courtyard"}


def kicad_courtyards(path):
    found = {t: set() for t in TYPES}
    for v in drc(path, (), COURTYARDS):
        if v["type"] in found:
            # A malformed courtyard names the graphic too, which old files do not number.
            found[v["type"]].add(frozenset(i["uuid"] for i in v["items"] if "ootprint" in i["description"]))
    return found


def our_courtyards(board):
    report = engine.run(board, {"courtyard-overlap": RULES["courtyard-overlap"]}, resolve([], RULES))
    found = {t: set() for t in TYPES}
    for place in (p for f in report.findings for p in f.places):
        kind = next((t for words, t in WORDS.items() if words in place.detail), None)
        if kind:
            found[kind].add(frozenset(kicad_uuid(i.uuid) for i in place.items))
    return found


def kicad_uuid(uuid):
    """KiCad shows the eight digits of a KiCad 5 time stamp as a whole uuid."""
    return uuid if len(uuid) > 8 else f"00000000-0000-0000-0000-0000{uuid.lower():0>8}"


def never_placed(board):
    """Drawings, holes and jumpers: nothing to solder, or no leads and not in the placement file."""
    pads, c = board.pads, board.components
    bare = np.setdiff1d(np.arange(len(c)), pads.component[pads.type != PadType.NPTH])
    bare = np.union1d(bare, np.flatnonzero(c.exclude_placement & (c.mount != "tht")))
    locator = Locator(board)
    return {frozenset([kicad_uuid(locator.uuid(int(item)))]) for item in board.components.item[bare]}


SLOW = 3_000_000
"""Bytes; files of KiCad 5 and before bring their own settings, so KiCad runs every test on them: only small ones are tried."""
CORNERS = {"glasgow": 1}
"""Pairs that only KiCad tells: courtyards that share a corner smaller than `overlap_area_min`."""


@needs_cli
@pytest.mark.parametrize("path", boards(DEMOS, BOARDS / "kicad"))
def test_kicad_finds_the_same_courtyards(path):
    board = dfmcheck.read(path)
    old = int(re.search(rb"\(version (\d+)\)", board.sources[0].data)[1]) < 20200000
    if old and path.stat().st_size > SLOW:
        pytest.skip("takes KiCad too long")
    theirs, ours = kicad_courtyards(path), our_courtyards(board)
    if old:  # whose own settings do not ask for missing courtyards
        del theirs["missing_courtyard"]
    else:  # what is never placed needs no courtyard
        theirs["missing_courtyard"] -= never_placed(board)
    for kind, pairs in theirs.items():
        assert len(pairs) < 199, "KiCad stops at 199"
        common = len(pairs & ours[kind])
        assert common >= 0.99 * len(pairs) - CORNERS.get(path.stem, 0)
        assert common >= 0.99 * len(ours[kind])


@needs_cli
def test_counts_of_kicads_own_regression_boards():
    folder = BOARDS / "kicad-drc"
    if not folder.is_dir():
        pytest.skip("needs the boards of KiCad's tests")
    cases = 0
    with (folder / "expectations.csv").open() as file:
        for row in csv.DictReader(file):
            if row["category"] == "courtyard overlap":
                (path,) = folder.rglob(Path(row["file"]).name)
                assert len(our_courtyards(dfmcheck.read(path))["courtyards_overlap"]) == int(row["expected_count"]), row["case"]
                cases += 1
    assert cases == 9


OURS = [
    "outline-open", "outline-duplicate", "board-size", "cutout-geometry", "board-web", "castellated-hole", "courtyard-overlap",
]  # fmt: skip


@pytest.mark.parametrize("path", boards(BOARDS / "derived"))
def test_a_board_says_the_same_whichever_kicad_saved_it(path):
    (original,) = (BOARDS / "kicad").rglob(path.name.partition(".")[0] + ".kicad_pcb")
    rules = {name: RULES[name] for name in OURS}
    said = [engine.run(dfmcheck.read(p), rules, resolve(["standard"], RULES)).findings for p in (original, path)]
    old, new = (sorted((f.rule, f.severity, f.count, f.message) for f in found) for found in said)
    assert old
    assert old == new
