"""The page of measured values: every rule that ran, how much it looked at, and how near the worst came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import wx
import wx.dataview as dv

from .window_look import named, shape

COLUMNS = (
    ("Status", 90), ("What was measured", 280), ("Checked", 70), ("Worst", 90), ("Limit", 120), ("From", 150), ("Source", 260),
)  # fmt: skip
_RIGHT = (2, 3, 4)


class Measured(dv.DataViewListCtrl):
    """A table whose columns sort; the order of the report comes back with `show`."""

    def __init__(self, parent: wx.Window) -> None:
        super().__init__(parent, style=dv.DV_SINGLE | dv.DV_ROW_LINES | wx.BORDER_THEME)
        named(self, "Measured values")
        for n, (title, width) in enumerate(COLUMNS):
            add = self.AppendIconTextColumn if n == 0 else self.AppendTextColumn
            column = add(title, width=self.FromDIP(width), align=wx.ALIGN_RIGHT if n in _RIGHT else wx.ALIGN_LEFT)
            column.SetResizeable(True)
            if n in _RIGHT:
                column.GetRenderer().SetAlignment(wx.ALIGN_RIGHT | wx.ALIGN_CENTRE_VERTICAL)
            column.GetRenderer().EnableEllipsize(wx.ELLIPSIZE_END)

    def show(self, rows: Iterable[Sequence[str]]) -> None:
        """`Listing.measured()`"""
        self.Freeze()
        try:
            self.DeleteAllItems()
            for status, title, name, checked, worst, limit, origin, source in rows:
                about = f"{title} ({name})" if title else name
                self.AppendItem([dv.DataViewIconText(status, shape(status)), about, checked, worst, limit, origin, source])
        finally:
            self.Thaw()
