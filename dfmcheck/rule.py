"""Rules and profiles: what is judged and by which numbers, loaded from TOML and checked to the letter.

A rule is a row of the catalogue (`rules/*.toml`): which check measures, the parameters that judge what it measured, and the
words of a finding. A profile (`rules/profiles/*.toml`) is numbers only. Both refuse every key, rule, parameter and unit that
they do not know: a limit that is silently ignored would pass an unchecked board.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from . import plugins, units
from .errors import DfmError
from .given import listed
from .report import SEVERITIES
from .tomlfile import TomlFile, nearest, read_toml

__all__ = [
    "FACTS",
    "MAKERS",
    "PLACEHOLDERS",
    "PROCESSES",
    "SENSES",
    "Limit",
    "Limits",
    "Param",
    "Profile",
    "Rule",
    "load_profile",
    "load_rules",
    "profile_names",
    "resolve",
]  # fmt: skip

SENSES = ("min", "max", "tune")
"""What a parameter of a rule can be: a limit that is not to be fallen below, one not to be exceeded, a setting."""
PROCESSES = ("reflow", "wave", "selective", "pip", "hand")
"""How a profile may want the through-hole joints soldered; `reflow` wants boards that have none."""
MAKERS = ("fabricator", "assembler")
"""Whose limits a profile may state."""
FACTS = frozenset({
    "copper", "nets", "components", "pads", "vias", "tracks", "zones", "holes", "plating", "outline", "courtyards", "fab",
    "mask", "paste", "silk", "texts", "stackup", "thickness", "spans", "thermals", "package",
})  # fmt: skip
"""What a board can tell, see `Board.facts`; `copper` is any copper feature."""
PLACEHOLDERS = frozenset({"a", "b", "value", "limit", "layers", "detail", "count"})
"""What a rule's message may hold: the two items, the value, the limit, the layers, what the check adds, how many places."""

_ROOT = "rules"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LAYERS = re.compile(r"([1-9]\d?)(-([1-9]\d?)?)?\Z")


@dataclass(frozen=True, slots=True)
class Param:
    """One number of a rule. A `min` or `max` judges measurements; a `tune` is used by the check and judges nothing."""

    name: str
    """As limits call it."""
    unit: str
    """One of `dfmcheck.units.UNITS`."""
    sense: str
    """min, max or tune."""
    text: str
    """What it judges, in a few words."""
    a: str | None = None
    """Selections that narrow which measurements this parameter judges; the first parameter that fits and has a limit does."""
    b: str | None = None
    """As `a`, for the second thing of a pair."""
    default: str | None = None
    """Of a `tune` only, with its unit."""
    alias: bool = True
    """Whether `RULE.min` and `RULE.max` reach it; by default if it has the rule's own unit."""
    origin: str = ""
    """Where it stands, as in `rules/fabrication.toml:20`."""

    @property
    def default_value(self) -> float | None:
        """The default as a number in `unit`, None where there is none."""
        return None if self.default is None else units.parse(self.default, self.unit)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A row of the catalogue."""

    id: str
    """Lower-case words joined by hyphens."""
    title: str
    """For people, a few words."""
    category: str
    """Area and group, such as fabrication.drill."""
    severity: str
    """error, warning or note."""
    check: str
    """Name of the registered check that measures for this rule."""
    unit: str
    """Of what it measures, one of `dfmcheck.units.UNITS`."""
    needs: frozenset[str]
    """Facts without which the rule is skipped."""
    wants: frozenset[str]
    """Facts that make the answer better; without them it still runs."""
    tags: frozenset[str]
    """Words by which `select` and `ignore` know it."""
    kicad: tuple[str, ...]
    """KiCad's own names for what this rule finds."""
    measure: str
    """What is measured, in a sentence."""
    why: str
    """What happens to a board that breaks it."""
    fix: str
    """What to do."""
    traps: str
    """What looks like a breach and is none, '' where nothing is said."""
    message: str
    """The sentence of a finding, with placeholders, see `PLACEHOLDERS`."""
    refs: tuple[str, ...]
    """Where it comes from."""
    always: bool
    """Runs under every profile: whatever the check reports is a finding, there is no limit to it."""
    args: Mapping[str, Any]
    """What the check asks for beside numbers."""
    params: Mapping[str, Param]
    """By name."""
    origin: str
    """Where the row stands, as in `rules/fabrication.toml:12`."""

    @property
    def judged(self) -> tuple[Param, ...]:
        """Its minima and maxima."""
        return tuple(p for p in self.params.values() if p.sense != "tune")


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of a profile. Beyond `value` is the rule's severity, beyond `prefer` one step softer; either may be absent."""

    value: float | None
    """In `unit`, None where only `prefer` is stated."""
    prefer: float | None
    """In `unit`, None where not stated."""
    sense: str
    """min, max or tune."""
    unit: str
    """Of both numbers."""
    origin: str
    """Where it is set: `rules/profiles/standard.toml:9`, `--set`, or another file and line."""
    source: str = ""
    """Who states it, '' where nobody is named."""
    note: str = ""
    """What goes with it, '' for nothing."""

    @property
    def off(self) -> bool:
        """Whether it states no number: it takes a limit away."""
        return self.value is None and self.prefer is None


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A file of limits."""

    name: str
    """Of its file, without a suffix."""
    title: str
    """For people."""
    source: str
    """Whose numbers they are."""
    address: str
    """Of the source."""
    revision: str
    """Of the source."""
    read: str
    """The day on which somebody looked at the source."""
    extends: tuple[str, ...]
    """Names or files of the profiles that it adds to."""
    limits: Mapping[str, Mapping[str, Limit]]
    """By rule id and parameter: what this file itself states, without what it extends."""
    severity: Mapping[str, str]
    """Severities that it changes, by rule id."""
    process: str
    """One of `PROCESSES`, '' where the profile leaves it to the design."""
    path: Path
    """The file."""
    unstated: tuple[str, ...]
    """Rules that need a limit and get none from this file."""
    maker: str = ""
    """One of `MAKERS` where these are the limits of somebody who builds boards, '' for standards, levels and guides."""
    layers: tuple[float, float] = (1.0, math.inf)
    """From and up to how many copper layers a maker's limits are stated for."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits(Mapping[str, Mapping[str, Limit]]):
    """The limits that apply after all profiles and settings: rule id -> parameter -> `Limit`."""

    by_rule: Mapping[str, Mapping[str, Limit]]
    """Rule id to parameter to `Limit`; rules without any are left out."""
    chain: tuple[str, ...]
    """Names of the profiles, in the order in which they were applied."""
    revision: str
    """Of the sources, joined by +."""
    read: str
    """The days on which somebody looked at them, joined by +."""
    severity: Mapping[str, str]
    """Severities that a profile changes, by rule id."""
    process: str = ""
    """One of `PROCESSES`: how the last profile that says so wants the board soldered."""

    def __getitem__(self, rule: str) -> Mapping[str, Limit]:
        return self.by_rule[rule]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_rule)

    def __len__(self) -> int:
        return len(self.by_rule)


def load_rules(extra_paths: str | Path | Iterable[str | Path] = ()) -> dict[str, Rule]:
    """The built-in catalogue, the rules of plug-ins, and those of `extra_paths`, by id.

    extra_paths: further rule files, or folders of which every `*.toml` directly inside is read. Raises `DfmError` with file
    and line for anything that is not a well-formed rule, and for an id that is there already.
    """
    rules, files = dict(_built_in_rules()), []
    for extra in (*plugins.load(), *map(Path, listed(extra_paths))):
        inside = sorted(extra.glob("*.toml")) if extra.is_dir() else [extra]
        if not inside:
            raise DfmError("holds no rule file (*.toml)", path=str(extra))
        files += [read_toml(path) for path in inside]
    return _add(rules, files)


@cache
def _built_in_rules() -> Mapping[str, Rule]:
    """The catalogue, parsed once a process: it does not change, and is asked for by every run of a library's user."""
    found = sorted(_catalogue().glob("*.toml"), key=lambda p: (p.stem != "fabrication", p.stem))
    return MappingProxyType(_add({}, [read_toml(path, f"{_ROOT}/{path.name}") for path in found]))


def _add(rules: dict[str, Rule], files: Iterable[TomlFile]) -> dict[str, Rule]:
    for file in files:
        for name in file.data:
            rule = _rule(file, name)
            if name in rules:
                raise file.error(f"rule {name!r} exists already, see {rules[name].origin}; give it another id", name)
            rules[name] = rule
    return rules


def profile_names() -> list[str]:
    """Names of the profiles that are known by name, the built-in ones and those of plug-ins, sorted."""
    return sorted({path.stem for folder in _profile_folders() for path in folder.glob("*.toml")})


def _profile_folders() -> list[Path]:
    """Those of the catalogue, and what is named `profiles` in a plug-in's folder of rules, as there."""
    return [_catalogue() / "profiles", *(path / "profiles" for path in plugins.load() if path.is_dir())]


def load_profile(name_or_path: str | Path, rules: Mapping[str, Rule]) -> Profile:
    """A profile by name, or one from a file: `name_or_path`. Raises `DfmError` if there is none or if it is not well-formed.

    `rules` are those that it may name, see `load_rules`.
    """
    path, shown = _find_profile(str(name_or_path))
    if path.parent == _catalogue() / "profiles":
        return _built_in_profile(path, shown, tuple(rules.values()))
    return _profile(read_toml(path, shown), path, rules)


@lru_cache(maxsize=256)
def _built_in_profile(path: Path, shown: str, rules: tuple[Rule, ...]) -> Profile:
    """A profile of the catalogue, which every run asks for several times: by name, by what extends it, and by level."""
    return _profile(_built_in(path, shown), path, {rule.id: rule for rule in rules})


def _profile(file: TomlFile, path: Path, rules: Mapping[str, Rule]) -> Profile:
    known = {"title", "source", "address", "revision", "read", "extends", "sources", "limits", "severity", "process", "maker",
             "layers"}  # fmt: skip
    file.refuse_unknown((), file.data, known, "key of a profile")
    texts = {key: file.text((key,), file.data.get(key, "")) for key in ("title", "source", "address", "revision", "read")}
    severity = file.table(("severity",))
    for rule, level in severity.items():
        _known_rule(file, ("severity", rule), rule, rules)
        if level not in SEVERITIES:
            raise file.error(f"severity {level!r} of {rule} is unknown{nearest(str(level), SEVERITIES)}", "severity", rule)
    process = file.text(("process",), file.data.get("process", ""))
    if process:
        file.one_of(("process",), process, PROCESSES, "process")
    maker, layers = file.text(("maker",), file.data.get("maker", "")), (1.0, math.inf)
    if maker:
        file.one_of(("maker",), maker, MAKERS, "maker")
    if "layers" in file.data:
        span = _LAYERS.match(file.text(("layers",), file.data["layers"]))
        if span is None or not maker:
            raise file.error('layers are those of a maker: write "4", "4-" or "4-6"', "layers")
        layers = float(span[1]), float(span[3] or math.inf) if span[2] else float(span[1])
    sources = {key: file.text(("sources", key), text) for key, text in file.table(("sources",)).items()}
    sources[""] = texts["source"]
    limits: dict[str, dict[str, Limit]] = {}
    for rule_id in file.table(("limits",)):
        at = ("limits", rule_id)
        _known_rule(file, at, rule_id, rules)
        limits[rule_id] = {}
        for key, value in file.table(at).items():
            try:
                for param in _targets(rules[rule_id], key):
                    limits[rule_id][param.name] = _limit(param, value, file.origin(*at, key), sources)
            except DfmError as error:
                raise file.error(str(error), *at, key) from error
    stated = {rule for rule, params in limits.items() if any(x.sense != "tune" and not x.off for x in params.values())}
    unstated = tuple(rule.id for rule in rules.values() if rule.judged and not rule.always and rule.id not in stated)
    extends = file.texts(("extends",), file.data.get("extends", []))
    return Profile(
        path.stem, **texts, extends=extends, limits=limits, severity=severity, process=process, path=path, unstated=unstated,
        maker=maker, layers=layers,
    )  # fmt: skip


def resolve(names: Sequence[str | Path], rules: Mapping[str, Rule], sets: Iterable[tuple[str, str, Any, str]] = ()) -> Limits:
    """Apply profiles left to right, key by key, each after what it extends; then `sets`.

    names: of profiles, or their files. rules: those that they may name. A set is (rule, parameter, value as a profile has it,
    origin) and replaces the whole limit, its `prefer` too. The text `off` takes a limit away. Raises `DfmError`.
    """
    profiles: list[Profile] = []
    for name in names:
        _extend(name, rules, profiles, ())
    merged: dict[str, dict[str, Limit]] = {}
    severity: dict[str, str] = {}
    for profile in profiles:
        severity |= profile.severity
        for rule_id, limits in profile.limits.items():
            merged.setdefault(rule_id, {}).update(limits)
    for rule_id, key, value, origin in sets:
        try:
            if rule_id not in rules:
                raise DfmError(f"no rule {rule_id!r}{nearest(rule_id, rules)}")
            for param in _targets(rules[rule_id], key):
                merged.setdefault(rule_id, {})[param.name] = _limit(param, value, origin, {})
        except DfmError as error:
            raise DfmError(f"{origin}: {rule_id}.{key}: {error}") from error
    kept = {rule: MappingProxyType({p: x for p, x in merged[rule].items() if not x.off}) for rule in rules if rule in merged}
    distinct = {key: list(dict.fromkeys(getattr(p, key) for p in profiles if getattr(p, key))) for key in ("revision", "read")}
    return Limits(
        {rule: limits for rule, limits in kept.items() if limits},
        tuple(p.name for p in profiles),
        " + ".join(distinct["revision"]),
        " + ".join(distinct["read"]),
        severity,
        next((p.process for p in reversed(profiles) if p.process), ""),
    )


def _extend(name: str | Path, rules: Mapping[str, Rule], done: list[Profile], above: tuple[Path, ...]) -> None:
    """Append the profile after those that it extends; one that is applied again counts from its last place."""
    profile = load_profile(name, rules)
    path = profile.path.resolve()
    if path in above:
        chain = " -> ".join(p.stem for p in (*above[above.index(path) :], path))
        raise DfmError(f"profiles extend each other in a circle: {chain}")
    for base in profile.extends:
        beside = profile.path.parent / base
        try:
            _extend(beside if base.endswith(".toml") else base, rules, done, (*above, path))
        except DfmError as error:
            if error.path is not None or "circle" in str(error):
                raise
            raise read_toml(profile.path, _find_profile(str(name))[1]).error(str(error), "extends") from error
    done[:] = [p for p in done if p.path.resolve() != path] + [profile]


def _catalogue() -> Path:
    """The rules folder: inside the package in a wheel, at the top of the repository in an editable install."""
    packed = Path(__file__).parent / "_rules"
    return packed if packed.is_dir() else Path(__file__).parent.parent / _ROOT


@cache
def _built_in(path: Path, shown: str) -> TomlFile:
    """A file of the catalogue, which does not change during a run, but is asked for by profiles and by levels."""
    return read_toml(path, shown)


def _find_profile(name: str) -> tuple[Path, str]:
    """Path of a profile and how to show it. A name without a suffix or a slash is that of one in a folder of profiles."""
    path, shown = Path(name), name
    if not name.endswith(".toml") and "/" not in name and "\\" not in name:
        found = [path for folder in _profile_folders() if (path := folder / f"{name}.toml").is_file()]
        if not found:
            raise DfmError(f"no profile {name!r}{nearest(name, profile_names())} (a file is named with its .toml)")
        if len(found) > 1:
            raise DfmError(f"two profiles are named {name!r}: {found[0]} and {found[1]}; name the one by its path")
        path, shown = found[0], str(found[0])
    if path.parent.resolve() == (_catalogue() / "profiles").resolve():
        return path, f"{_ROOT}/profiles/{path.name}"
    return path, shown


def _rule(file: TomlFile, name: str) -> Rule:
    row = file.table((name,))
    if not _NAME.match(name):
        raise file.error(f"rule id {name!r} must be lower-case words joined by hyphens", name)
    file.refuse_unknown((name,), row, {f.name for f in fields(Rule)} - {"id", "origin"}, "key of a rule")
    required = ("title", "category", "severity", "check", "unit", "measure", "why", "fix", "message")
    if missing := [key for key in required if not row.get(key)]:
        raise file.error(f"rule {name!r} lacks {', '.join(missing)}", name)
    texts = {key: file.text((name, key), row.get(key, "")) for key in (*required, "traps")}
    lists = {key: file.texts((name, key), row.get(key, [])) for key in ("needs", "wants", "tags", "kicad", "refs")}
    file.one_of((name, "severity"), texts["severity"], SEVERITIES, "severity")
    file.one_of((name, "unit"), texts["unit"], units.UNITS, "unit")
    for key in ("needs", "wants"):
        for fact in lists[key]:
            file.one_of((name, key), fact, FACTS, "fact")
    try:
        parts = [part for part in Formatter().parse(texts["message"]) if part[1] is not None]
    except ValueError as error:
        raise file.error(f"message: {error}", name, "message") from error
    placeholders = [f"{field}{'!' if conversion else ''}{':' if spec else ''}" for _, field, spec, conversion in parts]
    for placeholder in placeholders:
        file.one_of((name, "message"), placeholder, PLACEHOLDERS, "placeholder")
    always = row.get("always", False)
    if not isinstance(always, bool):
        raise file.error("always must be true or false", name, "always")
    params = {key: _param(file, name, key, texts["unit"]) for key in file.table((name, "params"))}
    if not always and all(p.sense == "tune" for p in params.values()):
        raise file.error(f"rule {name!r} has no min or max parameter; say always = true if it needs no limit", name)
    return Rule(
        id=name, **texts, needs=frozenset(lists["needs"]), wants=frozenset(lists["wants"]), tags=frozenset(lists["tags"]),
        kicad=lists["kicad"], refs=lists["refs"], always=always, args=MappingProxyType(dict(file.table((name, "args")))),
        params=MappingProxyType(params), origin=file.origin(name),
    )  # fmt: skip


def _param(file: TomlFile, rule: str, name: str, rule_unit: str) -> Param:
    at = (rule, "params", name)
    row = file.table(at)
    file.refuse_unknown(at, row, {f.name for f in fields(Param)} - {"name", "origin"}, "key of a parameter")
    alias = row.get("alias", row.get("unit", rule_unit) == rule_unit)
    if not isinstance(alias, bool):
        raise file.error("alias must be true or false", *at, "alias")
    text = {k: None if row.get(k) is None else file.text((*at, k), row[k]) for k in ("a", "b", "default")}
    unit, sense = str(row.get("unit", rule_unit)), str(row.get("sense", ""))
    param = Param(name, unit, sense, file.text((*at, "text"), row.get("text", "")), alias=alias, origin=file.origin(*at), **text)
    file.one_of((*at, "unit"), param.unit, units.UNITS, "unit")
    file.one_of((*at, "sense"), param.sense, SENSES, "sense")
    if not param.text:
        raise file.error(f"parameter {name!r} lacks its text", *at)
    if (param.default is not None) != (param.sense == "tune"):
        raise file.error(f"parameter {name!r}: a tune needs a default, a min or max has none (profiles state limits)", *at)
    try:
        _ = param.default_value
    except DfmError as error:
        raise file.error(str(error), *at, "default") from error
    return param


def _targets(rule: Rule, key: str) -> list[Param]:
    """The parameters that a key names: one by its name, or all minima by `min`, all maxima by `max`."""
    if key in rule.params:
        return [rule.params[key]]
    reached = [p for p in rule.params.values() if p.sense == key and p.alias and key != "tune"]
    if not reached:
        raise DfmError(f"rule {rule.id} has no parameter {key!r}{nearest(key, rule.params) or '; it has none'}")
    return reached


def _limit(param: Param, given: Any, origin: str, sources: Mapping[str, str]) -> Limit:
    """Read `"0.2 mm"`, `"off"` or `{ min = ..., prefer = ..., source = ..., note = ... }` for a parameter.

    A source is a text, or one word that the profile's `[sources]` explains; without one it is the profile's own.
    """
    hard = "value" if param.sense == "tune" else param.sense
    entry = given if isinstance(given, Mapping) else {hard: given}
    allowed = {hard, "source", "note"} | ({"prefer"} if param.sense != "tune" else set())
    for key in entry:
        if key in SENSES[:2] and key != hard:
            raise DfmError(f"{param.name} is a {param.sense}, not a {key}; write {hard} = ...")
        if key not in allowed:
            raise DfmError(f"unknown key {key!r} of a limit{nearest(key, allowed)}")
    for key in ("source", "note"):
        if not isinstance(entry.get(key, ""), str):
            raise DfmError(f"{key} of {param.name} must be a text")
    source = entry.get("source", "")
    if source and " " not in source and source not in sources:
        raise DfmError(f"source {source!r} of {param.name} is not in [sources]{nearest(source, filter(None, sources))}")
    if hard not in entry and "prefer" not in entry:
        raise DfmError(f"{param.name} has no number; write {hard} = ...")
    value, prefer = (None if entry.get(key) in (None, "off") else units.parse(entry[key], param.unit) for key in (hard, "prefer"))
    if min(value or 0.0, prefer or 0.0) < 0:
        raise DfmError(f"{param.name} must not be negative")
    if value is not None and prefer is not None and (prefer < value if param.sense == "min" else prefer > value):
        raise DfmError(f"prefer of {param.name} is laxer than its {hard}; it must ask for more")
    return Limit(value, prefer, param.sense, param.unit, origin, sources.get(source, source), entry.get("note", ""))


def _known_rule(file: TomlFile, keys: tuple[str, ...], rule: str, rules: Mapping[str, Rule]) -> None:
    if rule not in rules:
        raise file.error(f"no rule {rule!r}{nearest(rule, rules)}", *keys)
