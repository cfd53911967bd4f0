"""Facing edges: widths and lengths of thin copper and narrow gaps, by hand and against brute force."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck import copper, facing

angles = st.floats(0, 360)


def placed(geometry, angle, dx=3.0, dy=-7.0):
    return shapely.affinity.translate(shapely.affinity.rotate(geometry, angle, origin=(0, 0)), dx, dy)


def found(polygons, reach, *, inside, group=None, **kwargs):
    polygons = shapely.orient_polygons(np.atleast_1d(np.array(polygons, object)))
    rings = facing.rings(polygons)
    net = np.zeros(len(polygons), np.int32) if group is None else np.asarray(group, np.int32)
    keep = facing.with_webs(rings, reach) if inside else facing.with_gaps(rings, net, reach)
    edges = facing.edges_of(rings.take(keep))
    every = facing.edges_of(rings)
    one = facing.facing(edges, reach, inside=inside, group=None if inside else net[edges.part], **kwargs)
    all_ = facing.facing(every, reach, inside=inside, group=None if inside else net[every.part], **kwargs)
    # Choosing rings first must lose nothing.
    assert np.allclose(np.sort(one.width), np.sort(all_.width))
    assert np.allclose(np.sort(one.length), np.sort(all_.length))
    return one


@given(angles, st.floats(0.03, 0.099))
@settings(max_examples=40, deadline=None)
def test_strip_has_its_width_and_length_at_any_angle(angle, width):
    # Two fields of 2 x 2 mm joined by a strip 1 mm long.
    shape = shapely.union_all([shapely.box(0, 0, 2, 2), shapely.box(3, 0, 5, 2), shapely.box(2, 1, 3, 1 + width)])
    places = found(placed(shape, angle), 0.1, inside=True)
    assert len(places) == 1
    assert places.width[0] == pytest.approx(width, abs=1e-9)
    assert places.length[0] == pytest.approx(1.0, abs=1e-6)
    assert places.width_over(0, 0.5) == pytest.approx(width, abs=1e-9)
    assert places.width_over(0, 1.1) == np.inf


@given(angles, st.floats(0.03, 0.099))
@settings(max_examples=40, deadline=None)
def test_slit_is_air_not_copper(angle, width):
    shape = shapely.box(0, 0, 4, 2).difference(shapely.box(1, 1, 3, 1 + width))
    assert len(found(placed(shape, angle), 0.1, inside=True)) == 0
    places = found(placed(shape, angle), 0.1, inside=False)
    assert places.width.tolist() == pytest.approx([width], abs=1e-9)
    assert places.length.tolist() == pytest.approx([2.0], abs=1e-6)


@pytest.mark.parametrize("degrees", [2.0, 5.0, 10.0, 20.0, 30.0])
def test_wedge_counts_by_how_far_it_is_narrow(degrees):
    half = np.radians(degrees / 2)
    spike = shapely.Polygon([(0, 0), (6, 6 * np.tan(half)), (6, -6 * np.tan(half))])
    places = found(placed(spike, 33), 0.2, inside=True)
    tip = int(np.argmin(places.width))
    assert places.width[tip] == pytest.approx(0, abs=1e-6)
    # The width across a wedge is 2 s tan(half) at s from its tip.
    assert places.length[tip] == pytest.approx(0.1 / np.tan(half), abs=1e-3)
    assert places.width_over(tip, 0.2) == pytest.approx(2 * 0.2 * np.tan(half), abs=1e-6)


def test_square_and_obtuse_corners_are_no_wedges():
    shape = shapely.Polygon([(0, 0), (3, 0), (4, 1), (4, 4), (0, 4)])
    assert len(found(shape, 0.5, inside=True)) == 0


def test_what_is_as_wide_as_the_limit_is_narrower_in_round_ends_only():
    # The trap of eroding and dilating by half the limit: residues wherever a curve was flattened.
    track = shapely.LineString([(0, 0), (5, 0), (8, 3)]).buffer(0.1, quad_segs=8)
    assert all(found(track, 0.1999, inside=True).length < 0.2)
    plate = shapely.box(-2, -2, 2, 2).difference(shapely.Point(0, 0).buffer(0.5))
    assert len(found(plate, 0.3, inside=True)) == 0
    assert len(found(plate, 0.9, inside=False)) == 0


def test_edges_are_joined_over_an_arc():
    # A ring 0.08 mm wide: one place for the whole ring, as long as its shorter side.
    ring = shapely.Point(0, 0).buffer(1.04, quad_segs=32).difference(shapely.Point(0, 0).buffer(0.96, quad_segs=32))
    places = found(ring, 0.1, inside=True)
    assert len(places) == 1
    assert places.width[0] == pytest.approx(0.08, abs=2e-3)
    assert places.length[0] == pytest.approx(2 * np.pi * 0.96, rel=0.01)


def test_gap_between_parts_belongs_to_a_group_only():
    one, other = shapely.box(0, 0, 2, 1), shapely.box(0, 1.05, 2, 2)
    assert found([one, other], 0.1, inside=False, group=[4, 4]).width.tolist() == pytest.approx([0.05])
    assert len(found([one, other], 0.1, inside=False, group=[4, 5])) == 0


@st.composite
def plates(draw):
    """A plate with round holes of many corners that keep apart: webs between holes, and to the rim."""
    holes = []
    for _ in range(draw(st.integers(2, 6))):
        x, y, r = draw(st.floats(1, 9)), draw(st.floats(1, 9)), draw(st.floats(0.3, 1.2))
        candidate = shapely.Point(x, y).buffer(r, quad_segs=draw(st.integers(6, 20)))
        if all(candidate.distance(h) > 0.01 for h in holes) and shapely.box(0.02, 0.02, 9.98, 9.98).covers(candidate):
            holes.append(candidate)
    return shapely.box(0, 0, 10, 10), holes


@given(plates(), angles)
@settings(max_examples=60, deadline=None)
def test_webs_between_holes_are_their_distances(plate, angle):
    rim, holes = plate
    reach = 0.4
    places = found(placed(shapely.difference(rim, shapely.union_all(holes)), angle), reach, inside=True)
    distances = [a.distance(b) for i, a in enumerate(holes) for b in holes[i + 1 :]]
    # A web in whose way a third hole stands is not one; the narrowest of all is always free.
    distances += [h.distance(rim.exterior) for h in holes]
    near = [d for d in distances if d < reach * 0.95]
    if near:
        assert places.width.min() == pytest.approx(min(near), abs=1e-6)
    else:
        assert all(w > reach * 0.94 for w in places.width)


@given(plates(), angles)
@settings(max_examples=40, deadline=None)
def test_gaps_between_islands_are_their_distances(plate, angle):
    _, islands = plate
    reach = 0.4
    places = found([placed(i, angle) for i in islands], reach, inside=False)
    near = [d for i, a in enumerate(islands) for b in islands[i + 1 :] if (d := a.distance(b)) < reach * 0.95]
    if near:
        assert places.width.min() == pytest.approx(min(near), abs=1e-6)
    else:
        assert all(w > reach * 0.94 for w in places.width)


@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_components_are_those_of_a_walk(n, pairs):
    pairs = [(a, b) for a, b in pairs if a < n and b < n]
    label = copper.components(n, np.array([a for a, _ in pairs], int), np.array([b for _, b in pairs], int))
    mine = list(range(n))
    for _ in range(n):
        for a, b in pairs:
            mine[a] = mine[b] = min(mine[a], mine[b])
    assert label.tolist() == mine
