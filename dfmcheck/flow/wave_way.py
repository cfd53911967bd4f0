"""The way of a board over the wave: where it moves, what is along and what across, and how rows of pins lie to it."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import shapely

from ..board import Board, Floats, Ints, Objects, once_a_board

_SUBJECT = re.compile(
    r"wave[-_ ]*(solder|dir|travel|flow)|solder(ing)?[-_ ]*(dir|wave|travel|flow)|l(ö|oe)trichtung|wellenl(ö|oe)t|\A\W*wave\W*\Z",
    re.IGNORECASE,
)
"""Texts that speak of soldering by wave; `wave` alone may be any signal's, unless nothing else is said."""
_ARROWS = (
    (0.0, re.compile(r"(?<![<=-])[-=]+>|→|⇒|➔|➜|►|▶")), (180.0, re.compile(r"<[-=]+(?![>=-])|←|⇐|◄|◀")),
    (90.0, re.compile("↑|⇑|▲")), (270.0, re.compile("↓|⇓|▼")),
)  # fmt: skip
"""Where an arrow in a text points, in degrees from the way it is read, counter-clockwise."""

_NEXT = 1.1
"""Points that are nearer than this share of the pitch are neighbours in a row."""
_COMMON = 0.5
"""A direction that less than this share of the neighbours have is no row's."""
_ALIKE = 0.5
"""Degrees by which directions may differ and still be one."""


class Way(NamedTuple):
    """Unit vector of the board's travel, y down: what it points away from leaves the wave last."""

    x: float
    y: float

    @property
    def angle(self) -> float:
        """Degrees of the line of travel, 0 to 180, as `around.headings` counts them."""
        return float(np.degrees(np.arctan2(self.y, self.x)) % 180)

    def frame(self, xy: Floats) -> Floats:
        """Points (N x 2) along the travel and across it."""
        return np.asarray(xy @ np.array([[self.x, -self.y], [self.y, self.x]]))

    def spans(self, core: Objects, radius: Floats) -> Floats:
        """N x 4: where shapes begin along the travel and across it, and where they end along and across."""
        xy, of = shapely.get_coordinates(core, return_index=True)
        along = self.frame(xy)
        out = np.full((len(core), 4), np.inf)
        out[:, 2:] = -np.inf
        for k in (0, 1):
            np.minimum.at(out[:, k], of, along[:, k])
            np.maximum.at(out[:, 2 + k], of, along[:, k])
        return out + np.asarray(radius)[:, None] * [-1, -1, 1, 1]


WAYS = (Way(1.0, 0.0), Way(-1.0, 0.0), Way(0.0, 1.0), Way(0.0, -1.0))


@once_a_board
def declared(board: Board) -> tuple[Way, str] | None:
    """The travel that the board itself declares, and the text that does: one like `WAVE -->` or `SOLDER DIRECTION ↑`.

    None where no visible text does, or where such texts contradict each other. Arrows that are drawn as lines are not seen.
    """
    t, items = board.texts, board.items
    label = items.label[t.item] if len(t) else np.empty(0, object)
    found: dict[tuple[float, float], str] = {}
    for row, text in enumerate(label.tolist()):
        pointing = [turn for turn, arrow in _ARROWS if arrow.search(text)]
        if len(pointing) != 1 or not _SUBJECT.search(_bare(text)):
            continue
        # A mirrored text is read towards its other end.
        read = np.deg2rad(t.angle[row] + (180.0 if t.mirrored[row] else 0.0))
        turn = np.deg2rad(pointing[0]) * (-1.0 if t.mirrored[row] else 1.0)
        found.setdefault((round(float(np.cos(read + turn)), 9) + 0.0, round(-float(np.sin(read + turn)), 9) + 0.0), text)
    if len(found) != 1:
        return None
    (way, text), = found.items()  # fmt: skip
    return Way(*way), " ".join(text.split())


def _bare(text: str) -> str:
    for _, arrow in _ARROWS:
        text = arrow.sub(" ", text)
    return text


def row_heading(xy: Floats, *, square: bool = False) -> float:
    """Degrees (0 to 180) of the rows that points stand in: of the directions to nearest neighbours that of the fewest rows.

    NaN of fewer than three points and where rows and columns are alike; then any of them where it is all the same (`square`).
    """
    xy = np.unique(xy.round(9), axis=0)
    if len(xy) < 3:
        return float("nan")
    points = shapely.points(xy)
    tree = shapely.STRtree(points)
    pitch = float(np.median(tree.query_nearest(points, exclusive=True, all_matches=False, return_distance=True)[1]))
    i, j = tree.query(points, predicate="dwithin", distance=_NEXT * pitch)
    way = (xy[i] - xy[j])[i != j]
    each = np.degrees(np.arctan2(way[:, 1], way[:, 0])) % 180
    each = np.sort((each + _ALIKE) % 180)  # what is off 0 by rounding stands with it
    starts = np.flatnonzero(np.r_[True, np.diff(each) > _ALIKE])
    count = np.diff(np.r_[starts, len(each)])
    angle = np.add.reduceat(each, starts) / count - _ALIKE
    angle = angle[count >= _COMMON * count.max()]
    turn = np.deg2rad(angle)
    off = np.sort(xy @ np.array([-np.sin(turn), np.cos(turn)]), axis=0)
    rows = 1 + (np.diff(off, axis=0) > _NEXT * pitch / 4).sum(axis=0)
    if (rows == rows.min()).sum() > 1 and not square:
        return float("nan")
    return float(angle[rows.argmin()]) % 180


def lands_of(board: Board, components: Ints, side: int) -> Ints:
    """Rows of `Board.features`: the copper of the pads of components on a side."""
    mine, lands = np.zeros(len(board.components) + 1, np.bool_), board.derived.lands(side)
    mine[components] = True
    return np.asarray(lands[mine[board.features.component[lands]]], np.int32)
