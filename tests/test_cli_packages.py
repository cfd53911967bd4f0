"""The command on folders, zips and further files: one line for what is unsafe, every file listed, every design a report."""

from __future__ import annotations

import json
import shutil
import stat
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dfmcheck.cli import main

FIXTURES = Path(__file__).parents[1] / "fixtures" / "packages"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a board of two layers, and its package as a zip and as a folder elsewhere."""
    shutil.copy(FIXTURES / "two.kicad_pcb", tmp_path)
    (tmp_path / "out").mkdir()
    shutil.copy(FIXTURES / "two.zip", tmp_path / "out" / "handoff.zip")
    zipfile.ZipFile(FIXTURES / "two.zip").extractall(tmp_path / "out" / "films")
    (tmp_path / "dfmcheck.toml").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *args: str, rule: str = "copper-clearance") -> tuple[int, list[dict[str, Any]], str]:
    status = main([*args, "-s", rule, "-f", "json"])
    out, err = capsys.readouterr()
    return status, json.loads(out)["designs"] if out else [], err


@pytest.mark.parametrize("name", ["out/handoff.zip", "out/films"])
def test_a_package_is_a_design_and_all_its_files_are_listed(place: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    status, (design,), err = run(capsys, name)
    assert (status, err, design["name"]) == (0, "", Path(name).stem)
    assert {Path(i["path"]).name: (i["kind"], i["role"]) for i in design["inputs"]} == {
        "two-B_Cu.gbl": ("gerber", "B.Cu"), "two-B_Mask.gbs": ("gerber", "B.Mask"), "two-B_Paste.gbp": ("gerber", "B.Paste"),
        "two-B_Silkscreen.gbo": ("gerber", "B.SilkS"), "two-Edge_Cuts.gm1": ("gerber", "Edge.Cuts"),
        "two-F_Cu.gtl": ("gerber", "F.Cu"), "two-F_Mask.gts": ("gerber", "F.Mask"), "two-F_Paste.gtp": ("gerber", "F.Paste"),
        "two-F_Silkscreen.gto": ("gerber", "F.SilkS"), "two-NPTH.drl": ("excellon", "drill non-plated L1-L2"),
        "two-PTH.drl": ("excellon", "drill plated L1-L2"), "two-job.gbrjob": ("gbrjob", None),
    }  # fmt: skip
    assert all(i["path"].startswith(f"{name}/") and len(i["sha256"]) == 64 for i in design["inputs"])
    board = design["board"]
    assert board["copper_layers"] == ["F.Cu", "B.Cu"]
    assert min(board[n] for n in ("width", "height", "area", "thickness", "pads", "vias", "holes", "tracks", "nets")) > 0


def test_a_folder_stands_for_its_boards_and_its_packages(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(place / "out" / "films")
    status, designs, err = run(capsys, ".", "-j", "1")
    assert (status, err) == (0, "")
    assert [d["name"] for d in designs] == ["two", place.name]
    boards = [[i["path"] for i in d["inputs"] if i["kind"] == "kicad_pcb"] for d in designs]
    assert boards == [["two.kicad_pcb"], ["two.kicad_pcb"]]
    assert run(capsys, ".", "-j", "2") == (status, designs, err)


def test_with_gives_a_board_its_package_and_a_package_its_board(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (native,), _ = run(capsys, "two.kicad_pcb", "--with", "out/handoff.zip")
    assert native["name"] == "two"
    assert "package" in native["facts"]
    assert [len([i for i in native["inputs"] if i["kind"] == k]) for k in ("kicad_pcb", "gerber", "excellon")] == [1, 9, 2]
    _, (package,), _ = run(capsys, "out/films", "--with", "two.kicad_pcb")
    assert package["name"] == "films"
    assert [i["path"] for i in package["inputs"] if i["kind"] == "kicad_pcb"] == ["two.kicad_pcb"]


def test_with_takes_a_netlist_and_lists_a_placement_file_where_the_board_tells_the_parts(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "two-pos.csv").write_text("Ref,Val,Package,PosX,PosY,Rot,Side\nR1,1k,0603,1,2,0,top\n", "utf-8")
    record = "327GND              R1    -1          A01X+010000Y+005000X0300Y0300R000S2\n"
    (place / "two.ipc").write_text(f"P  UNITS CUST 0\n{record}999\n", "utf-8")
    for design in ("two.kicad_pcb", "out/handoff.zip"):
        status, (told,), err = run(capsys, design, "--with", "two-pos.csv", "--with", "two.ipc")
        assert (status, err) == (0, "")
        kinds = {i["path"]: i["kind"] for i in told["inputs"]}
        assert (kinds["two-pos.csv"], kinds["two.ipc"]) == ("placement", "ipcd356")
        notes = [n["message"] for n in told["notes"] if n["path"] == "two-pos.csv"]
        assert notes == (["is listed only: no rule of this version reads it"] if design == "two.kicad_pcb" else [])
        assert ("package" in told["facts"]) == (design == "out/handoff.zip")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["two.kicad_pcb", "--with", "two.kicad_pcb"], "a board is a design of its own"),
        (["two.kicad_pcb", "--with", "none.zip"], "none.zip: --with: no such file"),
        (["two.kicad_pcb", "--with", "dfmcheck.toml"], "dfmcheck.toml: --with: no reader knows what it is; give Gerber"),
        (["two.kicad_pcb", "--with", "broken.gbrjob"], "is no Gerber job file as it must be: Size is not an object"),
        (["two.kicad_pcb", "out/handoff.zip", "--with", "out/films"], "--with gives further files of one design, and there are"),
        (["several"], "several: no selected rule"),
        (["several", "--with", "two.kicad_pcb"], "holds several designs (several/key, several/main), and --with goes with one"),
        (["several", "--against", "two.kicad_pcb"], "two.kicad_pcb: holds nothing earlier of several/key; it has two"),
        (["letters.zip"], "letters.zip: holds no board and no Gerber or drill file"),
        (["nothing.zip"], "nothing.zip/a.gtl:3: D10"),
        (["nothing.gtl"], "nothing.gtl:3: D10"),
    ],
)
def test_what_does_not_fit_is_one_line(place: Path, capsys: pytest.CaptureFixture[str], args: list[str], message: str) -> None:
    (place / "broken.gbrjob").write_text('{"GeneralSpecs": {"Size": 3}}', "utf-8")
    nothing = "%FSLAX46Y46*%\nD10*\nX0Y0D03*\nM02*\n"
    (place / "nothing.gtl").write_text(nothing, "utf-8")
    for name, data in (("nothing", {"a.gtl": nothing}), ("letters", {"readme.txt": "hello"})):
        with zipfile.ZipFile(f"{name}.zip", "w") as z:
            for member, text in data.items():
                z.writestr(member, text)
    (place / "several").mkdir()
    for board in ("main", "key"):
        for file in (place / "out" / "films").iterdir():
            if file.suffix != ".gbrjob":
                text = file.read_text("utf-8").replace("ProjectId,two", f"ProjectId,{board}")
                (place / "several" / file.name.replace("two", board)).write_text(text, "utf-8")
    rule = "copper-sliver" if args == ["several"] else "copper-clearance"
    profile = ["-p", "jlcpcb-2l"] if args == ["several"] else []
    status, designs, err = run(capsys, *args, *profile, rule=rule)
    assert (status, designs) == (2, [])
    assert err.startswith("dfmcheck: error: ")
    assert message in err
    assert err.count("\n") == 1


def hostile(path: Path, kind: str) -> None:
    link = zipfile.ZipInfo("two-F_Mask.gts")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    more: dict[str, list[tuple[Any, bytes]]] = {
        "escape": [("../../up.gbr", b"G04*")], "absolute": [("/etc/up.gbr", b"G04*")], "drive": [("C:\\up.gbr", b"G04*")],
        "bomb": [("big.gbr", b"0" * 30_000_000)], "link": [(link, b"/etc/passwd")],
        "many": [(f"{n}.txt", b"") for n in range(20_001)],
    }  # fmt: skip
    shutil.copy(FIXTURES / "two.zip", path)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as z:
        warnings.simplefilter("ignore")
        for name, data in more.get(kind, []):
            z.writestr(name, data)
    data = path.read_bytes()
    if kind == "cut":
        path.write_bytes(data[:-40])
    if kind == "locked":
        at = data.index(b"PK\x01\x02") + 8
        path.write_bytes(data[:at] + b"\1" + data[at + 1 :])
    if kind == "nested":
        for n in range(2):
            inner = path.read_bytes()
            with zipfile.ZipFile(path, "w") as z:
                z.writestr(f"{n}.zip", inner)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("escape", "is unsafe: it holds ../../up.gbr, a path that leads out"), ("absolute", "is unsafe: it holds /etc/up.gbr"),
        ("drive", "is unsafe: it holds C:/up.gbr"), ("bomb", "is unsafe: big.gbr would unpack to 30 MB of"),
        ("many", "holds more than 20000 files"), ("cut", "is a damaged zip archive"), ("locked", "encrypted; give a zip without"),
        ("nested", "holds no board and no Gerber or drill file"),
    ],
)  # fmt: skip
def test_hostile_zips_are_one_line(place: Path, capsys: pytest.CaptureFixture[str], kind: str, message: str) -> None:
    hostile(place / "bad.zip", kind)
    status, designs, err = run(capsys, "bad.zip")
    assert (status, designs) == (2, [])
    assert err.startswith("dfmcheck: error: bad.zip: ")
    assert message in err
    assert err.count("\n") == 1
    assert not list(place.parent.glob("up.gbr"))


def test_a_link_or_a_damaged_file_in_a_zip_is_a_note_and_strict_fails(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile(place / "link.zip", "link")
    data = bytearray((FIXTURES / "two.zip").read_bytes())
    at = data.index(b"two-F_Mask.gts") + 14 + 30
    data[at : at + 8] = b"\xff" * 8
    (place / "crc.zip").write_bytes(data)
    for name, note in (("link.zip", "is a link, not a file: left out"), ("crc.zip", "is damaged in its zip")):
        status, (design,), _ = run(capsys, name)
        assert status == 0
        assert [n["path"] for n in design["notes"] if n["message"].startswith(note)] == [f"{name}/two-F_Mask.gts"]
        assert run(capsys, name, "--strict")[0] == 1


def test_an_earlier_zip_a_report_and_waivers_of_packages(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tight = ("--set", "copper-clearance.min=2mm")
    status, (design,), _ = run(capsys, "out/handoff.zip", *tight, "-o", "before.json")
    assert (status, design["verdict"]) == (1, "fail")
    for earlier in ("before.json", "out/films", "out/handoff.zip"):
        status, (design,), _ = run(capsys, "out/films", *tight, "--against", earlier)
        assert status == 0
        assert {f["change"] for f in design["findings"]} == {"unchanged"}
    assert run(capsys, "out/handoff.zip", *tight, "--accept", "agreed")[0] == 0
    assert (place / "dfmcheck.toml").read_text("utf-8").count("[[waiver]]") == len(design["findings"])
    assert run(capsys, "out/handoff.zip", *tight)[0] == 0


def test_a_package_takes_the_config_of_its_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "out" / "films" / ".dfmcheck.toml").write_text('[limits.copper-clearance]\nmin = "2 mm"\n', "utf-8")
    status, (design,), _ = run(capsys, "out/films")
    assert (status, design["profile"]["config"]) == (1, "out/films/.dfmcheck.toml")
    status, (design,), _ = run(capsys, "out/handoff.zip")
    assert (status, design["profile"]["config"]) == (0, "dfmcheck.toml")
