"""X2 file attributes: what `.FileFunction` says a file is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..board import Cover
from .role_claim import Claim

_ATTRIBUTE = re.compile(rb"TF(\.[A-Za-z_][A-Za-z0-9_.$]*)((?:,[^*%\r\n]*)?)")
_HEAD = 1 << 16
_SIDES = {"top": "top", "bot": "bottom", "bottom": "bottom", "inr": "inner", "inner": "inner"}
_KINDS = {"soldermask": "mask", "legend": "silk", "paste": "paste", "glue": "adhesive"}
_DRAWINGS = {"drillmap": "drill map", "fabricationdrawing": "fabrication drawing", "arraydrawing": "array drawing",
             "vcutmap": "V-cut map", "otherdrawing": "drawing"}  # fmt: skip
_USER = ("carbonmask", "peelablemask", "goldmask", "heatsinkmask", "silvermask", "vcut", "depthrout", "viatenting", "viafill",
         "pads", "other")  # fmt: skip


def attributes(data: bytes) -> dict[str, tuple[str, ...]]:
    """File attributes near the start of a Gerber or drill file, in commands or comments: name with its dot to its fields."""
    found: dict[str, tuple[str, ...]] = {}
    for match in _ATTRIBUTE.finditer(data[:_HEAD]):
        fields = match[2].decode("utf-8", "replace")[1:]
        found.setdefault(match[1].decode(), tuple(f.strip() for f in fields.split(",")) if fields else ())
    return found


def function_claim(fields: tuple[str, ...]) -> Claim | None:
    """What the fields of a `.FileFunction` mean, None if they are not of the format."""
    if not fields:
        return None
    words, head = ",".join(fields), fields[0].lower()
    rest = [f.lower() for f in fields[1:]]
    side = next((_SIDES[f] for f in rest if f in _SIDES), "")
    if head == "copper":
        number = _layer(rest[0]) if rest else 0
        return Claim("copper", words, side, number, total=number if side == "bottom" else 0)
    if head in ("plated", "nonplated", "mixedplating"):
        span = _span(rest)
        plated = {"plated": Cover.YES, "nonplated": Cover.NO}.get(head, Cover.UNKNOWN)
        through = span is not None and ("pth" in rest or "npth" in rest) and span[0] == 1
        return Claim("drill", words, plated=plated, span=span, total=span[1] if span and through else 0)
    if head == "profile":
        return Claim("edge", words)
    if head in _KINDS:
        return Claim(_KINDS[head], words, side)
    if head == "assemblydrawing":
        return Claim("fab", words, side) if side else Claim("drawing", words, open=True)
    if head in _DRAWINGS:
        return Claim("drawing", words, open=head == "otherdrawing")
    if head == "other" and rest[:1] == ["fab"] and side:
        return Claim("fab", words, side)
    if head in ("keepout", "keep-out") or (head == "other" and any(f.startswith("mech") for f in rest)):
        return Claim("edge", words, rank=1)  # where designers of some tools draw the outline
    if head == "component":  # where parts stand: Gerber X3
        return Claim("placement", words, side)
    if head == "jobinfo":
        return Claim("job", words)
    return Claim("user", words, side, open=True) if head in _USER else None


def claim(data: bytes, given: Mapping[str, tuple[str, ...]]) -> Claim | None:
    """What the X2 attributes of a file say: those its reader found, else those seen in the first 64 kB."""
    return function_claim(given.get(".FileFunction") or attributes(data).get(".FileFunction", ()))


def negative(data: bytes, given: Mapping[str, tuple[str, ...]]) -> bool:
    fields = given.get(".FilePolarity") or attributes(data).get(".FilePolarity", ())
    return bool(fields) and fields[0].lower() == "negative"


def _layer(text: str) -> int:
    match = re.fullmatch(r"l(\d{1,3})", text)
    return int(match[1]) if match else 0


def _span(rest: list[str]) -> tuple[int, int] | None:
    if len(rest) >= 2 and rest[0].isdigit() and rest[1].isdigit() and 0 < int(rest[0]) < int(rest[1]) < 1000:
        return int(rest[0]), int(rest[1])
    return None
