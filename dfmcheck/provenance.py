"""Where an item stands in its source: line, column, uuid. Looked up only for findings."""

from __future__ import annotations

import re
from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from .board import Board

_UUID = re.compile(rb'\((?:uuid|tstamp)\s+"?([^\s()"]+)"?\s*\)')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[()]|(?<=\))[^\s()"]', re.DOTALL)  # a word glued to `)` opens a list, see `read.sexpr`


class Locator:
    """Finds the place of items of one board; each source is indexed once, when it is first asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._starts: dict[int, NDArray[np.int64]] = {}

    def line(self, item: int) -> int | None:
        """1-based line of the item's text; None where it has none."""
        place = self._place(item)
        return None if place is None else place[0]

    def column(self, item: int) -> int | None:
        """1-based column, in bytes, of the item's text; None where it has none."""
        place = self._place(item)
        return None if place is None else place[1]

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
        starts = self._starts.get(source)
        if starts is None:
            data = np.frombuffer(self._board.sources[source].data, np.uint8)
            starts = self._starts[source] = np.concatenate([[0], np.flatnonzero(data == 10) + 1])
        row = bisect_right(starts, offset)
        return row, offset - int(starts[row - 1]) + 1
