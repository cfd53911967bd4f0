"""A board beside the package of another revision of it, without any file: the package's board is read from KiCad text too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from kicad_boards import footprint, pad, text, uuid

from dfmcheck import engine
from dfmcheck.board import Board, Cover, Source
from dfmcheck.package import Drill, Entry, Graphics, Hits, Image, Netlist, NumberFormat, Package, Role
from dfmcheck.read import read_kicad
from dfmcheck.read.ipcd356 import read_ipcd356
from dfmcheck.report import DesignReport
from dfmcheck.rule import load_rules, resolve

RULES = load_rules()
EDGE = f'(gr_rect (start 0 0) (end 30 20) (stroke (width 0.1) (type solid)) (layer "Edge.Cuts") {uuid()})'
FILL = """(filled_polygon (layer "B.Cu") (pts (xy 1.1 1.1) (xy 8.9 1.1) (xy 8.9 8.9) (xy 1.1 8.9)))"""


def track(y: float = 5, width: float = 0.25, layer: str = "F.Cu", x: float = 12) -> str:
    return f'(segment (start {x} {y}) (end 20 {y}) (width {width}) (layer "{layer}") (net 1) {uuid()})'


def via(x: float, y: float = 15, drill: float = 0.4, net: int = 2, more: str = "") -> str:
    return f'(via (at {x} {y}) (size 0.8) (drill {drill}) (layers "F.Cu" "B.Cu") {more} (net {net}) {uuid()})'


def zone(fill: str = FILL) -> str:
    filled = "yes" if fill else "no"
    return f"""(zone (net 1) (net_name "GND") (layer "B.Cu") {uuid()} (hatch edge 0.5) (min_thickness 0.2) (fill {filled})
 (polygon (pts (xy 1 1) (xy 9 1) (xy 9 9) (xy 1 9))) {fill})"""


def words(what: str, x: float = 15) -> str:
    return f'(gr_text "{what}" (at {x} 11) (layer "F.SilkS") {uuid()} (effects (font (size 1 1) (thickness 0.15))))'


def part(ref: str = "U1", silk: bool = True, hole: str = "1", more: str = "") -> str:
    looks = "(effects (font (size 1 1) (thickness 0.15)))"
    name = f'(fp_text user "{ref}" (at 0 -2) (layer "F.SilkS") {uuid()} {looks})' if silk else ""
    tht = f'(pad "2" thru_hole circle (at 3 0) (size 1.8 1.8) (drill {hole}) (layers "*.Cu" "*.Mask") (net 2 "VCC") {uuid()})'
    return footprint(pad(more='(net 1 "GND")'), tht, name, more, at="22 5", ref=ref)


VIAS = tuple(via(x) for x in (2, 5, 9, 14, 20, 27))
PARTS = (part(), *VIAS, zone(), words("HELLO"))
ALL = (EDGE, track(), *PARTS)


def read(*items: str, **options: Any) -> Board:
    return read_kicad(text(*items, **options).encode(), "board.kicad_pcb")


def beside(native: Board, made: Board, netlist: str = "", without: frozenset[str] = frozenset(), x2: bool = False) -> Board:
    """The native board with the package that `made` is the board of; `without` are layers that have no film."""
    image = Image(Graphics.empty(), (), ({},), x2=x2)
    names = [str(n) for n, role in zip(made.layers.name, made.layers.role) if role in ("copper", "mask", "paste", "silk", "edge")]
    names = [n for n in names if n not in without]
    entries = [
        Entry(i, Role(str(made.layers.role[made.layer(n)]), n, str(made.layers.side[made.layer(n)])), image)
        for i, n in enumerate(names)
    ]
    h = made.holes
    hits = Hits.of(
        core=h.core, radius=h.radius, tool=np.zeros(len(h)), offset=np.zeros(len(h)), plated=np.full(len(h), Cover.UNKNOWN)
    )  # fmt: skip
    entries.append(Entry(len(names), Role("drill"), drill=Drill(hits, (), NumberFormat("mm", 3, 3, "decimal"))))
    sources = [Source(f"films/{n.replace('.', '_')}.gbr", "gerber", b"") for n in names] + [
        Source("films/holes.drl", "excellon", b"")
    ]
    told = None
    if netlist:
        sources.append(Source("films/net.d356", "ipcd356", netlist.encode()))
        told = Netlist(len(sources) - 1, *read_ipcd356(netlist.encode(), "films/net.d356"))
    package = Package("films", tuple(sources), tuple(entries), netlist=told, native=native, board=made)
    return replace(native, package=package, facts=native.facts | {"package"})


def report(board: Board, rule: str) -> DesignReport:
    return engine.run(board, RULES, resolve(["standard"], RULES), selected=lambda r: r.id == rule)


def found(board: Board, rule: str) -> list[tuple[str, int, str]]:
    """Severity, number of places and message of every finding."""
    done = report(board, rule)
    mine = next(r for r in done.rules if r.id == rule)
    assert not mine.crashed, mine.why_skipped
    return [(f.severity, len(f.places), f.message) for f in done.findings]
