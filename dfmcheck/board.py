"""The one model of a board that every reader fills and every check measures.

It is columnar: a table is a frozen dataclass of equally long columns (numpy arrays, object arrays for shapely geometry
and text), so that "all SMD pads on top" is a boolean mask. Lengths are mm (float64), angles degrees, x to the right and
y down as seen from the top. Every shape is a *core* (point, line, polygon) widened by a *radius*, see `dfmcheck.shape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .derived import Derived
    from .package import Package

__all__ = [
    "Board", "Bools", "Components", "Connect", "Cover", "Features", "Floats", "Holes", "Ints", "Items", "Kind", "Layers",
    "Nets", "Note", "Objects", "OutlineProblem", "PadType", "Pads", "Source", "StackupLayer", "Table", "Texts", "ViaType",
    "Vias", "Zones", "once_a_board",
]  # fmt: skip

Floats = NDArray[np.float64]
"""An array of numbers."""
Ints = NDArray[np.int32]
"""An array of whole numbers: rows of another table, or members of an enumeration."""
Bools = NDArray[np.bool_]
"""A mask."""
Objects = NDArray[np.object_]
"""An array of texts, shapes of shapely, or sets."""


class Kind(IntEnum):
    """What an item is; the lower-case names are those of the reports."""

    PAD = 0
    VIA = 1
    TRACK = 2
    ARC = 3
    ZONE = 4
    TEXT = 5
    GRAPHIC = 6
    COMPONENT = 7
    EDGE = 8
    HOLE = 9
    OPENING = 10


class PadType(IntEnum):
    """How a pad is made. `CONNECT` is an SMD land without paste (edge fingers, bare contacts)."""

    SMD = 0
    THT = 1
    NPTH = 2
    CONNECT = 3


class ViaType(IntEnum):
    """How far a via reaches; a microvia is drilled by laser."""

    THROUGH = 0
    BLIND = 1
    BURIED = 2
    MICRO = 3


class Cover(IntEnum):
    """Whether a via's side is covered, where the design says so."""

    UNKNOWN = 0
    NO = 1
    YES = 2


class Connect(IntEnum):
    """How a zone joins the pads of its net."""

    INHERIT = -1
    NONE = 0
    THERMAL = 1
    SOLID = 2
    THT_THERMAL = 3


_DTYPES: dict[str, Any] = {"f8": np.float64, "i4": np.int32, "i8": np.int64, "b": np.bool_, "O": object}


def column(dtype: str) -> Any:
    """A dataclass field that holds one column of the named dtype (`f8`, `i4`, `i8`, `b`, `O`)."""
    return field(metadata={"dtype": _DTYPES[dtype]})


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of one length. `of` builds one from sequences, `take` selects rows by mask or index."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    @classmethod
    def of(cls, **columns: Iterable[Any]) -> Self:
        """Build the table of its `columns` by name, all of one length. Raises `ValueError` for any other set of them."""
        done: dict[str, NDArray[Any]] = {}
        for f in fields(cls):
            values, dtype = columns.pop(f.name), f.metadata["dtype"]
            if dtype is object:
                values = values if isinstance(values, (list, tuple, np.ndarray)) else list(values)
                array = np.empty(len(values), object)
                if not isinstance(values, np.ndarray) and len(values):
                    values = np.fromiter(values, object, len(values))
                array[:] = values
            else:
                array = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype)
            array.flags.writeable = False
            done[f.name] = array
        if columns or len({len(a) for a in done.values()}) > 1:
            lengths = [len(a) for a in done.values()]
            raise ValueError(f"{cls.__name__}: unknown columns {sorted(columns)} or unequal lengths {lengths}")
        return cls(**done)

    @classmethod
    def empty(cls) -> Self:
        """A table of no rows."""
        return cls.of(**{f.name: [] for f in fields(cls)})

    def take(self, rows: Any) -> Self:
        """The rows that a mask, a slice or an array of indexes names, as a new table."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True, slots=True, eq=False)
class Items(Table):
    """Everything that a finding can name: one row per pad, via, track, zone, text, graphic, component.

    Other tables point here with `item`. The uuid and the line are looked up from `source` and `offset` only for findings.
    """

    kind: Ints = column("i4")
    """`Kind`."""
    source: Ints = column("i4")
    """Row in `Board.sources`."""
    offset: NDArray[np.int64] = column("i8")
    """Byte offset of the item's text in its source; -1 where it has none."""
    net: Ints = column("i4")
    """Row in `Board.nets`; -1 for none."""
    component: Ints = column("i4")
    """Row in `Board.components`; -1 for none."""
    label: Objects = column("O")
    """str: pad number, zone name, text content; a graphic's shape; a component's reference."""
    x: Floats = column("f8")
    """mm: where it is anchored: the centre of a pad or via, the middle of a track, the anchor of a component or text, the first
    point of anything else."""
    y: Floats = column("f8")
    """mm, as `x`."""
    inferred: Bools = column("b")
    """The reader had to infer what this is, or of which net: findings that name it say so."""


@dataclass(frozen=True, slots=True, eq=False)
class Features(Table):
    """One row is one piece of material on one layer, or one opening on a mask or paste layer.

    A pad on four copper layers has four rows; a custom pad has a row per primitive; all share the pad's `item`.
    Copper rows are copper that exists: an NPTH pad no larger than its hole has none, nor has a via on a layer whose
    unused land is removed. Mask rows are openings (no row: covered by mask), paste rows are stencil apertures.
    """

    core: Objects = column("O")
    """shapely Point, LineString, LinearRing, Polygon or MultiPolygon."""
    radius: Floats = column("f8")
    """mm by which the core is widened; 0 of an area that is drawn as it is."""
    layer: Ints = column("i4")
    """Row in `Board.layers`."""
    kind: Ints = column("i4")
    """`Kind` of the item, repeated here because every selection asks for it."""
    item: Ints = column("i4")
    """Row in `Board.items`."""
    net: Ints = column("i4")
    """Row in `Board.nets`, -1 for none."""
    pad: Ints = column("i4")
    """Row in `Board.pads`, -1 if not a pad's."""
    via: Ints = column("i4")
    """Row in `Board.vias`, -1 if not a via's."""
    zone: Ints = column("i4")
    """Row in `Board.zones`, -1 if not a zone's."""
    component: Ints = column("i4")
    """Row in `Board.components`, -1 for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Holes(Table):
    """Drilled and routed holes, at the size drawn."""

    core: Objects = column("O")
    """shapely Point of a round hole, LineString of a slot's axis."""
    radius: Floats = column("f8")
    """mm: half the diameter, or half the slot's width."""
    plated: Bools = column("b")
    """Whether the wall is plated."""
    first: Ints = column("i4")
    """Copper layer where it starts, counted from the top (0)."""
    last: Ints = column("i4")
    """Copper layer where it ends, inclusive."""
    item: Ints = column("i4")
    """Row in `Board.items`: of its pad or via."""
    net: Ints = column("i4")
    """Row in `Board.nets`, -1 for none."""
    pad: Ints = column("i4")
    """Row in `Board.pads`, -1 if not a pad's."""
    via: Ints = column("i4")
    """Row in `Board.vias`, -1 if not a via's."""
    component: Ints = column("i4")
    """Row in `Board.components`, -1 for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Pads(Table):
    """One row per pad; its copper, openings and apertures are rows of `Features` with `pad` set."""

    item: Ints = column("i4")
    """Row in `Board.items`."""
    component: Ints = column("i4")
    """Row in `Board.components`, -1 for none."""
    number: Objects = column("O")
    """str: the pin's number or name."""
    type: Ints = column("i4")
    """`PadType`."""
    shape: Objects = column("O")
    """str: circle, oval, rect, roundrect, chamfered, trapezoid, custom."""
    property: Objects = column("O")
    """str: '', bga, fiducial_global, fiducial_local, testpoint, heatsink, castellated, mechanical, pressfit."""
    net: Ints = column("i4")
    """Row in `Board.nets`, -1 for none."""
    side: Ints = column("i4")
    """Side of the copper: 0 top, 1 bottom, 2 both."""
    x: Floats = column("f8")
    """mm: its anchor: the centre of its hole, if it has one."""
    y: Floats = column("f8")
    """mm, as `x`."""
    angle: Floats = column("f8")
    """Degrees, counter-clockwise as seen from the top."""
    width: Floats = column("f8")
    """mm: size before rotation, along the pad's own x."""
    height: Floats = column("f8")
    """mm, along its own y."""
    hole: Ints = column("i4")
    """Row in `Board.holes`, -1 for none."""
    connect: Ints = column("i4")
    """`Connect` set on the pad itself or its footprint; INHERIT: the zone decides."""
    thermal_gap: Floats = column("f8")
    """mm, NaN where the zone decides."""
    thermal_width: Floats = column("f8")
    """mm: width of a thermal spoke, NaN where the zone decides."""
    tie: Ints = column("i4")
    """Net-tie group within the board: pads with the same number >= 0 are joined on purpose; -1 for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Vias(Table):
    """One row per via; its lands are rows of `Features` with `via` set."""

    item: Ints = column("i4")
    """Row in `Board.items`."""
    type: Ints = column("i4")
    """`ViaType`."""
    net: Ints = column("i4")
    """Row in `Board.nets`, -1 for none."""
    x: Floats = column("f8")
    """mm: its centre."""
    y: Floats = column("f8")
    """mm, as `x`."""
    diameter: Floats = column("f8")
    """mm: outer diameter of its land."""
    drill: Floats = column("f8")
    """mm: diameter; 0 where the design gives it none, NaN where no file tells."""
    hole: Ints = column("i4")
    """Row in `Board.holes`, -1 where it has no drill."""
    tented_top: Ints = column("i4")
    """`Cover`: mask over the top side."""
    tented_bottom: Ints = column("i4")
    """`Cover`: mask over the bottom side."""
    plugged_top: Ints = column("i4")
    """`Cover`: stopped with a plug from the top."""
    plugged_bottom: Ints = column("i4")
    """`Cover`: stopped with a plug from the bottom."""
    filled: Ints = column("i4")
    """`Cover`: filled with resin or paste."""
    capped: Ints = column("i4")
    """`Cover`: plated over."""

    @property
    def closed(self) -> Bools:
        """Filled or capped: no solder runs through, no probe falls in."""
        return np.asarray((self.filled == Cover.YES) | (self.capped == Cover.YES), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Zones(Table):
    """Copper zones and rule areas as drawn; their fill is in `Features` with `zone` set."""

    item: Ints = column("i4")
    """Row in `Board.items`."""
    net: Ints = column("i4")
    """Row in `Board.nets`, -1 for none."""
    name: Objects = column("O")
    """str: the designer's name for it, '' if none."""
    layers: Objects = column("O")
    """frozenset of int: rows in `Board.layers`."""
    outline: Objects = column("O")
    """shapely Polygon or MultiPolygon as drawn."""
    rule_area: Bools = column("b")
    """Whether it is an area of rules (a keep-out), and no copper."""
    keepout: Objects = column("O")
    """frozenset of str among tracks, vias, pads, copperpour, footprints; empty for copper zones."""
    teardrop: Bools = column("b")
    """Whether KiCad made it as a teardrop."""
    filled: Bools = column("b")
    """Whether the file holds a fill for it."""
    hatched: Bools = column("b")
    """Whether it is filled with a hatch."""
    priority: Ints = column("i4")
    """As the file says, a number without unit: the higher is filled first."""
    min_thickness: Floats = column("f8")
    """mm: least width of its copper, as set."""
    clearance: Floats = column("f8")
    """mm, as set; 0 where nothing is."""
    connect: Ints = column("i4")
    """`Connect`: how it joins pads."""
    thermal_gap: Floats = column("f8")
    """mm, NaN where the file says nothing."""
    thermal_width: Floats = column("f8")
    """mm: width of a thermal spoke, NaN where the file says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Components(Table):
    """One row per component (footprint), fitted or not; logos and the like that have no pads are there too."""

    item: Ints = column("i4")
    """Row in `Board.items`."""
    ref: Objects = column("O")
    """str: reference, such as U3."""
    value: Objects = column("O")
    """str: as the schematic says."""
    footprint: Objects = column("O")
    """str: library name of the footprint."""
    x: Floats = column("f8")
    """mm: its anchor."""
    y: Floats = column("f8")
    """mm, as `x`."""
    angle: Floats = column("f8")
    """Degrees, counter-clockwise as seen from the top."""
    side: Ints = column("i4")
    """0 top, 1 bottom."""
    mount: Objects = column("O")
    """str: smd, tht, other, as the footprint declares; '' where it says nothing."""
    board_only: Bools = column("b")
    """The footprint says that no schematic knows it."""
    exclude_bom: Bools = column("b")
    """The footprint says that it is not bought."""
    exclude_placement: Bools = column("b")
    """The footprint says that no machine places it."""
    dnp: Bools = column("b")
    """Not fitted."""
    no_courtyard: Bools = column("b")
    """The footprint says that it needs no courtyard."""
    net_tie: Bools = column("b")
    """The footprint joins nets on purpose."""
    mask_bridges: Bools = column("b")
    """The footprint says that one opening of the mask may uncover several of its nets."""
    courtyard_top: Objects = column("O")
    """shapely MultiPolygon, or None."""
    courtyard_bottom: Objects = column("O")
    """shapely MultiPolygon, or None."""
    courtyard_problem: Objects = column("O")
    """str: why a drawn courtyard is no closed outline; '' if it is fine or absent."""
    fab: Objects = column("O")
    """shapely MultiPolygon of the closed outlines on the fab layer of the component's side, or None."""
    height: Floats = column("f8")
    """mm above the board where a model's name or a field tells, else NaN."""
    height_source: Objects = column("O")
    """str: where the height is from, '' if unknown."""
    fields: Objects = column("O")
    """dict of str to str: all fields by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts(Table):
    """Visible texts, one row per text and layer; what they draw is in `Features`, their content in `Items.label`."""

    item: Ints = column("i4")
    """Row in `Board.items`."""
    layer: Ints = column("i4")
    """Row in `Board.layers`."""
    role: Objects = column("O")
    """str: reference, value, field (another field of a footprint), free."""
    component: Ints = column("i4")
    """Row in `Board.components`, -1 for none."""
    height: Floats = column("f8")
    """mm: nominal height of a capital letter, as the file states it."""
    width: Floats = column("f8")
    """mm: nominal width of a letter."""
    stroke: Floats = column("f8")
    """mm: width of the pen that draws it; NaN for an outline font."""
    angle: Floats = column("f8")
    """Degrees, counter-clockwise as seen from the top."""
    mirrored: Bools = column("b")
    """Drawn mirrored as seen from the top, so that it reads right from below."""
    knockout: Bools = column("b")
    """Whether it is cut out of a filled box."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers(Table):
    """One row per layer that the design has."""

    name: Objects = column("O")
    """str: KiCad's canonical name, such as F.Cu, In1.Cu, B.Mask, Edge.Cuts."""
    alias: Objects = column("O")
    """str: the user's own name, '' if none."""
    role: Objects = column("O")
    """str: copper, mask, paste, silk, adhesive, courtyard, fab, edge, margin, user."""
    side: Objects = column("O")
    """str: top, bottom, inner, ''."""
    order: Ints = column("i4")
    """Copper layers counted from the top (0); -1 for others."""
    thickness: Floats = column("f8")
    """mm of copper where the stackup tells, else NaN."""


@dataclass(frozen=True, slots=True, eq=False)
class Nets(Table):
    """One row per net."""

    name: Objects = column("O")
    """str: as the design has it."""
    netclass: Objects = column("O")
    """str: '' where unknown."""


@dataclass(frozen=True, slots=True)
class StackupLayer:
    """One layer of the stackup, which is told from top to bottom."""

    name: str
    """As the design has it."""
    type: str
    """copper, core, prepreg, mask, silk, paste."""
    thickness: float
    """mm, NaN where unsaid."""
    material: str = ""
    """Such as FR4, '' where unsaid."""
    color: str = ""
    """As the file spells it: a word, or #RRGGBB with or without alpha."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader had to assume or leave out."""

    path: str
    """The file."""
    line: int | None
    """From 1, None where it is about the whole file."""
    message: str
    """What was assumed or left out, in words for people."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file that was read; its bytes are kept so that lines and uuids can be looked up for findings."""

    path: str
    """As given, or the path inside a zip."""
    kind: str
    """kicad_pcb, gerber, excellon, ipcd356, placement..., as the content tells."""
    data: bytes = field(repr=False)
    """What it holds."""
    role: str | None = None
    """What it is for, of a file of a package: copper F.Cu, drill...; None of a board."""


@dataclass(frozen=True, slots=True)
class OutlineProblem:
    """A place where the board outline is not a set of closed, simple loops."""

    what: str
    """gap, dangling, branch, crossing, duplicate, text, tiny, nested; see `dfmcheck.outline.assemble`."""
    x: float
    """mm."""
    y: float
    """mm."""
    size: float
    """mm: width of the gap, shift of the duplicate..., NaN if it has none."""
    items: tuple[int, ...] = ()
    """Rows in `Board.items`."""


@dataclass(frozen=True, eq=False)
class Board:
    """A design. Immutable; what checks derive from it lives in `derived`, computed once."""

    name: str
    """Of its file or folder, without a suffix."""
    sources: tuple[Source, ...]
    """The files that were read."""
    layers: Layers
    """All layers."""
    nets: Nets
    """All nets."""
    items: Items
    """Everything that has a name in a report; other tables point here."""
    features: Features
    """All copper, mask openings, paste apertures, legend and other drawings."""
    holes: Holes
    """All holes."""
    pads: Pads
    """All pads."""
    vias: Vias
    """All vias."""
    zones: Zones
    """Copper zones and rule areas."""
    components: Components
    """All components."""
    texts: Texts = field(default_factory=Texts.empty)
    """All visible texts."""
    outline: shapely.MultiPolygon = field(default_factory=shapely.MultiPolygon)
    """shapely MultiPolygon in mm: the board's area with its cut-outs; empty where the outline is not closed."""
    outline_problems: tuple[OutlineProblem, ...] = ()
    """Why it is not closed, if it is not."""
    thickness: float = float("nan")
    """mm of the whole board, NaN where no file tells."""
    finish: str = ""
    """Of the copper, as the design says (ENIG, HAL...), '' where it does not."""
    stackup: tuple[StackupLayer, ...] = ()
    """From top to bottom, empty where no file tells."""
    facts: frozenset[str] = frozenset()
    """What this input can tell: nets, components, pads, vias, tracks, zones, holes, plating, outline, courtyards, fab,
    mask, paste, silk, texts, stackup, thickness, spans, thermals, package. Rules name the facts that they need."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By fact that this input cannot tell: why, and which file would; it follows "needs <fact>; "."""
    package: Package | None = None
    """The fabrication files, where the design has any: those that the board was made of, or that were given with it."""
    notes: tuple[Note, ...] = ()
    """What the readers had to assume or leave out."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The designer's own settings that checks may show beside a limit (KiCad setup values, lengths in mm)."""

    def __getstate__(self) -> dict[str, Any]:
        """A board goes to other processes without what checks derived of it."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @cached_property
    def derived(self) -> Derived:
        """What checks derive and share; its methods are no part of what others can rely on."""
        from .derived import Derived

        return Derived(self)

    @cached_property
    def copper_layers(self) -> Ints:
        """Rows of the copper layers, top to bottom."""
        rows = np.flatnonzero(self.layers.order >= 0)
        return rows[np.argsort(self.layers.order[rows], kind="stable")].astype(np.int32)

    def layer(self, name: str) -> int:
        """Row of the layer with this name, -1 if the board has none."""
        hits = np.flatnonzero(self.layers.name == name)
        return int(hits[0]) if len(hits) else -1

    def outer_layer(self, side: int | Ints) -> Ints:
        """Row of the outer copper layer of each side (0 top, 1 bottom), -1 where the board has no copper."""
        copper, bottom = self.copper_layers, np.asarray(side) == 1
        return np.where(bottom, copper[-1], copper[0]) if len(copper) else np.full(bottom.shape, -1, np.int32)

    def layers_with(self, role: str, side: str | None = None) -> Ints:
        """Rows of the layers with a role and, if given, a side."""
        mask = self.layers.role == role
        if side is not None:
            mask &= self.layers.side == side
        return np.flatnonzero(mask).astype(np.int32)


Fact = TypeVar("Fact")


def once_a_board(function: Callable[[Board], Fact]) -> Callable[[Board], Fact]:
    """A decorator: what `function` makes of a board alone is computed once for each board; nobody may change the result.

    Checks that need the same thing of a board share it so.
    """

    @wraps(function)
    def remembered(board: Board) -> Fact:
        return board.derived.remember(function)

    return remembered
