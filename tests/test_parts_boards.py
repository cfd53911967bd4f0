"""Families of the components of real boards, against a table made by looking at names, values, references and lands.

The table states one family for all components of a board that share a footprint. Where a footprint serves two kinds of parts
(a diode with leads or without), it states the one without leads; SMD coils on lands longer than 5.8 mm, switches and batteries
are `tall`, fuse holders, encoders and keys with leads `THT`.
"""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from dfmcheck.parts import FAMILIES
from dfmcheck.read import read

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
TRUTH: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
for _row in csv.DictReader(Path(__file__).with_name("part_families.csv").open(encoding="utf-8")):
    TRUTH[_row["board"]][_row["footprint"]] = _row["family"], int(_row["count"])


def test_the_table_is_large_and_names_families() -> None:
    assert len(TRUTH) >= 12
    assert sum(count for rows in TRUTH.values() for _, count in rows.values()) >= 1500
    assert {family for rows in TRUTH.values() for family, _ in rows.values()} <= set(FAMILIES)


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.exists(), reason="set DFMCHECK_BOARDS")
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_a_board_has_few_wrong_families(name: str) -> None:
    right, wrong = compared(name)
    assert right >= 0.94 * (right + len(wrong)), wrong


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.exists(), reason="set DFMCHECK_BOARDS")
def test_at_least_97_of_100_families_are_right() -> None:
    results = [compared(name) for name in sorted(TRUTH)]
    right, wrong = sum(r for r, _ in results), sum(len(w) for _, w in results)
    assert right >= 0.97 * (right + wrong)


def compared(name: str) -> tuple[int, list[str]]:
    """Number of right families, and a line for each wrong one."""
    (path,) = (BOARDS / "kicad").rglob(name)
    board = read(path)
    c, family = board.components, board.derived.parts().family
    assert Counter(c.footprint.tolist()) == {footprint: count for footprint, (_, count) in TRUTH[name].items()}
    wrong = [
        f"{c.ref[row]} ({footprint}) is {TRUTH[name][footprint][0]}, was taken for {family[row]}"
        for row, footprint in enumerate(c.footprint.tolist())
        if family[row] != TRUTH[name][footprint][0]
    ]
    return len(c) - len(wrong), wrong
