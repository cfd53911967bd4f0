"""Runs the program of a drill file under one number format: which holes and slots a machine would make.

Commands after Excellon's CNC-7 manual, those of its format 1 included. Runs of plain hits are read in bulk; all else line
by line, word by word. Coordinates are mm, y up, as in the file.
"""

from __future__ import annotations

import re
from math import isfinite, nan

import numpy as np

from ..board import Floats
from ..package import Fault, NumberFormat
from .drill_arcs import arc
from .drill_faults import AFTER_END, ARC, BESIDE, CANNED, COMMAND, COORDINATE, CUTTER, IDLE, NO_END, ORIGIN, REPEAT, UNIT
from .drill_format import value
from .drill_pieces import FAR, MOST, Offsets, Piece, Pieces, Points, lengths
from .drill_toolbox import Toolbox
from .drill_words import MM, Words

_RUN = re.compile(rb"(?:(?:X[+-]?[0-9]{1,12}(?:\.[0-9]{0,12})?)?+(?:Y[+-]?[0-9]{1,12}(?:\.[0-9]{0,12})?)?+[ \t]*+\n)++")
_HIT = re.compile(rb"^(?:X([+-]?[0-9.]+))?(?:Y([+-]?[0-9.]+))?[ \t]*$", re.M)
_WORD = re.compile(rb"([A-Z])[ \t]*([+-]?[0-9.]*)")
_PLACE = re.compile(rb"^(?:G0?[0-3])?[XY][+-]?[0-9]", re.M)
_SETTING = re.compile(rb"(?:FMAT|VER|DETECT|ATC|TCST|AFS|CCW|CP,|BLKD|SBK|OSTOP|OM48|RSB|SG|UP|DN|Z[ACDS],|R,|NCSL|[0-9/]+$)")
"""Header words about the machine, not about holes."""
_STOP = re.compile(rb"(?:^|\n)M0[02][^\n]*\s*\Z")
"""Other ends than M30: FMAT,1 has M02, some tools write M00."""
_FORMAT_1 = {b"24": b"1", b"26": b"2", b"27": b"8", b"31": b"25"}
_IGNORED = {b"6", b"9", b"18", b"19", b"50", b"51", b"52", b"60", b"61", b"62", b"63", b"64", b"65", b"66", b"67", b"68", b"69"}
_IGNORED |= {b"3", b"4", b"5", b"7", b"10", b"11", b"95"}

_LONG = 4000
"""Characters of a line."""

Parts = dict[bytes, bytes]
"""Words of a line by letter."""


class Machine:
    """`run` fills `pieces`, `tools` and `faults`."""

    def __init__(self, data: bytes, path: str, form: NumberFormat, said: Words) -> None:
        self.data, self.form = data, form
        self.pieces = Pieces(data, path)
        self._by_hand = bool(said.sizes) and re.search(rb"^T[0-9]", data, re.M) is None
        self.tools = Toolbox(said.sizes if self._by_hand else (), self.fault)
        self.faults: list[Fault] = []
        self._told: set[str] = set()
        self._x = self._y = 0.0
        self._zero = (0.0, 0.0)
        self._scale = MM[form.unit]
        self._absolute = True
        self._header = self._body = self._ended = self._moved = self._text = False
        self._motion = -1
        """G code of routing: 0, 1, 2, 3; -1 while drilling."""
        self._down = False
        self._lowers = b"M15" in data or b"M14" in data
        self._cut: Points = []
        self._cut_at = 0
        self._plunge = -1
        """Where the cutter went down, while it has not moved since; -1 else."""
        self._beside = b""
        """41 or 42 where the cutter runs left or right of the path, by its radius."""
        self._pattern: slice | None = None
        self._shift = (0.0, 0.0)

    def run(self) -> None:
        data, at, end = self.data, 0, len(self.data)
        while at < end and not self._ended:
            if self._motion < 0 and not self._header and not self._text and (run := _RUN.match(data, at)):
                self._drill(at, run.end())
                at = run.end()
            stop = data.find(b"\n", at)
            stop = end if stop < 0 else stop
            if at < end:
                self._line(data[at:stop].strip(), at)
            at = stop + 1
        self._lift()
        if self._ended and (more := _PLACE.search(data, min(at, end))):
            self.fault(AFTER_END, more.start(), "holes after the end of the program are left out", True)
        if not self._ended and (self._pattern is not None or not _STOP.search(data[-200:])):
            self.fault(NO_END, end, "the program has no end (M30): it may have been cut short", True)
        if not self.pieces.rows and (place := _PLACE.search(data)):
            self.fault(IDLE, place.start(), "there are coordinates, yet nothing is drilled or routed", True)

    def fault(self, what: str, at: int, message: str, grave: bool) -> None:
        """Note a fault; each kind once."""
        if what not in self._told:
            self._told.add(what)
            self.faults.append(Fault(what, self.data.count(b"\n", 0, at) + 1, message, grave))

    # drilling

    def _drill(self, at: int, end: int) -> None:
        block = self.data[at:end]
        found = [h for h in _HIT.findall(block) if h[0] or h[1]]
        if not found:
            return
        raw = np.frombuffer(block, np.uint8)
        starts = np.concatenate([[0], np.flatnonzero(raw[:-1] == 10) + 1])
        starts = starts[(raw[starts] == 88) | (raw[starts] == 89)]
        x = self._axis([h[0] for h in found], self._x, self._zero[0])
        y = self._axis([h[1] for h in found], self._y, self._zero[1])
        self._x, self._y = float(x[-1]), float(y[-1])
        self._hits(x, y, (starts + at).astype(np.int64))

    def _axis(self, tokens: list[bytes], before: float, zero: float) -> Floats:
        """Coordinates of one axis of a run; what is left out stays as it was."""
        number, given = lengths(tokens, self.form)
        number = number * self._scale
        if not self._absolute:
            return np.asarray(before + np.cumsum(number))
        if given.all():
            return np.asarray(number + zero)
        last = np.maximum.accumulate(np.where(given, np.arange(len(given)), -1))
        return np.where(last < 0, before, number[last] + zero)

    def _hits(self, x: Floats, y: Floats, offset: Offsets, diameter: float = nan) -> None:
        self._moved, self._header, self._body = True, False, True
        near = (np.abs(x) <= FAR) & (np.abs(y) <= FAR)
        if not near.all():
            self.fault(COORDINATE, int(offset[~near][0]), f"{int((~near).sum())} holes beyond 20 m are left out", True)
            x, y, offset = x[near], y[near], offset[near]
        if len(x):
            self.pieces.add(Piece(x, y, self.tools.selected(int(offset[0])), self.tools.hit, offset, (), diameter))

    # lines

    def _line(self, line: bytes, at: int) -> None:
        if not line or line[:1] in b"(/":
            return
        if line[:1] == b";":
            self.tools.comment(line[:500].decode("utf-8", "replace").lstrip("; \t"), self._body)
            return
        if len(line) > _LONG:
            self.fault(COMMAND, at, f"what follows the first {_LONG} characters of a line is left out", True)
        line = line[:_LONG].partition(b";")[0].upper().rstrip(b"*$ \t")
        if line[:1] == b"%" or line == b"M95":
            self._header = False
            self._body = True
        elif line == b"M48":
            self._header, self._body = True, False
        elif line.startswith((b"METRIC", b"INCH", b"M71", b"M72", b"G70", b"G71")):
            self._unit(line.startswith((b"METRIC", b"M71", b"G71")), at)
        elif line.startswith(b"ICI"):
            self._absolute = not line.replace(b" ", b"").endswith((b"ON", b"ICI"))
        elif line.startswith((b"M97", b"M98")):
            self._text = _PLACE.search(line.partition(b",")[2]) is None
            self.fault(CANNED, at, "drilled text is left out: its holes are none of the board", False)
        elif not line.startswith((b"M47", b"M45")) and not _SETTING.match(line):
            self._words(_WORD.findall(line), line, at)

    def _words(self, words: list[tuple[bytes, bytes]], line: bytes, at: int) -> None:
        if not words:
            self.fault(COMMAND, at, f"not understood: {line[:40].decode('latin-1')}", False)
            return
        given: Parts = {}
        for i, (letter, number) in enumerate(words):
            rest = words[i + 1 :]
            if letter == b"T" and number.isdigit():
                self._tool(number, dict(rest), at)
                given = {}
            elif letter == b"R" and not given and self._motion < 0 and number.isdigit():
                self._repeat(int(number[:10]), rest, at)
                return
            elif letter == b"G":
                code = number.lstrip(b"0") or b"0"
                if code in (b"84", b"85", b"87"):
                    (self._circle if code == b"84" else self._slot)(given, dict(rest), at)
                    return
                if not self._g(code, dict(rest), at):
                    return
            elif letter == b"M":
                code = number.lstrip(b"0") or b"0"
                code = _FORMAT_1.get(code, code)
                if code == b"2":
                    self._step(rest, at)
                    return
                self._m(code, at)
            elif letter in b"XYIJA":
                given[letter] = number
        if given.get(b"X") or given.get(b"Y"):
            if self._text:
                self._text = False
            else:
                self._move(given, at)

    def _tool(self, digits: bytes, parts: Parts, at: int) -> None:
        self._lift()
        code = int(digits[:9]) if b"C" in parts else self.tools.number(digits)
        if b"C" in parts:
            self.tools.define(code, parts[b"C"], at)
        if not self._header:
            self.tools.select(code, at)

    # motion

    def _unit(self, metric: bool, at: int) -> None:
        """A unit after the first place; those before it have been taken in, see `drill_words`."""
        scale = 1.0 if metric else 25.4
        if self._moved and scale != self._scale:
            self._scale, pointed = scale, self.form.zeros == "decimal"
            then = "" if pointed else f", read with {self.form.integers}.{self.form.decimals} digits as before"
            self.fault(UNIT, at, f"the unit changes to {'mm' if metric else 'inches'} between holes{then}", not pointed)

    def _mm(self, token: bytes) -> float:
        return value(token, self.form) * self._scale if token else 0.0

    def _target(self, words: Parts, at: int) -> tuple[float, float] | None:
        """Where the words lead; None, with a fault, where that is nowhere."""
        place = [self._x, self._y]
        for axis, letter in enumerate((b"X", b"Y")):
            if words.get(letter):
                place[axis] = self._mm(words[letter]) + (self._zero[axis] if self._absolute else place[axis])
        if abs(place[0]) <= FAR and abs(place[1]) <= FAR:
            self._moved, self._header, self._body = True, False, True
            return place[0], place[1]
        self.fault(COORDINATE, at, "a coordinate is no number or lies beyond 20 m; its hole is left out", True)
        return None

    def _move(self, words: Parts, at: int) -> None:
        target, self._plunge = self._target(words, at), -1
        if target is None:
            return
        start, (self._x, self._y) = (self._x, self._y), target
        if self._motion < 0:
            self._hits(np.array([target[0]]), np.array([target[1]]), np.array([at], np.int64))
        elif self._motion > 0 and (self._down or not self._lowers):
            if not self._lowers:
                self.fault(CUTTER, at, "the cutter is never lowered (M15); G01 is taken as cutting", True)
            if self._beside:
                how = f"G{self._beside.decode()} moves the cutter beside its path; read as running on it"
                self.fault(BESIDE, at, how, True)
            if not self._cut:
                self._cut, self._cut_at = [start], at
            self._cut += [target] if self._motion == 1 else self._bend(start, target, words, at)
            self.pieces.room(len(self._cut), at)

    def _bend(self, start: tuple[float, float], end: tuple[float, float], words: Parts, at: int) -> Points:
        radius = abs(self._mm(words[b"A"])) if words.get(b"A") else None
        points = arc(start, end, self._motion == 3, radius, self._mm(words.get(b"I", b"")), self._mm(words.get(b"J", b"")))
        if points is None:
            self.fault(ARC, at, "an arc without a centre or with a radius that does not reach is taken as a line", True)
            return [end]
        return points

    def _lift(self) -> None:
        """End a rout: what was cut becomes one slot, a cutter that went down and did not move makes a hole."""
        cut, self._cut, self._down = self._cut, [], False
        plunge, self._plunge = self._plunge, -1
        if cut:
            self._path(cut, self._cut_at)
        elif plunge >= 0:
            self._hits(np.array([self._x]), np.array([self._y]), np.array([plunge], np.int64))

    def _path(self, points: Points, at: int) -> None:
        place = np.array([points[0][0]]), np.array([points[0][1]])
        self.pieces.add(Piece(*place, self.tools.selected(at), self.tools.hit, np.array([at], np.int64), tuple(points)))

    def _slot(self, begin: Parts, end: Parts, at: int) -> None:
        start = self._target(begin, at)
        if start is not None:
            self._x, self._y = start
            if (target := self._target(end, at)) is not None:
                self._x, self._y = target
                self._path([start, target], at)

    def _circle(self, centre: Parts, size: Parts, at: int) -> None:
        """G84: a hole as large as it says, cut by a smaller tool."""
        target, diameter = self._target(centre, at), abs(self._mm(size.get(b"X", b"")))
        if target is not None and 0 < diameter <= FAR:
            self._x, self._y = target
            self._hits(np.array([target[0]]), np.array([target[1]]), np.array([at], np.int64), diameter)
        else:
            self.fault(COORDINATE, at, "a canned circle without a place or size is left out", True)

    # codes

    def _g(self, code: bytes, rest: Parts, at: int) -> bool:
        """A G code; False where it takes the rest of the line."""
        if code in (b"5", b"81", b"0"):
            self._lift()
        if code in (b"5", b"81"):
            self._motion = -1
        elif code in (b"0", b"1", b"2", b"3"):
            self._motion = int(code)
        elif code in (b"90", b"91"):
            self._absolute = code == b"90"
        elif code in (b"92", b"93"):
            x, y = self._mm(rest.get(b"X", b"")), self._mm(rest.get(b"Y", b""))
            if abs(x) <= FAR and abs(y) <= FAR and (x or y):
                self._zero = (x, y)
                self.fault(ORIGIN, at, "the origin is moved (G92, G93), which some readers ignore", True)
            return False
        elif code in (b"82", b"83"):
            self.fault(CANNED, at, f"the package pattern G{int(code)} is left out", True)
            return False
        elif code in (b"40", b"41", b"42"):
            self._beside = code if code != b"40" else b""
        elif code not in (b"4", b"7"):
            self.fault(COMMAND, at, f"G{code[:8].decode('latin-1')} is not understood", code not in (b"17", b"18", b"19"))
        return code != b"4"

    def _m(self, code: bytes, at: int) -> None:
        if code in (b"14", b"15"):
            if self._motion >= 0 and self._moved and not self._down:
                self._plunge = at
            self._down = True
        elif code in (b"16", b"17"):
            self._lift()
        elif code == b"30":
            self._ended = True
        elif code == b"0":
            self._lift()
            if self._by_hand:
                self.tools.stop()
        elif code == b"25":
            self._lift()
            self._pattern, self._shift = slice(len(self.pieces.rows), len(self.pieces.rows)), (0.0, 0.0)
        elif code == b"1":
            self._lift()
            if self._pattern is not None:
                self._pattern, self._shift = slice(self._pattern.start, len(self.pieces.rows)), (0.0, 0.0)
        elif code == b"8":
            self._pattern = None
        elif code in (b"70", b"80", b"90"):
            self.fault(REPEAT, at, f"M{code.decode()} turns or mirrors what follows; it is read as if it did not", True)
        elif code in (b"71", b"72"):
            self._unit(code == b"71", at)
        elif code not in _IGNORED:
            self.fault(COMMAND, at, f"M{code[:8].decode('latin-1')} is not understood", False)

    def _repeat(self, times: int, rest: list[tuple[bytes, bytes]], at: int) -> None:
        """R5X..Y..: the last hole five times more, each a step further; R5M02X..Y..: the pattern."""
        if rest and rest[0][0] == b"M" and _FORMAT_1.get(rest[0][1], rest[0][1]).lstrip(b"0") == b"2":
            self._step([*rest[1:], (b"R", str(times).encode())], at)
            return
        step = dict(rest)
        dx, dy = self._mm(step.get(b"X", b"")), self._mm(step.get(b"Y", b""))
        if not times or not (dx or dy) or not isfinite(dx + dy):
            self.fault(REPEAT, at, "a repeat without a count or a step is left out", True)
            return
        self.pieces.room(times, at)
        k: Floats = np.arange(1.0, times + 1)
        x, y = self._x + k * dx, self._y + k * dy
        self._x, self._y = float(x[-1]), float(y[-1])
        self._hits(x, y, np.full(times, at, np.int64))

    def _step(self, rest: list[tuple[bytes, bytes]], at: int) -> None:
        """M02X..Y..: the pattern once more (R times), that far from its last copy; M02 alone ends the copies."""
        step = dict(rest)
        dx, dy = self._mm(step.get(b"X", b"")), self._mm(step.get(b"Y", b""))
        if not rest:
            self._shift = (0.0, 0.0)
            return
        self._lift()
        times = int(step[b"R"][:10]) if step.get(b"R", b"").isdigit() else 1
        if self._pattern is None or not (dx or dy) or not isfinite(dx + dy) or times > MOST or b"M" in step:
            self.fault(REPEAT, at, "a repeat of a pattern that is missing or mirrored, or without a step, is left out", True)
            return
        for _ in range(times if self._pattern.stop > self._pattern.start else 0):
            self._shift = self._shift[0] + dx, self._shift[1] + dy
            if max(map(abs, self._shift)) > FAR:
                self.fault(COORDINATE, at, "copies of the pattern beyond 20 m are left out", True)
                return
            self.pieces.copy(self._pattern, *self._shift, at)
