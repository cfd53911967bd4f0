"""Zones: fills with slits and strokes, rule areas, settings."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from kicad_boards import board, footprint, uuid

from dfmcheck.board import Board, Connect, Kind
from dfmcheck.read.slits import areas, rings_of

SQUARE = "(pts (xy 0 0) (xy 10 0) (xy 10 10) (xy 0 10))"


def zone(*fills: str, layers: str = '(layer "F.Cu")', more: str = "(filled_areas_thickness no)", outline: str = SQUARE) -> str:
    return (
        f'(zone (net 1) (net_name "GND") {layers} {uuid()} (hatch edge 0.5) (min_thickness 0.2) {more} (polygon {outline}) '
        + " ".join(fills) + ")"
    )  # fmt: skip


def fill(points: str = SQUARE, layer: str = "F.Cu", more: str = "") -> str:
    return f'(filled_polygon (layer "{layer}") {more} {points})'


def filled(b: Board, layer: str = "F.Cu") -> Any:
    f = b.features.take((b.features.kind == Kind.ZONE) & (b.features.layer == b.layer(layer)))
    return shapely.union_all([shapely.buffer(c, r, quad_segs=64) if r else c for c, r in zip(f.core, f.radius)])


def test_a_fill_is_a_polygon_of_its_net() -> None:
    b = board(zone(fill()))
    assert filled(b).equals(shapely.box(0, 0, 10, 10))
    assert (b.features.zone[0], b.nets.name[b.features.net[0]], bool(b.zones.filled[0])) == (0, "GND", True)


SLIT = "(pts (xy 0 0) (xy 10 0) (xy 10 10) (xy 0 10) (xy 0 5) (xy 3 5) (xy 5 7) (xy 7 5) (xy 5 3) (xy 3 5) (xy 0 5))"


def test_slits_become_holes() -> None:
    (core,) = board(zone(fill(SLIT))).features.core
    assert core.is_valid
    assert len(core.interiors) == 1
    assert core.area == 100 - 8
    assert core.distance(shapely.Point(5, 5)) == pytest.approx(2**0.5)


def test_two_holes_on_one_slit() -> None:
    ring = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 5), (2, 5), (3, 6), (4, 5)]  # hole A up to the slit of hole B
    ring += [(6, 5), (7, 6), (8, 5), (7, 4), (6, 5), (4, 5), (3, 4), (2, 5), (0, 5)]
    (rings,) = rings_of(np.array(ring, float))
    polygon = shapely.Polygon(rings[0], rings[1:])
    assert polygon.is_valid
    assert (len(rings), polygon.area) == (3, 96)


def test_a_ring_without_slits_stays_as_it_is() -> None:
    ring = np.array([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)], float)
    assert rings_of(ring)[0][0].tolist() == ring[:-1].tolist()


def test_a_ring_of_slits_only_has_no_area() -> None:
    assert [len(r) for r in rings_of(np.array([(0, 0), (5, 0), (5, 5), (5, 0)], float))] == [1]


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=6))
def test_opened_slits_keep_the_area(grid: list[list[bool]]) -> None:
    """Diamond holes in a grid; a row's slit runs from the left edge through all its holes, over their upper halves, and back."""
    columns = max(len(row) for row in grid)
    ring: list[tuple[float, float]] = [(0, 0), (10 * columns, 0), (10 * columns, 10 * len(grid)), (0, 10 * len(grid))]
    for j in reversed(range(len(grid))):
        y, xs = 10 * j + 5, [10 * i for i, hole in enumerate(grid[j]) if hole]
        if not xs:
            continue
        there = [p for x in xs for p in ((x + 3, y), (x + 5, y + 2), (x + 7, y))]
        back = [p for x in reversed(xs) for p in ((x + 7, y), (x + 5, y - 2), (x + 3, y))]
        ring += [(0, y), *there, *back[1:], (0, y)]
    holes = sum(map(sum, grid))
    (rings,) = rings_of(np.array(ring, float))
    polygon = shapely.Polygon(rings[0], rings[1:])
    assert polygon.is_valid
    assert len(rings) == 1 + holes
    assert polygon.area == pytest.approx(100 * columns * len(grid) - 8 * holes)
    assert abs(areas(rings).sum()) == pytest.approx(polygon.area)


def test_a_broken_fill_is_mended() -> None:
    (core,) = board(zone(fill("(pts (xy 0 0) (xy 10 10) (xy 10 0) (xy 0 10))"))).features.core
    assert core.is_valid
    assert core.area == pytest.approx(50)


def test_old_fills_have_a_stroke() -> None:
    """Up to KiCad 5 a fill's outline is drawn with the minimum thickness."""
    for more, version, grown in (("", 20171130, True), ("(filled_areas_thickness no)", 20211014, False), ("", 20250210, False)):
        b = board(zone(fill(), more=more), version=version)
        expected = 100 + 40 * 0.1 + pi * 0.01 if grown else 100
        assert filled(b).area == pytest.approx(expected, rel=1e-5)


def test_segment_fills_of_old_files() -> None:
    b = board(zone("(fill_segments (pts (xy 0 0) (xy 5 0)) (pts (xy 0 1) (xy 5 1)))", more=""), version=20171130)
    assert filled(b).area == pytest.approx(2 * (5 * 0.2 + pi * 0.01), rel=1e-3)


def test_fills_by_layer_and_islands() -> None:
    b = board(zone(fill(), fill("(pts (xy 0 0) (xy 5 0) (xy 0 5))", "B.Cu", "(island)"), layers='(layers "F.Cu" "B.Cu")'))
    assert (filled(b).area, filled(b, "B.Cu").area) == (100, 12.5)
    assert b.zones.layers[0] == {b.layer("F.Cu"), b.layer("B.Cu")}


def test_fills_may_have_arcs() -> None:
    b = board(zone(fill("(pts (xy 0 0) (arc (start 0 5) (mid 5 10) (end 10 5)) (xy 10 0))")))
    assert filled(b).area == pytest.approx(50 + 25 * pi / 2, rel=1e-4)


def test_settings() -> None:
    more = """(name "pour") (priority 3) (connect_pads thru_hole_only (clearance 0.3)) (filled_areas_thickness no)
     (fill yes (mode hatch) (thermal_gap 0.4) (thermal_bridge_width 0.5))"""
    b = board(zone(more=more), zone(more='(name "q") (connect_pads (clearance 0.1)) (attr (teardrop (type padvia)))'),
        zone(more='(name "r") (connect_pads no)'),
              zone(more='(name "s") (connect_pads yes)'))  # fmt: skip
    z = b.zones
    assert (z.name[0], z.priority[0], z.clearance[0], z.thermal_gap[0], z.thermal_width[0]) == ("pour", 3, 0.3, 0.4, 0.5)
    assert z.connect.tolist() == [Connect.THT_THERMAL, Connect.THERMAL, Connect.NONE, Connect.SOLID]
    assert z.hatched.tolist() == [True, False, False, False]
    assert z.teardrop.tolist() == [False, True, False, False]
    assert not z.filled.any()
    assert z.min_thickness.tolist() == [0.2] * 4


def test_the_outline_is_the_first_polygon_less_the_others() -> None:
    b = board(zone(outline=f"{SQUARE}) (polygon (pts (xy 1 1) (xy 3 1) (xy 3 3) (xy 1 3))"))
    assert b.zones.outline[0].area == 96


def test_rule_areas() -> None:
    keepout = "(keepout (tracks not_allowed) (vias allowed) (pads allowed) (copperpour not_allowed) (footprints allowed))"
    b = board(zone(layers='(layers "*.Cu")', more=keepout), zone(more='(placement (enabled yes) (sheetname "/x"))'))
    assert b.zones.rule_area.tolist() == [True, True]
    assert b.zones.keepout[0] == {"tracks", "copperpour"}
    assert b.zones.net.tolist() == [-1, -1]
    assert len(b.zones.layers[0]) == 4


def test_zones_of_footprints_and_on_mask() -> None:
    b = board(footprint(zone(fill())), zone(fill(layer="F.Mask"), layers='(layer "F.Mask")'))
    assert b.items.component[b.zones.item].tolist() == [-1, 0]
    assert b.zones.net.tolist() == [-1, 0]
    assert filled(b, "F.Mask").area == 100
