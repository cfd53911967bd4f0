"""Numbers and outlines as few bytes: whole µm, differences, varints; `viewer_model.js` reads them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from ...board import Floats, Ints, Objects

Longs = NDArray[np.int64]
MICRO = 1000.0
"""Coordinate units in a mm."""


def varints(values: Any) -> bytes:
    """Whole numbers, zigzag (0, -1, 1, -2...) and seven bits a byte, the lowest first; the high bit says that more follow."""
    v = np.asarray(values, np.int64)
    u = ((v << 1) ^ (v >> 63)).astype(np.uint64)
    size = np.ones(len(u), np.int64)
    for bits in range(7, 64, 7):
        size += u >> np.uint64(bits) > 0
    start = np.cumsum(size) - size
    out = np.zeros(int(size.sum()), np.uint8)
    for k in range(int(size.max(initial=0))):
        more = np.flatnonzero(size > k)
        low = (u[more] >> np.uint64(7 * k)) & np.uint64(127)
        out[start[more] + k] = low.astype(np.uint8) | np.where(size[more] > k + 1, 128, 0).astype(np.uint8)
    return out.tobytes()


def steps(values: Any) -> Longs:
    """Each number less the one before."""
    v = np.asarray(values, np.int64)
    return v - np.r_[np.int64(0), v[:-1]] if len(v) else v


def packed(header: Mapping[str, Any], streams: Mapping[str, Any]) -> bytes:
    """A raw deflate stream of: the length of the header (4 bytes, little-endian), the header as JSON, the streams' varints.

    The header is told how many numbers each stream has, in the order in which they stand.
    """
    known = {**header, "streams": {name: len(values) for name, values in streams.items()}}
    text = json.dumps(known, separators=(",", ":")).encode("ascii")
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts: Iterable[bytes] = (len(text).to_bytes(4, "little"), text, *(varints(values) for values in streams.values()))
    return b"".join([*(deflate.compress(part) for part in parts), deflate.flush()])


class Shapes(NamedTuple):
    """Distinct cores. Each is a run of rings, each of them a run of points in whole µm; a polygon's first point is not
    repeated at the end, its outer rings run one way and its holes the other, so that they fill by the nonzero rule."""

    kind: Ints
    """0 point, 1 line, 2 polygon."""
    rings: Longs
    """How many a shape has."""
    size: Longs
    """How many points a ring has."""
    xy: Longs


def distinct(cores: Iterable[Any]) -> tuple[Objects, Longs]:
    """The different ones among cores in the order of their first, and which of them each is."""
    cores = list(cores)
    seen: dict[bytes, int] = {}
    of = [seen.setdefault(wkb, len(seen)) for wkb in shapely.to_wkb(np.asarray(cores, object)).tolist()] if cores else []
    numbers = np.asarray(of, np.int64)
    out = np.empty(len(seen), object)
    out[:] = [cores[i] for i in np.unique(numbers, return_index=True)[1]]
    return out, numbers


def shapes(cores: Objects, origin: Floats) -> Shapes:
    """The cores (mm) as whole µm from an origin (mm). None of them may be empty."""
    type_id = shapely.get_type_id(cores)
    area = np.isin(type_id, (3, 6))
    own, whole = np.flatnonzero(area), np.flatnonzero(~area)
    parts, of_part = shapely.get_parts(shapely.orient_polygons(cores[own]), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    lines, of_line = shapely.get_parts(cores[whole], return_index=True)
    pieces, owner = np.r_[rings, lines], np.r_[own[of_part[of_ring]], whole[of_line]].astype(np.int64)
    order = np.argsort(owner, kind="stable")
    pieces, owner = pieces[order], owner[order]
    xy, piece = shapely.get_coordinates(pieces, return_index=True)
    whole_xy = np.rint((xy - origin) * MICRO).astype(np.int64)
    last = np.r_[piece[1:] != piece[:-1], True] if len(piece) else np.empty(0, np.bool_)
    first = np.r_[True, last[:-1]] if len(piece) else last
    again = np.r_[False, (whole_xy[1:] == whole_xy[:-1]).all(axis=1)] if len(piece) else last
    keep = first | ~(again | (last & area[owner[piece]]))
    size = np.bincount(piece[keep], minlength=len(pieces))
    kind = np.where(area, 2, np.where(type_id == 0, 0, 1)).astype(np.int32)
    return Shapes(kind, np.bincount(owner, minlength=len(cores)), size, whole_xy[keep])
