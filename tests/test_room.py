"""Room around arrays, tall parts, edges, break lines, connectors, joints and screws: values worked out by hand."""

import pytest
from small_boards import board, findings, footprint, fp_rect, hole, line, places, rect, smd, tht
from test_component_gap import chip, field, header

from dfmcheck import around

OUTLINE = rect(-60, -40, 60, 40)


def box(name, x, y, half_x, half_y, *more, ref="U1", attr="smd", turn=0):
    """A part of two lands in a body."""
    lands = [smd("1", -half_x + 0.5, 0, 0.6, 0.6), smd("2", half_x - 0.5, 0, 0.6, 0.6)]
    drawn = fp_rect(-half_x, -half_y, half_x, half_y, "F.Fab")
    return footprint(ref, x, f"{y} {turn}", *lands, drawn, *more, attr=attr).replace(f"lib:{ref}", f"lib:{name}")


def array(ref, x, y, half=7.5, side="F"):
    balls = [
        smd(f"{r}{k}", k, r, 0.5, 0.5).replace("smd rect", "smd circle").replace('"F.', f'"{side}.')
        for r in range(-2, 3) for k in range(-2, 3)
    ]  # fmt: skip
    return footprint(ref, x, y, *balls, fp_rect(-half, -half, half, half, f"{side}.Fab"), side=side)


def screw(ref, x, y, drill=3.2, name="MountingHole_3.2mm_M3"):
    pad = f'(pad "" np_thru_hole circle (at 0 0) (size {drill} {drill}) (drill {drill}) (layers "*.Cu" "*.Mask"))'
    return footprint(ref, x, y, pad, attr="exclude_from_bom").replace(f"lib:{ref}", f"lib:{name}")


def told(design, rule, *profiles, **limits):
    found, _ = findings(design, rule, *profiles, **limits)
    return sorted((f.severity, p.param, round(p.measured, 3)) for f in found for p in f.places)


# --- arrays -------------------------------------------------------------------------------------------------------------


def test_arrays_keep_parts_away_and_low_chips_are_softer():
    so = box("SOT-23", 0, 10.5, 2, 2)
    design = board(OUTLINE, array("U2", 0, 0), so, chip("R1", 7.5 + 1 + 1.2, 0))
    assert told(design, "bga-keepout", same_side="1.5 mm") == [("note", "same_side", 1.0), ("warning", "same_side", 1.0)]
    assert told(design, "bga-keepout", same_side="1.5 mm", applies_above_body="15 mm") == []


def test_arrays_of_resistors_are_low_and_what_is_called_8_mm_is_no_larger():
    pack = [smd(str(k + 1), x, y, 0.5, 0.3) for k, (x, y) in enumerate([(-0.5, -0.25), (-0.5, 0.25), (0.5, 0.25), (0.5, -0.25)])]
    near = footprint("RN1", 5.5, 0, *pack, fp_rect(-0.5, -0.5, 0.5, 0.5, "F.Fab")).replace("lib:RN1", "lib:R_Array_2x0402")
    limits = {"same_side": "1.5 mm", "applies_above_body": "8 mm"}
    for half, found in ((4.045, []), (4.055, [("note", "same_side", round(5.5 - 0.75 - 4.055, 3))])):
        assert told(board(OUTLINE, array("U1", 0, 0, half), near), "bga-keepout", **limits) == found


def test_an_array_behind_an_array_counts_and_a_chip_behind_does_not():
    design = board(OUTLINE, array("U1", 0, 0), array("U2", 17, 0, side="B"), chip("R1", 0, 0, side="B"))
    assert told(design, "bga-keepout", same_side="5 mm", opposite_array="3 mm") == [("warning", "opposite_array", 2.0)]


# --- tall parts ---------------------------------------------------------------------------------------------------------


def tall(x, height="10 mm"):
    return box("CP_Elec_8x10", x, 0, 4, 4, field("Height", height), ref="C1")


@pytest.mark.parametrize(("turn", "half", "param"), [(0, 1.2, "gap_perpendicular"), (90, 0.5, "gap_parallel")])
def test_the_way_a_chip_stands_chooses_the_limit(turn, half, param):
    design = board(OUTLINE, tall(0), chip("R1", 4 + 0.7 + half, 0, turn=turn))
    assert told(design, "tall-part-shadow", gap_perpendicular="2 mm", gap_parallel="1 mm") == [("note", param, 0.7)]


def test_the_ratio_of_gap_and_height_judges_what_keeps_its_distance():
    design = board(OUTLINE, tall(0), chip("R1", 4 + 3 + 1.2, 0, field("Height", "1 mm")))
    assert told(design, "tall-part-shadow", k="0.4", gap_perpendicular="2 mm") == [("note", "k", 0.333)]  # 3 / 9
    assert told(design, "tall-part-shadow", k="0.3", gap_perpendicular="2 mm") == []
    (found,), _ = findings(design, "tall-part-shadow", k="0.4", gap_perpendicular="2 mm")
    assert "R1 is 0.33 times the difference of heights from the tall C1, 3.00 mm away, 1.0 and 10.0 mm high; at least 0.4 is" in (
        found.message
    )
    assert told(design, "tall-part-shadow", k="0.4", h_tall="10.5 mm") == []


# --- edges --------------------------------------------------------------------------------------------------------------


def test_long_sides_are_for_transport_besides_and_short_ones_are_not():
    design = board(OUTLINE, chip("R1", 0, -38.5), chip("R2", 57.8, 0), chip("R3", 0, 36.5))
    assert told(design, "component-to-edge", transport="5 mm", other="2 mm") == [
        ("warning", "other", 1.0), ("warning", "other", 1.0), ("warning", "transport", 1.0), ("warning", "transport", 3.0),
    ]  # fmt: skip


def test_of_a_square_board_the_sides_with_more_room_are_for_transport():
    parts = (chip("R1", 0, -38.5), chip("R2", 36.8, 0))
    assert told(board(rect(-40, -40, 40, 40), *parts), "component-to-edge", transport="3 mm", other="1.5 mm") == [
        ("warning", "other", 1.0), ("warning", "transport", 2.0),
    ]  # fmt: skip


def test_a_round_board_has_no_sides_for_transport():
    circle = '(gr_circle (center 0 0) (end 20 0) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    design = board(circle, chip("R1", 17.8, 0))
    assert [param for _, param, _ in told(design, "component-to-edge", transport="5 mm", other="5 mm")] == ["other"]


def test_connectors_belong_at_the_edge_and_what_reaches_over_it_is_another_rules():
    design = board(OUTLINE, header("J1", 54, 0), chip("R1", 59.5, 20))
    assert told(design, "component-to-edge", transport="5 mm", other="5 mm") == []


def test_a_name_of_many_meanings_does_not_say_that_a_part_belongs_at_the_edge():
    design = board(OUTLINE, chip("VR1", 57.8, 0), chip("P1", 57.8, 10), chip("SW1", 57.8, 20))
    assert told(design, "component-to-edge", other="1.5 mm") == [("warning", "other", 1.0), ("warning", "other", 1.0)]


def test_an_open_outline_is_a_reason_to_skip():
    _, row = findings(board(line(0, 0, 10, 0), chip("R1", 0, 0)), "component-to-edge", "standard")
    assert row.status == "skipped"


# --- break lines --------------------------------------------------------------------------------------------------------


def ceramic(ref, x, y, turn=0, name="C_1206_3216Metric"):
    return box(name, x, y, 2.2, 1.0, ref=ref, turn=turn)


SCORE = line(0, -40, 0, 40)


@pytest.mark.parametrize(("turn", "half", "param"), [(90, 1.0, "parallel_min"), (0, 2.2, "perpendicular_min")])
def test_the_long_axis_chooses_the_limit(turn, half, param):
    design = board(OUTLINE, SCORE, ceramic("C1", 2 + half, 0, turn))
    assert told(design, "mlcc-to-breakline", "standard") == [("warning", param, 2.0)]


@pytest.mark.parametrize(
    "part",
    [ceramic("C1", 4, 0, name="C_0603_1608Metric"), ceramic("R1", 4, 0), ceramic("C1", 4, 0, name="CP_EIA-3216-18")],
    ids=["small", "a resistor", "tantalum"],
)
def test_what_does_not_crack(part):
    assert told(board(OUTLINE, SCORE, part), "mlcc-to-breakline", "standard") == []


def test_a_slot_between_relieves_the_capacitor():
    slot = rect(1, -12, 2, 12)
    assert told(board(OUTLINE, SCORE, slot, ceramic("C1", 5, 0)), "mlcc-to-breakline", "standard") == []
    beyond = told(board(OUTLINE, SCORE, slot, ceramic("C1", 5, 15)), "mlcc-to-breakline", perpendicular_min="3 mm")
    assert [gap for _, _, gap in beyond] == [2.154, 2.8]  # to the end of the slot, 0.8 and 2 mm away, and to the score


def test_screws_bend_the_board_too():
    design = board(OUTLINE, screw("H1", 0, 0), ceramic("C1", 1.6 + 3 + 2.2, 0))
    assert told(design, "mlcc-to-breakline", "standard") == [("warning", "screw_min", 3.0)]


def test_a_board_that_tells_of_no_break_line_is_skipped():
    _, row = findings(board(OUTLINE, ceramic("C1", 0, 0)), "mlcc-to-breakline", "standard")
    assert (row.status, row.checked) == ("skipped", 0)


# --- connectors and joints ----------------------------------------------------------------------------------------------


def test_the_ring_of_a_connector_holds_for_surface_mounted_parts():
    design = board(OUTLINE, header("J1", 0, 0), chip("R1", 5.2 + 2 + 1.2, 0), header("J2", -11, 0))
    assert told(design, "connector-keepout", ring="3 mm") == [("note", "ring", 2.0)]


def test_what_stands_in_the_way_of_the_plug():
    inside, beside = chip("R1", 0, 37), chip("R2", 9, 37)
    design = board(OUTLINE, header("J1", 0, 33), inside, beside)
    assert told(design, "connector-keepout", mating_zone="4 mm") == [("note", "mating_zone", 2.2)]
    assert told(board(OUTLINE, header("J1", 0, 0), chip("R1", 0, 4)), "connector-keepout", mating_zone="4 mm") == []


def test_joints_need_room_on_the_soldering_side():
    design = board(OUTLINE, header("J1", 0, 0), chip("R1", 3.81 + 0.8 + 1.2 + 1.2, 0, side="B"), chip("R2", 8, 0))
    assert told(design, "hand-solder-access", gap="1.5 mm", seen_limit="1 mm") == [("note", "gap", 1.2)]
    assert told(design, "hand-solder-access", gap="1.5 mm", seen_limit="1.3 mm") == [("note", "seen_limit", 1.2)]


def test_thermal_vias_are_no_joints():
    lands = [smd(str(k + 1), -3 + 2 * k, y, 0.3, 0.8) for k in range(4) for y in (-3, 3)]
    exposed = [smd("9", 0, 0, 4, 4), tht("9", 0, 0, 0.6, 0.3)]
    behind = chip("R1", 0, 0, side="B")
    assert told(board(OUTLINE, footprint("U1", 0, 0, *lands, *exposed), behind), "hand-solder-access", gap="1.5 mm") == []
    joint = footprint("U1", 0, 0, *lands, tht("9", 0, 0, 1.0, 0.6))
    assert len(told(board(OUTLINE, joint, behind), "hand-solder-access", gap="1.5 mm")) == 1


def test_a_tall_body_hides_the_joint():
    high = chip("R1", 3.81 + 0.8 + 3 + 1.2, 0, field("Height", "3 mm"), side="B")
    design = board(OUTLINE, header("J1", 0, 0), high)
    assert told(design, "hand-solder-access", gap="1.5 mm", angle_max="40 deg") == [("note", "angle_max", 45.0)]
    assert told(design, "hand-solder-access", gap="1.5 mm", angle_max="45 deg") == []


# --- screws -------------------------------------------------------------------------------------------------------------


def test_heads_of_screws_are_twice_the_hole_and_what_is_under_them_is_worse():
    near, under = chip("R1", 3.2 + 0.3 + 1.2, 0), chip("R2", -3.2 + 0.2 - 1.2, 0)
    design = board(OUTLINE, screw("H1", 0, 0), near, under)
    assert told(design, "mounting-hole-keepout", extra="0.5 mm") == [("note", "extra", 0.3), ("warning", "extra", -0.2)]
    found = told(design, "mounting-hole-keepout", extra="0.5 mm", head_to_hole_ratio="1.5")
    assert found == []


@pytest.mark.parametrize(("drill", "counts"), [(1.9, False), (2.0, True), (5.5, True), (6.0, False)])
def test_which_holes_take_a_screw(drill, counts):
    design = board(OUTLINE, screw("H1", 0, 0, drill), chip("R1", 20, 0))
    assert len(around.screw_holes(design)) == counts


def test_a_hole_without_a_name_is_doubtful_and_a_standoff_is_none():
    assert told(board(OUTLINE, hole(0, 0, 3.2), chip("R1", 4, 0)), "mounting-hole-keepout", extra="0.5 mm") == [
        ("note", "extra", -0.4)
    ]
    design = board(OUTLINE, screw("H1", 0, 0, name="SMTSO-M3"), chip("R1", 4, 0))
    assert told(design, "mounting-hole-keepout", extra="0.5 mm") == []


def test_a_spacer_that_is_soldered_is_no_screw_head_but_fastens_the_board():
    near = chip("R1", 4, 0)
    one_side, both = '"F.Cu" "F.Mask"', '"*.Cu" "*.Mask"'
    for land, name, heads in ((one_side, "M2.5-6mm", 0), (both, "M2.5-6mm", 1), (both, "SMTSO", 0)):
        drawn = footprint("MH1", 0, 0, tht("1", 0, 0, 6, 3.7, layers=land)).replace("lib:MH1", f"lib:{name}")
        design = board(OUTLINE, drawn, near)
        assert (len(around.screw_holes(design)), len(around.screw_holes(design, nuts=True))) == (heads, 1)
    spacer = drawn.replace("SMTSO", "M2.5-6mm").replace('"MH1"', '"SP1"')
    assert len(around.screw_holes(board(OUTLINE, spacer, near))) == 0


def track(x, net):
    return f'(segment (start {x} -3) (end {x} 3) (width 0.2) (layer "F.Cu") (net {net}))'


def test_copper_of_another_net_under_the_head():
    design = board(OUTLINE, screw("H1", 0, 0), chip("R1", 30, 0), track(3, 1), track(-3.5, 2))
    assert told(design, "mounting-hole-keepout", extra="0.5 mm") == [("note", "extra", 0.2), ("warning", "extra", -0.3)]


def test_tracks_of_the_holes_own_net_may_pass():
    plated = footprint("H1", 0, 0, tht("1", 0, 0, 6, 3.2)).replace("lib:H1", "lib:MountingHole_3.2mm_M3_Pad")
    design = board(OUTLINE, plated, chip("R1", 30, 0), track(3, 1), track(-3, 2))
    assert told(design, "mounting-hole-keepout", extra="0.5 mm") == [("warning", "extra", -0.3)]


def test_a_hole_in_a_courtyard_is_told_unless_courtyards_overlap():
    yard = fp_rect(-3, -2, 3, 2, "F.CrtYd")
    part = chip("R1", 0, 0, yard)
    assert len(places(board(OUTLINE, part, hole(2.5, 1.5, 1)), "mounting-hole-keepout", extra="0.5 mm")) == 1
    own = hole(2.5, 1.5, 1).replace("(pad", f"{fp_rect(-1, -1, 1, 1, 'F.CrtYd')} (pad", 1)
    assert places(board(OUTLINE, part, own), "mounting-hole-keepout", extra="0.5 mm") == []
