"""What narrows the list: text, severities, category, rule, and whether waived findings are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import wx

from .window_look import named

if TYPE_CHECKING:
    from .listing import Filter, Listing

SEVERITIES = ("error", "warning", "note")
_WAIT = 150
"""Milliseconds after the last letter before the list follows."""


class Filters(wx.Panel):
    """The controls; `changed` is called when what is wanted changes."""

    def __init__(self, parent: wx.Window, changed: Callable[[], None]) -> None:
        super().__init__(parent)
        self.changed = changed
        self.categories: list[str] = []
        self.rules: list[str] = []
        self.search = wx.SearchCtrl(self, size=self.FromDIP(wx.Size(190, -1)))
        self.search.SetDescriptiveText("Part, net, layer, words")
        self.search.ShowCancelButton(True)
        named(self.search, "Search the findings", "All words must occur in what is told of a finding (Ctrl+F)")
        self.boxes = {name: wx.CheckBox(self, label=f"{name.capitalize()}s") for name in SEVERITIES}
        for name, box in self.boxes.items():
            box.SetValue(True)
            named(box, f"Show {name}s")
        self.waived = wx.CheckBox(self, label="Waived")
        named(self.waived, "Show waived findings", "Show what was accepted with a reason as well")
        self.category, self.rule = (wx.Choice(self, size=self.FromDIP(wx.Size(135, -1))) for _ in range(2))
        named(self.category, "Category")
        named(self.rule, "Rule")
        self.clear = wx.Button(self, label="Clear", style=wx.BU_EXACTFIT)
        named(self.clear, "Clear filters", "Show all findings again")
        self._lay_out()
        self._wait = wx.Timer(self)
        self.Bind(wx.EVT_TIMER, lambda _: self._tell(), self._wait)
        self.Bind(wx.EVT_WINDOW_DESTROY, self._gone)
        self.search.Bind(wx.EVT_TEXT, lambda _: self._wait.StartOnce(_WAIT))
        self.search.Bind(wx.EVT_SEARCHCTRL_CANCEL_BTN, lambda _: self.search.Clear())
        for box in (*self.boxes.values(), self.waived):
            box.Bind(wx.EVT_CHECKBOX, lambda _: self._tell())
        for choice in (self.category, self.rule):
            choice.Bind(wx.EVT_CHOICE, lambda _: self._tell())
        self.clear.Bind(wx.EVT_BUTTON, lambda _: self.reset())
        self._fill(self.category, ["All categories"], 0)
        self._fill(self.rule, ["All rules"], 0)
        self.clear.Hide()
        self.waived.Hide()

    def _lay_out(self) -> None:
        row = wx.WrapSizer(wx.HORIZONTAL, wx.WRAPSIZER_DEFAULT_FLAGS & ~wx.EXTEND_LAST_ON_EACH_LINE)
        gap = self.FromDIP(3)
        for control in (self.search, *self.boxes.values(), self.waived, self.category, self.rule, self.clear):
            row.Add(control, 0, wx.ALIGN_CENTRE_VERTICAL | wx.ALL, gap)
        self.SetSizer(row)

    @staticmethod
    def _fill(choice: wx.Choice, texts: list[str], at: int) -> None:
        choice.Set(texts)
        choice.SetSelection(at)

    def offer(self, listing: Listing) -> None:
        """Offer what a report has to choose from; what is chosen stays so, where it is still there."""
        category, rule = self._chosen(self.category, self.categories), self._chosen(self.rule, self.rules)
        self.categories, found = listing.categories, listing.rules_found
        self.rules = [name for name, _ in found]
        self._fill(self.category, ["All categories", *self.categories], _at(self.categories, category))
        titles = [f"{title} ({name})" if title else name for name, title in found]
        self._fill(self.rule, ["All rules", *titles], _at(self.rules, rule))

    @staticmethod
    def _chosen(choice: wx.Choice, values: list[str]) -> str:
        at = choice.GetSelection()
        return values[at - 1] if 0 < at <= len(values) else ""

    def wanted(self) -> Filter:
        from .listing import Filter

        severities = frozenset(name for name, box in self.boxes.items() if box.GetValue())
        category, rule = self._chosen(self.category, self.categories), self._chosen(self.rule, self.rules)
        return Filter(severities, category, rule, self.search.GetValue(), self.waived.GetValue())

    def count(self, numbers: dict[str, int], waived: int, *, active: bool) -> None:
        """Tell how many there are of each severity, and of what is waived."""
        for name, box in self.boxes.items():
            self._label(box, f"{name.capitalize()}s {numbers[name]:,}")
        self._label(self.waived, f"Waived {waived:,}")
        for control, on in ((self.waived, waived > 0 or self.waived.GetValue()), (self.clear, active)):
            if not on and control.HasFocus():
                self.search.SetFocus()  # keys would go to nothing
            control.Show(on)
        self.Layout()

    @staticmethod
    def _label(box: wx.CheckBox, text: str) -> None:
        if box.GetLabel() != text:
            box.SetLabel(text)

    def reset(self) -> None:
        """Show all that counts."""
        self.search.ChangeValue("")
        for box in self.boxes.values():
            box.SetValue(True)
        self.category.SetSelection(0)
        self.rule.SetSelection(0)
        self._tell()

    def _gone(self, event: wx.WindowDestroyEvent) -> None:
        event.Skip()
        self._wait.Stop()  # a timer may not outlive what it calls

    def _tell(self) -> None:
        self._wait.Stop()
        self.changed()


def _at(values: list[str], value: str) -> int:
    return values.index(value) + 1 if value in values else 0
