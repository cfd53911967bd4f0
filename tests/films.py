"""Small Gerber and drill files for tests of packages."""

from __future__ import annotations

from dfmcheck.read.excellon import read_excellon
from dfmcheck.read.gerber import read_gerber
from dfmcheck.read.roles import File

HEAD = "%FSLAX46Y46*%%MOMM*%%ADD10C,0.2*%D10*\n"
PADS = "X2000000Y2000000D03*X18000000Y8000000D03*\n"


def gerber(path: str, *draw: str, x2: str = "") -> File:
    head = f"%TF.FileFunction,{x2}*%\n" if x2 else ""
    data = (head + HEAD + ("".join(draw) or PADS) + "M02*\n").encode()
    return File(path, data, image=read_gerber(data, path))


def drill(path: str, *lines: str, comment: str = "") -> File:
    body = "\n".join(lines or ("X2.0Y-2.0", "X18.0Y-8.0"))
    data = f"M48\n{comment}METRIC\nT1C0.3\n%\nT1\n{body}\nM30\n".encode()
    return File(path, data, drill=read_excellon(data, path))


def frame(x0: float, y0: float, x1: float, y1: float, *, gap: float = 0.0) -> str:
    points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0 + gap)]
    at = [f"X{round(x * 1e6)}Y{round(y * 1e6)}" for x, y in points]
    return f"{at[0]}D02*" + "".join(f"{p}D01*" for p in at[1:])
