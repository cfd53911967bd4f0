"""From folders and zips to packages: every file read once and in its role, one that fails never hides the others."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from handoff import excellon, flash, gerber, rectangle, stroke

import dfmcheck
from dfmcheck.errors import DfmError
from dfmcheck.read.package import common_stem, read_packages

FIXTURES = Path(__file__).parents[1] / "fixtures" / "packages"
HOLES = [(5.0, 5.0, 0.3), (7.54, 5.0, 0.3), (5.0, 7.54, 0.3), (15.0, 2.46, 0.3), (12.0, 8.0, 0.3)]


def films(name: str = "board", *, width: float = 20) -> dict[str, bytes]:
    """A board of two layers as text: its copper joins five drilled lands, and nothing says what a file is but its name."""
    lands = [flash("C,0.8", x, y) for x, y, _ in HOLES]
    edge = stroke(0.1, *rectangle(0, 0, width, 10))
    made = {
        f"{name}.gtl": gerber([*lands, stroke(0.2, (5, 5), (7.54, 5))]), f"{name}.gbl": gerber(lands),
        f"{name}.gts": gerber(lands), f"{name}.gbs": gerber(lands), f"{name}.gko": gerber([edge]), f"{name}.drl": excellon(HOLES),
    }  # fmt: skip
    return {file: text.encode() for file, text in made.items()}


def folder(at: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(data)
    return at


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return path


def roles(path: Path) -> dict[str, tuple[str, str | None]]:
    """Kind and role of each file of the one package, by name."""
    (package,) = read_packages(path)
    return {Path(s.path).name: (s.kind, s.role) for s in package.sources}


def test_every_file_is_listed_with_its_kind_and_role(tmp_path: Path) -> None:
    bom = b"Reference,Value,Qty\nR1,1k,1\n"
    more = {"readme.txt": b"hello", "board-bom.csv": bom, "._board.gtl": b"\0\5\x16\7\0\2"}
    more["board.group3.gbr"] = gerber([flash("C,1", 3, 3)]).encode()
    folder(tmp_path / "h", films() | more)
    assert roles(tmp_path / "h") == {
        "board.gtl": ("gerber", "F.Cu"), "board.gbl": ("gerber", "B.Cu"), "board.gts": ("gerber", "F.Mask"),
        "board.gbs": ("gerber", "B.Mask"), "board.gko": ("gerber", "Edge.Cuts"), "board.drl": ("excellon", "drill L1-L2"),
        "readme.txt": ("document", None), "board-bom.csv": ("bom", None), "._board.gtl": ("document", None),
        "board.group3.gbr": ("gerber", None),
    }  # fmt: skip
    (package,) = read_packages(tmp_path / "h")
    assert package.name == "h"
    assert [note.message for note in package.notes] == ["not used, as nothing tells what it is: board.group3.gbr"]
    assert package.board is not None
    assert package.board.outline.area == pytest.approx(200)
    assert len(package.board.holes) == 5


def test_a_zip_and_a_zip_in_a_zip_make_the_same_board(tmp_path: Path) -> None:
    plain = zipped(tmp_path / "a.zip", films())
    nested = zipped(tmp_path / "b.zip", {"out/gerbers.zip": plain.read_bytes(), "readme.txt": b"hello"})
    one, two = dfmcheck.read(plain), dfmcheck.read(nested)
    assert two.name == "b"
    assert {s.path for s in two.sources} == {f"{nested}/readme.txt", *(f"{nested}/out/gerbers.zip/{name}" for name in films())}
    np.testing.assert_array_equal(one.features.radius, two.features.radius)
    assert one.outline.equals(two.outline)
    assert "package" in two.facts
    assert two.package is not None
    assert two.package.board is not None


def test_layers_and_drills_in_zips_of_their_own_are_one_board(tmp_path: Path) -> None:
    drill = {name: data for name, data in films().items() if name.endswith("drl")}
    layers = {name: data for name, data in films().items() if not name.endswith("drl")}
    parts = {"layers.zip": zipped(tmp_path / "l", layers).read_bytes(), "drill.zip": zipped(tmp_path / "d", drill).read_bytes()}
    board = dfmcheck.read(zipped(tmp_path / "whole.zip", parts))
    assert len(board.holes) == 5
    assert board.outline.area == pytest.approx(200)


def test_two_boards_in_a_folder_are_two_designs(tmp_path: Path) -> None:
    folder(tmp_path / "h", films("main") | films("key", width=30) | {"main-bom.csv": b"Reference,Value,Qty\nR1,1k,1\n"})
    packages = read_packages(tmp_path / "h")
    assert [p.name for p in packages] == ["h/key", "h/main"]
    assert [p.board.outline.area for p in packages if p.board] == [pytest.approx(300), pytest.approx(200)]
    assert [len(p.sources) for p in packages] == [6, 7]
    with pytest.raises(DfmError, match=r"holds 2 designs \(h/key, h/main\); read_all gives all of them"):
        dfmcheck.read(tmp_path / "h")
    assert [b.name for b in dfmcheck.read_all(tmp_path / "h")] == ["h/key", "h/main"]


@pytest.mark.parametrize(("name", "data"), [("board.gts", b""), ("board.gts", b"\1\2\3"), ("board.gts", b"G04 cut")])
def test_a_file_that_cannot_be_read_keeps_its_place(tmp_path: Path, name: str, data: bytes) -> None:
    folder(tmp_path, films() | {name: data})
    (package,) = read_packages(tmp_path)
    entry = next(e for e in package.entries if package.path(e).endswith(name))
    assert entry.role.layer == "F.Mask"
    assert entry.problem
    assert package.of("mask", "top") == []
    assert package.board is not None
    assert len(package.board.holes) == 5


def test_a_film_that_draws_beyond_any_board_is_not_believed(tmp_path: Path) -> None:
    far = films()["board.gko"].replace(b"X20000000Y0D01", b"X140000000000Y0D01")
    folder(tmp_path, films() | {"board.gko": far})
    (package,) = read_packages(tmp_path)
    (entry,) = [e for e in package.entries if e.role.kind == "edge"]
    line = far[: far.index(b"X140000000000Y0D01")].count(b"\n") + 1
    assert entry.problem == f"line {line}: draws 140 m from the origin: a number or the format is damaged"


def test_a_reader_that_crashes_is_told_as_a_bug_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dfmcheck.read import package as module

    def crash(data: bytes, path: str) -> object:
        raise ZeroDivisionError("oops") if path.endswith(".gts") else RecursionError("deep")

    folder(tmp_path, films())
    monkeypatch.delenv("DFMCHECK_DEBUG", raising=False)
    monkeypatch.setattr(module, "read_gerber", crash)
    (package,) = read_packages(tmp_path)
    problems = {Path(package.path(e)).name: e.problem for e in package.entries}
    assert "this is a bug in dfmcheck, please report it: ZeroDivisionError: oops" in problems["board.gts"]
    assert problems["board.gtl"] == "is too large or too deeply nested to be read (RecursionError)"
    assert problems["board.drl"] == ""
    assert len(package.notes) == 5


def test_the_drill_format_that_fits_the_copper_is_taken(tmp_path: Path) -> None:
    """Without a header 2.4 inch with leading zeros kept or trailing ones is a matter of where the copper is."""
    inch = "".join(f"X{round(x / 0.00254):06d}Y{-round(y / 0.00254):07d}\n" for x, y, _ in HOLES)
    text = f"M48\nT1C0.0118\n%\nT1\n{inch}M30\n"
    folder(tmp_path, films() | {"board.drl": text.encode()})
    (package,) = read_packages(tmp_path)
    (entry,) = package.of("drill")
    assert entry.drill is not None
    assert entry.drill.fit == 1.0
    assert entry.drill.format.unit == "in"


def test_tools_are_found_in_the_table_beside_the_drill_file(tmp_path: Path) -> None:
    bare = excellon(HOLES).replace("T1C0.3\n", "")
    table = b"Drill sizes report\n\nT1  0.3000mm  plated  5 holes\n"
    folder(tmp_path, films() | {"board.drl": bare.encode()})
    (package,) = read_packages(tmp_path)
    (entry,) = package.of("drill")
    assert entry.drill is not None
    assert np.isnan(entry.drill.tools[0].diameter)
    (tmp_path / "tools.tol").write_bytes(table)
    (package,) = read_packages(tmp_path)
    (entry,) = package.of("drill")
    assert entry.drill is not None
    assert entry.drill.tools[0].diameter == pytest.approx(0.3)


def test_holes_of_a_gerber_drill_file(tmp_path: Path) -> None:
    files = films()
    del files["board.drl"]
    drawn = gerber([flash("C,0.3", x, y) for x, y, _ in HOLES], FileFunction="Plated,1,2,PTH,Drill")
    folder(tmp_path, files | {"board-drill.gbr": drawn.encode()})
    (package,) = read_packages(tmp_path)
    (entry,) = package.of("drill")
    assert entry.image is not None
    assert entry.drill is not None
    assert len(entry.drill.hits) == 5
    assert package.sources[entry.source].role == "drill plated L1-L2"


def test_the_board_beside_is_the_native_one_if_it_is_named_alike(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "two.plain.zip", tmp_path / "handoff.zip")
    shutil.copy(FIXTURES / "two.kicad_pcb", tmp_path / "other.kicad_pcb")
    assert dfmcheck.read(tmp_path / "handoff.zip").package.native is None  # type: ignore[union-attr]
    shutil.copy(FIXTURES / "two.kicad_pcb", tmp_path / "two.kicad_pcb")
    board = dfmcheck.read(tmp_path / "handoff.zip")
    assert board.package is not None
    assert board.package.native is not None
    assert board.package.native.name == "two"
    assert [s.path for s in board.sources if s.kind == "kicad_pcb"] == [str(tmp_path / "two.kicad_pcb")]
    native, package = dfmcheck.read_all(shutil.copytree(tmp_path, tmp_path / "all", ignore=shutil.ignore_patterns("other*")))
    assert package.package is not None
    assert package.package.native is native
    assert native.package is None


def test_a_board_of_another_name_is_told_and_not_compared(tmp_path: Path) -> None:
    folder(tmp_path, films())
    shutil.copy(FIXTURES / "two.kicad_pcb", tmp_path)
    (package,) = read_packages(tmp_path)
    assert package.native is None
    assert ["compared with no board" in note.message and "two.kicad_pcb" in note.message for note in package.notes] == [True]


def test_boards_in_a_zip_are_designs(tmp_path: Path) -> None:
    board = (FIXTURES / "two.kicad_pcb").read_bytes()
    path = zipped(tmp_path / "project.zip", {"p/two.kicad_pcb": board, "p/deep/copy.kicad_pcb": board, "p/two.kicad_pro": b"{}"})
    assert [b.name for b in dfmcheck.read_all(path)] == ["two"]


def test_further_files_go_with_one_design(tmp_path: Path) -> None:
    board, package = FIXTURES / "two.kicad_pcb", FIXTURES / "two.plain.zip"
    native = dfmcheck.read(board, [package])
    assert native.package is not None
    assert native.package.native is not None
    assert native.package.name == native.name == "two"
    assert "package" in native.facts
    assert len(native.sources) == 1 + len(native.package.sources) == 12
    assert native.sources[0].kind == "kicad_pcb"
    films = dfmcheck.read(zipped(tmp_path / "a.zip", {"x.gtl": b"%FSLAX46Y46*%%MOMM*%%ADD10C,1*%D10*X0Y0D03*M02*"}), [board])
    assert films.package is not None
    assert films.package.native is not None
    assert films.package.native.name == "two"
    with pytest.raises(DfmError, match="a board is a design of its own"):
        dfmcheck.read(board, [board])


@pytest.mark.parametrize(
    ("paths", "stem"),
    [
        (["a/board-F_Cu.gbr", "b/board-B_Cu.gbr", "board.drl"], "board"), (["board-F_Cu.gbr", "board-F_Mask.gbr"], "board-F"),
        (["x.gtl"], "x"), (["GTL", "GBL"], ""), (["main.gtl", "mainboard.gbl"], ""), ([], ""),
    ],
)  # fmt: skip
def test_common_stem(paths: list[str], stem: str) -> None:
    assert common_stem(paths) == stem


def test_sizes_of_tools_come_from_the_report_of_the_same_file(tmp_path: Path) -> None:
    for name, size, x in (("drill", 0.0200, 1), ("route", 0.0150, 2)):
        (tmp_path / f"board_nc{name}.drl").write_text(f"M48\nINCH\n%\nG90\nT01\nX{x}.0Y1.0\nX{x}.0Y2.0\nM30\n")
        report = f" NC PARAMETERS\n\n FORMAT  3.5\n OUTPUT-UNITS  ENGLISH\n\n     {size:.4f}  T01       \n\n"
        (tmp_path / f"nc{name}.log").write_text(report)
    (package,) = read_packages(tmp_path)
    found = {Path(package.path(e)).name: e.drill for e in package.of("drill")}
    assert {name: drill.tools[0].diameter for name, drill in found.items()} == pytest.approx(
        {"board_ncdrill.drl": 0.508, "board_ncroute.drl": 0.381}
    )
    assert all(any("taken from nc" in fault.message for fault in drill.faults) for drill in found.values())
