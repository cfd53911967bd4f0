"""A TOML file with its line numbers, which `tomllib` does not keep: every complaint about a rule or limit names its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .errors import DfmError
from .files import SETTINGS, read_bytes

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?\Z")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")
_STRING_OR_BRACKET = re.compile(r'"{3}.*?(?<!\\)"{3}|\'{3}.*?\'{3}|"{3}|\'{3}|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{}]')


@dataclass(frozen=True, slots=True, eq=False)
class TomlFile:
    """A parsed TOML file: `data` as of `tomllib`, `path` as it is to be shown, and the line of every table and key."""

    path: str
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]

    def line(self, *keys: str) -> int:
        """Line of a table or key; of its nearest enclosing table where it stands inside an inline one."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.lines:
                return self.lines[keys[:end]]
        return 1

    def origin(self, *keys: str) -> str:
        return f"{self.path}:{self.line(*keys)}"

    def error(self, message: str, *keys: str) -> DfmError:
        return DfmError(message, path=self.path, line=self.line(*keys))

    def table(self, keys: tuple[str, ...]) -> Mapping[str, Any]:
        """The table at `keys`, empty if there is none."""
        table: Any = self.data
        for key in keys:
            table = table.get(key, {})
        if not isinstance(table, Mapping):
            raise self.error(f"{keys[-1]} must be a table", *keys)
        return table

    def text(self, keys: tuple[str, ...], value: Any) -> str:
        if not isinstance(value, str):
            raise self.error(f"{keys[-1]} must be a text, in quotes", *keys)
        return value.strip()

    def texts(self, keys: tuple[str, ...], value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.error(f"{keys[-1]} must be a list of texts", *keys)
        return tuple(self.text(keys, item) for item in value)

    def one_of(self, keys: tuple[str, ...], word: str, known: Iterable[str], what: str) -> None:
        names = tuple(known)
        if word not in names:
            raise self.error(f"unknown {what} {word!r} of {keys[0]}{nearest(word, names)}", *keys)

    def refuse_unknown(self, at: tuple[str, ...], table: Mapping[str, Any], known: set[str], what: str) -> None:
        for key in table:
            if key not in known:
                raise self.error(f"unknown {what} {key!r}{nearest(key, known)}", *at, key)


def read_toml(path: Path, shown: str | None = None) -> TomlFile:
    """Read and parse a file; `shown` replaces its path in messages. Raises `DfmError` if it cannot be read or parsed."""
    name = shown or str(path)
    try:
        text = read_bytes(path, SETTINGS, name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DfmError(f"is not UTF-8 text (byte {error.start})", path=name) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise DfmError(f"is not valid TOML: {re.sub(r' [(]at .*', '', str(error))}", path=name, line=line) from error
    except ValueError as error:  # a number of thousands of digits
        raise DfmError(f"is not valid TOML: {str(error).partition(';')[0]}", path=name) from error
    except RecursionError as error:
        raise DfmError("is nested too deeply to be read", path=name) from error
    return TomlFile(name, data, _scan(text))


def nearest(word: str, known: Iterable[str]) -> str:
    """What to add to "unknown word": the closest valid one, else all of them when they are few, else nothing."""
    names = sorted(known)
    close = get_close_matches(word, names, 1, 0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(names)}" if 0 < len(names) <= 12 else ""


def _scan(text: str) -> dict[tuple[str, ...], int]:
    """Lines (from 1) of all tables and keys of a text that `tomllib` accepts; the first one of an array of tables."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    depth, quote = 0, ""  # open brackets of a value, and the quotes of an open multi-line string
    for number, line in enumerate(text.split("\n"), 1):
        if not depth and not quote:
            if header := _HEADER.match(line):
                table = _split(header[1])
                lines.setdefault(table, number)
                continue
            if entry := _ENTRY.match(line):
                lines.setdefault(table + _split(entry[1]), number)
        if quote:
            _, closed, line = line.partition(quote)
            if not closed:
                continue
            quote = ""
        for match in _STRING_OR_BRACKET.finditer(line):
            token = match[0]
            if token in ('"""', "'''"):
                quote = token
                break
            depth += (token in ("[", "{")) - (token in ("]", "}"))
    return lines


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))
