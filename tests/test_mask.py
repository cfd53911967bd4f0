"""The mask as its film is: windows, dams against brute force, clearances and bare copper against hand-computed values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from small import board, footprint, measure, rows, smd, track, via

from dfmcheck import shape
from dfmcheck.board import StackupLayer
from dfmcheck.checks._mask_lands import land_of
from dfmcheck.checks.mask_dam import colour, dams
from dfmcheck.mask import masks, windows
from dfmcheck.shape import areas

B = '(net 2 "B")'


def grown(margin: float) -> str:
    return f"(solder_mask_margin {margin})"


def random_pads(seed: int, n: int = 60):
    """Parts of one land each, of many shapes and nets, near each other and overlapping."""
    rng = np.random.default_rng(seed)
    out = []
    for k, (x, y) in enumerate(rng.uniform(0, 12, (n, 2)).round(3)):
        w, h = rng.uniform(0.3, 1.5, 2).round(3)
        name = ("rect", "oval", "roundrect", "circle")[k % 4]
        net = f'(net {k % 2 + 1} "{"AB"[k % 2]}")'
        extra = grown(round(float(rng.uniform(-0.05, 0.15)), 3))
        land = smd(f"{w} {h}", net=net, shape=name, extra=extra)
        out.append(footprint(land, at=f"{x} {y} {rng.integers(0, 360)}", ref=f"R{k}"))
    return board(*out)


@pytest.mark.parametrize("seed", range(4))
def test_dams_are_those_of_brute_force(seed: int) -> None:
    b, reach = random_pads(seed), 0.4
    f = b.features
    (mask,) = (m for m in masks(b) if m.side == "top")
    polygons = shapely.buffer(f.core[mask.opening], f.radius[mask.opening], quad_segs=64)
    parts = shapely.get_parts(shapely.union_all(polygons))
    part = [int(np.flatnonzero(shapely.intersects(parts, p.representative_point()))[0]) for p in polygons]
    assert len({(w, p) for w, p in zip(mask.window.tolist(), part)}) == len(parts) == mask.window.max() + 1
    land = land_of(mask, b)
    i, j, d = dams(mask, b, land, reach)
    ours = {frozenset((part[p], part[q])): v for p, q, v in zip(i.tolist(), j.tolist(), d.tolist())}
    net, theirs = f.net[mask.opening], {}
    for p in range(len(polygons)):
        for q in range(p):
            if part[p] != part[q] and net[p] != net[q]:
                key, gap = frozenset((part[p], part[q])), polygons[p].distance(polygons[q])
                if gap < reach:
                    theirs[key] = min(gap, theirs.get(key, np.inf))
    assert len(theirs) > 10
    assert ours.keys() == theirs.keys()
    assert all(abs(ours[key] - theirs[key]) < 1e-3 for key in theirs)


def test_openings_that_touch_are_one_window() -> None:
    core = shapely.points([(0, 0), (1, 0), (2.5, 0), (0, 3)])
    assert windows(core, np.array([0.5, 0.5, 0.5, 0.1])).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(("colors", "told"), [
    (("", ""), ""), (("Not specified",), ""), (("Green", "Green"), "green"), (("Matte green",), "green"),
    (("Green", "Red"), "other"),
    (("#14332400",), "green"), (("#CC66004D",), "other"), (("#000000",), "other"), (("Black",), "other"),
])  # fmt: skip
def test_the_color_of_the_mask(colors: tuple[str, ...], told: str) -> None:
    stackup = tuple(StackupLayer("F.Mask", "mask", 0.01, color=c) for c in colors)
    assert colour(replace(board(), stackup=(*stackup, StackupLayer("F.Cu", "copper", 0.035, color="Red")))) == told


def test_a_dam_counts_by_the_limit_of_its_color_and_else_by_the_gap() -> None:
    b = board(footprint(smd(extra=grown(0.06))), footprint(smd(net=B, extra=grown(0.06)), at="11.2 10", ref="U2"))
    assert rows(measure(b, "mask-dam", green=0.1)) == [("green", 0.08)]
    assert rows(measure(b, "mask-dam", green=0.08, copper_gap_for_dam=0.3)) == [("copper_gap_for_dam", 0.2)]
    black = board(
        footprint(smd(extra=grown(0.06))), footprint(smd(net=B, extra=grown(0.06)), at="11.2 10", ref="U2"),
        setup='(stackup (layer "F.Mask" (type "Top Solder Mask") (color "Black")))',
    )  # fmt: skip
    assert rows(measure(black, "mask-dam", green=0.05, other_colours=0.125)) == [("other_colours", 0.08)]


def test_clearance_all_round_and_along_the_axes() -> None:
    def of(extra: str, shape_: str = "rect") -> list[tuple]:
        b = board(footprint(smd("2 1", shape=shape_, extra=extra), at="10 10 30"))
        return rows(measure(b, "mask-clearance", min=9, max=-9))

    assert of(grown(0.07)) == [("max", 0.07), ("min", 0.07)]
    assert of(grown(-0.1)) == [("max", -0.1), ("min", -0.1)]
    assert of("(roundrect_rratio 0.25) " + grown(0.1), "roundrect") == [("max", 0.1), ("min", 0.1)]


def test_copper_beside_an_opening() -> None:
    land = footprint(smd("1 1", extra=grown(0.05)))
    for y, gap in ((10.75, 0.1), (10.6, -0.05)):  # the opening ends at y = 10.55, the track is 0.2 wide
        m = measure(board(land, track(0.2, at=f"8 {y}", to=f"12 {y}", net=2)), "mask-exposes-neighbour", cover_min=0.15)
        assert rows(m) == [("cover_min", pytest.approx(gap, abs=1e-6))]
        assert m.soften.tolist() == [-1 if gap < 0 else 0]
    own = board(land, track(0.2, at="8 10.6", to="12 10.6", net=1))
    assert len(measure(own, "mask-exposes-neighbour", cover_min=0.15)) == 0
    tented = board(land, via(0.6, 0.3, at="10.9 10", net=2))
    assert rows(measure(tented, "mask-exposes-neighbour", cover_min=0.1)) == [("cover_min", 0.05)]


def test_share_of_a_land_that_is_bare() -> None:
    covered = '"F.Cu" "F.Paste"'
    window = '(gr_poly (pts (xy 9 9) (xy 10.25 9) (xy 10.25 11) (xy 9 11)) (stroke (width 0)) (fill yes) (layer "F.Mask"))'
    half = board(footprint(smd("1 1", layers=covered)), window)
    assert rows(measure(half, "mask-missing-opening", coverage_min=95)) == [("coverage_min", 75.0)]
    none = board(footprint(smd("1 1", layers=covered)))
    assert rows(measure(none, "mask-missing-opening", coverage_min=95)) == [("coverage_min", 0.0)]
    stray = measure(board(window), "mask-missing-opening", coverage_min=95)
    assert stray.param.tolist() == [""]
    assert (stray.x[0], stray.y[0]) == (pytest.approx(9.625), pytest.approx(10))


def test_rows_in_one_window() -> None:
    pads = [smd("0.3 1", at=f"{0.8 * k} 0", net=(B, '(net 1 "A")')[k % 2], number=str(k), extra=grown(0.3)) for k in range(3)]
    m = measure(board(footprint(*pads)), "mask-gang-window", pitch_allow_below=0.5)
    assert rows(m) == [("pitch_allow_below", 0.8)]
    assert m.detail[0] == "3 lands in one window over 1.600 mm, paste on each"


def test_areas_of_cores_and_radii_are_exact() -> None:
    core = np.array([shapely.Point(0, 0), shapely.LineString([(0, 0), (2, 0)]), shapely.box(0, 0, 2, 1)], object)
    radius = np.array([0.5, 0.25, 0.1])
    expected = [np.pi / 4, 2 * 0.5 + np.pi / 16, 2 + 6 * 0.1 + np.pi * 0.01]
    assert areas(core, radius) == pytest.approx(expected)
    assert areas(core, radius) == pytest.approx(shapely.area(shape.polygons(core, radius, quad_segs=256)), rel=1e-4)
