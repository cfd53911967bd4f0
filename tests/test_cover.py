"""Areas measured along lines against the area of the union."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.cover import spans

SHEET = shapely.box(0, 0, 20, 10)


def test_a_ring_and_what_it_holds():
    ring = shapely.box(2, 2, 8, 8).difference(shapely.box(3, 3, 7, 7))
    assert spans(np.array([ring]), SHEET, 0.01).area == pytest.approx(20, rel=1e-4)
    assert spans(np.array([ring, shapely.box(4, 4, 5, 5)]), SHEET, 0.01).area == pytest.approx(21, rel=1e-4)
    assert spans(np.array([ring, shapely.box(0, 0, 9, 9)]), SHEET, 0.01).area == pytest.approx(81, rel=1e-4)


def test_only_what_lies_within_counts():
    frame = SHEET.difference(shapely.box(5, 2, 10, 8))
    assert spans(np.array([shapely.box(-5, -5, 8, 5)]), frame, 0.01).area == pytest.approx(40 - 9, rel=1e-4)
    assert spans(np.empty(0, object), frame, 0.01).area == 0


@given(st.lists(st.tuples(*[st.floats(0, 20)] * 4, st.floats(0.1, 1)), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_tracks_against_their_union(tracks):
    """Sums over lines are off by at most half a step times how much the cut length varies: no more than the perimeter."""
    shapes = np.array([shapely.LineString([t[:2], t[2:4]]).buffer(t[4]) for t in tracks])
    whole = shapely.union_all(shapes).intersection(SHEET)
    assert spans(shapes, SHEET, 0.02).area == pytest.approx(whole.area, abs=0.02 / 2 * whole.length)


def test_rows_of_tracks_do_not_beat_with_the_lines():
    tracks = shapely.box(0, np.arange(0, 10, 0.5), 20, np.arange(0, 10, 0.5) + 0.2)
    assert spans(tracks, SHEET, 0.05).area == pytest.approx(80, rel=5e-4)
