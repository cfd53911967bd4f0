"""The program of a drill file: what each command makes, by hand."""

from math import cos, pi, radians, sin

import numpy as np
import pytest
import shapely
from drilled import read, spots, whats

from dfmcheck.board import Cover
from dfmcheck.read.drill_faults import FAULTS
from dfmcheck.read.excellon import looks_like_excellon

MM = "M48\nMETRIC,TZ,000.000\nT1C1.000\nT2C0.5\n%\n"
IN = "M48\nINCH,LZ\nT1C0.04\n%\n"


def body(text: str, head: str = MM) -> list[tuple[float, ...]]:
    drill = read(head + text + "M30\n")
    assert not whats(drill)
    return spots(drill)


def test_hits_are_modal_in_each_axis_and_y_turns_down():
    assert body("T1\nX1000Y2000\nX3000\nY-500\nX+250Y+750\n") == [(1, -2), (3, -2), (3, 0.5), (0.25, -0.75)]
    assert body("T1\nX1.5Y2\nX3.25\n") == [(1.5, -0.002), (3.25, -0.002)]


def test_zeros_kept_in_front_of_inches():
    assert body("T1\nX01Y0025\nX00001Y1\n", IN) == [(25.4, -6.35), (0.0254, -254)]


def test_tools_by_every_spelling():
    drill = read("M48\nINCH,TZ\nT01C0.02F200S65\nT2F00S00C.03\nT3H1000Z+0.1C0.04B100\n%\nT1\nX1Y1\nT02\nX2Y2\nT0003\nX3Y3\n"
                 "T0201\nX4Y4\nT7C0.8\nX5Y5\nM06T1\nX6Y6\nM30\n")  # fmt: skip
    assert (2 * drill.hits.radius / 25.4).round(6).tolist() == [0.02, 0.03, 0.04, 0.03, 0.8, 0.02]
    assert [t.code for t in drill.tools] == [1, 2, 3, 7]


def test_a_tool_defined_again_is_another_tool_from_there_on():
    drill = read(MM + "T1\nX0Y0\nT1C1.0\nX1Y0\nT1C2.0\nX2Y0\nM30\n")
    assert (2 * drill.hits.radius).tolist() == [1, 1, 2]
    assert whats(drill) == ["tool redefined"]
    assert drill.faults[0].line == 10


def test_undefined_tools_and_tools_of_no_size_have_no_diameter_unless_a_table_gives_one():
    text = "M48\nMETRIC\nT1C0.3\nT2C0\n%\nT1\nX1.Y1.\nT2\nX2.Y1.\nT5\nX3.Y1.\nX4.Y1.\nM30\n"
    drill = read(text)
    assert np.isnan(drill.hits.radius).tolist() == [False, True, True, True]
    assert [(f.what, f.line, f.grave) for f in drill.faults] == [("tool of no size", 4, True), ("undefined tool", 10, True)]
    drill = read(text, tools={1: 9.0, 5: 0.9})
    assert (2 * drill.hits.radius).tolist()[2:] == [0.9, 0.9]
    assert drill.tools[0].diameter == 0.3
    assert whats(drill) == ["tool of no size"]


def test_holes_before_any_tool():
    drill = read("M48\nMETRIC\nT1C0.3\n%\nX1.Y1.\nT1\nX2.Y1.\nM30\n")
    assert whats(drill) == ["no tool", "undefined tool"]
    assert np.isnan(drill.hits.radius[0])


def test_incremental_by_every_word():
    steps = "T1\nX1000Y1000\nX500\nX500Y-250\n"
    true = [(1, -1), (1.5, -1), (2, -0.75)]
    assert body("G91\n" + steps) == true
    assert body("ICI,ON\n" + steps) == true
    assert body(steps.replace("X500\n", "X500\nG90\n").replace("T1", "G91\nT1")) == [(1, -1), (1.5, -1), (0.5, 0.25)]
    assert body("ICI,OFF\n" + steps) == [(1, -1), (0.5, -1), (0.5, 0.25)]


def test_the_unit_may_change_on_the_way():
    assert spots(read("M48\nM71\nT1C1.0\n%\nT1\nX1.Y0\nM72\nX1.Y0\nM71\nX2.Y0\nM30\n")) == [(1, 0), (25.4, 0), (2, 0)]


def test_a_unit_that_changes_on_the_way_is_told():
    def faults(program: str) -> list[tuple[str, int | None, bool]]:
        return [(f.what, f.line, f.grave) for f in read(program).faults]

    digits = "M48\nINCH,TZ\nT1C.0394\n%\nT1\nX10000Y10000\n{}\nX25400Y25400\nM30\n"
    for word in ("M71", "METRIC,TZ", "G71"):
        assert faults(digits.format(word)) == [("unit changed", 7, True)]
    assert faults(digits.format("M72")) == faults(digits.format("INCH")) == []
    # Where decimal points stand nothing is in doubt.
    assert faults("M48\nMETRIC\nT1C1.0\n%\nT1\nX1.Y0\nM72\nX1.Y0\nM30\n") == [("unit changed", 7, False)]


def test_slots_by_g85_are_modal_too():
    assert body("T1\nX1000Y2000G85X3000Y2000\nG05\nX5000G85Y4000\nX0Y0\n") == [(1, -2, 3, -2), (5, -2, 5, -4), (0, 0)]
    assert body("T1\nG91\nX1000Y2000G85X3000Y0\nX1000Y0\n") == [(1, -2, 4, -2), (5, -2)]
    assert body("T1\nX1000Y2000G85X1000Y2000\n") == [(1, -2)]


def test_routing_cuts_only_where_the_cutter_is_down():
    cut = "T1\nG00X1000Y1000\nM15\nG01X2000\nY2000\nM16\nG00X5000Y5000\nM15\nG01X6000\nM17\nG05\nX9000Y9000\n"
    assert body(cut) == [(1, -1, 2, -1, 2, -2), (5, -5, 6, -5), (9, -9)]
    assert body("T1\nG00X0Y0\nM15\nG01X1000\nX0\nX500\nM16\n") == [(0, 0, 1, 0)]
    closed = body("T1\nG00X0Y0\nM15\nG01X1000\nY1000\nX0\nY0\nM16\n")
    assert closed == [(0, 0, 1, 0, 1, -1, 0, -1, 0, 0)]


def test_a_cutter_that_goes_down_and_up_makes_a_hole():
    plunge = read(MM + "T1\nG00X5000Y5000\nM15\nM16\nG00X1000Y0\nM15\nG01X2000\nM16\nG05\nX9000Y9000\nM30\n")
    assert spots(plunge) == [(5, -5), (1, 0, 2, 0), (9, -9)]
    assert (whats(plunge), plunge.hits.radius.tolist()) == ([], [0.5, 0.5, 0.5])
    assert body("T1\nG00X5000Y5000\nM15\nG00X6000\nM15\nT1\nG05\nX9000\n") == [(5, -5), (6, -5), (9, -5)]
    # Neither where it stands still before any place is given, nor while drilling, nor twice at one place.
    assert body("T1\nM15\nM16\nX1000Y1000\nM15\nM16\nG00X5000Y5000\nM15\nM16\nM16\nM17\n") == [(1, -1), (5, -5)]


@pytest.mark.parametrize("side", ["G41", "G42"])
def test_a_path_beside_which_the_cutter_runs_is_told(side):
    rout = "T1\n{}\nG00X0Y0\nM15\nG01X10000Y0\nM16\n{}\nG00X0Y5000\nM15\nG01X10000\nM16\nG05\nM30\n"
    (fault,) = read(MM + rout.format(side, "G40")).faults
    assert (fault.what, fault.line, fault.grave) == ("cutter compensated", MM.count("\n") + 5, True)
    assert f"{side}" in fault.message
    assert read(MM + rout.format("G40", side + "\nG40")).faults == ()
    in_line = MM + f"T1\nG00X0Y0\nM15\n{side}G01X10000\nM16\nM30\n"
    assert whats(read(in_line)) == ["cutter compensated"]


def test_arcs_by_radius_and_by_centre():
    def cut(arc: str) -> np.ndarray:
        drill = read(MM + f"T1\nG00X1000Y0\nM15\n{arc}\nM16\nM30\n")
        assert not whats(drill)
        return shapely.get_coordinates(drill.hits.core[0])

    quarter = cut("G03X0Y1000A1000")
    assert quarter[[0, -1]].tolist() == [[1, 0], [0, -1]]
    assert np.allclose(np.hypot(*quarter.T), 1, atol=1e-9)
    assert (quarter[:, 0] >= -1e-12).all()
    assert np.allclose(cut("G03X0Y1000I-1000J0"), quarter)
    around = cut("G02X1000Y0I-1000J0")
    assert shapely.Polygon(around).area == pytest.approx(pi, rel=2e-3)
    assert shapely.LinearRing(around).is_ccw  # clockwise with y up turns the other way round with y down
    far = cut("G02X0Y1000A1000")
    assert np.allclose(np.hypot(far[:, 0] - 1, far[:, 1] + 1), 1, atol=1e-9)
    chord = max(shapely.Point(cos(radians(a)), -sin(radians(a))).distance(shapely.LineString(quarter)) for a in range(91))
    assert chord <= 2.1e-4


def test_an_arc_that_is_none_is_a_line():
    drill = read(MM + "T1\nG00X1000Y0\nM15\nG03X0Y1000A100\nM16\nM30\n")
    assert spots(drill) == [(1, 0, 0, -1)]
    assert whats(drill) == ["bad arc"]


def test_a_canned_circle_is_a_hole_of_its_own_size():
    drill = read(MM + "T1\nX5000Y5000G84X8000\nM30\n")
    assert (spots(drill), drill.hits.radius.tolist()) == ([(5, -5)], [4])


def test_repeats_go_on_from_the_last_hole():
    assert body("T1\nX1000Y1000\nR3X500\nX9000\n") == [(1, -1), (1.5, -1), (2, -1), (2.5, -1), (9, -1)]
    assert body("T1\nX1000Y1000\nR2X500Y100\nR1Y1000\n") == [(1, -1), (1.5, -1.1), (2, -1.2), (2, -2.2)]


def test_patterns_step_and_steps_of_patterns_step():
    one = [(1, -1), (2, -1)]
    row = "M25\nX1000Y1000\nX2000\nM01\nM02X10000Y0\nM02X10000\n"
    three = one + [(x + 10, y) for x, y in one] + [(x + 20, y) for x, y in one]
    assert body(f"T1\n{row}M08\n") == three
    assert body(f"T1\n{row}M02\nM01\nM02XY5000\nM08\n") == three + [(x, y - 5) for x, y in three]
    assert body("T1\nM25\nX1000Y1000\nX2000\nM01\nR2M02X10000Y0\nM08\n") == three
    assert body("T1\nM25\nX1000Y1000\nX2000\nM01\nM02X10000R2\nM02\nM08\n") == three
    assert body("T1\nM31\nX1000Y1000\nX2000\nM24\nM26X10000\nR1M26X10000\nM27\n", MM.replace("%", "FMAT,1\n%")) == three


def test_a_pattern_takes_its_slots_along():
    assert body("T1\nM25\nX0Y0G85X1000Y0\nM01\nM02X5000Y5000\nM08\n") == [(0, 0, 1, 0), (5, -5, 6, -5)]


def test_a_mirrored_pattern_is_left_out_and_told():
    drill = read(MM + "T1\nM25\nX1000Y1000\nM01\nM02X5000Y0M80\nM08\nM30\n")
    assert (spots(drill), whats(drill)) == ([(1, -1)], ["bad repeat"])


def test_a_moved_zero_counts_and_is_told():
    drill = read(MM + "G93X0Y0\nT1\nX1000Y1000\nG93X10000Y20000\nX1000Y1000\nM30\n")
    assert (spots(drill), whats(drill)) == ([(1, -1), (11, -21)], ["zero set"])


def test_canned_text_makes_no_hole():
    drill = read(MM + "T1\nX1000Y1000\nM97,PART 12 X9Y9\nX5000Y5000\nX2000Y2000\nM30\n")
    assert (spots(drill), whats(drill)) == ([(1, -1), (2, -2)], ["canned cycle"])


def test_ends():
    assert whats(read(MM + "T1\nX1000Y1000\n")) == ["no end"]
    assert whats(read(MM + "T1\nX1000Y1000\nM00\n")) == []
    drill = read(MM + "T1\nX1000Y1000\nM30\nX2000Y2000\n")
    assert (len(drill.hits), whats(drill)) == (1, ["data after end"])
    assert whats(read(MM + "G00X1000Y1000\nX5000\nM30\n")) == ["nothing drilled"]


def test_routing_that_never_lowers_the_cutter_is_taken_as_cutting():
    drill = read(MM + "T1\nG00X0Y0\nG01X1000\nM30\n")
    assert (spots(drill), whats(drill)) == ([(0, 0, 1, 0)], ["cutter not lowered"])


def test_without_header_and_with_the_header_after_its_unit():
    head = "INCH,TZ\n%\nM48\nM72\nT01C0.02\n%\n"
    assert body("T01\nX7536Y4995\n", head) == [(19.1414, -12.6873)]
    drill = read("%\nT1C0.8\nX1.5Y2.5\nT2C1.0\nX3.5Y2.5\nM30\n")
    assert (spots(drill), (2 * drill.hits.radius).round(6).tolist()) == ([(1.5, -2.5), (3.5, -2.5)], [0.8, 1.0])
    assert not drill.stated


def test_allegro_changes_tools_by_hand_after_its_comments():
    drill = read(";   Holesize 1. = 8.000000 Tolerance = +3.000000/-3.000000 PLATED MILS Quantity = 2\n"
                 ";   Holesize 2. = 125.000000 Tolerance = +5.000000/-5.000000 NON_PLATED MILS Quantity = 1\n"
                 "%\nG90\nX00130500Y00184500\nR01X00010000\nM00\nX01330000Y00195500\nM30\n", "board-1-2.drl")  # fmt: skip
    assert (2 * drill.hits.radius).round(4).tolist() == [0.2032, 0.2032, 3.175]
    assert drill.hits.plated.tolist() == [Cover.YES, Cover.YES, Cover.NO]
    assert (str(drill.format), drill.stated, drill.span) == ("inch 3.5, both zeros kept", False, (1, 2))
    assert "undefined tool" not in whats(drill)


@pytest.mark.parametrize(
    ("comment", "plated"),
    [
        (";TYPE=PLATED", "YES"), (";TYPE=NON_PLATED", "NO"), ("; #@! TF.FileFunction,NonPlated,1,2,NPTH", "NO"),
        ("; #@! TF.FileFunction,Plated,1,2,PTH", "YES"), ("; Contents: Thru / Drill / Non-Plated", "NO"),
        (";Layer: PTH_Through", "YES"), (";FILE : C:/NPTH/board.drl", "UNKNOWN"), ("; NON-PLATED HOLES START AT T1", "NO"),
        ("; THROUGH (PLATED) HOLES START AT T100", "UNKNOWN"), ("; #@! TF.FileFunction,MixedPlating,1,2", "UNKNOWN"),
    ],
)  # fmt: skip
def test_plating_by_comment(comment, plated):
    drill = read(f"M48\n{comment}\nMETRIC\nT1C0.5\n%\nT1\nX1.Y1.\nM30\n")
    assert (drill.plated.name, Cover(int(drill.hits.plated[0])).name) == (plated, plated)


def test_plating_by_tool():
    drill = read("; NON-PLATED HOLES START AT T1\n; THROUGH (PLATED) HOLES START AT T100\nM48\nMETRIC\nT1C3.2\nT100C0.8\n%\n"
                 "T1\nX1.Y1.\nT100\nX2.Y1.\nM30\n")  # fmt: skip
    assert (drill.hits.plated.tolist(), drill.plated) == ([Cover.NO, Cover.YES], Cover.UNKNOWN)
    drill = read("M48\nMETRIC\n;TYPE=PLATED\nT1C3.2\n;TYPE=NON_PLATED\nT2C0.8\n%\nT1\nX1.Y1.\nT2\nX2.Y1.\nM30\n")
    assert drill.hits.plated.tolist() == [Cover.YES, Cover.NO]
    drill = read(
        "M48\nMETRIC\n; #@! TA.AperFunction,Plated,PTH,ViaDrill\nT1C0.3\n; #@! TD\nT2C0.8\n%\nT1\nX1.Y1.\nT2\nX2.Y1.\nM30\n"
    )
    assert drill.hits.plated.tolist() == [Cover.YES, Cover.UNKNOWN]
    assert [t.function for t in drill.tools] == [("Plated", "PTH", "ViaDrill"), ()]


@pytest.mark.parametrize(
    ("comment", "name", "span"),
    [
        ("; #@! TF.FileFunction,Plated,1,2,Blind", "a.drl", (1, 2)),
        ("; #@! TF.FileFunction,Plated,2,3,Buried", "a-1-4.drl", (2, 3)),
        (";Layer pair (L1-L2)", "a.drl", (1, 2)), ("; Drill 1-2", "a.drl", (1, 2)), ("", "a-F_Cu-In1_Cu.drl", (1, 2)),
        ("", "a-In1_Cu-In2_Cu.drl", (2, 3)), ("", "a-front-in1.drl", (1, 2)), ("", "a-in2-in3.drl", (3, 4)),
        ("", "a-1-2.drl", None), ("", "a-PTH.drl", None), ("", "a-F_Cu-B_Cu.drl", None),
        (";FILE : board-1-10.drl for  ... layers TOP and BOTTOM", "a.drl", (1, 10)),
    ],
)  # fmt: skip
def test_span_by_words_and_names(comment, name, span):
    drill = read(f"M48\n{comment}\nMETRIC\nT1C0.5\n%\nT1\nX1.Y1.\nM30\n", name)
    assert (drill.span, whats(drill)) == (span, [])


def test_a_span_to_the_bottom_is_told():
    assert whats(read(MM + "T1\nX1000Y1000\nM30\n", "a-In2_Cu-B_Cu.drl")) == ["span not known"]


def test_line_ends_leaders_and_marks():
    text = MM + "T1\nX1000Y1000\nX2000Y1000\nM30\n"
    for data in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        "\0" * 64 + "\n" + text,
        "\ufeff" + text,
        text.rstrip("\n"),
    ):
        drill = read(data)
        assert (spots(drill), whats(drill)) == ([(1, -1), (2, -1)], [])
    assert spots(read(text.replace("\n", "$\n").replace("%$", "%"))) == [(1, -1), (2, -1)]
    offsets = read(text.replace("\n", "\r\n")).hits.offset
    assert [text.replace("\n", "\r\n")[i : i + 5] for i in offsets] == ["X1000", "X2000"]


def test_faults_are_of_the_documented_kinds():
    assert len(set(FAULTS)) == len(FAULTS)


ROUT = "%\nG90\nF1\nM16\nT01\nG00X0004990Y00254705\nG40\nM15\nG01X00008490Y00254705\nM16\nM30\n"
DRILLS = [
    MM + "T1\nX1Y1\nM30\n",
    "%\nT01\nX00130500Y00184500\nM30\n",
    ";LEADER: 12\n;HEADER:\n" + ROUT,
    "INCH,TZ\n%\nM48\nM72\nT01C0.0200\n%\nT01\nX7536Y4995\nM30\n",
    "M48\nMETRIC\nT1C0.3\n%\nM30\n",
    "T1C0.8\nX1.5Y2.5\nM30",
    "\0\0\0\nM48\r\nINCH,LZ\r\nT01C.02\r\n%\r\nT01\r\nX1Y1\r\nR9X1\r\nM30\r\n",
]
OTHERS = [
    "",
    "M30\n",
    "\x01\x02M48\n",
    "%FSLAX46Y46*%\n%MOMM*%\n%ADD10C,0.1*%\nD10*\nX1Y1D03*\nM02*\n",
    "G04 x*\nX100Y100D02*\nX200Y100D01*\nM02*\n",
    "NCDrill File Report For: a.PcbDoc\nT1  8mil (0.203mm)  Round  7  PTH\n",
    "Drills used:\n Code Size Used\n T01 0.0157inch 86\n",
    "Ref,Val,Package,PosX,PosY,Rot,Side\nC1,1u,0402,1.0,2.0,0,top\n",
    "Holes: see M48 and T1\n",
    "1.0 2.0\n3.0 4.0\n",
    "INTEGER-PLACES 3\nDECIMAL-PLACES 5\n",
    "P  CODE 00\n317GND  VIA  D  8PA00X+033125Y-059665X0157Y0157R000S3\n999\n",
]


@pytest.mark.parametrize("text", DRILLS)
def test_drill_files_are_known_by_their_content(text):
    assert looks_like_excellon(text.encode())


@pytest.mark.parametrize("text", OTHERS)
def test_other_files_are_not(text):
    assert not looks_like_excellon(text.encode())
