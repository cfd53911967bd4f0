"""Pictures of boards with their findings, as SVG: for READMEs, pull requests and mails."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from ..board import Board
from ..errors import DfmError
from ..report import SEVERITIES, DesignReport, Finding, Report
from ..units import show
from .lettering import fitted, letters, width
from .phrases import clean, plural
from .svg_board import SEEN_FROM, Extent, draw_side, extent, seen
from .svg_finding import finding_svg as finding_svg
from .svg_marks import COLOURS, Mark, mark, marks
from .svg_paths import ROUND, number

WIDTH = 960.0
"""Pixels of a picture; it may be shown at any size."""
TELL = 10
"""Findings that are numbered and told beside the board, the worst ones."""
_TALL = 720.0
_GAP, _MARGIN, _ROW = 20.0, 20.0, 38.0
_PAPER, _TEXT, _SOFT, _LINE = "#ffffff", "#1f2328", "#59636e", "#d1d9e0"
_FAIL, _PASS = "#b3161b", "#0d6b36"
_SAID = re.compile(r" \([^()]*\.toml:\d+\)$|\b\d+ places; worst: ")
"""What of a message a picture has no room for (where the limit is from), or tells elsewhere (how many places)."""
_ENDS = {"top": 0, "front": 0, "bottom": 1, "back": 1}


class Block(NamedTuple):
    """A piece of a picture, from its own upper left corner on."""

    text: str
    height: float


def to_svg(report: Report, path: Path | None = None) -> str:
    """The picture of each design of a report, one below the other: both sides, or the one that the file's name ends in.

    Raises `DfmError` for a report that was read from a file, which does not hold the designs.
    """
    side = next((s for word, s in _ENDS.items() if path is not None and path.stem.lower().endswith(word)), None)
    if not report.designs:
        raise DfmError("there is no design to draw")
    blocks = [_design(report, d, (0, 1) if side is None else (side,), n) for n, d in enumerate(report.designs)]
    told = [_told(report, d) for d in report.designs]
    return _svg(blocks, WIDTH, "; ".join(line[0] for line in told), "\n".join(text for lines in told for text in lines))


def side_svg(design: DesignReport, side: int, *, findings: bool = True, width: float = WIDTH) -> str:
    """One side (0 top, 1 bottom) of a design alone, with its findings marked, the worst ones by their number among them all.

    Raises `DfmError` for a design that was read from a report.
    """
    board = _board(design)
    view = extent(board)
    if view is None:
        raise DfmError(f"{design.name}: nothing is drawn on this board")
    block = _side(design, board, view, side, width / max(view.width, 1e-3), "s", numbered=_numbered(design) if findings else None)
    title = f"{design.name}, {SEEN_FROM[side]}"
    return _svg([block], width, title, title, margin=0.0)


def _board(design: DesignReport) -> Board:
    if design.design is None:
        raise DfmError(f"{clean(design.name)}: a report does not hold the board; name the design itself to have it drawn")
    return design.design


def _svg(blocks: Sequence[Block], wide: float, title: str, desc: str, *, margin: float = _MARGIN) -> str:
    out, y = [], 0.0
    for block in blocks:
        out.append(f'<g transform="translate(0 {number(y)})">{block.text}</g>')
        y += block.height
    w, h = number(wide), number(math.ceil(y))
    paper = f'<rect width="{w}" height="{h}" fill="{_PAPER}"{" rx=" + chr(34) + "8" + chr(34) if margin else ""}/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" {ROUND}>'
        f"<title>{escape(clean(title))}</title><desc>{escape(chr(10).join(clean(t) for t in desc.split(chr(10))))}</desc>"
        f"{paper}{''.join(out)}</svg>\n"
    )


def _live(design: DesignReport) -> list[Finding]:
    """Gravest first, and of those the worst of each rule before its others."""
    live = sorted(
        (f for f in design.findings if f.waived is None and f.change != "fixed"), key=lambda f: SEVERITIES.index(f.severity)
    )
    seen_of: Counter[tuple[str, str]] = Counter()
    rank = []
    for f in live:
        rank.append((SEVERITIES.index(f.severity), seen_of[f.severity, f.rule]))
        seen_of[f.severity, f.rule] += 1
    return [live[n] for n in sorted(range(len(live)), key=rank.__getitem__)]


def _numbered(design: DesignReport) -> dict[int, str]:
    """Labels of the worst findings, by identity."""
    return {id(f): str(n) for n, f in enumerate(_live(design)[:TELL], 1)}


def _told(report: Report, design: DesignReport) -> list[str]:
    """What the picture says, for those who do not see it."""
    counts = design.counts()
    summary = ", ".join(plural(counts[f"{s}s"], s) for s in SEVERITIES)
    lines = [f"{design.name}: {'fail' if report.fails(design) else 'pass'}; {summary}"]
    labels = _numbered(design)
    return [*lines, *(f"{labels[id(f)]}. {f.severity} {f.rule}: {f.message}" for f in _live(design) if id(f) in labels)]


def _design(report: Report, design: DesignReport, sides: Sequence[int], n: int) -> Block:
    board = _board(design)
    head = _head(report, design)
    out, y = [head.text], head.height
    view, labels = extent(board), _numbered(design)
    room = WIDTH - 2 * _MARGIN
    if view is None:
        out.append(letters("nothing is drawn on this board", _MARGIN, y + 12, 10, _SOFT))
        y += 30
    else:
        w, h = max(view.width, 1e-3), max(view.height, 1e-3)
        beside = min((room - _GAP * (len(sides) - 1)) / len(sides) / w, _TALL / h)
        below = min(room / w, _TALL / len(sides) / h)
        row = beside >= 0.75 * below
        scale = beside if row else below
        left = _MARGIN + (room - (w * scale * len(sides) + _GAP * (len(sides) - 1) if row else w * scale)) / 2
        tall = 0.0
        for k, side in enumerate(sides):
            block = _side(design, board, view, side, scale, f"d{n}{'tb'[side]}", numbered=labels, also=len(sides) == 1)
            at = (left + k * (w * scale + _GAP), y) if row else (left, y + tall)
            out.append(f'<g transform="translate({number(at[0])} {number(at[1])})">{block.text}</g>')
            tall = max(tall, block.height) if row else tall + block.height
        y += tall
    legend = _legend(design, labels)
    out.append(f'<g transform="translate(0 {number(y)})">{legend.text}</g>')
    return Block("".join(out), y + legend.height)


def _head(report: Report, design: DesignReport) -> Block:
    """The design's name, its verdict, and what was checked."""
    fails, counts, facts = report.fails(design), design.counts(), design.board
    verdict = "FAIL" if fails else "PASS"
    wide = width(verdict, 12) + 24
    x = WIDTH - _MARGIN - wide
    badge = (
        f'<rect x="{number(x)}" y="16" width="{number(wide)}" height="28" rx="6" fill="{_FAIL if fails else _PASS}"/>'
        + letters(verdict, x + 12, 36, 12, "#ffffff", bold=True)
    )  # fmt: skip
    name = letters(fitted(design.name, 16, x - _MARGIN - 20), _MARGIN, 37, 16, _TEXT, bold=True)
    told = [plural(counts[f"{s}s"], s) for s in SEVERITIES] + ([f"{counts['waived']} waived"] if counts["waived"] else [])
    if facts.get("width"):
        told.append(f"{facts['width']:.1f} x {facts['height']:.1f} mm")
    told += [plural(len(facts.get("copper_layers", ())), "copper layer"), "limits: " + " + ".join(design.profile["chain"])]
    line = letters(fitted("   ".join(told), 9.5, WIDTH - 2 * _MARGIN), _MARGIN, 62, 9.5, _SOFT)
    return Block(badge + name + line, 80)


def _side(
    design: DesignReport, board: Board, view: Extent, side: int, scale: float, name: str, *,
    numbered: dict[int, str] | None, also: bool = False,
) -> Block:  # fmt: skip
    """A side with its marks, its name and a scale bar. `also`: what is seen from both sides is marked on this one."""
    inner, frame = draw_side(board, side, view, scale, name)
    w, h = view.width * scale, view.height * scale
    box = f"0 0 {number(view.width / frame.unit)} {number(view.height / frame.unit)}"
    out = [f'<svg width="{number(w)}" height="{number(h)}" viewBox="{box}">{inner}</svg>']
    found = []
    for f in _live(design) if numbered is not None else ():
        for k, place in enumerate(f.places):
            on = seen(board, place) if math.isfinite(place.x) else -1
            if on == side or (on is None and (also or side == 0)):
                x, y = (frame.xy([place.x, place.y])[0] * frame.unit * scale).tolist()
                label = (numbered or {}).get(id(f), "") if k == 0 else ""
                found.append(Mark(f.severity, label, min(max(x, 0.0), w), min(max(y, 0.0), h)))
    out.append(marks(found, w, h))
    out.append(_caption(SEEN_FROM[side], w, h, scale))
    return Block("".join(out), h + 36)


def _caption(text: str, w: float, h: float, scale: float) -> str:
    long = next((mm for mm in (100, 50, 20, 10, 5, 2, 1, 0.5) if mm * scale <= min(w / 3, 160)), 0.5)
    y, x0 = h + 16, w - long * scale
    bar = f'<path d="M{number(x0)} {number(y - 4)}v8m0-4H{number(w)}m0-4v8" fill="none" stroke="{_SOFT}" stroke-width="1.3"/>'
    return letters(text, 0, y + 4, 9, _SOFT) + bar + letters(f"{long:g} mm", x0 - 6, y + 4, 9, _SOFT, anchor=1.0)


def _legend(design: DesignReport, labels: dict[int, str]) -> Block:
    """The worst findings: mark, severity, rule, what was measured and the limit, and the message."""
    live = _live(design)
    out = [f'<path d="M{number(_MARGIN)} 0H{number(WIDTH - _MARGIN)}" stroke="{_LINE}"/>']
    y = 8.0
    for f in live[: len(labels)]:
        place = f.places[0]
        out.append(mark(Mark(f.severity, labels[id(f)], _MARGIN + 11, y + _ROW / 2 - 1)))
        x, base = _MARGIN + 32, y + 14
        out.append(letters(f.severity, x, base, 9.5, _TEXT if f.severity == "warning" else COLOURS[f.severity], bold=True))
        x += width(f.severity, 9.5) + 11
        out.append(letters(f.rule, x, base, 9.5, _TEXT, bold=True))
        more = plural(f.count, "place") if f.count > 1 else ""
        out.append(letters(more, x + width(f.rule, 9.5) + 13, base, 9, _SOFT))
        if math.isfinite(place.measured):
            value = show(place.measured, place.unit, apart_from=place.limit)
            limit = f" / {show(place.limit, place.unit, apart_from=place.measured)}" if place.limit is not None else ""
            out.append(letters(value + limit, WIDTH - _MARGIN, base, 9.5, _TEXT, anchor=1.0))
        out.append(letters(fitted(_SAID.sub("", f.message), 8.5, WIDTH - 2 * _MARGIN - 32), _MARGIN + 32, y + 30, 8.5, _SOFT))
        y += _ROW
    rest = len(live) - len(labels)
    if rest > 0 or not live:
        text = (
            f"and {plural(rest, 'finding')} more, marked without a number where the board shows them" if live else "nothing found"
        )
        out.append(letters(text, _MARGIN + (32 if live else 0), y + 14, 8.5, _SOFT))
        y += 26
    return Block("".join(out), y + 12)
