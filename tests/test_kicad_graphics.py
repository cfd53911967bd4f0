"""Graphics, texts, outlines, courtyards, dimensions, tables."""

from __future__ import annotations

from itertools import pairwise
from math import pi
from typing import Any

import numpy as np
import pytest
import shapely
from kicad_boards import TWO, board, footprint, uuid

from dfmcheck.board import Board, Kind


def gr(shape: str, body: str, width: float = 0.2, layer: str = "F.SilkS", more: str = "", prefix: str = "gr") -> str:
    return f'({prefix}_{shape} {body} (stroke (width {width}) (type solid)) {more} (layer "{layer}") {uuid()})'


def ink(b: Board, layer: str = "F.SilkS") -> Any:
    f = b.features.take(b.features.layer == b.layer(layer))
    return shapely.union_all([shapely.buffer(c, r, quad_segs=64) if r else c for c, r in zip(f.core, f.radius)])


CAP = pi * 0.01
BODIES = {
    "line": ("(start 0 0) (end 4 0)", 0.8 + CAP, 0.8 + CAP),
    "arc": ("(start 2 0) (mid 0 2) (end -2 0)", 2 * pi * 0.2 + CAP, 2 * pi * 0.2 + CAP),
    "circle": ("(center 0 0) (end 2 0)", pi * (2.1**2 - 1.9**2), pi * 2.1**2),
    "rect": ("(start 0 0) (end 4 2)", 2.4 - 4 * 0.01 + CAP, 8 + 12 * 0.1 + CAP),
    "poly": ("(pts (xy 0 0) (xy 4 0) (xy 4 2) (xy 0 2))", 2.4 - 4 * 0.01 + CAP, 8 + 12 * 0.1 + CAP),
    "curve": ("(pts (xy 0 0) (xy 1 0) (xy 3 0) (xy 4 0))", 0.8 + CAP, 0.8 + CAP),
}


@pytest.mark.parametrize("shape", BODIES)
@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("prefix", ["gr", "fp"])
def test_shapes(shape: str, filled: bool, prefix: str) -> None:
    body, open_area, full = BODIES[shape]
    item = gr(shape, body, more=f"(fill {'yes' if filled else 'no'})", prefix=prefix)
    b = board(footprint(item, at="7 8 30") if prefix == "fp" else item)
    assert ink(b).area == pytest.approx(full if filled else open_area, rel=5e-4)
    assert b.items.label[b.features.item[0]] == shape
    assert b.features.kind[0] == Kind.GRAPHIC


def test_shapes_of_kicad_5() -> None:
    b = board(
        "(gr_arc (start 0 0) (end 2 0) (angle 90) (layer F.SilkS) (width 0.2))",
        "(gr_poly (pts (xy 5 0) (xy 6 0) (xy 5 1)) (layer F.Mask) (width 0))",
        "(gr_circle (center 20 0) (end 22 0) (layer B.SilkS) (width 0.2))",
        layers=TWO, version=20171130,
    )  # fmt: skip
    assert ink(b).bounds == pytest.approx((-0.1, -0.1, 2.1, 2.1), abs=1e-3)  # clockwise as seen, from (2, 0) to (0, 2)
    assert ink(b, "F.Mask").area == 0.5
    assert ink(b, "B.SilkS").area == pytest.approx(BODIES["circle"][1], rel=1e-3)


def test_copper_graphics_have_their_net_and_may_open_the_mask() -> None:
    layers = '(layers "F.Cu" "F.Mask") (solder_mask_margin 0.1)'
    item = f"(gr_line (start 0 0) (end 5 0) (stroke (width 0.2) (type solid)) {layers} (net 2))"
    b = board(item)
    assert b.nets.name[b.features.net].tolist() == ["VCC", "VCC"]
    assert dict(zip(b.layers.name[b.features.layer], b.features.radius)) == pytest.approx({"F.Cu": 0.1, "F.Mask": 0.2})


def test_the_default_width_below_zero_is_nothing() -> None:
    assert board(gr("line", "(start 0 0) (end 1 0)", -0.000001)).features.radius.tolist() == [0]


def test_edges_make_the_outline() -> None:
    b = board(gr("rect", "(start 0 0) (end 20 10)", 0.1, "Edge.Cuts"), gr("circle", "(center 5 5) (end 7 5)", 0.1, "Edge.Cuts"),
              footprint(gr("circle", "(center 0 0) (end 1 0)", 0.1, "Edge.Cuts", prefix="fp"), at="15 5"))  # fmt: skip
    assert b.outline.area == pytest.approx(200 - 5 * pi, rel=1e-4)
    assert set(b.features.kind[b.features.layer == b.layer("Edge.Cuts")].tolist()) == {Kind.EDGE}
    assert "outline" in b.facts
    assert "outline" not in board().facts


def test_items_on_layers_that_the_board_lacks_are_noted() -> None:
    b = board(*[gr("line", "(start 0 0) (end 1 0)", layer="User.9") for _ in range(3)])
    assert len(b.features) == 0
    assert b.notes[0].message.startswith("3 x on layer User.9")
    assert b.notes[0].line == 8


def courtyard(*lines: str) -> Any:
    b = board(footprint(*lines, at="50 50 90"))
    return b.components.courtyard_top[0], b.components.courtyard_problem[0]


def fp_lines(*points: tuple[float, float], layer: str = "F.CrtYd") -> list[str]:
    return [gr("line", f"(start {a} {b}) (end {c} {d})", 0.05, layer, prefix="fp") for (a, b), (c, d) in pairwise(points)]


def test_courtyards_of_lines_in_any_order() -> None:
    lines = fp_lines((0, 0), (4, 0), (4, 2), (0, 2), (0, 0))
    turned = gr("line", "(start 4 2) (end 4 0)", 0.05, "F.CrtYd", prefix="fp")
    area, problem = courtyard(lines[2], lines[0], turned, lines[3])
    assert (area.area, problem) == (pytest.approx(8), "")
    assert area.bounds == pytest.approx((50, 46, 52, 50))


def test_courtyards_join_over_small_gaps_only() -> None:
    assert courtyard(*fp_lines((0, 0), (4, 0), (4, 2), (0, 2), (0, 0.015)))[1] == ""
    area, problem = courtyard(*fp_lines((0, 0), (4, 0), (4, 2), (0, 2), (0, 0.05)))
    assert area is None
    assert "open" in problem


def test_courtyards_with_holes_arcs_and_parts() -> None:
    circle = gr("circle", "(center 2 1) (end 2.5 1)", 0.05, "F.CrtYd", prefix="fp")
    area, _ = courtyard(gr("rect", "(start 0 0) (end 4 2)", 0.05, "F.CrtYd", prefix="fp"), circle)
    assert area.area == pytest.approx(8 - pi / 4, rel=1e-3)
    area, _ = courtyard(*fp_lines((0, 0), (2, 0)), gr("arc", "(start 2 0) (mid 1 1) (end 0 0)", 0.05, "F.CrtYd", prefix="fp"))
    assert area.area == pytest.approx(pi / 2, rel=1e-3)
    area, _ = courtyard(*fp_lines((0, 0), (1, 0), (1, 1), (0, 0)), *fp_lines((5, 0), (6, 0), (6, 1), (5, 0)))
    assert len(area.geoms) == 2


def test_courtyards_by_side_and_fab_outline() -> None:
    lines = fp_lines((0, 0), (4, 0), (4, 2), (0, 2), (0, 0), layer="B.CrtYd") + fp_lines(
        (0, 0), (3, 0), (3, 2), (0, 0), layer="B.Fab"
    )
    b = board(footprint(*lines, layer="B.Cu"), footprint(ref="U2"))
    assert [c is None for c in b.components.courtyard_top] == [True, True]
    assert b.components.courtyard_bottom[0].area == pytest.approx(8)
    assert b.components.fab[0].area == pytest.approx(3)
    assert "fab" in b.facts
    assert b.components.courtyard_bottom[1] is None


def words(content: str, more: str = "", layer: str = "F.SilkS", at: str = "10 20", effects: str = "") -> str:
    looks = f"(effects (font (size 1 1) (thickness 0.15)) {effects})"
    return f'(gr_text "{content}" (at {at}) (layer "{layer}") {uuid()} {more} {looks})'


def field(name: str, content: str, at: str = "0 0", more: str = "", effects: str = "") -> str:
    return (
        f'(property "{name}" "{content}" (at {at}) (layer "F.SilkS") {more} {uuid()} '
        f"(effects (font (size 1 1) (thickness 0.15)) {effects}))"
    )


def labels(b: Board) -> list[str]:
    return b.items.label[b.items.kind == Kind.TEXT].tolist()


def test_text_is_strokes_at_its_place() -> None:
    b = board(words("HI"))
    assert labels(b) == ["HI"]
    x0, y0, x1, y1 = ink(b).bounds
    assert 9 < x0 < x1 < 11
    assert 19 < y0 < y1 < 21
    assert set(b.features.radius.tolist()) == {0.075}
    assert {c.geom_type for c in b.features.core} == {"LineString"}
    assert ink(board(words("HI", at="10 20 90"))).bounds[3] > 20.5


def test_texts_may_read_hide_and_locked() -> None:
    locked = words("x").replace('(gr_text "x"', '(gr_text locked "x"')
    assert labels(board(words("hide"), words("locked"), locked)) == ["hide", "locked", "x"]


def test_hidden_texts_are_none() -> None:
    texts = [
        words("A", effects="(hide yes)"),
        words("B", effects="hide"),
        words(" "),
        footprint(field("X", "C", more="(hide yes)")),
    ]
    assert labels(board(*texts)) == []
    assert labels(board(footprint('(fp_text user "D" (at 0 0) (layer "F.SilkS") hide (effects (font (size 1 1))))'))) == []


def test_variables() -> None:
    b = board(
        '(title_block (title "Amp") (rev "2") (comment 1 "first"))', '(property "BATCH" "7")',
        words("${TITLE} r${REVISION} ${COMMENT1}${COMMENT2} ${BATCH} ${R9:VALUE} ${LAYER} ${NONE} {dblquote}"),
        footprint(field("MPN", "x-1"), field("Note", "${REFERENCE}/${VALUE}/${MPN}"), ref="R9"),
    )  # fmt: skip
    assert set(labels(b)) == {'Amp r2 first 7 val F.Silkscreen ${NONE} "', "x-1", "R9/val/x-1"}


def test_variables_of_kicad_5() -> None:
    old = """(module lib:name (layer F.Cu) (tedit 0) (tstamp 5AE3267F) (at 0 0)
     (fp_text reference R1 (at 0 0) (layer F.SilkS) hide (effects (font (size 1 1) (thickness 0.15))))
     (fp_text value 10k (at 0 0) (layer F.Fab) hide (effects (font (size 1 1) (thickness 0.15))))
     (fp_text user "%R=%V 5%%" (at 0 1) (layer F.SilkS) (effects (font (size 1 1) (thickness 0.15)))))"""
    assert labels(board(old, layers=TWO, version=20171130)) == ["R1=10k 5%"]


@pytest.mark.parametrize(("angle", "drawn"), [(0, 0), (90, 90), (91, -89), (180, 0), (-90, 90), (270, 90), (225, 45)])
def test_fields_stay_readable(angle: float, drawn: float) -> None:
    kept, free = (
        ink(board(footprint(field("X", "ABC", f"0 0 {a}", more), at=f"3 4 {a}")))
        for a, more in ((angle, ""), (drawn, "(unlocked yes)"))
    )
    assert kept.symmetric_difference(free).area < 1e-6


def test_unlocked_fields_turn_over() -> None:
    upside, upright = (ink(board(footprint(field("X", "ABC", f"0 0 {a}", "(unlocked yes)")))) for a in (180, 0))
    assert upside.symmetric_difference(upright).area > 0.1


def test_outline_fonts_use_what_the_file_stores() -> None:
    cache = '(render_cache "I" 0 (polygon (pts (xy 10 20) (xy 11 20) (xy 11 23) (xy 10 23))))'
    item = f'(gr_text "I" (at 10 20) (layer "F.Cu") (effects (font (face "Arial") (size 3 3))) {cache})'
    b = board(item)
    assert ink(b, "F.Cu").bounds == (10, 20, 11, 23)
    assert board(item.replace(cache, "")).notes


DIMENSION = """(dimension (type {kind}) (layer "F.SilkS") {uuid} (pts (xy 0 0) (xy 10 0)) (height 3) (orientation {o})
 (format (units 3)) (style (thickness 0.2) (arrow_length 1) (text_position_mode 0) (extension_height 0.5) (extension_offset 0.5))
 (gr_text "10" (at 5 2) (layer "F.SilkS") {uuid} (effects (font (size 1 1) (thickness 0.15)))))"""


@pytest.mark.parametrize(("kind", "orientation"), [("aligned", 0), ("orthogonal", 0)])
def test_dimensions(kind: str, orientation: int) -> None:
    b = board(DIMENSION.format(kind=kind, uuid=uuid(), o=orientation))
    lines = b.features.core[b.features.kind == Kind.GRAPHIC]
    assert {line.wkt for line in lines} > {"LINESTRING (0 3, 10 3)", "LINESTRING (0 0.5, 0 3.5)", "LINESTRING (10 0.5, 10 3.5)"}
    assert len(lines) == 7
    assert labels(b) == ["10"]


def test_dimensions_of_kicad_5() -> None:
    lines = "".join(
        f"({n} (pts (xy 0 0) (xy 5 {i})))" for i, n in enumerate(("feature1", "feature2", "crossbar", "arrow1a", "arrow2b"))
    )
    old = (
        f'(dimension 5 (width 0.1) (layer F.SilkS) (gr_text "5 mm" (at 2 1) (layer F.SilkS) (effects (font (size 1 1)))) {lines})'
    )
    b = board(old, layers=TWO, version=20171130)
    assert (b.features.kind == Kind.GRAPHIC).sum() == 5
    assert labels(b) == ["5 mm"]


def test_targets_are_no_part_of_the_outline() -> None:
    b = board(f"(target plus (at 5 5) (size 3) (width 0.1) (layer Edge.Cuts) {uuid()})")
    assert b.features.kind.tolist() == [Kind.GRAPHIC] * 3
    assert b.outline_problems == ()
    assert ink(b, "Edge.Cuts").bounds == pytest.approx((3.45, 3.45, 6.55, 6.55))


def test_text_boxes_and_tables_have_borders_and_texts() -> None:
    font = "(effects (font (size 1 1) (thickness 0.15)) (justify left top))"
    box = f'(gr_text_box "Hello" (start 0 0) (end 10 5) (layer "F.SilkS") {font} (border yes) (stroke (width 0.2) (type solid)))'
    cells = "".join(
        f'(table_cell "c{i}" (start {10 * i} 20) (end {10 * i + 10} 25) (layer "F.SilkS") {uuid()} {font})' for i in range(2)
    )
    stroke = "(stroke (width 0.1) (type solid))"
    table = f"""(table (column_count 2) (layer "F.SilkS") (border (external yes) (header yes) {stroke})
     (separators (rows yes) (cols yes) {stroke}) (cells {cells}))"""
    b = board(box, table)
    assert labels(b) == ["Hello", "c0", "c1"]
    rings = b.features.core[b.features.kind == Kind.GRAPHIC]
    assert [r.bounds for r in rings] == [(0, 0, 10, 5), (0, 20, 20, 25), (0, 20, 10, 25), (10, 20, 20, 25)]
    assert "not wrapped" in b.notes[0].message


def test_what_is_read_more_simply_is_noted() -> None:
    dashed = gr("line", "(start 0 0) (end 1 0)").replace("solid", "dash")
    hatched = gr("rect", "(start 0 0) (end 1 1)", more="(fill hatch)")
    nowhere = footprint(f'(pad "1" smd rect (at 0 0) (size 1 1) (layers "In9.Cu") {uuid()})')
    told = " ".join(n.message for n in board(dashed, hatched, nowhere).notes)
    assert all(word in told for word in ("dashed", "hatched", "pads on no layer"))


def test_what_is_not_read_is_noted() -> None:
    b = board(
        '(image (at 0 0) (layer "F.SilkS") (data |abc=|))',
        '(barcode (at 0 0) (layer "F.SilkS"))',
        "(novelty (x 1))",
        footprint("(gadget (y 2))"),
    )
    told = " ".join(n.message for n in b.notes)
    assert all(word in told for word in ("image", "barcode", "novelty", "gadget"))


def test_positions_of_items() -> None:
    b = board(words("A", at="3 4"), footprint(at="7 8"))
    assert b.items.kind.tolist() == [Kind.TEXT, Kind.COMPONENT]
    assert np.column_stack([b.items.x, b.items.y]).tolist() == [[3, 4], [7, 8]]
