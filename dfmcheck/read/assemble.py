"""The board that the films and drill files of a package make: what they do not say is inferred, and marked as such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from .. import shape
from ..board import Board, Bools, Components, Cover, Features, Kind, Layers, Nets, Pads, StackupLayer
from ..outline import assemble as assemble_outline
from ..package import Form, Package
from .assemble_bodies import bodies_of
from .assemble_fills import filled
from .assemble_films import Films, films_of, layers_of
from .assemble_lands import Drilled, Lands, centred, drilled, find
from .assemble_nets import wire
from .assemble_tables import tables_of
from .order import ordered
from .placement_parts import told_of

RIM = 0.01
"""mm of copper beyond a hole's edge from which on it is a ring; less is a land of the hole's own size, drawn with corners."""
NEAR = 0.02
"""mm within which a line on the profile follows the rim of a drilled hole; a fillet about a hole is farther off."""
_MISSING = {
    "components": "Gerbers name parts only by X2 attributes (.P, .C): export with them, add a placement file, or check the board "
    "file (.kicad_pcb)",
    "courtyards": "no film draws those of its parts; plot the courtyard layers, or check the board file (.kicad_pcb)",
    "texts": "Gerbers draw texts as strokes and do not tell their words; check the board file (.kicad_pcb)",
    "fab": "no film draws the bodies of its parts; plot the fab layers, or check the board file (.kicad_pcb)",
    "zones": "Gerbers hold fills only, not the zones that were drawn; check the board file (.kicad_pcb)",
    "thermals": "Gerbers do not tell how zones join pads; check the board file (.kicad_pcb)",
    "thickness": "no job file (.gbrjob) states it",
    "stackup": "no job file (.gbrjob) states it",
    "holes": "no drill file was found; add the Excellon files",
    "vias": "no drill file was found; add the Excellon files",
    "plating": "neither the drill files nor their names tell which holes are plated",
    "spans": "no drill file was found; add the Excellon files",
    "outline": "no closed board outline was found; add the profile layer",
    "copper": "no copper layer was found; add its Gerber file",
    "tracks": "no copper layer was found; add its Gerber file",
    "pads": "no copper layer was found; add its Gerber file",
    "nets": "no copper layer was found; add its Gerber file",
    "mask": "no solder mask layer was found; add its Gerber file",
    "paste": "no paste layer was found; add its Gerber file",
    "silk": "no silkscreen layer was found; add its Gerber file",
}


def assemble(package: Package) -> Board:
    """The board that the package makes, without the package. Its tables are those of `dfmcheck.board`, in the same frame.

    Lands, their kind and their holes are told by X2 attributes, else by position (`assemble_lands`); nets by X2
    attributes, else by copper that is connected (`assemble_nets`); parts by X2 attributes, else by a component layer or a
    placement file (`placement_parts`). `missing` says of each fact that the files cannot
    tell which file would.
    """
    layers = layers_of(package)
    films = filled(films_of(package, layers), layers)
    holes = drilled(package, int((layers.order >= 0).sum()))
    lands = find(films, holes, layers)
    holes = centred(holes, films, lands)
    told = told_of(package, films, lands, layers)
    wired = wire(films, holes, lands, layers, _plated(films, holes, lands, layers))
    tables = tables_of(told.films, holes, lands, wired, layers, told.parts)
    tables["features"] = tables["features"].take(~_rims(tables["features"], holes))
    tables = ordered(tables, Nets.of(name=wired.names, netclass=[""] * len(wired.names)))
    features: Features = tables["features"]
    edges = features.kind == Kind.EDGE
    outline, problems = assemble_outline(features.core[edges], features.item[edges])
    job = package.job
    board = Board(
        package.name, package.sources, layers, **tables, outline=outline, outline_problems=problems,
        thickness=job.thickness if job else float("nan"), finish=job.finish if job else "",
        stackup=tuple(StackupLayer(*layer) for layer in job.stackup) if job else (),
        notes=(*package.notes, *told.notes),
    )  # fmt: skip
    board = replace(board, pads=_half_holes(board))
    components, drawn = _with_bodies(board, package)
    board = replace(board, components=components)
    facts = _facts(board, holes, package) | drawn
    missing = {fact: why for fact, why in _MISSING.items() if fact not in facts}
    return replace(board, facts=frozenset(facts), missing=missing)


def _facts(board: Board, holes: Drilled, package: Package) -> set[str]:
    facts = {kind for kind in ("mask", "paste", "silk") if package.of(kind)}  # an empty film tells as well: all is covered
    if (board.layers.order[board.features.layer] >= 0).any():
        facts.add("copper")
    if "copper" in facts:
        facts |= {"tracks", "pads", "nets"}
    if package.of("drill"):
        facts |= {"holes", "spans"} | ({"vias"} if "copper" in facts else set())
        if (holes.plated != Cover.UNKNOWN).all():
            facts.add("plating")
    if not board.outline.is_empty:
        facts.add("outline")
    if len(board.components):
        facts.add("components")
    if board.thickness > 0:
        facts.add("thickness")
    if board.stackup:
        facts.add("stackup")
    return facts


def _with_bodies(board: Board, package: Package) -> tuple[Components, set[str]]:
    """The components with their bodies and courtyards, and the facts that these make."""
    c, f = board.components, board.features
    if not len(c) or not any(package.of(kind) for kind in ("fab", "courtyard")):
        return c, set()
    rows = np.flatnonzero((f.kind == Kind.PAD) & (f.component >= 0) & (board.layers.order >= 0)[f.layer])
    bounds = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(c), 1))
    b = shapely.bounds(f.core[rows]) + f.radius[rows, None] * [-1, -1, 1, 1]
    low, high = bounds[:, :2], bounds[:, 2:]
    np.minimum.at(low, f.component[rows], b[:, :2])
    np.maximum.at(high, f.component[rows], b[:, 2:])
    box = np.full(len(c), None, object)
    known = np.isfinite(bounds).all(axis=1)
    box[known] = shapely.box(*bounds[known].T)
    found = bodies_of(package, c.ref.tolist(), np.c_[c.x, c.y], c.side, box)
    c = replace(
        c, fab=found.fab, courtyard_top=found.courtyard_top, courtyard_bottom=found.courtyard_bottom,
        courtyard_problem=found.problem,
    )  # fmt: skip
    return c, {"fab" if kind == "fab" else "courtyards" for kind in found.kinds}


def _half_holes(board: Board) -> Pads:
    """The pads, with half holes and the plain lands about them marked as castellated: the board's edge runs through them.

    A file whose attributes name the parts says itself which lands belong together.
    """
    f, holes, pads = board.features, board.holes, board.pads
    round_ = shapely.length(holes.core) == 0  # a slot along the edge plates the edge
    half = np.flatnonzero(board.derived.castellated() & (holes.pad >= 0) & round_)
    lands = np.flatnonzero((f.kind == Kind.PAD) & (f.pad >= 0) & (f.component < 0) & (board.layers.order >= 0)[f.layer])
    if not len(half):
        return pads
    i, j = shape.meeting(shape.boxes(f.core[lands], f.radius[lands]), shape.boxes(holes.core[half], holes.radius[half]))
    row, hole = lands[i], half[j]
    met = shape.distance(f.core[row], f.radius[row], holes.core[hole], holes.radius[hole]) <= 0
    met &= f.net[row] == holes.net[hole]
    prop = pads.property.copy()
    chosen = np.unique(np.r_[holes.pad[half], f.pad[row[met]]])
    prop[chosen[prop[chosen] == ""]] = "castellated"
    return replace(pads, property=prop)


def _rims(features: Features, holes: Drilled) -> Bools:
    """Lines of the profile that draw the rim of a drilled hole, as some CAD tools do for every hole: no edge of the board."""
    out = np.zeros(len(features), np.bool_)
    edges = np.flatnonzero(features.kind == Kind.EDGE)
    if not len(edges) or not len(holes):
        return out
    around = shapely.buffer(shapely.centroid(holes.core), holes.radius + NEAR, cap_style="square")
    e, h = shapely.STRtree(around).query(features.core[edges], predicate="within")
    xy, of = shapely.get_coordinates(features.core[edges[e]], return_index=True)
    off = np.abs(shapely.distance(shapely.points(xy), holes.core[h[of]]) - holes.radius[h[of]])
    worst = np.zeros(len(e))
    np.maximum.at(worst, of, off)
    out[edges[e[worst <= NEAR]]] = True
    return out


def _plated(films: Films, holes: Drilled, lands: Lands, layers: Layers) -> Bools:
    """Whether each hole is plated: as the files say, else whether copper reaches beyond it, or a track ends in it."""
    n = len(holes)
    rows = np.flatnonzero((lands.of_object[films.object] >= 0) & (lands.of_object[films.object] < n))
    hole = lands.of_object[films.object[rows]]
    xy, of = shapely.get_coordinates(films.core[rows], return_index=True)
    reach = shapely.distance(shapely.points(xy), holes.core[hole[of]]) + films.radius[rows[of]] - holes.radius[hole[of]]
    ringed = np.zeros(n, np.bool_)
    ringed[hole[of[reach > RIM]]] = True
    drawn = np.isin(films.form, (Form.LINE, Form.ARC)) & (layers.role[films.layer] == "copper")
    strokes = films.core[drawn[films.object] & (shapely.get_type_id(films.core) == 1)]
    ends = np.concatenate([shapely.get_point(strokes, 0), shapely.get_point(strokes, -1)])
    if n and len(ends):
        end, met = shapely.STRtree(holes.core).query(ends, predicate="dwithin", distance=float(holes.radius.max()))
        ringed[met[shapely.distance(ends[end], holes.core[met]) <= holes.radius[met]]] = True
    return np.asarray(np.where(holes.plated == Cover.UNKNOWN, ringed, holes.plated == Cover.YES), np.bool_)
