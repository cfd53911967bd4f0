"""Asks why findings are good as they are, before they are waived."""

from __future__ import annotations

from collections.abc import Sequence

import wx

from .window_look import named

_NAMED = 6
"""Findings that the question names."""


class Waive(wx.Dialog):
    """The question; a reason of blanks is none, and cannot be confirmed."""

    def __init__(self, parent: wx.Window, messages: Sequence[str], file: str, reason: str = "") -> None:
        number = f"{len(messages):,} findings" if len(messages) > 1 else "this finding"
        super().__init__(parent, title=f"Waive {number}", style=wx.DEFAULT_DIALOG_STYLE | wx.RESIZE_BORDER)
        gap, wide = self.FromDIP(10), self.FromDIP(520)
        column = wx.BoxSizer(wx.VERTICAL)
        more = [f"and {len(messages) - _NAMED:,} more"] if len(messages) > _NAMED else []
        about = wx.TextCtrl(self, value="\n".join([*messages[:_NAMED], *more]), size=wx.Size(wide, self.FromDIP(90)),
                            style=wx.TE_MULTILINE | wx.TE_READONLY)  # fmt: skip
        named(about, "What is waived")
        label = wx.StaticText(self, label="&Why is this good as it is?")
        self.reason = wx.TextCtrl(self, size=wx.Size(wide, self.FromDIP(70)), style=wx.TE_MULTILINE)
        named(self.reason, "Reason")
        kept = wx.StaticText(self)
        kept.SetLabelText(f"Written to {file} with today's date. A waiver ends when its finding gets worse: a worse value, more "
                          "places or other ones, a graver severity.")  # fmt: skip
        kept.Wrap(wide)
        for control, grows in ((about, 1), (label, 0), (self.reason, 1), (kept, 0)):
            column.Add(control, grows, wx.EXPAND | wx.LEFT | wx.RIGHT | wx.TOP, gap)
        buttons = wx.StdDialogButtonSizer()
        self.waive = wx.Button(self, wx.ID_OK, "&Waive")
        self.waive.SetDefault()
        buttons.AddButton(self.waive)
        buttons.AddButton(wx.Button(self, wx.ID_CANCEL, "&Cancel"))
        buttons.Realize()
        column.Add(buttons, 0, wx.EXPAND | wx.ALL, gap)
        self.SetSizerAndFit(column)
        self.reason.SetValue(reason)
        self.waive.Enable(bool(self.given))
        self.reason.Bind(wx.EVT_TEXT, lambda _: self.waive.Enable(bool(self.given)))
        self.reason.SetFocus()
        self.CentreOnParent()

    @property
    def given(self) -> str:
        """The reason on one line; '' where there is none."""
        return " ".join(self.reason.GetValue().split())


def ask(parent: wx.Window, messages: Sequence[str], file: str, reason: str = "") -> str:
    """The reason that somebody gives, who may begin with one; '' if they think better of it."""
    with Waive(parent, messages, file, reason) as dialog:
        return dialog.given if dialog.ShowModal() == wx.ID_OK else ""
