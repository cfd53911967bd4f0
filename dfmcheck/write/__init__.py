"""A file per format. Each writer turns a `Report` into text or bytes; none of them decides anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from ..errors import DfmError
from ..files import is_stream, write_file

if TYPE_CHECKING:
    from ..report import Report


@dataclass(frozen=True, slots=True)
class Bundle:
    """A report that is more than one file."""

    text: str
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """By path relative to the report's: the pictures that its text shows, in one folder."""


Written = str | bytes | Bundle

_WRITERS = {
    "json": ("json", "to_json"),
    "sarif": ("sarif", "to_sarif"),
    "junit": ("junit", "to_junit"),
    "github": ("github", "to_github"),
    "gitlab": ("gitlab", "to_gitlab"),
    "rdjson": ("rdjson", "to_rdjson"),
    "markdown": ("markdown", "to_markdown"),
    "html": ("html", "to_html"),
    "csv": ("csv", "to_csv"),
    "kicad": ("kicad", "to_kicad"),
    "svg": ("svg", "to_svg"),
    "png": ("png", "to_png"),
    "queries": ("queries", "to_queries"),
    "queries-csv": ("queries", "to_queries_csv"),
}
"""Module and function of each format but `text`, which needs to know the terminal."""
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "rdjson", "markdown", "html", "csv", "kicad")
"""What can be printed."""
_SUFFIXES = {
    ".json": "json", ".sarif": "sarif", ".xml": "junit", ".rdjson": "rdjson", ".md": "markdown", ".html": "html", ".csv": "csv",
    ".svg": "svg", ".png": "png", ".txt": "text",
}  # fmt: skip
QUERIES = "queries"
"""The format that has pictures beside."""
PICTURES = r"EQ-\d+\.svg"
"""Their names."""
MARK = b"<!-- A picture of an engineering query, by dfmcheck. -->\n"
"""What each of them ends in: by this those of an earlier run are known."""
_QUERIES = {"markdown": QUERIES, "csv": "queries-csv"}
"""What a file whose name ends in the word `queries` holds, instead of the report."""
_ASKING = re.compile(r"(.*[-_. ])?queries", re.IGNORECASE | re.DOTALL)
UNDRAWN = frozenset({"text", "json", "junit", "gitlab", "csv", "markdown"})
"""Formats that are made of the report alone; the others look at the design as well."""


def check_format(name: str) -> str:
    """The name of a format that can be printed. Raises `DfmError` for any other."""
    if name not in FORMATS:
        if name in _WRITERS:
            raise DfmError(f"format {name} is for files and cannot be printed; write one (-o, dfmcheck.write)")
        from ..tomlfile import nearest

        raise DfmError(f"no format {name!r}{nearest(name, FORMATS)}")
    return name


def output(text: str) -> tuple[Path, str]:
    """Path and format of an `-o`: `FORMAT:FILE`, or a file whose suffix names the format. Raises `DfmError` for neither."""
    format_, colon, name = text.partition(":")
    if colon and name and (format_ in _WRITERS or format_ == "text"):
        return Path(name), format_
    path = Path(text)
    return path, format_of(path)


def format_of(path: Path) -> str:
    """The format that a file's suffix names. Raises `DfmError` if it names none."""
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise DfmError(f"{path}: the suffix names no format; write one of {', '.join(_SUFFIXES)}, or FORMAT:FILE (gitlab:{path})")
    found = _SUFFIXES[suffix]
    return _QUERIES.get(found, found) if _ASKING.fullmatch(path.stem) else found


def file_format(name: str) -> str:
    """The name of a format that a file can have. Raises `DfmError` for any other."""
    if name != "text" and name not in _WRITERS:
        from ..tomlfile import nearest

        raise DfmError(f"no format {name!r}{nearest(name, ('text', *_WRITERS))}")
    return name


def writer(name: str) -> Callable[[Report, Path | None], Written]:
    """The function that turns a report into a format other than `text`; it is given the path it will be written to, if any."""
    module, function = _WRITERS[name]
    found: Callable[[Report, Path | None], Written] = getattr(import_module(f"{__name__}.{module}"), function)
    return found


def text_of(report: Report) -> str:
    """The report for people, as it is printed into a file or a pipe."""
    from io import StringIO

    from .text import write_text

    into = StringIO()
    write_text(report, into)
    return into.getvalue()


def pictures_of(path: Path) -> Path:
    """The folder of the pictures that queries have beside them."""
    return path.parent / f"{path.stem}-pictures"


def write(report: Report, path: Path, format_: str) -> None:
    """Write a report into a file, and what goes with it beside. Raises `DfmError` where it cannot be written."""
    made: Written = text_of(report) if format_ == "text" else writer(format_)(report, path)
    data = made.text if isinstance(made, Bundle) else made
    try:
        if isinstance(made, Bundle) and not is_stream(path):
            _write_pictures(pictures_of(path), {PurePath(name).name: picture for name, picture in made.beside.items()})
        write_file(path, data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
    except OSError as error:
        raise DfmError(f"cannot be written: {error.strerror or error}", path=str(path)) from error


def _write_pictures(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Write the pictures, and remove those of an earlier run, which would show what nobody asks any more."""
    if folder.is_symlink():
        raise DfmError("is a symbolic link, which nothing is written through; remove it", path=str(folder))
    if pictures:
        folder.mkdir(exist_ok=True)
    for name, data in pictures.items():
        write_file(folder / name, data)
    for old in folder.iterdir() if folder.is_dir() else ():
        regular = re.fullmatch(PICTURES, old.name) and old.is_file() and not old.is_symlink()
        if regular and old.name not in pictures and old.read_bytes().endswith(MARK):
            old.unlink()
