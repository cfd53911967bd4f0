"""The list of findings as a tree: groups, findings in them, and below each finding the places of it.

Lines are numbers until they are looked at: those of places are made when a finding is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        parent = self.line(item).parent if item else 0
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

    def fill(self, listing: Listing, shown: Sequence[Shown]) -> None:
        """Show what fits a filter. What was selected stays so, where it is still there; that is not told as a choice."""
        before = self.model.listing
        kept = {(before.key(p.finding), p.place) for p in self.picks()} if before is not None else set()
        self.filling = True
        try:
            self.model.fill(listing, shown)
            few = sum(len(each.rows) for each in shown) <= OPEN
            for number in self.model.children(0):
                group, rows = shown[self.model.lines[number - 1].group]
                if self.open.get(_name(group), few or (group.severity != "note" and len(rows) <= OPEN)):
                    self.Expand(dv.DataViewItem(number))
            self._select(listing, kept)
        finally:
            self.filling = False

    def _select(self, listing: Listing, wanted: set[tuple[tuple[str, str], int | None]]) -> None:
        if not wanted:
            return
        keys, items = {key for key, _ in wanted}, dv.DataViewItemArray()
        for group in self.model.children(0):
            for number in self.model.children(group):
                index = self.model.index(self.model.lines[number - 1])
                if (key := listing.key(index)) not in keys:
                    continue
                if (key, None) in wanted:
                    items.append(dv.DataViewItem(number))
                for place, below in enumerate(self.model.children(number)):
                    if (key, place) in wanted:
                        items.append(dv.DataViewItem(below))
        for item in items:
            self.ExpandAncestors(item)
        self.SetSelections(items)
        if items:
            self.EnsureVisible(items[0])

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

    def _opened(self, event: dv.DataViewEvent, on: bool) -> None:
        if not self.filling and event.GetItem():
            line = self.model.line(event.GetItem())
            if line.row < 0:
                self.open[_name(self.model.shown[line.group].group)] = on

    def _sized(self, event: wx.SizeEvent) -> None:
        """The first column takes the room that the others leave."""
        event.Skip()
        last = len(COLUMNS) - 1  # it is given what is left over, so that its width tells nothing
        others = sum(self.GetColumn(n).GetWidth() for n in range(1, last)) + self.FromDIP(_WIDTHS[last])
        bar = wx.SystemSettings.GetMetric(wx.SYS_VSCROLL_X, self)
        self.GetColumn(0).SetWidth(max(self.GetClientSize().width - others - max(bar, 0) - 4, self.FromDIP(_LEAST)))


def _name(group: Group) -> tuple[str, str, str]:
    return group.rule, group.severity, group.state
