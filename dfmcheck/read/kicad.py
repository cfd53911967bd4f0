"""The KiCad board reader: files of KiCad 4 to 10, without KiCad."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ..board import Board, Components, Features, Kind, Nets, Objects, OutlineProblem, Source
from ..errors import DfmError
from ..outline import assemble
from ..provenance import uuid_at
from .draft import Draft
from .kicad_dimensions import read_dimension, read_target
from .kicad_file import File, parts
from .kicad_footprints import read_footprint
from .kicad_graphics import SHAPES, read_graphic
from .kicad_layers import LayerSet
from .kicad_openings import close_webs
from .kicad_project import read_project
from .kicad_rings import Areas
from .kicad_setup import read_net_class, read_setup, read_stackup, read_title_block, thickness_of
from .kicad_tables import read_table, read_text_box
from .kicad_text import draw_texts, read_text
from .kicad_tracks import read_plain_track, read_track, read_via
from .kicad_unused import removed
from .kicad_zones import read_zone
from .order import ordered
from .sexpr import Node, children

NEWEST = 20260206
"""File version of KiCad 10.0."""
_GRAPHICS = {f"gr_{shape}" for shape in SHAPES}
_IGNORED = {
    "generator", "generator_version", "host", "paper", "page", "group", "generated", "embedded_fonts", "embedded_files",
    "component_classes", "net_chains", "variants", "variant", "point",
}  # fmt: skip
_FACTS = {
    "nets", "components", "pads", "vias", "tracks", "zones", "holes", "plating", "courtyards", "mask", "paste", "silk", "spans",
    "texts", "thermals",
}  # fmt: skip


def read_kicad(data: bytes, path: str, project: bytes | None = None) -> Board:
    """The board in the bytes of a `.kicad_pcb`. Raises `DfmError` naming the line where they cannot be read.

    project: the bytes of its `.kicad_pro`, which is looked for beside it where there are none.
    """
    reader = _Reader(data, path, project)
    collecting = gc.isenabled()
    gc.disable()  # the tree has no cycles, and collecting while it grows takes a third of the time
    try:
        reader.run()
        return reader.finish()
    finally:
        if collecting:
            gc.enable()


class _Reader:
    def __init__(self, data: bytes, path: str, project: bytes | None) -> None:
        self.data, self.project = data, project
        self.file = File(path, data.decode("latin-1"), Draft(path))
        self.areas = Areas()
        self.thickness, self.finish_name = float("nan"), ""
        self.stackup: Any = ()

    def run(self) -> None:
        """Read list by list; damage is told with the line of the list where it lies."""
        file = self.file
        for node in children(file.text, "kicad_pcb", file.path):
            if not node:
                continue
            file.at = getattr(node, "offset", file.at)
            try:
                self.read(node)
            except (ValueError, LookupError, TypeError, OverflowError, AttributeError) as error:
                name = file.text[file.at + 1 : file.at + 40].split(maxsplit=1)[0]
                what = f"({name} ...) cannot be read: {_reason(error)}"
                raise DfmError(what, path=file.path, line=file.line(file.at)) from error

    def read(self, node: list[Any]) -> None:
        name, file = node[0], self.file
        if not isinstance(node, Node):
            self.read_flat(node)
        elif name == "track":
            read_plain_track(file, node)
        elif name == "segment" or name == "arc":
            read_track(file, node)
        elif name == "via":
            read_via(file, node)
        elif name == "footprint" or name == "module":
            read_footprint(file, node, self.areas)
        elif name == "zone":
            read_zone(file, node)
        elif name in _GRAPHICS:
            read_graphic(file, node)
        elif name == "gr_text":
            read_text(file, node)
        elif name == "gr_text_box":
            read_text_box(file, node)
        elif name == "table":
            read_table(file, node)
        elif name == "dimension":
            read_dimension(file, node)
        elif name == "target":
            read_target(file, node)
        elif name in ("image", "barcode"):
            file.count(f"{name}s, which are not read", node.offset)
        else:
            self.read_settings(node)

    def read_settings(self, node: Node) -> None:
        name, file = node[0], self.file
        if name == "layers":
            file.layer_set = LayerSet(node, file.version, file.path, file.line(node.offset))
        elif name == "setup":
            read_setup(file, node)
            found = parts(node).get("stackup")
            if found is not None:
                self.stackup, self.finish_name = read_stackup(found)
        elif name == "general":
            self.thickness = thickness_of(parts(node))
        elif name == "net":
            file.net_codes[node[1]] = file.net(node[2])
        elif name == "net_class":
            read_net_class(file, node)
        elif name == "title_block":
            read_title_block(file, node)
        elif name == "property":
            file.variables[node[1]] = node[2]
        elif name not in _IGNORED:
            file.count(f"({name} ...) is not known: left out", node.offset)

    def read_flat(self, node: list[Any]) -> None:
        """Lists of bare atoms: the version, and the nets of KiCad 5 that need no quotes."""
        if node[0] == "version":
            self.file.version = int(node[1])
            if self.file.version > NEWEST:
                newer = f"file version {self.file.version} is newer than {NEWEST} (KiCad 10.0)"
                self.file.note(f"{newer}: what is new in it may be missing")
        elif node[0] == "net":
            self.file.net_codes[node[1]] = self.file.net(node[2])
        elif node[0] == "property" and len(node) > 2:
            self.file.variables[node[1]] = node[2]

    def finish(self) -> Board:
        file, draft = self.file, self.file.draft
        if file.layer_set is None:
            raise DfmError("has no (layers ...)", path=file.path)
        project = read_project(file, self.project)
        draw_texts(file)
        tables = draft.tables()
        features: Features = tables["features"]
        self.check(features)
        gone = removed(features, tables["holes"], np.array(file.layers.order, np.int32), draft.doubtful)
        if gone.any():
            tables["features"] = features.take(~gone)
        nets = Nets.of(name=file.nets, netclass=[file.classes.get(net, "") for net in file.nets])
        offset = tables["items"].offset
        tables = ordered(tables, nets, lambda item: uuid_at(self.data, int(offset[item])))
        least = file.setup.values.get("solder_mask_min_width", 0.0)
        if least > 0:
            close_webs(tables, file.layers, least)
        features = tables["features"]
        tables["components"] = _courtyards(tables["components"], self.areas.build())
        for message, (offset, n) in file.counted.items():
            file.note(f"{n} x {message}", offset)
        outline, problems = _outline(features)
        facts = set(_FACTS)
        facts |= {"outline"} if not outline.is_empty else set()
        facts |= {"stackup"} if self.stackup else set()
        facts |= {"thickness"} if self.thickness > 0 else set()
        facts |= {"fab"} if any(fab is not None for fab in tables["components"].fab) else set()
        copper = {s.name: s.thickness for s in self.stackup if s.type == "copper"}
        layers = file.layer_set.table(copper)
        facts |= {"copper"} if (layers.order[features.layer] >= 0).any() else set()
        return Board(
            name=Path(file.path).stem, layers=layers, **tables,
            sources=(Source(file.path, "kicad_pcb", self.data), *([project] if project else [])),
            outline=outline, outline_problems=problems, thickness=self.thickness, finish=self.finish_name, stackup=self.stackup,
            facts=frozenset(facts), notes=tuple(draft.notes), settings=file.setup.values,
        )  # fmt: skip

    def check(self, features: Features) -> None:
        """Refuse sizes below zero. Positions and sizes out of range were refused when they were read."""
        wrong = np.flatnonzero(~(features.radius >= 0))
        if len(wrong):
            offset = self.file.draft.items[int(features.item[wrong[0]])][2]
            raise DfmError("has a width or size below zero", path=self.file.path, line=self.file.line(offset))


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no ({error.args[0]} ...)"
    return "a value is missing" if isinstance(error, IndexError) else str(error)[:120]


def _outline(features: Features) -> tuple[shapely.MultiPolygon, tuple[OutlineProblem, ...]]:
    edges = features.kind == Kind.EDGE
    return assemble(features.core[edges], features.item[edges])


def _courtyards(components: Components, areas: Objects) -> Components:
    """The components with their courtyard and fab outlines, which were numbers until now."""
    if not len(components):
        return components
    columns = {name: getattr(components, name) for name in Components.__slots__}
    for name in ("courtyard_top", "courtyard_bottom", "fab"):
        columns[name] = areas[columns[name].astype(np.intp)]
    return Components.of(**columns)
