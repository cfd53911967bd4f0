"""What the library promises whoever imports it: reports that come back as they were, files, errors, processes, memory."""

from __future__ import annotations

import gc
import json
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from shown import ROOT, block
from small import board as drawn
from small import track

import dfmcheck
from dfmcheck import DfmError, Report
from dfmcheck.board import Board, Table
from dfmcheck.project import find, project
from dfmcheck.report import DesignReport
from dfmcheck.rule import load_rules
from dfmcheck.write import _WRITERS, FORMATS, UNDRAWN

DEMO = ROOT / "docs" / "demo.kicad_pcb"
PACKAGE = ROOT / "fixtures" / "packages" / "two.zip"


@pytest.fixture(scope="module")
def design() -> Board:
    return dfmcheck.read(DEMO)


@pytest.fixture(scope="module")
def package() -> Board:
    return dfmcheck.read(str(PACKAGE), str(DEMO))


@pytest.fixture(scope="module")
def report(design: Board) -> Report:
    return dfmcheck.check(design)


@pytest.fixture(scope="module")
def both(report: Report, package: Board) -> Report:
    """A report on two designs, of which one has findings about files and places without coordinates."""
    return replace(report, designs=(*report.designs, *dfmcheck.check(package, strict=True).designs))


def crashed(report: Report) -> Report:
    first = report.designs[0]
    rule = replace(first.rules[0], status="skipped", crashed=True, why_skipped="the check crashed: ValueError: x")
    return replace(report, designs=(replace(first, rules=(rule, *first.rules[1:]), findings=()),), fail_on="never")


def variants(both: Report) -> Iterator[tuple[str, Report]]:
    yield "as it is", both
    yield "never fails", replace(both, fail_on="never")
    yield "notes fail", replace(both, fail_on="note")
    yield "strict", replace(both, strict=True)
    own = tuple(replace(d, fail_on="warning", strict=True) for d in both.designs)
    yield "each as its config says", replace(both, designs=own)
    yield "not complete", replace(both, errors=("other.kicad_pcb: is no board",))
    yield "a check crashed", crashed(both)
    waived = [replace(f, waived="agreed") if f.severity == "error" else f for f in both.designs[0].findings]
    yield "waived", replace(both, designs=(replace(both.designs[0], findings=tuple(waived), stale_waivers=("one",)),))
    before = tuple(replace(d, findings=d.findings[1:]) for d in both.designs)
    yield "compared", dfmcheck.compare(both, replace(both, designs=before))
    yield "nothing", Report((), "0")


def test_a_report_comes_back_as_it_was(both: Report, tmp_path: Path) -> None:
    verdicts = set()
    for what, told in variants(both):
        dfmcheck.write(told, tmp_path / "told.json")
        again = dfmcheck.load_report(tmp_path / "told.json")
        assert again.to_dict() == told.to_dict(), what
        assert again == Report.from_dict(json.loads(json.dumps(told.to_dict()))), what
        assert again == dfmcheck.load_report(str(tmp_path / "told.json")), what
        assert again.errors == told.errors
        assert again.failed() == told.failed(), what
        assert [again.fails(d) for d in again.designs] == [told.fails(d) for d in told.designs], what
        assert [f.fingerprint for f in again.findings] == [f.fingerprint for f in told.findings], what
        verdicts.add(told.failed())
    assert verdicts == {True, False}


def test_a_report_is_told_no_otherwise_than_before(report: Report) -> None:
    """What tells the verdict of an unusual run apart stands in that run's report only."""
    assert not {"fail_on", "strict"} & report.to_dict()["designs"][0].keys()
    assert not any("crashed" in rule for rule in report.to_dict()["designs"][0]["rules"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schema": "other/1"}, "KeyError: \"schema 'other/1' is not dfmcheck-report/1\""),
        ({"designs": 1}, "TypeError"),
        ({"errors": [1]}, "TypeError: errors is"),
        ({"tool": {}}, "KeyError: 'version'"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(report: Report, change: dict[str, Any], why: str, tmp_path: Path) -> None:
    data = {**report.to_dict(), **change}
    (tmp_path / "x.json").write_text(json.dumps(data))
    with pytest.raises(DfmError, match=r"x\.json: is not a JSON report of dfmcheck") as error:
        dfmcheck.load_report(tmp_path / "x.json")
    assert why in str(error.value)
    with pytest.raises(DfmError, match=r"^is not a JSON report of dfmcheck"):
        Report.from_dict(data)


@pytest.mark.parametrize(
    ("where", "value", "why"),
    [
        (("inputs", 0), 1, r"inputs\[0\] is '1'"),
        (("inputs",), {"a": 1}, "inputs is"),
        (("inputs", 0, "path"), None, r"inputs\[0\].path is 'None'"),
        (("inputs", 0), {}, "KeyError: 'path'"),
        (("notes",), ["a"], r"notes\[0\] is 'a'"),
        (("notes",), [{"path": "x", "line": "1", "message": ""}], r"notes\[0\].line"),
        (("profile",), {}, "KeyError: 'chain'"),
        (("profile", "chain"), -1, "profile.chain is"),
        (("facts",), "x", "facts is"),
        (("board",), {}, "KeyError: 'width'"),
        (("board", "width"), True, "board.width is 'True'"),
        (("board", "pads"), None, "board.pads is 'None'"),
        (("board", "copper_layers"), 2, "board.copper_layers is"),
        (("board", "components", "top"), "x", "board.components.top is 'x'"),
        (("components",), "x", "components is 'x'"),
        (("components", 0), None, r"components\[0\] is 'None'"),
        (("stale_waivers",), [1], r"stale_waivers\[0\] is '1'"),
        (("economics",), [], "economics is"),
        (("rules", 0, "status"), "banana", "status 'banana' is unknown"),
        (("rules", 0, "severity"), "x", "severity 'x' is unknown"),
        (("findings", 0, "change"), "x", "change 'x' is unknown"),
        (("findings", 0, "places", 0, "layers"), [1], "layers is"),
    ],
)
def test_a_report_that_no_writer_can_write_is_refused(report: Report, where: tuple[Any, ...], value: Any, why: str) -> None:
    data = json.loads(json.dumps(report.to_dict()))
    at = data["designs"][0]
    for key in where[:-1]:
        at = at[key]
    at[where[-1]] = value
    with pytest.raises(DfmError, match=why):
        Report.from_dict(data)


@pytest.mark.parametrize(("key", "value"), [("fail_on", "sometimes"), ("strict", "yes")])
def test_a_verdict_by_an_unknown_gate_is_refused(report: Report, key: str, value: str) -> None:
    data = report.to_dict()
    data["designs"][0][key] = value
    with pytest.raises(DfmError, match=key):
        Report.from_dict(data)


def test_files_that_are_no_report_are_refused(tmp_path: Path) -> None:
    for name, text, why in (
        ("a.json", "{", "JSONDecodeError"), ("b.json", "[]", "is not a JSON report"),
        ("c.kicad_pcb", "(kicad_pcb)", "is not a JSON report"),
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
        with pytest.raises(DfmError, match=why) as error:
            dfmcheck.load_report(tmp_path / name)
        assert str(error.value).startswith(f"{tmp_path / name}: ")
    with pytest.raises(DfmError, match="is not a JSON report"):
        dfmcheck.load_report(tmp_path)
    with pytest.raises(DfmError, match=r"none\.json: "):
        dfmcheck.load_report(tmp_path / "none.json")


def test_a_report_that_was_read_back_is_written_in_every_format_that_needs_no_board(report: Report, tmp_path: Path) -> None:
    again = Report.from_dict(report.to_dict())
    for name in FORMATS:
        assert dfmcheck.render(again, name), name
    told = dfmcheck.render(replace(report, designs=tuple(replace(d, design=None) for d in report.designs)), "csv")
    assert dfmcheck.render(again, "csv") == told
    dfmcheck.write(again, tmp_path / "again.html")
    assert "annular-ring-outer" in (tmp_path / "again.html").read_text("utf-8")
    with pytest.raises(DfmError, match="a report does not hold the board"):
        dfmcheck.write(again, tmp_path / "again.svg")
    assert not (tmp_path / "again.svg").exists()


def test_what_is_rendered_is_what_is_written(report: Report, tmp_path: Path) -> None:
    for name in sorted({"text", *FORMATS} - {"csv", "kicad", "html"}):
        dfmcheck.write(report, tmp_path / "told", name)
        written = (tmp_path / "told").read_text("utf-8")
        assert written == dfmcheck.render(report, name) or name not in UNDRAWN, name
    for suffix in ("html", "json", "sarif", "xml", "rdjson", "md", "csv", "svg", "txt"):
        dfmcheck.write(report, tmp_path / f"told.{suffix}")
        assert (tmp_path / f"told.{suffix}").stat().st_size > 0
    assert {*_WRITERS} >= {*FORMATS} - {"text"}


def test_what_cannot_be_written_is_told(report: Report, tmp_path: Path) -> None:
    for path, name, why in (
        (tmp_path / "told.doc", None, "the suffix names no format"),
        (tmp_path / "told.json", "jsn", "no format 'jsn'; did you mean 'json'"),
        (tmp_path / "no" / "told.json", None, "cannot be written"),
    ):
        with pytest.raises(DfmError, match=why):
            dfmcheck.write(report, path, name)
    with pytest.raises(DfmError, match="for files"):
        dfmcheck.render(report, "svg")
    with pytest.raises(DfmError, match="no format 'txt'"):
        dfmcheck.render(report, "txt")
    assert list(tmp_path.iterdir()) == []


def test_no_file_of_a_design_is_written_over(report: Report, tmp_path: Path) -> None:
    with pytest.raises(DfmError, match="would overwrite"):
        dfmcheck.write(report, DEMO, "json")
    (tmp_path / "placement.csv").write_text("Ref,Val,Package,PosX,PosY,Rot,Side\nR1,1k,R_0805,1,2,0,top\n")
    told = replace(report.designs[0], inputs=({"path": str(tmp_path / "placement.csv"), "kind": "placement"},))
    with pytest.raises(DfmError, match="would overwrite"):
        dfmcheck.write(replace(report, designs=(told,)), tmp_path / "placement.csv")


def test_what_changed_is_told_against_an_earlier_report(design: Board, report: Report, tmp_path: Path) -> None:
    dfmcheck.write(report, tmp_path / "before.json")
    before = dfmcheck.load_report(tmp_path / "before.json")
    same = dfmcheck.compare(report, before)
    assert {f.change for f in same.findings} == {"unchanged"}
    assert report.failed()
    assert not same.failed()
    harder = dfmcheck.compare(dfmcheck.check(design, sets={"copper-clearance.min": "2 mm"}), before)
    assert {f.rule for f in harder.findings if f.change == "new"} == {"copper-clearance"}
    assert harder.failed()
    with pytest.raises(DfmError, match="the earlier report holds nothing earlier of demo; it has none"):
        dfmcheck.compare(report, Report((), "0"))
    others = tuple(replace(d, name=name) for d in before.designs for name in ("one", "two"))
    with pytest.raises(DfmError, match="the earlier report holds nothing earlier of demo; it has one, two"):
        dfmcheck.compare(report, replace(before, designs=others))
    (told,) = report.designs
    elsewhere = replace(told, inputs=({**told.inputs[0], "path": "elsewhere/demo.kicad_pcb"},))
    with pytest.raises(DfmError, match=r"holds one demo, which was taken for .*docs/demo\.kicad_pcb already"):
        dfmcheck.compare(replace(report, designs=(told, elsewhere)), before)


def test_what_was_compared_already_can_be_compared_again(design: Board, report: Report) -> None:
    softer = dfmcheck.check(design, sets={"copper-clearance.min": "0.01 mm"})
    since = dfmcheck.compare(softer, report)
    assert {f.change for f in since.findings} == {"unchanged", "fixed"}
    assert since.designs[0].notes
    again = dfmcheck.compare(since, softer)
    assert [(f.change, f.fingerprint) for f in again.findings] == [("unchanged", f.fingerprint) for f in softer.findings]
    assert not again.failed()
    assert dfmcheck.compare(since, report) == since


def test_one_word_is_as_good_as_a_list_of_it(design: Board) -> None:
    one = dfmcheck.check(design, "standard", select="track-width", ignore="drill-size").to_dict()
    assert one == dfmcheck.check(design, ["standard"], select=["track-width"], ignore=["drill-size"]).to_dict()
    assert [rule["id"] for rule in one["designs"][0]["rules"] if rule["status"] != "off"] == ["track-width"]
    several = dfmcheck.check(design, select="track-width, drill-size,", ignore=["drill-tool-count,drill-size"])
    assert several.to_dict() == one
    sets = {"track-width.min": "1 mm"}
    ours = project(None, profile="standard", sets=sets, select="track-width,drill-size", ignore="drill-size", rules=())
    assert ours.check(design).to_dict() == dfmcheck.check(design, select="track-width", sets=sets).to_dict()
    with pytest.raises(DfmError, match=r"no-such\.toml"):
        project(None, rules="no-such.toml")
    with pytest.raises(DfmError, match=r"no-such\.toml"):
        load_rules("no-such.toml")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"profile": "nope"}, "no profile 'nope'"),
        ({"profile": "none.toml"}, r"none\.toml: "),
        ({"profile": []}, "no profile is named"),
        ({"profile": iter(())}, "no profile is named"),
        ({"sets": {"copper-clearance.min": 0.2}}, "'0.2' has no unit"),
        ({"sets": {"copper-clearance": "1 mm"}}, "write RULE.PARAM=VALUE"),
        ({"select": "nope"}, "no rule or tag 'nope'"),
        ({"fail_on": "warn"}, "fail_on 'warn': choose one of error, warning, note, never"),
        ({"rules": "none.toml"}, r"none\.toml: "),
        ({"voltages": {"HV": "much"}}, "much"),
        ({"weights": "none.toml"}, r"none\.toml: "),
        ({"select": "track-width", "sets": {"track-width.min": "off"}}, "demo: no selected rule has a limit .*nothing to"),
    ],
)
def test_what_cannot_be_checked_is_told_in_one_line(design: Board, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(DfmError, match=why) as error:
        dfmcheck.check(design, **asked)
    assert "\n" not in str(error.value)


def test_a_number_without_unit_may_be_a_number(design: Board) -> None:
    (told,) = dfmcheck.check(design, select="drill-tool-count", sets={"drill-tool-count.max": 2}).designs
    assert told.findings


def test_a_project_judges_as_the_command_does(design: Board, tmp_path: Path) -> None:
    (tmp_path / "dfmcheck.toml").write_text('profile = ["standard"]\nfail-on = "never"\nignore = ["track-width"]\n')
    home = tmp_path / "sub" / "board.kicad_pcb"
    home.parent.mkdir()
    home.write_bytes(DEMO.read_bytes())
    ours = project(find(home))
    told = ours.check(dfmcheck.read(home))
    assert not told.failed()
    assert "track-width" not in {f.rule for f in told.findings}
    from dfmcheck.cli import main

    assert main([str(home), "-q", "-o", str(tmp_path / "told.json")]) == 0
    assert dfmcheck.load_report(tmp_path / "told.json").to_dict() == told.to_dict()
    accepted = ours.accept(told.findings[:1], "agreed", design="board", home=home)
    assert (accepted.written, accepted.path) == (1, tmp_path / "dfmcheck.toml")
    assert [f.waived for f in accepted.project.check(dfmcheck.read(home)).findings if f.waived] == ["agreed"]
    with pytest.raises(DfmError, match="nothing to judge by"):
        project(None, select=["track-width"], sets=["track-width.min=off"]).check(design)


def test_a_report_keeps_the_design_but_not_what_was_derived_of_it() -> None:
    board = drawn(track(0.05))
    told = dfmcheck.check(board, select="track-width")
    assert len(told.findings) == 1
    gone = weakref.ref(board.derived)
    del board
    gc.collect()
    assert gone() is None
    kept = told.designs[0].design
    assert kept is not None
    assert len(kept.features) == 1
    assert "derived" not in vars(kept)


def tables(board: Board) -> Iterator[Table]:
    yield from (value for f in fields(board) if isinstance(value := getattr(board, f.name), Table))
    if board.package is not None:
        for entry in board.package.entries:
            yield from [entry.image.graphics] if entry.image else []
            yield from [entry.drill.hits] if entry.drill else []


def test_no_column_of_a_board_can_be_written_to(design: Board, package: Board) -> None:
    looked = 0
    for table in (*tables(design), *tables(package)):
        for f in fields(table):
            held = getattr(table, f.name)
            assert not held.flags.writeable, f"{type(table).__name__}.{f.name}"
            looked += 1
    assert looked > 200
    with pytest.raises(ValueError, match="read-only"):
        design.pads.x[0] = 0
    with pytest.raises(AttributeError):
        design.name = "x"  # type: ignore[misc]


def test_checking_changes_no_board(design: Board) -> None:
    before = pickle.dumps(replace(design))
    dfmcheck.check(design, voltages={"*": "5 V"})
    assert pickle.dumps(replace(design)) == before


def test_boards_reports_and_functions_go_to_other_processes(design: Board, package: Board, report: Report) -> None:
    for board in (design, package):
        told = dfmcheck.check(board, select=["track-width", "layer-set"])
        sent = pickle.loads(pickle.dumps(board))
        assert "derived" not in vars(sent)
        assert dfmcheck.check(sent, select=["track-width", "layer-set"]).to_dict() == told.to_dict()
    assert pickle.loads(pickle.dumps(report)).to_dict() == report.to_dict()
    assert isinstance(pickle.loads(pickle.dumps(report)).designs[0], DesignReport)
    for name in dfmcheck.__all__:
        thing = getattr(dfmcheck, name)
        assert pickle.loads(pickle.dumps(thing)) is thing


def test_the_example_for_many_boards_runs(tmp_path: Path) -> None:
    (tmp_path / "check_all.py").write_text(block("docs/library.md", "python", "ProcessPoolExecutor"), "utf-8")
    (tmp_path / "board.kicad_pcb").write_bytes(DEMO.read_bytes())
    (tmp_path / "handoff.zip").write_bytes(PACKAGE.read_bytes())
    run = [sys.executable, "check_all.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT), "PATH": ""})
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["board", "handoff"]
    assert "'errors': 3" in done.stdout


def test_threads_that_have_a_board_each_do_not_disturb_each_other(report: Report) -> None:
    found: dict[int, dict[str, Any]] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: dfmcheck.check(dfmcheck.read(DEMO)).to_dict()})) for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[n] == report.to_dict() for n in range(3)] == [True] * 3


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = dfmcheck.check(dfmcheck.read(DEMO), progress=lambda rule, done, total: None, jobs=2)
    dfmcheck.write(told, tmp_path / "told.html")
    with pytest.raises(DfmError):
        dfmcheck.read(tmp_path / "told.html")
    assert capfd.readouterr() == ("", "")
