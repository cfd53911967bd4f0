"""Real boards: which of them are panels or have parts to break off, as somebody saw by looking at them.

`DFMCHECK_BOARDS` names the folder. What is not listed here has no break line: a drawing line is no score without a name.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from dfmcheck.errors import DfmError
from dfmcheck.read import read_all

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
pytestmark = [pytest.mark.boards, pytest.mark.skipif(not BOARDS.exists(), reason="set DFMCHECK_BOARDS")]

V = "<- v-groove cut here ->"
BUS_PIRATE = {"score": 4, "tab": 0}
"""Two scores along the whole panel, which texts beside them name, and two that part the rails between these."""
KNOWN = {
    "kicad/DangerousPrototypes__BusPirate5-hardware/buspirate5-rev8": BUS_PIRATE,
    "kicad/DangerousPrototypes__BusPirate5-hardware/buspirate5-rev10a": BUS_PIRATE,
    "fab/DangerousPrototypes__BusPirate5-hardware/buspirate5-rev8-fab": BUS_PIRATE,
    # Modules to break off: five tabs of two rows, and two tabs around whose corners rows run.
    "kicad/icebreaker-fpga__icebreaker/icebreaker-v1.0e": {"score": 0, "tab": 18},
    # A panel of two by two boards in a frame: six tabs of two rows. Its outline is not closed.
    "fab/jaseg__gerbonara/gerbonara-fritzing": {"score": 0, "tab": 12},
    # A tongue with a row of four holes across.
    "fab/jaseg__gerbonara/gerbonara-p-cad": {"score": 0, "tab": 1},
}
PATHS = [*(BOARDS / "kicad").rglob("*.kicad_pcb"), *(p for p in (BOARDS / "fab").glob("*/*") if p.is_dir())]
ITEMS = sorted(p.relative_to(BOARDS).as_posix() for p in PATHS)


def known(item: str) -> dict[str, int]:
    return next((count for name, count in KNOWN.items() if f"{item}/".startswith(f"{name}/")), {"score": 0, "tab": 0})


@pytest.mark.parametrize("item", ITEMS)
def test_break_lines(item: str) -> None:
    try:
        boards = read_all(BOARDS / item)
    except DfmError as error:
        pytest.skip(str(error))
    for b in boards:
        lines = b.derived.breaklines()
        count = {method: int((lines.method == method).sum()) for method in ("score", "tab")}
        assert count == known(item), lines.source.tolist()


@pytest.mark.parametrize("item", [item for item in ITEMS if item.endswith(".kicad_pcb") and known(item) is BUS_PIRATE])
def test_the_scores_of_a_panel(item: str) -> None:
    (b,) = read_all(BOARDS / item)
    lines = b.derived.breaklines()
    long = shapely.length(lines.core) > 79
    assert np.round(np.sort(shapely.get_x(shapely.centroid(lines.core[long]))), 0).tolist() == [100, 160]
    assert lines.source[long].tolist() == [f'text "{V}"'] * 2
    assert np.round(np.sort(shapely.get_y(shapely.centroid(lines.core[~long]))), 0).tolist() == [55, 125]
    assert b.items.label[lines.item].tolist() == ["line"] * 4
