"""Reading a board in a process of its own, while this one loads the rules and the checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from ..beside import POSSIBLE, beside
from ..board import Board, Table
from ..errors import DfmError
from .kinds import root_of
from .places import Place, read_place

Found = tuple[list[Board], list[DfmError]]

_MOST = 16_000_000
"""Bytes: a larger board takes longer to be handed over than what it is read beside."""


def begin(place: Place, extra: Sequence[Path]) -> Callable[[], Found] | None:
    """Start to read the board file at a place; the function returned gives what `read_place` does. None where it is no such
    file, or where nothing is won."""
    if not POSSIBLE or extra or not _fits(place.path):
        return None

    def read() -> Found | DfmError:
        try:
            return read_place(place)
        except DfmError as error:
            return error

    reading = beside(read)

    def found() -> Found:
        done = reading()
        if isinstance(done, DfmError):
            raise done
        for board in done[0]:
            _seal(board)
        return done

    return found


def _fits(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > _MOST:
            return False
        with path.open("rb") as file:
            return root_of(file.read(100)) == b"kicad_pcb"
    except OSError:
        return False


def _seal(board: Board) -> None:
    """Make the columns unchangeable again, which is not handed over with them."""
    for field in fields(board):
        table = getattr(board, field.name)
        if isinstance(table, Table):
            for column in fields(table):
                getattr(table, column.name).flags.writeable = False
