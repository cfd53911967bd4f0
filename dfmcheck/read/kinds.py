"""What a file is, by its content; names are for `roles`, which knows what it is for."""

from __future__ import annotations

import re

from .archive import is_zip, packed

_ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\(\s*([A-Za-z_0-9]+)")
_KICAD = {
    b"kicad_sch": "a KiCad schematic", b"kicad_symbol_lib": "a KiCad symbol library", b"footprint": "a KiCad footprint",
    b"module": "a KiCad footprint", b"kicad_wks": "a KiCad drawing sheet", b"export": "a KiCad netlist",
    b"kicad_dru": "a KiCad rule file", b"fp_lib_table": "a KiCad library table",
}  # fmt: skip
_MAGIC = (
    (b"%PDF", "a PDF"), (b"\x89PNG", "a PNG picture"), (b"\xd0\xcf\x11\xe0", "an OLE file (Altium or Office)"),
    (b"PCBNEW-BOARD", "a board of KiCad before 4"), (b"<?xml", "an XML file"), (b"{", "a JSON file"),
)  # fmt: skip
GIVE = "give a .kicad_pcb board, or a folder or zip of Gerber and drill files"


def kind_of(data: bytes) -> str:
    """kicad_pcb, kicad_sch, gerber, excellon, gbrjob, ipcd356, archive or unknown: the readers look at no other file."""
    from .excellon import looks_like_excellon
    from .gerber import looks_like_gerber
    from .ipcd356 import looks_like_ipcd356
    from .job import looks_like_job

    root = root_of(data)
    if root in (b"kicad_pcb", b"kicad_sch"):
        return root.decode()
    if is_zip(data) or packed(data):
        return "archive"
    known = {
        "gbrjob": looks_like_job, "gerber": looks_like_gerber, "excellon": looks_like_excellon, "ipcd356": looks_like_ipcd356,
    }  # fmt: skip
    return next((kind for kind, looks in known.items() if looks(data)), "unknown")


def root_of(data: bytes) -> bytes:
    """The first word of an s-expression, such as ``kicad_pcb``; b'' for anything else."""
    found = _ROOT.match(data)
    return found[1] if found else b""


def why_not(data: bytes) -> str:
    """What a file is that no reader makes a board of, in words, and what to give instead."""
    if not data.strip():
        return f"is empty; {GIVE}"
    if root := root_of(data):
        return f"is {_KICAD.get(root, 'no KiCad board')} (it starts with ({root.decode()[:40]}), which is not readable; {GIVE}"
    for magic, what in _MAGIC:
        if data.lstrip().startswith(magic):
            return f"is {what}, which is not readable; {GIVE}"
    if b"\0" in data[:4096]:
        return f"is binary, no board; {GIVE}"
    return f"is no KiCad board (it does not start with (kicad_pcb) and no Gerber or drill file; {GIVE}"
