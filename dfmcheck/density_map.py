"""The density of a board as the report has it: the figures of §4 of the rule catalogue, and the map to draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from .board import Board, Floats
from .crowds import crowds
from .density import IN2, SIDES, Density, area, complexity, layer_index, pins_per_in2, sides
from .report import number

TILE, STEP = 10.0, 2.5
"""mm: window and step of the map, whatever the limits of `density-tile` are."""
COLD = 80.0
"""%: a crowd is shown a place that courtyards cover by at most half of this."""


def density_map(board: Board) -> dict[str, Any]:
    """Counts and densities of the sides and of the whole, and what each window holds; `why` where that cannot be told.

    The map is lists of rows of windows, from the top left; a window without enough board has null. Joints are those in the
    window, coverage and copper are % of the board in it, tallest is mm.
    """
    if not {"outline", "pads"} <= board.facts or not area(board):
        return {"why": "needs outline, pads; this input has none"}
    joints = board.derived.joints()
    k = layer_index(board)
    told: dict[str, Any] = {
        "area": number(area(board)), "joints": len(joints), "pins_per_in2": number(pins_per_in2(board)),
        "layer_index": number(k), "copper_layers": len(board.copper_layers),
        "holes_per_in2": number(len(board.holes) / area(board) * IN2),
    }  # fmt: skip
    known = "components" in board.facts
    if known:
        index, parts, _ = complexity(board, 1.0)
        told |= {"parts": parts, "complexity_index": number(index)}
        for name, side in zip(SIDES, sides(board)):
            told[name] = {
                "parts": side.parts, "joints": side.joints, "usable_area": number(side.usable), "body_area": number(side.bodies),
                "parts_per_cm2": number(side.per_cm2) if side.usable else None,
                "body_coverage": number(side.coverage) if side.usable else None,
            }  # fmt: skip
    density = board.derived.density(TILE, STEP)
    if known:
        for at, name in enumerate(SIDES):
            told[name]["courtyard_coverage"] = number(float(density.covered[at].sum() / density.tiles.area.sum() * 100))
        told["hottest"] = _hottest(density)
    return told | {"map": _map(density, known)}


def _map(density: Density, known: bool) -> dict[str, Any]:
    tiles, grid = density.tiles, density.tiles.grid
    board = density.board
    counted = ~np.isnan(tiles.share(tiles.area))
    out: dict[str, Any] = {
        "x": number(grid.x), "y": number(grid.y), "step": number(grid.step), "window": number(grid.tile),
        "columns": counted.shape[1], "rows": counted.shape[0],
    }  # fmt: skip
    for at, name in enumerate(SIDES):
        joints = np.where(counted, grid.windows(density.joints[at]), np.nan)
        out[name] = {"joints": _rows(joints, 0)}
        if known:
            out[name]["coverage"] = _rows(density.shares(at), 0)
            out[name]["tallest"] = _rows(np.where(counted, grid.peaks(density.tallest[at]), np.nan), 1)
    out["copper"] = {
        str(board.layers.name[layer]): _rows(tiles.share(cells), 0)
        for layer, cells in zip(board.copper_layers.tolist(), tiles.copper)
    }  # fmt: skip
    return out


def _hottest(density: Density) -> list[dict[str, Any]]:
    """The three tiles of both sides with the most joints per cm2, with their parts and the nearest place with room."""
    found = [
        (density.joint_share[side][crowd.row, crowd.column], side, crowd)
        for side in (0, 1) for crowd in crowds(density, side, joints=True, hot=np.inf, room=COLD)
    ]  # fmt: skip
    ref = density.board.components.ref
    return [
        {
            "side": SIDES[side], "x": number(crowd.x), "y": number(crowd.y), "joints_per_cm2": number(float(share)),
            "coverage": number(float(density.shares(side)[crowd.row, crowd.column])),
            "parts": sorted(map(str, ref[list(crowd.parts)])), "cold": crowd.cold and [number(v) for v in crowd.cold],
        }
        for share, side, crowd in sorted(found, key=lambda row: -row[0])[:3]
    ]  # fmt: skip


def _rows(value: Floats, digits: int) -> list[list[float | int | None]]:
    """Rounded numbers, whole ones as such, null for NaN."""
    rounded = np.round(value, digits) + 0.0
    return [[None if v != v else int(v) if v == int(v) else v for v in row] for row in rounded.tolist()]
