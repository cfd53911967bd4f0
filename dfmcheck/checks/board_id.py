"""Whether the board says what it is."""

from __future__ import annotations

import re

import numpy as np

from ..board import Board, Ints
from ..check import Context, Measurements, check
from ..freeplace import free_rectangle

_WORD = re.compile(r"[A-Za-z]{3,}|\d{3,}")
_REVISION = re.compile(
    r"(?<![a-z0-9])(?:(?:rev|revision|ver|version|issue|release)[\s._:#-]*(?:\d|[a-z](?![a-z]))|[vr][\s._-]?\d)"
    r"|(?<!\d)20\d\d[-./ ]\d\d?(?!\d)|(?<!\d)\d\d?[-./]\d\d?[-./]20\d\d(?!\d)",
    re.IGNORECASE,
)
"""A word for a revision with a number or letter, or a date."""
_VARIABLE = re.compile(r"\$\{([^${}]+)\}")
_KNOWN = re.compile(
    r".*\(.*\)|CURRENT_DATE|VCS(SHORT)?HASH|KICAD_VERSION|SHEET(NAME|PATH|FILE)|OP(:.*)?|DNP|EXCLUDE_FROM_\w+", re.I
)
"""Variables that KiCad itself replaces when it plots."""
_TINY = 4.0
"""A board of less than this many times the area of the label has no room for one."""


@check("board_id", minima="label_area")
def board_id(ctx: Context) -> Measurements:
    """Texts of silk and copper with variables that nothing defines; a board without a text that tells its name or revision.

    A name is a word of the board's file name, a revision a word such as `rev` or `v` with a number or letter, or a date.
    References and values of parts are no identification. `label_area`, where a profile states it, judges the area in mm2
    of the largest rectangle that is free of parts, openings and ink, see `dfmcheck.freeplace`.
    """
    board = ctx.board
    t = board.texts
    rows = np.flatnonzero(np.isin(board.layers.role.astype(str), ["silk", "copper"])[t.layer]).astype(np.int32)
    parts = [Measurements.none(len(rows)), _unresolved(board, rows), _identified(board, rows)]
    limit = ctx.limit("label_area")
    if limit is not None and board.outline.area >= _TINY * limit:
        area, x, y = free_rectangle(board)
        parts.append(Measurements.of(area, checked=0, param="label_area", a=-1, x=x, y=y, detail=_where(area)))
    return Measurements.join(parts)


def _where(area: float) -> str:
    return "" if area > 0 else "parts, openings and ink leave no free place"


def _unresolved(board: Board, rows: Ints) -> Measurements:
    t, items = board.texts, board.items
    names = {
        row: [n for n in _VARIABLE.findall(str(items.label[t.item[row]])) if not _KNOWN.fullmatch(n)] for row in rows.tolist()
    }
    found = np.array([row for row, unknown in names.items() if unknown], np.int32)
    item = t.item[found]
    return Measurements.of(
        np.full(len(found), np.nan), checked=0, param="", a=item, x=items.x[item], y=items.y[item], layer=t.layer[found],
        cause="*variables", detail=[f"nothing defines ${{{names[row][0]}}}, which is printed so" for row in found.tolist()],
    )  # fmt: skip


def _identified(board: Board, rows: Ints) -> Measurements:
    t, c = board.texts, board.components
    labels = board.items.label[t.item[rows]].tolist()
    texts = [
        _VARIABLE.sub("", str(label)) for label, role, part in zip(labels, t.role[rows].tolist(), t.component[rows].tolist())
        if role not in ("reference", "value") and (part < 0 or label not in (c.ref[part], c.value[part]))
    ]  # fmt: skip
    if any(_REVISION.search(text) for text in texts):
        return Measurements.none(0)
    said = " ".join(texts).lower()
    named = any(word.lower() in said for word in _WORD.findall(board.name))
    what = "the revision of the board" if named else "the name or the revision of the board"
    x0, y0, x1, y1 = (0.0,) * 4 if board.outline.is_empty else board.outline.bounds
    return Measurements.of(
        np.nan, checked=0, param="", a=-1, x=(x0 + x1) / 2, y=(y0 + y1) / 2, detail=f"no text in silk or copper tells {what}"
    )
