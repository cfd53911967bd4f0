"""What a check is: Python that measures, and knows no severity, no wording and no limit but the search reach.

A check is a function that takes a `Context` and returns `Measurements`; it is registered with `@check("name")` and
rules name it in their TOML row. Third parties register theirs in a plug-in, see `dfmcheck.plugins`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

from . import select
from .board import Board, Bools, Floats, Ints, Objects
from .errors import DfmError
from .rule import SENSES, Limit, Rule
from .tomlfile import nearest
from .weights import Weights, load_weights

__all__ = ["Absent", "Context", "Measurements", "Run", "Skip", "Weights", "check"]

Shared = TypeVar("Shared")


class Skip(Exception):
    """Raised by a check that finds that it cannot judge this board; its text is the reason shown as `why_skipped`."""


class Absent(Skip):
    """Raised by a check that finds nothing of what its limits are about, so that they can be neither broken nor kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """What a check measured: one row per pair or thing that may matter, all columns of one length.

    Rows that keep their limit may be left out (a gap beyond the reach, say), but `checked` counts everything that was
    looked at, and `worst` may tell a worst value when no row holds it.
    """

    value: Floats
    """In the unit of the row's parameter; NaN where nothing is measured."""
    param: Objects
    """str: the rule's parameter that judges this row."""
    a: Ints
    """Board.items row of the first item, -1 for none."""
    b: Ints
    """`Board.items` row of the second item, -1 for none."""
    x: Floats
    """mm: where it is."""
    y: Floats
    """mm, down."""
    layer: Ints
    """Board.layers row, -1 where no layer applies."""
    inherent: Bools
    """Both items belong to one footprint, so moving parts cannot help."""
    inferred: Bools
    """The reader had to infer what an item is."""
    soften: Ints
    """Steps by which the severity is lowered for this row (1: error to warning); -1 raises it by one."""
    kind_a: Ints
    """`Kind` to show instead of the item's own (a hole of a pad), -1 to leave it."""
    kind_b: Ints
    """As `kind_a`, for the second item."""
    cause: Objects
    """str: rows with different causes are different findings; '' where the owners say enough. A cause that starts with `*`
    makes one finding of all its rows, whoever owns the items (the gaps of one outline, the parts of one land pattern)."""
    detail: Objects
    """str: what the message adds for this row."""
    file: Ints
    """Row of `Package.sources`: the file that a package rule speaks of, -1 where it speaks of items or of no file. A row
    with a file and no items says `a=-1`, and NaN for `x` and `y` unless it has a place on the board as well."""
    line: Ints
    """1-based line in `file`, 0 where none is meant."""
    more: Floats
    """What the row asks for beyond its parameter's limit, in the parameter's unit: a share of a height difference, say."""
    checked: int = 0
    """How many things were looked at."""
    worst: float = float("nan")
    """In the rule's unit, where no row holds it; NaN to leave it to the rows."""
    complete: float = 0.0
    """Every value below this has its row, whether it keeps its limit or not. 0: only what breaks a limit or preferred value."""

    def __len__(self) -> int:
        return len(self.value)

    @classmethod
    def of(cls, value: Any, *, checked: int, worst: float = float("nan"), **columns: Any) -> Self:
        """Build from arrays or scalars (which are broadcast); `value`, `param`, `a`, `x`, `y` and `checked` are required.

        `worst` is as in the field of that name; `columns` are the others, by name. Raises `ValueError` for one that is missing or
        unknown.
        """
        value = np.atleast_1d(np.asarray(value, np.float64))
        done: dict[str, Any] = {"value": value}
        for f in fields(cls):
            if f.name in ("value", *_WHOLE):
                continue
            given = columns.pop(f.name, _COLUMN_DEFAULTS.get(f.name))
            if given is None:
                raise ValueError(f"measurements without column {f.name}")
            dtype: Any = _COLUMN_TYPES[f.name]
            array = np.empty(len(value), dtype)
            array[:] = given
            done[f.name] = array
        if columns:
            raise ValueError(f"unknown columns {sorted(columns)}")
        return cls(**done, checked=int(checked), worst=float(worst))

    @classmethod
    def none(cls, checked: int, worst: float = float("nan")) -> Self:
        """Nothing to report, but `checked` things were looked at, the worst of which measured `worst`."""
        return cls.of([], checked=checked, worst=worst, param="", a=-1, x=0.0, y=0.0)

    @classmethod
    def join(cls, parts: Sequence[Measurements]) -> Self:
        """Rows of all parts; `checked` adds up, `worst` is taken if only one part tells it (the engine judges the rows' own)."""
        if not parts:
            return cls.none(0)
        told = [p.worst for p in parts if not np.isnan(p.worst)]
        names = [f.name for f in fields(cls) if f.name not in _WHOLE]
        columns: dict[str, Any] = {name: np.concatenate([getattr(p, name) for p in parts]) for name in names}
        return cls(**columns, checked=sum(p.checked for p in parts), worst=told[0] if len(told) == 1 else float("nan"))

    def take(self, rows: Any) -> Self:
        """The rows that a mask or an array of indexes names."""
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in _WHOLE}
        return type(self)(**columns, checked=self.checked, worst=self.worst, complete=self.complete)


_WHOLE = ("checked", "worst", "complete")
_COLUMN_DEFAULTS: dict[str, Any] = {"b": -1, "layer": -1, "inherent": False, "inferred": False, "soften": 0, "kind_a": -1,
                                    "kind_b": -1, "cause": "", "detail": "", "file": -1, "line": 0, "more": 0.0}  # fmt: skip
_COLUMN_TYPES: dict[str, Any] = {
    **dict.fromkeys(("a", "b", "layer", "soften", "kind_a", "kind_b", "file", "line"), np.int32),
    **dict.fromkeys(("x", "y", "more"), np.float64),
    **dict.fromkeys(("inherent", "inferred"), np.bool_),
    **dict.fromkeys(("param", "cause", "detail"), object),
}


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What the checks of a run share beside the board: all rules and limits, the process that is wanted, what things cost.

    Rules that depend on how the board is built ask the limits of one another: a flow is open where their hard limits hold.
    """

    rules: Mapping[str, Rule]
    """All rules by id."""
    limits: Mapping[str, Mapping[str, Limit]]
    """By rule id and parameter."""
    process: str = ""
    """One of `rule.PROCESSES`; '' leaves it to the design."""
    weights: Weights = field(default_factory=load_weights)
    """What things cost and how often they fail."""
    results: dict[Any, Any] = field(default_factory=dict)
    """What checks of this run share, by the function that makes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What a check works on: the board, its rule and the limits that apply."""

    board: Board
    """The design."""
    rule: Rule
    """The rule that asks."""
    limits: Mapping[str, Limit]
    """By parameter: those that apply to this rule."""
    spacing_reach: float = 0.0
    """mm: the largest limit of all spacing rules of this run. `Derived.neighbours` is asked with it: one search serves all."""
    run: Run | None = None
    """None where a check runs alone, on its own limits."""

    def other(self, rule: str) -> Context | None:
        """The same board judged by another rule of this run, whether it is selected or not; None where there is no such rule."""
        run = self.run
        if run is None or rule not in run.rules:
            return None
        return Context(self.board, run.rules[rule], run.limits.get(rule, {}), self.spacing_reach, run)

    def shared(self, function: Callable[[Context], Shared]) -> Shared:
        """What a function makes of the board and the whole run, made once; it asks no limits but those of `other` rules."""
        if self.run is None:
            return function(self)
        if function not in self.run.results:
            self.run.results[function] = function(self)
        return self.run.results[function]  # type: ignore[no-any-return]

    def limit(self, param: str) -> float | None:
        """The number for a parameter, `param`, in its own unit: the profile's, else the rule's default for a tuning value, else
        None."""
        limit = self.limits.get(param)
        if limit is not None:
            return limit.value
        known = self.rule.params[param]
        return known.default_value

    def tune(self, param: str) -> float:
        """A tuning value, which always has a number. Raises `KeyError` for a `param` that the rule does not have."""
        value = self.limit(param)
        if value is None:
            raise KeyError(f"{self.rule.id} has no value for {param}")
        return value

    def judged(self) -> list[str]:
        """Names of the parameters that have a limit to judge by, in the rule's order."""
        return [n for n, p in self.rule.params.items() if p.sense != "tune" and n in self.limits]

    def reach(self, *params: str) -> float:
        """mm within which a search must look: the largest limit or preferred value of `params` (default: all judged lengths)."""
        lengths = [p for p in self.judged() if self.rule.params[p].unit == "mm"]
        chosen = [self.limits[p] for p in params or lengths if p in self.limits]
        return max((v for limit in chosen for v in (limit.value, limit.prefer) if v is not None), default=0.0)


CheckFunction = Callable[[Context], Measurements]
Args = Mapping[str, str | Mapping[str, str]]


class Check(NamedTuple):
    """A registered check, and what a rule that names it may hold."""

    measure: CheckFunction
    spacing: bool
    beside: bool
    params: Mapping[str, frozenset[str]]
    """By sense: the names of the parameters that it looks at; `*` is any name."""
    selects: str
    args: Args

    def accept(self, rule: Rule) -> None:
        """Raises `DfmError` for what this check would pass over in a rule, or miss: it would pass a board unjudged."""
        elsewhere, name = self._accept_args(rule), f"{rule.id}: the check {rule.check!r}"
        for p in rule.params.values():
            known = self.params[p.sense] - elsewhere
            if not known & {p.name, "*"}:
                raise DfmError(f"{p.origin}: {name} judges no {p.sense} {p.name!r}{nearest(p.name, known)}")
            for key, text in (("a", p.a), ("b", p.b)):
                if text is None:
                    continue
                if not self.selects or (key == "b" and (self.selects != "pairs" or p.a is None)):
                    raise DfmError(f"{p.origin}: {name} does not select by the {key} of {p.name!r}")
                _accept_selection(p.origin, rule, text, "holes" if self.selects == "holes" else "features")
        for tune in sorted(self.params["tune"] - elsewhere - set(rule.params)):
            raise DfmError(f"{rule.origin}: {name} needs the tune {tune!r}")

    def _accept_args(self, rule: Rule) -> frozenset[str]:
        """Returns the parameters that go with other words than this rule's."""
        at = f"{rule.origin}: {rule.id}: the check {rule.check!r}"
        for key in rule.args:
            if key not in self.args:
                raise DfmError(f"{at} takes no args {key!r}{nearest(key, self.args)}")
        here, elsewhere = set[str](), set[str]()
        for key, allowed in self.args.items():
            given = rule.args.get(key)
            if not isinstance(given, str):
                raise DfmError(f"{at} needs args.{key}, a text")
            if isinstance(allowed, str):
                _accept_selection(rule.origin, rule, given, allowed)
                continue
            if given not in allowed:
                raise DfmError(f"{rule.origin}: {rule.id}: args.{key} is {given!r}{nearest(given, allowed)}")
            here.update(allowed[given].split())
            elsewhere.update(*(names.split() for names in allowed.values()))
        return frozenset(elsewhere - here)


def _accept_selection(origin: str, rule: Rule, text: str, of: str) -> None:
    try:
        select.validate(text, of)
    except DfmError as error:
        raise DfmError(f"{origin}: {rule.id}: {error}") from error


_CHECKS: dict[str, Check] = {}


def check(
    name: str, *, minima: str = "", maxima: str = "", tunes: str = "", selects: str = "", args: Args | None = None,
    spacing: bool = False, beside: bool = False,
) -> Callable[[CheckFunction], CheckFunction]:  # fmt: skip
    """Register a check under `name`, with all that it looks at in a rule: any other parameter or argument is refused.

    `minima`, `maxima` and `tunes` name parameters, in words parted by blanks; `*` is any name, which goes with `selects`:
    "features" or "holes" that a parameter judges by its selection `a`, or "pairs" of features, by `a` and `b`. A rule must
    have all tunes. `args` are texts that a rule must give: by key "features" or "holes" for a selection, or the words to
    choose from, each with the names of parameters that go with it alone. `spacing` says that the check reads
    `Derived.neighbours`, so that its limits set the common reach; `beside` that it runs in the second process on a large
    board: checks that read all copper of layers, merged or summed up, and those of mask share what they derive from it, and
    take as long as all others together. Raises `DfmError` where another module has a check of that name.
    """
    params = {sense: frozenset(names.split()) for sense, names in zip(SENSES, (minima, maxima, tunes))}

    def register(function: CheckFunction) -> CheckFunction:
        known = _CHECKS.get(name)
        if known is not None and known.measure.__module__ != function.__module__:
            raise DfmError(f"two checks are named {name!r}: in {known.measure.__module__} and {function.__module__}")
        _CHECKS[name] = Check(function, spacing, beside, params, selects, args or {})
        return function

    return register


@cache
def registry() -> Mapping[str, Check]:
    """The checks by name: the built-in ones, and after `plugins.load` all."""
    package = importlib.import_module("dfmcheck.checks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"dfmcheck.checks.{module.name}")
    return _CHECKS
