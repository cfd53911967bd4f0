"""The room around parts: which parts take room on a side, and pairs of shapes that are nearer than a reach."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

from . import shape
from .board import Board, Bools, Floats, Ints, Kind, Objects
from .check import Context, Skip
from .parts import NO_PARTS

SCREW = (2.0, 5.5)
"""mm; holes that take a screw (M1.8 to M5): a smaller one takes a pin that locates, a larger one lets something through."""
_ALIKE = 0.02
"""Share of its area by which a drawn body may differ from the courtyard and still be that."""
STOOD_IN = 1e-3
"""mm2 that two shapes share from which on one stands in the other; less is rounding."""


def standing(board: Board) -> Ints:
    """Rows of the components that are placed and whose envelope is known. Raises `Skip` where the board has none at all.

    Half holes at the board's edge are joints of the board itself, not a part that stands on it.
    """
    parts, holes = board.derived.parts(), board.holes
    known = np.array([area is not None and not area.is_empty for area in parts.envelope], np.bool_)
    known[np.setdiff1d(holes.component[board.derived.castellated()], [-1])] = False
    rows = np.flatnonzero(known & parts.fitted & ~np.isin(parts.family.astype(str), list(NO_PARTS))).astype(np.int32)
    if not len(rows):
        raise Skip("no part has a body or lands to measure from")
    return rows


def guessed(board: Board, rows: Ints) -> Bools:
    """Whether a part's body is not drawn: taken from its courtyard, which holds excess, or from its lands alone.

    So is a body that is drawn just like the courtyard: that library has one outline for both.
    """
    parts, c = board.derived.parts(), board.components
    yard = shapely.area(np.where(c.side[rows] == 1, c.courtyard_bottom[rows], c.courtyard_top[rows]))
    alike = np.abs(shapely.area(parts.body[rows]) - yard) <= _ALIKE * yard
    return np.asarray((parts.body_source[rows] != "fab") | (alike & (yard > 0)), np.bool_)


def near(areas_a: Objects, areas_b: Objects, reach: Any) -> tuple[Ints, Ints, Floats]:
    """Index pairs (i, j) of shapes that are no farther apart than `reach` (one value, or one per `areas_a`), and how far."""
    if not len(areas_a) or not len(areas_b):
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)
    tree = shapely.STRtree(areas_b)
    b = shapely.bounds(areas_a) + np.broadcast_to(reach, len(areas_a))[:, None] * [-1, -1, 1, 1]
    i, j = tree.query(shapely.box(*b.T))
    distance = np.asarray(shapely.distance(areas_a[i], areas_b[j]), np.float64)
    close = distance <= np.broadcast_to(reach, len(areas_a))[i]
    return i[close].astype(np.int32), j[close].astype(np.int32), distance[close]


def apart(areas_a: Objects, areas_b: Objects, distance: Floats) -> Bools:
    """Mask over pairs: neither shape stands in the other (which courtyards tell of); that they touch is no such thing."""
    out = np.ones(len(distance), np.bool_)
    touch = np.flatnonzero(distance <= 0)
    out[touch] = shapely.area(shapely.intersection(areas_a[touch], areas_b[touch])) <= STOOD_IN
    return out


def spots(areas_a: Objects, areas_b: Objects, distance: Floats) -> tuple[Floats, Floats]:
    """Middle of the gap between paired areas, or of what they share."""
    x, y = shape.witness(areas_a, 0.0, areas_b, 0.0)
    over = np.flatnonzero(distance <= 0)
    middle = shapely.centroid(shapely.intersection(areas_a[over], areas_b[over]))
    x[over], y[over] = shapely.get_x(middle), shapely.get_y(middle)
    return x, y


def named(texts: Objects, pattern: re.Pattern[str]) -> Bools:
    """Which texts the pattern is found in, each distinct text looked at once."""
    known = {text: bool(pattern.search(text)) for text in set(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], np.bool_)


def names(board: Board, rows: Ints) -> Objects:
    """Names of components for a detail."""
    return np.array([ref or "an unnamed part" for ref in board.components.ref[rows]], object)


def bound(ctx: Context, param: Objects, *, outer: bool = False) -> Floats:
    """The limit of each row's minimum: the hard one if there is one, or the outer one with `prefer`; 0 where it has none."""
    of = {}
    for name in ctx.judged():
        limit = ctx.limits[name]
        hard = 0.0 if limit.value is None else limit.value
        of[name] = max(hard, limit.prefer or 0.0) if outer else hard
    return np.array([of.get(name, 0.0) for name in param.tolist()], np.float64)


_OPERATED = re.compile(
    r"conn|header|socket|jack|usb|hdmi|rj45|sd[-_]?card|button|switch|(?<![a-z])sw[-_]|tactile|potentiometer|encoder|terminal",
    re.IGNORECASE,
)
_OPERATED_REF = re.compile(r"(?:J|CN|CON|SW|BTN|PB|RV|USB)\d")
_SCREW = re.compile(r"mount|screw|bolt|(?<![a-z])m[2-5](\.\d)?(?![a-z\d])", re.IGNORECASE)
_SCREW_REF = re.compile(r"\A(?:H|MH|MTG|SCREW)\d")
_NO_SCREW = re.compile(r"peg|snap", re.IGNORECASE)
_NUT = re.compile(r"smtso|pem|insert|stand-?off|spacer", re.IGNORECASE)
_NUT_REF = re.compile(r"\ASP\d")


def operated(board: Board) -> Bools:
    """Mask over components that a hand pushes, turns or plugs into: connectors, switches, sockets, potentiometers."""
    c, family = board.components, board.derived.parts().family
    by_ref = np.array([bool(_OPERATED_REF.match(str(ref))) for ref in c.ref], np.bool_)
    return by_ref | named(c.footprint, _OPERATED) | np.isin(family.astype(str), ("conn-SMT", "conn-THT"))


def screw_holes(board: Board, *, nuts: bool = False) -> Ints:
    """Rows of `Board.holes` that take a screw: the largest round hole, of `SCREW`, of what is a mounting hole and no more.

    Pegs of connectors belong to parts with joints and are none. Nuts and standoffs that are soldered or pressed in, of which
    names tell, or a plated hole with a land on one side alone, count with `nuts` only: the board is fastened there too, but no
    head lies on it. In a package no hole belongs to anything: there every one without plating may be a screw's.
    """
    c, holes = board.components, board.holes
    chosen = np.isin(board.derived.parts().family.astype(str), ("hole", "mech"))
    chosen &= ~named(c.footprint, _NO_SCREW) & (nuts | ~_nuts(board))
    round_, size = shapely.length(holes.core) == 0, np.round(2 * holes.radius, 6)
    rows = np.flatnonzero(round_ & (size >= SCREW[0]) & (size <= SCREW[1]))
    loose = rows[(holes.component[rows] < 0) & ~holes.plated[rows]]
    rows = rows[np.append(chosen, False)[holes.component[rows]]]
    order = rows[np.lexsort((rows, -holes.radius[rows], holes.component[rows]))]
    first = np.r_[True, holes.component[order][1:] != holes.component[order][:-1]] if len(order) else []
    return np.sort(np.r_[order[first], loose]).astype(np.int32)


def _nuts(board: Board) -> Bools:
    """Mask over components: nuts and standoffs that are soldered or pressed in, if they are such parts at all."""
    c, f, copper = board.components, board.features, board.copper_layers
    out = named(c.footprint, _NUT) | named(c.ref, _NUT_REF)
    if len(copper) > 1:
        lands = (f.kind == Kind.PAD) & (f.component >= 0)
        top, bottom = (np.bincount(f.component[lands & (f.layer == side)], minlength=len(c)) > 0 for side in copper[[0, -1]])
        out |= top != bottom
    return np.asarray(out, np.bool_)


def nameless(board: Board, holes: Ints) -> Bools:
    """Which holes no name calls those of screws: they are taken for such because their footprint has nothing else, or is none."""
    c, of = board.components, board.holes.component[holes]
    called = np.append(named(c.ref, _SCREW_REF) | named(c.footprint, _SCREW), False)
    return np.asarray(~called[of], np.bool_)


def axes(board: Board, rows: Ints) -> tuple[Floats, Bools]:
    """Direction in degrees (0 to 180) of the line through the two lands of each component, and which have just two."""
    pads, c = board.pads, board.components
    on = np.flatnonzero(pads.component >= 0)
    order = on[np.lexsort((on, pads.component[on]))]
    first = np.searchsorted(pads.component[order], rows)
    count = np.searchsorted(pads.component[order], rows, side="right") - first
    two = count == 2
    one = order[np.minimum(first, max(len(order) - 1, 0))] if len(order) else np.zeros(len(rows), np.intp)
    other = order[np.minimum(first + 1, max(len(order) - 1, 0))] if len(order) else one
    if not len(order):
        return np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
    angle = np.degrees(np.arctan2(pads.y[other] - pads.y[one], pads.x[other] - pads.x[one])) % 180
    return np.where(two, angle, c.angle[rows] % 180), two


def between(angle_a: Floats, angle_b: Floats) -> Floats:
    """Angle in degrees between directions, 0 to 90."""
    turn = np.abs(angle_a - angle_b) % 180
    return np.asarray(np.minimum(turn, 180 - turn), np.float64)


def headings(lines: Objects) -> Floats:
    """Direction in degrees (0 to 180) of lines from their first to their last point; of a line without length 0."""
    start, end = shapely.get_coordinates(shapely.get_point(lines, 0)), shapely.get_coordinates(shapely.get_point(lines, -1))
    return np.asarray(np.degrees(np.arctan2(*(end - start).T[::-1])) % 180, np.float64)
