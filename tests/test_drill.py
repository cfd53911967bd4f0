"""Aspect ratios follow the stackup, spans the way a board is pressed; tools are counted by plating."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import board, footprint, measure, pad, rows, via

from dfmcheck.checks.span import laminations

EDGE = '(gr_rect (start 0 0) (end 25.4 25.4) (stroke (width 0.1) (type default)) (fill no) (layer "Edge.Cuts"))'
STACKUP = """(stackup (layer "F.Mask" (type "Top Solder Mask") (thickness 0.01)) (layer "F.Cu" (type "copper") (thickness 0.035))
  (layer "dielectric 1" (type "prepreg") (thickness 0.1)) (layer "In1.Cu" (type "copper") (thickness 0.0175))
  (layer "dielectric 2" (type "core") (thickness 1.2)) (layer "In2.Cu" (type "copper") (thickness 0.0175))
  (layer "dielectric 3" (type "prepreg") (thickness 0.1)) (layer "B.Cu" (type "copper") (thickness 0.035)))"""
ASPECT = {"through_max": 8, "microvia_max": 1}


def test_a_through_hole_is_as_deep_as_the_board_for_its_tool():
    b = board(via(0.6, 0.3), footprint(pad("circle", "2 2", "1")), thickness=3.2)
    m = measure(b, "drill-aspect-ratio", **ASPECT, tool_allowance=0.1)
    assert rows(m) == [("through_max", round(3.2 / 1.1, 6)), ("through_max", 8.0)]
    assert rows(measure(b, "drill-aspect-ratio", **ASPECT, tool_allowance=0))[1] == ("through_max", round(3.2 / 0.3, 6))


def test_holes_without_plating_and_drills_never_set_have_no_ratio():
    b = board(via(0.6, 0.00001), footprint(pad("circle", "0.2 0.2", "0.2", kind="np_thru_hole", net="")))
    m = measure(b, "drill-aspect-ratio", **ASPECT)
    assert (len(m), m.checked) == (0, 0)


def test_blind_vias_and_microvias_are_as_deep_as_the_stackup_says():
    b = board(
        via(0.3, 0.1, kind="micro", layers='"F.Cu" "In1.Cu"'), via(0.6, 0.2, kind="blind", layers='"In1.Cu" "In2.Cu"', at="9 9"),
        copper=4, setup=STACKUP,
    )  # fmt: skip
    m = measure(b, "drill-aspect-ratio", **ASPECT, tool_allowance=0)
    assert rows(m) == [("microvia_max", 1.0), ("through_max", round((1.2 + 2 * 0.0175) / 0.2, 6))]
    assert not m.inferred.any()
    assert not m.soften.any()


def test_without_a_stackup_a_blind_via_is_a_note_and_says_why():
    b = board(via(0.3, 0.05, kind="blind", layers='"F.Cu" "In1.Cu"'), copper=4)
    m = measure(b, "drill-aspect-ratio", **ASPECT, tool_allowance=0)
    assert rows(m, "value", "soften", "inferred") == [(round(1.6 / 3 / 0.05, 6), 2, True)]
    assert m.detail[0] == "0.53 mm deep, tool 0.05 mm; the file tells no thickness: assumed"


def test_a_board_that_tells_no_thickness_is_taken_as_assumed():
    b = board(via(0.6, 0.3), thickness=0)
    m = measure(b, "drill-aspect-ratio", through_max=4, tool_allowance=0, assumed_thickness=1.5)
    assert rows(m, "value", "soften", "inferred") == [(5.0, 0, True)]
    assert m.detail[0].endswith("assumed")


def test_tools_are_counted_by_diameter_and_plating():
    holes = [pad("circle", "2 2", d, at=f"{3 * k} 0") for k, d in enumerate(("1", "1", "1.03", "0.7"))]
    bare = pad("circle", "1 1", "1", at="0 5", kind="np_thru_hole", net="")
    m = measure(board(footprint(*holes, bare), outline=EDGE), "drill-tool-count", tools_max=3, delta=0.05, hits_per_in2_max=4)
    assert rows(m) == [("delta", 0.03), ("delta", 0.3), ("hits_per_in2_max", 5.0), ("tools_max", 4.0)]
    near = m.detail[m.value.round(6) == 0.03]
    assert near.tolist() == ["plated tools of 1.000 mm (2 holes) and 1.030 mm (1 hole) differ by"]
    assert m.x[m.value.round(6) == 0.03] == pytest.approx(16)  # at the rarer one


def test_a_board_without_an_outline_has_no_density_and_one_without_holes_no_tools():
    limits = {"tools_max": 3, "delta": 0.05, "hits_per_in2_max": 4}
    assert rows(measure(board(via(0.6, 0.3)), "drill-tool-count", **limits)) == [("tools_max", 1.0)]
    assert rows(measure(board(), "drill-tool-count", **limits)) == [("tools_max", 0.0)]


# Layers, drilled spans, microvias, presses: counted by hand for build-ups that fabricators offer.
BUILDUPS = [
    (2, set(), set(), 0),  # a laminate, pressed by its maker
    (4, set(), set(), 1),
    (4, {(0, 1)}, set(), 1),  # two laminates, drilled, pressed together
    (4, {(0, 1), (2, 3)}, set(), 1),
    (4, {(1, 2)}, set(), 1),  # the core drilled before the outer foils
    (4, set(), {(0, 1), (2, 3)}, 1),  # shot from outside after the one press
    (4, {(1, 2)}, {(0, 1), (2, 3)}, 1),  # 1+2+1 about a laminate
    (4, {(0, 2)}, set(), 2),
    (4, {(0, 1), (1, 2)}, set(), 2),  # they share a layer: three layers first
    (4, {(0, 1), (1, 2), (0, 2)}, set(), 2),
    (6, {(1, 4)}, set(), 2),  # a drilled core of four layers, then the outer ones
    (6, {(1, 4)}, {(0, 1), (4, 5)}, 2),  # 1+4+1
    (8, {(2, 5)}, {(0, 1), (1, 2), (5, 6), (6, 7)}, 3),  # 2+4+2
    (8, {(0, 3), (4, 7)}, set(), 2),  # side by side at once
    (8, {(0, 1), (0, 2), (0, 3), (0, 5)}, set(), 4),
]


@pytest.mark.parametrize(("layers", "drilled", "micro", "presses"), BUILDUPS)
def test_laminations_by_hand(layers, drilled, micro, presses):
    assert laminations(layers, drilled, micro) == presses


SPANS = st.sets(st.sampled_from([(i, j) for j in range(8) for i in range(j)]), max_size=6)


@given(SPANS)
def test_turning_a_board_over_keeps_its_laminations_and_a_further_span_never_saves_one(spans):
    mirrored = {(7 - j, 7 - i) for i, j in spans}
    assert laminations(8, spans, set()) == laminations(8, mirrored, set())
    for less in spans:
        assert laminations(8, spans - {less}, set()) <= laminations(8, spans, set())


SPAN = {"blind_buried_allowed": 1, "laminations_max": 1}


def test_each_span_that_is_not_through_is_told_with_their_number():
    blind = [
        via(0.6, 0.3, kind="blind", layers=f'"{a}.Cu" "{z}.Cu"', at=f"{k} 9")
        for k, (a, z) in enumerate((("F", "In1"), ("F", "In1"), ("In1", "In2"), ("F", "In2")))
    ]
    m = measure(board(via(0.6, 0.3), *blind, copper=4), "via-span", **SPAN)
    assert rows(m, "param", "value", "cause") == [
        ("blind_buried_allowed", 3.0, "*F.Cu to In1.Cu"),
        ("blind_buried_allowed", 3.0, "*F.Cu to In2.Cu"),
        ("blind_buried_allowed", 3.0, "*In1.Cu to In2.Cu"),
        ("laminations_max", 2.0, "*laminations"),
    ]
    assert m.checked == 5
    assert m.detail[0] == "2 vias F.Cu to In1.Cu; distinct spans that are not through:"


def test_a_via_drawn_micro_through_the_whole_board_is_a_slip_of_the_pen():
    m = measure(board(via(0.6, 0.3, kind="micro")), "via-span", **SPAN)
    assert rows(m, "param", "value", "soften") == [("", 0.0, 2), ("laminations_max", 0.0, 0)]
    assert m.detail[m.param == ""][0].startswith("drawn as a micro via, but it passes the whole board")


def test_through_vias_alone_need_one_press_and_no_vias_are_no_question():
    assert rows(measure(board(via(0.6, 0.3), copper=4), "via-span", **SPAN)) == [("laminations_max", 1.0)]
    assert len(measure(board(copper=4), "via-span", **SPAN)) == 0
    assert np.isnan(measure(board(), "via-span", **SPAN).worst)
