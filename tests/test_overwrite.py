"""Nothing that a run reads is lost by what it writes, and what it writes is whole or not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from reports import DEMO
from test_outputs import formats

from dfmcheck.cli import main
from dfmcheck.files import replace_file, write_file
from dfmcheck.write import MARK

PACKAGES = Path(__file__).parent.parent / "fixtures" / "packages"
QUICK = ("-q", "-j", "1", "-s", "track-width", "--fail-on", "never")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a board, its project and config."""
    shutil.copy(DEMO, tmp_path / "b.kicad_pcb")
    (tmp_path / "b.kicad_pro").write_text("{}", "utf-8")
    (tmp_path / "base.toml").write_text("", "utf-8")
    (tmp_path / "kept.toml").write_text("", "utf-8")
    (tmp_path / "mine.toml").write_text('title = "x"\n[limits.track-width]\nmin = "0.1 mm"\n', "utf-8")
    (tmp_path / "dfmcheck.toml").write_text('extends = "base.toml"\nwaivers = "kept.toml"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inside(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(place: Path, capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What one line says when a run does nothing at all."""
    before = inside(place)
    assert main([*QUICK, *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert inside(place) == before
    return err


@pytest.mark.parametrize(
    "name", ["b.kicad_pcb", "b.kicad_pro", "dfmcheck.toml", "base.toml", "kept.toml", "mine.toml", "./linked", "hard"]
)
def test_an_input_is_never_overwritten(place: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (place / "linked").symlink_to("b.kicad_pcb")
    os.link(place / "mine.toml", place / "hard")
    err = refused(place, capsys, "b.kicad_pcb", "-p", "mine.toml", "-o", f"json:{name}")
    assert f"{Path(name)}: the output would overwrite what this run reads" in err


def test_nor_are_files_given_by_options(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "bom.csv").write_text("Reference,Value\nR1,1k\n", "utf-8")
    assert main([*QUICK, "b.kicad_pcb", "--review", "review.json", "-o", "old.json"]) == 0
    capsys.readouterr()
    for args in (
        ("--with", "bom.csv", "-o", "bom.csv"), ("--review", "review.json", "-o", "review.json"),
        ("--review", "new.json", "-o", "new.json"), ("--against", "old.json", "-o", "old.json"),
    ):  # fmt: skip
        assert "would overwrite what this run reads" in refused(place, capsys, "b.kicad_pcb", *args)
    (place / "dfmcheck.toml").unlink()
    args = "--accept", "good", "-o", "json:.dfmcheck.toml"
    assert "would overwrite what this run reads" in refused(place, capsys, "b.kicad_pcb", *args)


def test_nor_a_design_that_lies_elsewhere(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("two.zip", "two.kicad_pcb"):
        shutil.copy(PACKAGES / name, place)
        assert "would overwrite a file of a design" in refused(place, capsys, "b.kicad_pcb", "-o", f"json:{name}")


def test_nor_a_file_of_a_package_and_earlier_reports_in_it_are_replaced(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(PACKAGES / "two.zip") as packed:
        packed.extractall(place / "two")
    (place / "two" / "bom.csv").write_text("Reference,Value,Footprint,Qty\nR1,1k,R_0402,1\n", "utf-8")
    copper = next(p.name for p in (place / "two").iterdir() if "F_Cu" in p.name)
    assert "would overwrite a file of a design (gerber)" in refused(place, capsys, "two", "-o", f"json:two/{copper}")
    bom = (place / "two" / "bom.csv").read_bytes()
    assert main([*QUICK, "two", "-o", "two/bom.csv"]) == 2
    assert (place / "two" / "bom.csv").read_bytes() == bom
    capsys.readouterr()
    wanted = [text for name in ("report.json", "report.csv", "report.txt", "report.md") for text in ("-o", f"two/{name}")]
    for _ in range(2):
        assert main([*QUICK, "two", *wanted]) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    "args", [("r.json", "./r.json"), ("r.json", "sarif:r.json"), ("queries:q.txt", "svg:q-pictures/EQ-1.svg"), ("there", "again")]
)
def test_no_two_outputs_are_one_file(place: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, str]) -> None:
    if args[0] == "there":
        (place / "there.json").write_text("{}", "utf-8")
        os.link(place / "there.json", place / "again.json")
        args = "there.json", "again.json"
    assert "-o writes this file twice" in refused(place, capsys, "b.kicad_pcb", *(word for a in args for word in ("-o", a)))


def test_every_output_may_replace_itself(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """None of ours looks like a file of a design."""
    words = [word for name in formats() for word in ("-o", f"{name}:out.{name}")]
    for _ in range(2):
        assert main([*QUICK, "b.kicad_pcb", *words]) == 0, capsys.readouterr().err


def test_what_cannot_be_written_to_its_end_leaves_the_file_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "r.json"
    kept.write_text("before", "utf-8")
    kept.chmod(0o640)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("dfmcheck.files.os.replace", full)
        with pytest.raises(OSError, match="No space left"):
            replace_file(kept, b"after")
    assert inside(tmp_path) == {"r.json": b"before"}
    write_file(kept, b"\x00after")
    assert inside(tmp_path) == {"r.json": b"\x00after"}
    assert kept.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_replaced_is_written_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the summary of a step is, where a container was given that file alone."""
    kept = tmp_path / "summary"
    kept.write_text("longer than what comes", "utf-8")
    number = kept.stat().st_ino

    def busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr("dfmcheck.files.os.replace", busy)
    write_file(kept, b"after")
    assert inside(tmp_path) == {"summary": b"after"}
    assert kept.stat().st_ino == number


def test_nothing_is_written_through_a_link(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "victim").write_text("mine", "utf-8")
    (place / "r.json").symlink_to("victim")
    (place / "gone.json").symlink_to("nowhere")
    for name in ("r.json", "gone.json"):
        assert main([*QUICK, "b.kicad_pcb", "-o", name]) == 2
        assert f"{name}: is a symbolic link" in capsys.readouterr().err
    (place / "queries-pictures").mkdir()
    (place / "queries-pictures" / "EQ-1.svg").symlink_to("../victim")
    assert main([*QUICK, "b.kicad_pcb", "-o", "queries.md"]) == 2
    assert "EQ-1.svg: is a symbolic link" in capsys.readouterr().err
    (place / "elsewhere").mkdir()
    (place / "x-queries-pictures").symlink_to("elsewhere")
    assert main([*QUICK, "b.kicad_pcb", "-o", "x-queries.md"]) == 2
    assert (place / "victim").read_text() == "mine"
    assert not list((place / "elsewhere").iterdir())
    assert not (place / "nowhere").exists()


def test_no_folder_is_made_for_a_report(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("queries.md", "r.json"):
        assert main([*QUICK, "b.kicad_pcb", "-o", f"nope/{name}"]) == 2
        assert f"{Path('nope', name)}: cannot be written: No such file" in capsys.readouterr().err
    assert not (place / "nope").exists()


def test_pictures_of_an_earlier_run_go_and_others_stay(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = place / "queries-pictures"
    folder.mkdir()
    (folder / "EQ-77.svg").write_bytes(b"<svg/>" + MARK)
    (folder / "EQ-78.svg").write_text("<svg/>", "utf-8")
    (folder / "notes.svg").write_bytes(b"<svg/>" + MARK)
    assert main([*QUICK, "b.kicad_pcb", "-o", "queries.md"]) == 0
    assert sorted(p.name for p in folder.iterdir()) == ["EQ-1.svg", "EQ-78.svg", "notes.svg"]
    assert main([*QUICK, "b.kicad_pcb", "--set", "track-width.min=0.01mm", "-o", "queries.md"]) == 0
    assert sorted(p.name for p in folder.iterdir()) == ["EQ-78.svg", "notes.svg"]


def command(*args: str) -> str:
    return f'"{sys.executable}" -m dfmcheck b.kicad_pcb {" ".join(QUICK)} {" ".join(args)}'


def shell(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", "-c", text], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("-v >&-", "stdout cannot be written: it is closed"),
        ("-f json >/dev/full", "stdout cannot be written: No space left on device"),
        ("--list-rules >/dev/full", "stdout cannot be written: No space left on device"),
        ("-h >/dev/full", "stdout cannot be written: No space left on device"),
        ("-o json:/dev/full", "/dev/full: cannot be written: No space left on device"),
        ("-o json:/dev/stdout >&-", "/dev/stdout: cannot be written: Bad file descriptor"),
    ],
)
def test_a_stdout_that_takes_nothing_is_told(place: Path, args: str, why: str) -> None:
    done = shell(command(args))
    assert done.returncode == 2
    assert f"dfmcheck: error: {why}" in done.stderr.splitlines()
    assert "bug" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes and descriptors have names on POSIX")
def test_streams_are_written_as_they_are(place: Path) -> None:
    (place / "log").write_text("before\n", "utf-8")
    done = shell(f"{command('-o csv:/dev/stdout')} >>log; mkfifo p; cat p >taken & {command('-o csv:p')}; wait")
    assert done.stderr == ""
    lines = (place / "log").read_text("utf-8").splitlines()
    assert lines[0] == "before"
    assert lines[1].startswith("\ufeffdesign,finding")
    assert lines[-1].startswith("b: PASS")
    assert (place / "taken").read_text("utf-8").startswith("\ufeffdesign,finding")
    assert not (place / "p").is_file()
