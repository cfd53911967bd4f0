"""What a line does to each part, by its joints; the traps are those of the rule `assembly-flow`."""

from __future__ import annotations

import pytest
from small import board, footprint, pad, smd

from dfmcheck import engine
from dfmcheck.flow.low import exclusions, standing
from dfmcheck.flow.site import site
from dfmcheck.flow.work import work
from dfmcheck.read.kicad import read_kicad
from dfmcheck.rule import load_rules, resolve

LEADS = [pad("circle", "1.7 1.7", "1", at=f"{2.54 * k} 0", number=str(k + 1)) for k in range(4)]
LANDS = [smd("1 1", at=f"{3 * k} 3", number=str(k + 10)) for k in range(2)]
DRILLED = [pad("circle", "0.6 0.6", "0.3", at=f"{x} 0", number="5") for x in (-0.8, 0.8)]
QFN = [smd("0.3 0.8", at=f"{x} {y}", number=str(n)) for n, (x, y) in enumerate(((-1, -2), (1, -2), (-1, 2), (1, 2)), 1)]
LEADED = [
    pad("circle", "1.2 1.2", "0.6", at=f"{2 * k} 0", number=str(k + 1), extra="(property pad_prop_pressfit)")
    for k in range(3)
]  # fmt: skip


def kinds(*feet: str, **options: str) -> list[str]:
    return work(board(*feet, **options)).kind.tolist()


def test_leads_lands_and_both() -> None:
    feet = footprint(*LEADS, ref="J1"), footprint(*LANDS, ref="R1", at="20 10"), footprint(*LEADS, *LANDS, ref="J2", at="40 10")
    assert kinds(*feet) == ["tht", "smd", "smd"]


def test_a_part_declared_as_leaded_with_a_few_lands_is_leaded() -> None:
    text = footprint(*LEADS, *LANDS, ref="J1").replace("(layer", "(attr through_hole) (layer", 1)
    assert kinds(text) == ["tht"]
    more = footprint(*LEADS[:1], *LANDS, ref="J1").replace("(layer", "(attr through_hole) (layer", 1)
    assert kinds(more) == ["smd"]


def test_drilled_thermal_vias_are_no_leads() -> None:
    part = footprint(*QFN, smd("2.2 2.2", number="5"), *DRILLED, ref="U1")
    w = work(board(part))
    assert (w.kind.tolist(), w.lands.tolist(), w.barrels.tolist()) == (["smd"], [5], [0])


def test_press_fit_pins_are_no_solder_joints() -> None:
    assert kinds(footprint(*LEADED, ref="J1")) == ["press"]
    assert kinds(footprint(*LEADS, ref="J1", name="lib:Backplane_PressFit")) == ["press"]


def test_who_is_not_placed() -> None:
    dnp = footprint(*LEADS, ref="J1").replace("(layer", "(attr dnp) (layer", 1)
    hole = footprint(pad("circle", "6 6", "3.2", number=""), ref="H1", name="MountingHole:MountingHole_3.2mm_M3_Pad")
    point = footprint(smd("1 1"), ref="TP1", name="TestPoint:TestPoint_Pad_D1.0mm")
    jumper = footprint(*LANDS, ref="JP1", name="Jumper:SolderJumper-2_P1.3mm_Open")
    assert kinds(dnp, hole, point, jumper) == ["", "", "", ""]


def test_barrels_under_mask_are_no_leads() -> None:
    covered = [pad("circle", "1.7 1.7", "1", at=f"{2.54 * k} 0", number=str(k), layers='"*.Cu"') for k in range(4)]
    opened = footprint(*LEADS, ref="J2", at="30 10")
    assert kinds(footprint(*covered, ref="J1"), opened) == ["mech", "tht"]


def test_lands_without_paste_that_outnumber_the_barrels_are_contacts() -> None:
    bare = [smd("1 1", at=f"{3 * k} 3", number=str(k + 10), layers='"F.Cu" "F.Mask"') for k in range(8)]
    annexes = [smd("1 1", at=f"{3 * k} 3", number=str(k % 4 + 1), layers='"F.Cu" "F.Mask"') for k in range(8)]
    pasted = footprint(*LANDS, ref="R1", at="60 10")
    assert kinds(pasted, footprint(*LEADS, *bare, ref="U1")) == ["smd", "mech"]
    assert kinds(footprint(*LEADS, *annexes, ref="J1"), pasted) == ["tht", "smd"]


def test_a_part_is_soldered_where_its_lands_are() -> None:
    below = [smd("1 1", at=f"{3 * k} 3", number=str(k), layers='"B.Cu" "B.Paste" "B.Mask"') for k in range(2)]
    w = work(board(footprint(*below, *LANDS, ref="D1", at="30 10"), footprint(*below, ref="SW1")))
    assert w.kind.tolist() == ["smd", "smd"]
    assert w.side.tolist() == [0, 1]


def test_the_side_of_the_leads_is_that_of_most_parts_then_of_most_joints() -> None:
    flipped = footprint(*LEADS, ref="J2", at="30 10").replace('(layer "F.Cu")', '(layer "B.Cu")')
    few = footprint(*LEADS[:2], ref="J1")
    assert site(board(few, flipped)).lead_side == 1
    assert site(board(few, flipped, footprint(*LEADS[:1], LEADS[1], ref="J3", at="60 10"))).lead_side == 0


@pytest.mark.parametrize(("pitch", "ipc"), [(0.8, "1C"), (0.65, "1C"), (0.635, "1X"), (0.5, "1X"), (0.4, "1Y")])
def test_classes_by_pitch(pitch: float, ipc: str) -> None:
    rows = [smd("0.2 1.4", at=f"{(k % 10) * pitch} {6 * (k // 10)}", number=str(k + 1)) for k in range(20)]
    assert site(board(footprint(*rows, ref="U1"), footprint(*LEADS, ref="J1", at="40 10"))).ipc == ipc
    assert site(board(footprint(*rows, ref="U1"))).ipc == "1B"


@pytest.mark.parametrize(
    ("name", "station"),
    [("Module:COB_5x5", "chip on board"), ("Die:FlipChip-9", "flip chip"), ("LED_SMD:LED_COB_13x13", ""), ("X:Chip_0603", "")],
)
def test_stations_by_name(name: str, station: str) -> None:
    found = site(board(footprint(*LANDS, ref="U1", name=name)))
    assert [s for s, _ in found.stations] == ([station] if station else [])
    assert found.ipc[1] == ("Z" if station else "B")


def test_heights_below_that_only_a_family_tells_exclude_nothing() -> None:
    rules = load_rules()
    limits = resolve(("standard",), rules, [("bottom-height", "pallet", "0.5 mm", "test")])
    run = engine.Run(rules, {n: engine._limits_of(r, limits) for n, r in rules.items()})
    design = board(footprint(*LANDS, ref="R1").replace('(layer "F.Cu")', '(layer "B.Cu")').replace("F.", "B."))
    ctx = engine.Context(design, rules["bottom-height"], run.limits["bottom-height"], 0.0, run)
    rows, height = standing(design, 1, "pallet")
    assert len(rows) == 1
    assert height[0] > 0.5
    assert exclusions(ctx, 1, "pallet") == ()
    assert exclusions(None, 1, "pallet") == ()


def test_an_empty_board() -> None:
    w = work(read_kicad(b'(kicad_pcb (version 20241229) (layers (0 "F.Cu" signal) (2 "B.Cu" signal)))', "x.kicad_pcb"))
    assert (len(w.kind), len(w.lead)) == (0, 0)
