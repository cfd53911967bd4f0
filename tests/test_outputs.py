"""One run writes all formats from one reading of the board, and the same bytes as a run for each."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from reports import DEMO

import dfmcheck.read.places as places
from dfmcheck import write
from dfmcheck.cli import main

MADE_BY_OTHERS = {"png": "resvg_py"}
"""Formats that need a library which may be absent."""
FORMATS = [*write.FORMATS, *(f for f in write._WRITERS if f not in write.FORMATS)]


def formats() -> list[str]:
    return [f for f in FORMATS if find_spec(MADE_BY_OTHERS.get(f, "json")) is not None]


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The boards that were read, in a folder with one."""
    shutil.copy(DEMO, tmp_path / "demo.kicad_pcb")
    (tmp_path / "dfmcheck.toml").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    found: list[str] = []
    read = places.read_place

    def counted(place: places.Place, *args: object) -> object:
        found.append(place.path.name)
        return read(place, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(places, "read_place", counted)
    return found


def outputs(folder: str, names: list[str]) -> list[str]:
    Path(folder).mkdir()
    return [text for name in names for text in ("-o", f"{name}:{folder}/report.{name}")]


def files(folder: str) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_one_run_writes_every_format_from_one_reading(reads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    common = ["demo.kicad_pcb", "-j", "1", "--fail-on", "never", "-s", "fabrication.copper,fabrication.silk,test"]
    names = formats()
    assert main([*common, *outputs("all", names)]) == 0
    assert reads == ["demo.kicad_pcb"]
    first = files("all")
    assert {f"report.{name}" for name in names} <= set(first)
    assert all(first.values())
    assert main([*common, *outputs("again", names)]) == 0
    assert files("again") == first
    # A run for each gives the same; two stand for all here, the one with the design at hand and one without.
    for name in ("sarif", "csv"):
        assert main([*common, *outputs(name, [name])]) == 0
        assert files(name) == {f"report.{name}": first[f"report.{name}"]}
    capsys.readouterr()


def test_what_is_printed_is_what_is_written(reads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    common = ["demo.kicad_pcb", "-j", "1", "--fail-on", "never", "-s", "annular-ring-outer"]
    printed = [f for f in ("json", "sarif", "junit", "github", "gitlab", "rdjson", "markdown", "kicad") if f in write.FORMATS]
    assert main([*common, *outputs("out", printed)]) == 0
    capsys.readouterr()
    for name in printed:
        assert main([*common, "-f", name]) == 0
        assert capsys.readouterr().out.encode() == files("out")[f"report.{name}"]
