"""The manufacturer's review: nothing that was decided is lost, and nothing that got worse stays decided."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import DEMO, HOSTILE, design, finding, item

from dfmcheck import review
from dfmcheck.cli import main
from dfmcheck.errors import DfmError
from dfmcheck.report import DesignReport, Finding, Report
from dfmcheck.review import Entry, counts, dumps, load, update
from dfmcheck.write.text import write_text

RULE = "annular-ring-outer"


def decided(*findings: Finding, disposition: str = "accept", remark: str = "as agreed") -> dict[str, tuple[Entry, ...]]:
    """The review of a design whose findings were all decided alike."""
    _, kept = update({}, [design(*findings)])
    return {name: tuple(replace(e, disposition=disposition, remark=remark) for e in mine) for name, mine in kept.items()}


def again(before: dict[str, tuple[Entry, ...]], *findings: Finding) -> tuple[DesignReport, tuple[Entry, ...]]:
    (told,), kept = update(before, [design(*findings)])
    return told, kept["demo"]


def measured(value: float) -> Finding:
    place = replace(finding().places[0], measured=value)
    return replace(finding(), places=(place,))


@pytest.mark.parametrize(
    ("items", "before", "now", "known"),
    [
        ((item("U3"),), "pad U3.1 [A] has a ring of 0.1 mm", "pad U3.1 [B] has a ring of 0.12 mm", True),
        ((item("U3"),), "pad U3.1 [A] has no hole", "pad U3.1 [A] has no land", False),
        ((), "short of nets A and B", "short of nets GND and 5V", False),
        ((item("", ""),), "stroke is thin", "stroke is thin", False),
    ],
    ids=["renamed", "another fault", "nothing named", "nameless"],
)
def test_a_decision_follows_its_thing_and_not_another_fault(items: tuple[Any, ...], before: str, now: str, known: bool) -> None:
    items = tuple(replace(i, component=i.component or None, pad=i.pad or None, net=i.net or None) for i in items)
    old, new = (
        replace(f, message=text, places=tuple(replace(p, items=items, file="a.ipc") for p in f.places))
        for f, text in ((finding(1), before), (finding(2), now))
    )
    told, _ = again(decided(old), new)
    assert told.findings[0].review == ({"disposition": "accept" if known else "open", "remark": "as agreed" if known else ""})


def test_the_first_run_has_all_live_findings_open() -> None:
    found = finding(1), finding(2, waived="agreed"), finding(3, change="fixed"), finding(4, severity="note")
    told, kept = again({}, *found)
    assert [e.fingerprint for e in kept] == [finding(1).fingerprint, finding(4).fingerprint]
    assert {e.disposition for e in kept} == {"open"}
    assert [f.review for f in told.findings] == [
        {"disposition": "open", "remark": ""},
        None,
        None,
        {"disposition": "open", "remark": ""},
    ]
    assert (kept[0].measured, kept[0].count, kept[0].severity, kept[1].severity) == (0.118, 1, "error", "note")


def test_what_was_decided_stays_and_reaches_the_finding() -> None:
    before = decided(finding(1, places=2), disposition="cam", remark="we shave the pad")
    told, kept = again(before, finding(1, places=2), finding(2))
    assert told.findings[0].review == {"disposition": "cam", "remark": "we shave the pad"}
    assert told.findings[1].review == {"disposition": "open", "remark": ""}
    assert kept == (before["demo"][0], replace(kept[1], disposition="open"))
    assert counts(told) == {"open": 1, "cam": 1}


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (measured(0.10), "0.100 mm, it had 0.118 mm"),
        (finding(places=2), "2 places, it had 1"),
    ],
)
def test_what_got_worse_is_open_again_with_the_old_decision_in_its_remark(now: Finding, why: str) -> None:
    told, (entry,) = again(decided(finding()), now)
    remark = f"was accept, then it got worse ({why}): as agreed"
    assert told.findings[0].review == {"disposition": "open", "remark": remark}
    assert (entry.disposition, entry.remark, entry.count) == ("open", remark, now.count)
    same, (after,) = again({"demo": (entry,)}, now)
    assert after == entry, "it is told once"
    assert same.findings[0].review == told.findings[0].review


def test_a_graver_severity_reopens_and_a_milder_one_does_not() -> None:
    assert again(decided(finding(severity="note")), finding())[1][0].remark.startswith(
        "was accept, then it got worse (it was a note)"
    )
    _, (entry,) = again(decided(finding()), finding(severity="note"))
    assert entry.disposition == "accept"
    assert entry.severity == "error", "what was decided then still covers it when it comes back"
    assert again({"demo": (entry,)}, finding())[1][0].disposition == "accept"


def test_figures_of_an_open_finding_follow_it_so_that_a_later_decision_is_about_what_was_seen() -> None:
    _, (entry,) = again(decided(finding(), disposition="open", remark=""), measured(0.05))
    assert entry.measured == 0.05
    _, (after,) = again({"demo": (replace(entry, disposition="accept"),)}, measured(0.05))
    assert after.disposition == "accept"


def test_other_places_of_a_shared_cause_reopen() -> None:
    one, two = (replace(finding(1, item(name)), shared=True) for name in ("U1", "U2"))
    assert again(decided(one), two)[1][0].disposition == "open"
    assert again(decided(one), one)[1][0].disposition == "accept"


def test_an_entry_written_by_hand_without_figures_holds_and_gets_them() -> None:
    mine: dict[str, tuple[Entry, ...]] = {"demo": (Entry(RULE, finding().fingerprint, "ask", "why?"),)}
    told, (entry,) = again(mine, measured(0.01))
    assert told.findings[0].review == {"disposition": "ask", "remark": "why?"}
    assert (entry.measured, entry.count, entry.severity) == (0.01, 1, "error")
    assert again({"demo": (entry,)}, measured(0.005))[1][0].disposition == "open"


def test_what_is_gone_is_kept_and_holds_when_it_comes_back() -> None:
    before = decided(finding(1), finding(2, item("U9")))
    _, kept = again(before, finding(1))
    assert [e.gone for e in kept] == [False, True]
    assert kept[1].disposition == "accept"
    _, back = again({"demo": kept}, finding(1), finding(2, item("U9")))
    assert back == before["demo"]


def test_rules_and_designs_that_did_not_run_are_left_alone() -> None:
    skipped = Entry("courtyard-overlap", "ab", "accept", "looked at")
    unknown = Entry("rule-of-a-plug-in", "cd", "cam")
    before = {"demo": (skipped, unknown), "other": (Entry(RULE, "ef", "ask"),)}
    _, kept = update(before, [design()])
    assert kept == before


def test_two_designs_of_one_name_share_their_entries() -> None:
    (one, two), kept = update({}, [design(finding(1)), design(finding(2, item("U9")))])
    assert [len(d.findings) for d in (one, two)] == [1, 1]
    assert [(e.fingerprint, e.gone) for e in kept["demo"]] == [(finding(1).fingerprint, False), (finding(2).fingerprint, False)]


def test_a_finding_with_a_new_fingerprint_is_known_by_its_items() -> None:
    old = finding(1, item("U3", uuid="0a1b"))
    renamed = finding(7, item("U30", uuid="0a1b"))
    _, kept = again(decided(old), renamed)
    assert [(e.fingerprint, e.disposition, e.gone) for e in kept] == [(renamed.fingerprint, "accept", False)]
    elsewhere = replace(renamed, places=(replace(renamed.places[0], layers=("B.Cu",)),))
    assert [(e.disposition, e.gone) for e in again(decided(old), elsewhere)[1]] == [("accept", True), ("open", False)]
    twice = again(decided(old), renamed, replace(renamed, fingerprint="f" * 16))[1]
    assert sorted(e.disposition for e in twice) == ["accept", "open", "open"], "of two it is neither"


def test_a_review_changes_no_verdict_no_summary_and_no_status() -> None:
    before = design(finding(1), finding(2))
    (told,), _ = update(decided(finding(1), finding(2)), [before])
    assert told.counts() == before.counts()
    assert told.fails()
    one, two = (Report((d,), "0").to_dict()["designs"][0] for d in (before, told))
    assert two["summary"] == one["summary"]
    assert two["verdict"] == one["verdict"] == "fail"
    assert [f.pop("review") for f in two["findings"]] == [{"disposition": "accept", "remark": "as agreed"}] * 2
    assert two == one


def test_the_text_report_counts_dispositions_in_a_line() -> None:
    from io import StringIO

    (told,), _ = update({"demo": (Entry(RULE, finding(1).fingerprint, "ask"),)}, [design(finding(1), finding(2))])
    out = StringIO()
    write_text(Report((told,), "0"), out)
    assert "manufacturer's review: 1 open, 1 to ask the OEM\n" in out.getvalue()
    out = StringIO()
    write_text(Report((design(finding(1)),), "0"), out)
    assert "review" not in out.getvalue()


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(sorted(review.DISPOSITIONS)))
def test_whatever_the_texts_what_is_written_is_read_back(name: str, remark: str, disposition: str) -> None:
    told = {name: (Entry(RULE, "ab", disposition, remark, 0.1, 2, "error", ("x",), ("y",), remark, True),)}
    data = json.loads(dumps(told))
    assert data["schema"] == "dfmcheck-review/1"
    assert review._entries(data["designs"][0]["dispositions"], "x") == told[name]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_of_boards_and_engineers_fit_any_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    bad = replace(finding(1, item(text)), message=f"{text} is bad")
    (named,) = reports = [replace(design(bad), name=text)]
    _, kept = update({}, reports)
    review.save(path, kept)
    read_back = load(path)
    assert read_back == kept
    assert [len(mine) for mine in read_back.values()] == [1]
    (told,), after = update(read_back, [named])
    assert told.findings[0].review == {"disposition": "open", "remark": ""}
    assert after == kept


def entries(*rows: Any) -> dict[str, Any]:
    return {"schema": "dfmcheck-review/1", "designs": [{"name": "demo", "dispositions": list(rows)}]}


GOOD = {"rule": RULE, "fingerprint": "ab", "disposition": "ask", "remark": "why?"}


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"{\n ]", 2, "is no review file: column 2: Expecting property name"),
        (b"\xff\xfe", None, "is no review file"),
        (b"[" * 100_000, None, "is no review file"),
        (b'{"schema": ' + b"9" * 5000 + b"}", None, "is no review file"),
        ({"schema": "dfmcheck-report/1"}, None, 'it must hold "schema": "dfmcheck-review/1"'),
        ({"schema": "dfmcheck-review/1"}, None, "designs is not a list"),
        ({**entries(), "extra": 1}, None, "the file has an unknown key 'extra'"),
        ({"schema": "dfmcheck-review/1", "designs": [{"name": 3, "dispositions": []}]}, None, "designs[0].name is not a text"),
        (entries(GOOD, 3), None, "designs[0].dispositions[1] is not an object"),
        (
            entries({**GOOD, "disposition": "aks"}),
            None,
            "dispositions[0]: unknown disposition 'aks'; did you mean 'ask'?",
        ),
        (entries({**GOOD, "dispositon": "ask"}), None, "unknown key 'dispositon'; did you mean 'disposition'?"),
        (entries({"rule": RULE}), None, "designs[0].dispositions[0].fingerprint is not a text"),
        (entries({**GOOD, "rule": ""}), None, "a disposition needs a rule and a fingerprint"),
        (entries(GOOD, GOOD), None, "designs[0].dispositions[1]: annular-ring-outer ab is there twice"),
        (entries({**GOOD, "measured": "1"}), None, "measured is not a number"),
        (entries({**GOOD, "measured": float("nan")}), None, "measured is not a number"),
        (entries({**GOOD, "measured": 10**400}), None, "measured is not a number"),
        (entries({**GOOD, "measured": True}), None, "measured is not a number"),
        (entries({**GOOD, "count": 1.5}), None, "count is not a whole number"),
        (entries({**GOOD, "severity": "bad"}), None, "severity is none of error, warning, note"),
        (entries({**GOOD, "gone": 2}), None, "gone is not true or false"),
        (entries({**GOOD, "places": "a"}), None, "places is not a list"),
        (entries({**GOOD, "remark": "x" * 2001}), None, "the remark is longer than 2000 characters"),
        (entries({**GOOD, "remark": 3}), None, "remark is not a text"),
    ],
)
def test_a_bad_file_is_one_line_with_its_place(content: Any, line: int | None, what: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(DfmError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_edited_by_hand_or_saved_by_the_page_needs_no_more_than_rule_fingerprint_and_disposition(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(entries({"rule": RULE, "fingerprint": "ab"}, {**GOOD, "fingerprint": "cd"})).encode()
    )
    assert load(path) == {"demo": (Entry(RULE, "ab"), Entry(RULE, "cd", "ask", "why?"))}
    assert load(tmp_path / "none.json") == {}


def test_an_overlong_remark_is_cut_when_it_is_reopened() -> None:
    _, (entry,) = again(decided(finding(), remark="x" * 2000), measured(0.05))
    assert len(entry.remark) == 2000
    assert entry.remark.startswith("was accept, then it got worse")


def test_nothing_is_written_through_a_link_nor_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aim, link = tmp_path / "aim", tmp_path / "r.json"
    link.symlink_to(aim)
    with pytest.raises(DfmError, match="is a symbolic link"):
        review.save(link, {})
    assert not aim.exists()
    path = tmp_path / "s.json"
    review.save(path, {})
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dfmcheck.files.os.replace", full)
    with pytest.raises(DfmError, match="cannot be written: No space left on device"):
        review.save(path, decided(finding()))
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.json", "s.json"], "no scrap is left"


def test_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run makes the file, a second one leaves it as it is, and a decision in it reaches the report; the status stays."""
    path = tmp_path / "r.json"
    words = [str(DEMO), "--review", str(path), "-s", "track-width,annular-ring-outer", "-j", "1", "-f", "json"]
    assert main(words) == 1
    first = path.read_bytes()
    data = json.loads(first)
    assert [d["name"] for d in data["designs"]] == ["demo"]
    rows = data["designs"][0]["dispositions"]
    assert [r["rule"] for r in rows] == ["annular-ring-outer", "track-width"]
    assert {r["disposition"] for r in rows} == {"open"}
    assert main(words) == 1
    assert path.read_bytes() == first
    for row in rows:
        row.update(disposition="accept", remark="fine")
    path.write_text(json.dumps(data))
    capsys.readouterr()
    assert main(words) == 1
    told = json.loads(capsys.readouterr().out)["designs"][0]
    assert [f["review"] for f in told["findings"]] == [{"disposition": "accept", "remark": "fine"}] * 2
    assert told["verdict"] == "fail"
    path.write_text("nonsense")
    assert main(words) == 2
    assert capsys.readouterr().err == f"dfmcheck: error: {path}:1: is no review file: column 1: Expecting value\n"
    assert path.read_text() == "nonsense"
