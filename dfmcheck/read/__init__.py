"""Readers: each fills one `Board` from one kind of file. What a file is, its content tells, never its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DfmError

if TYPE_CHECKING:
    from ..board import Board

__all__ = ["read", "read_all", "read_kicad"]


def read(path: str | Path, extra: Iterable[str | Path] = ()) -> Board:
    """Read a design: a board file, or the folder, zip or single file of a Gerber and drill package.

    Raises `DfmError` in one line for what is no readable design, and for a folder or zip that holds several (see `read_all`).
    """
    found = read_all(path, extra)
    if len(found) > 1:
        names = ", ".join(board.name for board in found)
        raise DfmError(f"holds {len(found)} designs ({names}); read_all gives all of them", path=str(path))
    return found[0]


def read_all(path: str | Path, extra: Iterable[str | Path] = ()) -> list[Board]:
    """Read all designs of a folder or zip: the native boards directly in it, then the packages; of any other file the one.

    extra: further files of the one design there: a package for a native board, a native board for a package, netlists...
    Raises `DfmError` in one line for what holds no readable design.
    """
    from .places import places, read_place

    found, more = places(Path(path)), [Path(other) for other in extra]
    if more and len(found) > 1:
        raise DfmError(f"holds {len(found)} designs, and further files go with one", path=str(path))
    boards: list[Board] = []
    known: dict[str, Board] = {}
    for place in found:
        made, errors = read_place(place, more, known)
        if errors:
            raise errors[0]
        boards += made
    return boards


def read_kicad(data: bytes, path: str, project: bytes | None = None) -> Board:
    """The board in the bytes of a `.kicad_pcb` of KiCad 4 to 10. Raises `DfmError` for anything else, saying what it is.

    project: the bytes of its `.kicad_pro`, which is looked for beside it where there are none.
    """
    from .kinds import root_of, why_not

    if root_of(data) != b"kicad_pcb":
        raise DfmError(why_not(data), path=path)
    from .kicad import read_kicad as reader

    return reader(data, path, project)
