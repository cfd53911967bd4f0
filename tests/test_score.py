"""The score: sub-scores, gates and confidence, against figures that the comments work out by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flows import RULES, WEIGHTS, chip, economics_of, flow, found, plan, result
from small import board as small_board

from dfmcheck import api
from dfmcheck.cost.score import gated, regated, score
from dfmcheck.cost.told import economics
from dfmcheck.waive import Waiver, excuse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
COST = {"score": 0.0, "contributions": []}
LAND = ("pad", "R1", "1", 9.2, 10.0)


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
