"""Blind, buried and micro vias: between which layers, and in how many laminations."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..board import ViaType
from ..check import Context, Measurements, check
from .size import through

Span = tuple[int, int]
"""First and last copper layer, counted from the top (0)."""


@check("drill.span", maxima="blind_buried_allowed laminations_max")
def span(ctx: Context) -> Measurements:
    """Distinct spans of vias that are not through, and the laminations in sequence that they need (`laminations`).

    A via that is drawn as a micro, blind or buried one but passes the whole board is a through via: a note.
    """
    board, judged = ctx.board, ctx.judged()
    vias, holes = board.vias, board.holes
    drilled = np.flatnonzero(vias.hole >= 0)
    row, whole = vias.hole[drilled], through(board)[vias.hole[drilled]]
    part = drilled[~whole]
    ends = np.stack([holes.first[row], holes.last[row]], axis=1)[~whole]
    spans, example, count = np.unique(ends, axis=0, return_index=True, return_counts=True)
    names = [str(board.layers.name[r]) for r in board.copper_layers]
    what = [f"{n} {'via' if n == 1 else 'vias'} {names[i]} to {names[j]}" for (i, j), n in zip(spans.tolist(), count.tolist())]
    parts = [Measurements.none(len(drilled))]
    if len(spans) and "blind_buried_allowed" in judged:
        via = part[example]
        parts.append(Measurements.of(
            np.full(len(spans), len(spans)), checked=0, param="blind_buried_allowed", a=vias.item[via], x=vias.x[via],
            y=vias.y[via], layer=board.copper_layers[spans[:, 0]], cause=[f"*{names[i]} to {names[j]}" for i, j in spans],
            detail=[f"{w}; distinct spans that are not through:" for w in what],
        ))  # fmt: skip
    if len(drilled) and "laminations_max" in judged:
        micro = vias.type[part] == ViaType.MICRO
        drills, shots = ({(int(i), int(j)) for i, j in ends[rows]} for rows in (~micro, micro))
        via = part[0] if len(part) else drilled[0]
        parts.append(Measurements.of(
            laminations(len(names), drills, shots), checked=0, param="laminations_max", a=vias.item[via], x=vias.x[via],
            y=vias.y[via], layer=board.copper_layers[0], cause="*laminations",
            detail="; ".join([*what, "laminations in sequence:"]),
        ))  # fmt: skip
    slip = drilled[whole & (vias.type[drilled] != ViaType.THROUGH)]
    kinds = [ViaType(int(t)).name.lower() for t in vias.type[slip]]
    parts.append(Measurements.of(
        np.zeros(len(slip)), checked=0, param="", a=vias.item[slip], x=vias.x[slip], y=vias.y[slip], soften=2, cause="*slip",
        detail=[f"drawn as a {kind} via, but it passes the whole board: make it a through via" for kind in kinds],
    ))  # fmt: skip
    return Measurements.join(parts)


def laminations(layers: int, drilled: set[Span], micro: set[Span]) -> int:
    """How often a board must be pressed, one press after the other, to make these spans of copper layers.

    A drilled span is plated when exactly its layers are pressed together: sub-stack [i, j]. A microvia is shot from the
    face that is nearer to its layers, into the symmetric sub-stack whose face that is. Every board ends with the press
    of all its layers. Two sub-stacks that overlap without one holding the other cannot both be pressed alone: their
    union is pressed too, and one of them drilled into it to a controlled depth. Sub-stacks nested in each other are
    pressed in turn, those beside each other at once, and two layers are a laminate that comes pressed; so the count is
    the longest chain of nested sub-stacks of more than two layers. (The usual count for sequential build-ups.)
    """
    end = layers - 1
    stacks = {(0, end)} | drilled | {(face, end - face) for face in (min(i, end - j) for i, j in micro)}
    while more := {
        (min(a[0], b[0]), max(a[1], b[1]))
        for a, b in combinations(stacks, 2)
        if max(a[0], b[0]) <= min(a[1], b[1]) and not _holds(a, b) and not _holds(b, a)
    } - stacks:  # fmt: skip
        stacks |= more
    longest: dict[Span, int] = {}
    for stack in sorted(stacks, key=lambda s: s[1] - s[0]):
        inner = max((n for other, n in longest.items() if _holds(stack, other)), default=0)
        longest[stack] = inner + (stack[1] - stack[0] > 1)
    return longest[0, end]


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
