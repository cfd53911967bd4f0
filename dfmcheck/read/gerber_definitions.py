"""Aperture definitions (AD) and macros (AM) of one file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import shapely

from ..errors import DfmError
from . import gerber_faults as what
from .gerber_apertures import Template, standard
from .gerber_faults import Faults
from .gerber_macro import MOST_VALUES, Macro
from .gerber_primitives import combine

_DEFINITION = re.compile(r"D?0*(\d{1,9})\s*([A-Za-z_.$][^,]*)(?:,(.*))?$", re.S | re.I)
_MOST_APERTURES = 100_000
_MOST_MACRO_VALUES = 1_000_000
_MOST_POINTS = 2_000_000
"""Points of all apertures together."""
_LONG = 20_000
"""Characters of a macro; longer ones are not kept for the next file."""
Complaints = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Definition:
    code: int
    template: Template | None
    """None where it draws nothing, or is a block."""
    function: tuple[str, ...] = ()
    macro: str = ""
    block: int = 0
    """Scope of a block aperture, 0 for none."""


class Definitions:
    """The apertures of a file, and which of them a code means at a place."""

    def __init__(self, path: str, faults: Faults) -> None:
        self.path, self.faults = path, faults
        self.all: list[Definition] = []
        self.rows: dict[int, list[tuple[int, int]]] = {}
        """Aperture code to (first chunk where it holds, row in `all`)."""
        self._macros: dict[str, tuple[str, ...]] = {}
        self._values = self._points = 0

    def macro(self, name: str, blocks: Sequence[str], at: int) -> None:
        self._macros[name] = tuple(blocks)
        for kind, message in _macro(name, tuple(blocks))[1]:
            self.faults.add(kind, message, at, grave=True)

    def aperture(self, text: str, scale: float, function: tuple[str, ...], chunk: int, at: int) -> None:
        """`D10C,0.5` and the like; `scale` is mm per unit."""
        m = _DEFINITION.match(text.strip())
        if not m:
            self.faults.add(what.BAD_APERTURE, f"cannot read {text[:30]!r}", at, grave=True)
            return
        code, kind, rest = int(m[1]), m[2].strip(), m[3] or ""
        if code < 10:
            self.faults.add(what.BAD_APERTURE, f"D{code} cannot be an aperture", at, grave=True)
        blocks = self._macros.get(kind)
        if blocks is not None:
            self._values += _macro(kind, blocks)[0].size
            if self._values > _MOST_MACRO_VALUES:
                raise DfmError("aperture macros are too large; is this file meant to be read?", path=self.path)
        long = sum(map(len, blocks or ())) + len(rest) > _LONG
        template, complaints = (_template.__wrapped__ if long else _template)(kind, blocks, rest, scale)
        for fault, message in complaints:
            self.faults.add(fault, f"D{code}: {message}", at, grave=True)
        if template is not None:
            self._points += int(shapely.get_num_coordinates(template.cores).sum())
            if self._points > _MOST_POINTS:
                raise DfmError("its apertures have too many points to be drawn", path=self.path)
        self.add(Definition(code, template, function, kind if blocks is not None else ""), chunk)

    def add(self, definition: Definition, chunk: int) -> None:
        if len(self.all) >= _MOST_APERTURES:
            raise DfmError(f"more than {_MOST_APERTURES} apertures", path=self.path)
        self.rows.setdefault(definition.code, []).append((chunk, len(self.all)))
        self.all.append(definition)


# The layers of a package share most of their apertures.
@lru_cache(maxsize=256)
def _macro(name: str, blocks: tuple[str, ...]) -> tuple[Macro, Complaints]:
    complaints: list[tuple[str, str]] = []
    made = Macro(name, blocks, lambda kind, message: complaints.append((kind, message)))
    if made.size > MOST_VALUES:
        raise DfmError(f"aperture macro {name} is too large")
    return made, tuple(complaints)


@lru_cache(maxsize=1024)
def _template(kind: str, blocks: tuple[str, ...] | None, rest: str, scale: float) -> tuple[Template | None, Complaints]:
    """The aperture of a standard type (`blocks` is None) or of a macro, and what is wrong with it."""
    complaints: list[tuple[str, str]] = []

    def complain(fault: str, message: str) -> None:
        complaints.append((fault, message))

    values = []
    for word in re.split("[Xx]", rest) if rest.strip() else []:
        try:
            values.append(number(word))
        except ValueError:
            complain(what.BAD_APERTURE, f"cannot read the number {word[:20]!r}")
            values.append(0.0)
    if blocks is not None:
        template = combine(_macro(kind, blocks)[0].primitives(values, complain), scale, complain)
    elif kind.upper() in ("C", "R", "O", "P"):
        lengths = [v * scale for v in values]
        if kind.upper() == "P":
            lengths[1:3] = values[1:3]
        template = standard(kind.upper(), lengths, complain)
    else:
        complain(what.BAD_APERTURE, f"shape {kind[:30]!r} is not defined")
        template = None
    return template, tuple(complaints)


def number(text: str) -> float:
    """A decimal number; raises `ValueError` for anything else, infinities included."""
    value = float(text)
    if not -1e12 < value < 1e12:
        raise ValueError(text)
    return value
