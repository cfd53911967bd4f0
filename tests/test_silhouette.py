"""Bodies as fab layers show them: outlines that branch, are crossed, hold others, or are broken."""

import pytest
import shapely

from dfmcheck.read.kicad_rings import silhouette

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0)]
SIDES = [[SQUARE[k], SQUARE[(k + 1) % 4]] for k in range(4)]


def area(loops, chains):
    rings = silhouette(loops, chains)
    return shapely.union_all([shapely.Polygon(r) for r in rings]).area if rings else 0.0


@pytest.mark.parametrize(
    ("loops", "chains", "expected"),
    [
        ([SQUARE], [], 8.0),
        ([], SIDES, 8.0),
        ([], [*SIDES, [(1.0, 2.0), (1.0, 1.0)]], 8.0),  # a line that ends on a side
        ([], [*SIDES, [(2.0, -1.0), (2.0, 3.0)]], 8.0),  # one that crosses the body and reaches beyond it
        ([SQUARE], [[(4.0, 0.5), (5.0, 0.5)], [(5.0, 0.5), (5.0, 1.5)], [(5.0, 1.5), (4.0, 1.5)]], 9.0),  # a pin drawn on it
        ([SQUARE, [(1.0, 0.5), (3.0, 0.5), (3.0, 1.5), (1.0, 1.5)]], [], 8.0),  # an outline within is no hole in the body
        ([], [SIDES[0], SIDES[2]], 8.0),  # broken at both lands
        ([], [], 0.0),
    ],
)
def test_the_area_of_a_body(loops, chains, expected):
    assert area(loops, chains) == pytest.approx(expected)


def test_a_pin_on_the_side_of_an_outline_is_part_of_the_body():
    pin = [[(4.0, 0.5), (5.0, 0.5)], [(5.0, 0.5), (5.0, 1.5)], [(5.0, 1.5), (4.0, 1.5)]]
    assert area([], [*SIDES, *pin]) == pytest.approx(9.0)
