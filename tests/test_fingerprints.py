"""Fingerprints stay, and with them waivers, when a board is moved, edited elsewhere, written in another order or by KiCad."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kicad_boards import footprint, pad, text
from transforms import affine

import dfmcheck
from dfmcheck import against, api, config, report, waive
from dfmcheck.board import Board
from dfmcheck.names import Names
from dfmcheck.read import read_kicad
from dfmcheck.testing import read_script

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures" / "rules"
KICAD_PYTHON = Path("/usr/bin/python3")
NAMED = ("copper-clearance", "silk-overlap", "thermal-relief-geometry", "isolated-copper", "antipad-merge", "tooling-holes")
"""Boards of which the findings have owners of every kind: components, zones, nets, drawings, the edge, single items."""
LISTS = ("footprint", "segment", "via", "arc", "zone", "gr_line", "gr_arc", "gr_text", "gr_rect", "gr_circle", "gr_poly")


def prints(board: Board, like: Path) -> set[tuple[str, str]]:
    """Rule and fingerprint of all findings, under the limits that a fixture asks for."""
    script = read_script(dfmcheck.read(like))
    return {(f.rule, f.fingerprint) for f in api.plan(script.profiles, sets=script.sets).run(board).findings}


def lists(board: str) -> list[str]:
    """The lists of a board file, the first with its head."""
    depth, last, found = 0, 0, []
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', board):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == ")" and depth == 1:
            found.append(board[last : token.end()])
            last = token.end()
    return [*found, board[last:]]


def name(part: str) -> str:
    return part.split("(")[-1 if part.count("(") == 1 else 1].split()[0] if "(" in part else ""


def shuffled(board: str) -> str:
    """The same board with its items in another order."""
    parts = lists(board)
    rows = [k for k, part in enumerate(parts) if k and name(part) in LISTS]
    other = rows.copy()
    random.Random(7).shuffle(other)
    moved = dict(zip(rows, other))
    assert len(rows) > 5
    return "".join(parts[moved.get(k, k)] for k in range(len(parts)))


def renumbered(board: str) -> str:
    """The same board with its nets numbered the other way round."""
    codes = re.findall(r'^\s*\(net (\d+) "', "\n".join(p.strip() for p in lists(board) if name(p) == "net"), re.MULTILINE)
    real = [code for code in codes if code != "0"]
    new = dict(zip(real, reversed(real)))
    assert len(real) > 1
    return re.sub(r"\(net (\d+)(?=[ )\n])", lambda m: f"(net {new.get(m[1], m[1])}", board)


def enlarged(board: str) -> str:
    """The board with one more part, far from all others."""
    more = footprint(pad(), pad(at="2 0", number="2"), at="900 900", ref="R4711")
    return "".join(lists(board)[:-1]) + f"\n{more}\n)\n"


@pytest.mark.parametrize("board", NAMED)
def test_fingerprints_stay_when_the_whole_board_is_moved(board: str) -> None:
    path = FIXTURES / f"{board}.kicad_pcb"
    there = dfmcheck.read(path)
    before = prints(there, path)
    assert len(before) > 3
    assert prints(affine(there, np.eye(2), (12.3456, -7.7777)), path) == before


@pytest.mark.parametrize("path", [ROOT / "docs" / "demo.kicad_pcb", ROOT / "fixtures" / "packages" / "two.zip"])
def test_what_was_found_and_accepted_is_known_when_the_whole_board_is_moved(path: Path, tmp_path: Path) -> None:
    there = dfmcheck.read(path)
    known_and_waived(affine(there, np.eye(2), (12.3456, -7.7777)), there, tmp_path)


def known_and_waived(board: Board, earlier: Board, folder: Path) -> None:
    """Asserts that all that is found on a board is known and accepted where that of the earlier one was."""
    plan, into = api.plan(["standard"]), folder / ".dfmcheck.toml"
    before, now = plan.run(earlier), plan.run(board)
    kept = report.Report.from_dict(json.loads(json.dumps(report.Report((before,), "1").to_dict())))
    assert {f.change for f in against.compare(now, kept.designs[0]).findings} == {"unchanged"}
    assert waive.accept(before.findings, "agreed", design=before.name, path=into) == len(now.findings) > 10
    done = waive.excuse(now, config.load(into).waivers)
    assert ({f.waived for f in done.findings}, done.stale_waivers) == ({"agreed"}, ())


@pytest.mark.parametrize("change", [shuffled, renumbered])
@pytest.mark.parametrize("board", NAMED[:4])
def test_fingerprints_stay_when_the_file_is_written_otherwise(board: str, change: Callable[[str], str]) -> None:
    path = FIXTURES / f"{board}.kicad_pcb"
    other = change(path.read_text("utf-8"))
    assert prints(read_kicad(other.encode(), str(path)), path) == prints(dfmcheck.read(path), path)


def test_fingerprints_stay_when_something_else_is_added() -> None:
    path = FIXTURES / "copper-clearance.kicad_pcb"
    more = prints(read_kicad(enlarged(path.read_text("utf-8")).encode(), str(path)), path)
    kept = {(rule, f) for rule, f in prints(dfmcheck.read(path), path) if rule.startswith(("copper", "hole", "annular", "mask"))}
    assert len(kept) > 10
    assert more >= kept


NAMELESS = (
    '(gr_rect (start 10.05 20.05) (end 60 50) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts"))',
    *(f'(segment (start {x} 30) (end {x + 2} 30) (width 0.2) (layer "F.Cu") (net 0))' for x in (20.1, 30.15, 40.2, 43.12, 15.08)),
)


def identities(board: Board) -> list[str]:
    names = Names(board)
    return [names.identity(names.owner(k)) for k in range(len(board.items))]


@pytest.mark.parametrize("shift", [(0.05, 0.05), (3.3333, 1e-7), (-25.4, 12.7), (0.0001, 100.05), (1 / 3, 2 / 3)])
def test_nameless_items_are_told_from_the_corner_of_the_board_however_it_is_rounded(shift: tuple[float, float]) -> None:
    board = read_kicad(text(*NAMELESS).encode(), "a.kicad_pcb")
    told = identities(board)
    assert len(set(told)) == len(NAMELESS)
    assert told[-1] == "edge"
    assert identities(affine(board, np.eye(2), shift)) == told
    rounded = affine(board, np.eye(2), shift)
    items = replace(rounded.items, x=np.round(rounded.items.x / 25.4, 5) * 25.4, y=np.round(rounded.items.y / 25.4, 5) * 25.4)
    assert identities(replace(rounded, items=items)) == told  # as an inch file with five decimals has them


def test_nets_of_a_package_that_no_file_names_are_told_from_the_corner_too(tmp_path: Path) -> None:
    films = {"a.gtl": "X{0:.0f}Y{1:.0f}D03*X{2:.0f}Y{1:.0f}D03*", "a.gko": ""}
    told = []
    for n, (dx, dy) in enumerate(((0.0, 0.0), (12.3456, -7.7777))):
        folder = tmp_path / str(n) / "p"
        folder.mkdir(parents=True)
        for file, body in films.items():
            spots = body.format((10 + dx) * 1e6, (10 + dy) * 1e6, (20 + dx) * 1e6)
            if not body:
                corners = [(0, 0), (30, 0), (30, 20), (0, 20), (0, 0)]
                spots = "".join(
                    f"X{(x + dx) * 1e6:.0f}Y{(y + dy) * 1e6:.0f}D0{1 if k else 2}*" for k, (x, y) in enumerate(corners)
                )
            (folder / file).write_text(f"%FSLAX46Y46*%\n%MOMM*%\n%ADD10C,1*%\nD10*\n{spots}\nM02*\n")
        board = dfmcheck.read(folder)
        assert {str(net)[:7] for net in board.nets.name} == {"net at "}
        told.append(sorted(identities(board)))
    assert told[0] == told[1]
    assert sum(name.startswith("net:at ") for name in told[0]) == 2


def test_zeros_are_no_uuid() -> None:
    zone = """(zone (net 1) (net_name GND) (layer F.Cu) (tstamp 0) (hatch edge 0.5) (min_thickness 0.2) (fill yes)
     (polygon (pts (xy 1 {0}) (xy 9 {0}) (xy 9 {1}) (xy 1 {1}))))"""
    board = read_kicad(text(zone.format(1, 4), zone.format(6, 9)).encode(), "a.kicad_pcb")
    assert len({name for name in identities(board) if name.startswith("zone:")}) == 2
    names = Names(board)
    assert names.item(int(board.zones.item[0]), -1, None).uuid is None


def has_pcbnew() -> bool:
    if not KICAD_PYTHON.exists():
        return False
    return subprocess.run([KICAD_PYTHON, "-c", "import pcbnew"], capture_output=True).returncode == 0


SAVE = """
import sys, pcbnew
board = pcbnew.LoadBoard(sys.argv[1])
for item in [*board.GetFootprints(), *board.GetTracks(), *board.GetDrawings(), *board.Zones()] if sys.argv[3:] else []:
    item.Move(pcbnew.VECTOR2I(12345600, 7777700))
pcbnew.SaveBoard(sys.argv[2], board)
"""


@pytest.mark.kicad
@pytest.mark.skipif(not has_pcbnew(), reason="needs pcbnew")
@pytest.mark.parametrize("moved", [(), ("moved",)])
def test_fingerprints_and_waivers_hold_when_kicad_saves_the_board(tmp_path: Path, moved: tuple[str, ...]) -> None:
    path = Path(shutil.copy(ROOT / "docs" / "demo.kicad_pcb", tmp_path))
    out = tmp_path / "out" / path.name
    out.parent.mkdir()
    subprocess.run([KICAD_PYTHON, "-c", SAVE, path, out, *moved], check=True, capture_output=True)
    assert out.read_bytes() != path.read_bytes()
    assert prints(dfmcheck.read(out), path) == prints(dfmcheck.read(path), path)
    known_and_waived(dfmcheck.read(out), dfmcheck.read(path), tmp_path)
