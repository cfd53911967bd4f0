"""Plug-ins: installed packages with one entry point in the group `dfmcheck`, which bring rules and checks of their own."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

from .errors import DfmError


@cache
def load() -> tuple[Path, ...]:
    """Import all plug-ins, which registers their checks, and return the rule files and folders that they name.

    Those are what `RULES` of the entry point's object holds (a path or several, relative to its file), or else the
    folder `rules` of a package, if it has one. Raises `DfmError` for a plug-in that does not load.
    """
    if not any(map(_may_hold_one, sys.path)):
        return ()
    from importlib.metadata import entry_points

    found: list[Path] = []
    for entry in sorted(entry_points(group="dfmcheck"), key=lambda e: (e.name, e.value)):
        try:
            found += _rules(entry.load())
        except Exception as error:
            raise DfmError(f"plug-in {entry.name} ({entry.value}) does not load: {error}; mend or uninstall it") from error
    return tuple(found)


def _may_hold_one(place: str) -> bool:
    """Whether a place of `sys.path` may hold a plug-in; `importlib.metadata` takes 50 ms to import and tell, this takes 2."""
    path = Path(place or ".")
    return path.is_file() or any(b"dfmcheck]" in file.read_bytes() for file in path.glob("*-info/entry_points.txt"))


def _rules(plugin: Any) -> list[Path]:
    named = getattr(plugin, "RULES", None)
    folder = Path(getattr(plugin, "__file__", None) or ".").parent
    if named is not None:
        return [folder / path for path in ([named] if isinstance(named, str | Path) else named)]
    return [folder / "rules"] if hasattr(plugin, "__path__") and (folder / "rules").is_dir() else []
