"""Gerber-format drill files (X2 `Plated,1,2,PTH`): flashes are holes, draws are slots."""

from __future__ import annotations

from math import log10

import numpy as np
import shapely

from ..board import Cover, Objects
from ..package import Drill, Fault, Form, Graphics, Hits, Image, NumberFormat, Role, Tool
from .drill_faults import SHAPE
from .drill_words import function_plating, function_span

_POINT, _LINE, _RING = 0, 1, 2


def drill_of(image: Image, role: Role) -> Drill:
    """The holes of a Gerber image of role drill.

    A round flash is a hole of its aperture's diameter, an oval one a slot; draws that continue each other with one aperture
    are one slot. Flashes of other shapes and regions are no drill's: left out, with a fault.
    """
    function = image.file.get(".FileFunction", ())
    plated = function_plating(function) if function else role.plated
    rows, left = _round(image)
    faults = list(image.faults)
    if left:
        faults.append(Fault(SHAPE, None, f"{left} flashes or regions are no round or oval shape and are left out", True))
    graphics = image.graphics.take(rows)
    core, first = _slots(graphics)
    aperture = graphics.aperture[first]
    tools = tuple(Tool(a.code, a.width, a.function, {".AperFunction": a.function} if a.function else {}) for a in image.apertures)
    by_tool = np.array([int(function_plating(t.function)) for t in tools] + [0])[aperture]
    hits = Hits.of(
        core=core,
        radius=graphics.radius[first],
        tool=aperture,
        offset=graphics.offset[first],
        plated=np.where(by_tool > 0, by_tool, int(plated)),
    )
    used = sorted(set(aperture.tolist()))
    if plated == Cover.UNKNOWN and function[:1] != ("MixedPlating",) and len(set(hits.plated.tolist())) == 1:
        plated = Cover(int(hits.plated[0]))
    decimals = max(0, round(-log10(image.resolution / (25.4 if image.unit == "in" else 1.0))))
    return Drill(
        hits=_renumber(hits, used),
        tools=tuple(tools[u] for u in used),
        format=NumberFormat(image.unit, 4, decimals, "trailing"),
        file=image.file,
        span=function_span(function) or role.span,
        plated=plated,
        faults=tuple(faults),
    )


def _renumber(hits: Hits, used: list[int]) -> Hits:
    return Hits.of(
        core=hits.core, radius=hits.radius, tool=np.searchsorted(used, hits.tool), offset=hits.offset, plated=hits.plated
    )


def _round(image: Image) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], int]:
    """Rows that a drill or cutter makes, and how many objects are none."""
    graphics = image.graphics
    kind = shapely.get_type_id(graphics.core)
    good = np.isin(kind, (_POINT, _LINE, _RING)) & (graphics.radius > 0) & (graphics.aperture >= 0)
    broken = np.unique(graphics.object[~good])
    good &= ~np.isin(graphics.object, broken)
    return np.flatnonzero(good), len(broken)


def _slots(graphics: Graphics) -> tuple[Objects, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Cores of holes and slots, and the first row of each: draws joined where one starts at the end of the last."""
    if not len(graphics):
        return graphics.core, np.zeros(0, np.intp)
    drawn = (graphics.form != Form.FLASH) & (shapely.get_type_id(graphics.core) == _LINE)
    start, end = shapely.get_point(graphics.core, 0), shapely.get_point(graphics.core, -1)
    follows = np.zeros(len(graphics), bool)
    follows[1:] = drawn[1:] & drawn[:-1] & (graphics.aperture[1:] == graphics.aperture[:-1])
    at = np.flatnonzero(follows)
    follows[at] = shapely.distance(start[at], end[at - 1]) < 1e-6
    first = np.flatnonzero(~follows)
    core = graphics.core[first].copy()
    size = np.diff([*first, len(graphics)])
    for i in np.flatnonzero(size > 1):
        parts = shapely.get_coordinates(graphics.core[first[i] : first[i] + size[i]])
        core[i] = shapely.LineString(parts[np.r_[True, (parts[1:] != parts[:-1]).any(axis=1)]])
    return core, first
