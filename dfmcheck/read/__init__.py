"""Readers: each fills one `Board` from one kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DfmError

if TYPE_CHECKING:
    from ..board import Board

__all__ = ["read", "read_kicad"]


def read(path: str | Path) -> Board:
    """Read a board; what it is, its content tells. Raises `DfmError` in one line for what is no readable board."""
    name = str(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DfmError(error.strerror or str(error), path=name) from None
    return read_kicad(data, name)


def read_kicad(data: bytes, path: str) -> Board:
    """The board in the bytes of a `.kicad_pcb` of KiCad 4 to 10."""
    from .kicad import read_kicad as reader

    return reader(data, path)
