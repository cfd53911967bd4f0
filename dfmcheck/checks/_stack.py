"""How many copper layers a package says that it has, and which of its files they are."""

from __future__ import annotations

from pathlib import PurePosixPath

from ..package import Entry, Package

OUTER = ("top", "bottom")


def name(package: Package, entry: Entry) -> str:
    """The last part of a file's path."""
    return PurePosixPath(package.path(entry)).name


def layer_of(number: int, total: int) -> str:
    """Canonical name of a copper layer, counted from 1 at the top."""
    return "F.Cu" if number == 1 else "B.Cu" if number == total else f"In{number - 1}.Cu"


def of_kind(package: Package, kind: str, side: str | None = None) -> list[Entry]:
    """Entries of a kind (and side), those that could not be read included."""
    return [e for e in package.entries if e.role.kind == kind and side in (None, e.role.side)]


def stated(package: Package) -> dict[str, int]:
    """Numbers of copper layers that the package states, by who says so."""
    said: dict[str, int] = {}
    if package.job is not None:
        numbers = [n for n in map(copper_number, package.job.files.values()) if n]
        said["the job file"] = max(package.job.layers, *numbers, 0)
    for entry in package.entries:
        fields = _file(entry).get(".FileFunction", ())
        who = name(package, entry)  # of one name in several folders the others by their paths
        said[package.path(entry) if who in said else who] = max(copper_number(fields) if "Bot" in fields else 0, _deepest(fields))
    if package.native is not None:
        said["the native board"] = len(package.native.copper_layers)
    return {who: n for who, n in said.items() if n}


def total(package: Package) -> int:
    """Number of copper layers: what the package states, or what its files need at least; 0 where it has no copper at all."""
    copper = of_kind(package, "copper")
    inner = [e for e in copper if e.role.side == "inner"]
    sides = {e.role.side for e in copper}
    needed = max([e.role.number + 1 for e in inner], default=0)
    return max([*stated(package).values(), needed, len(inner) + 2 if inner else len(sides & set(OUTER))])


def number_of(entry: Entry, layers: int) -> int:
    """A copper file's layer, counted from 1 at the top of `layers`; 0 where its place is not known."""
    return {"top": 1, "bottom": layers}.get(entry.role.side, entry.role.number)


def copper_number(function: tuple[str, ...]) -> int:
    """The layer number of a FileFunction of copper, as in Copper,L3,Inr; 0 for anything else."""
    level = function[1] if len(function) > 1 and function[0] == "Copper" else ""
    return int(level[1:]) if level[:1] == "L" and level[1:].isdecimal() and len(level) < 5 else 0


def _deepest(function: tuple[str, ...]) -> int:
    """The last layer of a FileFunction of through holes, as in Plated,1,4,PTH; other spans need not reach the bottom."""
    if len(function) < 4 or function[0] not in ("Plated", "NonPlated") or function[3] not in ("PTH", "NPTH"):
        return 0
    return int(function[2]) if function[1] == "1" and function[2].isdecimal() and len(function[2]) < 4 else 0


def _file(entry: Entry) -> dict[str, tuple[str, ...]]:
    return {**(entry.drill.file if entry.drill else {}), **(entry.image.file if entry.image else {})}
