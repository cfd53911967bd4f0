"""Excellon and XNC drill files: holes and slots in mm, y down, by our own reader.

How the digits become lengths is settled by the file's own words where it has them; else `Drill.candidates` lists what
they may mean, the first that gives a plausible board is taken, and `drill_fit.fit` asks the copper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import nan

import numpy as np

from ..board import Cover
from ..errors import DfmError
from ..package import Drill, Fault, Hits, NumberFormat, Tool
from .drill_faults import CONTRADICTED, GUESSED, SIZE, SPAN, UNDEFINED, ZERO
from .drill_format import digits_of, formats, plausibility
from .drill_machine import Machine
from .drill_toolbox import ToolState
from .drill_words import MM, Words, words

READ = ": "
"""Stands between the reasons and what was done in the fault of an open format."""

_BINARY = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f]")
_STOP = re.compile(rb"[*$](?=[ \t]*$)", re.M)
"""Characters that end a block of some controls."""
_GERBER = re.compile(rb"^[ \t]*%?(?:FS[LTD]?[AI]X|MO(?:IN|MM)\*|ADD[0-9])|D0?[123][ \t]*\*", re.M)
_SIZE = re.compile(rb"^[ \t]*T[0-9]+[^;\n]*?C([0-9]*\.[0-9]+)", re.M)
_PLACES = re.compile(rb"^[ \t]*(?:G0?[0-3])?(?:X[+-]?[0-9.]+(?:Y[+-]?[0-9.]+)?|Y[+-]?[0-9.]+)(?:G85[XY0-9.+-]+)?[ \t]*$", re.M)
_MARKS = re.compile(
    rb"^[ \t]*(?:T[0-9]{1,4}(?:[ \t]*[FSBHZC][^;\n]*)?|M(?:30|00|0|02|95|1[567]|71|72|06)|[GF][0-9]{1,3}|%|\$|ICI.*|FMAT.*"
    rb"|(?:INCH|METRIC)(?:,.*)?|R[0-9]+(?:M02)?[XY].*)[ \t]*(?:;.*)?$",
    re.M,
)


def looks_like_excellon(data: bytes) -> bool:
    """Whether the content is a drill or rout program, judged by its first 64 kB."""
    head = _unix(data[:65536])
    if _BINARY.search(head[:4096]) or _GERBER.search(data[:65536]):
        return False
    lines = sum(1 for line in head.split(b"\n") if (word := line.strip()) and word[:1] not in b";(")
    known = len(_PLACES.findall(head)) + len(_MARKS.findall(head))
    if re.search(rb"^[ \t]*M48[ \t]*(?:;.*)?$", head, re.M):
        return known >= 0.3 * lines
    return known >= 0.7 * lines and _PLACES.search(head) is not None and _MARKS.search(head) is not None


def _unix(data: bytes) -> bytes:
    """The text with \\n alone at line ends and no leader, every byte in its place."""
    if data[:3] == b"\xef\xbb\xbf":
        data = b"   " + data[3:]
    data = data.replace(b"\r\n", b" \n").replace(b"\r", b"\n").replace(b"\0", b" ").replace(b"\x1a", b" ")
    return _STOP.sub(b" ", data)


def read_excellon(
    data: bytes, path: str, *, format: NumberFormat | None = None, tools: Mapping[int, float] | None = None
) -> Drill:
    """Read a drill or rout file.

    `format` overrides what the file says of its numbers, `tools` gives diameters in mm of tools that it does not define.
    Raises `DfmError` where it is no drill file at all, or asks for an absurd number of holes.
    """
    text = _unix(data)
    if not text.strip() or _BINARY.search(text[:4096]):
        raise DfmError("is empty" if not text.strip() else "is no drill file but binary data", path=path)
    text += b"" if text.endswith(b"\n") else b"\n"
    said = words(text, path)
    candidates, stated, faults = formats(said, digits_of(text), map(float, _SIZE.findall(text)))
    if format is not None:
        stated, faults, candidates = stated and format == candidates[0], [], [format]
    read = [_read(text, path, candidates[0], said, tools or {})]
    if not stated and len(candidates) > 1:
        read += [_read(text, path, c, said, tools or {}) for c in candidates[1:]]
        read.sort(key=lambda d: plausibility(d.hits), reverse=True)
    best = read[0]
    faults = [told(faults, f"read as {best.format}")] if faults else []
    return Drill(
        hits=best.hits,
        tools=best.tools,
        format=best.format,
        stated=stated,
        candidates=tuple(d.format for d in read),
        file=said.file,
        span=said.span,
        plated=best.plated,
        faults=(*faults, *best.faults),
    )


def told(faults: Sequence[Fault], then: str) -> Fault:
    """What leaves the format open or contradicts it, as one fault with what was done about it."""
    what = CONTRADICTED if any(f.what == CONTRADICTED for f in faults) else GUESSED
    why = dict.fromkeys(f.message.rpartition(READ)[0] or f.message for f in faults)
    return Fault(what, None, "; ".join(why) + READ + then, True)


def _read(text: bytes, path: str, form: NumberFormat, said: Words, outside: Mapping[int, float]) -> Drill:
    """The file under one format, with the faults of its program."""
    machine = Machine(text, path, form, said)
    machine.run()
    tools, covers = _tools(machine, said, outside)
    hits = _hits(machine, tools, covers, said.plated)
    plated = said.plated
    if plated == Cover.UNKNOWN and ".FileFunction" not in said.file and len(set(hits.plated.tolist())) == 1:
        plated = Cover(int(hits.plated[0]))
    if said.span_open:
        machine.fault(SPAN, 0, "its name tells of a span down to the bottom layer, whose number is not stated", True)
    return Drill(hits, tools, form, span=said.span, plated=plated, faults=tuple(machine.faults))


def _tools(machine: Machine, said: Words, outside: Mapping[int, float]) -> tuple[tuple[Tool, ...], list[Cover]]:
    """The tools with diameters in mm, and what is known of their plating."""
    states, used = machine.tools.rows, {p.tool for p in machine.pieces.rows if p.diameter != p.diameter}
    unit = _unit([s.size for s in states], said, machine.form.unit)
    tools, covers = [], []
    for row, state in enumerate(states):
        size, plated = _diameter(machine, state, unit), state.plated
        if state.code in said.sizes:
            noted, noted_plating = said.sizes[state.code]
            size, plated = noted if size != size else size, plated or noted_plating
        if said.starts and (before := [c for c in said.starts if c <= state.code]):
            plated = plated or said.starts[max(before)]
        if size != size:
            size = outside.get(state.code, nan)
        if not size > 0:
            if row in used and size != size:
                machine.fault(UNDEFINED, state.offset, f"T{state.code} is used, but its diameter stands nowhere", True)
            elif row in used:
                machine.fault(ZERO, state.offset, f"T{state.code} is used, but its diameter is 0", True)
            size = nan
        tools.append(Tool(state.code, size, state.attributes.get(".AperFunction", ()), state.attributes))
        covers.append(plated)
    return tuple(tools), covers


def _unit(sizes: Sequence[float], said: Words, unit: str) -> str:
    """The unit of tool sizes: the one stated; where that is contradicted or missing, the one that makes sense of them."""
    sizes = sorted(s for s in sizes if s > 0)
    if len(said.units) == 1 or not sizes:
        return said.units[0] if len(said.units) == 1 else unit
    middle = sizes[len(sizes) // 2]
    return "mm" if middle > 0.25 else "in" if middle < 0.05 else unit


def _diameter(machine: Machine, state: ToolState, unit: str) -> float:
    size = state.size * MM[unit]
    if state.whole and size > 10:
        machine.fault(SIZE, state.offset, f"T{state.code} has a diameter of {state.size:g} without a decimal point", True)
        return size / 1000
    return size


def _hits(machine: Machine, tools: tuple[Tool, ...], covers: list[Cover], plated: Cover) -> Hits:
    pieces = machine.pieces.rows
    if not pieces:
        return Hits.empty()
    lengths = [len(p.x) for p in pieces]
    row = np.repeat([p.tool for p in pieces], lengths)
    own = np.repeat([p.diameter for p in pieces], lengths)
    by_hit = np.repeat([int(p.plated) for p in pieces], lengths)
    by_tool = np.array([int(c) for c in covers])[row]
    return Hits.of(
        core=machine.pieces.cores(),
        radius=np.where(np.isnan(own), np.array([t.diameter for t in tools])[row], own) / 2,
        tool=row,
        offset=np.concatenate([p.offset for p in pieces]),
        plated=np.where(by_hit > 0, by_hit, np.where(by_tool > 0, by_tool, int(plated))),
    )
