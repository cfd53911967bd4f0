"""The tools of a drill file while it is read: definitions, attributes, plating, which one is in the spindle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite, nan

from ..board import Cover
from .drill_faults import NO_TOOL, REDEFINED
from .drill_words import function_plating, plating

_ATTRIBUTE = re.compile(r"#@!\s*T([AD])\s*(\.\w+)?,?(.*)")

Say = Callable[[str, int, str, bool], None]
"""what, offset, message, grave"""


@dataclass
class ToolState:
    code: int
    size: float = nan
    """As written."""
    whole: bool = False
    """Written without a decimal point."""
    plated: Cover = Cover.UNKNOWN
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    offset: int = 0


class Toolbox:
    def __init__(self, by_hand: Iterable[int], say: Say) -> None:
        """`by_hand` are the tools that are changed in turn at each stop, in a file without T words."""
        self.rows: list[ToolState] = []
        self.hit = Cover.UNKNOWN
        """What a `TYPE=` comment in the body says of the hits after it."""
        self._say = say
        self._by_code: dict[int, int] = {}
        self._attributes: dict[str, tuple[str, ...]] = {}
        self._type = Cover.UNKNOWN
        self._row = -1
        self._order = sorted(by_hand)
        self._turn = 0

    def comment(self, text: str, body: bool) -> None:
        """Attributes and `TYPE=` apply to what is defined after them."""
        if match := _ATTRIBUTE.match(text):
            if match[1] == "A" and match[2]:
                self._attributes[match[2]] = tuple(match[3].rstrip("*% ").split(","))
            elif match[1] == "D":
                self._attributes = {k: v for k, v in self._attributes.items() if match[2] and k != match[2]}
        elif text.upper().startswith("TYPE="):
            self._type = plating(text)
            self.hit = self._type if body else Cover.UNKNOWN

    def define(self, code: int, text: bytes, at: int) -> None:
        try:
            size = float(text)
        except ValueError:
            size = nan
        size = size if isfinite(size) and size >= 0 else nan
        old = self.rows[self._by_code[code]] if code in self._by_code else None
        if old is not None and (old.size == size or size != size):
            return
        if old is not None and old.size == old.size:
            self._say(REDEFINED, at, f"T{code} is defined again with another diameter", True)
        function = self._attributes.get(".AperFunction", ())
        plated = function_plating(function) or self._type
        self.rows.append(ToolState(code, size, b"." not in text, plated, dict(self._attributes), at))
        self._by_code[code] = len(self.rows) - 1

    def number(self, digits: bytes) -> int:
        """Which tool `T<digits>` means: four digits are a tool and its compensation, unless such a tool was defined."""
        code = int(digits[:9])
        return int(digits[:2]) if len(digits) == 4 and code not in self._by_code else code

    def select(self, code: int, at: int) -> None:
        self._row = -1 if code == 0 and 0 not in self._by_code else self._find(code, at)

    def stop(self) -> None:
        """A stop to change the tool by hand."""
        self._turn += 1
        self._row = -1

    def selected(self, at: int) -> int:
        """The row of the tool in the spindle."""
        if self._row < 0:
            if self._turn < len(self._order):
                self._row = self._find(self._order[self._turn], at)
            else:
                self._say(NO_TOOL, at, "holes before any tool is selected", True)
                self._row = self._find(0, at)
        return self._row

    def _find(self, code: int, at: int) -> int:
        if code not in self._by_code:
            self.rows.append(ToolState(code, offset=at))
            self._by_code[code] = len(self.rows) - 1
        return self._by_code[code]
