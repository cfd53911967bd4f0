"""Areas with holes that were written as one ring, with zero-width slits from the shell to the holes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..board import Floats

_LONGEST = 1000
"""Slits in a row that are followed; a real fill has two or three."""


def rings_of(xy: Floats) -> list[list[Floats]]:
    """Open the slits of a ring (N x 2): a list of areas, each its shell and then its holes.

    An edge that is walked once each way is a slit. Where the walk comes to a slit it goes on behind the slit's way back;
    so the pieces of the walk between slits close to the shell (the ring of the largest area) and the holes, which turn the
    other way. The signed areas of the rings sum to that of the ring given. A ring without slits is returned as it is.
    """
    if len(xy) > 1 and (xy[0] == xy[-1]).all():
        xy = xy[:-1]
    n = len(xy)
    if n < 4:
        return [[xy]]
    _, corner = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    if int(corner.max()) + 1 == n:
        return [[xy]]
    a = corner.astype(np.int64)
    b = np.roll(a, -1)
    here, back = a * n + b, b * n + a
    order = np.argsort(here, kind="stable")
    twin = order[np.minimum(np.searchsorted(here, back, sorter=order), n - 1)]
    still = a == b
    twin[still] = np.flatnonzero(still)
    slit = ((here[twin] == back) & (twin[twin] == np.arange(n))) | still
    rings = [xy[walk] for walk in _walks(slit, twin) if len(walk) > 2] if slit.any() else []
    if not rings:
        return [[xy]]
    sizes = areas(rings)
    largest = int(np.argmax(np.abs(sizes)))
    alike = np.flatnonzero(sizes * sizes[largest] > 0).tolist()
    holes = [r for r, size in zip(rings, sizes) if size * sizes[largest] < 0]
    return [[rings[largest], *holes], *([rings[i]] for i in alike if i != largest)]


def areas(rings: list[Floats]) -> Floats:
    """Signed areas of rings whose first points are not repeated."""
    sizes = np.array([len(r) for r in rings])
    first = np.cumsum(sizes) - sizes
    xy = np.concatenate(rings)
    xy = xy - np.repeat(xy[first], sizes, axis=0)  # near the origin, so that nothing is lost
    follow = np.arange(1, len(xy) + 1)
    follow[first + sizes - 1] = first
    x, y = xy[:, 0], xy[:, 1]
    return np.add.reduceat(x * y[follow] - y * x[follow], first) / 2


def _walks(slit: NDArray[Any], twin: NDArray[Any]) -> list[NDArray[Any]]:
    """Edges of each closed walk that leaves the slits out."""
    n = len(slit)
    follow = np.arange(1, n + 1) % n
    ends = np.flatnonzero(~slit & slit[follow])
    starts = follow[ends]
    for _ in range(_LONGEST):
        on = slit[starts]
        if not on.any():
            break
        starts[on] = follow[twin[starts[on]]]
    nexts = (np.searchsorted(ends, starts) % max(len(ends), 1)).tolist()
    seen = [False] * len(ends)
    walks = []
    for first in range(len(ends)):
        pieces, k = [], first
        while not seen[k]:
            seen[k] = True
            start, end = int(starts[k]), int(ends[nexts[k]])
            pieces.append(np.arange(start, end + 1 if end >= start else end + 1 + n) % n)
            k = nexts[k]
        if pieces:
            walks.append(np.concatenate(pieces))
    return walks
