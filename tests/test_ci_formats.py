"""JUnit, annotations of GitHub, GitLab's code quality and reviewdog's diagnostics, as their consumers read them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reports
from junitparser import Error, Failure, JUnitXml, Skipped
from reports import demo, design, finding, item, report, rule

import dfmcheck
from dfmcheck.report import Report
from dfmcheck.write.github import to_github
from dfmcheck.write.gitlab import to_gitlab
from dfmcheck.write.junit import to_junit
from dfmcheck.write.rdjson import to_rdjson
from dfmcheck.write.sarif import to_sarif


def junit(made: Report) -> JUnitXml:
    return JUnitXml.fromstring(to_junit(made).encode("utf-8"))


def results(made: Report) -> dict[str, Any]:
    """The results of each case by its name."""
    return {case.name: case.result for suite in junit(made) for case in suite}


def test_junit_has_a_suite_a_board_and_a_case_a_rule() -> None:
    made = report(design(finding(1)), design(name="second"))
    root = junit(made)
    assert (root.tests, root.failures, root.errors, root.skipped) == (6, 1, 0, 2)
    first, second = root
    assert (first.name, second.name) == ("demo", "second")
    assert [(case.classname, case.name) for case in first] == [(case.classname, case.name) for case in second]  # a steady number
    assert [type(result) for case in first for result in case.result] == [Failure, Skipped]
    failure, skipped = (result for case in first for result in case.result)
    assert failure.message == finding(1).message
    assert "at 10.000, 20.000 on F.Cu, demo.kicad_pcb:7" in failure.text
    assert "fix: Make the pad larger." in failure.text
    assert skipped.message == "needs courtyards"
    assert {case.time for case in first} == {None}
    timed = junit(report(design(rules=(rule(seconds=0.25), rule("track-width", "passed", seconds=1.5)))))
    assert [case.time for suite in timed for case in suite] == [0.25, 1.5]
    assert [suite.time for suite in timed] == [1.75]


def test_junit_fails_where_the_gate_does_and_only_there() -> None:
    soft = finding(1, severity="warning")
    for gate, fails in (("error", False), ("warning", True), ("note", True), ("never", False)):
        made = report(design(soft, fail_on=gate))
        assert (junit(made).failures == 1) is fails is made.failed()
    (case,) = (case for suite in junit(report(design(soft))) for case in suite if case.name == "annular-ring-outer")
    assert soft.message in case.system_out
    for same in (replace(finding(2), waived="so"), replace(finding(3), change="unchanged"), replace(finding(4), change="fixed")):
        assert junit(report(design(same))).failures == 0


def test_junit_of_a_strict_run_fails_for_what_was_skipped_or_assumed() -> None:
    notes = ({"path": "demo.kicad_pcb", "line": 4, "message": "read as mm"},)
    made = report(design(notes=notes, stale_waivers=("waivers.toml:3: dead",)), strict=True)
    found = results(made)
    assert found["courtyard-overlap"][0].message == "skipped: needs courtyards"
    assert found["stale-waivers"][0].text == "waivers.toml:3: dead"
    assert found["reader-notes"][0].text == "demo.kicad_pcb:4: read as mm"
    assert {type(result) for group in found.values() for result in group} == {Failure}


def test_junit_tells_crashes_and_unread_designs_as_errors() -> None:
    crashed = rule("silk-gap", "skipped", why_skipped="the check crashed: KeyError", crashed=True)
    beside = {"crashed": True, "why": "it crashed: ValueError"}
    made = report(design(rules=(crashed,), density=beside), errors=("x.kicad_pcb: bad",))
    found = results(made)
    assert [type(found[name][0]) for name in ("silk-gap", "density", "x.kicad_pcb: bad")] == [Error, Error, Error]
    assert junit(made).errors == 3


def test_junit_is_xml_whatever_the_board_holds() -> None:
    found = results(reports.hostile())
    assert len(found["annular-ring-outer"]) == 1
    assert "\\x00nul" in found["annular-ring-outer"][0].text
    assert "<img src=x onerror=alert(1)>" in found["annular-ring-outer"][0].text


COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(made: Report) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner reads them: escapes undone, properties parted at commas."""
    out = []
    for line in to_github(made).splitlines():
        read = COMMAND.fullmatch(line)
        assert read, line
        pairs = dict(pair.split("=", 1) for pair in read[2].split(","))
        assert set(pairs) <= {"title", "file", "line", "col", "endColumn"}
        out.append((read[1], {key: _undone(value) for key, value in pairs.items()}, _undone(read[3])))
    return out


def _undone(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_annotations_point_at_the_item_and_close_with_one_summary() -> None:
    told = commands(demo())
    level, where, message = told[0]
    assert (level, where["title"], where["file"]) == ("error", demo().findings[0].rule, "docs/demo.kicad_pcb")
    assert int(where["line"]) > 1
    assert int(where["endColumn"]) > int(where["col"]) >= 1
    assert message == demo().findings[0].message
    assert [level for level, _, _ in told] == ["error"] * 3 + ["warning"] * 3 + ["notice"]
    assert told[-1][2] == "demo: FAIL (fails on: error); 3 errors, 3 warnings, 8 notes"
    never = commands(replace(demo(), designs=(replace(demo().designs[0], fail_on="never"),)))
    assert never[-1][2].startswith("demo: PASS (fails on: never); 3 errors")


def test_at_most_ten_annotations_of_a_level_the_worst_of_each_design_first() -> None:
    grave = [finding(n, item(f"U{n}")) for n in range(15)]
    soft = [finding(90 + n, item(f"R{n}"), severity="warning") for n in range(12)]
    told = commands(report(design(*grave, *soft), design(finding(50, item("X1")), name="second")))
    levels = [level for level, _, _ in told]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert [message.split(".")[0] for _, _, message in told[:3]] == ["pad U0", "pad X1", "pad U1"]
    assert told[-1][2] == (
        "demo: FAIL (fails on: error); second: FAIL (fails on: error); 16 errors, 12 warnings; "
        "shown here: 10 of 16 errors, 10 of 12 warnings"
    )


def test_only_what_counts_is_annotated_and_faults_come_first() -> None:
    quiet = [replace(finding(1), waived="so"), replace(finding(2), change="unchanged"), replace(finding(3), change="fixed")]
    assert [level for level, _, _ in commands(report(design(*quiet)))] == ["notice"]
    crashed = rule("silk-gap", "skipped", why_skipped="the check crashed: KeyError", crashed=True)
    told = commands(report(design(finding(1), rules=(crashed,)), errors=("x.kicad_pcb: bad",)))
    assert [(where["title"], message) for _, where, message in told[:2]] == [
        ("dfmcheck", "x.kicad_pcb: bad"), ("silk-gap", "could not be checked: the check crashed: KeyError"),
    ]  # fmt: skip


def test_no_text_of_a_board_makes_a_command_or_a_property() -> None:
    told = commands(reports.hostile())
    assert len(told) == 11  # ten errors, of which two are faults, and the summary
    assert {key for _, where, _ in told for key in where} == {"title", "file", "line"}
    assert {where["file"] for _, where, _ in told if "file" in where} == {"demo.kicad_pcb"}
    assert all(level != "warning" for level, _, _ in told)


def test_no_name_of_a_file_makes_one_either() -> None:
    name = "a,b:c %25\r\n::error::x.kicad_pcb"
    placed = replace(finding(1).places[0], items=(replace(item(), file=name),))
    told = commands(report(design(replace(finding(1), places=(placed,)))))
    assert [level for level, _, _ in told] == ["error", "notice"]
    assert told[0][1]["file"] == name
    placed = replace(placed, items=(replace(item(), file="half\udc80.kicad_pcb"),))
    made = report(design(replace(finding(1), places=(placed,))))
    assert commands(made)[0][1]["file"] == "half\\udc80.kicad_pcb"
    assert "half%80.kicad_pcb" in to_sarif(made)


def test_gitlab_issues_have_the_documented_fields_and_one_fingerprint_each() -> None:
    first = design(finding(1), finding(2, severity="warning"), finding(3, severity="note"))
    made = report(first, design(finding(1), name="second"))
    issues = json.loads(to_gitlab(made))
    assert [one["severity"] for one in issues] == ["critical", "major", "info", "critical"]
    for one in issues:
        assert set(one) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["description"].startswith(f"{one['check_name']}: ")
        assert one["location"] == {"path": "demo.kicad_pcb", "lines": {"begin": 7}}
        assert re.fullmatch("[0-9a-f]{32}", one["fingerprint"])
    assert len({one["fingerprint"] for one in issues}) == 4
    again = json.loads(to_gitlab(report(design(finding(7), finding(2)))))  # one more, one gone: what stays keeps its fingerprint
    assert again[1]["fingerprint"] == issues[1]["fingerprint"]


def test_gitlab_is_told_of_crashes_and_of_what_was_there_before() -> None:
    crashed = rule("silk-gap", "skipped", why_skipped="the check crashed: KeyError", crashed=True)
    found = [replace(finding(1), change="unchanged"), replace(finding(2), change="fixed"), replace(finding(3), waived="so")]
    made = report(design(*found, rules=(crashed,)), errors=("x.kicad_pcb: bad",))
    issues = [(one["severity"], one["check_name"]) for one in json.loads(to_gitlab(made))]
    assert issues == [("blocker", "dfmcheck"), ("blocker", "silk-gap"), ("critical", "annular-ring-outer")]
    assert json.loads(to_gitlab(report(design()))) == []


@pytest.mark.parametrize("make", [to_gitlab, to_rdjson])
def test_json_of_hostile_text_is_utf_8(make: Any) -> None:
    text = make(reports.hostile())
    assert json.loads(text.encode("utf-8"))
    assert "\u202e" not in text
    assert "\udc80" not in json.dumps(json.loads(text), ensure_ascii=False)


def test_rdjson_has_the_fields_that_reviewdog_reads() -> None:
    data = json.loads(to_rdjson(demo()))
    assert set(data) == {"source", "diagnostics"}
    assert data["source"]["name"] == "dfmcheck"
    for one in data["diagnostics"]:
        assert {"message", "location", "severity", "code"} <= set(one) <= {
            "message", "location", "severity", "code", "related_locations",
        }  # fmt: skip
        assert one["severity"] in ("ERROR", "WARNING", "INFO")
        assert one["code"]["value"]
        for place in (one["location"], *(other["location"] for other in one.get("related_locations", ()))):
            assert place["path"] == "docs/demo.kicad_pcb"
            if "range" in place:
                start, end = place["range"]["start"], place["range"]["end"]
                assert start["line"] == end["line"] >= 1
                assert 1 <= start["column"] < end["column"]
    assert {"ERROR", "WARNING", "INFO"} == {one["severity"] for one in data["diagnostics"]}
    assert any("related_locations" in one for one in data["diagnostics"])
    only_new = report(design(replace(finding(1), change="unchanged"), replace(finding(2), change="new")))
    assert len(json.loads(to_rdjson(only_new))["diagnostics"]) == 1


def test_columns_of_rdjson_count_bytes(tmp_path: Path) -> None:
    effects = "(effects (font (size {0} {0}) (thickness 0.15)))"
    large, little = (f'(gr_text "Ωλ 漢字" (at 10 {n}) (layer "F.SilkS") {effects.format(n)})' for n in (5, 0.3))
    file = tmp_path / "ü.kicad_pcb"
    file.write_text(
        '(kicad_pcb (version 20241229) (generator "x") (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (5 "F.SilkS" user)\n'
        f'  (25 "Edge.Cuts" user)) {large} {little}\n (gr_rect (start 0 0) (end 40 20) (layer "Edge.Cuts")))',
        "utf-8",
    )
    made = dfmcheck.check(dfmcheck.read(file), select=["silk-legibility"])
    told = set()
    for one in json.loads(to_rdjson(made))["diagnostics"]:
        start, end = one["location"]["range"]["start"], one["location"]["range"]["end"]
        line = file.read_bytes().split(b"\n")[start["line"] - 1]
        told.add(line[start["column"] - 1 : end["column"] - 1].decode())
    assert told == {little}
