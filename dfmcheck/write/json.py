"""The JSON report: sorted and deterministic, the same input gives the same bytes."""

from __future__ import annotations

import json

from ..report import Report


def to_json(report: Report) -> str:
    """The report as JSON text that ends in a newline. A character that UTF-8 cannot hold is written as its escape."""
    text = json.dumps(report.to_dict(), ensure_ascii=False, indent=1, sort_keys=False, allow_nan=False) + "\n"
    if any("\ud800" <= c <= "\udfff" for c in text):
        text = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
