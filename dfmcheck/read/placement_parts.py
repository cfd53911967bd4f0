"""What a package tells of its parts beside the films: component layers (Gerber X3), attributes of parts, placement files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, nan

import numpy as np
import shapely

from ..board import Bools, Floats, Ints, Layers, Note
from ..errors import DfmError
from ..package import Aperture, Attributes, Entry, Package, Places
from ..parts_names import families_of_name
from . import role_names
from .assemble_films import Films
from .assemble_lands import PAD, Lands
from .placement import read_placement
from .placement_fit import TWIN, Fit, Spots, fit
from .placement_lands import assign

_MOUNTS = {"smd": "smd", "th": "tht", "tht": "tht"}
_FIELDS = {".CMPN": "MPN", ".CMfr": "Manufacturer", ".CPkg": "Package"}
"""Attributes of components, by the name of the field that they become."""


@dataclass(slots=True)
class Part:
    """What is told of one part; NaN, -1 and '' where nothing is."""

    ref: str
    value: str = ""
    footprint: str = ""
    x: float = nan
    y: float = nan
    angle: float = nan
    side: int = -1
    mount: str = ""
    height: float = nan
    fields: dict[str, str] = field(default_factory=dict)
    source: int = 0
    """Row in `Package.sources`."""
    offset: int = -1
    inferred: bool = False
    """Which lands are its own was found out by their places."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The parts of a package by reference, the films with the lands that are now known to be theirs, and what must be said."""

    parts: Mapping[str, Part]
    films: Films
    notes: tuple[Note, ...] = ()


def told_of(package: Package, films: Films, lands: Lands, layers: Layers) -> Told:
    """What files other than the films say of the parts.

    Where no film names parts, a component layer or a placement file does: its places must fall on lands (else a note says
    that they do not), and lands about them become the parts' own.
    """
    parts: dict[str, Part] = {}
    notes: list[Note] = []
    for entry in package.entries:
        if entry.image is not None:
            _attributed(parts, entry, entry.image.attributes)
    tables = list(_tables(package, notes))
    named = bool((films.component != "").any())
    layered = list(_component_layers(package))
    for side, entry in layered:
        _places(parts, side, entry)
    if named or not (tables or layered):
        for _, places, _ in tables:
            _fill(parts, places)
        return Told(parts, films, tuple(notes))
    spots = spots_of(films, lands, layers)
    if layered:
        return Told(parts, _pinned(films, lands, spots, [e for _, e in layered]), tuple(notes))
    for entry, places, unit in tables:
        found = fit(places, unit, spots)
        if found is None:
            if len(places):
                notes.append(Note(package.path(entry), None, _UNFIT))
            continue
        if found.told:
            notes.append(Note(package.path(entry), None, f"{'; '.join(found.told)}, as its parts then stand on their lands"))
        _placed(parts, entry, places, found)
    rows = [p for p in parts.values() if isfinite(p.x)]
    if not rows:
        return Told({}, films, tuple(notes))
    owner = assign(
        np.array([[p.x, p.y] for p in rows]), np.array([p.angle for p in rows]), np.array([p.side for p in rows], np.int32),
        np.array([p.footprint for p in rows], object), spots,
    )  # fmt: skip
    have = np.isin(np.arange(len(rows)), owner)
    notes += _landless(package, [part for part, landed in zip(rows, have.tolist()) if not landed])
    return Told(parts, _owned(films, lands, spots, [rows[k].ref if k >= 0 else "" for k in owner.tolist()]), tuple(notes))


_UNFIT = "its parts stand on no lands of the board, in whatever unit or however moved: nothing is made of it"


_NAMED = 6
"""Parts that a note names."""


def _landless(package: Package, parts: Sequence[Part]) -> Iterator[Note]:
    """What to say of parts of placement files that got no lands; of logos nothing."""
    parts = [p for p in parts if p.inferred and "mark" not in families_of_name(p.footprint.rpartition(":")[2])]
    for source in sorted({p.source for p in parts}):
        mine = [p for p in parts if p.source == source]
        names = ", ".join(p.ref[:20] for p in mine[:_NAMED]) + (", ..." if len(mine) > _NAMED else "")
        which = f"of {len(mine)} of its parts" if len(mine) > 1 else "of one of its parts"
        yield Note(
            package.sources[source].path, None,
            f"{which} no lands were found ({names}): of these only place and name are known, and rules of lands and bodies "
            "leave them out",
        )  # fmt: skip


def spots_of(films: Films, lands: Lands, layers: Layers) -> Spots:
    """Lands of pads on the outer layers."""
    o = films.object
    land = lands.of_object[o]
    outer = np.isin(layers.side[films.layer[o]], ("top", "bottom")) & (layers.role[films.layer[o]] == "copper")
    rows = np.flatnonzero(outer & (land >= 0) & np.append(lands.kind == PAD, False)[land])
    b = shapely.bounds(films.core[rows]) + films.radius[rows, None] * [-1, -1, 1, 1]
    n = len(lands.kind)
    low, high = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(low, land[rows], b[:, :2])
    np.maximum.at(high, land[rows], b[:, 2:])
    on = np.zeros((n, 2), np.bool_)
    on[land[rows], (layers.side[films.layer[o[rows]]] == "bottom").astype(int)] = True
    mine = np.flatnonzero(on.any(axis=1))
    side = np.where(on.all(axis=1) | (lands.hole >= 0), 2, np.where(on[:, 1], 1, 0))
    return Spots(np.c_[lands.x, lands.y][mine], (high - low)[mine], side[mine].astype(np.int32), mine.astype(np.int32))


def _owned(films: Films, lands: Lands, spots: Spots, refs: Sequence[str], pins: Sequence[str] = ()) -> Films:
    """The films with all objects of a land named by the part that it belongs to."""
    component, pin = films.component.copy(), films.pin.copy()
    of_land, pin_of = np.full(len(lands.kind) + 1, "", object), np.full(len(lands.kind) + 1, "", object)
    of_land[spots.land] = list(refs)
    if pins:
        pin_of[spots.land] = list(pins)
    mine = np.flatnonzero(lands.of_object >= 0)
    component[mine], pin[mine] = of_land[lands.of_object[mine]], pin_of[lands.of_object[mine]]
    return replace(films, component=component, pin=pin)


def _attributed(parts: dict[str, Part], entry: Entry, sets: Sequence[Attributes]) -> None:
    """Attributes of parts that stand on their objects: `.CVal`, `.CRot` and the like (Gerber specification, 5.6.13)."""
    for attributes in sets:
        ref = next((a[0] for name in (".C", ".P") if (a := attributes.get(name))), "")
        if not ref or not any(name.startswith(".C") and len(name) > 2 for name in attributes):
            continue
        part = parts.setdefault(ref, Part(ref, source=entry.source))

        def said(name: str, attributes: Attributes = attributes) -> str:
            return (attributes.get(name) or ("",))[0]

        part.value, part.footprint = part.value or said(".CVal"), part.footprint or said(".CFtp")
        part.mount = part.mount or _MOUNTS.get(said(".CMnt").lower(), "")
        part.angle = _length(said(".CRot")) if not isfinite(part.angle) else part.angle
        part.height = _length(said(".CHgt")) if not isfinite(part.height) else part.height
        part.fields.update({key: said(name) for name, key in _FIELDS.items() if said(name)})


def _length(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def _component_layers(package: Package) -> Iterator[tuple[int, Entry]]:
    for entry in package.entries:
        function = entry.image.file.get(".FileFunction", ()) if entry.image is not None else ()
        if function and function[0].lower() == "component":
            yield int(any(f.lower() in ("bot", "bottom") for f in function)), entry


def _places(parts: dict[str, Part], side: int, entry: Entry) -> None:
    """Where a component layer flashes the middle of each part."""
    assert entry.image is not None
    g, image = entry.image.graphics, entry.image
    for row in np.flatnonzero(_function(image.apertures, g.aperture, "ComponentMain")).tolist():
        ref = (image.attributes[g.attributes[row]].get(".C") or ("",))[0]
        if ref:
            part = parts.setdefault(ref, Part(ref, source=entry.source))
            part.x, part.y, part.side, part.offset = float(g.x[row]), float(g.y[row]), side, int(g.offset[row])
            part.source = entry.source


def _function(apertures: Sequence[Aperture], of: Ints, name: str) -> Bools:
    known = np.array([*((a.function or ("",))[0] == name for a in apertures), False], np.bool_)
    return np.asarray(known[of], np.bool_)


def _pinned(films: Films, lands: Lands, spots: Spots, layers: Sequence[Entry]) -> Films:
    """The films with the pins that component layers flash on the lands."""
    refs, pins = np.full(len(spots.xy), "", object), np.full(len(spots.xy), "", object)
    tree = shapely.STRtree(shapely.points(spots.xy))
    for entry in layers:
        assert entry.image is not None
        g, image = entry.image.graphics, entry.image
        rows = np.flatnonzero(_function(image.apertures, g.aperture, "ComponentPin"))
        i, j = tree.query_nearest(shapely.points(g.x[rows], g.y[rows]), max_distance=TWIN, all_matches=False)
        for row, spot in zip(rows[i].tolist(), j.tolist()):
            named = image.attributes[g.attributes[row]].get(".P") or ("", "")
            refs[spot], pins[spot] = named[0], named[1] if len(named) > 1 else ""
    return _owned(films, lands, spots, refs.tolist(), pins.tolist())


def _tables(package: Package, notes: list[Note]) -> Iterator[tuple[Entry, Places, str]]:
    """The placement files of a package; what is wrong with them goes to the notes."""
    for entry in package.entries:
        source = package.sources[entry.source]
        if entry.role.kind != "placement" or entry.image is not None or entry.problem:
            continue
        try:
            read = read_placement(source.data, source.path, _side(source.path))
        except DfmError as error:
            why = re.sub(rf"\A{re.escape(source.path)}(:\d+)?: ", "", str(error))
            notes.append(Note(source.path, error.line, why))
            continue
        if read.odd:
            line, why = read.odd[0]
            more = f" (and {len(read.odd) - 1} more rows)" if len(read.odd) > 1 else ""
            notes.append(Note(source.path, line, f"{why}{more}: passed over"))
        yield entry, read.places, read.unit


def _side(path: str) -> int:
    """The side that a file without a column for it is of, by its name."""
    stem, extension = role_names.split(path)
    return int(extension == "mnb" or bool({"bottom", "bot", "back"} & set(role_names.tokens(stem))))


def _fill(parts: dict[str, Part], places: Places) -> None:
    """Value, footprint and angle of parts that the films name."""
    for ref, value, footprint, angle in zip(places.ref, places.value, places.footprint, places.angle.tolist()):
        part = parts.setdefault(ref, Part(ref))
        part.value, part.footprint = part.value or value, part.footprint or footprint
        part.angle = part.angle if isfinite(part.angle) else angle


def _placed(parts: dict[str, Part], entry: Entry, places: Places, found: Fit) -> None:
    xy: Floats = found.xy
    for row, ref in enumerate(places.ref.tolist()):
        if not isfinite(xy[row, 0]) or (ref in parts and isfinite(parts[ref].x)):
            continue
        part = parts.setdefault(ref, Part(ref))
        part.value, part.footprint = str(places.value[row]), str(places.footprint[row])
        part.x, part.y = xy[row].tolist()
        part.angle, part.side = float(places.angle[row]), int(places.side[row])
        part.source, part.offset, part.inferred = entry.source, int(places.offset[row]), True
