"""The operations of a Gerber file, one row each: where, by which aperture, in which mode."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..board import Bools, Floats, Ints
from . import gerber_faults as what
from .gerber_scan import Scan
from .gerber_words import Words, fill, parse

MOVE, DRAW, FLASH = 2, 1, 3


@dataclass(slots=True)
class Operations:
    """Points in mm, y down. Region operations have a `region` >= 0."""

    kind: Ints
    x: Floats
    y: Floats
    from_x: Floats
    from_y: Floats
    i: Floats
    j: Floats
    turn: Ints
    """0 straight, 1 clockwise as seen, -1 counter-clockwise."""
    single: Bools
    """Single-quadrant mode."""
    region: Ints
    """Number of the region, counted from 0; -1 outside."""
    aperture: Ints
    """Row in `Definitions.all`; -1 for none."""
    state: Ints
    """Row in `Scan.states`."""
    offset: NDArray[np.int64]
    region_offset: NDArray[np.int64]
    """Of its G36."""

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Any) -> Self:
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def operations(scan: Scan, size: int) -> Operations:
    """All D01, D02 and D03 of the file in order; what is wrong with them goes to the faults. `size` is the file's length."""
    lengths = np.array([len(c) for c in scan.chunks], np.int64)
    begins = np.cumsum(lengths) - lengths
    text = b"".join(scan.chunks)
    words = parse(text)
    if len(words.double):
        at = int(words.start[words.double[0]])
        k = int(np.searchsorted(begins, at, side="right")) - 1
        message = "a coordinate or operation twice in one command: read as one command a line"
        place = scan.starts[k] + at - int(begins[k])
        scan.faults.add(what.MALFORMED, message, place, grave=True, times=len(words.double))
        words = parse(_split_lines(text, words))
    n = len(words.start)
    chunk = (np.searchsorted(begins, words.start, side="right") - 1).astype(np.int32) if n else np.empty(0, np.int32)
    offset = words.start - begins[chunk] + np.array(scan.starts, np.int64)[chunk] if n else words.start
    n = _end(words, offset, scan, size)
    _complain(words, offset, n, scan)
    aperture = fill(words.aperture[:n], words.aperture[:n] >= 0, -1)
    mode = fill(words.interpolation[:n], words.interpolation[:n] >= 0, 1)
    quadrant = fill(words.quadrant[:n], words.quadrant[:n] >= 0, 2)
    in_region = fill(words.region[:n], words.region[:n] >= 0, 0) == 1
    starts = words.region[:n] == 1
    region = np.where(in_region, np.cumsum(starts) - 1, -1).astype(np.int32)
    region_offset = fill(offset[:n], starts, 0)
    op = words.op[:n].copy()
    op[op == 0] = -1
    said = ~(np.isnan(words.x[:n]) & np.isnan(words.y[:n]) & np.isnan(words.i[:n]) & np.isnan(words.j[:n]))
    modal = said & (op < 0)
    if modal.any():
        last = fill(op, op >= 0, DRAW)
        op[modal] = last[modal]
        at = int(offset[:n][modal][0])
        message = "coordinates without an operation repeat the last one"
        scan.faults.add(what.MODAL, message, at, times=int(modal.sum()))
    rows = np.flatnonzero(op > 0)
    if not scan.format_said and len(rows):
        _guess(words, scan)
    state = np.array(scan.chunk_states, np.int32)[chunk[rows]] if len(rows) else np.empty(0, np.int32)
    x, y, i, j = _lengths(words, rows, state, scan)
    from_x, from_y = np.concatenate(([0.0], x[:-1])), np.concatenate(([0.0], y[:-1]))
    turn = np.where(mode[rows] == 2, 1, np.where(mode[rows] == 3, -1, 0)).astype(np.int32)
    out = Operations(
        op[rows], x, y, from_x[: len(rows)], from_y[: len(rows)], i, j, turn, quadrant[rows] == 0, region[rows],
        _aperture_rows(aperture[rows], chunk[rows], offset[rows], (op[rows] != MOVE) & (region[rows] < 0), scan), state,
        offset[rows], region_offset[rows],
    )  # fmt: skip
    unclear = (turn != 0) & (quadrant[rows] == 2) & (out.kind == DRAW)
    if unclear.any():
        scan.faults.add(what.BAD_ARC, "an arc before G74 or G75; read as G75", int(out.offset[unclear][0]), grave=True)
    if n and in_region[-1]:
        scan.faults.add(what.OPEN_REGION, "the last G36 has no G37", int(region_offset[-1]), grave=True)
    return out


def _split_lines(text: bytes, words: Words) -> bytes:
    """Commands that say a coordinate twice lack stars at the ends of their lines: put them there."""
    raw = bytearray(text)
    for row in words.double.tolist():
        start = int(words.start[row])
        end = text.index(b"*", start)
        part = text[start:end].replace(b"\n", b"*").replace(b"\r", b"*" if b"\n" not in text[start:end] else b" ")
        raw[start:end] = part
    return bytes(raw)


def _end(words: Words, offset: NDArray[np.int64], scan: Scan, size: int) -> int:
    """Number of commands before the end of the program."""
    n = len(words.start)
    ends = np.flatnonzero((words.end == 0) | (words.end == 2))
    if not len(ends):
        scan.faults.add(what.NO_END, "the file does not end with M02: it may be cut short", size, grave=True)
        return n
    last = int(ends[0]) + 1
    if last < n and ((words.op[last:] > 0) | ~np.isnan(words.x[last:])).any():
        scan.faults.add(what.AFTER_END, "what follows the end of the program was left out", int(offset[last]), grave=True)
    return last


def _complain(words: Words, offset: NDArray[np.int64], n: int, scan: Scan) -> None:
    add = scan.faults.add
    for letter in "GD":
        rows, codes = words.other[letter]
        for code in np.unique(codes[rows < n]).tolist():
            at = rows[(codes == code) & (rows < n)]
            add(what.UNKNOWN_COMMAND, f"{letter}{code:02} is unknown", int(offset[at[0]]), grave=True, times=len(at))
    rows = words.other["G54"][0]
    if len(rows[rows < n]):
        add(what.DEPRECATED, "G54 and G55 are deprecated", int(offset[rows[0]]), times=int((rows < n).sum()))
    rows = words.wide[words.wide < n]
    if len(rows):
        add(what.OUT_OF_RANGE, "a number of more than 15 digits", int(offset[rows[0]]), grave=True, times=len(rows))


def _lengths(words: Words, rows: NDArray[Any], state: Ints, scan: Scan) -> tuple[Floats, Floats, Floats, Floats]:
    """x, y, i, j of the operations in mm, y down; coordinates that are not said are the last ones, offsets 0."""
    of_state = np.array([s.format for s in scan.states] or [0], np.int32)
    form = of_state[state]
    done: dict[str, Floats] = {}
    for letter, column in (("X", words.x), ("Y", words.y), ("I", words.i), ("J", words.j)):
        value, digits = column[rows], words.digits[letter][rows]
        out = np.empty(len(rows))
        for k in np.unique(form).tolist():
            f, at = scan.formats[k], form == k
            decimals, integers = (f.decimals_x, f.integers_x) if letter in "XI" else (f.decimals_y, f.integers_y)
            d = digits[at]
            shift = d - integers if f.trailing else np.full(len(d), decimals)
            shift = np.where(d < 0, -1 - d, shift)
            v = value[at]
            v = np.where(shift >= 0, v / 10.0 ** np.maximum(shift, 0), v * 10.0 ** np.maximum(-shift, 0))
            out[at] = v if f.scale == 1 else v * f.scale
        done[letter] = out
    relative = np.array([f.incremental for f in scan.formats])[form] if len(form) else np.empty(0, np.bool_)
    x, y = _absolute(done["X"], relative), _absolute(done["Y"], relative)
    return x, 0.0 - y, np.nan_to_num(done["I"]), 0.0 - np.nan_to_num(done["J"])


def _guess(words: Words, scan: Scan) -> None:
    """Formats for a file that states none: two integer digits (inch) or three (mm), leading zeros omitted."""
    most = int(max(words.digits["X"].max(), words.digits["Y"].max()))
    for k, f in enumerate(scan.formats):
        decimals = min(max(most - (3 if f.scale == 1 else 2), 3), 6)
        scan.formats[k] = f._replace(decimals_x=decimals, decimals_y=decimals)
    message = f"no format (FS): read with {scan.formats[0].decimals_x} decimals by the longest number"
    scan.faults.add(what.NO_FORMAT, message, grave=True)


def _absolute(value: Floats, relative: NDArray[np.bool_]) -> Floats:
    known = ~np.isnan(value)
    if not relative.any():
        return fill(value, known, 0.0)
    out, last = np.empty(len(value)), 0.0
    for row, (v, add, said) in enumerate(zip(value.tolist(), relative.tolist(), known.tolist())):
        if said:
            last = last + v if add else v
        out[row] = last
    return out


def _aperture_rows(code: Ints, chunk: Ints, offset: NDArray[np.int64], needed: Bools, scan: Scan) -> Ints:
    """Row of each operation's aperture, by its code and the definitions before it."""
    out = np.full(len(code), -1, np.int32)
    for c in np.unique(code[needed]).tolist():
        at = np.flatnonzero((code == c) & needed)
        if c < 0:
            message = "an operation before any aperture is selected"
            scan.faults.add(what.NO_APERTURE_SELECTED, message, int(offset[at[0]]), grave=True, times=len(at))
            continue
        known = scan.definitions.rows.get(c, [])
        which = np.searchsorted([first for first, _ in known], chunk[at], side="right") - 1
        out[at] = np.array([row for _, row in known] + [-1], np.int32)[which]
        missing = at[which < 0]
        if len(missing):
            add = scan.faults.add
            add(what.UNDEFINED_APERTURE, f"D{c} is used but not defined", int(offset[missing[0]]), grave=True, times=len(missing))
    if not scan.definitions.all and needed.any():
        scan.faults.add(what.NO_APERTURES, "the file defines no aperture (RS-274D?): its sizes are not known", grave=True)
    return out
