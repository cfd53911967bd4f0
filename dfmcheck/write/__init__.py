"""A file per format. Each writer turns a `Report` into text; none of them decides anything."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DfmError

if TYPE_CHECKING:
    from ..report import Report

FORMATS = ("text", "json")
"""What this version prints."""
PLANNED = ("sarif", "junit", "github", "gitlab", "rdjson", "markdown", "html", "csv", "kicad")
"""Formats that the command line reserves and this version does not have."""
_WRITERS = {"json": ("json", "to_json")}
_SUFFIXES = {".json": "json"}
_PLANNED_SUFFIXES = {".html": "html", ".sarif": "sarif", ".xml": "junit", ".md": "markdown", ".csv": "csv"}


def check_format(name: str) -> str:
    """The name of a format that this version can print. Raises `DfmError` for any other."""
    if name in PLANNED:
        raise DfmError(f"format {name} is not available in this version; available: {', '.join(FORMATS)}")
    if name not in FORMATS:
        from ..tomlfile import nearest

        raise DfmError(f"no format {name!r}{nearest(name, FORMATS)}")
    return name


def format_of(path: Path) -> str:
    """The format that a file's suffix asks for. Raises `DfmError` for one that cannot be written."""
    suffix = path.suffix.lower()
    if suffix in _PLANNED_SUFFIXES:
        raise DfmError(f"{path}: format {_PLANNED_SUFFIXES[suffix]} is not available in this version; write a .json file")
    if suffix not in _SUFFIXES:
        raise DfmError(f"{path}: the suffix names no format; write a {' or '.join(_SUFFIXES)} file")
    return _SUFFIXES[suffix]


def writer(name: str) -> Callable[[Report], str]:
    """The function that turns a report into a format other than `text`, which needs to know the terminal."""
    module, function = _WRITERS[name]
    found: Callable[[Report], str] = getattr(import_module(f"{__name__}.{module}"), function)
    return found
