"""Where boards are parted: scores and rows of break-off holes, as the design draws or names them."""

from __future__ import annotations

from dataclasses import dataclass

from .board import Board, Ints, Objects, Table, column


@dataclass(frozen=True, slots=True, eq=False)
class Breaklines(Table):
    """One row per straight line along which a panel or a board is parted."""

    core: Objects = column("O")
    """LineString."""
    method: Objects = column("O")
    """str: score (V-score), tab (a row of mouse bites or a routed tab)."""
    item: Ints = column("i4")
    """Row in `Board.items`; -1 where no single item draws it."""
    source: Objects = column("O")
    """str: why it is taken for one, such as `layer V-Cut`, `text "V-SCORE"`, `mouse bites`."""


def breaklines(board: Board) -> Breaklines:
    """Every break line that the design tells of; empty where it tells of none, which says nothing about the maker's panel."""
    raise NotImplementedError
