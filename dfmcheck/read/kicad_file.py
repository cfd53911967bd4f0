"""What the parts of the KiCad reader share: the file's settings, layers, nets and rows so far, and how lists are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import radians
from typing import TYPE_CHECKING, Any

import numpy as np

from ..board import Note
from . import arcs
from .draft import Draft
from .kicad_layers import LayerSet
from .sexpr import line_of, number

if TYPE_CHECKING:
    from .kicad_text import Text

NAN = float("nan")
NETS_BY_NAME = 20251028
"""From this file version on (KiCad 10) items name their net and there is no list of nets."""


@dataclass(slots=True)
class Setup:
    """Board-wide values that items fall back on."""

    mask_margin: float = 0.0
    paste_margin: float = 0.0
    paste_ratio: float = 0.0
    tented: tuple[bool, bool] = (True, True)
    """Whether vias are covered by mask on top and bottom unless they say otherwise."""
    plugged: tuple[bool | None, bool | None] = (None, None)
    filled: bool | None = None
    capped: bool | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    """One board file while it is read."""

    path: str
    text: str
    draft: Draft
    version: int = 0
    layer_set: LayerSet | None = None
    setup: Setup = field(default_factory=Setup)
    nets: list[str] = field(default_factory=list)
    net_rows: dict[str, int] = field(default_factory=dict)
    net_codes: dict[str, int] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    """Class of each net that has one."""
    variables: dict[str, str] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    at: int = 0
    """Offset of the list that is being read, for messages."""
    ties: int = 0
    counted: dict[str, list[int]] = field(default_factory=dict)
    """Things left out, by message: offset of the first, count."""

    @property
    def layers(self) -> LayerSet:
        if self.layer_set is None:
            raise ValueError("it stands before the board's (layers ...)")
        return self.layer_set

    def net(self, name: str) -> int:
        """Row of a net by name; new names are added; -1 for no net."""
        if not name:
            return -1
        row = self.net_rows.get(name)
        if row is None:
            row = self.net_rows[name] = len(self.nets)
            self.nets.append(name)
        return row

    def net_of(self, node: list[Any] | None) -> int:
        """Row of the net that `(net ...)` names: `(net 5)`, `(net 5 "GND")` or, since KiCad 10, `(net "GND")`."""
        if node is None or len(node) < 2:
            return -1
        if len(node) > 2:
            return self.net(node[2])
        if self.version >= NETS_BY_NAME:
            return self.net(node[1])
        row = self.net_codes.get(node[1])
        if row is None:
            if node[1] == "0":
                return -1
            raise ValueError(f"net {node[1]} is not in the board's list of nets")
        return row

    def layer(self, name: str, offset: int) -> int:
        """Row of one layer, -1 (and a note at the end) where the board lacks it."""
        rows = self.layers.rows(name)
        if len(rows) != 1:
            self.count(f"on layer {name}, which the board does not have: left out", offset)
            return -1
        return rows[0]

    def layer_rows(self, p: Parts, offset: int) -> list[int]:
        """Rows of the layers that `(layer ...)` or `(layers ...)` name and the board has."""
        names = p["layers"][1:] if "layers" in p else p["layer"][1:2]
        rows = [row for name in names for row in self.layers.rows(name)]
        if len(rows) < len(names):
            for name in names:
                if not self.layers.rows(name):
                    self.layer(name, offset)
        return rows

    def count(self, message: str, offset: int) -> None:
        """Note something at the end, once, with how often it occurs."""
        self.counted.setdefault(message, [offset, 0])[1] += 1

    def line(self, offset: int) -> int:
        return line_of(self.text, offset)

    def note(self, message: str, offset: int | None = None) -> None:
        self.draft.notes.append(Note(self.path, None if offset is None else self.line(offset), message))


Parts = dict[str, list[Any]]


def parts(node: list[Any]) -> Parts:
    """The lists inside a list by name; of several of one name, the last."""
    return {child[0]: child for child in node if child.__class__ is not str and len(child)}


def flag(node: list[Any], found: Parts, name: str) -> bool:
    """Whether a list says `(name yes)`, `(name)` or the bare word `name`."""
    part = found.get(name)
    if part is not None:
        return len(part) < 2 or part[1] in ("yes", "true")
    return name in node


def value(found: Parts, name: str, default: float = NAN) -> float:
    part = found.get(name)
    return default if part is None else number(part[1])


def text(found: Parts, name: str) -> str:
    part = found.get(name)
    return str(part[1]) if part is not None and len(part) > 1 else ""


def xy(part: list[Any]) -> arcs.Point:
    return number(part[1]), number(part[2])


def stroke_width(p: Parts) -> float:
    """Line width: `(stroke (width w) ...)`, up to KiCad 6 `(width w)`."""
    width = value(parts(p["stroke"]), "width", 0.0) if "stroke" in p else value(p, "width", 0.0)
    return max(width, 0.0)  # KiCad writes -1 nm for "the default", which it plots as nothing


def is_filled(p: Parts, *, default: bool) -> bool:
    fill = p.get("fill")
    return default if fill is None or len(fill) < 2 else fill[1] in ("yes", "solid")


def note_style(file: File, p: Parts, offset: int) -> None:
    """Note what is drawn in a way that is read more simply."""
    if text(p, "fill") in ("hatch", "reverse_hatch", "cross_hatch"):
        file.count("hatched shapes, read as their outline", offset)
    if "stroke" in p and text(parts(p["stroke"]), "type") in ("dash", "dot", "dash_dot", "dash_dot_dot"):
        file.count("dashed or dotted lines, read as solid ones", offset)


def arc_chain(p: Parts) -> list[arcs.Point]:
    """Points of an arc: start, mid, end; up to KiCad 5 centre (`start`), first point (`end`) and angle."""
    if "mid" in p:
        return arcs.through(xy(p["start"]), xy(p["mid"]), xy(p["end"]))
    cx, cy = xy(p["start"])
    return arcs.sweep(cx, cy, xy(p["end"]), radians(number(p["angle"][1])))


def chain(pts: list[Any]) -> Any:
    """The N x 2 points of `(pts ...)`, arcs flattened."""
    if len(pts) == 2 and isinstance(pts[1], np.ndarray):
        return pts[1]
    out: list[arcs.Point] = []
    for part in pts[1:]:
        if part[0] == "xy":
            out.append(xy(part))
        elif part[0] == "arc":
            out += arc_chain(parts(part))
        else:
            raise ValueError(f"({part[0]} ...) among points")
    return np.array(out, np.float64).reshape(-1, 2)
