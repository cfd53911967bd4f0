"""Clearances agree with KiCad's DRC: the same pairs of items, with the same values, under limits at which KiCad finds some.

Every pair on which we differ is explained in `EXPLAINED`, by its reason; a difference without a reason fails the test, and
so does a reason that no longer occurs.
"""

from collections import Counter

import numpy as np
import pytest
import referee
from referee import DEMOS, RUNS, board_of, kicad_pairs, our_places, under

from dfmcheck.board import Kind
from dfmcheck.provenance import Locator
from dfmcheck.units import EPS

pytestmark = [pytest.mark.kicad, referee.needs_kicad]

RULES = {
    "clearance": ("clearance", ("copper-clearance",)),
    "hole_to_hole": ("hole_to_hole", ("hole-to-hole",)),
    "hole_clearance": ("hole_clearance", ("hole-to-copper-outer", "hole-to-copper-inner")),
    "edge_clearance": ("copper_edge_clearance", ("copper-to-edge",)),
}
BOARDS = [demo for demo, (run, *_) in RUNS.items() if RULES.keys() & run.keys()]
# What each reason means; `reason_of` tells which one a pair has, by looking at the items themselves.
REASONS = {
    "zone at the edge": "KiCad leaves zone fills out of the edge test, as its filler keeps that distance; a stale fill may not",
    "other edge": "KiCad names the first edge that it meets, we the nearest one",
    "routed slot": "KiCad measures holes to holes only for round ones; a slot's web breaks all the same",
    "short": "KiCad tells items that touch as shorting_items, a type of its own",
    "hole in hole's land": "KiCad does not test a hole against the land of a via or pad that keeps the clearance",
    "full report": "KiCad stops at 500 clearances",
    "arc": "KiCad flattens arcs or takes the first piece that it meets, not the nearest: its value is larger than ours",
    "tolerance": "KiCad tolerates 0.5 µm everywhere but between two zones",
    "two pads, one uuid": "the file gives two pads of one footprint one uuid, so pairs cannot be told apart",
}


@pytest.fixture(scope="module", params=BOARDS, ids=lambda demo: demo.partition("/")[2])
def compared(request):
    """(board, rows): a row is (constraint, items, KiCad's values or None, our places or None)."""
    limits = {name: limit for name, limit in RUNS[request.param][0].items() if name in RULES}
    violations = under(request.param, *next(iter(limits.items())))
    board = board_of(DEMOS / f"{request.param}.kicad_pcb")
    rows = []
    for constraint, limit in limits.items():
        kind, rules = RULES[constraint]
        theirs, ours = kicad_pairs(violations, kind), our_places(board, rules, limit)
        full = sum(v["type"] == kind for v in violations) >= (500 if constraint == "clearance" else 199)
        rows += [(constraint, limit, pair, theirs.get(pair), ours.get(pair), full) for pair in theirs.keys() | ours.keys()]
    return board, rows


def reason_of(row, others, kind_of):
    """Why a pair is only known to one of the two; None if nothing explains it."""
    constraint, limit, pair, theirs, ours, full = row
    kinds = {kind_of.get(uuid) for uuid in pair}
    if ours is None and Kind.ARC in kinds:
        return "arc"
    if ours is None and kinds == {Kind.ZONE} and min(theirs) > limit - EPS:
        return "tolerance"
    if theirs is None and full:
        return "full report"
    place = ours[0] if ours else None
    words = {i.kind for i in place.items} if place else set()
    if theirs is None and constraint == "edge_clearance" and "zone" in words:
        return "zone at the edge"
    if (theirs is None or ours is None) and constraint == "edge_clearance" and any(pair & other for other in others - {pair}):
        return "other edge"
    if theirs is None and constraint == "hole_to_hole" and any(i.component and i.net is None for i in place.items):
        return "routed slot"
    if theirs is None and place.measured <= 0:
        return "short"
    if theirs is None and constraint == "hole_clearance" and words <= {"hole", "via", "pad"}:
        return "hole in hole's land"
    return None


def reasons_of(board, rows):
    """(row, reason) of every pair that only one of the two knows."""
    kind_of = kinds_by_uuid(board)
    out = []
    for row in rows:
        constraint, _, _, theirs, ours, _ = row
        if theirs is None or ours is None:
            others = {p for c, _, p, t, o, _ in rows if c == constraint and (t is None) != (theirs is None)}
            out.append((row, reason_of(row, others, kind_of)))
    return out


def test_every_difference_is_explained(compared):
    reasons = reasons_of(*compared)
    assert [row for row, reason in reasons if reason is None] == []
    assert {reason for _, reason in reasons} <= set(REASONS)


def test_at_least_99_percent_are_the_same(compared):
    """Of KiCad's pairs, less those for which it names another edge of the same item."""
    _, rows = compared
    known = [row for row in rows if row[3] is not None]
    missed = [row for row, reason in reasons_of(*compared) if row[4] is None and reason != "other edge"]
    assert len(known) > 5
    assert len(missed) <= max(1, 0.01 * len(known))


def test_values_are_the_same_to_a_micrometre(compared):
    """Where KiCad's value is another one, ours is the smaller one, and an arc, an edge or a slot is in it."""
    board, rows = compared
    both = [(c, pair, theirs, ours) for c, _, pair, theirs, ours, _ in rows if theirs and ours]
    far = [r for r in both if min(abs(p.measured - v) for p in r[3] for v in r[2]) > 0.0011]
    locate = Locator(board)
    shared = Counter(locate.uuid(int(i)) for i in board.pads.item)
    for constraint, pair, theirs, ours in far:
        if any(shared[u] > 1 for u in pair):
            continue  # two pads, one uuid
        place = min(ours, key=lambda p: p.measured)
        kinds = {i.kind for i in place.items}
        assert place.measured < min(theirs), (constraint, place)
        assert kinds & {"arc", "edge", "hole"}, (constraint, place)
    assert len(far) <= max(3, 0.03 * len(both))


def kinds_by_uuid(board):
    """uuid -> kind of every piece of copper."""
    locate = Locator(board)
    copper = np.unique(board.features.item[(board.layers.order >= 0)[board.features.layer]])
    return {locate.uuid(int(i)): board.items.kind[i] for i in copper}
