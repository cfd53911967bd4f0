"""The list of findings as a tree: groups, findings in them, and below each finding the places of it.

Lines are numbers until they are looked at: those of places are made when a finding is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import wx
import wx.dataview as dv

from .window_look import grey, named, shape

if TYPE_CHECKING:
    from ..write.html.rows import Group
    from .listing import Cells, Listing, Shown

COLUMNS = ("Finding", "Measured", "Limit", "Layer", "At (mm)")
_WIDTHS = (0, 92, 92, 96, 128)
"""Of the columns, in pixels of a screen of 96 dpi; the first one takes what is left, but no less than this:"""
_LEAST = 240
OPEN = 200
"""Up to so many findings all groups are open at first; of more, those that are no notes, as long as there are no more in one."""


Key = tuple[str, str]
"""`Listing.key` of a finding."""
Wanted = tuple[Key, int | None]
"""A finding, or one of its places, to select."""


class Line(NamedTuple):
    """A line of the tree; -1 where it is not that deep."""

    group: int
    row: int = -1
    place: int = -1
    parent: int = 0


class Picked(NamedTuple):
    """What is selected: a finding, or one of its places."""

    finding: int
    """Place in `DesignReport.findings`."""
    place: int | None


class Model(dv.PyDataViewModel):
    """Lines by number, from 1; 0 stands for the root."""

    def __init__(self) -> None:
        super().__init__()
        self.listing: Listing | None = None
        self.shown: Sequence[Shown] = ()
        self.stale = False
        self.lines: list[Line] = []
        self.below: dict[int, range] = {}
        self.cells: dict[int, Cells] = {}

    def fill(self, listing: Listing, shown: Sequence[Shown]) -> None:
        self.listing, self.shown = listing, shown
        self.lines, self.below, self.cells = [], {}, {}
        self.Cleared()

    def line(self, item: dv.DataViewItem) -> Line:
        return self.lines[int(item.GetID()) - 1]

    def children(self, number: int) -> range:
        """The lines below one, which are made where they have not been."""
        if number not in self.below:
            start = len(self.lines) + 1
            self.lines += self._made(number)
            self.below[number] = range(start, len(self.lines) + 1)
        return self.below[number]

    def _made(self, number: int) -> list[Line]:
        if self.listing is None:
            return []
        if number == 0:
            return [Line(group) for group in range(len(self.shown))]
        at = self.lines[number - 1]
        if at.row < 0:
            return [Line(at.group, row, parent=number) for row in range(len(self.shown[at.group].rows))]
        if at.place < 0:
            return [Line(at.group, at.row, place, number) for place in range(self.listing.places(self.index(at)))]
        return []

    def index(self, line: Line) -> int:
        return self.shown[line.group].rows[line.row].index

    def told(self, number: int) -> Cells:
        """What a line tells; kept, since a tree asks again for each column and every time it is painted."""
        if number not in self.cells:
            assert self.listing is not None
            at = self.lines[number - 1]
            if at.row < 0:
                cells = self.listing.group_cells(self.shown[at.group])
            elif at.place < 0:
                cells = self.listing.row_cells(self.shown[at.group].rows[at.row])
            else:
                cells = self.listing.place_cells(self.index(at), at.place)
            self.cells[number] = cells
        return self.cells[number]

    # What wx asks for

    def GetColumnCount(self) -> int:
        return len(COLUMNS)

    def GetColumnType(self, column: int) -> str:
        return "wxDataViewIconText" if column == 0 else "string"

    def GetChildren(self, item: dv.DataViewItem, children: dv.DataViewItemArray) -> int:
        numbers = self.children(int(item.GetID()) if item else 0)
        for number in numbers:
            children.append(dv.DataViewItem(number))
        return len(numbers)

    def IsContainer(self, item: dv.DataViewItem) -> bool:
        if not item:
            return True
        at = self.line(item)
        return at.row < 0 or (at.place < 0 and self.listing is not None and self.listing.places(self.index(at)) > 0)

    def HasContainerColumns(self, item: dv.DataViewItem) -> bool:
        return bool(item) and self.line(item).row >= 0

    def GetParent(self, item: dv.DataViewItem) -> dv.DataViewItem:
        # The control may still ask for what was there before.
        parent = self.line(item).parent if item and int(item.GetID()) <= len(self.lines) else 0
        return dv.DataViewItem(parent) if parent else dv.NullDataViewItem

    def GetValue(self, item: dv.DataViewItem, column: int) -> object:
        number = int(item.GetID())
        cells = self.told(number)
        if column:
            return cells[column]
        at = self.lines[number - 1]
        group = self.shown[at.group].group
        sign = "place" if at.place >= 0 else "waived" if group.state == "waived" else group.severity
        return dv.DataViewIconText(cells.text, shape(sign))

    def GetAttr(self, item: dv.DataViewItem, column: int, attr: dv.DataViewItemAttr) -> bool:
        at = self.line(item)
        quiet = self.stale or bool(self.shown[at.group].group.state)
        if quiet:
            attr.SetColour(grey())
        if at.row < 0:
            attr.SetBold(True)
        return quiet or at.row < 0


class Tree(dv.DataViewCtrl):
    """The control. `picked` is called when what is selected changes by hand, `again` when a line is activated."""

    def __init__(self, parent: wx.Window, picked: Callable[[], None], again: Callable[[], None]) -> None:
        super().__init__(parent, style=dv.DV_MULTIPLE | dv.DV_ROW_LINES | wx.BORDER_THEME)
        named(self, "Findings")
        self.model = Model()
        self.AssociateModel(self.model)
        for n, (title, width) in enumerate(zip(COLUMNS, _WIDTHS)):
            add = self.AppendIconTextColumn if n == 0 else self.AppendTextColumn
            column = add(title, n, width=self.FromDIP(width or _LEAST))
            column.SetResizeable(True)
            if n in (1, 2):
                column.SetAlignment(wx.ALIGN_RIGHT)
                column.GetRenderer().SetAlignment(wx.ALIGN_RIGHT | wx.ALIGN_CENTRE_VERTICAL)
            column.GetRenderer().EnableEllipsize(wx.ELLIPSIZE_END)
        self.open: dict[tuple[str, str, str], bool] = {}
        """Groups that were opened or closed by hand."""
        self.filling = False
        """Whether what changes is done here: some systems tell of that as of a choice by hand."""
        self.picked, self.again = picked, again
        self.Bind(dv.EVT_DATAVIEW_SELECTION_CHANGED, self._selected)
        self.Bind(dv.EVT_DATAVIEW_ITEM_ACTIVATED, self._activated)
        self.Bind(dv.EVT_DATAVIEW_ITEM_EXPANDED, lambda event: self._opened(event, True))
        self.Bind(dv.EVT_DATAVIEW_ITEM_COLLAPSED, lambda event: self._opened(event, False))
        self.Bind(wx.EVT_SIZE, self._sized)

    def fill(self, listing: Listing, shown: Sequence[Shown]) -> bool:
        """Show what fits a filter. What was selected stays so, where it is still there; that is not told as a choice.

        If all that was selected has been waived, the next finding is selected, and the answer is True. A new report is shown from
        where the one before it was.
        """
        before = self.model.listing
        kept = {(before.key(p.finding), p.place) for p in self.picks()} if before is not None else set()
        following = self._following(listing, shown)
        looked_at = self._looked_at() if listing is not before else []
        depth = self._depth() if looked_at else None
        self.filling = True
        try:
            self.model.fill(listing, shown)
            few = sum(len(each.rows) for each in shown) <= OPEN
            for number in self.model.children(0):
                group, rows = shown[self.model.lines[number - 1].group]
                if self.open.get(_name(group), few or (group.severity != "note" and len(rows) <= OPEN)):
                    self.Expand(dv.DataViewItem(number))
            self._select(listing, {(following, None)} if following else kept, looked_at, depth)
        finally:
            self.filling = False
        return following is not None

    def _following(self, listing: Listing, shown: Sequence[Shown]) -> Key | None:
        """The finding after those that are selected, else the one before them, if these are waived in `listing` and were not."""
        before, chosen = self.model.listing, self.findings()
        if before is None or before is listing or not chosen:
            return None
        waived = {listing.key(n) for n, f in enumerate(listing.design.findings) if f.waived is not None}
        if not all(f.waived is None and before.key(n) in waived for n, f in zip(chosen, before.findings(chosen))):
            return None
        order = [row.index for _, rows in self.model.shown for row in rows]
        first, last = order.index(chosen[0]), order.index(chosen[-1])
        live = {listing.key(row.index) for _, rows in shown for row in rows} - waived
        return next((key for n in (*order[last + 1 :], *order[first::-1]) if (key := before.key(n)) in live), None)

    def _looked_at(self) -> list[Key | tuple[str, str, str]]:
        """What stands at the upper edge, a group or a finding, and the findings after it."""
        top = self.GetTopItem()
        if not top:
            return []
        assert self.model.listing is not None
        at, key = self.model.line(top), self.model.listing.key
        here, *others = self.model.shown[at.group :]
        rows = [*here.rows[max(at.row, 0) :], *(row for each in others for row in each.rows)]
        return [*([_name(here.group)] if at.row < 0 else []), *(key(row.index) for row in rows)]

    def _depth(self) -> int | None:
        """How many lines below the upper edge the first selected one is, and can be in full; None where it is out of sight."""
        chosen, top, lines = self.GetSelections(), self.GetTopItem(), list(self._visible(0))
        found = next((n for item in chosen for n, line in enumerate(lines) if line == int(item.GetID())), -1)
        depth = found - lines.index(int(top.GetID())) if top and int(top.GetID()) in lines else -1
        page = self.GetCountPerPage()  # the first and the last of it may be hidden for the greater part
        return min(depth, max(page - 2, 0)) if found >= 0 and 0 <= depth <= page else None

    def _select(self, listing: Listing, wanted: set[Wanted], looked_at: Sequence[object], depth: int | None) -> None:
        items, found = dv.DataViewItemArray(), dict[object, int]()
        keys = {key for key, _ in wanted}
        for group in self.model.children(0) if keys or looked_at else ():
            found[_name(self.model.shown[self.model.lines[group - 1].group].group)] = group
            for number in self.model.children(group):
                key = listing.key(self.model.index(self.model.lines[number - 1]))
                found[key] = number
                if (key, None) in wanted:
                    items.append(dv.DataViewItem(number))
                for place, below in enumerate(self.model.children(number) if key in keys else ()):
                    if (key, place) in wanted:
                        items.append(dv.DataViewItem(below))
        for item in items:
            self.ExpandAncestors(item)
        if items:
            self.SetCurrentItem(items[0])  # where the arrows go on from
        self.SetSelections(items)
        lines = list(self._visible(0))
        if items and (depth is not None or not looked_at):
            self.EnsureVisible(items[0])
            self._begin_at(lines[max(lines.index(int(items[0].GetID())) - (depth or 0), 0)])
        elif lines:
            self._begin_at(next((found[each] for each in looked_at if each in found), lines[0]))

    def _begin_at(self, number: int) -> None:
        """Show a line, or the closed group that it is in, at the upper edge."""
        parent = dv.DataViewItem(self.model.lines[number - 1].parent)
        self.EnsureVisible(dv.DataViewItem(number) if not parent or self.IsExpanded(parent) else parent)

    def _visible(self, number: int) -> Iterator[int]:
        """The lines below one, as far as they are opened."""
        for below in self.model.children(number):
            yield below
            if self.IsExpanded(dv.DataViewItem(below)):
                yield from self._visible(below)

    def set_stale(self, stale: bool) -> None:
        """Grey, while another run is on its way."""
        self.model.stale = stale
        self.Refresh()

    def selected(self) -> list[Line]:
        return [self.model.line(item) for item in self.GetSelections()]

    def picks(self) -> list[Picked]:
        """The findings and places that are selected; groups are neither."""
        lines = [line for line in self.selected() if line.row >= 0]
        return [Picked(self.model.index(line), line.place if line.place >= 0 else None) for line in lines]

    def findings(self) -> list[int]:
        """Those that are selected, by themselves, by a place or in a group, in the order of the list."""
        chosen: set[tuple[int, int]] = set()
        for line in self.selected():
            rows = range(len(self.model.shown[line.group].rows)) if line.row < 0 else (line.row,)
            chosen |= {(line.group, row) for row in rows}
        return [self.model.shown[group].rows[row].index for group, row in sorted(chosen)]

    def _selected(self, event: dv.DataViewEvent) -> None:
        event.Skip()
        if not self.filling:
            self.picked()

    def _activated(self, event: dv.DataViewEvent) -> None:
        item = event.GetItem()
        if item and self.model.line(item).row < 0:
            (self.Collapse if self.IsExpanded(item) else self.Expand)(item)
        elif item:
            self.again()

    def has_keys(self) -> bool:
        return wx.Window.FindFocus() in (self, *self.GetChildren())

    def step(self, code: int) -> bool:
        """Right opens a line, then goes to the first one below; Left closes it, then goes to the one above. Whether it did so."""
        item = self.GetCurrentItem()
        if not item:
            return False
        opened, below = self.IsExpanded(item), self.model.children(int(item.GetID()))
        if code == wx.WXK_RIGHT and below and not opened:
            self.Expand(item)
        elif code == wx.WXK_LEFT and opened:
            self.Collapse(item)
        elif to := (next(iter(below), 0) if code == wx.WXK_RIGHT else self.model.line(item).parent):
            self._go(dv.DataViewItem(to))
        else:
            return False
        return True

    def _go(self, item: dv.DataViewItem) -> None:
        items = dv.DataViewItemArray()
        items.append(item)
        self.filling = True
        try:
            self.SetCurrentItem(item)
            self.SetSelections(items)
            self.EnsureVisible(item)
        finally:
            self.filling = False
        self.picked()

    def _opened(self, event: dv.DataViewEvent, on: bool) -> None:
        if not self.filling and event.GetItem():
            line = self.model.line(event.GetItem())
            if line.row < 0:
                self.open[_name(self.model.shown[line.group].group)] = on

    def _sized(self, event: wx.SizeEvent) -> None:
        """The first column takes the room that the others leave; what is selected stays in sight."""
        event.Skip()
        last = len(COLUMNS) - 1  # it is given what is left over, so that its width tells nothing
        others = sum(self.GetColumn(n).GetWidth() for n in range(1, last)) + self.FromDIP(_WIDTHS[last])
        bar = wx.SystemSettings.GetMetric(wx.SYS_VSCROLL_X, self)
        self.GetColumn(0).SetWidth(max(self.GetClientSize().width - others - max(bar, 0) - 4, self.FromDIP(_LEAST)))
        wx.CallAfter(self._show_selected)

    def _show_selected(self) -> None:
        if self and (items := self.GetSelections()):
            self.EnsureVisible(items[0])


def _name(group: Group) -> tuple[str, str, str]:
    return group.rule, group.severity, group.state
