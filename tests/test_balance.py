"""Copper shares by hand."""

import pytest
import shapely
from pours import zone
from small import board, measure, rows

from dfmcheck.check import Skip

EDGE = '(gr_rect (start 0 0) (end {} {}) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
LIMITS = {"mirror_delta_max": 40, "min_fill_inner": 30}


def sheet(layer, share, width=50, height=40):
    return zone(shapely.box(0, 0, width * share, height), layer=layer)


def test_layers_against_their_mirror_layers():
    layers = sheet("F.Cu", 0.15), sheet("In1.Cu", 0.5), sheet("In2.Cu", 0.25), sheet("B.Cu", 0.85)
    m = measure(board(*layers, EDGE.format(50, 40), copper=4), "copper-balance", **LIMITS)
    shares = [("min_fill_inner", 25.0), ("min_fill_inner", 50.0), ("mirror_delta_max", 25.0), ("mirror_delta_max", 70.0)]
    assert rows(m) == [(name, pytest.approx(value, abs=0.01)) for name, value in shares]
    assert m.checked == 4
    lighter = dict(zip(m.value.round(3).tolist(), m.layer.tolist()))
    assert lighter[70.0] == 0, "told of the lighter layer of the pair"


def test_copper_beyond_the_outline_and_in_cut_outs_does_not_count():
    over = zone(shapely.box(-10, 0, 25, 40), layer="F.Cu")
    cut_out = '(gr_rect (start 5 10) (end 15 30) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'
    m = measure(board(over, sheet("B.Cu", 1), EDGE.format(50, 40), cut_out), "copper-balance", **LIMITS)
    front = (25 * 40 - 200) / (50 * 40 - 200)
    assert rows(m) == [("mirror_delta_max", pytest.approx((1 - front) * 100, abs=0.01))]


def test_overlapping_copper_counts_once():
    m = measure(
        board(sheet("F.Cu", 0.5), sheet("F.Cu", 0.4), sheet("B.Cu", 0.5), EDGE.format(50, 40)), "copper-balance", **LIMITS
    )
    assert rows(m) == [("mirror_delta_max", pytest.approx(0, abs=1e-9))]


def test_small_boards_of_two_layers_are_not_judged():
    with pytest.raises(Skip, match="999 mm2 hardly bows"):
        measure(board(sheet("F.Cu", 1, 27), EDGE.format(27, 37)), "copper-balance", **LIMITS)
    small = board(sheet("F.Cu", 0.1, 27, 37), EDGE.format(27, 37), copper=4)
    assert len(measure(small, "copper-balance", **LIMITS)), "four layers bow at any size"
