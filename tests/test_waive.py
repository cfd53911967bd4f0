"""Waivers excuse what was accepted and no more; written ones are read back as they were meant, whatever the board says."""

from __future__ import annotations

import datetime as dt
import errno
import json
import math
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kicad_boards import text
from test_report import design, finding
from transforms import affine

from dfmcheck import against, config
from dfmcheck.board import Kind
from dfmcheck.errors import DfmError
from dfmcheck.names import Names
from dfmcheck.read import read_kicad
from dfmcheck.report import Finding, Place, Report
from dfmcheck.waive import Waiver, accept, apply, excuse, quote

DAY = dt.date(2026, 1, 15)
RULE = "annular-ring-outer"


def waiver(**more: object) -> Waiver:
    return replace(Waiver(RULE, "f0001", "agreed with the fab", count=1, measured=0.118, origin="c.toml:4"), **more)  # type: ignore[arg-type]


def excused(found: Finding, *waivers: Waiver) -> tuple[Finding, tuple[str, ...]]:
    (done,), stale = apply([found], waivers, active={RULE}, design="demo", day=DAY)
    return done, stale


def measured(value: float, limit: float | None = 0.13) -> Finding:
    place = finding().places[0]
    return replace(finding(), places=(Place(place.x, place.y, place.layers, value, limit, "mm", place.items),))


def test_a_waiver_excuses_its_finding_with_its_reason() -> None:
    done, stale = excused(finding(), waiver())
    assert done.waived == "agreed with the fab"
    assert stale == ()


@pytest.mark.parametrize(
    ("found", "given_", "why"),
    [
        (measured(0.10), waiver(), "0.100 mm, it had 0.118 mm"),
        (measured(-0.05), waiver(measured=0.05), "-0.050 mm, it had 0.050 mm"),
        (measured(-0.2), waiver(measured=-0.1), "-0.200 mm, it had -0.100 mm"),
        (measured(2.5, 2.0), waiver(measured=2.2), "2.500 mm, it had 2.200 mm"),
        (measured(0.5, None), waiver(measured=0.4), "0.500 mm, it had 0.400 mm"),
        (finding(places=2), waiver(), "2 places, it had 1"),
        (finding(), waiver(severity="warning"), "it was a warning"),
        (finding(), waiver(expires=dt.date(2026, 1, 14)), "the waiver expired on 2026-01-14"),
    ],
)
def test_a_waiver_dies_when_things_get_worse(found: Finding, given_: Waiver, why: str) -> None:
    done, stale = excused(found, given_)
    assert done.waived is None
    assert done.message.endswith(f"(no longer waived: {why})")
    assert stale == (f"c.toml:4: waiver for {RULE}: {why}",)


@pytest.mark.parametrize(
    ("found", "given_"),
    [
        (measured(0.12), waiver()),  # better than accepted
        (measured(0.11795), waiver()),  # rounded when it was written
        (measured(2.1, 2.0), waiver(measured=2.2)),
        (measured(0.3, None), waiver(measured=0.4)),
        (finding(), waiver(count=3)),
        (finding(severity="note"), waiver(severity="error")),
        (finding(), waiver(expires=DAY)),
        (measured(0.001), waiver(measured=None)),  # written by hand, without a value
    ],
)
def test_a_waiver_holds_when_things_are_no_worse(found: Finding, given_: Waiver) -> None:
    done, stale = excused(found, given_)
    assert (done.waived, stale) == ("agreed with the fab", ())


def shared(*uuids: str) -> Finding:
    place = finding().places[0]
    places = tuple(replace(place, items=(replace(place.items[0], uuid=uuid),)) for uuid in uuids)
    return replace(finding(), places=places, shared=True)


def test_a_finding_with_a_shared_cause_is_excused_for_the_accepted_places_only(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    accept([shared("a1", "b2")], "agreed", design="demo", path=path)
    (given_,) = config.load(path).waivers
    assert len(given_.places) == 2

    def holds(found: Finding) -> bool:
        return excused(found, given_)[0].waived is not None

    assert holds(shared("b2", "a1"))
    assert holds(shared("b2"))
    assert not holds(shared("c3"))
    assert not holds(shared("a1", "c3"))
    assert "(no longer waived: via [GND] was not part of it)" in excused(shared("c3"), given_)[0].message
    told = [against.compare(design(now), design(shared("a1", "b2"))).findings[0].change for now in (shared("b2"), shared("c3"))]
    assert told == ["unchanged", "new"]


def test_a_waiver_excuses_what_was_accepted_in_the_places_where_it_was(tmp_path: Path) -> None:
    """The fingerprint of two nets that are too near says which nets, and not which of their tracks."""
    path = tmp_path / ".dfmcheck.toml"
    one, other = (replace(shared(*uuids), shared=False) for uuids in (("a1", "b2", "b2"), ("a1", "c3")))
    accept([one], "agreed", design="demo", path=path)
    (given_,) = config.load(path).waivers
    assert len(given_.places) == given_.count == 3
    assert excused(replace(one, places=one.places[::-1]), given_)[0].waived == "agreed"
    assert excused(replace(one, places=one.places[1:]), given_)[0].waived == "agreed"
    assert excused(other, given_)[0].waived is None
    assert excused(replace(one, places=one.places[:1] * 2), given_)[0].waived is None  # of three, a1 was one
    assert excused(other, replace(given_, places=()))[0].waived  # as written by hand


def test_things_without_a_name_are_told_by_where_they_lie(tmp_path: Path) -> None:
    stroke = '(gr_line (start {0} 5) (end {0} 9) (stroke (width 0.05) (type solid)) (layer "F.SilkS"))'
    edge = '(gr_rect (start 0 0) (end 50 30) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))'
    identities: list[str] = []
    moved: list[str] = []
    for known, dx in ((identities, 0.0), (moved, 12.5)):
        board = affine(read_kicad(text(edge, stroke.format(5), stroke.format(45)).encode(), "a.kicad_pcb"), np.eye(2), (dx, 0.0))
        place = finding().places[0]
        lines = [k for k in range(len(board.items)) if board.items.kind[k] == Kind.GRAPHIC]
        known += [replace(place, items=(Names(board).item(k, -1, None),)).identity for k in lines]
    assert len(set(identities)) == 2
    assert moved == identities


def test_a_value_that_is_not_known_is_not_what_was_accepted(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    assert "0.118 mm" in excused(measured(-math.inf), waiver())[1][0]
    accept([measured(math.nan)], "agreed", design="demo", path=path)
    (given_,) = config.load(path).waivers
    assert excused(measured(math.nan), given_)[0].waived
    assert excused(measured(0.118), given_)[0].waived is None


def test_places_that_had_no_uuids_are_known_when_kicad_gave_them_some() -> None:
    place = finding().places[0]
    bare = replace(shared("a1"), places=(replace(place, items=(replace(place.items[0], uuid=None),)),))
    given_ = waiver(places=(bare.places[0].identity,))
    assert excused(shared("a1"), given_)[0].waived
    assert not excused(bare, waiver(places=(shared("a1").places[0].identity,)))[0].waived
    pair = replace(place, items=(replace(place.items[0], uuid="a1"), replace(place.items[0], kind="pad", uuid=None)))
    now = replace(pair, items=(pair.items[0], replace(pair.items[1], uuid="b2")))  # KiCad 5 gives pads none
    assert excused(replace(bare, places=(now,)), waiver(places=(pair.identity,)))[0].waived
    other = replace(now, items=(replace(now.items[0], uuid="c3"), now.items[1]))
    assert not excused(replace(bare, places=(other,)), waiver(places=(pair.identity,)))[0].waived


def test_a_waiver_that_matches_nothing_is_stale_unless_its_rule_did_not_run_or_it_is_for_another_board() -> None:
    def stale(given_: Waiver, active: set[str]) -> tuple[str, ...]:
        return apply([], [given_], active=active, design="demo", day=DAY)[1]

    assert stale(waiver(), {RULE}) == (f"c.toml:4: waiver for {RULE}: it matches nothing",)
    assert stale(waiver(design="demo"), {RULE})
    assert stale(waiver(design="other"), {RULE}) == ()
    assert stale(waiver(), {"track-width"}) == ()


def test_a_waiver_of_one_board_excuses_nothing_on_another() -> None:
    found = finding()
    for name, reason in (("demo", "agreed"), ("other", None), ("", "agreed")):
        (done,), _ = apply([found], [waiver(design=name, reason="agreed")], active={RULE}, design="demo", day=DAY)
        assert done.waived == reason


def test_another_rule_with_the_same_fingerprint_is_not_excused() -> None:
    assert excused(finding(), waiver(rule="track-width"))[0].waived is None


def test_accept_then_everything_is_waived(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    path.write_text('# ours\nprofile = "standard"  # keep\n\n[severity]\ntrack-width = "note"\n')
    raw = design(finding(1), finding(2, severity="note"), finding(3, places=4))
    assert accept(raw.findings, "agreed", design="demo", path=path) == 3
    assert path.read_text().startswith('# ours\nprofile = "standard"  # keep\n\n[severity]\ntrack-width = "note"\n\n[[waiver]]\n')
    conf = config.load(path)
    done = excuse(raw, conf.waivers)
    assert [f.waived for f in done.findings] == ["agreed"] * 3
    assert done.stale_waivers == ()
    assert conf.profile == ("standard",)
    assert conf.waivers[2].count == 4


def test_accept_again_replaces_the_waiver_that_died(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    accept([finding(1), finding(2)], "first", design="demo", path=path)
    path.write_text(path.read_text() + "\n# a comment that stays\n")
    worse = excuse(design(replace(measured(0.1), fingerprint="f0001"), finding(2)), config.load(path).waivers)
    assert accept(worse.findings, "second", design="demo", path=path) == 1
    told = config.load(path).waivers
    assert sorted((w.fingerprint, w.reason, w.measured) for w in told) == [("f0001", "second", 0.1), ("f0002", "first", 0.118)]
    assert "# a comment that stays" in path.read_text()


def test_accepting_for_one_design_leaves_the_waivers_of_its_twin(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    for name in ("left", "right"):
        accept([finding()], name, design=name, path=path)
    waivers = config.load(path).waivers
    assert [(w.design, w.reason) for w in waivers] == [("left", "left"), ("right", "right")]
    for name in ("left", "right"):
        ((done,), stale) = apply([finding()], waivers, active={RULE}, design=name, day=DAY)
        assert (done.waived, stale) == (name, ())


def test_a_finding_that_is_waived_on_another_design_only_says_so() -> None:
    (done,), stale = apply([finding()], [waiver(design="rev-a")], active={RULE}, design="rev-b", day=DAY)
    assert done.waived is None
    assert done.message.endswith("(waived for the design 'rev-a' only)")
    assert stale == ()


def test_what_is_waived_otherwise_says_nothing_of_another_design() -> None:
    found = finding(waived="excluded in KiCad")
    (done,), _ = apply([found], [waiver(design="rev-a")], active={RULE}, design="rev-b", day=DAY)
    assert done == found


def test_what_is_waived_otherwise_stays_so_when_a_waiver_dies() -> None:
    (done,), stale = apply([finding(waived="excluded in KiCad")], [waiver(expires=dt.date(2026, 1, 14))], active={RULE}, day=DAY)
    assert done == finding(waived="excluded in KiCad")
    assert len(stale) == 1


def test_a_waiver_written_by_hand_needs_rule_fingerprint_and_reason_only(tmp_path: Path) -> None:
    path = tmp_path / "dfmcheck.toml"
    path.write_text('waivers = "w.toml"\n')
    (tmp_path / "w.toml").write_text(f'[[waiver]]\nrule = "{RULE}"\nfingerprint = "f0001"\nreason = "so"\nby = "EH"\n')
    (given_,) = config.load(path).waivers
    assert (given_.by, given_.origin) == ("EH", f"{tmp_path / 'w.toml'}:1")
    for found in (finding(), finding(places=9), measured(0.001)):
        assert excused(found, given_) == (replace(found, waived="so"), ())


def test_an_expired_waiver_fails_the_gate_again_and_a_strict_one_for_being_stale(tmp_path: Path) -> None:
    def judged(expires: dt.date | None, strict: bool) -> tuple[bool, int]:
        raw = design(finding(severity="note"))
        raw = replace(raw, notes=(), rules=tuple(r for r in raw.rules if r.status != "skipped"))
        done = excuse(raw, [waiver(expires=expires)])
        return Report((done,), "1", strict=strict).failed(), len(done.stale_waivers)

    assert judged(None, strict=True) == (False, 0)
    assert judged(dt.date(2020, 1, 1), strict=False) == (False, 1)
    assert judged(dt.date(2020, 1, 1), strict=True) == (True, 1)


def test_accept_into_pyproject(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.dfmcheck]\nprofile = "standard"\n\n[tool.other]\nx = 1\n')
    conf = config.load(path)
    into, table = conf.accept_into(tmp_path / "b.kicad_pcb")
    accept([finding()], "agreed", design="demo", path=into, table=table)
    assert [w.reason for w in config.load(path).waivers] == ["agreed"]
    assert tomllib.loads(path.read_text())["tool"]["other"] == {"x": 1}


def test_accept_refuses_a_file_that_it_cannot_add_to_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    path.write_text('waiver = [{rule = "a", fingerprint = "b", reason = "c"}]\n')
    before = path.read_bytes()
    with pytest.raises(DfmError, match=r"write them as \[\[waiver\]\] tables"):
        accept([finding()], "agreed", design="demo", path=path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [".dfmcheck.toml"]


def test_a_folder_that_takes_no_file_is_told_in_words_that_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, text: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"{path}.x7f3")

    monkeypatch.setattr("dfmcheck.waive.replace_file", refused)
    with pytest.raises(DfmError) as told:
        accept([finding()], "agreed", design="demo", path=tmp_path / ".dfmcheck.toml")
    assert str(told.value) == (
        f"{tmp_path}/.dfmcheck.toml: waivers cannot be written: Permission denied; make the file and its folder writable"
    )


def test_accept_writes_through_no_link_that_a_folder_ships(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", "utf-8")
    path = tmp_path / "mine" / ".dfmcheck.toml"
    path.parent.mkdir()
    path.with_name(".dfmcheck.toml.new").symlink_to(victim)
    assert accept([finding()], "agreed", design="demo", path=path) == 1
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()
    path.chmod(0o640)
    accept([finding(2)], "agreed", design="demo", path=path)
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in path.parent.iterdir()) == [".dfmcheck.toml", ".dfmcheck.toml.new"]
    path.unlink()
    path.symlink_to(victim)
    with pytest.raises(DfmError, match="is a symbolic link"):
        accept([finding()], "agreed", design="demo", path=path)
    assert victim.read_text() == "precious"


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_waivers_make_no_file_outside_the_folder_of_the_config(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "dfmcheck.toml"
    path.parent.mkdir()
    (path.parent / "way").symlink_to(tmp_path)
    for name in ("../other.toml", "way/other.toml", str(tmp_path / "other.toml")):
        path.write_text(f'waivers = "{name}"\n')
        with pytest.raises(DfmError, match=r"dfmcheck\.toml:1: waivers names .* outside this folder"):
            config.load(path)
    (tmp_path / "other.toml").write_text("")
    assert config.load(path).waiver_file == tmp_path / "other.toml"
    path.write_text('waivers = "sub/own.toml"\n')
    assert config.load(path).waiver_file == path.parent / "sub" / "own.toml"


def test_accept_with_nothing_found_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    assert accept([finding(waived="x"), finding(2, change="fixed")], "agreed", design="demo", path=path) == 0
    assert not path.exists()


@given(st.text())
def test_any_text_survives_toml(text: str) -> None:
    assert tomllib.loads(f"a = {quote(text)}\nb = 1") == {"a": text, "b": 1}


def test_hostile_board_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / ".dfmcheck.toml"
    nasty = 'x"\n[[waiver]]\nrule = "*"\n\\u0000 \x1b[2J """ \ud800'
    item = replace(finding().places[0].items[0], net=nasty)
    bad = replace(finding(), places=(replace(finding().places[0], items=(item,)),))
    accept([bad], nasty, design=nasty, path=path)
    (written,) = config.load(path).waivers
    assert written.rule == RULE
    assert written.reason == nasty.replace("\ud800", "\ufffd")
    assert "\x1b" not in path.read_text()


def test_compare_tells_new_unchanged_and_fixed() -> None:
    before = design(finding(1), finding(2), replace(finding(4), rule="board-size"))
    now = design(finding(1), replace(shared("c3"), fingerprint="f0003"))
    done = against.compare(now, before)
    assert [(f.fingerprint, f.change) for f in done.findings] == [("f0001", "unchanged"), ("f0003", "new"), ("f0002", "fixed")]


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ("finding", "severity", "bogus"), ("finding", "fingerprint", ["a"]), ("finding", "places", 3),
        ("finding", "change", "old"), ("finding", "inherent", "no"), ("place", "measured", "0.1"), ("place", "x", [1]),
        ("place", "layers", [1]),
        ("place", "limit", "x"), ("item", "line", "7"), ("item", "shape", "round"), ("item", "component", {}),
        ("design", "name", None), ("design", "findings", {"a": 1}), ("design", "rules", [1]), ("design", "facts", [[]]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("missing", [False, True])
def test_a_damaged_report_is_refused_in_one_line(tmp_path: Path, where: str, key: str, value: object, missing: bool) -> None:
    path = tmp_path / "old.json"
    data = Report((design(finding()),), "1").to_dict()
    at = {"design": data["designs"][0], "finding": data["designs"][0]["findings"][0]}
    at["place"] = at["finding"]["places"][0]
    at["item"] = at["place"]["items"][0]
    path.write_text(json.dumps(data))
    loaded = against.load(path)
    assert loaded is not None
    assert loaded.findings == (finding(),)
    if missing:
        at[where].pop(key, None)
    else:
        at[where][key] = value
    path.write_text(json.dumps(data))
    if missing and key == "shape":
        assert against.load(path) == loaded
        return
    with pytest.raises(DfmError, match=r"old\.json: is not a JSON report of dfmcheck \(\w+Error: "):
        against.load(path)


def test_compare_tells_what_got_worse_as_new() -> None:
    done = against.compare(design(finding(1, places=3)), design(finding(1, places=2)))
    assert done.findings[0].change == "new"
    assert done.findings[0].message.endswith("(worse than before: 3 places, it had 2)")
