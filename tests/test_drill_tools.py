"""Tool tables that lie beside drill files, as each CAD tool writes them."""

from dfmcheck.package import NumberFormat
from dfmcheck.read.drill_tools import read_format, read_tools

ALTIUM = b"""----------------------------------------------------------------------
NCDrill File Report For: board.PcbDoc   1/1/2020  2:15:54 PM
----------------------------------------------------------------------
Layer Pair : Top Layer to Bottom Layer
ASCII RoundHoles File : board.TXT
Tool         Hole Size           Hole Type     Hole Count Plated       Tool Travel
----------------------------------------------------------------------
T1        15mil (0.381mm)          Round          302              59.07 Inch (1500.44 mm)
T2        0.5mm (19.685mil)        Round          232    PTH       38.08 Inch (967.25 mm)
T3        125mil (3.175mm)         Round          4      NPTH      12.70 Inch (322.51 mm)
----------------------------------------------------------------------
Totals                                            556              117.96 Inch (2996.28 mm)
"""
EAGLE = b"""Drill Station Info File: board.dri
 Drills used:

 Code  Size       used

 T01   0.0157inch    86
 T02   0.5000mm       5
 T03   20mil          5
"""
ALLEGRO = b"""    NC ROUTE Log
 FORMAT   \t\t3.5
 OUTPUT-UNITS\t\tENGLISH
 Auto-generating tool file 'ncroutebits_auto.txt' ...

     0.0150  T01
     0.0400  T03
"""
ALLEGRO_DRILL = b"""    NC DRILL Log
 OUTPUT-UNITS\t\tMETRIC
           Size  Plating  Tool        + Tolerance  - Tolerance
         0.2000  P        T01            3.000000     3.000000
     Tool  Num     Size      +/- Tolerance     Plating   Quantity
     T01    1.   0.2000    0.0000/  0.0000      PLATED       1873
     T02    2.   1.1000    0.0000/  0.0000      NON_PLATED      3
"""
ZUKEN = b"""   *****  DRILL LIST  *****
 Unit                 : mm
 Coordinate Format    : 4V4
 Zero Suppress        : Trailing Zero Suppress
 Tool Table           :
| No. | Hole  | Code | Tool  | Diameter |        | Corner |
|   1 | Round | T01  | Round |   0.3000 | ------ | ------ |
|   2 | Round | T12  | Round |   1.0000 | ------ | ------ |
"""
PARAMETERS = b"""INTEGER-PLACES         2
DECIMAL-PLACES         4
OUTPUT-UNITS           METRIC
SUPPRESS-LEAD-ZEROES   YES
SUPPRESS-TRAIL-ZEROES  NO
"""


def test_tables():
    assert read_tools(ALTIUM) == {1: 0.381, 2: 0.5, 3: 3.175}
    assert read_tools(EAGLE) == {1: 0.3988, 2: 0.5, 3: 0.508}
    assert read_tools(ALLEGRO) == {1: 0.381, 3: 1.016}
    assert read_tools(ALLEGRO_DRILL) == {1: 0.2, 2: 1.1}
    assert read_tools(ZUKEN) == {1: 0.3, 12: 1.0}
    assert read_tools(ZUKEN.replace(b"\n", b"\r\n")) == {1: 0.3, 12: 1.0}


def test_a_number_with_two_sizes_tells_nothing():
    slots = b"ASCII SlotHoles File : board-Slots.TXT\nT2        40mil (1.016mm)      Slot          2\n"
    assert read_tools(ALTIUM + slots) == {1: 0.381, 3: 3.175}


def test_other_files_are_no_tables():
    for data in (
        b"",
        b"T1 0.5 mm\n",
        b"M48\nMETRIC\nT1C0.5\n%\nT1\nX1Y1\nM30\n",
        b"Tool list\n\0\0T1 0.5mm\n",
        b"Drills used: none\n",
    ):
        assert read_tools(data) is None


def test_number_formats():
    assert read_format(ZUKEN) == NumberFormat("mm", 4, 4, "leading")
    assert read_format(ALLEGRO) == NumberFormat("in", 3, 5, "both")
    assert read_format(PARAMETERS) == NumberFormat("mm", 2, 4, "trailing")
    assert read_format(ALTIUM) is None
    assert read_format(b"FORMAT 3.5\nUNITS METRIC\n") is None
