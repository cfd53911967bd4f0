"""What the checks of a package tell: rows that name files instead of items of the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..board import Board
from ..check import Measurements, Skip
from ..package import Package

NAN = float("nan")


class Row(NamedTuple):
    """One thing to tell of a package; the columns are those of `Measurements`."""

    detail: str
    file: int = -1
    """`Entry.source`, -1 for the package as a whole: a file that is absent."""
    line: int = 0
    cause: str = ""
    soften: int = 0
    param: str = ""
    value: float = NAN
    x: float = NAN
    y: float = NAN
    layer: int = -1


def told(rows: Sequence[Row], checked: int) -> Measurements:
    """The rows as measurements; `checked` counts the files, layers or objects that were looked at."""
    if not rows:
        return Measurements.none(checked)
    columns: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in Row._fields}
    return Measurements.of(columns.pop("value"), checked=checked, a=-1, **columns)


def package_of(board: Board) -> Package:
    """The board's package; rules need the fact `package`, so it is there for them."""
    if board.package is None:
        raise Skip("needs package; this input has none")
    return board.package
