"""What changed between two revisions: findings that were moved or renamed are the same ones; nothing else is taken for them."""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_report import design, finding, item

from dfmcheck import against, cli
from dfmcheck.report import Finding, ItemRef, LimitUsed, Place

RULES = ("copper-clearance", "annular-ring-outer", "track-width", "copper-to-edge")
A, B, C, D = (f"00000000-0000-4000-8000-00000000000{n}" for n in "abcd")
NIL = "00000000-0000-0000-0000-000000000000"
HEAD = """(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (25 "Edge.Cuts" user)) (net 0 "") (net 1 "A") (net 2 "B") (net 3 "C")
 (gr_rect (start 0 0) (end 40 30) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts") (uuid "00000000-0000-4000-8000-000000000001"))
"""  # noqa: E501


def via(uuid: str, x: float, size: float = 0.5, net: int = 3) -> str:
    return f'(via (at {x} 20) (size {size}) (drill 0.4) (layers "F.Cu" "B.Cu") (net {net}) (uuid "{uuid}"))'


def pair(gap: float = 0.05) -> str:
    """Two tracks too near to each other."""
    rows = ((A, 10.0, 1), (B, 10.2 + gap, 2))
    track = '(segment (start 5 {y}) (end 15 {y}) (width 0.2) (layer "F.Cu") (net {net}) (uuid "{uuid}"))'
    return "".join(track.format(uuid=uuid, y=y, net=net) for uuid, y, net in rows)


def board(*items: str) -> str:
    return HEAD + "\n".join(items) + ")\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "b.kicad_pcb").write_text(board(pair(), via(C, 30)))
    (tmp_path / "b.kicad_pcb").write_text(board(pair(), via(C, 30)))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[dict[str, Any]]]:
    status = cli.main([*args, "-f", "json", "-s", ",".join(RULES)])
    return status, json.loads(capsys.readouterr().out)["designs"]


def changes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((f["rule"], f["change"]) for f in found["findings"])


SAME = [("annular-ring-outer", "unchanged"), ("copper-clearance", "unchanged")]


def test_a_design_against_itself_is_unchanged_however_it_is_given(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile("old.zip", "w") as archive:
        archive.write("b.kicad_pcb", "in/b.kicad_pcb")
    run(capsys, "b.kicad_pcb", "-o", "old.json")
    for earlier in ("b.kicad_pcb", "old", "old.zip", "old.json"):
        status, (found,) = run(capsys, "b.kicad_pcb", "--against", earlier)
        assert (status, changes(found), found["notes"]) == (0, SAME, [])


def test_new_fixed_and_worse_ones_are_told_and_new_ones_fail(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.kicad_pcb").write_text(board(pair(), via(D, 20, net=1)))
    status, (found,) = run(capsys, "b.kicad_pcb", "--against", "old")
    ring = "annular-ring-outer"
    assert (status, changes(found)) == (1, [(ring, "new"), ("copper-clearance", "unchanged")])
    assert any("via [A] was not part of it" in f["message"] for f in found["findings"])
    (place / "b.kicad_pcb").write_text(board(pair(0.03), via(C, 30)))
    status, (found,) = run(capsys, "b.kicad_pcb", "--against", "old/b.kicad_pcb")
    assert (status, changes(found)) == (1, [(ring, "unchanged"), ("copper-clearance", "new")])
    assert any("(worse than before: 0.030 mm, it had 0.050 mm)" in f["message"] for f in found["findings"])
    (place / "b.kicad_pcb").write_text(board(via(D, 20, 1.0)))
    status, (found,) = run(capsys, "b.kicad_pcb", "--against", "old")
    assert (status, {change for _, change in changes(found)}) == (0, {"fixed"})


def test_renamed_nets_are_known_by_their_items(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (place / "b.kicad_pcb").read_text()
    (place / "b.kicad_pcb").write_text(text.replace('(net 1 "A")', '(net 1 "VDD")').replace('(net 3 "C")', '(net 3 "/io/SDA")'))
    run(capsys, "old/b.kicad_pcb", "-o", "old.json")
    for earlier in ("old", "old.json"):
        status, (found,) = run(capsys, "b.kicad_pcb", "--against", earlier)
        assert (status, changes(found)) == (0, SAME)


def test_things_without_uuids_are_known_wherever_they_are_moved_together(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def strips(*left: float) -> str:
        track = '(segment (start {x} 0.2) (end {end} 0.2) (width 0.2) (layer "F.Cu") (net 0))'
        return board(*(track.format(x=x, end=x + 3) for x in left))

    (place / "old" / "b.kicad_pcb").write_text(strips(5, 15, 25))
    apart = ["fixed"] * 2 + ["new"] * 2 + ["unchanged"]
    lone = ["fixed", "new", *["unchanged"] * 2]
    stay = ["unchanged"] * 3
    cases = (((6.3, 16.3, 26.3), stay), ((5.08, 15, 25), stay), ((6, 15, 25), lone), ((6, 17, 25), apart))
    for left, expected in cases:
        (place / "b.kicad_pcb").write_text(strips(*left))
        _, (found,) = run(capsys, "b.kicad_pcb", "--against", "old")
        assert sorted(change for _, change in changes(found)) == expected


def test_several_designs_are_each_compared_with_the_one_of_their_name(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (place, place / "old"):
        (folder / "two.kicad_pcb").write_text(board(via(D, 10)))
    for earlier, jobs in (("old", ("-j", "2")), ("old.json", ())):
        status, found = run(capsys, "b.kicad_pcb", "two.kicad_pcb", "--against", earlier, *jobs)
        assert (status, [changes(d) for d in found]) == (0, [SAME, SAME[:1]])
        run(capsys, "b.kicad_pcb", "two.kicad_pcb", "-o", "old.json")
    assert cli.main(["b.kicad_pcb", "--against", "old/two.kicad_pcb", "-s", RULES[2]]) == 0  # the only one there is
    (place / "old" / "b.kicad_pcb").unlink()
    assert cli.main(["b.kicad_pcb", "two.kicad_pcb", "--against", "old", "-s", RULES[2]]) == 2
    assert "old: holds nothing earlier of b; it has two" in capsys.readouterr().err


def test_accepting_against_an_earlier_state_writes_all_that_is_open_and_nothing_that_is_gone(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "b.kicad_pcb").write_text(board(pair(0.08)))
    status, (found,) = run(capsys, "b.kicad_pcb", "--against", "old", "--accept", "agreed")
    assert (status, [(f["change"], f["waived"]) for f in found["findings"]]) == (0, [("unchanged", "agreed"), ("fixed", None)])
    assert (place / ".dfmcheck.toml").read_text().count("[[waiver]]") == 1


def test_a_waiver_that_is_gone_makes_its_finding_count_again() -> None:
    old, now = (
        design(finding(1, waived="until spring"), finding(2, waived="agreed")),
        design(finding(1), finding(2, waived="agreed")),
    )
    first, second = against.compare(now, old).findings
    assert (first.change, second.change) == ("new", "unchanged")
    assert first.message.endswith("(it was waived before)")
    assert against.compare(design(finding(1, waived="agreed")), design(finding(1))).findings[0].change == "unchanged"


def at(n: int, x: float, *items: ItemRef, measured: float = 0.118) -> Finding:
    return replace(finding(n), places=(Place(x, 20.0, ("F.Cu",), measured, 0.13, "mm", items, "min"),))


def told(now: list[Finding], before: list[Finding]) -> list[str | None]:
    return [f.change for f in against.compare(design(*now), design(*before)).findings]


def nameless(x: float) -> ItemRef:
    return replace(item(), kind="graphic", uuid=None, component=None, pad=None, net=None, x=x)


def test_pairs_that_could_be_others_are_not_made() -> None:
    pad, other = replace(item(), uuid=A), replace(item(), uuid=B)
    assert told([at(2, 5, pad)], [at(1, 9, pad)]) == ["unchanged"]
    assert told([at(2, 5, pad)], [at(1, 5, other)]) == ["new", "fixed"]  # a thing of the same net at the same place
    assert told([at(2, 5, pad), at(3, 6, pad)], [at(1, 9, pad)]) == ["new", "new", "fixed"]
    assert told([at(2, 5, pad)], [at(1, 9, pad), at(3, 7, pad)]) == ["new", "fixed", "fixed"]
    assert told([replace(at(2, 5, pad), rule="track-width")], [at(1, 5, pad)]) == ["new", "fixed"]
    assert (
        told([at(3, 5, nameless(5)), at(4, 7, nameless(7))], [at(1, 1, nameless(1)), at(2, 3, nameless(3))]) == ["unchanged"] * 2
    )
    assert told([at(3, 5, nameless(5)), at(4, 8, nameless(8))], [at(1, 1, nameless(1)), at(2, 3, nameless(3))]) == [
        "new", "new", "fixed", "fixed",
    ]  # fmt: skip
    assert told([at(2, 5, nameless(5), measured=0.1)], [at(1, 5, nameless(5))]) == ["new", "fixed"]


@pytest.mark.parametrize(
    "other", [{"layers": ("B.Cu",)}, {"param": "max"}, {"detail": "the hole breaks out"}, {"detail": "angle 45.5"}]
)
def test_another_layer_limit_or_fault_of_one_thing_is_another(other: dict[str, Any]) -> None:
    old, new = at(1, 5, replace(item(), uuid=A)), at(2, 5, replace(item(), uuid=A))
    assert told([new], [old]) == ["unchanged"]
    new = replace(new, places=(replace(new.places[0], **other),))
    assert told([new], [old]) == ["new", "fixed"]
    if "45.5" in str(other):
        old = replace(old, places=(replace(old.places[0], detail="angle 30"),))
        assert told([new], [old]) == ["unchanged"]  # a number does not make another fault
    assert told([replace(at(2, 5, replace(item(), uuid=A)), inherent=True)], [at(1, 5, replace(item(), uuid=A))])[0] == "new"


def test_what_was_fixed_before_is_not_there_and_what_is_fixed_now_is_not_waived() -> None:
    assert told([finding(1)], [finding(1, change="fixed")]) == ["new"]
    (gone,) = against.compare(design(), design(finding(1, waived="agreed"))).findings
    assert (gone.change, gone.waived) == ("fixed", None)


def test_two_designs_of_one_name_are_told_apart_by_their_paths(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is mended on one board and new on the other is new."""
    bad, good = board(pair()), board(pair(0.5))
    for folder, main, io in (("old", bad, good), (".", good, bad)):
        for name, text in (("main", main), ("io", io)):
            (place / folder / name).mkdir(parents=True)
            (place / folder / name / "c.kicad_pcb").write_text(text)
    run(capsys, "old/main/c.kicad_pcb", "old/io/c.kicad_pcb", "-o", "old.json")
    status, found = run(capsys, "main/c.kicad_pcb", "io/c.kicad_pcb", "--against", "old.json")
    assert (status, [changes(d) for d in found]) == (1, [[(RULES[0], "fixed")], [(RULES[0], "new")]])
    assert cli.main(["main/c.kicad_pcb", "io/c.kicad_pcb", "--against", "old/io", "-s", RULES[0]]) == 2
    assert "old/io: holds one c, which was taken for main/c.kicad_pcb already" in capsys.readouterr().err
    (place / "main").rename(place / "new")
    assert cli.main(["new/c.kicad_pcb", "--against", "old.json", "-s", RULES[0]]) == 2
    assert "old.json: holds 2 designs of the name c, and their paths do not tell" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["b.kicad_pro", ".dfmcheck.toml"])
def test_what_the_earlier_revision_excused_and_now_is_not_counts_as_new(
    place: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    old = place / "old"
    if how == "b.kicad_pro":
        ring, near = f"annular_width|30000000|20000000|{C}|{NIL}", f"clearance|5000000|10000000|{A}|{B}"
        (old / how).write_text(json.dumps({"board": {"design_settings": {"drc_exclusions": [ring, near]}}}))
    else:
        run(capsys, "b.kicad_pcb", "--accept", "agreed")
        (place / how).rename(old / how)
    run(capsys, "old/b.kicad_pcb", "-o", "old.json")
    (old / "b.kicad_pcb").rename(old / "before.kicad_pcb")
    if how == "b.kicad_pro":
        (old / how).rename(old / "before.kicad_pro")
    for earlier in ("old", "old.json"):
        status, (found,) = run(capsys, "b.kicad_pcb", "--against", earlier)
        assert (status, changes(found)) == (1, [(rule, "new") for rule, _ in SAME])
        assert all(f["message"].endswith("(it was waived before)") for f in found["findings"])


def test_things_with_a_name_only_are_known_by_it_or_by_their_place() -> None:
    bare = replace(item(), uuid=None)
    assert told([at(2, 5, bare)], [at(1, 9, bare)]) == ["unchanged"]
    renamed = replace(bare, net="VSS")
    assert told([at(2, 5, renamed)], [at(1, 5, bare)]) == ["unchanged"]
    assert told([at(2, 5, renamed)], [at(1, 9, bare)]) == ["new", "fixed"]


def test_what_has_no_items_is_known_by_its_fingerprint_alone() -> None:
    gone = replace(at(1, math.nan), message="no drill file", shared=True)
    other = replace(at(2, math.nan), message="no solder mask for the bottom", shared=True)
    assert told([other], [gone]) == ["new", "fixed"]
    assert told([at(2, 80)], [at(1, 10)]) == ["new", "fixed"]
    assert told([gone], [replace(gone, message="no drill files")]) == ["unchanged"]


def test_another_footprint_without_a_reference_of_its_own_is_another() -> None:
    part = replace(item(), kind="pad", component="REF**", pad="1", net=None)
    for ref in ("REF**", "H1"):
        one, other = (replace(part, uuid=uuid, component=ref, x=x) for uuid, x in ((A, 5.0), (B, 90.0)))
        assert told([at(2, 90, other)], [at(1, 5, one)]) == ["new", "fixed"]
        assert told([at(2, 7, replace(one, x=7.0))], [at(1, 5, one)]) == ["unchanged"]
    bare = [replace(part, uuid=None, x=x) for x in (5.0, 90.0)]
    assert told([at(2, 90, bare[1])], [at(1, 5, bare[0])]) == ["new", "fixed"]


def test_one_thing_in_common_does_not_make_two_places_the_same() -> None:
    track, zone, other = replace(item(), uuid=A), replace(item(), uuid=B, kind="zone"), replace(item(), uuid=C, kind="zone")
    assert told([at(2, 90, track, other)], [at(1, 5, track, zone)]) == ["new", "fixed"]
    assert told([at(2, 90, zone, track)], [at(1, 5, track, zone)]) == ["unchanged"]


def test_a_lone_nameless_thing_must_lie_where_it_lay_as_the_board_did_not_move() -> None:
    def changes_(x: float, corner: float, width: float = 50.0) -> list[str | None]:
        now, before = (
            replace(design(f), board={"corner": [c, 0.0], "width": w, "height": 30.0})
            for f, c, w in ((at(2, x, nameless(x)), corner, width), (at(1, 5, nameless(5)), 0.0, 50.0))
        )
        return [f.change for f in against.compare(now, before).findings]

    assert changes_(5.09, 0.0) == changes_(25.09, 20.0) == changes_(5, 20.0) == ["unchanged"]
    assert changes_(5.2, 0.0) == changes_(25, 0.0) == changes_(25, 20.0, 70.0) == ["new", "fixed"]
    assert told([at(1, 90, nameless(90))], [at(1, 5, nameless(5))]) == ["new"]  # the same fingerprint: drawings on one layer


def test_a_known_finding_with_another_place_is_new() -> None:
    one, other = (replace(item(), kind="track", uuid=uuid) for uuid in (A, B))
    (new,) = against.compare(design(at(1, 90, other)), design(at(1, 5, one))).findings
    assert new.change == "new"
    assert new.message.endswith("(worse than before: track [GND] was not part of it)")
    copy = replace(one, net="VCC", x=90.0)  # KiCad 5 gave copies the uuid of what they were made of
    assert told([at(1, 5, copy)], [at(1, 5, one)]) == ["new"]
    assert told([at(1, 5, replace(copy, x=1.0))], [at(1, 5, one)]) == ["unchanged"]
    bare = replace(one, uuid=None)
    assert told([at(1, 9, one)], [at(1, 5, bare)]) == told([at(1, 9, bare)], [at(1, 5, one)]) == ["unchanged"]


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        ((0.05, 0.051), (0.05, 0.12), "new"),
        ((0.05, 0.12), (0.05, 0.12), "unchanged"),
        ((0.05,), (0.05, 0.12), "unchanged"),
        ((0.06, 0.12), (0.05, 0.12), "unchanged"),
        ((0.05, 0.12, 0.12), (0.05, 0.12), "new"),
        ((math.inf,), (0.05,), "new"),
        ((-math.inf,), (0.05,), "new"),
        ((0.05,), (math.nan,), "new"),
        ((math.inf,), (math.nan,), "unchanged"),  # a report has null for both
    ],
)
def test_values_are_compared_place_by_place(now: tuple[float, ...], before: tuple[float, ...], change: str) -> None:
    new, old = (replace(at(1, 5), places=tuple(at(1, 5, item(), measured=m).places[0] for m in side)) for side in (now, before))
    assert told([new], [old]) == [change]


def test_another_board_is_not_taken_without_a_word() -> None:
    def notes(width: float, ref: str, *findings: Finding) -> list[str]:
        now, before = (
            replace(design(*found), board={"width": w, "height": 30.0}, components=({"ref": r},))
            for w, r, found in ((width, ref, findings), (50.0, "U1", (finding(1), finding(2))))
        )
        return [str(n["message"]) for n in against.compare(now, before, "old.json").notes]

    said = ["has another outline and no component in common: is it an earlier state of this design?"]
    assert notes(70.0, "X9", finding(3)) == said
    assert notes(50.0, "X9") == notes(70.0, "U1") == notes(70.0, "X9", finding(1)) == []


def test_what_is_fixed_has_no_items_on_the_board_of_now() -> None:
    old = at(1, 5, replace(item(), uuid=A, row=7))
    (gone,) = against.compare(design(), design(old)).findings
    assert [i.row for p in gone.places for i in p.items] == [-1]


def test_other_limits_and_rules_that_did_not_run_are_told() -> None:
    before, now = design(finding(1)), design(finding(1))
    rule = before.rules[0]
    other = replace(rule, limits={"min": LimitUsed(0.1, None, "x:1", "mm")})
    notes = against.compare(now, replace(before, rules=(other, *before.rules[1:])), "old.json").notes
    told_ = "was judged by other limits or severities in annular-ring-outer: what is new or fixed there may come of that"
    assert notes == ({"path": "old.json", "line": None, "message": told_},)
    absent = replace(before, rules=(replace(rule, status="skipped"), *before.rules[1:]))
    (note,) = against.compare(now, absent, "old.json").notes
    assert note["message"] == "did not run annular-ring-outer: all that is found there counts as new"
    assert against.compare(now, before, "old.json").notes == ()
