"""The plugin as a whole, in the real editor: it finds what the command finds, selects what a finding is about, sees what is not
saved yet, and what it waives stays waived. And, by a window and an editor that are none, what it does when things go wrong."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from editor import Opened, copy_of, demo, opened, plugin_python, python_env

import dfmcheck
from dfmcheck.cli import main
from dfmcheck.errors import DfmError
from dfmcheck.plugin import trouble
from dfmcheck.plugin.app import UNSAVED, App
from dfmcheck.plugin.messages import Check, Done, Event, Failed, Outcome, Progress, Waive, Waived, Write, Written
from dfmcheck.plugin.unseen import run_unseen
from dfmcheck.report import Report

PATIENCE = 120.0
PLUGIN = Path(dfmcheck.__file__).parent / "plugin"
Answer = dict[str, Any]

# In the real editor


class Driven:
    """The plugin with its window, in a process of its own beside an editor."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, *what: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the plugin has ended with {self.process.wait()}"
        return json.loads(line)


@contextmanager
def driven(editor: Opened) -> Iterator[Driven]:
    driver = Path(__file__).with_name("plugin_driver.py")
    with subprocess.Popen(
        [str(plugin_python()), str(driver)], env=python_env(editor.env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Driven(process)
            if process.poll() is None:
                process.communicate('["close"]\n', timeout=PATIENCE)
            assert process.returncode == 0
        finally:
            process.kill()


def command(board: Path, capsys: pytest.CaptureFixture[str]) -> Answer:
    """What the command says of a board's file."""
    main([str(board), "-f", "json"])
    design: Answer = json.loads(capsys.readouterr().out)["designs"][0]
    return design


def told(design: Answer) -> dict[str, Any]:
    """What must be equal: the verdict, and each finding with its places (1 um) and their items."""
    findings = [
        (
            f["rule"],
            f["fingerprint"],
            f["severity"],
            f["waived"],
            f["message"],
            f["count"],
            [_place(place) for place in f["places"]],
        )
        for f in design["findings"]
    ]
    return {"verdict": design["verdict"], "summary": design["summary"], "findings": findings}


def _place(place: Answer) -> tuple[Any, ...]:
    x, y = (None if place[key] is None else round(place[key], 3) for key in "xy")
    return x, y, place["layers"], sorted(str(item["uuid"]) for item in place["items"])


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(copy_of(demo("pic_programmer"), tmp_path_factory.mktemp("design"))) as found:
        yield found


@pytest.fixture(scope="module")
def plugin(editor: Opened) -> Iterator[Driven]:
    with driven(editor) as found:
        yield found


@pytest.mark.kicad
def test_it_finds_what_the_command_finds(plugin: Driven, editor: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    answer = plugin.ask("report")
    assert answer["errors"] == []
    design = answer["report"]["designs"][0]
    assert told(design) == told(command(editor.board, capsys))
    assert answer["listed"] == len([f for f in design["findings"] if f["waived"] is None]) > 40
    assert answer["title"].startswith("pic_programmer")


@pytest.mark.kicad
@pytest.mark.parametrize("name", ["stickhub", "video"])
def test_it_finds_what_the_command_finds_on_others(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(copy_of(demo(name), tmp_path)) as editor, driven(editor) as plugin:
        answer = plugin.ask("report")
        assert answer["errors"] == []
        assert told(answer["report"]["designs"][0]) == told(command(editor.board, capsys))


@pytest.mark.kicad
def test_choosing_a_finding_selects_exactly_its_items(plugin: Driven, editor: Opened) -> None:
    """One of each kind of item, by its line and by that of one of its places."""
    findings = plugin.ask("report")["report"]["designs"][0]["findings"]
    chosen: dict[str, tuple[int, int | None, set[str]]] = {}
    for index, finding in enumerate(findings):
        uuids = [{item["uuid"] for item in place["items"]} for place in finding["places"]]
        for place, mine in zip(finding["places"], uuids):
            if len(mine) == len(place["items"]) and None not in mine and len(set().union(*uuids)) < 20:
                for kind in {item["kind"] for item in place["items"]}:
                    chosen.setdefault(kind, (index, None, set().union(*uuids)))
        if len(uuids) > 1 and uuids[-1] != uuids[0] and None not in uuids[-1]:
            chosen.setdefault("a place", (index, len(uuids) - 1, uuids[-1]))
    assert {"pad", "component", "a place"} <= set(chosen)
    for kind, (index, place, uuids) in chosen.items():
        assert plugin.ask("choose", index, place) == []
        assert editor.selected() == uuids, kind


@pytest.mark.kicad
def test_an_edit_that_is_not_saved_is_seen(plugin: Driven, editor: Opened) -> None:
    before = plugin.ask("report")["report"]["designs"][0]
    saved = editor.board.read_bytes()
    uuid = editor.track((120, 100), (125, 100), 0.05)
    plugin.ask("run")
    edited = plugin.ask("report")["report"]["designs"][0]
    new = {f["rule"] for f in edited["findings"]} - {f["rule"] for f in before["findings"]}
    assert "track-width" in new
    assert {i["uuid"] for f in edited["findings"] if f["rule"] == "track-width" for p in f["places"] for i in p["items"]} == {
        uuid
    }
    editor.remove([uuid])
    plugin.ask("run")
    assert told(plugin.ask("report")["report"]["designs"][0]) == told(before)
    assert editor.board.read_bytes() == saved


@pytest.mark.kicad
def test_a_waiver_holds_in_the_next_run_of_the_command(
    plugin: Driven, editor: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plugin.ask("report")["report"]["designs"][0]
    waived = {0, len(before["findings"]) - 1}
    files = set(editor.board.parent.iterdir())
    design = plugin.ask("waive", sorted(waived), 'good "as" it is')["report"]["designs"][0]
    assert set(editor.board.parent.iterdir()) - files == {editor.board.parent / ".dfmcheck.toml"}
    mine = {(before["findings"][n]["rule"], before["findings"][n]["fingerprint"]) for n in waived}
    for report in (design, command(editor.board, capsys)):
        found = {(f["rule"], f["fingerprint"]): f["waived"] for f in report["findings"] if f["waived"] is not None}
        assert found == dict.fromkeys(mine, 'good "as" it is')
        assert report["stale_waivers"] == []
    plugin.ask("run")
    assert told(plugin.ask("report")["report"]["designs"][0]) == told(design)


@pytest.mark.kicad
def test_the_report_is_opened_and_goes_with_the_window(editor: Opened, tmp_path: Path) -> None:
    with driven(editor) as plugin:
        plugin.ask("report")
        page = Path(urlsplit(plugin.ask("html")).path)
        assert "pic_programmer" in page.read_text("utf-8")
        plugin.ask("run", "eurocircuits-class6")
        plugin.ask("stop")
        answer = plugin.ask("report")  # the one before stays
        assert answer["errors"] == []
        assert "eurocircuits-class6" not in answer["report"]["designs"][0]["profile"]["chain"]
    assert not page.parent.exists()


@pytest.mark.kicad
def test_without_a_display_the_report_is_opened_and_that_is_told(editor: Opened, tmp_path: Path) -> None:
    env = {name: value for name, value in python_env(editor.env).items() if name != "DISPLAY"}
    pages = _browser(tmp_path, env)
    done = subprocess.run(
        [str(plugin_python()), str(PLUGIN / "action.py")], env=env, capture_output=True, text=True, timeout=PATIENCE
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    notice, report = pages()
    assert "has no window here" in notice
    assert "has no window here" in done.stderr
    assert "copper-clearance" in report


def _browser(folder: Path, env: dict[str, str]) -> Callable[[], list[str]]:
    """A browser that notes what it is to open; the pages, in order. Temporary files go into the folder too."""
    script, log = folder / "browser", folder / "opened"
    script.write_text(f'#!/bin/sh\necho "$1" >> "{log}"\n')
    script.chmod(0o755)
    log.touch()
    env.update(BROWSER=str(script), TMPDIR=str(folder))

    def pages() -> list[str]:
        deadline = time.monotonic() + PATIENCE
        while not log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        return [Path(urlsplit(line).path).read_text("utf-8") for line in log.read_text().split()]

    return pages


# By a window, an editor and a job that are none


class FakeWindow:
    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def show_running(self, name: str) -> None:
        self.told.append(("running", name))

    def show_progress(self, rule: str, done: int, total: int) -> None:
        self.told.append(("progress", rule, done, total))

    def show_report(self, outcome: Outcome) -> None:
        self.told.append(("report", outcome.report.version))

    def show_error(self, message: str) -> None:
        self.told.append(("error", message))

    def show_note(self, message: str) -> None:
        self.told.append(("note", message))


class FakeEditor:
    """Answers, or raises what it is given to raise, once it may."""

    def __init__(self, path: Path | None = Path("/p/b.kicad_pcb"), name: str = "b.kicad_pcb") -> None:
        self.board_path, self.board_name, self.can_mark = path, name, True
        self.selections: list[tuple[str, ...]] = []
        self.marked = 0
        self.error: Exception | None = None
        self.held = False

    def text(self) -> bytes:
        while self.held:
            time.sleep(0.005)
        if self.error is not None:
            raise self.error
        return b"(kicad_pcb)"

    def select(self, uuids: Sequence[str]) -> int:
        self.text()
        self.selections.append(tuple(uuids))
        return len(uuids)

    def mark(self, findings: Sequence[Any]) -> int:
        self.marked += 1
        return len(findings)


class FakeJob:
    """Notes what it is asked for; a test says what comes of it."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.events: list[Event] = []
        self.report_path = folder / "report.html"
        self.busy = self.waiving = False

    def check(self, *args: Any) -> None:
        self.asked.append(("check", *args))
        self.busy = True

    def waive(self, *args: Any) -> None:
        self.asked.append(("waive", *args))
        self.waiving = True

    def write_html(self, path: Path) -> None:
        self.asked.append(("html", path))
        self.busy = True

    def stop(self) -> None:
        self.asked.append(("stop",))
        self.busy = False

    def poll(self) -> list[Event]:
        events, self.events = self.events, []
        self.busy = self.busy and not any(not isinstance(event, Progress) for event in events)
        self.waiving = self.waiving and not any(
            isinstance(e, Waived) or (isinstance(e, Failed) and e.request is Waive) for e in events
        )
        return events


class Rig:
    def __init__(self, folder: Path) -> None:
        self.editor, self.job, self.window = FakeEditor(), FakeJob(folder), FakeWindow()
        self.opened: list[str] = []
        self.woken = 0
        self.app = App(self.job, lambda: self.editor, browse=self.opened.append)  # type: ignore[arg-type]
        self.app.wake = self.wake
        self.app.show_in(self.window)

    def wake(self) -> None:
        self.woken += 1

    def settle(self) -> list[tuple[Any, ...]]:
        """What the window was told until the editor has answered everything."""
        deadline = time.monotonic() + PATIENCE
        while self.app._errands.pending and time.monotonic() < deadline:
            self.app.poll()
            time.sleep(0.002)
        self.app.poll()
        told, self.window.told = self.window.told, []
        return told

    def happens(self, *events: Event) -> list[tuple[Any, ...]]:
        self.job.events += events
        return self.settle()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def outcome(path: Path | None = Path("/p/b.kicad_pcb"), version: str = "1", errors: tuple[str, ...] = ()) -> Outcome:
    waivers = path and path.parent / ".dfmcheck.toml"
    return Outcome(Report((), version, errors=errors), (("standard", ""),), ("standard",), path, waivers)


def test_a_run_reads_the_board_anew_and_tells_how_it_goes(rig: Rig) -> None:
    rig.app.run(("standard",))
    assert rig.app.busy
    assert rig.woken == 1
    assert rig.settle() == [("running", "the board"), ("running", "b.kicad_pcb")]
    assert rig.job.asked == [("check", b"(kicad_pcb)", Path("/p/b.kicad_pcb"), ("standard",))]
    assert rig.happens(Progress("x", 1, 2), Done(outcome())) == [("progress", "x", 1, 2), ("report", "1")]
    assert not rig.app.busy
    rig.editor = FakeEditor(Path("/p/c.kicad_pcb"), "c.kicad_pcb")  # another board was opened
    rig.app.run()
    assert rig.settle() == [("running", "b.kicad_pcb"), ("running", "c.kicad_pcb")]
    assert rig.job.asked[1:] == [("check", b"(kicad_pcb)", Path("/p/c.kicad_pcb"), ())]


def test_what_began_before_there_was_a_window_is_shown_in_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.app.window = None
    rig.app.run()
    rig.app.show_in(rig.window)
    assert rig.settle()[0] == ("running", "the board")


@pytest.mark.parametrize(
    ("error", "told"), [(DfmError("KiCad cannot be reached"), "KiCad cannot be reached"), (KeyError("odd"), "this is a bug")]
)
def test_an_editor_that_does_not_answer_ends_the_run(rig: Rig, error: Exception, told: str) -> None:
    rig.editor.error = error
    rig.app.run()
    *_, last = rig.settle()
    assert last[0] == "error"
    assert told in last[1]
    assert not rig.app.running
    assert rig.job.asked == []
    rig.editor.error = None
    rig.app.run()
    rig.settle()
    assert [what for what, *_ in rig.job.asked] == ["check"]


def test_a_check_that_fails_is_told_and_ends_the_run(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    assert rig.happens(Failed(Check, "b.kicad_pcb: has no end")) == [("error", "b.kicad_pcb: has no end")]
    assert not rig.app.running


def test_crashed_checks_are_told_beside_the_list(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    assert rig.happens(Done(outcome(errors=("b: rule x: crashed",)))) == [("report", "1"), ("error", "b: rule x: crashed")]


def test_stop_while_the_editor_writes_and_while_it_is_checked(rig: Rig) -> None:
    """An editor that hangs is waited for by nobody then, and what it gives too late is not checked."""
    hangs, rig.editor = rig.editor, FakeEditor(Path("/p/c.kicad_pcb"), "c.kicad_pcb")
    rig.app.connect, connect = lambda: hangs, rig.app.connect
    hangs.held = True
    rig.app.run()
    rig.app.stop()
    assert not rig.app.busy
    rig.app.connect = connect
    rig.app.run()
    rig.app.run()
    rig.settle()
    hangs.held = False
    time.sleep(0.05)
    rig.settle()
    assert [args for what, *args in rig.job.asked if what == "check"] == [[b"(kicad_pcb)", Path("/p/c.kicad_pcb"), ()]]
    rig.app.stop()
    assert rig.job.asked[-1] == ("stop",)
    asked = len(rig.job.asked)
    rig.app.stop()
    assert len(rig.job.asked) == asked


def test_what_was_chosen_while_the_editor_writes_is_selected_though_that_is_stopped(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    hangs = FakeEditor()
    hangs.held = True
    rig.app.connect = lambda: hangs
    rig.app.run()
    rig.app.select(("a",))
    rig.app.stop()
    rig.settle()
    assert rig.editor.selections == [("a",)]
    hangs.held = False


def test_until_another_board_is_checked_the_one_that_is_listed_is_selected_and_marked_in(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    listed, rig.editor = rig.editor, FakeEditor(Path("/q/c.kicad_pcb"), "c.kicad_pcb")
    rig.editor.can_mark = False

    def asked(uuid: str) -> None:
        rig.app.select([uuid])
        rig.app.mark([])
        rig.settle()

    rig.app.run()
    rig.settle()
    asked("a")
    rig.happens(Failed(Check, "c.kicad_pcb: has no end"))
    asked("b")
    rig.app.run()
    rig.settle()
    rig.app.stop()
    asked("c")
    assert (listed.selections, listed.marked, rig.app.can_mark) == ([("a",), ("b",), ("c",)], 3, True)
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome(rig.editor.board_path)))
    asked("d")
    assert (rig.editor.selections, rig.editor.marked, rig.app.can_mark) == ([("d",)], 1, False)
    assert (len(listed.selections), listed.marked) == (3, 3)


def test_of_many_selections_in_a_row_the_last_counts(rig: Rig) -> None:
    rig.app.select(("before",))  # no board is checked yet
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    rig.editor.held = True
    rig.app.select(("first",))
    while not rig.app._errands._asked.empty() or rig.app._wanted:  # until the editor works on it
        time.sleep(0.002)
    for n in range(20):
        rig.app.select((str(n),))
    rig.editor.held = False
    assert rig.settle() == []
    assert rig.editor.selections == [("first",), ("19",)]


def test_what_is_wished_of_another_board_meanwhile_is_asked_of_that(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    listed, rig.editor = rig.editor, FakeEditor(Path("/q/c.kicad_pcb"), "c.kicad_pcb")
    rig.app.run()
    rig.settle()
    rig.editor.held = True
    rig.app._errands.do(rig.editor.text, lambda _: None, lambda _: None)  # it is busy
    rig.app.select(("a",))
    rig.job.events.append(Done(outcome(rig.editor.board_path)))
    rig.app.poll()
    rig.app.select(("b",))
    rig.editor.held = False
    rig.settle()
    assert listed.selections == []
    assert rig.editor.selections == [("b",)]


def test_what_fails_beside_a_run_does_not_end_it(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    rig.app.run()
    rig.settle()
    rig.editor.error = DfmError("KiCad is busy")
    rig.app.select(("a",))
    assert rig.settle() == [("note", "KiCad is busy")]
    assert rig.app.running
    rig.happens(Done(outcome()))
    rig.app.select(("a",))
    assert rig.settle() == [("error", "KiCad is busy")]


def test_waivers_and_where_they_cannot_be(rig: Rig) -> None:
    with pytest.raises(DfmError):
        rig.app.waive([], "x")
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome(None)))
    with pytest.raises(DfmError, match=UNSAVED):
        rig.app.waive([], "x")
    with pytest.raises(DfmError, match=UNSAVED):
        _ = rig.app.waivers_file
    rig.happens(Done(outcome()))
    assert rig.app.waivers_file == str(Path("/p/.dfmcheck.toml"))
    rig.app.waive([], "x")
    assert rig.job.asked[-1] == ("waive", [], "x")
    told = rig.happens(Waived(2, Path("/p/.dfmcheck.toml"), outcome(version="2")))
    assert told == [
        ("note", "Writing the waivers…"),
        ("report", "2"),
        ("note", f"2 waivers written to {Path('/p/.dfmcheck.toml')}"),
    ]
    assert rig.happens(Failed(Waive, "cannot write")) == [("error", "cannot write")]


def test_waivers_that_are_written_during_the_next_run_do_not_end_it(rig: Rig) -> None:
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    rig.app.waive([], "x")
    rig.app.run()
    rig.settle()
    told = rig.happens(Waived(1, Path("/p/.dfmcheck.toml"), outcome(version="2")))
    assert [what for what, *_ in told] == ["report", "running", "note"]
    assert rig.app.running
    assert rig.happens(Done(outcome(version="3"))) == [("report", "3")]


def test_the_end_waits_for_waivers_alone(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(trouble, "tell", lambda *lines: told.append(lines))
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    rig.app.waive([], "x")
    rig.app.run()
    rig.settle()
    waiting = Thread(target=rig.app.finish)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    assert rig.job.asked[-1] == ("stop",)
    rig.job.events += [Written(Path("/p/x.html")), Failed(Waive, "the disk is full")]
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert told == [("dfmcheck could not write a waiver", "the disk is full")]
    assert rig.window.told == []
    assert rig.opened == []
    rig.app.finish()


def test_the_end_does_not_wait_for_ever(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(trouble, "tell", lambda *lines: told.append(lines))
    monkeypatch.setattr("dfmcheck.plugin.app.FINISH", 0.05)
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    rig.app.waive([], "x")
    rig.app.finish()
    ((title, why),) = told
    assert title == "dfmcheck could not write a waiver"
    assert "waive again" in why


def test_the_report_opens_when_it_is_written(rig: Rig) -> None:
    rig.app.open_report()
    assert [what for what, _ in rig.settle()] == ["note"]
    assert rig.opened == []
    ((what, note),) = rig.happens(Written(rig.job.report_path))
    assert what == "note"
    assert str(rig.job.report_path) in note
    deadline = time.monotonic() + PATIENCE
    while not rig.opened and time.monotonic() < deadline:
        time.sleep(0.002)
    assert rig.opened == [rig.job.report_path.as_uri()]
    assert rig.happens(Failed(Write, "no room")) == [("error", "no room")]


@pytest.mark.parametrize("refuses", [lambda _: False, lambda _: 1 / 0])
def test_where_there_is_no_browser_the_report_is_named(rig: Rig, refuses: Callable[[str], Any]) -> None:
    rig.app.browse = lambda _: time.sleep(1000)  # some do not return
    rig.happens(Written(rig.job.report_path))
    rig.app.browse = refuses
    (_, said), *more = rig.happens(Written(rig.job.report_path))
    deadline = time.monotonic() + PATIENCE
    while rig.app.busy and time.monotonic() < deadline:
        more += rig.settle()
    ((what, why),) = more
    assert what == "error"
    assert str(rig.job.report_path) in why
    assert "is open" not in said


def test_markers_are_counted(rig: Rig) -> None:
    assert not rig.app.can_mark
    rig.app.run()
    rig.settle()
    rig.happens(Done(outcome()))
    assert rig.app.can_mark
    rig.app.mark(["a", "b"])  # type: ignore[list-item]
    assert rig.settle() == [("note", "2 markers put in the editor")]


def test_a_bug_of_the_window_is_told_and_nothing_hangs(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.app.run()
    rig.settle()

    def broken(_: object) -> None:
        raise KeyError("odd")

    monkeypatch.setattr(rig.window, "show_report", broken)
    ((what, why),) = rig.happens(Done(outcome()))
    assert what == "error"
    assert "this is a bug" in why
    assert not rig.app.running


def test_without_a_window_what_fails_is_told_by_a_page(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(trouble, "tell", lambda *lines: told.append(lines))
    rig.editor.error = DfmError("KiCad cannot be reached")
    rig.app.run()
    assert run_unseen(rig.app, "no wx") == 2
    assert told == [("dfmcheck could not check this board", "KiCad cannot be reached")]


# What is told before anything runs


@pytest.mark.parametrize("name", ["action.py", "trouble.py", "__init__.py", "../__init__.py"])
def test_an_old_python_can_read_what_tells_that_it_is_old(name: str) -> None:
    ast.parse((PLUGIN / name).read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize(
    ("flags", "before", "says"),
    [
        ([], "sys.version_info = (3, 8, 18)", ["needs Python 3.11", "Python 3.8", "interpreter", sys.executable]),
        (["-I", "-S"], "pass", ["lacks kicad-python, numpy", "Recreate Plugin Environment", sys.executable]),
    ],
)
def test_what_the_plugin_lacks_is_told_in_the_browser(flags: list[str], before: str, says: list[str], tmp_path: Path) -> None:
    env = dict(os.environ)
    pages = _browser(tmp_path, env)
    code = f"import runpy, sys; {before}; runpy.run_path({str(PLUGIN / 'action.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, *flags, "-c", code], env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    (page,) = pages()
    for words in says:
        assert words in page
        assert words in done.stderr


def test_a_page_shows_what_it_is_told_and_nothing_else() -> None:
    page = trouble.page("<script>x</script>", "a & b\n<img src=x onerror=y>\x1b[2J", '"quoted"')
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "a &amp; b &lt;img src=x onerror=y&gt;" in page
    assert "default-src 'none'" in page
