"""The flow of published boards, worked out by hand from their files in `flow_boards.csv`, against what the tool finds.

A blank cell was not worked out. What is fitted was counted with KiCad's own reader: footprints with printed lands, or with
plated pads alone, that no attribute, field or value calls not fitted, and that are no test pad, fiducial, jumper or hole.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from dfmcheck import engine
from dfmcheck.flow.work import work
from dfmcheck.read import read
from dfmcheck.rule import load_rules, resolve

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
TRUTH = {row["board"]: row for row in csv.DictReader(Path(__file__).with_name("flow_boards.csv").open(encoding="utf-8"))}


def test_the_table_has_boards_of_all_kinds() -> None:
    flows = [row["flow"] for row in TRUTH.values()]
    assert len(flows) >= 25
    assert {"F2", "F3", "F4", "F5", "F6", "F7", "F7h", "F8", ""} <= set(flows)
    assert all(row["reason"] for row in TRUTH.values())


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.exists(), reason="set DFMCHECK_BOARDS")
@pytest.mark.parametrize("name", TRUTH)
def test_the_flow_of_a_board(name: str) -> None:
    row = TRUTH[name]
    (path,) = (BOARDS / "kicad").rglob(name)
    board, rules = read(path), load_rules()
    todo, ref = work(board), board.components.ref
    found = {
        "smd_top": str(len(todo.of("smd", 0))),
        "smd_bottom": str(len(todo.of("smd", 1))),
        "leads_top": " ".join(sorted(ref[todo.of("tht", 0)])),
        "leads_bottom": " ".join(sorted(ref[todo.of("tht", 1)])),
    }
    wanted = {key: " ".join(sorted(row[key].split())) for key in found}
    blank = {key for key in ("smd_top", "smd_bottom") if not row[key]}
    assert {key: text for key, text in found.items() if key not in blank} == {k: t for k, t in wanted.items() if k not in blank}
    told = engine.run(board, rules, resolve(("standard",), rules), selected=lambda rule: rule.id == "assembly-flow").assembly
    assert (told["chosen"] or "") == row["flow"], row["reason"]
    chosen = next((f for f in told["flows"] if f["code"] == told["chosen"]), None)
    if row["ipc"]:
        assert chosen is not None
        assert chosen["ipc"] == row["ipc"]
