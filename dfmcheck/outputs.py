"""What a run may write over: no file that it reads, no design of anybody, and nothing twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from .errors import DfmError
from .files import Same, is_stream, same
from .write import PICTURES, QUERIES, pictures_of

Outputs = Sequence[tuple[Path, str]]
"""Path and format of each."""
_HEAD = 100_000
"""Bytes by which a file is known for a design's."""


def refuse_twice(outputs: Outputs) -> None:
    """Raises `DfmError` where two outputs are one file."""
    seen: dict[Same, Path] = {}
    for path, _ in outputs:
        if is_stream(path):
            continue
        if (first := seen.setdefault(same(path), path)) is not path:
            raise DfmError(f"-o writes this file twice (as {first} too); give each output a name of its own", path=str(path))
    folders = {same(pictures_of(path)) for path, format_ in outputs if format_ == QUERIES}
    for path, _ in outputs:
        if re.fullmatch(PICTURES, path.name) and same(path.parent) in folders:
            raise DfmError("-o writes this file twice (it is a picture of the queries too); give it another name", path=str(path))


def refuse_inputs(outputs: Outputs, named: Iterable[Path], read: Collection[Same] = ()) -> None:
    """Raises `DfmError` where an output is one of the named files or of those that were read, or where a design's file lies."""
    inputs = {same(path) for path in named} | set(read)
    for path, _ in outputs:
        if is_stream(path):
            continue
        if same(path) in inputs:
            raise DfmError("the output would overwrite what this run reads; give it another name", path=str(path))
        if what := _design(path):
            raise DfmError(f"the output would overwrite a file of a design ({what}); give it another name", path=str(path))


def _design(path: Path) -> str:
    """What file of a design lies there; '' if none does."""
    if not path.is_file():
        return ""
    from .read.kinds import kind_of

    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(_HEAD))
    except OSError:  # writing tells what is wrong with it
        return ""
    return "" if kind == "unknown" else kind
