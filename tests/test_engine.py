"""From measurements to a report: what runs, how values are judged, and how places become findings."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from small import board, footprint, smd, track, via

from dfmcheck import DfmError, config, engine, plugins
from dfmcheck.beside import POSSIBLE, beside
from dfmcheck.check import _CHECKS, Measurements, Skip, check
from dfmcheck.findings import Grouper, judge
from dfmcheck.rule import load_rules, resolve
from dfmcheck.waive import accept, apply

RULES = load_rules()
# Gaps: 0.1 between the tracks, 0.15 between each via and the other net's track.
VIAS = via(0.6, 0.3, at="2.5 -0.25"), via(0.6, 0.3, at="2.5 0.55", net=2)
BOARD = board(track(0.2), track(0.2, at="0 0.3", to="5 0.3", net=2), *VIAS)


def run(design, *sets, rules=None, profiles=(), **options):
    chosen = {k: RULES[k] for k in (rules or {s.split(".")[0] for s in sets})}
    triples = [(*key.split("."), value, "--set") for key, value in (s.split("=") for s in sets)]
    return engine.run(design, chosen, resolve(list(profiles), RULES, triples), **options)


@pytest.fixture
def make_check():
    """Register a check for one test: make_check(function) -> a rule that uses it, with one minimum `min`."""
    names = []

    def register(function):
        name = f"test.{len(names)}"
        check(name, minima="min tool", tunes="tool_allowance", args={"where": {"inner": ""}})(function)
        names.append(name)
        return replace(
            RULES["hole-to-copper-inner"], id="board-web", check=name, needs=frozenset(), message="{a}: {value} of {limit}"
        )

    yield register
    for name in names:
        del _CHECKS[name]


def judged(values, severity="error", soften=0, sense="min", **limit):
    name = "min_outer" if sense == "min" else "identical_hits"
    rule = RULES["copper-clearance" if sense == "min" else "hole-to-hole"]
    limits = resolve([], RULES, [(rule.id, name, str(limit["value"]) + (" mm" if sense == "min" else ""), "t")])[rule.id]
    limits = {name: replace(limits[name], prefer=limit.get("prefer"))}
    m = Measurements.of(values, checked=1, param=name, a=0, x=0.0, y=0.0, soften=soften)
    return judge(rule, limits, severity, m).severity.tolist()


def test_below_the_limit_is_the_rules_severity_below_the_preferred_value_one_step_softer():
    assert judged([0.099, 0.1, 0.149, 0.15], value=0.1, prefer=0.15) == [0, 1, 1, -1]
    assert judged([0.099, 0.149], "warning", value=0.1, prefer=0.15) == [1, 2]
    assert judged([0.099, 0.149], "note", value=0.1, prefer=0.15) == [2, 2]
    assert judged([0.05], soften=2, value=0.1) == [2]
    assert judged([0.05], "warning", soften=-1, value=0.1) == [0]
    assert judged([0.05], "error", soften=-1, value=0.1) == [0], "nothing is graver than an error"


def test_half_a_micrometre_is_tolerated_and_no_more():
    assert judged([0.0994, 0.0996, 0.1004], value=0.1) == [0, -1, -1]


def test_a_maximum_is_judged_from_above():
    assert judged([0, 1, 2], sense="max", value=1) == [-1, -1, 0]


def test_where_nothing_is_allowed_the_largest_is_the_worst():
    values = [7.0, 56.0, 100.0, 0.0]
    nothing = Measurements.of(values, checked=4, param="identical_hits", a=0, x=[0.0, 1.0, 2.0, 3.0], y=0.0)
    limits = resolve([], RULES, [("hole-to-hole", "identical_hits", "0", "t")])["hole-to-hole"]
    verdict = judge(RULES["hole-to-hole"], limits, "error", nothing)
    assert (verdict.severity.tolist(), verdict.worst_row, verdict.worst_limit) == ([0, 0, 0, -1], 2, 0)
    (finding,) = Grouper(BOARD).group(RULES["hole-to-hole"], limits, nothing, verdict)
    assert [place.measured for place in finding.places] == [100, 56, 7]
    below = replace(nothing, value=-nothing.value, param=np.array(["min_outer"] * 4, object))
    gaps = resolve([], RULES, [("copper-clearance", "min_outer", "0 mm", "t")])["copper-clearance"]
    assert judge(RULES["copper-clearance"], gaps, "error", below).worst_row == 2


def test_a_rule_without_a_limit_is_off_and_one_without_facts_is_skipped():
    result = {
        r.id: r
        for r in run(BOARD, "copper-clearance.min=0.2mm", rules=["copper-clearance", "track-width", "copper-to-edge"]).rules
    }
    assert result["track-width"].status == "off"
    bare = replace(BOARD, facts=frozenset({"nets"}))
    skipped = run(bare, "copper-clearance.min=0.2mm").rules[0]
    assert (skipped.status, skipped.why_skipped) == ("skipped", "needs copper; this input has none")


def test_a_rule_that_passes_tells_what_it_looked_at_and_its_worst_value():
    result = run(BOARD, "copper-clearance.min=0.08mm").rules[0]
    assert (result.status, result.checked, round(result.worst, 6), result.worst_limit) == ("passed", 6, 0.1, 0.08)


def test_a_check_that_crashes_is_named_and_the_others_still_report(make_check):
    def broken(ctx):
        raise ZeroDivisionError("by nothing")

    rule = make_check(broken)
    limits = resolve([], RULES, [("board-web", "web_min", "1mm", "t"), ("copper-clearance", "min", "0.2mm", "t")])
    limits = replace(limits, by_rule={**limits.by_rule, "board-web": {"min": limits["board-web"]["web_min"]}})
    report = engine.run(BOARD, {"board-web": rule, "copper-clearance": RULES["copper-clearance"]}, limits)
    crashed, fine = report.rules
    assert crashed.crashed
    assert crashed.status == "skipped"
    assert "ZeroDivisionError: by nothing" in crashed.why_skipped
    assert fine.status == "failed"


def test_a_check_may_say_that_it_cannot_judge(make_check):
    def unsure(ctx):
        raise Skip("the stackup says nothing of dielectrics")

    rule = make_check(unsure)
    limits = resolve([], RULES, [("board-web", "web_min", "1mm", "t")])
    limits = replace(limits, by_rule={"board-web": {"min": limits["board-web"]["web_min"]}})
    result = engine.run(BOARD, {"board-web": rule}, limits).rules[0]
    assert (result.status, result.why_skipped, result.crashed) == ("skipped", "the stackup says nothing of dielectrics", False)


def test_an_unknown_check_is_an_error_of_the_rule_file():
    rule = replace(RULES["track-width"], check="size.trak", origin="mine.toml:3")
    with pytest.raises(DfmError, match=r"mine\.toml:3: track-width names the check 'size\.trak'"):
        engine.run(BOARD, {"track-width": rule}, resolve([], RULES))


ROW = """[mine]
title = "t"
category = "x.y"
severity = "error"
check = "{check}"
unit = "mm"
measure = "m"
why = "w"
fix = "f"
message = "{{a}} {{value}} {{limit}}"
args = {{ {args} }}
[mine.params.{param}]
sense = "{sense}"
text = "t"
{more}
"""
PAIR = 'a = "copper", b = "copper"'


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"check": "hole_to_copper", "args": 'where = "outer"', "param": "min"},
         r"13: mine: the check 'hole_to_copper' judges no min 'min'; known are npth, pth, via"),
        ({"check": "hole_to_copper", "args": 'where = "inner"', "param": "min"}, r"2: mine: .* needs the tune 'tool_allowance'"),
        ({"check": "hole_to_copper", "args": 'where = "outre"', "param": "via"}, r"2: mine: args.where is 'outre'; did you"),
        ({"check": "hole_to_copper", "args": "", "param": "via"}, r"2: mine: .* needs args.where, a text"),
        ({"check": "gap", "args": PAIR + ', net = "different"', "param": "min"}, r"2: mine: .* takes no args 'net'"),
        ({"check": "gap", "args": 'a = "copper", b = "viaa"', "param": "min"}, r"2: mine: selection 'viaa': no tag 'viaa'"),
        ({"check": "gap", "args": PAIR, "param": "min", "more": 'a = "pth"'}, r"13: mine: selection 'pth': no tag 'pth'"),
        ({"check": "gap", "args": PAIR, "param": "min", "more": 'a = "pad &"'}, r"13: mine: selection 'pad &' ends too early"),
        ({"check": "gap", "args": PAIR, "param": "min", "more": 'b = "pad"'}, r"13: mine: .* does not select by the b of 'min'"),
        ({"check": "gap", "args": PAIR, "param": "most", "sense": "max"}, r"13: mine: the check 'gap' judges no max 'most'"),
        ({"check": "size.drill", "args": "", "param": "m", "more": 'a = "via"\nb = "via"'}, r"13: mine: .* by the b of 'm'"),
        ({"check": "hole_to_edge", "args": "", "param": "pth", "more": 'a = "via"'}, r"13: mine: .* by the a of 'pth'"),
    ],
)  # fmt: skip
def test_what_a_check_would_pass_over_in_a_rule_is_refused(tmp_path, row, told):
    path = tmp_path / "mine.toml"
    path.write_text("\n" + ROW.format(**{"sense": "min", "more": "", **row}).replace("args = {  }\n", "\n"))
    rules = load_rules([path])
    with pytest.raises(DfmError, match=r"mine\.toml:" + told):
        engine.run(BOARD, {"mine": rules["mine"]}, resolve([], rules))


def test_progress_tells_how_many_rules_are_done_before():
    told = []
    run(BOARD, "copper-clearance.min=0.2mm", rules=list(RULES)[:2], progress=lambda *row: told.append(row[1:]))
    assert told == [(0, 2), (1, 2)]


def test_places_with_the_same_owners_and_layer_are_one_finding_worst_first():
    findings = run(BOARD, "copper-clearance.min=0.2mm").findings
    assert [[round(p.measured, 6) for p in f.places] for f in findings] == [[0.1, 0.15, 0.15]]
    assert findings[0].message.startswith("net A and net B: 3 places; worst: track [A] and track [B] are 0.100 mm apart on F.Cu")


def test_a_pair_on_several_layers_is_one_place():
    pair = board(via(0.6, 0.3, at="5 5"), via(0.6, 0.3, at="5.7 5", net=2), copper=4)
    (finding,) = run(pair, "copper-clearance.min=0.2mm").findings
    (place,) = finding.places
    assert place.layers == ("F.Cu", "In1.Cu", "In2.Cu", "B.Cu")
    assert round(place.measured, 6) == 0.1


def test_a_hard_limit_counts_before_a_preferred_one_that_is_farther_off():
    """0.1 mm on four layers: a tenth of what is preferred inside is worse than half of what is needed outside, but softer."""
    pairs = [via(0.6, 0.3, at=f"5 {y}") + via(0.6, 0.3, at=f"5.7 {y}", net=2) for y in (5, 8)]
    alone = track(0.2, at="1 1", to="3 1", layer="In1.Cu") + track(0.2, at="1 1.22", to="3 1.22", layer="In1.Cu", net=2)
    inner, outer = {"min": "0.01 mm", "prefer": "1 mm"}, {"min": "0.2 mm"}
    limits = [("copper-clearance", "min_inner", inner, "here"), ("copper-clearance", "min_outer", outer, "here")]
    chosen = {"copper-clearance": RULES["copper-clearance"]}
    report = engine.run(board(*pairs, alone, copper=4), chosen, resolve([], RULES, limits))
    (hard,) = [f for f in report.findings if f.severity == "error"]
    assert (hard.count, {p.limit for p in hard.places}) == (2, {0.2})
    assert "0.200 mm is needed" in hard.message
    assert [f.severity for f in report.findings] == ["error", "warning"]


def test_what_belongs_to_one_footprint_is_inherent():
    part = footprint(smd(at="0 0"), smd(at="1.1 0", net='(net 2 "B")', number="2"))
    (finding,) = run(board(part), "copper-clearance.min=0.2mm").findings
    assert finding.inherent
    assert [str(i) for i in finding.places[0].items] == ["pad U1.1 [A]", "pad U1.2 [B]"]


def test_fingerprints_are_unique_and_hold_when_the_board_moves_or_something_else_is_added():
    def prints(dx, *more):
        items = [track(0.2, at=f"{dx} {y}", to=f"{5 + dx} {y}", net=1 + (k % 2)) for k, y in enumerate((0, 0.3, 9, 9.3))]
        part = footprint(smd(at="0 0"), smd(at="1.1 0", net='(net 2 "B")', number="2"), at=f"{20 + dx} 20")
        return {f.fingerprint for f in run(board(*items, part, *more), "copper-clearance.min=0.2mm").findings}

    first = prints(0)
    assert len(first) == 2
    assert prints(7.25) == first
    assert first < prints(0, footprint(smd(at="0 0"), smd(at="1.1 0", net='(net 2 "B")', number="2"), at="30 30", ref="U2"))


def test_another_part_with_the_same_fault_is_not_excused_by_the_waiver_of_the_first(tmp_path):
    def fault(ref):
        (found,) = run(board(footprint(smd(), ref=ref)), rules=["courtyard-overlap"]).findings
        return found

    first, other = fault("C1"), fault("R9")
    assert first.fingerprint == other.fingerprint  # the footprint has no courtyard, whoever uses it
    accept([first], "agreed", design="demo", path=tmp_path / "a.toml")
    waivers = config.load(tmp_path / "a.toml").waivers
    done = [apply([found], waivers, active={first.rule})[0][0].waived for found in (first, other)]
    assert done == ["agreed", None]


@pytest.mark.skipif(not POSSIBLE, reason="this system cannot fork")
def test_two_processes_give_the_same_report(monkeypatch):
    monkeypatch.setattr(engine, "_LARGE", 0)
    sets = "copper-clearance.min=0.2mm", "same-net-gap.min=0.2mm", "acid-trap.min=100deg"
    one, two = (run(BOARD, *sets, jobs=jobs) for jobs in (1, 2))
    assert one == two
    assert {r.status for r in one.rules} > {"failed"}


@pytest.mark.skipif(not POSSIBLE, reason="this system cannot fork")
def test_what_a_child_process_fails_at_is_done_again_here():
    parent = os.getpid()

    def work():
        if os.getpid() != parent:
            raise ZeroDivisionError
        return "done here"

    assert beside(work)() == "done here"
    assert beside(os.getpid)() != parent


def test_a_second_run_gives_the_same_report():
    one, two = (run(BOARD, "copper-clearance.min=0.2mm", "hole-to-hole.min=0.5mm") for _ in range(2))
    assert one == two


def test_the_summary_counts_parts_by_side_and_kind():
    part = footprint(smd(at="0 0"))
    low = part.replace('"F.Cu") (at', '"B.Cu") (at').replace("U1", "U2")
    counts = engine.summary(board(part, low, via(0.6, 0.3)))
    assert counts["components"] == {"top": 1, "bottom": 1, "smd": 2, "tht": 0, "dnp": 0}
    assert (counts["pads"], counts["vias"], counts["holes"]) == (2, 1, 1)
    assert np.isclose(counts["thickness"], 1.6)


def plug_in(folder, text, **files):
    """Install a plug-in of this text, with further files in its package, into a folder."""
    package = folder / "their_checks"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(text)
    for name, content in files.items():
        (package / name).mkdir()
        (package / name / "own.toml").write_text(content)
    info = folder / "their_checks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-checks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dfmcheck]\ntheirs = their_checks\n")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins.load.cache_clear()
    yield tmp_path
    plugins.load.cache_clear()
    _CHECKS.pop("their.check", None)
    sys.modules.pop("their_checks", None)


CHECK = """from dfmcheck.check import Measurements, check

@check("their.check", tunes="join_tol")
def counted(ctx):
    return Measurements.none(7)
"""
TUNED = ROW.format(check="their.check", args="", param="join_tol", sense="tune", more='default = "1 mm"')
THEIRS = TUNED.replace("args = {  }", "always = true")


def test_a_plug_in_is_loaded_when_a_rule_needs_its_check(installed):
    plug_in(installed, CHECK)
    rule = replace(RULES["outline-open"], id="their-rule", check="their.check")
    result = engine.run(BOARD, {"their-rule": rule}, resolve([], RULES)).rules[0]
    assert (result.status, result.checked) == ("passed", 7)


@pytest.mark.parametrize(
    ("said", "folder"),
    [("", "rules"), ("RULES = 'mine'", "mine"), ("RULES = ['mine/own.toml']", "mine"),
     ("from pathlib import Path\nRULES = Path(__file__).parent / 'mine'", "mine")],
)  # fmt: skip
def test_the_rules_of_a_plug_in_are_in_the_catalogue(installed, said, folder):
    plug_in(installed, CHECK + said, **{folder: THEIRS})
    rules = load_rules()
    assert list(rules)[-1] == "mine"
    assert rules["mine"].origin.endswith("own.toml:1")
    result = engine.run(BOARD, {"mine": rules["mine"]}, resolve([], rules)).rules[0]
    assert (result.id, result.status, result.checked) == ("mine", "passed", 7)


def test_a_plug_in_that_does_not_load_is_told_in_one_line(installed):
    plug_in(installed, "import nowhere_to_be_found\n")
    with pytest.raises(DfmError, match=r"plug-in theirs \(their_checks\) does not load: No module named 'nowhere_to_be_found'"):
        load_rules()


def test_without_plug_ins_nothing_is_imported_to_look_for_them(installed):
    code = "import sys; from dfmcheck.rule import load_rules; load_rules(); print('importlib.metadata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
