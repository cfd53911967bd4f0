"""Whether drill files tell plated from unplated holes, and which copper layers their holes join."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from ..board import Cover, Ints
from ..check import Context, Measurements, check
from ..package import Drill, Entry, Package
from ._files import Row, package_of, told
from ._lands import Through, near, through
from ._stack import of_kind, total


@check("package.drill_plating", minima="separate_required")
def drill_plating(ctx: Context) -> Measurements:
    """Files with holes of unknown plating, files that hold both kinds, and spans that are unnamed or contradict the lands.

    Unknown plating is a note where lands on both sides of every hole leave no doubt, and on boards of one copper layer.
    Value of `separate_required`: 1 for a file with holes of one kind, 0 for one with both.
    """
    package = package_of(ctx.board)
    drilled = [(e, e.drill) for e in package.entries if e.drill is not None and len(e.drill.hits)]
    layers = total(package)
    seen = through(package)
    rows: list[Row] = []
    for entry, drill in drilled:
        plated = plating(entry, drill)
        rows += _unknown(entry, drill, plated, seen, layers)
        both = bool((plated == Cover.YES).any() and (plated == Cover.NO).any())
        what = f"holds {int((plated == Cover.YES).sum())} plated and {int((plated == Cover.NO).sum())} unplated holes"
        rows.append(Row(what, entry.source, param="separate_required", value=0 if both else 1, cause="merged"))
        rows += _span(package, entry, drill, seen, layers)
    return told(rows, len(drilled))


def plating(entry: Entry, drill: Drill) -> Ints:
    """`Cover` of each hit: what the hit says, else its file, else the file's name."""
    whole = drill.plated if drill.plated != Cover.UNKNOWN else entry.role.plated
    return np.where(drill.hits.plated == Cover.UNKNOWN, whole, drill.hits.plated).astype(np.int32)


def _unknown(entry: Entry, drill: Drill, plated: Ints, seen: Through, layers: int) -> Iterator[Row]:
    vague = np.flatnonzero(plated == Cover.UNKNOWN)
    if not len(vague):
        return
    landed = near(shapely.centroid(drill.hits.core[vague]), drill.hits.radius[vague], shapely.points(seen.x, seen.y))
    sure = layers < 2 or bool(landed.all())
    what = f"nothing says whether its {'hole is' if len(vague) == 1 else f'{len(vague)} holes are'} plated"
    if not sure:
        what += f"; {int(landed.sum())} of them have lands"
    yield Row(what, entry.source, cause="unknown", soften=2 if sure else 0)


def _span(package: Package, entry: Entry, drill: Drill, seen: Through, layers: int) -> Iterator[Row]:
    """Spans that do not exist, contradict the lands at most of the file's holes, or are missing beside others that have one."""
    span = drill.span or entry.role.span
    if drill.span and entry.role.span and drill.span != entry.role.span:
        what = f"its attributes say {_words(drill.span)}, its name {_words(entry.role.span)}"
        yield Row(what, entry.source, cause="span")
    if span and (span[0] < 1 or span[1] > max(layers, 1) or span[0] > span[1]):
        yield Row(f"is for {_words(span)} of a board of {layers} copper layers", entry.source, cause="span")
        return
    first, last = _lands_of(drill, seen)
    if not len(first):
        return
    given = span or (1, layers)
    beyond = (first < given[0]) | (last > given[1])
    short = last < given[1]
    if beyond.sum() * 2 > len(first):
        reach = int(np.median(first[beyond])), int(np.median(last[beyond]))
        what = f"is for {_words(given)}, but the lands of {int(beyond.sum())} of its holes are on {_words(reach)}"
        yield Row(what, entry.source, cause="span")
    elif short.sum() * 2 > len(first) and layers > 2:
        reach = int(np.median(first[short])), int(np.median(last[short]))
        said = f"is for {_words(span)}" if span else "names no layers, so that its holes go through the board"
        what = f"{said}, but {int(short.sum())} of its holes have lands on {_words(reach)} only"
        yield Row(what, entry.source, cause="span", soften=int(not span))
    elif not span and layers > 2 and any(_named(e) for e in of_kind(package, "drill") if e is not entry):
        what = "names no layers, as other drill files of the package do; taken as through the board"
        yield Row(what, entry.source, cause="span", soften=1)


def _lands_of(drill: Drill, seen: Through) -> tuple[Ints, Ints]:
    """First and last land of each hit that lies on a place with lands on several layers."""
    known = seen.last > seen.first
    if not known.any():
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    tree = shapely.STRtree(shapely.points(seen.x[known], seen.y[known]))
    centres = shapely.centroid(drill.hits.core)
    (hit, place), distance = tree.query_nearest(centres, all_matches=False, return_distance=True)
    place = place[distance <= drill.hits.radius[hit]]
    return seen.first[known][place], seen.last[known][place]


def _named(entry: Entry) -> bool:
    return bool(entry.role.span or (entry.drill and entry.drill.span))


def _words(span: tuple[int, int]) -> str:
    return f"L{span[0]} to L{span[1]}"
