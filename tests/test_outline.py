"""Drawn lines become the board's area, whatever their order and direction; what does not close is told where it is."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.outline import assemble


def lines(*paths):
    cores = np.empty(len(paths), object)
    cores[:] = [shapely.LineString(p) for p in paths]
    return cores


def run(*paths, **options):
    area, problems = assemble(lines(*paths), np.arange(len(paths)), **options)
    return area, [p.what for p in problems], problems


def sides(points):
    return [[points[k - 1], points[k]] for k in range(len(points))]


def box(x0, y0, x1, y1):
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]


SQUARE = sides(box(0, 0, 10, 10)[:-1])


def star(radii, x=0.0, y=0.0):
    """A simple polygon around a centre."""
    a = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return [(float(x + r * np.cos(t)), float(y + r * np.sin(t))) for r, t in zip(radii, a)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(5, 20), min_size=8, max_size=40),
    st.lists(st.floats(0.5, 2), min_size=3, max_size=12),
    st.randoms(use_true_random=False),
)
def test_shuffled_and_reversed_lines_give_the_polygon_that_was_drawn(outer, inner, random):
    loops = [star(outer), star(inner), star(outer, x=100)]
    truth = shapely.MultiPolygon([shapely.Polygon(loops[0], [loops[1]]), shapely.Polygon(loops[2])])
    parts = [s[::-1] if random.random() < 0.5 else s for loop in loops for s in sides(loop)]
    random.shuffle(parts)
    area, told, _ = run(*parts)
    assert told == []
    assert shapely.equals(area, truth)
    assert area.area == pytest.approx(truth.area, rel=1e-12)


def test_circles_rectangles_and_polygons_close_by_themselves():
    circle = shapely.Point(5, 5).buffer(2).exterior
    cores = np.array([shapely.box(0, 0, 10, 10), circle, shapely.LineString(box(1, 1, 2, 2))], object)
    area, problems = assemble(cores, np.arange(3))
    assert not problems
    assert area.area == pytest.approx(100 - shapely.Polygon(circle).area - 1)
    assert len(area.geoms) == 1
    assert len(area.geoms[0].interiors) == 2


@pytest.mark.parametrize(("width", "what"), [(0.005, []), (0.0099, []), (0.0111, ["gap"]), (0.02, ["gap"]), (3.0, ["gap"])])
def test_a_gap_within_the_tolerance_is_joined_and_a_wider_one_told(width, what):
    area, told, problems = run([(0, width), (0, 10)], [(0, 10), (10, 10)], [(10, 10), (10, 0)], [(10, 0), (0, 0)])
    assert told == what
    if what:
        assert area.is_empty
        assert (problems[0].x, problems[0].y) == pytest.approx((0, width / 2))
        assert problems[0].size == pytest.approx(width)
        assert problems[0].items == (0, 3)
    else:
        assert area.area == pytest.approx(100, rel=1e-3)


def test_segments_shorter_than_the_tolerance_keep_their_shape():
    circle = [tuple(p) for p in shapely.get_coordinates(shapely.Point(0, 0).buffer(1, quad_segs=500).exterior)[:-1]]
    assert np.hypot(circle[1][0] - circle[0][0], circle[1][1] - circle[0][1]) < 0.004
    area, told, _ = run(*sides(circle))
    assert told == []
    assert area.area == pytest.approx(shapely.Polygon(circle).area, rel=1e-12)


def test_the_nearest_ends_join_first():
    # Two corners 0.008 apart, each with ends 0.002 apart: joining across would swap the loops.
    left = [(-10, 0), (-0.004, 0.001)], [(-0.004, -0.001), (-10, -5)], [(-10, -5), (-10, 0)]
    right = [(10, 0), (0.004, 0.001)], [(0.004, -0.001), (10, -5)], [(10, -5), (10, 0)]
    area, told, _ = run(*left, *right)
    assert told == []
    assert len(area.geoms) == 2
    assert area.area == pytest.approx(2 * 25, rel=1e-3)


def test_a_figure_of_eight_tells_where_it_crosses():
    area, told, problems = run(*sides([(0, 0), (10, 10), (10, 0), (0, 10)]))
    assert told == ["crossing"]
    assert (problems[0].x, problems[0].y) == (5, 5)
    assert area.area == pytest.approx(50)


def test_loops_that_cross_are_told_and_the_smaller_is_cut_out():
    area, told, problems = run(box(0, 0, 10, 10), box(9, 4, 12, 6))
    assert told == ["crossing", "crossing"]
    assert sorted((p.x, p.y) for p in problems) == [(10, 4), (10, 6)]
    assert area.area == pytest.approx(98)


def test_loops_that_touch_in_a_corner_do_not_cross():
    area, told, _ = run(*SQUARE, *sides(box(10, 10, 14, 14)[:-1]), *sides([(0, 0), (3, 1), (1, 3)]))
    assert told == []
    assert area.area == pytest.approx(100 + 16 - 4)


def test_lines_drawn_twice_count_once():
    area, told, problems = run(*SQUARE, SQUARE[1][::-1])
    assert told == ["duplicate"]
    assert problems[0].items == (1, 4)
    assert area.area == pytest.approx(100)


def test_a_short_line_on_a_side_is_a_duplicate_and_not_an_open_end():
    area, told, problems = run(*SQUARE, [(2, 0.03), (5, 0.03)])
    assert told == ["duplicate"]
    assert problems[0].size == pytest.approx(0.03)
    assert area.area == pytest.approx(100)


@pytest.mark.parametrize(("shift", "told"), [(0.03, ["duplicate"]), (0.1, ["duplicate"])])
def test_a_shifted_copy_of_the_outline(shift, told):
    area, what, _ = run(box(0, 0, 10, 10), box(shift, shift, 10 + shift, 10 + shift))
    assert what == told
    assert area.area == pytest.approx(100, rel=0.03)


def test_a_scoring_line_from_edge_to_edge_leaves_the_board_standing():
    area, told, problems = run(box(0, 0, 40, 10), [(20, 0), (20, 10)])
    assert told == ["dangling"]
    assert problems[0].items == (1,)
    assert area.area == pytest.approx(400)


def test_a_line_between_corners_leaves_the_whole_as_one_board():
    area, told, _ = run([(0, 0), (5, 0)], [(5, 0), (10, 0)], *SQUARE[2:], SQUARE[0], [(5, 0), (10, 10)])
    assert told == ["branch", "branch"]
    assert area.area == pytest.approx(100)


def test_a_dangling_tail_is_told_with_its_free_end():
    area, told, problems = run(*SQUARE, [(10, 10), (13, 14)])
    assert told == ["dangling"]
    assert (problems[0].x, problems[0].y, problems[0].size) == (13, 14, 5)
    assert area.area == pytest.approx(100)


def test_cutouts_of_an_open_outline_are_no_boards():
    area, told, _ = run([(0, 0), (0, 10)], [(0, 10), (10, 10)], [(10, 10), (10, 0)], box(4, 4, 6, 6))
    assert area.is_empty
    assert told == ["gap"]


def test_dimension_lines_round_a_board_leave_it_standing():
    width = [(-3, 0), (-3, 10)], [(-4, 0), (-2, 0)], [(-4, 10), (-2, 10)]
    height = [(0, 13), (10, 13)], [(0, 12), (0, 14)], [(10, 12), (10, 14)]
    area, told, _ = run(box(0, 0, 10, 10), *width, *height)
    assert area.area == pytest.approx(100)
    assert set(told) == {"dangling"}


def test_an_open_cutout_leaves_the_board_standing():
    area, told, _ = run(box(0, 0, 10, 10), [(4, 4), (6, 4), (6, 6), (4, 6)], box(1, 1, 2, 2))
    assert told == ["gap"]
    assert area.area == pytest.approx(99)


def test_a_board_in_a_cutout_is_told():
    area, told, problems = run(box(0, 0, 20, 20), box(2, 2, 18, 18), box(5, 5, 10, 10))
    assert told == ["nested"]
    assert problems[0].size == pytest.approx(25)
    assert area.area == pytest.approx(400 - 256 + 25)


def test_no_input_crashes():
    assert run()[0].is_empty
    for paths in ([[(0, 0), (0, 0)]], [[(1, 1), (1, 1.001)]], [[(0, 0), (5, 5)]], [[(0, 0), (5, 5), (0, 0)]]):
        area, told, _ = run(*paths)
        assert area.is_empty
        assert told, paths
    wild = shapely.linestrings([(0, 0), (0, float("inf")), (float("-inf"), 1)])
    area, problems = assemble(np.array([shapely.LineString(), shapely.Point(1, 1), wild, None], object), np.array([7, 8, 9, 10]))
    assert area.is_empty
    assert {p.what for p in problems} == {"tiny"}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 4)] * 4), max_size=25))
def test_lines_on_a_coarse_grid_always_give_a_valid_area_or_a_problem(segments):
    area, told, _ = run(*[[(a, b), (c, d)] for a, b, c, d in segments])
    assert area.is_valid
    assert not segments or told or area.area > 0


def test_a_large_outline_costs_near_linear_time():
    n = 200
    rects = [box(x * 3.0, y * 3.0, x * 3.0 + 1, y * 3.0 + 1) for x in range(n // 4) for y in range(n // 4)]
    area, told, _ = run(box(-1, -1, 1000, 1000), *rects)
    assert told == []
    assert len(area.geoms[0].interiors) == len(rects)
