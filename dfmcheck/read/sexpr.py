"""A fast, tolerant reader of KiCad's S-expressions that keeps byte offsets.

KiCad's own parser is laxer than S-expressions: files that KiCad 9 wrote hold `(curved_edges no)filter_ratio 0.9)`, so a
word glued to a closing parenthesis opens a list. The text is decoded as Latin-1, so that an index into it is a byte
offset; strings are turned to UTF-8 one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from ..errors import DfmError

LIMIT = 1e5
"""mm; a coordinate beyond 100 m is damage, not a board."""

_N = r"(-?[\d.]++)"
_TOKEN = re.compile(
    rf"""
    # The two commonest lists of large boards in the exact form in which KiCad writes them: a track (1 to 7) ...
      \(segment\s+\(start\ {_N}\ {_N}\)\s+\(end\ {_N}\ {_N}\)\s+\(width\ {_N}\)\s+\(layer\ "?([^\s()"]++)"?\)\s+\(net\ (\d++)\)
      \s*+(?:\((?:uuid|tstamp)\ "?[-\w]*+"?\)\s*+)?+(?:\(status\ \w++\)\s*+)?+\)
    # ... and a hidden field (8, 9).
    | \(property\s+"([^"\\]*+)"\s+"((?:[^"\\]++|\\.)*+)"\s+\(at\ [^()"]*+\)\s*+(?:\(unlocked\ yes\)\s*+)?+
      \(layer\ "[^"\\]*+"\)\s*+\(hide\ yes\)\s*+(?:\(uuid\ "[-\w]*+"\)\s*+)?+\(effects\s*+
      \(font(?:\s*+\([^()"]*+\))*+\s*+\)(?:\s*+\([^()"]*+\))*+\s*+\)\s*+\)
    | \(([^\s()"]++)\s++"([^"\\]*+)"\s*+\)                                  # 10, 11: a name and one string
    | \(([^\s()"]++(?:\s++[^\s()"]++)*+)\s*+\)                              # 12: a list of bare atoms
    | \(pts((?:\s*+\(xy\s[-+\d.eE]++\s[-+\d.eE]++\))++)\s*+\)               # 13: points
    | (?:\(\s*+|(?<=\)))([^\s()"]++)                                        # 14: a list that holds more, or lacks its parenthesis
    | (\))                                                                  # 15
    | "((?:[^"\\]++|\\.)*+)"                                                # 16: a string
    | ([^\s()"]++)                                                          # 17: a bare atom
    | (\()                                                                  # 18: a list that starts with a list or a string
    | (")                                                                   # 19: a string without an end
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOB = re.compile(r"\(data\s+\|[^|]*+\|\s*\)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_POINT_MARKS = str.maketrans(dict.fromkeys("()xy", " "))


class Node(list[Any]):
    """A list that holds more than bare atoms: its name, then atoms (str) and lists in their order.

    `offset` is the byte offset of its parenthesis. Lists of bare atoms are plain lists. `["pts", array]` is a
    list of points that were all plain `(xy x y)`; `["track", x, y, x, y, width, layer, net]` a `(segment ...)` as KiCad
    writes it; `["property", name, value]` a field, maybe with its place and looks left out because it is hidden.
    """

    __slots__ = ("offset",)
    offset: int


def decode(raw: str) -> str:
    """The string behind a quoted token: escapes resolved, UTF-8 (Latin-1 where it is not valid UTF-8)."""
    if not raw.isascii():
        with suppress(UnicodeDecodeError):
            raw = raw.encode("latin-1").decode("utf-8")
    return raw if "\\" not in raw else _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), raw)


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def number(atom: Any) -> float:
    """A finite length or angle. Raises `ValueError` for anything else, so that damage is met where it stands."""
    value = float(atom)
    if not -LIMIT <= value <= LIMIT:
        raise ValueError(f"{atom} is out of range")
    return value


def points(raw: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The N x 2 array of a run of `(xy x y)`. Raises `ValueError` if one is no number or out of range."""
    flat = np.array(raw.translate(_POINT_MARKS).split(), np.float64)
    if not (np.abs(flat) <= LIMIT).all():
        raise ValueError("a point is out of range")
    return flat.reshape(-1, 2)


def children(text: str, root: str, path: str) -> Iterator[list[Any]]:
    """Yield the lists directly inside the file's only list `(root ...)`, one at a time, so that the tree need not fit memory.

    Raises `DfmError` naming the line if the text is no such list, is cut off or holds broken strings or points.
    """
    blobs = [(m.start(), m.end()) for m in _BLOB.finditer(text)] if "(data" in text else []
    spans = zip([0] + [b for _, b in blobs], [a for a, _ in blobs] + [len(text)])
    stack: list[Node] = []
    top = node = Node()
    top.offset = 0
    main: Node | None = None
    for start, end in spans:
        for m in _TOKEN.finditer(text, start, end):
            k = m.lastindex
            if k == 12:
                node.append(m[12].split())
            elif k == 11:
                node.append([m[10], m[11] if m[11].isascii() else decode(m[11])])
            elif k == 14 or k == 18:
                stack.append(node)
                node = Node((m[14] or "",))
                node.offset = m.start()
                if len(stack) == 1:
                    if main is not None:
                        raise DfmError(f"a second list follows ({root} ...)", path=path, line=line_of(text, m.start()))
                    main = _root(node, root, path)
            elif k == 15:
                if not stack:
                    raise DfmError("more closing than opening parentheses", path=path, line=line_of(text, m.start()))
                done, node = node, stack.pop()
                if node is main:
                    yield from (child for child in node[1:] if child.__class__ is not str)
                    del node[1:]
                    yield done
                else:
                    node.append(done)
            elif k == 9:
                node.append(["property", decode(m[8]), decode(m[9])])
            elif k == 16 or k == 17:
                node.append(decode(m[16]) if k == 16 else m[17])
            elif k == 7:
                track = Node(("track", *m.group(1, 2, 3, 4, 5, 6, 7)))
                track.offset = m.start()
                if node is main:
                    yield track
                else:
                    node.append(track)
            elif k == 13:
                try:
                    node.append(["pts", points(m[13])])
                except ValueError as error:
                    raise DfmError(f"broken point list: {error}", path=path, line=line_of(text, m.start())) from None
            else:
                raise DfmError("a string that starts here has no end", path=path, line=line_of(text, m.start()))
    if stack:
        what = f"({node[0]} ...) that starts here has no end: the file is cut off"
        raise DfmError(what, path=path, line=line_of(text, node.offset))
    if main is None:
        raise DfmError(f"holds no ({root} ...) with content", path=path)
    yield from (child for child in main[1:] if child.__class__ is not str)


def _root(node: Node, root: str, path: str) -> Node:
    """The list, if it is the one expected."""
    if node[0] != root:
        raise DfmError(f"starts with ({node[0]}, not with ({root}", path=path)
    return node
