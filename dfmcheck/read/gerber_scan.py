"""A Gerber file from bytes to its word commands and the state that each of them meets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import DfmError
from . import gerber_faults as what
from .gerber_attributes import Attributes, decode
from .gerber_definitions import Definition, Definitions, number
from .gerber_faults import Faults
from .gerber_placing import Placing
from .gerber_words import ALLOWED

_TOKEN = re.compile(rb"%([^%]*)\*\s*%\s*|[Gg]0*4(?![0-9])([^*]*)\*?\s*|((?:[^%Gg]+|[Gg](?!0*4(?![0-9])))+)|%")
_NO_STAR = re.compile(rb"%([A-Za-z]{2}[^%*\r\n]*)%(?!\s*\*)\s*")
_CLOSE = re.compile(rb"\*\s*%\s*")
_UNIT = re.compile(rb"G(?:7[01]|9[01])(?![0-9])")
_FIRST_UNIT = re.compile(rb"%MO(?:MM|IN)|G7[01](?=[\s*GDXY])", re.I)
_EXTENDED = re.compile(rb"\s*(AB|AD|AM|AS|FS|I[FNPR]|KO|L[MNPRS]|M[IO]|OF|RO|SF|SR|T[AFOD])(?![0-9]*\s*$)", re.I)
_FORMAT = re.compile(r"([LTD]?)([AI]?)(?:[NGDM]\d+)*X(\d)(\d)Y(\d)(\d)", re.I)
_FIELD = re.compile(r"([A-Z])([-+]?\d*\.?\d*)")
_ATTRIBUTES = (b"TO", b"TA", b"TD", b"TF")
INCH = 25.4
_MOST_SCOPES = 10_000


class State(NamedTuple):
    """What holds for the commands of one chunk."""

    dark: bool = True
    transform: int = 0
    attributes: int = 0
    region: int = 0
    """Row of the attributes that a region gets."""
    scope: int = 0
    format: int = 0


class Format(NamedTuple):
    scale: float = 1.0
    """mm per unit."""
    decimals_x: int = 6
    decimals_y: int = 6
    integers_x: int = 4
    integers_y: int = 4
    trailing: bool = False
    """Trailing zeros are omitted, so the digits count from the left."""
    incremental: bool = False


class Scope(NamedTuple):
    """Part of the file whose objects are copied: a block aperture, or a step and repeat."""

    parent: int
    repeat: tuple[int, int, float, float] | None = None
    """Numbers and distances (mm) along x and y; None of a block aperture."""


@dataclass(slots=True)
class Scan:
    """See `scan`."""

    definitions: Definitions
    faults: Faults
    attributes: Attributes = field(default_factory=Attributes)
    chunks: list[bytes] = field(default_factory=list)
    """Word commands between other commands; each ends with a star."""
    starts: list[int] = field(default_factory=list)
    """Byte offset of each chunk."""
    chunk_states: list[int] = field(default_factory=list)
    """Row in `states` of each chunk."""
    states: dict[State, int] = field(default_factory=dict)
    formats: list[Format] = field(default_factory=list)
    transforms: list[tuple[str, float, float]] = field(default_factory=lambda: [("", 0.0, 1.0)])
    """LM, LR, LS."""
    scopes: list[Scope] = field(default_factory=lambda: [Scope(-1)])
    closed: list[int] = field(default_factory=list)
    """Scopes in the order in which they ended; the image (0) is the last."""
    placing: Placing = field(default_factory=Placing)
    unit: str = ""
    format_said: bool = False
    """Whether there is a format (FS)."""
    negative: bool = False
    name: str = ""
    x2: bool = False


def scan(data: bytes, path: str) -> Scan:
    """Read all commands in order: the extended ones take effect here, the word commands are left as chunks with a state."""
    reader = _Reader(data, path)
    reader.run()
    return reader.out


class _Reader:
    def __init__(self, data: bytes, path: str) -> None:
        faults = Faults()
        self.data, self.path, self.out = data, path, Scan(Definitions(path, faults), faults)
        self.state = State()
        self.last_state, self.last_row = State(), -1
        self.attribute_rows = (0, 0)
        self.format = Format(scale=self._first_unit())
        self.open: list[tuple[int, int]] = []
        """Scopes and codes of the block apertures that are open."""
        self.unclosed = False
        self.handlers: dict[str, Callable[[str, int], None]] = {
            "AB": self._block, "AD": self._aperture, "AS": self._axes, "FS": self._format,
            "IC": self._code, "IF": self._unsupported, "IN": self._name, "IP": self._polarity, "IR": self._rotate,
            "KO": self._unsupported, "LM": self._transform, "LN": self._name, "LP": self._level, "LR": self._transform,
            "LS": self._transform, "MI": self._mirror, "MO": self._mode, "OF": self._offset, "RO": self._unsupported,
            "SF": self._scale, "SR": self._repeat,
        }  # fmt: skip

    def run(self) -> None:
        data, pos, out = self.data, 3 if self.data.startswith(b"\xef\xbb\xbf") else 0, self.out
        out.formats.append(self.format)
        while pos < len(data):
            for m in _TOKEN.finditer(data, pos):
                group = m.lastindex
                if group == 1:
                    body = m[1]
                    if body[:2] in _ATTRIBUTES and b"*" not in body:
                        out.attributes.take(body[:2].decode(), body[2:])
                        out.x2 = True
                    else:
                        self._extended(body, m.start() + 1)
                elif group == 3:
                    self._words(m[3], m.start())
                elif group == 2:
                    self._comment(m[2])
                else:
                    pos = self._stray(m.start())
                    break
                pos = m.end()
        self._end_repeat()
        if self.open:
            self._fault(what.BAD_BLOCK, "a block aperture is not closed", len(data), grave=True)
        for scope, _ in reversed(self.open):
            self._leave(scope)
        out.closed.append(0)
        if not out.unit and out.chunks:
            self._fault(what.NO_UNIT, "no unit (MO): read as inch", grave=True)

    def _first_unit(self) -> float:
        """mm per unit before the file's first word on it: what that says, else inch."""
        m = _FIRST_UNIT.search(self.data)
        return 1.0 if m and m[0].upper() in (b"%MOMM", b"G71") else INCH

    def _fault(self, kind: str, message: str, at: int | None = None, *, grave: bool = False) -> None:
        self.out.faults.add(kind, message, at, grave=grave)

    def _stray(self, at: int) -> int:
        """A percent sign that opens no well-formed command: where to go on."""
        m = _NO_STAR.match(self.data, at)
        if m:
            self._fault(what.MALFORMED, "an extended command without its star", at)
            self._extended(m[1], at + 1)
            return m.end()
        end = None if self.unclosed else _CLOSE.search(self.data, at)
        if end and _EXTENDED.match(self.data, at + 1):
            self._fault(what.MALFORMED, "a percent sign inside a command", at)
            self._extended(self.data[at + 1 : end.start()], at + 1)
            return end.end()
        self.unclosed = end is None
        self._fault(what.MALFORMED, "a percent sign without its partner", at, grave=True)
        return at + 1

    def _comment(self, text: bytes) -> None:
        text = text.strip()
        if text.startswith(b"#@!"):
            text = text[3:].strip()
            if text[:2] in _ATTRIBUTES:
                self.out.attributes.take(text[:2].decode(), text[2:])

    def _words(self, text: bytes, at: int) -> None:
        if text.isspace():
            return
        text = text.upper()
        if text.translate(None, ALLOWED):
            self._odd_words(text, at)
            return
        if not text.endswith((b"*", b"*\n", b"*\r\n")):
            bare = text.rstrip(b" \t\r\n\f\v\0")
            if not bare.endswith(b"*"):
                if not bare:
                    return
                self._fault(what.MALFORMED, "a command without its star", at + len(bare))
                text = bare + b"*"
        if b"G7" in text or b"G9" in text:
            self._unit_words(text, at)
        else:
            self._chunk(text, at)

    def _chunk(self, text: bytes, at: int) -> None:
        out, state = self.out, self.state
        rows = out.attributes.rows()
        if rows != self.attribute_rows:
            self.attribute_rows = rows
            state = self.state = State(state.dark, state.transform, *rows, state.scope, state.format)
        if b"X" in text or b"Y" in text:
            out.attributes.drawn()
        out.chunks.append(text)
        out.starts.append(at)
        if state is not self.last_state:
            self.last_state, self.last_row = state, out.states.setdefault(state, len(out.states))
        out.chunk_states.append(self.last_row)

    def _unit_words(self, text: bytes, at: int) -> None:
        """A chunk that may hold G70, G71, G90 or G91: each starts a chunk of its own format."""
        start = 0
        for m in _UNIT.finditer(text):
            if m.start() > start:
                self._chunk(text[start : m.start()] + b"*", at + start)
            start = m.start()
            code = m[0]
            if code in (b"G70", b"G71"):
                self._set_unit("in" if code == b"G70" else "mm")
            else:
                self._set_format(incremental=code == b"G91")
            if code != b"G90":
                self._fault(what.DEPRECATED, f"{code.decode()} is deprecated", at + start)
        self._chunk(text[start:], at + start)

    def _odd_words(self, text: bytes, at: int) -> None:
        """A chunk with bytes that no word command has: good commands are kept, extended ones without percent signs taken."""
        for part in re.finditer(rb"[^*]+\*?", text):
            raw = part[0]
            if not raw.strip(b"* \t\r\n\f\v\0"):
                continue
            place = at + part.start()
            if not raw.translate(None, ALLOWED):
                self._words(raw, place)
            elif _EXTENDED.match(raw):
                self._fault(what.MALFORMED, "an extended command without percent signs", place)
                self._extended(self.data[place : place + len(raw)].rstrip(b"*"), place)
            else:
                shown = raw.strip()[:20]
                binary = any(b > 126 for b in shown)
                self._fault(what.ENCODING if binary else what.MALFORMED, f"not a command: {decode(shown)!r}", place, grave=True)

    def _extended(self, body: bytes, at: int) -> None:
        """What stands between two percent signs: one command or several, each of two letters and its text."""
        parts = body.split(b"*")
        i = 0
        while i < len(parts):
            part, place = parts[i], at
            at += len(part) + 1
            i += 1
            text = part.strip()
            if not text:
                continue
            name = text[:2].upper()
            if name == b"AM":
                blocks = []
                while i < len(parts) and not parts[i].lstrip()[:1].isalpha():
                    blocks.append(decode(parts[i]))
                    at += len(parts[i]) + 1
                    i += 1
                self.out.definitions.macro(decode(text[2:]).strip(), blocks, place)
            elif name == b"TJ":
                continue  # what a job file says of the job, in older Gerber-like ones
            elif name in _ATTRIBUTES:
                self.out.attributes.take(name.decode(), text[2:])
                self.out.x2 = True
            elif (handler := self.handlers.get(decode(name))) is not None:
                handler(decode(text), place)
            elif not text.upper().translate(None, ALLOWED) or text.upper().startswith(b"G04"):
                if not text.upper().startswith(b"G04"):
                    self._fault(what.MALFORMED, "a word command between percent signs", place)
                    self._words(part + b"*", place)
            else:
                self._fault(what.UNKNOWN_COMMAND, f"{decode(text[:20])!r} is unknown", place, grave=True)

    # Commands. Each takes its text, the two letters included, and its offset.

    def _unsupported(self, text: str, at: int) -> None:
        self._fault(what.UNKNOWN_COMMAND, f"{text[:2]} is not supported and was left out", at, grave=True)

    def _code(self, text: str, at: int) -> None:
        """Input code: AS is ASCII, which all files are that can be read."""
        if text[2:].strip().upper() == "AS":
            self._fault(what.DEPRECATED, "IC is deprecated", at)
        else:
            self._unsupported(text, at)

    def _format(self, text: str, at: int) -> None:
        m = _FORMAT.search("".join(text[2:].split()).upper())
        if not m:
            self._fault(what.NO_FORMAT, f"cannot read the format {text[:20]!r}", at, grave=True)
            return
        xi, xd, yi, yd = (int(m[k]) for k in (3, 4, 5, 6))
        self._set_format(
            decimals_x=xd, decimals_y=yd, integers_x=xi, integers_y=yi, trailing=m[1] == "T", incremental=m[2] == "I",
        )  # fmt: skip
        if m[1] == "T" or m[2] == "I":
            self._fault(what.DEPRECATED, "trailing zeros omitted" if m[1] == "T" else "incremental coordinates", at)
        if (xi, xd) != (yi, yd):
            self._fault(what.MALFORMED, "the formats of x and y differ", at)
        self.out.format_said = True

    def _mode(self, text: str, at: int) -> None:
        word = text[2:].strip().upper()
        if word[:2] not in ("MM", "IN"):
            self._fault(what.NO_UNIT, f"unit {word[:10]!r} is unknown", at, grave=True)
            return
        self._set_unit("mm" if word.startswith("MM") else "in")

    def _set_unit(self, unit: str) -> None:
        self.out.unit = self.out.unit or unit
        self._set_format(scale=1.0 if unit == "mm" else INCH)

    def _set_format(self, **changes: object) -> None:
        self.format = self.format._replace(**changes)  # type: ignore[arg-type]
        if self.format not in self.out.formats:
            self.out.formats.append(self.format)
        self.state = self.state._replace(format=self.out.formats.index(self.format))

    def _level(self, text: str, at: int) -> None:
        word = text[2:].strip().upper()
        if word not in ("D", "C"):
            self._fault(what.MALFORMED, f"polarity {word[:10]!r} is unknown", at, grave=True)
            return
        self.state = self.state._replace(dark=word == "D")

    def _transform(self, text: str, at: int) -> None:
        mirror, angle, scale = self.out.transforms[self.state.transform]
        word = text[2:].strip().upper()
        try:
            if text[1].upper() == "M":
                if word not in ("N", "X", "Y", "XY"):
                    raise ValueError
                mirror = "" if word == "N" else word
            elif text[1].upper() == "R":
                angle = number(word) % 360
            else:
                scale = number(word)
                if scale <= 0:
                    raise ValueError
        except ValueError:
            self._fault(what.MALFORMED, f"cannot read {text[:20]!r}", at, grave=True)
            return
        wanted = (mirror, angle, scale)
        if wanted not in self.out.transforms:
            self.out.transforms.append(wanted)
        self.state = self.state._replace(transform=self.out.transforms.index(wanted))

    def _polarity(self, text: str, at: int) -> None:
        self.out.negative = text[2:].strip().upper().startswith("NEG")

    def _name(self, text: str, at: int) -> None:
        self.out.name = self.out.name or text[2:].strip()

    def _fields(self, text: str) -> dict[str, float]:
        out = {}
        for letter, value in _FIELD.findall("".join(text[2:].split()).upper()):
            try:
                out[letter] = number(value)
            except ValueError:
                continue
        return out

    def _mirror(self, text: str, at: int) -> None:
        f = self._fields(text)
        self.out.placing.mirror = bool(f.get("A", 0)), bool(f.get("B", 0))

    def _scale(self, text: str, at: int) -> None:
        f = self._fields(text)
        a, b = f.get("A", 1.0), f.get("B", 1.0)
        if not 1e-4 <= min(a, b) <= max(a, b) <= 1e4:
            self._fault(what.MALFORMED, f"cannot scale by {a:g}, {b:g}", at, grave=True)
            return
        self.out.placing.scale = a, b

    def _offset(self, text: str, at: int) -> None:
        f = self._fields(text)
        self.out.placing.offset = f.get("A", 0.0) * self.format.scale, f.get("B", 0.0) * self.format.scale

    def _rotate(self, text: str, at: int) -> None:
        try:
            self.out.placing.angle = number(text[2:]) % 360
        except ValueError:
            self._fault(what.MALFORMED, f"cannot read {text[:20]!r}", at, grave=True)

    def _axes(self, text: str, at: int) -> None:
        self.out.placing.swap = "AYBX" in "".join(text.split()).upper()

    def _aperture(self, text: str, at: int) -> None:
        function = self.out.attributes.aperture.get(".AperFunction", ())
        self.out.definitions.aperture(text[2:], self.format.scale, function, len(self.out.chunks), at)

    def _block(self, text: str, at: int) -> None:
        self._end_repeat()
        word = text[2:].strip().upper()
        if word:
            if not re.fullmatch(r"D\d{1,9}", word):
                self._fault(what.BAD_BLOCK, f"cannot read {text[:20]!r}", at, grave=True)
                word = "D0"
            self.open.append((self._enter(None), int(word[1:])))
        elif self.open:
            scope, code = self.open.pop()
            self._leave(scope)
            function = self.out.attributes.aperture.get(".AperFunction", ())
            self.out.definitions.add(Definition(code, None, function, block=scope), len(self.out.chunks))
        else:
            self._fault(what.BAD_BLOCK, "AB closes a block that was not opened", at, grave=True)

    def _repeat(self, text: str, at: int) -> None:
        self._end_repeat()
        f = self._fields(text)
        nx, ny = f.get("X", 1.0), f.get("Y", 1.0)
        if nx == ny == 1:
            return
        if nx < 1 or ny < 1 or nx != int(nx) or ny != int(ny):
            self._fault(what.BAD_BLOCK, f"cannot repeat {nx:g} by {ny:g} times", at, grave=True)
            return
        k = self.format.scale
        self._enter((int(nx), int(ny), f.get("I", 0.0) * k, f.get("J", 0.0) * k))

    def _enter(self, repeat: tuple[int, int, float, float] | None) -> int:
        if len(self.out.scopes) > _MOST_SCOPES:
            raise DfmError(f"more than {_MOST_SCOPES} blocks", path=self.path)
        self.out.scopes.append(Scope(self.state.scope, repeat))
        self.state = self.state._replace(scope=len(self.out.scopes) - 1)
        return self.state.scope

    def _leave(self, scope: int) -> None:
        self.out.closed.append(scope)
        self.state = self.state._replace(scope=self.out.scopes[scope].parent)

    def _end_repeat(self) -> None:
        if self.out.scopes[self.state.scope].repeat is not None:
            self._leave(self.state.scope)
