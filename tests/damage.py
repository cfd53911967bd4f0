"""What goes wrong with the files of a handoff package, done to the bytes of KiCad's plots."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Files = dict[str, bytes]
"""Contents by layer: F.Cu, In1.Cu, ... Edge.Cuts, PTH, NPTH, front-in1, job."""

FOLDER = Path(__file__).parents[1] / "fixtures" / "packages"
MIDDLE, RIGHT = 120_000_000, 140_000_000
"""x of the middle and of the right edge of the boards, in nm."""
SHIFT = 0.1
"""mm."""

_NAME = re.compile(r"-(job|PTH|NPTH|front-in1|.*?)\.(\w+)$")
_KICAD = {"F_Silkscreen": "F.SilkS", "B_Silkscreen": "B.SilkS"}
_ALTIUM = {
    "F.Cu": "GTL", "B.Cu": "GBL", "F.Mask": "GTS", "B.Mask": "GBS", "F.Paste": "GTP", "B.Paste": "GBP", "F.SilkS": "GTO",
    "B.SilkS": "GBO", "Edge.Cuts": "GKO",
}  # fmt: skip


def load(package: str) -> tuple[Files, dict[str, str]]:
    """The files of a package by layer, and the name of each. `<board>.altium` are the plain ones named as Altium does."""
    board, _, naming = package.partition(".")
    files, names = {}, {}
    with zipfile.ZipFile(FOLDER / f"{board}.{'plain.' if naming else ''}zip") as archive:
        for name in archive.namelist():
            found = _NAME.search(name)
            assert found, name
            layer = _KICAD.get(found[1], found[1].replace("_", "."))
            files[layer] = archive.read(name)
            names[layer] = altium(board, layer) if naming == "altium" else name
    return files, names


def altium(board: str, layer: str) -> str:
    if layer in ("PTH", "NPTH"):
        return f"{board}-{'RoundHoles-Plated' if layer == 'PTH' else 'RoundHoles-NonPlated'}.TXT"
    if layer.startswith("front"):
        return f"{board}-Plated-L1-L2.TXT"
    return f"{board}.{_ALTIUM.get(layer) or 'G' + layer[2:-3]}"


def write(files: Mapping[str, bytes], names: Mapping[str, str], folder: Path) -> Path:
    """The package as a zip; a layer without a name is a further file whose key is its name."""
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for layer, data in files.items():
            archive.writestr(names.get(layer, layer), data)
    return path


def is_drill(layer: str) -> bool:
    return layer in ("PTH", "NPTH") or layer.startswith("front")


# -- damages: each takes the content of a file and its layer ----------------------------------------------------------


def emptied(data: bytes, layer: str) -> bytes:
    return b""


def hollow(data: bytes, layer: str) -> bytes:
    """The header, the apertures or tools, and the end: nothing in between."""
    if is_drill(layer):
        return data[: re.search(rb"^T1$", data, re.M).start()] + b"M30\n"
    return data[: re.search(rb"^(?:D1\d|G36)\*$", data, re.M).start()] + b"M02*\n"


def truncated(data: bytes, layer: str) -> bytes:
    return data[: len(data) * 7 // 10]


def mirrored(data: bytes, layer: str) -> bytes:
    return moved(data, layer, lambda x: 2 * MIDDLE - x)


def shifted(data: bytes, layer: str) -> bytes:
    return moved(data, layer, lambda x: x + round(SHIFT * 1e6))


def moved(data: bytes, layer: str, to: Callable[[int], int]) -> bytes:
    """All coordinates in x of a Gerber (4.6, mm) or drill file (decimal mm) changed; the boards have no arcs."""
    if is_drill(layer):
        head, mark, body = data.partition(b"\n%\n")
        return head + mark + re.sub(rb"X(-?[\d.]+)", lambda m: b"X%.3f" % (to(round(float(m[1]) * 1e6)) / 1e6), body)
    return re.sub(rb"^X(-?\d+)", lambda m: b"X%d" % to(int(m[1])), data, flags=re.M)


def inverted(data: bytes, layer: str) -> bytes:
    """What was clear is dark and what was dark clear, within the board."""
    left, top, bottom = 2 * MIDDLE - RIGHT, -80_000_000, -110_000_000
    corners = ((left, top), (RIGHT, top), (RIGHT, bottom), (left, bottom), (left, top))
    ring = b"".join(b"X%dY%dD0%d*\n" % (x, y, 2 if n == 0 else 1) for n, (x, y) in enumerate(corners))
    return data.replace(b"%LPD*%\n", b"%LPD*%\nG01*\nG36*\n" + ring + b"G37*\n%LPC*%\n", 1)


def rerouted(data: bytes, layer: str) -> bytes:
    """A drill file of another revision: every third hole lies a millimetre farther on."""
    head, mark, body = data.partition(b"\n%\n")
    count = iter(range(10_000))
    change = re.compile(rb"^X(-?[\d.]+)(?=Y[-\d.]+$)", re.M)
    return head + mark + change.sub(lambda m: b"X%.3f" % (float(m[1]) + (next(count) % 3 == 0)), body)


def respanned(data: bytes, layer: str) -> bytes:
    """A drill file whose attributes tell of other copper layers."""
    return re.sub(rb"(TF\.FileFunction,Plated),1,\d,\w+", rb"\1,1,4,Blind", data)
