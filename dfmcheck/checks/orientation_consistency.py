"""Which way round polarised parts stand: most of a kind in one direction, and all at angles that an eye can check."""

from __future__ import annotations

import numpy as np

from ..board import Board, Bools, Floats, Objects
from ..check import Context, Measurements, Skip, check
from ..parts_names import prefix

_ALIKE = frozenset({"R", "RN", "RP", "RA", "RM", "FB", "L", "Y", "X"})
"""Reference letters of parts that may stand either way, however many pins they have."""
_PLUGGED = frozenset({"conn-SMT", "conn-THT", "module", "mech", "THT"})
"""Families whose direction the edge of the board or a cable sets."""
_KIND = 5
"""Parts of a kind below which no direction is common."""
_RIGHT = 45.0
_TOLERANCE = 1.0
"""Degrees by which a part may be off: what places from rounded films give."""


@check("orientation", minima="majority_min", maxima="odd_angle_max")
def orientation(ctx: Context) -> Measurements:
    """Share in % of the polarised parts of one kind (footprint, else reference letters, and side) that stand in their most
    usual direction, of kinds of five parts at least; number of fitted parts at angles that are no multiple of 45 degrees.

    The direction of parts with two lands is that from their middle to pin 1, of others the angle of the component, where it
    is told. A kind of five parts or more, most of them at odd angles, is a ring, and placed so on purpose.
    """
    board = ctx.board
    c, parts = board.components, board.derived.parts()
    angle, turn, known = _angles(board)
    placed = parts.fitted & (parts.pins > 1) & known
    if not placed.any():
        raise Skip("nothing tells how its parts are turned")
    odd = placed & (np.abs((angle + _RIGHT / 2) % _RIGHT - _RIGHT / 2) > _TOLERANCE)
    kind = np.array([
        f"{side} {footprint or prefix(str(ref))}" for side, footprint, ref in zip(c.side.tolist(), c.footprint, c.ref)
    ] + [""], object)[:-1]  # fmt: skip
    found = [Measurements.none(int(placed.sum()))]
    ring = np.zeros(len(c), np.bool_)
    at = np.flatnonzero(placed)
    _, code = np.unique(kind[at].astype(str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    for rows in np.split(at[order], np.flatnonzero(np.diff(code[order])) + 1):
        if len(rows) >= _KIND and odd[rows].mean() > 0.5:
            ring[rows] = True
            continue
        rows = rows[parts.polarised[rows] & ~np.isin(parts.family[rows], list(_PLUGGED))]
        rows = rows[[prefix(str(ref)) not in _ALIKE for ref in c.ref[rows]]]
        if len(rows) < _KIND:
            continue
        step = np.round(turn[rows] / _RIGHT).astype(int) % 8
        usual = int(np.bincount(step, minlength=8).argmax())
        others = rows[step != usual]
        if len(others):
            found.append(Measurements.of(
                100 * float((step == usual).mean()), checked=0, param="majority_min", a=c.item[others[0]], x=c.x[others[0]],
                y=c.y[others[0]], cause="*direction", inferred=board.items.inferred[c.item[others[0]]],
                detail=f"the share of the {len(rows)} parts of its kind that stand one way ({_few(c.ref[others])} do not)",
            ))  # fmt: skip
    rows = np.flatnonzero(odd & ~ring)
    if len(rows):
        found.append(Measurements.of(
            len(rows), checked=0, param="odd_angle_max", a=c.item[rows[0]], x=c.x[rows[0]], y=c.y[rows[0]], cause="*angle",
            inferred=board.items.inferred[c.item[rows[0]]],
            detail=f"the number of parts that stand at no multiple of 45 degrees ({_few(c.ref[rows])})",
        ))  # fmt: skip
    m = Measurements.join(found)
    return m.take(np.isin(m.param, ctx.judged()))


def _few(refs: Objects) -> str:
    names = [str(r) or "?" for r in refs[:4]]
    return ", ".join(names) + (f" and {len(refs) - 4} more" if len(refs) > 4 else "")


def _angles(board: Board) -> tuple[Floats, Floats, Bools]:
    """Degrees of each component, degrees of its direction, and whether they are known.

    Where no file tells the angles, those of surface-mount parts with two lands are their directions: leads stand aslant.
    """
    c, pads, parts = board.components, board.pads, board.derived.parts()
    angle = c.angle % 360.0
    told = "zones" in board.facts or bool(c.angle.any())  # no film tells of zones: then the board is a native one
    first = parts.pin1
    mine = np.flatnonzero(pads.component >= 0)
    count = np.bincount(pads.component[mine], minlength=len(c))
    middle = np.zeros((len(c), 2))
    np.add.at(middle, pads.component[mine], np.c_[pads.x, pads.y][mine])
    two = np.flatnonzero((first >= 0) & (parts.pins == 2) & (count == 2))
    d = np.c_[pads.x, pads.y][first[two]] - middle[two] / 2
    turn = angle.copy()
    turn[two] = np.degrees(np.arctan2(-d[:, 1], d[:, 0])) % 360.0
    if told:
        return angle, turn, np.ones(len(c), np.bool_)
    known = np.zeros(len(c), np.bool_)
    known[two] = parts.mount[two] == "smd"
    return turn, turn, known
