"""The report in KiCad's own form: what its schema asks for, beside a report that kicad-cli wrote."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import reports
from reports import DEMO, demo, design, finding, item, report

from dfmcheck.report import Place, Report
from dfmcheck.rule import load_rules
from dfmcheck.write.kicad import to_kicad

UUID = re.compile(r"[0-9a-fA-F]{8}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{12}")
REQUIRED = {"source", "date", "kicad_version", "violations", "unconnected_items", "schematic_parity", "coordinate_units"}
KEYS = REQUIRED | {"$schema", "included_severities", "ignored_checks"}


def drc(made: Report) -> dict[str, Any]:
    """The report, with all that KiCad's schema drc.v1 says of one (the schema itself is not installed with KiCad)."""
    data: dict[str, Any] = json.loads(to_kicad(made).encode("utf-8"))
    assert REQUIRED <= set(data) <= KEYS
    datetime.fromisoformat(data["date"])
    assert re.fullmatch(r"\d{1,2}(\.\d{1,2}(\.\d{1,2})?)?", data["kicad_version"])
    assert data["coordinate_units"] == "mm"
    assert set(data["included_severities"]) <= {"error", "warning", "exclusion"}
    assert all(set(one) == {"key", "description"} for one in data["ignored_checks"])
    for one in data["violations"] + data["unconnected_items"] + data["schematic_parity"]:
        assert {"type", "description", "severity", "items"} <= set(one) <= {
            "type", "description", "severity", "items", "excluded", "comment",
        }  # fmt: skip
        assert one["severity"] in ("error", "warning")
        assert isinstance(one.get("excluded", False), bool)
        for part in one["items"]:
            assert set(part) == {"uuid", "description", "pos"}
            assert UUID.fullmatch(part["uuid"])
            assert set(part["pos"]) == {"x", "y"}
            assert all(isinstance(value, (int, float)) for value in part["pos"].values())
    return data


@pytest.mark.parametrize(
    ("rule", "kinds", "value", "param", "name"),
    [
        ("copper-clearance", ("pad", "track"), 0.1, "min_outer", "clearance"),
        ("copper-clearance", ("pad", "track"), 0.0, "min_outer", "shorting_items"),
        ("copper-clearance", ("track", "track"), -0.2, "min_outer", "tracks_crossing"),
        ("copper-clearance", ("zone", "zone"), -0.2, "min_inner", "zones_intersect"),
        ("hole-to-hole", ("via", "via"), 0.1, "same_net", "hole_to_hole"),
        ("hole-to-hole", ("via", "via"), 0.0, "identical_hits", "holes_co_located"),
        ("isolated-copper", ("via",), 0.3, "min_area", "via_dangling"),
        ("isolated-copper", ("pad",), 0.3, "min_area", "isolated-copper"),
        ("drill-size", ("via",), 0.1, "via_min", "drill-size"),
        ("netlist-compare", (), 2.0, "match_min", "netlist-compare"),
        ("track-width", ("track",), 0.1, "min_outer", "track_width"),
    ],
)
def test_a_name_of_kicads_only_where_it_says_what_is_there(
    rule: str, kinds: tuple[str, ...], value: float, param: str, name: str
) -> None:
    """A short is none of the `unconnected_items`, and an overlap no `clearance`: programs count by these names."""
    things = tuple(replace(item(f"U{n}"), kind=kind) for n, kind in enumerate(kinds))
    place = replace(finding().places[0], items=things, measured=value, param=param)
    known = load_rules()[rule]
    about = replace(reports.rule().about, kicad=known.kicad)
    told = design(replace(finding(), rule=rule, places=(place,)), rules=(replace(reports.rule(rule), about=about),))
    data = drc(Report((told,), "0"))
    assert [one["type"] for one in data["violations"]] == [name]
    assert not data["unconnected_items"]


def test_a_violation_a_place_in_kicads_own_words() -> None:
    made = demo()
    data = drc(made)
    rules = load_rules()
    places = [(f, p) for f in made.findings if f.severity != "note" for p in f.places]
    assert len(data["violations"]) == len(places) > 5
    for one, (f, p) in zip(data["violations"], places):
        assert one["type"] in (rules[f.rule].kicad or (f.rule,))
        spots = [(part["pos"]["x"], part["pos"]["y"]) for part in one["items"]]
        assert spots == [(round(i.x, 4), round(i.y, 4)) for i in p.items]
    assert {"annular_width", "clearance", "track_width", "courtyards_overlap"} <= {one["type"] for one in data["violations"]}
    assert data["source"] == "demo.kicad_pcb"
    assert data["kicad_version"] == "9.0"
    assert {one["key"] for one in data["ignored_checks"]} == {r.id for r in made.designs[0].rules if r.status == "skipped"}


def test_waived_is_excluded_with_its_reason_and_fixed_is_gone() -> None:
    found = [replace(finding(1), waived="as meant"), replace(finding(2), change="fixed"), finding(3, severity="note")]
    (one,) = drc(report(design(*found)))["violations"]
    assert (one["excluded"], one["comment"], one["type"]) == (True, "as meant", "annular_width")


def test_what_has_no_uuid_or_no_place_is_still_valid() -> None:
    nowhere = Place(float("nan"), float("nan"), (), float("nan"), None, "mm", ())
    spot = replace(nowhere, x=1.5, y=2.5, detail="a gap")
    found = [replace(finding(n), places=(place,)) for n, place in enumerate((nowhere, spot))]
    first, second, third = drc(report(design(*found, finding(3, item(uuid="0a1b")))))["violations"]
    assert first["items"] == []
    nil = "00000000-" + "0000-" * 3 + "0" * 12
    assert second["items"] == [{"description": "a gap", "pos": {"x": 1.5, "y": 2.5}, "uuid": nil}]
    assert third["items"][0]["uuid"] == nil
    assert drc(report())["violations"] == []


def test_the_date_is_that_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert drc(demo())["date"] == "1970-01-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert drc(demo())["date"] == "2023-11-14T22:13:20+00:00"


def test_hostile_text_is_told_as_text() -> None:
    data = drc(reports.hostile())
    assert len(data["violations"]) == len(reports.HOSTILE) + 1
    assert all(one["description"].isprintable() for one in data["violations"])


@pytest.mark.kicad
@pytest.mark.skipif(shutil.which("kicad-cli") is None, reason="no kicad-cli here")
def test_the_form_is_that_of_a_report_by_kicad(tmp_path: Path) -> None:
    out = tmp_path / "drc.json"
    command = ["kicad-cli", "pcb", "drc", "--format", "json", "--severity-all", "--units", "mm", "-o", str(out), str(DEMO)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    theirs, ours = json.loads(out.read_text()), drc(demo())
    assert set(theirs) <= set(ours) <= set(theirs) | {"ignored_checks", "included_severities"}
    assert theirs["$schema"] == ours["$schema"]
    assert {type(theirs[key]) for key in theirs} == {type(ours[key]) for key in theirs}
    assert set(theirs["violations"][0]) == set(ours["violations"][0])
    assert set(theirs["violations"][0]["items"][0]) == set(ours["violations"][0]["items"][0])
    # Where both tell of a thing they put it at one place, but for tracks, which KiCad has at their start.
    known = {part["uuid"]: part for one in theirs["violations"] for part in one["items"]}
    same = {part["uuid"]: part["pos"] for one in ours["violations"] for part in one["items"] if part["uuid"] in known}
    compared = [(pos, known[uuid]["pos"]) for uuid, pos in same.items() if not known[uuid]["description"].startswith("Track")]
    assert len(compared) > 2
    assert all(a == pytest.approx(b, abs=1e-4) for a, b in compared)
