"""Marks of polarised parts: what tells the two ends of a part apart."""

from __future__ import annotations

import pytest
from kicad_boards import board, footprint, pad, uuid

from dfmcheck import engine
from dfmcheck.board import Board
from dfmcheck.report import Finding
from dfmcheck.rule import load_rules, resolve

RULES = load_rules()
LANDS = (pad(number="1", at="-1.5 0", size="0.8 0.8"), pad(number="2", at="1.5 0", size="0.8 0.8"))


def line(x0: float, y0: float, x1: float, y1: float, kind: str = "fp") -> str:
    return f'({kind}_line (start {x0} {y0}) (end {x1} {y1}) (stroke (width 0.1) (type solid)) (layer "F.SilkS") {uuid()})'


def diode(*drawn: str, at: str = "0 0", ref: str = "D1", name: str = "D_SOD-123") -> str:
    return footprint(*LANDS, *drawn, at=at, ref=ref).replace("lib:name", name)


def found(b: Board, *sets: tuple[str, str]) -> list[Finding]:
    limits = resolve(["standard"], RULES, [("polarity-marking", param, value, "--set") for param, value in sets])
    return list(engine.run(b, RULES, limits, selected=lambda row: row.id == "polarity-marking").findings)


BOTH = (line(-1, 0.8, 1, 0.8), line(-1, -0.8, 1, -0.8))


@pytest.mark.parametrize(
    ("drawn", "fine"),
    [
        ((), False),
        (BOTH, False),
        ((line(-1, 0.8, 1, 0.8), line(-1, -0.8, 1, -0.81)), False),
        ((line(-2.5, 0.8, 1, 0.8), line(-2.5, -0.8, 1, -0.8)), True),
        ((*BOTH, line(-2.3, -0.5, -2.3, 0.5)), True),
        ((*BOTH, line(-2.3, -0.5, -2.3, 0.5), line(2.3, -0.5, 2.3, 0.5)), False),
        ((*BOTH, line(-1.5, 0.2, -1.5, -0.2)), False),
    ],
    ids=["nothing", "alike", "as good as alike", "longer at one end", "a bar", "a bar at either end", "a bar in the opening"],
)
@pytest.mark.parametrize("turn", [0, 90, 37.5])
def test_a_mark_is_ink_that_half_a_turn_changes(drawn: tuple[str, ...], fine: bool, turn: float) -> None:
    assert (found(board(diode(*drawn, at=f"3 4 {turn}"))) == []) == fine


def test_the_distance_is_from_the_land_to_the_ink() -> None:
    """The bar's flank is at -5 + 0.05 mm, the land's at -1.9 mm."""
    (one,) = found(board(diode(*BOTH, line(-5, -0.5, -5, 0.5))))
    assert one.places[0].measured == pytest.approx(3.05, abs=1e-3)
    assert one.severity == "warning"


def test_parts_of_one_footprint_are_one_finding_and_a_ring_beside_one_marks_it() -> None:
    parts = [diode(*BOTH, at=f"{10 * k} 0", ref=f"D{k}") for k in range(3)]
    (one,) = found(board(*parts))
    assert one.count == 3
    (one,) = found(board(*parts, line(7.2, -0.3, 7.2, 0.3, kind="gr")))
    assert [str(p.items[0]) for p in one.places] == ["component D0", "component D2"]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("D_SOD-123", "warning"), ("TVS_SOD-123", "note"), ("PinHeader_1x3_P2.54mm", "note"), ("IDC-Header_2x05", "warning"),
    ],
)  # fmt: skip
def test_what_may_work_both_ways_is_a_note(name: str, severity: str) -> None:
    assert [f.severity for f in found(board(diode(*BOTH, name=name)))] == [severity]


def test_a_mark_under_the_body_counts_until_it_must_be_seen() -> None:
    body = f'(fp_rect (start -1 -0.7) (end 1 0.7) (stroke (width 0.1) (type solid)) (fill no) (layer "F.Fab") {uuid()})'
    b = board(diode(*BOTH, body, line(-0.6, -0.5, -0.6, 0.5)))
    assert found(b) == []
    (one,) = found(b, ("visible_after_assembly", "1"))
    assert "under the part" in one.message
