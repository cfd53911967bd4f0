"""A table for spreadsheets: a row a place, every row complete, so that it can be sorted and filtered.

As RFC 4180 has it: commas, CRLF, quotes where needed. A file begins with the mark by which Excel knows UTF-8; what is printed
has neither mark nor CR. Text that a spreadsheet would take for a formula (`+5V` and `-12V` are names of nets) is given an
apostrophe in front; columns of numbers hold nothing else and are left alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import SEEK_END, StringIO
from pathlib import Path

from ..report import DesignReport, Place, Report, number
from .phrases import clean
from .spots import worded

COLUMNS = (
    "design", "finding", "place", "of", "severity", "rule", "category", "title", "what", "x (mm)", "y (mm)", "layers", "measured",
    "limit", "unit", "component", "pad", "net", "item", "other component", "other pad", "other net", "other item", "file", "line",
    "fix", "inherent", "inferred", "change", "waived because", "disposition", "remark", "fingerprint",
)  # fmt: skip

Cell = str | int | float | None


def to_csv(report: Report, path: Path | None = None) -> str:
    """The report as a table; waived, fixed and unchanged findings are in it and say so."""
    return table(COLUMNS, (row for d in report.designs for row in _rows(d)), path is not None)


def table(columns: Iterable[str], rows: Iterable[Iterable[Cell]], for_file: bool) -> str:
    """The text of a table, its cells made safe; of a file as a spreadsheet opens it."""
    out = StringIO("\ufeff" if for_file else "", newline="")
    out.seek(0, SEEK_END)
    made = csv.writer(out, lineterminator="\r\n" if for_file else "\n")
    made.writerow(columns)
    made.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula. Numbers are themselves; text is, where it cannot be mistaken."""
    if not isinstance(cell, str):
        return cell
    text = clean(cell)
    text = re.sub(r";(?=[=+\-@])", "; ", text)  # where the semicolon parts cells, what follows it begins one
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") else text


def _rows(design: DesignReport) -> Iterator[list[Cell]]:
    rules = {r.id: (r.category, r.title) for r in design.rules}
    for n, f in enumerate(design.findings, 1):
        category, title = rules.get(f.rule, ("", ""))
        review = f.review or {}
        for k, place in enumerate(f.places, 1):
            yield [
                design.name, n, k, f.count, f.severity, f.rule, category, title, worded(f, k - 1, title or f.rule),
                number(place.x), number(place.y), " ".join(place.layers), number(place.measured), number(place.limit), place.unit,
                *_item(place, 0), *_item(place, 1), *_file(place), f.fix, "yes" if f.inherent else "",
                "yes" if f.inferred else "", f.change or "", f.waived or "", str(review.get("disposition", "")),
                str(review.get("remark", "")), f.fingerprint,
            ]  # fmt: skip


def _item(place: Place, n: int) -> list[Cell]:
    if n >= len(place.items):
        return [None] * 4
    item = place.items[n]
    return [item.component, item.pad, item.net, item.kind]


def _file(place: Place) -> list[Cell]:
    first = next((i for i in place.items if i.file), None)
    return [place.file, place.line] if first is None else [first.file, first.line]
