"""The word commands of a Gerber file (`X..Y..D01*`, `G36*`, `D10*`) as columns, parsed in one go."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..board import Bools, Floats, Ints

_SKIP, _DIGIT, _MINUS, _DOT, _LETTER, _STAR = range(6)
_CLASS = np.zeros(256, np.uint8)
_CLASS[list(b"0123456789")] = _DIGIT
_CLASS[ord("-")] = _MINUS
_CLASS[ord(".")] = _DOT
_CLASS[list(b"XYIJDGMN")] = _LETTER
_CLASS[ord("*")] = _STAR
_BLOCK = 1 << 18
_TEN = 10.0 ** np.arange(16)
ALLOWED = b"XYIJDGMN0123456789+-.* \t\r\n\f\v\0"
"""All bytes that word commands are made of."""


@dataclass(slots=True)
class Words:
    """One row per command. NaN and -1: not said."""

    start: NDArray[np.int64]
    """Position in the text of its first letter."""
    x: Floats
    y: Floats
    i: Floats
    j: Floats
    digits: dict[str, Ints]
    """Of X Y I J: how many digits stand there; -1 - d where a decimal point has d digits after it."""
    op: Ints
    """D00..D03."""
    aperture: Ints
    """D10 and above."""
    interpolation: Ints
    """G00..G03."""
    region: Ints
    """1 for G36, 0 for G37."""
    quadrant: Ints
    """0 for G74, 1 for G75."""
    end: Ints
    """The number of an M code."""
    other: dict[str, Any]
    """Codes that are none of these: "G" and "D" to rows and numbers."""
    double: Ints
    """Rows that say X, Y or an operation twice."""
    wide: Ints
    """Rows with a number of more than 15 digits."""


def parse(text: bytes) -> Words:
    """The commands of `text`, which holds only `ALLOWED` bytes and ends with a star."""
    parts: list[Words] = []
    start = 0
    while start < len(text) or not parts:  # in blocks, whose columns stay in the processor's cache
        end = text.find(b"*", min(start + _BLOCK, len(text) - 1)) + 1 if len(text) - start > _BLOCK else len(text)
        part, begin = _parse(text[start:end]), sum(len(p.start) for p in parts)
        part.start += start
        part.double, part.wide = part.double + begin, part.wide + begin
        part.other = {k: (v[0] + begin, v[1]) for k, v in part.other.items()}
        parts.append(part)
        start = end
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {}
    for f in fields(Words):
        columns = [getattr(p, f.name) for p in parts]
        if isinstance(columns[0], dict):
            joined[f.name] = {k: _concatenated([c[k] for c in columns]) for k in columns[0]}
        else:
            joined[f.name] = np.concatenate(columns)
    return Words(**joined)


def _concatenated(columns: list[Any]) -> Any:
    if isinstance(columns[0], tuple):
        return tuple(np.concatenate(c) for c in zip(*columns))
    return np.concatenate(columns)


def _parse(text: bytes) -> Words:
    raw = np.frombuffer(text, np.uint8)
    kind = _CLASS[raw]
    is_mark = kind >= _LETTER
    marks = np.flatnonzero(is_mark)
    letters = raw[marks]
    group = np.cumsum(is_mark, dtype=np.int32) - 1
    value, count, digit_at = _values(raw, kind, group, len(marks))
    stars = letters == ord("*")
    before = np.cumsum(stars, dtype=np.int32)
    n = int(before[-1]) if len(before) else 0
    row = before - stars  # a star belongs to the command that it ends
    dots = np.flatnonzero(kind == _DOT)
    after = np.full(len(marks), -1, np.int32)
    if len(dots):
        which = group[dots]
        after[which[which >= 0]] = (np.cumsum(count)[which] - np.searchsorted(digit_at, dots))[which >= 0]
    first = np.full(n + 1, len(raw), np.int64)
    ends = marks[stars]
    begin = np.concatenate(([0], np.flatnonzero(stars)[:-1] + 1)) if n else np.empty(0, np.int64)
    first[:n] = np.minimum(marks[begin], ends) if n else 0
    columns: dict[str, Floats] = {}
    digits: dict[str, Ints] = {}
    twice = []
    for letter in "XYIJ":
        at = np.flatnonzero(letters == ord(letter))
        rows = row[at]
        columns[letter] = np.full(n, np.nan)
        columns[letter][rows] = value[at]
        size = np.full(n, 0, np.int32)
        size[rows] = np.where(after[at] >= 0, -1 - after[at], count[at])
        digits[letter] = size
        empty = count[at] == 0
        if empty.any():
            columns[letter][rows[empty]] = np.nan
        twice.append(rows[1:][rows[1:] == rows[:-1]])
    numbers = np.clip(np.nan_to_num(value, nan=-1.0), -1, 1e9).astype(np.int32)
    at = np.flatnonzero(letters == ord("D"))
    is_op = numbers[at] < 10
    op, aperture = _put(n, row[at[is_op]], numbers[at[is_op]]), _put(n, row[at[~is_op]], numbers[at[~is_op]])
    ops = row[at[is_op]]
    twice.append(ops[1:][ops[1:] == ops[:-1]])
    other: dict[str, Any] = {"D": (row[at[is_op]][numbers[at[is_op]] > 3], numbers[at[is_op]][numbers[at[is_op]] > 3])}
    op[op > 3] = -1
    at = np.flatnonzero(letters == ord("G"))
    g, rows = numbers[at], row[at]
    known = np.isin(g, (0, 1, 2, 3, 36, 37, 74, 75, 54, 55, 70, 71, 90, 91))
    other["G"] = rows[~known], g[~known]
    other["G54"] = rows[(g == 54) | (g == 55)], g[(g == 54) | (g == 55)]
    at = np.flatnonzero(letters == ord("M"))
    return Words(
        first[:n], columns["X"], columns["Y"], columns["I"], columns["J"], digits, op, aperture,
        _put(n, rows[g <= 3], g[g <= 3]),
        _put(n, rows[(g == 36) | (g == 37)], 37 - g[(g == 36) | (g == 37)]),
        _put(n, rows[(g == 74) | (g == 75)], g[(g == 74) | (g == 75)] - 74),
        _put(n, row[at], numbers[at]), other, np.unique(np.concatenate(twice)), np.unique(row[count > 15]),
    )  # fmt: skip


def _values(raw: Any, kind: Any, group: Ints, n: int) -> tuple[Floats, Ints, Any]:
    """Of each letter or star the number behind it, how many digits that has; and where all digits are."""
    at = np.flatnonzero(kind == _DIGIT)
    owner = group[at]
    if len(owner) and owner[0] < 0:  # digits before the first letter
        at, owner = at[owner >= 0], owner[owner >= 0]
    count = np.bincount(owner, minlength=n).astype(np.int32)
    last = np.cumsum(count)
    power = np.minimum(last[owner] - 1 - np.arange(len(at)), 15)
    value = np.bincount(owner, weights=(raw[at] - np.uint8(48)) * _TEN[power], minlength=n).astype(np.float64)
    minus = group[np.flatnonzero(kind == _MINUS)]
    minus = minus[minus >= 0]
    value[minus] = -value[minus]
    return value, count, at


def _put(n: int, rows: Ints, values: Ints) -> Ints:
    out = np.full(n, -1, np.int32)
    out[rows] = values
    return out


def fill(values: NDArray[Any], known: Bools, start: Any) -> NDArray[Any]:
    """Each value, or the last known before it; `start` before the first."""
    at = np.maximum.accumulate(np.where(known, np.arange(1, len(known) + 1), 0))
    return np.concatenate(([start], values)).astype(values.dtype)[at]
