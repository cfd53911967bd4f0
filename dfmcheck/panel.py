"""Where boards are parted: scores and rows of break-off holes, as the design draws or names them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely

from .board import Board, Bools, Ints, Objects, Table, column
from .panel_lines import Lines, straight
from .panel_tabs import tabs

_NAME = re.compile(
    r"(?<![a-z])v[\s._-]*(?:cut|scor|groov|grv|ritz|カット|溝|割|槽|刻|컷)|(?<![a-z])scor(?:e|ing)[\s._-]*line|ritzlinie|rainurage",
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
"""mm from the rim within which a line is the rim itself, or ends on it."""


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
    named = names_score(board.layers.name) | names_score(board.layers.alias)
    found: list[tuple[Lines, list[str]]] = []
    for layer in np.flatnonzero(named & (board.layers.role != "copper")).tolist():
        lines = straight(board, [layer], gap=_LEAST)
        name = str(board.layers.alias[layer] or board.layers.name[layer])
        found.append((lines, [f"layer {name}"] * len(lines)))
    found += [_of_films(board), _of_texts(board), _of_outline(board)]
    core, item, source = _distinct(board, found)
    bites = tabs(board, core)
    return Breaklines.of(
        core=[*core, *bites.core], method=["score"] * len(core) + ["tab"] * len(bites), item=[*item, *bites.item],
        source=[*source, *bites.source],
    )  # fmt: skip


def names_score(names: Objects) -> Bools:
    """Which of the texts name a V-score."""
    return np.array([bool(_NAME.search(str(name))) for name in names], np.bool_)


def _of_films(board: Board) -> tuple[Lines, list[str]]:
    """Films of a package that the model has no layer for."""
    films, names = [], []
    package = board.package if board.sources and board.sources[0].kind != "kicad_pcb" else None
    for entry in package.entries if package is not None else ():
        if entry.image is None or entry.role.kind not in ("user", "drawing", "unknown"):
            continue
        name = re.split(r"[/\\]", package.path(entry) if package is not None else "")[-1]
        function = ",".join(entry.image.file.get(".FileFunction", ()))
        if names_score(np.array([name, function], object)).any():
            lines = Lines.merged(entry.image.graphics.core, np.full(len(entry.image.graphics), -1, np.int32), gap=_LEAST)
            films.append(lines)
            names += [f"film {name}"] * len(lines)
    return Lines.join(films), names


def _of_texts(board: Board) -> tuple[Lines, list[str]]:
    """Lines that a text beside them, or on their own drawing layer, calls scores."""
    texts, f = board.texts, board.features
    rows = np.flatnonzero(names_score(board.items.label[texts.item]) & (board.layers.role != "copper")[texts.layer])
    if not len(rows):
        return Lines.join([]), []
    drawn = np.flatnonzero(np.isin(board.layers.role, ("user", "edge", "silk", "margin", "fab")))
    beside = straight(board, drawn.tolist(), gap=_LEAST)
    beside = beside.take(crosses(board, beside.core))
    parts, names = [], []
    for row in rows.tolist():
        item, layer = int(texts.item[row]), int(texts.layer[row])
        name = f'text "{" ".join(str(board.items.label[item]).split())}"'
        lines = Lines.join([])
        if board.layers.role[layer] == "user":
            lines = straight(board, [layer], gap=_LEAST)
            lines = lines.take(crosses(board, lines.core))
        if not len(lines) and len(beside):
            strokes = f.core[(f.item == item) & (f.layer == layer)]
            place = shapely.box(*shapely.total_bounds(strokes)) if len(strokes) else None
            place = place or shapely.Point(board.items.x[item], board.items.y[item])
            far = shapely.distance(place, beside.core)
            lines = beside.take(np.flatnonzero((far <= _NEAR_TEXT) & (far == far.min())))
        parts.append(lines)
        names += [name] * len(lines)
    return Lines.join(parts), names


def _of_outline(board: Board) -> tuple[Lines, list[str]]:
    """Lines drawn with the outline that cross the board, from its rim or another such line to the next."""
    lines = straight(board, board.layers_with("edge").tolist(), gap=_ON_RIM)
    lines = lines.take(crosses(board, lines.core))
    while len(lines):
        ends = shapely.points(np.stack([lines.start, lines.end], axis=1))
        rim = shapely.distance(ends, shapely.boundary(board.outline)) <= _ON_RIM
        rim |= ~shapely.intersects(board.outline, ends)
        other = shapely.distance(ends[:, :, None], lines.core[None, None, :]) <= _ON_RIM
        other[np.arange(len(lines)), :, np.arange(len(lines))] = False
        keep = (rim | other.any(axis=2)).all(axis=1)
        if keep.all():
            break
        lines = lines.take(keep)
    return lines, ["a line of the outline from edge to edge"] * len(lines)


def crosses(board: Board, cores: Objects) -> Bools:
    """Which straight lines run across the board, away from its rim, until near its edge or another line's end beyond."""
    if not len(cores):
        return np.zeros(0, np.bool_)
    if board.outline.is_empty:
        return np.zeros(len(cores), np.bool_)
    core = shapely.buffer(board.outline, -_ON_RIM, join_style="mitre")
    long = shapely.length(shapely.intersection(core, cores)) >= _LEAST
    ends = np.stack([shapely.get_point(cores, 0), shapely.get_point(cores, -1)])
    inner = shapely.buffer(board.outline, -_AT_RIM, join_style="mitre")
    return np.asarray(long & ~shapely.intersects(inner, ends).any(axis=0), np.bool_)


def _distinct(board: Board, found: list[tuple[Lines, list[str]]]) -> tuple[list[object], list[int], list[str]]:
    """Lines that reach the board, each once: one that lies along another that was told before is dropped."""
    core: list[object] = []
    item: list[int] = []
    source: list[str] = []
    for lines, names in found:
        for k in np.flatnonzero(shapely.length(lines.core) >= _LEAST).tolist():
            line = lines.core[k]
            if not board.outline.is_empty and not shapely.dwithin(line, board.outline, _AT_RIM):
                continue
            if core and (shapely.hausdorff_distance(shapely.intersection(
                line, shapely.buffer(np.array(core, object), _ON_RIM * 2)), line) <= _AT_RIM).any():
                continue
            core.append(line)
            item.append(int(lines.item[k]))
            source.append(names[k])
    return core, item, source
