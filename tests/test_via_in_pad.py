"""An open hole in a soldered land is told; thermal vias, filled vias and what carries no paste are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import board, footprint, measure, pad, rows, smd, via

RULE = "via-in-pad"
LIMITS = {"ep_thermal_via_max": 0.3, "allow_unfilled_hole_max": 0}
LEADS = [smd("0.3 0.8", at=f"{x} {y}", number=f"{x}{y}") for x in (-1, 1) for y in (-2.5, 2.5)]
EP = smd("3 3", number="9")


def found(*items, copper=2, **limits):
    return measure(board(*items, copper=copper), RULE, **(limits or LIMITS))


def at(x, y=10.0, **options):
    return via(0.5, 0.3, at=f"{x} {y}", **options)


def test_any_part_of_the_hole_in_the_land_counts_and_the_ring_of_the_via_does_not():
    land = footprint(smd("2 2"))  # from 9 to 11
    m = found(land, at(10), at(11.149), at(11.151, 9), at(13))
    assert sorted(m.x) == [10, 11.149]
    assert set(m.param) == {"allow_unfilled_hole_max"}
    assert m.value == pytest.approx(0.3)
    assert m.checked == 4


@settings(max_examples=40, deadline=None)
@given(st.floats(8, 12), st.floats(8, 12), st.floats(0, 90))
def test_the_land_may_be_turned(x, y, angle):
    import shapely
    from shapely.affinity import rotate

    land = rotate(shapely.box(9, 9.5, 11, 10.5), -angle, origin=(10, 10))
    gap = shapely.Point(x, y).distance(land) - 0.15
    m = found(footprint(smd("2 1", at=f"0 0 {angle:.4f}")), via(0.5, 0.3, at=f"{x:.5f} {y:.5f}"))
    if abs(gap) > 1e-3:
        assert len(m) == (gap < 0)


def test_a_land_without_paste_drains_nothing():
    test_point, edge_finger = smd(layers='"F.Cu" "F.Mask"'), smd().replace("smd", "connect", 1)
    pasted_by_another = footprint(smd("3 3", layers='"F.Cu" "F.Mask"'), smd("1 1", number="", layers='"F.Paste"'), at="20 10")
    m = found(footprint(test_point), footprint(edge_finger, at="15 10"), pasted_by_another, at(10), at(15), at(21.3))
    assert m.x.tolist() == [21.3]


def test_vias_of_an_exposed_pad_are_judged_by_their_size():
    m = found(footprint(*LEADS, EP), at(10), via(0.8, 0.5, at="11 10"), at(9, 7.5))
    assert rows(m, "x", "param", "value") == [
        (9.0, "allow_unfilled_hole_max", 0.3), (10.0, "ep_thermal_via_max", 0.3), (11.0, "ep_thermal_via_max", 0.5),
    ]  # fmt: skip


def test_holes_that_a_footprint_drills_into_its_exposed_pad_are_thermal_vias():
    thermal = pad("circle", "0.8 0.8", "0.5", number="9", layers='"*.Cu"')
    assert rows(found(footprint(*LEADS, EP, thermal)), "param", "value", "detail") == [
        ("ep_thermal_via_max", 0.5, "not filled, far side tented"),
    ]
    bare_below = thermal.replace('"*.Cu"', '"*.Cu" "B.Mask"')
    assert found(footprint(*LEADS, EP, bare_below)).detail.tolist() == ["not filled, far side open"]


def test_a_small_thermal_via_that_is_open_below_is_a_note():
    m = found(footprint(*LEADS, EP), at(10, extra="(tenting none)"), at(11), at(9, extra="(tenting none) (filling yes)"))
    assert rows(m, "x", "param", "soften") == [(10.0, "", 1), (11.0, "ep_thermal_via_max", 0)]
    assert m.detail[m.x == 10].tolist() == ["thermal via, not filled, far side open: solder runs through"]


def test_a_pin_in_a_land_of_its_own_is_no_via():
    castellated_module = footprint(smd("2 1.5"), pad("circle", "1.5 1.5", "1", at="-0.5 0"))
    assert len(found(castellated_module)) == 0


@pytest.mark.parametrize(
    ("pads", "exposed"),
    [
        ([*LEADS, EP], True),
        ([*LEADS, smd("1.45 2", number="9", at="-0.75 0"), smd("1.45 2", number="9", at="0.75 0")], True),
        ([smd("1 2", at="-2 0"), smd("1 2", at="2 0", number="2"), smd("6 6", at="0 6", number="3")], True),  # a tab
        ([smd("3 3"), smd("1 1", at="5 0", number="2")], False),  # a diode
        ([*LEADS, smd("0.9 0.9", number="9")], False),  # no larger than leads are
        ([*LEADS, smd("3 3", number="9", extra="(property pad_prop_heatsink)")], True),
    ],
)
def test_exposed_pads(pads, exposed):
    centre = 10 if len(pads) != 3 else 16
    x = 10.75 if len(pads) == 6 else 10
    m = found(footprint(*pads), via(0.5, 0.3, at=f"{x} {centre}"))
    assert m.param.tolist() == ["ep_thermal_via_max" if exposed else "allow_unfilled_hole_max"]


def test_a_shield_tab_of_a_connector_is_no_exposed_pad():
    pins = [smd("0.3 1.2", at=f"{k * 0.5} 0", number=str(k)) for k in range(5)]
    tab = smd("2 3", at="-3 3", number="SH")
    for ref, param in (("J1", "allow_unfilled_hole_max"), ("Q1", "ep_thermal_via_max")):
        assert found(footprint(*pins, tab, ref=ref), via(0.5, 0.3, at="7 13")).param.tolist() == [param]


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("", "not filled, far side tented"),  # KiCad's own default
        ("(tenting none)", "not filled, far side open"),
        ("(plugging front) (tenting none)", "not filled, far side open"),
        ("(plugging back)", "not filled, far side plugged"),
        ("(filling yes)", None),
        ("(filling yes) (capping yes)", None),
        ("(filling no)", "not filled, far side tented"),
    ],
)
def test_what_closes_a_via_in_a_plain_land(extra, told):
    m = found(footprint(smd("2 2")), at(10, extra=extra))
    assert m.detail.tolist() == ([told] if told else [])
    if told:
        assert m.soften.tolist() == [1 if "plugged" in told else 0]


def test_a_ball_wants_a_cap_as_well():
    ball = footprint(smd("0.5 0.5", shape="circle", extra="(property pad_prop_bga)"))
    filled, capped = at(10, extra="(filling yes)"), at(10, extra="(filling yes) (capping yes)")
    assert found(ball, filled).detail.tolist() == ["filled but not capped, far side tented"]
    assert len(found(ball, capped)) == 0
    assert len(found(ball, filled, **LIMITS, cap_required_bga=0)) == 0


def test_blind_vias_cannot_drain_and_laser_vias_are_plated_shut():
    land = footprint(smd("2 2"))
    blind, micro = (via(0.5, 0.3, at="10 10", kind=k, layers='"F.Cu" "In1.Cu"') for k in ("blind", "micro"))
    assert rows(found(land, blind, copper=4), "soften", "detail") == [(1, "not filled, blind")]
    assert len(found(land, micro, copper=4)) == 0
    buried = via(0.5, 0.3, at="10 10", kind="blind", layers='"In1.Cu" "In2.Cu"')
    assert len(found(land, buried, copper=4)) == 0
    from_below = via(0.5, 0.3, at="10 10", kind="blind", layers='"In2.Cu" "B.Cu"')
    assert len(found(land, from_below, copper=4)) == 0
    assert len(found(land.replace('"F.', '"B.'), from_below, copper=4)) == 1


def test_no_limit_no_finding_and_no_board_no_crash():
    assert len(found(footprint(smd("2 2")), at(10), ep_thermal_via_max=0.3)) == 0
    for b in (board(), board(footprint(smd())), board(at(10))):
        assert len(measure(b, RULE, **LIMITS)) == 0
