"""Gaps of copper, lands, holes and edges on boards worked out by hand."""

import numpy as np
import pytest
from small import board, footprint, measure, pad, rows, smd, track, via

from dfmcheck.board import Kind
from dfmcheck.pieces import PIECE, cut

OUTLINE = '(gr_rect (start 0 0) (end 40 40) (stroke (width 0.1) (type solid)) (fill no) (layer "Edge.Cuts"))'


def test_a_gap_between_tracks_is_their_distance_less_half_of_both_widths():
    b = board(track(0.2, at="0 0", to="5 0"), track(0.3, at="0 0.4", to="5 0.4", net=2))
    assert rows(measure(b, "copper-clearance", min_outer=0.2)) == [("min_outer", 0.15)]


def test_copper_of_one_net_and_of_two_layers_has_no_gap():
    b = board(track(0.2), track(0.2, at="0 0.3", to="5 0.3"), track(0.2, at="0 0.3", to="5 0.3", net=2, layer="B.Cu"))
    assert rows(measure(b, "copper-clearance", min_outer=0.2)) == []


def test_the_first_parameter_that_fits_judges():
    b = board(
        footprint(smd(at="0 0"), smd(at="1.15 0", net='(net 2 "B")', number="2")), track(0.2, at="8 10", to="9.35 10", net=2)
    )
    m = measure(b, "copper-clearance", pad_to_pad=0.2, min_outer=0.2)
    assert rows(m, "param", "value", "inherent") == [("min_outer", 0.05, False), ("pad_to_pad", 0.15, True)]


def test_inner_layers_have_their_own_limit():
    inner = board(track(0.2, layer="In1.Cu"), track(0.2, at="0 0.3", to="5 0.3", net=2, layer="In1.Cu"), copper=4)
    assert rows(measure(inner, "copper-clearance", min_outer=0.2)) == []
    assert rows(measure(inner, "copper-clearance", min_inner=0.2)) == [("min_inner", 0.1)]


def test_what_lies_inside_a_fill_is_below_zero_however_far_its_edge_is():
    fill = '(zone (net 2) (net_name "B") (layer "F.Cu") (hatch edge 0.5) (polygon (pts (xy 0 0) (xy 30 0) (xy 30 30) (xy 0 30)))'
    fill += '(fill yes) (filled_polygon (layer "F.Cu") (pts (xy 0 0) (xy 30 0) (xy 30 30) (xy 0 30))))'
    m = measure(board(via(0.6, 0.3, at="15 15"), fill), "copper-clearance", min_outer=0.1)
    assert len(m) == 1
    assert m.value[0] < 0
    assert (m.x[0], m.y[0]) == (15, 15)


@pytest.mark.parametrize("name", ["NetTie-2", "SolderJumper-2_Bridged"])
def test_what_joins_nets_on_purpose_is_not_measured(name):
    corners = "(xy 0 -0.2) (xy 1.2 -0.2) (xy 1.2 0.2) (xy 0 0.2)"
    bridge = f'(fp_poly (pts {corners}) (stroke (width 0) (type solid)) (fill yes) (layer "F.Cu"))'
    part = footprint(smd(at="0 0"), smd(at="1.2 0", net='(net 2 "B")', number="2"), bridge, name=f"lib:{name}")
    m = measure(board(part), "copper-clearance", min_outer=0.25)
    assert [(Kind(a), Kind(b)) for a, b in zip(board(part).items.kind[m.a], board(part).items.kind[m.b])] == [
        (Kind.PAD, Kind.PAD)
    ]


def test_drawn_copper_is_of_the_one_net_that_it_touches():
    drawn = '(gr_line (start 5 0) (end 10 0) (stroke (width 0.2) (type solid)) (layer "F.Cu"))'
    touched = board(track(0.2), drawn, track(0.2, at="0 0.3", to="10 0.3", net=2))
    m = measure(touched, "copper-clearance", min_outer=0.2)
    assert rows(m) == [("min_outer", 0.1), ("min_outer", 0.1)]  # the net's track, and the drawing that now is of its net
    two = measure(board(track(0.2), drawn, track(0.2, at="10 0", to="15 0", net=2)), "copper-clearance", min_outer=0.2)
    assert (two.value <= 0).sum() == 2  # one that touches two nets shorts them


def test_lands_under_mask_have_no_gap_and_a_mask_that_overlaps_them_widens_it():
    bare, covered = '"F.Cu" "F.Mask"', '"F.Cu"'
    other = '(net 2 "B")'
    for layers, extra, expected in (
        (bare, "", [("smd_smd", 0.1)]),
        (covered, "", []),
        (bare, "(solder_mask_margin -0.05)", [("smd_smd", 0.15)]),
    ):
        parts = (
            footprint(smd(at="0 0", layers=layers)),
            footprint(smd(at="1.1 0", net=other, layers=layers, extra=extra), ref="U2"),
        )
        assert rows(measure(board(*parts), "pad-spacing", smd_smd=0.3)) == expected


def test_lands_of_one_net_or_one_footprint_count_two_steps_softer():
    one = footprint(smd(at="0 0"), smd(at="1.1 0", net='(net 2 "B")', number="2"))
    m = measure(board(one, footprint(smd(at="2.2 0", net='(net 2 "B")'), ref="U2")), "pad-spacing", smd_smd=0.3)
    assert rows(m, "value", "inherent", "soften", "detail") == [(0.1, False, 2, "same net"), (0.1, True, 2, "")]


def test_kinds_of_lands_have_their_own_limits():
    tht = pad("circle", "1 1", "0.5", at="1.1 0", net='(net 2 "B")', number="2")
    m = measure(board(footprint(smd(at="0 0")), footprint(tht, ref="U2")), "pad-spacing", smd_smd=0.3, smd_tht=0.3, tht_tht=0.3)
    assert rows(m) == [("smd_tht", 0.1)]


def test_holes_are_measured_edge_to_edge_by_net():
    b = board(via(0.6, 0.3, at="5 5"), via(0.6, 0.3, at="5.5 5"), via(0.6, 0.3, at="5 5.6", net=2))
    m = measure(b, "hole-to-hole", same_net=0.4, diff_net=0.4)
    assert rows(m) == [("diff_net", 0.3), ("diff_net", round(np.hypot(0.5, 0.6) - 0.3, 6)), ("same_net", 0.2)]


def test_two_hits_at_one_spot_are_counted():
    b = board(via(0.6, 0.3), via(0.6, 0.4))
    assert rows(measure(b, "hole-to-hole", same_net=0.4, identical_hits=0)) == [("identical_hits", 1)]


def test_holes_of_blind_vias_that_share_no_layer_have_no_web():
    top = via(0.5, 0.2, at="5 5", kind="blind", layers='"F.Cu" "In1.Cu"')
    low = via(0.5, 0.2, at="5.1 5", kind="blind", layers='"In2.Cu" "B.Cu"', net=2)
    assert rows(measure(board(top, low, copper=4), "hole-to-hole", diff_net=0.4)) == []
    mid = via(0.5, 0.2, at="5.1 5", kind="blind", layers='"In1.Cu" "B.Cu"', net=2)
    assert rows(measure(board(top, mid, copper=4), "hole-to-hole", diff_net=0.4)) == [("diff_net", -0.1)]


def test_a_hole_keeps_off_copper_of_other_nets_an_unplated_one_off_all():
    hole = pad("circle", "1 1", "1", kind="np_thru_hole", net="", number="")
    b = board(
        footprint(hole),
        track(0.2, at="8 10.8", to="12 10.8"),
        via(0.6, 0.3, at="20 20"),
        track(0.2, at="18 20.4", to="22 20.4", net=2),
    )
    assert rows(measure(b, "hole-to-copper-outer", npth=0.3, via=0.3)) == [("npth", 0.2), ("via", 0.15)]


def test_inner_layers_are_judged_on_the_drill_where_the_profile_says_so():
    b = board(via(0.6, 0.3, at="20 20"), track(0.2, at="18 20.5", to="22 20.5", net=2, layer="In1.Cu"), copper=4)
    assert rows(measure(b, "hole-to-copper-inner", min=0.3, tool=0.3)) == [("min", 0.25), ("tool", 0.2)]


@pytest.mark.parametrize(("at", "expected"), [("0.6 20", [("pth", 0.45)]), ("0 20", []), ("20 20", [])])
def test_a_hole_keeps_off_the_edge_unless_it_is_half_a_hole(at, expected):
    assert rows(measure(board(via(0.6, 0.3, at=at), outline=OUTLINE), "hole-to-edge", pth=0.5)) == expected


def test_a_row_of_break_off_holes_belongs_at_the_edge():
    peg = '(pad "" np_thru_hole circle (at 0 0) (size 0.5 0.5) (drill 0.5) (layers "*.Mask"))'
    hole = '(footprint "lib:bite" (layer "F.Cu") (at {} 0.3) ' + peg + ")"
    three, two = [hole.format(x) for x in (10, 11, 12)], [hole.format(x) for x in (20, 30)]
    m = measure(board(*three, *two, outline=OUTLINE), "hole-to-edge", npth=0.3)
    assert rows(m) == [("npth", 0.05), ("npth", 0.05)]
    assert set(m.x) == {20, 30}


def test_copper_keeps_off_the_edge_and_off_routed_slots():
    slot = pad("oval", "4 1", "oval 4 1", kind="np_thru_hole", net="", number="", at="0 0")
    b = board(
        footprint(slot), track(0.2, at="8 10.9", to="12 10.9"), track(0.2, at="0.3 20", to="0.3 30", net=2), outline=OUTLINE
    )
    m = measure(b, "copper-to-edge", outer_track=0.35)
    assert rows(m, "value", "kind_b") == [(0.2, -1), (0.3, Kind.HOLE)]


def test_half_lands_and_edge_contacts_may_reach_the_edge_and_other_lands_are_a_question():
    half = pad("circle", "1 1", "0.6", at="-10 0", extra="(property pad_prop_castellated)")
    contact = '(pad "2" connect rect (at 0 -10) (size 1 2) (layers "F.Cu" "F.Mask") (net 1 "A"))'
    launch = smd("2 2", at="30 0", number="3")
    m = measure(board(footprint(half, contact, launch), outline=OUTLINE), "copper-to-edge", outer_track=0.2)
    assert rows(m, "x", "soften") == [(40, 1)]


def test_cutting_keeps_every_segment_once_and_every_piece_short():
    import shapely

    ring = shapely.Point(0, 0).buffer(10, quad_segs=40)
    line = shapely.LineString(np.c_[np.arange(100.0), np.zeros(100)])
    core = np.array([ring, line, shapely.Point(1, 1), ring], object)
    pieces = cut(core, np.array([0.0, 0.1, 0.2, 0.3]), np.array([7, 8, 9, 10], np.int32))
    for owner, length in ((7, ring.length), (8, line.length), (9, 0.0), (10, ring.length)):
        assert shapely.length(pieces.core[pieces.owner == owner]).sum() == pytest.approx(length)
    assert shapely.get_num_coordinates(pieces.core).max() <= PIECE
    assert dict(zip(pieces.owner.tolist(), pieces.radius.tolist())) == {7: 0.0, 8: 0.1, 9: 0.2, 10: 0.3}


@pytest.mark.parametrize(("inboard", "expected"), [(0.2, "half hole"), (0.3, -0.2), (0.45, -0.05), (0.6, 0.1)])
def test_a_hole_that_the_edge_nicks_is_no_half_hole(inboard, expected):
    tht = pad("circle", "2 2", "1", at=f"{inboard - 10} 0")
    b = board(footprint(tht), outline=OUTLINE)
    edge = rows(measure(b, "hole-to-edge", pth=0.2))
    copper = rows(measure(b, "copper-to-edge", outer_track=0.2), "value")
    halves = measure(b, "castellated-hole", hole_min=0.6).checked
    assert (edge, halves) == ([], 1) if expected == "half hole" else ([("pth", expected)], 0)
    assert bool(copper) == (expected != "half hole")


def zone(points, net=2, layer="F.Cu"):
    pts = "(pts " + " ".join(f"(xy {p})" for p in points) + ")"
    head = f'(zone (net {net}) (net_name "B") (layer "{layer}") (hatch edge 0.5) (polygon {pts})'
    return f'{head} (fill yes) (filled_polygon (layer "{layer}") {pts}))'


def test_copper_over_a_cut_out_or_beyond_the_board_is_told():
    cut_out = '(gr_rect (start 10 10) (end 12 12) (stroke (width 0.1) (type solid)) (fill no) (layer "Edge.Cuts"))'
    items = zone(["5 5", "20 5", "20 20", "5 20"]), track(0.2, at="10.9 11", to="11.1 11"), via(0.6, 0.3, at="45 20")
    b = board(*items, outline=OUTLINE + cut_out)
    m = measure(b, "copper-to-edge", outer_track=0.2)
    kinds = {Kind(k): round(v, 6) for k, v in zip(b.items.kind[m.a].tolist(), m.value.tolist())}
    assert kinds == {Kind.ZONE: -5.0, Kind.TRACK: -1.0, Kind.VIA: -5.3}


def test_a_hole_in_the_middle_of_foreign_copper_is_told():
    peg = footprint(pad("circle", "1 1", "1", kind="np_thru_hole", net="", number=""), at="15 15")
    land = footprint(smd("12 12"), at="15 15", ref="U2")
    for copper in (zone(["5 5", "25 5", "25 25", "5 25"]), land):
        m = measure(board(peg, copper), "hole-to-copper-outer", npth=0.2)
        assert rows(m, "param", "value", "kind_a") == [("npth", -0.5, Kind.HOLE)]


def test_two_hits_at_one_spot_are_told_without_a_limit_for_them_too():
    b = board(via(0.6, 0.3), via(0.6, 0.4, net=2))
    assert rows(measure(b, "hole-to-hole", diff_net=0.4)) == [("diff_net", -0.35)]


def test_lands_without_a_net_are_apart_unless_they_are_one_pin():
    two = footprint(smd(net=""), smd(net="", at="1.05 0", number="2"))
    one = footprint(smd(net=""), smd(net="", at="1.05 0"))
    assert rows(measure(board(two), "copper-clearance", min_outer=0.1)) == [("min_outer", 0.05)]
    assert rows(measure(board(one), "copper-clearance", min_outer=0.1)) == []


def test_lands_that_make_up_one_pin_are_one_land():
    part = footprint(smd(), smd(at="1.1 0"), smd(at="2.2 0", number="2"))
    assert rows(measure(board(part), "pad-spacing", smd_smd=0.3), "value", "detail") == [(0.1, "same net")]


def test_a_touch_of_a_stale_fill_stays_as_grave_as_any_short():
    fill, pin = zone(["5 5", "25 5", "25 25", "5 25"]), via(0.6, 0.3, at="15 15")
    assert set(measure(board(fill, pin), "copper-clearance", min_outer=0.2).soften) == {0}
