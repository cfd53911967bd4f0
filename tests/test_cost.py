"""Yield, cost drivers, handwork and score, against figures that the comments work out by hand."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flows import flow, plan
from small import board as small_board
from small import footprint, pad, smd, via

from dfmcheck import api
from dfmcheck.cost.drivers import drivers
from dfmcheck.cost.drivers import told as drivers_told
from dfmcheck.cost.manual import manual
from dfmcheck.cost.opportunities import TERMINATION, opportunities
from dfmcheck.cost.predicted import overall_index, predict, quality
from dfmcheck.cost.predicted import told as yield_told
from dfmcheck.cost.score import gated, regated, score
from dfmcheck.cost.told import economics
from dfmcheck.report import Finding, ItemRef, Place, RuleResult
from dfmcheck.rule import load_rules
from dfmcheck.waive import Waiver, excuse
from dfmcheck.weights import load_weights

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
RULES = load_rules()
WEIGHTS = load_weights()
COST = {"score": 0.0, "contributions": []}
HOLE = {"net": "", "layers": '"*.Cu" "*.Mask"'}


def chip(ref="R1", at="10 10"):
    lands = (smd("0.8 0.9", at=f"{x} 0", number=n, net="") for n, x in (("1", -0.8), ("2", 0.8)))
    return footprint(*lands, at=at, ref=ref, name="Resistor_SMD:R_0603_1608Metric")


def header(ref="J1", at="20 10", pins=3):
    leads = (pad("circle", "1.7 1.7", 1.0, at=f"0 {2.54 * k}", number=str(k + 1), **HOLE) for k in range(pins))
    return footprint(*leads, at=at, ref=ref, name=f"Connector_PinHeader_2.54mm:PinHeader_1x{pins:02d}_P2.54mm_Vertical")


def found(rule, severity, *items, param="", **more):
    """A finding with one place for each tuple of items (kind, component, pad, x, y)."""
    refs = [[ItemRef(kind, None, ref, number, None, None, x, y, "", 1) for kind, ref, number, x, y in place] for place in items]
    places = tuple(Place(0.0, 0.0, (), 1.0, 2.0, "mm", tuple(named), param) for named in refs)
    return Finding(rule, severity, "", "", f"{rule}-{severity}-{len(items)}-{items!r:.40}", places, **more)


def economics_of(board, way, *findings, rules=()):
    report = replace(api.plan(select=["pad-spacing"]).run(board), findings=findings, rules=tuple(rules))
    return economics(board, plan(way), report, RULES, {}, WEIGHTS)


def result(rule, category, severity="error", status="passed", checked=1):
    return RuleResult(rule, rule, category, status, severity, "mm", checked)


# --- yield ----------------------------------------------------------------------------------------------------------------


def test_the_example_of_the_catalogue():
    # 500 parts and 1500 joints at 3.4 ppm: 2000 x 3.4 = 6800 defects in a million boards, 0.9999966^2000 = 99.32 %.
    q = quality(500 * 3.4 + 1500 * 3.4, 2000)
    assert q.dpu == pytest.approx(0.0068)
    assert 100 * q.fpy == pytest.approx(99.32, abs=0.005)
    assert q.fpy == pytest.approx(0.9999966**2000, abs=1e-6)
    # 0.8406 + sqrt(29.37 - 2.221 x 1.2238) = 0.8406 + 5.1625: what is known as six sigma.
    assert q.sigma == pytest.approx(6.003, abs=0.001)


def test_what_a_yield_cannot_tell_is_none():
    assert quality(0.0, 0).dpmo is None
    assert quality(0.0, 10).sigma is None
    assert quality(10 * 600_000, 10).sigma is None  # ln 600000 x 2.221 = 29.55 > 29.37


def test_the_overall_index_multiplies_what_works():
    assert overall_index([0.01, 0.02, 0.03]) == pytest.approx(58_906)  # 1 - 0.99 x 0.98 x 0.97 = 0.058906
    assert overall_index([]) == 0.0


def test_a_fixture_worked_out_by_hand():
    # Six headers of four pins, soldered by hand, and five 0603, of which one stands on the other side.
    #   components   11 x  20 =  220
    #   placements    5 x  30 =  150 (chips), 6 x 300 = 1800 (by hand)
    #   terminations 10 x  40 =  400 (chips), 24 x 400 = 9600 (by hand)
    #   together 12170: DPU 0.01217, exp(-0.01217) = 98.7904 %
    # One note touches three of the hand joints: 3 x 400 x 0.2 = 240 more, 12410: exp(-0.01241) = 98.7667 %.
    board = api.read(FIXTURES / "hand-solder-access.kicad_pcb")
    made = api.plan(select=["hand-solder-access"])
    told = economics(board, plan(flow(board, "hand")), made.run(board), RULES, made.limits, WEIGHTS)["yield"]
    assert (told["components"], told["placements"], told["terminations"], told["opportunities"]) == (11, 11, 34, 56)
    assert told["dpu"] == 0.01241
    assert told["without_findings"] == 98.7904
    assert told["first_pass_yield"] == 98.7667
    assert [(c["class"], c["number"], c["dpmo"], c["defects"], c["touched"], c["added"]) for c in told["classes"]] == [
        ("component", 11, 20, 220, 0, 0), ("place_chip", 5, 30, 150, 0, 0), ("place_manual", 6, 300, 1800, 0, 0),
        ("joint_chip", 10, 40, 400, 0, 0), ("joint_hand", 24, 400, 9600, 3, 240),
    ]  # fmt: skip
    # Without the finding the board gains 98.7904 - 98.7667 = 0.0237 points.
    assert told["rules"] == [{"rule": "hand-solder-access", "touched": 3, "added": 240.0, "yield_points": 0.0237}]
    # dpmo 12410 / 56 = 221.6071; OMI: c = 20, p = 1950 / 11 = 177.2727, t = 10240 / 34 = 301.1765 ppm.
    assert told["dpmo"] == 221.6071
    rest = (1 - 20e-6) * (1 - 177.2727e-6) * (1 - 301.1765e-6)
    assert told["omi"] == pytest.approx(1e6 * (1 - rest), abs=0.01)


@pytest.mark.boards
@pytest.mark.skipif(not os.environ.get("DFMCHECK_BOARDS"), reason="DFMCHECK_BOARDS is not set")
def test_a_real_board_worked_out_by_hand():
    # vpp-maker: 14 chips, 5 SOT-23 of 3 leads, one inductor, and 3 headers of 10, 10 and 8 pins in the top side.
    #   components   23 x  20 =  460
    #   placements   14 x  30 =  420, 6 x 30 = 180, headers by hand 3 x 300 = 900
    #   terminations 28 x  40 = 1120 (chips), 15 x 60 = 900 (gull wings), 2 x 40 = 80 (inductor)
    #   together 4060, and 28 leads: selective 28 x 120 = 3360 -> 7420; by hand 28 x 400 = 11200 -> 15260
    (path,) = Path(os.environ["DFMCHECK_BOARDS"]).rglob("kicad/**/vpp-maker-rev6-ian.kicad_pcb")
    board = api.read(path)
    for leads, dpu, fpy in (("selective", 0.00742, 99.2607), ("hand", 0.01526, 98.4856)):
        told = economics_of(board, flow(board, leads))["yield"]
        assert told["opportunities"] == 23 + 23 + 73
        assert told["dpu"] == dpu
        assert told["first_pass_yield"] == fpy
    # component-to-edge warns of R1 and D1: their placements fail five times as often, 2 x 30 x 4 = 240 more.
    made = api.plan(select=["component-to-edge"])
    told = economics(board, plan(flow(board, "hand")), made.run(board), RULES, made.limits, WEIGHTS)["yield"]
    assert told["dpu"] == 0.0155
    assert told["rules"][0]["added"] == 240.0
    # S = 0.1 x 28 hand joints = 2.8; 3 headers at 8 s and 28 joints at 4 s: 3 x 2.93 / 136 s = 6.46 %.
    assert drivers_told(drivers(board, flow(board, "hand"), (), (), {}), WEIGHTS)["score"] == 2.8
    assert manual(board, flow(board, "hand"), WEIGHTS)["index"] == pytest.approx(6.4632)


@pytest.mark.parametrize(
    ("how", "key", "place"),
    [
        ("hand", "joint_hand", "place_manual"), ("wave", "joint_wave", "place_manual"),
        ("selective", "joint_selective", "place_manual"), ("pip", "joint_pip", "place_other"),
    ],
)  # fmt: skip
def test_leads_fail_by_how_they_are_soldered(how, key, place):
    board = small_board(header())
    rows = opportunities(board, flow(board, how))
    assert rows.key.tolist() == ["component", place, key, key, key]


def test_press_fit_pins_are_terminations_without_solder():
    pins = (
        pad("circle", "1.7 1.7", 1.0, at=f"0 {2.54 * k}", number=str(k + 1), extra="(property pad_prop_pressfit)", **HOLE)
        for k in range(4)
    )
    board = small_board(footprint(*pins, ref="J1", name="lib:Conn_4"))
    rows = opportunities(board, flow(board))
    assert rows.key.tolist() == ["component", "place_manual", *["joint_press_fit"] * 4]


def test_glued_chips_fail_by_the_wave():
    board = small_board(chip())
    rows = opportunities(board, flow(board, lands="wave"))
    assert rows.key[rows.of == TERMINATION].tolist() == ["joint_wave"] * 2


def test_pieces_of_an_exposed_pad_are_one_termination():
    corners = [(x, y) for x in (-0.5, 0.5) for y in (-0.5, 0.5)]
    exposed = [smd("0.9 0.9", at=f"{x} {y}", number="9", net="", extra="(property pad_prop_heatsink)") for x, y in corners]
    leads = [smd("0.3 0.6", at=f"{0.65 * (k % 4) - 1} {4 * (k // 4) - 2}", number=str(k + 1), net="") for k in range(8)]
    board = small_board(footprint(*exposed, *leads, name="Package_DFN_QFN:QFN-8-1EP"))
    rows = opportunities(board, flow(board))
    assert (rows.of == TERMINATION).sum() == 9
    pieces = np.flatnonzero(board.pads.number == "9")
    assert len(set(rows.joint[pieces].tolist())) == 1
    assert rows.joint[pieces[0]] >= 0


def added(board, *findings, weights=WEIGHTS):
    """Defects in a million boards that each finding adds, leads soldered by hand."""
    made = predict(board, opportunities(board, flow(board)), RULES, findings, weights)
    told = yield_told(made, findings, weights)
    assert sum(row["added"] for row in told["findings"]) == pytest.approx(float((made.now - made.dpmo).sum()))
    assert sum(row["added"] for row in told["rules"]) == pytest.approx(float((made.now - made.dpmo).sum()))
    return {row["fingerprint"]: row["added"] for row in told["findings"]}


PIN = ("pad", "J1", "2", 20.0, 12.54)
LAND = ("pad", "R1", "1", 9.2, 10.0)
PART = ("component", "R1", None, 10.0, 10.0)


@pytest.mark.parametrize(("severity", "more"), [("error", 400 * 19), ("warning", 400 * 4), ("note", 80)])
def test_a_finding_multiplies_the_defects_of_the_joint_that_it_names(severity, more):
    board, finding = small_board(chip(), header()), found("hand-solder-access", severity, [PIN, PART])
    assert added(board, finding) == {finding.fingerprint: pytest.approx(more)}  # the part in the way is not in danger


def test_a_finding_that_names_no_pad_touches_placements():
    board, finding = small_board(chip(), header()), found("component-gap", "warning", [PART])
    assert added(board, finding) == {finding.fingerprint: 30 * 4}


def test_of_several_findings_on_a_joint_the_gravest_counts_and_equals_share():
    board = small_board(chip(), header())
    first, second = found("pad-spacing", "error", [LAND]), found("paste-missing", "error", [LAND])
    mild = found("tombstone-asymmetry", "note", [LAND])
    assert added(board, first, second, mild) == {
        first.fingerprint: 40 * 19 / 2, second.fingerprint: 40 * 19 / 2, mild.fingerprint: 0.0,
    }  # fmt: skip


def test_a_finding_with_one_joint_at_many_places_counts_once():
    finding = found("pad-spacing", "warning", [LAND], [LAND], [LAND, PIN])
    assert added(small_board(chip(), header()), finding) == {finding.fingerprint: 4 * (40 + 400)}


@pytest.mark.parametrize("rule", ["copper-clearance", "annular-ring-outer", "density-tile", "silk-to-edge"])
def test_faults_of_the_bare_board_touch_no_joint(rule):
    assert added(small_board(chip()), found(rule, "error", [LAND], [PART])) == {}


def test_a_waived_finding_counts_and_one_that_is_gone_does_not():
    board = small_board(chip())
    waived, fixed = (
        found("pad-spacing", "error", [LAND], waived="agreed"),
        found("paste-missing", "error", [LAND], change="fixed"),
    )
    assert added(board, waived, fixed) == {waived.fingerprint: 40 * 19}


def test_parts_of_one_name_are_told_apart_by_their_place():
    board = small_board(chip("R1", "10 10"), chip("R1", "30 10"))
    made = predict(board, opportunities(board, flow(board)), RULES, [found("pad-spacing", "error", [LAND])], WEIGHTS)
    assert (made.now > made.dpmo).sum() == 1
    elsewhere = ("pad", "R1", "1", 50.0, 10.0)
    assert added(board, found("pad-spacing", "error", [elsewhere])) == {}


def test_no_opportunity_fails_more_than_always():
    board = small_board(chip())
    weights = replace(WEIGHTS, tables={**WEIGHTS.tables, "finding": {**WEIGHTS["finding"], "error": 1e9}})
    made = predict(board, opportunities(board, flow(board)), RULES, [found("pad-spacing", "error", [LAND])], weights)
    assert made.now.max() == 1e6


# --- what cannot be told ---------------------------------------------------------------------------------------------------


def test_a_board_without_parts_tells_why_instead_of_a_full_yield():
    board = small_board(via(0.6, 0.3))
    told = economics_of(board, None)
    for key in ("index", "drivers", "yield", "manual"):
        assert list(told[key]) == ["why"]
        assert told[key]["why"]
    assert told["score"]["areas"]["cost"]["score"] is None


def test_a_package_without_parts_tells_why():
    board = replace(small_board(chip()), facts=frozenset({"copper"}), missing={"components": "add a placement file"})
    assert economics_of(board, flow(small_board(chip())))["yield"] == {"why": "add a placement file"}


def test_a_flow_for_nothing_has_no_yield():
    board = small_board(via(0.6, 0.3))
    assert list(economics_of(board, flow(board))["yield"]) == ["why"]


def test_boards_without_leads_and_without_lands():
    lands, leads = small_board(chip()), small_board(header())
    smt, tht = economics_of(lands, flow(lands)), economics_of(leads, flow(leads))
    assert smt["manual"]["index"] is None
    assert smt["manual"]["why"] == "nothing is done by hand"
    assert smt["yield"]["dpu"] == pytest.approx((20 + 30 + 2 * 40) / 1e6)
    assert tht["drivers"]["contributions"][0]["number"] == 0  # no side of SMT is no second one
    assert tht["yield"]["dpu"] == pytest.approx((20 + 300 + 3 * 400) / 1e6)


# --- cost drivers and handwork ------------------------------------------------------------------------------------------------


def contributions(board, way, findings=(), results=(), limits=None):
    told = drivers_told(drivers(board, way, results, findings, limits or {}), WEIGHTS)
    return told, {row["driver"]: row["contribution"] for row in told["contributions"] if row["contribution"]}


def test_each_driver_is_a_number_times_its_weight():
    bottom = chip("R2", "30 10").replace('(layer "F.Cu")', '(layer "B.Cu")', 1).replace('"F.', '"B.')
    board = small_board(chip(), bottom, header(pins=5))
    told, sums = contributions(board, flow(board, "selective", station=2, pallet=1))
    assert sums == {"second_side": 10, "selective": 10, "pallet": 6, "selective_joint": 0.1, "station": 6}
    assert told["score"] == 32.1
    assert told["top"] == ["second_side", "selective", "pallet"]
    assert contributions(board, flow(board, "wave", lands="wave"))[1] == {"second_side": 10, "wave": 8, "glue": 4}
    assert contributions(board, flow(board, "hand"))[1] == {"second_side": 10, "hand_joint": 0.5}


def test_leads_from_both_sides():
    below = header("J2", "40 10").replace('(layer "F.Cu")', '(layer "B.Cu")', 1)
    board = small_board(header(), below)
    assert contributions(board, flow(board, "hand"))[1] == {"tht_both_sides": 12, "hand_joint": pytest.approx(0.6)}


def test_small_chips_and_arrays():
    tiny = chip().replace("0.8 0.9", "0.3 0.3").replace("0.8 0", "0.3 0").replace("0603_1608", "0201_0603")
    balls = [
        smd("0.4 0.4", at=f"{0.8 * x} {0.8 * y}", number=f"{'ABCD'[y]}{x}", net="", shape="circle")
        for x in range(4)
        for y in range(4)
    ]
    array = footprint(*balls, at="30 30", ref="U1", name="Package_BGA:BGA-16")
    board = small_board(tiny, array)
    assert contributions(board, flow(board))[1] == {"small_chip": 2, "bga": 4}
    rows = opportunities(board, flow(board))
    assert sorted(rows.key.tolist()) == sorted(
        ["component", "component", "place_chip", "place_fine_pitch", *["joint_chip"] * 2, *["joint_bga"] * 16]
    )


def test_drivers_that_rules_measure():
    board = small_board(chip())
    ran = [result("stencil-thickness-conflict", "fabrication.paste"), result("via-in-pad", "fabrication.drill")]
    ran.append(result("board-size", "fabrication.outline"))
    limits = {"via-in-pad": {"allow_unfilled_hole_max": 1}, "board-size": {"smt_line_min": 1}}
    findings = [
        found("stencil-thickness-conflict", "note", [LAND]),
        found("via-in-pad", "warning", [LAND], param="allow_unfilled_hole_max"),
        found("board-size", "note", [], param="smt_line_min"),
    ]  # fmt: skip
    told, sums = contributions(board, flow(board), findings, ran, limits)
    assert sums == {"step_stencil": 3, "via_fill": 3, "small_board": 2}
    assert told["complete"]
    softer = [replace(f, severity="note") for f in findings[1:2]] + [found("board-size", "error", [], param="fab_min")]
    assert contributions(board, flow(board), softer, ran, limits)[1] == {}
    told, _ = contributions(board, flow(board), findings, ran[:1], limits)
    unknown = {row["driver"]: row["why"] for row in told["contributions"] if row["number"] is None}
    assert unknown == {"via_fill": "via-in-pad did not run", "small_board": "board-size did not run"}
    assert not told["complete"]
    told, _ = contributions(board, flow(board), findings, ran, {})
    assert {row["driver"] for row in told["contributions"] if row["number"] is None} == {"via_fill", "small_board"}


def test_filled_vias_cost_what_they_cost_even_if_no_finding_asks_for_them():
    board = small_board(chip(), via(0.6, 0.3, extra="(filling yes)"))
    assert contributions(board, flow(board))[1] == {"via_fill": 3}


def test_handwork_counts_what_a_machine_could_do_as_needless():
    axial = footprint(
        *(pad("circle", "1.6 1.6", 0.8, at=f"{x} 0", number=n, **HOLE) for n, x in (("1", 0), ("2", 10.16))),
        at="10 30", ref="R5", name="Resistor_THT:R_Axial_DIN0207_L6.3mm_D2.5mm_P10.16mm_Horizontal",
    )  # fmt: skip
    board = small_board(axial, header(pins=3))
    # 6 s for the axial part, 8 s for the header, 5 joints at 4 s: 34 s, of which one part must be: 2.93 / 34 = 8.6176 %.
    assert manual(board, flow(board, "hand"), WEIGHTS)["index"] == 8.6176
    # The wave solders, so that 14 s are left: 2.93 / 14 = 20.9286 %.
    assert manual(board, flow(board, "wave"), WEIGHTS)["index"] == 20.9286
    assert manual(board, flow(board, "pip"), WEIGHTS)["index"] is None


# --- score --------------------------------------------------------------------------------------------------------------------


def total(rules, findings=(), cost=COST):
    return score(rules, findings, WEIGHTS, cost)


def test_a_score_worked_out_by_hand():
    rules = [
        result("a", "fabrication.copper", "error", "failed"),
        result("b", "fabrication.drill", "warning", "warned"),
        result("c", "fabrication.silk", "note"),
        result("d", "assembly.spacing", "error"),
        result("e", "test", "warning", "warned"),
        result("f", "package", "error", "skipped", 0),
        result("g", "assembly.soldering", "warning", "skipped", 0),
        result("h", "assembly.spacing", "warning", "passed", 0),
    ]
    findings = [
        found("a", "error", [], waived="agreed"),
        *(found("b", "warning", [(str(n),) * 3 + (0.0, 0.0)]) for n in range(3)),
    ]
    findings += [found("b", "note", []), found("e", "note", [])]
    told = total(rules, findings, {"score": 20.0, "contributions": []})
    # a: one error, 10 x log2(2) / 5 = 2. b: three warnings, 3 x log2(4) / 5 = 1.2, more than as four notes. c: passed.
    # fabrication: 100 x (1 - 3.2 / (10 + 3 + 0.5)) = 76.296
    # assembly: d passed: 100; g did not run, h found nothing of its kind.
    # test: e has a note, 0.5 x log2(2) / 5 = 0.1 of 3: 96.667. package: nothing. cost: 100 - 20.
    # total: (0.3 x 76.3 + 0.3 x 100 + 0.1 x 96.7 + 0.1 x 80) / 0.8 = 70.56 / 0.8 = 88.2
    areas = {name: area["score"] for name, area in told["areas"].items()}
    assert areas == {"fabrication": 76.3, "assembly": 100.0, "test": 96.7, "package": None, "cost": 80.0}
    assert told["total"] == told["before_gates"] == 88.2
    # confidence: 0.3 x 1 + 0.3 x 10 / 13 + 0.1 + 0.2 x 0 + 0.1 = 73.1 %
    assert told["confidence"] == 73.1
    # at worst: 0.3 x 76.3 + 0.3 x 100 x 10 / 13 + 0.1 x 96.67 + 0 + 0.1 x 80 = 63.6, and f might have closed the gate at 59.
    assert told["at_worst"] == 59.0
    # a costs 100 x 2 / 13.5 of its area, which counts 0.3 / 0.8: 5.56 points.
    assert told["penalties"][0] == {
        "rule": "a", "area": "fabrication", "checked": 1, "severity": "error", "findings": 1, "weight": 10.0, "penalty": 2.0,
        "points": 5.5556, "origin": WEIGHTS.origins["penalty", "error"],
    }  # fmt: skip


def test_thirty_one_findings_cost_a_rule_all_and_more_cost_no_more():
    rules = [result("a", "fabrication", "error", "failed")]
    many = [found("a", "warning", [(str(n),) * 3 + (0.0, 0.0)]) for n in range(40)]
    for n in (31, 40):  # log2(32) / 5 = 1, of the weight of a warning: 100 x (1 - 3 / 10)
        assert total(rules, many[:n])["areas"]["fabrication"]["score"] == 70.0


def test_a_finding_graver_than_its_rule_costs_no_more_than_the_rule_counts():
    rules = [result("a", "fabrication", "note", "failed")]
    told = total(rules, [found("a", "error", [(str(n),) * 3 + (0.0, 0.0)]) for n in range(31)])
    assert told["areas"]["fabrication"]["score"] == 0.0


def test_open_errors_cap_the_total():
    rules = [*(result(f"a{n}", "fabrication") for n in range(30)), result("p", "package")]
    clean = total(rules)
    assert (clean["total"], clean["ready"]) == (100.0, True)
    error = total(rules, [found("a1", "error", [])])
    assert (error["total"], error["ready"]) == (69.0, False)
    assert error["before_gates"] > 99
    package = total(rules, [found("p", "error", [])])
    assert package["total"] == 59.0
    assert [(gate["gate"], gate["open"]) for gate in package["gates"]] == [("error", 1), ("package_error", 1)]
    assert total(rules, [found("a1", "warning", [])])["total"] > 99


def test_waivers_open_the_gates_and_leave_the_rest():
    board = small_board(chip())
    rules = (
        *(result(f"a{n}", "fabrication.mask") for n in range(20)),
        result("pad-spacing", "assembly.spacing", status="failed"),
    )
    finding = found("pad-spacing", "error", [LAND])
    report = replace(api.plan(select=["pad-spacing"]).run(board), rules=rules, findings=(finding,))
    report = replace(report, economics=economics(board, plan(flow(board)), report, RULES, {}, WEIGHTS))
    excused = excuse(report, [Waiver("pad-spacing", finding.fingerprint, "agreed")])
    before, after = report.economics["score"], excused.economics["score"]
    assert (before["total"], before["gates"][0]["open"], before["ready"]) == (69.0, 1, False)
    assert (after["total"], after["gates"][0]["open"], after["ready"]) == (after["before_gates"], 0, True)
    assert after["before_gates"] == before["before_gates"] > 69
    assert excused.economics["yield"] == report.economics["yield"]
    assert list(after) == list(before)
    assert regated(replace(report, economics={})).economics == {}


def test_findings_that_are_gone_close_no_gate():
    told = total([result("a", "fabrication")], [found("a", "error", [], change="fixed")])
    assert told["total"] == 100.0
    assert gated(told, [result("a", "fabrication")], [found("a", "error", [], change="unchanged")])["total"] == 69.0


@pytest.mark.parametrize("status", ["skipped", "off"])
def test_a_rule_that_did_not_run_never_counts_as_passed(status):
    rules = [
        result("a", "fabrication", status="warned"),
        result("b", "fabrication"),
        result("c", "assembly"),
        result("d", "test"),
    ]
    findings = [found("a", "warning", [])]
    whole = total(rules, findings)
    for n in range(1, 4):
        left = [replace(r, status=status) if at == n else r for at, r in enumerate(rules)]
        told = total(left, findings)
        assert told["total"] <= whole["total"]
        assert told["confidence"] < whole["confidence"]
        assert told["at_worst"] < whole["at_worst"]
    # The one that found something may not hide it either: at worst it cost all that it counts.
    assert total([replace(rules[0], status=status), *rules[1:]])["at_worst"] < whole["at_worst"]


def test_what_is_at_worst_is_never_better():
    rng = np.random.default_rng(5)
    for _ in range(200):
        areas = rng.choice(["fabrication", "assembly", "test", "package"], 8)
        states = rng.choice(["passed", "failed", "warned", "skipped", "off"], 8)
        levels = rng.choice(["error", "warning", "note"], 8)
        rules = [result(f"r{n}", a, s, t, int(rng.integers(0, 2))) for n, (a, s, t) in enumerate(zip(areas, levels, states))]
        findings = [found(r.id, r.severity, []) for r in rules if r.status in ("failed", "warned")]
        told = total(rules, findings, COST if rng.random() < 0.5 else {"why": "no parts"})
        assert 0 <= told["at_worst"] <= (100 if told["total"] is None else told["total"])
        assert 0 <= told["confidence"] <= 100


def test_nothing_judged_is_no_score():
    told = total([result("a", "fabrication", status="skipped")], (), {"why": "no parts"})
    assert (told["total"], told["at_worst"], told["confidence"]) == (None, 0.0, 0.0)
    assert {area["score"] for area in told["areas"].values()} == {None}


def test_unknown_drivers_lower_the_confidence_in_the_cost():
    board = small_board(chip())
    told = economics_of(board, flow(board))
    # Not known: step stencil 3, filled vias 3, small board 2 of all 67.12 that drivers weigh.
    assert told["score"]["areas"]["cost"]["score"] == 100.0
    assert told["score"]["areas"]["cost"]["at_worst"] == 92.0
    weight = sum(WEIGHTS["drivers"].values())
    assert told["score"]["areas"]["cost"]["confidence"] == pytest.approx(100 * (1 - 8 / weight), abs=0.06)


def test_rules_of_other_areas_are_named_and_not_scored():
    told = total([result("mine", "house"), result("a", "fabrication")])
    assert told["unscored"] == ["mine"]


# --- as a whole -----------------------------------------------------------------------------------------------------------------


def test_the_object_is_plain_rounded_and_the_same_each_time():
    board = api.read(FIXTURES / "hand-solder-access.kicad_pcb")
    made = api.plan(select=["assembly.spacing"])
    report = made.run(board)
    one, two = (economics(board, plan(flow(board, hand=1, hand_joint=24)), report, RULES, made.limits, WEIGHTS) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)
    assert json.loads(json.dumps(one, allow_nan=False)) == one
    assert one["index"]["cost"] == 1.32  # 0.6 + 24 x 0.03
    assert [row["origin"].split(":")[0] for row in one["index"]["contributions"]] == ["rules/weights/standard.toml"] * 2

    def numbers(value):
        if isinstance(value, dict):
            return [n for v in value.values() for n in numbers(v)]
        if isinstance(value, list):
            return [n for v in value for n in numbers(v)]
        return [value] if isinstance(value, float) else []

    assert all(math.isfinite(n) and round(n, 6) == n for n in numbers(one))


def test_a_run_tells_it_where_assembly_is_looked_at_and_nowhere_else():
    board = api.read(FIXTURES / "hand-solder-access.kicad_pcb")
    told = api.plan(select=["assembly.mixed-technology", "hand-solder-access"]).run(board)
    # SMD on both sides and headers: whatever flow is chosen, its charges are the index and its code is told with the yield.
    chosen = next(way for way in told.assembly["flows"] if way["code"] == told.assembly["chosen"])
    economy = told.economics
    assert economy["index"]["cost"] == chosen["cost"]
    assert [(c["step"], c["number"], c["contribution"]) for c in economy["index"]["contributions"]] == [
        (c["key"], c["number"], c["cost"]) for c in chosen["charges"]
    ]
    assert economy["yield"]["flow"] == economy["beside"]["flow"] == chosen["code"]
    assert economy["yield"]["opportunities"] == 56
    assert 0 < economy["score"]["confidence"] < 50  # most rules were not selected
    assert api.plan(select=["hand-solder-access"]).run(board).economics == {}


def test_the_profile_chooses_the_process_that_yield_and_cost_are_of():
    board = api.read(FIXTURES / "hand-solder-access.kicad_pcb")
    told = {
        name: api.plan(["standard", name], select=["assembly.mixed-technology"]).run(board).economics
        for name in ("hand", "selective")
    }
    keys = {name: {row["class"] for row in made["yield"]["classes"]} for name, made in told.items()}
    assert "joint_hand" in keys["hand"]
    assert "joint_selective" in keys["selective"]
    assert told["hand"]["yield"]["without_findings"] < told["selective"]["yield"]["without_findings"]


def scored(path, rules):
    """Drivers and score of a board whose leads are soldered by hand, judged by a few rules."""
    board, made = api.read(path), api.plan(select=rules)
    told = economics(board, plan(flow(board, "hand")), made.run(board), RULES, made.limits, WEIGHTS)
    return told["drivers"]["score"], told["score"], {name: area["score"] for name, area in told["score"]["areas"].items()}


def test_the_score_of_a_fixture_worked_out_by_hand():
    rules = ["copper-clearance", "board-size", "board-id-marking", "pad-spacing", "courtyard-overlap", "hand-solder-access"]
    cost, told, areas = scored(FIXTURES / "hand-solder-access.kicad_pcb", rules)
    # fabrication: two errors' rules and one note's, 20.5; one note each of two of them, 2 x 0.5 x log2(2) / 5 = 0.2: 99.02
    # assembly: the same sums, by pad-spacing (passed), courtyard-overlap and hand-solder-access (a note each): 99.02
    # cost: S = 10 (second side) + 24 x 0.1 (hand joints) + 2 (too small for a line) = 14.4, 100 - 14.4 = 85.6
    # total: (0.3 x 99.02 + 0.3 x 99.02 + 0.1 x 85.6) / 0.7 = 97.1; no error is open.
    assert cost == 14.4
    assert areas == {"fabrication": 99.0, "assembly": 99.0, "test": None, "package": None, "cost": 85.6}
    assert (told["total"], told["ready"]) == (97.1, True)


@pytest.mark.boards
@pytest.mark.skipif(not os.environ.get("DFMCHECK_BOARDS"), reason="DFMCHECK_BOARDS is not set")
def test_the_score_of_a_real_board_worked_out_by_hand():
    (path,) = Path(os.environ["DFMCHECK_BOARDS"]).rglob("kicad/**/vpp-maker-rev6-ian.kicad_pcb")
    rules = ["copper-clearance", "hole-to-edge", "copper-to-edge", "silk-to-edge", "component-gap", "component-to-edge",
             "fiducial-global"]  # fmt: skip
    cost, told, areas = scored(path, rules)
    # fabrication: 3 x 10 + 0.5 = 30.5; one warning of copper-to-edge, 3 x log2(2) / 5 = 0.6, and two notes of silk-to-edge,
    #   0.5 x log2(3) / 5 = 0.1585: 100 x (1 - 0.7585 / 30.5) = 97.51
    # assembly: 3 x 3 = 9; component-to-edge a warning and a note, 0.6, more than 0.5 x log2(3) / 5; three notes of component-gap,
    #   0.5 x log2(4) / 5 = 0.2; one of fiducial-global, 0.1: 100 x (1 - 0.9 / 9) = 90
    # cost: 28 x 0.1 = 2.8 and what rules measure that were not selected: 97.2
    # total: (0.3 x 97.51 + 0.3 x 90 + 0.1 x 97.2) / 0.7 = 94.2
    assert cost == 2.8
    assert areas == {"fabrication": 97.5, "assembly": 90.0, "test": None, "package": None, "cost": 97.2}
    assert told["total"] == 94.2
