"""Files that heap thousands of shapes on one place are refused before they take memory or time."""

import pytest
from gerbers import HEAD

from dfmcheck.errors import DfmError
from dfmcheck.read.gerber import read_gerber

DISCS = "%ADD10C,5*%D10*" + "".join(f"X{i}Y0D03*" for i in range(1500))
CONTOURS = "".join(f"X{i}Y0D02*G01X1000000D01*Y1000000D01*X{i}Y0D01*" for i in range(1500))


@pytest.mark.parametrize("body", [DISCS + "%LPC*%" + DISCS, "G36*" + CONTOURS + "G37*"])
def test_heaps_are_refused(body):
    with pytest.raises(DfmError, match="on one another"):
        read_gerber((HEAD + body + "M02*").encode(), "heap.gbr")


def test_what_nothing_cuts_is_no_heap():
    image = read_gerber((HEAD + "%LPC*%" + DISCS + "%LPD*%" + DISCS + "M02*").encode(), "x.gbr")
    assert len(image.graphics) == 1500


def test_a_plane_may_be_cut_by_thousands():
    field = "%ADD11C,0.1*%D11*" + "".join(f"X{i % 60}000000Y{i // 60}000000D03*" for i in range(3000))
    plane = "G36*X-1000000Y-1000000D02*G01X61000000D01*Y61000000D01*X-1000000D01*Y-1000000D01*G37*"
    image = read_gerber((HEAD + plane + "%LPC*%" + field + "M02*").encode(), "plane.gbr")
    assert len(image.graphics.core[0].interiors) == 3000
