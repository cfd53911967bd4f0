"""What checks share, each computed at most once a board and only when a check asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from . import copper as _copper
from . import facing as _facing
from . import joints as _joints
from . import mask as _mask
from . import notch, shape, ties
from .board import Board, Bools, Floats, Ints, Kind, Objects
from .chips import Chips, chips
from .cover import spans
from .density import Density
from .fiducials import Fiducials, fiducials
from .panel import Breaklines, breaklines
from .parts import Parts, parts
from .pieces import Pairs, Pieces, Routed, cut, least
from .relief import Reliefs, reliefs
from .silk import Ink, ink
from .stencil import Stencil, stencil
from .tiles import Lattice, Tiles
from .units import EPS, TOUCH

P = ParamSpec("P")
T = TypeVar("T")
_TIES = re.compile("net[-_]?tie|bridged", re.IGNORECASE)

def once(method: Callable[Concatenate[Derived, P], T]) -> Callable[Concatenate[Derived, P], T]:
    """Compute a method's result once per arguments.

    No locks: geometry of the library behind shapely must not be prepared or asked by two threads at a time, so a board
    belongs to one thread. Boards are checked side by side in processes.
    """

    @wraps(method)
    def cached(self: Derived, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (method.__name__, args, tuple(sorted(kwargs.items())))
        if key not in self._results:
            self._results[key] = method(self, *args, **kwargs)
        return self._results[key]  # type: ignore[no-any-return]

    return cached


class Derived:
    """Lazily computed facts of one board, for one thread."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._results: dict[Any, Any] = {}

    def remember(self, function: Callable[[Board], T]) -> T:
        """What the function makes of the board, see `board.once_a_board`."""
        if function not in self._results:
            self._results[function] = function(self.board)
        return self._results[function]  # type: ignore[no-any-return]

    # -- copper -----------------------------------------------------------------------------------------------------

    @once
    def copper_rows(self, layer: int) -> Ints:
        """Rows of `Board.features` on a copper layer."""
        return np.flatnonzero(self.board.features.layer == layer).astype(np.int32)

    @once
    def lands(self, side: int) -> Ints:
        """Rows of `Board.features`: the copper of pads on the outer layer of a side (0 top, 1 bottom)."""
        rows = self.copper_rows(int(self.board.outer_layer(side)))
        return np.asarray(rows[self.board.features.kind[rows] == Kind.PAD], np.int32)

    @once
    def pieces(self, layer: int) -> Pieces:
        """The features of one layer, zone fills and long lines cut up."""
        f, rows = self.board.features, self.copper_rows(layer)
        return cut(f.core[rows], f.radius[rows], rows)

    @once
    def tree(self, layer: int) -> shapely.STRtree:
        """Index over the boxes of `pieces(layer)`, each grown by its radius."""
        pieces = self.pieces(layer)
        return shapely.STRtree(shape.boxes(pieces.core, pieces.radius))

    @once
    def adopted(self) -> Ints:
        """Sorted codes (item * nets + net) of drawn copper without a net that belongs to the nets that it touches.

        A drawing that touches copper of one net only is of that net. One in a footprint that ties nets (a net tie, a
        bridged solder jumper) is of all nets of the lands that it touches there. So is one that joins the lands of a
        footprint with at most three pins, a closed jumper: files before KiCad 7 cannot declare it. Films round to a
        nanometre, so what is drawn within `EPS` of a land touches it.
        """
        board, f = self.board, self.board.features
        free = np.flatnonzero((f.net < 0) & np.isin(f.kind, (Kind.GRAPHIC, Kind.TEXT)) & (board.layers.order >= 0)[f.layer])
        touching = []
        for layer in np.unique(f.layer[free]).tolist():
            mine, pieces = free[f.layer[free] == layer], self.pieces(layer)
            i, j = self.tree(layer).query(shape.boxes(f.core[mine], f.radius[mine]))
            row, other = mine[i], pieces.owner[j]
            keep = f.net[other] >= 0
            row, other, j = row[keep], other[keep], j[keep]
            met = shape.distance(f.core[row], f.radius[row], pieces.core[j], f.radius[other]) <= EPS
            touching.append(np.stack([f.item[row[met]], f.net[other[met]], f.component[row[met]], f.component[other[met]]]))
        if not touching:
            return np.empty(0, np.int64)
        item, net, mine, other = np.unique(np.concatenate(touching, axis=1).astype(np.int64), axis=1)
        pairs = np.unique(np.stack([item, net]), axis=1)
        items, counts = np.unique(pairs[0], return_counts=True)
        nets = max(len(board.nets), 1)
        pins = {(c, str(n)) for c, n in zip(board.pads.component.tolist(), board.pads.number.tolist()) if c >= 0}
        count = np.bincount([c for c, _ in pins], minlength=len(board.components)) if pins else np.zeros(len(board.components))
        ties = np.append(ties_nets(board.components) | (count <= 3), False)
        of_own_pads = np.isin(mine * nets + net, board.pads.component.astype(np.int64) * nets + board.pads.net)
        good = np.isin(item, items[counts == 1]) | (ties[mine] & ((mine == other) | of_own_pads))
        return np.unique(item[good] * nets + net[good])

    def different_nets(self, a: Ints, b: Ints) -> Any:
        """Whether paired features are of different nets.

        Two pieces without a net differ unless they are one item, one drawing, lands of one number in one component, or a
        drawing in the component of the other; drawn copper counts as of the nets that it is `adopted` by.
        """
        f = self.board.features
        net_a, net_b = f.net[a], f.net[b]
        drawn = (f.kind == Kind.GRAPHIC) | (f.kind == Kind.TEXT)
        label = self.board.items.label
        one_part = (f.component[a] == f.component[b]) & (drawn[a] | drawn[b]) & ((f.component[a] >= 0) | (drawn[a] & drawn[b]))
        lands = np.flatnonzero((net_a < 0) & (net_b < 0) & (f.component[a] == f.component[b]) & (f.component[a] >= 0) & ~one_part)
        one_part[lands] = label[f.item[a[lands]]] == label[f.item[b[lands]]]
        same_owner = (f.item[a] == f.item[b]) | one_part
        different = np.where((net_a < 0) & (net_b < 0), ~same_owner, net_a != net_b)
        return different & ~self.adopts(f.item[a], net_b) & ~self.adopts(f.item[b], net_a)

    def adopts(self, item: Ints, net: Ints) -> Any:
        """Whether paired items are drawn copper that belongs to the net, see `adopted`."""
        adopted = self.adopted()
        if not len(adopted):
            return np.zeros(len(item), np.bool_)
        return np.isin(item * np.int64(max(len(self.board.nets), 1)) + net, adopted) & (net >= 0)

    @once
    def neighbours(self, reach: float) -> Pairs:
        """All pairs of copper features of different nets on one layer that are nearer than `reach` mm.

        Two features without a net are different unless they belong to one component. Order of work: boxes, then nets,
        then the exact distance of the few that remain (`parsers.md`: 14 to 19 times faster than the reverse).
        """
        layers = self.board.copper_layers.tolist()
        parts = [self._neighbours_on(layer, reach) for layer in layers]
        if not parts:
            none, nothing = np.empty(0, np.int32), np.empty(0)
            return Pairs(none, none, nothing, np.empty(0, object), np.empty(0, object), nothing, nothing)
        return Pairs(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)})

    def _neighbours_on(self, layer: int, reach: float) -> Pairs:
        f, pieces = self.board.features, self.pieces(layer)
        grown = shape.boxes(pieces.core, pieces.radius, reach / 2)
        i, j = (k.astype(np.int32) for k in shapely.STRtree(grown).query(grown)) if len(grown) else (np.empty(0, np.int32),) * 2
        a, b = pieces.owner[i], pieces.owner[j]
        keep = (a < b) & self.different_nets(a, b)
        i, j, a, b = i[keep], j[keep], a[keep], b[keep]
        d = shape.distance(pieces.core[i], pieces.radius[i], pieces.core[j], pieces.radius[j])
        drawn = (f.net < 0) & ((f.kind == Kind.GRAPHIC) | (f.kind == Kind.TEXT))
        # Drawings without a net that meet are one drawing: nothing tells that they should be apart.
        pair = a.astype(np.int64) * len(f) + b
        one = drawn[a] & drawn[b]
        near = (d < reach) & ~(one & np.isin(pair, pair[one & (d <= TOUCH)]))
        i, j, a, b, d = i[near], j[near], a[near], b[near], d[near]
        inside_a, inside_b, depth, inside_pa, inside_pb = self._inside(layer, f)
        a, b, d = np.r_[a, inside_a].astype(np.int32), np.r_[b, inside_b].astype(np.int32), np.r_[d, depth]
        piece_a, piece_b = np.r_[pieces.core[i], inside_pa], np.r_[pieces.core[j], inside_pb]
        first = least(d, a, b)
        a, b = a[first], b[first]
        return Pairs(a, b, d[first], piece_a[first], piece_b[first], f.radius[a], f.radius[b])

    def _inside(self, layer: int, f: Any) -> tuple[Any, Any, Floats, Objects, Objects]:
        """Pairs of which one lies inside the other's filled area, away from its boundary: their distance is below 0."""
        rows = self.copper_rows(layer)
        coords, owner = shapely.get_coordinates(f.core[rows], return_index=True)
        spot = coords[np.searchsorted(owner, np.arange(len(rows)))]
        i, outer = self._areas_holding(layer, spot)
        inner = rows[i]
        keep = (outer != inner) & self.different_nets(outer, inner)
        outer, inner, points = outer[keep], inner[keep], shapely.points(spot[i[keep]])
        return np.minimum(outer, inner), np.maximum(outer, inner), -(f.radius[outer] + f.radius[inner]), points, points

    def areas_at(self, layer: int, points: Objects) -> tuple[Ints, Ints]:
        """Points that lie in filled areas of a copper layer: pairs (index of the point, row of the feature)."""
        return self._areas_holding(layer, np.stack([shapely.get_x(points), shapely.get_y(points)], axis=1))

    def _areas_holding(self, layer: int, xy: Floats) -> tuple[Ints, Ints]:
        f, rows = self.board.features, self.copper_rows(layer)
        areas = rows[np.isin(shapely.get_type_id(f.core[rows]), (3, 6))]
        a, i = shape.holding(shapely.bounds(f.core[areas]), xy)
        shapely.prepare(f.core[areas])
        hit = shapely.intersects_xy(f.core[areas[a]], xy[i, 0], xy[i, 1])
        return i[hit].astype(np.int32), areas[a[hit]]

    # -- parts and panel ---------------------------------------------------------------------------------------------

    @once
    def parts(self) -> Parts:
        """What each component is: family, body, height..."""
        return parts(self.board)

    @once
    def fiducials(self) -> Fiducials:
        return fiducials(self.board)

    @once
    def printed_lands(self) -> Ints:
        """Rows of `Board.features`: copper of SMD lands on which paste is printed."""
        return _joints.printed_lands(self.board)

    @once
    def joints(self) -> _joints.Joints:
        """What has to be soldered, see `dfmcheck.joints.joints`."""
        return _joints.joints(self.board)

    @once
    def copper_bits(self, layer: int) -> NDArray[np.float32]:
        """mm of copper within the outline in each bit of `lattice()`: lines x bits. Holes are not taken out."""
        f, rows, lattice = self.board.features, self.copper_rows(layer), self.lattice()
        polygons, loops = _copper.outlines(f.core[rows], f.radius[rows])
        return lattice.fill(spans(polygons, self.board.outline, lattice.step, loops))

    @once
    def lattice(self) -> Lattice:
        """The lines along which areas are measured."""
        return Lattice.of(self.board.outline)

    @once
    def tiles(self, tile: float, step: float) -> Tiles:
        """Board and copper areas in cells of `step` mm, for windows of `tile` mm."""
        return Tiles(self, tile, step)

    @once
    def density(self, tile: float, step: float) -> Density:
        """What parts fill of each side, by the same cells."""
        return Density(self, tile, step)

    @once
    def chips(self) -> Chips:
        """Parts of two lands."""
        return chips(self.board, self.parts())

    @once
    def chip_exits(self) -> ties.Exits:
        """What copper leaves the lands of chips, on their own side."""
        pads = np.r_[self.chips().one, self.chips().two]
        outer = self.board.copper_layers[[0, -1]] if len(self.board.copper_layers) > 1 else self.board.copper_layers
        return ties.exits(self, pads, outer)

    @once
    def breaklines(self) -> Breaklines:
        return breaklines(self.board)

    @once
    def ink(self) -> Ink:
        """What is printed on the silk layers, both sides."""
        return ink(self.board)

    # -- board edge -------------------------------------------------------------------------------------------------

    @once
    def edge_pieces(self) -> Pieces:
        """The drawn centre lines of the board edge and its cut-outs; `owner` is the row in `Board.features`."""
        f = self.board.features
        rows = np.flatnonzero(f.kind == Kind.EDGE).astype(np.int32)
        pieces = cut(f.core[rows], np.zeros(len(rows)), rows)
        return pieces

    @once
    def routed(self) -> Routed:
        """Everything that a router cuts: the outline and cut-outs, and the rims of non-plated slots."""
        f, holes, edge = self.board.features, self.board.holes, self.edge_pieces()
        slots = ~holes.plated & (shapely.length(holes.core) > 0)
        return Routed(
            np.concatenate([edge.core, holes.core[slots]]),
            np.concatenate([edge.radius, holes.radius[slots]]),
            np.concatenate([f.item[edge.owner], holes.item[slots]]).astype(np.int32),
        )

    @once
    def castellated(self) -> Any:
        """Mask over `Board.holes`: half holes, made on purpose.

        A plated hole is one if its pad says that it is a castellation, or if the outline runs through it near its
        middle: within half its radius of the centre, or across a slot's axis. A hole that the edge merely nicks is none.
        """
        holes, edge, pads = self.board.holes, self.edge_pieces(), self.board.pads
        mask = np.append(pads.property == "castellated", False)[holes.pad].astype(np.bool_)
        i, j = shape.meeting(shape.boxes(holes.core, holes.radius), shape.boxes(edge.core, edge.radius))
        near = np.where(shapely.length(holes.core) > 0, 0.0, holes.radius / 2)
        mask[i[shapely.distance(holes.core[i], edge.core[j]) <= near[i]]] = True
        return mask & holes.plated

    @once
    def mouse_bites(self) -> Any:
        """Mask over `Board.holes`: rows of equal small non-plated holes along which a board is broken off.

        A hole of at most 1.1 mm counts if two others of its size stand within 4.5 diameters, centre to centre, or if it
        ends a row of such holes, and the outline is no farther than that.
        """
        holes, edge = self.board.holes, self.edge_pieces()
        mask = np.zeros(len(holes), np.bool_)
        rows = np.flatnonzero(~holes.plated & (holes.radius <= 0.55) & (shapely.length(holes.core) == 0))
        if not len(rows) or not len(edge.core):
            return mask
        near = 9 * holes.radius[rows]
        around = shapely.bounds(holes.core[rows]) + near[:, None] * [-1, -1, 1, 1]
        i, j = shapely.STRtree(holes.core[rows]).query(shapely.box(*around.T))
        alike = (i != j) & (np.abs(holes.radius[rows][i] - holes.radius[rows][j]) < 1e-3)
        alike &= shapely.distance(holes.core[rows][i], holes.core[rows][j]) <= near[i]
        i, j = i[alike], j[alike]
        twins = np.bincount(i, minlength=len(rows)) >= 2
        twins[i[twins[j]]] = True
        at_edge = shapely.STRtree(edge.core).query(holes.core[rows], predicate="dwithin", distance=near)[0]
        mask[rows[np.intersect1d(np.flatnonzero(twins), at_edge)]] = True
        return mask

    # -- lands ------------------------------------------------------------------------------------------------------

    @once
    def bare_lands(self) -> tuple[Ints, Objects, Floats]:
        """The solderable part of every pad on the outer layers: rows of `Board.features`, cores and radii.

        A land inside its own mask opening is bare as drawn; one that the mask overlaps is bare where the openings leave
        it so; one under mask has no row.
        """
        board, f = self.board, self.board.features
        rows = np.flatnonzero((f.kind == Kind.PAD) & (board.layers.order >= 0)[f.layer]).astype(np.int32)
        cores, radii, kept = [], [], []
        for side in ("top", "bottom"):
            on = rows[board.layers.side[f.layer[rows]] == side]
            masks = board.layers_with("mask", side)
            openings = np.flatnonzero(np.isin(f.layer, masks)) if len(masks) else np.empty(0, np.intp)
            if not len(on) or not len(openings):
                continue
            core, radius, bare = f.core[on].copy(), f.radius[on].copy(), np.zeros(len(on), np.bool_)
            i, j = shape.meeting(shape.boxes(core, radius), shape.boxes(f.core[openings], f.radius[openings]))
            # A pad's own opening with the same core and no smaller a radius leaves the land bare as it is.
            o = openings[j]
            own = (f.item[on[i]] == f.item[o]) & (f.radius[o] >= radius[i] - 1e-9)
            same = np.zeros(len(own), np.bool_)
            same[own] = shapely.equals_exact(core[i[own]], f.core[o[own]], 1e-9)
            other = own & ~same
            own = same
            own[other] = shapely.covers(
                shape.polygons(f.core[o[other]], f.radius[o[other]] + 1e-4), shape.polygons(core[i[other]], radius[i[other]])
            )
            bare[i[own]] = True
            partly = np.flatnonzero(~bare[i])
            i, j = i[partly], j[partly]
            over = shape.distance(core[i], radius[i], f.core[openings[j]], f.radius[openings[j]]) <= 0
            i, j = i[over], j[over]
            order = np.argsort(i, kind="stable")
            lands, starts = np.unique(i[order], return_index=True)
            for k, above in zip(lands.tolist(), np.split(openings[j[order]], starts[1:])):
                windows, land = shape.polygons(f.core[above], f.radius[above]), shape.polygons(core[[k]], radius[[k]])[0]
                if len(above) == 1 and shapely.covers(land, windows[0]):  # the opening alone says what is bare, exactly
                    core[k], radius[k], bare[k] = f.core[above[0]], f.radius[above[0]], True
                    continue
                left = shapely.intersection(shapely.union_all(windows), land)
                if left.area > 1e-6:
                    core[k], radius[k], bare[k] = left, 0.0, True
            kept.append(on[bare])
            cores.append(core[bare])
            radii.append(radius[bare])
        if not kept:
            return np.empty(0, np.int32), np.empty(0, object), np.empty(0)
        return np.concatenate(kept), np.concatenate(cores), np.concatenate(radii)

    @once
    def masks(self, reach: float) -> tuple[_mask.Mask, ...]:
        """The solder mask of each side, see `dfmcheck.mask.masks`."""
        return _mask.build(self, reach)

    @once
    def land_pairs(self, reach: float) -> Pairs:
        """Pairs of bare lands of different pads on one side that are nearer than `reach`, of any nets."""
        f = self.board.features
        rows, core, radius = self.bare_lands()
        grown = shape.boxes(core, radius, reach / 2)
        i, j = shape.meeting(grown, grown)
        a, b = rows[i], rows[j]
        keep = (a < b) & (f.layer[a] == f.layer[b]) & (f.item[a] != f.item[b])
        i, j = i[keep], j[keep]
        d = shape.distance(core[i], radius[i], core[j], radius[j])
        near = d < reach
        i, j = i[near], j[near]
        return Pairs(rows[i], rows[j], d[near], core[i], core[j], radius[i], radius[j])

    @once
    def stencil(self) -> Stencil:
        """The apertures of the paste layers as they are cut."""
        return stencil(self.board)

    # -- merged copper ----------------------------------------------------------------------------------------------

    @once
    def touching(self, layer: int) -> tuple[Ints, Ints]:
        """Pairs of features of a copper layer that touch, see `dfmcheck.copper.touching`."""
        pieces = self.pieces(layer)
        return _copper.touching(self.board, self.copper_rows(layer), pieces.core, pieces.radius, pieces.owner)

    @once
    def links(self) -> tuple[Ints, Ints]:
        """Pairs of features that conduct into each other: those that touch on a layer, and the lands of one plated hole."""
        pairs = [_copper.hole_links(self.board), *(self.touching(layer) for layer in self.board.copper_layers.tolist())]
        return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])

    @once
    def nodes(self) -> Ints:
        """Per feature its node of connected copper (the row of one of the node's features), -1 for what is no copper."""
        f = self.board.features
        label = _copper.components(len(f), *self.links())
        return np.where((self.board.layers.order >= 0)[f.layer], label, -1).astype(np.int32)

    @once
    def clusters(self, layer: int) -> Ints:
        """Per feature in `copper_rows` the piece of touching copper that it is in: the row of one of the piece's features."""
        return _copper.clusters(self.board, self.copper_rows(layer), *self.touching(layer))

    @once
    def members(self, layer: int) -> dict[int, Ints]:
        """The rows of the features in each piece of a layer's poured copper, by `Copper.cluster`."""
        rows, cluster = self.copper_rows(layer), self.clusters(layer)
        pieces = np.unique(cluster[_copper.is_region(self.board, rows)])
        mine = np.isin(cluster, pieces)
        rows, cluster = rows[mine], cluster[mine]
        order = np.argsort(cluster, kind="stable")
        starts = np.searchsorted(cluster[order], pieces)
        return dict(zip(pieces.tolist(), np.split(rows[order], starts[1:]))) if len(pieces) else {}

    @once
    def in_poured(self, layer: int) -> Bools:
        """Mask over `copper_rows`: features of the pieces that `poured` merges."""
        rows, cluster = self.copper_rows(layer), self.clusters(layer)
        chosen = _copper.is_region(self.board, rows) | np.isin(rows, self.reliefs().feature)
        return np.asarray(np.isin(cluster, cluster[chosen]), np.bool_)

    @once
    def poured(self, layer: int) -> _copper.Copper:
        """The merged copper of a layer's pieces that hold poured copper, or a land that a zone joins by relief."""
        rows, cluster, chosen = self.copper_rows(layer), self.clusters(layer), self.in_poured(layer)
        return _copper.merged(self.board, rows[chosen], cluster[chosen], self.touching(layer))

    @once
    def loose_shapes(self, layer: int) -> notch.Shapes:
        """The features of a layer that `poured` leaves out, texts aside."""
        return notch.shapes(self, layer)

    @once
    def copper(self, layer: int, reach: float, wedge: float, length: float) -> _copper.Copper:
        """The poured copper of a layer and, merged as well, what may leave narrow air beside it, see `dfmcheck.notch`."""
        rows, cluster = self.copper_rows(layer), self.clusters(layer)
        chosen = notch.around(self, layer, reach, wedge, length)
        rest = _copper.merged(self.board, rows[chosen], cluster[chosen])
        return _copper.Copper.join(self.poured(layer), rest)

    @once
    def rings(self, layer: int) -> _facing.Rings:
        """The boundary rings of a layer's `poured` copper."""
        return _facing.rings(self.poured(layer).part)

    def all_rings(self, layer: int, reach: float, wedge: float, length: float) -> _facing.Rings:
        """The boundary rings of a layer's `copper`."""
        first = len(self.poured(layer).part)
        return self.rings(layer).and_of(_facing.rings(self.copper(layer, reach, wedge, length).part[first:]), first)

    @once
    def reliefs(self) -> Reliefs:
        """Lands that zones join by thermal relief."""
        return reliefs(self.board)

    @once
    def _lands(self, layer: int) -> tuple[Ints, shapely.STRtree]:
        rows = self.copper_rows(layer)
        rows = rows[~_copper.is_region(self.board, rows)]
        return rows, shapely.STRtree(shape.boxes(self.board.features.core[rows], self.board.features.radius[rows]))

    def lands_at(self, layer: int, xy: Floats, margin: float = 0.0) -> tuple[Ints, Ints]:
        """Pairs (index of point, row of feature): copper other than poured copper within `margin` of the points (N x 2)."""
        rows, tree = self._lands(layer)
        f, points = self.board.features, shapely.points(xy)
        b = np.c_[xy - margin, xy + margin]
        i, j = tree.query(shapely.box(*b.T))
        near = shapely.distance(points[i], f.core[rows[j]]) <= f.radius[rows[j]] + margin
        return i[near].astype(np.int32), rows[j[near]]

    @once
    def fill_contacts(self, tolerance: float) -> tuple[Ints, Ints, Floats]:
        """Zone fills that touch what is not of their net: rows of fills, of pads', vias' and tracks' features, depth in mm.

        Less than `tolerance` apart is a touch too, of a negative depth.
        """
        return _copper.fill_contacts(self, tolerance)

    @once
    def stale_zones(self) -> Ints:
        """Rows of `Board.zones` whose fill touches another net's pad, via, track or hole; see `dfmcheck.checks.stale_fill`."""
        fills, _, _ = self.fill_contacts(0.0)
        holed, _, _ = self.fill_holes(0.0)
        zone = np.unique(self.board.features.zone[np.r_[fills, holed]])
        return zone[zone >= 0]  # a fill of a film has no zone that could be filled anew

    @once
    def fill_holes(self, tolerance: float) -> tuple[Ints, Ints, Floats]:
        """Zone fills into which a hole of another net, or of none, is drilled: rows of fills, rows of holes, depth in mm."""
        return _copper.fill_holes(self, tolerance)


def ties_nets(components: Any) -> Any:
    """Mask over components that join nets on purpose: declared net ties, and by name where the file is too old for that."""
    named = [_TIES.search(str(name)) is not None for name in components.footprint]
    return components.net_tie | np.asarray(named, np.bool_) if len(components) else np.zeros(0, np.bool_)
