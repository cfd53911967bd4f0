"""The tables of a board that a package makes: items, features, holes, pads, vias, components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely

from ..board import (
    Bools,
    Components,
    Connect,
    Cover,
    Features,
    Floats,
    Holes,
    Ints,
    Items,
    Kind,
    Layers,
    Objects,
    Pads,
    PadType,
    Vias,
    ViaType,
    Zones,
)  # fmt: skip
from ..package import Form
from .assemble_films import Films
from .assemble_lands import PAD, VIA, Drilled, Lands, number_of, opened
from .assemble_nets import CONDUCTORS, Wired
from .placement_parts import Part

_PROPERTIES = {
    "BGAPad": "bga", "TestPad": "testpoint", "HeatsinkPad": "heatsink", "CastellatedPad": "castellated",
    "FiducialPad": "fiducial_global",
}  # fmt: skip
LASER = 0.15
"""mm; a hole up to this between neighbouring layers is taken for a laser's: the largest microvia of IPC-6012."""


def tables_of(
    films: Films, holes: Drilled, lands: Lands, wired: Wired, layers: Layers, told: Mapping[str, Part]
) -> dict[str, Any]:
    """The tables of the board. Items: lands first, then the objects that are no land's, each one item, then the components.

    told: what other files say of the parts, by reference.
    """
    n_lands = len(lands.kind)
    own = np.flatnonzero(lands.of_object < 0)
    item_of = lands.of_object.copy()
    item_of[own] = n_lands + np.arange(len(own))
    role = layers.role[films.layer]
    kind = _kinds(films, lands, role, wired)
    text = number_of(films, lands, ("component", "pin", "function", "detail", "shape"))
    refs, component_of = _components_of(films, text["component"], told)
    component = np.concatenate([component_of[:n_lands], component_of[n_lands:][own]])
    is_via = lands.kind == VIA
    pad_row, via_row = np.cumsum(~is_via) - 1, np.cumsum(is_via) - 1
    source, offset = _provenance(films, holes, lands, own)
    x, y = films.x.copy(), films.y.copy()
    stroke = np.flatnonzero(np.isin(films.form, (Form.LINE, Form.ARC)))
    first = films.core[np.unique(films.object, return_index=True)[1][stroke]]
    line = shapely.get_type_id(first) == 1
    x[stroke[line]], y[stroke[line]] = shapely.get_coordinates(
        shapely.line_interpolate_point(first[line], 0.5, normalized=True)
    ).T
    on_top = np.zeros(n_lands + len(own), np.bool_)
    on_top[item_of[layers.side[films.layer] == "top"]] = True
    parts = _parts(refs, component, lands, np.c_[np.r_[lands.x, x[own]], np.r_[lands.y, y[own]]], on_top, told)
    none = np.full(len(refs), -1)
    guessed = np.array([ref in told and told[ref].inferred for ref in refs], np.bool_)
    inferred = np.r_[lands.inferred | wired.inferred_land, wired.inferred_object[own]] | np.append(guessed, False)[component]
    whole = {ref: told[ref] for ref in refs if ref in told and told[ref].offset >= 0}
    items = Items.of(
        kind=np.r_[np.where(is_via, Kind.VIA, Kind.PAD), kind[own], np.full(len(refs), Kind.COMPONENT)],
        source=np.r_[source, [whole[ref].source if ref in whole else source[k] for ref, k in zip(refs, parts.first.tolist())]],
        offset=np.r_[offset, [whole[ref].offset if ref in whole else offset[k] for ref, k in zip(refs, parts.first.tolist())]],
        net=np.r_[wired.of_land, wired.of_object[own], none], component=np.r_[component, none],
        label=np.r_[text["pin"], np.full(len(own), "", object), np.array([*refs, ""], object)[:-1]],
        x=np.r_[lands.x, x[own], parts.x], y=np.r_[lands.y, y[own], parts.y],
        inferred=np.r_[inferred, guessed],
    )  # fmt: skip
    o = films.object
    land = lands.of_object[o]
    on_land = land >= 0
    features = Features.of(
        core=films.core, radius=films.radius, layer=films.layer[o], kind=kind[o], item=item_of[o], net=items.net[item_of[o]],
        pad=np.where(on_land & ~is_via[land], pad_row[land], -1) if n_lands else np.full(len(o), -1),
        via=np.where(on_land & is_via[land], via_row[land], -1) if n_lands else np.full(len(o), -1),
        zone=np.full(len(o), -1), component=component[item_of[o]],
    )  # fmt: skip
    gone = _swallowed(films, holes, lands, features, wired.plated)
    h = np.arange(len(holes))
    hole_table = Holes.of(
        core=holes.core, radius=holes.radius, plated=wired.plated, first=holes.first, last=holes.last, item=h, net=items.net[h],
        pad=np.where(is_via[h], -1, pad_row[h]), via=np.where(is_via[h], via_row[h], -1), component=component[h],
    )  # fmt: skip
    return {
        "items": items,
        "features": features.take(~gone),
        "holes": hole_table,
        "pads": _pads(films, holes, lands, items, text, wired, layers),
        "vias": _vias(films, holes, lands, items, layers),
        "zones": Zones.empty(),
        "components": _components(refs, parts, n_lands + len(own), told),
    }


def _kinds(films: Films, lands: Lands, role: Objects, wired: Wired) -> Ints:
    """`Kind` of each object."""
    by_form = np.array([Kind.GRAPHIC, Kind.TRACK, Kind.ARC, Kind.ZONE])[films.form]
    drawn = ~np.isin(films.function, list(CONDUCTORS)) | wired.drawing
    kind = np.where((role == "copper") & ~drawn, by_form, Kind.GRAPHIC)
    kind[role == "edge"] = Kind.EDGE
    kind[np.isin(role, ("mask", "paste"))] = Kind.OPENING
    land = lands.of_object
    kind[land >= 0] = np.where(lands.kind[land[land >= 0]] == VIA, Kind.VIA, Kind.PAD)
    return kind.astype(np.int32)


def _swallowed(films: Films, holes: Drilled, lands: Lands, features: Features, plated: Bools) -> Bools:
    """Lands of unplated holes that the drill takes away altogether: KiCad plots them, and no copper stays."""
    land = lands.of_object[films.object]
    rows = np.flatnonzero((land >= 0) & (land < len(holes)) & (features.kind == Kind.PAD))
    rows = rows[~plated[land[rows]] & (features.radius[rows] <= holes.radius[land[rows]] + 1e-6)]
    out = np.zeros(len(films.object), np.bool_)
    alike = shapely.equals_exact(features.core[rows], holes.core[land[rows]], 1e-5)
    out[rows[alike]] = True
    return out


def _provenance(films: Films, holes: Drilled, lands: Lands, own: Any) -> tuple[Any, Any]:
    """Source and byte offset of each item: of a land its first flash, else the drill hit."""
    n = len(lands.kind)
    source, offset = np.zeros(n, np.int64), np.full(n, -1, np.int64)
    drilled_ = np.flatnonzero(lands.hole >= 0)
    source[drilled_], offset[drilled_] = holes.source[lands.hole[drilled_]], holes.offset[lands.hole[drilled_]]
    owned = np.flatnonzero(lands.of_object >= 0)[::-1]
    source[lands.of_object[owned]], offset[lands.of_object[owned]] = films.source[owned], films.offset[owned]
    return np.r_[source, films.source[own]], np.r_[offset, films.offset[own]]


def _components_of(films: Films, of_land: Objects, told: Mapping[str, Part]) -> tuple[list[str], Ints]:
    """The references that films and other files name, and per land and then per object its row among them."""
    placed = [ref for ref, part in told.items() if np.isfinite(part.x)]
    every = np.r_[of_land, films.component, np.array([*placed, ""], object)[:-1]]
    refs, row = np.unique(every.astype(str), return_inverse=True) if len(every) else (np.empty(0, str), np.empty(0, np.int64))
    unnamed = len(refs) > 0 and refs[0] == ""
    return refs.tolist()[int(unnamed) :], (row[: len(every) - len(placed)] - int(unnamed)).astype(np.int32)


def _pads(
    films: Films, holes: Drilled, lands: Lands, items: Items, text: dict[str, Objects], wired: Wired, layers: Layers
) -> Pads:
    rows = np.flatnonzero(lands.kind == PAD)
    land = lands.of_object
    copper = np.flatnonzero((land >= 0) & (layers.role[films.layer] == "copper"))[::-1]
    n = len(lands.kind)
    size = {name: np.full(n, np.nan) for name in ("width", "height", "angle")}
    for name, column in size.items():
        column[land[copper]] = getattr(films, name)[copper]
    on = {s: np.zeros(n, np.bool_) for s in ("top", "bottom", "inner")}
    for s, mask in on.items():
        mask[land[copper[layers.side[films.layer[copper]] == s]]] = True
    side = np.where(on["top"] & ~on["bottom"], 0, np.where(on["bottom"] & ~on["top"], 1, 2))
    hole = lands.hole
    plated = np.append(wired.plated, False)[hole]
    through = np.isin(text["function"], ("ComponentPad", "CastellatedPad")) & (hole < 0)
    surface = np.where(text["function"] == "ConnectorPad", PadType.CONNECT, PadType.SMD)
    kind = np.where((hole >= 0) & plated | through, PadType.THT, np.where(hole >= 0, PadType.NPTH, surface))
    local = text["detail"] == "Local"
    prop = np.array([_PROPERTIES.get(f, "") for f in text["function"]], object)
    prop[(prop == "fiducial_global") & local] = "fiducial_local"
    none = [float("nan")] * len(rows)
    return Pads.of(
        item=rows, component=items.component[rows], number=text["pin"][rows], type=kind[rows], shape=text["shape"][rows],
        property=prop[rows], net=items.net[rows], side=side[rows], x=lands.x[rows], y=lands.y[rows],
        angle=np.nan_to_num(size["angle"])[rows], width=size["width"][rows], height=size["height"][rows], hole=hole[rows],
        connect=[Connect.INHERIT] * len(rows), thermal_gap=none, thermal_width=none, tie=[-1] * len(rows),
    )  # fmt: skip


def _vias(films: Films, holes: Drilled, lands: Lands, items: Items, layers: Layers) -> Vias:
    rows = np.flatnonzero(lands.kind == VIA)
    hole, land = lands.hole[rows], lands.of_object
    depth = int((layers.order >= 0).sum())
    first, last = np.append(holes.first, 0)[hole], np.append(holes.last, depth - 1)[hole]
    through = (first == 0) & (last == depth - 1)
    kind = np.where(through, ViaType.THROUGH, np.where((first == 0) | (last == depth - 1), ViaType.BLIND, ViaType.BURIED))
    laser = ~through & (np.abs(last - first) == 1) & (2 * np.append(holes.radius, np.inf)[hole] <= LASER)
    kind[laser] = ViaType.MICRO
    diameter = np.zeros(len(lands.kind))
    mine = np.flatnonzero((land >= 0) & (layers.role[films.layer] == "copper"))
    np.maximum.at(diameter, land[mine], np.nan_to_num(np.fmin(films.width, films.height)[mine]))
    role, side = layers.role[films.layer], layers.side[films.layer]
    tented = {}
    for s in ("top", "bottom"):
        openings = (role == "mask") & (side == s)
        covered = np.full(len(lands.kind), Cover.YES if openings.any() else Cover.UNKNOWN, np.int32)
        covered[rows[opened(films, openings, shapely.points(lands.x[rows], lands.y[rows]))]] = Cover.NO
        tented[s] = covered[rows]
    unknown = [Cover.UNKNOWN] * len(rows)
    return Vias.of(
        item=rows, type=kind, net=items.net[rows], x=lands.x[rows], y=lands.y[rows], diameter=diameter[rows],
        drill=np.append(holes.radius, np.nan)[hole] * 2, hole=hole, tented_top=tented["top"], tented_bottom=tented["bottom"],
        plugged_top=unknown, plugged_bottom=unknown, filled=unknown, capped=unknown,
    )  # fmt: skip


class Parts(NamedTuple):
    """Per component: where it stands (as told, else the middle of its pads), its side, its first land, whether it has holes."""

    x: Floats
    y: Floats
    bottom: Bools
    drilled: Bools
    first: Ints


def _parts(refs: list[str], component: Ints, lands: Lands, xy: Floats, on_top: Bools, told: Mapping[str, Part]) -> Parts:
    """`component` and `xy` (N x 2) are per item, lands first; `on_top` says which items are on a top layer."""
    n, n_lands = len(refs), len(lands.kind)
    placed = np.flatnonzero(component[:n_lands] >= 0)
    others = np.flatnonzero(component >= 0)
    alone = others[~np.isin(component[others], component[placed])]  # drawn parts without a land
    item = np.r_[placed, alone]
    part = component[item]
    low, high = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(low, part, xy[item])
    np.maximum.at(high, part, xy[item])
    bottom, drilled, first = np.full(n, True), np.zeros(n, np.bool_), np.zeros(n, np.int32)
    bottom[part[on_top[item]]] = False
    drilled[component[placed[lands.hole[placed] >= 0]]] = True
    first[part[::-1]] = item[::-1]
    with np.errstate(invalid="ignore"):  # a part that only mask or paste names is nowhere
        middle = (low + high) / 2
    for row, known in ((row, told[ref]) for row, ref in enumerate(refs) if ref in told):
        if np.isfinite(known.x):
            middle[row] = known.x, known.y
        if known.side >= 0:
            bottom[row] = known.side == 1
    return Parts(middle[:, 0], middle[:, 1], bottom, drilled, first)


def _components(refs: list[str], parts: Parts, first_item: int, told: Mapping[str, Part]) -> Components:
    """A component for each reference."""
    n = len(refs)
    none, no = np.full(n, None, object), np.zeros(n, np.bool_)
    said = [told.get(ref) or Part(ref) for ref in refs]
    height = np.array([p.height for p in said], np.float64)
    mount = [p.mount or ("tht" if drilled else "smd") for p, drilled in zip(said, parts.drilled)]
    return Components.of(
        item=np.arange(first_item, first_item + n), ref=refs, value=[p.value for p in said],
        footprint=[p.footprint for p in said], x=parts.x, y=parts.y,
        angle=np.nan_to_num([p.angle for p in said]), side=parts.bottom.astype(np.int32), mount=mount,
        board_only=no, exclude_bom=no, exclude_placement=no, dnp=no, no_courtyard=no, net_tie=no, mask_bridges=no,
        courtyard_top=none, courtyard_bottom=none, courtyard_problem=[""] * n, fab=none, height=height,
        height_source=np.where(np.isfinite(height), "attribute .CHgt", ""), fields=[p.fields for p in said],
    )  # fmt: skip
