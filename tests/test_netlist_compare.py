"""Copper against netlists: opens, shorts and bare points by hand, and KiCad's own verdict as referee."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from kicad_boards import footprint, pad
from plotted import DEMOS, needs_cli, plot
from plotted import netlist as kicads_netlist
from referee import drc
from two_revisions import EDGE, beside, found, read, report, track, via

from dfmcheck.board import Board
from dfmcheck.package import Netlist
from dfmcheck.read.ipcd356 import read_ipcd356
from dfmcheck.read.package import read_packages

RULE = "netlist-compare"
BOARDS = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))


def land(ref: str, x: float, y: float, net: int, side: str = "F") -> str:
    name = ["", "GND", "VCC"][net]
    layers = f'"{side}.Cu" "{side}.Mask"'
    return footprint(pad(layers=layers, more=f'(net {net} "{name}")'), at=f"{x} {y}", ref=ref, layer=f"{side}.Cu")


def line(x: float, y: float, u: float, v: float, net: int = 1, layer: str = "F.Cu") -> str:
    return f'(segment (start {x} {y}) (end {u} {v}) (width 0.2) (layer "{layer}") (net {net}))'


VIAS = tuple(via(x, 15, net=1) for x in (2, 4, 6, 8, 10))
ROW = tuple(line(x, 15, x + 2, 15) for x in (2, 4, 6, 8))
PARTS = (land("A", 3, 3, 1), land("B", 8, 3, 1), land("C", 3, 9, 2), land("D", 8, 9, 2))
WIRES = (line(3, 3, 8, 3), line(3, 9, 8, 9, 2), line(2, 15, 1, 3), line(1, 3, 3, 3))
WHOLE = (EDGE, *PARTS, *WIRES, *VIAS, *ROW)


def record(
    net: str, ref: str, x: float, y: float, *, pin: str = "1", drill: bool = False, access: int = 1, units: float = 0.001
) -> str:
    at = f"X{round(x / units):+07d}Y{round(-y / units):+07d}"
    hole = "D0400P" if drill else " " * 6
    return f"3{1 if drill else 2}7{net:14}   {ref:6}-{pin:4}{'M' if ref == 'VIA' else ' '}{hole}A{access:02}{at}X0000Y0000R000S0"


def netlist(*more: str, skip: str = "-") -> str:
    lines = [
        record("GND", "A", 3, 3), record("GND", "B", 8, 3), record("VCC", "C", 3, 9), record("VCC", "D", 8, 9),
        *(record("GND", "VIA", x, 15, pin="", drill=True, access=0) for x in (2, 4, 6, 8, 10)), *more,
    ]  # fmt: skip
    return "\n".join(["P  UNITS CUST 1", *(text for text in lines if skip not in text[20:26]), "999", ""])


def compared(*items: str, told: str = "") -> list[tuple[str, int, str]]:
    board = read(*items)
    return found(beside(board, board, netlist=told or netlist()), RULE)


def test_copper_that_is_as_the_netlist_says_is_fine() -> None:
    board = read(*WHOLE)
    done = report(beside(board, board, netlist=netlist()), RULE)
    mine = next(r for r in done.rules if r.id == RULE)
    assert (mine.status, mine.checked, done.findings) == ("passed", 9, ())


def test_a_missing_track_opens_the_net() -> None:
    ((severity, places, message),) = compared(EDGE, *PARTS, WIRES[0], *WIRES[2:], *VIAS, *ROW)
    assert (severity, places) == ("warning", 1)
    assert "net VCC is open: " in message
    assert "not joined with the other 1 of the netlist" in message


def test_every_piece_that_hangs_apart_is_a_place() -> None:
    ((_, places, message),) = compared(EDGE, *PARTS, WIRES[1], *VIAS, *ROW)
    assert places == 2
    assert "net GND is open" in message


def test_a_track_too_many_shorts_two_nets() -> None:
    ((severity, places, message),) = compared(*WHOLE, line(3, 3, 3, 9))
    assert (severity, places) == ("warning", 1)
    assert "nets VCC and GND of the netlist are shorted: C.1 is joined with A.1, B.1, a via" in message


def test_a_swapped_net_in_the_netlist_is_told() -> None:
    told = netlist().replace(record("GND", "A", 3, 3), record("VCC", "A", 3, 3))
    messages = sorted(message for _, _, message in compared(*WHOLE, told=told))
    assert len(messages) == 2
    assert "net VCC is open: A.1 is not joined with the other 2" in messages[0]
    assert "nets VCC and GND of the netlist are shorted: A.1" in messages[1]


def test_a_point_without_copper_is_told() -> None:
    ((_, _, message),) = compared(*WHOLE, told=netlist(record("GND", "E", 20, 3)))
    assert "E.1 of net GND has no copper" in message
    # On the other side there is none either.
    ((_, _, message),) = compared(*WHOLE, told=netlist(record("GND", "A", 3, 3, pin="2", access=2)))
    assert "A.2 of net GND has no copper" in message


def test_layers_are_joined_by_plated_holes_only() -> None:
    below = (land("E", 2, 18, 1, "B"), line(2, 18, 2, 15, layer="B.Cu"))
    point = record("GND", "E", 2, 18, access=4)
    assert compared(*WHOLE, *below, told=netlist(point)) == []
    unplated = tuple(item for item in WHOLE if "(via" not in item)
    parts = [footprint(pad("circle", "0.8 0.8", kind="np_thru_hole", layers='"*.Cu" "*.Mask"', number='', more="(drill 0.4)"),
                       at=f"{x} 15", ref="") for x in (2, 4, 6, 8, 10)]  # fmt: skip
    told = netlist(point, skip="VIA")
    ((_, _, message),) = compared(*unplated, *parts, *below, told=told)
    assert "net GND is open: E.1 is not joined" in message


def test_a_barrel_joins_a_fill_that_has_no_land() -> None:
    fill = """(zone (net 1) (net_name "GND") (layer "In1.Cu") (hatch edge 0.5) (min_thickness 0.2) (fill yes)
     (polygon (pts (xy 1 13) (xy 12 13) (xy 12 17) (xy 1 17)))
     (filled_polygon (layer "In1.Cu") (pts (xy 1 13) (xy 12 13) (xy 12 17) (xy 1 17))))"""
    bare = tuple(via(x, 15, net=1, more="(remove_unused_layers yes) (keep_end_layers yes)") for x in (2, 4, 6, 8, 10))
    assert compared(EDGE, *PARTS, *WIRES, *bare, fill) == []


def test_points_of_no_net_and_unplated_holes_are_left_out() -> None:
    more = (record("N/C", "E", 20, 3), record("", "F", 21, 3), record("GND", "H", 22, 3, drill=True).replace("D0400P", "D0400U"))
    assert compared(*WHOLE, told=netlist(*more)) == []


def test_net_ties_join_nets_on_purpose() -> None:
    tie = (line(3, 3, 3, 9), land("NT1", 3, 6, 0))
    points = (record("GND", "NT1", 3, 6 - 0.3), record("VCC", "NT1", 3, 6 + 0.3, pin="2"))
    assert compared(*WHOLE, *tie, told=netlist(*points)) == []
    assert len(compared(*WHOLE, *tie, told=netlist(*(p.replace("NT1", "C71") for p in points)))) == 1


def test_names_that_may_be_cut_are_softer() -> None:
    told = netlist().replace("VCC           ", "ABCDEFGHIJKLMN")
    ((severity, _, message),) = compared(EDGE, *PARTS, WIRES[0], *WIRES[2:], *VIAS, *ROW, told=told)
    assert severity == "note"
    assert "14 characters" in message


def test_a_netlist_from_another_origin_is_moved() -> None:
    lines = []
    for text in netlist().splitlines():
        if text.startswith("3"):
            x, y = int(text[42:49]) + 50_000, int(text[50:57]) - 20_000
            text = f"{text[:41]}X{x:+07d}Y{y:+07d}{text[57:]}"
        lines.append(text)
    assert compared(*WHOLE, told="\n".join(lines)) == []


def test_a_netlist_of_another_board_is_told_as_such() -> None:
    drilled = [record("GND", "VIA", x, y, pin="", drill=True, access=0) for x, y in ((1, 1), (5, 17), (9, 2), (20, 13), (28, 7))]
    ((_, _, message),) = compared(*WHOLE, told="\n".join(["P  UNITS CUST 1", *drilled, "999"]))
    assert "is a netlist of another board or revision" in message


def test_without_a_netlist_and_names_in_the_films_the_rule_is_skipped() -> None:
    board = read(EDGE, track())
    (rule,) = (r for r in report(beside(board, board), RULE).rules if r.id == RULE)
    assert rule.status == "skipped"
    assert "IPC-D-356" in (rule.why_skipped or "")


def demo(name: str) -> tuple[Path, Board]:
    path = DEMOS / f"{name}.kicad_pcb"
    if not path.is_file():
        pytest.skip("needs KiCad's demos")
    (package,) = read_packages(plot(path, "x2"))
    assert package.board is not None
    return path, replace(package.board, package=package, facts=package.board.facts | {"package"})


def with_netlist(path: Path, board: Board) -> Board:
    assert board.package is not None
    told = Netlist(0, *read_ipcd356(kicads_netlist(path), "net.d356"))
    return replace(board, package=replace(board.package, netlist=told))


@needs_cli
@pytest.mark.kicad
@pytest.mark.parametrize("name", ["stickhub/StickHub", "pic_programmer/pic_programmer", "interf_u/interf_u"])
def test_plots_agree_with_kicads_own_netlist(name: str) -> None:
    path, board = demo(name)
    assert found(board, RULE) == []
    assert found(with_netlist(path, board), RULE) == []


@needs_cli
@pytest.mark.kicad
def test_opens_and_shorts_of_a_board_are_those_that_kicad_reports() -> None:
    """Tiny Tapeout's demo has two pads that lie on tracks of other nets, and one connection that is not drawn."""
    path, board = demo("tiny_tapeout/tinytapeout-demo")
    told = drc(path, (), ("clearance", "shorting_items", "unconnected_items"))  # shorts come of clearances
    shorts = {v["description"].split("(nets ")[1][:-1] for v in told if v["type"] == "shorting_items"}
    assert len(shorts) == 2
    assert sum(v["type"] == "unconnected_items" for v in told) == 1
    messages = [message for _, _, message in found(board, RULE)]
    ours = {
        " and ".join(sorted(m.split("nets ")[1].split(" of the films")[0].split(" and "))) for m in messages if "shorted" in m
    }
    assert ours == {" and ".join(sorted(pair.split(" and "))) for pair in shorts}
    assert [m.split("net ")[1].split(" is open")[0] for m in messages if "is open" in m] == ["Net-(C3-Pad1)"]
    assert len(found(with_netlist(path, board), RULE)) == 3


@pytest.mark.boards
def test_published_packages_with_netlists() -> None:
    """All nets of both boards are as their netlists say; MinnowBoard's shorting points SP1 to SP4 join nets on purpose."""
    for folder in ("im-tomu__fomu-hardware/fomu-evt-fab", "jaseg__gerbonara/gerbonara-allegro-2"):
        path = BOARDS / "fab" / folder
        if not path.is_dir():
            pytest.skip("needs the shared boards")
        (package,) = read_packages(path)
        assert package.board is not None
        assert package.netlist is not None
        assert found(replace(package.board, package=package, facts=package.board.facts | {"package"}), RULE) == []


def test_a_netlist_that_is_cut_off_says_so() -> None:
    cut = netlist().replace("999\n", "")
    assert any("end record 999 is missing" in message for *_, message in compared(*WHOLE, told=cut))


def test_films_that_do_not_belong_together_are_one_finding() -> None:
    parts = [land(f"R{i}", 20 + 2 * (i % 8), 20 + 2 * (i // 8), 1) for i in range(24)]
    points = [record(f"N{i // 2}", f"R{i}", 20 + 2 * (i % 8), 20 + 2 * (i // 8)) for i in range(24)]
    ((_, _, message),) = [row for row in compared(*WHOLE, *parts, told=netlist(*points)) if "hang apart" in row[2]]
    assert "12 pieces of 14 nets hang apart" in message
