"""Layers of two revisions of a board: where one has material or an opening that the other has not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .. import shape
from ..board import Board, Ints, Kind, Objects
from ..difference import Places, Shapes, less, uncovered
from ..names import Names
from ..package import Entry
from ._files import Row
from ._revision import Revisions, named

_LINE = 0.1
"""mm: outlines are compared by their centre lines, drawn so wide: the pen says nothing of the board."""
_AROUND = 0.3
"""mm: how much larger than a via's land its opening in the mask may be."""
_COARSE = 0.03
"""mm: how coarsely KiCad draws curves where it merges mask openings whose web is too narrow."""
_THIN = 1e-4
"""mm: what shapes are widened so that those which touch overlap."""
_WHOLE = 0.95
"""Share of a text that must be missing for the text to be missing."""
_LETTER = 0.6
"""mm: how far beside its place a text may stand and still be that text, drawn otherwise."""
_SOFT = {"silk": 1}
"""Steps by which differences on layers of a role are softer: ink joins nothing."""
_ABSENT = {"copper": 0, "mask": 1, "edge": 1, "paste": 2, "silk": 2}
"""Steps by which a film that is not there is softer: `layer-set` tells it too, and not every order has paste or ink."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """One layer of both boards."""

    name: str
    role: str
    entry: Entry
    native: Ints
    """Rows of features."""
    made: Ints


def compare_layers(two: Revisions, width: float, area: float) -> tuple[list[Row], int]:
    """Rows for the places at which a film and the board's layer differ, and how many features were compared.

    Places narrower than `width` mm are none; those below `area` mm2 are told together, where they come to more.
    """
    rows, count = [], 0
    films = two.films()
    for name, entry in films.items():
        layer = two.native.layer(name)
        made = two.made.layer(name)
        role = entry.role.kind
        if layer < 0 and role == "copper":
            rows.append(Row(f"a film of {name}, a layer that {two.board_name} does not have", file=entry.source, cause="layer"))
        if layer < 0 or made < 0:
            continue
        pair = _Layer(name, role, entry, _rows(two.native, layer, role), _rows(two.made, made, role))
        count += len(pair.native) + len(pair.made)
        rows += _Comparison(two, pair, width, area).rows()
    return rows + _absent(two, set(films)), count


def _absent(two: Revisions, films: set[str]) -> list[Row]:
    """A row for each layer on which the board has something, and of which no film was read."""
    layers, rows = two.native.layers, []
    for layer, (name, role) in enumerate(zip(layers.name.tolist(), layers.role.tolist())):
        if role in _ABSENT and name not in films and (count := len(_rows(two.native, layer, role))):
            what = "copper" if role == "copper" else f"{count} shape{'s' * (count > 1)}"
            text = f"no film of {name}, on which {two.board_name} has {what}"
            rows.append(Row(text, cause=f"no {name}", soften=_ABSENT[role]))
    return rows


def _rows(board: Board, layer: int, role: str) -> Ints:
    mine = board.features.kind == Kind.EDGE if role == "edge" else board.features.layer == layer
    return np.flatnonzero(mine).astype(np.int32)


class _Comparison:
    """The differences on one layer, told from what plot options explain."""

    def __init__(self, two: Revisions, layer: _Layer, width: float, area: float) -> None:
        self.two, self.layer, self.least = two, layer, area
        self.web = max(float(two.native.settings.get("solder_mask_min_width", 0.0)), 0.0) if layer.role == "mask" else 0.0
        self.width = max(width, _COARSE) if self.web else width
        self.soft = _SOFT.get(layer.role, 0)
        self.native = self._shapes(two.native, layer.native)
        self.made = self._shapes(two.made, layer.made).moved(*two.shift)

    def _shapes(self, board: Board, rows: Ints) -> Shapes:
        f = board.features
        radius = np.full(len(rows), _LINE / 2) if self.layer.role == "edge" else f.radius[rows]
        return Shapes(f.core[rows], radius)

    def rows(self) -> list[Row]:
        missing, extra = self._unrimmed(*uncovered(self.native, self.made, self.width))
        rows: list[Row] = []
        if len(extra):
            extra = self._unedged(self._cornered(extra, self.native), rows)
            extra = self._unfilled(extra, rows)
            extra = self._opened_vias(extra, self.two.made, rows, "open in this film and covered in")
        if len(missing):
            missing = self._masked(self._cornered(missing, self.made))
            missing = self._texts(missing, rows)
            missing = self._opened_vias(missing, self.two.native, rows, "covered in this film and open in")
        missing, extra = self._redrawn(missing, extra, rows)
        return rows + self._told(missing, True) + self._told(extra, False)

    # -- what plot options explain ------------------------------------------------------------------------------------

    def _unrimmed(self, missing: Places, extra: Places) -> tuple[Places, Places]:
        """Without lines of the outline that draw the rim of a hole which is drilled anyway."""
        if self.layer.role != "edge":
            return missing, extra

        def others(places: Places, board: Board, x: float, y: float) -> Places:
            drilled = Shapes(board.holes.core, board.holes.radius).moved(x, y)
            rims = shapely.buffer(shapely.boundary(shape.polygons(*drilled)), _LINE / 2 + _COARSE)
            return places.take(~self._within(places, rims)) if len(places) else places

        return others(missing, self.two.made, *self.two.shift), others(extra, self.two.native, 0.0, 0.0)

    def _unedged(self, extra: Places, rows: list[Row]) -> Places:
        """Without the board's edge, which KiCad draws on every layer if asked; on copper, which is cut there, a row tells."""
        if self.layer.role == "edge":
            return extra
        f = self.two.native.features
        edges = np.flatnonzero(f.kind == Kind.EDGE)
        left = less(extra, Shapes(f.core[edges], np.maximum(f.radius[edges], _LINE / 2) + self.width), self.width)
        along = float(extra.area.sum() - left.area.sum())
        if self.layer.role == "copper" and along > self.least:
            some = less(extra, Shapes(left.part, np.zeros(len(left))), self.width) if len(left) else extra
            text = f"{along:.3g} mm2 of copper along the edge of the board, where {self.two.board_name} has none"
            rows.append(self._row(some, int(np.argmax(some.area)), text, "edge", 2)._replace(value=along))
        return left

    def _masked(self, missing: Places) -> Places:
        """Without ink in openings of the solder mask, which KiCad takes away if asked, and fabricators always."""
        if self.layer.role != "silk":
            return missing
        native = self.two.native
        side = native.layers.side[native.layer(self.layer.name)]
        rows = np.flatnonzero(np.isin(native.features.layer, native.layers_with("mask", side)))
        return less(missing, Shapes(native.features.core[rows], native.features.radius[rows] + self.width), self.width)

    def _cornered(self, places: Places, others: Shapes) -> Places:
        """Without the corners of openings, which versions of KiCad round or not, and webs that it leaves out as too narrow."""
        if self.layer.role not in ("mask", "paste") or not len(places):
            return places
        near = np.unique(shapely.STRtree(places.part).query(shape.boxes(*others, self.web))[0])
        whole = shapely.union_all(
            shapely.buffer(others.core[near], others.radius[near] + _THIN, join_style="mitre", mitre_limit=2)
        )
        if self.web:
            whole = shapely.buffer(shapely.buffer(whole, self.web / 2, join_style="mitre"), _COARSE - self.web / 2)
        return less(places, Shapes(np.array([whole, None], object)[:1], np.zeros(1)), self.width)

    def _unfilled(self, extra: Places, rows: list[Row]) -> Places:
        """Without copper in zones that are not filled in the board: one row tells of all."""
        zones, native = self.two.native.zones, self.two.native
        layer = native.layer(self.layer.name)
        on = np.array([layer in layers for layers in zones.layers], np.bool_) if len(zones) else np.zeros(0, np.bool_)
        empty = np.flatnonzero(on & ~zones.filled & ~zones.rule_area & ~zones.teardrop)
        if self.layer.role != "copper" or not len(empty) or not len(extra):
            return extra
        inside = self._within(extra, np.asarray(shapely.buffer(zones.outline[empty], 0.01), object))
        if inside.any():
            some = extra.take(inside)
            text = (
                f"{some.area.sum():.2f} mm2 of copper in zones that {self.two.board_name} holds unfilled: fill them, compare anew"
            )
            rows.append(self._row(some, int(np.argmax(some.area)), text, "unfilled", 1))
        return extra.take(~inside)

    def _opened_vias(self, places: Places, board: Board, rows: list[Row], words: str) -> Places:
        """Without mask openings over vias, which an option of the plot tents or not: one row tells of all."""
        f = board.features
        side = board.layers.side[board.layer(self.layer.name)]
        mine = np.flatnonzero((f.kind == Kind.VIA) & (board.layers.order >= 0)[f.layer] & (board.layers.side[f.layer] == side))
        if self.layer.role != "mask" or not len(mine) or not len(places):
            return places
        lands = Shapes(f.core[mine], f.radius[mine] + _AROUND)
        lands = lands if board is self.two.native else lands.moved(*self.two.shift)
        inside = (places.area > self.least) & self._within(places, shape.polygons(*lands))
        if inside.any():
            some = places.take(inside)
            count = int(sum(shapely.get_num_geometries(some.part)))
            text = f"{count} via{'s' * (count > 1)} {words} {self.two.board_name}"
            rows.append(self._row(some, int(np.argmax(some.area)), text, "vias", 1))
        return places.take(~inside)

    def _texts(self, missing: Places, rows: list[Row]) -> Places:
        """Without references or values of parts, if all of either are missing: KiCad leaves them out if asked."""
        native, layer = self.two.native, self.layer
        f, items = native.features, native.items
        if layer.role != "silk":
            return missing
        mine = layer.native[(f.kind[layer.native] == Kind.TEXT) & (f.component[layer.native] >= 0)]
        label, parts = items.label[f.item[mine]], native.components
        for word, texts in (("references", parts.ref), ("values", parts.value)):
            chosen = mine[label == texts[f.component[mine]]]
            if not len(chosen):
                continue
            ink = shapely.union_all(shape.polygons(f.core[chosen], f.radius[chosen]))
            gone = shapely.union_all(missing.part)
            if shapely.intersection(ink, gone).area < _WHOLE * ink.area:
                continue
            count = len(np.unique(f.item[chosen]))
            inside = self._within(missing, np.array([shapely.buffer(ink, self.width)], object))
            if inside.any():
                some = missing.take(inside)
                text = f"the {count} {word} of parts are left out of the plot"
                rows.append(self._row(some, int(np.argmax(some.area)), text, word, 2))
                missing = missing.take(~inside)
        return missing

    def _redrawn(self, missing: Places, extra: Places, rows: list[Row]) -> tuple[Places, Places]:
        """Without texts that the film draws otherwise, in another font or with other words: one row tells of all."""
        native, mine = self.two.native, self.layer.native
        f = native.features
        texts = mine[f.kind[mine] == Kind.TEXT]
        if self.layer.role != "silk" or not len(texts) or not len(missing):
            return missing, extra
        item, of = np.unique(f.item[texts], return_inverse=True)
        bounds = np.full((len(item), 4), np.inf)
        ink = shapely.bounds(f.core[texts]) * [1, 1, -1, -1]
        for k in range(4):
            np.minimum.at(bounds[:, k], of, ink[:, k])
        areas = shapely.box(*(bounds * [1, 1, -1, -1] + np.array([-1, -1, 1, 1]) * _LETTER).T)
        areas = areas[np.unique(shapely.STRtree(areas).query(missing.part, predicate="intersects")[1])]
        gone, new = self._within(missing, areas), self._within(extra, areas)
        if not gone.any():
            return missing, extra
        some = missing.take(gone)
        worst = int(np.argmax(some.area))
        if some.area[worst] > self.least:
            total = float(some.area.sum() + extra.area[new].sum())
            who = self._who(some.take([worst]), True)[0]
            text = f"texts are drawn otherwise, in another font or with other words, at {len(some)} places: {who}"
            rows.append(self._row(some, worst, text, "texts")._replace(value=total))
        return missing.take(~gone), extra.take(~new)

    @staticmethod
    def _within(places: Places, areas: Objects) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which places lie wholly in the areas."""
        inside = np.zeros(len(places), np.bool_)
        i, j = shapely.STRtree(areas).query(places.part, predicate="intersects")
        order = np.argsort(i, kind="stable")
        i, j = i[order], j[order]
        for k, near in zip(np.unique(i).tolist(), np.split(j, np.flatnonzero(np.diff(i)) + 1)):
            inside[k] = shapely.difference(places.part[k], shapely.union_all(areas[near])).area < 1e-6
        return inside

    # -- what is left -------------------------------------------------------------------------------------------------

    def _told(self, places: Places, missing: bool) -> list[Row]:
        """A row a place with what is there, the largest first; those that are small come together in one."""
        if not len(places) or places.area.sum() <= self.least:
            return []
        large = np.flatnonzero(places.area > self.least)
        small = np.setdiff1d(np.arange(len(places)), large)
        who = self._who(places, missing)
        board, layer = self.two.board_name, self.layer.name
        rows = []
        for k in large[np.argsort(-places.area[large], kind="stable")].tolist():
            x0, y0, x1, y1 = places.part[k].bounds
            size = f"{places.area[k]:.3g} mm2 ({x1 - x0:.2f} x {y1 - y0:.2f} mm)"
            if missing:
                text = f"{size} of {layer} missing, where {board} has {who[k]}"
            else:
                text = f"{size} on {layer} ({who[k]}) that {board} does not have"
            rows.append(self._row(places, k, text))
        total = float(places.area[small].sum())
        if total > self.least and self.layer.role != "edge":  # there the chords of an arc are small places already
            text = f"{total:.3g} mm2 {'missing' if missing else 'too much'} on {layer} at {len(small)} small places"
            worst = int(small[np.argmax(places.area[small])])
            rows.append(self._row(places, worst, text)._replace(value=total))
        return rows

    def _row(self, places: Places, k: int, text: str, cause: str = "", soften: int | None = None) -> Row:
        x, y, area = float(places.x[k]), float(places.y[k]), float(places.area[k])
        soften, cause = self.soft if soften is None else soften, f"*{self.layer.name} {cause}".rstrip()
        return Row(text + self.two.said, file=self.layer.entry.source, cause=cause, soften=soften, value=area, x=x, y=y)

    def _who(self, places: Places, missing: bool) -> list[str]:
        """What the board, or the film, has at each place: the item that covers most of it, and how many others."""
        board = self.two.native if missing else self.two.made
        shapes, rows = (self.native, self.layer.native) if missing else (self.made, self.layer.made)
        names = Names(board)
        i, j = shapely.STRtree(shape.boxes(*shapes)).query(places.part)
        over = shapely.area(shapely.intersection(shape.polygons(*shapes.take(j)), places.part[i]))
        out = ["something"] * len(places)
        good = np.flatnonzero(over > 1e-6)
        good = good[np.argsort(i[good], kind="stable")]
        for mine in np.split(good, np.flatnonzero(np.diff(i[good])) + 1) if len(good) else ():
            each, of = np.unique(board.features.item[rows[j[mine]]], return_inverse=True)
            best = each[np.argmax(np.bincount(of, weights=over[mine]))]
            more = f" and {len(each) - 1} more" if len(each) > 1 else ""
            out[int(i[mine[0]])] = self._name(names, board, int(best)) + more
        return out

    def _name(self, names: Names, board: Board, item: int) -> str:
        text = named(names, item, self.layer.name)
        if board.items.kind[item] == Kind.TEXT and (label := str(board.items.label[item])):
            text += f" {label[:40]!r}"
        return text
