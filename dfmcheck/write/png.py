"""The picture of a report as PNG."""

from __future__ import annotations

from pathlib import Path

from ..errors import DfmError
from ..report import Report
from .svg import to_svg

ZOOM = 2.0
"""Pixels a pixel of the SVG, for screens that show as many."""


def to_png(report: Report, path: Path | None = None) -> bytes:
    """What `to_svg` draws, as PNG. Raises `DfmError` where the library that renders it is not installed, and as that does."""
    return rendered(to_svg(report, path))


def rendered(svg: str, zoom: float = ZOOM) -> bytes:
    """An SVG of ours as PNG. Raises `DfmError` where the library that renders it is not installed."""
    try:
        import resvg_py
    except ImportError:
        raise DfmError("PNG needs a further library; install it with: pip install 'dfmcheck[png]'") from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, skip_system_fonts=True))
