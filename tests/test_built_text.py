"""The blocks of the text report on how a board is built and what that costs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from flows import flow, plan
from small import board, footprint, pad, smd, via
from test_report import design, text

from dfmcheck import api
from dfmcheck.cost.told import economics
from dfmcheck.readback import from_dict
from dfmcheck.report import Report
from dfmcheck.rule import load_rules
from dfmcheck.weights import load_weights
from dfmcheck.write.built import how_built, what_it_costs
from dfmcheck.write.json import to_json
from dfmcheck.write.phrases import producibility

BUILT, COSTS = "How it will be built\n", "What it will cost you\n"


def way(code, cost, *excluded, status="", **more):
    return {
        "code": code, "name": f"flow {code}", "ipc": "2C", "process": "selective", "cost": cost, "first": None, "steps": [],
        "status": status or ("excluded" if excluded else "open"), "charges": [], "excluded": list(excluded), "unjudged": [],
        **more,
    }  # fmt: skip


def against(why, *parts, rule="assembly-flow"):
    return {"rule": rule, "why": why, "parts": list(parts), "places": [], "remedy": ""}


STEPS = [
    {"what": what, "side": side, "parts": n}
    for what, side, n in (
        ("print", "bottom", 7), ("place", "bottom", 7), ("reflow", "bottom", 7), ("flip", "", 1), ("insert", "top", 2),
        ("selective", "bottom", 12), ("inspect", "", 9),
    )
]  # fmt: skip
ASSEMBLY = {
    "why": "", "process": None, "lead_side": "top", "chosen": "F7",
    "flows": [
        way("F2", 1.0, against("have leads in holes", "J1"), against("are SMD on the bottom", "C1", "C2")),
        way("F3", 1.7, status="needless"),
        way("F5", 2.0, against("are too near", "C1", "C2", "C3", "C4", "C5", rule="smt-tht-wave-clearance")),
        way("F6", 2.1, against("leave no room", *(f"R{n}" for n in range(9)))),
        way("F7", 2.42, first="bottom", steps=STEPS, unjudged=["heat-cycles: no rating"]),
        way("F8", 3.0),
    ],
    "exposures": [
        {"lands": "reflow", "leads": "", "reflow": 1, "wave": 0, "local": 0, "parts": ["C1", "C2"]},
        {"lands": "", "leads": "selective", "reflow": 0, "wave": 0, "local": 1, "parts": ["J1"]},
        {"lands": "", "leads": "hand", "reflow": 0, "wave": 0, "local": 1, "parts": [f"K{n}" for n in range(1, 9)]},
    ],
    "changes": [
        {"flow": "F2", "parts": ["J1"], "remedies": [{"remedy": "replace by SMD", "parts": ["J1"]}], "saving": 1.42},
        {"flow": "F5", "parts": ["C1"], "remedies": [{"remedy": "move", "parts": ["C1"]}], "saving": 0.42},
    ],
}  # fmt: skip


def worked_out():
    """Assembly and economics of a small board, the latter as the tool makes it."""
    leads = (pad("circle", "1.7 1.7", 1.0, at=f"0 {2.54 * k}", number=str(k + 1), net="") for k in range(4))
    lands = (smd("0.8 0.9", at=f"{x} 0", number=n, net="") for n, x in (("1", -0.8), ("2", 0.8)))
    made = board(
        footprint(*leads, at="20 10", ref="J1", name="Connector_PinHeader_2.54mm:PinHeader_1x04_P2.54mm_Vertical"),
        footprint(*lands, ref="R1", name="Resistor_SMD:R_0603_1608Metric"),
    )
    report = api.plan(select=["pad-spacing"]).run(made)
    charged = flow(made, reflow=1, hand=1, hand_joint=4)
    return ASSEMBLY, economics(made, plan(charged), report, load_rules(), {}, load_weights())


def blocks(told):
    """The lines of the two blocks."""
    return [part.splitlines()[1:] for part in told.split("\n\n") if part.startswith((BUILT, COSTS))]


def test_how_it_is_built():
    assert how_built(ASSEMBLY) == [
        "F7, flow F7 (IPC type 2C, cost index 2.42); the bottom is reflowed first",
        "steps: print, place, reflow bottom (7); flip; insert top (2); selective bottom (12); inspect (9)",
        "by hand: K1, K2, K3, K4, K5, K6 and 2 more; selective: J1",
        "not F2 (cost index 1): J1 has leads in holes; and 1 more reason",
        "not F5 (cost index 2): C1, C2, C3, C4 and 1 more are too near (smt-tht-wave-clearance); nor F6 (-v tells why)",
        "smallest change: replace by SMD: J1; that opens F2 and saves 1.42 of the cost index",
        "not judged: heat-cycles: no rating",
    ]


def test_all_of_it():
    told = how_built(ASSEMBLY, all_=True)
    assert "by hand: K1, K2, K3, K4, K5, K6, K7, K8; selective: J1" in told
    assert "not F2 (cost index 1): J1 has leads in holes; C1, C2 are SMD on the bottom" in told
    assert "not F6 (cost index 2.1): R0, R1, R2, R3, R4, R5, R6, R7, R8 leave no room" in told
    assert "smallest change: replace by SMD: J1; that opens F2 and saves 1.42 of the cost index" in told
    assert "another change: move: C1; that opens F5 and saves 0.42 of the cost index" in told


def test_parts_that_make_the_flow_dearer_are_told_with_what_they_cost():
    why = against("have leads of a pitch below 1.27 mm", "J2", rule="tht-pad-gap-wave")
    near = against("have joints that no nozzle reaches", "J2", "J3", rule="selective-nozzle-clearance")
    burdens = [
        {"way": "wave", "saving": 0.72, "excluded": [why]}, {"way": "selective", "saving": 0.1, "excluded": [near]},
        {"way": "one side", "saving": 0.7, "excluded": [against("are SMD on the bottom", "C1")]},
    ]  # fmt: skip
    chosen = way("F1", 1.52, burdens=burdens)
    remedies = [{"remedy": "replace by a larger pitch", "parts": ["J2"]}]
    change = {"flow": "F1", "parts": ["J2"], "remedies": remedies, "saving": 0.72}
    assert how_built({"chosen": "F1", "flows": [chosen], "changes": [change]})[1:] == [
        "not waved: J2 has leads of a pitch below 1.27 mm (tht-pad-gap-wave)",
        "not by a nozzle: J2, J3 have joints that no nozzle reaches (selective-nozzle-clearance)",
        "smallest change: replace by a larger pitch: J2; that saves 0.72 of the cost index",
    ]


@pytest.mark.parametrize(
    ("flow", "remedies", "said"),
    [
        ("F3", ["move to the top"], "a cheaper flow, F3, would need 35 parts moved"),
        ("F3", ["replace by SMD"], "a cheaper flow, F3, would need 35 parts replaced"),
        ("F3", ["move to the top", "replace by SMD"], "a cheaper flow, F3, would need 35 parts changed"),
        ("F7", ["move to the top"], "F7 at less cost would need 35 parts moved"),
    ],
)
def test_a_change_of_too_many_parts_is_told_by_its_count(flow, remedies, said):
    parts = [f"C{n}" for n in range(35)]
    larger = [{"flow": flow, "parts": parts, "remedies": [{"remedy": r, "parts": parts} for r in remedies], "saving": 1.0}] * 2
    told = how_built({**ASSEMBLY, "changes": [], "larger": larger})
    assert [line for line in told if "35" in line] == [said]
    assert not any("smallest change" in line for line in told)


def test_cheaper_flows_are_those_of_the_process_that_the_profile_wants():
    flows = [way("F4", 1.5, against("are SMD", "C1"), process="wave"), way("F7", 1.6, against("are SMD", "C2")), way("F7h", 2.0)]
    told = how_built({"chosen": "F7h", "process": "selective", "flows": flows})
    assert told[1:] == ["not F7 (cost index 1.6): C2 is SMD"]


def test_steps_stand_together_by_pass():
    rows = [("print", "top", 6), ("place", "top", 6), ("reflow", "top", 6), ("insert", "top", 6), ("hand", "bottom", 6)]
    steps = [{"what": what, "side": side, "parts": n} for what, side, n in rows]
    told = how_built({"chosen": "F7h", "flows": [way("F7h", 1.0, steps=steps)]})
    assert told[1] == "steps: print, place, reflow top (6); insert top (6); hand bottom (6)"


def test_points_too_small_to_show_are_told_as_such():
    told = worked_out()[1]
    rows = [{"rule": name, "touched": 3, "added": 1.0, "yield_points": points} for name, points in (("a", 0.3), ("b", 0.001))]
    told = {**told, "yield": {**told["yield"], "rules": rows}}
    assert "yield that findings cost: a 0.30 points (3 touched)" in what_it_costs(told)
    assert "yield that findings cost: a 0.30 points (3 touched), b below 0.01 points (3 touched)" in what_it_costs(
        told, all_=True
    )


def test_the_cheapest_flow_has_nothing_to_say_of_dearer_ones():
    assert how_built(
        {**ASSEMBLY, "chosen": "F2", "flows": [way("F2", 1.0), *ASSEMBLY["flows"][2:]], "changes": [], "exposures": []}
    ) == ["F2, flow F2 (IPC type 2C, cost index 1)"]


def test_where_no_flow_is_open_the_block_says_so():
    told = how_built({**ASSEMBLY, "chosen": "F6", "changes": []})
    assert told[1] == "but no flow is open; in the way of this one: R0, R1, R2, R3 and 5 more leave no room"


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ({}, []),
        ({"why": "the board has no parts", "chosen": None, "flows": [], "changes": []}, ["not told: the board has no parts"]),
        ({"why": "it could not be told: KeyError: 1"}, ["not told: it could not be told: KeyError: 1"]),
    ],
)
def test_where_there_is_no_flow_the_reason_stands(told, lines):
    assert how_built(told) == lines


def test_what_it_costs():
    told = what_it_costs(worked_out()[1])
    # 1 + 0.6 + 4 x 0.03 = 1.72; 4 x 0.1 = 0.4; 8 + 4 x 4 = 24 s, 2.93 / 24 = 12 %
    # 2 x 20 + 30 + 300 + 2 x 40 + 4 x 400 = 2050: exp(-0.00205) = 99.795 %
    assert told[0] == "cost index 1.72 (one side of SMT is 1): reflow 1 + hand 0.6 + hand joint 4 x 0.03"
    assert told[1].startswith(
        "cost drivers at least 0.4 (0 is cheapest), the dearest hand joints 4 x 0.1; handwork 24 s for 1 part, DFA"
    )
    assert told[2].startswith("cost drivers not known: step stencil (")
    assert told[3] == (
        "predicted first-pass yield 99.80 %: 0.0021 defects a board on 10 opportunities, most by "
        "hand joints 4 x 400 ppm, manual placements 1 x 300 ppm"
    )
    assert re.match(r"score \d[\d.]* of 100, confidence \d+ %, at worst [\d.]+: fabrication not judged, assembly 100,", told[4])
    assert re.match(r"rules that could not judge: \d+ of fabrication, \d+ of assembly", told[5])


def test_not_quite_all_is_not_told_as_all():
    told = worked_out()[1]
    told = {**told, "yield": {**told["yield"], "first_pass_yield": 99.999, "dpu": 0.00001}}
    assert any(line.startswith("predicted first-pass yield 99.99 %") for line in what_it_costs(told))


@pytest.mark.parametrize(
    ("why", "parts", "said"),
    [
        ("have their leads below", ["J1"], "J1 has its leads below"), ("has no rating", ["J1", "J2"], "J1, J2 have no rating"),
        ("are SMD", ["J1"], "J1 is SMD"), ("would meet the wave", ["J1"], "J1 would meet the wave"),
        ("is too high", [], "the board is too high"),
    ],
)  # fmt: skip
def test_one_part_has_and_several_have(why, parts, said):
    flows = [way("F1", 0.8, against(why, *parts)), way("F2", 1.0)]
    assert said in how_built({"chosen": "F2", "flows": flows})[1]


def test_a_closed_gate_is_told():
    told = worked_out()[1]
    for gate, of in ((0, ""), (1, " of the package")):
        said = f"(not ready: 2 open errors{of}; 88.5 without)"
        gates = [{**g, "open": 2} if n in (0, gate) else g for n, g in enumerate(told["score"]["gates"])]
        closed = {**told, "score": {**told["score"], "gates": gates, "total": 59.0, "before_gates": 88.5}}
        assert any(said in line for line in what_it_costs(closed))
    low = {**told["score"], "gates": [{**told["score"]["gates"][0], "open": 1}], "total": 41.0, "before_gates": 41.0}
    assert any("(not ready: 1 open error)" in line for line in what_it_costs({**told, "score": low}))


def test_a_board_without_parts_says_why_there_is_no_yield():
    made = board(via(0.6, 0.3))
    report = api.plan(select=["pad-spacing"]).run(made)
    told = what_it_costs(economics(made, plan(None, "the board has no parts"), report, load_rules(), {}, load_weights()))
    assert told[0] == "cost and yield are not told: the board has no parts"
    assert told[1].startswith(("score not told: ", "score "))
    assert not any("100 %" in line or "first-pass" in line for line in told)
    assert what_it_costs({}) == []
    assert what_it_costs({"why": "it could not be told: KeyError: 1"}) == ["not told: it could not be told: KeyError: 1"]


def test_the_blocks_stand_between_findings_and_what_was_measured():
    assembly, costs = worked_out()
    told = text(design(assembly=assembly, economics=costs))
    assert told.index(BUILT) < told.index(COSTS) < told.index("status")
    assert BUILT not in text(design())
    assert COSTS not in text(design())


def test_a_report_that_is_read_back_prints_the_same():
    assembly, costs = worked_out()
    report = Report((design(assembly=assembly, economics=costs),), "0")
    again = from_dict(json.loads(to_json(report)))
    for how in ({}, {"verbose": True}, {"wrap": 100}):
        assert blocks(text(again, **how)) == blocks(text(report, **how)) != []


def test_on_a_terminal_the_blocks_are_short_and_hang():
    assembly, costs = worked_out()
    built, cost = blocks(text(design(assembly=assembly, economics=costs), wrap=100))
    assert len(built) + len(cost) <= 22
    assert max(map(len, [*built, *cost])) <= 100
    assert all(line.startswith("  ") for line in [*built, *cost])


def test_hostile_names_stay_text():
    name = "J1\x1b[31m\u202e[bold]\nX"
    hostile = json.loads(json.dumps(ASSEMBLY).replace('"J1"', json.dumps(name)))
    hostile["flows"][4]["name"] = name
    costs = replace(design(), assembly=hostile, economics=worked_out()[1])
    told = text(costs)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert r"J1\x1b[31m\u202e[bold] X" in told
    assert "\nX" not in told


def test_what_keeps_a_board_from_the_next_level_says_of_what_it_speaks() -> None:
    """The worst ring of component holes may be wider than that of a via, which the report lists as well."""
    ring = {
        "feature": "annular ring",
        "level": "B",
        "param": "design_tht",
        "instances": 88,
        "worst": 0.15,
        "limit": 0.2,
        "unit": "mm",
    }
    told = producibility({"level": "B", "next": "A", "held_by": ["annular ring"], "features": [ring]})
    assert told == (
        "producibility level: B; what keeps it from level A: "
        "annular ring (88 places, worst 0.150 mm of a component hole, 0.200 mm is needed)"
    )
