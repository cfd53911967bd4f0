"""Where boards are parted: scores and rows of break-off holes, as the design draws or names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .board import Board, Bools, Floats, Ints, Kind, Objects, Table, column
from .panel_lines import Lines, straight
from .panel_tabs import bridges, rows_of_bites

_NAME = re.compile(
    r"(?<![a-z])(?<!to-)v[\s._-]*(?:cut|scor|groov|grv|ritz|カット|溝|割|槽|刻|컷)|(?<![a-z])scor(?:e|ing)[\s._-]*line|ritzlinie|rainurage",
    re.IGNORECASE,
)
"""How scores are called: V-cut, V.CUT, VSCORE, v-groove, score line, and in some other languages."""
_LEAST = 5.0
"""mm that a score runs on the board at least."""
_AT_RIM = 1.0
"""mm by which a drawn score may stop short of the edge of the board."""
_NEAR_TEXT = 3.0
"""mm from a text to the line that it names."""
_ON_RIM = 0.1
"""mm from the rim within which a line is the rim itself."""
_SAMPLES = 40
"""Points along a line that tell how much of it lies on the board."""


@dataclass(frozen=True, slots=True, eq=False)
class Breaklines(Table):
    """One row per straight line along which a panel or a board is parted."""

    core: Objects = column("O")
    """LineString."""
    method: Objects = column("O")
    """str: score (V-score), tab (a row of mouse bites or a routed tab)."""
    item: Ints = column("i4")
    """Row in `Board.items`; -1 where no single item draws it."""
    source: Objects = column("O")
    """str: why it is taken for one, such as `layer V-Cut`, `text "V-SCORE"`, `mouse bites`."""


def breaklines(board: Board) -> Breaklines:
    """Every break line that the design tells of; empty where it tells of none, which says nothing about the maker's panel.

    A drawn line is a score by a name only: that of its layer or film, or a text beside it; or because it is drawn with the
    outline and parts the board from edge to edge. A line that several of these tell of has one row.
    """
    found = [
        (lines := Lines.merged(cores, items, gap=_LEAST), [name] * len(lines)) for cores, items, name in named_drawings(board)
    ]
    found += [_of_texts(board), _of_outline(board)]
    core, item, source = _distinct(board, found)
    bites, holes = rows_of_bites(board)
    bridged = bridges(board, [*core, *bites])
    return Breaklines.of(
        core=[*core, *bites, *bridged], item=[*item, *holes, *[-1] * len(bridged)],
        method=["score"] * len(core) + ["tab"] * (len(bites) + len(bridged)),
        source=[*source, *["mouse bites"] * len(bites), *["a bridge between slots"] * len(bridged)],
    )  # fmt: skip


def names_score(names: Objects) -> Bools:
    """Which of the texts name a V-score."""
    texts = [str(name) for name in names]
    if _NAME.search("\n".join(texts)) is None:  # as on most boards
        return np.zeros(len(texts), np.bool_)
    return np.array([_NAME.search(text) is not None for text in texts], np.bool_)


def named_drawings(board: Board) -> list[tuple[Objects, Ints, str]]:
    """What stands on layers and films that are named for scores: cores, rows of `Board.items` (-1 of a film), the name."""
    f, layers, found = board.features, board.layers, []
    for layer in np.flatnonzero((names_score(layers.name) | names_score(layers.alias)) & (layers.role != "copper")).tolist():
        rows = np.flatnonzero((f.layer == layer) & np.isin(f.kind, (Kind.GRAPHIC, Kind.EDGE)))
        found.append((f.core[rows], f.item[rows], f"layer {layers.alias[layer] or layers.name[layer]}"))
    # A package may have films that the model has no layer for.
    package = board.package if board.sources and board.sources[0].kind != "kicad_pcb" else None
    for entry in package.entries if package is not None else ():
        if package is None or entry.image is None or entry.role.kind not in ("user", "drawing", "unknown"):
            continue
        name = re.split(r"[/\\]", package.path(entry))[-1]
        function = ",".join(entry.image.file.get(".FileFunction", ()))
        if names_score(np.array([name, function], object)).any():
            graphics = entry.image.graphics
            found.append((graphics.core, np.full(len(graphics), -1, np.int32), f"film {name}"))
    return found


def _of_texts(board: Board) -> tuple[Lines, list[str]]:
    """Lines that a text beside them, or on their own drawing layer, calls scores."""
    texts, f = board.texts, board.features
    rows = np.flatnonzero(names_score(board.items.label[texts.item]) & (board.layers.role != "copper")[texts.layer])
    parts: list[Lines] = []
    names: list[str] = []
    if not len(rows):
        return Lines.join(parts), names
    drawn = np.isin(board.layers.role, ("user", "edge", "silk", "margin", "fab"))
    beside = _across(board, straight(board, np.flatnonzero(drawn).tolist(), gap=_LEAST))
    for row in rows.tolist():
        item, layer = int(texts.item[row]), int(texts.layer[row])
        lines = Lines.join([])
        if board.layers.role[layer] == "user":
            lines = _across(board, straight(board, [layer], gap=_LEAST))
        if not len(lines) and len(beside):
            strokes = f.core[(f.item == item) & (f.layer == layer)]
            place = shapely.box(*shapely.total_bounds(strokes)) if len(strokes) else None
            place = place or shapely.Point(board.items.x[item], board.items.y[item])
            far = shapely.distance(place, beside.core)
            lines = beside.take(np.flatnonzero((far <= _NEAR_TEXT) & (far == far.min())))
        parts.append(lines)
        names += [f'text "{" ".join(str(board.items.label[item]).split())}"'] * len(lines)
    return Lines.join(parts), names


def _of_outline(board: Board) -> tuple[Lines, list[str]]:
    """Lines drawn with the outline that part the board: from its rim, or another such line, to the next."""
    lines = straight(board, board.layers_with("edge").tolist(), gap=_ON_RIM)
    lines = lines.take(_inside(board, lines) >= _LEAST)
    while len(lines):
        ends = lines.ends()
        other = shapely.distance(ends[:, :, None], lines.core[None, None, :]) <= _AT_RIM
        other[np.arange(len(lines)), :, np.arange(len(lines))] = False
        keep = (_at_rim(board, ends) | other.any(axis=2)).all(axis=1)
        if keep.all():
            break
        lines = lines.take(keep)
    return lines, ["a line of the outline from edge to edge"] * len(lines)


def _across(board: Board, lines: Lines) -> Lines:
    """The lines that run across the board from edge to edge, and not along its rim."""
    lines = lines.take(shapely.length(lines.core) >= _LEAST)
    lines = lines.take(_at_rim(board, lines.ends()).all(axis=1))
    return lines.take(_inside(board, lines) >= _LEAST)


def _inside(board: Board, lines: Lines) -> Floats:
    """About how many mm of each line lie on the board and away from its rim."""
    length = shapely.length(lines.core)
    if board.outline.is_empty or not len(lines):
        return np.zeros(len(lines))
    out = np.zeros(len(lines))
    shapely.prepare(board.outline)
    rim, rows = _rim(board), np.flatnonzero(length >= _LEAST)
    for count in (12, _SAMPLES):  # most lines of an outline are its rim, which a few points tell
        shares = (np.arange(count) + 0.5) / count
        points = shapely.line_interpolate_point(lines.core[rows][:, None], shares[None, :], normalized=True)
        off = ~shapely.dwithin(rim, points, _ON_RIM)
        if count == _SAMPLES:
            out[rows] = (off & shapely.intersects(board.outline, points)).mean(axis=1)
        rows = rows[off.any(axis=1)]
    return np.asarray(out * length)


def _at_rim(board: Board, points: Objects) -> Bools:
    """Which points lie near the rim of the board or beyond."""
    if board.outline.is_empty or not points.size:
        return np.zeros(points.shape, np.bool_)
    shapely.prepare(board.outline)
    beyond = ~shapely.intersects(board.outline, points)
    return np.asarray(beyond | shapely.dwithin(_rim(board), points, _AT_RIM), np.bool_)


def _rim(board: Board) -> Any:
    rim = shapely.boundary(board.outline)
    shapely.prepare(rim)
    return rim


def _distinct(board: Board, found: list[tuple[Lines, list[str]]]) -> tuple[list[Any], list[int], list[str]]:
    """Lines that reach the board, each once: one that lies along another that was told before is dropped."""
    core: list[Any] = []
    item: list[int] = []
    source: list[str] = []
    for lines, names in found:
        for k in np.flatnonzero(shapely.length(lines.core) >= _LEAST).tolist():
            line = lines.core[k]
            if not board.outline.is_empty and not shapely.dwithin(line, board.outline, _AT_RIM):
                continue
            told = shapely.buffer(shapely.MultiLineString(core), 2 * _ON_RIM)
            if shapely.length(shapely.difference(line, told)) <= 2 * _AT_RIM:
                continue
            core.append(line)
            item.append(int(lines.item[k]))
            source.append(names[k])
    return core, item, source
