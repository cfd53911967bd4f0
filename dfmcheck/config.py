"""The project's own settings: found beside the board or above it, checked to the letter, overridden by options.

Closest to the board wins; in one folder `.dfmcheck.toml` before `dfmcheck.toml` before `[tool.dfmcheck]` of
`pyproject.toml`. Files are not merged, but a file may say `extends = "other.toml"`. Paths are relative to the file that
names them. A file can set numbers, names and paths only: nothing in it is ever executed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import DfmError
from .files import SETTINGS, read_bytes
from .report import SEVERITIES
from .tomlfile import TomlFile, nearest, read_toml
from .voltage import parse_volts
from .waive import Waiver, from_table

FAIL_ON = (*SEVERITIES, "never")
_NAMES = (".dfmcheck.toml", "dfmcheck.toml", "pyproject.toml")
_KEYS = (
    "extends", "profile", "select", "ignore", "fail-on", "strict", "rules", "set", "limits", "severity", "voltages", "waiver",
    "waivers", "weights", "kicad-exclusions",
)  # fmt: skip

Set = tuple[str, str, Any, str]
"""Rule, parameter, value as written, and where it is written."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a config file says; None or empty where it says nothing."""

    path: Path | None = None
    """The file, None of no file."""
    profile: tuple[str, ...] = ()
    """Names or paths, in the order in which they apply."""
    select: tuple[str, ...] = ()
    """Words, as `--select` has them."""
    ignore: tuple[str, ...] = ()
    """Words, as `--ignore` has them."""
    fail_on: str | None = None
    """error, warning, note, never; None where nothing is said."""
    strict: bool | None = None
    """None where nothing is said."""
    rules: tuple[str, ...] = ()
    """Paths of further rule files or folders."""
    sets: tuple[Set, ...] = ()
    """Limits: rule, parameter, value as written, and where it is written."""
    severity: Mapping[str, tuple[str, str]] | None = None
    """By rule: the severity, and where it is set."""
    voltages: Mapping[str, float] | None = None
    """By pattern of net names: volts; the first that fits a net counts."""
    waivers: tuple[Waiver, ...] = ()
    """All of them, those of files that it extends too."""
    waiver_file: Path | None = None
    """The separate file that holds the waivers, if they have one."""
    weights: Path | None = None
    """A file of cost and yield figures that replace the built-in ones, key by key."""
    kicad_exclusions: bool | None = None
    """Whether violations that the designer excluded in KiCad are waived, which they are where nothing is said."""

    @property
    def shown(self) -> str:
        """The file's path for people, '' of no file."""
        return "" if self.path is None else show_path(self.path)

    def accept_into(self, board: Path) -> tuple[Path, str]:
        """The file that takes new waivers, and the name of its array of tables; `board` is the path of the design."""
        if self.waiver_file is not None:
            return self.waiver_file, "waiver"
        if self.path is not None:
            return self.path, "tool.dfmcheck.waiver" if self.path.name == "pyproject.toml" else "waiver"
        return board.parent / _NAMES[0], "waiver"


def show_path(path: Path) -> str:
    """A path for people: relative where it lies below the working folder."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return str(path)


def find(board: str | Path) -> Path | None:
    """The config file that applies to a board: the closest one, walking up from its folder."""
    folder = Path(os.path.abspath(board)).parent
    for place in (folder, *folder.parents):
        for name in _NAMES:
            path = place / name
            if path.is_file() and (name != "pyproject.toml" or _has_table(path)):
                return path
    return None


def _has_table(path: Path) -> bool:
    """Whether a pyproject.toml speaks of dfmcheck; one that does not is nobody's business here, even if it is broken."""
    try:
        if b"dfmcheck" not in read_bytes(path, SETTINGS):
            return False
    except DfmError:
        return False
    tool = read_toml(path).data.get("tool", {})
    return isinstance(tool, Mapping) and "dfmcheck" in tool


def load(path: Path) -> Config:
    """Read a config file and what it extends. Raises `DfmError` with file and line for anything that is not as it must be."""
    return _load(path, ())


def _load(path: Path, above: tuple[Path, ...]) -> Config:
    if path.resolve() in above:
        raise DfmError("config files extend each other in a circle", path=show_path(path))
    file = _File(read_toml(path, show_path(path)), path)
    for key in file.table:
        if key not in _KEYS:
            raise file.error(f"unknown setting {key!r}{nearest(key, _KEYS)}", key)
    base = Config()
    for name in file.texts("extends"):
        base = _over(base, _load(file.beside(name), (*above, path.resolve())))
    own = Config(
        path=path,
        profile=tuple(str(file.beside(name)) if name.endswith(".toml") else name for name in file.texts("profile")),
        select=file.texts("select"),
        ignore=file.texts("ignore"),
        fail_on=file.one_of("fail-on", FAIL_ON),
        strict=file.flag("strict"),
        rules=tuple(str(file.beside(name)) for name in file.texts("rules")),
        sets=(*file.sets(), *file.limits()),
        severity=file.severities(),
        voltages=file.voltages(),
        waivers=file.waivers(),
        waiver_file=file.waiver_file(),
        weights=file.weights(),
        kicad_exclusions=file.flag("kicad-exclusions"),
    )
    return _over(base, own)


def _over(base: Config, own: Config) -> Config:
    """`own` over `base`: a setting replaces, limits and severities key by key; waivers and rule files add up."""
    return replace(
        own,
        profile=own.profile or base.profile,
        select=own.select or base.select,
        ignore=own.ignore or base.ignore,
        fail_on=own.fail_on if own.fail_on is not None else base.fail_on,
        strict=own.strict if own.strict is not None else base.strict,
        rules=tuple(dict.fromkeys((*base.rules, *own.rules))),
        sets=(*base.sets, *own.sets),
        severity={**(base.severity or {}), **(own.severity or {})},
        voltages={**(own.voltages or {}), **{k: v for k, v in (base.voltages or {}).items() if k not in (own.voltages or {})}},
        waivers=(*base.waivers, *own.waivers),
        weights=own.weights or base.weights,
        kicad_exclusions=own.kicad_exclusions if own.kicad_exclusions is not None else base.kicad_exclusions,
    )


class _File:
    """A config table with the checks that its settings share."""

    def __init__(self, file: TomlFile, path: Path) -> None:
        self.file, self.path = file, path
        self.prefix = ("tool", "dfmcheck") if path.name == "pyproject.toml" else ()
        table: Any = file.data
        for key in self.prefix:
            table = table.get(key, {})
        if not isinstance(table, Mapping):
            raise file.error("[tool.dfmcheck] must be a table", *self.prefix)
        self.table: Mapping[str, Any] = table

    def error(self, message: str, *keys: str) -> DfmError:
        return self.file.error(message, *self.prefix, *keys)

    def origin(self, *keys: str) -> str:
        return self.file.origin(*self.prefix, *keys)

    def beside(self, name: str) -> Path:
        return self.path.parent / name

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self.table.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.error(f"{key} must be a text or a list of texts", key)
        return tuple(value)

    def one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self.table.get(key)
        if value is not None and value not in known:
            raise self.error(f"{key} is one of {', '.join(known)}", key)
        return value

    def flag(self, key: str) -> bool | None:
        value = self.table.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(f"{key} must be true or false", key)
        return value

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.table.get(key, {})
        if not isinstance(value, Mapping):
            raise self.error(f"{key} must be a table", key)
        return value

    def sets(self) -> list[Set]:
        """`set = { "rule.param" = "0.2 mm" }`, the same as `--set`."""
        found: list[Set] = []
        for name, value in self.mapping("set").items():
            inner = value if isinstance(value, Mapping) else None
            pairs = [(f"{name}.{k}", v) for k, v in inner.items()] if inner is not None else [(name, value)]
            for full, text in pairs:
                rule, dot, param = full.partition(".")
                if not dot or not isinstance(text, str):
                    raise self.error(f'write set as "rule.param" = "0.2 mm", not {full} = {text!r}', "set", name)
                found.append((rule, param, text, self.origin("set", name)))
        return found

    def limits(self) -> list[Set]:
        """`[limits.RULE]` tables as profiles have them."""
        found: list[Set] = []
        for rule, params in self.mapping("limits").items():
            if not isinstance(params, Mapping):
                raise self.error(f"limits of {rule} must be a table", "limits", rule)
            for param, value in params.items():
                found.append((rule, param, value, self.origin("limits", rule, param)))
        return found

    def severities(self) -> dict[str, tuple[str, str]]:
        table = self.mapping("severity")
        for rule, level in table.items():
            if level not in SEVERITIES:
                raise self.error(
                    f"severity of {rule} is one of {', '.join(SEVERITIES)}; to switch it off, ignore it", "severity", rule
                )
        return {rule: (level, self.origin("severity", rule)) for rule, level in table.items()}

    def voltages(self) -> dict[str, float]:
        """`[voltages]`: patterns of net names to potentials such as `"HV*" = "300 V"`."""
        found = {}
        for pattern, text in self.mapping("voltages").items():
            try:
                found[pattern] = parse_volts(text)
            except DfmError as error:
                raise self.error(str(error), "voltages", pattern) from error
        return found

    def weights(self) -> Path | None:
        value = self.table.get("weights")
        if value is None:
            return None
        if not isinstance(value, str) or not value.endswith(".toml"):
            raise self.error("weights names a .toml file of cost and yield figures", "weights")
        return self.beside(value)

    def waiver_file(self) -> Path | None:
        value = self.table.get("waivers")
        if value is None:
            return None
        if not isinstance(value, str) or not value.endswith(".toml"):
            raise self.error("waivers names a .toml file; write waivers themselves as [[waiver]] tables", "waivers")
        path = self.beside(value)
        inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.path.parent))
        if not inside and not path.is_file():  # nothing is made outside the folder of a config that may be a stranger's
            raise self.error(f"waivers names {value!r} outside this folder, which does not exist; make the file first", "waivers")
        return path

    def waivers(self) -> tuple[Waiver, ...]:
        """The `[[waiver]]` tables here and in the file that `waivers` names (it need not exist yet)."""
        found = _waivers(self.table.get("waiver", []), self.path, self.file)
        other = self.waiver_file()
        if other is not None and other.exists():
            file = read_toml(other, show_path(other))
            if unknown := [key for key in file.data if key != "waiver"]:
                raise file.error(f"a waiver file holds [[waiver]] tables only, not {unknown[0]!r}", unknown[0])
            found += _waivers(file.data.get("waiver", []), other, file)
        return tuple(found)


def _waivers(tables: Any, path: Path, file: TomlFile) -> list[Waiver]:
    if not isinstance(tables, list):
        raise DfmError("write waivers as [[waiver]] tables", path=file.path)
    rows = path.read_text("utf-8").splitlines()
    lines = [n for n, row in enumerate(rows, 1) if re.match(r"\s*\[\[\s*(tool\s*\.\s*dfmcheck\s*\.\s*)?waiver\s*\]\]", row)]
    exact = len(lines) == len(tables)
    return [from_table(table, file.path, lines[n] if exact else None) for n, table in enumerate(tables)]
