"""KiCad's layers: their names through the versions, their roles, and sets such as `*.Cu`."""

from __future__ import annotations

import re
from typing import Any

from ..board import Layers
from ..errors import DfmError

_ROLES = {
    "Cu": "copper", "Mask": "mask", "Paste": "paste", "SilkS": "silk", "Adhes": "adhesive", "CrtYd": "courtyard", "Fab": "fab",
    "Cuts": "edge",
}  # fmt: skip
_SIDES = {"F.": "top", "B.": "bottom", "In": "inner"}
_OLD_NUMBERS = {
    32: "B.Adhes", 33: "F.Adhes", 34: "B.Paste", 35: "F.Paste", 36: "B.SilkS", 37: "F.SilkS", 38: "B.Mask", 39: "F.Mask",
    40: "Dwgs.User", 41: "Cmts.User", 42: "Eco1.User", 43: "Eco2.User", 44: "Edge.Cuts", 45: "Margin", 46: "B.CrtYd",
    47: "F.CrtYd", 48: "B.Fab", 49: "F.Fab",
}  # fmt: skip
_CANONICAL = re.compile(
    r"[FB]\.(Cu|Mask|Paste|SilkS|Adhes|CrtYd|Fab)|In\d+\.Cu|Edge\.Cuts|Margin|(Dwgs|Cmts|Eco1|Eco2)\.User|User\.\d+"
)
_SYNONYMS = {"F.Silkscreen": "F.SilkS", "B.Silkscreen": "B.SilkS", "F.Courtyard": "F.CrtYd", "B.Courtyard": "B.CrtYd",
             "F.Adhesive": "F.Adhes", "B.Adhesive": "B.Adhes"}  # fmt: skip


class LayerSet:
    """The layers that a board declares, by name and by set. `rows` of a name that the board lacks is empty."""

    def __init__(self, node: list[Any], version: int, path: str, line: int) -> None:
        declared = [entry for entry in node[1:] if isinstance(entry, list) and len(entry) >= 2]
        self.names: list[str] = []
        self.aliases: list[str] = []
        for entry in declared:
            name = _canonical(str(entry[0]), str(entry[1]), version)
            alias = str(entry[3]) if len(entry) > 3 and version >= 20200000 and entry[3] != "hide" else ""
            if name in self.names:
                raise DfmError(f"layer {name} is declared twice", path=path, line=line)
            self.names.append(name)
            self.aliases.append(alias or (str(entry[1]) if entry[1] != name else ""))
        self.copper = sorted((i for i, n in enumerate(self.names) if n.endswith(".Cu")), key=lambda i: _depth(self.names[i]))
        if len(self.copper) < 1:
            raise DfmError("declares no copper layer", path=path, line=line)
        self.order = [self.copper.index(i) if i in self.copper else -1 for i in range(len(self.names))]
        self.roles = [_role(n) for n in self.names]
        self.sides = [_SIDES.get(n[:2], "") for n in self.names]
        self._rows: dict[str, tuple[int, ...]] = {}
        for i, name in enumerate(self.names):
            self._rows[name] = (i,)
        for i, alias in enumerate(self.aliases):
            if alias:
                self._rows.setdefault(alias, (i,))
        for other, name in _SYNONYMS.items():
            if name in self._rows:
                self._rows.setdefault(other, self._rows[name])
        self._sets: dict[tuple[str, ...], tuple[int, ...]] = {}

    def rows(self, name: str) -> tuple[int, ...]:
        """Layer rows meant by one name or wildcard, in the order of the table."""
        found = self._rows.get(name)
        if found is None:
            found = self._rows[name] = self._wild(name)
        return found

    def _wild(self, name: str) -> tuple[int, ...]:
        if name.startswith("*."):
            return tuple(i for i, n in enumerate(self.names) if n.endswith(name[1:]))
        if name.startswith("F&B."):
            return tuple(i for i, n in enumerate(self.names) if n in ("F" + name[3:], "B" + name[3:]))
        if name in ("*In.Cu", "Inner", "In*.Cu"):
            return tuple(i for i in self.copper if self.names[i].startswith("In"))
        return ()

    def expand(self, names: list[str]) -> tuple[int, ...]:
        """Layer rows meant by several names and wildcards."""
        key = tuple(names)
        found = self._sets.get(key)
        if found is None:
            found = self._sets[key] = tuple(dict.fromkeys(row for name in names for row in self.rows(name)))
        return found

    def name_of(self, name: str) -> str:
        """The canonical name of a layer given by either of its names; the name itself if unknown."""
        rows = self.rows(name)
        return self.names[rows[0]] if len(rows) == 1 else name

    def table(self, thickness: dict[str, float]) -> Layers:
        return Layers.of(
            name=self.names, alias=self.aliases, role=self.roles, side=self.sides, order=self.order,
            thickness=[thickness.get(n, float("nan")) for n in self.names],
        )  # fmt: skip


def _canonical(number: str, name: str, version: int) -> str:
    """KiCad up to 5 writes a renamed copper layer by its new name only; its number tells which layer it is."""
    if _CANONICAL.fullmatch(name) or not number.isdigit():
        return name
    n = int(number)
    if version >= 20200000:
        return name
    if version <= 3:
        n = {15: 0, 0: 31}.get(n, 15 - n) if n < 16 else n + 16
    return "F.Cu" if n == 0 else "B.Cu" if n == 31 else f"In{n}.Cu" if n < 31 else _OLD_NUMBERS.get(n, name)


def _role(name: str) -> str:
    if name == "Margin":
        return "margin"
    return _ROLES.get(name.rpartition(".")[2], "user")


def _depth(name: str) -> int:
    return 0 if name == "F.Cu" else 1000 if name == "B.Cu" else int(name[2:-3]) if name[2:-3].isdigit() else 999
