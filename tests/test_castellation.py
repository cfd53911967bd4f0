"""Half holes: what counts as one, and what is judged."""

import pytest
from small_boards import board, findings, footprint, places, rect, tht

ALL = {"hole_min": "0.6 mm", "gap_min": "0.55 mm", "corner_min": "1.0 mm", "board_min": "10 mm"}


def row(drills, pitch=1.27, x=0.0, start=5.0, extra="", layers='"*.Cu" "*.Mask"'):
    """Half holes down the left edge of the board."""
    return footprint("J1", x, start, *(tht(str(k), 0, k * pitch, d + 0.4, d, extra, layers) for k, d in enumerate(drills)))


def measured(design, **limits):
    found = places(design, "castellated-hole", **limits)
    return sorted((p.param, round(p.measured, 6), tuple(i.pad for i in p.items)) for p in found)


def test_diameter():
    design = board(rect(0, 0, 20, 20), row([0.5, 0.6, 0.8]))
    assert measured(design, hole_min="0.6 mm") == [("hole_min", 0.5, ("0",))]
    assert findings(design, "castellated-hole", hole_min="0.6 mm")[1].checked == 3


def test_gap_to_the_next():
    # Diameters 0.6 and pitches 1.14, 1.15 mm: gaps of 0.54 and 0.55 mm.
    design = board(rect(0, 0, 20, 20), footprint("J1", 0, 5, *(tht(str(k), 0, y, 1, 0.6) for k, y in enumerate((0, 1.14, 2.29)))))
    assert measured(design, gap_min="0.55 mm") == [("gap_min", 0.54, ("0", "1"))]


def test_straight_edge_and_board_size():
    design = board(rect(0, 0, 9.9, 20), row([0.6], start=1.2))
    assert measured(design, corner_min="1.0 mm", board_min="10 mm") == [("board_min", 9.9, ()), ("corner_min", 0.9, ("0",))]


def test_a_hole_near_the_edge_is_none_and_an_inner_hole_neither():
    for x in (0.2, 5.0):
        found, told = findings(board(rect(0, 0, 20, 20), row([0.4], x=x)), "castellated-hole", **ALL)
        assert (found, told.checked) == ([], 0)
    assert findings(board(rect(0, 0, 20, 20), row([0.4], x=0.04)), "castellated-hole", **ALL)[1].checked == 1


def test_a_pad_that_says_castellated_but_is_off_the_edge_is_told():
    design = board(rect(0, 0, 20, 20), row([0.8], x=0.2, extra="(property pad_prop_castellated)"))
    (finding,), told = findings(design, "castellated-hole", **ALL)
    assert (finding.severity, told.checked) == ("warning", 1)
    assert "0.200 mm off the edge" in finding.message


@pytest.mark.parametrize(
    ("layers", "lacks"),
    [('"*.Cu" "F.Mask"', "no mask opening on the bottom"), ('"F.Cu" "*.Mask"', "no land on the bottom")],
)
def test_land_and_mask_opening_are_needed_on_both_sides(layers, lacks):
    found, _ = findings(board(rect(0, 0, 20, 20), row([0.8], layers=layers)), "castellated-hole", **ALL)
    assert [f.severity for f in found] == ["warning"]
    assert lacks in found[0].message
