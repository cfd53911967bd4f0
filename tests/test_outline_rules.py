"""What the rules of the outline say: open, drawn twice, too small, too narrow to rout, too narrow to hold."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from small_boards import arc, board, circle, findings, footprint, hole, line, places, rect, tht

from dfmcheck.strips import strips

SQUARE = line(0, 0, 20, 0), line(20, 0, 20, 20), line(20, 20, 0, 20), line(0, 20, 0, 0)


def severities(found):
    return [f.severity for f in found]


# -- outline-open --------------------------------------------------------------------------------------------------------


def test_a_closed_outline_passes_and_counts_its_lines():
    found, row = findings(board(*SQUARE), "outline-open")
    assert found == []
    assert (row.status, row.checked) == ("passed", 4)


def test_gaps_are_one_error_with_all_their_places():
    design = board(line(0.02, 0, 20, 0), line(20, 0, 20, 20), line(20, 20.03, 0, 20.03), line(0, 20, 0, 0))
    (finding,), _ = findings(design, "outline-open")
    assert finding.severity == "error"
    assert [round(p.measured, 6) for p in finding.places] == [0.03, 0.03, 0.02]
    assert (finding.places[-1].x, finding.places[-1].y) == pytest.approx((0.01, 0))
    assert {i.line for i in finding.places[-1].items} == {5, 8}
    assert "0.030 mm" in finding.message


def test_the_tolerance_is_a_parameter():
    design = board(line(0.02, 0, 20, 0), *SQUARE[1:])
    assert findings(design, "outline-open", join_tol="0.05 mm")[0] == []
    assert severities(findings(design, "outline-open")[0]) == ["error"]


def test_no_outline_at_all_is_an_error():
    found, row = findings(board(rect(0, 0, 5, 5, "F.SilkS")), "outline-open")
    assert severities(found) == ["error"]
    assert "nothing is drawn" in found[0].message
    assert row.checked == 0


def test_a_scoring_line_is_a_query_but_an_open_board_an_error():
    assert severities(findings(board(*SQUARE, line(10, 0, 10, 20)), "outline-open")[0]) == ["warning"]
    assert severities(findings(board(*SQUARE[:2], line(5, 5, 9, 5)), "outline-open")[0]) == ["error", "error"]


def test_two_boards_in_one_file_are_a_note():
    found, _ = findings(board(*SQUARE, rect(30, 0, 40, 10)), "outline-open")
    assert severities(found) == ["note"]
    assert "2 separate boards" in found[0].message


# -- outline-duplicate ---------------------------------------------------------------------------------------------------


def test_a_side_drawn_twice_is_told_once_with_both_lines():
    (finding,), _ = findings(board(*SQUARE, line(20, 0, 0, 0)), "outline-duplicate")
    assert finding.severity == "warning"
    assert [i.line for i in finding.places[0].items] == [5, 9]


def test_a_frame_beside_the_outline_is_told_but_a_copy_on_it_is_not():
    outline = rect(0, 0, 30, 20)
    assert findings(board(outline, rect(0, 0, 30, 20, "F.SilkS")), "outline-duplicate")[0] == []
    assert findings(board(outline, rect(1, 1, 29, 19, "F.SilkS")), "outline-duplicate")[0] == []
    (finding,), _ = findings(board(outline, rect(0.2, 0.2, 29.8, 19.8, "F.SilkS")), "outline-duplicate")
    assert finding.severity == "note"
    assert finding.places[0].measured == pytest.approx(0.2)
    assert findings(board(outline, rect(0.2, 0.2, 29.8, 19.8, "F.Cu")), "outline-duplicate")[0][0].severity == "warning"


# -- board-size ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "breached"),
    [
        ((4, 4), {"fab_min": "error", "smt_line_min": "note"}),
        ((20, 20), {"smt_line_min": "note"}),
        ((60, 300), {}),
        ((300, 600), {"fab_max_long": "error", "smt_line_max": "warning"}),
        ((450, 450), {"fab_max_short": "error"}),
    ],
)
def test_board_sizes(size, breached):
    limits = {"fab_min": "10 mm", "fab_max_long": "500 mm", "fab_max_short": "400 mm"}
    limits |= {"smt_line_min": "50 mm", "smt_line_max": "460 mm"}
    found, _ = findings(board(rect(0, 0, *size)), "board-size", **limits)
    assert {f.places[0].param: f.severity for f in found} == breached
    for f in found:
        longer = f.places[0].param in ("fab_max_long", "smt_line_max")
        assert f.places[0].measured == pytest.approx(max(size) if longer else min(size))


# -- cutout-geometry -----------------------------------------------------------------------------------------------------


def slot(x0, x1, y, width):
    """A routed slot with round ends."""
    r = width / 2
    return (
        line(x0, y - r, x1, y - r),
        arc((x1, y - r), (x1 + r, y), (x1, y + r)),
        line(x1, y + r, x0, y + r),
        arc((x0, y + r), (x0 - r, y), (x0, y - r)),
    )


@pytest.mark.parametrize(("width", "told"), [(1.0, True), (1.599, True), (1.6, False), (2.4, False)])
def test_width_of_a_slot(width, told):
    found = places(board(rect(0, 0, 30, 20), *slot(5, 15, 8, width)), "cutout-geometry", cutter="1.6 mm")
    assert [p.measured for p in found] == ([pytest.approx(width, abs=1e-3)] if told else [])


def test_width_of_a_cutout_without_parallel_sides_is_that_of_its_largest_circle():
    # A right-angled triangle with sides 3, 4, 5 has an inscribed circle of radius 1.
    triangle = line(5, 5, 9, 5), line(9, 5, 5, 8), line(5, 8, 5, 5)
    (place,) = places(board(rect(0, 0, 30, 20), *triangle), "cutout-geometry", cutter="2.5 mm")
    assert place.measured == pytest.approx(2, abs=1e-3)
    assert (place.x, place.y) == pytest.approx((6, 6), abs=0.01)


def test_drilled_circles_have_no_width_but_notches_and_gaps_between_boards_have():
    assert places(board(rect(0, 0, 30, 20), circle(5, 5, 0.4)), "cutout-geometry", cutter="1.6 mm") == []
    notch = [(0, 0), (10, 0), (10, 5), (11, 5), (11, 0), (30, 0), (30, 20), (0, 20), (0, 0)]
    (place,) = places(board(*(line(*a, *b) for a, b in pairwise(notch))), "cutout-geometry", cutter="1.6 mm")
    assert place.measured == pytest.approx(1)
    (place,) = places(board(rect(0, 0, 30, 20), rect(31.2, 0, 50, 20)), "cutout-geometry", cutter="1.6 mm")
    assert place.measured == pytest.approx(1.2)


def test_sharp_inside_corners_are_one_softer_finding_and_outside_corners_none():
    found, _ = findings(board(rect(0, 0, 30, 20), rect(5, 5, 10, 10)), "cutout-geometry", corner_radius="0.4 mm")
    assert [(f.severity, f.count) for f in found] == [("note", 4)]
    assert {(p.x, p.y) for p in found[0].places} == {(5, 5), (10, 5), (10, 10), (5, 10)}


@pytest.mark.parametrize(("radius", "told"), [(0.3, True), (0.399, True), (0.401, False), (1.0, False)])
def test_radius_of_inside_corners(radius, told):
    r, k = radius, radius * (1 - np.sqrt(0.5))
    x0, y0, x1, y1 = 5, 5, 12, 10
    cutout = (
        line(x0 + r, y0, x1 - r, y0), arc((x1 - r, y0), (x1 - k, y0 + k), (x1, y0 + r)),
        line(x1, y0 + r, x1, y1 - r), arc((x1, y1 - r), (x1 - k, y1 - k), (x1 - r, y1)),
        line(x1 - r, y1, x0 + r, y1), arc((x0 + r, y1), (x0 + k, y1 - k), (x0, y1 - r)),
        line(x0, y1 - r, x0, y0 + r), arc((x0, y0 + r), (x0 + k, y0 + k), (x0 + r, y0)),
    )  # fmt: skip
    found = places(board(rect(0, 0, 30, 20), *cutout), "cutout-geometry", corner_radius="0.4 mm")
    assert [p.measured for p in found] == ([pytest.approx(radius, abs=1e-3)] * 4 if told else [])


# -- board-web -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "told"), [(0.999, True), (1.0, False), (1.001, False)])
def test_strip_between_two_slots(width, told):
    design = board(rect(0, 0, 40, 20), rect(10, 5, 25, 8), rect(10, 8 + width, 25, 12))
    found = places(design, "board-web", web_min="1.0 mm")
    assert [p.measured for p in found] == ([pytest.approx(width, abs=1e-6)] if told else [])
    if told:
        assert 8 < found[0].y < 9
        assert "15.000 mm long" in found[0].detail
        assert sorted(i.line for i in found[0].items) == [6, 7]


def test_a_strip_may_be_too_thin_for_the_board_or_too_slender():
    design = board(rect(0, 0, 40, 20), rect(10, 5, 25, 8), rect(10, 9.25, 25, 12))
    (thin,) = places(design, "board-web", web_min="1.0 mm", web_min_x_thickness="1.0")
    assert (thin.param, thin.measured) == ("web_min_x_thickness", pytest.approx(1.25 / 1.6))
    (slender,) = places(design, "board-web", web_min="1.0 mm", slender_ratio_max="10")
    assert (slender.param, slender.measured) == ("slender_ratio_max", pytest.approx(12))
    assert places(design, "board-web", web_min="1.0 mm", slender_ratio_max="12") == []


def test_a_slot_beside_a_large_drilled_slot_counts_but_a_round_hole_near_the_edge_does_not():
    drilled = footprint("S", 20, 10, '(pad "" np_thru_hole oval (at 0 0) (size 6 2) (drill oval 6 2) (layers "*.Cu"))')
    design = board(rect(0, 0, 40, 11.8), drilled)
    (place,) = places(design, "board-web", web_min="1.0 mm")
    assert place.measured == pytest.approx(0.8, abs=1e-4)
    assert {i.kind for i in place.items} == {"edge", "hole"}
    assert places(board(rect(0, 0, 40, 12.5), hole(20, 10, 3.2)), "board-web", web_min="1.0 mm") == []


def test_break_off_tabs_and_half_holes_are_left_out():
    slots = rect(0, 9, 18, 11), rect(19, 9, 40, 11)  # closed slots; the tab between them is 1 mm wide
    assert len(places(board(rect(-2, 0, 42, 30), *slots), "board-web", web_min="1.5 mm", web_min_x_thickness="off")) == 1
    bites = [hole(18.5, 9 + k, 0.5) for k in range(3)]
    assert places(board(rect(-2, 0, 42, 30), *slots, *bites), "board-web", web_min="1.5 mm") == []
    half = footprint("J", 0, 10, tht("1", 0, 0, 3, 2.4), tht("2", 0, 3, 3, 2.4))
    assert places(board(rect(0, 0, 40, 20), half), "board-web", web_min="1.5 mm") == []


def test_rounded_corners_and_tips_are_no_strips():
    rounded = shapely.box(0, 0, 20, 20).buffer(-0.3).buffer(0.3, quad_segs=64)
    assert len(strips(rounded, 1.5)) == 0
    assert len(strips(shapely.Point(0, 0).buffer(5, quad_segs=200), 3)) == 0


def test_width_of_a_strip_between_circles_is_exact_and_its_length_is_where_it_is_narrow():
    plate = shapely.box(0, 0, 20, 20)
    left, right = (shapely.Point(x, 10).buffer(2, quad_segs=400) for x in (7, 11.5))
    found = strips(plate - left - right, 2)
    assert found.width == pytest.approx([0.5], abs=2e-5)
    # The gap is 0.5 + 2 (2 - sqrt(4 - y^2)): 1.25 times 0.5 at y = 0.4961.
    assert 0.3 < found.length[0] < 2 * 0.4961 + 0.15


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133])
@pytest.mark.parametrize("mirror", [1, -1])
def test_strips_do_not_depend_on_how_the_board_lies(angle, mirror):
    plate = shapely.box(0, 0, 40, 20) - shapely.box(10, 0.8, 25, 6) - shapely.box(10, 6.9, 25, 12) - shapely.box(30, 15, 33, 20)
    turned = shapely.affinity.scale(shapely.affinity.rotate(plate, angle, origin=(0, 0)), mirror, 1, origin=(0, 0))
    for outside, widths in ((False, [0.8, 0.9]), (True, [3.0])):
        found = strips(turned, 3.5, outside=outside)
        assert sorted(found.width) == pytest.approx(widths, abs=1e-6)


def test_every_two_cutouts_have_a_strip_as_wide_as_they_are_apart():
    rng = np.random.default_rng(3)
    checked = 0
    for _ in range(40):
        spots = zip(rng.uniform(4, 30, (8, 2)), rng.uniform(0, 180, 8))
        cuts = [shapely.affinity.rotate(shapely.box(x - 2, y - 1, x + 2, y + 1), a) for (x, y), a in spots]
        cuts = [c for k, c in enumerate(cuts) if all(c.distance(d) > 0.01 for d in cuts[:k])]
        plate = shapely.box(0, 0, 34, 34) - shapely.union_all(cuts)
        found = strips(plate, 3)
        loops = [*(c.exterior for c in cuts), plate.exterior] if plate.geom_type == "Polygon" else []
        sides = shapely.distance(np.array(loops)[:, None, None], shapely.points(np.stack([found.start, found.end]))) < 1e-6
        ends = [set(np.flatnonzero(on)) for on in sides.any(1).T]
        for k, one in enumerate(loops):
            for m, two in enumerate(loops[:k]):
                way = shapely.shortest_line(one, two)
                if way.length < 2.99 and plate.buffer(1e-9).covers(way):
                    widths = [w for w, e in zip(found.width, ends) if e == {k, m}]
                    assert min(widths, default=None) == pytest.approx(way.length, abs=1e-6)
                    checked += 1
    assert checked > 100
