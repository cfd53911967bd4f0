"""Boards plotted by kicad-cli: Gerber files of all layers and drill files, once a board, variant and session."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from once import once

DEMOS = Path(os.environ.get("KICAD_DEMOS", "/usr/share/kicad/demos"))
SHARED = Path(os.environ.get("DFMCHECK_BOARDS", "/nonexistent"))
needs_cli = pytest.mark.skipif(not shutil.which("kicad-cli"), reason="needs kicad-cli")

VARIANTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "x2": ((), ()),
    "comments": (("--no-x2",), ("--excellon-separate-th",)),
    "plain": (("--no-x2", "--no-netlist"), ("--excellon-separate-th",)),
    "merged": (("--no-x2", "--no-netlist"), ()),
}
"""Options of the Gerber and of the drill export. `comments` has its attributes in comments, with the nets; `plain` and
`merged` have none at all, and `merged` has all holes in one drill file."""
_ATTRIBUTES = re.compile(rb"^(?:G04|;) #@!.*\n", re.M)
_PROJECT = (".kicad_pro", ".kicad_dru", ".pro")
"""What KiCad reads beside a board: its variables, settings and rules."""
_LAYER = re.compile(rb"TF\.FileFunction,([^*\r\n]*)")
_SIDE = {"Top": "F", "Bot": "B"}
_ROLE = {"Soldermask": "Mask", "Paste": "Paste", "Legend": "SilkS"}


def plot(board: Path, variant: str = "x2") -> Path:
    """The folder with the Gerber and drill files of a board. Zones stay as they are filled in the file."""
    gerber, drill = VARIANTS[variant]

    def make(place: Path) -> None:
        copy = Path(shutil.copy(board, place))
        for suffix in _PROJECT:
            if board.with_suffix(suffix).exists():
                shutil.copy(board.with_suffix(suffix), place)
        folder = place / board.stem
        folder.mkdir()
        for kind, options in (("gerbers", gerber), ("drill", drill)):
            _export(kind, *options, "-o", f"{folder}/", str(copy))
        if variant in ("plain", "merged"):
            for path in folder.iterdir():
                path.write_bytes(_ATTRIBUTES.sub(b"", path.read_bytes()))

    return once(("plot", board, variant), make) / board.stem


def netlist(board: Path) -> bytes:
    """KiCad's own IPC-D-356 netlist of a board."""
    made = once(("ipcd356", board), lambda place: _export("ipcd356", "-o", f"{place}/net.d356", str(board)))
    return (made / "net.d356").read_bytes()


def _export(*words: str) -> None:
    command = ["kicad-cli", "pcb", "export", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def layers(folder: Path) -> dict[str, Path]:
    """The Gerber files of the layers that a board is made by, by KiCad's names of them; `folder` is one with attributes."""
    found, copper = {}, {}
    for path in sorted(folder.iterdir()):
        match = _LAYER.search(path.read_bytes()[:2000]) if path.suffix not in (".drl", ".gbrjob") else None
        fields = match[1].decode().split(",") if match else [""]
        if fields[0] == "Copper":
            copper[int(fields[1][1:])] = path
        elif fields[0] == "Profile":
            found["Edge.Cuts"] = path
        elif fields[0] in _ROLE:
            found[f"{_SIDE[fields[1]]}.{_ROLE[fields[0]]}"] = path
    last = max(copper, default=0)
    names = {n: "F.Cu" if n == 1 else "B.Cu" if n == last else f"In{n - 1}.Cu" for n in copper}
    return {names[n]: copper[n] for n in sorted(copper)} | found
