"""Copies: block apertures (AB) put where they are flashed, step and repeat (SR) laid out."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Objects
from ..errors import DfmError
from .gerber_apertures import matrix_of
from .gerber_rows import COLUMNS, Rows, join
from .gerber_scan import Scan

MOST_ROWS = 2_000_000
MOST_POINTS = 30_000_000


def expand(rows: Rows, scan: Scan, path: str) -> Rows:
    """The rows of the image, with all copies in place and objects numbered in the order of drawing.

    Raises `DfmError` for more than `MOST_ROWS` rows: a few lines of nested blocks can ask for more than any memory holds.
    """
    if len(scan.scopes) == 1:
        rows.object = _numbered(rows.object)
        return rows
    members: dict[int, Rows] = {s: rows.take(rows.scope == s) for s in np.unique(rows.scope).tolist()}
    starts = {s: int(part.object.min()) for s, part in members.items()}
    children: dict[int, list[int]] = {}
    for s, scope in enumerate(scan.scopes):
        if scope.repeat is not None:
            children.setdefault(scope.parent, []).append(s)
    wanted = _wanted(members, children)
    counts: dict[int, tuple[int, int]] = {}
    made: dict[int, Rows] = {}
    order = [s for s in scan.closed if s in wanted]  # what a scope holds was closed before it
    inside = {s: [c for c in children.get(s, []) if c in members] for s in order}
    for s in order:
        counts[s] = _count(members.get(s), inside[s], scan, counts)
    if sum(n for n, _ in counts.values()) > MOST_ROWS or sum(m for _, m in counts.values()) > MOST_POINTS:
        raise DfmError(f"step and repeat or block apertures make more than {MOST_ROWS:,} objects", path=path)
    for s in order:
        made[s] = _assembled(members.get(s), inside[s], made, starts, scan)
    return made[0]


def _wanted(members: dict[int, Rows], children: dict[int, list[int]]) -> set[int]:
    """Scopes that the image shows."""
    seen, todo = {0}, [0]
    while todo:
        s = todo.pop()
        blocks = np.unique(members[s].block).tolist() if s in members else []
        for other in [*children.get(s, []), *[b for b in blocks if b]]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _count(own: Rows | None, inside: list[int], scan: Scan, counts: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Rows and points of a scope with its copies."""
    rows = points = 0
    if own is not None:
        plain = own.block == 0
        rows, points = int(plain.sum()), int(shapely.get_num_coordinates(own.core[plain]).sum())
        for block, times in zip(*(a.tolist() for a in np.unique(own.block[~plain], return_counts=True))):
            n, m = counts.get(block, (0, 0))
            rows, points = rows + n * times, points + m * times
    for c in inside:
        nx, ny, _, _ = scan.scopes[c].repeat or (1, 1, 0.0, 0.0)
        rows, points = rows + counts[c][0] * nx * ny, points + counts[c][1] * nx * ny
    return rows, points


def _assembled(own: Rows | None, inside: list[int], made: dict[int, Rows], starts: dict[int, int], scan: Scan) -> Rows:
    """Own rows, flashed blocks and repeated parts of one scope in their order; `starts` are the first objects of scopes."""
    parts: list[Rows] = []
    copies: list[NDArray[Any]] = []
    inner: list[NDArray[Any]] = []

    def put(part: Rows, copy: NDArray[Any], number: NDArray[Any]) -> None:
        parts.append(part)
        copies.append(copy)
        inner.append(number)

    if own is not None:
        plain = own.take(own.block == 0)
        put(plain, np.zeros(len(plain), np.int64), np.zeros(len(plain), np.int64))
        flashes = own.take(own.block != 0)
        pairs = np.column_stack((flashes.block, flashes.transform))
        for block, transform in np.unique(pairs, axis=0).tolist():
            if len(child := made.get(block) or plain.take([])):
                at = flashes.take((pairs == (block, transform)).all(axis=1))
                where = np.column_stack((at.x, at.y))
                part, copy = _copies(child, where, matrix_of(*scan.transforms[transform]), scan.transforms[transform])
                number = part.object
                part.object, part.dark = at.object[copy], part.dark == at.dark[copy]
                part.attributes = np.where(part.attributes == 0, at.attributes[copy], part.attributes).astype(np.int32)
                put(part, np.zeros(len(part), np.int64), number)
    for c in inside:
        child = made[c]
        nx, ny, dx, dy = scan.scopes[c].repeat or (1, 1, 0.0, 0.0)
        if not len(child):
            continue
        column, line = np.divmod(np.arange(nx * ny), ny)
        part, copy = _copies(child, np.column_stack((column * dx, -line * dy)), np.eye(2), ("", 0.0, 1.0))
        number = part.object
        part.object = np.full(len(part), starts[c], np.int32)
        put(part, copy, number)
    if not parts:
        return join([])
    whole = Rows(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in COLUMNS}, clear=0)
    copy, number = np.concatenate(copies), np.concatenate(inner)
    order = np.lexsort((number, copy, whole.object))
    whole, copy, number = whole.take(order), copy[order], number[order]
    whole.object = _numbered(whole.object, copy, number)
    return whole


def _copies(child: Rows, where: Any, matrix: Any, transform: tuple[str, float, float]) -> tuple[Rows, NDArray[Any]]:
    """The rows at each of the places, copy by copy, and the copy's number of each row."""
    k, n = len(where), len(child)
    xy = shapely.get_coordinates(child.core) @ matrix.T
    cores: Objects = np.tile(child.core, k)
    moved = (where[:, None] + xy[None]).reshape(-1, 2)
    part = child.take(np.tile(np.arange(n), k))
    part.core = np.asarray(shapely.set_coordinates(cores, moved), object)
    copy = np.repeat(np.arange(k), n)
    place = np.column_stack((part.x, part.y)) @ matrix.T + where[copy]
    part.x, part.y = place[:, 0], place[:, 1]
    mirror, angle, scale = transform
    part.radius = part.radius * scale
    turned = -part.angle if len(mirror) == 1 else part.angle + (180.0 if mirror else 0.0)
    part.angle = np.where(part.form == 0, (turned + angle) % 360, 0.0)
    return part, copy


def _numbered(*keys: NDArray[Any]) -> NDArray[np.int32]:
    """Numbers from 0, a new one wherever a key changes."""
    n = len(keys[0])
    if not n:
        return np.empty(0, np.int32)
    new = np.zeros(n, np.bool_)
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.cumsum(new).astype(np.int32)
