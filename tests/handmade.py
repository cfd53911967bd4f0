"""Packages made by hand: a board of two layers whose films and drill files are written as text and read as any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from small import board, track

from dfmcheck.board import Cover, Source
from dfmcheck.check import Context, Measurements, registry
from dfmcheck.package import Entry, Package, Role
from dfmcheck.read.excellon import read_excellon
from dfmcheck.read.gerber import read_gerber
from dfmcheck.rule import Limit, load_rules

RULES = load_rules()


@dataclass
class Sheet:
    """What one file draws, in mm with y up: flashes, holes, strokes."""

    role: Role
    flashes: list[tuple[complex, float]] = field(default_factory=list)
    """(place, diameter)"""
    holes: list[tuple[complex, float]] = field(default_factory=list)
    lines: list[list[complex]] = field(default_factory=list)
    """Polylines of a pen of 0.1 mm."""
    parts: dict[int, str] = field(default_factory=dict)
    """By row of `lines` or, where there are none, of `flashes`: the reference of the part (X2)."""
    function: dict[float, str] = field(default_factory=dict)
    """By diameter: the aperture function (X2)."""
    head: str = ""
    filled: tuple[complex, complex] | None = None
    """Corners of an area that is dark, out of which all else is cleared."""

    @property
    def name(self) -> str:
        return (self.role.layer or {Cover.YES: "PTH", Cover.NO: "NPTH"}.get(self.role.plated, "drill")).lower()

    def moved(self, way) -> Sheet:
        """The same with all points at way(point)."""
        return replace(
            self,
            flashes=[(way(at), size) for at, size in self.flashes],
            holes=[(way(at), size) for at, size in self.holes],
            lines=[[way(p) for p in line] for line in self.lines],
            filled=None if self.filled is None else tuple(way(p) for p in self.filled),
        )

    def text(self) -> str:
        return self._excellon() if self.role.kind == "drill" else self._gerber()

    def _excellon(self) -> str:
        sizes = sorted({size for _, size in self.holes})
        tools = [f"T{n}C{size:.3f}" for n, size in enumerate(sizes, 1)]
        hits = [
            line
            for n, size in enumerate(sizes, 1)
            for line in (f"T{n}", *(f"X{at.real:.3f}Y{at.imag:.3f}" for at, d in self.holes if d == size))
        ]
        return "\n".join(["M48", "METRIC,TZ", *tools, "%", "G90", *hits, "M30", ""])

    def _gerber(self) -> str:
        sizes = sorted({size for _, size in self.flashes})
        out = ["%FSLAX46Y46*%", "%MOMM*%", self.head, "%ADD10C,0.1*%"]
        for n, size in enumerate(sizes, 11):
            told = self.function.get(size)
            out += [f"%TA.AperFunction,{told}*%"] * bool(told) + [f"%ADD{n}C,{size}*%"] + ["%TD*%"] * bool(told)
        if self.filled is not None:
            a, b = self.filled
            ring = [a, complex(b.real, a.imag), b, complex(a.real, b.imag), a]
            out += ["G36*", _at(ring[0], 2), "G01*", *(_at(p, 1) for p in ring[1:]), "G37*", "%LPC*%"]
        for row, (at, size) in enumerate(self.flashes):
            part = self.parts.get(row) if not self.lines else None
            out += [f"%TO.P,{part},1*%"] * bool(part) + [f"D{11 + sizes.index(size)}*", _at(at, 3)] + ["%TD*%"] * bool(part)
        for row, line in enumerate(self.lines):
            part = self.parts.get(row)
            out += [f"%TO.C,{part}*%"] * bool(part)
            out += ["D10*", "G01*", _at(line[0], 2), *(_at(p, 1) for p in line[1:])] + ["%TD*%"] * bool(part)
        return "\n".join([*filter(None, out), "M02*", ""])


def _at(p: complex, code: int) -> str:
    return f"X{round(p.real * 1e6)}Y{round(p.imag * 1e6)}D0{code}*"


def copper(side: str, number: int = 0) -> Role:
    layer = {"top": "F.Cu", "bottom": "B.Cu"}.get(side, f"In{number - 1}.Cu")
    return Role("copper", layer, side, number)


def film(kind: str, side: str) -> Role:
    what = {"mask": "Mask", "paste": "Paste", "silk": "SilkS"}[kind]
    return Role(kind, f"{'F' if side == 'top' else 'B'}.{what}", side)


def drill(plated: Cover, span: tuple[int, int] | None = None) -> Role:
    return Role("drill", plated=plated, span=span)


def sheets(seed: int = 1) -> dict[str, Sheet]:
    """A board of 60 x 40 mm: lands of parts on either side, vias and pins through both, two mounting holes."""
    rng = np.random.default_rng(seed)
    spots = [complex(x, y) for x in range(4, 58, 3) for y in range(4, 38, 3)]
    places = [spots[i] + complex(*np.round(rng.uniform(-0.9, 0.9, 2), 3)) for i in rng.permutation(len(spots))]
    top, bottom, pins, vias, pegs = places[:40], places[40:65], places[65:85], places[85:110], places[110:113]
    through = [(p, 1.6) for p in pins] + [(p, 0.6) for p in vias]
    outer = {1.6: "ComponentPad", 0.6: "ViaPad"}
    out = [
        Sheet(copper("top", 1), [(p, 1.0) for p in top] + through, function=outer),
        Sheet(copper("bottom", 2), [(p, 1.0) for p in bottom] + through, function=outer),
        Sheet(film("mask", "top"), [(p, 1.1) for p in top] + [(p, 1.7) for p in pins] + [(p, 3.0) for p in pegs]),
        Sheet(film("mask", "bottom"), [(p, 1.1) for p in bottom] + [(p, 1.7) for p in pins] + [(p, 3.0) for p in pegs]),
        Sheet(film("paste", "top"), [(p, 0.9) for p in top]),
        Sheet(film("paste", "bottom"), [(p, 0.9) for p in bottom]),
        Sheet(drill(Cover.YES), holes=[(p, 0.9) for p in pins] + [(p, 0.3) for p in vias]),
        Sheet(drill(Cover.NO), holes=[(p, 3.0) for p in pegs]),
        Sheet(Role("edge", "Edge.Cuts"), lines=[[0j, 60 + 0j, 60 + 40j, 40j, 0j]]),
    ]
    return {sheet.name: sheet for sheet in out}


def package(files: Iterable[Sheet]) -> Package:
    files = list(files)
    sources, entries = [], []
    for row, sheet in enumerate(files):
        data = sheet.text().encode()
        sources.append(Source(sheet.name, "excellon" if sheet.role.kind == "drill" else "gerber", data))
        if sheet.role.kind == "drill":
            entries.append(Entry(row, sheet.role, drill=read_excellon(data, sheet.name)))
        else:
            entries.append(Entry(row, sheet.role, read_gerber(data, sheet.name)))
    edge = next((sheet for sheet in files if sheet.role.kind == "edge"), None)
    ring = [(p.real, -p.imag) for p in edge.lines[0]] if edge else []
    made = replace(board(track(0.2)), outline=shapely.MultiPolygon([shapely.Polygon(ring)] if ring else []))
    return Package("handmade", tuple(sources), tuple(entries), board=made)


def measure(rule: str, files: Iterable[Sheet], **tunes: float) -> tuple[Measurements, dict[str, str]]:
    """What a package rule measures, and by file the first detail that it tells."""
    made = package(files)
    limits = {name: Limit(value, None, "tune", RULES[rule].params[name].unit, "test") for name, value in tunes.items()}
    context = Context(replace(board(track(0.2)), package=made), RULES[rule], limits)
    m = registry()[RULES[rule].check].measure(context)
    told: dict[str, str] = {}
    for file, detail in zip(m.file.tolist(), m.detail.tolist()):
        told.setdefault(made.sources[file].path, detail)
    return m, told
