"""The window beside the editor: what was found, why, and what can be done about it.

It shows and asks; what happens then is done by `actions`, so that nothing here knows KiCad or processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import wx

from ..errors import DfmError
from ..write.phrases import plural
from .window_filters import Filters
from .window_header import Header, Profile, Running, Trouble
from .window_list import Picked, Tree
from .window_look import named, plain
from .window_measured import Measured
from .window_memory import Memory
from .window_text import Blocks
from .window_waive import ask

if TYPE_CHECKING:
    from pathlib import Path

    from ..report import Finding, Report
    from .listing import Block, Listing

SETTLE = 130
"""Milliseconds that a choice must stand before the editor follows, so that keys held down do not call it for every line."""
WIDE = 1150
"""From this width on (at 96 dpi) the details stand beside the list, else below it."""
SHARE = 0.62
"""Of the list, in the room that it shares with the details."""
WAIVE = "Accept the selected findings, for a reason that is kept with the project"
SAVE_FIRST = "Save the board first: waivers are kept in a file beside it."
RUN_FIRST = "Run the check again first: the list is of the check before."
MARK = "For the selected findings, or all shown"
NO_MARKS = "Markers in the editor need KiCad 10 or later; in this version, choose a finding to see its items selected."


class Actions(Protocol):
    """What the window can ask for. Each may raise `DfmError`, which the window then tells."""

    @property
    def can_mark(self) -> bool: ...
    @property
    def waivers_file(self) -> str:
        """The file that waivers are written to, for people. Raises `DfmError` where there can be none."""

    def run(self, profile: Profile) -> None:
        """Check the board as it is now; `()` for what the project says."""

    def stop(self) -> None:
        """Stop the check that is on its way."""

    def select(self, uuids: Sequence[str]) -> None:
        """Select exactly these items in the editor; none, where a finding has none."""

    def open_report(self) -> None: ...
    def waive(self, findings: Sequence[Finding], reason: str) -> None: ...
    def mark(self, findings: Sequence[Finding]) -> None: ...


class Outcome(Protocol):
    """What a check came to."""

    @property
    def report(self) -> Report: ...
    @property
    def profiles(self) -> Sequence[tuple[str, str]]:
        """(name, title) of all that can be chosen."""

    @property
    def chain(self) -> Sequence[str]:
        """Names of the profiles that hold where none is chosen."""

    @property
    def path(self) -> Path | None:
        """Where the board is saved; None where it never was."""


class Window(wx.Frame):
    """The window. The owner shows it, and calls the methods that begin with `show_`."""

    def __init__(self, parent: wx.Window | None = None, *, actions: Actions, memory: Memory | None = None) -> None:
        super().__init__(parent, title="dfmcheck", size=wx.Size(900, 680))
        self.actions = actions
        self.memory = memory
        self.listing: Listing | None = None
        self.running = False
        self.stale = False
        """Whether the list is of a check before the last one that was asked for, which is under way or came to nothing."""
        self.reason = ""
        """Why findings were to be waived, until they are."""
        self.told: list[int] = []
        """The findings that the list shows, in its order."""
        self.saved = True
        """Whether the board lies in a file, beside which waivers can be kept."""
        self._acting = False
        self._sided = 0
        """How the list and the details lie, as the splitter names it; 0 before the window is seen."""
        self._build()
        self._settle = wx.Timer(self)
        self.Bind(wx.EVT_TIMER, lambda _: self._follow(), self._settle)
        self.Bind(wx.EVT_CHAR_HOOK, self._key)
        self.Bind(wx.EVT_CLOSE, self._close)
        self.Bind(wx.EVT_WINDOW_DESTROY, self._gone)
        self.Bind(wx.EVT_SIZE, self._sized)
        self.SetMinSize(self.FromDIP(wx.Size(640, 480)))
        self.SetSize(self.FromDIP(self.GetSize()))
        if memory is not None:
            memory.restore(self)
        self._enable()
        # It takes half a second to load, which is spent after the window is there.
        wx.CallAfter(__import__, "dfmcheck.plugin.listing")

    def _build(self) -> None:
        self.panel = wx.Panel(self)
        self.header = Header(self.panel, self._run)
        self.progress = Running(self.panel, self._stop)
        self.trouble = Trouble(self.panel, self._keys_to_list)
        self.book = wx.Notebook(self.panel)
        named(self.book, "Pages")
        page = wx.Panel(self.book)
        self.filters = Filters(page, self._filter)
        self.split = wx.SplitterWindow(page, style=wx.SP_LIVE_UPDATE | wx.SP_NOBORDER)
        self.tree = Tree(self.split, self._picked, self._follow)
        self.details = Blocks(self.split, "Details of the finding")
        self.split.SetMinimumPaneSize(self.FromDIP(60))
        self.split.SplitHorizontally(self.tree, self.details, 0)
        column = wx.BoxSizer(wx.VERTICAL)
        column.Add(self.filters, 0, wx.EXPAND | wx.ALL, self.FromDIP(4))
        column.Add(self.split, 1, wx.EXPAND)
        page.SetSizer(column)
        self.measured = Measured(self.book)
        self.unchecked = Blocks(self.book, "What was not checked", spaced=True)
        for window, title in ((page, "Findings"), (self.measured, "Measured"), (self.unchecked, "Not checked")):
            self.book.AddPage(window, title)
        outer = wx.BoxSizer(wx.VERTICAL)
        for window, grows in ((self.header, 0), (self.progress, 0), (self.trouble, 0), (self.book, 1)):
            outer.Add(window, grows, wx.EXPAND)
        outer.Add(self._buttons(), 0, wx.EXPAND | wx.ALL, self.FromDIP(6))
        self.panel.SetSizer(outer)

    def _buttons(self) -> wx.Sizer:
        self.status = wx.StaticText(self.panel, style=wx.ST_ELLIPSIZE_END | wx.ST_NO_AUTORESIZE)
        named(self.status, "Status")
        row = wx.BoxSizer(wx.HORIZONTAL)
        row.Add(self.status, 1, wx.ALIGN_CENTRE_VERTICAL | wx.LEFT | wx.RIGHT, self.FromDIP(6))
        self.marks = wx.Panel(self.panel)  # a button that is off has no tooltip everywhere; what it stands on has
        self.mark = self._button("&Put markers in the editor", self._mark, MARK, self.marks)
        inner = wx.BoxSizer()
        inner.Add(self.mark)
        self.marks.SetSizer(inner)
        self.waive = self._button("&Waive…", self._waive, WAIVE)
        self.copy = self._button("&Copy as text", self._copy, "The selected findings, or all shown, with all places (Ctrl+C)")
        self.report = self._button("&Open HTML report", self._open, "The whole report, with pictures, in the browser")
        for window in (self.marks, self.waive, self.copy, self.report):
            row.Add(window, 0, wx.LEFT, self.FromDIP(6))
        return row

    def _button(self, label: str, done: Callable[[], None], about: str, parent: wx.Window | None = None) -> wx.Button:
        button = wx.Button(parent or self.panel, label=label)
        named(button, label.replace("&", ""), about)
        button.Bind(wx.EVT_BUTTON, lambda _: done())
        return button

    # What the owner tells

    def show_running(self, name: str) -> None:
        """A check of this board began; what is listed stays, grey."""
        self.running = self.stale = True
        self.trouble.tell("")
        self._title(name)
        if self.listing is None:
            self.header.wait(plain(name))
        else:
            self.header.wait_again(self.listing)
        self.progress.begin(plain(name))
        self._run_changed()

    def show_progress(self, rule: str, done: int, total: int) -> None:
        """So many rules are done, and this one is next."""
        if self.running:
            self.progress.progress(plain(rule), done, total)

    def show_report(self, outcome: Outcome) -> None:
        """A check, or a waiver, came to this."""
        from .listing import Listing, profile_names

        self.running = self.stale = False
        self.reason = ""
        self.trouble.tell("")
        if self.listing is None and not self.filters.search.GetValue():
            self.tree.SetFocus()
        self.listing = listing = Listing(outcome.report)
        self.saved = outcome.path is not None
        self.header.offer(profile_names(outcome.profiles, outcome.chain, saved=self.saved))
        self.header.tell(listing)
        self.filters.offer(listing)
        self._title(listing.name)
        measured = listing.measured()
        self.measured.show(measured)
        self.unchecked.show(listing.unchecked())
        self.book.SetPageText(1, f"Measured ({len(measured):,})")
        self.book.SetPageText(2, f"Not checked ({listing.idle:,})" if listing.idle else "Not checked")
        self._run_changed()
        self._filter()

    def show_error(self, message: str) -> None:
        """Tell what went wrong and what to do. It ends a check, unless something else was asked for meanwhile that failed."""
        if self.running and not self._acting:
            self._ended()
        self.trouble.tell(plain(message))

    def show_note(self, message: str) -> None:
        """Tell something that needs no answer."""
        self.status.SetLabelText(plain(message))
        self.status.SetToolTip(plain(message))

    # What is done here

    def _title(self, name: str) -> None:
        self.SetTitle(f"{plain(name)} – dfmcheck")

    def _ended(self) -> None:
        self.running = False
        if self.listing is None:
            self.header.nothing()
        self._run_changed()

    def _run_changed(self) -> None:
        self.tree.set_stale(self.stale)
        if self.progress.stop.HasFocus() and not self.running:
            self._keys_to_list()
        self.progress.Show(self.running)
        self._enable()
        self.panel.Layout()

    def _keys_to_list(self) -> None:
        """Where the keys are worth most; to whatever is hidden or off, they would go to waste, all of them."""
        (self.tree if self.tree.IsShownOnScreen() else self.book).SetFocus()

    def _enable(self) -> None:
        idle = not self.running
        there = self.listing is not None
        for control, on in (
            (self.header.again, idle), (self.header.choice, idle), (self.report, idle and there), (self.copy, bool(self.told)),
            (self.waive, idle and self._waivable and bool(self._live())),
            (self.mark, idle and not self.stale and self.actions.can_mark and bool(self.told)),
        ):  # fmt: skip
            if not on and control.HasFocus():
                self._keys_to_list()
            control.Enable(on)
        self.waive.SetToolTip(WAIVE if self._waivable else RUN_FIRST if self.saved else SAVE_FIRST)
        for window in (self.mark, self.marks):  # whether there are any is known with the first report
            window.SetToolTip(MARK if self.actions.can_mark or not there else NO_MARKS)

    def _do(self, action: Callable[..., None], *args: Any) -> None:
        """What is asked for here and fails is told, and ends no check that is on its way."""
        self._acting = True
        try:
            action(*args)
        except DfmError as error:
            self.show_error(str(error))
        finally:
            self._acting = False

    def _run(self) -> None:
        if not self.running:
            try:
                self.actions.run(self.header.profile)
            except DfmError as error:
                self.show_error(str(error))

    def _stop(self) -> None:
        if self.running:
            self._do(self.actions.stop)
            self._ended()
            self.show_note("Stopped" + ("; the list is of the check before" if self.listing is not None else ""))

    def _open(self) -> None:
        self._do(self.actions.open_report)

    def _filter(self) -> None:
        """Show what fits the filters."""
        listing = self.listing
        if listing is None:
            return
        want = self.filters.wanted()
        shown = listing.shown(want)
        self.told = [row.index for _, rows in shown for row in rows]
        if self.tree.fill(listing, shown):
            self._settle.StartOnce(SETTLE)
        self.filters.count(listing.severities(want), listing.verdict["counts"]["waived"], active=want.active)
        of = sum(len(group.rows) for group in listing.groups if want.waived or not group.state)
        number = f"{len(self.told):,} of {of:,} findings" if len(self.told) != of else plural(of, "finding")
        self.show_note(f"{number} shown")
        self._describe()
        self._enable()

    def _describe(self) -> None:
        """The details of what is selected."""
        self.details.show(self._details())

    def _details(self) -> Sequence[Block]:
        listing = self.listing
        assert listing is not None
        picks = self.tree.picks()
        if picks:
            return listing.details(picks[0].finding, picks[0].place)
        groups = self.tree.selected()
        return listing.about_rule(self.tree.model.shown[groups[0].group].group) if groups else listing.hint(self.filters.wanted())

    def _picked(self) -> None:
        self._describe()
        self._enable()
        self._settle.StartOnce(SETTLE)

    def _follow(self) -> None:
        """The editor selects the items of what is selected here."""
        self._settle.Stop()
        picks = self.tree.picks()
        if picks and self.listing is not None:
            self._do(self.actions.select, _uuids(self.listing, picks))

    def _live(self) -> list[Finding]:
        """The selected findings that can be waived."""
        listing = self.listing
        return [f for f in listing.findings(self.tree.findings()) if f.waived is None] if listing is not None else []

    @property
    def _waivable(self) -> bool:
        return self.saved and not self.stale

    def _chosen(self) -> list[int]:
        return self.tree.findings() or self.told

    def _waive(self) -> None:
        if not self.running and self._waivable and (live := self._live()):
            self._do(self._ask, live)

    def _ask(self, live: Sequence[Finding]) -> None:
        if reason := ask(self, [plain(f.message) for f in live], plain(self.actions.waivers_file), self.reason):
            self.reason = reason
            self._keys_to_list()
            self.actions.waive(live, reason)

    def _mark(self) -> None:
        if self.listing is not None:
            self._do(self.actions.mark, self.listing.findings(self._chosen()))

    def _copy(self) -> None:
        chosen = self._chosen()
        if self.listing is None or not chosen or not wx.TheClipboard.Open():
            return
        try:
            wx.TheClipboard.SetData(wx.TextDataObject(self.listing.text(chosen)))
            wx.TheClipboard.Flush()
        finally:
            wx.TheClipboard.Close()
        self.show_note(f"Copied {plural(len(chosen), 'finding')} as text")

    # Keys, size, end

    def _key(self, event: wx.KeyEvent) -> None:
        code, focus = event.GetKeyCode(), self.FindFocus()
        search = self.filters.search
        typing = isinstance(focus, wx.TextEntry) or (focus is not None and focus in (search, *search.GetChildren()))
        if code == wx.WXK_F5:
            self._run()
        elif event.CmdDown() and code == ord("F"):
            self.book.SetSelection(0)
            search.SetFocus()
            search.SelectAll()
        elif event.CmdDown() and code == ord("C") and not typing and self.book.GetSelection() == 0:
            self._copy()
        elif code == wx.WXK_ESCAPE and typing and search.GetValue():
            search.Clear()
        elif code == wx.WXK_ESCAPE:
            self.Close()
        elif code in (wx.WXK_LEFT, wx.WXK_RIGHT) and not event.HasAnyModifiers() and self.tree.has_keys():
            if not self.tree.step(code):
                event.Skip()
        elif code in (wx.WXK_DOWN, wx.WXK_RETURN, wx.WXK_NUMPAD_ENTER) and typing and not isinstance(focus, Blocks):
            self.tree.SetFocus()
        else:
            event.Skip()

    def _sized(self, event: wx.SizeEvent) -> None:
        event.Skip()
        wx.CallAfter(self._sides)

    def _sides(self) -> None:
        """Details beside the list where there is room, else below it; and messages broken anew."""
        if not self:  # closed meanwhile
            return
        self.header.fit()
        self.trouble.fit()
        self.panel.Layout()
        wide = self.GetClientSize().width >= self.FromDIP(WIDE)
        mode = wx.SPLIT_VERTICAL if wide else wx.SPLIT_HORIZONTAL
        if self._sided != mode and self.split.IsShownOnScreen():
            size, self._sided = self.split.GetClientSize(), mode
            self.split.SetSplitMode(mode)
            self.split.SetSashGravity(SHARE)
            self.split.SetSashPosition(int(SHARE * (size.width if wide else size.height)))
            self.split.UpdateSize()

    def _gone(self, event: wx.WindowDestroyEvent) -> None:
        event.Skip()
        self._settle.Stop()  # a timer may not outlive what it calls

    def _close(self, event: wx.CloseEvent) -> None:
        if self.running:
            self._do(self.actions.stop)
        if self.memory is not None:
            self.memory.keep(self)
        event.Skip()


def _uuids(listing: Listing, picks: Sequence[Picked]) -> tuple[str, ...]:
    """The items of all that is selected, each once."""
    return tuple(dict.fromkeys(uuid for pick in picks for uuid in listing.uuids(pick.finding, pick.place)))
