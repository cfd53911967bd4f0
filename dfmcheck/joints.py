"""Solder joints: what has to be soldered on a board, counted once each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, PadType, Table, column
from .exposed import exposed_pads, thermal_holes
from .parts import NO_PARTS
from .pressed import press_fit_holes

UNJOINED = NO_PARTS | {"mech"}
"""Families whose pads are no joints: what nobody places, and what is fastened otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Joints(Table):
    """One row per solder joint."""

    pad: Ints = column("i4")
    """Row in `Board.pads`; of several pads that make one joint the first."""
    component: Ints = column("i4")
    """-1 where nothing names the part."""
    side: Ints = column("i4")
    """Where the solder is: 0 top, 1 bottom; of a barrel the side away from its part, the bottom if none is named."""
    barrel: Bools = column("b")
    """A lead in a plated hole; else a land with paste."""
    x: Floats = column("f8")
    y: Floats = column("f8")


def printed_lands(board: Board) -> Ints:
    """Copper features of SMD lands on which paste is printed: their own aperture, or another one of the component.

    All SMD lands where nothing tells of paste.
    """
    f, pads = board.features, board.pads
    order = board.layers.order[f.layer]
    smd = np.append(np.isin(pads.type, (PadType.SMD,)), False)[f.pad]
    land = np.flatnonzero((f.kind == Kind.PAD) & smd & (order >= 0)).astype(np.int32)
    if "paste" not in board.facts:
        return land
    role, side = board.layers.role[f.layer], board.layers.side[f.layer]
    paste = np.flatnonzero(role == "paste")
    own = np.isin(f.pad[land], f.pad[paste])
    i, j = shape.meeting(shape.boxes(f.core[land], f.radius[land]), shape.boxes(f.core[paste], f.radius[paste]))
    keep = ~own[i] & (f.component[land[i]] == f.component[paste[j]]) & (side[land[i]] == side[paste[j]])
    i, j = i[keep], j[keep]
    printed = shape.distance(f.core[land[i]], f.radius[land[i]], f.core[paste[j]], f.radius[paste[j]]) <= 0
    own[i[printed]] = True
    return land[own]


def joints(board: Board) -> Joints:
    """The joints of the parts that are fitted; of all lands where nothing tells of parts.

    Joints are SMD lands with paste and the barrels of leads. The pieces of an exposed pad (one number, one component) are
    one joint; thermal holes in it are none, nor are vias, press-fit pins, half holes at the edge of a module, test points,
    fiducials, bridges of solder jumpers, and barrels under mask on both sides.
    """
    pads, derived = board.pads, board.derived
    soldered = np.zeros(len(pads), np.bool_)
    soldered[board.features.pad[derived.printed_lands()]] = True
    barrel = (pads.type == PadType.THT) & _open(board)
    holes = board.holes
    for cut in (thermal_holes(board), derived.castellated(), ~holes.plated):
        own = holes.pad[cut]
        barrel[own[own >= 0]] = False
    barrel &= ~np.isin(pads.property, ("pressfit", "castellated"))
    barrel[holes.pad[press_fit_holes(board)]] = False
    soldered |= barrel
    soldered &= ~np.isin(pads.property, ("fiducial_global", "fiducial_local", "testpoint"))
    if "components" in board.facts:
        parts = derived.parts()
        soldered &= np.append(parts.fitted & ~np.isin(parts.family, list(UNJOINED)), False)[pads.component]
    rows = np.flatnonzero(soldered).astype(np.int32)
    rows = rows[_once(board, rows)]
    opposite = np.append(1 - board.components.side, 1)[pads.component[rows]]
    return Joints.of(
        pad=rows, component=pads.component[rows], side=np.where(barrel[rows], opposite, np.minimum(pads.side[rows], 1)),
        barrel=barrel[rows], x=pads.x[rows], y=pads.y[rows],
    )  # fmt: skip


def _open(board: Board) -> Bools:
    """Pads that solder mask leaves bare on at least one side; all where nothing tells of mask."""
    out = np.ones(len(board.pads), np.bool_)
    if "mask" in board.facts:
        pads = board.features.pad[(board.layers.role == "mask")[board.features.layer]]
        out[:] = False
        out[pads[pads >= 0]] = True
    return out


def _once(board: Board, rows: Ints) -> Bools:
    """Of the pieces of one exposed pad the first."""
    pads = board.pads
    pieces = np.flatnonzero(exposed_pads(board)[rows] & (pads.component[rows] >= 0) & (pads.number[rows] != ""))
    names = np.unique(pads.number[rows[pieces]].astype(str), return_inverse=True)[1]
    first = np.unique(pads.component[rows[pieces]].astype(np.int64) * max(len(pieces), 1) + names, return_index=True)[1]
    out = np.ones(len(rows), np.bool_)
    out[np.delete(pieces, first)] = False
    return out
