"""KiCad's DRC finds no overlap of courtyards, and no hole in a courtyard, that we do not; what we find beyond is explained."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from referee import COURTYARDS, DEMOS, drc, needs_kicad

import dfmcheck
from dfmcheck import engine
from dfmcheck.provenance import Locator
from dfmcheck.rule import load_rules, resolve

pytestmark = [pytest.mark.kicad, needs_kicad]

KINDS = COURTYARDS[:4]
"""A courtyard that KiCad cannot read as an area is in none of its tests of pairs."""
FULL = 199
"""KiCad stops at so many of one kind."""
DEMO_BOARDS = ("tiny_tapeout/tinytapeout-demo", "royalblue54L_feather/RoyalBlue54L-Feather", "stickhub/StickHub", "video/video")
RULES = load_rules()


def kicad_pairs(file):
    """By kind the pairs of uuids that KiCad names; all kinds are errors here, some are ignored by default."""
    found = drc(file, (), COURTYARDS)
    return {kind: [[i["uuid"] for i in v["items"]] for v in found if v["type"] == kind] for kind in KINDS}


def our_pairs(board):
    """Pairs of references of overlapping courtyards, and of holes in courtyards."""
    limits = resolve(["standard"], RULES)
    wanted = ("courtyard-overlap", "mounting-hole-keepout")
    report = engine.run(board, RULES, limits, selected=lambda rule: rule.id in wanted)
    overlaps, holes = Counter(), Counter()
    for finding in report.findings:
        for place in finding.places:
            with_ = re.match(r"its courtyard and that of (.*) share", place.detail)
            if with_:
                overlaps[frozenset((place.items[0].component, with_[1]))] += 1
            elif place.detail.startswith("drilled inside"):
                holes[frozenset(i.component or "" for i in place.items)] += 1
    return overlaps, holes


def references(board):
    """uuid -> reference of the component that an item is or belongs to."""
    locate, component = Locator(board), board.items.component.copy()
    component[board.components.item] = np.arange(len(board.components))
    named = np.flatnonzero(component >= 0).tolist()
    return {locate.uuid(item): str(board.components.ref[component[item]]) for item in named}


def shared_area(board, pair):
    """Largest area in mm2 that the courtyards of parts of these references share on one side."""
    c = board.components
    rows = [np.flatnonzero(c.ref == ref) for ref in pair] * (2 if len(pair) == 1 else 1)
    return max(
        (float(column[a].intersection(column[b]).area) for column in (c.courtyard_top, c.courtyard_bottom)
         for a in rows[0] for b in rows[1] if a != b and column[a] is not None and column[b] is not None), default=0.0,
    )  # fmt: skip


def before_kicad_6(file):
    """KiCad takes the severities of so old a board to be its defaults, under which holes in courtyards are ignored."""
    return int(re.search(rb"\(version (\d+)", file.read_bytes()[:300])[1]) < 20200000


def compared(file):
    """Number of KiCad's items, those that we miss and that no reason explains, and ours beyond KiCad's that none explains."""
    board = dfmcheck.read(file)
    theirs, names = kicad_pairs(file), references(board)
    overlaps, holes = our_pairs(board)
    ref = {kind: [frozenset(names.get(u, "") for u in uuids) for uuids in found] for kind, found in theirs.items()}
    in_courtyard = [*ref["npth_inside_courtyard"], *ref["pth_inside_courtyard"]]
    # A hole in a courtyard whose part's own courtyard overlaps that one is told as the overlap.
    known = {"courtyards_overlap": {*overlaps}, "holes": {*holes, *overlaps}}
    missed = [p for p in ref["courtyards_overlap"] if p not in known["courtyards_overlap"]]
    missed += [p for p in in_courtyard if p not in known["holes"]]
    least = RULES["courtyard-overlap"].params["overlap_area_min"].default_value
    unexplained = [p for p in missed if not 0 < shared_area(board, p) <= least]
    full = {kind for kind in KINDS if len(theirs[kind]) >= FULL}
    malformed = {r for p in ref["malformed_courtyard"] for r in p}
    beyond = [] if "courtyards_overlap" in full else [p for p in overlaps if p not in ref["courtyards_overlap"]]
    beyond += [] if full or before_kicad_6(file) else [p for p in holes if p not in in_courtyard]
    return len(ref["courtyards_overlap"]) + len(in_courtyard), unexplained, [p for p in beyond if not p & malformed]


@pytest.mark.parametrize("name", DEMO_BOARDS)
def test_demos(name):
    _, missed, beyond = compared(DEMOS / f"{name}.kicad_pcb")
    assert missed == []
    assert beyond == []


@pytest.mark.boards
@pytest.mark.skipif(not os.environ.get("DFMCHECK_BOARDS"), reason="DFMCHECK_BOARDS is not set")
def test_real_boards():
    """At least 99 % of all of KiCad's items; and no more than 1 % beyond them, over all boards."""
    total, missed, beyond = 0, [], []
    for file in sorted(Path(os.environ["DFMCHECK_BOARDS"]).rglob("*.kicad_pcb")):
        if file.stat().st_size > 6e6 or "derived" in file.parts:
            continue
        try:
            count, lost, more = compared(file)
        except (subprocess.CalledProcessError, dfmcheck.DfmError):
            continue  # a file that one of the two cannot read is another test's
        total += count
        missed += [(file.name, sorted(p)) for p in lost]
        beyond += [(file.name, sorted(p)) for p in more]
    assert total > 100
    assert len(missed) <= 0.01 * total, missed
    assert len(beyond) <= 0.01 * total, beyond
