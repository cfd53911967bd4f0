"""Gerber files: lines, arcs, regions, polarity, copies, attributes, old and broken commands; values computed by hand."""

from math import pi

import numpy as np
import pytest
import shapely
from gerbers import HEAD, area, at, box, circle, read, whats

from dfmcheck.errors import DfmError
from dfmcheck.package import Form
from dfmcheck.read import gerber_polarity
from dfmcheck.read.gerber import looks_like_gerber, read_gerber
from dfmcheck.read.gerber_faults import WORDS

PEN = "%ADD10C,0.2*%\nD10*\n"
G75, CW, CCW = "G75*\n", "G02*\n", "G03*\n"


def ij(i, j):
    return f"I{round(i * 1e6)}J{round(j * 1e6)}"


def wkt(image):
    return [c.wkt for c in image.graphics.core]


def test_lines_points_and_flashes():
    image = read(PEN + at(1, 2, 2) + at(3, 2, 1) + at(3, 2, 1) + at(5, 5, 3))
    g = image.graphics
    assert wkt(image) == ["LINESTRING (1 -2, 3 -2)", "POINT (3 -2)", "POINT (5 -5)"]
    assert g.radius.tolist() == [0.1] * 3
    assert g.form.tolist() == [Form.LINE, Form.LINE, Form.FLASH]
    assert (g.x.tolist(), g.y.tolist()) == ([1, 3, 5], [-2, -2, -5])
    assert g.object.tolist() == [0, 1, 2]
    text = (HEAD + PEN + at(1, 2, 2)).encode()
    assert g.offset[0] == len(text)
    assert image.faults == ()
    assert (image.unit, image.resolution, image.x2, image.clear) == ("mm", 1e-6, False, 0)


def test_a_coordinate_that_is_not_said_stays():
    image = read(PEN + "X1000000Y2000000D02*\nX3000000D01*\nY5000000D01*\nD03*\nD01*\n")
    assert wkt(image) == ["LINESTRING (1 -2, 3 -2)", "LINESTRING (3 -2, 3 -5)", "POINT (3 -5)", "POINT (3 -5)"]


def test_arcs_go_the_way_they_say():
    quarter = read(PEN + G75 + CCW + at(1, 0, 2) + at(0, 1, 1, ij(-1, 0)))
    core = quarter.graphics.core[0]
    assert core.length == pytest.approx(pi / 2, abs=2e-3)
    assert shapely.get_coordinates(core)[[0, -1]].tolist() == [[1, 0], [0, -1]]
    rest = read(PEN + G75 + CW + at(1, 0, 2) + at(0, 1, 1, ij(-1, 0)))
    assert rest.graphics.core[0].length == pytest.approx(3 * pi / 2, abs=2e-3)
    distance = np.hypot(*shapely.get_coordinates(rest.graphics.core[0]).T)
    assert np.abs(distance - 1).max() < 1e-9
    middle = shapely.get_coordinates(shapely.segmentize(core, 1e-3))
    assert np.abs(np.hypot(*middle.T) - 1).max() < 2.1e-4, "the chord error of all our curves"


def test_an_arc_that_ends_where_it_starts():
    full = read(PEN + G75 + CCW + at(1, 0, 2) + at(1, 0, 1, ij(-1, 0)))
    assert full.graphics.core[0].length == pytest.approx(2 * pi, abs=4e-3)
    assert area(full) == pytest.approx(circle(2.2) - circle(1.8), rel=1e-3)
    none = read(PEN + "G74*\n" + CCW + at(1, 0, 2) + at(1, 0, 1, ij(1, 0)))
    assert wkt(none) == ["POINT (1 0)"], "nothing but the pen in single-quadrant mode"


def test_single_quadrant_arcs_take_the_centre_that_fits():
    # From (11, 6) to (7, 10), clockwise would need another centre: the four quadrants of one circle about (5, 5).
    for start, end in (((6, 5), (5, 6)), ((5, 6), (4, 5)), ((4, 5), (5, 4)), ((5, 4), (6, 5))):
        i, j = abs(5 - start[0]), abs(5 - start[1])
        image = read(PEN + "G74*\n" + CCW + at(*start, 2) + at(*end, 1, ij(i, j)))
        xy = shapely.get_coordinates(image.graphics.core[0])
        assert np.abs(np.hypot(xy[:, 0] - 5, xy[:, 1] + 5) - 1).max() < 1e-9
        assert image.graphics.core[0].length == pytest.approx(pi / 2, abs=2e-3)
        assert not image.faults
    bad = read(PEN + "G74*\n" + CCW + at(1, 0, 2) + at(-1, 0.001, 1, ij(1, 0)))
    assert "bad arc" in whats(bad)


def test_an_uneven_arc_is_noted_and_keeps_both_ends():
    image = read(PEN + G75 + CCW + at(1, 0, 2) + at(0, 1.2, 1, ij(-1, 0)))
    assert shapely.get_coordinates(image.graphics.core[0])[[0, -1]].tolist() == [[1, 0], [0, -1.2]]
    assert [(f.what, f.grave, f.line) for f in image.faults] == [("bad arc", True, 8)]


def test_regions():
    square = at(0, 0, 2) + at(4, 0, 1) + at(4, 4, 1) + at(0, 4, 1) + at(0, 0, 1)
    inner = at(1, 1, 2) + at(1, 2, 1) + at(2, 2, 1) + at(2, 1, 1) + at(1, 1, 1)
    image = read("G36*\n" + square + "G37*\n")
    assert (area(image), image.graphics.radius.tolist(), image.graphics.aperture.tolist()) == (16, [0], [-1])
    assert image.graphics.form.tolist() == [Form.REGION]
    assert image.graphics.offset.tolist() == [len(HEAD)], "the place of its G36"
    assert area(read("G36*\n" + square + inner + "G37*\n")) == 16, "contours of one region unite"
    apart = read("G36*\n" + square + at(9, 9, 2) + at(10, 9, 1) + at(10, 10, 1) + at(9, 9, 1) + "G37*\n")
    assert (area(apart), apart.graphics.object.tolist()) == (16.5, [0, 0])
    disc = read(G75 + "G36*\n" + at(1, 0, 2) + CCW + at(1, 0, 1, ij(-1, 0)) + "G01*\nG37*\n")
    assert area(disc) == pytest.approx(pi, rel=3e-4)
    half = read(G75 + "G36*\n" + at(1, 0, 2) + CCW + at(-1, 0, 1, ij(-1, 0)) + "G01*\n" + at(1, 0, 1) + "G37*\n")
    assert box(half) == pytest.approx((-1, -1, 1, 0), abs=2e-4)


def test_a_contour_with_a_slit_has_a_hole():
    points = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (1, 1), (1, 3), (3, 3), (3, 1), (1, 1), (0, 0)]
    image = read("G36*\n" + at(*points[0], 2) + "".join(at(x, y, 1) for x, y in points[1:]) + "G37*\n")
    assert area(image) == 12
    assert [len(c.interiors) for c in image.graphics.core] == [1]
    assert not image.faults


def test_faulty_regions_are_read_as_fabs_fill_them():
    bow = at(0, 0, 2) + at(2, 2, 1) + at(2, 0, 1) + at(0, 2, 1) + at(0, 0, 1)
    crossed = read("G36*\n" + bow + "G37*\n")
    assert (area(crossed), whats(crossed)) == (2, ["self-crossing region"])
    left_open = read("G36*\n" + at(0, 0, 2) + at(2, 0, 1) + at(2, 2, 1) + "G37*\n")
    assert (area(left_open), whats(left_open)) == (2, ["open region"])
    line = read("G36*\n" + at(0, 0, 2) + at(2, 0, 1) + at(0, 0, 1) + "G37*\n")
    assert (len(line.graphics), whats(line)) == (0, ["empty region"])
    flash = read(PEN + "G36*\n" + at(0, 0, 2) + at(2, 0, 1) + at(2, 2, 1) + at(9, 9, 3) + at(0, 0, 1) + "G37*\n")
    assert "bad region" in whats(flash)
    no_start = read(at(0, 0, 2) + "G36*\n" + at(2, 0, 1) + at(2, 2, 1) + at(0, 0, 1) + "G37*\n")
    assert area(no_start) == 2


def test_clear_objects_cut_what_came_before():
    big, small = "%ADD10C,4*%\n%ADD11C,2*%\n", at(0, 0, 3)
    image = read(big + "D10*\n" + small + at(9, 0, 3) + "%LPC*%\nD11*\n" + small + "%LPD*%\n%ADD12C,1*%\nD12*\n" + small)
    g = image.graphics
    assert area(image) == pytest.approx(2 * circle(4) - circle(2) + circle(1), rel=1e-4)
    assert (g.object.tolist(), g.radius.tolist(), image.clear) == ([0, 1, 2], [0, 2, 0.5], 1)
    assert g.core[1].wkt == "POINT (9 0)", "what is not touched stays a circle"
    gone = read(big + "D11*\n" + small + "%LPC*%\nD10*\n" + small)
    assert (len(gone.graphics), gone.clear) == (0, 1)
    split = read("%ADD10R,4X1*%\n%ADD11R,1X2*%\nD10*\n" + small + "%LPC*%\nD11*\n" + small)
    assert (area(split), split.graphics.object.tolist()) == (3, [0, 0])


def test_clear_regions_cut_regions():
    def square(x, y, size):
        corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
        return "G36*\n" + at(*corners[0], 2) + "".join(at(u, v, 1) for u, v in corners[1:]) + "G37*\n"

    image = read(square(0, 0, 4) + "%LPC*%\n" + square(1, 1, 2) + "%LPD*%\n" + square(2, 2, 0.5))
    assert area(image) == pytest.approx(16 - 4 + 0.25)
    beside = read(square(0, 0, 4) + "%LPC*%\n" + square(4, 0, 2))
    assert (area(beside), len(beside.graphics)) == (16, 1)


@pytest.mark.parametrize("many", [10**9, 0])
def test_many_alternations_equal_a_drawing_step_by_step(many, monkeypatch):
    monkeypatch.setattr(gerber_polarity, "_MANY", many)
    rng = np.random.default_rng(7)
    text, total = "%ADD10R,2X1*%\nD10*\n", shapely.Polygon()
    for k in range(200):
        x, y = np.round(rng.uniform(-6, 6, 2), 3)
        text += f"%LP{'CD'[k % 2]}*%\n" + at(x, y, 3)
        pad = shapely.box(x - 1, -y - 0.5, x + 1, -y + 0.5)
        total = shapely.union(total, pad) if k % 2 else shapely.difference(total, pad)
    image = read(text)
    assert area(image) == pytest.approx(total.area, rel=1e-9)
    assert shapely.symmetric_difference(shapely.union_all(image.graphics.core), total).area < 1e-6


def test_step_and_repeat_copies_clear_objects_too():
    body = "%ADD10C,2*%\n%ADD11C,1*%\n%SRX3Y2I5J4*%\nD10*\n" + at(0, 0, 3) + "%LPC*%\nD11*\n" + at(0, 0, 3) + "%LPD*%\n%SR*%\n"
    image = read(body + at(20, 0, 3))
    assert area(image) == pytest.approx(6 * (circle(2) - circle(1)) + circle(1), rel=1e-4)
    assert box(image) == pytest.approx((-1, -5, 20.5, 1), abs=1e-4)
    assert image.graphics.object.tolist() == list(range(7))
    assert image.clear == 6
    assert sorted(zip(image.graphics.x.tolist(), image.graphics.y.tolist()))[:3] == [(0, -4), (0, 0), (5, -4)]
    inches = read("%FSLAX24Y24*%\n%MOIN*%\n%ADD10C,0.1*%\nD10*\n%SRX2Y1I1J0*%\nX0Y0D03*\n%SRX1Y1I0J0*%\n", head="")
    assert inches.graphics.x.tolist() == [0, 25.4]


def test_block_apertures_are_placed_turned_mirrored_and_nested():
    block = "%ADD10C,1*%\n%ABD20*%\nD10*\n" + at(0, 0, 3) + at(2, 0, 3) + "%AB*%\n"
    image = read(block + "D20*\n" + at(10, 0, 3) + "%LR90*%\n" + at(20, 0, 3) + "%LR0*%\n%LMX*%\n" + at(30, 0, 3))
    assert [c.wkt for c in image.graphics.core] == [
        "POINT (10 0)", "POINT (12 0)", "POINT (20 0)", "POINT (20 -2)", "POINT (30 0)", "POINT (28 0)",
    ]  # fmt: skip
    assert image.graphics.object.tolist() == list(range(6))
    assert [a.shape for a in image.apertures] == ["circle", "block"]
    outer = "%ABD21*%\nD20*\n" + at(0, 0, 3) + at(0, 5, 3) + "%AB*%\nD21*\n%LS2*%\n" + at(100, 0, 3)
    nested = read(block + outer)
    assert sorted((c.x, c.y) for c in nested.graphics.core) == [(100, -10), (100, 0), (104, -10), (104, 0)]
    assert set(nested.graphics.radius.tolist()) == {1}
    inside = read(
        block.replace("%AB*%\n", "%ABD30*%\nD10*\n" + at(0, 1, 3) + "%AB*%\nD30*\n" + at(0, 0, 3) + "%AB*%\n")
        + "D20*\n"
        + at(5, 0, 3)
    )
    assert sorted((c.x, c.y) for c in inside.graphics.core) == [(5, -1), (5, 0), (7, 0)]


def test_a_clear_block_turns_its_polarities_over():
    block = "%ADD10C,4*%\n%ADD11C,2*%\n%ABD20*%\nD10*\n" + at(0, 0, 3) + "%LPC*%\nD11*\n" + at(0, 0, 3) + "%LPD*%\n%AB*%\n"
    image = read("%ADD12R,10X10*%\n" + block + "D12*\n" + at(0, 0, 3) + "%LPC*%\nD20*\n" + at(0, 0, 3))
    assert area(image) == pytest.approx(100 - circle(4) + circle(2), rel=1e-4)


def test_attributes_are_kept_on_flashes_lines_and_regions():
    body = (
        "%TF.FileFunction,Copper,L1,Top*%\n%TA.AperFunction,ComponentPad*%\n%ADD10C,1*%\n%TD*%\n%ADD11C,0.2*%\nD10*\n"
        "%TO.P,U1,3,A\\u002Cb\\u00e9*%\n%TO.N,GND*%\n%TO.C,U1*%\n" + at(0, 0, 3) + "%TD.P*%\nD11*\n" + at(0, 0, 2) + at(5, 0, 1)
        + "%TD*%\n%TA.AperFunction,Conductor*%\n%TO.N,VCC*%\n"
        + "G36*\n" + at(0, 0, 2) + at(2, 0, 1) + at(2, 2, 1) + at(0, 0, 1) + "G37*\n"
        + "%TD*%\nD10*\n" + at(9, 9, 3)
    )  # fmt: skip
    image = read(body)
    sets = [dict(image.attributes[k]) for k in image.graphics.attributes]
    assert sets == [
        {".P": ("U1", "3", "A,bé"), ".N": ("GND",), ".C": ("U1",)},
        {".N": ("GND",), ".C": ("U1",)},
        {".AperFunction": ("Conductor",), ".N": ("VCC",)},
        {},
    ]
    assert image.attributes[0] == {}
    assert image.file == {".FileFunction": ("Copper", "L1", "Top")}
    assert [a.function for a in image.apertures] == [("ComponentPad",), ()]
    assert image.x2


def test_a_pad_of_another_object_does_not_stay_on_the_next_part():
    region = "G36*\n" + at(0, 0, 2) + at(2, 0, 1) + at(2, 2, 1) + at(0, 0, 1) + "G37*\n"
    body = (
        "%ADD10C,1*%\nD10*\n%TO.P,Q6,2*%\n%TO.N,A*%\n" + at(0, 0, 3)
        + "%TO.N,B*%\n%TO.C,Q6*%\n" + region  # another land of the same part
        + "%TD*%\n%TO.P,Q6,3*%\n%TO.N,B*%\n" + at(5, 0, 3)
        + "%TO.N,C*%\n%TO.C,C28*%\n" + region
        + "%TD*%\n%TO.P,C28,1*%\nD10*\n%TO.C,C28*%\n" + at(9, 0, 3)  # nothing drawn in between: the part of this pad
    )  # fmt: skip
    image = read(body)
    assert [dict(image.attributes[k]) for k in image.graphics.attributes] == [
        {".P": ("Q6", "2"), ".N": ("A",)},
        {".N": ("B",), ".C": ("Q6",)},
        {".P": ("Q6", "3"), ".N": ("B",)},
        {".N": ("C",), ".C": ("C28",)},
        {".P": ("C28", "1"), ".C": ("C28",)},
    ]


def test_attributes_in_comments():
    image = read(
        "G04 #@! TF.FileFunction,Soldermask,Bot*\nG04 #@! TO.N,A*\n" + PEN + at(0, 0, 3) + "G04 a % sign, G36 and X0Y0D03*\n"
    )
    assert (image.file, image.x2) == ({".FileFunction": ("Soldermask", "Bot")}, False)
    assert image.attributes[image.graphics.attributes[0]] == {".N": ("A",)}
    assert len(image.graphics) == 1


@pytest.mark.parametrize(
    ("head", "x", "y"),
    [
        ("%FSLAX24Y24*%%MOIN*%", "10000", "-5000"),
        ("%FSTAX24Y24*%%MOIN*%", "01", "-005"),
        ("%FSLAX33Y33*%%MOMM*%", "25400", "-12700"),
        ("%FSLAX24Y24*%\r\nG70*\r\n", "10000", "-5000"),
        ("%FSLAX33Y33*%\rG71*\r", "25400", "-12700"),
        ("%FSLAX24Y24*MOIN*%", "+10000", "-005000"),
        ("\ufeff%FSLAX24Y24*%%MOIN*%", "1.0", "-.5"),
    ],
)
def test_number_formats(head, x, y):
    text = head + f"%ADD10C,0.01*%D10*X{x}Y{y}D03*M02*"
    g = read_gerber(text.encode("utf-8"), "a.gbr").graphics
    assert (g.x.tolist(), g.y.tolist()) == ([25.4], [12.7])


def test_incremental_coordinates():
    image = read(
        "%FSLIX33Y33*%\n%MOMM*%\n" + PEN + "X1000Y1000D02*\nX2000D01*\nY500D01*\nG90*\nX0Y0D03*\nG91*\nX1000D03*\n", head=""
    )
    assert wkt(image) == ["LINESTRING (1 -1, 3 -1)", "LINESTRING (3 -1, 3 -1.5)", "POINT (0 0)", "POINT (1 0)"]


def test_old_commands():
    image = read(
        "%ADD10C,0.2*%\nG54D10*\nG01X0Y0D02*\nX1000000D01*\nX2000000*\nG55X5000000D03*\nX6000000*\nM01*\nD02*\nM00*\n", end=""
    )
    assert [c.geom_type for c in image.graphics.core] == ["LineString", "LineString", "Point", "Point"]
    assert set(whats(image)) == {"deprecated command", "modal operation"}
    assert not any(f.grave for f in image.faults)
    named = read("%INboard*%\n%IPNEG*%\n" + PEN + at(0, 0, 3))
    assert (named.name, named.negative) == ("board", True)


@pytest.mark.parametrize(
    ("command", "bounds"),
    [
        ("%MIA1B0*%", (-4, -2, -1, -1)),
        ("%MIB1*%", (1, 1, 4, 2)),
        ("%SFA2B2*%", (2, -4, 8, -2)),
        ("%SFA2B1*%", (2, -2, 8, -1)),
        ("%OFA10B-1*%", (11, -1, 14, 0)),
        ("%IR90*%", (-2, -4, -1, -1)),
        ("%ASAYBX*%", (1, -4, 2, -1)),
        ("%ASAXBY*%", (1, -2, 4, -1)),
    ],
)
def test_commands_that_move_the_image(command, bounds):
    image = read(f"{command}\nG36*\n" + at(1, 1, 2) + at(4, 1, 1) + at(4, 2, 1) + at(1, 2, 1) + at(1, 1, 1) + "G37*\n")
    assert box(image) == bounds
    assert any(f.grave for f in image.faults) == (command != "%ASAXBY*%")


def test_a_line_drawn_with_a_rectangle_sweeps_it():
    image = read("%ADD10R,2X1*%\nD10*\n" + at(0, 0, 2) + at(10, 0, 1) + at(20, 0, 2) + at(23, 4, 1) + at(30, 0, 2) + at(30, 0, 1))
    # the swept area of a box along (dx, dy): w h + |dx| h + |dy| w
    assert shapely.area(image.graphics.core).tolist() == pytest.approx([2 + 10, 2 + 3 + 8, 2])
    assert [(f.what, f.grave) for f in image.faults] == [("draw with this aperture", False)]
    oval = read("%ADD10O,3X1*%\nD10*\n" + at(0, 0, 2) + at(0, 5, 1))
    assert area(oval) == pytest.approx(3 * 5 + circle(1) + 2, rel=1e-3)
    assert [(f.what, f.grave) for f in oval.faults] == [("draw with this aperture", True)]


@pytest.mark.parametrize(
    ("body", "what", "objects"),
    [
        ("D11*\n" + at(0, 0, 3) + "D10*\n" + at(1, 0, 3), "undefined aperture", 1),
        ("%FOO*%\n" + at(0, 0, 3), "unknown command", 1),
        ("G77*\n" + at(0, 0, 3), "unknown command", 1),
        ("%LPX*%\n" + at(0, 0, 3), "malformed command", 1),
        ("%LPD%\n" + at(0, 0, 3), "malformed command", 1),
        ("%LPD*\n" + at(0, 0, 3), "malformed command", 1),
        ("hello*\n" + at(0, 0, 3), "malformed command", 1),
        (at(0, 0, 3).replace("*", "") + at(1, 0, 3), "malformed command", 2),
        ("\xe4\xf6*\n" + at(0, 0, 3), "non-ASCII text", 1),
        (at(0, 0, 3) + "M02*\n" + at(5, 5, 3), "data after M02", 1),
        ("%AB*%\n" + at(0, 0, 3), "bad block", 1),
        ("%SRX0Y2I1J1*%\n" + at(0, 0, 3), "bad block", 1),
    ],
)
def test_faults_do_not_stop_the_reader(body, what, objects):
    image = read(PEN + body)
    assert what in whats(image)
    assert len(image.graphics) == objects
    assert all(f.what in WORDS for f in image.faults)


def test_lines_of_faults_and_missing_ends():
    cut = read(PEN + at(0, 0, 3), end="")
    assert [(f.what, f.grave) for f in cut.faults] == [("no M02", True)]
    undefined = read(PEN + "D77*\n" + at(0, 0, 3) + at(0, 0, 3))
    assert [(f.what, f.line, f.message) for f in undefined.faults] == [
        ("undefined aperture", 6, "D77 is used but not defined (2 times)")
    ]
    plain = read("G90*\nG70*\nD10*\nX100Y100D03*\nX200Y100D03*\n", head="")
    assert {"no apertures", "undefined aperture", "no format"} <= set(whats(plain))
    no_unit = read("%FSLAX24Y24*%\n%ADD10C,0.01*%\nD10*\nX10000Y0D03*\n", head="")
    assert (no_unit.graphics.x.tolist(), whats(no_unit)) == ([25.4], ["no unit"])


def test_several_commands_within_one_pair_of_percent_signs_and_lower_case():
    image = read("%fslax23y23*\nmomm*add10c,0.5*lpd*%\nd10*\ng01*\nx1000y1000d02*\nx2000d01*\n", head="", end="m02*")
    assert (wkt(image), image.graphics.radius.tolist(), image.faults) == (["LINESTRING (1 -1, 2 -1)"], [0.25], ())


def test_what_is_a_gerber_file():
    assert looks_like_gerber((HEAD + "M02*").encode())
    assert looks_like_gerber(b"G90*\nG70*\nD10*\nX100Y100D02*\nX200Y100D01*\nM02*\n")
    for other in (
        b"",
        b"M48\nMETRIC\nT1C0.3\n%\nT1\nX1Y1\nM30\n",
        b"(kicad_pcb (version 1))",
        b"\x89PNG\r\n" * 50,
        b"a * b * c * d\n",
    ):
        assert not looks_like_gerber(other)
        with pytest.raises(DfmError, match="no Gerber file"):
            read_gerber(other, "x.bin")


def test_kicad_coordinates_come_back_exactly():
    image = read(PEN + "X95250000Y-158496000D03*\nX109899996Y-125580001D03*\n")
    assert wkt(image) == ["POINT (95.25 158.496)", "POINT (109.899996 125.580001)"]
