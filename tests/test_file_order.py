"""A board says the same whatever the order of its items in the file: KiCad may change it at each save, and its API has another.

`DFMCHECK_ORDER=all` takes all fixtures, KiCad's demos and the boards in DFMCHECK_BOARDS (half an hour) instead of a few.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from kicad_boards import board as small
from kicad_boards import text
from reordered import renumbered, reordered

from dfmcheck import api, engine
from dfmcheck.board import Board
from dfmcheck.errors import DfmError
from dfmcheck.names import Names
from dfmcheck.read import read_kicad
from dfmcheck.report import Report
from dfmcheck.rule import load_rules
from dfmcheck.testing import read_script

ROOT = Path(__file__).parents[1]
DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nowhere"))
ALL = os.environ.get("DFMCHECK_ORDER") == "all"
FEW = (
    "acid-trap", "assembly-flow", "board-web", "component-density", "copper-clearance", "copper-density-tile",
    "flying-probe-access", "hole-to-edge", "mask-clearance", "mask-dam", "outline-duplicate", "refdes-missing", "silk-legibility",
    "silk-overlap", "stencil-thickness-conflict", "testpoint-target-type", "thermal-relief-geometry", "wave-smd-gap",
)  # fmt: skip
"""Rules of every kind, and those that tell one place for many alike."""
_ELSEWHERE = {"line", "bytes", "sha256"}
"""What is of the file, not of the board."""


def fixtures() -> list[Path]:
    few = (ROOT / "fixtures" / "rules" / f"{name}.kicad_pcb" for name in FEW)
    return sorted((ROOT / "fixtures").rglob("*.kicad_pcb") if ALL else few)


def real() -> list[Path]:
    found = [*sorted(DEMOS.rglob("*.kicad_pcb")), *sorted(BOARDS.rglob("*.kicad_pcb"))]
    return [path for path in found if path.is_file() and (ALL or path.stem in ("pic_programmer", "StickHub"))]


def told(board: Board, plan: api.Plan) -> Any:
    """The report without what speaks of the file."""
    report = Report((plan.run(board),), "").to_dict()["designs"][0]
    report["notes"] = sorted(note["message"] for note in report["notes"])
    return without(report)


def without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without(inner) for key, inner in value.items() if key not in _ELSEWHERE}
    return [without(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def same(path: Path, plan: api.Plan, home: Board) -> None:
    expected = told(home, plan)
    other = read_kicad(reordered(path.read_bytes().decode("latin-1"), seed=len(home.items)).encode("latin-1"), str(path))
    assert other.sources[0].data != home.sources[0].data or len(home.items) < 3
    found = told(other, plan)
    for key, value in expected.items():  # one by one, so that a failure is short
        assert found[key] == value, key


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.name.removesuffix(".kicad_pcb"))
def test_a_fixture_says_the_same_in_another_order(path: Path) -> None:
    try:
        home = read_kicad(path.read_bytes(), str(path))
    except DfmError:
        pytest.skip("it is no board, on purpose")
    rules = load_rules()
    script = read_script(home, rules) if path.parent.name == "rules" else None
    same(path, api.plan(script.profiles, sets=script.sets) if script else api.plan(["standard"]), home)


def test_the_demo_says_the_same_in_another_order() -> None:
    path = ROOT / "docs" / "demo.kicad_pcb"
    same(path, api.plan(["standard"]), read_kicad(path.read_bytes(), str(path)))


@pytest.mark.boards
@pytest.mark.parametrize("path", real(), ids=lambda path: path.stem)
def test_a_real_board_says_the_same_in_another_order(path: Path) -> None:
    same(path, api.plan(["standard"]), read_kicad(path.read_bytes(), str(path)))


def test_two_processes_say_what_one_says() -> None:
    path = ROOT / "fixtures" / "rules" / "density-side-balance.kicad_pcb"
    board = read_kicad(path.read_bytes(), str(path))
    assert len(board.items) > engine._LARGE
    one, two = (Report((api.plan(["standard"]).run(board, jobs=jobs),), "").to_dict() for jobs in (1, 2))
    assert json.dumps(one) == json.dumps(two)


def rows(board: Board) -> list[tuple[object, ...]]:
    """The items by what they are, with the uuids of all."""
    items, names = board.items, Names(board)
    nets = [board.nets.name[net] if net >= 0 else "" for net in items.net.tolist()]
    uuids = [names.item(row, -1, None).uuid for row in range(len(items))]
    return list(zip(items.kind.tolist(), items.x.tolist(), items.y.tolist(), items.label.tolist(), nets, uuids))


def test_rows_stand_by_kind_and_place_and_last_by_uuid() -> None:
    same_place = '(segment (start 0 0) (end 2 2) (width 0.2) (layer "{}") (net {}) (uuid "{}"))'
    parts = [
        same_place.format("F.Cu", 1, "b0000000-0000-4000-8000-000000000000"),
        same_place.format("F.Cu", 1, "a0000000-0000-4000-8000-000000000000"),
        same_place.format("B.Cu", 1, "00000000-0000-4000-8000-000000000001"),
        same_place.format("F.Cu", 2, "00000000-0000-4000-8000-000000000002"),
        '(segment (start 0 2) (end 2 0) (width 0.2) (layer "F.Cu") (net 1) (uuid "c0000000-0000-4000-8000-000000000003"))',
        '(via (at 9 9) (size 0.6) (drill 0.3) (layers "F.Cu" "B.Cu") (net 1) (uuid "00000000-0000-4000-8000-000000000004"))',
    ]
    home = rows(small(*parts))
    assert [str(row[-1])[0] + str(row[-1])[-1] for row in home] == ["04", "c3", "a0", "b0", "01", "02"]
    for seed in range(8):
        assert rows(small(*random.Random(seed).sample(parts, len(parts)))) == home


def test_nets_stand_by_their_names_whatever_their_numbers() -> None:
    path = ROOT / "fixtures" / "rules" / "copper-clearance.kicad_pcb"
    board = path.read_text("utf-8")
    other = renumbered(board)
    assert other != board
    one, two = (read_kicad(data.encode(), str(path)) for data in (board, other))
    assert one.nets.name.tolist() == two.nets.name.tolist() == sorted(one.nets.name.tolist())
    assert rows(one) == rows(two)


def test_no_items_at_all_are_a_board() -> None:
    assert len(read_kicad(text().encode(), "a.kicad_pcb").items) == 0
