"""The process that checks for the editor's window: it says what the command says, can be killed at any time, leaves nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from dfmcheck.check import registry
from dfmcheck.cli import main
from dfmcheck.plugin.job import Job
from dfmcheck.plugin.messages import Check, Done, Event, Failed, Outcome, Progress, Waive, Waived, Write, Written
from dfmcheck.plugin.worker import Worker, teller
from dfmcheck.rule import load_rules

PATIENCE = 120.0
"""Seconds until something that must happen has."""
NOON = 1_000_000_000.0
ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name != "posix", reason="processes of POSIX")
forking = pytest.mark.skipif(
    not Path("/proc/self/task").exists() or (os.cpu_count() or 1) < 2, reason="looks into /proc; nothing is forked for one core"
)


def board(tracks: int = 2, gap: float = 0.05) -> str:
    """Tracks of two nets in turn, a gap apart."""
    rows = "\n".join(
        f'(segment (start 2 {2 + n * (0.3 + gap)}) (end 18 {2 + n * (0.3 + gap)}) (width 0.3) (layer "F.Cu") '
        f'(net {1 + n % 2}) (uuid "00000000-0000-0000-0000-{n + 2:012}"))'
        for n in range(tracks)
    )
    return f"""(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (25 "Edge.Cuts" user) (1 "F.Mask" user) (3 "B.Mask" user))
 (net 0 "") (net 1 "A") (net 2 "B")
 (gr_rect (start 0 0) (end 20 {4 + tracks}) (stroke (width 0.1)) (layer "Edge.Cuts")
  (uuid "00000000-0000-0000-0000-000000000001"))
{rows})
"""


@pytest.fixture(scope="module")
def job() -> Iterator[Job]:
    """One for all tests, as for a window that is used for long."""
    made = Job()
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of a saved board. The working folder is another one, as for a plugin."""
    path = tmp_path / "design" / "b.kicad_pcb"
    path.parent.mkdir()
    path.write_text(board(), "utf-8")
    (path.parent / "dfmcheck.toml").write_text("", "utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return path


def until(found: Callable[[], Any]) -> Any:
    """What is found in the end."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if got := found():
            return got
        time.sleep(0.01)
    raise AssertionError("it never happens")


def answers(job: Job) -> list[Event]:
    """All that is told until nothing is left to be answered."""
    events: list[Event] = []

    def over() -> bool:
        events.extend(job.poll())
        return not job.busy

    until(over)
    return events


def answer(job: Job) -> Event:
    return answers(job)[-1]


def checked(job: Job, path: Path, profile: tuple[str, ...] = (), text: str | None = None) -> Outcome:
    job.check(path.read_bytes() if text is None else text.encode(), path, profile)
    event = answer(job)
    assert isinstance(event, Done), event
    return event.outcome


def command(capsys: pytest.CaptureFixture[str], *args: object) -> dict[str, Any]:
    """The command's report."""
    main([*map(str, args), "-f", "json"])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def pid(job: Job) -> int:
    assert job._worker is not None
    return job._worker._process.pid


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"  # dead, and nobody has asked how


def children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def frozen(process: int) -> list[int]:
    """What a process that checks has forked, which then ends by nothing but being killed."""
    forked: list[int] = until(lambda: children(process))
    for child in forked:
        until(lambda child=child: pipes(child) < pipes(process))  # it has let go of the one for events
        os.kill(child, signal.SIGSTOP)
    return forked


def pipes(process: int) -> set[str]:
    """Those that a process holds open."""
    found = set()
    for number in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found.add(os.readlink(number))
    return {name for name in found if name.startswith("pipe:")}


def test_it_reports_what_the_command_reports(job: Job, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place.parent / "dfmcheck.toml").write_text(
        'profile = ["eurocircuits"]\nfail-on = "never"\nignore = ["silk-*"]\n[severity]\ncopper-clearance = "warning"\n'
        '[set]\n"copper-clearance.min" = "0.2 mm"\n'
    )
    job.check(place.read_bytes(), place)
    *before, last = answers(job)
    assert isinstance(last, Done)
    expected = command(capsys, place)
    assert last.outcome.report.to_dict() == expected
    assert [f["severity"] for f in expected["designs"][0]["findings"] if f["rule"] == "copper-clearance"] == ["warning"]
    assert last.outcome.report.designs[0].design is None
    told = [event for event in before if isinstance(event, Progress)]
    assert told == before
    assert told[0] == Progress("", 0, 0)
    assert [event.done for event in told[1:]] == list(range(told[1].total))
    assert list(last.outcome.chain) == expected["designs"][0]["profile"]["chain"]
    assert last.outcome.path == place
    assert "standard" in dict(last.outcome.profiles)


def test_a_chosen_profile_replaces_that_of_the_config_file(job: Job, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place.parent / "dfmcheck.toml").write_text('profile = "eurocircuits"\n')
    outcome = checked(job, place, ("standard",))
    assert outcome.report.to_dict() == command(capsys, place, "-p", "standard")
    assert list(outcome.chain) == command(capsys, place)["designs"][0]["profile"]["chain"]
    assert "eurocircuits" in outcome.chain


def test_the_text_counts_and_not_the_file(job: Job, place: Path) -> None:
    """What is not saved yet is checked, with the config of the file's folder."""
    (place.parent / "dfmcheck.toml").write_text('select = ["copper-clearance"]\n')
    found = [len(checked(job, place, text=board(gap=gap)).report.findings) for gap in (0.05, 1.0, 0.05)]
    assert found == [1, 0, 1]


def test_the_report_tells_that_its_text_is_in_no_file(place: Path) -> None:
    """Size and checksum are of what was checked, which the file does not have; nor are lines those of the file."""
    place.write_text(board().replace("(net 0", "(odd (one))\n(net 0"), "utf-8")
    events: list[Event] = []
    worker = Worker(events.append)
    for text in (place.read_bytes(), place.read_bytes().replace(b"(odd", b"\n(odd")):
        worker.answer(Check(text, place, taken=NOON))
    worker.answer(Write(place.with_suffix(".html")))
    saved, edited = (event.outcome.report.designs[0] for event in events if isinstance(event, Done))
    (was,), (now,) = ([i for i in report.inputs if i["kind"] == "kicad_pcb"] for report in (saved, edited))
    assert was["role"] is None
    assert now["role"] == f"as it was in KiCad's editor, {dt.datetime.fromtimestamp(NOON):%Y-%m-%d %H:%M}"
    assert (was["bytes"], now["bytes"]) == (place.stat().st_size, place.stat().st_size + 1)
    assert [note["line"] for note in (*saved.notes, *edited.notes)] == [3, None]
    assert "as it was in KiCad&#39;s editor" in place.with_suffix(".html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("(kicad_sch (version 1))", ""),
        ("no board at all", ""),
        (board(), 'profile = "nosuch"\n'),
        (board(), "nonsense = 1\n"),
        (board(), 'select = ["no-such-rule"]\n'),
        (board(), 'select = ["copper-clearance"]\n[set]\n"copper-clearance.min" = "off"\n'),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_told_as_the_command_tells_it(
    text: str, config: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, so that no other has to be started each time."""
    place.write_text(text)
    (place.parent / "dfmcheck.toml").write_text(config)
    assert main([str(place)]) == 2
    told = capsys.readouterr().err.strip().removeprefix("dfmcheck: error: ")
    events: list[Event] = []
    Worker(events.append).answer(Check(text.encode(), place))
    assert events[-1] == Failed(Check, told)


@pytest.mark.parametrize("text", [board(0).replace("gr_rect", "x"), board().replace("gr_rect", "x")])
def test_a_board_without_items_or_outline_is_reported_as_by_the_command(
    text: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write_text(text)
    events: list[Event] = []
    worker = Worker(events.append)
    worker.prepare()
    worker.answer(Check(text.encode(), place))
    assert isinstance(events[-1], Done)
    assert events[-1].outcome.report.to_dict() == command(capsys, place)


def test_a_check_that_crashes_is_told_and_the_others_report(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = load_rules()["copper-clearance"].check

    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setitem(registry(), name, registry()[name]._replace(measure=broken))
    events: list[Event] = []
    worker = Worker(events.append)
    worker.answer(Check(place.read_bytes(), place))
    assert isinstance(events[-1], Done)
    report = events[-1].outcome.report
    assert "rule copper-clearance: the check crashed: KeyError: 'x'; the other rules ran" in report.errors[0]
    assert report.failed()
    assert report.findings


@pytest.mark.parametrize(("error", "told"), [(MemoryError(), "too large"), (ValueError("odd\nthing"), "ValueError: odd thing")])
def test_a_bug_is_one_line(error: Exception, told: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    events: list[Event] = []
    worker = Worker(events.append)
    monkeypatch.setattr("dfmcheck.read.read_kicad", broken)
    worker.answer(Check(place.read_bytes(), place))
    last = events[-1]
    assert isinstance(last, Failed)
    assert told in last.message
    assert "\n" not in last.message
    worker.answer(Write(place.with_suffix(".html")))
    assert isinstance(events[-1], Failed)
    assert "run the check first" in events[-1].message


def test_a_waiver_holds_at_once_and_in_the_next_run_of_the_command(
    job: Job, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = checked(job, place).report.findings
    mine = [f for f in found if f.rule == "copper-clearance"]
    assert mine
    job.waive(mine, 'agreed with "them"')
    event = answer(job)
    assert isinstance(event, Waived)
    assert (event.count, event.path) == (len(mine), place.parent / "dfmcheck.toml")
    assert event.outcome.report.to_dict() == command(capsys, place)
    waived = {f.rule: f.waived for f in event.outcome.report.findings if f.waived is not None}
    assert waived == {"copper-clearance": 'agreed with "them"'}
    assert event.outcome.waivers == event.path
    assert checked(job, place).report.to_dict() == event.outcome.report.to_dict()


def waived(place: Path, meanwhile: Callable[[], object]) -> Event:
    """What comes of waiving the first finding, in this process, so that no other has to be started."""
    events: list[Event] = []
    worker = Worker(events.append)
    worker.answer(Check(place.read_bytes(), place))
    done = events[-1]
    assert isinstance(done, Done)
    meanwhile()
    worker.answer(Waive(done.outcome.report.findings[:1], "agreed"))
    return events[-1]


@posix
def test_a_waiver_that_cannot_be_written_is_told(place: Path) -> None:
    config = place.parent / "dfmcheck.toml"
    config.rename(place.parent / "other.toml")
    config.symlink_to(place.parent / "other.toml")
    event = waived(place, lambda: None)
    assert isinstance(event, Failed)
    assert event.request is Waive
    assert "is a symbolic link" in event.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dfmcheck.toml", 'select = ["copper-clearance"]\n'),
        ("dfmcheck.toml", None),
        (".dfmcheck.toml", ""),
        ("dfmcheck.toml", "nonsense = 1\n"),
    ],
)
def test_a_waiver_is_for_what_was_judged_by(name: str, text: str | None, place: Path) -> None:
    """A config file that was made meanwhile would be hidden by the waivers', and other limits find other things."""
    config = place.parent / name
    event = waived(place, config.unlink if text is None else lambda: config.write_text(text))
    assert isinstance(event, Failed)
    assert event.request is Waive
    assert "nonsense" in event.message if text and "nonsense" in text else "run the check again" in event.message
    assert sorted(p.name for p in place.parent.iterdir()) == sorted(
        {"b.kicad_pcb", "dfmcheck.toml", name} - ({name} if text is None else set())
    )


def test_waivers_that_somebody_else_wrote_meanwhile_stay(place: Path) -> None:
    other = '[[waiver]]\nrule = "copper-clearance"\nfingerprint = "0123456789abcdef"\nreason = "theirs"\n'
    event = waived(place, lambda: (place.parent / "dfmcheck.toml").write_text(other))
    assert isinstance(event, Waived)
    assert event.path.read_text("utf-8").startswith(other)
    assert "agreed" in event.path.read_text("utf-8")


def test_a_board_that_was_never_saved_is_checked_by_what_is_built_in(place: Path) -> None:
    """Nothing that lies about where it is started is taken for its config or its project, or for a module."""
    (Path.cwd() / "dfmcheck.toml").write_text('profile = "nosuch"\n')
    (Path.cwd() / "untitled.kicad_pro").write_text("{")
    (Path.cwd() / "numpy.py").write_text("raise ImportError")
    job = Job()
    try:
        _built_in(job)
    finally:
        job.close()


def _built_in(job: Job) -> None:
    job.check(board().encode(), None)
    event = answer(job)
    assert isinstance(event, Done)
    design = event.outcome.report.designs[0]
    assert design.name == "untitled"
    assert design.findings
    assert not design.notes
    assert event.outcome.chain == ("standard",)
    assert event.outcome.waivers is None
    job.waive(event.outcome.report.findings, "agreed")
    event = answer(job)
    assert isinstance(event, Failed)
    assert "save the board first" in event.message


def test_what_keeps_a_board_from_being_checked_again_is_told_of_what_that_was_for(place: Path) -> None:
    events: list[Event] = []
    worker = Worker(events.append)
    worker.answer(Check(b"junk", place, quiet=True))
    assert events == []
    for request in (Write(place.with_suffix(".html")), Waive((), "agreed")):
        worker.answer(request)
        told = events.pop()
        assert isinstance(told, Failed)
        assert told.request is type(request)
        assert str(place) in told.message


def test_the_report_goes_with_the_job(place: Path) -> None:
    job = Job()
    try:
        checked(job, place)
        job.write_html(job.report_path)
        event = answer(job)
        assert event == Written(job.report_path)
        assert "copper-clearance" in job.report_path.read_text("utf-8")
        folder = job.report_path.parent
    finally:
        job.close()
    assert not folder.exists()
    assert sorted(p.name for p in place.parent.iterdir()) == ["b.kicad_pcb", "dfmcheck.toml"]


@forking
def test_stop_ends_it_and_what_it_forked_and_the_last_check_can_still_be_used(job: Job, place: Path) -> None:
    checked(job, place)
    first = pid(job)
    job.check(board(1000).encode(), place)
    forked = frozen(first)
    job.stop()
    assert not job.busy
    assert job.poll() == []
    for process in (first, *forked):
        until(lambda number=process: gone(number))
    job.write_html(job.report_path)
    assert answers(job) == [Written(job.report_path)]  # the check that it needs again is not told
    assert "b.kicad_pcb" in job.report_path.read_text("utf-8")
    assert pid(job) != first


def test_after_a_check_that_failed_the_last_good_one_can_be_used(job: Job, place: Path) -> None:
    """By the profile that was chosen for it."""
    outcome = checked(job, place, ("eurocircuits",))
    job.check(b"junk", place)
    assert isinstance(answer(job), Failed)
    job.write_html(job.report_path)
    assert answers(job) == [Written(job.report_path)]
    job.waive(outcome.report.findings[:1], "agreed")
    event = answer(job)
    assert isinstance(event, Waived)
    assert event.outcome.report.designs[0].profile["chain"] == outcome.report.designs[0].profile["chain"]
    assert "eurocircuits" in event.outcome.report.designs[0].profile["chain"]


@forking
def test_its_death_is_told_and_the_next_request_starts_another(job: Job, place: Path) -> None:
    job.start()
    job.check(board(1000).encode(), place)
    forked = frozen(pid(job))
    os.kill(pid(job), signal.SIGKILL)
    event = answer(job)
    for process in forked:
        until(lambda number=process: gone(number))
    assert isinstance(event, Failed)
    assert event.request is Check
    assert "run it again" in event.message
    assert checked(job, place).report.findings


@posix
def test_what_else_was_asked_for_is_done_though_the_check_is_stopped_or_dies(job: Job, place: Path) -> None:
    """A waiver may have to wait for the board to be checked again; nobody sees that, or has to."""
    found = checked(job, place).report.findings
    job.check(board(1000).encode(), place)
    job.stop()  # the process that had the board is gone
    assert job._last is not None
    job._last = replace(job._last, text=board().encode() + b" ", taken=NOON)  # long ago
    job.waive(found, "agreed")
    job.check(board(3).encode(), place)
    job.stop()
    (event,) = answers(job)
    assert isinstance(event, Waived)
    assert event.outcome.report.designs[0].stale_waivers == ()
    assert "2001-09" in event.outcome.report.designs[0].inputs[0]["role"]
    assert "agreed" in event.path.read_text("utf-8")

    job.check(board(1000).encode(), place)
    job.write_html(job.report_path)
    until(lambda: job.poll())
    os.kill(pid(job), signal.SIGKILL)
    *_, failed, written = answers(job)
    assert isinstance(failed, Failed)
    assert failed.request is Check
    assert written == Written(job.report_path)


@posix
def test_it_dies_while_nothing_is_asked(job: Job, place: Path) -> None:
    found = checked(job, place).report.findings
    job.stop()  # nothing
    dead, worker = pid(job), job._worker
    assert worker is not None
    os.kill(dead, signal.SIGKILL)
    until(lambda: not worker.alive)
    until(lambda: not any(thread.is_alive() for thread in worker._threads))
    assert worker._process.stdin is not None
    assert worker._process.stdout is not None
    assert worker._process.stdin.closed
    assert worker._process.stdout.closed
    job.waive(found, "agreed")
    assert [type(event) for event in answers(job)] == [Waived]
    assert pid(job) != dead


@forking
def test_it_ends_with_the_process_that_started_it(place: Path) -> None:
    code = """if 1:
        import sys, time
        from pathlib import Path
        from dfmcheck.plugin.job import Job
        job = Job()
        job.check(sys.stdin.buffer.read(), Path(sys.argv[1]))
        while not job.poll():
            time.sleep(0.01)
        print(job._worker._process.pid, job.report_path.parent, flush=True)
        time.sleep(1000)
    """
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
    ) as owner:  # fmt: skip
        assert owner.stdin is not None
        assert owner.stdout is not None
        owner.stdin.write(board(1000).encode())
        owner.stdin.close()
        worker, folder = owner.stdout.readline().split()
        forked = frozen(int(worker))
        owner.kill()
    for process in (int(worker), *forked):
        until(lambda number=process: gone(number))
    until(lambda: not Path(os.fsdecode(folder)).exists())


def test_what_keeps_it_from_starting_is_told(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('numpy is broken here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = Job()
    try:
        job.check(place.read_bytes(), place)
        event = answer(job)
        assert isinstance(event, Failed)
        assert "numpy is broken here" in event.message
        assert "\n" not in event.message
    finally:
        job.close()


def test_what_cannot_be_understood_is_told_and_not_waited_for(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As what a process tells that is killed in the middle of it."""
    monkeypatch.setattr("dfmcheck.plugin.job._START", r"import os; os.write(1, b'cno.such.module\nx\n.')")
    job = Job()
    try:
        job.check(place.read_bytes(), place)
        event = answer(job)
        assert isinstance(event, Failed)
        assert "has ended" in event.message
    finally:
        job.close()


@posix
def test_it_does_not_end_by_what_it_cannot_tell() -> None:
    """It ends by what it hears, and removes its folder first."""
    there, here = os.pipe()
    os.close(there)
    with suppress(BrokenPipeError), os.fdopen(here, "wb", buffering=0) as pipe:
        telling = Thread(target=teller(pipe), args=(Progress("", 0, 0),), daemon=True)
        telling.start()
        telling.join(0.3)
        assert telling.is_alive()


def test_what_a_check_prints_disturbs_nothing() -> None:
    """Neither what Python prints nor what a library writes to the descriptors."""
    code = """if 1:
        import os, pickle, sys
        from dfmcheck.plugin.worker import _pipes
        requests, events = _pipes()
        print("printed", flush=True)
        os.write(1, b"written")
        assert os.read(0, 9) == b""
        pickle.dump(pickle.load(requests) + 1, events)
        events.flush()
    """
    import pickle

    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(41), capture_output=True, env=env, check=True)
    assert pickle.loads(done.stdout) == 42


def test_two_at_once_do_not_disturb_each_other(job: Job, place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "c.kicad_pcb"
    other.parent.mkdir()
    (other.parent / "dfmcheck.toml").write_text('select = ["copper-clearance"]\n')
    second = Job()
    try:
        second.start()
        job.check(place.read_bytes(), place)
        second.check(board(gap=1.0).encode(), other)
        one, two = answer(job), answer(second)
        assert isinstance(one, Done)
        assert isinstance(two, Done)
        assert one.outcome.report.designs[0].name == "b"
        assert [f.rule for f in two.outcome.report.findings] == []
        assert job.report_path != second.report_path
    finally:
        second.close()
