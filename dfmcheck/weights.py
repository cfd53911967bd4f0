"""What things cost, how often they fail, and what counts how much: figures that an assembler replaces by its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .tomlfile import TomlFile, nearest, read_toml

_TEXTS = ("title", "revision")
MOST = 1_000_000
"""More than a million defects per million there are not, nor weights that far from the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights(Mapping[str, Mapping[str, float]]):
    """Figures by table and key, see `rules/weights/standard.toml`, and where each is set."""

    tables: Mapping[str, Mapping[str, float]]
    """Figures by key, by table."""
    origins: Mapping[tuple[str, str], str]
    """File and line by table and key."""
    title: str
    """Whose figures they are; of several files, all titles."""

    def __getitem__(self, table: str) -> Mapping[str, float]:
        return self.tables[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


def load_weights(path: str | Path | None = None) -> Weights:
    """The built-in figures, or those with a file's over them, key by key.

    Raises `DfmError` with file and line for a table or key that the built-in ones do not have, and for what is no number from 0.
    """
    base = _built_in()
    if path is None:
        return base
    from .config import show_path

    return _over(base, read_toml(Path(path), show_path(Path(path))))


@cache
def _built_in() -> Weights:
    folder = Path(__file__).parent / "_rules"
    folder = folder if folder.is_dir() else Path(__file__).parent.parent / "rules"
    return _over(None, read_toml(folder / "weights" / "standard.toml", "rules/weights/standard.toml"))


def _over(base: Weights | None, file: TomlFile) -> Weights:
    tables = {name: dict(table) for name, table in base.items()} if base else {}
    origins = dict(base.origins) if base else {}
    if base is not None:
        file.refuse_unknown((), file.data, {*tables, *_TEXTS}, "table of weights")
    for name in file.data:
        if name in _TEXTS:
            continue
        table = tables.setdefault(name, {})
        known = set(table)
        for key, value in file.table((name,)).items():
            if base is not None and key not in known:
                raise file.error(f"[{name}] has no {key!r}{nearest(key, known)}", name, key)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
                raise file.error(f"{key} is {str(value)[:60]}; it must be a number from 0 to {MOST:,}", name, key)
            table[key] = float(value)
            origins[name, key] = file.origin(name, key)
    title, _ = (file.text((key,), file.data.get(key, "")) for key in _TEXTS)
    title = title or file.path
    return Weights(tables, origins, f"{base.title} + {title}" if base else title)
