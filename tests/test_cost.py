"""Yield, cost drivers and handwork, against figures that the comments work out by hand."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flows import HOLE, RULES, WEIGHTS, chip, economics_of, flow, found, header, plan, result
from small import board as small_board
from small import footprint, pad, smd, via
from transforms import affine

from dfmcheck import api
from dfmcheck.cost.drivers import drivers
from dfmcheck.cost.drivers import told as drivers_told
from dfmcheck.cost.manual import manual
from dfmcheck.cost.opportunities import TERMINATION, opportunities
from dfmcheck.cost.predicted import _value, overall_index, predict, quality
from dfmcheck.cost.predicted import told as yield_told
from dfmcheck.cost.told import economics
from dfmcheck.cost.touched import touched

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
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


def test_what_a_rule_costs_is_told_where_hardly_a_board_is_good():
    # A million boards have 900 million defects: none is good, and without 800 million of them exp(-100) of them would be.
    assert _value(800e6, 900.0) == {"added": 800e6, "yield_points": 0.0}
    assert _value(900e6, 900.0)["yield_points"] == 100.0


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


def test_room_for_a_nozzle_is_nothing_to_joints_by_hand():
    board, finding = small_board(chip(), header()), found("selective-nozzle-clearance", "warning", [PIN, LAND])
    rows = opportunities(board, flow(board, "hand"))
    assert not len(touched(board, rows, RULES, [finding])[0])
    rows = opportunities(board, flow(board, "selective"))
    assert sorted(rows.key[touched(board, rows, RULES, [finding])[1]]) == ["joint_chip", "joint_selective"]


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


@pytest.mark.parametrize("matrix", [((0, -1), (1, 0)), ((-1, 0), (0, 1))], ids=["turned", "mirrored"])
def test_a_board_costs_the_same_however_it_lies(matrix):
    board = api.read(FIXTURES / "hand-solder-access.kicad_pcb")
    made = api.plan(select=["assembly.mixed-technology", "hand-solder-access", "assembly.spacing"])
    one, two = made.run(board).economics, made.run(affine(board, matrix, (3.7, -11.3))).economics
    for told in (one, two):
        for row in told["yield"]["findings"]:
            row.pop("fingerprint")  # which names the layer
        told["yield"]["findings"].sort(key=lambda row: (row["rule"], row["added"]))
    assert one == two
