"""How the window marks what it tells: shapes that differ for those who see no colours, and hold on light and dark ground."""

from __future__ import annotations

from functools import cache

import wx

_X = '<path d="M5.2 5.2l5.6 5.6m0-5.6l-5.6 5.6" stroke="#fff" stroke-width="1.8" stroke-linecap="round"/>'
_SHAPES = {
    "error": f'<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="#d32f2f"/>{_X}',
    "warning": '<path d="M8 1.2L15.4 14.4H.6z" fill="#f2a600"/><path d="M8 5.6v4.4" stroke="#222" stroke-width="1.7" '
    'stroke-linecap="round"/><circle cx="8" cy="12.3" r="1" fill="#222"/>',
    "note": '<circle cx="8" cy="8" r="7" fill="#2979c9"/><path d="M8 7.2v4.4" stroke="#fff" stroke-width="1.8" '
    'stroke-linecap="round"/><circle cx="8" cy="4.6" r="1.1" fill="#fff"/>',
    "waived": '<circle cx="8" cy="8" r="6.2" fill="none" stroke="#8a8a8a" stroke-width="1.5"/>'
    '<path d="M4.8 8.2l2.2 2.2 4.2-4.4" fill="none" stroke="#8a8a8a" stroke-width="1.6"/>',
    "pass": '<circle cx="8" cy="8" r="7" fill="#2e8b3d"/><path d="M4.6 8.2l2.4 2.4 4.6-4.8" fill="none" stroke="#fff" '
    'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>',
    "place": '<circle cx="8" cy="8" r="1.8" fill="#8a8a8a"/>',
    "busy": '<circle cx="8" cy="8" r="6.4" fill="none" stroke="#8a8a8a" stroke-width="1.6"/>'
    '<path d="M8 4.4V8l2.6 1.6" fill="none" stroke="#8a8a8a" stroke-width="1.6" stroke-linecap="round"/>',
}  # fmt: skip
_SHAPES |= {
    "fail": _SHAPES["error"], "open": _SHAPES["warning"], "failed": _SHAPES["error"], "warned": _SHAPES["warning"],
    "noted": _SHAPES["note"], "passed": _SHAPES["pass"],
}  # fmt: skip


@cache
def shape(name: str, size: int = 16) -> wx.BitmapBundle:
    """The sign of a severity, state, status or verdict; sharp at every scale."""
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{_SHAPES[name]}</svg>'
    return wx.BitmapBundle.FromSVG(text.encode(), wx.Size(size, size))


def grey() -> wx.Colour:
    return wx.SystemSettings.GetColour(wx.SYS_COLOUR_GRAYTEXT)


def named(window: wx.Window, name: str, about: str = "") -> wx.Window:
    """Gives a control the name that assistive tools tell, and a tooltip where there is more to say."""
    window.SetName(name)
    if about:
        window.SetToolTip(about)
    return window


def plain(text: str) -> str:
    """One line without characters that cannot be seen, or that turn the direction of writing."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
