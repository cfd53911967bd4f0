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
_LONG = 4096
"""Bytes of a line from which on its characters are counted once for all that stands in it."""


class Span(NamedTuple):
    """The first line of a text in a file."""

    line: int
    """1-based, as both columns."""
    column: int
    """In code points."""
    column_bytes: int
    text: str
    """Up to its end or that of the line."""


class Locator:
    """Finds the place of items of one board; each source is indexed once, when it is first asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._starts: dict[str, NDArray[np.int64]] = {}
        self._points: dict[tuple[str, int], NDArray[np.int32]] = {}

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
        file = self._board.sources[source]
        return self._span(file, offset, _end(file.data, offset, _line_end(file.data, offset)), *place)

    def whole_line(self, path: str, line: int) -> Span | None:
        """A line of a file of the design without its indent; None where it has no such file or line."""
        package = self._board.package
        files = (*self._board.sources, *(package.sources if package else ()))
        file = next((source for source in files if source.path == path), None)
        starts = self._line_starts(file) if file else ()
        if file is None or not 1 <= line <= len(starts):
            return None
        start = int(starts[line - 1])
        text = file.data[start : _line_end(file.data, start)].rstrip()
        indent = len(text) - len(text.lstrip())
        return self._span(file, start + indent, start + len(text), line, indent + 1)

    def _span(self, file: Source, start: int, end: int, line: int, column: int) -> Span:
        before = column - 1
        if before > _LONG:
            points = self._points_of(file, start - before)
            before = int(points[before - 1])
        elif before:
            before = len(_text(file.data[start - before : start]))
        return Span(line, before + 1, column, _text(file.data[start:end]))

    def _points_of(self, file: Source, start: int) -> NDArray[np.int32]:
        """Code points up to each byte of the line that starts there: of a file without line breaks there is one to count."""
        known = self._points.get((file.path, start))
        if known is None:
            line = np.frombuffer(file.data, np.uint8, _line_end(file.data, start) - start, start)
            known = self._points[file.path, start] = np.cumsum((line & 0xC0) != 0x80, dtype=np.int32)
        return known

    def uuid(self, item: int) -> str:
        """The item's own uuid, see `uuid_at`."""
        source, offset = self._source(item)
        return uuid_at(self._board.sources[source].data, offset)

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


def uuid_at(data: bytes, offset: int) -> str:
    """The uuid (`tstamp` up to KiCad 7) of the list that starts there, '' if it has none. Those of lists inside are not its own.

    The eight digits of KiCad 5 are written as later versions and their reports write them.
    """
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


def _line_end(data: bytes, offset: int) -> int:
    feed = data.find(b"\n", offset)
    return feed if feed >= 0 else len(data)


def _end(data: bytes, start: int, stop: int) -> int:
    """Where the text that starts there ends: its list closes, its Gerber block does, or the line does."""
    if data[start : start + 1] == b"(":
        depth = 0
        for token in _TOKEN.finditer(data, start, stop):
            if token[0] == b")":
                depth -= 1
                if depth == 0:
                    return token.end()
            elif token[0][:1] != b'"':
                depth += 1
    elif (star := data.find(b"*", start, stop)) >= 0:
        return star + 1
    return start + len(data[start:stop].rstrip())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
