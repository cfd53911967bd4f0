"""Published drill files of some fifteen CAD tools: all are read, and their holes lie in the copper of their packages."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from dfmcheck.board import Cover
from dfmcheck.package import Package
from dfmcheck.read.package import read_packages

FAB = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent")) / "fab"
ITEMS = sorted(p for p in FAB.glob("*/*") if p.is_dir()) if FAB.is_dir() else []
pytestmark = [pytest.mark.boards, pytest.mark.skipif(not ITEMS, reason="set DFMCHECK_BOARDS")]

OPEN = {"MinnowMax_RevA1_NCDRILL.drl", "MinnowMax_RevA1_NCROUTE.rou", "8seg_Driver__routed_Drill_thru_plt.fdr",
        "8seg_Driver__routed_Drill_thru_nplt.fdr", "ncdrill.DRD"}  # fmt: skip
"""Files that do not state their number format."""
BARE = {
    "gerber/BusPirate-5-rev8.drl": 8, "diptrace/keyboard.drl": 5, "diptrace/mainboard.drl": 9, "diptrace_fd1.zip/board.drl": 9,
    "fritzing/combined.txt": 118, "pcbtools_example.zip/ncdrill.DRD": 6, "pcbtools_full.zip/ncdrill.DRD": 6,
    "arduino-uno/arduino-uno.drd": 4, "bus-pirate/BusPirate-v3.6a-SSOP.drd": 6, "mini_board.zip/board.drl": 1,
}  # fmt: skip
"""Holes without copper in files that have plated and unplated holes without a word on which is which: mounting holes and
pegs, the breakaway holes of a panel; mini_board is made by hand, with a hole beside its pads."""


@cache
def packages(item: Path) -> list[Package]:
    return read_packages(item)


def drills():
    return [(p, e) for item in ITEMS for p in packages(item) for e in p.entries if e.drill is not None and e.role.kind == "drill"]


def test_all_are_read():
    found = drills()
    assert len(found) >= 55
    for package, entry in found:
        assert not entry.problem
        drill = entry.drill
        assert drill.stated == (Path(package.path(entry)).name not in OPEN), package.path(entry)
        kinds = {f.what for f in drill.faults}
        assert kinds <= {"format not stated"}, package.path(entry)
        assert (kinds == set()) == drill.stated
        assert (drill.hits.radius > 0.04).all()
        assert (drill.hits.radius < 5).all()


def test_plated_holes_lie_in_copper():
    """The plated round holes of each file, in flashes, strokes or regions of the outer copper films; the scale is never wrong."""
    checked, bare = 0, {}
    for package, entry in drills():
        films = [e.image.graphics for e in package.of("copper") if e.image is not None and e.role.side in ("top", "bottom")]
        hits = entry.drill.hits
        centres = hits.core[(shapely.get_type_id(hits.core) == 0) & (hits.plated != Cover.NO) & (entry.role.plated != Cover.NO)]
        if not len(centres) or not any(map(len, films)):
            continue
        core, radius = np.concatenate([g.core for g in films]), np.concatenate([g.radius for g in films])
        hole, shape = shapely.STRtree(core).query(centres, "dwithin", distance=radius.max())
        near = shapely.distance(centres[hole], core[shape]) <= radius[shape]
        checked += 1
        if missing := len(centres) - len(np.unique(hole[near])):
            bare["/".join(Path(package.path(entry)).parts[-2:])] = missing
    assert checked >= 35
    assert bare == BARE


def test_formats_that_are_not_stated_are_settled_by_the_copper():
    fits = {Path(p.path(e)).name: (str(e.drill.format), e.drill.fit) for p, e in drills() if not e.drill.stated}
    assert {name: form for name, (form, _) in fits.items()} == {
        "MinnowMax_RevA1_NCDRILL.drl": "inch 3.5, both zeros kept", "MinnowMax_RevA1_NCROUTE.rou": "inch 3.5, both zeros kept",
        "8seg_Driver__routed_Drill_thru_plt.fdr": "inch 4.4, both zeros kept", "ncdrill.DRD": "inch 2.4, trailing zeros kept",
        "8seg_Driver__routed_Drill_thru_nplt.fdr": "inch 4.4, both zeros kept",
    }  # fmt: skip
    assert min(share for _, share in fits.values()) >= 0.3


def test_the_same_board_by_two_tools():
    """KiCad's own files of the board that Zuken's are made of."""
    item = next(p for p in ITEMS if "zuken" in p.name)
    read = {Path(p.path(e)).name: e.drill for p in packages(item) for e in p.entries if e.drill is not None}
    for zuken, kicad in (
        ("8seg_Driver__routed_Drill_thru_plt.fdr", "driver-PTH"),
        ("8seg_Driver__routed_Drill_thru_nplt.fdr", "driver-NPTH"),
    ):
        a, b = (np.unique(shapely.get_coordinates(read[n].hits.core).round(2), axis=0) for n in (zuken, kicad))
        assert a.shape == b.shape
        assert np.abs(a - b).max() <= 0.0101
