"""Lengths as people write them, and the one tolerance for comparing them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .errors import DfmError

__all__ = ["EPS", "UNITS", "above", "below", "parse", "show"]

EPS = 5e-4
"""0.5 µm in mm, the tolerance of KiCad's own DRC: what grids and imperial roundings cost (5 mil is 0.127 mm), far below
anything that a fabricator could tell. Only `below` and `above` use it."""
TOUCH = 1e-6
"""1 nm in mm, the grid of KiCad files: shapes nearer than this touch."""

_FACTORS: dict[str, dict[str, float]] = {
    "mm": {"mm": 1.0, "um": 1e-3, "µm": 1e-3, "mil": 0.0254, "thou": 0.0254, "in": 25.4, "cm": 10.0},
    "mm2": {"mm2": 1.0, "mm²": 1.0, "cm2": 100.0, "in2": 645.16},
    "deg": {"deg": 1.0, "°": 1.0},
    "%": {"%": 1.0},
    "ratio": {"": 1.0},
    "count": {"": 1.0},
    "1/in2": {"1/in2": 1.0, "1/cm2": 6.4516},
    "1/cm2": {"1/cm2": 1.0, "1/in2": 1 / 6.4516},
    "degC": {"degC": 1.0, "°C": 1.0},
    "mg/mm2": {"mg/mm2": 1.0, "g/mm2": 1000.0, "g/in2": 1000 / 645.16},
    "mg/mm": {"mg/mm": 1.0, "g/mm": 1000.0},
    "oz/in2": {"oz/in2": 1.0, "N/cm2": 23.2034},
}
UNITS = frozenset(_FACTORS)
"""The units that rules may be stated in."""
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*\Z")


def parse(text: str | float, unit: str) -> float:
    """Read a limit, a text such as ``"5 mil"`` or ``"0.2mm"``, and return it in `unit`.

    A length without a unit is refused: a bare number may be mm or mil, and guessing wrong passes an unchecked board.
    Counts and ratios are bare numbers. Raises `DfmError` for anything else.
    """
    factors = _FACTORS[unit]
    match = _NUMBER.match(str(text)) if not isinstance(text, bool) else None
    if match is None:
        raise DfmError(f"{text!r} is not a number with a unit; write for example {_example(unit)!r}")
    suffix = match[2] if match[2] in factors else match[2].lower()
    if suffix not in factors:
        what = f"has no unit (nor is one known as {match[2]!r})" if match[2] else "has no unit"
        known = ", ".join(u for u in factors if u) or "none"
        raise DfmError(f"{text!r} {what}; write for example {_example(unit)!r} (known: {known})")
    value = float(match[1]) * factors[suffix]
    if not np.isfinite(value):
        raise DfmError(f"{text!r} is out of range")
    return value


def _example(unit: str) -> str:
    return {
        "mm": "0.2 mm", "mm2": "1 mm2", "deg": "90 deg", "%": "30 %", "ratio": "1.5", "count": "2", "1/in2": "100 1/in2",
        "1/cm2": "10 1/cm2", "degC": "260 degC", "mg/mm2": "50 mg/mm2", "mg/mm": "4 mg/mm", "oz/in2": "96 oz/in2",
    }[unit]  # fmt: skip


def below(value: Any, limit: Any) -> Any:
    """Whether `value` breaches the minimum `limit` by more than the grid (arrays or numbers)."""
    return np.asarray(value) < np.asarray(limit) - EPS


def above(value: Any, limit: Any) -> Any:
    """Whether `value` breaches the maximum `limit` by more than the grid (arrays or numbers)."""
    return np.asarray(value) > np.asarray(limit) + EPS


def show(value: float, unit: str, *, apart_from: float | None = None) -> str:
    """A value in `unit` for people, with as many digits as it takes to differ from `apart_from` when it does differ."""
    suffix = {"ratio": "", "count": "", "deg": "°"}.get(unit, f" {unit}")
    digits = 0 if unit == "count" else 1 if unit in ("deg", "%", "1/in2", "1/cm2") else 2 if unit == "ratio" else 3
    text = f"{value:.{digits}f}"
    while apart_from is not None and digits < 7 and abs(value - apart_from) > EPS / 2 and text == f"{apart_from:.{digits}f}":
        digits += 1
        text = f"{value:.{digits}f}"
    if unit in ("mm", "ratio", "%", "mm2", "deg") and "." in text:
        text = text.rstrip("0").rstrip(".") if unit != "mm" else text
    return ("0" + text[2:] if text.startswith("-0") and float(text) == 0 else text) + suffix
