"""What a board says of itself: layers, stackup, nets, components, settings; provenance; versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kicad_boards import LAYERS, TWO, board, footprint, pad, text, uuid

from dfmcheck.board import Kind
from dfmcheck.errors import DfmError
from dfmcheck.provenance import Locator
from dfmcheck.read import read, read_kicad


def test_devices_and_huge_files_are_refused_before_they_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.kicad_pcb"
    path.write_text(text())
    (tmp_path / "a.kicad_pro").symlink_to("/dev/zero")
    assert [n.message for n in read(path).notes] == ["project file not read: it is not a file"]
    with pytest.raises(DfmError, match="/dev/zero: cannot be read: it is not a file"):
        read("/dev/zero")
    monkeypatch.setattr("dfmcheck.read.places.DESIGN", path.stat().st_size)
    assert len(read(path).nets)
    monkeypatch.setattr("dfmcheck.read.places.DESIGN", path.stat().st_size - 1)
    with pytest.raises(DfmError, match=r"a\.kicad_pcb: is larger than"):
        read(path)


def test_layers() -> None:
    layers = board().layers
    assert layers.name[layers.order >= 0].tolist() == ["F.Cu", "In1.Cu", "In2.Cu", "B.Cu"]
    assert layers.order[layers.order >= 0].tolist() == [0, 1, 2, 3]
    rows = {name: (alias, role, side) for name, alias, role, side in zip(layers.name, layers.alias, layers.role, layers.side)}
    assert rows["In2.Cu"] == ("GND plane", "copper", "inner")
    assert rows["F.Mask"] == ("", "mask", "top")
    assert rows["B.CrtYd"] == ("B.Courtyard", "courtyard", "bottom")
    assert rows["Edge.Cuts"] == ("", "edge", "")
    assert rows["Dwgs.User"] == ("", "user", "")


def test_renamed_copper_layers_of_kicad_5() -> None:
    layers = "(layers (0 Top signal) (1 GND1 power hide) (2 In2.Cu signal hide) (31 Bottom signal) (37 F.SilkS user))"
    b = board("(segment (start 0 0) (end 1 0) (width 0.2) (layer GND1) (net 1))", layers=layers, version=20171130)
    assert b.layers.name.tolist() == ["F.Cu", "In1.Cu", "In2.Cu", "B.Cu", "F.SilkS"]
    assert b.layers.alias.tolist() == ["Top", "GND1", "", "Bottom", ""]
    assert b.layers.name[b.features.layer[0]] == "In1.Cu"


STACKUP = """(stackup (layer "F.Mask" (type "Top Solder Mask") (color "Red") (thickness 0.01))
 (layer "F.Cu" (type "copper") (thickness 0.035))
 (layer "dielectric 1" (type "prepreg") (thickness 0.1) (material "FR4") addsublayer (thickness 0.2) (material "PP"))
 (layer "B.Cu" (type "copper") (thickness 0.07)) (copper_finish "ENIG") (dielectric_constraints no))"""


def test_stackup_thickness_and_finish() -> None:
    b = board(setup=STACKUP)
    assert [(s.name, s.type, s.thickness, s.material) for s in b.stackup] == [
        ("F.Mask", "mask", 0.01, ""), ("F.Cu", "copper", 0.035, ""), ("dielectric 1", "prepreg", 0.1, "FR4"),
        ("dielectric 1", "prepreg", 0.2, "PP"), ("B.Cu", "copper", 0.07, ""),
    ]  # fmt: skip
    assert [s.color for s in b.stackup] == ["Red", "", "", "", ""]
    assert (b.finish, b.thickness) == ("ENIG", 1.6)
    assert b.layers.thickness[[b.layer("F.Cu"), b.layer("B.Cu")]].tolist() == [0.035, 0.07]
    assert np.isnan(b.layers.thickness[b.layer("In1.Cu")])
    assert {"stackup", "thickness"} <= b.facts
    assert "stackup" not in board().facts


def test_nets_by_number_and_by_name() -> None:
    old = board('(segment (start 0 0) (end 1 0) (width 0.2) (layer "F.Cu") (net 2))')
    new = board('(segment (start 0 0) (end 1 0) (width 0.2) (layer "F.Cu") (net "5"))', nets="", version=20260206)
    assert (old.nets.name.tolist(), old.items.net.tolist()) == (["GND", "VCC"], [1])
    assert (new.nets.name.tolist(), new.items.net.tolist()) == (["5"], [0])


def test_no_net_is_minus_one() -> None:
    b = board('(segment (start 0 0) (end 1 0) (width 0.2) (layer "F.Cu") (net 0))', footprint(pad(more='(net 0 "")')))
    assert b.items.net[b.items.kind != Kind.COMPONENT].tolist() == [-1, -1]


def test_net_classes_of_kicad_5() -> None:
    classes = """(net_class Default "x" (clearance 0.2) (trace_width 0.25) (add_net GND))
     (net_class Power "" (clearance 0.3) (add_net VCC))"""
    b = board(classes, layers=TWO, version=20171130)
    assert b.nets.netclass.tolist() == ["Default", "Power"]
    assert b.settings["netclasses"]["Power"] == {"clearance": 0.3}


def test_the_project_file_beside_the_board(tmp_path: Path) -> None:
    path = tmp_path / "b.kicad_pcb"
    path.write_text(
        text(
            '(gr_text "${NOTE}" (at 0 0) (layer "F.SilkS") (effects (font (size 1 1))))',
            nets='(net 0 "") (net 1 "/A1") (net 2 "/B")',
        )
    )
    project: dict[str, Any] = {
        "board": {"design_settings": {"rules": {"min_clearance": 0.15, "min_track_width": 0.2}}},
        "net_settings": {
            "classes": [{"name": "Default", "clearance": 0.2, "track_width": 0.25}, {"name": "A", "clearance": 0.1}],
            "netclass_patterns": [{"netclass": "A", "pattern": "/A*"}],
        },
        "text_variables": {"NOTE": "hello"},
    }
    path.with_suffix(".kicad_pro").write_text(json.dumps(project))
    b = read(path)
    assert b.nets.netclass.tolist() == ["A", "Default"]
    assert (b.settings["min_clearance"], b.settings["min_track_width"]) == (0.15, 0.2)
    assert b.settings["netclasses"]["Default"] == {"clearance": 0.2, "track_width": 0.25}
    assert "hello" in b.items.label
    path.with_suffix(".kicad_pro").write_text("{broken")
    assert "project file not read" in read(path).notes[0].message


@pytest.mark.parametrize(
    "project", ["[]", '{"board": 3, "net_settings": {"classes": [7, {"name": 5}], "netclass_patterns": "x"}}', "[" * 99999]
)
def test_hostile_project_files(tmp_path: Path, project: str) -> None:
    path = tmp_path / "b.kicad_pcb"
    path.write_text(text())
    path.with_suffix(".kicad_pro").write_text(project)
    assert len(read(path).nets) == 2


def test_settings_of_the_board() -> None:
    b = board(setup="(pad_to_mask_clearance 0.05) (solder_mask_min_width 0.1) (allow_soldermask_bridges_in_footprints yes)")
    assert (b.settings["solder_mask_margin"], b.settings["solder_mask_min_width"]) == (0.05, 0.1)
    assert b.settings["allow_mask_bridges_in_footprints"] is True


def test_components() -> None:
    more = "(attr smd board_only exclude_from_pos_files exclude_from_bom allow_missing_courtyard dnp)"
    b = board(
        footprint(at="1 2 90", more=more), footprint(layer="B.Cu", ref="V1", more="(attr through_hole)"), footprint(ref="W1")
    )
    c = b.components
    assert c.ref.tolist() == ["U1", "V1", "W1"]
    assert (c.value[0], c.footprint[0], c.x[0], c.y[0], c.angle[0]) == ("val", "lib:name", 1, 2, 90)
    assert c.side.tolist() == [0, 1, 0]
    assert c.mount.tolist() == ["smd", "tht", ""]
    for column in (c.board_only, c.exclude_bom, c.exclude_placement, c.dnp, c.no_courtyard):
        assert column.tolist() == [True, False, False]
    assert b.items.label[c.item].tolist() == ["U1", "V1", "W1"]


@pytest.mark.parametrize(
    ("attr", "mount", "placed"), [("", "tht", True), ("(attr smd)", "smd", True), ("(attr virtual)", "other", False)]
)
def test_attributes_of_kicad_5(attr: str, mount: str, placed: bool) -> None:
    module = f"""(module lib:name (layer F.Cu) (tedit 0) (tstamp 5AE3267F) (at 0 0) {attr}
     (fp_text reference R1 (at 0 0) (layer F.SilkS) hide (effects (font (size 1 1))))
     (fp_text value 10k (at 0 0) (layer F.Fab) hide (effects (font (size 1 1)))))"""
    c = board(module, layers=TWO, version=20171130).components
    assert (c.ref[0], c.value[0], c.mount[0], bool(c.exclude_placement[0])) == ("R1", "10k", mount, not placed)


def test_net_ties_of_old_files_are_told_by_their_keywords() -> None:
    pads = [pad(number="1"), pad(number="2", at="2 0")]
    b = board(footprint(*pads, more='(tags "net tie")'), footprint(*pads, at="9 0", more='(tags "net tie")'), version=20211014)
    assert b.pads.tie.tolist() == [0, 0, 1, 1]


def field(name: str, content: str) -> str:
    return f'(property "{name}" "{content}" (at 0 0) (layer "F.Fab") (hide yes) {uuid()} (effects (font (size 1 1))))'


@pytest.mark.parametrize(
    ("child", "height", "source"),
    [
        (field("Height", "1.2mm"), 1.2, "field Height"), (field("height", "100 mil"), 2.54, "field height"),
        (field("Height (mm)", "3"), 3, "field Height (mm)"), (field("Height", "tall"), None, ""), (field("Weight", "3"), None,
        ""),
        ('(model "${X}/CP_Elec_H5.8mm.wrl" (offset (xyz 0 0 0)))', 5.8, "model name"),
        ("(model lib/L_H2mm_P5.wrl (at (xyz 0 0 0)))", 2, "model name"),
    ],
)  # fmt: skip
def test_heights(child: str, height: float | None, source: str) -> None:
    c = board(footprint(child)).components
    assert c.height_source[0] == source
    assert np.isnan(c.height[0]) if height is None else c.height[0] == pytest.approx(height)


def test_the_code_of_a_moulded_chip_tells_its_height() -> None:
    c = board(footprint("").replace("lib:name", "lib:CP_EIA-7343-31_Kemet-D")).components
    assert (c.height[0], c.height_source[0]) == (pytest.approx(3.1), "footprint name")


def test_fields() -> None:
    b = board(footprint(field("MPN", 'ab\\"c')))
    assert b.components.fields[0] == {"Reference": "U1", "Value": "val", "MPN": 'ab"c'}


def test_lines_columns_and_uuids() -> None:
    own = "aaaaaaaa-0000-4000-8000-000000000001"
    inner = "bbbbbbbb-0000-4000-8000-000000000002"
    name = '"(uuid ""x)'.replace('""', "")
    line = f'(fp_line (start 0 0) (end 1 1) (layer "F.SilkS") (width 0.1) (uuid {inner}))'
    item = f'(footprint {name}" (layer "F.Cu")\n {line} (at 0 0) (uuid "{own}"))'
    b = board(f"  {item}")
    locate = Locator(b)
    assert [locate.uuid(i) for i in range(len(b.items))] == [inner, own]
    assert [locate.line(i) for i in range(len(b.items))] == [9, 8]
    assert [locate.column(i) for i in range(len(b.items))] == [2, 3]


def test_short_stamps_are_written_as_later_versions_do() -> None:
    b = board("(segment (start 0 0) (end 1 0) (width 0.2) (layer F.Cu) (net 1) (tstamp 5C21B4D7))", layers=TWO, version=20171130)
    assert Locator(b).uuid(0) == "00000000-0000-0000-0000-00005c21b4d7"


def test_newer_files_are_read_with_a_note_and_what_cannot_be_read_is_refused() -> None:
    assert "newer" in board(version=20270101, nets="").notes[0].message
    placed = '(footprint "lib:name" (layer "F.Cu") (transform (translate 1 2) (rotate 90)) (property "Reference" "U1"))'
    with pytest.raises(DfmError, match="KiCad 10 or older"):
        board(placed, version=20270101, nets="")


def test_facts() -> None:
    assert board().facts >= {
        "nets",
        "components",
        "pads",
        "vias",
        "tracks",
        "zones",
        "holes",
        "plating",
        "mask",
        "paste",
        "silk",
        "spans",
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"), (b" \n", "is empty"), (b"\0" * 99, "binary"), (b"(kicad_sch (version 1))", "schematic"), (b"hello",
        "no KiCad board"),
        (b"PK\3\4xxxx", "no KiCad board"), (b"G04 x*\n%FSLAX46Y46*%\n", "Gerber"), (b"%FSLAX46Y46*%", "Gerber"), (b"M48\nMETRIC",
        "drill"),
        (b"(footprint x)", "footprint"), (b'{"board": 1}', "JSON"), (b"(kicad_pcb)", "content"), (b"(kicad_pcb (version 1) (x",
        "no end"),
        (b"(kicad_pcb (version 20241229))", "no \\(layers"), (b"PCBNEW-BOARD Version 1", "before 4"), (b"((((", "no KiCad board"),
        (b"(kicad_pcb (layers (1 F.Mask user)))", "no copper layer"), (b"(kicad_pcb (layers (0 F.Cu signal) (2 F.Cu signal)))",
        "twice"),
    ],
)  # fmt: skip
def test_what_is_no_board_is_said_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(DfmError, match=words) as caught:
        read_kicad(data, "some.file")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("some.file")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path, words in ((tmp_path, "holds no board"), (tmp_path / "absent", "cannot be read"), ("a\0b", "cannot be read")):
        with pytest.raises(DfmError, match=words):
            read(path)


def test_layers_must_come_first() -> None:
    with pytest.raises(DfmError, match="before the board's"):
        read_kicad(
            text(layers="")
            .replace(")\n", f"(segment (start 0 0) (end 1 1) (width 1) (layer F.Cu) (net 0)) {LAYERS})\n")
            .encode(),
            "b",
        )
