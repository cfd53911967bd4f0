"""What a handoff package holds: its files, what each is, and what was read of them, before any of it became a board.

Everything is in mm, x to the right and y down as seen from the top: readers turn the y of Gerber and drill files around
once. The rules of the package itself (is a layer missing, mirrored, of another revision?) work on this; all others work
on the `Board` that `dfmcheck.read.assemble` makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .board import Cover, Floats, Ints, Note, Objects, Source, Table, column

if TYPE_CHECKING:
    from .board import Board

__all__ = [
    "Aperture", "Attributes", "Drill", "Entry", "Fault", "Form", "Graphics", "Hits", "Image", "Job", "Netlist",
    "NumberFormat", "Package", "Places", "Points", "Role", "Tool",
]  # fmt: skip

Attributes = Mapping[str, tuple[str, ...]]
"""X2 attributes: the name with its dot, such as `.FileFunction`, to its fields."""


class Form(IntEnum):
    """How a graphical object of a Gerber file was made."""

    FLASH = 0
    LINE = 1
    ARC = 2
    REGION = 3


class Fault(NamedTuple):
    """Something in one file that its format forbids or leaves open, with what the reader did about it."""

    what: str
    """A word or two for grouping, the same for all faults of a kind: `undefined aperture`, `no M02`, `open region`..."""
    line: int | None
    """From 1, None where it is about the whole file."""
    message: str
    """What is wrong, and what the reader did about it."""
    grave: bool = False
    """Whether what the file means is in doubt, so that another reader may see another board."""


@dataclass(frozen=True, slots=True)
class Aperture:
    """A tool that a Gerber file draws with."""

    code: int
    """The number of `%ADD<code>...`."""
    shape: str
    """As in `Pads.shape`: circle, rect, oval, roundrect, custom; block for a block aperture."""
    width: float
    """mm, before any rotation; of a custom shape its extent."""
    height: float
    """mm, before any rotation."""
    angle: float
    """Degrees as in `Pads.angle`, of the shape inside its aperture (a rotated rectangle made by a macro)."""
    function: tuple[str, ...] = ()
    """Fields of `.AperFunction`, () if unsaid."""
    drill: float = float("nan")
    """Diameter of the hole in the aperture, NaN for none."""
    macro: str = ""
    """Name of the macro that makes it, '' if none does."""


@dataclass(frozen=True, slots=True, eq=False)
class Graphics(Table):
    """What a Gerber file draws, dark on clear, in the order of drawing.

    Clear objects have been cut out of what they cover; an object that was cut is polygons with radius 0, and one that
    vanished has no row. The rows of one flash whose macro is made of several shapes share an `object`.
    """

    core: Objects = column("O")
    """shapely Point, LineString, Polygon or MultiPolygon."""
    radius: Floats = column("f8")
    """mm by which the core is widened."""
    form: Ints = column("i4")
    """`Form`."""
    object: Ints = column("i4")
    """Number of the graphical object, counted from 0; after step and repeat each copy is an object of its own."""
    aperture: Ints = column("i4")
    """Row in `Image.apertures`, -1 for regions."""
    attributes: Ints = column("i4")
    """Row in `Image.attributes`."""
    offset: NDArray[np.int64] = column("i8")
    """Byte offset of the operation in its file."""
    x: Floats = column("f8")
    """mm: where it was flashed; of anything else the start point."""
    y: Floats = column("f8")
    """mm, as `x`."""
    angle: Floats = column("f8")
    """Rotation of the flash by LR and the like, degrees as in `Pads.angle`; 0 of anything else."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One Gerber file, read."""

    graphics: Graphics
    """What it draws."""
    apertures: tuple[Aperture, ...]
    """Rows of the aperture list."""
    attributes: tuple[Attributes, ...]
    """The distinct sets of object attributes (.N .P .C and so on); row 0 is the empty one."""
    file: Attributes = field(default_factory=dict)
    """File attributes, of `%TF` and of comments `G04 #@! TF`."""
    unit: str = "mm"
    """mm or in."""
    resolution: float = 1e-6
    """mm: one step of the coordinate format."""
    negative: bool = False
    """%IPNEG: the image is what is *not* drawn. The graphics are still what is drawn."""
    x2: bool = False
    """Whether X2 attributes stand in it as commands (those in comments do not count)."""
    clear: int = 0
    """How many clear objects were cut out."""
    name: str = ""
    """%IN or %LN, '' if none."""
    faults: tuple[Fault, ...] = ()
    """What the format forbids or leaves open."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits(Table):
    """Drilled holes and routed slots of one drill file, in the order of the file."""

    core: Objects = column("O")
    """shapely Point, or LineString of the cutter's path (a slot); a closed or bent rout is one LineString."""
    radius: Floats = column("f8")
    """mm: half the tool's diameter."""
    tool: Ints = column("i4")
    """Row in `Drill.tools`."""
    offset: NDArray[np.int64] = column("i8")
    """Byte offset in the file, a number without unit."""
    plated: Ints = column("i4")
    """`Cover`: what the file says (YES plated, NO not), UNKNOWN where it says nothing. A word of the file's own text wins
    over its name."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A drill or cutter."""

    code: int
    """The number of `T<code>`."""
    diameter: float
    """mm, NaN where no table tells."""
    function: tuple[str, ...] = ()
    """Fields of `.AperFunction`: ("Plated", "PTH", "ViaDrill")."""
    attributes: Attributes = field(default_factory=dict)
    """X2 attributes, as comments of the file tell them."""


class NumberFormat(NamedTuple):
    """How the digits of a drill file become lengths."""

    unit: str
    """mm or in."""
    integers: int
    """Digits before the point."""
    decimals: int
    """Digits after the point."""
    zeros: str
    """decimal (points stand in the numbers), leading (leading zeros are kept, trailing dropped), trailing, both."""

    def __str__(self) -> str:
        zeros = "decimal points" if self.zeros == "decimal" else f"{self.zeros} zeros kept"
        return f"{'inch' if self.unit == 'in' else 'metric'} {self.integers}.{self.decimals}, {zeros}"


@dataclass(frozen=True, slots=True, eq=False)
class Drill:
    """One drill or rout file, read."""

    hits: Hits
    """Its holes and slots."""
    tools: tuple[Tool, ...]
    """Its tools."""
    format: NumberFormat
    """How its digits were read."""
    stated: bool = True
    """Whether the file says its format itself (header, comment, decimal points); else it was chosen, see `candidates`."""
    candidates: tuple[NumberFormat, ...] = ()
    """All formats that the file's own words allow, best guess first."""
    fit: float = float("nan")
    """Share of hits that fall on copper lands under `format`, NaN where there was no copper to ask."""
    file: Attributes = field(default_factory=dict)
    """X2 attributes of the file."""
    span: tuple[int, int] | None = None
    """Copper layers that it connects, counted from 1 at the top; None for all, or where nothing tells."""
    plated: Cover = Cover.UNKNOWN
    """What the whole file says of itself, by its words or its name."""
    faults: tuple[Fault, ...] = ()
    """What the format forbids or leaves open."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a file of the package is for."""

    kind: str
    """copper mask paste silk edge drill: the layers that a board is made by; courtyard fab adhesive user: other layers of
    the design (as in `Layers.role`); drawing: a Gerber to look at (drill map, fabrication or assembly drawing);
    job netlist placement bom board report document archive: known files that are no layer; duplicate; unknown."""
    layer: str = ""
    """Canonical layer name: F.Cu In1.Cu B.Cu F.Mask B.Paste Edge.Cuts F.Fab ...; '' where none applies or it is not known."""
    side: str = ""
    """top, bottom, inner, ''."""
    number: int = 0
    """Copper layer, 1 at the top; 0 where unknown or no copper."""
    by: str = ""
    """What decided: x2, job, content, name, given."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What each kind of evidence says, in words for people: {"x2": "Copper,L1,Top", "name": "top copper (.gtl)"}."""
    conflict: str = ""
    """Why the evidence contradicts itself, '' if it does not."""
    negative: bool = False
    """Of copper: by attribute or job file, what is drawn is free of copper (%IPNEG stands in the `Image`)."""
    plane: bool = False
    """Of copper: by name a plane, which older tools draw as a negative without a word."""
    plated: Cover = Cover.UNKNOWN
    """Of drill files, by attribute or name."""
    span: tuple[int, int] | None = None
    """Of drill files: the copper layers by attribute or name, from 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One file of the package."""

    source: int
    """Row in `Package.sources`."""
    role: Role
    """What it is for."""
    image: Image | None = None
    """Where it is a Gerber file that could be read."""
    drill: Drill | None = None
    """Where it holds holes; a Gerber-format drill file has both."""
    problem: str = ""
    """Why it could not be read, one line; '' if it could."""


@dataclass(frozen=True, slots=True)
class Job:
    """A Gerber job file (.gbrjob): what the design says of itself. Lengths mm, NaN or 0 or '' where unsaid."""

    layers: int = 0
    """How many copper layers."""
    width: float = float("nan")
    """mm."""
    height: float = float("nan")
    """mm."""
    thickness: float = float("nan")
    """mm."""
    finish: str = ""
    """As written."""
    project: str = ""
    """Its name."""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Path as written to the fields of its FileFunction."""
    negative: frozenset[str] = frozenset()
    """Paths whose FilePolarity is Negative."""
    stackup: tuple[tuple[str, str, float, str, str], ...] = ()
    """(name, type, thickness mm, material, color) from top to bottom, types as in `StackupLayer`."""
    rules: Mapping[str, float] = field(default_factory=dict)
    """mm: what the design was checked by, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Points(Table):
    """Test records of an IPC-D-356 netlist."""

    net: Objects = column("O")
    """str; 'N/C' and '' are no net."""
    ref: Objects = column("O")
    """str: reference of the component."""
    pin: Objects = column("O")
    """str: its pin."""
    x: Floats = column("f8")
    """mm."""
    y: Floats = column("f8")
    """mm, down."""
    drill: Floats = column("f8")
    """mm, NaN where it has no hole."""
    plated: Ints = column("i4")
    """`Cover`."""
    access: Ints = column("i4")
    """0: both sides, else the copper layer where it can be touched, from 1."""
    via: NDArray[np.bool_] = column("b")
    """Whether it is a via."""
    offset: NDArray[np.int64] = column("i8")
    """Byte offset in the file, a number without unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Netlist:
    """An IPC-D-356 netlist, read."""

    source: int
    """Row in `Package.sources`."""
    points: Points
    """Its records."""
    faults: tuple[Fault, ...] = ()
    """What the format forbids or leaves open."""


@dataclass(frozen=True, slots=True, eq=False)
class Places(Table):
    """Rows of a placement file, as written: y up, lengths in the unit of the file."""

    ref: Objects = column("O")
    """str: reference."""
    value: Objects = column("O")
    """str: value or part number."""
    footprint: Objects = column("O")
    """str: package."""
    x: Floats = column("f8")
    """In the unit of the file."""
    y: Floats = column("f8")
    """In the unit of the file, up."""
    angle: Floats = column("f8")
    """Degrees counter-clockwise."""
    side: Ints = column("i4")
    """0 top, 1 bottom."""
    offset: NDArray[np.int64] = column("i8")
    """Byte offset of the row's line."""


@dataclass(frozen=True, eq=False)
class Package:
    """All files of one design's handoff."""

    name: str
    """Of its folder or zip."""
    sources: tuple[Source, ...]
    """All files."""
    entries: tuple[Entry, ...]
    """What each file is, and what was read of it."""
    job: Job | None = None
    """Of its job file, None where it has none."""
    netlist: Netlist | None = None
    """None where it has none."""
    native: Board | None = None
    """The design's own board, where it lies beside the package or was given."""
    notes: tuple[Note, ...] = ()
    """What readers had to assume or leave out."""
    board: Board | None = None
    """The board that the films and drill files make, without this package; None where they make none."""

    def of(self, kind: str, side: str | None = None) -> list[Entry]:
        """Entries of a kind (and side) that were read."""
        return [e for e in self.entries if e.role.kind == kind and side in (None, e.role.side) and (e.image or e.drill)]

    @staticmethod
    def negative(entry: Entry) -> bool:
        """Whether an entry that is a copper film says that what it draws is free of copper.

        Mask films are called negative by convention.
        """
        return entry.image is not None and entry.role.kind == "copper" and (entry.image.negative or entry.role.negative)

    def path(self, entry: Entry) -> str:
        """The path of an entry's file."""
        return self.sources[entry.source].path
