"""Leads that fields and names tell, and the holes for them; holes for pins that are pressed in."""

from __future__ import annotations

import pytest
from kicad_boards import board, footprint, pad
from small import measure

from dfmcheck.board import Board
from dfmcheck.check import Skip
from dfmcheck.leads import lead_of


@pytest.mark.parametrize(("name", "across", "estimate"), [
    ("Connector_PinHeader_2.54mm:PinHeader_1x04_P2.54mm_Vertical", 0.905, True),
    ("PinHeader_2x05_P2.00mm_Vertical", 0.707, True),
    ("PinHeader_2x10_P1.27mm_Vertical", 0.566, True),
    ("IDC-Header_2x05_P2.54mm_Vertical", 0.905, True),
    ("DIP-8_W7.62mm", 0.524, True),
    ("R_Axial_DIN0207_L6.3mm_D2.5mm_P10.16mm_Horizontal", 0.6, True),
    ("R_Axial_DIN0204_L3.6mm_D1.6mm_P7.62mm_Horizontal", 0.5, True),
    ("D_DO-41_SOD81_P10.16mm_Horizontal", 0.8, True),
    ("CP_Radial_D10.0mm_P5.00mm", 0.6, True),
    ("LED_D5.0mm", 0.707, True),
    ("SolderWire-0.5sqmm_1x01_D0.9mm_OD2.1mm", 0.9, False),
    ("Part_Lead_0.7mm", 0.7, False),
])  # fmt: skip
def test_leads_of_names(name: str, across: float, estimate: bool) -> None:
    lead = lead_of(name, {})
    assert lead is not None
    assert lead.across == pytest.approx(across, abs=1e-3)
    assert lead.estimate is estimate


@pytest.mark.parametrize("name", [
    "PinSocket_1x04_P2.54mm_Vertical", "R_0603_1608Metric", "TO-220-3_Vertical", "TerminalBlock_P5.08mm",
    "SOIC-8_3.9x4.9mm_P1.27mm", "Leader_12.5mm", "Crystal_HC49-U_Vertical", "",
])  # fmt: skip
def test_names_that_tell_no_lead(name: str) -> None:
    assert lead_of(name, {}) is None


def test_a_field_says_more_than_a_name() -> None:
    lead = lead_of("PinHeader_1x04_P2.54mm_Vertical", {"Lead diameter": "0,8 mm", "Height": "9 mm"})
    assert lead is not None
    assert (lead.across, lead.estimate, lead.source) == (0.8, False, "field Lead diameter")
    square = lead_of("", {"Pin size": "0.3 x 0.4 mm"})
    assert square is not None
    assert square.across == pytest.approx(0.5)
    assert lead_of("", {"Lead": "gold", "Lead time": "8 weeks", "Pins": "8"}) is None


@pytest.mark.parametrize(("field", "value", "size"), [
    ("Lead diameter", "0.024 in", (0.6096, 0)), ("Lead diameter", "24 mil", (0.6096, 0)), ("Pin", '.025"', (0.635, 0)),
    ("Lead diameter", "0.6mm ±0.05", (0.65, 0)), ("Lead diameter", "0.6 +/- 0.05 mm", (0.65, 0)), ("Leg", "Ø0.6", (0.6, 0)),
    ("Pin size", "25 x 12 mil", (0.635, 0.3048)), ("Lead size", "0.3 x 0.4", (0.3, 0.4)), ("Pin", "2", None), ("Leg", "3", None),
    ("Lead", "0.5", None), ("Lead diameter", "0.6 kg", None), ("Lead diameter", "", None), ("Lead diameter", "12 mm", None),
])  # fmt: skip
def test_what_fields_say(field: str, value: str, size: tuple[float, float] | None) -> None:
    """At the upper end of a tolerance; a number alone in a field called `Pin` may be a count."""
    lead = lead_of("", {field: value})
    assert (None if lead is None else (lead.width, lead.height)) == (size and pytest.approx(size))


def leaded(drill: str, *, name: str = "lib:name", fields: str = "", number: str = "1", more: str = "", at: str = "0 0") -> str:
    hole = pad("circle", "2.4 2.4", at, "thru_hole", '"*.Cu" "*.Mask"', number, f"(drill {drill}) {more}")
    return footprint(hole, more=fields).replace("lib:name", name)


FIELD = '(property "Lead diameter" "0.8mm" (at 0 0) (layer "F.Fab") (hide yes))'


def values(b: Board) -> list[tuple[str, float, int]]:
    m = measure(b, "tht-hole-to-lead", min=0.15, min_diagonal=0.08, max=0.5)
    return [(p, round(v, 3), s) for p, v, s in zip(m.param.tolist(), m.value.tolist(), m.soften.tolist())]


def test_room_around_leads() -> None:
    assert values(board(leaded("1.0", fields=FIELD))) == [("min", 0.2, 0), ("max", 0.2, 0)]
    header = "lib:PinHeader_1x01_P2.54mm"
    assert values(board(leaded("0.9", name=header))) == [("min_diagonal", -0.005, 0), ("max", -0.005, 0)]  # it does not enter
    assert values(board(leaded("0.96", name=header))) == [("min_diagonal", 0.055, 1), ("max", 0.055, 1)]


@pytest.mark.parametrize("item", [
    leaded("1.0"),
    leaded("oval 1.0 2.0", fields=FIELD),
    leaded("1.0", fields=FIELD, number=""),
    leaded("1.0", fields=FIELD, more="(property pad_prop_pressfit)"),
    leaded("1.0", fields=FIELD, more="(property pad_prop_castellated)"),
])  # fmt: skip
def test_what_cannot_be_judged(item: str) -> None:
    with pytest.raises(Skip, match="leads are known"):
        values(board(item))


def test_a_larger_hole_among_many_is_a_peg() -> None:
    pins = [pad("circle", "2 2", f"{2.54 * k} 0", "thru_hole", '"*.Cu"', str(k), "(drill 1.0)") for k in range(4)]
    peg = pad("circle", "4 4", "20 0", "thru_hole", '"*.Cu"', "MP", "(drill 3.2)")
    m = measure(board(footprint(*pins, peg).replace("lib:name", "PinHeader_1x04_P2.54mm")), "tht-hole-to-lead", min_diagonal=0.08)
    assert m.checked == 4
    assert {round(v, 3) for v in m.value.tolist()} == {0.095}


def pressed(x: float, drill: float, name: str = "x", net: int = 1, prop: str = "(property pad_prop_pressfit)") -> str:
    hole = pad("circle", "2 2", "0 0", "thru_hole", '"*.Cu" "*.Mask"', "1", f'(drill {drill}) (net {net} "") {prop}')
    return footprint(hole, at=f"{x} 0", ref=f"J{x:.0f}").replace("lib:name", name)


def chip(x: float) -> str:
    lands = (pad("rect", "0.6 0.6", f"{dx} 0", number=str(k)) for k, dx in enumerate((-0.5, 0.5)))
    return footprint(*lands, at=f"{x} 0", ref=f"R{x:.0f}")


def test_room_around_press_fit_holes() -> None:
    m = measure(board(pressed(0, 1.0), chip(3)), "press-fit-hole", ring_free=3.0)
    rings = m.take(m.param == "ring_free")
    assert rings.value.tolist() == [pytest.approx(3 - 0.8 - 0.5)]
    (note,) = m.detail[m.cause == "*told"]
    assert note == "no text says that these holes are press-fit: tell their tolerance, usually 0.05 mm up and down"


def test_a_drill_that_others_share() -> None:
    m = measure(board(pressed(0, 1.0), pressed(10, 1.0, prop=""), pressed(20, 1.0, prop="")), "press-fit-hole", ring_free=3.0)
    assert "share the drill of 1.000 mm with 2 holes of other pads" in m.detail[m.cause == "*tool 1.000"][0]
    m = measure(board(pressed(0, 1.0), pressed(10, 0.9, prop="")), "press-fit-hole", ring_free=3.0)
    assert not [c for c in m.cause if c.startswith("*tool")]


def test_press_fit_by_name_and_nothing_else() -> None:
    assert measure(board(pressed(0, 1.0, "Backplane_Press-Fit", prop="")), "press-fit-hole", ring_free=3.0).checked == 1
    with pytest.raises(Skip, match="needs a press-fit part"):
        measure(board(pressed(0, 1.0, prop="")), "press-fit-hole", ring_free=3.0)
