"""A whole board moved, turned or mirrored: every column that holds a place, an angle or a side."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import shapely

from dfmcheck.board import Board, Table


def affine(board: Board, matrix: Any, shift: Any = (0.0, 0.0)) -> Board:
    """The board under x' = M x + t; M turns, and may mirror: then the sides of the board change places as well."""
    matrix, shift = np.asarray(matrix, float), np.asarray(shift, float)
    flip = np.linalg.det(matrix) < 0
    # Where the board's own x axis points; y is down, so angles count the other way round than in mathematics.
    turn = -np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))

    def placed(shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy @ matrix.T + shift)

    def column(values: Any) -> Any:
        out = values.copy()
        there = np.array([isinstance(v, shapely.Geometry) for v in values], bool)
        out[there] = placed(values[there])
        return out

    def spots(table: Table) -> dict[str, Any]:
        x, y = (np.stack([table.x, table.y], 1) @ matrix.T + shift).T
        return {"x": x, "y": y}

    def angles(table: Table) -> dict[str, Any]:
        # Turned over about its own x axis: what stood at an angle from that axis stands as far on its other side.
        return {"angle": (turn - table.angle if flip else table.angle + turn) % 360}

    row = sides(board) if flip else np.arange(len(board.layers), dtype=np.int32)
    last = len(board.copper_layers) - 1
    holes, pads, vias, c = board.holes, board.pads, board.vias, board.components
    swapped: dict[str, dict[str, Any]] = {"holes": {}, "pads": {}, "vias": {}, "components": {}}
    if flip:
        swapped["holes"] = {"first": last - holes.last, "last": last - holes.first}
        swapped["pads"] = {"side": np.array([1, 0, 2], np.int32)[pads.side]}
        swapped["vias"] = {
            "tented_top": vias.tented_bottom, "tented_bottom": vias.tented_top,
            "plugged_top": vias.plugged_bottom, "plugged_bottom": vias.plugged_top,
        }  # fmt: skip
        swapped["components"] = {"side": 1 - c.side}
    tops = (column(c.courtyard_top), column(c.courtyard_bottom))[:: -1 if flip else 1]
    return replace(
        board,
        layers=_with(board.layers, thickness=board.layers.thickness[row]),
        items=_with(board.items, **spots(board.items)),
        features=_with(board.features, core=column(board.features.core), layer=row[board.features.layer]),
        holes=_with(holes, core=column(holes.core), **swapped["holes"]),
        pads=_with(pads, **spots(pads), **angles(pads), **swapped["pads"]),
        vias=_with(vias, **spots(vias), **swapped["vias"]),
        zones=_with(
            board.zones, outline=column(board.zones.outline),
            layers=_objects([frozenset(int(row[i]) for i in on) for on in board.zones.layers]),
        ),
        components=_with(
            c, **spots(c), **angles(c), **swapped["components"],
            courtyard_top=tops[0], courtyard_bottom=tops[1], fab=column(c.fab),
        ),
        texts=_with(
            # A mirrored text is read towards its other end.
            board.texts, angle=(angles(board.texts)["angle"] + 180 * flip) % 360, layer=row[board.texts.layer],
            mirrored=board.texts.mirrored ^ flip,
        ),
        outline=placed(board.outline),
        outline_problems=tuple(
            replace(p, x=float(at[0]), y=float(at[1])) for p in board.outline_problems for at in [matrix @ (p.x, p.y) + shift]
        ),
        stackup=tuple(
            replace(s, name=str(board.layers.name[row[board.layer(s.name)]])) if board.layer(s.name) >= 0 else s
            for s in board.stackup[:: -1 if flip else 1]
        ),
    )  # fmt: skip


def sides(board: Board) -> Any:
    """For each layer the one that takes its place when the board is turned over."""
    names = {str(name): i for i, name in enumerate(board.layers.name)}
    copper = board.copper_layers.tolist()
    inner = dict(zip(copper, reversed(copper)))
    other = {"F": "B", "B": "F"}
    return np.array([inner.get(i, names.get(other.get(name[0], "") + name[1:], i)) for name, i in names.items()], np.int32)


def _with(table: Any, **columns: Any) -> Any:
    return type(table)(**{f.name: columns.get(f.name, getattr(table, f.name)) for f in fields(table)})


def _objects(values: list[Any]) -> Any:
    out = np.empty(len(values), object)
    out[:] = values
    return out
