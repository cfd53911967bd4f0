"""The command from end to end: what it prints where, and its exit status."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dfmcheck
from dfmcheck import api, explain
from dfmcheck.cli import main

GAP = 0.05
"""mm between the two tracks of the test board; every built-in profile forbids it."""


def board(gap: float = GAP, *, name: str = "A", extra: str = "") -> str:
    """Two tracks, 0.3 mm wide, of two nets on a board of 20 by 10 mm, a gap apart."""
    below = 5 + 0.3 + gap
    return f"""(kicad_pcb (version 20241229) (generator "test") (general (thickness 1.6))
 (layers (0 "F.Cu" signal) (2 "B.Cu" signal) (25 "Edge.Cuts" user) (1 "F.Mask" user) (3 "B.Mask" user))
 (net 0 "") (net 1 "{name}") (net 2 "B")
 (gr_rect (start 0 0) (end 20 10) (stroke (width 0.1)) (layer "Edge.Cuts") (uuid "00000000-0000-0000-0000-000000000001"))
 (segment (start 5 5) (end 15 5) (width 0.3) (layer "F.Cu") (net 1) (uuid "00000000-0000-0000-0000-000000000002"))
 (segment (start 5 {below}) (end 15 {below}) (width 0.3) (layer "F.Cu") (net 2) (uuid "00000000-0000-0000-0000-000000000003"))
{extra})
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the test board, and the working folder."""
    (tmp_path / "bad.kicad_pcb").write_text(board(), "utf-8")
    (tmp_path / "good.kicad_pcb").write_text(board(1.0), "utf-8")
    (tmp_path / "dfmcheck.toml").write_text("", "utf-8")  # so that nothing above the temporary folder applies
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "DFMCHECK_DEBUG", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def only(*args: str) -> list[str]:
    """One rule, so that the tests know what must be found."""
    return [*args, "-s", "copper-clearance"]


def findings(out: str, design: int = 0) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(out)["designs"][design]["findings"]
    return found


def test_findings_exit_1_and_tell_the_exact_value(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(only("bad.kicad_pcb", "-f", "json")) == 1
    out, err = capsys.readouterr()
    (found,) = findings(out)
    assert found["rule"] == "copper-clearance"
    assert found["places"][0]["measured"] == GAP  # type: ignore[index]
    assert [i["line"] for i in found["places"][0]["items"]] == [5, 6]  # type: ignore[index]
    (read,) = json.loads(out)["designs"][0]["inputs"]
    data = (place / "bad.kicad_pcb").read_bytes()
    assert read == {
        "path": "bad.kicad_pcb", "kind": "kicad_pcb", "role": None, "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    assert err == ""


def test_a_good_board_exits_0_and_tells_what_was_measured(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(only("good.kicad_pcb")) == 0
    out, err = capsys.readouterr()
    assert re.search(r"^passed +copper-clearance +[1-9]", out, re.M)
    assert out.splitlines()[-1].startswith("good: PASS  0 errors")
    assert err == ""


def test_set_profile_and_its_origin(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(only("good.kicad_pcb", "--set", "copper-clearance.min=50mil")) == 1
    assert "1.000 mm" in (out := capsys.readouterr().out)
    assert "(--set)" in out
    (place / "mine.toml").write_text('title = "x"\n[limits.copper-clearance]\nmin = "0.01 mm"\n', "utf-8")
    assert main(only("bad.kicad_pcb", "-p", "standard", "-p", "mine.toml")) == 0
    assert main(only("bad.kicad_pcb", "-p", "mine.toml", "-p", "standard")) == 1


def test_fail_on_and_severity(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(only("bad.kicad_pcb", "--fail-on", "never")) == 0
    assert "bad: PASS  1 error," in capsys.readouterr().out
    (place / "dfmcheck.toml").write_text('[severity]\ncopper-clearance = "warning"\n', "utf-8")
    assert main(only("bad.kicad_pcb")) == 0
    assert main(only("bad.kicad_pcb", "--fail-on", "warning")) == 1
    (place / "dfmcheck.toml").write_text('fail-on = "never"\n', "utf-8")
    assert main(only("bad.kicad_pcb")) == 0
    assert main(only("bad.kicad_pcb", "--fail-on", "error")) == 1  # options override the file


def test_each_design_has_its_own_config(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "lax").mkdir()
    (place / "lax" / "bad.kicad_pcb").write_text(board(), "utf-8")
    (place / "lax" / ".dfmcheck.toml").write_text('[limits.copper-clearance]\nmin = "0.01 mm"\n', "utf-8")
    assert main(only("bad.kicad_pcb", "lax/bad.kicad_pcb", "-f", "json")) == 1
    designs = json.loads(capsys.readouterr().out)["designs"]
    assert [d["verdict"] for d in designs] == ["fail", "pass"]
    assert designs[1]["profile"]["config"] == "lax/.dfmcheck.toml"


def test_one_unreadable_design_is_told_and_the_others_report(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "broken.kicad_pcb").write_text("(kicad_pcb (version 20241229)", "utf-8")
    assert main(only("broken.kicad_pcb", "good.kicad_pcb", "none.kicad_pcb", "-f", "json")) == 2
    out, err = capsys.readouterr()
    assert [d["name"] for d in json.loads(out)["designs"]] == ["good"]
    assert len(json.loads(out)["errors"]) == 2
    assert [line.split(": ")[:3] for line in err.splitlines()] == [
        ["dfmcheck", "error", err.splitlines()[0].split(": ")[2]],
        ["dfmcheck", "error", "none.kicad_pcb"],
    ]
    assert "broken.kicad_pcb" in err.splitlines()[0]


def test_nothing_readable_prints_nothing_on_stdout(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["none.kicad_pcb", "-f", "json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "no design given"),
        (["--wat"], "No such option"),
        (["good.kicad_pcb", "-p", "standart"], "did you mean 'standard'?"),
        (["good.kicad_pcb", "-s", "copper-clearence"], "did you mean 'copper-clearance'?"),
        (["good.kicad_pcb", "--set", "copper-clearance.min=0.2"], "has no unit"),
        (["good.kicad_pcb", "--set", "copper-clearance=0.2mm"], "write RULE.PARAM=VALUE"),
        (["good.kicad_pcb", "-s", "copper-sliver", "-p", "jlcpcb-2l"], "nothing to judge by"),
        (["good.kicad_pcb", "-s", "track-width", "-i", "copper"], "nothing to judge by"),
        (["good.kicad_pcb", "-f", "png"], "format png is for files and cannot be printed; write one"),
        (["good.kicad_pcb", "-f", "jsn"], "did you mean 'json'?"),
        (["good.kicad_pcb", "-o", "x.doc"], "x.doc: the suffix names no format"),
        (["good.kicad_pcb", "-o", "nowhere/x.json"], "nowhere/x.json: cannot be written"),
        (["good.kicad_pcb", "--fail-on", "fatal"], "choose one of error, warning, note, never"),
        (["good.kicad_pcb", "--accept", " "], "--accept needs a reason"),
        (["good.kicad_pcb", "--against", "none.json"], "none.json: cannot be read"),
        (["good.kicad_pcb", "--against", "/dev/zero"], "/dev/zero: cannot be read: it is not a file"),
        (["good.kicad_pcb", "--rules", "/dev/zero"], "/dev/zero: cannot be read: it is not a file"),
        (["good.kicad_pcb", "--against", "odd.json"], "odd.json: is not a JSON report of dfmcheck"),
        (["good.kicad_pcb", "--with", "bad.kicad_pcb"], "a board is a design of its own"),
        (["good.kicad_pcb", "--with", "dfmcheck.toml"], "no reader knows what it is"),
        (["good.kicad_pcb", "--rules", "nowhere"], "nowhere"),
        (["good.kicad_pcb", "-j", "0"], "0 is not in the range"),
        (["empty"], "holds no board and no Gerber or drill file"),
        (["pack.zip"], "is a damaged zip archive"),
        (["--explain", "copper-clearence"], "did you mean 'copper-clearance'?"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(
    place: Path, capsys: pytest.CaptureFixture[str], args: list[str], message: str
) -> None:
    (place / "odd.json").write_text('{"schema": "dfmcheck-report/1", "designs": 3}', "utf-8")
    (place / "pack.zip").write_bytes(b"PK\x03\x04rest")
    (place / "empty").mkdir()
    assert main(args) == 2
    err = capsys.readouterr().err
    assert err.startswith("dfmcheck: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_config_error_is_told_once_for_all_designs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "dfmcheck.toml").write_text("\nprofle = 1\n", "utf-8")
    assert main(["good.kicad_pcb", "bad.kicad_pcb"]) == 2
    assert capsys.readouterr().err == "dfmcheck: error: dfmcheck.toml:2: unknown setting 'profle'; did you mean 'profile'?\n"


def test_accept_writes_waivers_that_hold_and_die(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "dfmcheck.toml").unlink()
    (place / ".git").mkdir()
    assert main(only("bad.kicad_pcb", "--accept", "agreed")) == 0
    assert capsys.readouterr().err == "dfmcheck: bad: 1 waiver written to .dfmcheck.toml\n"
    assert main(only("bad.kicad_pcb")) == 0
    assert "1 waived" in capsys.readouterr().out
    (place / "bad.kicad_pcb").write_text(board(GAP / 2), "utf-8")
    assert main(only("bad.kicad_pcb", "-f", "json")) == 1
    told = json.loads(capsys.readouterr().out)["designs"][0]
    assert "(no longer waived: 0.025 mm, it had 0.050 mm)" in told["findings"][0]["message"]
    assert told["stale_waivers"][0].startswith(".dfmcheck.toml:1: waiver for copper-clearance")
    (place / "bad.kicad_pcb").write_text(board(1.0), "utf-8")
    assert main(only("bad.kicad_pcb")) == 0
    assert "--strict" not in capsys.readouterr().out
    assert main(only("bad.kicad_pcb", "--strict")) == 1  # the waiver matches nothing now
    assert capsys.readouterr().out.splitlines()[-1].endswith(", --strict: 1 stale waiver")  # why it fails without a finding


@pytest.mark.parametrize("kind", ["json", "board"])
def test_against_fails_on_what_is_new_only(place: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    old = "good.kicad_pcb"
    before = {"bad": "bad.kicad_pcb", "good": old}
    if kind == "json":
        for name in before:
            main(only(f"{name}.kicad_pcb", "-o", f"{name}.json"))
        before = {"bad": "bad.json", "good": "good.json"}
    capsys.readouterr()
    for now, against, status, change in (
        ("bad", "bad", 0, "unchanged"), ("bad", "good", 1, "new"), ("good", "bad", 0, "fixed"),
    ):  # fmt: skip
        assert main(only(f"{now}.kicad_pcb", "--against", before[against], "-f", "json")) == status
        told = json.loads(capsys.readouterr().out)["designs"][0]
        assert [f["change"] for f in told["findings"]] == [change]
        assert told["summary"]["errors"] == (0 if change == "fixed" else 1)
        assert told["verdict"] == ("fail" if status else "pass")


def test_a_folder_stands_for_the_boards_in_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "notes.txt").write_text("G04*", "utf-8")
    assert main(only(".", "-f", "json")) == 1
    out, err = capsys.readouterr()
    assert [d["name"] for d in json.loads(out)["designs"]] == ["bad", "good"]
    assert err == ""


def test_json_is_the_same_on_stdout_and_in_a_file_and_in_every_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["bad.kicad_pcb", "-f", "json", "-o", "a.json"])
    out = capsys.readouterr().out
    assert (place / "a.json").read_bytes() == out.encode()
    main(["bad.kicad_pcb", "-f", "json", "-o", "b.json"])
    assert (place / "a.json").read_bytes() == (place / "b.json").read_bytes()


def test_designs_side_by_side_give_the_same_report(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "broken.kicad_pcb").write_text("(kicad_pcb (version 20241229) (", "utf-8")
    names = ["bad.kicad_pcb", "broken.kicad_pcb", "good.kicad_pcb"]
    assert main([*names, "-f", "json", "-o", "a.json"]) == 2
    one = capsys.readouterr()
    assert main([*names, "-j", "2", "-f", "json", "-o", "b.json"]) == 2
    assert capsys.readouterr() == one
    assert (place / "a.json").read_bytes() == (place / "b.json").read_bytes()


def test_a_crashing_check_is_named_and_the_others_report(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dfmcheck import check

    def crash(context: object) -> object:
        raise ValueError("no such thing\nas this")

    name = api.plan().rules["track-width"].check
    known = check.registry()
    monkeypatch.setitem(known, name, known[name]._replace(measure=crash))  # type: ignore[arg-type]
    assert main(["good.kicad_pcb", "-s", "track-width,copper-clearance"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("dfmcheck: error: good: rule track-width: the check crashed: ValueError: no such thing as this")
    assert err.count("\n") == 1
    assert "crashed track-width" in out
    assert re.search(r"^passed +copper-clearance", out, re.M)
    assert "good: FAIL" in out


def test_what_crashes_beside_the_findings_is_named_and_no_pass(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(board: object) -> object:
        raise ValueError("no such thing\nas this")

    monkeypatch.setattr("dfmcheck.engine.density_map", crash)
    assert main(["good.kicad_pcb", "-s", "component-density,track-width"]) == 2
    out, err = capsys.readouterr()
    assert err == "dfmcheck: error: good: density: it crashed: ValueError: no such thing as this; the rules ran\n"
    assert "good: FAIL" in out


def test_a_bug_is_one_line_with_its_place(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def boom(*args: object, **more: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(api.Plan, "run", boom)
    assert main(["good.kicad_pcb"]) == 2
    err = capsys.readouterr().err
    assert re.search(r"this is a bug in dfmcheck, please report it: ZeroDivisionError: oops at test_cli\.py:\d+ ", err)
    assert err.count("\n") == 1
    monkeypatch.setenv("DFMCHECK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["good.kicad_pcb"])


def test_interrupt_is_quiet(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api.Plan, "run", stop)
    assert main(["good.kicad_pcb"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "DFMCHECK_DEBUG")}
    return subprocess.run(
        [sys.executable, "-m", "dfmcheck", *args], capture_output=True, text=True, encoding="utf-8", env={**clean, **env}
    )


def test_a_closed_pipe_is_quiet_and_keeps_the_verdict(place: Path) -> None:
    script = f'{sys.executable} -m dfmcheck bad.kicad_pcb -s copper-clearance -v | true; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")


def test_colour_follows_the_environment(place: Path) -> None:
    def coloured(*args: str, **env: str) -> bool:
        return "\x1b[" in run(*only("bad.kicad_pcb", *args), **env).stdout

    assert not coloured()
    assert coloured(FORCE_COLOR="1")
    assert not coloured(FORCE_COLOR="1", NO_COLOR="1")
    assert not coloured("--no-color", FORCE_COLOR="1")


def test_any_console_encoding_takes_any_board_text(place: Path) -> None:
    (place / "bad.kicad_pcb").write_text(board(name="µΩ基"), "utf-8")
    assert "µΩ基" in run(*only("bad.kicad_pcb"), PYTHONIOENCODING="utf-8").stdout
    narrow = run(*only("bad.kicad_pcb"), PYTHONIOENCODING="ascii")
    assert narrow.returncode == 1
    assert "\\u57fa" in narrow.stdout
    assert "µΩ基" in run(*only("bad.kicad_pcb", "-f", "json"), PYTHONIOENCODING="ascii").stdout


def test_version_and_help_start_without_the_heavy_imports() -> None:
    heavy = "sorted({'numpy', 'shapely', 'rich'} & set(sys.modules))"
    code = f"import sys, dfmcheck.cli; dfmcheck.cli.main(['--version']); print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == f"dfmcheck {dfmcheck.__version__}\n[]\n"
    assert run("-h").stdout.startswith("Usage: dfmcheck [OPTIONS] DESIGN...")


def test_lists_and_explain(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = api.plan().rules
    assert main(["--list-rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == list(known)
    assert main(["--list-profiles"]) == 0
    assert {"standard", "class-2", "jlcpcb-2l"} <= {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    for name in ("copper-clearance", "outline-open", "via-in-pad"):
        assert main(["--explain", name]) == 0
        assert "Limits under standard" in capsys.readouterr().out
    limits = api.plan().limits
    for rule in known.values():
        told = " ".join(explain.explain(rule, limits).split())
        for text in (rule.title, rule.measure, rule.why, rule.fix, *(param.text for param in rule.params.values())):
            assert " ".join(text.split()) in told


@pytest.mark.parametrize("profile", ["standard", "class-3", "jlcpcb-4l"])
def test_a_shown_profile_is_a_profile_with_the_same_limits(place: Path, capsys: pytest.CaptureFixture[str], profile: str) -> None:
    assert main(["--show-profile", "-p", profile, "--set", "track-width.min=7mil"]) == 0
    (place / "shown.toml").write_text(capsys.readouterr().out, "utf-8")

    def numbers(*names: str, sets: list[tuple[str, str, str, str]]) -> dict[tuple[str, str], tuple[float | None, ...]]:
        limits = api.plan(names, sets=sets).limits
        return {
            (r, p): tuple(v if v is None else round(v, 9) for v in (x.value, x.prefer))
            for r in limits
            for p, x in limits[r].items()
        }

    assert numbers("shown.toml", sets=[]) == numbers(profile, sets=[("track-width", "min", "7mil", "")])


def test_further_rules(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "rules").mkdir()
    (place / "rules" / "mine.toml").write_text(
        """[wide-track]
title = "Wide track"
category = "mine"
severity = "note"
check = "size.track"
unit = "mm"
needs = ["tracks"]
measure = "Width of tracks."
why = "House rule."
fix = "Narrow it."
message = "{a} is {value} wide; {limit} is the house limit"
[wide-track.params.max]
sense = "max"
text = "any track"
""",
        "utf-8",
    )
    args = ["good.kicad_pcb", "--rules", "rules", "-s", "wide-track", "--set", "wide-track.max=0.25mm", "--fail-on", "note"]
    assert main(args) == 1
    assert "0.300 mm wide; 0.250 mm is the house limit" in capsys.readouterr().out
    (place / "dfmcheck.toml").write_text('rules = "rules"\nset = { "wide-track.max" = "0.3 mm" }\n', "utf-8")
    assert main(["good.kicad_pcb", "-s", "wide-track", "--fail-on", "note"]) == 0


def test_timing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(only("good.kicad_pcb", "--timing", "-f", "json"))
    (rule,) = [r for r in json.loads(capsys.readouterr().out)["designs"][0]["rules"] if r["id"] == "copper-clearance"]
    assert rule["seconds"] >= 0


def test_library(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = dfmcheck.read("bad.kicad_pcb")
    report = dfmcheck.check(design, profile="standard", select=["copper-clearance"])
    assert isinstance(design, dfmcheck.Board)
    assert isinstance(report, dfmcheck.Report)
    (found,) = report.findings
    assert isinstance(found, dfmcheck.Finding)
    assert found.places[0].measured == pytest.approx(GAP, abs=1e-9)
    assert report.to_dict()["designs"][0]["verdict"] == "fail"
    assert not dfmcheck.check(design, select=["copper-clearance"], sets={"copper-clearance.min": "0.01 mm"}).failed()
    with pytest.raises(dfmcheck.DfmError, match="did you mean 'standard'"):
        dfmcheck.check(design, profile="standart")
    with pytest.raises(dfmcheck.DfmError):
        dfmcheck.read("none.kicad_pcb")
    assert capsys.readouterr() == ("", "")


def test_the_demo_board_of_the_readme_finds_what_is_wrong_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    demo = Path(__file__).parents[1] / "docs" / "demo.kicad_pcb"
    assert main([str(demo), "-f", "json"]) == 1
    found = {(f["rule"], f["severity"]) for f in findings(capsys.readouterr().out)}
    assert {rule for rule, severity in found if severity == "error"} == {"annular-ring-outer", "copper-clearance", "track-width"}
    assert ("courtyard-overlap", "warning") in found


def test_progress_waits_a_second_and_stays_off_stdout(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from dfmcheck import progress

    def shown(delay: float, wait: float) -> bool:
        monkeypatch.setattr(progress, "DELAY", delay)
        with progress.Progress(on=True) as line:
            line.tell("reading x")
            line.step("track-width", 0, 2)
            assert line._timer is not None
            line._timer.join(wait)
            return line._status is not None

    assert shown(0.01, 60)
    assert not shown(60.0, 0.1)
    assert capfd.readouterr().out == ""
    assert progress.Progress(on=False)._timer is None
