"""Where the window was and how large, kept with the settings of the user, never with the board."""

from __future__ import annotations

import wx

_KEYS = ("x", "y", "width", "height")


class Memory:
    """A store of settings: of the user's unless another one is given."""

    def __init__(self, store: wx.ConfigBase | None = None) -> None:
        if store is None:
            paths = wx.StandardPaths.Get()
            if hasattr(paths, "SetFileLayout"):  # below ~/.config where there is such a folder, not beside it
                paths.SetFileLayout(wx.StandardPaths.FileLayout_XDG)
            store = wx.Config("dfmcheck", style=wx.CONFIG_USE_LOCAL_FILE | getattr(wx, "CONFIG_USE_XDG", 0))
        self.store = store

    def restore(self, window: wx.TopLevelWindow) -> None:
        """Put the window where it was, if that is still on a screen."""
        x, y, width, height = (self.store.ReadInt(f"/window/{key}", -1) for key in _KEYS)
        if width <= 0 or height <= 0:
            return
        window.SetSize(width, height)
        if wx.Display.GetFromPoint(wx.Point(x + width // 2, y + 20)) != wx.NOT_FOUND:
            window.SetPosition(wx.Point(x, y))

    def keep(self, window: wx.TopLevelWindow) -> None:
        """Remember where the window is; that it cannot is nobody's trouble."""
        if window.IsMaximized() or window.IsIconized():
            return
        quiet = wx.LogNull()
        rect = window.GetRect()
        for key, value in zip(_KEYS, (rect.x, rect.y, rect.width, rect.height)):
            self.store.WriteInt(f"/window/{key}", value)
        self.store.Flush()
        del quiet
