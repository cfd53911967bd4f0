"""A hole whose type, land and place do not agree is told; chassis holes, pegs and castellations as drawn rightly are not."""

import pytest
from small import board, footprint, measure, pad, rows, smd, via

RULE = "plating-ambiguity"
EDGE = '(gr_rect (start 0 0) (end 30 30) (stroke (width 0.1) (type default)) (fill no) (layer "Edge.Cuts"))'
CUTOUT = '(gr_rect (start 9 9) (end 11 11) (stroke (width 0.1) (type default)) (fill no) (layer "Edge.Cuts"))'


def bare(size, drill, **options):
    return pad("circle", f"{size} {size}", drill, kind="np_thru_hole", net="", **options)


def test_an_unplated_hole_with_a_land_is_told_with_the_width_beyond_the_hole():
    b = board(footprint(bare(6, 3.2), bare(3.2, 3.2, at="9 0"), bare(3.3, 3.2, at="0 9")))
    m = measure(b, RULE)
    assert rows(m, "param", "value") == [("", 0.05), ("", 1.4)]
    assert m.checked == 3
    assert rows(measure(b, RULE, npth_land_over_hole=0.1), "value") == [(1.4,)]


def test_a_slot_whose_land_is_longer_only_has_a_land():
    slot = pad("oval", "3 1", "oval 2 1", kind="np_thru_hole", net="")
    assert rows(measure(board(footprint(slot)), RULE), "value") == [(0.5,)]


def test_a_plated_hole_without_a_land_is_told():
    none = pad("circle", "1 1", "1", at="0 0", layers='"*.Mask"')
    eaten = pad("rect", "1 1", "1.5", at="5 0")
    fine = pad("circle", "1.5 1.5", "1", at="9 0")
    m = measure(board(footprint(none, eaten, fine)), RULE)
    assert sorted(m.x) == [10, 15]
    assert set(m.detail) == {"plated, but no layer has a land that the drill leaves"}


def test_a_through_hole_pad_without_a_hole_is_told():
    b = board(footprint('(pad "1" thru_hole circle (at 0 0) (size 1 1) (layers "*.Cu" "*.Mask"))'))
    m = measure(b, RULE)
    assert m.detail.tolist() == ["a through-hole pad without a hole"]


def test_a_plated_and_an_unplated_hole_on_one_spot_are_told():
    b = board(footprint(pad("circle", "2 2", "1"), bare(1.2, 1.2), bare(1.2, 1.2, at="5 0")))
    m = measure(b, RULE)
    assert m.detail.tolist() == ["a plated and an unplated hole on one spot"]
    assert (m.x[0], m.y[0]) == (10, 10)


def test_a_plated_hole_in_a_cutout_is_told_and_one_that_the_edge_cuts_is_a_castellation():
    inside, across = footprint(pad("circle", "1.2 1.2", "0.8")), footprint(pad("circle", "1.2 1.2", "0.8"), at="0 20")
    m = measure(board(inside, across, outline=EDGE + CUTOUT), RULE)
    assert m.detail.tolist() == ["plated, but it lies in a cut-out of the outline, which is routed and not plated"]
    assert len(measure(board(inside, across, outline=EDGE), RULE)) == 0


def test_what_is_meant_so_is_silent():
    ring = [via(0.6, 0.3, at=f"{10 + dx} {10 + dy}") for dx, dy in ((2, 0), (-2, 0), (0, 2), (0, -2))]
    chassis = footprint(bare(3.2, 3.2), smd("6 6", shape="circle"))
    mounting = footprint(pad("circle", "6 6", "3.2", net="", number=""), at="20 20")
    unconnected = footprint(pad("circle", "2 2", "1", net=""), at="20 10")
    m = measure(board(*ring, chassis, mounting, unconnected, outline=EDGE), RULE)
    assert len(m) == 0
    assert m.checked == 7


@pytest.mark.parametrize("copper", [2, 4])
def test_an_empty_board_is_measured_without_a_word(copper):
    for b in (board(copper=copper), board(footprint(smd()), copper=copper)):
        assert (len(measure(b, RULE)), measure(b, RULE).checked) == (0, 0)
