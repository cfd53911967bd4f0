"""The films of a package as one table: every graphical object with its layer, its function, net, component and pin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from .. import shape
from ..board import Bools, Floats, Ints, Layers, Objects
from ..package import Entry, Form, Graphics, Image, Package

DRAWN = ("copper", "mask", "paste", "silk", "edge")
"""Kinds of films that a board is made of."""
NO_NET = {"", "N/C"}
"""What `.N` says of copper that is on no net (X2: N/C is a pin left open on purpose)."""


@dataclass(frozen=True, slots=True, eq=False)
class Films:
    """Rows are pieces of material as in `Graphics`; objects are what the CAD tool drew: a flash, a stroke, a region."""

    core: Objects
    radius: Floats
    object: Ints
    """Per row: index into the arrays below."""

    layer: Ints
    """Per object, as all that follow: row in `Board.layers`."""
    source: Ints
    offset: NDArray[np.int64]
    form: Ints
    x: Floats
    y: Floats
    function: Objects
    """First field of `.AperFunction`, '' if unsaid."""
    detail: Objects
    """Its second field."""
    shape: Objects
    width: Floats
    height: Floats
    angle: Floats
    net: Objects
    """Name of the net; None where the file says nothing of it, '' where it says that there is none."""
    component: Objects
    """Reference, '' if unsaid."""
    pin: Objects

    def __len__(self) -> int:
        return len(self.layer)


def layers_of(package: Package) -> Layers:
    """The layers that the package has films of, and copper layers between them that it should have, top to bottom."""
    numbers = {e.role.number + (e.role.side == "inner") for e in package.of("copper") if e.role.number}  # none is the last one
    depth = max([package.job.layers if package.job else 0, *numbers])
    unnumbered = [e for e in package.of("copper") if not e.role.number]
    copper = [f"In{n - 1}.Cu" for n in range(1, depth + 1)]
    if depth:
        copper[0] = "F.Cu"
    if depth > 1:
        copper[-1] = "B.Cu"
    copper += [e.role.layer or f"Copper {i}" for i, e in enumerate(unnumbered, 1) if e.role.layer not in copper]
    rows = [(name, "copper", _side(name), i) for i, name in enumerate(copper)]
    for kind in DRAWN[1:]:
        found = dict.fromkeys((layer_name(e), e.role.side) for e in package.of(kind))
        rows += [(name, kind, side, -1) for name, side in sorted(found)]
    names, roles, sides, order = zip(*rows) if rows else ((), (), (), ())
    thickness = {name: t for name, kind, t, *_ in (package.job.stackup if package.job else ()) if kind == "copper"}
    return Layers.of(
        name=names, alias=[""] * len(names), role=roles, side=sides, order=order,
        thickness=[thickness.get(name, np.nan) for name in names],
    )  # fmt: skip


def layer_name(entry: Entry) -> str:
    """The canonical name of the layer that a film is of."""
    role = entry.role
    side = {"top": "F.", "bottom": "B."}.get(role.side, "")
    word = {"mask": "Mask", "paste": "Paste", "silk": "SilkS", "edge": "Edge.Cuts"}
    return role.layer or side + word.get(role.kind, role.kind)


def _side(name: str) -> str:
    return {"F": "top", "B": "bottom"}.get(name[0], "inner")


def films_of(package: Package, layers: Layers) -> Films:
    """All films of the board's layers as one table, negative planes turned into the copper that they leave."""
    row_of = {name: i for i, name in enumerate(layers.name.tolist())}
    entries = [e for kind in DRAWN for e in sorted(package.of(kind), key=lambda e: e.role.number)]
    outline = shapely.Polygon()
    if any(package.negative(e) or e.role.plane or (e.image is not None and e.image.negative) for e in entries):
        outline = _profile([e for e in entries if e.role.kind == "edge"])
    parts = []
    for entry in entries:
        row = row_of.get(layer_name(entry), -1)
        if entry.image is None or row < 0:
            continue
        image = _positive(entry, outline) if is_negative(package, entry, outline) else entry.image
        parts.append(_film(image, row, entry.source))
    return _own_pins(_joined(parts))


def _own_pins(films: Films) -> Films:
    """Regions of a part with the pin whose flash lies in them: older KiCad names none, or leaves that of the one before."""
    flash = np.flatnonzero((films.form == Form.FLASH) & (films.pin != ""))
    rows = np.flatnonzero(((films.form == Form.REGION) & (films.component != ""))[films.object])
    if not len(flash) or not len(rows):
        return films
    spot = shapely.points(films.x[flash], films.y[flash])
    i, j = shapely.STRtree(spot).query(films.core[rows], predicate="contains")
    o, f = films.object[rows[i]], flash[j]
    mine = (films.layer[o] == films.layer[f]) & (films.component[o] == films.component[f])
    inside: dict[int, set[str]] = {}
    for region, pin in zip(o[mine].tolist(), films.pin[f[mine]].tolist()):
        inside.setdefault(region, set()).add(pin)
    pins = films.pin.copy()
    for region, found in inside.items():
        if len(found) == 1:
            (pins[region],) = found
    return replace(films, pin=pins)


def is_negative(package: Package, entry: Entry, outline: shapely.Geometry) -> bool:
    """Whether what a film draws is where there is no material.

    A copper film may say so. Older tools draw planes as negatives without a word: a layer that its name calls a plane is
    one if it draws no area, only flashes and far fewer strokes (signals are strokes between flashes), on less than half
    of the board.
    """
    image = entry.image
    if image is None:
        return False
    if entry.role.kind == "mask":  # an opening is drawn dark by convention, and its polarity is called negative for that
        return image.negative
    if (told := package.negative(entry)) or not entry.role.plane:
        return told
    g = image.graphics
    of = np.bincount(g.form, minlength=len(Form))
    flashes, strokes = of[Form.FLASH], of[Form.LINE] + of[Form.ARC]
    sparse = flashes > 3 * strokes and not of[Form.REGION]
    return bool(sparse) and _drawn(image).area < outline.area / 2


def _drawn(image: Image) -> shapely.Geometry:
    g = image.graphics
    return shapely.union_all(shape.polygons(g.core, g.radius)) if len(g) else shapely.Polygon()


def _profile(entries: Sequence[Entry]) -> shapely.Geometry:
    """The area that the board's profile encloses, good enough to bound a negative plane; empty without a profile."""
    from ..outline import assemble

    cores = [e.image.graphics.core for e in entries if e.image is not None and len(e.image.graphics)]
    if not cores:
        return shapely.Polygon()
    core = np.concatenate(cores)
    area, _ = assemble(core, np.arange(len(core)))
    return area if not area.is_empty else shapely.box(*shapely.total_bounds(core))


def _positive(entry: Entry, outline: shapely.Geometry) -> Image:
    """The film with what it leaves as its only object."""
    assert entry.image is not None
    g = entry.image.graphics
    drawn = _drawn(entry.image)
    whole = outline if not outline.is_empty else shapely.box(*drawn.bounds) if not drawn.is_empty else drawn
    left = shapely.get_parts(shapely.difference(whole, drawn))
    left = left[shapely.area(left) > 0]
    n, zero = len(left), np.zeros(len(left))
    offset = g.offset[0] if len(g) else -1
    graphics = Graphics.of(
        core=left, radius=zero, form=[Form.REGION] * n, object=range(n), aperture=[-1] * n, attributes=[0] * n,
        offset=[offset] * n, x=shapely.bounds(left)[:, 0] if n else zero, y=shapely.bounds(left)[:, 1] if n else zero, angle=zero,
    )  # fmt: skip
    return replace(entry.image, graphics=graphics)


def _film(image: Image, layer: int, source: int) -> Films:
    g = image.graphics
    number, first, of = np.unique(g.object, return_index=True, return_inverse=True)
    aperture, attributes, n = g.aperture[first], g.attributes[first], len(number)

    def of_aperture(name: str, default: object) -> list[object]:
        known = [getattr(a, name) for a in image.apertures]
        return [known[a] if a >= 0 else default for a in aperture.tolist()]

    def of_attribute(name: str, field: int, default: object) -> list[object]:
        known = [a[name][field] if len(a.get(name, ())) > field else default for a in image.attributes]
        return [known[a] for a in attributes.tolist()]

    functions = [a.function for a in image.apertures]
    own = [a.get(".AperFunction", ()) for a in image.attributes]  # a region has the attributes that an aperture would have
    function = [functions[a] if a >= 0 else own[t] for a, t in zip(aperture.tolist(), attributes.tolist())]
    pads, parts = of_attribute(".P", 0, ""), of_attribute(".C", 0, "")
    return Films(
        g.core, g.radius, of.astype(np.int32), np.full(n, layer, np.int32), np.full(n, source, np.int32), g.offset[first],
        g.form[first], g.x[first], g.y[first],
        _objects([f[0] if f else "" for f in function]), _objects([f[1] if len(f) > 1 else "" for f in function]),
        _objects(of_aperture("shape", "custom")),
        np.asarray(of_aperture("width", np.nan), np.float64), np.asarray(of_aperture("height", np.nan), np.float64),
        np.asarray(of_aperture("angle", 0.0), np.float64) + g.angle[first],
        _objects(["" if net in NO_NET else net for net in of_attribute(".N", 0, None)]),
        _objects([p or c for p, c in zip(pads, parts)]), _objects(of_attribute(".P", 1, "")),
    )  # fmt: skip


def _objects(values: Sequence[object]) -> Objects:
    out = np.empty(len(values), object)
    out[:] = values
    return out


def _joined(parts: list[Films]) -> Films:
    names = Films.__slots__
    if not parts:
        kinds = {"core": object, "function": object, "detail": object, "shape": object, "net": object, "component": object,
                 "pin": object, "radius": float, "x": float, "y": float, "width": float, "height": float, "angle": float,
                 "offset": np.int64}  # fmt: skip
        return Films(**{name: np.empty(0, kinds.get(name, np.int32)) for name in names})
    start = np.cumsum([0, *(len(p) for p in parts)])
    columns = {name: np.concatenate([getattr(p, name) for p in parts]) for name in names if name != "object"}
    shifted = [p.object + s for p, s in zip(parts, start)]
    return Films(**columns, object=np.concatenate(shifted).astype(np.int32))


def rows_of(films: Films, objects: Bools) -> Ints:
    """Rows whose object is chosen by a mask over the objects."""
    return np.flatnonzero(objects[films.object]).astype(np.int32)
