"""The table of visible texts: what each is for, its size as the file states it, and the pen that draws it."""

from __future__ import annotations

import math

import numpy as np
from kicad_boards import board, footprint, uuid

from dfmcheck.board import Kind


def looks(size: str = "1 0.8", thickness: str = "(thickness 0.15)", more: str = "") -> str:
    return f"(effects (font {more if 'face' in more else ''} (size {size}) {thickness}) {'' if 'face' in more else more})"


def free(content: str, layer: str = "F.SilkS", at: str = "0 0", **options: str) -> str:
    return f'(gr_text "{content}" (at {at}) (layer "{layer}"{options.pop("cut", "")}) {uuid()} {looks(**options)})'


def rows(*items: str) -> list[tuple[object, ...]]:
    b = board(*items)
    t = b.texts
    names = b.items.label[t.item].tolist(), b.layers.name[t.layer].tolist(), t.role.tolist(), t.component.tolist()
    assert (b.items.kind[t.item] == Kind.TEXT).all()
    return list(zip(*names))


def test_roles_are_those_of_the_footprints_lists() -> None:
    child = f"""(property "Reference" "U7" (at 0 0) (layer "F.SilkS") {uuid()} {looks()})
 (property "Value" "MCU" (at 0 1) (layer "F.Fab") {uuid()} {looks()})
 (property "MPN" "ABC" (at 0 2) (layer "F.Fab") {uuid()} {looks()})
 (fp_text user "${{REFERENCE}}" (at 0 3) (layer "F.Fab") {uuid()} {looks()})
 (fp_text reference "U7" (at 0 4) (layer "F.SilkS") {uuid()} {looks()})"""
    assert rows(footprint(child, ref="U7"), free("v1.0", at="0 5")) == [
        ("U7", "F.SilkS", "reference", 0), ("MCU", "F.Fab", "value", 0), ("ABC", "F.Fab", "field", 0),
        ("U7", "F.Fab", "free", 0), ("U7", "F.SilkS", "reference", 0), ("v1.0", "F.SilkS", "free", -1),
    ]  # fmt: skip


def test_hidden_and_empty_texts_are_not_visible() -> None:
    assert rows(footprint(ref="R1"), free(" "), free("", "F.Cu")) == []


def test_sizes_are_as_stated_and_the_pen_is_what_is_drawn() -> None:
    b = board(
        free("A"), free("B", size="2 1", thickness=""), free("C", size="0.4 0.4"), free("D", more='(face "Arial")'),
        free("E", "B.SilkS", "0 0 90", more="(justify mirror)"), free("F", cut=" knockout"),
    )  # fmt: skip
    t = b.texts
    np.testing.assert_allclose(t.height, [1, 2, 0.4, 1, 1, 1])
    np.testing.assert_allclose(t.width, [0.8, 1, 0.4, 0.8, 0.8, 0.8])
    # Without a thickness the pen is an eighth of the width; it is at most a quarter of the smaller side.
    np.testing.assert_allclose(t.stroke, [0.15, 0.125, 0.1, 0.15, 0.15, 0.15])
    assert t.mirrored.tolist() == [False, False, False, False, True, False]
    assert t.knockout.tolist() == [False, False, False, False, False, True]
    assert t.angle[4] == 90


def test_an_outline_font_has_no_pen() -> None:
    outline = '(render_cache "D" 0 (polygon (pts (xy 0 0) (xy 1 0) (xy 1 1))))'
    text = f'(gr_text "D" (at 0 0) (layer "F.SilkS") {uuid()} {looks(more=chr(40) + "face Arial" + chr(41))} {outline})'
    (stroke,) = board(text).texts.stroke
    assert math.isnan(stroke)


def test_every_text_has_its_row_and_its_ink() -> None:
    b = board(free("A"), free("B", "B.SilkS"), footprint(f'(fp_text user "1" (at 0 3) (layer "F.SilkS") {uuid()} {looks()})'))
    drawn = b.features.item[b.features.kind == Kind.TEXT]
    assert set(b.texts.item.tolist()) == set(drawn.tolist())
    assert "texts" in b.facts
    assert sorted(b.texts.component.tolist()) == [-1, -1, 0]
