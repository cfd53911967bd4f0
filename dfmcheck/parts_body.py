"""Bodies, envelopes and heights of components."""

from __future__ import annotations

import numpy as np
import shapely

from .board import Components, Floats, Objects

HEIGHTS = {
    "chip-S": 0.6, "chip-L": 1.5, "SOT": 1.2, "SO": 1.8, "QFP": 1.6, "QFN": 1.0, "BGA": 2.0, "PLCC": 4.0, "conn-SMT": 6.0,
    "conn-THT": 6.0, "tall": 8.0, "xtal": 1.2, "module": 3.2, "shield": 3.0, "DIP": 5.0, "axial": 3.0, "radial": 8.0, "THT": 8.0,
}  # fmt: skip
"""mm above the board where nothing else tells: rule catalogue, section 1.1; engineering judgement for kinds not named there."""
HIGHEST = 150.0
"""mm; a field that tells more tells something else, or in another unit."""
KEY = 19.05
"""mm: pitch of keyboards; a fab drawing of that square is the cap above the switch, which touches nothing on the board."""
_LEAST = 0.1
"""A fab outline smaller than this share of the courtyard, or of the hull of the lands, is a mark, not the body."""

_MOST = 1.1
"""A fab drawing of more than this share of the courtyard shows more than the body: what is plugged in, say."""


def bodies(c: Components, hulls: Objects) -> tuple[Objects, Objects, Objects]:
    """Body, what it is from, and envelope (body and hull of the lands together) of each component, None for none."""
    n = len(c)
    body, source = np.full(n, None, object), np.full(n, "", object)
    courtyard = np.where(c.side == 1, c.courtyard_bottom, c.courtyard_top)
    least = _LEAST * np.fmax(shapely.area(courtyard), shapely.area(hulls))
    for name, shapes in (("fab", c.fab), ("courtyard", courtyard), ("lands", hulls)):
        area = shapely.area(shapes)
        fits = (source == "") & (area > (least if name == "fab" else 0.0))
        if name == "fab":
            fits &= ~(area > _MOST * shapely.area(courtyard)) & ~(np.abs(np.sqrt(area) - KEY) < 0.3)
        body[fits], source[fits] = shapes[fits], name
    envelope = body.copy()
    drawn = (source != "lands") & (source != "")
    drawn[drawn] = ~shapely.covers(body[drawn], hulls[drawn])
    envelope[drawn] = shapely.union(body[drawn], hulls[drawn])
    return body, source, envelope


def heights(c: Components, family: Objects) -> tuple[Floats, Objects]:
    """Height of each component, and what it is from."""
    default = np.array([HEIGHTS.get(f, np.nan) for f in family.tolist()], np.float64)
    told = np.isfinite(c.height) & (c.height <= HIGHEST)
    source = np.where(told, c.height_source, np.where(np.isfinite(default), "family", ""))
    return np.where(told, c.height, default), source.astype(object)
