"""Damaged and hostile Gerber files: an image with faults or a `DfmError`, and soon."""

from contextlib import suppress

import pytest
from gerbers import HEAD, at
from hypothesis import given, settings
from hypothesis import strategies as st

from dfmcheck.errors import DfmError
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.gerber_faults import WORDS

GOOD = (
    HEAD
    + "%TF.FileFunction,Copper,L1,Top*%\nG04 #@! TO.N,A*\n%AMM*21,1,$1,$2x2,0,0,$3*1,0,$1/4,0,0*%\n"
    + "%ADD10C,0.2X0.1*%\n%ADD11M,3X1X30*%\n%ADD12R,1X2*%\n%ADD14C,0.3*%\n"
    + "%ABD13*%\nD10*\n" + at(0, 0, 3) + "%LPC*%\n" + at(0.1, 0, 3) + "%LPD*%\n%AB*%\n"
    + "D11*\n%TO.P,U1,1*%\n" + at(5, 5, 3) + "D12*\nG01*\n" + at(0, 0, 2) + at(9, 3, 1)
    + "G75*\nD14*\nG03*\n" + at(4, 4, 2) + at(3, 3, 1, "I-1000000J0") + "G74*\n" + at(4, 2, 1, "I1000000J0")
    + "G01*\nG36*\n" + at(0, 0, 2) + at(4, 0, 1) + at(4, 4, 1) + at(0, 0, 1) + "G37*\n"
    + "%LPC*%\nD13*\n%LR45*%\n" + at(2, 1, 3) + "%LPD*%\n%SRX2Y2I9J9*%\n" + at(1, 1, 3) + "%SR*%\nM02*\n"
).encode()  # fmt: skip

pytestmark = pytest.mark.timeout(120)
"""What grows with the square of a bomb takes minutes; the rest is over in seconds."""


def survives(data: bytes):
    image = None
    with suppress(DfmError):
        image = read_gerber(data, "x.gbr")
        assert all(f.what in WORDS and "\n" not in f.message for f in image.faults)
    return image


def test_the_good_file_is_good():
    image = survives(GOOD)
    assert image is not None
    assert not any(f.grave for f in image.faults)
    assert len(set(image.graphics.object.tolist())) == 10


def test_cut_at_any_byte():
    for k in range(0, len(GOOD), 3):
        image = survives(GOOD[:k])
        if 60 < k < len(GOOD) - 5 and image is not None:
            assert any(f.grave for f in image.faults), "a cut file is never a good one"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_changed_bytes(changes):
    data = bytearray(GOOD)
    for where, value in changes:
        data[where] = value
    survives(bytes(data))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_moved_parts(a, b, c):
    a, b = sorted((a, b))
    survives(HEAD.encode() + GOOD[a:b] + GOOD[c:] + GOOD[b:])


@settings(max_examples=100, deadline=None)
@given(st.text("XYIJDGM*%0123456789-.,$ABCFLOPRST()x+/=\n", max_size=300))
def test_any_text_of_gerber_letters(text):
    survives(HEAD.encode() + text.encode() + b"M02*")


def blocks(depth: int, times: int) -> str:
    text = "%ADD10C,1*%\n%ABD100*%\nD10*\n" + at(0, 0, 3) + "%AB*%\n"
    for k in range(depth):
        text += f"%ABD{101 + k}*%\nD{100 + k}*\n" + at(k, 0, 3) * times + "%AB*%\n"
    return text + f"D{100 + depth}*\n" + at(0, 0, 3)


@pytest.mark.parametrize(
    "body",
    [
        "%ADD10C,1*%\nD10*\n%SRX100000Y100000I1J1*%\n" + at(0, 0, 3) + "%SR*%\n",
        "%ADD10C,1*%\nD10*\n%SRX999999999Y999999999I1J1*%\n" + at(0, 0, 3) + "%SR*%\n",
        blocks(30, 10),
        blocks(300, 2),
        "%ABD10*%\nD10*\n" + at(0, 0, 3) + "%AB*%\nD10*\n" + at(0, 0, 3),
        "%ABD10*%\n" * 3000,
        "%SRX2Y2I1J1*%\n" * 20000,
        "%AMM*1,1," + "(" * 100000 + "1" + ")" * 100000 + ",0,0*%\n%ADD10M*%\n",
        "%AMM*1,1," + "-" * 200000 + "1,0,0*%\n%ADD10M*%\n",
        "%AMM*$1=$1x$1*$1=$1x$1*$1=$1x$1*$1=$1x$1*$1=$1x$1*$1=$1x$1*$1=$1x$1*$1=$1x$1*1,1,$1,0,0*%\n%ADD10M,999999*%\nD10*\nX0Y0D03*\n",
        "%AMM*4,1,50000" + ",1,2,3,4" * 50000 + ",0*%\n" + "".join(f"%ADD{k}M,{k}*%\n" for k in range(10, 2000)),
        "%AMM*" + "1,1,1,0,0*" * 30000 + "%\n" + "".join(f"%ADD{k}M,{k}*%\n" for k in range(10, 2000)),
        "%AMM*6,0,0,1000,0.0001,0.0001,999999999,0.1,1,0*%\n%ADD10M*%\nD10*\nX0Y0D03*\n",
        "%AMM*5,1,999999999,0,0,1,0*%\n%ADD10M*%\nD10*\nX0Y0D03*\n%ADD11P,1X999999999*%\n",
        "%ADD10C,1*%\nD10*\nG75*\nG02*\n" + "X0Y0D02*\nX999999999999Y1D01I500000000000J999999999999*\n" * 2000,
        "%ADD999999999999999999C,1*%\nD999999999999999999*\nX99999999999999999999999Y0D03*\n",
        "%ADD10C,1e300*%\nD10*\nX0Y0D03*\n%ADD11C,1" + "0" * 400 + "*%\nD11*\nX0Y0D03*\n%ADD12C,nan*%\n%ADD13R,infXinf*%\n",
        "%" * 100000,
        "*" * 200000,
        "%LPC*" * 50000,
        "G04 " * 50000,
        "\u00ff" * 100000,
        "X" * 100000 + "*",
        "%SFA1e-300B1e300*%\n%IR1e300*%\n%OFA1e300B0*%\n%LR1e300*%\n%LS1e-300*%\n%ADD10C,1*%\nD10*\nX0Y0D03*\n",
    ],
)  # fmt: skip
def test_bombs(body):
    survives((HEAD + body + "M02*\n").encode("latin-1"))


def test_layers_of_clear_and_dark_are_soon_resolved():
    dark, clear = "%LPD*%\nD10*\n" + at(0, 0, 3), "%LPC*%\nD11*\n" + at(0, 0, 3)
    survives((HEAD + "%ADD10C,10*%\n%ADD11C,5*%\n" + (dark + clear) * 400 + "M02*\n").encode())
    plane = "G36*\n" + at(0, 0, 2) + at(100, 0, 1) + at(100, 100, 1) + at(0, 100, 1) + at(0, 0, 1) + "G37*\n%LPC*%\nD11*\n"
    holes = "".join(at(x + 0.5, y + 0.5, 3) for x in range(100) for y in range(100))
    image = survives((HEAD + "%ADD11C,0.5*%\n" + plane + holes + "M02*\n").encode())
    assert len(image.graphics.core[0].interiors) == 10000


def test_more_copies_than_memory_holds_are_refused():
    for body in ("%SRX100000Y100000I1J1*%\n%ADD10C,1*%\nD10*\n" + at(0, 0, 3), blocks(30, 10)):
        with pytest.raises(DfmError, match="more than"):
            read_gerber((HEAD + body + "M02*").encode(), "x.gbr")
