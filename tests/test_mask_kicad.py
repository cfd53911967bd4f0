"""KiCad's DRC as the referee of the mask: what it calls a bridge, the rules of exposed neighbours and gang windows tell."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import referee
from referee import DEMOS, drc
from small import measure

import dfmcheck
from dfmcheck.board import Board
from dfmcheck.checks.mask_gang import gangs
from dfmcheck.mask import Mask, masks
from dfmcheck.provenance import Locator

pytestmark = [pytest.mark.kicad, pytest.mark.boards, referee.needs_kicad]

SHARED = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent")) / "kicad"
BOARDS = ("OSO-SWAT-B1", "ram-ddr5-1REV1", "hubble-lens", "chainlinkBase", "su120")


def found(stem: str) -> Path:
    for folder in (DEMOS, SHARED):
        for path in folder.rglob(f"{stem}.kicad_pcb"):
            return path
    pytest.skip("set DFMCHECK_BOARDS")


REASONS = {
    "jumper": "a solder jumper is meant to be bridged, whether or not its footprint says so",
    "short web": "between round openings KiCad's plot keeps a web that is too narrow in one place only; its DRC does not",
    "one net": "all copper that lies bare there is of one net, or drawn without one in the footprint of that net's land",
}
"""Why a bridge of KiCad's is none of ours."""


def reason_of(board: Board, mask: Mask, windows: set[int]) -> str:
    f = board.features
    if not windows:  # whether it is so is what tests/test_openings.py shows: the film keeps a web there
        return "short web" if board.settings.get("solder_mask_min_width") else ""
    bare = mask.row[mask.bare & np.isin(mask.window[mask.at], list(windows))]
    families = board.derived.parts().family[f.component[bare][f.component[bare] >= 0]]
    if "jumper" in families:
        return "jumper"
    return "one net" if len(set(f.net[bare][f.net[bare] >= 0].tolist())) == 1 else ""


def windows_of(board: Board, mask: Mask, locate: Locator) -> dict[str, set[int]]:
    """By uuid of an item: the windows that it opens, or that uncover some of it."""
    f = board.features
    out: dict[str, set[int]] = defaultdict(set)
    pairs = [(f.item[mask.opening], mask.window), (f.item[mask.row[mask.bare]], mask.window[mask.at[mask.bare]])]
    for items, windows in pairs:
        for item, window in set(zip(items.tolist(), windows.tolist())):
            out[locate.uuid(item)].add(window)
    return out


def place(x: float, y: float) -> tuple[float, float]:
    return round(x, 2), round(y, 2)


def pads_of(board: Board, mask: Mask) -> dict[tuple[float, float], set[int]]:
    """By place of a pad: the windows that uncover it."""
    f, pads = board.features, board.pads
    out: dict[tuple[float, float], set[int]] = defaultdict(set)
    pair = np.flatnonzero(mask.bare & (f.pad[mask.row] >= 0))
    for pad, window in set(zip(f.pad[mask.row[pair]].tolist(), mask.window[mask.at[pair]].tolist())):
        out[place(float(pads.x[pad]), float(pads.y[pad]))].add(window)
    return out


def told_windows(board: Board, mask: Mask, windows: dict[str, set[int]], locate: Locator) -> set[int]:
    """Windows in which one of our rules finds lands or copper of several nets."""
    told = set(gangs(board, mask)[0].tolist())
    m = measure(board, "mask-exposes-neighbour", cover_min=0.001)
    for a, b in zip(m.a[m.value <= 0].tolist(), m.b[m.value <= 0].tolist()):
        told |= windows[locate.uuid(a)] & windows[locate.uuid(b)]
    return told


@pytest.mark.parametrize("stem", BOARDS)
def test_kicads_bridges_are_told(stem: str) -> None:
    path = found(stem)
    board = dfmcheck.read(path)
    locate = Locator(board)
    sides = {mask.side: mask for mask in masks(board)}
    by_side = {side: windows_of(board, mask, locate) for side, mask in sides.items()}
    told = {side: told_windows(board, mask, by_side[side], locate) for side, mask in sides.items()}
    at = {side: pads_of(board, mask) for side, mask in sides.items()}
    bridges, missed = 0, []
    for violation in drc(path, (), ("solder_mask_bridge",)):
        if violation["type"] != "solder_mask_bridge":
            continue
        side = "top" if violation["description"].startswith("Front") else "bottom"
        windows = by_side[side]
        items = [windows.get(item["uuid"]) or at[side].get(place(**item["pos"])) for item in violation["items"]]
        if None in items:
            continue  # files of KiCad 5 give pads no uuid, and other things no place that KiCad states as well
        shared = set.intersection(*items)
        bridges += 1
        if not shared & told[side] and reason_of(board, sides[side], shared) not in REASONS:
            missed.append((violation["description"], [item["description"] for item in violation["items"]]))
    assert bridges
    assert len(missed) <= 0.01 * bridges, missed
