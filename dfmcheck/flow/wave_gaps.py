"""Room between parts that are glued and soldered by the wave: gaps along and across the travel, and shadows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape
from ..around import between, headings
from ..board import Board, Bools, Floats, Ints, Objects, Table, column
from ..pieces import least
from .wave_way import Way, lands_of

_MOULDED = re.compile(r"tantal|(?<![a-z])cp_eia|niob", re.IGNORECASE)
"""Chips that are moulded, and so high that they shade what is behind them."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaps(Table):
    """One row is a pair of parts, where they are nearest to each other."""

    one: Ints = column("i4")
    """Row of `Board.features`: a land; of a shadow the land in it."""
    other: Ints = column("i4")
    """Row of `Board.features`: a land of the other part; of a shadow -1."""
    caster: Ints = column("i4")
    """Row of `Board.components`: the part that casts a shadow, else -1."""
    gap: Floats = column("f8")
    """mm."""
    along: Bools = column("b")
    """The shortest way from one to the other is nearer to the travel than to its perpendicular."""
    x: Floats = column("f8")
    y: Floats = column("f8")


def tall_chips(board: Board, height: float) -> Bools:
    """Mask over components: moulded chips, and those that are known to be higher than `height` mm."""
    c, parts = board.components, board.derived.parts()
    chip = np.isin(parts.family, ("chip-S", "chip-L"))
    out = chip & (parts.height > height) & (parts.height_source != "family")
    rows = np.flatnonzero(chip)
    out[rows[[bool(_MOULDED.search(f"{c.footprint[row]} {c.value[row]}")) for row in rows.tolist()]]] = True
    return np.asarray(out, np.bool_)


def gaps(board: Board, glued: Ints, side: int, way: Way, reach: float) -> Gaps:
    """The nearest lands of each two of the components `glued`, if less than `reach` mm apart and not of one net.

    Pairs that face each other along the travel and pairs that do so across it are told apart, so that two parts may have both;
    lands that touch count as along it.
    """
    f = board.features
    lands = lands_of(board, glued, side)
    boxes = shape.boxes(f.core[lands], f.radius[lands], reach / 2)
    i, j = shape.meeting(boxes, boxes)
    a, b = lands[i], lands[j]
    keep = (f.component[a] < f.component[b]) & ((f.net[a] != f.net[b]) | (f.net[a] < 0))
    a, b = a[keep], b[keep]
    gap = np.maximum(shape.distance(f.core[a], f.radius[a], f.core[b], f.radius[b]), 0.0)
    near = gap < reach
    a, b, gap = a[near], b[near], gap[near]
    turn = between(headings(shapely.shortest_line(f.core[a], f.core[b])), np.full(len(a), way.angle))
    along = (turn < 45) | (gap <= 0)
    first = least(gap.round(6), f.component[a], f.component[b], along.astype(np.int32), ties=(a, b))
    a, b, gap, along = a[first], b[first], gap[first], along[first]
    x, y = shape.witness(f.core[a], f.radius[a], f.core[b], f.radius[b])
    return Gaps.of(one=a, other=b, caster=np.full(len(a), -1), gap=gap, along=along, x=x, y=y)


def shadows(board: Board, glued: Ints, side: int, way: Way, reach: float) -> Gaps:
    """Lands of the components `glued` behind the body of another one, which is `gap` mm ahead of the land along the travel.

    A land is behind a body if it is trailing it and part of it is in the strip that the body sweeps; a turned body is as wide
    as its extent across the travel. `reach` is a multiple of the body's height. Of each two parts the nearest land counts. Chips
    whose height nothing but their family tells cast none: that is the height of the highest of them.
    """
    f, parts = board.features, board.derived.parts()
    tall = glued[[b is not None and not b.is_empty for b in parts.body[glued]]]
    guess = np.isin(parts.family[tall], ("chip-S", "chip-L")) & (parts.height_source[tall] == "family")
    tall = tall[np.isfinite(parts.height[tall]) & ~guess]
    lands = lands_of(board, glued, side)
    if not len(tall) or not len(lands):
        return Gaps.empty()
    body, land = way.spans(parts.body[tall], np.zeros(len(tall))), way.spans(f.core[lands], f.radius[lands])
    strip = body.copy()
    strip[:, 0] -= reach * parts.height[tall]
    i, j = shape.meeting(_boxes(strip), _boxes(land))
    gap = body[i, 0] - land[j, 2]
    keep = (f.component[lands[j]] != tall[i]) & (gap < reach * parts.height[tall[i]]) & (gap > -1e-6)
    keep &= (land[j, 1] < body[i, 3] - 1e-6) & (land[j, 3] > body[i, 1] + 1e-6)
    i, j, gap = i[keep], j[keep], np.maximum(gap[keep], 0.0)
    first = least(gap.round(6), tall[i], f.component[lands[j]], ties=(lands[j],))
    i, j, gap = i[first], j[first], gap[first]
    middle = (np.maximum(land[j, 1], body[i, 1]) + np.minimum(land[j, 3], body[i, 3])) / 2
    at = np.c_[body[i, 0] - gap / 2, middle] @ np.array([[way.x, way.y], [-way.y, way.x]])
    return Gaps.of(
        one=lands[j], other=np.full(len(j), -1), caster=tall[i], gap=gap, along=np.ones(len(j), np.bool_), x=at[:, 0], y=at[:, 1]
    )


def _boxes(spans: Floats) -> Objects:
    return np.asarray(shapely.linestrings(spans.reshape(-1, 2, 2)))
