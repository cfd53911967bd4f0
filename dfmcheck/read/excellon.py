"""Excellon and XNC drill files: holes and slots in mm, y down, by our own reader.

How the digits become lengths is settled by the file's own words where it has them; else `Drill.candidates` lists what
they may mean and `drill_fit.fit` asks the copper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import nan

import numpy as np
import shapely

from ..board import Cover, Floats, Objects
from ..package import Drill, Fault, Hits, NumberFormat, Tool
from .drill_format import digits_of, formats
from .drill_machine import Machine, Offsets, ToolState
from .drill_words import MM, Words, words

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SIZE = re.compile(rb"^T\d+[^;\n]*?C(\d*\.\d+)", re.M)


def looks_like_excellon(data: bytes) -> bool:
    """Whether the content is a drill or rout program, judged by its first 64 kB."""
    head = data[:65536].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _BINARY.search(head[:4096].strip(b"\0")) or re.search(rb"^%?(?:FS[LTD]?[AI]X|MO(?:IN|MM)|ADD\d)|D0?[123]\*", head, re.M):
        return False
    if re.search(rb"^[ \t]*M48[ \t]*$", head, re.M):
        return True
    hits = len(re.findall(rb"^(?:G0?[0-3])?(?:X[+-]?\d[\d.]*(?:Y[+-]?\d[\d.]*)?|Y[+-]?\d[\d.]*)[ \t]*$", head, re.M))
    marks = len(re.findall(rb"^(?:T\d{1,4}(?:C[\d.]+.*)?|M30|M00|M7[12]|G90|G05|%|INCH.*|METRIC.*)[ \t]*$", head, re.M))
    lines = sum(1 for line in head.split(b"\n") if line.strip() and line.lstrip()[:1] != b";")
    return marks >= 1 and hits >= 1 and hits + marks >= 0.6 * lines


def read_excellon(
    data: bytes, path: str, *, format: NumberFormat | None = None, tools: Mapping[int, float] | None = None
) -> Drill:
    """Read a drill or rout file.

    `format` overrides what the file says of its numbers, `tools` gives diameters in mm of tools that it does not define.
    Raises `DfmError` where it is no drill file at all, or asks for an absurd number of holes.
    """
    text = data.replace(b"\r\n", b" \n").replace(b"\r", b"\n")
    if not text.endswith(b"\n"):
        text += b"\n"
    said = words(text)
    candidates, stated, faults = formats(said, digits_of(text), map(float, _SIZE.findall(text)))
    if format is not None:
        faults, stated, candidates = [], stated and format == candidates[0], [format]
    machine = Machine(text, path, candidates[0])
    machine.run()
    made, more = _tools(machine, said, tools or {}, candidates[0].unit)
    return Drill(
        hits=_hits(machine, made, said.plated),
        tools=tuple(t for t, _ in made),
        format=candidates[0],
        stated=stated,
        candidates=tuple(candidates),
        file=said.file,
        span=said.span,
        plated=said.plated,
        faults=(*faults, *machine.faults, *more),
    )


def _tools(
    machine: Machine, said: Words, outside: Mapping[int, float], unit: str
) -> tuple[list[tuple[Tool, Cover]], list[Fault]]:
    """The tools with diameters in mm, what they say of plating, and what is wrong with them."""
    used = {p.tool for p in machine.pieces}
    unit = said.units[0] if len(said.units) == 1 else unit
    made, faults = [], []
    for row, state in enumerate(machine.tools):
        size, plated = _diameter(state, unit), state.plated
        if state.code in said.sizes:
            noted, noted_plating = said.sizes[state.code]
            size, plated = noted if size != size else size, plated or noted_plating
        if size != size:
            size = outside.get(state.code, nan)
        if row in used and not size > 0:
            line = machine.data.count(b"\n", 0, max(state.offset, 0)) + 1
            word, is_ = ("undefined tool", "not stated") if size != size else ("tool of no size", "0")
            faults.append(Fault(word, line, f"T{state.code} is used, but its diameter is {is_}", True))
            size = nan
        function = state.attributes.get(".AperFunction", ())
        made.append((Tool(state.code, size, function, state.attributes), plated))
    return made, faults


def _diameter(state: ToolState, unit: str) -> float:
    return state.size * MM[unit]


def _hits(machine: Machine, tools: list[tuple[Tool, Cover]], plated: Cover) -> Hits:
    pieces = machine.pieces
    if not pieces:
        return Hits.empty()
    lengths = np.array([len(p.x) for p in pieces], np.int64)
    x, y = np.concatenate([p.x for p in pieces]), np.concatenate([p.y for p in pieces])
    row = np.repeat([p.tool for p in pieces], lengths)
    diameter = np.array([t.diameter for t, _ in tools])[row]
    own = np.repeat([p.diameter for p in pieces], lengths)
    diameter = np.where(np.isnan(own), diameter, own)
    by_tool = np.array([int(c) for _, c in tools])[row]
    by_type = np.repeat([int(p.plated) for p in pieces], lengths)
    cover = np.where(by_tool > 0, by_tool, np.where(by_type > 0, by_type, int(plated)))
    return Hits.of(
        core=_cores(machine, x, y, np.cumsum(lengths) - lengths),
        radius=diameter / 2,
        tool=row,
        offset=np.concatenate([p.offset for p in pieces]),
        plated=cover,
    )


def _cores(machine: Machine, x: Floats, y: Floats, first: Offsets) -> Objects:
    core: Objects = shapely.points(x, y)
    slots = [(int(i), p.path) for i, p in zip(first, machine.pieces) if p.path and any(q != p.path[0] for q in p.path)]
    if slots:
        points = np.concatenate([np.array(path) for _, path in slots])
        which = np.repeat(np.arange(len(slots)), [len(path) for _, path in slots])
        core[[i for i, _ in slots]] = shapely.linestrings(points, indices=which)
    return core
