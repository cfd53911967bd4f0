"""The table of components in the JSON report, and the rules that judge packages."""

import json
from pathlib import Path

import pytest
from small_boards import board

from dfmcheck import engine
from dfmcheck.checks._package_names import of_field, of_name
from dfmcheck.parts_table import component_table, natural
from dfmcheck.read import read_kicad
from dfmcheck.readback import from_dict
from dfmcheck.report import Report
from dfmcheck.rule import load_rules, resolve
from dfmcheck.write.json import to_json

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
KEYS = {
    "ref", "value", "footprint", "side", "x", "y", "angle", "mount", "family", "family_source", "size", "pitch", "pins", "body",
    "body_source", "height", "height_source", "pin1", "polarised", "fitted", "inferred",
}  # fmt: skip


def fixture(name):
    path = FIXTURES / f"{name}.kicad_pcb"
    return read_kicad(path.read_bytes(), path.name)


def report(b) -> Report:
    rules = load_rules()
    design = engine.run(b, rules, resolve(["standard"], rules), selected=lambda rule: rule.id == "package-minimum")
    return Report((design,), "0")


def test_the_table_tells_what_each_component_was_taken_for():
    rows = {row["ref"]: row for row in component_table(fixture("package-minimum"))}
    assert all(set(row) == KEYS for row in rows.values())
    assert rows["C1"] == {
        "ref": "C1", "value": "", "footprint": "fixture:C_0201_0603Metric", "side": "top", "x": 12.0, "y": 0.0, "angle": 0.0,
        "mount": "smd", "family": "chip-S", "family_source": "name", "size": "0201", "pitch": None, "pins": 2,
        "body": [11.475, -0.19, 12.525, 0.19], "body_source": "lands", "height": 0.6, "height_source": "family",
        "pin1": [11.6745, 0.0], "polarised": False, "fitted": True, "inferred": False,
    }  # fmt: skip
    assert (rows["U4"]["family"], rows["U4"]["pitch"], rows["U4"]["pins"]) == ("BGA", 0.501, 16)
    assert not rows["C3"]["fitted"]


def test_components_stand_in_the_order_in_which_people_count():
    rows = component_table(fixture("footprint-package-mismatch"))
    refs = [row["ref"] for row in rows]
    assert refs == sorted(refs, key=natural)
    assert sorted(["R10", "R2", "C1", "R1a", "R1", ""], key=natural) == ["", "C1", "R1", "R1a", "R2", "R10"]
    assert sorted(["²", "R²", "R2"], key=natural) == ["R2", "R²", "²"]


def test_a_report_holds_the_table_and_is_read_back():
    first = report(fixture("package-minimum"))
    text = to_json(first)
    assert text == to_json(report(fixture("package-minimum")))
    data = json.loads(text)
    assert data["designs"][0]["components"] == [dict(row) for row in first.designs[0].components]
    assert from_dict(data).designs[0].components == first.designs[0].components


def test_a_report_from_before_the_table_is_read():
    data = json.loads(to_json(report(fixture("package-minimum"))))
    del data["designs"][0]["components"]
    assert from_dict(data).designs[0].components == ()


def test_a_board_without_components_has_an_empty_table():
    assert component_table(board()) == ()


@pytest.mark.parametrize(
    ("name", "size", "sure", "pins", "pitch"),
    [
        ("R_0603_1608Metric", "0603", True, 0, 0), ("0402-res", "0402", True, 0, 0), ("R_0603_0805", "0603", False, 0, 0),
        ("L_Wuerth_MAPI-2512", "2512", False, 0, 0), ("SM0805", "0805", True, 0, 0),
        ("SOIC-8_3.9x4.9mm_P1.27mm", "", False, 8, 1.27),
        ("QFN-24-1EP_4x4mm_P0.5mm_EP2.6x2.6mm", "", False, 24, 0.5), ("LQFP-48_7x7mm_Pitch0.5mm", "", False, 48, 0.5),
        ("QFN56_7x7_Pitch_0.4mm", "", False, 56, 0.4), ("QFN-3x3", "", False, 0, 0), ("TSSOP20", "", False, 20, 0),
        ("SOT-23-5", "", False, 5, 0), ("SOT-23", "", False, 0, 0), ("SOT-23-5_6", "", False, 0, 0),
        ("SOT-363_SC-70-6", "", False, 6, 0),
        ("PinHeader_1x08_P2.54mm", "", False, 8, 2.54), ("Pin_Header_Straight_2x05_Pitch1.27mm", "", False, 10, 1.27),
        ("SOIC127P600X175-8N", "", False, 0, 0), ("Diodes_UQFN2020-12_Type-B", "", False, 0, 0), ("csBGA285", "", False, 285, 0),
        ("TO-220-3_Horizontal", "", False, 0, 0),
    ],
)  # fmt: skip
def test_what_a_name_promises(name, size, sure, pins, pitch):
    said = of_name(name)
    assert (said.size, said.pins, said.pitch) == (size, pins, pitch)
    assert said.sure == sure or not size


@pytest.mark.parametrize(("name", "rows", "exact", "leaded"), [
    ("SOIC-8_3.9x4.9mm", 2, False, False), ("TSSOP20", 2, False, False), ("QFN-24-1EP_4x4mm", 4, False, False),
    ("DIP-16_W7.62mm", 2, False, False), ("BGA-121_9x9mm", 0, False, False), ("TSOT-23-6", 2, True, False),
    ("PinHeader_1x04_P2.54mm", 1, True, False), ("PinSocket_2x06_P2.54mm_Horizontal", 2, True, False),
    ("R_Axial_DIN0207_L6.3mm_D2.5mm_P10.16mm_Horizontal", 0, False, True), ("CP_Radial_D5.0mm_P2.50mm", 0, False, True),
    ("CP_Radial_SMD_6.3", 0, False, False), ("JST_SH_SM04B_1x04-1MP_P1.00mm_Horizontal", 0, False, False),
])  # fmt: skip
def test_how_a_name_says_the_pins_stand(name, rows, exact, leaded):
    said = of_name(name)
    assert (said.rows, said.exact, said.leaded) == (rows, exact, leaded)


@pytest.mark.parametrize(("text", "size", "pins"), [("0603 (1608 Metric)", "0603", 0), ('8-SOIC (0.154", 3.90mm Width)', "", 8),
                                                    ("SOT-23-3", "", 0), ("0402", "0402", 0), ("16-TSSOP", "", 16)])  # fmt: skip
def test_what_a_field_promises(text, size, pins):
    said = of_field(text)
    assert (said.size, said.pins) == (size, pins)
