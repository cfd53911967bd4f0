"""Placement files of many tools give the same rows; damaged ones one clear line."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from dfmcheck.errors import DfmError
from dfmcheck.read.placement import LINES, ROWS, read_placement

ALTIUM = """Altium Designer Pick and Place Locations\r
File Design Information:\r
Units used: {unit}\r
\r
"""
FILES = {
    "kicad csv": "Ref,Val,Package,PosX,PosY,Rot,Side\n"
    "\"C1\",\"1,5k\",\"R_0402\",2.54,-5.08,90.0,top\n\"U2\",\"\",\"SO-8\",10.16,0,270,bottom\n",
    "kicad pos": "### Footprint positions - created on Sunday ###\n## Unit = mm, Angle = deg.\n## Side : All\n"
    "# Ref     Val       Package      PosX       PosY       Rot  Side\n"
    "C1        1,5k      R_0402     2.5400    -5.0800   90.0000  top\n"
    "U2        LM        SO-8      10.1600     0.0000  270.0000  bottom\n"
    "## End\n",
    "kicad inch": "# Ref Val Package PosX PosY Rot Side\n## Unit = inches, Angle = deg.\n"
    "C1 1,5k R_0402 0.1 -0.2 90 top\nU2 LM SO-8 0.4 0 270 bottom\n",
    "altium csv": ALTIUM.format(unit="mil")
    + '"Designator","Comment","Layer","Footprint","Center-X(mil)","Center-Y(mil)","Rotation","Description"\r\n'
    '"C1","1,5k","TopLayer","R_0402","100.000","-200.000","90","Cap, ceramic"\r\n'
    '"U2","LM","BottomLayer","SO-8","400","0","270",""\r\n',
    "altium text": "Designator Footprint Mid X         Mid Y         Ref X         Ref Y         TB      Rotation Comment\r\n\r\n"
    "C1         R_0402    100mil        -200mil       100mil        -200mil       T        90.00   1,5k X7R\r\n"
    "U2         SO-8      400mil        0mil          380mil        20mil         B       270.00   LM 358\r\n",
    "jlcpcb": "Designator,Mid X,Mid Y,Layer,Rotation\nC1,2.54mm,-5.08mm,Top,90\nU2,10.16mm,0mm,Bottom,270\n",
    "easyeda": "Designator\tFootprint\tMid X\tMid Y\tRef X\tRef Y\tLayer\tRotation\tComment\n"
    "C1\tR_0402\t2.54mm\t-5.08mm\t2mm\t2mm\tT\t90\t1,5k\nU2\tSO-8\t10.16mm\t0mm\t2mm\t2mm\tB\t270\tLM\n",
    "allegro": "UUNITS = MILLIMETERS\n#  REFDES ! SYMBOL_X ! SYMBOL_Y ! ROTATION ! MIRROR ! SYMBOL_NAME\n"
    "C1 ! 2.54 ! -5.08 ! 90.000 !   ! R_0402\nU2 ! 10.16 ! 0.0 ! 270.000 ! m ! SO-8\n",
    "pads": "PartDecal,RefDes,Layer,X,Y,Orientation\nR_0402,C1,Top,2.54,-5.08,90\nSO-8,U2,Bottom,10.16,0,270\n",
    "german": "Ref;Package;X;Y;Rotation;Side\nC1;R_0402;2,54;-5,08;90;Top\nU2;SO-8;10,16;0;270;Bottom\n",
}  # fmt: skip
UNITS = {"kicad csv": "", "kicad pos": "mm", "kicad inch": "in", "altium csv": "mil", "altium text": "mil", "jlcpcb": "mm",
         "easyeda": "mm", "allegro": "mm", "pads": "", "german": ""}  # fmt: skip


@pytest.mark.parametrize("tool", FILES)
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_tool_says_the_same(tool: str, code: str) -> None:
    read = read_placement(FILES[tool].encode(code), "p")
    scale = {"mm": 1, "": 1, "mil": 0.0254, "in": 25.4}[UNITS[tool]]
    rows = read.places
    assert read.unit == UNITS[tool]
    assert rows.ref.tolist() == ["C1", "U2"]
    assert (rows.x * scale).tolist() == pytest.approx([2.54, 10.16])
    assert (rows.y * scale).tolist() == pytest.approx([-5.08, 0])
    assert rows.angle.tolist() == [90, 270]
    assert rows.side.tolist() == [0, 1]
    assert not read.odd
    if tool not in ("jlcpcb",):
        assert rows.footprint.tolist() == ["R_0402", "SO-8"]
    if tool in ("kicad csv", "kicad pos", "altium csv", "easyeda"):
        assert rows.value[0] == "1,5k"


def test_eagle_has_no_heading_and_a_file_for_each_side() -> None:
    data = b"C1 12.70 5.08  90 100nF 0603\nR2  1.5 -5.08 270 R0402\n"
    for side in (0, 1):
        rows = read_placement(data, "board.mnb", side).places
        assert rows.ref.tolist() == ["C1", "R2"]
        assert (rows.value.tolist(), rows.footprint.tolist()) == (["100nF", ""], ["0603", "R0402"])
        assert (rows.x.tolist(), rows.y.tolist(), rows.angle.tolist()) == ([12.7, 1.5], [5.08, -5.08], [90, 270])
        assert rows.side.tolist() == [side, side]


def test_rows_point_to_their_lines() -> None:
    data = FILES["kicad pos"].encode()
    for ref, offset in zip(("C1", "U2"), read_placement(data, "p").places.offset.tolist()):
        assert data[offset:].startswith(ref.encode())


def test_a_heading_alone_is_a_side_without_parts() -> None:
    assert len(read_placement(b"Ref,Val,Package,PosX,PosY,Rot,Side\n", "p").places) == 0


def test_rows_that_say_nothing_are_passed_over_and_told() -> None:
    read = read_placement(b"Ref,X,Y\nR1,1,2\nR2,here,3\n,4,5\nR3,1e300,0\nR4,nan,0\nR5,3,4\n", "p")
    assert read.places.ref.tolist() == ["R1", "R5"]
    assert [line for line, _ in read.odd] == [3, 4, 5, 6]
    assert "'R2,here,3'" in read.odd[0][1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "holds no table of parts"),
        (b"some words\nand more of them\n", "holds no table of parts"),
        (b"\0" * 1000, "holds no table of parts"),
        (b"PK\x03\x04....", "is a spreadsheet, which is not readable; save it as CSV"),
        (b"\xd0\xcf\x11\xe0....", "is a spreadsheet"),
        (b"Ref,X,Y\nR1,1mm,2mm\nR2,1mil,2mil\n", "mixes units (mil, mm)"),
        (b"Ref,X,Y\n" + b"R1,1,2\n" * (ROWS + 1), f"lists more than {ROWS} parts"),
        (b"Ref,X,Y\n" + b"a,b,c\n" * LINES, f"has more than {LINES} lines"),
        (b" " * 20_000_001, "is larger than 20 MB"),
    ],
)
def test_what_is_no_placement_file_gets_one_line(data: bytes, says: str) -> None:
    with pytest.raises(DfmError) as error:
        read_placement(data, "p")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_damaged_files_are_read_or_refused() -> None:
    dice = random.Random(1)
    for text in FILES.values():
        for _ in range(60):
            data = bytearray(text.encode())
            for _ in range(dice.randint(1, 12)):
                at = dice.randrange(len(data))
                data[at : at + dice.randint(0, 3)] = bytes(dice.randrange(256) for _ in range(dice.randint(0, 3)))
            with suppress(DfmError):
                places = read_placement(bytes(data), "p").places
                assert all(abs(v) <= 1e6 for v in (*places.x.tolist(), *places.y.tolist()))
