"""The rules of soldering, by hand."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from pours import zone
from small import board, footprint, measure, pad, rows, smd, track, via

from dfmcheck.check import Skip

B = '(net 2 "B")'


def chip(size="0402", *, at="10 10", ref="R1", right="0.5 0.6", left="0.5 0.6", name="", extra=""):
    """Lands at 9.5 and 10.5 (net A and B) in a footprint of a size."""
    lands = smd(left, at="-0.5 0"), smd(right, at="0.5 0", number="2", net=B, extra=extra)
    return footprint(*lands, at=at, ref=ref, name=name or f"lib:R_{size}")


def left(width):
    return track(width, at="9.5 10", to="5 10")


def right(width):
    return track(width, at="10.5 10", to="15 10", net=2)


POUR = zone(shapely.box(4, 5, 9.9, 15), connect="yes")
LIMIT = {"ratio_max": 3.0}


# --- tombstone-asymmetry ------------------------------------------------------------------------------------------------


def test_ratio_of_two_tracks():
    m = measure(board(chip(), left(0.6), right(0.15)), "tombstone-asymmetry", **LIMIT)
    assert rows(m, "value", "soften", "cause") == [(4.0, 1, "*other")]
    assert m.x == pytest.approx([9.5])
    assert m.detail[0] == "a track of 0.60 mm against a track of 0.15 mm"


def test_a_solid_pour_on_one_side_alone_is_told_in_full():
    m = measure(board(chip(), POUR, right(0.2)), "tombstone-asymmetry", **LIMIT)
    girth = 2 * (0.5 + 0.6) + 2 * np.pi * 0.01
    assert rows(m, "soften", "cause") == [(0, "*solid")]
    assert m.value == pytest.approx([girth / 0.2], rel=1e-3)
    both = zone(shapely.box(10.1, 5, 16, 15), net=2, name="B", connect="yes")
    assert len(measure(board(chip(), POUR, both), "tombstone-asymmetry", **LIMIT)) == 0


@pytest.mark.parametrize(("mode", "soften"), [(0.0, 1), (1.0, 0), (2.0, -1)])
def test_how_grave_a_solid_pour_is(mode, soften):
    assert measure(board(chip(), POUR, right(0.2)), "tombstone-asymmetry", solid_zone=mode, **LIMIT).soften.tolist() == [soften]


@pytest.mark.parametrize(("size", "soften"), [("0201", 0), ("0402", 0), ("0603", 1), ("0805", None)])
def test_larger_chips_are_softer_and_the_largest_silent(size, soften):
    m = measure(board(chip(size), POUR, right(0.2)), "tombstone-asymmetry", **LIMIT)
    assert m.soften.tolist() == ([] if soften is None else [soften])


def test_a_track_counts_up_to_twice_its_land():
    # The narrower side of the land is 0.5 mm: 1.0 mm over 0.2 mm.
    m = measure(board(chip(), left(1.4), right(0.2)), "tombstone-asymmetry", **LIMIT)
    assert m.value == pytest.approx([5.0], rel=1e-3)


def test_vias_weigh_by_their_plating():
    m = measure(board(chip(), left(0.15), right(0.15), via(0.5, 0.3, at="9.5 10")), "tombstone-asymmetry", **LIMIT)
    assert m.value == pytest.approx([(0.15 * 0.035 + np.pi * 0.3 * 0.02) / (0.15 * 0.035)], rel=1e-3)


def test_a_land_that_nothing_leaves_is_not_judged():
    assert len(measure(board(chip(), left(0.6)), "tombstone-asymmetry", **LIMIT)) == 0


# --- pad-pair-mismatch --------------------------------------------------------------------------------------------------

PAIR = {"area_diff_max": 10, "track_to_land_width_max": 80}


def test_lands_of_two_sizes():
    m = measure(board(chip(right="0.5 0.5")), "pad-pair-mismatch", **PAIR)
    assert rows(m) == [("area_diff_max", pytest.approx(100 / 6))]
    assert "lands of 0.25 mm2 and 0.3 mm2" in m.detail[0]
    assert m.inherent.all()


@pytest.mark.parametrize(
    ("extra", "what", "share"),
    [
        ("(solder_mask_margin 0.1)", "mask openings", 1 - 0.3 / (0.3 + 2.2 * 0.1 + np.pi * 0.01)),
        ("(solder_paste_margin -0.05)", "apertures", 1 - 0.4 * 0.5 / 0.3),
    ],
)
def test_equal_lands_in_unequal_openings(extra, what, share):
    m = measure(board(chip(extra=extra)), "pad-pair-mismatch", **PAIR)
    assert m.value == pytest.approx([100 * share], rel=1e-4)
    assert m.detail[0].startswith(what)


def test_polarised_parts_may_have_two_kinds_of_lands():
    assert len(measure(board(chip(right="0.5 0.4", ref="D1", name="lib:LED_0402")), "pad-pair-mismatch", **PAIR)) == 0


@pytest.mark.parametrize("turn", ["", " 90", " 45"])
def test_tracks_against_the_side_that_they_cross(turn):
    end = {"": "5 10", " 90": "10 15", " 45": "6 14"}[turn]  # angles turn against the clock, y runs down
    start = {"": "9.5 10", " 90": "10 10.5", " 45": "9.646447 10.353553"}[turn]
    items = (f'(footprint "lib:R_0402" (layer "F.Cu") (at 10 10{turn}) (property "Reference" "R1" (at 0 0) (layer "F.Fab"))',
             smd("0.5 0.6", at=f"-0.5 0{turn}"), smd("0.5 0.6", at=f"0.5 0{turn}", number="2", net=B), ")")  # fmt: skip
    m = measure(board("\n".join(items), track(0.54, at=start, to=end)), "pad-pair-mismatch", **PAIR)
    assert rows(m) == [("track_to_land_width_max", pytest.approx(90.0))]


# --- natural-bridge -----------------------------------------------------------------------------------------------------


def row(pitch=0.5, name="lib:VSSOP-8"):
    lands = [
        smd(f"{0.6 * pitch} 1.2", at=f"{pitch * (k % 4 - 1.5):.3f} {1.8 if k < 4 else -1.8}", number=str(k + 1),
            net='(net 1 "A")' if k in (1, 2) else B if k == 3 else "") for k in range(8)
    ]  # fmt: skip
    return footprint(*lands, name=name)


def test_a_track_straight_across_is_told_and_one_around_is_not():
    across = track(0.2, at="9.75 11.8", to="10.25 11.8")
    m = measure(board(row(), across), "natural-bridge")
    assert rows(m, "value", "x", "y") == [(pytest.approx(0.2), 10.0, 11.8)]
    corners = ["9.75 11.8", "9.75 13", "10.25 13", "10.25 11.8"]
    around = [track(0.2, at=a, to=b) for a, b in pairwise(corners)]
    assert len(measure(board(row(), *around), "natural-bridge")) == 0
    assert len(measure(board(row(0.65), track(0.2, at="9.675 11.8", to="10.325 11.8")), "natural-bridge")) == 0
    assert len(measure(board(row(), zone(shapely.box(9.7, 11.6, 10.3, 12), connect="yes")), "natural-bridge")) == 0


# --- via-near-pad -------------------------------------------------------------------------------------------------------

OPEN = "(tenting none)"


def near(gap, **options):
    """A via of 0.6 mm to the left of the left land, which ends at 9.25."""
    return via(0.6, 0.3, at=f"{9.25 - gap - 0.3:.4f} 10", **options)


@pytest.mark.parametrize("gap", [-0.05, 0.0, 0.07, 0.14])
def test_an_open_via_beside_a_land(gap):
    m = measure(board(chip(), near(gap, extra=OPEN)), "via-near-pad", min=0.15)
    assert rows(m) == [("min", pytest.approx(max(gap, 0.0), abs=1e-6))]


def test_vias_that_draw_no_solder():
    for item in (near(0.05), near(0.16, extra=OPEN), near(0.05, extra=OPEN, net=2), near(-0.4, extra=OPEN)):
        assert len(measure(board(chip(), item), "via-near-pad", min=0.15)) == 0


def test_open_vias_under_a_chip():
    wide = footprint(smd(at="-1.5 0"), smd(at="1.5 0", number="2", net=B), name="lib:R_1206", ref="R1")
    m = measure(board(wide, via(0.5, 0.3, at="10 10", extra=OPEN)), "via-near-pad", min=0.15)
    assert rows(m, "param", "x") == [("", 10.0)]
    assert len(measure(board(wide, via(0.5, 0.3, at="10 10")), "via-near-pad", min=0.15)) == 0
    assert len(measure(board(wide, via(0.5, 0.3, at="10 10", extra=OPEN)), "via-near-pad", min=0.15, under_chip=0)) == 0


# --- finish-vs-pitch ----------------------------------------------------------------------------------------------------


def finish(name):
    return f'(stackup (copper_finish "{name}"))' if name else ""


FINISHES = [("HAL SnPb", 1), ("HAL lead-free", 1), ("ENIG", 0), ("Immersion silver", 0), ("OSP", 0)]


@pytest.mark.parametrize(("name", "told"), FINISHES)
def test_the_pitch_on_a_levelled_finish(name, told):
    m = measure(board(row(), setup=finish(name)), "finish-vs-pitch", hasl_pitch_min=(0.5, 0.65))
    assert rows(m) == ([("hasl_pitch_min", 0.5)] if told else [])


def test_a_finish_that_nobody_states():
    m = measure(board(row()), "finish-vs-pitch", hasl_pitch_min=(0.5, 0.65))
    assert rows(m, "param", "detail") == [("", "the design states no surface finish; this part asks for a flat one")]
    with pytest.raises(Skip, match="states no surface finish"):
        measure(board(row(1.27)), "finish-vs-pitch", hasl_pitch_min=(0.5, 0.65))


def test_contacts_of_the_edge_want_gold():
    fingers = [
        smd("1 4", at=f"{2 * k} 0", number=str(k + 1), layers='"F.Cu" "F.Mask"').replace("smd", "connect", 1) for k in range(6)
    ]
    for name, told in (("OSP", 1), ("ENIG", 0), ("Hard gold", 0)):
        m = measure(board(footprint(*fingers, name="lib:CardEdge"), setup=finish(name)), "finish-vs-pitch", hasl_pitch_min=0.5)
        assert len(m) == told
    pressed = footprint(pad("circle", "1.6 1.6", "1.0", extra="(property pad_prop_pressfit)"), ref="J1")
    assert "press-fit" in measure(board(pressed, setup=finish("HAL SnPb")), "finish-vs-pitch", hasl_pitch_min=0.5).detail[0]


def test_a_natural_bridge_is_told_by_one_rule_alone():
    near, across = row(0.3), track(0.1, at="9.85 11.8", to="10.15 11.8")
    # Two rows of four lands have six gaps.
    assert [len(measure(board(near, *more), "pad-spacing", smd_smd=0.15)) for more in ((), (across,))] == [6, 5]
    assert [len(measure(board(near, *more), "natural-bridge")) for more in ((), (across,))] == [0, 1]
