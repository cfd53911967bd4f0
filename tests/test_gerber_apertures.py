"""Standard apertures, holes and every macro primitive: areas and sizes computed by hand."""

from math import cos, nan, radians, sin, sqrt

import numpy as np
import pytest
import shapely
from gerbers import area, at, box, circle, flash, macro, read, whats

ROUNDRECT = """4,1,4,$2,$3,$4,$5,$6,$7,$8,$9,$2,$3,0*
1,1,$1+$1,$2,$3*
1,1,$1+$1,$4,$5*
1,1,$1+$1,$6,$7*
1,1,$1+$1,$8,$9*
20,1,$1+$1,$2,$3,$4,$5,0*
20,1,$1+$1,$4,$5,$6,$7,0*
20,1,$1+$1,$6,$7,$8,$9,0*
20,1,$1+$1,$8,$9,$2,$3,0*"""


def only(image):
    assert len(image.graphics) == 1
    a = image.apertures[0]
    return (
        image.graphics.core[0],
        float(image.graphics.radius[0]),
        (a.shape, round(a.width, 6), round(a.height, 6), round(a.angle, 6)),
    )


def test_standard_apertures_are_a_core_and_a_radius():
    core, radius, what = only(flash("C,1.5", 3, 4))
    assert (core.wkt, radius, what) == ("POINT (3 -4)", 0.75, ("circle", 1.5, 1.5, 0))
    core, radius, what = only(flash("R,3X1", 10, -2))
    assert (box(flash("R,3X1", 10, -2)), radius, what) == ((8.5, 1.5, 11.5, 2.5), 0, ("rect", 3, 1, 0))
    core, radius, what = only(flash("O,3X1", 10, -2))
    assert (core.wkt, radius, what) == ("LINESTRING (9 2, 11 2)", 0.5, ("oval", 3, 1, 0))
    core, radius, what = only(flash("O,1X1"))
    assert (core.wkt, radius, what[0]) == ("POINT (0 0)", 0.5, "oval")
    core, radius, what = only(flash("P,2X6X90"))
    assert core.area == pytest.approx(6 * sqrt(3) / 4)
    assert what[0] == "custom"
    assert np.isclose(shapely.get_coordinates(core), (0, -1)).all(axis=1).any(), "the first corner is turned up by 90 degrees"


@pytest.mark.parametrize(
    ("aperture", "expected", "drill"),
    [
        ("C,2X1", circle(2) - circle(1), 1),
        ("C,2X1X0.5", circle(2) - 0.5, 1),
        ("R,3X2X1", 6 - circle(1), 1),
        ("R,3X2X1X0.5", 6 - 0.5, 1),
        ("O,3X2X1", circle(2) + 2 - circle(1), 1),
        ("P,2X4X0X0.5", 2 - circle(0.5), 0.5),
        ("C,2", circle(2), nan),
    ],
)
def test_holes_leave_their_area_out(aperture, expected, drill):
    image = flash(aperture)
    assert area(image) == pytest.approx(expected, rel=2e-4)
    assert image.apertures[0].drill == pytest.approx(drill, nan_ok=True)
    assert not image.faults


def test_a_hole_is_no_clear_area():
    below = read("%ADD10R,1X1*%\n%ADD11C,3X2*%\nD10*\n" + at(0, 0, 3) + "D11*\n" + at(0, 0, 3))
    assert area(below) == pytest.approx(circle(3) - circle(2) + 1, rel=2e-4)


@pytest.mark.parametrize(
    ("body", "expected", "bounds"),
    [
        ("1,1,2,1,3*", circle(2), (0, -4, 2, -2)),
        ("1,1,2,1,0,90*", circle(2), (-1, -2, 1, 0)),
        ("2,1,0.5,0,0,2,0,0*", 1, (0, -0.25, 2, 0.25)),
        ("20,1,0.5,0,0,2,0,90*", 1, (-0.25, -2, 0.25, 0)),
        ("21,1,3,1,1,2,0*", 3, (-0.5, -2.5, 2.5, -1.5)),
        ("22,1,3,1,1,2,0*", 3, (1, -3, 4, -2)),
        ("21,1,2,2,0,0,45*", 4, (-sqrt(2), -sqrt(2), sqrt(2), sqrt(2))),
        ("4,1,3,0,0,2,0,0,2,0,0,0*", 2, (0, -2, 2, 0)),
        ("4,1,3,0,0,2,0,0,2,0,0,90*", 2, (-2, -2, 0, 0)),
        ("5,1,4,1,0,2,0*", 2, (0, -1, 2, 1)),
        ("5,1,4,0,0,2,45*", 2, (-sqrt(0.5), -sqrt(0.5), sqrt(0.5), sqrt(0.5))),
        ("7,0,0,2,1,0.2,0*", None, (-sqrt(0.99), -sqrt(0.99), sqrt(0.99), sqrt(0.99))),
    ],
)
def test_macro_primitives(body, expected, bounds):
    image = macro(body)
    if expected is not None:
        assert area(image) == pytest.approx(expected, rel=1e-4)
    assert box(image) == pytest.approx(bounds, abs=2e-4)
    assert not image.faults


def test_thermal_and_moire():
    def sector(r, half):  # area of a disc of radius r within a band of half width about its middle
        return 2 * (half * sqrt(r * r - half * half) + r * r * np.arcsin(half / r))

    thermal = macro("7,0,0,2,1,0.2,45*")
    band = 2 * (sector(1, 0.1) - sector(0.5, 0.1))  # both bands meet inside the hole
    assert area(thermal) == pytest.approx(circle(2) - circle(1) - band, rel=1e-4)
    assert len(thermal.graphics) == 4
    assert len(set(thermal.graphics.object.tolist())) == 1
    moire = macro("6,0,0,5,0.5,0.5,2,0.1,6,0*")
    ring = circle(5) - circle(4) + circle(3) - circle(2)
    cross = 2 * 6 * 0.1 - 0.01
    covered = 4 * 0.1 * 1.0  # of the bars, four arms of two rings of 0.5
    assert area(moire) == pytest.approx(ring + cross - covered, rel=1e-3)
    assert area(macro("6,0,0,2,0.6,0.1,5,0,0,0*")) == pytest.approx(circle(2) - circle(0.8) + circle(0.6), rel=1e-3)


def test_exposure_off_cuts_the_macro_and_nothing_else():
    image = macro("21,1,4,4,0,0,0*1,0,2,0,0*1,1,1,0,0*")
    assert area(image) == pytest.approx(16 - circle(2) + circle(1), rel=1e-4)
    text = "%AMM*21,1,4,4,0,0,0*1,0,2,0,0*%\n%ADD10C,1*%\n%ADD11M*%\nD10*\n" + at(0, 0, 3) + "D11*\n" + at(0, 0, 3)
    assert area(read(text)) == pytest.approx(16 - circle(2) + circle(1), rel=1e-4)


def test_variables_and_expressions():
    body = "$3=$1x2*$4=($1+$2)/2-1*$1=$1+0.5*0 comment 1,1,9*21,1,$3,$4,0,0,0*1,1,$1,10,-$2*21,1,-(-1)X2,1,20,+0,$9*"
    image = macro(body, "2X4")
    parts = shapely.area(image.graphics.core)
    assert sorted(np.round(parts, 6)) == [0, 2, 8]  # 4 x 2, the point of the circle, 2 x 1
    assert image.graphics.radius.max() == 1.25
    assert (10, 4) in [(c.x, c.y) for c in image.graphics.core if c.geom_type == "Point"]
    for text, value in (("1+2x3", 7), ("(1+2)x3", 9), ("8/4/2", 1), ("-2+5", 3), ("2x-3+9", 3), ("7-2-1", 4), ("$9+2", 2)):
        assert macro(f"1,1,{text},0,0*").apertures[0].width == pytest.approx(value), text


def test_kicad_roundrect_is_a_rectangle_with_a_radius():
    body = ROUNDRECT
    core, radius, what = only(macro(body, "0.25X-0.4X-0.625X0.4X-0.625X0.4X0.625X-0.4X0.625X0"))
    assert (radius, core.bounds) == (0.25, (-0.4, -0.625, 0.4, 0.625))
    assert what == ("roundrect", 1.3, 1.75, 0)
    c, s = cos(radians(30)), sin(radians(30))
    corners = [(x * c - y * s, x * s + y * c) for x, y in ((-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5))]
    values = "X".join(f"{v:.6f}" for point in corners for v in point)
    core, radius, what = only(macro(body, f"0.2X{values}X0"))
    assert what[0] == "roundrect"
    assert what[1:] == pytest.approx((2.4, 1.4, 30), abs=1e-4)


@pytest.mark.parametrize(
    ("body", "shape", "width", "height", "radius"),
    [
        ("21,1,3,1,0,0,0*21,1,2,2,0,0,0*1,1,1,1,0.5*1,1,1,-1,0.5*1,1,1,1,-0.5*1,1,1,-1,-0.5*", "roundrect", 3, 2, 0.5),
        ("20,1,1,-1,0,1,0,0*1,1,1,-1,0*1,1,1,1,0*", "oval", 3, 1, 0.5),
        ("21,1,2,1,0,0,0*1,1,1,-1,0*1,1,1,1,0*", "oval", 3, 1, 0.5),
        ("20,1,1,0,-1,0,1,0*1,1,1,0,-1*1,1,1,0,1*", "oval", 1, 3, 0.5),
        ("1,1,1,0,0*", "circle", 1, 1, 0.5),
        ("21,1,3,1,0,0,0*", "rect", 3, 1, 0),
        ("4,1,4,-1,-1,1,-1,1,1,-1,1,-1,-1,0*", "rect", 2, 2, 0),
    ],
)
def test_macros_that_make_one_plain_shape(body, shape, width, height, radius):
    _, found, what = only(macro(body))
    assert (what, found) == ((shape, width, height, 0), radius)


@pytest.mark.parametrize(
    "body",
    [
        "21,1,3,1,0,0,0*21,1,2,2,0,0,0*1,1,1,1,0.5*1,1,1,-1,0.5*1,1,1,1,-0.5*",  # a corner is missing
        "21,1,3,1,0,0,0*21,1,2,2,0,0,0*1,1,1,1,0.5*1,1,1,-1,0.5*1,1,1,1,-0.5*1,1,0.9,-1,-0.5*",  # a corner is smaller
        "21,1,1.9,1,0,0,0*1,1,1,-1,0*1,1,1,1,0*",  # the bar ends short of the circles' widest place
        "21,1,2,1.1,0,0,0*1,1,1,-1,0*1,1,1,1,0*",  # the bar is wider than the circles
    ],
)
def test_macros_that_only_look_like_a_plain_shape(body):
    image = macro(body)
    assert image.apertures[0].shape == "custom" or len(image.graphics) > 1
    assert len(set(image.graphics.object.tolist())) == 1


def test_macro_outline_with_a_slit_has_a_hole():
    ring = "0,0,4,0,4,4,0,4,0,0,1,1,1,3,3,3,3,1,1,1,0,0"
    image = macro(f"4,1,10,{ring},0*")
    assert area(image) == 12
    assert len(image.graphics.core[0].interiors) == 1


def test_macro_units_follow_the_file():
    inch = "%FSLAX25Y25*%\n%MOIN*%\n%AMM*1,1,$1,0.1,0*%\n%ADD10M,0.05*%\nD10*\nX100000Y0D03*\nM02*\n"
    image = read(inch, head="", end="")
    assert box(image) == (27.305, -0.635, 28.575, 0.635)


def test_transformations_mirror_then_turn_then_scale():
    shape = "%AMM*4,1,3,0,0,2,0,0,1,0,0,0*%\n%ADD10M*%\nD10*\n"
    for change, bounds in (
        ("", (0, -1, 2, 0)),
        ("%LMX*%\n", (-2, -1, 0, 0)),
        ("%LMY*%\n", (0, 0, 2, 1)),
        ("%LMXY*%\n", (-2, 0, 0, 1)),
        ("%LR90*%\n", (-1, -2, 0, 0)),
        ("%LS0.5*%\n", (0, -0.5, 1, 0)),
        ("%LMX*%\n%LR90*%\n%LS2*%\n", (-2, 0, 0, 4)),
        ("%LR90*%\n%LR0*%\n", (0, -1, 2, 0)),
    ):
        image = read(shape + change + at(0, 0, 3))
        assert box(image) == bounds, change
    image = read("%ADD10C,1*%\nD10*\n%LS2*%\n" + at(0, 0, 2) + at(5, 0, 1))
    assert image.graphics.radius.tolist() == [1.0], "a line is drawn with the scaled circle"
    assert read("%ADD10R,2X1*%\nD10*\n%LR30*%\n" + at(0, 0, 3)).graphics.angle.tolist() == [30]


def test_what_is_wrong_with_apertures_is_told():
    assert whats(flash("Q,1")) == ["bad aperture"]
    assert whats(flash("R,1")) == ["bad aperture"]
    assert whats(flash("C,-1")) == ["bad aperture"]
    assert set(whats(flash("C,x2"))) == {"bad aperture"}
    assert whats(macro("1,1,2*9,1*")) == ["bad macro"]
    assert whats(macro("1,1,1/0,0,0*")) == ["bad macro"]
    assert whats(macro("1,1,(1,0,0*1,1,1,0,0*")) == ["bad macro"]
    assert whats(macro("4,1,9,0,0,1,0,1,1,0,0,0*")) == ["bad macro"]
