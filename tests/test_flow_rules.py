"""The rules assembly-flow, tht-both-sides and bottom-height beyond their fixtures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dfmcheck import engine
from dfmcheck.board import Board
from dfmcheck.read import read
from dfmcheck.read.kicad import read_kicad
from dfmcheck.report import Finding, RuleResult
from dfmcheck.rule import load_rules, resolve

FIXTURES = Path(__file__).parents[1] / "fixtures"
RULES = load_rules()


def ran(board: Board, rule: str, *profiles: str, **sets: str) -> tuple[list[Finding], RuleResult]:
    limits = resolve(profiles or ("standard",), RULES, [(rule, key, value, "test") for key, value in sets.items()])
    report = engine.run(board, RULES, limits, selected=lambda r: r.id == rule)
    (row,) = [r for r in report.rules if r.id == rule]
    assert not row.crashed, row.why_skipped
    return list(report.findings), row


def flow_board(name: str) -> Board:
    return read(FIXTURES / "flows" / f"{name}.kicad_pcb")


def rule_board(name: str) -> Board:
    return read(FIXTURES / "rules" / f"{name}.kicad_pcb")


def refs(finding: Finding) -> set[str]:
    return {item.component or "" for place in finding.places for item in place.items}


def test_the_cheaper_flow_and_the_saving_are_named() -> None:
    (finding,), row = ran(flow_board("f2-not"), "assembly-flow")
    assert row.checked == 4
    assert (
        "with one part changed F2 (SMT on one side) would do at 1.00 instead of F3 (SMT on both sides) at 1.70" in finding.message
    )
    assert "R9: move to the top" in finding.message
    assert refs(finding) == {"R9"}


def test_few_leads_are_suggested_to_be_replaced_and_many_are_not() -> None:
    board = flow_board("f8")
    found, _ = ran(board, "assembly-flow")
    told = sorted((f.places[0].measured, sorted(refs(f))) for f in found)
    assert told == [(1, ["J2"]), (2, ["J1", "J2"])]
    found, _ = ran(board, "assembly-flow", few_tht="1")
    assert sorted(sorted(refs(f)) for f in found) == [["J1", "J2"], ["J2"]]
    assert ["F4p" in f.message for f in found if len(refs(f)) == 2] == [True]  # no part is replaced: paste, once ratings are told
    found, row = ran(board, "assembly-flow", few_tht="1", move_max="0")
    assert (found, row.status) == ([], "passed")


def test_what_is_in_the_way_of_the_process_that_the_profile_wants() -> None:
    board = flow_board("f6")
    for process, part, words in (
        ("reflow", "J1", "reflow alone, which the profile wants: J1, which has leads in holes"),
        ("pip", "J1", "solder paste, which the profile wants"),
    ):
        found, _ = ran(board, "assembly-flow", "standard", process, few_tht="0", move_max="0")
        (finding,) = found
        assert words in finding.message
        assert finding.severity == "note"
        assert refs(finding) == {part}
    for process in ("wave", "selective", "hand"):
        assert ran(board, "assembly-flow", "standard", process, few_tht="0", move_max="0")[0] == []
    # A board without leads is what reflow wants.
    assert ran(flow_board("f2"), "assembly-flow", "standard", "reflow")[0] == []


def test_leads_on_both_sides_are_an_error_of_no_level_but_a_matter_of_it() -> None:
    board = flow_board("f8")
    (note,), row = ran(board, "tht-both-sides")
    assert (note.severity, row.checked, note.places[0].measured) == ("note", 2, 1)
    assert "(J2), with 1 on the top" in note.message
    (warning,), _ = ran(board, "tht-both-sides", "standard", "level-a")
    assert warning.severity == "warning"
    assert ran(board, "tht-both-sides", "standard", "level-c")[1].status in ("passed", "off")
    assert ran(flow_board("f2"), "tht-both-sides")[1].checked == 0


def test_a_body_over_a_joint_counts_only_on_the_side_of_the_joint() -> None:
    text = (FIXTURES / "rules" / "tht-both-sides.kicad_pcb").read_text("utf-8")
    board = read_kicad(text.encode(), "x.kicad_pcb")
    covered = [f for f in ran(board, "tht-both-sides")[0] if "stands over" in f.message]
    assert [(f.severity, refs(f)) for f in covered] == [("warning", {"J2", "U1"})]
    lifted = replace(board, components=replace(board.components, dnp=board.components.ref == "U1"))
    assert not [f for f in ran(lifted, "tht-both-sides")[0] if "stands over" in f.message]


def test_what_stands_over_joints_for_good_closes_every_flow() -> None:
    """An SMD body is there before any lead is soldered; two leaded parts over each other's joints leave no order."""
    told = engine.run(rule_board("tht-both-sides"), RULES, resolve(("standard",), RULES)).assembly
    (chosen,) = [f for f in told["flows"] if f["code"] == told["chosen"]]
    assert chosen["status"] == "excluded"
    over = [(e["parts"], e["remedy"]) for e in chosen["excluded"] if e["rule"] == "tht-both-sides"]
    assert over == [(["U1"], "move off the joints")]
    for apart, severity, open_ in ((1.27, "warning", False), (40.0, "", True)):
        board = read_kicad(opposite(apart).encode(), "x.kicad_pcb")
        over = [f.severity for f in ran(board, "tht-both-sides")[0] if "stands over" in f.message]
        assert over == [severity] * (2 * bool(severity))
        flows = engine.run(board, RULES, resolve(("standard",), RULES)).assembly["flows"]
        assert [f["status"] == "open" for f in flows if f["code"] == "F8"] == [open_]
    # One of them over joints of the other alone: it is inserted last.
    body = '(end 8.89 1.27) (layer "F.Fab")'
    text = opposite(1.27).replace(body, body.replace("8.89 1.27", "-1.2 -1.2"))
    board = read_kicad(text.encode(), "x.kicad_pcb")
    assert [f.severity for f in ran(board, "tht-both-sides")[0] if "stands over" in f.message] == ["note"]
    flows = engine.run(board, RULES, resolve(("standard",), RULES)).assembly["flows"]
    assert [f["status"] for f in flows if f["code"] == "F8"] == ["open"]


def opposite(apart: float) -> str:
    """Two headers of four pins, one on each side, `apart` mm along their rows."""
    text = """(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (1 "F.Mask" user) (3 "B.Mask" user) (35 "F.Fab" user) (33 "B.Fab" user)
  (25 "Edge.Cuts" user)) (net 0 "")"""
    for ref, x, side in (("J1", 0.0, "F"), ("J2", apart, "B")):
        pads = "".join(
            f'(pad "{k + 1}" thru_hole circle (at {2.54 * k:.2f} 0) (size 1.1 1.1) (drill 0.7) (layers "*.Cu" "*.Mask"))'
            for k in range(4)
        )
        text += (
            f'(footprint "x:Header_1x04" (layer "{side}.Cu") (at {x} 0) (attr through_hole) '
            f'(property "Reference" "{ref}" (at 0 0) (layer "{side}.Fab")) {pads}'
            f'(fp_rect (start -1.27 -1.27) (end 8.89 1.27) (layer "{side}.Fab") (stroke (width 0.05) (type solid)) (fill no)))'
        )
    return text + ")"


def test_heights_that_nobody_tells_are_skipped_with_the_reason() -> None:
    board = rule_board("bottom-height.machine")
    unknown = replace(
        board, components=replace(board.components, height=np.full(len(board.components), np.nan)),
    )  # fmt: skip
    found, row = ran(unknown, "bottom-height")
    assert (found, row.status) == ([], "passed")  # what is usual for chips is known
    parts = unknown.derived.parts()
    unknown.derived._results[("parts", (), ())] = replace(parts, height=np.full(len(parts), np.nan))
    found, row = ran(unknown, "bottom-height")
    assert row.status == "skipped"
    assert row.why_skipped == "no file tells the height of any of the 2 parts below the board"


def test_a_usual_height_is_told_a_step_softer() -> None:
    board = rule_board("bottom-height.machine")
    guess = replace(board, components=replace(board.components, height=np.full(len(board.components), np.nan)))
    (finding,), _ = ran(guess, "bottom-height", machine="0.5 mm")
    assert (finding.severity, finding.places[0].measured, finding.inferred) == ("note", 0.6, True)
    assert "a height usual for its kind" in finding.message


def test_one_side_of_smt_hangs_nowhere() -> None:
    for name in ("f2", "f4", "f1"):
        assert ran(flow_board(name), "bottom-height")[1].checked == 0


def test_packages_without_parts_say_what_is_missing() -> None:
    board = flow_board("f6")
    bare = replace(board, facts=board.facts - {"components"}, missing={"components": "no file names parts"})
    for rule in ("assembly-flow", "tht-both-sides", "bottom-height"):
        row = ran(bare, rule)[1]
        assert (row.status, row.why_skipped) == ("skipped", "needs components; no file names parts")
