"""Parts of packages: where a placement file puts them, and which lands are theirs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pytest

from dfmcheck.board import Board
from dfmcheck.package import Places
from dfmcheck.read import read_kicad
from dfmcheck.read.package import read_packages
from dfmcheck.read.placement_fit import Spots, fit
from dfmcheck.read.placement_lands import assign
from dfmcheck.read.placement_names import pins_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
Land = tuple[float, float, float, float]

CHIP: list[Land] = [(-0.8, 0, 0.8, 0.95), (0.8, 0, 0.8, 0.95)]
SO8: list[Land] = [(x, (k - 1.5) * 1.27, 1.5, 0.6) for x in (-2.7, 2.7) for k in range(4)]
SOT23: list[Land] = [(-0.95, -0.95, 1.0, 0.6), (-0.95, 0.95, 1.0, 0.6), (0.95, 0, 1.0, 0.6)]
SOT223: list[Land] = [*((-3.15, y, 2.0, 1.5) for y in (-2.3, 0, 2.3)), (3.15, 0, 2.0, 3.8)]
SOT23_5: list[Land] = [*((-1.1, y, 1.1, 0.6) for y in (-0.95, 0, 0.95)), (1.1, -0.95, 1.1, 0.6), (1.1, 0.95, 1.1, 0.6)]
QFN: list[Land] = [(0, 0, 2.0, 2.0)]
QFN += [(s * 2, (k - 1.5) * 0.5, 0.8, 0.25) for s in (-1, 1) for k in range(4)]
QFN += [((k - 1.5) * 0.5, s * 2, 0.25, 0.8) for s in (-1, 1) for k in range(4)]
PARTS: list[tuple[str, list[Land], float, float, float, int]] = [
    ("R_0603", CHIP, 5, 5, 0, 0), ("R_0603", CHIP, 8.5, 5, 0, 0), ("R_0603", CHIP, 12, 5, 0, 0), ("C", CHIP, 5, 9, 90, 0),
    ("SO-8", SO8, 20, 6, 90, 0), ("", SO8, 30, 6, 0, 0), ("SOT-23", SOT23, 40, 6, 90, 0), ("SOT-223-3", SOT223, 8, 18, 0, 0),
    ("SOT-23-5", SOT23_5, 18, 18, 0, 0), ("QFN-16-1EP_4x4mm", QFN, 28, 18, 0, 0), ("R_0603", CHIP, 32, 18, 90, 0),
    ("R_0603", CHIP, 6, 6, 0, 1), ("SO-8", SO8, 15, 10, 180, 1), ("SOT-23", SOT23, 25, 12, 0, 1), ("C", CHIP, 33, 20, 0, 1),
    ("C", CHIP, 38, 13, 90, 1),
]  # fmt: skip


def table(move: tuple[float, float] = (0, 0), scale: float = 1, *, mirrored: bool = False) -> tuple[Places, Spots, list[int]]:
    """The parts as a file states them (y up), the lands, and of each land the part that it is of."""
    rows = [(x, -y, angle, side) for _, _, x, y, angle, side in PARTS]
    n = len(rows)
    places = Places.of(
        ref=[f"P{k}" for k in range(n)], value=[""] * n, footprint=[p[0] for p in PARTS],
        x=[(-x if mirrored and s else x) * scale + move[0] for x, _, _, s in rows],
        y=[y * scale + move[1] for _, y, _, _ in rows],
        angle=[r[2] for r in rows], side=[r[3] for r in rows], offset=range(n),
    )  # fmt: skip
    lands = []
    for k, (_, shape, x, y, angle, side) in enumerate(PARTS):
        c, s = cos(radians(angle)), sin(radians(angle))
        for dx, dy, w, h in shape:
            size = (h, w) if angle % 180 else (w, h)
            lands.append((x + dx * c + dy * s, y - dx * s + dy * c, *size, side, k))
    lands.sort(key=lambda land: land[0] * 7 % 1)  # in no order that tells
    a = np.array(lands)
    return (
        places,
        Spots(a[:, :2], a[:, 2:4], a[:, 4].astype(np.int32), np.arange(len(a), dtype=np.int32)),
        a[:, 5].astype(int).tolist(),
    )


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1), ("", 1), ("mil", 1 / 0.0254), ("", 1 / 0.0254), ("", 1 / 25.4)])
@pytest.mark.parametrize("move", [(0, 0), (12.34, -56.78)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_parts_and_their_lands_are_found(unit: str, scale: float, move: tuple[float, float], mirrored: bool) -> None:
    places, spots, truth = table((move[0] * scale, move[1] * scale), scale, mirrored=mirrored)
    found = fit(places, unit, spots)
    assert found is not None
    assert found.xy == pytest.approx(np.array([[x, y] for _, _, x, y, _, _ in PARTS]), abs=0.01)
    assert any("moved" in word for word in found.told) == any(move)
    assert any("mirrored" in word for word in found.told) == mirrored
    assert any("read as" in word for word in found.told) == (unit == "" and scale != 1)
    assert assign(found.xy, places.angle, places.side, places.footprint, spots).tolist() == truth


def test_lands_of_what_is_not_listed_stay_alone() -> None:
    places, spots, truth = table()
    keep = np.array([k not in (1, 4) for k in range(len(PARTS))])
    owner = assign(np.c_[places.x, -places.y][keep], places.angle[keep], places.side[keep], places.footprint[keep], spots)
    listed = np.flatnonzero(keep)
    assert [int(listed[k]) if k >= 0 else -1 for k in owner] == [k if keep[k] else -1 for k in truth]


JST: list[Land] = [*((x, -2, 0.6, 1.55) for x in (-1.5, -0.5, 0.5, 1.5)), (-2.8, 1.875, 1.2, 1.8), (2.8, 1.875, 1.2, 1.8)]


@pytest.mark.parametrize("name", ["JST_SH_1x04-1MP_P1.00mm", "JST_SH_1x04", "JST_SH_1x05-1MP", "JST"])
@pytest.mark.parametrize("angle", [0, 90, 180, 30])
def test_connectors_may_stand_beside_their_lands_where_the_name_counts_them(name: str, angle: float) -> None:
    c, s = cos(radians(angle)), sin(radians(angle))
    at = np.array([[20 * k + x * c + y * s, -x * s + y * c] for k in (0, 1) for x, y, _, _ in JST])
    size = np.array([land[2:] if angle % 180 == 0 else land[:1:-1] for land in JST] * 2)
    spots = Spots(at, size, np.zeros(12, np.int32), np.arange(12, dtype=np.int32))
    owner = assign(np.array([[0.0, 0], [20, 0]]), np.full(2, angle), np.zeros(2, np.int32), np.full(2, name, object), spots)
    known = {"JST_SH_1x04-1MP_P1.00mm": 6, "JST_SH_1x04": 4}.get(name, 0)
    assert owner.tolist() == [*[0] * known, *[-1] * (6 - known), *[1] * known, *[-1] * (6 - known)]


def test_a_row_beside_two_parts_is_the_nearer_ones() -> None:
    at, size = np.array([[x, -2] for x, *_ in JST[:4]]), np.tile([0.6, 1.55], (4, 1))
    spots = Spots(at, size, np.zeros(4, np.int32), np.arange(4, dtype=np.int32))
    places = np.array([[0.0, -6.5], [0, 1.5], [0.7, 0]])  # the last is nearest, but the row is not in line with it
    for rows, owner in (([0, 1], 1), ([0], 0), ([0, 2], -1)):
        names = np.full(len(rows), "X_1x04", object)
        got = assign(places[rows], np.zeros(len(rows)), np.zeros(len(rows), np.int32), names, spots)
        assert got.tolist() == [owner] * 4


@pytest.mark.timeout(60)  # of a part its neighbours are looked at, not the board: else minutes
def test_thousands_of_parts_take_their_lands_in_seconds() -> None:
    at = np.stack(np.meshgrid(np.arange(100.0), np.arange(50.0)), axis=-1).reshape(-1, 2) * 2.4
    half = np.array([0.5, 0])
    xy = np.concatenate([at - half, at + half])
    n = len(at)
    spots = Spots(xy, np.full(xy.shape, 0.6), np.zeros(2 * n, np.int32), np.arange(2 * n, dtype=np.int32))
    for name in ("R_0402", ""):
        owner = assign(at, np.zeros(n), np.zeros(n, np.int32), np.full(n, name, object), spots)
        assert owner.tolist() == [*range(n), *range(n)]
    crowd = assign(np.tile(at[0], (n, 1)), np.zeros(n), np.zeros(n, np.int32), np.full(n, "", object), spots)
    assert (crowd >= 0).any()


def test_places_that_fit_nothing_give_no_parts() -> None:
    places, spots, _ = table()
    dice = np.random.default_rng(1)
    for unit in ("", "mm"):
        wild = Places.of(**{n: getattr(places, n) for n in ("ref", "value", "footprint", "angle", "side", "offset")},
                         x=dice.uniform(0, 50, len(places)), y=dice.uniform(-30, 0, len(places)))  # fmt: skip
        assert fit(wild, unit, spots) is None
    assert fit(places.take(slice(0, 0)), "mm", spots) is None
    assert fit(places, "mm", Spots(*(column[:0] for column in spots))) is None


@pytest.mark.parametrize(
    ("name", "pins"),
    [
        ("Resistor_SMD:R_0402_1005Metric", 2), ("C_0805_2012Metric_Pad1.18x1.45mm", 2),
        ("Package_SO:SOIC-8_3.9x4.9mm_P1.27mm", 8),
        ("SOT-23", 3), ("SOT-23-5", 5), ("SOT-363_SC-70-6", 6), ("SOT-223-3_TabPin2", 4), ("R_Array_Convex_4x0402", 8),
        ("PinHeader_2x05_P2.54mm_Vertical", 10), ("QFN-48-1EP_7x7mm_P0.5mm", 48), ("Crystal_SMD_3225-4Pin_3.2x2.5mm", 4),
        ("LQFP-100_14x14mm_P0.5mm", 100), ("BGA-256_17.0x17.0mm", 256), ("D_SOD-323", 2), ("U1", 0), ("", 0),
        ("Duo_LED_1.6x0.8_Kingbright_APHB1608", 4), ("0402rgb-1010", 4), ("R_Shunt_2512_4T", 0), ("TFT_20_QT200H1201", 0),
    ],
)  # fmt: skip
def test_names_tell_how_many_lands_there_are(name: str, pins: int) -> None:
    assert pins_of(name) == pins


def parts(board: Board) -> dict[str, tuple[float, float, int, int]]:
    """By reference: place, side, and how many lands."""
    c = board.components
    count = np.bincount(board.pads.component[board.pads.component >= 0], minlength=len(c))
    return {r: (round(float(x), 2), round(float(y), 2), int(s), int(n)) for r, x, y, s, n in zip(c.ref, c.x, c.y, c.side, count)}


@pytest.mark.parametrize("name", ["fiducial-local", "orientation-consistency", "component-overhang", "part-off-board"])
def test_a_placement_file_makes_the_parts_of_the_board(name: str) -> None:
    path = FIXTURES / "rules" / f"{name}.kicad_pcb"
    native = parts(read_kicad(path.read_bytes(), str(path)))
    (package,) = read_packages(FIXTURES / "gerber" / f"{name}.plain.zip")
    board = package.board
    assert board is not None
    assert {"components", "fab"} <= board.facts
    assert parts(board) == {ref: native[ref] for ref in board.components.ref}
    assert board.items.inferred[board.components.item].all()
    assert [s.kind for s in package.sources if s.path.endswith("-pos.csv")] == ["placement"]
    row = board.components.item[0]
    assert (
        board.sources[board.items.source[row]].data[board.items.offset[row] :].startswith(f'"{board.components.ref[0]}"'.encode())
    )


def unpacked(at: Path, name: str, **change: bytes) -> Path:
    with zipfile.ZipFile(FIXTURES / "gerber" / name) as packed:
        for member in packed.namelist():
            (at / member).write_bytes(packed.read(member))
    for file in at.glob("*-pos.csv"):
        file.write_bytes(change.get("pos", file.read_bytes()))
    return at


@pytest.mark.parametrize(
    ("pos", "line", "says"),
    [
        (
            b"Ref,Val,Package,PosX,PosY,Rot,Side\nU1,,,1,2,0,top\nU2,,,3,4,0,top\nU3,,,7,8,0,top\n",
            None,
            "stand on no lands of the board",
        ),
        (b"Ref,Val,PosX,PosY\nU1,,one,two\n", 2, "no part and place can be read"),
        (b"Ref,X,Y\nU1,1mm,1mm\nU2,1mil,1mil\n", None, "mixes units"),
    ],
)
def test_a_file_that_cannot_be_used_makes_no_parts_and_says_why(tmp_path: Path, pos: bytes, line: int | None, says: str) -> None:
    (package,) = read_packages(unpacked(tmp_path, "fiducial-local.plain.zip", pos=pos))
    board = package.board
    assert board is not None
    assert not len(board.components)
    assert "components" not in board.facts
    (note,) = [n for n in board.notes if n.path.endswith("-pos.csv")]
    assert says in note.message
    assert note.line == line


def test_a_row_without_lands_is_a_part_all_the_same_and_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(FIXTURES / "gerber" / "orientation-consistency.plain.zip") as packed:
        pos = next(packed.read(name) for name in packed.namelist() if name.endswith("-pos.csv"))
    rows = [("J1", "JST_SH_SM04B-SRSS-TB_1x04"), ("J2", "PinHeader_1x04"), ("R9", "R_0603"), ("Q7", ""), ("U8", "LQFP-48"),
            ("R8", "?"), ("G1", "Logo"), ("\x1b[31m" + "U" * 100, "SO-8")]  # fmt: skip
    more = "".join(f'"{ref}","","{name}",{200 + 9 * k},-500,0,top\n' for k, (ref, name) in enumerate(rows))
    (package,) = read_packages(unpacked(tmp_path, "orientation-consistency.plain.zip", pos=pos + more.encode()))
    board = package.board
    assert board is not None
    at = {ref: k for k, ref in enumerate(board.components.ref.tolist())}
    told = board.derived.parts()
    mine = [at[ref] for ref, _ in rows]
    assert told.family[mine].tolist() == ["conn-SMT", "conn-THT", "chip-S", "", "QFP", "", "mark", "SO"]
    assert told.fitted[mine].tolist() == [True] * 6 + [False, True]
    assert told.size[mine].tolist() == ["", "", "0603", *[""] * 5]
    assert all(body is None for body in told.body[mine])
    assert board.items.inferred[board.components.item[mine]].all()
    assert not np.isin(board.pads.component, mine).any()
    (note,) = [n.message for n in board.notes if "no lands were found" in n.message]
    assert note.startswith("of 7 of its parts no lands were found (J1, J2, R9, Q7, U8, R8, ...)")


def test_with_attributes_a_placement_file_adds_what_films_do_not_say(tmp_path: Path) -> None:
    at = unpacked(tmp_path, "fiducial-local.zip")
    (at / "fiducial-local-pos.csv").write_text("Ref,Val,Package,PosX,PosY,Rot,Side\nU1,STM32,LQFP-32,999,999,90,top\n", "utf-8")
    (package,) = read_packages(at)
    board = package.board
    assert board is not None
    c = board.components
    row = c.ref.tolist().index("U1")
    assert (c.value[row], c.footprint[row], c.angle[row]) == ("STM32", "LQFP-32", 90)
    assert (round(float(c.x[row]), 3), round(float(c.y[row]), 3)) == (20, 20)
    assert not board.items.inferred[c.item[row]]
    assert (c.value[c.ref == "U2"] == "").all()


def test_films_draw_bodies_and_courtyards_of_the_parts_that_they_name() -> None:
    for name in ("orientation-consistency", "part-off-board", "component-overhang"):
        path = FIXTURES / "rules" / f"{name}.kicad_pcb"
        native = read_kicad(path.read_bytes(), str(path)).components
        for twin in (f"{name}.zip", f"{name}.plain.zip"):
            (package,) = read_packages(FIXTURES / "gerber" / twin)
            assert package.board is not None
            c = package.board.components
            for row, ref in enumerate(c.ref):
                same = native.ref.tolist().index(ref)
                if native.fab[same] is not None and not (twin.endswith("plain.zip") and abs(native.x[same]) > 30):
                    assert c.fab[row] is not None, (twin, ref)
                    assert c.fab[row].symmetric_difference(native.fab[same]).area < 1e-3, (twin, ref)


COMPONENT_LAYER = """%TF.FileFunction,Component,L1,Top*%
%FSLAX46Y46*%
%MOMM*%
%TA.AperFunction,ComponentMain*%
%ADD10C,0.3*%
%TA.AperFunction,ComponentPin*%
%ADD11C,0.1*%
%TD*%
D10*
%TO.C,U7*%
%TO.CFtp,LQFP-32*%
%TO.CVal,STM32*%
%TO.CMnt,SMD*%
%TO.CHgt,1.6*%
%TO.CMPN,STM32F0*%
%TO.CRot,90*%
X20000000Y-20000000D03*
D11*
%TO.P,U7,1*%
X15800000Y-18267500D03*
%TO.P,U7,2*%
X15800000Y-18762500D03*
%TD*%
M02*
"""


def test_a_component_layer_names_parts_and_pins(tmp_path: Path) -> None:
    at = unpacked(tmp_path, "fiducial-local.plain.zip")
    (at / "fiducial-local-pos.csv").unlink()
    (at / "fiducial-local-components.gbr").write_text(COMPONENT_LAYER, "utf-8")
    (package,) = read_packages(at)
    board = package.board
    assert board is not None
    c = board.components
    assert [c.ref.tolist(), c.value.tolist(), c.footprint.tolist(), c.mount.tolist()] == [["U7"], ["STM32"], ["LQFP-32"], ["smd"]]
    assert (c.angle[0], c.height[0], c.side[0], c.fields[0]) == (90, 1.6, 0, {"MPN": "STM32F0"})
    assert (float(c.x[0]), float(c.y[0])) == (20, 20)
    own = board.pads.component == 0
    assert sorted(board.pads.number[own]) == ["1", "2"]
    assert [round(float(v), 3) for v in board.pads.x[own]] == [15.8, 15.8]


@pytest.mark.kicad
@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.is_dir() or not shutil.which("kicad-cli"), reason="set DFMCHECK_BOARDS; needs kicad-cli")
@pytest.mark.parametrize("name", ["rp2350-stamp", "glasgow-revC", "tillitis-usb-dev", "icebreaker-v1.0e"])
def test_nine_parts_of_ten_get_just_their_lands(tmp_path: Path, name: str) -> None:
    """KiCad plots films without a word of parts, and places their parts: no land goes to another part than it is of."""
    path = next((BOARDS / "kicad").glob(f"*/{name}/**/*.kicad_pcb"))
    board = tmp_path / "b.kicad_pcb"
    board.write_bytes(path.read_bytes())
    plots = tmp_path / "plots"
    plots.mkdir()
    layers = "F.Cu,In1.Cu,In2.Cu,B.Cu,F.Mask,B.Mask,F.Paste,B.Paste,Edge.Cuts"
    for export in (
        ["gerbers", "--no-x2", "--no-netlist", "--layers", layers, "-o", f"{plots}/"],
        ["drill", "--excellon-separate-th", "-o", f"{plots}/"],
        ["pos", "--format", "csv", "--units", "mm", "-o", f"{plots}/b-pos.csv"],
    ):  # fmt: skip
        subprocess.run(["kicad-cli", "pcb", "export", *export, str(board)], check=True, capture_output=True)
    (package,) = read_packages(plots)
    made, native = package.board, read_kicad(board.read_bytes(), str(board))
    assert made is not None
    told, truth = parts(made), parts(native)
    once = [ref for ref in told if (native.components.ref == ref).sum() == 1]
    assert {ref: told[ref][:3] for ref in once} == {ref: truth[ref][:3] for ref in once}
    owner = {}
    for x, y, k in zip(native.pads.x, native.pads.y, native.pads.component):
        owner.setdefault((round(float(x), 2), round(float(y), 2)), set()).add(str(native.components.ref[k]))
    wrong = 0
    for x, y, k in zip(made.pads.x, made.pads.y, made.pads.component):
        near = owner.get((round(float(x), 2), round(float(y), 2)), set())
        wrong += k >= 0 and bool(near) and str(made.components.ref[k]) not in near
    assert wrong <= 1
    exact = [told[ref][3] == truth[ref][3] for ref in told if truth[ref][3]]
    assert np.mean(exact) > 0.88


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.is_dir(), reason="set DFMCHECK_BOARDS")
def test_a_bottom_side_that_is_mirrored_and_moved_is_put_right(tmp_path: Path) -> None:
    """A published package whose placement has its own origin and a mirrored bottom side, with the attributes taken away."""
    source = next((BOARDS / "fab").glob("*/orangecrab-r0.2.1-fab/**/*gerbers*.zip"))
    with zipfile.ZipFile(source) as packed:
        for name in packed.namelist():
            bare = re.sub(rb"%T[OAD][^%]*%\r?\n?", b"", packed.read(name))
            (tmp_path / Path(name).name).write_bytes(re.sub(rb"(?m)^G04 #@! T[OAD].*\r?\n", b"", bare))
    for file in source.parent.glob("*-pos.csv"):
        shutil.copy(file, tmp_path)
    (package,), (named,) = read_packages(tmp_path), read_packages(source)
    assert package.board is not None
    assert named.board is not None
    notes = [n.message for n in package.board.notes]
    assert any("its bottom side is mirrored and moved by" in n for n in notes)
    told, truth = parts(package.board), parts(named.board)
    assert len(told) == 144
    near = [np.hypot(told[r][0] - truth[r][0], told[r][1] - truth[r][1]) < 0.05 and told[r][2] == truth[r][2] for r in told]
    assert sum(near) == 141  # three connectors stand about another point than the middle of their lands
