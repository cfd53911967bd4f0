"""Areas that only one of two sets of shapes covers: values by hand, and what must not count."""

from __future__ import annotations

from itertools import pairwise
from math import pi
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.difference import Places, Shapes, less, uncovered, unequal

WIDTH = 0.005
SQUARE = shapely.box(0, 0, 2, 1)


def shapes(*rows: tuple[Any, float]) -> Shapes:
    core = np.empty(len(rows), object)
    core[:] = [shape for shape, _ in rows]
    return Shapes(core, np.array([radius for _, radius in rows], float))


def areas(places: Places) -> list[float]:
    return sorted(places.area.tolist())


DOT, TRACK = (shapely.Point(5, 5), 0.5), (shapely.LineString([(0, 3), (4, 3)]), 0.1)


def test_equal_layers_differ_nowhere_in_whatever_order_and_however_often() -> None:
    a, b = shapes((SQUARE, 0), DOT, TRACK), shapes(TRACK, DOT, DOT, (SQUARE, 0))
    assert [len(rows) for rows in unequal(a, b)] == [0, 0]
    assert [len(p) for p in uncovered(a, b, WIDTH)] == [0, 0]


def test_what_only_one_has_is_told_with_its_area_and_place() -> None:
    missing, extra = uncovered(shapes((SQUARE, 0), DOT), shapes((SQUARE, 0)), WIDTH)
    assert len(extra) == 0
    assert areas(missing) == pytest.approx([pi / 4], rel=1e-3)
    assert (missing.x[0], missing.y[0]) == pytest.approx((5, 5), abs=0.1)
    missing, extra = uncovered(shapes((SQUARE, 0)), shapes((SQUARE, 0), TRACK), WIDTH)
    assert len(missing) == 0
    assert areas(extra) == pytest.approx([4 * 0.2 + pi * 0.01], rel=1e-2)


def test_a_moved_track_is_missing_on_one_flank_and_too_much_on_the_other() -> None:
    moved = (shapely.LineString([(0, 3.05), (4, 3.05)]), 0.1)
    missing, extra = uncovered(shapes(TRACK), shapes(moved), WIDTH)
    for places in (missing, extra):
        # 4 mm of flank, and the crescents at the round ends: together the width of the pen at most.
        assert 4 * 0.05 < places.area.sum() < 4.2 * 0.05


def test_what_others_cover_is_no_difference() -> None:
    """A track that lies in a fill on one side and was merged with it on the other."""
    inside = (shapely.LineString([(0.5, 0.5), (1.5, 0.5)]), 0.1)
    assert [len(p) for p in uncovered(shapes((SQUARE, 0), inside), shapes((SQUARE, 0)), WIDTH)] == [0, 0]
    halves = shapes((shapely.box(0, 0, 1, 1), 0), (shapely.box(1, 0, 2, 1), 0))
    assert [len(p) for p in uncovered(shapes((SQUARE, 0)), halves, WIDTH)] == [0, 0]


def test_a_fill_with_a_radius_equals_its_area_and_the_strokes_about_it() -> None:
    """KiCad 5 plots fills so."""
    core = shapely.Polygon([(0, 0), (3, 0), (3, 2), (2, 2), (2, 1), (1, 1), (1, 2), (0, 2)])
    xy = shapely.get_coordinates(core)
    strokes = [(shapely.LineString(pair), 0.1) for pair in pairwise(xy)]
    a, b = shapes((core, 0.1)), shapes((core, 0), *strokes)
    assert [len(p) for p in uncovered(a, b, WIDTH)] == [0, 0]
    missing, extra = uncovered(a, shapes((core, 0), *strokes[1:]), WIDTH)
    assert len(extra) == 0
    assert areas(missing) == pytest.approx([3 * 0.1], rel=0.1)


def test_narrow_places_are_none_wide_ones_keep_their_area() -> None:
    for by, count in ((0.004, 0), (0.006, 1)):
        missing, extra = uncovered(shapes((shapely.box(0, 0, 2 + by, 1), 0)), shapes((SQUARE, 0)), WIDTH)
        assert (len(missing), len(extra)) == (count, 0)
    assert areas(missing) == pytest.approx([0.006], rel=1e-6)


def test_places_nearer_than_a_distance_are_one() -> None:
    dots = shapes(*((shapely.Point(x, 0), 0.1) for x in (0, 0.4, 5)))
    nothing = shapes((SQUARE, 0))
    assert areas(uncovered(dots, nothing, WIDTH, near=0.25)[0]) == pytest.approx([0.01 * pi, 0.02 * pi], rel=0.5)
    assert len(uncovered(dots, nothing, WIDTH, near=0.25)[0]) == 2
    assert len(uncovered(dots, nothing, WIDTH, near=0.1)[0]) == 3


def test_diagonals_of_one_box_are_not_equal() -> None:
    up, down = (shapely.LineString([(0, 0), (1, 1)]), 0.1), (shapely.LineString([(0, 1), (1, 0)]), 0.1)
    assert [len(rows) for rows in unequal(shapes(up), shapes(down))] == [1, 1]
    back = (shapely.LineString([(1, 1), (0, 0)]), 0.1)
    assert [len(rows) for rows in unequal(shapes(up), shapes(back))] == [0, 0]


def test_areas_of_one_box_are_not_equal() -> None:
    one = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4), (2, 2)])
    other = shapely.Polygon([(0, 0), (4, 0), (2, 2), (4, 4), (0, 4)])
    missing, extra = uncovered(shapes((one, 0)), shapes((other, 0)), WIDTH)
    assert areas(missing) == pytest.approx([4])
    assert areas(extra) == pytest.approx([4])


def test_nothing_at_all() -> None:
    none = shapes()
    assert [len(p) for p in uncovered(none, none, WIDTH)] == [0, 0]
    assert [len(p) for p in uncovered(none, shapes(DOT), WIDTH)] == [0, 1]


def test_less_takes_shapes_away_from_places() -> None:
    missing, _ = uncovered(shapes((SQUARE, 0)), shapes(DOT), WIDTH)
    left = less(missing, shapes((shapely.box(0.5, -1, 1, 2), 0)), WIDTH)
    assert areas(left) == pytest.approx([0.5, 1])
    assert len(less(missing, shapes((SQUARE, 0.1)), WIDTH)) == 0


def test_moved() -> None:
    moved = shapes((SQUARE, 0), DOT).moved(1.5, -2)
    assert moved.core[1].equals(shapely.Point(6.5, 3))
    assert moved.core[0].equals(shapely.box(1.5, -2, 3.5, -1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4, st.sampled_from([0.11, 0.3, 0.5])), min_size=1, max_size=12), st.data())
def test_areas_agree_with_whole_unions(rows: list[tuple[int, int, int, int, float]], data: st.DataObject) -> None:
    """Brute force: the difference of the unions of all shapes."""
    lines = [(shapely.LineString([(x / 5, y / 5), (x / 5 + u / 20, y / 5 + v / 20 + 0.01)]), r) for x, y, u, v, r in rows]
    some = data.draw(st.lists(st.sampled_from(range(len(lines))), unique=True))
    a, b = shapes(*lines), shapes(*(lines[k] for k in some))
    missing, extra = uncovered(a, b, WIDTH)
    assert len(extra) == 0
    whole = [
        shapely.union_all(shapely.buffer(s.core, s.radius, quad_segs=64)) if len(s.core) else shapely.Point() for s in (a, b)
    ]
    true = shapely.difference(*whole)
    wide = shapely.buffer(shapely.buffer(true, -WIDTH / 2), WIDTH / 2)
    assert missing.area.sum() == pytest.approx(wide.area, rel=0.03, abs=0.003)


def test_hostile_layers_cost_little() -> None:
    """Thousands of shapes about one middle, and all at one place."""
    rings = Shapes(shapely.points(np.zeros((4000, 2))), np.linspace(1, 2, 4000))
    same = Shapes(shapely.points(np.zeros((20_000, 2))), np.full(20_000, 0.5))
    missing, extra = uncovered(rings, same, WIDTH)
    assert areas(missing) == pytest.approx([pi * (4 - 0.25)], rel=0.1)
    assert len(extra) == 0
