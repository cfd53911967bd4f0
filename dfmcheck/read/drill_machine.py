"""Runs the program of a drill file under one number format: which holes and slots a machine would make.

Commands after Excellon's CNC-7 manual. Runs of plain hits are read in bulk; all else line by line, word by word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import hypot, isfinite, nan, pi, sqrt
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..board import Cover, Floats
from ..errors import DfmError
from ..package import Fault, NumberFormat
from . import arcs
from .drill_format import value
from .drill_words import MM, function_plating, plating

MOST = 1_000_000
"""Holes that one file may make; more is taken for a bomb."""
FAR = 20_000.0
"""mm; coordinates beyond are no board's."""

_RUN = re.compile(rb"(?:(?:X[+-]?[0-9]{1,12}(?:\.[0-9]{0,12})?)?+(?:Y[+-]?[0-9]{1,12}(?:\.[0-9]{0,12})?)?+[ \t]*+\n)++")
_HIT = re.compile(rb"^(?:X([+-]?[0-9.]+))?(?:Y([+-]?[0-9.]+))?[ \t]*$", re.M)
_WORD = re.compile(rb"([A-Z])[ \t]*([+-]?[0-9.]*)")
_TOOL_ATTRIBUTE = re.compile(r"#@!\s*T([AD])\s*(\.\w+)?,?(.*)")

_SETTINGS = tuple(b"FMAT VER DETECT ATC TCST AFS CCW CP, BLKD SBK OSTOP OM48 RSB SG UP DN ZA ZC ZD ZS R, NCSL".split())
"""Header words about the machine, not about holes."""
Offsets = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]


class Piece(NamedTuple):
    """Hits in a row by one tool (mm, y down), or one slot by its points."""

    x: Floats
    y: Floats
    tool: int
    """Row in the machine's tools."""
    plated: Cover
    offset: Offsets
    path: tuple[tuple[float, float], ...] = ()
    diameter: float = nan
    """Of a canned circle: the hole's own."""


@dataclass
class ToolState:
    code: int
    size: float = nan
    """As written, in `unit` (the file's if '')."""
    whole: bool = False
    """Written without a decimal point."""
    plated: Cover = Cover.UNKNOWN
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    offset: int = -1


class Machine:
    def __init__(self, data: bytes, path: str, form: NumberFormat) -> None:
        self.data, self.path, self.form = data, path, form
        self.tools: list[ToolState] = []
        self.pieces: list[Piece] = []
        self.faults: list[Fault] = []
        self.count = 0
        self._current: dict[int, int] = {}
        self._attributes: dict[str, tuple[str, ...]] = {}
        self._type = Cover.UNKNOWN
        self._tool = -1
        self._x = self._y = 0.0
        self._zero = (0.0, 0.0)
        self._scale = MM[form.unit]
        self._absolute = True
        self._header = self._ended = self._moved = False
        self._motion = -1
        """G code of routing: 0, 1, 2, 3; -1 while drilling."""
        self._down = False
        self._cut: list[tuple[float, float]] = []
        self._cut_at = 0
        self._lowers = re.search(rb"^[^;\n]*M1[45]", data, re.M) is not None
        self._pattern: tuple[int, int] | None = None
        self._shift = (0.0, 0.0)
        self._said: set[str] = set()

    def run(self) -> None:
        data, at, end = self.data, 0, len(self.data)
        while at < end and not self._ended:
            if self._motion < 0 and not self._header and (run := _RUN.match(data, at)):
                self._drill(at, run.end())
                at = run.end()
            stop = data.find(b"\n", at)
            stop = end if stop < 0 else stop
            if at < end:
                self._line(data[at:stop].strip(), at)
            at = stop + 1
        self._lift()

    # drilling

    def _drill(self, at: int, end: int) -> None:
        block = self.data[at:end]
        found = [h for h in _HIT.findall(block) if h[0] or h[1]]
        if not found:
            return
        raw = np.frombuffer(block, np.uint8)
        starts = np.concatenate([[0], np.flatnonzero(raw[:-1] == 10) + 1])
        starts = starts[(raw[starts] == 88) | (raw[starts] == 89)]
        x, y = self._axis([h[0] for h in found], self._x, 0), self._axis([h[1] for h in found], self._y, 1)
        self._x, self._y, self._moved = float(x[-1]), float(y[-1]), True
        self._add(x, y, (starts + at).astype(np.int64))

    def _axis(self, tokens: list[bytes], before: float, axis: int) -> Floats:
        """Coordinates in mm of one axis of a run; what is left out stays as it was."""
        text = np.array([t or b"0" for t in tokens])
        given = np.fromiter((bool(t) for t in tokens), bool, len(tokens))
        number = text.astype(np.float64)
        if self.form.zeros != "decimal":
            lengths = np.char.str_len(np.char.lstrip(text, b"+-"))
            places = lengths - self.form.integers if self.form.zeros == "leading" else np.full(len(text), self.form.decimals)
            number /= np.where(np.char.find(text, b".") >= 0, 1.0, 10.0 ** places.astype(np.float64))
        number *= self._scale
        if not self._absolute:
            return np.asarray(before + np.cumsum(np.where(given, number, 0.0)))
        if given.all():
            return np.asarray(number + self._zero[axis])
        last = np.maximum.accumulate(np.where(given, np.arange(len(given)), -1))
        return np.where(last < 0, before, number[last] + self._zero[axis])

    def _add(self, x: Floats, y: Floats, offset: Offsets, diameter: float = nan) -> None:
        near = (np.abs(x) <= FAR) & (np.abs(y) <= FAR)
        if not near.all():
            self._fault("far coordinate", int(offset[~near][0]), f"{int((~near).sum())} holes beyond 20 m are left out", True)
            x, y, offset = x[near], y[near], offset[near]
        if len(x):
            self._piece(Piece(x, -y, self._selected(int(offset[0])), self._type_now(), offset, (), diameter))

    def _piece(self, piece: Piece) -> None:
        self.count += len(piece.x)
        if self.count > MOST:
            self._refuse(int(piece.offset[0]))
        self.pieces.append(piece)

    def _refuse(self, at: int) -> NoReturn:
        line = self.data.count(b"\n", 0, at) + 1
        raise DfmError(f"asks for more than {MOST} holes; is it damaged?", path=self.path, line=line)

    def _type_now(self) -> Cover:
        return Cover.UNKNOWN if self._tool >= 0 and self.tools[self._tool].plated else self._type

    def _selected(self, offset: int) -> int:
        if self._tool < 0:
            self._fault("no tool", offset, "holes before any tool is selected", True)
            self._tool = self._row(0, offset)
        return self._tool

    def _row(self, code: int, offset: int) -> int:
        """The row of a tool; one that was never defined gets a row of unknown diameter."""
        if code not in self._current:
            self.tools.append(ToolState(code, offset=offset))
            self._current[code] = len(self.tools) - 1
        return self._current[code]

    # lines

    def _line(self, line: bytes, at: int) -> None:
        if not line or line[:1] in b"(/":
            return
        if line[:1] == b";":
            self._comment(line.decode("utf-8", "replace").lstrip("; \t"))
            return
        line = line.partition(b";")[0].upper().rstrip(b"*$ \t")
        if line[:1] == b"%" or line == b"M95":
            self._header = False
            return
        if line == b"M48":
            self._header = True
            return
        if line.startswith((b"METRIC", b"INCH", b"M71", b"M72")):
            self._unit(line)
        elif line.startswith(b"ICI"):
            self._absolute = not line.endswith((b"ON", b"ICI"))
        elif line.startswith((b"M97", b"M98", b"M47", b"M45")):
            if line[:3] in (b"M97", b"M98"):
                self._fault("canned text", at, "drilled text is left out: it is made of no holes of the board", False)
        elif not line.startswith(_SETTINGS):
            self._words(line, at)

    def _unit(self, line: bytes) -> None:
        if self._moved:
            self._scale = 1.0 if line.startswith((b"METRIC", b"M71")) else 25.4

    def _comment(self, text: str) -> None:
        if match := _TOOL_ATTRIBUTE.match(text):
            if match[1] == "A" and match[2]:
                self._attributes[match[2]] = tuple(match[3].rstrip("*% ").split(","))
            elif match[1] == "D":
                self._attributes = {k: v for k, v in self._attributes.items() if match[2] and k != match[2]}
        elif text.upper().startswith("TYPE="):
            self._type = plating(text)

    def _words(self, line: bytes, at: int) -> None:
        words: list[tuple[bytes, bytes]] = _WORD.findall(line)
        if not words:
            self._odd(line, at)
            return
        given: dict[bytes, bytes] = {}
        first, number = words[0]
        if first == b"T":
            self._tool_line(number, words[1:], at)
            words = [w for w in words[1:] if w[0] in b"XY"]
            if not words:
                return
        for i, (letter, number) in enumerate(words):
            if letter == b"G" and number.lstrip(b"0") in (b"85", b"87"):
                self._slot(given, dict(words[i + 1 :]), at)
                return
            if letter == b"G" and number == b"84":
                self._circle(given, dict(words[i + 1 :]), at)
                return
            if letter == b"T":
                self._tool_line(number, words[i + 1 :], at)
                return
            if letter == b"R" and not given and self._motion < 0:
                self._repeat(number, words[i + 1 :], at)
                return
            if letter == b"M" and number.lstrip(b"0") == b"2" and i + 1 < len(words):
                self._copy(words[i + 1 :], at)
                return
            if letter == b"G":
                if not self._g(number, dict(words[i + 1 :]), at):
                    return
            elif letter == b"M":
                self._m(number, at)
            elif letter in b"XYIJA":
                given[letter] = number
        if b"X" in given or b"Y" in given:
            self._move(given, at)

    def _odd(self, line: bytes, at: int) -> None:
        self._fault("unknown command", at, f"not understood: {line[:40].decode('latin-1')}", False)

    def _fault(self, what: str, at: int, message: str, grave: bool) -> None:
        if what not in self._said:
            self._said.add(what)
            self.faults.append(Fault(what, self.data.count(b"\n", 0, at) + 1, message, grave))

    # tools

    def _tool_line(self, number: bytes, rest: list[tuple[bytes, bytes]], at: int) -> None:
        if not number.isdigit():
            return
        self._lift()
        code = int(number[:2]) if len(number) > 4 else int(number)
        parts = dict(rest)
        if b"C" in parts:
            self._define(code, parts[b"C"], at)
        if self._header:
            return
        if code == 0 and 0 not in self._current:
            self._tool = -1
        else:
            self._tool = self._row(code, at)

    def _define(self, code: int, text: bytes, at: int) -> None:
        try:
            size = float(text)
        except ValueError:
            size = nan
        size = size if isfinite(size) and size >= 0 else nan
        function = self._attributes.get(".AperFunction", ())
        new = ToolState(code, size, b"." not in text, function_plating(function) or self._type, dict(self._attributes), at)
        row = self._current.get(code)
        if row is not None:
            old = self.tools[row]
            if old.size == size:
                return
            if old.size == old.size:
                self._fault("tool redefined", at, f"T{code} is defined again with another diameter", True)
        self.tools.append(new)
        self._current[code] = len(self.tools) - 1

    # motion

    def _mm(self, token: bytes) -> float:
        return value(token, self.form) * self._scale

    def _target(self, words: dict[bytes, bytes]) -> tuple[float, float] | None:
        x, y = self._x, self._y
        if b"X" in words:
            x = self._mm(words[b"X"]) + (self._zero[0] if self._absolute else x)
        if b"Y" in words:
            y = self._mm(words[b"Y"]) + (self._zero[1] if self._absolute else y)
        return (x, y) if abs(x) <= FAR and abs(y) <= FAR else None

    def _move(self, words: dict[bytes, bytes], at: int) -> None:
        target = self._target(words)
        if target is None:
            self._fault("bad coordinate", at, "a coordinate is no number or lies beyond 20 m; it is left out", True)
            return
        self._moved = True
        start, (self._x, self._y) = (self._x, self._y), target
        if self._motion < 0:
            self._add(np.array([target[0]]), np.array([target[1]]), np.array([at], np.int64))
        elif self._motion > 0 and (self._down or not self._lowers):
            if not self._cut:
                self._cut, self._cut_at = [start], at
            self._cut += self._arc(start, target, words)[1:] if self._motion > 1 else [target]
            if len(self._cut) > MOST:
                raise DfmError("a rout of more than a million points; is it damaged?", path=self.path)

    def _arc(self, start: tuple[float, float], end: tuple[float, float], words: dict[bytes, bytes]) -> list[tuple[float, float]]:
        turn = -1 if self._motion == 2 else 1
        if b"A" in words:
            radius, half = abs(self._mm(words[b"A"])), hypot(end[0] - start[0], end[1] - start[1]) / 2
            if not half or not isfinite(radius):
                return [start, end]
            height = sqrt(max(radius**2 - half**2, 0.0)) * turn
            centre = (
                (start[0] + end[0]) / 2 - height * (end[1] - start[1]) / (2 * half),
                (start[1] + end[1]) / 2 + height * (end[0] - start[0]) / (2 * half),
            )
        else:
            centre = start[0] + self._mm(words.get(b"I", b"0")), start[1] + self._mm(words.get(b"J", b"0"))
        radius = hypot(start[0] - centre[0], start[1] - centre[1])
        if not isfinite(radius) or radius == 0 or radius > FAR:
            return [start, end]
        first = np.arctan2(start[1] - centre[1], start[0] - centre[0])
        last = np.arctan2(end[1] - centre[1], end[0] - centre[0])
        angle = float((last - first) * turn % (2 * pi)) or 2 * pi
        return [*arcs.sweep(centre[0], centre[1], start, angle * turn)[:-1], end]

    def _lift(self) -> None:
        """End a rout: what was cut becomes one slot."""
        cut, self._cut, self._down = self._cut, [], False
        if cut:
            self._path(cut, self._cut_at)

    def _path(self, points: list[tuple[float, float]], at: int) -> None:
        path = tuple((x, -y) for x, y in points)
        here = np.array([path[0][0]]), np.array([path[0][1]])
        self._piece(Piece(*here, self._selected(at), self._type_now(), np.array([at], np.int64), path))

    def _slot(self, begin: dict[bytes, bytes], end: dict[bytes, bytes], at: int) -> None:
        start = self._target(begin)
        if start is None:
            self._fault("bad coordinate", at, "a coordinate is no number or lies beyond 20 m; it is left out", True)
            return
        self._x, self._y = start
        target = self._target(end)
        if target is None:
            self._fault("bad coordinate", at, "a coordinate is no number or lies beyond 20 m; it is left out", True)
            return
        self._moved = True
        self._x, self._y = target
        self._path([start, target], at)

    def _circle(self, centre: dict[bytes, bytes], size: dict[bytes, bytes], at: int) -> None:
        target, diameter = self._target(centre), abs(self._mm(size.get(b"X", b"")))
        if target is None or not 0 < diameter <= FAR:
            self._fault("bad coordinate", at, "a canned circle without a place or size is left out", True)
            return
        self._x, self._y = target
        self._add(np.array([target[0]]), np.array([target[1]]), np.array([at], np.int64), diameter)

    # codes

    def _g(self, number: bytes, rest: dict[bytes, bytes], at: int) -> bool:
        """A G code; False where it takes the rest of the line."""
        code = number.lstrip(b"0") or b"0"
        if code in (b"5", b"81"):
            self._lift()
            self._motion = -1
        elif code in (b"0", b"1", b"2", b"3"):
            self._motion = int(code)
            if code == b"0":
                self._lift()
        elif code in (b"90", b"91"):
            self._absolute = code == b"90"
        elif code in (b"92", b"93"):
            x, y = (self._mm(rest.get(k, b"0")) for k in (b"X", b"Y"))
            if isfinite(x) and isfinite(y) and (x or y):
                self._zero = (x, y)
                self._fault("zero set", at, "G93 moves the zero; some readers ignore it", True)
            return False
        elif code in (b"82", b"83"):
            self._fault("canned drilling", at, f"G{int(code)} package pattern is left out", True)
            return False
        elif code not in (b"4", b"40", b"41", b"42", b"70", b"71"):
            self._fault("unknown command", at, f"G{number[:8].decode('latin-1')} is not understood", False)
        elif code in (b"70", b"71"):
            self._unit(b"M71" if code == b"71" else b"M72")
        return True

    def _m(self, number: bytes, at: int) -> None:
        code = number.lstrip(b"0") or b"0"
        if code in (b"14", b"15"):
            self._down = True
        elif code in (b"16", b"17"):
            self._lift()
        elif code == b"30":
            self._ended = True
        elif code == b"25":
            self._pattern = (len(self.pieces), len(self.pieces))
            self._shift = (0.0, 0.0)
        elif code == b"1" and self._pattern is not None:
            self._lift()
            self._pattern = (self._pattern[0], len(self.pieces))
        elif code == b"8":
            self._pattern = None

    def _repeat(self, number: bytes, rest: list[tuple[bytes, bytes]], at: int) -> None:
        times = int(number) if number.isdigit() and len(number) < 10 else 0
        if rest and rest[0][0] == b"M" and rest[0][1].lstrip(b"0") == b"2":
            for _ in range(min(times, MOST)):
                self._copy(rest[1:], at)
            return
        step = dict(rest)
        dx, dy = (self._mm(step.get(k, b"0")) for k in (b"X", b"Y"))
        if not times or not isfinite(dx) or not isfinite(dy):
            self._fault("bad repeat", at, "a repeat without a count or a step is left out", True)
            return
        if times + self.count > MOST:
            self._refuse(at)
        k = np.arange(1, times + 1)
        x, y = self._x + k * dx, self._y + k * dy
        self._add(x, y, np.full(times, at, np.int64))
        self._x, self._y = float(x[-1]), float(y[-1])

    def _copy(self, rest: list[tuple[bytes, bytes]], at: int) -> None:
        """M02 with a step: the pattern once more, that far from its last copy."""
        step = dict(rest)
        dx, dy = (self._mm(step.get(k, b"0")) for k in (b"X", b"Y"))
        if self._pattern is None or not isfinite(dx) or not isfinite(dy) or any(k in b"M" for k in step):
            self._fault("bad repeat", at, "a pattern repeat that has no pattern, or mirrors it, is left out", True)
            return
        self._shift = sx, sy = self._shift[0] + dx, self._shift[1] + dy
        if abs(sx) > FAR or abs(sy) > FAR:
            self._fault("far coordinate", at, "a copy of the pattern beyond 20 m is left out", True)
            return
        for p in self.pieces[slice(*self._pattern)]:
            path = tuple((x + sx, y - sy) for x, y in p.path)
            self._piece(p._replace(x=p.x + sx, y=p.y - sy, path=path, offset=np.full(len(p.x), at, np.int64)))
