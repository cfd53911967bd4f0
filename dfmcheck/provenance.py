"""Where an item stands in its source: line, column, uuid. Looked up only for findings."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .board import Board, Source

_UUID = re.compile(rb'\((?:uuid|tstamp)\s+"?([^\s()"]+)"?\s*\)')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[()]|(?<=\))[^\s()"]', re.DOTALL)  # a word glued to `)` opens a list, see `read.sexpr`


class Span(NamedTuple):
    """The first line of a text in a file; columns follow from what stands before it, in whatever unit is wanted."""

    line: int
    """1-based."""
    before: str
    """What stands in that line before the text."""
    text: str
    """The text, up to its end or that of the line."""


class Locator:
    """Finds the place of items of one board; each source is indexed once, when it is first asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._starts: dict[str, NDArray[np.int64]] = {}

    def line(self, item: int) -> int | None:
        """1-based line of the item's text; None where it has none."""
        place = self._place(item)
        return None if place is None else place[0]

    def column(self, item: int) -> int | None:
        """1-based column, in bytes, of the item's text; None where it has none."""
        place = self._place(item)
        return None if place is None else place[1]

    def span(self, item: int) -> Span | None:
        """Where the item's text stands, and its first line; None where it has none."""
        place = self._place(item)
        if place is None:
            return None
        source, offset = self._source(item)
        data = self._board.sources[source].data
        line = _line_at(data, offset)
        return Span(place[0], _text(data[offset - place[1] + 1 : offset]), _text(line[: _end(line)]))

    def whole_line(self, path: str, line: int) -> Span | None:
        """A line of a file of the design without its indent; None where it has no such file or line."""
        package = self._board.package
        files = (*self._board.sources, *(package.sources if package else ()))
        source = next((file for file in files if file.path == path), None)
        starts = self._line_starts(source) if source else ()
        if source is None or not 1 <= line <= len(starts):
            return None
        text = _text(_line_at(source.data, int(starts[line - 1]))).rstrip()
        bare = text.lstrip()
        return Span(line, text[: len(text) - len(bare)], bare)

    def uuid(self, item: int) -> str:
        """The item's own uuid (`tstamp` up to KiCad 7), '' if it has none. Those of lists inside it are not its own.

        The eight digits of KiCad 5 are written as later versions and their reports write them.
        """
        source, offset = self._source(item)
        data = self._board.sources[source].data
        if offset < 0 or data[offset : offset + 1] != b"(":
            return ""
        depth = 0
        for token in _TOKEN.finditer(data, offset):
            if token[0] == b")":
                depth -= 1
                if depth == 0:
                    break
            elif token[0][:1] != b'"':
                depth += 1
                if depth == 2 and (found := _UUID.match(data, token.start())):
                    uuid = found[1].decode("utf-8", "replace")
                    return f"00000000-0000-0000-0000-0000{uuid.lower()}" if len(uuid) == 8 else uuid
        return ""

    def _source(self, item: int) -> tuple[int, int]:
        return int(self._board.items.source[item]), int(self._board.items.offset[item])

    def _place(self, item: int) -> tuple[int, int] | None:
        source, offset = self._source(item)
        if offset < 0:
            return None
        starts = self._line_starts(self._board.sources[source])
        row = bisect_right(starts, offset)
        return row, offset - int(starts[row - 1]) + 1

    def _line_starts(self, source: Source) -> NDArray[np.int64]:
        starts = self._starts.get(source.path)
        if starts is None:
            data = np.frombuffer(source.data, np.uint8)
            starts = self._starts[source.path] = np.concatenate([[0], np.flatnonzero(data == 10) + 1])
        return starts


def _line_at(data: bytes, offset: int) -> bytes:
    """From an offset to the end of its line."""
    feed = data.find(b"\n", offset)
    return data[offset : feed if feed >= 0 else len(data)]


def _end(line: bytes) -> int:
    """Where the text that a line begins with ends in it: its list closes, its Gerber block does, or the line does."""
    if line[:1] == b"(":
        depth = 0
        for token in _TOKEN.finditer(line):
            if token[0] == b")":
                depth -= 1
                if depth == 0:
                    return token.end()
            elif token[0][:1] != b'"':
                depth += 1
    elif b"*" in line:
        return line.index(b"*") + 1
    return len(line.rstrip())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
