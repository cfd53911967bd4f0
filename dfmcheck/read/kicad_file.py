"""What the parts of the KiCad reader share: the board's settings, its layers and nets, and the rows read so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..board import Note
from .draft import Draft
from .kicad_layers import LayerSet
from .sexpr import line_of, number

NAN = float("nan")


@dataclass(slots=True)
class Setup:
    """Board-wide values that items fall back on."""

    mask_margin: float = 0.0
    paste_margin: float = 0.0
    paste_ratio: float = 0.0
    tent_top: bool = True
    tent_bottom: bool = True
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    """One board file while it is read."""

    path: str
    text: str
    draft: Draft
    version: int = 0
    layers: LayerSet | None = None
    setup: Setup = field(default_factory=Setup)
    nets: list[str] = field(default_factory=list)
    net_rows: dict[str, int] = field(default_factory=dict)
    net_codes: dict[str, int] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    ties: int = 0
    absent: dict[str, list[int]] = field(default_factory=dict)
    """Layers that items name but the board lacks: offset of the first item, count."""

    @property
    def board_layers(self) -> LayerSet:
        if self.layers is None:
            raise ValueError("it stands before the board's (layers ...)")
        return self.layers

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
        if self.version >= 20251028:
            return self.net(node[1])
        row = self.net_codes.get(node[1])
        if row is None:
            raise ValueError(f"net {node[1]} is not in the board's list of nets")
        return row

    def layer(self, name: str, offset: int) -> int:
        """Row of one layer, -1 (and a note at the end) where the board lacks it."""
        rows = self.board_layers.rows(name)
        if len(rows) != 1:
            self.absent.setdefault(name, [offset, 0])[1] += 1
            return -1
        return rows[0]

    def line(self, offset: int) -> int:
        return line_of(self.text, offset)

    def note(self, message: str, offset: int | None = None) -> None:
        self.draft.notes.append(Note(self.path, None if offset is None else self.line(offset), message))


Parts = dict[str, list[Any]]


def parts(node: list[Any]) -> Parts:
    """The lists inside a list by name; of several of one name, the last."""
    return {child[0]: child for child in node if child.__class__ is not str and child}


def flag(node: list[Any], found: Parts, name: str) -> bool:
    """`(name yes)`, `(name)` or the bare word `name` among the atoms of `node`."""
    part = found.get(name)
    if part is not None:
        return len(part) < 2 or part[1] in ("yes", "true")
    return name in node


def value(found: Parts, name: str, default: float = NAN) -> float:
    part = found.get(name)
    return default if part is None else number(part[1])


def xy(part: list[Any]) -> tuple[float, float]:
    return number(part[1]), number(part[2])
