"""Gerber job files (.gbrjob): what a design says of itself, by the Gerber Layer Format Specification's job file format.

JSON; lengths are in mm. Every field may be absent; one that is there in another form makes the file unreadable, so that
nothing half understood is believed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from ..errors import DfmError
from ..package import Job
from .archive import shown_name

NAN = float("nan")
_LARGEST = 20_000_000
"""Bytes: a job file has one record for each file of the package."""
_ROWS, _TEXT, _FARTHEST, _LAYERS = 5_000, 500, 20_000.0, 500
_LOOKS = re.compile(rb'"(?:FilesAttributes|GeneralSpecs|MaterialStackup)"\s*:')
_TYPES = {"copper": "copper", "soldermask": "mask", "legend": "silk", "solderpaste": "paste"}


def looks_like_job(data: bytes) -> bool:
    """Whether the bytes are a JSON object with the lists of a job file."""
    return data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _LOOKS.search(data[:1_000_000]) is not None


def read_job(data: bytes, path: str) -> Job:
    """Read a job file. Raises `DfmError` if it is no JSON object, or where a field has another type or range than it must."""
    if len(data) > _LARGEST:
        raise DfmError(f"is larger than {_LARGEST // 1_000_000} MB; that is no Gerber job file", path=path)
    try:
        whole = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # a JSONDecodeError and a UnicodeDecodeError are ValueErrors
        line = getattr(error, "lineno", None)
        raise DfmError(f"is no readable JSON ({getattr(error, 'msg', error)})", path=path, line=line) from error
    read = _Reader(path)
    if not isinstance(whole, dict):
        raise read.wrong("the whole", "an object")
    specs = read.mapping(whole, "GeneralSpecs")
    size, project = read.mapping(specs, "Size"), read.mapping(specs, "ProjectId")
    files: dict[str, tuple[str, ...]] = {}
    negative: set[str] = set()
    for row in read.rows(whole, "FilesAttributes"):
        name = read.text(row, "Path")
        if name:
            files[name] = tuple(part.strip() for part in read.text(row, "FileFunction").split(","))
            if read.text(row, "FilePolarity").lower() == "negative":
                negative.add(name)
    stackup = tuple(read.layer(row) for row in read.rows(whole, "MaterialStackup"))
    rules: dict[str, float] = {}
    for row in read.rows(whole, "DesignRules"):
        prefix = read.text(row, "Layers") or "all"
        rules |= {f"{prefix}.{shown_name(key[:_TEXT])}": read.number(row, key) for key in row if key != "Layers"}
    layers = read.number(specs, "LayerNumber", least=1, most=_LAYERS)
    if not math.isnan(layers) and layers != int(layers):
        raise read.wrong("LayerNumber", "a whole number")
    return Job(
        layers=0 if math.isnan(layers) else int(layers), width=read.number(size, "X"), height=read.number(size, "Y"),
        thickness=read.number(specs, "BoardThickness"), finish=read.text(specs, "Finish"), project=read.text(project, "Name"),
        files=files, negative=frozenset(negative), stackup=stackup, rules=rules,
    )  # fmt: skip


class _Reader:
    """Takes fields of checked types out of JSON objects."""

    def __init__(self, path: str) -> None:
        self.path = path

    def wrong(self, key: str, must: str) -> DfmError:
        return DfmError(f"is no Gerber job file as it must be: {shown_name(key[:_TEXT])} is not {must}", path=self.path)

    def mapping(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return value

    def rows(self, table: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list) or len(value) > _ROWS or not all(isinstance(row, dict) for row in value):
            raise self.wrong(key, f"a list of at most {_ROWS} objects")
        yield from value

    def text(self, table: dict[str, Any], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str) or len(value) > _TEXT:
            raise self.wrong(key, f"a text of at most {_TEXT} characters")
        return shown_name(value)

    def number(self, table: dict[str, Any], key: str, least: float = 0.0, most: float = _FARTHEST) -> float:
        """A length in mm or a count; NaN where unsaid. Numbers written as text are taken as numbers."""
        value = table.get(key, NAN)
        try:
            result = NAN if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            result = NAN
        if key in table and not least <= result <= most:
            raise self.wrong(key, f"a number from {least:g} to {most:g}")
        return result

    def layer(self, row: dict[str, Any]) -> tuple[str, str, float, str, str]:
        """A layer of the stackup. The format calls cores and prepregs dielectric; where its notes tell which, it is that."""
        told = self.text(row, "Type").lower()
        kind = _TYPES.get(told, told)
        if kind == "dielectric":
            notes = f"{self.text(row, 'Notes')} {self.text(row, 'Name')}".lower()
            kind = next((word for word in ("prepreg", "core") if word in notes), kind)
        name, material, color = (self.text(row, key) for key in ("Name", "Material", "Color"))
        return name, kind, self.number(row, "Thickness"), material, color


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")
