"""The KiCad board reader: files of KiCad 4 to 10, without KiCad."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ..board import Board, Kind, Nets, Source
from ..errors import DfmError
from .draft import Draft
from .kicad_file import File, parts, value
from .kicad_footprints import read_footprint
from .kicad_graphics import read_graphic
from .kicad_layers import LayerSet
from .kicad_setup import read_setup, read_stackup
from .kicad_tracks import read_track, read_via
from .kicad_zones import read_zone
from .sexpr import Node, children, line_of, number

NEWEST = 20260206
"""File version of KiCad 10.0."""
GRAPHICS = {"gr_line", "gr_arc", "gr_circle", "gr_rect", "gr_poly", "gr_curve"}


def read_kicad(data: bytes, path: str) -> Board:
    """The board in the bytes of a `.kicad_pcb`. Raises `DfmError` naming the line where they cannot be read."""
    text = data.decode("latin-1")
    file = File(path, text, Draft(path))
    extra: dict[str, Any] = {}
    collecting = gc.isenabled()
    gc.disable()  # the tree has no cycles, and collecting while it grows takes a third of the time
    try:
        last: Any = None
        try:
            for node in children(text, "kicad_pcb", path):
                if node:
                    last = node
                    _read(file, node, extra)
        except (ValueError, IndexError, TypeError, OverflowError, KeyError) as error:
            where = line_of(text, last.offset) if isinstance(last, Node) else None
            raise DfmError(f"({last[0]} ...) cannot be read: {_reason(error)}", path=path, line=where) from error
        return _finish(file, data, extra)
    finally:
        if collecting:
            gc.enable()


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no ({error.args[0]} ...)"
    if isinstance(error, IndexError):
        return "a value is missing"
    return str(error)


def _read(file: File, node: list[Any], extra: dict[str, Any]) -> None:
    name = node[0]
    if name == "segment" or name == "arc":
        read_track(file, node)
    elif name == "via":
        read_via(file, node)
    elif name == "footprint" or name == "module":
        read_footprint(file, node)
    elif name == "zone":
        read_zone(file, node)
    elif name in GRAPHICS:
        read_graphic(file, node)
    elif name == "net":
        file.net_codes[node[1]] = file.net(node[2])
    elif name == "version":
        file.version = int(node[1])
    elif name == "layers":
        file.layers = LayerSet(node, file.version, file.path, 1)
    elif name == "setup":
        read_setup(file, node)
        if "stackup" in parts(node):
            extra["stackup"], extra["finish"] = read_stackup(parts(node)["stackup"])
    elif name == "general":
        extra["thickness"] = value(parts(node), "thickness")


def _finish(file: File, data: bytes, extra: dict[str, Any]) -> Board:
    if file.layers is None:
        raise DfmError("has no (layers ...)", path=file.path)
    for name, (offset, count) in file.absent.items():
        file.note(f"{count} items lie on {name}, which the board does not have: left out", offset)
    tables = file.draft.tables()
    features = tables["features"]
    outline, problems = shapely.MultiPolygon(), ()
    edges = features.kind == Kind.EDGE
    try:
        from ..outline import assemble
    except ImportError:
        pass
    else:
        outline, problems = assemble(features.core[edges], features.item[edges])
    stackup = extra.get("stackup", ())
    copper = {s.name: s.thickness for s in stackup if s.type == "copper"}
    thickness = extra.get("thickness", float("nan"))
    facts = {"nets", "components", "pads", "vias", "tracks", "zones", "holes", "plating", "courtyards", "fab", "mask", "paste", "silk", "spans", "thermals"}
    facts |= {"outline"} if not outline.is_empty else set()
    facts |= {"stackup"} if stackup else set()
    facts |= {"thickness"} if thickness > 0 else set()
    return Board(
        name=Path(file.path).stem, sources=(Source(file.path, "kicad", data),), layers=file.layers.table(copper),
        nets=Nets.of(name=file.nets, netclass=[""] * len(file.nets)), **tables, outline=outline, outline_problems=problems,
        thickness=thickness, finish=extra.get("finish", ""), stackup=stackup, facts=frozenset(facts),
        notes=tuple(file.draft.notes), settings=file.setup.values,
    )  # fmt: skip
