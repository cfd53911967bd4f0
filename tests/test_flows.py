"""Assembly flows: the costs of the catalogue, steps, heat, changes, what excludes a flow, and what nobody can judge."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dfmcheck import engine
from dfmcheck.board import Board
from dfmcheck.check import Context, Run
from dfmcheck.flow.plan import Flow, Plan, plan
from dfmcheck.flow.told import told
from dfmcheck.read import read
from dfmcheck.read.kicad import read_kicad
from dfmcheck.read.package import read_packages
from dfmcheck.rule import load_rules, resolve
from dfmcheck.weights import load_weights

FLOWS = Path(__file__).parents[1] / "fixtures" / "flows"
RULES = load_rules()
EXPECTED = {
    # Board: the flow that builds it, its cost by hand from the table of section 5.1, IPC type.
    "f1": ("F1", 0.8, "1A"),
    "f1-not": ("F8", 0.8 + 0.7 + 4 * 0.03, "2A"),
    "f2": ("F2", 1.0, "1B"),
    "f2-not": ("F3", 1.7, "2B"),
    "f3": ("F3", 1.7, "2B"),
    "f3-not": ("F3", 1.7, "2B"),
    "f4": ("F4", 1.5, "1C"),
    "f4-not": ("F7", 1.0 + 0.6 + 12 * 0.01, "1C"),
    "f4p": ("F4p", 1.15, "1C"),
    "f4p-not": ("F4", 1.5, "1C"),
    "f5": ("F5", 2.0, "2C"),
    "f5-not": ("F7h", 1.7 + 0.6 + 12 * 0.03, "2C"),
    "f6": ("F6", 2.4, "2C"),
    "f6-not": ("F7", 2.3 + 12 * 0.01, "2C"),
    "f7": ("F7", 2.3 + 12 * 0.01, "2C"),
    "f7-not": ("F7h", 1.7 + 0.6 + 12 * 0.03, "2C"),
    "f7p": ("F7p", 1.85, "2C"),
    "f7p-not": ("F5", 2.0, "2C"),
    "f7h": ("F7h", 1.7 + 0.6 + 16 * 0.03, "2C"),
    "f7h-not": ("F8", 1.7 + 0.6 + 12 * 0.03 + 0.7 + 4 * 0.03, "2C"),
    "f8": ("F8", 1.0 + 0.5 + 0.7 + 4 * 0.03, "2C"),
    "f8-not": ("F4", 1.5, "1C"),
    "f9": ("F9", 1.0 + 0.3, "1C"),
    "f9-not": ("F2", 1.0, "1B"),
    "keys": ("F7", 1.0 + 0.6 + 4 * 0.01, "2C"),
}


def made(board: Board, process: str = "", *profiles: str) -> Plan:
    limits = resolve(profiles or ("standard",), RULES)
    run = Run(RULES, {name: engine._limits_of(rule, limits) for name, rule in RULES.items()}, process)
    return Context(board, RULES["assembly-flow"], run.limits["assembly-flow"], 0.0, run).shared(plan)


def of(name: str) -> Board:
    return read(FLOWS / f"{name}.kicad_pcb")


def flow(found: Plan, code: str) -> Flow:
    return next(f for f in found.flows if f.code == code)


def heat(board: Board, f: Flow) -> dict[str, tuple[int, int, int]]:
    rows = range(len(board.components))
    return {str(board.components.ref[r]): tuple(int(f.exposures[k][r]) for k in ("reflow", "wave", "local")) for r in rows}  # type: ignore[misc]


def test_every_board_of_a_flow_is_expected() -> None:
    assert {path.stem for path in FLOWS.glob("*.kicad_pcb")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_flow_that_builds_a_board(name: str) -> None:
    found = made(of(name))
    code, cost, ipc = EXPECTED[name]
    assert found.chosen is not None
    assert (found.chosen.code, found.chosen.ipc) == (code, ipc)
    assert found.chosen.cost == pytest.approx(cost)
    assert (found.chosen.status == "open") is (name != "f3-not")
    assert [f.code for f in found.flows] == ["F1", "F2", "F3", "F4", "F4p", "F5", "F6", "F7", "F7p", "F7h", "F8", "F9"]
    # A flow of a name is open on its board and not on the one that just misses it.
    own = flow(found, {"keys": "F7"}.get(name, name[:3].rstrip("-").replace("f", "F")))
    assert (own.status == "open") is not name.endswith("-not")


@pytest.mark.parametrize(
    ("name", "rule", "part", "why"),
    [
        ("f3-not", "second-side-mass", "L2", "would fall"),
        ("f4-not", "tht-pad-gap-wave", "J1", "1.270 mm"),
        ("f5-not", "smt-tht-wave-clearance", "Q9", "0.8 mm"),
        ("f6-not", "smt-tht-wave-clearance", "Q9", "pallet"),
        ("f7-not", "selective-nozzle-clearance", "J1", "nozzle"),
        ("f4p-not", "pip-eligibility", "J1", ""),
    ],
)
def test_what_excludes_a_flow_is_told(name: str, rule: str, part: str, why: str) -> None:
    board = of(name)
    (e,) = [e for e in flow(made(board), name[:-4].replace("f", "F")).excluded if e.rule == rule]
    assert [str(board.components.ref[row]) for row in e.parts] == [part]
    assert why in e.why
    assert e.remedy
    assert e.places


def test_leads_on_the_second_side_have_a_remedy() -> None:
    board = of("f1-not")
    (e,) = flow(made(board), "F1").excluded
    assert (e.rule, [str(board.components.ref[r]) for r in e.parts], e.remedy) == ("assembly-flow", ["J2"], "move to the top")


def test_steps_in_order() -> None:
    steps = flow(made(of("f6")), "F6").steps
    assert [(s.what, s.side) for s in steps] == [
        ("print", "bottom"), ("place", "bottom"), ("reflow", "bottom"), ("flip", ""), ("print", "top"), ("place", "top"),
        ("reflow", "top"), ("insert", "top"), ("pallet", "bottom"), ("wave", "bottom"), ("inspect", ""),
    ]  # fmt: skip
    assert [s.parts for s in steps if s.what in ("place", "insert", "wave")] == [4, 3, 1, 12]
    glued = flow(made(of("f5")), "F5").steps
    assert [(s.what, s.side) for s in glued] == [
        ("print", "top"), ("place", "top"), ("reflow", "top"), ("flip", ""), ("glue", "bottom"), ("place", "bottom"),
        ("cure", "bottom"), ("flip", ""), ("insert", "top"), ("wave", "bottom"), ("inspect", ""),
    ]  # fmt: skip


def test_heat_of_each_part_by_the_table() -> None:
    """Section 5.1: exposures of the SMD on top and below. Reflow, wave, local."""
    for name, code, top, bottom, lead in (
        ("f4", "F4", (1, 1, 0), None, (0, 1, 0)),
        ("f4p", "F4p", (1, 0, 0), None, (1, 0, 0)),
        ("f5", "F5", (1, 1, 0), (0, 1, 0), (0, 1, 0)),
        ("f6", "F6", (1, 1, 0), (2, 1, 0), (0, 1, 0)),
        ("f7", "F7", (1, 0, 0), (2, 0, 0), (0, 0, 1)),
        ("f7p", "F7p", (1, 0, 0), (2, 0, 0), (1, 0, 0)),
    ):
        board = of(name)
        seen = heat(board, flow(made(board), code))
        assert seen["R0"] == top, code
        assert bottom is None or seen["Q0"] == bottom, code
        assert seen["J1"] == lead, code
    board = of("f3")
    assert heat(board, flow(made(board), "F3")) == {"L1": (1, 0, 0), "L2": (2, 0, 0)}


def test_methods_and_surfaces_of_the_parts() -> None:
    board = of("f5")
    chosen = flow(made(board), "F5")
    told_of = {str(r): (m, s) for r, m, s in zip(board.components.ref, chosen.method, chosen.surface)}
    assert (told_of["J1"], told_of["R0"], told_of["Q9"]) == (("wave", ""), ("", "reflow"), ("", "wave"))


def test_charges_are_those_of_the_weights() -> None:
    chosen = flow(made(of("f7")), "F7")
    weights = load_weights()["flow"]
    assert [(c.key, c.number) for c in chosen.charges] == [
        ("reflow", 1), ("second_reflow", 1), ("selective", 1), ("selective_joint", 12),
    ]  # fmt: skip
    assert all(c.cost == pytest.approx(c.number * weights[c.key]) for c in chosen.charges)


def test_a_wish_of_the_profile_comes_before_the_cost() -> None:
    board = of("f4")
    for wish, code, status in (
        ("selective", "F7", "open"),
        ("hand", "F7h", "open"),
        ("wave", "F4", "open"),
        ("pip", "F4p", "excluded"),
    ):
        chosen = made(board, wish).chosen
        assert chosen is not None
        assert (chosen.code, chosen.status) == (code, status)
    assert set(flow(made(board, "hand"), "F7h").method) == {"", "hand"}
    # A board without leads has nothing to wish for.
    smt = made(of("f2"), "wave").chosen
    assert smt is not None
    assert smt.code == "F2"


def test_leads_where_some_are_out_of_reach_and_many_are_not() -> None:
    """By hand only what no nozzle reaches, where that is cheaper: 0.6 + 0.6 + 0.02 x n against 0.6 + 0.04 x n at 30 joints."""
    board = of("f7-not")
    run_weights = {**load_weights()["flow"], "hand_joint": 1.0}
    limits = resolve(("standard",), RULES)
    weights = replace(load_weights(), tables={**load_weights().tables, "flow": run_weights})
    run = Run(RULES, {name: engine._limits_of(rule, limits) for name, rule in RULES.items()}, "", weights)
    text = (FLOWS / "f7h.kicad_pcb").read_text("utf-8")
    assert text.count("(at 17.61 0)") == 1  # the chip beside J2
    moved = read_kicad(text.replace("(at 17.61 0)", "(at 27.61 0)").encode(), "moved.kicad_pcb")
    for design, hand, selective in ((board, {"J1"}, set()), (of("f7h"), {"J1", "J2"}, set()), (moved, {"J1"}, {"J2"})):
        found = plan(Context(design, RULES["assembly-flow"], {}, 0.0, replace(run, results={})))
        chosen = flow(found, "F7h")
        by = {how: {str(r) for r, m in zip(design.components.ref, chosen.method) if m == how} for how in ("hand", "selective")}
        assert by == {"hand": hand, "selective": selective}
    keys = {c.key: c.number for c in chosen.charges}
    assert keys == {"reflow": 1, "second_reflow": 1, "selective": 1, "selective_joint": 4, "hand": 1, "hand_joint": 12}
    assert {m for m in flow(made(moved), "F7h").method if m} == {"hand"}  # at 0.03 a joint one pass by hand is cheaper than two


def test_changes_are_small_first_and_each_saves_more() -> None:
    for name in EXPECTED:
        found = made(of(name))
        sizes = [len(c.parts) for c in found.changes]
        savings = [c.saving for c in found.changes]
        assert sizes == sorted(sizes)
        assert savings == sorted(savings)
        assert all(s > 0 for s in savings)
        for change in found.changes:
            assert found.chosen is not None
            assert change.flow != found.chosen.code
            target = flow(found, change.flow)
            assert {row for e in target.excluded for row in e.parts} == set(change.parts)
            assert change.saving == pytest.approx(found.chosen.cost - target.cost)


def test_the_smallest_change_of_a_board() -> None:
    """A chip alone on the bottom: F2 for F3. A header on the bottom: F7h (12 + 4 joints by hand) for F8."""
    board = of("f2-not")
    (change,) = made(board).changes
    assert (change.flow, [str(board.components.ref[r]) for r in change.parts]) == ("F2", ["R9"])
    assert change.remedies == (("move to the top", change.parts),)
    assert change.saving == pytest.approx(0.7)


def leads(*headers: tuple[str, int, float, str], chips: str = "", below: str = "") -> Board:
    """Headers (reference, pins, pitch, side) far apart, chips on the top, and chips 11 mm beside pin 1 of a header below."""
    text, x = "", 0.0
    for ref, pins, pitch, side in headers:
        pads = "".join(
            f'(pad "{k + 1}" thru_hole circle (at 0 {pitch * k:.2f}) (size 0.9 0.9) (drill 0.5) (layers "*.Cu" "*.Mask"))'
            for k in range(pins)
        )
        text += footprint(ref, x, 0, pads, side, "through_hole")
        x += 40.0
    for k, ref in enumerate(chips.split()):
        text += footprint(ref, 40.0 * k, 90, LANDS.format("F"), "F", "smd")
    for ref in below.split():
        at = [h[0] for h in headers].index(f"J{ref[1:]}")
        text += footprint(ref, 40.0 * at - 12.5, 0, LANDS.format("B"), "B", "smd")
    return read_kicad((HEAD + text + ")").encode(), "made.kicad_pcb")


HEAD = """(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (1 "F.Mask" user) (3 "B.Mask" user) (13 "F.Paste" user) (15 "B.Paste" user)
  (35 "F.Fab" user) (33 "B.Fab" user) (25 "Edge.Cuts" user)) (net 0 "")"""
LANDS = "".join(
    f'(pad "{k}" smd rect (at {x} 0) (size 0.8 0.9) (layers "{{0}}.Cu" "{{0}}.Mask" "{{0}}.Paste"))'
    for k, x in ((1, -0.8), (2, 0.8))
)


def footprint(ref: str, x: float, y: float, pads: str, side: str, attr: str) -> str:
    name = f'(property "Reference" "{ref}" (at 0 0) (layer "{side}.Fab"))'
    return f'(footprint "x:{attr}" (layer "{side}.Cu") (at {x} {y}) (attr {attr}) {name} {pads})'


def refs(board: Board, rows: Iterable[int]) -> str:
    return " ".join(sorted(str(board.components.ref[row]) for row in rows))


def test_leads_alone_cost_what_their_way_costs() -> None:
    """0.8 for the first pass; a nozzle 0.01 and an iron 0.03 a joint; a second pass by hand 0.6."""
    for headers, wish, cost, how in (
        ([("J1", 10, 2.54, "F"), ("J2", 4, 2.54, "F")], "", 0.8, {"wave": "J1 J2"}),
        ([("J1", 10, 2.54, "F"), ("J2", 4, 2.54, "F")], "selective", 0.8 + 14 * 0.01, {"selective": "J1 J2"}),
        ([("J1", 10, 2.54, "F"), ("J2", 4, 2.54, "F")], "hand", 0.8 + 14 * 0.03, {"hand": "J1 J2"}),
        # A nozzle for all of a few joints costs less than one more pass, a pass by hand for few of many less than a nozzle.
        ([("J1", 10, 2.54, "F"), ("J2", 4, 1.25, "F")], "", 0.8 + 14 * 0.01, {"selective": "J1 J2"}),
        ([("J1", 80, 2.54, "F"), ("J2", 4, 1.25, "F")], "", 0.8 + 0.6 + 4 * 0.03, {"wave": "J1", "hand": "J2"}),
        ([("J1", 10, 2.54, "F"), ("J2", 4, 1.25, "F")], "wave", 0.8 + 0.6 + 4 * 0.03, {"wave": "J1", "hand": "J2"}),
    ):
        board = leads(*headers)
        chosen = made(board, wish).chosen
        assert chosen is not None
        assert (chosen.code, chosen.status) == ("F1", "open")
        assert chosen.cost == pytest.approx(cost), headers
        assert {m: refs(board, np.flatnonzero(chosen.method == m)) for m in set(chosen.method) - {""}} == how


def test_the_few_parts_that_make_leads_dearer_are_a_burden_and_a_change() -> None:
    board = leads(("J1", 40, 2.54, "F"), ("J2", 4, 1.25, "F"), ("J3", 40, 2.54, "F"), ("J4", 40, 2.54, "F"))
    found = made(board)
    assert found.chosen is not None
    # 124 joints by nozzle cost 2.04; the wave, and 4 by hand 0.8 + 0.6 + 0.12.
    assert (found.chosen.code, found.chosen.process, found.chosen.cost) == ("F1", "wave", pytest.approx(1.52))
    (burden,) = found.chosen.burdens
    (e,) = burden.excluded
    assert (burden.way, refs(board, e.parts), burden.saving) == ("wave", "J2", pytest.approx(0.72))
    (change,) = found.changes
    assert (change.flow, refs(board, change.parts), change.saving) == ("F1", "J2", pytest.approx(0.72))
    out = told(board, found)
    (flow_told,) = [f for f in out["flows"] if f["code"] == "F1"]
    assert [(b["way"], b["excluded"][0]["parts"]) for b in flow_told["burdens"]] == [("wave", ["J2"])]


def test_a_change_saves_what_the_board_costs_less_afterwards() -> None:
    """The joints of a part that is moved are counted in the flow that it moves into."""
    chips = "C1 C2 C3"
    before = leads(("J1", 6, 1.25, "F"), ("J2", 2, 2.54, "B"), chips=chips)
    after = leads(("J1", 6, 1.25, "F"), ("J2", 2, 2.54, "F"), chips=chips)
    then = {f.code: f for f in made(after, "selective").flows}
    found = made(before, "selective")
    (change,) = [c for c in found.changes if c.flow == "F7"]
    now, later = found.chosen, made(after, "selective").chosen
    assert now is not None
    assert later is not None
    assert later.code == "F7"
    assert change.saving == pytest.approx(now.cost - later.cost)
    assert flow(found, "F7").cost == pytest.approx(then["F7"].cost) == pytest.approx(1.6 + 8 * 0.01)
    for code, wish in (("F1", "selective"), ("F1", "hand"), ("F7h", "hand")):
        some = "" if code == "F1" else chips
        one = leads(("J1", 6, 2.54, "F"), ("J2", 2, 2.54, "B"), chips=some)
        two = leads(("J1", 6, 2.54, "F"), ("J2", 2, 2.54, "F"), chips=some)
        assert flow(made(one, wish), code).cost == pytest.approx(flow(made(two, wish), code).cost)


def test_the_first_pass_from_both_sides_is_a_wave_where_its_solder_side_is_bare() -> None:
    board = leads(("J1", 10, 2.54, "F"), ("J2", 6, 2.54, "B"), chips="C1 C2")
    chosen = made(board).chosen
    assert chosen is not None
    assert (chosen.code, chosen.process, chosen.cost) == ("F8", "wave", pytest.approx(1 + 0.5 + 0.7 + 6 * 0.03))
    assert {str(r): m for r, m in zip(board.components.ref, chosen.method) if m} == {"J1": "wave", "J2": "hand"}
    assert [s.what for s in chosen.steps] == ["print", "place", "reflow", "insert", "wave", "flip", "insert", "hand", "inspect"]
    covered = made(leads(("J1", 10, 2.54, "F"), ("J2", 6, 2.54, "B"), chips="C1 C2", below="Q1")).chosen
    assert covered is not None
    assert "wave" not in set(covered.method)
    # One pin of a pitch too fine: 62 joints by nozzle cost 1.22, a wave and the iron 0.5 + 0.6 + 2 x 0.03.
    fine = leads(("J1", 60, 2.54, "F"), ("J3", 2, 1.25, "F"), ("J2", 6, 2.54, "B"), chips="C1 C2")
    both = made(fine).chosen
    assert both is not None
    assert {str(r): m for r, m in zip(fine.components.ref, both.method) if m} == {"J1": "wave", "J2": "hand", "J3": "hand"}
    assert [(b.way, b.saving) for b in both.burdens] == [("wave", pytest.approx(0.66))]


def test_changes_lead_to_what_the_profile_wants() -> None:
    """Or to one without leads. Of a wish but for the wave the chip on the bottom costs a second reflow of the same flow, 0.7;
    the header, replaced, saves 0.6 and its joints."""
    board = leads(("J1", 6, 2.54, "F"), chips="C1 C2 C3", below="Q1")
    for wish, codes in (
        ("", ["F4", "F2"]), ("wave", ["F4", "F2"]), ("selective", ["F7", "F2"]), ("hand", ["F3", "F2"]), ("pip", ["F3", "F2"]),
    ):  # fmt: skip
        assert [c.flow for c in made(board, wish).changes] == codes, wish


def test_smd_on_the_second_side_is_a_burden_of_a_flow_that_solders_leads_alike_without() -> None:
    """The chip on the bottom costs a second reflow: 0.7, and so it is when it is moved."""
    board = leads(("J1", 4, 2.54, "F"), ("J9", 2, 2.54, "F"), chips="C1 C2 C3", below="Q9")
    moved = leads(("J1", 4, 2.54, "F"), ("J9", 2, 2.54, "F"), chips="C1 C2 C3 Q9")
    for wish, code in (("hand", "F7h"), ("selective", "F7")):
        found, after = made(board, wish), made(moved, wish).chosen
        assert found.chosen is not None
        assert after is not None
        assert (found.chosen.code, after.code) == (code, code)
        (change,) = [c for c in found.changes if c.flow == code]
        assert (refs(board, change.parts), change.remedies[0][0]) == ("Q9", "move to the top")
        assert change.saving == pytest.approx(found.chosen.cost - after.cost) == pytest.approx(0.7)


def test_leads_that_turn_over_are_replaced_on_the_side_of_the_rest() -> None:
    """SMD below, a header on the top: what replaces it where it stands would ask for a second reflow."""
    found = flow(made(of("keys")), "F2")
    assert [(e.why, e.remedy) for e in found.excluded] == [("have leads in holes", "replace by SMD on the bottom")]
    assert [e.remedy for e in flow(made(of("f4")), "F2").excluded] == ["replace by SMD"]


def test_a_flow_that_is_not_needed_has_no_cost() -> None:
    board = of("f2")
    out = told(board, made(board))["flows"]
    assert {f["code"]: f["cost"] for f in out if f["status"] != "needless"} == {"F2": 1.0}
    assert {f["cost"] for f in out if f["status"] == "needless"} == {None}


def test_smd_on_the_second_side_is_dear_where_it_stands_in_the_way_as_well() -> None:
    board = of("f7-not")  # a chip that no nozzle passes, among four of the bottom
    found = made(board, "selective")
    assert found.chosen is not None
    assert (found.chosen.code, found.chosen.status) == ("F7", "excluded")
    (burden,) = found.chosen.burdens
    assert (burden.way, refs(board, burden.excluded[0].parts), burden.saving) == ("one side", "R0 R1 R2", pytest.approx(0.7))
    (change,) = [c for c in found.changes if len(c.parts) == 1]
    assert (change.flow, change.saving) == ("F3", pytest.approx(0.72))  # more, for fewer parts


def test_films_that_draw_no_body_do_not_tell_the_side_of_leads() -> None:
    (package,) = read_packages(FLOWS.parent / "gerber" / "assembly-flow.wave.zip")
    assert package.board is not None
    board = replace(package.board, package=package)
    bare = replace(board, components=replace(board.components, fab=np.full(len(board.components), None, object)))
    given = replace(bare, package=replace(package, native=of("f4")))
    for one, told_of in ((board, ()), (bare, ("J1",)), (given, ())):
        chosen = made(one).chosen
        assert chosen is not None
        said = [text for text in chosen.unjudged if text.startswith("on which side")]
        assert said == [f"on which side {ref} stand: the files do not tell, the top is taken" for ref in told_of]


def test_what_is_too_much_to_be_suggested_is_kept_apart() -> None:
    headers = [(f"J{k}", 2, 2.54, "F") for k in range(1, 8)]
    found = made(leads(*headers, chips="C1"))
    assert found.changes == ()
    (large,) = found.larger
    assert (large.flow, len(large.parts)) == ("F2", 7)
    out = told(leads(*headers, chips="C1"), found)
    assert out["changes"] == []
    assert [(c["flow"], len(c["parts"])) for c in out["larger"]] == [("F2", 7)]


def test_stations_make_another_flow_of_the_best_one() -> None:
    found = made(of("f9"))
    last = flow(found, "F9")
    assert [s.what for s in last.steps] == ["print", "place", "reflow", "press", "inspect"]
    assert last.name == "SMT on one side; press-fit"
    assert {f.status for f in found.flows if f.code not in ("F9",)} == {"needless", "excluded"}
    assert [e.why for e in flow(found, "F2").excluded] == ["need a station for press-fit"]
    assert found.changes == ()
    assert set(last.method) == {"", "press"}


def test_stations_go_with_the_process_that_is_wanted() -> None:
    text = (FLOWS / "f4.kicad_pcb").read_text("utf-8")
    pin = '(pad "1" thru_hole circle (at 0 0) (size 1.2 1.2) (drill 0.6) (layers "*.Cu" "*.Mask") (property pad_prop_pressfit))'
    ref = '(property "Reference" "J9" (at 0 0) (layer "F.Fab"))'
    press = f'(footprint "x:VPX" (layer "F.Cu") (at 40 20) (attr through_hole) {ref} {pin})'
    board = read_kicad((text.rstrip().removesuffix(")") + press + ")").encode(), "both.kicad_pcb")
    for wish, process, cost in (("", "wave", 1.5), ("selective", "selective", 1.72), ("hand", "hand", 1.0 + 0.6 + 0.36)):
        chosen = made(board, wish).chosen
        assert chosen is not None
        assert (chosen.code, chosen.process, chosen.status) == ("F9", process, "open")
        assert chosen.cost == pytest.approx(cost + 0.3)
        assert set(chosen.method) == {"", process, "press"}


def test_what_the_report_says() -> None:
    board = of("f6")
    found = made(board)
    out = told(board, found)
    json.dumps(out)
    assert (out["chosen"], out["lead_side"], out["process"], out["why"]) == ("F6", "top", None, "")
    (one,) = [f for f in out["flows"] if f["code"] == "F5"]
    assert one["status"] == "excluded"
    assert one["excluded"][0]["parts"] == ["Q9"]
    groups = {tuple(g["parts"]): (g["lands"], g["leads"], g["reflow"], g["wave"], g["local"]) for g in out["exposures"]}
    assert groups == {
        ("Q0", "Q1", "Q2", "Q9"): ("reflow", "", 2, 1, 0),
        ("R0", "R1", "R2"): ("reflow", "", 1, 1, 0),
        ("J1",): ("", "wave", 0, 1, 0),
    }


def test_a_run_tells_it_and_a_weight_changes_the_choice() -> None:
    board, limits = of("f6"), resolve(("standard",), RULES)
    assert engine.run(board, RULES, limits).assembly["chosen"] == "F6"
    dear = replace(load_weights(), tables={**load_weights().tables, "flow": {**load_weights()["flow"], "pallet": 0.5}})
    assert engine.run(board, RULES, limits, weights=dear).assembly["chosen"] == "F7"
    assert engine.run(board, RULES, limits, selected=lambda rule: rule.id == "track-width").assembly == {}


def test_without_parts_it_is_said_why() -> None:
    whole = of("f6")
    none = whole.components.take(np.zeros(len(whole.components), np.bool_))
    bare = of("f2")
    unfitted = replace(bare, components=replace(bare.components, dnp=np.ones(len(bare.components), np.bool_)))
    unknown = replace(whole, facts=whole.facts - {"components"}, missing={"components": "no file of it names parts"})
    assert made(unfitted).why == "no part is fitted"
    assert made(unknown).why == "nothing tells of parts: no file of it names parts"
    for board in (unfitted, unknown):
        assert made(board).chosen is None
        report = engine.run(board, RULES, resolve(("standard",), RULES), selected=lambda rule: rule.id == "assembly-flow")
        (row,) = [r for r in report.rules if r.id == "assembly-flow"]
        assert (row.status, row.crashed) == ("skipped", False)
        assert report.assembly["chosen"] is None
        assert report.assembly["why"]
    assert len(none) == 0


def test_what_cannot_be_asked_is_said_and_does_not_open_what_needs_proof() -> None:
    board = of("f7p")
    found = made(board, "", "jlcpcb-2l")
    paste, pallet = flow(found, "F7p"), flow(found, "F6")
    assert paste.status == "excluded"
    assert "pip-eligibility: the profile states no limit for it" in paste.unjudged
    assert pallet.status == "open"
    assert any(text.startswith("smt-tht-wave-clearance") for text in pallet.unjudged)
    assert flow(found, "F5").status == "excluded"


def test_a_check_alone_has_a_plan_of_its_own_limits() -> None:
    board = of("f4-not")
    limits = engine._limits_of(RULES["tht-pad-gap-wave"], resolve(("standard",), RULES))
    alone = plan(Context(board, RULES["tht-pad-gap-wave"], limits))
    assert [e.rule for e in flow(alone, "F4").excluded] == ["tht-pad-gap-wave"]
