"""Mask and paste openings cover the area that KiCad plots: layer by layer on demos and real boards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from plotted import DEMOS, SHARED, layers, needs_cli, plot
from same_shapes import difference, image_shapes, layer_shapes
from small import board, footprint, smd

from dfmcheck.board import Kind
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.kicad import read_kicad

LAYERS = ("F.Mask", "B.Mask", "F.Paste", "B.Paste")
SHARE = 1e-4
"""Of a layer's area that may differ."""
CHORDS = 5e-3
"""Of a layer's area that may differ where KiCad plots polygons with chords of 5 um: where it closes webs of mask."""
WEB = 0.03
"""mm; wider differences are no chords."""
BOARDS = (
    "StickHub", "pic_programmer", "multichannel_mixer",
    "glasgow", "MPPT_charger_20A", "mobo", "luna_rev0", "operacake", "bitaxeUltra", "OSO-SWAT-B1", "vpp-maker-rev6-ian",
    "ram-ddr5-1REV1", "Neo6502_Rev_B1", "left-main", "mta1_usb_dev",
)  # fmt: skip
WEBS = ("icebreaker", "jetson-nano-baseboard", "chainlinkBase")  # REV10a has webs as wide as the least, to the nanometre


def found(stem: str) -> Path:
    for folder in (DEMOS, SHARED / "kicad"):
        for path in folder.rglob(f"{stem}.kicad_pcb"):
            return path
    pytest.skip("set DFMCHECK_BOARDS, or install KiCad's demos")


@pytest.mark.kicad
@pytest.mark.boards
@needs_cli
@pytest.mark.parametrize("stem", BOARDS)
def test_openings_cover_what_is_plotted(stem: str) -> None:
    for name, drawn, plotted, _ in areas(found(stem)):
        assert abs(drawn - plotted) <= SHARE * plotted, name


@pytest.mark.kicad
@pytest.mark.boards
@needs_cli
@pytest.mark.parametrize("stem", WEBS)
def test_webs_that_are_too_narrow_are_opened_as_they_are_plotted(stem: str) -> None:
    for name, drawn, plotted, wide in areas(found(stem)):
        assert abs(drawn - plotted) <= CHORDS * plotted, name
        assert wide == [], name


def areas(path: Path) -> list[tuple[str, float, float, list[tuple[str, float, float, float]]]]:
    """Layer, mm2 that we read, mm2 that KiCad plots, places that differ by more than chords."""
    here, films = read_kicad(path.read_bytes(), str(path)), layers(plot(path))
    out = []
    for name in LAYERS:
        if name in films:
            found = difference(layer_shapes(here, name), image_shapes(read_gerber(films[name].read_bytes(), name)))
            out.append((name, found.layer, found.layer - found.missing.area + found.added.area, found.wide(WEB)))
    assert out
    return out


def test_a_web_below_the_least_width_is_opened() -> None:
    pads = [smd("1 1", at=f"{x} 0", number=str(k), extra="(solder_mask_margin 0)") for k, x in enumerate((0, 1.2, 2.5))]
    b = board(footprint(*pads), setup="(solder_mask_min_width 0.25)")
    f = b.features
    webs = np.flatnonzero(f.kind == Kind.OPENING)
    assert len(webs) == 1, "0.2 mm is too narrow, 0.3 mm is not"
    # A disc of 0.25 mm that cannot pass the gap of 0.2 mm dips into its ends by 0.05 mm, on a chord of 0.2 mm.
    assert 0.2 * (1 - 2 * 0.05) - 1e-3 < f.core[webs[0]].area < 0.2
    assert f.core[webs[0]].bounds == pytest.approx((10.5, 9.5, 10.7, 10.5), abs=0.01)
    assert b.items.label[f.item[webs[0]]] == "closed web"
    assert shapely.is_valid(f.core[webs[0]])
    plain = board(footprint(*pads))
    assert not (plain.features.kind == Kind.OPENING).any()
