"""Small handoff packages written as Gerber and Excellon text: what a test says is drawn stands in it, in mm, y down."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from dfmcheck.board import Cover
from dfmcheck.package import Entry, Image, Job, Package, Role
from dfmcheck.read.excellon import read_excellon
from dfmcheck.read.gerber import read_gerber


class Drawn(NamedTuple):
    """One graphical object: a flash (one point), a stroke (two) or a region (more), and its X2 attributes."""

    aperture: str
    points: tuple[tuple[float, float], ...]
    function: str = ""
    attributes: Mapping[str, str] = {}


def flash(aperture: str, x: float, y: float, function: str = "", **attributes: str) -> Drawn:
    return Drawn(aperture, ((x, y),), function, attributes)


def stroke(width: float, *points: tuple[float, float], function: str = "", **attributes: str) -> list[Drawn]:
    pairs = pairwise(points)
    return [Drawn(f"C,{width}", pair, function, attributes) for pair in pairs]


def region(*points: tuple[float, float], function: str = "", **attributes: str) -> Drawn:
    return Drawn("", points, function, attributes)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]


def gerber(objects: Iterable[Drawn | list[Drawn]], **file: str) -> str:
    """The text of a Gerber file, metric 4.6, with X2 attributes where any are given."""
    flat = [o for some in objects for o in (some if isinstance(some, list) else [some])]
    lines = [f"%TF.{name},{value}*%" for name, value in file.items()] + ["%FSLAX46Y46*%", "%MOMM*%", "%LPD*%", "G01*"]
    codes: dict[tuple[str, str], int] = {}
    for o in flat:
        if o.aperture and (o.aperture, o.function) not in codes:
            code = codes[o.aperture, o.function] = len(codes) + 10
            lines += [f"%TA.AperFunction,{o.function}*%"] * bool(o.function)
            lines += [f"%ADD{code}{o.aperture}*%"] + ["%TD*%"] * bool(o.function)
    for o in flat:
        at = [f"X{round(x * 1e6)}Y{round(-y * 1e6)}" for x, y in o.points]
        lines += [f"%TO.{name},{value}*%" for name, value in o.attributes.items()]
        if o.aperture:
            lines.append(f"D{codes[o.aperture, o.function]}*")
            lines += [f"{at[0]}D03*"] if len(at) == 1 else [f"{at[0]}D02*", f"{at[1]}D01*"]
        else:
            lines += [f"%TA.AperFunction,{o.function}*%"] * bool(o.function)
            lines += ["G36*", f"{at[0]}D02*", *(f"{a}D01*" for a in at[1:]), "G37*"]
            lines += ["%TD.AperFunction*%"] * bool(o.function)
        lines += ["%TD*%"] * bool(o.attributes)
    return "\n".join([*lines, "M02*", ""])


def excellon(holes: Sequence[tuple[float, ...]], function: str = "") -> str:
    """The text of a drill file: (x, y, diameter) for holes, (x, y, diameter, x2, y2) for G85 slots."""
    sizes = sorted({hole[2] for hole in holes})
    lines = ["M48", "METRIC"]
    for i, size in enumerate(sizes, 1):
        lines += [f"; #@! TA.AperFunction,{function}"] * bool(function) + [f"T{i}C{size}"]
    lines += ["%", "G90", "G05"]
    for i, size in enumerate(sizes, 1):
        lines.append(f"T{i}")
        for hole in holes:
            if hole[2] == size:
                slot = f"G85X{hole[3]:.4f}Y{-hole[4]:.4f}" if len(hole) > 3 else ""
                lines.append(f"X{hole[0]:.4f}Y{-hole[1]:.4f}{slot}")
    return "\n".join([*lines, "M30", ""])


def film(layer: str, kind: str, objects: Iterable[Drawn | list[Drawn]], number: int = 0) -> tuple[Role, Image]:
    side = {"F": "top", "B": "bottom", "I": "inner"}.get(layer[0], "") if kind != "edge" else ""
    return Role(kind, layer, side, number, "x2"), read_gerber(gerber(objects).encode(), f"{layer}.gbr")


def package(*parts: object, job: Job | None = None) -> Package:
    """A package of films (from `film`) and drill texts (from `excellon`, with a `Cover` before it to say the plating)."""
    from dfmcheck.board import Source

    entries, sources, plated = [], [], Cover.UNKNOWN
    for part in parts:
        if isinstance(part, Cover):
            plated = part
            continue
        if isinstance(part, str):
            drill = read_excellon(part.encode(), "board.drl")
            entries.append(Entry(len(sources), Role("drill", plated=plated), drill=drill))
            sources.append(Source(f"board{len(sources)}.drl", "excellon", part.encode()))
        else:
            role, image = part
            entries.append(Entry(len(sources), role, image=image))
            sources.append(Source(f"{role.layer}.gbr", "gerber", b""))
    return Package("board", tuple(sources), tuple(entries), job)
