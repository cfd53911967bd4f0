"""What the template shows of a report."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from ...report import DesignReport, Report
from ...review import SCHEMA, said
from . import summary, whobuilds
from .rows import file_names, filters, groups, place_texts

INLINE = 600
"""Up to so many places stand in the page as text; of more, the worst of each finding, which its row tells, and all of them
compressed."""


def page(report: Report) -> dict[str, Any]:
    """The names that `page.html` uses."""
    return {
        "title": ", ".join(d.name for d in report.designs) or "no design",
        "version": report.version,
        "errors": report.errors,
        "review": {"schema": SCHEMA, "designs": said(report)},
        "designs": [_design(report, d, number) for number, d in enumerate(report.designs)],
    }


def _design(report: Report, d: DesignReport, number: int) -> dict[str, Any]:
    whole = sum(f.count for f in d.findings) <= INLINE
    board, names = _board(d), file_names(d)
    makers = whobuilds.compared(d)
    rows = summary.measured(d, {r.id: whobuilds.accepted(makers, r.id) for r in d.rules} if makers else {})
    return {
        "n": number,
        "name": d.name,
        "verdict": summary.verdict(report, d),
        "score": summary.score(d),
        "cards": summary.cards(d),
        "profile": summary.profile(d),
        "coverage": summary.coverage(d),
        "built": summary.built(d),
        "cost": summary.cost(d),
        "test": summary.test_access(d),
        "measured": rows,
        "sources": summary.numbered(rows),
        "makers": whobuilds.table(makers) if makers else None,
        "inputs": summary.inputs(d),
        "waived": [(f.rule, f.message, f.waived) for f in d.findings if f.waived is not None],
        "stale": d.stale_waivers,
        "groups": groups(d, few=None if whole else 0),
        "data": filters(d),
        "places": "" if whole else _packed([place_texts(f, names) for f in d.findings]),
        "board": base64.b64encode(board).decode() if board else "",
    }


def _board(d: DesignReport) -> bytes:
    """What the board is drawn from; nothing where the design is not at hand."""
    if d.design is None:
        return b""
    from .board_data import board_data

    return board_data(d)


def _packed(value: object) -> str:
    """JSON, raw deflate, base64: what a browser can decode by itself."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()) + packer.flush()
    return base64.b64encode(data).decode()
