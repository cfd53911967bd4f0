"""How findings name what is on a board: items for people and machines, and the owners that causes are grouped by."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from os.path import commonpath
from pathlib import PurePosixPath

import numpy as np
import shapely

from .board import Board, Floats, Kind
from .provenance import Locator
from .read.strokefont import ESCAPES
from .report import ItemRef

Owner = tuple[str, int]
"""("component" | "zone" | "net" | "edge" | "drawing" | "item" | "file" | "", row in the table of that kind; of a file that in
`Package.sources`)."""

_KINDS = [k.name.lower() for k in sorted(Kind)]
_OWNERS = ["", "component", "zone", "edge", "net", "drawing", "item"]
BY_PLACE = re.compile(r"net at -?\d+\.\d -?\d+\.\d(?: #\d+)?")
"""Name of a net that no file names, see `read.assemble_nets`."""
_STEP, _OFF = 0.1, 0.0337
"""mm: coordinates in identities count steps. Their borders lie where no grid of mm, mil or an eighth of a mil has a point, so
that rounding moves nothing across."""


class Names:
    """Names of one board's items. Lines and uuids are looked up when they are asked for, so only for what is reported."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._refs: dict[tuple[int, int, str | None], ItemRef] = {}

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self.board)

    @cached_property
    def _unique_refs(self) -> set[str]:
        counts = Counter(self.board.components.ref.tolist())
        return {ref for ref, n in counts.items() if n == 1 and ref}

    @cached_property
    def _component_of(self) -> list[int]:
        """Row of `Board.components` that an item is or belongs to, -1 for none."""
        rows = self.board.items.component.copy()
        rows[self.board.components.item] = np.arange(len(self.board.components))
        return rows.tolist()  # type: ignore[no-any-return]

    @cached_property
    def _owners(self) -> list[Owner]:
        items = self.board.items
        component = np.asarray(self._component_of, np.int64)
        drawn = np.isin(items.kind, (Kind.GRAPHIC, Kind.TEXT))
        edge, zone = items.kind == Kind.EDGE, np.isin(np.arange(len(items)), self.board.zones.item)
        which = np.select([edge, component >= 0, zone, items.net >= 0, drawn], [3, 1, 2, 4, 5], 6)
        row = np.choose(which, [component, component, np.arange(len(items)), 0, items.net, 0, np.arange(len(items))])
        return [(_OWNERS[w], r) for w, r in zip(which.tolist(), row.tolist())]

    def owner(self, item: int) -> Owner:
        """What a designer would say is responsible: the component, else the zone, the net, the board's edge, else the item."""
        return self._owners[item] if item >= 0 else ("", -1)

    def net(self, row: int) -> str:
        """A net's name as KiCad shows it: files spell some characters as words, a slash as ``{slash}``."""
        return re.sub(r"{(\w+)}", lambda m: ESCAPES.get(m[1], m[0]), str(self.board.nets.name[row]))

    def of_owner(self, owner: Owner) -> str:
        kind, row = owner
        if kind == "file":
            return self.short(self.path(row))
        if kind == "component":
            return str(self.board.components.ref[row]) or "an unnamed component"
        if kind == "net":
            name = self.net(row)
            return name if BY_PLACE.fullmatch(name) else f"net {name}"
        if kind == "zone":
            net = self.board.items.net[row]
            return f"zone {self.board.items.label[row]}".strip() + (f" [{self.net(net)}]" if net >= 0 else "")
        return {"edge": "the board edge", "drawing": "drawn items"}.get(kind) or _KINDS[self.board.items.kind[row]]

    def identity(self, owner: Owner) -> str:
        """A name that survives unrelated edits and a move of the whole board."""
        kind, row = owner
        if kind in ("", "edge", "drawing"):
            return kind
        if kind == "file":
            return f"file:{PurePosixPath(self.path(row)).name}"
        if kind == "net":
            return f"net:{self._net_identity(row)}"
        if kind == "component":
            ref = str(self.board.components.ref[row])
            if ref in self._unique_refs:
                return f"component:{ref}"
            row = int(self.board.components.item[row])
        return f"{kind}:{self._uuid(row) or self._spot(row)}"

    def _uuid(self, item: int) -> str:
        """The uuid of an item, '' where it has none. Zeros are none: KiCad 5 gives them to all zones."""
        uuid = self._locator.uuid(item)
        return uuid if uuid.strip("0-") else ""

    def _spot(self, item: int) -> str:
        """Where an item lies on its board, wherever that lies."""
        items, corner = self.board.items, self._corner
        at = (np.array([items.x[item], items.y[item]]) - corner - _OFF) // _STEP
        return f"{at[0]:.0f},{at[1]:.0f}" if np.isfinite(at).all() else ""

    @cached_property
    def _corner(self) -> Floats:
        """The left upper corner of the board's outline, or of all there is."""
        board = self.board
        if not board.outline.is_empty:
            return np.array(board.outline.bounds[:2])
        bounds = shapely.total_bounds(board.features.core)[:2] if len(board.features) else np.zeros(2)
        return np.where(np.isfinite(bounds), bounds, 0.0)

    def _net_identity(self, row: int) -> str:
        """A net's name; of one that no file names the place of its first land."""
        if self.board.sources[0].kind == "kicad_pcb" or not BY_PLACE.fullmatch(str(self.board.nets.name[row])):
            return self.net(row)
        items = self.board.items
        mine = np.flatnonzero(items.net == row)
        lands = mine[np.isin(items.kind[mine], (Kind.PAD, Kind.VIA))]
        mine = lands if len(lands) else mine
        if not len(mine):
            return "at"
        x, y = (np.round(c[mine] - k, 3) for c, k in zip((items.x, items.y), self._corner))
        return f"at {self._spot(int(mine[np.lexsort((y, x))[0]]))}"

    def path(self, file: int) -> str:
        """The path of a file of the package."""
        assert self.board.package is not None
        return self.board.package.sources[file].path

    def short(self, path: str) -> str:
        """The last part of a package file's path, or all below the package's folder where another file has the same."""
        name = PurePosixPath(path).name
        return path.removeprefix(self._folder) if self._file_names[name] > 1 else name

    @cached_property
    def _folder(self) -> str:
        """The folder that all files of the package lie in, with a slash at its end."""
        folders = [PurePosixPath(s.path).parent.as_posix() for s in (self.board.package.sources if self.board.package else ())]
        return commonpath(folders) + "/" if folders and len({f.startswith("/") for f in folders}) == 1 else ""

    @cached_property
    def _file_names(self) -> Counter[str]:
        package = self.board.package
        return Counter(PurePosixPath(s.path).name for s in (package.sources if package else ()))

    def item(self, item: int, kind: int, layer: str | None) -> ItemRef:
        """A reference to an item, shown as `kind` if that is a `Kind` (-1: as what it is)."""
        key = (item, kind, layer)
        if key not in self._refs:
            self._refs[key] = self._item(*key)
        return self._refs[key]

    def _item(self, item: int, kind: int, layer: str | None) -> ItemRef:
        board, items = self.board, self.board.items
        component, net, own = self._component_of[item], int(items.net[item]), int(items.kind[item])
        nameless = component < 0 and (net < 0 or BY_PLACE.fullmatch(str(board.nets.name[net])) is not None)
        return ItemRef(
            kind=_KINDS[kind if kind >= 0 else own],
            uuid=self._uuid(item) or None,
            component=None if component < 0 else str(board.components.ref[component]),
            pad=str(items.label[item]) or None if own == Kind.PAD else None,
            net=None if net < 0 else self.net(net),
            layer=layer,
            x=float(items.x[item]), y=float(items.y[item]),
            file=board.sources[int(items.source[item])].path,
            line=self._locator.line(item),
            row=item,
            spot=self._spot(item) if nameless else "",
        )  # fmt: skip
