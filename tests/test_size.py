"""Widths of tracks, diameters of holes and sides of slots come as drawn, each judged by the limit that fits it."""

import pytest
from small import board, footprint, measure, pad, rows, smd, track, via

from dfmcheck import engine
from dfmcheck.rule import load_rules, resolve


def arc(width, layer="F.Cu"):
    return f'(arc (start 0 0) (mid 1 0.4) (end 2 0) (width {width}) (layer "{layer}") (net 1))'


def test_tracks_and_arcs_are_judged_by_the_layer_that_they_run_on():
    b = board(track(0.099), track(0.1, layer="In1.Cu"), track(0.25, layer="B.Cu"), arc(0.3, "In2.Cu"), copper=4)
    m = measure(b, "track-width", min_outer=0.1, min_inner=0.2)
    assert rows(m) == [("min_inner", 0.1), ("min_inner", 0.3), ("min_outer", 0.099), ("min_outer", 0.25)]
    assert m.checked == 4
    assert [b.layers.name[i] for i in m.layer] == ["F.Cu", "In1.Cu", "B.Cu", "In2.Cu"]
    assert (m.x[0], m.y[0]) == (2.5, 0)


def test_a_layer_without_a_limit_is_not_judged_nor_counted():
    m = measure(board(track(0.1), track(0.1, layer="In1.Cu"), copper=4), "track-width", min_inner=0.2)
    assert rows(m) == [("min_inner", 0.1)]
    assert m.checked == 1


def test_tracks_on_other_layers_and_other_copper_are_no_tracks():
    line = '(gr_line (start 0 0) (end 5 0) (stroke (width 0.05) (type default)) (layer "F.Cu"))'
    assert len(measure(board(line, footprint(smd())), "track-width", min_outer=0.2)) == 0


def test_one_width_is_one_cause_whatever_the_net():
    m = measure(board(track(0.1, net=1), track(0.1, net=2), track(0.12)), "track-width", min_outer=0.2)
    assert m.cause.tolist() == ["*0.120 mm", "*0.100 mm", "*0.100 mm"]


DRILLS = {"via_min": 0.2, "pth_min": 0.3, "npth_min": 0.5, "max_drilled": 6.3}


def test_vias_pins_and_bare_holes_have_minima_of_their_own_and_one_maximum():
    b = board(
        via(0.6, 0.3), footprint(pad("circle", "2 2", "1"), pad("circle", "7 7", "7", at="9 0", kind="np_thru_hole", net=""))
    )
    m = measure(b, "drill-size", **DRILLS)
    smallest = [("npth_min", 7.0), ("pth_min", 1.0), ("via_min", 0.3)]
    assert rows(m) == sorted([*smallest, ("max_drilled", 0.3), ("max_drilled", 1.0), ("max_drilled", 7.0)])
    assert m.checked == 3
    assert dict(zip(zip(m.param, m.value), m.soften))["max_drilled", 7.0] == 1  # it is routed instead


def test_slots_are_no_matter_of_drill_size():
    m = measure(board(footprint(pad("oval", "2 1", "oval 1.2 0.4"))), "drill-size", **DRILLS)
    assert (len(m), m.checked) == (0, 0)


def test_a_laser_microvia_is_not_judged_by_the_limits_of_drills():
    b = board(via(0.3, 0.1, kind="micro", layers='"F.Cu" "In1.Cu"'), via(0.3, 0.15, at="8 8"), copper=4)
    assert rows(measure(b, "drill-size", via_min=0.2)) == [("via_min", 0.15)]
    through = board(via(0.3, 0.1, kind="micro"))  # nobody shoots that through the whole board
    assert rows(measure(through, "drill-size", via_min=0.2)) == [("via_min", 0.1)]


@pytest.mark.parametrize("limits", [{"via_min": 0.2}, {"max_drilled": 6.3}, {}])
def test_a_drill_that_was_never_set_is_a_finding_whatever_the_profile(limits):
    m = measure(board(via(0.45, 0.00001)), "drill-size", **limits)
    told = [(p, d, c) for p, d, c in zip(m.param, m.detail, m.cause) if d]
    param = "via_min" if "via_min" in limits else ""
    assert told == [(param, "drawn as 0.00001 mm: its true size was never set", "*never set")]


def test_without_any_limit_drills_that_were_never_set_are_told_and_nothing_else():
    rules = load_rules()
    b = board(via(0.45, 0.00001), via(0.45, 0, at="8 8"), via(0.45, 0.05, at="12 12"), via(9, 8, at="20 20"))
    report = engine.run(b, {"drill-size": rules["drill-size"]}, resolve([], rules))
    assert sorted(f.message for f in report.findings) == [
        "via [A]: drawn as 0.00001 mm: its true size was never set", "via [A]: the via has no drill"
    ]  # fmt: skip
    assert report.rules[0].status == "failed"


def test_a_via_without_a_drill_is_a_finding():
    m = measure(board(via(0.45, 0)), "drill-size", via_min=0.2)
    assert rows(m, "param", "value", "detail") == [("via_min", 0.0, "the via has no drill")]
    assert m.checked == 1


def test_a_thermal_hole_in_an_exposed_pad_has_the_limit_of_vias():
    leads = [smd("0.3 0.8", at=f"{x} {y}", number=f"{x}{y}") for x in (-1, 1) for y in (-2.5, 2.5)]
    b = board(footprint(*leads, smd("3 3", number="9"), pad("circle", "0.5 0.5", "0.25", number="9")))
    assert rows(measure(b, "drill-size", **DRILLS))[1] == ("via_min", 0.25)


def test_slots_by_width_and_by_length_over_width():
    b = board(
        footprint(pad("oval", "2 1", "oval 1.2 0.4"), pad("oval", "1.3 1", "oval 1.3 1", at="5 0", kind="np_thru_hole", net=""))
    )
    m = measure(b, "slot-geometry", plated_width=0.5, nonplated_width=0.8, length_ratio=2)
    assert rows(m, "param", "value", "detail") == [
        ("length_ratio", 1.3, "length over width of the slot without plating is"),
        ("length_ratio", 3.0, "length over width of the plated slot is"),
        ("nonplated_width", 1.0, "width of the slot without plating is"),
        ("plated_width", 0.4, "width of the plated slot is"),
    ]
    assert m.checked == 2
    assert sorted(set(m.x.round(6))) == [10.0, 15.0]


@pytest.mark.parametrize(
    ("rule", "limits"), [("track-width", {"min_outer": 1}), ("drill-size", DRILLS), ("slot-geometry", {"plated_width": 1})]
)
def test_an_empty_board_is_measured_without_a_word(rule, limits):
    for b in (board(), board(footprint(smd()))):
        m = measure(b, rule, **limits)
        assert (len(m), m.checked) == (0, 0)
