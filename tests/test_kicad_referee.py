"""Boards as we read them against what KiCad makes of them: pads, openings, fills, graphics, texts, nets, holes."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from kicad_boards import all_pads, footprint, pad, text, uuid
from kicad_compare import compare

from dfmcheck.board import Board, Kind
from dfmcheck.read import read

DEMOS = Path(os.environ.get("DFMCHECK_DEMOS", "/usr/share/kicad/demos"))
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))


def has_pcbnew() -> bool:
    try:
        return subprocess.run(["/usr/bin/python3", "-c", "import pcbnew"], capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


pytestmark = [pytest.mark.kicad, pytest.mark.skipif(not has_pcbnew(), reason="no pcbnew")]


def test_pads_of_every_shape(tmp_path: Path) -> None:
    path = tmp_path / "pads.kicad_pcb"
    path.write_text(all_pads())
    assert compare(path) == []


LAYERS = '"*.Cu" "*.Mask"'


def via(at: str, more: str, words: str = "") -> str:
    return f"(via {words} (at {at}) (size 0.8) (drill 0.3) {more} (net 1) {uuid()})"


def test_padstacks_and_removed_lands(tmp_path: Path) -> None:
    inner = '(padstack (mode front_inner_back) (layer "Inner" (shape circle) (size 1 1)) (layer "B.Cu" (shape rect) (size 3 2)))'
    by_layer = """(padstack (mode custom) (layer "In1.Cu" (shape circle) (size 1 1))
     (layer "In2.Cu" (shape trapezoid) (size 1.2 1.6) (rect_delta 0.2 0)))"""
    through = '(layers "F.Cu" "B.Cu")'
    remove = f"{through} (remove_unused_layers yes)"
    pads = [
        pad("circle", "1 1", "0 0", "thru_hole", LAYERS, "1",
        '(drill 0.5) (remove_unused_layers yes) (keep_end_layers no) (net 1 "GND")'),
        pad("circle", "1 1", "0 3", "thru_hole", LAYERS, "2",
        '(drill 0.5) (remove_unused_layers yes) (keep_end_layers yes) (net 1 "GND")'),
        pad("circle", "1 1", "0 6", "np_thru_hole", LAYERS, "", "(drill 1)"), pad("circle", "2 2", "0 9", "np_thru_hole",
        LAYERS, "", "(drill 1)"),
        pad("rect", "1 1", "3 9", "np_thru_hole", LAYERS, "", "(drill 1)"), pad("oval", "1 2", "6 9", "np_thru_hole", LAYERS,
        "", "(drill oval 1 2)"),
        pad("rect", "1 1", "9 9", "smd", '"F.Mask"', "", "(solder_mask_margin 0.3)"),
    ]  # fmt: skip
    items = [
        footprint(pad("rect", "2 2", "0 0 30", "thru_hole", LAYERS, more=f"(drill 0.5) {inner}"), at="10 10 15"),
        footprint(pad("oval", "2 1", "0 0 30", "thru_hole", LAYERS, more=f"(drill 0.5) {by_layer}"), at="20 10 15"),
        footprint(*pads, at="10 40 15"),
        via("10 20", f'{through} (padstack (mode front_inner_back) (layer "Inner" (size 0.5)) (layer "B.Cu" (size 1.0)))'),
        via("12 20", '(layers "F.Cu" "In1.Cu") (tenting none)', "blind"), via("14 20",
        '(layers "In1.Cu" "In2.Cu") (tenting front)', "blind"),
        via("50 20", f"{remove} (keep_end_layers yes) (zone_layer_connections)"),
        via("50.7 20", f"{remove} (keep_end_layers yes) (zone_layer_connections)"),
        via("16 20", '(layers "F.Cu" "In1.Cu") (tenting front back)', "micro"), via("18 20",
        f"{remove} (keep_end_layers yes) (zone_layer_connections)"),
        via("20 20", f'{remove} (zone_layer_connections "In2.Cu")'), via("24 20",
        f"{remove} (keep_end_layers no) (zone_layer_connections)"),
        *(f'(segment (start {a}) (end {b}) (width 0.2) (layer "{layer}") (net {net}) {uuid()})' for a, b, layer, net in (
            ("24 20", "30 20", "In1.Cu", 1), ("20.3 20", "20.3 25", "B.Cu", 1), ("10 40", "15 40", "In2.Cu", 1),
        )),
    ]  # fmt: skip
    path = tmp_path / "stacks.kicad_pcb"
    path.write_text(text(*items, setup="(pad_to_mask_clearance 0.04) (tenting front)"))
    assert compare(path) == []


SMALL = ("custom_pads_test/custom_pads_test", "test_pads_inside_pads/test_pads_inside_pads", "ecc83/ecc83-pp",
"microwave/microwave", "sonde xilinx/sonde xilinx",
         "stickhub/StickHub", "royalblue54L_feather/nfc_antenna/RoyalBlue54L-NFC-Antenna/RoyalBlue54L-NFC-Antenna",
         "flat_hierarchy/flat_hierarchy")  # fmt: skip


@pytest.mark.boards
@pytest.mark.parametrize("name", SMALL)
def test_demos(name: str) -> None:
    path = DEMOS / f"{name}.kicad_pcb"
    if not path.exists():
        pytest.skip("demo not installed")
    assert compare(path, texts=True) == []


def found(pattern: str) -> list[Path]:
    return sorted(BOARDS.glob(pattern))


SHARED = [
    p
    for p in found("kicad/**/*.kicad_pcb")
    if p.name in ("rf_protoboard.kicad_pcb", "luna_rev0.kicad_pcb", "OSO-SWAT-B1.kicad_pcb", "glasgow.kicad_pcb")
]


@pytest.mark.boards
@pytest.mark.skipif(not SHARED, reason="set DFMCHECK_BOARDS")
@pytest.mark.parametrize("path", SHARED, ids=lambda p: p.stem)
def test_real_boards(path: Path) -> None:
    assert compare(path, texts=True) == []


RESAVE = "import pcbnew, sys; pcbnew.SaveBoard(sys.argv[2], pcbnew.LoadBoard(sys.argv[1]))"


def table(b: Board) -> Counter[Any]:
    """Every piece of a board but fills, texts and dimensions: what, whose, where, how large; to 1 um."""
    f, i = b.features, b.items
    ref = [*b.components.ref, ""]
    name = [*b.nets.name, ""]
    # Old files have tracks and lines turned round now and then, and Edge.Cuts circles as arcs of 360 degrees: compare by box.
    boxes = np.round(shapely.bounds(f.core), 3) + 0.0
    rows = zip(
        f.kind.tolist(),
        b.layers.name[f.layer],
        i.label[f.item],
        boxes.tolist(),
        np.round(f.radius, 4).tolist(),
        f.net.tolist(),
        f.component.tolist(),
    )
    return Counter(
        (k, layer, label, *box, r, name[net], ref[c])
        for k, layer, label, box, r, net, c in rows
        if k not in (Kind.ZONE, Kind.TEXT) and label != "dimension"  # whose lines KiCad draws anew
    )


def fills(b: Board) -> dict[tuple[str, str], float]:
    out: Counter[Any] = Counter()
    f = b.features
    for row in np.flatnonzero(f.kind == Kind.ZONE).tolist():
        shape = shapely.buffer(f.core[row], f.radius[row]) if f.radius[row] else f.core[row]
        out[b.layers.name[f.layer[row]], b.nets.name[f.net[row]] if f.net[row] >= 0 else ""] += shape.area
    return dict(out)


OLD = [
    p
    for p in found("kicad/**/*.kicad_pcb")
    if p.name in ("sensor.kicad_pcb", "display.kicad_pcb", "LNA915.kicad_pcb", "operacake.kicad_pcb", "tomu-fpga.kicad_pcb")
]


@pytest.mark.boards
@pytest.mark.skipif(not OLD, reason="set DFMCHECK_BOARDS")
@pytest.mark.parametrize("path", OLD, ids=lambda p: p.stem)
def test_saves_of_old_and_new_kicad_are_one_board(path: Path, tmp_path: Path) -> None:
    new = tmp_path / path.name
    subprocess.run(["/usr/bin/python3", "-c", RESAVE, str(path), str(new)], check=True, capture_output=True, timeout=300)
    a, b = read(path), read(new)
    ours, theirs = table(a), table(b)
    assert ours - theirs == Counter()
    assert theirs - ours == Counter()
    assert fills(a) == pytest.approx(fills(b), rel=1e-3)
    assert a.outline.area == pytest.approx(b.outline.area, rel=1e-6)
    assert sorted(zip(a.components.ref, a.components.value, a.components.mount)) == sorted(
        zip(b.components.ref, b.components.value, b.components.mount)
    )
    assert len(a.holes) == len(b.holes)
    assert compare(new, texts=True) == []
