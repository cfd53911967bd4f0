"""Selections such as ``"pad & tht & ~via"``: a few words that name a set of features or holes as a boolean mask."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .board import Board, Bools, Features, Holes, Kind, PadType
from .errors import DfmError

__all__ = ["features", "holes"]

_TOKEN = re.compile(r"\s*([a-z_]+|[&|~()])")


@cache
def _parse(text: str) -> tuple[Any, ...]:
    """Text to a tree of ("and" | "or" | "not" | "tag", ...). `|` binds weaker than `&`, `~` strongest."""
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise DfmError(f"selection {text!r}: cannot read {text[at:].strip()!r}; use tags with & | ~ and brackets")
        tokens.append(match[1])
        at = match.end()

    def either(i: int) -> tuple[tuple[Any, ...], int]:
        left, i = both(i)
        while i < len(tokens) and tokens[i] == "|":
            right, i = both(i + 1)
            left = ("or", left, right)
        return left, i

    def both(i: int) -> tuple[tuple[Any, ...], int]:
        left, i = one(i)
        while i < len(tokens) and tokens[i] == "&":
            right, i = one(i + 1)
            left = ("and", left, right)
        return left, i

    def one(i: int) -> tuple[tuple[Any, ...], int]:
        if i >= len(tokens):
            raise DfmError(f"selection {text!r} ends too early")
        if tokens[i] == "~":
            inner, i = one(i + 1)
            return ("not", inner), i
        if tokens[i] == "(":
            inner, i = either(i + 1)
            if i >= len(tokens) or tokens[i] != ")":
                raise DfmError(f"selection {text!r}: a bracket is not closed")
            return inner, i + 1
        if tokens[i] in "&|)":
            raise DfmError(f"selection {text!r}: unexpected {tokens[i]!r}")
        return ("tag", tokens[i]), i + 1

    tree, end = either(0)
    if end != len(tokens):
        raise DfmError(f"selection {text!r}: unexpected {tokens[end]!r}")
    return tree


def _masked(tree: tuple[Any, ...], tag: Callable[[str], Bools]) -> Bools:
    match tree:
        case ("and", left, right):
            return _masked(left, tag) & _masked(right, tag)
        case ("or", left, right):
            return _masked(left, tag) | _masked(right, tag)
        case ("not", inner):
            return ~_masked(inner, tag)
        case _:
            return tag(tree[1])


def _unknown(text: str, tag: str, known: dict[str, Any]) -> DfmError:
    return DfmError(f"selection {text!r}: no tag {tag!r}; known are {', '.join(sorted(known))}")


def validate(text: str, of: str) -> None:
    """Raises `DfmError` for an unknown tag or broken syntax of a selection of "features" or of "holes"."""
    known: dict[str, Any] = HOLE_TAGS if of == "holes" else FEATURE_TAGS

    def tag(name: str) -> Bools:
        if name not in known:
            raise _unknown(text, name, known)
        return np.zeros(0, np.bool_)

    _masked(_parse(text), tag)


def features(board: Board, text: str) -> Bools:
    """Mask over `board.features`: those that the selection `text` names.

    Raises `DfmError` for an unknown tag or broken syntax.
    """
    return _select(board, board.features, FEATURE_TAGS, text)


def holes(board: Board, text: str) -> Bools:
    """Mask over `board.holes`: those that the selection `text` names. Raises `DfmError` for an unknown tag or broken syntax."""
    return _select(board, board.holes, HOLE_TAGS, text)


def _select(board: Board, table: Any, known: dict[str, Callable[[Board, Any], Any]], text: str) -> Bools:
    def tag(name: str) -> Bools:
        if name not in known:
            raise _unknown(text, name, known)
        return np.asarray(known[name](board, table), np.bool_)

    return _masked(_parse(text), tag)


def _of_layer(column: str, value: str) -> Callable[[Board, Features], Any]:
    return lambda board, f: (getattr(board.layers, column) == value)[f.layer]


def _of_kind(*kinds: Kind) -> Callable[[Board, Features], Any]:
    return lambda board, f: np.isin(f.kind, kinds)


def _of_pad(column: str, *values: Any) -> Callable[[Board, Any], Any]:
    """Rows (of features or holes) whose pad has one of the values."""

    def mask(board: Board, table: Any) -> Any:
        if not len(board.pads):
            return np.zeros(len(table), np.bool_)
        return (table.pad >= 0) & np.isin(getattr(board.pads, column), values)[table.pad]

    return mask


def _outer(board: Board, f: Features) -> Any:
    order = board.layers.order
    return ((order == 0) | (order == order.max(initial=-1)))[f.layer] & (order[f.layer] >= 0)


def _slot(_: Board, h: Holes) -> Any:
    import shapely

    return shapely.length(h.core) > 0


_PAD_TAGS: dict[str, Callable[[Board, Any], Any]] = {
    "smd": _of_pad("type", PadType.SMD, PadType.CONNECT),
    "tht": _of_pad("type", PadType.THT),
    "npth": _of_pad("type", PadType.NPTH),
    "bga": _of_pad("property", "bga"),
    "fiducial": _of_pad("property", "fiducial_global", "fiducial_local"),
    "testpoint": _of_pad("property", "testpoint"),
    "castellated": _of_pad("property", "castellated"),
    "heatsink": _of_pad("property", "heatsink"),
    "netless": lambda board, t: t.net < 0,
    "any": lambda board, t: np.ones(len(t), np.bool_),
}
FEATURE_TAGS: dict[str, Callable[[Board, Features], Any]] = _PAD_TAGS | {
    "copper": _of_layer("role", "copper"),
    "mask": _of_layer("role", "mask"),
    "paste": _of_layer("role", "paste"),
    "silk": _of_layer("role", "silk"),
    "edge": _of_layer("role", "edge"),
    "outer": _outer,
    "inner": lambda board, f: (board.layers.order >= 0)[f.layer] & ~_outer(board, f),
    "top": _of_layer("side", "top"),
    "bottom": _of_layer("side", "bottom"),
    "pad": _of_kind(Kind.PAD),
    "via": _of_kind(Kind.VIA),
    "track": _of_kind(Kind.TRACK, Kind.ARC),
    "arc": _of_kind(Kind.ARC),
    "zone": _of_kind(Kind.ZONE),
    "text": _of_kind(Kind.TEXT),
    "graphic": _of_kind(Kind.GRAPHIC),
}
HOLE_TAGS: dict[str, Callable[[Board, Holes], Any]] = _PAD_TAGS | {
    "plated": lambda board, h: h.plated,
    "npth": lambda board, h: ~h.plated,
    "pth": lambda board, h: h.plated & (h.via < 0),
    "via": lambda board, h: h.via >= 0,
    "pad": lambda board, h: h.pad >= 0,
    "slot": _slot,
    "round": lambda board, h: ~_slot(board, h),
}
