"""The wall of a wave pallet, by hand and by brute force."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from flows import flow, plan
from hypothesis import given, settings
from hypothesis import strategies as st
from leaded import NEAR, Header, Rect, leaded
from small import measure, rows, smd

from dfmcheck import shape
from dfmcheck.board import Board
from dfmcheck.check import Context, Run, registry
from dfmcheck.flow import plan as flows
from dfmcheck.flow.pallet import covered, exclusions, glued_exclusions, lead_lands, walls
from dfmcheck.read import read
from dfmcheck.rule import Limit, load_rules

RULES = load_rules()
PIN = Header(1, 1, 2.54, 1.6)  # its land reaches to x = 0.8


def beside(gap, **options):
    """A square of 1 mm to the right of the pin's land."""
    return Rect(0.8 + gap + 0.5, 0.0, 1.0, 1.0, 0.0, **options)


def context(b: Board, made=None, **limits: float) -> Context:
    row = RULES["smt-tht-wave-clearance"]
    known = {k: Limit(v, None, row.params[k].sense, row.params[k].unit, "test") for k, v in limits.items()}
    run = None if made is None else Run(RULES, {row.id: known}, results={flows.plan: made})
    return Context(b, row, known, run=run)


@pytest.mark.parametrize("gap", [0.0, 0.5, 2.99])
def test_from_the_edge_of_the_land_to_the_edge_of_the_part(gap):
    w = walls(leaded(PIN, beside(gap)), 1, 3.0)
    assert w.gap == pytest.approx([gap], abs=1e-9)
    assert (w.x[0], w.y[0]) == pytest.approx((0.8 + gap / 2, 0.0), abs=1e-6)


def test_beyond_the_reach_and_on_the_lead_side_nothing_is_found():
    assert len(walls(leaded(PIN, beside(3.01)), 1, 3.0)) == 0
    assert len(walls(leaded(PIN, beside(0.5)), 0, 3.0)) == 0
    assert len(lead_lands(leaded(PIN), 1)) == 1
    assert len(lead_lands(leaded(PIN), 0)) == 0


def test_a_part_that_lies_over_the_land_leaves_nothing():
    assert walls(leaded(PIN, Rect(0.0, 0.0, 5, 5, 0)), 1, 3.0).gap.tolist() == [0.0]


@pytest.mark.parametrize(("tall", "more"), [(0.0, 2.0), (2.9, 0.0), (3.0, 1.0), (5.9, 1.0), (9.0, 3.0)])
def test_each_full_3_mm_of_height_widens_the_wall(tall, more):
    # A part of which nothing tells the height is as high as its family: 8 mm for what is tall.
    b = leaded(PIN, beside(1.0, tall=tall))
    known = b.derived.parts().height[1]
    expected = more if tall else np.floor(np.nan_to_num(known) / 3)
    assert walls(b, 1, 3.0, 1.0).more.tolist() == [expected]
    assert walls(b, 1, 3.0, 0.0).more.tolist() == [0.0]


def test_a_high_part_is_looked_for_farther_off():
    b = leaded(PIN, beside(4.5, tall=6.0))
    assert len(walls(b, 1, 3.0)) == 0
    assert rows(walls(b, 1, 3.0, 1.0), "gap", "more") == [(4.5, 2.0)]


def test_a_height_that_only_the_family_tells_excludes_no_pallet_and_is_a_step_softer():
    for tall, told in ((6.0, True), (0.0, False)):
        b = leaded(PIN, more=beside(3.5, tall=tall).text("K9").replace("lib:part", "lib:Relay_SMD"))
        found = exclusions(context(b, pallet=3.0), 1)
        assert [e.why.endswith("less than 3 mm, and 1 mm more for each 3 mm of height") for e in found] == [True] * told
        m = registry()["wave_clearance"].measure(context(b, plan(flow(b, "wave", code="F6")), pallet=3.0))
        assert m.soften.tolist() == [int(not told)]
    near = leaded(PIN, more=beside(2.5).text("K9").replace("lib:part", "lib:Relay_SMD"))  # too near however low
    assert len(exclusions(context(near, pallet=3.0), 1)) == 1
    m = registry()["wave_clearance"].measure(context(near, plan(flow(near, "wave", code="F6")), pallet=3.0))
    assert m.soften.tolist() == [0]


def test_a_part_that_is_not_fitted_needs_no_cover():
    b = leaded(PIN, more=beside(0.5).text("U9").replace("(attr smd)", "(attr smd dnp)"))
    assert len(walls(b, 1, 3.0)) == 0


def test_lands_of_a_part_on_the_other_side_are_parts_of_it_all_the_same():
    edge = (
        '(footprint "lib:edge" (layer "F.Cu") (at 0 0) (property "Reference" "U9" (at 0 0) (layer "F.Fab")) '
        + smd(at="0 9", layers='"F.Cu" "F.Paste" "F.Mask"') + smd(at="2.3 0", number="2", layers='"B.Cu" "B.Paste" "B.Mask"')
        + ")"
    )  # fmt: skip
    assert walls(leaded(PIN, more=edge), 1, 3.0).gap == pytest.approx([1.0])


def test_leaded_parts_on_the_solder_side_come_later():
    other = Header(3, 1, 2.54, 1.6).text("J2").replace("(at 0 0 0.0)", "(at 0 3 0)", 1).replace('"F.Cu")', '"B.Cu")', 1)
    b = leaded(PIN, more=other)
    assert len(walls(b, 1, 9.0)) == 0
    made = plan(flow(b, "wave", code="F4"))
    assert registry()["wave_clearance"].measure(context(b, made, pallet=9.0)).checked == 0


def test_of_all_pairs_of_joints_and_lands_the_nearest_counts_once():
    b = leaded(Header(4, 1, 2.54, 1.6), Rect(0, 3.0, 1.0, 1.0, 0), Rect(0, -4.0, 1.0, 1.0, 0))
    w = walls(b, 1, 5.0)
    half = 0.5  # of the square; the middles of the two nearest joints are 1.27 mm to either side
    assert rows(w, "gap") == [(round(np.hypot(1.27 - half, d - half) - 0.8, 6),) for d in (3.0, 4.0)]


@st.composite
def scenes(draw):
    header = Header(
        draw(st.integers(1, 6)), draw(st.integers(1, 2)), draw(st.sampled_from([2.0, 2.54, 3.5])), 1.5, draw(st.integers(0, 359))
    )
    place = st.floats(-14, 14, allow_nan=False)
    size = st.floats(0.3, 5.0)
    rects = draw(st.lists(st.builds(Rect, place, place, size, size, st.integers(0, 179)), min_size=1, max_size=4))
    return header, rects


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_gaps_agree_with_points(scene):
    """Each rectangle as points `STEP` apart: the least distance to a joint is right to within `NEAR`, 0.028 mm."""
    header, rects = scene
    b = leaded(header, *rects)
    w = walls(b, 1, 60.0)
    assert len(w) == len(rects)
    joints = header.on_board()
    for k, rect in enumerate(rects, 1):
        far = np.linalg.norm(rect.points()[:, None] - joints[None], axis=2).min() - header.land / 2
        gap = float(w.gap[b.components.ref[w.other] == f"U{k}"][0])
        assert max(far - NEAR, 0) - 1e-5 <= gap <= max(far, 0) + 1e-5


# --- what the rule and the flows make of it -----------------------------------------------------------------------------


def test_a_hard_limit_excludes_the_flow_and_says_what_to_move():
    b = leaded(PIN, beside(2.0, tall=1.0), beside(4.0, tall=6.0), beside(8.0, tall=1.0))
    (found,) = exclusions(context(b, pallet=3.0), 1)
    assert [str(b.components.ref[row]) for row in found.parts] == ["U1", "U2"]  # U2 is 6 mm high: 3 + 2 mm
    assert found.remedy.endswith("to the top")
    assert len(found.places) == 2
    assert exclusions(context(b, pallet=1.99), 1) == ()
    assert exclusions(context(b), 1) == ()
    (glued,) = glued_exclusions(context(b, glued_wave=4.01), 1)
    assert len(glued.parts) == 2
    assert glued_exclusions(context(b, glued_wave=2.0), 1) == ()


@pytest.mark.parametrize(
    ("leads", "lands", "expected"),
    [
        ("wave", "reflow", [("pallet", 2.0)]),
        ("wave", "wave", [("glued_wave", 2.0)]),
        ("selective", "reflow", []),
        ("hand", "reflow", []),
    ],
)
def test_the_flow_says_which_limit_holds(leads, lands, expected):
    b = leaded(PIN, beside(2.0, tall=1.0))
    ctx = context(b, plan(flow(b, leads, code="F6", lands=lands)), pallet=3.0, glued_wave=3.0)
    m = registry()["wave_clearance"].measure(ctx)
    assert rows(m) == expected
    assert m.checked == (1 if expected else 0)


def test_a_bare_solder_side_has_nothing_to_cover():
    b = leaded(PIN)
    assert registry()["wave_clearance"].measure(context(b, plan(flow(b, "wave", code="F4")), pallet=3.0)).checked == 0


def test_without_a_flow_nothing_is_judged():
    b = leaded(PIN, beside(2.0))
    assert len(registry()["wave_clearance"].measure(context(b, plan(None, "no parts"), pallet=3.0))) == 0
    assert measure(leaded(Header(1, 1, 2.54, 1.6)), "smt-tht-wave-clearance", pallet=3.0).checked == 0


@pytest.mark.boards
def test_gaps_on_real_boards_are_those_of_all_pairs():
    """Each land against each part, without an index; bodies and lands as polygons, so to within their chords."""
    folder = os.environ.get("DFMCHECK_BOARDS")
    paths = sorted(Path(folder).rglob("*.kicad_pcb"))[:16] if folder else []
    if not paths:
        pytest.skip("DFMCHECK_BOARDS names no folder with boards")
    compared = 0
    for path in paths:
        b = read(path)
        for side in (0, 1):
            lands, (part, core, radius) = lead_lands(b, side), covered(b, side)
            w = walls(b, side, 3.8)
            told = {(int(a), int(o)): g for a, o, g in zip(w.lead, w.other, w.gap)}
            f = b.features
            areas, shapes = shape.polygons(f.core[lands], f.radius[lands]), shape.polygons(core, radius)
            seen = {}
            for land, area in zip(lands.tolist(), areas):
                lead = int(f.component[land])
                for other, gap in zip(part.tolist(), shapely.distance(shapes, area).tolist()):
                    if other != lead and gap < 3.8:
                        seen[lead, other] = min(gap, seen.get((lead, other), np.inf))
            sure = {pair for pair, gap in seen.items() if gap < 3.79}
            assert sure <= set(told)
            assert all(seen.get(pair, 3.8) == pytest.approx(gap, abs=0.01) for pair, gap in told.items())
            compared += len(told)
    assert compared
