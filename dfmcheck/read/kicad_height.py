"""Height of a component, where a model's file name, the footprint's name or a field tells it."""

from __future__ import annotations

import re
from typing import Any

from .kicad_file import NAN
from .sexpr import Node

_IN_NAME = re.compile(r"[-_]H(\d+(?:\.\d+)?)mm", re.IGNORECASE)
_EIA = re.compile(r"EIA-\d{4}-(\d\d)(?!\d)")
"""Moulded chips by EIA code: length and width, then height, each in tenths of a mm."""
_FIELD = re.compile(r"(?:component |max(?:imum)?\.? ?|package )?height(?: ?\(?(mm|mil|in)\)?| ?- ?max)?", re.IGNORECASE)
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(mm|mil|in|\")?\s*(?:max\.?)?\s*", re.IGNORECASE)
_UNITS = {"mm": 1.0, "mil": 0.0254, "in": 25.4, '"': 25.4}


def height_of(node: Node, fields: dict[str, str], footprint: str) -> tuple[float, str]:
    """mm and where it is from; NaN and '' where nothing tells. A field counts before a name; a bare number is in mm."""
    for name, content in fields.items():
        title = _FIELD.fullmatch(name)
        found: Any = _LENGTH.fullmatch(content) if title else None
        if title and found and float(found[1]) > 0:
            return float(found[1]) * _UNITS[(found[2] or title[1] or "mm").lower()], f"field {name}"
    for child in node:
        if child.__class__ is not str and len(child) > 1 and child[0] == "model" and (found := _IN_NAME.search(str(child[1]))):
            return float(found[1]), "model name"
    if found := _IN_NAME.search(footprint):
        return float(found[1]), "footprint name"
    found = _EIA.search(footprint)
    return (float(found[1]) / 10, "footprint name") if found else (NAN, "")
