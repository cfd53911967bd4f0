"""Files that a package ought to hold and does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np
import shapely

from ..board import Cover
from ..package import Package
from ._empty import FEW, hollow
from ._files import Row
from ._lands import lands, needs_copper, soldered, through, unplated
from ._stack import OUTER, copper_number, layer_of, number_of, of_kind, stated, total

FACE = {"top": "F", "bottom": "B"}
_LEADS = 3
"""Pads for leads without a hole that are told as more than a note: test points and the like come in pairs."""
_SOFTER = {"Paste": 1, "SilkS": 1}
_FUNCTIONS = {"soldermask": "Mask", "paste": "Paste", "solderpaste": "Paste", "legend": "SilkS"}
"""Job files spell two of them in their own way."""


def absent(package: Package) -> Iterator[Row]:
    """Layers and drill files that are not there, each with what says that they must be."""
    layers = total(package)
    have = {e.role.layer for e in package.entries if e.role.layer}
    if layers > 1:
        have |= {layer_of(n, layers) for n in (number_of(e, layers) for e in of_kind(package, "copper")) if n}
    if of_kind(package, "edge"):
        have.add("Edge.Cuts")
    for layer, row in _named(package, layers, have):
        have.add(layer)
        yield row
    yield from _copper(package, layers, have)
    single = layers == 1 and {e.role.side for e in of_kind(package, "copper")} & set(OUTER)
    for side in single or OUTER:
        if f"{FACE[side]}.Mask" not in have:
            yield Row(f"no solder mask for the {side}", cause=f"*no mask {side}")
        if f"{FACE[side]}.Paste" not in have and (count := lands(package, side)):
            what = f"no paste for the {side}, which has {count} lands of surface-mounted parts"
            yield Row(what, cause=f"*no paste {side}", param="required_paste", value=0, soften=int(count < FEW))
        if f"{FACE[side]}.SilkS" not in have and (side == "top" or lands(package, side)):
            yield Row(f"no legend for the {side}", cause=f"*no silk {side}", param="required_silk", value=0, soften=1)
    if "Edge.Cuts" not in have:
        made = package.board is not None and not package.board.outline.is_empty
        what = "its edge is taken from other files" if made else "nothing tells the shape of the board"
        yield Row(f"no outline: {what}", cause="*no outline", soften=int(made))
    for what, kinds in (("netlist", ("netlist",)), ("drawing", ("drawing", "document", "fab"))):
        if not any(of_kind(package, kind) for kind in kinds):
            yield Row(f"no {what}", cause=f"*no {what}", param=f"required_{what}", value=0, soften=1)
    yield from _drill(package, layers)


def _named(package: Package, layers: int, have: set[str]) -> Iterator[tuple[str, Row]]:
    """Files that the job file names and the package lacks; one whose layer is there under another name is a note."""
    here = {PurePosixPath(s.path.lower()).name for s in package.sources}
    job = next((e.source for e in of_kind(package, "job")), -1)
    for path, function in (package.job.files if package.job else {}).items():
        file = PurePosixPath(path.replace("\\", "/")).name
        if file.lower() in here:
            continue
        layer = _layer(function, layers)
        said = f"names {file} ({','.join(function)})"
        if layer and layer not in have:
            what = f"{said}, which is not here: no file holds {layer}"
            yield layer, Row(what, job, cause=f"no {layer}", soften=_SOFTER.get(layer.partition(".")[2], 0))
        elif not layer and function[:1] in (("Plated",), ("NonPlated",)):
            yield "", Row(f"{said}, which is not here", job, cause="no drill")
        else:
            yield "", Row(f"{said}, which is not here" + (f"; another file holds {layer}" if layer else ""), job,
                          cause="renamed", soften=2)  # fmt: skip


def _layer(function: tuple[str, ...], layers: int) -> str:
    """The canonical name of the layer of a FileFunction by which boards are made, '' for any other."""
    if number := copper_number(function):
        return "B.Cu" if "Bot" in function else layer_of(number, layers)
    if function[:1] == ("Profile",):
        return "Edge.Cuts"
    side = {"Top": "F", "Bot": "B"}.get(function[1] if len(function) > 1 else "")
    kind = _FUNCTIONS.get(function[0].lower() if function else "")
    return f"{side}.{kind}" if side and kind else ""


def _copper(package: Package, layers: int, have: set[str]) -> Iterator[Row]:
    copper = of_kind(package, "copper")
    if not copper and not layers:
        yield Row("no copper layer", cause="*no copper")
        return
    if layers <= 1:
        if not stated(package):
            yield from _other_side(package, next(iter({e.role.side for e in copper}), ""))
        return
    says = next((f"{who} says {n} copper layers" for who, n in stated(package).items() if n == layers), "")
    loose = sum(e.role.side == "inner" and not e.role.number for e in copper) + sum(not e.role.side for e in copper)
    gone = [layer_of(n, layers) for n in range(1, layers + 1) if layer_of(n, layers) not in have]
    for layer in gone if len(gone) > loose else ():
        inner = layer.startswith("In")
        why = says or ("other inner layers are there" if inner else "there are inner layers")
        perhaps = "; one of those whose place is not known may be it" if loose else ""
        yield Row(f"no file for the copper layer {layer}: {why}{perhaps}", cause=f"*no {layer}")
    if layers % 2 and not says and not gone:
        yield Row(f"{layers} copper layers: boards have an even number; is an inner layer missing?", cause="*odd", soften=1)


def _other_side(package: Package, side: str) -> Iterator[Row]:
    """A package with copper on one side: a single-sided board, unless something needs copper on the other side."""
    other = {"top": "bottom", "bottom": "top"}.get(side, "")
    if not other:
        return
    said = ", ".join(f"{n} {what}" for what, n in needs_copper(package, other).items())
    if said:
        yield Row(f"no copper for the {other}, though there are {said}", cause=f"*no {FACE[other]}.Cu")
    else:
        soft = 1 if of_kind(package, "mask", other) else 2
        yield Row(f"copper for the {side} only: is it a board of one layer?", cause=f"*no {FACE[other]}.Cu", soften=soft)


def _drill(package: Package, layers: int) -> Iterator[Row]:
    """Places of the films that need holes which no drill file has."""
    drilled = sum(len(e.drill.hits) for e in package.entries if e.drill)
    seen = through(package)
    bare = np.flatnonzero(~seen.served)
    looks = next((PurePosixPath(package.path(e)).name for e in package.entries if _drawn(e.role.said)), "")
    only = f" ({looks} is no drill file)" if looks else ""
    if not of_kind(package, "drill") and not drilled:
        if len(bare):
            yield Row(f"no drill file, though lands lie on one another at {len(bare)} places{only}", cause="*no drill")
        elif layers > 1:
            yield Row(f"no drill file{only}: has the board no hole?", cause="*no drill", soften=1)
        else:
            yield Row(f"no drill file{only}: has the board no hole?", cause="*no drill", soften=2)
        return
    told = False
    spans = sorted({(int(i), int(j)) for i, j in zip(seen.first, seen.last)})
    for first, last in spans:
        if first == last and layers > 1:  # lands that have no partner: another film is off, not a drill file absent
            continue
        mine = (seen.first == first) & (seen.last == last)
        missing = int((mine & ~seen.served).sum())
        if missing * 2 > mine.sum() and not hollow(package):
            where = f"L{first} to L{last}" if last > first else f"L{first}" if first else "unknown layers"
            at = np.flatnonzero(mine & ~seen.served)[0]
            told = True
            what = f"{missing} of {mine.sum()} places where lands of {where} lie on one another have no hole"
            yield Row(f"{what}: is a drill file missing?", cause=f"*no drill {first} {last}", x=seen.x[at], y=seen.y[at])
    if not told and not hollow(package):
        yield from _leads(package)
    openings, unserved = unplated(package)
    if unserved * 2 > openings and not hollow(package, Cover.YES):
        what = f"at {unserved} places both masks are open without copper or a hole: is the file of unplated holes missing?"
        yield Row(what, cause="*no unplated", soften=1)


def _leads(package: Package) -> Iterator[Row]:
    """Pads for leads without a hole, by their size: the holes of parts may be in a file of their own."""
    places, size = soldered(package)
    for mm in np.unique(np.round(size, 3)):
        rows = np.flatnonzero(np.round(size, 3) == mm)
        x, y = (float(v) for v in shapely.get_coordinates(places[rows[:1]])[0])
        what = f"{len(rows)} places where lands of {mm:g} mm lie on one another, free of mask on both sides, have no hole"
        yield Row(f"{what}: is a drill file missing?", cause=f"*no leads {mm}", soften=1 + (len(rows) < _LEADS), x=x, y=y)


def _drawn(said: object) -> bool:
    return "drill" in str(said).lower() and "drawing" in str(said).lower()
