"""Fills that are older than the board, and zones without one."""

import numpy as np
import pytest
import shapely
from pours import drawn, zone
from small import board, footprint, measure, pad, rows, smd, track, via

FILL = zone(shapely.box(0, 0, 10, 10), outline=shapely.box(0, 0, 20, 10))


def stale(*items, **limits):
    design = board(*items)
    m = measure(design, "zone-fill-stale", **limits)
    told = np.isin(design.zones.item, m.a[np.isfinite(m.value)])
    assert design.derived.stale_zones().tolist() == np.flatnonzero(told).tolist()
    return m


@pytest.mark.parametrize(
    ("item", "depth"),
    [
        (via("0.6", "0.3", at="10.2 5", net=2), 0.1),
        (track(0.2, at="10.05 0", to="10.05 9", net=2), 0.05),
        (footprint(smd(net='(net 2 "B")', shape="circle"), at="10.4 5"), 0.1),
        (via("0.6", "0.3", at="5 5", net=2), 0.3),
        (track(0.2, at="3 3", to="4 4", net=2), 0.1),
    ],
)
def test_fill_in_what_came_later(item, depth):
    m = stale(FILL, item)
    assert m.value.tolist() == pytest.approx([depth], abs=1e-6)
    assert "1 item of other nets" in m.detail[0]


def test_worst_of_several_is_told_once_a_zone():
    near, deep, far = (via(size, "0.3", at=at, net=2) for size, at in (("0.6", "10.2 5"), ("0.8", "5 5"), ("0.6", "12 5")))
    m = stale(FILL, near, deep, far)
    assert rows(m, "value", "x", "y") == [(0.4, 5.0, 5.0)]
    assert "2 items" in m.detail[0]


def test_a_filled_board_has_no_stale_fill():
    clear = via("0.6", "0.3", at="10.31 5", net=2), track(0.2, at="0 10.2", to="9 10.2", net=2)
    own = via("0.6", "0.3", at="5 5"), track(0.2, at="5 5", to="12 5"), footprint(smd(), at="9.8 2")
    beside = zone(shapely.box(0, 10, 10, 14), net=2, name="B")
    other_side = track(0.2, at="3 3", to="4 4", net=2, layer="B.Cu")
    assert not len(stale(FILL, *clear, *own, beside, other_side))


def test_nearer_than_the_tolerance_counts_as_touching():
    near = via("0.6", "0.3", at="10.31 5", net=2)
    assert measure(board(FILL, near), "zone-fill-stale", touch_tol=0.02).value.tolist() == pytest.approx([-0.01], abs=1e-6)
    assert not len(measure(board(FILL, near), "zone-fill-stale", touch_tol=0.005))


def test_hole_in_a_fill():
    bare = pad("circle", "0.5 0.5", "0.5", kind="np_thru_hole", net="")
    m = stale(FILL, footprint(bare, at="10.2 5"))
    assert m.value.tolist() == pytest.approx([0.05], abs=1e-6)
    assert not len(stale(FILL, footprint(bare, at="10.3 5")))


def test_net_ties_touch_on_purpose():
    bridge = drawn([(0, -0.2), (2, -0.2), (2, 0.2), (0, 0.2)]).replace("gr_poly", "fp_poly")
    lands = smd(size="1 1"), smd(net='(net 2 "B")', at="2 0", number="2", size="1 1")
    tie = footprint(*lands, bridge, '(net_tie_pad_groups "1,2")', at="9 5", ref="NT1")
    assert not len(stale(FILL, tie))


def test_zones_without_a_fill():
    empty = zone(outline=shapely.box(30, 0, 40, 10))
    m = measure(board(empty), "zone-fill-stale")
    assert rows(m, "param", "soften") == [("", 0)]
    assert np.isnan(m.value[0])
    assert measure(board(empty, FILL), "zone-fill-stale").soften.tolist() == [2]
    assert measure(board(empty, FILL, via("0.6", "0.3", at="35 5")), "zone-fill-stale").soften.tolist() == [1]
    assert measure(board(FILL), "zone-fill-stale").checked == 1
