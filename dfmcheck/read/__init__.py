"""Readers: each fills one `Board` from one kind of file. What a file is, its content tells, never its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DfmError
from ..files import DESIGN, read_bytes

if TYPE_CHECKING:
    from ..board import Board

__all__ = ["read", "read_kicad"]

_ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\(\s*([A-Za-z_0-9]+)")
_KINDS = {
    b"kicad_sch": "a KiCad schematic", b"kicad_symbol_lib": "a KiCad symbol library", b"footprint": "a KiCad footprint",
    b"module": "a KiCad footprint", b"kicad_wks": "a KiCad drawing sheet", b"export": "a KiCad netlist",
    b"kicad_dru": "a KiCad rule file", b"fp_lib_table": "a KiCad library table",
}  # fmt: skip
_MAGIC = (
    (b"PK\x03\x04", "a zip archive"), (b"\x1f\x8b", "a gzip archive"), (b"%PDF", "a PDF"), (b"\x89PNG", "a PNG picture"),
    (b"\xd0\xcf\x11\xe0", "an OLE file (Altium or Office)"), (b"PCBNEW-BOARD", "a board of KiCad before 4"),
    (b"M48", "an Excellon drill file"), (b"7z\xbc\xaf", "a 7-zip archive"), (b"Rar!", "a RAR archive"),
    (b"<?xml", "an XML file"), (b"{", "a JSON file"),
)  # fmt: skip
_GERBER = re.compile(rb"\A\s*(?:G04|%FS|%MO|%TF|G75\*|G01\*|%LP)")
BOARD = "give a .kicad_pcb board"


def read(path: str | Path) -> Board:
    """Read a board. Raises `DfmError` in one line for what is no readable board."""
    return read_kicad(read_bytes(Path(path), DESIGN), str(path))


def read_kicad(data: bytes, path: str) -> Board:
    """The board in the bytes of a `.kicad_pcb` of KiCad 4 to 10. Raises `DfmError` for anything else, saying what it is."""
    root = _ROOT.match(data)
    if root is None or root[1] != b"kicad_pcb":
        raise DfmError(_what(data, root[1] if root else None), path=path)
    from .kicad import read_kicad as reader

    return reader(data, path)


def _what(data: bytes, root: bytes | None) -> str:
    """What the data is instead of a board."""
    if not data.strip():
        return f"is empty; {BOARD}"
    if root is not None:
        return f"is {_KINDS.get(root, 'no KiCad board')} (it starts with ({root.decode()[:40]}), which is not readable; {BOARD}"
    for magic, kind in _MAGIC:
        if data.lstrip().startswith(magic):
            return f"is {kind}, which is not readable yet; {BOARD}"
    if _GERBER.match(data):
        return f"is a Gerber file, which is not readable yet; {BOARD}"
    if b"\0" in data[:4096]:
        return f"is binary, no KiCad board; {BOARD}"
    return f"is no KiCad board: it does not start with (kicad_pcb; {BOARD}"
