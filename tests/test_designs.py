"""Which files belong to one design: boards in one folder, folders of one board, copies, stencils, shared papers."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from films import PADS, drill, gerber

from dfmcheck.read.designs import group
from dfmcheck.read.roles import File


def board(stem: str, *, offset: int = 0, x2: str = "") -> list[File]:
    """A bare board of two layers; `offset` makes it another than those with other offsets."""
    at = f"X{offset}000000Y1000000D03*"
    names = {"F_Cu": "Copper,L1,Top", "B_Cu": "Copper,L2,Bot", "F_Mask": "Soldermask,Top", "Edge_Cuts": "Profile,NP"}
    project = f"%TF.ProjectId,{x2},0,0*%\n" if x2 else ""
    films = [gerber(f"{stem}{n}.gbr", project, PADS, at, x2=f if x2 else "") for n, f in names.items()]
    return [*films, drill(f"{stem}PTH.drl", f"X{offset}.0Y-1.0")]


def paper(path: str) -> File:
    return File(path, b"words\n")


def designs(files: Sequence[File]) -> list[set[str]]:
    """The paths of each design, the same for any order of the files."""
    want = [{files[i].path for i in rows} for rows in group(files)]
    for seed in range(3):
        moved = random.Random(seed).sample(list(files), len(files))
        assert [{moved[i].path for i in rows} for rows in group(moved)] == want
    assert set().union(*want) == {f.path for f in files}
    return want


def paths(files: Sequence[File]) -> set[str]:
    return {f.path for f in files}


def test_one_board() -> None:
    files = [*board("out/b-"), paper("out/README.txt"), paper("b-bom.csv"), File("b.kicad_pcb", b"(kicad_pcb)")]
    assert designs(files) == [paths(files)]
    assert group([]) == []
    assert group([paper("README")]) == [[0]]


@pytest.mark.parametrize("stems", [("controller-", "driver-"), ("board1-", "board2-"), ("keyboard_", "mainboard_", "panel_")])
def test_boards_in_one_folder_by_name(stems: tuple[str, ...]) -> None:
    """Papers go with the board they are named by, or with all."""
    boards = [board(stem, offset=i) for i, stem in enumerate(stems)]
    bom = paper(f"{stems[0]}bom.csv")
    got = designs([f for b in boards for f in b] + [bom, paper("LICENSE")])
    assert got == [paths(b) | {"LICENSE"} | ({bom.path} if not i else set()) for i, b in enumerate(boards)]


def test_boards_in_one_folder_by_project() -> None:
    one = [File(f"{i}.gbr", f.data, f.image, f.drill) for i, f in enumerate(board("", x2="one")[:4])]
    two = [File(f"{i + 4}.gbr", f.data, f.image, f.drill) for i, f in enumerate(board("", offset=3, x2="two")[:4])]
    assert designs([*one, *two]) == [paths(one), paths(two)]


def test_folders_of_one_board() -> None:
    films, holes = board("Gerber/b-")[:4], drill("NCDrill/holes.ncd")
    assert designs([*films, holes, paper("README")]) == [{*paths(films), holes.path, "README"}]


def test_drill_folder_joins_the_films_that_lack_it() -> None:
    films, whole = board("Gerber/b-")[:4], board("orig/b-", offset=1)
    holes = drill("Drill/b-PTH.drl", "X3.0Y-3.0")
    assert designs([*films, *whole, holes]) == [{*paths(films), holes.path}, paths(whole)]


def test_folders_and_archives_are_designs() -> None:
    boards = [board("a/b-"), board("b.zip/b-", offset=1), board("c.zip/b-", offset=2)]
    netlist = File("b.ipc", b"P  CODE 00\n")
    got = designs([f for b in boards for f in b] + [netlist])
    assert got == [paths(boards[0]), paths(boards[1]) | {"b.ipc"}, paths(boards[2])]


def test_a_copy_of_the_same_bytes_is_no_design_of_its_own() -> None:
    folder, packed = board("out/b-"), board("out/b.zip/b-")
    assert designs([*folder, *packed]) == [paths(folder) | paths(packed)]
    other = board("out/b.zip/b-", offset=4)
    assert designs([*folder, *other]) == [paths(folder), paths(other)]


def test_a_stencil_beside_the_board() -> None:
    whole = [*board("b.zip/b-"), gerber("b.zip/b-F_Paste.gbr", x2="Paste,Top")]
    stencil = [gerber("a_stencil.zip/stencil.tp", PADS, "X3D03*")]
    assert designs([*whole, *stencil]) == [paths(whole), paths(stencil)]


def test_a_layer_given_twice_is_no_second_board() -> None:
    files = [*board("b-"), gerber("b-F_Cu-old.gbr", PADS, "X9000000Y1000000D03*"), gerber("old-F_Cu.gbr")]
    assert designs(files) == [paths(files)]
