"""Fiducials: what is taken for one, in boards and in films, and what the rules of placing measure beside the fixtures."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from small import board, footprint, measure, rows, smd

from dfmcheck.board import Board
from dfmcheck.check import Skip
from dfmcheck.checks.fiducial_global import farthest
from dfmcheck.read import read_kicad
from dfmcheck.read.package import read_packages

FIXTURES = Path(__file__).parents[1] / "fixtures"
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
BARE = '"F.Cu" "F.Mask"'


def edge(w: float, h: float) -> str:
    return f'(gr_rect (start 0 0) (end {w} {h}) (stroke (width 0.05) (type solid)) (fill no) (layer "Edge.Cuts"))'


def dot(x: float, y: float, *, size: str = "1 1", ref: str = "", margin: float = 0.5, extra: str = "", net: str = "") -> str:
    pad = smd(size, shape="circle", number="", net=net, layers=BARE, extra=f"(solder_mask_margin {margin}) {extra}")
    return footprint(pad, at=f"{x} {y}", ref=ref, name="lib:X")


def chip(x: float, y: float, ref: str = "R1") -> str:
    return footprint(smd(at="-0.8 0"), smd(at="0.8 0", number="2", net='(net 2 "B")'), at=f"{x} {y}", ref=ref, name="lib:R_0603")


def seen(b: Board) -> list[tuple[float, float]]:
    dots = b.derived.fiducials()
    return sorted((float(x), float(y)) for x, y in zip(dots.x, dots.y))


def test_a_dot_is_told_by_property_name_or_looks() -> None:
    b = board(
        dot(1, 1, extra="(property pad_prop_fiducial_glob)", ref="Z1"),
        dot(2, 2, ref="FID7"),
        dot(3, 3, ref="Z3"),  # bare and in a large opening
        dot(4, 4, margin=0.1, ref="Z4"),  # an opening as of any land
        dot(5, 5, net='(net 1 "A")', ref="Z5"), chip(15, 15),  # a net with more on it: a test point
        dot(6, 6, size="4 4", margin=2, ref="Z6"),  # too large
        edge(20, 20),
    )  # fmt: skip
    assert seen(b) == [(1, 1), (2, 2), (3, 3)]
    dots = b.derived.fiducials()
    assert dict(zip(dots.x.tolist(), dots.seen.tolist())) == {1: False, 2: False, 3: True}


def test_local_dots_count_only_where_there_are_no_others() -> None:
    local = "(property pad_prop_fiducial_loc)"
    glob = "(property pad_prop_fiducial_glob)"
    items = [chip(15, 15), edge(30, 40), dot(5, 5, extra=local), dot(25, 35, extra=local)]
    assert rows(measure(board(*items), "fiducial-global", count=3)) == [("", pytest.approx(math.nan, nan_ok=True)), ("count", 2)]
    assert rows(measure(board(*items, dot(5, 35, extra=glob)), "fiducial-global", count=3)) == [("count", 1)]


def test_the_longest_distance_is_told_in_shares_of_the_diagonal() -> None:
    places = [(2, 3), (27, 4), (5, 36), (14, 20)]
    b = board(chip(15, 15), edge(30, 40), *(dot(*p, extra="(property pad_prop_fiducial_glob)") for p in places))
    longest = max(math.dist(p, q) for p in places for q in places)
    assert rows(measure(b, "fiducial-global", spread_min=100)) == [("spread_min", round(100 * longest / 50, 6))]


@pytest.mark.parametrize("count", [2, 3, 40])
def test_the_farthest_dots_are_those_that_trying_all_pairs_finds(count: int) -> None:
    for seed in range(20):
        dots = np.random.default_rng(seed).integers(0, 30, (count, 2)) * (1.0, seed % 2)  # of every other seed in one line
        dots = np.unique(np.r_[dots, [[40.0, 3.0]]], axis=0)
        longest = max(math.dist(p, q) for p in dots for q in dots)
        assert math.dist(*farthest(dots)) == pytest.approx(longest)


def test_boards_without_surface_mount_parts_need_none() -> None:
    with pytest.raises(Skip, match="no surface-mount parts"):
        measure(board(edge(30, 40), dot(5, 5, ref="FID1")), "fiducial-global", count=2)
    with pytest.raises(Skip, match="no fiducials"):
        measure(board(edge(30, 40), chip(5, 5)), "fiducial-geometry", diameter_min=1)


def test_the_ring_is_what_copper_mask_and_print_leave() -> None:
    b = board(dot(10, 10, margin=0.8, ref="FID1"), chip(12.6, 10), edge(30, 40))
    m = measure(b, "fiducial-geometry", clear_ring=9, edge=9, diameter_min=9, diameter_max=0)
    # The left land of the chip begins 0.8 + 0.5 left of its middle: 1.3 mm from the dot's middle, 0.8 from its edge.
    assert rows(m) == [("clear_ring", 1.6), ("diameter_max", 1), ("diameter_min", 1), ("edge", 9)]


def test_small_boards_need_no_local_dots() -> None:
    path = FIXTURES / "rules" / "fiducial-local.kicad_pcb"
    b = read_kicad(path.read_bytes(), str(path))
    told = measure(b, "fiducial-local", qfp_pitch_below=0.5, bga_pitch_below=0.65, board_diag_above=200)
    assert len(told) == 4
    quiet = measure(b, "fiducial-local", qfp_pitch_below=0.5, bga_pitch_below=0.65, board_diag_above=213)
    assert (len(quiet), quiet.checked) == (0, 5)


@pytest.mark.parametrize("side", ["", ".plain"])
def test_films_show_the_same_dots(side: str) -> None:
    for name in ("fiducial-global", "fiducial-global.line", "fiducial-geometry.edge", "fiducial-local"):
        path = FIXTURES / "rules" / f"{name}.kicad_pcb"
        native = read_kicad(path.read_bytes(), str(path))
        (package,) = read_packages(FIXTURES / "gerber" / f"{name}{side}.zip")
        assert package.board is not None
        assert np.round(seen(package.board), 3).tolist() == np.round(seen(native), 3).tolist()
        assert package.board.derived.fiducials().seen.all() == (side == ".plain")


def test_a_place_outside_with_a_land_on_the_board_is_no_part_off_it() -> None:
    b = board(chip(-5, 5, "R1"), chip(-0.5, 15, "R2"), chip(5, 5, "R3"), edge(30, 40))
    m = measure(b, "part-off-board", allow_overhang=0)
    assert rows(m) == [("allow_overhang", 5)]
    assert m.checked == 3
    assert b.components.ref[b.components.item.tolist().index(m.a[0])] == "R1"


def test_angles_of_films_are_those_of_the_lands() -> None:
    path = FIXTURES / "rules" / "orientation-consistency.kicad_pcb"
    native = read_kicad(path.read_bytes(), str(path))
    (package,) = read_packages(FIXTURES / "gerber" / "orientation-consistency.zip")
    assert package.board is not None
    assert not package.board.components.angle.any()
    limits = {"majority_min": 70, "odd_angle_max": 0}
    told = [rows(measure(b, "orientation-consistency", **limits)) for b in (native, package.board)]
    assert told[0] == told[1] == [("majority_min", 68.75), ("majority_min", 70.0), ("odd_angle_max", 1.0)]


@pytest.mark.boards
@pytest.mark.skipif(not BOARDS.is_dir(), reason="set DFMCHECK_BOARDS")
@pytest.mark.parametrize(
    ("name", "dots"),
    [
        ("buspirate5-rev10a", 5),
        ("glasgow-revC", 7),
        ("neo6502-B1", 6),
        ("bitaxe-ultra", 8),
        ("cynthion-r0", 4),
        ("icebreaker-v1.0e", 0),
    ],
)  # fmt: skip
def test_real_boards_have_the_fiducials_that_their_designers_named(name: str, dots: int) -> None:
    path = next((BOARDS / "kicad").glob(f"*/{name}/**/*.kicad_pcb"))
    b = read_kicad(path.read_bytes(), str(path))
    found = b.derived.fiducials()
    named = [str(ref) for ref in b.components.ref[b.pads.component[found.pad]]]
    assert all(ref.startswith("FID") for ref in named)
    assert len(found) == dots
