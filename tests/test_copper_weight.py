"""Widths and gaps by the weight of the copper."""

from __future__ import annotations

import pytest
from small import board, footprint, measure, rows, smd, track

from dfmcheck.check import Skip
from dfmcheck.rule import load_rules

LIMITS = {"gap_18um": 0.10, "gap_35um": 0.125, "gap_70um": 0.20, "gap_105um": 0.25}
EDGE = '(gr_rect (start 0 0) (end 60 60) (stroke (width 0.1) (type solid)) (fill none) (layer "Edge.Cuts"))'


def stackup(**thickness):
    layers = " ".join(
        f'(layer "{name.replace("_", ".")}" (type "copper"){f" (thickness {t})" if t else ""})' for name, t in thickness.items()
    )
    return f"(stackup {layers})"


def pair(layer, gap, y):
    """Two tracks of 0.3 mm that far apart."""
    other = y + 0.3 + gap
    return track(0.3, at=f"5 {y}", to=f"9 {y}", layer=layer), track(0.3, at=f"5 {other}", to=f"9 {other}", layer=layer, net=2)


def test_the_same_gap_is_fine_on_light_copper():
    """The board of the catalogue: 70 um inside, 0.15 mm on In1 and on F.Cu; only In1 fails."""
    setup = stackup(F_Cu=0.035, In1_Cu=0.07, In2_Cu=0.035, B_Cu=0.035)
    b = board(*pair("F.Cu", 0.15, 5), *pair("In1.Cu", 0.15, 10), EDGE, copper=4, setup=setup)
    m = measure(b, "copper-weight-geometry", **LIMITS)
    assert rows(m) == [("gap_70um", 0.15)]
    assert b.layers.name[m.layer[0]] == "In1.Cu"
    assert m.y[0] == pytest.approx(10 + 0.15 + 0.075)


@pytest.mark.parametrize(
    ("thickness", "param"),
    [(0.0175, "gap_18um"), (0.0348, "gap_35um"), (0.07, "gap_70um"), (0.105, "gap_105um"), (0.14, "gap_105um")],
)
def test_weights(thickness, param):
    b = board(*pair("F.Cu", 0.05, 5), track(0.09, at="20 5", to="25 5"), EDGE, setup=stackup(F_Cu=thickness, B_Cu=0.0175))
    assert rows(measure(b, "copper-weight-geometry", **LIMITS)) == [(param, 0.05), (param, 0.09)]


def test_only_limits_that_a_profile_states_judge():
    b = board(*pair("F.Cu", 0.05, 5), EDGE, setup=stackup(F_Cu=0.035, B_Cu=0.07))
    m = measure(b, "copper-weight-geometry", gap_70um=0.2, gap_105um=0.25)
    assert (len(m), m.checked) == (0, 2), "both layers were looked at; none is heavy and has copper"


def test_one_pair_of_items_is_told_once_and_pins_of_one_part_are_inherent():
    pins = [smd("1 0.4", at=f"0 {0.5 * k}", number=str(k + 1), net=f'(net {k + 1} "{"AB"[k]}")') for k in range(2)]
    b = board(footprint(*pins), EDGE, setup=stackup(F_Cu=0.07, B_Cu=0.07))
    m = measure(b, "copper-weight-geometry", **LIMITS)
    assert rows(m, "value", "inherent") == [(0.1, True)]


def test_without_thicknesses_nothing_is_judged():
    b = board(*pair("F.Cu", 0.05, 5), EDGE, setup=stackup(F_Cu=0, B_Cu=0))
    with pytest.raises(Skip, match="no thickness"):
        measure(b, "copper-weight-geometry", **LIMITS)
    assert "stackup" in load_rules()["copper-weight-geometry"].needs
