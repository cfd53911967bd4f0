"""What stands above the list: the verdict and its reason, the limits to check by, how far a run is, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import wx

from .window_look import grey, named, shape

if TYPE_CHECKING:
    from .listing import Listing

Profile = tuple[str, ...]
"""Names of profiles to run under; () for what the project says."""


NARROW = 820
"""Below this width (at 96 dpi) the limits stand below the verdict."""


class Header(wx.Panel):
    """Verdict at the left, choice of limits and the button to run at the right; `run` is called for either of these."""

    def __init__(self, parent: wx.Window, run: Callable[[], None]) -> None:
        super().__init__(parent)
        self.profiles: list[Profile] = [()]
        self.sign = wx.StaticBitmap(self, bitmap=shape("busy", 36))
        self.word = wx.StaticText(self, label="…")
        self.word.SetFont(self.GetFont().Bold().Scaled(1.7))
        self.why, self.counts = wx.StaticText(self), wx.StaticText(self)
        self.said = ("", "")
        """The reason and the counts, before they are broken into lines."""
        for text, name in ((self.sign, "Verdict"), (self.word, "Verdict"), (self.why, "Reason"), (self.counts, "Counts")):
            named(text, name)
        label = wx.StaticText(self, label="&Limits:")
        self.choice = wx.Choice(self, choices=["as the project says"], size=self.FromDIP(wx.Size(200, -1)))
        self.choice.SetSelection(0)
        named(self.choice, "Limits to check by", "The profile of limits; choosing one checks the board again")
        self.again = wx.Button(self, label="&Run again")
        named(self.again, "Run again", "Check the board as it is in the editor now (F5)")
        self.choice.Bind(wx.EVT_CHOICE, lambda _: run())
        self.again.Bind(wx.EVT_BUTTON, lambda _: run())
        gap = self.FromDIP(8)
        told = wx.BoxSizer(wx.VERTICAL)
        told.Add(self.why)
        told.Add(self.counts, 0, wx.TOP, gap // 4)
        middle = wx.ALIGN_CENTRE_VERTICAL
        self.verdict, self.limits, self.parts = (wx.BoxSizer(wx.HORIZONTAL) for _ in range(3))
        self.verdict.Add(self.sign, 0, middle | wx.ALL, gap)
        self.verdict.Add(self.word, 0, middle | wx.RIGHT, gap * 2)
        self.verdict.Add(told, 1, middle | wx.TOP | wx.BOTTOM, gap // 2)
        self.limits.Add(label, 0, middle | wx.LEFT, gap)
        self.limits.Add(self.choice, 0, middle | wx.LEFT, gap // 2)
        self.limits.Add(self.again, 0, middle | wx.ALL, gap)
        self.parts.Add(self.verdict, 1, wx.EXPAND)
        self.parts.Add(self.limits, 0, wx.EXPAND)
        self.SetSizer(self.parts)

    @property
    def profile(self) -> Profile:
        at: int = self.choice.GetSelection()
        return self.profiles[max(at, 0)]

    def offer(self, names: Iterable[tuple[Profile, str]]) -> None:
        """Profiles to choose from; the chosen one stays so."""
        chosen = self.profile
        offered = list(names)
        self.profiles = [profile for profile, _ in offered]
        self.choice.Set([text for _, text in offered])
        self.choice.SetSelection(self.profiles.index(chosen) if chosen in self.profiles else 0)
        self.choice.SetToolTip(self.choice.GetStringSelection())

    def tell(self, listing: Listing) -> None:
        self._say(listing.verdict["look"], listing.verdict["word"], listing.verdict["why"], listing.counts)

    def wait(self, name: str) -> None:
        """A first run: there is no verdict yet."""
        self._say("busy", "…", f"Checking {name}", "What is found appears here as soon as all rules ran.")

    def wait_again(self, listing: Listing) -> None:
        """Another run: the verdict is that of the one before."""
        self._say("busy", listing.verdict["word"], f"Last check: {listing.verdict['why']}", listing.counts, stale=True)

    def nothing(self) -> None:
        """A first run that came to nothing."""
        self._say("busy", "–", "Not checked", "There is no result yet.")

    def fit(self) -> None:
        """Break the lines as wide as there is room; in a narrow window the limits stand below the verdict."""
        width = self.GetParent().GetClientSize().width
        narrow = width < self.FromDIP(NARROW)
        self.parts.SetOrientation(wx.VERTICAL if narrow else wx.HORIZONTAL)
        taken = self.sign.GetBestSize().width + self.word.GetBestSize().width + self.FromDIP(40)
        room = width - taken - (0 if narrow else self.limits.CalcMin().width)
        for text, said in zip((self.why, self.counts), self.said):
            text.SetLabelText(said)
            text.Wrap(max(room, self.FromDIP(100)))
            text.InvalidateBestSize()
        self.Layout()

    def _say(self, look: str, word: str, why: str, counts: str, *, stale: bool = False) -> None:
        self.sign.SetBitmap(shape(look, 36))
        self.word.SetLabelText(word)
        self.said = (why, counts)
        for text in (self.word, self.why, self.counts):
            text.SetForegroundColour(grey() if stale else wx.NullColour)
        self.fit()
        self.GetParent().Layout()


class Running(wx.Panel):
    """How far a run is, and the button that stops it; only there while one is on its way."""

    def __init__(self, parent: wx.Window, stop: Callable[[], None]) -> None:
        super().__init__(parent)
        self.gauge = wx.Gauge(self, size=self.FromDIP(wx.Size(180, 10)))
        named(self.gauge, "Progress")
        self.text = wx.StaticText(self, style=wx.ST_ELLIPSIZE_END | wx.ST_NO_AUTORESIZE)
        named(self.text, "What is being done")
        self.stop = wx.Button(self, label="&Stop")
        named(self.stop, "Stop", "Stop this check; the findings of the last one stay")
        self.stop.Bind(wx.EVT_BUTTON, lambda _: stop())
        gap = self.FromDIP(8)
        row = wx.BoxSizer(wx.HORIZONTAL)
        row.Add(self.gauge, 0, wx.ALIGN_CENTRE_VERTICAL | wx.ALL, gap)
        row.Add(self.text, 1, wx.ALIGN_CENTRE_VERTICAL)
        row.Add(self.stop, 0, wx.ALIGN_CENTRE_VERTICAL | wx.LEFT | wx.RIGHT, gap)
        self.SetSizer(row)
        self.Hide()

    def begin(self, name: str) -> None:
        self.gauge.Pulse()
        self.text.SetLabelText(f"Checking {name}")

    def progress(self, rule: str, done: int, total: int) -> None:
        """So many rules of `total` are done, and this one is next; '' and 0 while the board is read."""
        if not total:
            self.gauge.Pulse()
            self.text.SetLabelText("Reading the board")
            return
        self.gauge.SetRange(total)
        self.gauge.SetValue(min(max(done, 0), total))
        self.text.SetLabelText(f"{rule} ({min(done + 1, total)} of {total})")


class Trouble(wx.Panel):
    """What went wrong, with what to do about it; it stays until it is closed, or the next run.

    `hiding` is called where it goes and has the keys.
    """

    def __init__(self, parent: wx.Window, hiding: Callable[[], None]) -> None:
        super().__init__(parent)
        self.hiding = hiding
        self.said = ""
        sign = wx.StaticBitmap(self, bitmap=shape("error", 20))
        named(sign, "Error")
        self.text = wx.StaticText(self)
        named(self.text, "What went wrong")
        self.close = close = wx.Button(self, label="Close", style=wx.BU_EXACTFIT)
        named(close, "Close the message")
        close.Bind(wx.EVT_BUTTON, lambda _: self.tell(""))
        gap = self.FromDIP(8)
        row = wx.BoxSizer(wx.HORIZONTAL)
        row.Add(sign, 0, wx.ALIGN_TOP | wx.ALL, gap)
        row.Add(self.text, 1, wx.ALIGN_CENTRE_VERTICAL | wx.TOP | wx.BOTTOM, gap)
        row.Add(close, 0, wx.ALIGN_TOP | wx.ALL, gap // 2)
        self.SetSizer(row)
        self.room = self.FromDIP(130)
        self.Hide()

    def tell(self, message: str) -> None:
        """'' for none."""
        self.said = message
        self.fit()
        if not message and self.close.HasFocus():
            self.hiding()
        self.Show(bool(message))
        self.GetParent().Layout()

    def fit(self) -> None:
        """Break the lines anew, as wide as there is room."""
        self.text.SetLabelText(self.said)
        self.text.Wrap(max(self.GetParent().GetClientSize().width - self.room, self.room))
        self.text.InvalidateBestSize()
