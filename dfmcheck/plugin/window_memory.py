"""Where the window was and how large, kept with the settings of the user, never with the board."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import wx

_KEYS = ("x", "y", "width", "height")


class Memory:
    """A small file of settings, in the folder where the system keeps those of the user unless another one is given."""

    def __init__(self, path: Path | None = None) -> None:
        paths = wx.StandardPaths.Get()
        if hasattr(paths, "SetFileLayout"):  # ~/.config where there is that, and not a file beside it
            paths.SetFileLayout(wx.StandardPaths.FileLayout_XDG)
        self.path = path or Path(paths.GetUserConfigDir()) / "dfmcheck" / "window.ini"

    def restore(self, window: wx.TopLevelWindow) -> None:
        """Put the window where it was, if that is still on a screen; as it is where nothing is kept."""
        quiet = wx.LogNull()
        kept = wx.FileConfig(localFilename=str(self.path), style=wx.CONFIG_USE_LOCAL_FILE)
        x, y, width, height = (kept.ReadInt(f"/window/{key}", -1) for key in _KEYS)
        del kept, quiet
        if width > 0 and height > 0:
            window.SetSize(width, height)
            if wx.Display.GetFromPoint(wx.Point(x + width // 2, y + 20)) != wx.NOT_FOUND:
                window.SetPosition(wx.Point(x, y))

    def keep(self, window: wx.TopLevelWindow) -> None:
        """Remember where the window is; that it cannot is nobody's trouble."""
        if window.IsMaximized() or window.IsIconized():
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            rect = window.GetRect()
            values = zip(_KEYS, (rect.x, rect.y, rect.width, rect.height))
            self.path.write_text("[window]\n" + "".join(f"{key}={value}\n" for key, value in values), "utf-8")
