"""Damaged and hostile boards: read, or refused in one line; never anything else."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kicad_boards import PRIMITIVES, SHAPES, footprint, pad, text, uuid

from dfmcheck.errors import DfmError
from dfmcheck.provenance import Locator
from dfmcheck.read import read_kicad

SAMPLE = text(
    footprint(
        *(pad(shape, size, f"{3 * i} 0 30", more=more, number=str(i)) for i, (shape, size, more) in enumerate(SHAPES.values())),
        '(fp_text user "${REFERENCE}" (at 0 0 45) (layer "F.Fab") (effects (font (size 1 1)) (justify left mirror)))',
        '(fp_arc (start 0 0) (mid 1 1) (end 2 0) (stroke (width 0.1) (type solid)) (layer "F.CrtYd"))',
        '(fp_line (start 2 0) (end 0 0) (stroke (width 0.1) (type solid)) (layer "F.CrtYd"))', at="5 5 20",
    ),
    f"""(via blind (at 1 2) (size 0.8) (drill 0.4) (layers "F.Cu" "In1.Cu") (remove_unused_layers yes) (tenting front) (net 1)
     {uuid()})""",
    f'(segment (start 1 2) (end 5 2) (width 0.2) (layer "In1.Cu") (net 1) {uuid()})',
    f'(arc (start 1 2) (mid 2 4) (end 5 2) (width 0.2) (layer "F.Cu") (net 1) {uuid()})',
    f"""(zone (net 1) (net_name "GND") (layer "F.Cu") {uuid()} (hatch edge 0.5) (min_thickness 0.2) (fill yes)
     (polygon (pts (xy 0 0) (xy 9 0) (xy 9 9)))
     (filled_polygon (layer "F.Cu") (pts (xy 0 0) (xy 9 0) (xy 9 9) (xy 7 6) (xy 8 4) (xy 7 4) (xy 7 6))))""",
    '(gr_rect (start 0 0) (end 30 20) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))',
    '(gr_text "hello" (at 5 5) (layer "F.SilkS") (effects (font (size 1 1) (thickness 0.15))))',
    setup="(pad_to_mask_clearance 0.05)",
).encode()  # fmt: skip


def attempt(data: bytes) -> bool:
    """Whether the data is read; what is read is sound, what is not is refused in one line."""
    try:
        b = read_kicad(data, "bad.kicad_pcb")
    except DfmError as error:
        told = str(error)
    else:
        told = ""
    if told:
        assert "\n" not in told
        assert told.startswith("bad.kicad_pcb")
        return False
    assert (b.features.radius >= 0).all()
    assert np.isfinite(shapely.bounds(b.features.core)).all()
    assert shapely.is_valid(b.features.core).all()
    locate = Locator(b)
    assert all(locate.line(i) for i in range(len(b.items)))
    assert all(isinstance(locate.uuid(i), str) for i in range(len(b.items)))
    return True


def test_the_sample_itself_is_read() -> None:
    assert attempt(SAMPLE)


@pytest.mark.parametrize("seed", range(40))
def test_random_bytes(seed: int) -> None:
    rnd = random.Random(seed)
    data = bytearray(SAMPLE[: rnd.randrange(10, len(SAMPLE))] if seed % 4 == 0 else SAMPLE)
    for _ in range(rnd.choice((1, 2, 5, 30))):
        data[rnd.randrange(len(data))] = rnd.randrange(256)
    attempt(bytes(data))


@given(
    st.integers(0, len(SAMPLE) - 1),
    st.sampled_from([b"-", b"9", b"0", b" nan ", b" 1e308 ", b" -7 ", b"()", b"(", b")", b'"', b"\\", b"\xff", b"\0"]),
)
@settings(max_examples=150, deadline=None)
def test_inserted_pieces(place: int, piece: bytes) -> None:
    attempt(SAMPLE[:place] + piece + SAMPLE[place:])


@pytest.mark.parametrize(
    "swap", [b"nan", b"inf", b"-inf", b"1e308", b"1e-308", b"-1", b"0", b"99999", b"100000.1", b"1_0", b"0x1", b"\xef\xbc\x91"]
)
@pytest.mark.parametrize("number", [b"0.8", b"1.5", b"0.2"])
def test_odd_numbers(number: bytes, swap: bytes) -> None:
    attempt(SAMPLE.replace(b" " + number, b" " + swap))


@pytest.mark.parametrize(
    "data",
    [
        b"(" * 200_000, b"(kicad_pcb" + b"(" * 200_000, b"(kicad_pcb " + b"(a " * 200_000, b"(kicad_pcb))))", b"\0" * 4096,
        b'(kicad_pcb (a "' + b"\\" * 99_999, b'(kicad_pcb ' + b'(a "\\' * 99_999, b"(kicad_pcb " + b"(pts (xy 1 1) " * 50_000,
        b'(kicad_pcb ' + b'(property "a" "b" (at ' * 50_000, b"(kicad_pcb (version " + b"9" * 9999 + b"))", SAMPLE + SAMPLE,
        SAMPLE.replace(b"(layers", b"(lay", 1), SAMPLE.replace(b'"', b"", 1), SAMPLE[:-40],
    ],
)  # fmt: skip
def test_hostile_structure(data: bytes) -> None:
    assert not attempt(data)


def test_deep_nesting_inside_an_item_is_no_recursion() -> None:
    deep = b"(a " * 50_000 + b")" * 50_000
    assert attempt(SAMPLE.replace(b'(gr_text "hello"', b'(gr_text "hello" ' + deep))


def test_primitives_of_a_pad_may_be_odd() -> None:
    broken = (
        PRIMITIVES.replace("(xy 0.9 1.4)", "")
        .replace("(end 1.7 -0.6)", "(end 1.4 -0.6)")
        .replace("(mid 0 2.1)", "(mid -0.5 1.5)")
    )
    assert attempt(
        text(footprint(pad("custom", "1 1", more=f"(options (anchor rect)) {broken} (solder_mask_margin -0.05)"))).encode()
    )
