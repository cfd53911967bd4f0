"""Pads: shapes, padstacks, holes, openings; areas against hand-computed values."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest
import shapely
from kicad_boards import PRIMITIVES, SHAPES, board, footprint, pad

from dfmcheck.board import Board, Connect, Kind, PadType

THT = '"*.Cu" "*.Mask"'


def on(b: Board, layer: str) -> Any:
    """Union of the pads' shapes on a layer."""
    f = b.features.take((b.features.layer == b.layer(layer)) & (b.features.kind == Kind.PAD))
    return shapely.union_all([shapely.buffer(c, r, quad_segs=256) if r else c for c, r in zip(f.core, f.radius)])


def area(shape: str, size: str, more: str = "", layer: str = "F.Cu", **options: Any) -> float:
    return float(on(board(footprint(pad(shape, size, more=more), **options)), layer).area)


ROUND = 0.25 * 0.25 * (4 - pi)


@pytest.mark.parametrize(
    ("shape", "size", "more", "expected"),
    [
        ("circle", "2 2", "", pi),
        ("oval", "3 1", "", 2 + pi / 4),
        ("rect", "3 1", "", 3),
        ("roundrect", "3 1", "(roundrect_rratio 0.25)", 3 - ROUND),
        ("roundrect", "1 1", "(roundrect_rratio 0.5)", pi / 4),
        ("trapezoid", "3 1", "(rect_delta 0.5 0)", 3),
        ("roundrect", "3 1", "(roundrect_rratio 0) (chamfer_ratio 0.3) (chamfer top_left)", 3 - 0.3 * 0.3 / 2),
        ("roundrect", "3 1", "(roundrect_rratio 0.25) (chamfer_ratio 0.3) (chamfer top_left)", 3 - 0.045 - ROUND * 3 / 4),
        ("custom", "1 1", "(options (anchor circle)) (primitives)", pi / 4),
        ("custom", "1 0.5", "(options (anchor rect))", 0.5),
    ],
)
@pytest.mark.parametrize("turn", ["0", "90", "-33"])
def test_areas_of_shapes(shape: str, size: str, more: str, expected: float, turn: str) -> None:
    assert area(shape, size, more, at=f"10 20 {turn}") == pytest.approx(expected, rel=1e-4)


def test_cores_are_exact() -> None:
    rounded = pad("roundrect", "3 1", at="10 0", more="(roundrect_rratio 0.25)")
    b = board(footprint(pad("circle", "1.5 1.5"), pad("oval", "3 1", at="5 0"), rounded))
    f = b.features.take(b.features.layer == b.layer("F.Cu"))
    assert [c.wkt for c in f.core[:2]] == ["POINT (0 0)", "LINESTRING (4 0, 6 0)"]
    assert f.core[2].bounds == (8.75, -0.25, 11.25, 0.25)
    assert f.radius.tolist() == [0.75, 0.5, 0.25]


def test_a_pad_turns_with_its_file_angle_and_moves_with_its_footprint() -> None:
    b = board(footprint(pad("rect", "2 1", at="3 0 90"), at="10 20 90"))
    assert (b.pads.x[0], b.pads.y[0], b.pads.angle[0]) == (10, 17, 90)
    assert on(b, "F.Cu").bounds == pytest.approx((9.5, 16, 10.5, 18))


def test_the_offset_moves_the_shape_and_not_the_hole() -> None:
    b = board(footprint(pad("rect", "2 1", at="0 0 90", kind="thru_hole", layers=THT, more="(drill 0.5 (offset 0.5 0))")))
    assert on(b, "F.Cu").bounds == pytest.approx((-0.5, -1.5, 0.5, 0.5))
    assert b.holes.core[0].wkt == "POINT (0 0)"


def test_the_trapezoid_is_wide_where_its_delta_says() -> None:
    assert on(board(footprint(pad("trapezoid", "2 1", more="(rect_delta 0.4 0)"))), "F.Cu").bounds == pytest.approx(
        (-1, -0.7, 1, 0.7)
    )
    assert on(board(footprint(pad("trapezoid", "2 1", more="(rect_delta 0 0.4)"))), "F.Cu").bounds == pytest.approx(
        (-1.2, -0.5, 1.2, 0.5)
    )


@pytest.mark.parametrize(
    ("primitive", "expected"),
    [
        ("(gr_line (start 5 0) (end 7 0) (width 0.2))", 0.4 + pi * 0.01),
        ("(gr_arc (start 6 0) (mid 5 1) (end 4 0) (width 0.2))", pi * 0.2 + pi * 0.01),
        ("(gr_arc (start 5 0) (end 6 0) (angle 180) (width 0.2))", pi * 0.2 + pi * 0.01),
        ("(gr_circle (center 5 0) (end 6 0) (width 0.2))", pi * (1.1**2 - 0.9**2)),
        ("(gr_circle (center 5 0) (end 6 0) (width 0.2) (fill yes))", pi * 1.1**2),
        ("(gr_circle (center 5 0) (end 6 0) (width 0))", pi),
        ("(gr_rect (start 5 0) (end 7 1) (width 0) (fill yes))", 2),
        ("(gr_rect (start 5 0) (end 7 1) (width 0.1) (fill no))", 6 * 0.1 - 4 * 0.01 + 4 * 0.01 * pi / 16 + 4 * 0.01 * 3 / 4),
        ("(gr_poly (pts (xy 5 0) (xy 6 0) (xy 5 1)) (width 0))", 0.5),
        ("(gr_curve (pts (xy 5 0) (xy 6 0) (xy 7 0) (xy 8 0)) (width 0.2))", 0.6 + pi * 0.01),
        ("(gr_bbox (start 5 0) (end 9 9))", 0),
    ],
)
def test_primitives_of_custom_pads(primitive: str, expected: float) -> None:
    whole = area("custom", "1 1", f"(options (anchor circle)) (primitives {primitive})")
    assert whole - pi / 4 == pytest.approx(expected, rel=3e-4, abs=1e-4)


def test_a_custom_pad_has_a_row_a_primitive_all_of_one_item() -> None:
    b = board(footprint(pad("custom", "0.8 0.5", layers='"F.Cu"', more=f"(options (anchor rect)) {PRIMITIVES}")))
    assert len(b.features) == 10
    assert set(b.features.item.tolist()) == {int(b.pads.item[0])}


def test_an_unknown_primitive_is_noted() -> None:
    b = board(footprint(pad("custom", "1 1", more="(options (anchor rect)) (primitives (gr_ellipse (center 0 0)))")))
    assert "gr_ellipse" in b.notes[0].message


def test_padstack_front_inner_back() -> None:
    stack = '(padstack (mode front_inner_back) (layer "Inner" (shape circle) (size 1 1)) (layer "B.Cu" (shape rect) (size 3 3)))'
    b = board(footprint(pad("rect", "2 2", kind="thru_hole", layers=THT, more=f"(drill 0.5) {stack}")))
    areas = [on(b, layer).area for layer in ("F.Cu", "In1.Cu", "In2.Cu", "B.Cu", "F.Mask", "B.Mask")]
    assert areas == pytest.approx([4, pi / 4, pi / 4, 9, 4, 9], rel=1e-4)


def test_padstack_by_layer() -> None:
    stack = '(padstack (mode custom) (layer "In1.Cu" (shape circle) (size 1 1)) (layer "B.Cu" (shape oval) (size 3 1)))'
    b = board(footprint(pad("rect", "2 2", kind="thru_hole", layers=THT, more=f"(drill 0.5) {stack}")))
    areas = [on(b, layer).area for layer in ("F.Cu", "In1.Cu", "In2.Cu", "B.Cu")]
    assert areas == pytest.approx([4, pi / 4, 4, 2 + pi / 4], rel=1e-4)


def test_holes_round_and_slotted() -> None:
    b = board(footprint(
        pad("circle", "2 2", kind="thru_hole", layers=THT, more="(drill 1)"),
        pad("oval", "2 4", "5 0 90", "thru_hole", THT, "2", "(drill oval 1 3)"),
        pad("circle", "2 2", "9 0", "np_thru_hole", THT, "", "(drill 2)"),
    ))  # fmt: skip
    assert b.holes.core[0].wkt == "POINT (0 0)"
    assert b.holes.core[1].bounds == pytest.approx((4, 0, 6, 0))
    assert b.holes.radius.tolist() == [0.5, 0.5, 1]
    assert b.holes.plated.tolist() == [True, True, False]
    assert (b.holes.first.tolist(), b.holes.last.tolist()) == ([0, 0, 0], [3, 3, 3])
    assert b.pads.hole.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("shape", "size", "drill", "copper"),
    [
        ("circle", "2 2", "2", False), ("circle", "1.5 1.5", "2", False), ("circle", "2.2 2.2", "2", True), ("rect", "2 2",
        "2", True),
        ("oval", "2 3", "oval 2 3", False), ("oval", "2 3.1", "oval 2 3", True), ("circle", "2 2", "2 (offset 0.1 0)", True),
    ],
)  # fmt: skip
def test_an_npth_pad_no_larger_than_its_hole_has_no_copper(shape: str, size: str, drill: str, copper: bool) -> None:
    b = board(footprint(pad(shape, size, kind="np_thru_hole", layers=THT, number="", more=f"(drill {drill})")))
    assert (not on(b, "F.Cu").is_empty) == copper
    assert not on(b, "F.Mask").is_empty
    assert len(b.holes) == 1


def test_smd_pads_have_no_hole() -> None:
    assert len(board(footprint(pad("rect", "1 1", more="(drill 0.4)"))).holes) == 0


def test_attributes() -> None:
    pads = [
        pad(number="1", more='(net 1 "GND") (property pad_prop_castellated) (zone_connect 2) (thermal_gap 0.3)'),
        pad(
            number="2",
            at="1 0",
            kind="connect",
            layers='"B.Cu" "B.Mask"',
            more="(thermal_bridge_width 0.4) (property pad_prop_fiducial_glob)",
        ),
        pad(number="3", at="2 0", kind="thru_hole", layers=THT, more="(drill 0.4) (net 2)"),
    ]
    b = board(footprint(*pads, more='(zone_connect 0) (net_tie_pad_groups "1, 2")'))
    p = b.pads
    assert p.type.tolist() == [PadType.SMD, PadType.CONNECT, PadType.THT]
    assert p.property.tolist() == ["castellated", "fiducial_global", ""]
    assert p.connect.tolist() == [Connect.SOLID, Connect.NONE, Connect.NONE]
    assert p.side.tolist() == [0, 1, 2]
    assert p.tie.tolist() == [0, 0, -1]
    assert b.components.net_tie.tolist() == [True]
    assert [b.nets.name[n] if n >= 0 else "" for n in p.net] == ["GND", "", "VCC"]
    assert np.isnan(p.thermal_gap).tolist() == [False, True, True]
    assert p.thermal_width[1] == 0.4


MARGINS = "(pad_to_mask_clearance 0.05) (pad_to_paste_clearance -0.02)"


@pytest.mark.parametrize(
    ("own", "inherited", "version", "side"),
    [
        ("", "", 20241229, 1.1),
        ("", "(solder_mask_margin 0.1)", 20241229, 1.2),
        ("(solder_mask_margin 0.2)", "(solder_mask_margin 0.1)", 20241229, 1.4),
        ("(solder_mask_margin 0)", "(solder_mask_margin 0.1)", 20241229, 1.0),
        ("(solder_mask_margin 0)", "(solder_mask_margin 0.1)", 20221018, 1.2),
        ("(solder_mask_margin -0.1)", "", 20241229, 0.8),
    ],
)
def test_mask_margin_is_the_pads_then_the_footprints_then_the_boards(own: str, inherited: str, version: int, side: float) -> None:
    b = board(footprint(pad("rect", "1 1", more=own), more=inherited), setup=MARGINS, version=version)
    x0, _, x1, _ = on(b, "F.Mask").bounds
    assert x1 - x0 == pytest.approx(side)


def test_an_opening_that_shrinks_to_nothing_is_none() -> None:
    b = board(
        footprint(
            pad("rect", "1 1", more="(solder_mask_margin -0.7)"), pad("circle", "1 1", "3 0", more="(solder_mask_margin -0.5)")
        )
    )
    assert on(b, "F.Mask").is_empty


@pytest.mark.parametrize(
    ("shape", "more", "expected"),
    [
        ("rect", "", 1.96 * 0.96),
        ("rect", "(solder_paste_margin -0.1)", 1.8 * 0.8),
        ("rect", "(solder_paste_margin 0) (solder_paste_margin_ratio -0.1)", 1.6 * 0.8),
        ("rect", "(solder_paste_margin -0.05) (solder_paste_margin_ratio -0.1)", 1.5 * 0.7),
        ("oval", "(solder_paste_margin 0) (solder_paste_margin_ratio -0.1)", 0.8 * 0.8 + pi * 0.16),
        ("roundrect", "(solder_paste_margin -0.1) (roundrect_rratio 0.25)", 1.8 * 0.8 - 0.2**2 * (4 - pi)),
        ("roundrect", "(solder_paste_margin -0.3) (roundrect_rratio 0.25)", 1.4 * 0.4 - 0.1**2 * (4 - pi)),
        ("rect", "(solder_paste_margin 0.1)", 2 + 2 * 3 * 0.1 + pi * 0.01),
    ],
)
def test_paste_shrinks_by_a_length_and_a_share_of_each_side(shape: str, more: str, expected: float) -> None:
    b = board(footprint(pad(shape, "2 1", more=more)), setup=MARGINS)
    assert on(b, "F.Paste").area == pytest.approx(expected, rel=1e-4)


def test_pads_without_copper_are_as_drawn() -> None:
    mask = pad("rect", "1 1", layers='"F.Mask"', more="(solder_mask_margin 0.3)")
    paste = pad("rect", "1 1", "5 0", layers='"F.Paste"', more="(solder_paste_margin -0.3)")
    b = board(footprint(mask, paste), setup=MARGINS)
    assert on(b, "F.Mask").area == on(b, "F.Paste").area == 1


@pytest.mark.parametrize(("margin", "radius"), [(0.1, 0.25 * 1.2), (-0.1, 0.25 * 0.8)])
def test_openings_of_rounded_rectangles_keep_the_share_of_their_corners(margin: float, radius: float) -> None:
    b = board(footprint(pad("roundrect", "2 1", more=f"(roundrect_rratio 0.25) (solder_mask_margin {margin})"), at="5 5 10"))
    row = np.flatnonzero(b.features.layer == b.layer("F.Mask"))[0]
    assert b.features.radius[row] == pytest.approx(radius)
    assert on(b, "F.Mask").area == pytest.approx((2 + 2 * margin) * (1 + 2 * margin) - (4 - pi) * radius**2, rel=1e-3)


@pytest.mark.parametrize("name", sorted(SHAPES.keys() - {"roundrect"}))
@pytest.mark.parametrize("margin", [0.1, -0.05])
def test_openings_follow_the_shape(name: str, margin: float) -> None:
    """Every point of the opening's edge is `margin` away from the pad's edge."""
    shape, size, more = SHAPES[name]
    b = board(footprint(pad(shape, size, at="0 0 30", more=f"{more} (solder_mask_margin {margin})"), at="5 5 10"))
    copper, opening = on(b, "F.Cu"), on(b, "F.Mask")
    edge = shapely.points(shapely.get_coordinates(shapely.boundary(opening)))
    apart = shapely.distance(edge, shapely.boundary(copper))
    assert apart.min() == pytest.approx(abs(margin), abs=1e-3)
    if margin > 0:
        assert apart.max() == pytest.approx(margin, abs=1e-3)
        assert opening.area > copper.area
    else:
        assert copper.area > opening.area > 0


def test_mirrored_sides() -> None:
    b = board(footprint(pad("rect", "1 1", layers='"B.Cu" "B.Mask" "B.Paste"'), layer="B.Cu"))
    assert b.components.side.tolist() == [1]
    assert (on(b, "F.Cu").area, on(b, "B.Cu").area, on(b, "B.Paste").area) == (0, 1, 1)
