"""A JSON report (`dfmcheck-report/1`) as the `Report` that was written.

The file may be anybody's, so all that a writer looks at is of the shape that it has in a report of ours. Of the tables beside the
findings (density, producibility, assembly, test access, economics) nobody but their writers knows the shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from .report import SCHEMA, SEVERITIES, STATUS, DesignReport, Finding, ItemRef, LimitUsed, Place, Report, RuleResult

_NUMBER = (int, float)
_NULL = type(None)
_SHAPES: Mapping[str, Any] = {
    "inputs": [{"path": str, "kind": str, "role": (str, _NULL), "bytes": int, "sha256": str}],
    "notes": [{"path": str, "line": (int, _NULL), "message": str}],
    "profile": {"chain": [str]},
    "facts": [str],
    "board": {
        "width": _NUMBER, "height": _NUMBER, "area": _NUMBER, "thickness": (*_NUMBER, _NULL), "copper_layers": [str],
        "components": {"top": int, "bottom": int, "smd": int, "tht": int, "dnp": int}, "pads": int, "vias": int, "holes": int,
        "tracks": int, "nets": int,
    },
    "components": [{"ref": str}],
    "stale_waivers": [str],
}  # fmt: skip
"""Of a design's tables: a type, or several; a list of one shape; an object that holds these keys, and perhaps others."""
_LATER: Mapping[str, Any] = {"components": (), "stale_waivers": ()}
"""What older reports do not hold."""
_WORDS: Mapping[type[Any], Mapping[str, tuple[Any, ...]]] = {
    RuleResult: {"status": ("passed", "skipped", "off", *STATUS.values()), "severity": SEVERITIES},
    Finding: {"severity": SEVERITIES, "change": (None, "new", "unchanged", "fixed")},
    DesignReport: {"fail_on": (None, "never", *SEVERITIES)},
}
"""Fields that hold one of a few words."""


def from_dict(data: Mapping[str, Any]) -> Report:
    """Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for what is no report."""
    if data["schema"] != SCHEMA:
        raise KeyError(f"schema {data['schema']!r} is not {SCHEMA}")
    errors = tuple(data.get("errors", ()))
    return _built(Report, tuple(_design(d) for d in data["designs"]), data["tool"]["version"], errors=errors)


def _design(d: Mapping[str, Any]) -> DesignReport:
    held = {name: d.get(name, _LATER[name]) if name in _LATER else d[name] for name in _SHAPES}
    for name, shape in _SHAPES.items():
        _check(held[name], shape, name)
    beside = {name: d.get(name, {}) for name in ("density", "producibility", "assembly", "test_access", "economics")}
    return _built(
        DesignReport, d["name"], tuple(held["inputs"]), tuple(held["notes"]), d["profile"], tuple(held["facts"]), d["board"],
        tuple(_rule(r) for r in d["rules"]), tuple(_finding(f) for f in d["findings"]), tuple(held["stale_waivers"]),
        components=tuple(held["components"]), fail_on=d.get("fail_on"), strict=d.get("strict"), **beside,
    )  # fmt: skip


def _rule(r: Mapping[str, Any]) -> RuleResult:
    return _built(
        RuleResult, r["id"], r["title"], r["category"], r["status"], r["severity"], r["unit"], r["checked"], r["worst"],
        limits={
            name: _built(LimitUsed, v["value"], v.get("prefer"), v["origin"], v.get("unit", ""), v.get("source", ""))
            for name, v in r["limits"].items()
        },
        why_skipped=r["why_skipped"], seconds=r["seconds"], crashed=r.get("crashed", False),
    )  # fmt: skip


def _finding(f: Mapping[str, Any]) -> Finding:
    return _built(
        Finding, f["rule"], f["severity"], f["message"], f["fix"], f["fingerprint"], tuple(_place(p) for p in f["places"]),
        f["inherent"], f["inferred"], f["waived"], f["change"], review=f.get("review"),
    )  # fmt: skip


def _place(p: Mapping[str, Any]) -> Place:
    items = tuple(_built(ItemRef, **{**i, "x": _known(i["x"]), "y": _known(i["y"])}) for i in p["items"])
    return _built(
        Place, _known(p["x"]), _known(p["y"]), tuple(p["layers"]), _known(p["measured"]), p["limit"], p["unit"], items,
        p.get("param", ""), p.get("detail", ""), p.get("file", ""), p.get("line"),
    )  # fmt: skip


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _check(value: Any, shape: Any, at: str) -> None:
    """Raises `TypeError` or `KeyError` where a value is not of its shape."""
    if isinstance(shape, (dict, list)):
        kinds: tuple[type[Any], ...] = (Mapping,) if isinstance(shape, dict) else (list, tuple)
    else:
        kinds = shape if isinstance(shape, tuple) else (shape,)
    if not isinstance(value, kinds) or isinstance(value, bool):  # no field of these is yes or no, and a bool is an int
        raise TypeError(f"{at} is {str(value)[:60]!r}")
    if isinstance(shape, dict):
        for key, inner in shape.items():
            _check(value[key], inner, f"{at}.{key}")
    elif isinstance(shape, list):
        for n, one in enumerate(value):
            _check(one, shape[0], f"{at}[{n}]")


_TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool, "None": type(None),
                          "tuple": tuple, "Mapping": Mapping}  # fmt: skip
_Built = TypeVar("_Built")


def _built(kind: Callable[..., _Built], /, *values: Any, **more: Any) -> _Built:
    """A dataclass of values that somebody's file holds. Raises `TypeError` or `ValueError` for one that its field cannot have."""
    declared = {f.name: str(f.type) for f in fields(kind)}  # type: ignore[arg-type]
    words = _WORDS.get(kind, {})  # type: ignore[call-overload]
    for name, value in {**dict(zip(declared, values)), **more}.items():
        kinds = [_TYPES[word.partition("[")[0]] for word in declared.get(name, "None").split(" | ")]
        fits = any(isinstance(value, k) and (k is bool or not isinstance(value, bool)) for k in kinds)
        if not fits or (declared[name] == "tuple[str, ...]" and not all(isinstance(text, str) for text in value)):
            raise TypeError(f"{name} is {str(value)[:60]!r}")
        if name in words and value not in words[name]:
            raise ValueError(f"{name} {value!r} is unknown")
    return kind(*values, **more)
