"""Room between the lands of leads where solder meets them: what bridges in a wave, or before a nozzle."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .. import shape
from ..board import Board, Floats, Ints, Objects, Table, column
from ..check import Context
from ..errors import DfmError
from ..units import below, parse, show
from .pallet import lead_lands
from .plan import Exclusion

RULE = "tht-pad-gap-wave"
FINE_PITCH = 1.27
"""mm: leads of a part nearer to each other are not waved (rule catalogue 5.2: no fine-pitch leads below 1.27 mm in a wave).
Lands that are too near at a larger pitch bridge now and then: that costs yield, and is a finding."""
_PROTRUSION = re.compile(r"(?:(?:lead|pin|leg)[-_ ]*)?protrusion\Z", re.IGNORECASE)
_LENGTH = re.compile(r"(?:lead|pin|leg|tail)[-_ ]*length\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours(Table):
    """One row is a pair of lands of leads on the side where they are soldered, not of one net."""

    one: Ints = column("i4")
    """Row of `Board.features`."""
    other: Ints = column("i4")
    gap: Floats = column("f8")
    """mm from edge to edge; 0 where they overlap."""
    pitch: Floats = column("f8")
    """mm from lead to lead."""
    x: Floats = column("f8")
    y: Floats = column("f8")


def neighbours(board: Board, side: int, reach: float, pitch: float = 0.0) -> Neighbours:
    """Pairs of lands on a side (0 top, 1 bottom) of leads that are soldered there, less than `reach` mm apart or with leads
    nearer than `pitch` mm. Lands of one net, or of one pin, may bridge and are no pair."""
    f, pads = board.features, board.pads
    lands = lead_lands(board, side)
    boxes = shape.boxes(f.core[lands], f.radius[lands], max(reach, pitch) / 2)
    i, j = shape.meeting(boxes, boxes)
    a, b = lands[i], lands[j]
    keep = (f.pad[a] < f.pad[b]) & ((f.net[a] != f.net[b]) | (f.net[a] < 0))
    number = pads.number[f.pad]
    keep &= (f.component[a] != f.component[b]) | (number[a] != number[b]) | (number[a] == "")
    a, b = a[keep], b[keep]
    at = np.c_[pads.x, pads.y][f.pad]
    apart = np.hypot(*(at[a] - at[b]).T)
    gap = np.maximum(shape.distance(f.core[a], f.radius[a], f.core[b], f.radius[b]), 0.0)
    near = (gap < reach) | (apart < pitch)
    a, b, gap, apart = a[near], b[near], gap[near], apart[near]
    x, y = shape.witness(f.core[a], f.radius[a], f.core[b], f.radius[b])
    return Neighbours.of(one=a, other=b, gap=gap, pitch=np.round(apart, 6), x=x, y=y)


def exclusions(ctx: Context, side: int) -> tuple[Exclusion, ...]:
    """Parts whose leads, soldered on a side (0 top, 1 bottom), are of too fine a pitch for any wave; `ctx` is that of
    `tht-pad-gap-wave`. The gap between their lands excludes nothing."""
    part = ctx.board.features.component
    found = neighbours(ctx.board, side, 0.0, FINE_PITCH)
    found = found.take(below(found.pitch, FINE_PITCH) & (part[found.one] == part[found.other]))
    if not len(found):
        return ()
    parts = np.unique(part[found.one])
    why = f"have leads of a pitch below {show(FINE_PITCH, 'mm')}, which a wave bridges"
    places = tuple(zip(found.x.tolist(), found.y.tolist()))
    return (Exclusion(RULE, why, tuple(parts.tolist()), places, "replace by a larger pitch"),)


def protrusions(board: Board, rows: Ints) -> tuple[Ints, Floats, Objects]:
    """Components whose fields tell how far their leads reach beyond the board: rows, mm, and the field.

    A field `Protrusion` says so itself; of one such as `Lead length`, which counts from the part's seat, the board's
    thickness is taken off where it is known.
    """
    found: list[tuple[int, float, str]] = []
    for row in rows.tolist():
        for key, value in board.components.fields[row].items():
            out = 0.0 if _PROTRUSION.match(key.strip()) else board.thickness if _LENGTH.match(key.strip()) else float("nan")
            if out == out and (length := _mm(str(value))) > 0:
                found.append((row, length - out, str(key)))
                break
    names = np.empty(len(found), object)
    names[:] = [name for _, _, name in found]
    return np.array([row for row, _, _ in found], np.int32), np.array([mm for _, mm, _ in found], np.float64), names


def _mm(text: str) -> float:
    """A length that has a unit, 0 of any other text: a bare number may be of inches."""
    try:
        return parse(text.replace(",", "."), "mm")
    except DfmError:
        return 0.0
