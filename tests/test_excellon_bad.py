"""Damaged and hostile drill files: a fault, a `DfmError`, never a crash, a hang or a flood."""

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from drilled import read, spots, whats
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.errors import DfmError
from dfmcheck.package import Drill
from dfmcheck.read.drill_faults import FAULTS
from dfmcheck.read.drill_fit import fit
from dfmcheck.read.drill_pieces import MOST
from dfmcheck.read.drill_tools import read_format, read_tools
from dfmcheck.read.excellon import looks_like_excellon

MM = "M48\nMETRIC,TZ,000.000\nT1C1.000\n%\nT1\n"
LANDS = np.array([[x, y] for x in range(20) for y in range(20)], float)
EVERYTHING = (
    "\0\0%\nM48\n; FORMAT={3:3/ absolute / metric / keep zeros}\n; #@! TF.FileFunction,Plated,1,4,PTH\nMETRIC,TZ\nFMAT,2\n"
    "ICI,OFF\n"
    "; #@! TA.AperFunction,Plated,PTH,ViaDrill\nT1F00S00C0.300\n;TYPE=NON_PLATED\nT2C0.8\n%\nG90\nG05\nT1\n"
    "X001000Y002000\nX003000\nR3X000500\nM25\nX1.5Y2.5\nM01\nM02X010000Y0\nM08\nT2\nX001000Y001000G85X002000Y001000\nG00X005000Y005000\nM15\nG01X006000\n"
    "G03X007000Y006000A001000\nG02X008000Y005000I001000J000000\nM16\nG05\nG93X0Y0\nX005000Y005000G84X002000\nM97,AB\nX9Y9\nM72\n"
    "X1.0Y1.0\nT3\nX2.Y2.\nM30\n"
)


def sane(data: bytes) -> Drill | None:
    """Read it; what comes back is consistent. None where it is refused."""
    looks_like_excellon(data)
    read_tools(data)
    read_format(data)
    try:
        drill = fit(data, "bad.drl", read(data), LANDS)
    except DfmError:
        return None
    assert {f.what for f in drill.faults} <= set(FAULTS)
    assert all("\n" not in f.message for f in drill.faults)
    assert (drill.hits.tool < len(drill.tools)).all()
    assert np.isfinite(shapely.get_coordinates(drill.hits.core)).all()
    assert not (drill.hits.radius <= 0).any()
    assert drill.stated or drill.faults
    return drill


def test_the_whole_file_is_read():
    drill = sane(EVERYTHING.encode())
    assert len(drill.hits) == 12


def test_cut_off_anywhere():
    data = EVERYTHING.encode()
    for end in range(len(data) - 1):
        drill = sane(data[:end])
        if drill is not None and end < len(data) - 4 and len(drill.hits):
            assert "no end" in whats(drill), data[:end][-20:]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_mutated(seed):
    rng = random.Random(seed)
    data = bytearray(EVERYTHING.encode())
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randint(1, 9)]
        elif kind == 2:
            data[at:at] = bytes(rng.choice(b"XYTRGM0123456789.+-\n;%,") for _ in range(rng.randint(1, 9)))
        else:
            data[at:at] = data[rng.randrange(len(data)) :][:40]
    sane(bytes(data))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data):
    sane(data)


def test_variants_of_a_real_file_cut_and_mutated():
    rng = random.Random(7)
    with zipfile.ZipFile(Path(__file__).parents[1] / "fixtures" / "drill" / "matrix.zip") as archive:
        for path in archive.namelist()[::5]:
            data = archive.read(path)
            for _ in range(5):
                damaged = bytearray(data[: rng.randrange(len(data))])
                for _ in range(3):
                    if damaged:
                        damaged[rng.randrange(len(damaged))] = rng.randrange(32, 127)
                sane(bytes(damaged))


@pytest.mark.parametrize(
    "text",
    [
        MM + "X1000Y1000\nR999999999X1\nM30\n",
        MM + "X1000Y1000\n" + "R900000X1\n" * 9 + "M30\n",
        MM + "M25\nX1000Y1000\nM01\n" + "R999999M02X1\nM01\n" * 9 + "M08\nM30\n",
        MM + "M25\nX1000Y1000\nM01\n" + "M02X1Y1\nM01\n" * 40 + "M08\nM30\n",
        MM + "M25\nX1000Y1000\n" + "X1\n" * 1000 + "M01\n" + "M02X1Y1\n" * 2000 + "M08\nM30\n",
    ],
)
@pytest.mark.timeout(60)
def test_bombs_are_refused_quickly(text):
    with pytest.raises(DfmError, match=f"more than {MOST} holes"):
        read(text)


def test_empty_patterns_repeat_nothing():
    assert len(read(MM + "M25\nM01\nR999999M02X1\nM08\nX1\nM30\n").hits) == 1


def test_coordinates_beyond_any_board_are_left_out_and_told():
    far = "X1000000000Y1000000000\nX999999999999999999999999Y1\n"
    drill = read(MM + "X1000Y1000\n" + far + "X2000Y1000\nG00X1000Y1000\nM15\nG01X-9999999999\nM16\nM30\n")
    assert spots(drill)[:1] == [(1, -1)]
    assert "bad coordinate" in whats(drill)
    assert np.abs(shapely.get_coordinates(drill.hits.core)).max() < 20_000


@pytest.mark.parametrize("data", [b"", b" \n\n", b"\x01\x02\x03", b"\x89PNG\r\n\x1a\n" + bytes(range(20))])
def test_what_is_no_drill_file_is_refused(data):
    with pytest.raises(DfmError, match=r"test\.drl: is "):
        read(data)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "line", ["X" * 10**6, "X1" * 10**6, "T1C" + "9" * 10**5, ";" + "T1 Holesize 1. = " * 10**5, "X1Y1." + "0" * 10**6]
)
def test_long_lines(line):
    sane((MM + line + "\nX1000Y1000\nM30\n").encode())
