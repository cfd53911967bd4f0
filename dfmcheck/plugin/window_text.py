"""Text under headings that can be read, marked and copied, and that nothing on the board can make into anything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import wx

from .window_look import named

if TYPE_CHECKING:
    from .listing import Block


class Blocks(wx.TextCtrl):
    """A read-only text of blocks."""

    def __init__(self, parent: wx.Window, name: str, *, spaced: bool = False) -> None:
        super().__init__(parent, style=wx.TE_MULTILINE | wx.TE_READONLY | wx.TE_RICH2 | wx.TE_NOHIDESEL | wx.BORDER_THEME)
        self.spaced = spaced
        """Whether there is an empty line after each block."""
        named(self, name)

    def show(self, blocks: Iterable[Block]) -> None:
        """Replace the text; it is read from its beginning."""
        self.Freeze()
        try:
            bold = wx.TextAttr(wx.NullColour, font=self.GetFont().Bold())
            plain = wx.TextAttr(wx.NullColour, font=self.GetFont())
            self.Clear()
            for heading, lines in blocks:
                self.SetDefaultStyle(bold)
                # The first text has no heading: it is what all the rest is about.
                self.AppendText(f"{heading}: " if heading else "\n".join(lines) + "\n\n")
                self.SetDefaultStyle(plain)
                if heading:
                    self.AppendText("".join(f"\n    {line}" for line in lines) if len(lines) > 1 else lines[0])
                    self.AppendText("\n\n" if self.spaced else "\n")
            self.SetInsertionPoint(0)
            self.ShowPosition(0)
        finally:
            self.Thaw()
