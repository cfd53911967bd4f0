"""IPC-D-356 netlists: records by hand, files of four tools, KiCad's own export as referee, and damaged ones."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
from plotted import DEMOS, needs_cli, netlist

from dfmcheck.board import Cover
from dfmcheck.errors import DfmError
from dfmcheck.read import read_kicad
from dfmcheck.read.ipcd356 import looks_like_ipcd356, read_ipcd356

BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))

HEAD = "C  made by hand\nP  JOB test\nP  UNITS CUST 0\nP  NNAME1 A_LONG_NAME_OF_A_NET\n"
RECORDS = """317GND              VIA        MD0130PA00X+010000Y+020000X0270Y0000R000S3
327NNAME1           U1    -A12        A01X-000100Y-000200X0630Y0394R090S2
017                            D0130PA00X+010100Y+020000
367                       -     D1180UA00X+031215Y+023715X1800Y    R135 S3
378GND              L01 X0005Y0005  X000100Y000100 X000200Y000200
078                 X000300Y000300
389BOARD_EDGE         X0Y0 X22500 Y15000 X0
"""
WHOLE = HEAD + RECORDS + "999\n"


def read(text: str):  # type: ignore[no-untyped-def]
    return read_ipcd356(text.encode(), "test.d356")


def test_every_column_of_a_record() -> None:
    points, faults = read(WHOLE)
    assert faults == ()
    assert points.net.tolist() == ["GND", "A_LONG_NAME_OF_A_NET", "A_LONG_NAME_OF_A_NET", ""]
    assert points.ref.tolist() == ["VIA", "U1", "U1", ""]
    assert points.pin.tolist() == ["", "A12", "A12", ""]
    # 10000 steps of 0.0001 inch are 25.4 mm; y is turned down.
    np.testing.assert_allclose(points.x, [25.4, -0.254, 25.654, 31215 * 0.00254], atol=1e-12)
    np.testing.assert_allclose(points.y, [-50.8, 0.508, -50.8, -23715 * 0.00254], atol=1e-12)
    np.testing.assert_allclose(points.drill, [0.3302, np.nan, 0.3302, 2.9972], atol=1e-12)
    assert points.plated.tolist() == [Cover.YES, Cover.UNKNOWN, Cover.YES, Cover.NO]
    assert points.access.tolist() == [0, 1, 0, 0]
    assert points.via.tolist() == [True, False, False, False]
    assert [WHOLE[at : at + 3] for at in points.offset] == ["317", "327", "017", "367"]


def test_units() -> None:
    for units, step in (("CUST 0", 0.00254), ("CUST 1", 0.001), ("CUST 2", 0.00254), ("SI", 0.001)):
        points, faults = read(WHOLE.replace("CUST 0", units))
        assert faults == ()
        assert points.x[0] == pytest.approx(10000 * step)
    _, faults = read(WHOLE.replace("P  UNITS CUST 0\n", ""))
    assert [(f.what, f.grave) for f in faults] == [("no units", True)]
    _, faults = read(WHOLE.replace("CUST 0", "FURLONGS"))
    assert [f.what for f in faults] == ["units", "no units"]


def test_aliases_that_leave_out_their_prefix() -> None:
    """Allegro names an alias NNAMEm0000 and uses it as m0000; a net that is really named like a bare alias stays itself."""
    points, _ = read(HEAD.replace("NNAME1", "NNAMEm0000") + RECORDS.replace("NNAME1 ", "m0000  ") + "999\n")
    assert points.net[1] == "A_LONG_NAME_OF_A_NET"
    points, _ = read(WHOLE.replace("317GND", "3171  "))
    assert points.net.tolist()[:2] == ["1", "A_LONG_NAME_OF_A_NET"]


def test_what_is_odd_is_told() -> None:
    _, faults = read(HEAD + RECORDS)
    assert [f.what for f in faults] == ["no end"]
    _, faults = read(WHOLE.replace("A01X-000100", "A01?-000100").replace("A00X+0312", "A00?+0312"))
    assert [(f.what, f.line, f.grave) for f in faults] == [("unreadable record", 6, True)]
    assert "1 more" in faults[0].message
    _, faults = read(WHOLE.replace("389BOARD", "42"))
    assert [f.what for f in faults] == ["unknown record"]


def test_what_is_no_netlist() -> None:
    assert looks_like_ipcd356(WHOLE.encode())
    assert looks_like_ipcd356(WHOLE.replace("\n", "\r\n").encode())
    for other in (b"", b"G04 a gerber*\nX100Y100D03*\nM02*\n", b"M48\nT1C0.3\n%\nT1\nX1Y1\nM30\n", HEAD.encode()):
        assert not looks_like_ipcd356(other)
        with pytest.raises(DfmError, match="no test record"):
            read_ipcd356(other, "test.d356")


def test_lines_may_end_as_on_any_system() -> None:
    whole, _ = read(WHOLE)
    for end in ("\r\n", "\r"):
        points, faults = read(WHOLE.replace("\n", end))
        assert faults == ()
        assert points.net.tolist() == whole.net.tolist()
        assert [WHOLE.replace("\n", end)[at : at + 3] for at in points.offset] == ["317", "327", "017", "367"]


def test_damaged_files_are_read_or_refused() -> None:
    chance, refused = random.Random(356), 0
    for _ in range(1500):
        data = bytearray(WHOLE.encode())
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(max(len(data), 1))
            kind = chance.randrange(4)
            if kind == 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            elif kind == 1:
                del data[at : at + chance.randint(1, 40)]
            elif kind == 2:
                data[at:at] = bytes(data[max(0, at - 30) : at]) * chance.randint(1, 4)
            else:
                data = data[: max(at, 1)]
        try:
            points, faults = read_ipcd356(bytes(data), "bad.d356")
        except DfmError:
            refused += 1
            continue
        assert len(points)
        assert np.isfinite(points.x).all()
        assert np.isfinite(points.y).all()
        assert len(faults) < 10
    assert refused < 750


def test_hostile_lines_cost_little() -> None:
    for line in ("317" + " " * 3_000_000, "317" + "D" * 3_000_000, "P  NNAME" + "1" * 3_000_000, "3" * 3_000_000):
        points, _ = read(HEAD + line + "\n" + RECORDS + "999\n")
        assert len(points) >= 4
    points, faults = read(HEAD + RECORDS * 5000 + "999\n" + RECORDS)
    assert (len(points), faults) == (20_000, ())


@pytest.mark.kicad
@pytest.mark.skipif(not DEMOS.is_dir(), reason="needs KiCad's demos")
@needs_cli
def test_kicads_export_names_every_pad_and_via() -> None:
    path = DEMOS / "interf_u" / "interf_u.kicad_pcb"
    points, faults = read_ipcd356(netlist(path), "board.d356")
    assert faults == ()
    board = read_kicad(path.read_bytes(), path.name)
    assert points.via.sum() == len(board.vias)
    # The file counts from the board's drill origin, in steps of 0.0001 inch.
    for theirs, ours in ((points.x, board.vias.x), (points.y, board.vias.y)):
        assert np.ptp(np.sort(theirs[points.via]) - np.sort(ours)) <= 0.00255
    pads = {(ref, pin) for ref, pin, via in zip(points.ref, points.pin, points.via) if not via}
    refs = [str(board.components.ref[i]) for i in board.pads.component]
    ours = {(ref[:6], str(number)[:4]) for ref, number in zip(refs, board.pads.number)}
    assert len(pads & ours) > 0.99 * len(ours)


@pytest.mark.boards
@pytest.mark.parametrize(
    ("path", "points", "holes", "nets"),
    [
        ("ipcd356/jaseg__gerbonara/ipcd356-misc/tests/resources/ipc-d-356.ipc", 105, 30, 18),
        ("fab/mfgs-us__pcb-dfm/pcb-dfm-testdata/testdata/pcbtools_full.ipc", 105, 30, 18),
        ("fab/im-tomu__fomu-hardware/fomu-evt-fab/archive/evt/releases/evt3b/gerber/tomu-fpga.d356", 419, 214, 69),
        ("fab/jaseg__gerbonara/gerbonara-allegro-2/tests/resources/allegro-2/MinnowMax_RevA1_IPC356A.ipc", 5763, 2000, 642),
    ],
)  # fmt: skip
def test_published_netlists(path: str, points: int, holes: int, nets: int) -> None:
    """Counted with grep: lines that start with 3.7, those with a D in column 33, different nets."""
    file = BOARDS / path
    if not file.is_file():
        pytest.skip("needs the shared boards")
    data = file.read_bytes()
    assert looks_like_ipcd356(data)
    found, faults = read_ipcd356(data, path)
    assert faults == ()
    assert (len(found), int(np.isfinite(found.drill).sum()), len(set(found.net))) == (points, holes, nets)
