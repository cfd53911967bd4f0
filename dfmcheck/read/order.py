"""The order of a board's rows: by what things are and where they lie, whatever the order in which the file tells them.

KiCad may write a board's items in another order at each save, and its API hands them out in yet another. Where two places
are as bad a check tells that of the lower row; so what it tells must not hang on the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from ..board import Components, Features, Floats, Ints, Items, Kind, Nets, Objects, Table, Texts, Zones

T = TypeVar("T", bound=Table)
Column = NDArray[Any]
Name = Callable[[int], str]
_POINTS_TO = {name: f"{name}s" for name in ("item", "net", "pad", "via", "zone", "component", "hole")}
"""Columns that hold rows of another table."""
_STEP, _OFF = 1e-3, 0.337e-3
"""mm: places and sizes are told apart in steps. Their borders lie where no grid has a point: rounding moves nothing across."""


def ordered(tables: dict[str, Any], nets: Nets, name: Name = lambda item: "") -> dict[str, Any]:
    """The tables of a board and its nets, keyed as `Board` names them, with their rows in the order of the board.

    Nets and components stand by their names, items by kind and from left to right, all else as its items do.
    name: the uuid of an item, asked for only where two items have all else in common.
    """
    tables = {"nets": nets, "texts": Texts.empty(), **tables}
    new: dict[str, Ints] = {}  # the old row of each new one
    place: dict[str, Ints] = {}  # the new row of each old one

    def settle(key: str, order: Column) -> None:
        new[key] = order.astype(np.int32)
        place[key] = np.full(len(order) + 1, -1, np.int32)  # the last for -1, which is none
        place[key][order] = np.arange(len(order))

    settle("nets", np.argsort(nets.name.astype(str), kind="stable"))
    settle("components", _components(tables["components"], name))
    settle("items", _items(tables, place, name))
    for key in ("holes", "pads", "vias", "zones"):
        settle(key, np.argsort(place["items"][tables[key].item], kind="stable"))
    texts: Texts = tables["texts"]
    settle("texts", np.lexsort((texts.layer, place["items"][texts.item])))
    settle("features", _features(tables["features"], place["items"]))
    return {key: _moved(tables[key], order, place) for key, order in new.items()}


def _moved(table: T, order: Ints, place: dict[str, Ints]) -> T:
    """A table's rows in their new order, pointing to the new rows of others."""
    columns = {}
    for f in fields(table):
        column = getattr(table, f.name)[order]
        if f.name in _POINTS_TO:
            column = place[_POINTS_TO[f.name]][column]
        elif f.name == "tie":
            column = _renumbered(column)
        column.flags.writeable = False
        columns[f.name] = column
    return type(table)(**columns)


def _renumbered(group: Ints) -> Ints:
    """Groups (-1 for none) numbered in the order of their first members."""
    old, first, which = np.unique(group, return_index=True, return_inverse=True)
    number = np.argsort(np.argsort(np.where(old < 0, -1, first)))
    return (number - (old < 0).any()).astype(np.int32)[which]


def _components(c: Components, name: Name) -> Column:
    return _sorted(
        [c.ref.astype(str), *_grid(c.x, c.y)],
        lambda rows: [c.side[rows], c.angle[rows], *(column[rows].astype(str) for column in (c.footprint, c.value))],
        lambda row: name(int(c.item[row])),
    )


def _items(tables: dict[str, Any], place: dict[str, Ints], name: Name) -> Column:
    items: Items = tables["items"]
    component = np.zeros(len(items), np.int32)
    c: Components = tables["components"]
    component[c.item] = place["components"][:-1]

    def more(rows: Column) -> list[Column]:
        of = place["components"][items.component[rows]], place["nets"][items.net[rows]], items.label[rows].astype(str)
        return [*of, *_extent(tables["features"], tables["zones"], rows, len(items))]

    return _sorted([items.kind, component, *_grid(items.x, items.y)], more, name)


def _extent(f: Features, zones: Zones, items: Column, count: int) -> list[Column]:
    """Of items: how far they reach, the first layer that they are on, how thick they are, and whether they rise or fall."""
    wanted = np.zeros(count, np.bool_)
    wanted[items] = True
    rows, drawn = np.flatnonzero(wanted[f.item]), np.flatnonzero(wanted[zones.item])
    of, core = np.r_[f.item[rows], zones.item[drawn]], np.r_[f.core[rows], zones.outline[drawn]]
    layer = np.r_[f.layer[rows], [min(on, default=-1) for on in zones.layers[drawn].tolist()]]
    out = [np.full(count, np.inf) for _ in range(7)]
    reach = _grid(*(shapely.bounds(core) * [1, 1, -1, -1]).T)
    thickness = _grid(-np.r_[f.radius[rows], np.zeros(len(drawn))])
    for column, value in zip(out, (*reach, layer, *thickness, _lean(core))):
        np.minimum.at(column, of, value)
    return [column[items] for column in out]


def _lean(core: Objects) -> Floats:
    """Which of the two diagonals of its box a line is, if any: their bounds are the same."""
    start, end = shapely.get_point(core, 0), shapely.get_point(core, -1)
    right, down = (np.round(get(end) - get(start), 6) for get in (shapely.get_x, shapely.get_y))
    return np.asarray(np.nan_to_num(np.sign(right * down)))


def _features(f: Features, item: Ints) -> Column:
    """By item and layer; what one item has on one layer by where it lies. The strokes of a text stay as its words draw them."""
    columns = [item[f.item], f.layer, np.where(f.kind == Kind.TEXT, np.arange(len(f)), 0)]
    return _sorted(columns, lambda rows: [*_grid(*shapely.bounds(f.core[rows]).T, f.radius[rows]), _lean(f.core[rows])])


def _grid(*columns: Floats) -> list[Column]:
    return [(np.nan_to_num(column) - _OFF) // _STEP for column in columns]


def _sorted(columns: Sequence[Column], more: Callable[[Column], Sequence[Column]], name: Name | None = None) -> Column:
    """Rows in the order of columns, equals in that of more columns, and what is equal still in that of names."""
    order = np.lexsort([*reversed(columns)])
    tied, run = _ties([column[order] for column in columns])
    if not len(tied):
        return order
    rows = order[tied]
    extra = more(rows)
    finer = np.lexsort([*reversed(extra), run])
    order[tied] = rows = rows[finer]
    if name is not None:
        still, run = _ties([run, *(column[finer] for column in extra)])
        named = sorted((r, name(row), row) for r, row in zip(run.tolist(), rows[still].tolist()))
        order[tied[still]] = [row for *_, row in named]
    return order


def _ties(columns: Sequence[Column]) -> tuple[Column, Column]:
    """The rows that equal the one before or after, and the number of the run of equals that each of them is in."""
    change = np.zeros(len(columns[0]), np.bool_)
    for column in columns:
        change[1:] |= column[1:] != column[:-1]
    run = np.cumsum(change)
    tied = np.flatnonzero(np.bincount(run)[run] > 1)
    return tied, run[tied]
