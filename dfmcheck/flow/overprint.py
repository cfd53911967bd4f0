"""Room for paste around leads: apertures larger than their land, up to where the paste of the next lead begins."""

from __future__ import annotations

import numpy as np
import shapely

from ..board import Floats, Ints, Objects

_STEPS = 40
"""Halvings that find the size of an aperture to a thousandth of a micrometre."""


def axes(part: Ints, xy: Floats) -> Floats:
    """Radians, one a lead: the direction from the first lead of its part to the nearest other; 0 of a single lead."""
    part = np.unique(part, return_inverse=True)[1].astype(np.int32)
    order = np.argsort(part, kind="stable")
    first = order[np.r_[True, np.diff(part[order]) != 0]] if len(order) else order
    way = xy - xy[first[part]]
    far = np.round(np.hypot(way[:, 0], way[:, 1]), 6)
    others = np.lexsort((way[:, 1], way[:, 0], far, part))
    others = others[far[others] > 0]
    nearest = others[np.r_[True, np.diff(part[others]) != 0]] if len(others) else others
    turn = np.zeros(len(first), np.float64)
    turn[part[nearest]] = np.arctan2(way[nearest, 1], way[nearest, 0])
    return np.asarray(turn[part], np.float64)


def room(part: Ints, xy: Floats, turn: Floats, clear: float, reach: float) -> Floats:
    """N x 4: how far the aperture of a lead may go from its middle along -x, +x, -y, +y of its axes.

    Halfway to each other lead of its part less half of `clear`, on the axis along which they are farther apart, so that no
    two apertures of a part meet; nowhere farther than `reach`.
    """
    out = np.full((len(xy), 4), reach)
    points, far = shapely.points(xy), np.sqrt(2) * (2 * reach + clear)  # the corners of two apertures that are turned
    i, j = shapely.STRtree(points).query(shapely.box(*(xy - far).T, *(xy + far).T))
    kin = (part[i] == part[j]) & (i != j)
    i, j = i[kin], j[kin]
    way = xy[j] - xy[i]
    cos, sin = np.cos(turn[i]), np.sin(turn[i])
    x, y = np.round(way[:, 0] * cos + way[:, 1] * sin, 6), np.round(way[:, 1] * cos - way[:, 0] * sin, 6)
    along = np.abs(x) >= np.abs(y)
    where = np.where(along, np.where(x < 0, 0, 1), np.where(y < 0, 2, 3))
    np.minimum.at(out.reshape(-1), i * 4 + where, np.maximum((np.where(along, np.abs(x), np.abs(y)) - clear) / 2, 0.0))
    return out


def fitted(area: Floats, room: Floats) -> Floats:
    """N x 4: how far apertures of this area go along -x, +x, -y, +y: a square, and longer where the room stops it on a side.

    Where even all the room is less than the area, all of it.
    """
    low, high = np.zeros(len(area)), room.max(axis=1, initial=0.0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        small = size(np.minimum(room, middle[:, None])) < area
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return np.asarray(np.minimum(room, high[:, None]), np.float64)


def size(ends: Floats) -> Floats:
    """mm2 of rectangles that go so far."""
    return np.asarray((ends[:, 0] + ends[:, 1]) * (ends[:, 2] + ends[:, 3]), np.float64)


def shapes(xy: Floats, turn: Floats, ends: Floats) -> Objects:
    """The apertures as polygons on the board."""
    x = np.stack([-ends[:, 0], ends[:, 1], ends[:, 1], -ends[:, 0]], axis=1)
    y = np.stack([-ends[:, 2], -ends[:, 2], ends[:, 3], ends[:, 3]], axis=1)
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    corners = np.stack([xy[:, :1] + x * cos - y * sin, xy[:, 1:] + x * sin + y * cos], axis=-1)
    return np.asarray(shapely.polygons(corners), object)
