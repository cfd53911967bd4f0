"""The Gerber view of a board is its KiCad view: the same shapes on every layer, plotted by kicad-cli.

`DFMCHECK_VIEWS=all` runs all of KiCad's demos and of the boards in DFMCHECK_BOARDS instead of a few.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from plotted import DEMOS, SHARED, layers, needs_cli, plot
from same_shapes import WIDE, difference, image_shapes, layer_shapes

from dfmcheck.board import Board
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.kicad import read_kicad

pytestmark = [pytest.mark.kicad, needs_cli]

ALL = os.environ.get("DFMCHECK_VIEWS") == "all"
FEW = {
    "StickHub", "pic_programmer", "custom_pads_test", "RoyalBlue54L-Feather", "complex_hierarchy",
    "sensor_smd", "plate-bottom", "rp2040_stamp", "LNA915", "tomu-fpga",
}  # fmt: skip
SHARE = 1e-4
"""Of a layer's area that may differ."""
ROLES = ("copper", "mask", "paste", "silk", "edge")

EXPLAINED: dict[tuple[str, str], str] = {}
"""Board and layer that differ, and why."""


def boards() -> list[Path]:
    found = [*sorted(DEMOS.rglob("*.kicad_pcb")), *sorted((SHARED / "kicad").rglob("*.kicad_pcb"))]
    return [path for path in found if path.stem in FEW or ALL]


@cache
def native(path: Path) -> Board:
    return read_kicad(path.read_bytes(), str(path))


@pytest.mark.parametrize("path", boards(), ids=lambda path: path.stem)
def test_every_layer_covers_the_same_area(path: Path) -> None:
    board, films = native(path), layers(plot(path))
    wrong = {}
    for name, film in films.items():
        found = difference(layer_shapes(board, name), image_shapes(read_gerber(film.read_bytes(), film.name)))
        wide = found.wide(WIDE)
        if found.share > SHARE or wide:
            wrong[name] = (found.share, wide[:3])
    explained = {layer for stem, layer in EXPLAINED if stem == path.stem}
    assert {name: why for name, why in wrong.items() if name not in explained} == {}
    assert explained <= set(wrong), "no longer different"
    drawn = {str(board.layers.name[row]) for role in ROLES for row in board.layers_with(role)}
    assert drawn <= set(films)
