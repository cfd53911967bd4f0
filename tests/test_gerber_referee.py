"""gerbv as the referee: the area of its picture, at about a micrometre a pixel, against the area that we read."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import shapely
from gerbers import HEAD, at

from dfmcheck.board import Floats
from dfmcheck.package import Graphics
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.gerber_flat import solid

image_module = pytest.importorskip("PIL.Image", reason="needs pillow")
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
WINDOW = 4.0
"""mm; side of the square that is compared."""
needs_gerbv = pytest.mark.skipif(not shutil.which("gerbv"), reason="needs gerbv")

FILES = {
    "MinnowMax_lyr1_GAF.art": 0.001,  # Allegro: macros, clear regions and flashes, trailing zeros omitted, modal draws
    "80101_0125_F200_L03.gdo": 0.001,  # Siemens: outline macros, modal draws
    "Resist-A.fph": 0.001,  # Zuken
    "mainboard_TopMask.gbr": 0.001,  # DipTrace: outline macros
    "ZXINET.GTL": 0.001,  # P-CAD: modal flashes, regions
    "MinnowMax_lyr5.art": 0.001,  # Allegro: a plane cut by clear flashes and regions
    "BusPirate-5-rev8-F_Cu.gtl": 0.001,  # KiCad: arcs, rounded rectangles, slits
    "mta1_usb_dev-F_Cu.gtl": 0.001,  # KiCad: arcs, RotRect
    "clockblock-F_Mask.gbr": 0.004,  # gerbv rounds the sides of flashed rectangles down to whole pixels, and these are small
}
"""File to the largest difference in area; more than 0.1 % has its reason beside it."""
BY_HAND = {
    "step and repeat": "%ADD10C,1*%\n%ADD11R,0.4X0.2*%\n%SRX3Y2I1.2J1.6*%\nD10*\n"
    + at(0, 0, 3) + "%LPC*%\nD11*\n" + at(0.1, 0, 3)
    + "%LPD*%\n%SR*%\n",
    "arcs": "%ADD10C,0.2*%\nD10*\nG75*\nG03*\n" + at(2, 0, 2) + at(0, 2, 1, "I-2000000J0") + "G74*\nG02*\n" + at(0, 1, 2)
    + at(1, 0, 1, "I0J1000000") + "G75*\nG36*\n" + at(-1, -1, 2) + at(-1, -1, 1, "I500000J0") + "G01*\nG37*\n",
    "macro": "%AMMAC*$2=$1/2*21,1,$1,$2,0,0,30*1,0,$2x0.8,0,0*4,1,3,1,0,2,0,2,1,1,0,15*"
    "5,1,6,-1.5,0,1,0*7,0,1.2,1,0.6,0.2,0*%\n"
    "%ADD10MAC,1.2*%\nD10*\n" + at(0, 0, 3),
    "moved": "%MIA1B0*%\n%OFA0.5B1*%\n%ADD10O,1X0.4*%\nD10*\n" + at(1, 0, 3) + at(0, 0, 2) +
    "%ADD11C,0.2*%\nD11*\n" + at(1, 1, 1),
}  # fmt: skip


def areas(data: bytes, path: Path, folder: Path, pixel: float) -> tuple[float, float]:
    """Area in mm2 of gerbv's picture and of our shapes, in a window about the object nearest the middle of all."""
    image = read_gerber(data, path.name)
    g = image.graphics
    boxes = shapely.bounds(g.core)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    x, y = middles[np.hypot(*(middles - np.median(middles, axis=0)).T).argmin()]
    window = shapely.box(x - WINDOW / 2, y - WINDOW / 2, x + WINDOW / 2, y + WINDOW / 2)
    return _gerbv(path, folder, x, y, pixel), float(shapely.intersection(_union(g, boxes, window), window).area)


def _union(g: Graphics, boxes: Floats, window: shapely.Polygon) -> shapely.Geometry:
    solid_rows = (g.radius > 0) | (shapely.get_type_id(g.core) == 3)
    near = shapely.intersects(shapely.box(*(boxes + g.radius[:, None] * (-1, -1, 1, 1)).T), window) & solid_rows
    return shapely.union_all(solid(g.core[near], g.radius[near]))


def _gerbv(path: Path, folder: Path, x: float, y: float, pixel: float) -> float:
    out = folder / "out.png"
    low = f"{(x - WINDOW / 2) / 25.4:.6f};{(-y - WINDOW / 2) / 25.4:.6f}"
    size = f"{WINDOW / 25.4:.6f}x{WINDOW / 25.4:.6f}"
    command = ["gerbv", "-x", "png", "-a", "-o", out, "-D", str(round(25.4 / pixel)), "-B", "0", "-O", low, "-W", size]
    subprocess.run([*command, "-f", "#FFFFFFFF", "-b", "#000000", path], check=True, capture_output=True)
    image_module.MAX_IMAGE_PIXELS = None
    return float(np.asarray(image_module.open(out).convert("L")).sum(dtype=np.float64) / 255 * pixel**2)


@needs_gerbv
@pytest.mark.boards
@pytest.mark.parametrize("name", FILES)
def test_published_files_have_the_area_that_gerbv_draws(name, tmp_path):
    path = next((BOARDS / "fab").rglob(name), None)
    if path is None:
        pytest.skip("set DFMCHECK_BOARDS")
    data = path.read_bytes()
    # whole pixels for the usual sizes: 1 um, or 1/20000 inch
    theirs, ours = areas(data, path, tmp_path, 25.4 / 20000 if b"MOIN" in data or b"G70" in data else 0.001)
    assert theirs > 0.3
    assert ours == pytest.approx(theirs, rel=FILES[name])


@needs_gerbv
@pytest.mark.parametrize("what", BY_HAND)
def test_hand_made_files_have_the_area_that_gerbv_draws(what, tmp_path):
    data = (HEAD + BY_HAND[what] + "M02*\n").encode()
    path = tmp_path / "hand.gbr"
    path.write_bytes(data)
    theirs, ours = areas(data, path, tmp_path, 0.001)
    assert ours == pytest.approx(theirs, rel=0.001)
