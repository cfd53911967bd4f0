"""Exclusions made in KiCad waive what they exclude and no more; KiCad's own DRC is the referee."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from referee import needs_kicad

import dfmcheck
from dfmcheck import api, cli, exclusions
from dfmcheck.board import Board
from dfmcheck.exclusions import Exclusion, parse, parse_all
from dfmcheck.report import DesignReport, Finding

A, B, C = (f"00000000-0000-4000-8000-00000000000{n}" for n in "abc")
NIL = "00000000-0000-0000-0000-000000000000"
RULES = ("copper-clearance", "annular-ring-outer")
FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
FIXED = (
    "copper-clearance",
    "annular-ring-outer",
    "hole-to-hole",
    "silk-over-opening",
    "courtyard-overlap",
    "mask-exposes-neighbour",
)

BOARD = f"""(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (25 "Edge.Cuts" user))
 (net 0 "") (net 1 "A") (net 2 "B") (net 3 "C")
 (gr_rect (start 0 0) (end 40 30) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts") (uuid "{NIL[:-1]}1"))
 (segment (start 5 10) (end 15 10) (width 0.2) (layer "F.Cu") (net 1) (uuid "{A}"))
 (segment (start 5 10.25) (end 15 10.25) (width 0.2) (layer "F.Cu") (net 2) (uuid "{B}"))
 (via (at 30 20) (size 0.5) (drill 0.4) (layers "F.Cu" "B.Cu") (net 3) (uuid "{C}")))
"""
PAIR, RING = f"clearance|10000000|10100000|{A}|{B}", f"annular_width|30000000|20000000|{C}|{NIL}"


def project(*entries: Any) -> str:
    return json.dumps({"board": {"design_settings": {"drc_exclusions": list(entries)}}})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.kicad_pcb").write_text(BOARD)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict[str, Any]]:
    status = cli.main([*args, "-f", "json", "-s", ",".join(RULES)])
    return status, json.loads(capsys.readouterr().out)["designs"][0]


def waived(design: dict[str, Any]) -> dict[str, str | None]:
    return {f["rule"]: f["waived"] for f in design["findings"]}


def test_an_entry_is_read_in_every_form_that_kicad_writes() -> None:
    assert parse(PAIR) == Exclusion("clearance", 10.0, 10.1, frozenset((A, B)))
    assert parse([PAIR, "agreed\n with   us"]).comment == "agreed with us"
    assert parse([PAIR]).comment == ""
    assert parse(RING).uuids == {C}
    assert parse(f"copper_sliver|1|2|{A.upper()}|F.Cu") == Exclusion("copper_sliver", 1e-6, 2e-6, frozenset((A,)), layer="F.Cu")
    assert parse(f"starved_thermal|1|2|{A}|{B}|In1.Cu").layer == "In1.Cu"
    assert parse("unresolved_variable|1|2|${X}|").uuids == frozenset()
    assert len(parse([PAIR, "x" * 10_000]).comment) == 300


@pytest.mark.parametrize(
    "entry", [None, 7, {}, [], "", "clearance", "clearance|a|b|c|d", "clearance|1e3|2|c|d", [[], ""], [7, "x"]]
)
def test_what_is_no_entry_is_counted_and_excuses_nothing(entry: Any) -> None:
    assert parse_all([entry, PAIR]) == ((parse(PAIR),), 1)


def test_an_excluded_finding_is_waived_with_the_comment(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, design = run(capsys, "b.kicad_pcb")
    assert (status, waived(design)) == (1, dict.fromkeys(RULES))
    pro = place / "b.kicad_pro"
    pro.write_text(project(RING, [f"clearance|10000000|10100000|{B}|{A}", "same supply"]))
    status, design = run(capsys, "b.kicad_pcb")
    assert (status, waived(design)) == (0, {RULES[0]: "excluded in KiCad: same supply", RULES[1]: "excluded in KiCad"})
    assert (design["summary"]["waived"], design["stale_waivers"]) == (2, [])
    assert [(i["path"], i["sha256"]) for i in design["inputs"]][1] == ("b.kicad_pro", sha256(pro.read_bytes()).hexdigest())


@pytest.mark.parametrize(
    "entry",
    [
        f"track_width|10000000|10100000|{A}|{B}",  # another type
        f"clearance|10000000|10100000|{A}|{C}",  # another item
        f"clearance|10000000|10100000|{NIL}|{NIL}",
        f"clearance|10000000|14000000|{A}|{B}",  # the place that its items had before they were moved
    ],
)  # fmt: skip
def test_another_type_item_or_place_excuses_nothing_and_is_not_stale(
    place: Path, capsys: pytest.CaptureFixture[str], entry: str
) -> None:
    (place / "b.kicad_pro").write_text(project(entry))
    status, design = run(capsys, "b.kicad_pcb", "--strict", "--fail-on", "never")
    assert (status, waived(design), design["stale_waivers"]) == (0, dict.fromkeys(RULES), [])


def test_a_config_may_switch_it_off(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.kicad_pro").write_text(project(PAIR, RING))
    (place / "dfmcheck.toml").write_text("kicad-exclusions = false\n")
    assert waived(run(capsys, "b.kicad_pcb")[1]) == dict.fromkeys(RULES)
    (place / "dfmcheck.toml").write_text("kicad-exclusions = true\n")
    assert run(capsys, "b.kicad_pcb")[0] == 0


def test_accept_writes_none_of_them_and_a_waiver_of_ours_gives_its_own_reason(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "b.kicad_pro").write_text(project(PAIR))
    assert run(capsys, "b.kicad_pcb", "--accept", "agreed")[0] == 0
    told = (place / ".dfmcheck.toml").read_text()
    assert (told.count("[[waiver]]"), RULES[0] in told) == (1, False)
    (place / "b.kicad_pro").write_text(project(PAIR, RING))
    _, design = run(capsys, "b.kicad_pcb")
    assert waived(design) == {RULES[0]: "excluded in KiCad", RULES[1]: "agreed"}
    assert design["stale_waivers"] == []


def test_a_board_in_a_zip_or_a_folder_brings_its_project(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(place / "all.zip", "w") as archive:
        archive.writestr("in/b.kicad_pcb", BOARD)
        archive.writestr("in/b.kicad_pro", project(PAIR, [RING, "drawn so"]))
    (place / "folder").mkdir()
    shutil.copy("b.kicad_pcb", "folder")
    (place / "folder" / "b.kicad_pro").write_text(project(PAIR, [RING, "drawn so"]))
    for name in ("all.zip", "folder"):
        status, design = run(capsys, name)
        assert (status, waived(design)[RULES[1]]) == (0, "excluded in KiCad: drawn so")
        assert [Path(i["path"]).suffix for i in design["inputs"]] == [".kicad_pcb", ".kicad_pro"]


@pytest.mark.parametrize(
    "text", ["{", "[" * 99_999, '{"board": {"design_settings": {"drc_exclusions": {"a": 1}}}}', project(7, PAIR)]
)
def test_a_damaged_project_is_a_note(place: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (place / "b.kicad_pro").write_text(text)
    _, design = run(capsys, "b.kicad_pcb")
    assert [Path(n["path"]).name for n in design["notes"]] == ["b.kicad_pro"]


def many(*uuids: str) -> str:
    """Three vias with a narrow ring: one finding, for they are of one net."""
    vias = (
        f'(via (at {10 * n} 20) (size 0.5) (drill 0.4) (layers "F.Cu" "B.Cu") (net 3) (uuid "{u}"))'
        for n, u in enumerate(uuids, 1)
    )
    return BOARD[: BOARD.index("(segment")] + "\n".join(vias) + ")"


def test_a_finding_that_is_excluded_in_part_stays_and_tells_how_much(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.kicad_pcb").write_text(many(A, B, C))
    (place / "b.kicad_pro").write_text(project(RING, f"annular_width|10000000|20000000|{A}|{NIL}"))
    status, design = run(capsys, "b.kicad_pcb")
    assert (status, waived(design)) == (1, {RULES[1]: None})
    assert design["findings"][0]["message"].endswith("(2 of its 3 places are excluded in KiCad)")
    (place / "b.kicad_pro").write_text(
        project(RING, *(f"annular_width|{n}0000000|20000000|{u}|{NIL}" for n, u in ((1, A), (2, B))))
    )
    assert run(capsys, "b.kicad_pcb")[0] == 0


def track(uuid: str, net: int, *ends: float) -> str:
    x, y, to_x, to_y = ends
    return f'(segment (start {x} {y}) (end {to_x} {to_y}) (width 0.2) (layer "F.Cu") (net {net}) (uuid "{uuid}"))'


def two(*other: float, start: float = 5.0, more: str = "") -> str:
    """A track along y = 10 and another one."""
    return BOARD[: BOARD.index("(segment")] + track(A, 1, start, 10, 35, 10) + track(B, 2, *other) + more + ")"


@needs_kicad
@pytest.mark.kicad
def test_kicad_agrees_about_what_is_excluded(tmp_path: Path) -> None:
    """KiCad finds, is told to exclude most violations, and says which it excludes: those and no others are waived."""
    plan = api.plan(["standard"])
    shared = {kind for rule in plan.rules.values() for kind in rule.kicad}
    met: set[str] = set()
    for name in FIXED:
        path = Path(shutil.copy(FIXTURES / f"{name}.kicad_pcb", tmp_path))
        entries = []
        for n, v in enumerate(drc(path)):
            first, second = [*(i["uuid"] for i in v["items"]), NIL][:2]
            # KiCad does not tell its own place of a violation; for many types it is that of an item.
            spots = {(round(i["pos"]["x"] * 1e6), round(i["pos"]["y"] * 1e6)) for i in v["items"]}
            entries += [[f"{v['type']}|{x}|{y}|{first}|{second}", f"number {n}"] for x, y in spots if n % 7]
        path.with_suffix(".kicad_pro").write_text(project(*entries))
        sure = [v for v in drc(path) if v.get("excluded") and v["type"] in shared]
        known = {(v["type"], frozenset(i["uuid"] for i in v["items"])) for v in sure}
        path.with_suffix(".kicad_pro").write_text(project(*(e for e in entries if of(e) in known)))
        board = dfmcheck.read(path)
        report = exclusions.excuse(plan.run(board), board, plan.rules)
        for finding in report.findings:
            theirs = {kind for kind in plan.rules[finding.rule].kicad if excluded(finding, kind, known)}
            assert (finding.waived is not None) == bool(theirs), (name, finding.message)
            met |= theirs
    assert met >= {"clearance", "annular_width"}


@needs_kicad
@pytest.mark.kicad
@pytest.mark.parametrize(
    ("board", "excluded_"),
    [
        (two(5, 10.28, 15, 10.28), True),
        (two(5, 10.25, 15, 10.25), True),  # nearer than it was, and KiCad has it at the same point
        (two(5.6, 10.21, 15, 10.21, start=5.6), False),
        (two(5, 10.9, 35, 9.9), False),
    ],
)
def test_kicad_is_the_referee_of_places_too(tmp_path: Path, board: str, excluded_: bool) -> None:
    path = tmp_path / "b.kicad_pcb"
    path.write_text(board)
    path.with_suffix(".kicad_pro").write_text(project(f"clearance|5000000|10000000|{A}|{B}"))
    assert any(v.get("excluded") for v in drc(path) if v["type"] == "clearance") is excluded_
    plan = api.plan(["standard"], select=[RULES[0]])
    ours = dfmcheck.read(path)
    (done,) = exclusions.excuse(plan.run(ours), ours, plan.rules).findings
    assert (done.waived is not None) is excluded_


def drc(path: Path) -> list[dict[str, Any]]:
    out = path.with_suffix(".json")
    command = ["kicad-cli", "pcb", "drc", "--format", "json", "--severity-all", "--all-track-errors", "-o", out, path]
    subprocess.run(command, check=True, capture_output=True)
    found: list[dict[str, Any]] = json.loads(out.read_text())["violations"]
    return found


def of(entry: list[str]) -> tuple[str, frozenset[str]]:
    kind, _, _, *uuids = entry[0].split("|")
    return kind, frozenset(uuids) - {NIL}


def excluded(finding: Finding, kind: str, known: set[tuple[str, frozenset[str]]]) -> bool:
    """Whether every place is about items that KiCad excludes, by themselves or together."""
    sets = [{frozenset([i.uuid or ""]) for i in p.items} | {frozenset(i.uuid or "" for i in p.items)} for p in finding.places]
    return all(any((kind, uuids) in known for uuids in found) for found in sets)


@pytest.mark.parametrize(
    ("board", "entry", "excused"),
    [
        (two(5, 10.28, 15, 10.28), f"clearance|5000000|10000000|{A}|{B}", True),
        (two(5, 10.28, 15, 10.28), f"clearance|15000000|10280000|{A}|{B}", True),
        (two(5, 10.28, 15, 10.28), f"clearance|5000000|10000000|{A}|{NIL}", False),  # one thing of two
        (two(5.6, 10.21, 15, 10.21, start=5.6), f"clearance|5000000|10000000|{A}|{B}", False),  # another gap, by other ends
        (two(5, 10.9, 35, 9.9), f"clearance|5000000|10000000|{A}|{B}", False),  # they cross far away
        (two(5, 10.9, 35, 9.9), f"clearance|32000000|10000000|{A}|{B}", False),  # crossing is no clearance
        (two(5, 10.9, 35, 9.9), f"tracks_crossing|32000000|10000000|{A}|{B}", True),
        (two(5, 10.28, 15, 10.28), f"tracks_crossing|5000000|10000000|{A}|{B}", False),
    ],
)
def test_an_exclusion_is_for_what_is_at_its_point_and_no_other_kind(
    place: Path, capsys: pytest.CaptureFixture[str], board: str, entry: str, excused: bool
) -> None:
    (place / "b.kicad_pcb").write_text(board)
    (place / "b.kicad_pro").write_text(project(entry))
    _, design = run(capsys, "b.kicad_pcb")
    assert [f["waived"] is not None for f in design["findings"] if f["rule"] == RULES[0]] == [excused]


@pytest.mark.parametrize(("x", "excused"), [(20, True), (7, False)])
def test_the_edge_is_on_no_layer_of_copper_and_can_be_excluded_all_the_same(place: Path, x: float, excused: bool) -> None:
    """A track crosses the bottom edge at x = 20."""
    (place / "b.kicad_pcb").write_text(BOARD[: BOARD.index("(segment")] + track(A, 1, 20, 25, 20, 35) + ")")
    (place / "b.kicad_pro").write_text(project(f"copper_edge_clearance|{x}000000|30000000|{A}|{NIL[:-1]}1"))
    plan = api.plan(["standard"], select=["copper-to-edge"])
    board = dfmcheck.read(place / "b.kicad_pcb")
    (done,) = exclusions.excuse(plan.run(board), board, plan.rules).findings
    assert (done.waived is not None) is excused


def test_one_exclusion_excuses_one_place(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A zone of two pieces is too near to a track at both of them: KiCad tells each, and asks for an exclusion of each."""
    piece = '(filled_polygon (layer "F.Cu") (pts (xy {0} 10.28) (xy {1} 10.28) (xy {1} 12) (xy {0} 12)))'
    outline = "(polygon (pts (xy 5 10.28) (xy 30 10.28) (xy 30 12) (xy 5 12)))"
    zone = f'(zone (net 2) (net_name "B") (layer "F.Cu") (uuid "{C}") (hatch edge 0.5) (min_thickness 0.2) (fill yes) {outline}'
    pieces = piece.format(6, 12) + piece.format(20, 26) + ")"
    (place / "b.kicad_pcb").write_text(two(5, 20, 15, 20, more=zone + pieces))
    plan = api.plan(["standard"])
    board = dfmcheck.read(place / "b.kicad_pcb")
    report = plan.run(board)
    (near,) = (f for f in report.findings if f.rule == RULES[0])
    places = tuple(replace(near.places[0], x=x, y=10.1) for x in (9.0, 23.0))
    report = replace(report, findings=(replace(near, places=places),))
    entries = [f"clearance|{x}|10100000|{A}|{C}" for x in (9000000, 23000000, 23000000)]
    for some, said in (
        (entries[:1], "(1 of its 2 places are excluded in KiCad)"), (entries[1:2] * 2, ""), (entries[:2], "")
    ):  # fmt: skip
        excluded_ = replace(board, settings={**board.settings, exclusions.SETTING: parse_all(some)[0]})
        (done,) = exclusions.excuse(report, excluded_, plan.rules).findings
        assert done.message.endswith(said)
        assert (done.waived is not None) == (not said)


def test_an_exclusion_on_one_layer_excuses_no_other() -> None:
    found = dfmcheck.check(dfmcheck.read(FIXTURES / "copper-clearance.kicad_pcb")).findings[0].places[0]
    for layers, layer, fits in (
        (("F.Cu",), "F.Cu", True),
        (("F.Cu",), "", True),
        (("B.Cu",), "F.Cu", False),
        (("F.Cu", "B.Cu"), "F.Cu", False),
    ):
        given = Exclusion("starved_thermal", 0, 0, frozenset((A, B)), layer=layer)
        assert exclusions._fits(given, replace(found, layers=layers)) is fits


def test_a_board_without_a_project_is_left_alone() -> None:
    board = dfmcheck.read(FIXTURES / "track-width.kicad_pcb")
    report = api.plan(["standard"]).run(board)
    assert isinstance(board, Board)
    assert isinstance(report, DesignReport)
    assert exclusions.excuse(report, board, {}) is report
