"""Apertures and the rules of the stencil, by hand."""

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from small import board, footprint, measure, pad, rows, smd, via

from dfmcheck import shape
from dfmcheck.check import Skip
from dfmcheck.read import read
from dfmcheck.stencil import FOILS, measured, passes

NO_PASTE, WINDOW = '"F.Cu" "F.Mask"', '"F.Paste"'


def stencil(*items):
    return board(*items).derived.stencil()


# --- apertures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("land", "area", "perimeter", "width", "length"),
    [
        (smd("0.25 0.25", shape="circle"), np.pi / 64, np.pi / 4, 0.25, 0.25),
        (smd("1.5 0.3"), 0.45, 3.6, 0.3, 1.5),
        (smd("0.2 0.2", at="0 0 30"), 0.04, 0.8, 0.2, 0.2),
        (smd("1.5 0.5", shape="oval"), 0.5 + np.pi / 16, 2 + np.pi / 2, 0.5, 1.5),
        # Corners of 0.1 mm: 1.0 x 0.5 mm less four squares, plus a disc.
        (smd("1 0.5", shape="roundrect", extra="(roundrect_rratio 0.2)"), 0.5 - 0.04 + 0.01 * np.pi, 2.2 + 0.2 * np.pi, 0.5, 1.0),
    ],
)
def test_area_and_perimeter_by_formula(land, area, perimeter, width, length):
    (a,) = zip(*(stencil(footprint(land)).apertures.__getattribute__(n) for n in ("area", "perimeter", "width", "length")))
    assert a == pytest.approx((area, perimeter, width, length), rel=1e-9)


@pytest.mark.parametrize(
    ("shape_", "size", "foil", "ratio"),
    [
        ("circle", "0.25 0.25", 0.10, 0.625), ("circle", "0.25 0.25", 0.12, 0.25 / 0.48),
        ("circle", "0.25 0.25", 0.15, 0.25 / 0.6),
        ("rect", "0.3 1.5", 0.10, 1.25), ("rect", "0.3 1.5", 0.12, 0.125 / 0.12), ("rect", "0.3 1.5", 0.15, 0.125 / 0.15),
        ("rect", "0.2 0.2", 0.10, 0.5), ("rect", "0.2 0.2", 0.12, 0.05 / 0.12), ("rect", "0.2 0.2", 0.15, 0.05 / 0.15),
    ],
)  # fmt: skip
def test_area_ratio_by_hand(shape_, size, foil, ratio):
    a = stencil(footprint(smd(size, shape=shape_))).apertures
    assert a.area_ratio(foil) == pytest.approx([ratio], rel=1e-9)
    assert not a.long().any()


def test_the_thickest_foil_that_passes():
    lands = [smd("0.25 0.25", shape="circle"), smd("1.5 0.3", at="3 0"), smd("0.2 0.2", at="6 0"), smd("1.6 0.18", at="9 0")]
    a = stencil(*(footprint(p, ref=f"R{k}") for k, p in enumerate(lands))).apertures
    # d / 4, 0.125 and 0.05 over 0.66; and 0.18 over 1.5, as the last is longer than five widths.
    assert passes(a, 0.66, 1.5) == pytest.approx([0.0625 / 0.66, 0.125 / 0.66, 0.05 / 0.66, 0.12])
    usual = [next((t for t in FOILS if t <= most + 1e-9), None) for most in passes(a, 0.66, 1.5)]
    assert usual == [0.08, 0.15, None, 0.12]


def test_openings_that_overlap_are_one_aperture():
    land = smd("2 2", layers=NO_PASTE)
    cross = [smd(size, number="", layers=WINDOW) for size in ("0.4 0.2", "0.2 0.4")]
    apart = smd("0.3 0.3", at="0.8 0.8", number="", layers=WINDOW)
    s = stencil(footprint(land, *cross, apart))
    assert sorted(s.apertures.area) == pytest.approx([0.09, 0.12])
    assert sorted(s.apertures.perimeter) == pytest.approx([1.2, 1.6])
    assert len(s.openings) == 3
    assert (s.apertures.land >= 0).all()


def test_an_aperture_drawn_twice_is_measured_once():
    a = stencil(footprint(smd("0.25 0.25", shape="circle"), smd("0.25 0.25", shape="circle"))).apertures
    assert a.area == pytest.approx([np.pi / 64], rel=1e-9)


def test_the_two_sides_are_two_stencils():
    other = smd(layers='"B.Cu" "B.Paste" "B.Mask"', number="2")
    assert sorted(stencil(footprint(smd(), other)).apertures.side) == [0, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=3, max_size=9), st.floats(0.01, 0.5), st.floats(0, 90)
)  # fmt: skip
def test_width_and_formula_against_brute_force(points, radius, turn):
    """The width of a convex shape is the least extent in any direction; area and perimeter are those of a fine polygon."""
    core = shapely.convex_hull(shapely.MultiPoint(points))
    if shapely.get_type_id(core) != 3 or core.area < 0.05:
        return
    core = shapely.affinity.rotate(core, turn)
    area, perimeter, width, length = measured(np.array([core], object), np.array([radius]))
    fine = core.buffer(radius, quad_segs=256)
    assert area[0] == pytest.approx(fine.area, rel=1e-4)
    assert perimeter[0] == pytest.approx(fine.length, rel=1e-4)
    xy = np.array(core.exterior.coords)
    ways = np.deg2rad(np.arange(0, 180, 0.05))
    spans = np.ptp(xy @ np.stack([np.cos(ways), np.sin(ways)]), axis=0) + 2 * radius
    assert width[0] <= spans.min() + 1e-9
    assert width[0] == pytest.approx(spans.min(), abs=5e-3)
    assert length[0] >= width[0] - 1e-9


# --- rules --------------------------------------------------------------------------------------------------------------


def so(*bare, ref="U1", at="10 10", more=(), head=""):
    """Eight lands of 2 by 0.6 mm; those named have no paste."""
    printed = [NO_PASTE if k + 1 in bare else '"F.Cu" "F.Paste" "F.Mask"' for k in range(8)]
    spots = [f"{-2.5 if k < 4 else 2.5} {1.27 * (k % 4) - 1.9}" for k in range(8)]
    lands = [smd("2 0.6", at=spots[k], number=str(k + 1), layers=printed[k]) for k in range(8)]
    return footprint(*lands, *more, at=at, ref=ref, name="lib:SOIC-8").replace('(layer "F.Cu")', f'(layer "F.Cu") {head}', 1)


def test_a_land_without_paste_among_others_is_an_error():
    m = measure(board(so(3)), "paste-missing", lo=50, hi=120)
    assert rows(m, "x", "y", "param", "soften") == [(7.5, 10.64, "", 0)]
    assert np.isnan(m.value).all()
    assert m.checked == 8


def test_paste_of_windows_counts():
    windows = [smd("2 0.2", at=f"-2.5 {-1.9 + dy}", number="", layers=WINDOW) for dy in (-0.15, 0.15)]
    assert len(measure(board(so(1, more=windows)), "paste-missing", lo=50, hi=120)) == 0
    half = measure(board(so(1, more=windows[:1])), "paste-missing", lo=50, hi=120)
    assert rows(half) == [("lo", pytest.approx(100 / 3))]


def test_parts_that_want_no_paste():
    unfitted, all_bare = so(3, head="(attr smd dnp)"), so(*range(1, 9), ref="U2", at="30 10")
    m = measure(board(unfitted, all_bare, so(ref="U3", at="50 10")), "paste-missing", lo=50, hi=120)
    assert set(m.soften) == {2}
    assert len(m) == 8
    with pytest.raises(Skip, match="fitted"):
        measure(board(via(0.6, 0.3)), "paste-missing", lo=50, hi=120)


def test_an_empty_side_is_told_once():
    m = measure(board(so(*range(1, 9)), so(*range(1, 9), ref="U2", at="30 10")), "paste-missing", lo=50, hi=120)
    assert (len(m), m.soften.tolist()) == (1, [1])
    assert "no paste at all" in m.detail[0]


def test_one_aperture_over_two_lands_is_held_against_both():
    wide = smd("1.3 1.87", at="-2.5 -1.265", number="", layers=WINDOW)  # 2.431 mm2 over twice 1.2 mm2
    m = measure(board(so(1, 2, more=[wide])), "paste-missing", lo=50, hi=100)
    assert rows(m) == [("hi", pytest.approx(100 * 2.431 / 2.4))]


def test_gaps_between_apertures_of_two_nets():
    net_b = '(net 2 "B")'
    one = footprint(smd("1 1"))
    near, same = footprint(smd("1 1", net=net_b), at="11.16 10", ref="R2"), footprint(smd("1 1"), at="8.9 10", ref="R3")
    m = measure(board(one, near, same), "paste-aperture-gap", min=(0.15, 0.18))
    assert rows(m) == [("min", pytest.approx(0.16))]
    assert m.x == pytest.approx([10.58])


LEADS = [smd("0.8 0.3", at=f"{x} {y}", number=f"{x}{y}") for x in (-3, 3) for y in (-2.5, 2.5)]
EP = smd("4 4", number="9", layers=NO_PASTE)


def test_paste_on_an_exposed_pad():
    windows = [smd("1.5 1.5", at=f"{x} {y}", number="", layers=WINDOW) for x in (-0.8, 0.8) for y in (-0.8, 0.8)]
    limits = {"coverage_min": 50, "coverage_max": 80, "window_max": 1.2, "window_web_min": 0.2}
    m = measure(board(footprint(*LEADS, EP, *windows)), "paste-ep-coverage", **limits)
    # Four times 2.25 of 16 mm2, 0.1 mm apart.
    assert rows(m) == [("coverage_min", 56.25), ("window_max", 1.5), ("window_web_min", 0.1)]
    full = measure(board(footprint(*LEADS, smd("4 4", number="9"))), "paste-ep-coverage", **limits)
    assert rows(full) == [("coverage_max", 100.0)]
    # Nine pieces of 0.9 mm, printed in full, span 3.7 mm square: 7.29 of 13.69 mm2. They vent between them.
    pieces = [smd("0.9 0.9", at=f"{x} {y}", number="9") for x in (-1.4, 0, 1.4) for y in (-1.4, 0, 1.4)]
    assert rows(measure(board(footprint(*LEADS, *pieces)), "paste-ep-coverage", coverage_min=60, coverage_max=80)) == [
        ("coverage_max", pytest.approx(100 * 7.29 / 13.69)),
    ]
    nowhere = smd("1 1", at="0 0", number="", layers='"F.Mask"')
    assert rows(measure(board(footprint(*LEADS, EP, nowhere)), "paste-ep-coverage", **limits)) == [("coverage_min", 0.0)]


def test_holes_under_paste():
    window = smd("3 3", number="", layers=WINDOW)
    holes = via(0.6, 0.3, at="10 10"), via(0.6, 0.3, at="11.5 10"), via(0.4, 0.15, at="9 10"), via(0.6, 0.3, at="11.8 10")
    m = measure(board(footprint(*LEADS, EP, window), *holes), "paste-on-via", overlap_max=0)
    told = {round(x, 3): v for x, v in zip(m.x, m.value) if v > 0}
    assert told == {10.0: pytest.approx(100), 11.5: pytest.approx(50, abs=0.1)}


def test_one_foil_for_a_ball_and_for_a_coil():
    ball = footprint(smd("0.25 0.25", shape="circle"))
    coil = footprint(smd("3 3"), at="20 10", ref="L1")
    assert rows(measure(board(ball, coil), "stencil-thickness-conflict", large_min_foil=0.12)) == [
        ("large_min_foil", pytest.approx(0.0625 / 0.66, abs=1e-6))
    ]
    assert len(measure(board(ball), "stencil-thickness-conflict", large_min_foil=0.12)) == 0
    lead = footprint(pad("circle", "1.5 1.5", "0.9", layers='"*.Cu" "*.Mask" "F.Paste"'), at="20 10", ref="J1")
    assert "a lead in paste" in measure(board(ball, lead), "stencil-thickness-conflict", large_min_foil=0.12).detail[0]


def test_paste_where_nothing_is_soldered():
    mark = footprint(smd("1 1", shape="circle", extra="(property pad_prop_fiducial_glob)"), ref="FID1")
    stray = footprint(smd("1 2", number="", layers=WINDOW), at="20 10", ref="X1")
    lead = footprint(pad("circle", "1.5 1.5", "0.9", layers='"*.Cu" "*.Mask" "F.Paste"'), at="30 10", ref="J1")
    m = measure(board(mark, stray, lead), "paste-unwanted")
    assert rows(m, "x", "value") == [(10.0, pytest.approx(np.pi / 4)), (20.0, 2.0)]


@pytest.mark.boards
def test_apertures_of_real_boards_are_the_union_of_their_openings():
    folder = os.environ.get("DFMCHECK_BOARDS")
    paths = sorted(Path(folder).rglob("*.kicad_pcb"))[:10] if folder else []
    if not paths:
        pytest.skip("DFMCHECK_BOARDS names no folder with boards")
    seen = 0
    for path in paths:
        b = read(path)
        s = b.derived.stencil()
        for side in (0, 1):
            mine = s.apertures.side == side
            rows_ = s.openings[mine[s.of]]
            seen += int(mine.sum())
            whole = shapely.union_all(shape.polygons(b.features.core[rows_], b.features.radius[rows_], quad_segs=64)).area
            assert s.apertures.area[mine].sum() == pytest.approx(whole, rel=1e-4)
    assert seen > 1000
