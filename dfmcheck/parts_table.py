"""The components of a design as the JSON report lists them: what each was taken for, and from what."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

from .board import Board
from .report import number

_SIDES = ("top", "bottom")


def component_table(board: Board) -> tuple[dict[str, Any], ...]:
    """One object per component, in natural order of the references (C2 before C10), then by place.

    `x`, `y`, `pin1` and `body` (left, top, right, bottom) are mm on the board; `size` is the imperial code of a chip; the
    `*_source` keys say what a value is from. What is not known is null.
    """
    c, parts, pads = board.components, board.derived.parts(), board.pads
    bounds = shapely.bounds(parts.body)
    rows = []
    for i in range(len(c)):
        first = int(parts.pin1[i])
        known = bool(np.isfinite(bounds[i]).all())
        rows.append({
            "ref": str(c.ref[i]), "value": str(c.value[i]), "footprint": str(c.footprint[i]),
            "side": _SIDES[int(c.side[i] == 1)], "x": number(c.x[i]), "y": number(c.y[i]), "angle": number(c.angle[i]),
            "mount": parts.mount[i], "family": parts.family[i] or None, "family_source": parts.family_source[i] or None,
            "size": parts.size[i] or None, "pitch": number(parts.pitch[i]), "pins": int(parts.pins[i]),
            "body": [number(v) for v in bounds[i]] if known else None, "body_source": parts.body_source[i] or None,
            "height": number(parts.height[i]), "height_source": parts.height_source[i] or None,
            "pin1": None if first < 0 else [number(pads.x[first]), number(pads.y[first])],
            "polarised": bool(parts.polarised[i]), "fitted": bool(parts.fitted[i]),
            "inferred": bool(board.items.inferred[c.item[i]]),
        })  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (natural(row["ref"]), row["x"] or 0.0, row["y"] or 0.0, row["footprint"])))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Key to sort by as people count: the digits in a text as numbers."""
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", text)]
