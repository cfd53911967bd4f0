"""The JSON report: sorted and deterministic, the same input gives the same bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ..report import Report

_NUMBERS = re.compile(r"\[\n((?:\s*(?:-?\d[\d.e+-]*|null),?\n)+)\s*\]")
"""A list of numbers, each in a line of its own. No text holds a line break as such."""


def to_json(report: Report, path: Path | None = None) -> str:
    """The report as JSON text that ends in a newline. Lists of numbers stand in one line each."""
    return _NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", dumps(report.to_dict()))


def dumps(data: Any) -> str:
    """JSON text that ends in a newline. A character that UTF-8 cannot hold is written as its escape."""
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=False, allow_nan=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # rare, and looking at every character takes as long as writing it
        text = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
