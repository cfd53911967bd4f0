"""What is done with the plugin's window, and what must come of it. Run by `test_plugin_window.py` in a Python that has wx.

    python window_scenes.py            # plays all scenes and prints, as JSON, what went wrong in each: "" for nothing

Clicks and keys are those of a real mouse and keyboard, as the window system gives them. Nothing waits for a time: a scene waits
for what it expects, and for a while where it expects that nothing happens.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import wx
import wx.dataview as dv

from dfmcheck.errors import DfmError
from dfmcheck.plugin.window import NO_MARKS, Window
from dfmcheck.plugin.window_header import Trouble
from dfmcheck.plugin.window_look import grey
from dfmcheck.plugin.window_memory import Memory
from dfmcheck.plugin.window_waive import Waive
from dfmcheck.report import DesignReport, Finding, Report

sys.path.insert(0, str(Path(__file__).parent))
from reports import HOSTILE, design, finding, hostile, item, report, rule

PATIENCE, QUIET = 20.0, 0.3
"""Seconds that something expected may take, and that nothing may happen for."""


class Actions:
    """Notes what is asked for; raises what it is told to."""

    def __init__(self, can_mark: bool = False) -> None:
        self.can_mark = can_mark
        self.waivers_file = "/home/me/board & co/.dfmcheck.toml"
        self.calls: list[tuple[Any, ...]] = []
        self.trouble: DfmError | None = None

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        if self.trouble is not None:
            raise self.trouble

    def run(self, profile: tuple[str, ...]) -> None:
        self._note("run", profile)

    def stop(self) -> None:
        self._note("stop")

    def select(self, uuids: tuple[str, ...]) -> None:
        self._note("select", tuple(uuids))

    def open_report(self) -> None:
        self._note("open_report")

    def waive(self, findings: list[Finding], reason: str) -> None:
        self._note("waive", [f.fingerprint for f in findings], reason)

    def mark(self, findings: list[Finding]) -> None:
        self._note("mark", [f.fingerprint for f in findings])


@dataclass
class Outcome:
    report: Report
    profiles: tuple[tuple[str, str], ...] = (("standard", "The limits that most makers keep"), ("jlcpcb-4", "JLCPCB & co"))
    chain: tuple[str, ...] = ("standard",)
    path: Path | None = Path("demo.kicad_pcb")


def small() -> DesignReport:
    """Two errors of one rule, one of them with three places; a warning and a note of others; one that is waived."""
    first, second, warned, noted, waived = (
        finding(1, places=3, message="pad U3.12 [GND] has a ring of 0.118 mm"),
        finding(2, item("C9", uuid="u9")),
        replace(finding(3, item("R7", "SDA", uuid="u7"), severity="warning", message="track is thin"), rule="track-width"),
        replace(finding(4, item("J1", None), severity="note"), rule="silk-gap"),
        replace(finding(5, item("U8", uuid="u8")), waived="as agreed"),
    )
    first = replace(
        first, places=tuple(replace(p, items=(item(uuid="u0"), item(uuid=f"u{n + 1}"))) for n, p in enumerate(first.places))
    )
    rules = (
        rule(), rule("track-width", "warned", category="fabrication.copper"), rule("silk-gap", "noted", category="assembly.silk"),
        rule("courtyard-overlap", "skipped", why_skipped="needs courtyards"),
    )  # fmt: skip
    return design(first, second, warned, noted, waived, rules=rules, name="demo & more")


@dataclass
class Stage:
    """A window with a report in it, and hands."""

    d: DesignReport | None = field(default_factory=small)
    can_mark: bool = False
    size: tuple[int, int] = (900, 680)
    memory: Memory | None = None

    def __post_init__(self) -> None:
        self.actions = Actions(self.can_mark)
        self.window = Window(actions=self.actions, memory=self.memory)
        if self.memory is None:
            self.window.SetSize(self.window.FromDIP(wx.Size(*self.size)))
            self.window.SetPosition((0, 0))
        self.window.Show()
        self.hand = wx.UIActionSimulator()
        self.until(lambda: self.window.IsShownOnScreen() and self.window.tree.GetClientSize().width > 100)
        if self.d is not None:
            self.window.show_report(Outcome(report(self.d)))
        self.pump(0.1)

    @property
    def calls(self) -> list[tuple[Any, ...]]:
        return self.actions.calls

    @property
    def tree(self) -> Any:
        return self.window.tree

    def pump(self, seconds: float) -> None:
        """Let the window do what it has to, for so long."""
        end = time.monotonic() + seconds
        loop = wx.EventLoopBase.GetActive()
        while True:
            while loop.Pending():
                loop.Dispatch()
            wx.GetApp().ProcessPendingEvents()
            loop.ProcessIdle()
            if time.monotonic() >= end:
                return
            time.sleep(0.005)

    def until(self, true: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, "it does not come"
            self.pump(0.02)

    def expect(self, *calls: tuple[Any, ...]) -> None:
        """These are asked for, once each and in this order, and nothing else is."""
        self.until(lambda: len(self.calls) >= len(calls))
        self.pump(QUIET)
        assert self.calls == list(calls), self.calls
        self.calls.clear()

    # Hands

    def click(self, window: Any, x: int | None = None, y: int | None = None, *, twice: bool = False) -> None:
        size = window.GetSize()
        at = window.ClientToScreen(wx.Point(size.width // 2 if x is None else x, size.height // 2 if y is None else y))
        self.hand.MouseMove(at)
        self.pump(0.05)
        self.hand.MouseDblClick() if twice else self.hand.MouseClick()
        self.pump(0.1)

    def key(self, code: int, modifiers: int = wx.MOD_NONE) -> None:
        self.hand.Char(code, modifiers)
        self.pump(0.05)

    def line(self, *path: int) -> Any:
        """The line of a group, of a finding in it, of a place of that."""
        number = 0
        for step in path:
            number = self.tree.model.children(number)[step]
        return dv.DataViewItem(number)

    def _rect(self, item_: Any) -> Any:
        return self.tree.GetItemRect(item_, self.tree.GetColumn(0))

    def pick(self, *path: int, twice: bool = False) -> None:
        end = time.monotonic() + PATIENCE
        item_ = self.line(*path)
        self.tree.EnsureVisible(item_)
        at, seen = self._rect(item_), False
        while not seen:  # until it has been scrolled to, and stands still
            before = at
            self.pump(0.05)
            at = self._rect(item_)
            seen = at == before and at.height > 0 and 0 < at.y <= self.tree.GetClientSize().height - at.height
            if not seen and at == before:
                self.tree.EnsureVisible(item_)  # the list was not ready for it
            assert time.monotonic() < end, (path, at)
        self.click(self.tree, at.x + 60, at.y + at.height // 2, twice=twice)

    def choose(self, choice: wx.Choice, text: str) -> None:
        """As if it was picked in the list of a choice."""
        choice.SetSelection(next(n for n, each in enumerate(choice.GetStrings()) if text in each))
        event = wx.CommandEvent(wx.wxEVT_CHOICE, choice.GetId())
        event.SetEventObject(choice)
        choice.ProcessWindowEvent(event)
        self.pump(0.05)

    def texts(self) -> list[str]:
        """The lines that are shown, as far as they are opened."""
        model, out = self.tree.model, []

        def below(number: int) -> None:
            for each in model.children(number):
                out.append(model.told(each).text)
                if self.tree.IsExpanded(dv.DataViewItem(each)):
                    below(each)

        below(0)
        return out

    def prints(self) -> list[str]:
        """Fingerprints of the findings that are listed."""
        return [f.fingerprint[-1] for f in self.window.listing.findings(self.window.told)]

    def dialog(self, act: Callable[[Waive], None]) -> list[str]:
        """Does something to the dialog that comes up next; what was wrong with that is told."""
        wrong: list[str] = []

        def look() -> None:
            found = [w for w in wx.GetTopLevelWindows() if isinstance(w, Waive) and w.IsModal()]
            if not found:
                wx.CallLater(20, look)
                return
            try:
                act(found[0])
            except Exception:
                wrong.append(traceback.format_exc())
                found[0].EndModal(wx.ID_CANCEL)

        wx.CallLater(20, look)
        return wrong

    def close(self) -> None:
        if self.window:
            self.window.Destroy()
        self.pump(0.02)


def unbroken(text: wx.StaticText) -> str:
    return str(text.GetLabelText()).replace("\n", " ")


# Scenes


def scene_a_first_run_tells_how_far_it_is_and_then_what_was_found() -> None:
    stage = Stage(None)
    window = stage.window
    window.show_running("demo & more")
    stage.pump(0.1)
    assert window.progress.IsShownOnScreen()
    assert window.progress.stop.IsEnabled()
    assert "demo & more" in window.header.why.GetLabelText()
    assert window.GetTitle() == "demo & more – dfmcheck"
    for button in (window.header.again, window.header.choice, window.report, window.copy, window.waive, window.mark):
        assert not button.IsEnabled(), button.GetName()
    window.show_progress("", 0, 0)
    assert "Reading" in window.progress.text.GetLabelText()
    window.show_progress("track-width", 41, 128)
    assert window.progress.text.GetLabelText() == "track-width (42 of 128)"
    assert (window.progress.gauge.GetValue(), window.progress.gauge.GetRange()) == (41, 128)
    window.show_report(Outcome(report(small())))
    stage.pump(0.1)
    assert not window.progress.IsShownOnScreen()
    assert window.header.word.GetLabelText() == "FAIL"
    assert window.header.why.GetLabelText() == "Fails because of 2 errors"
    assert unbroken(window.header.counts) == "2 errors, 1 warning, 1 note, 1 waived; 3 rules ran, 1 skipped"
    assert [box.GetLabel() for box in window.filters.boxes.values()] == ["Errors 2", "Warnings 1", "Notes 1"]
    assert stage.texts()[:2] == ["Error: Annular ring outer (2)", "pad U3.12 [GND] has a ring of 0.118 mm"]
    assert len(stage.texts()) == 3 + 4
    assert window.header.again.IsEnabled()
    assert window.header.choice.GetStringSelection() == "project: standard"
    assert stage.tree.HasFocus() or stage.tree.IsDescendant(wx.Window.FindFocus())
    stage.key(wx.WXK_DOWN)  # the arrows work at once
    stage.key(wx.WXK_DOWN)
    stage.expect(("select", ("u0", "u1", "u2", "u3")))
    stage.close()


def scene_a_finding_selects_the_items_of_all_its_places_once() -> None:
    stage = Stage()
    stage.pick(0, 0)
    stage.expect(("select", ("u0", "u1", "u2", "u3")))
    assert "has a ring of 0.118 mm" in stage.window.details.GetValue()
    assert "Make the pad larger." in stage.window.details.GetValue()
    stage.pick(2, 0)  # it has no item that an editor knows: nothing is left selected that belongs to another
    stage.expect(("select", ()))
    stage.close()


def scene_a_place_selects_its_own_items_and_a_group_none() -> None:
    stage = Stage()
    stage.tree.Expand(stage.line(0, 0))
    stage.pump(0.05)
    stage.pick(0, 0, 1)
    stage.expect(("select", ("u0", "u2")))
    assert "place 2 of 3" in stage.window.details.GetValue()
    stage.pick(1)
    stage.expect()
    assert "The drill wanders." in stage.window.details.GetValue()  # why the rule matters
    stage.close()


def scene_arrows_held_down_call_the_editor_once() -> None:
    stage = Stage()
    stage.pick(0, 0)
    stage.expect(("select", ("u0", "u1", "u2", "u3")))
    with mock.patch("dfmcheck.plugin.window.SETTLE", 2000):  # however slow the keys are
        for _ in range(3):  # the other error, the group of warnings, the warning
            stage.key(wx.WXK_DOWN)
        stage.expect(("select", ("u7",)))
    assert "track is thin" in stage.window.details.GetValue()
    stage.key(wx.WXK_UP)
    stage.expect()  # on a group
    stage.close()


def scene_enter_selects_again_and_opens_and_closes_groups() -> None:
    stage = Stage()
    stage.pick(1, 0)
    stage.expect(("select", ("u7",)))
    stage.key(wx.WXK_RETURN)
    stage.expect(("select", ("u7",)))
    stage.pick(1)
    for is_open in (False, True):
        stage.key(wx.WXK_RETURN)
        stage.until(lambda is_open=is_open: stage.tree.IsExpanded(stage.line(1)) == is_open)
    stage.expect()
    stage.close()


def scene_arrows_open_and_close_as_in_every_tree() -> None:
    stage = Stage()
    stage.pick(0, 0)
    stage.expect(("select", ("u0", "u1", "u2", "u3")))
    stage.key(wx.WXK_RIGHT)  # opens the finding
    assert stage.tree.IsExpanded(stage.line(0, 0))
    stage.expect()
    stage.key(wx.WXK_RIGHT)  # to its first place
    stage.expect(("select", ("u0", "u1")))
    assert "place 1 of 3" in stage.window.details.GetValue()
    stage.key(wx.WXK_DOWN)
    stage.expect(("select", ("u0", "u2")))
    stage.key(wx.WXK_RIGHT)  # there is nothing below
    stage.expect()
    stage.key(wx.WXK_LEFT)  # back to the finding
    stage.expect(("select", ("u0", "u1", "u2", "u3")))
    stage.key(wx.WXK_LEFT)
    assert not stage.tree.IsExpanded(stage.line(0, 0))
    stage.key(wx.WXK_LEFT)  # to its group
    stage.expect()
    assert "The drill wanders." in stage.window.details.GetValue()
    stage.key(wx.WXK_LEFT)
    assert not stage.tree.IsExpanded(stage.line(0))
    stage.key(wx.WXK_DOWN)  # the next group
    stage.key(wx.WXK_DOWN)
    stage.expect(("select", ("u7",)))
    stage.window.filters.search.SetFocus()
    stage.hand.Text(b"u")
    stage.key(wx.WXK_LEFT)  # in the search it moves in the text
    stage.hand.Text(b"x")
    stage.until(lambda: stage.window.filters.search.GetValue() == "xu")
    stage.close()


def scene_filters_narrow_the_list_together() -> None:
    stage = Stage()
    window, filters = stage.window, stage.window.filters
    assert stage.prints() == ["1", "2", "3", "4"]
    assert not filters.clear.IsShown()
    stage.click(filters.boxes["error"])
    assert stage.prints() == ["3", "4"]
    assert "2 of 4 findings" in window.status.GetLabelText()
    stage.choose(filters.category, "assembly.silk")
    assert stage.prints() == ["4"]
    assert filters.boxes["warning"].GetLabel() == "Warnings 0"
    stage.click(filters.boxes["note"])
    assert stage.prints() == []
    assert "Nothing fits" in window.details.GetValue()
    stage.click(filters.clear)
    assert stage.prints() == ["1", "2", "3", "4"]
    stage.choose(filters.rule, "track-width")
    assert stage.prints() == ["3"]
    stage.choose(filters.rule, "All rules")
    stage.click(filters.search)
    stage.hand.Text(b"sda")
    stage.until(lambda: stage.prints() == ["3"])
    stage.key(wx.WXK_ESCAPE)  # clears, and does not close
    stage.until(lambda: stage.prints() == ["1", "2", "3", "4"])
    stage.expect()
    stage.close()


def scene_waived_findings_are_hidden_unless_asked_for() -> None:
    stage = Stage()
    assert not any("as agreed" in text for text in stage.texts())
    assert stage.window.filters.waived.GetLabel() == "Waived 1"
    stage.click(stage.window.filters.waived)
    assert stage.prints() == ["1", "2", "3", "4", "5"]
    assert any("waived: as agreed" in text for text in stage.texts())
    stage.pick(3, 0)
    assert not stage.window.waive.IsEnabled()  # it is waived already
    stage.close()


def scene_a_run_is_asked_for_by_button_key_and_profile() -> None:
    stage = Stage()
    window = stage.window
    stage.click(window.header.again)
    stage.expect(("run", ()))
    stage.key(wx.WXK_F5)
    stage.expect(("run", ()))
    stage.choose(window.header.choice, "jlcpcb-4")
    stage.expect(("run", ("jlcpcb-4",)))
    window.show_running("demo")
    stage.key(wx.WXK_F5)
    stage.expect()  # one is on its way
    window.show_report(Outcome(report(small())))
    assert window.header.choice.GetStringSelection().startswith("jlcpcb-4")
    stage.click(window.header.again)
    stage.expect(("run", ("jlcpcb-4",)))
    stage.close()


def scene_a_run_can_be_stopped_and_the_list_before_stays() -> None:
    stage = Stage()
    window = stage.window
    stage.pick(1, 0)
    stage.expect(("select", ("u7",)))
    window.show_running("demo")
    stage.pump(0.1)

    def looks() -> tuple[bool, bool]:
        attr = dv.DataViewItemAttr()
        stage.tree.model.GetAttr(stage.line(0, 0), 0, attr)
        return attr.HasColour(), attr.HasColour() and attr.GetColour() == grey()

    assert looks() == (True, True)
    assert unbroken(window.header.why) == "Last check: Fails because of 2 errors"
    assert window.header.word.GetForegroundColour() == grey()
    stage.pick(0, 1)  # it can still be used
    stage.expect(("select", ("u9",)))
    stage.click(window.progress.stop)
    stage.expect(("stop",))
    assert not window.running
    assert not window.progress.IsShown()
    assert window.header.again.IsEnabled()
    assert looks() == (True, True)  # it is still of the check before
    assert unbroken(window.header.why) == "Last check: Fails because of 2 errors"
    assert not window.waive.IsEnabled()
    assert "Run the check again" in window.waive.GetToolTipText()
    assert "Stopped" in window.status.GetLabelText()
    assert stage.prints() == ["1", "2", "3", "4"]
    window.show_report(Outcome(report(small())))
    assert looks() == (False, False)
    assert unbroken(window.header.why) == "Fails because of 2 errors"
    assert window.header.word.GetForegroundColour() != grey()
    assert window.waive.IsEnabled()
    stage.close()


def scene_a_run_that_fails_leaves_no_verdict_that_looks_like_one_of_now() -> None:
    stage = Stage(can_mark=True)
    window = stage.window
    stage.pick(1, 0)
    window.show_running("demo")
    window.show_error(".dfmcheck.toml:2: is not valid TOML")
    stage.pump(0.1)
    assert unbroken(window.header.why).startswith("Last check: ")
    assert window.header.word.GetForegroundColour() == grey()
    assert stage.tree.model.stale
    assert not window.waive.IsEnabled()
    assert not window.mark.IsEnabled()
    assert window.copy.IsEnabled()
    window.show_error("KiCad is busy")  # what fails later changes nothing of that
    assert stage.tree.model.stale
    window.show_report(Outcome(report(small())))
    window.show_error("KiCad is busy")  # nor what fails beside a check that is good
    assert not stage.tree.model.stale
    assert window.waive.IsEnabled()
    stage.close()


def scene_a_reason_that_could_not_be_written_is_not_typed_again() -> None:
    stage = Stage()
    stage.pick(0, 1)
    found: list[tuple[str, bool]] = []

    def act(dialog: Waive) -> None:
        found.append((dialog.given, dialog.waive.IsEnabled()))
        dialog.reason.SetValue("a long story")
        dialog.EndModal(wx.ID_OK)

    for fails in (True, False, False):
        stage.actions.trouble = DfmError("cannot be written") if fails else None
        wrong = stage.dialog(act)
        stage.click(stage.window.waive)
        assert not wrong, wrong
        stage.pump(0.1)
        if not fails:
            stage.window.show_report(Outcome(report(small())))
            stage.pump(0.1)
    assert found == [("", False), ("a long story", True), ("", False)]
    stage.close()


def scene_another_run_keeps_what_was_chosen_and_asks_the_editor_for_nothing() -> None:
    stage = Stage()
    stage.choose(stage.window.filters.category, "fabrication")
    stage.tree.Expand(stage.line(0, 0))
    stage.pick(0, 0, 1)
    stage.expect(("select", ("u0", "u2")))
    stage.window.show_running("demo")
    d = small()
    stage.window.show_report(Outcome(report(replace(d, findings=(finding(8, severity="warning"), *d.findings)))))
    stage.expect()
    assert stage.prints() == ["1", "2", "8", "3"]
    [pick] = stage.tree.picks()
    assert (stage.window.listing.key(pick.finding)[1][-1], pick.place) == ("1", 1)
    assert "place 2 of 3" in stage.window.details.GetValue()
    stage.close()


def long(*waived: int) -> DesignReport:
    """Sixty findings of two rules; so many of them are waived."""
    made = (finding(n + 1, item(f"R{n}", uuid=f"u{n}"), severity="error" if n < 20 else "warning") for n in range(60))
    return design(*(replace(f, waived="ok" if n in waived else None) for n, f in enumerate(made)), rules=(rule(),))


def scene_one_waiver_after_the_other_leads_through_the_list() -> None:
    stage = Stage(long())

    def reason(dialog: Waive) -> None:
        dialog.reason.SetValue("agreed")
        dialog.EndModal(wx.ID_OK)

    def upper() -> str:
        return str(stage.tree.model.told(int(stage.tree.GetTopItem().GetID())).text)

    def seen() -> bool:
        chosen = stage.tree.GetSelections()
        rect = stage.tree.GetItemRect(chosen[0], stage.tree.GetColumn(0))
        return rect.height > 0 and 0 < rect.y < stage.tree.GetClientSize().height

    stage.pick(1, 15)
    stage.pick(1, 10)  # above the last one that is to be seen
    stage.expect(("select", ("u35",)), ("select", ("u30",)))
    top, waived = upper(), []
    assert "R2" in top, top  # it is scrolled
    for n in (30, 31, 32):
        wrong = stage.dialog(reason)
        stage.click(stage.window.waive)
        assert not wrong, wrong
        stage.expect(("waive", [f"{n + 1:016x}"], "agreed"))
        waived.append(n)
        stage.window.show_report(Outcome(report(long(*waived))))
        stage.expect(("select", (f"u{n + 1}",)))  # the next one, in the editor as well
        assert upper() == top
        assert seen()
    stage.key(wx.WXK_DOWN)  # the keys are in the list, where it was
    stage.expect(("select", ("u34",)))
    stage.key(wx.WXK_F5)
    stage.expect(("run", ()))
    top = upper()
    stage.window.show_running("demo")
    stage.window.show_report(Outcome(report(long(*waived))))
    stage.expect()  # a run selects nothing by itself
    assert upper() == top
    stage.tree.UnselectAll()
    stage.window.show_report(Outcome(report(long(*waived))))
    stage.expect()
    assert upper() == top
    stage.pick(1, 36)  # the last one: the one before it is what is left to do
    stage.expect(("select", ("u59",)))
    stage.window.show_report(Outcome(report(long(*waived, 59))))
    stage.expect(("select", ("u58",)))
    assert seen()
    stage.pick(0)  # a group, waived as a whole: the first finding after it, which comes to stand at the top
    stage.window.show_report(Outcome(report(long(*waived, 59, *range(20)))))
    stage.expect(("select", ("u20",)))
    assert seen()
    stage.close()


def scene_keys_work_after_whatever_was_clicked() -> None:
    stage = Stage()
    window = stage.window

    def works() -> None:
        stage.calls.clear()
        stage.key(wx.WXK_F5)
        stage.expect(("run", ()))

    stage.click(window.header.again)
    window.show_running("demo")
    stage.pump(0.1)
    window.show_report(Outcome(report(small())))
    works()
    stage.click(window.header.again)
    window.show_running("demo")
    stage.click(window.progress.stop)
    works()
    window.header.choice.SetFocus()
    window.show_running("demo")
    window.book.SetSelection(1)
    stage.pump(0.1)
    window.show_report(Outcome(report(small())))
    works()
    window.show_error("the board has no outline")
    stage.pump(0.1)
    stage.click(window.trouble.close)
    works()
    window.book.SetSelection(0)
    stage.choose(window.filters.rule, "track-width")
    stage.pump(0.1)
    stage.click(window.filters.clear)
    works()
    stage.close()


def scene_a_waiver_needs_a_reason() -> None:
    stage = Stage()
    assert not stage.window.waive.IsEnabled()  # nothing is selected
    stage.pick(0)
    assert stage.window.waive.IsEnabled()

    def act(dialog: Waive) -> None:
        told = " ".join(w.GetLabelText() for w in dialog.GetChildren() if isinstance(w, wx.StaticText)).replace("\n", " ")
        assert "/home/me/board & co/.dfmcheck.toml" in told, told
        assert "2 findings" in dialog.GetTitle()
        assert not dialog.waive.IsEnabled()
        dialog.reason.SetValue(" \n\t ")
        assert not dialog.waive.IsEnabled()
        dialog.reason.SetValue(" agreed with\nthe maker ")
        assert dialog.waive.IsEnabled()
        dialog.waive.ProcessWindowEvent(wx.CommandEvent(wx.wxEVT_BUTTON, wx.ID_OK))

    wrong = stage.dialog(act)
    stage.click(stage.window.waive)
    assert not wrong, wrong
    stage.expect(("waive", [f"{1:016x}", f"{2:016x}"], "agreed with the maker"))

    def leave(dialog: Waive) -> None:
        dialog.reason.SetValue("a reason")
        dialog.EndModal(wx.ID_CANCEL)

    wrong = stage.dialog(leave)
    stage.click(stage.window.waive)
    assert not wrong, wrong
    stage.expect()
    stage.close()


def scene_a_board_that_was_never_saved_has_no_waivers() -> None:
    stage = Stage(None)
    stage.window.show_report(Outcome(report(small()), path=None))
    stage.pick(0, 1)
    assert not stage.window.waive.IsEnabled()
    assert "Save the board first" in stage.window.waive.GetToolTipText()
    assert stage.window.header.choice.GetStringSelection() == "no project: standard"
    stage.close()


def clipboard() -> str:
    got = wx.TextDataObject()
    assert wx.TheClipboard.Open()
    try:
        assert wx.TheClipboard.GetData(got)
    finally:
        wx.TheClipboard.Close()
    return str(got.GetText())


def scene_what_is_selected_or_else_shown_is_copied_as_text() -> None:
    stage = Stage()
    listing = stage.window.listing
    stage.choose(stage.window.filters.rule, "annular")
    stage.click(stage.window.copy)
    assert clipboard() == listing.text([0, 1])
    stage.pick(0, 1)
    stage.key(ord("C"), wx.MOD_CONTROL)
    stage.until(lambda: clipboard() == listing.text([1]))
    assert stage.window.status.GetLabelText() == "Copied 1 finding as text"
    stage.close()


def scene_markers_are_there_where_the_editor_has_them() -> None:
    stage = Stage()
    assert not stage.window.mark.IsEnabled()
    assert stage.window.mark.GetToolTipText() == stage.window.marks.GetToolTipText() == NO_MARKS
    stage.actions.can_mark = True  # the editor is known with the first report only
    stage.window.show_report(Outcome(report(small())))
    assert NO_MARKS not in (stage.window.mark.GetToolTipText(), stage.window.marks.GetToolTipText())
    stage.click(stage.window.mark)
    stage.expect(("mark", [f"{n:016x}" for n in (1, 2, 3, 4)]))
    stage.pick(1, 0)
    stage.expect(("select", ("u7",)))
    stage.click(stage.window.mark)
    stage.expect(("mark", [f"{3:016x}"]))
    stage.close()


def scene_the_report_is_opened() -> None:
    stage = Stage()
    stage.click(stage.window.report)
    stage.expect(("open_report",))
    stage.close()


def scene_what_goes_wrong_is_told_until_the_next_run() -> None:
    stage = Stage()
    trouble: Trouble = stage.window.trouble
    stage.actions.trouble = DfmError("KiCad is closed; open the board & run the check again")
    stage.click(stage.window.report)
    assert trouble.IsShownOnScreen()
    assert trouble.text.GetLabelText() == "KiCad is closed; open the board & run the check again"
    stage.click(trouble.FindWindowByName("Close the message"))
    assert not trouble.IsShown()
    stage.click(stage.window.header.again)
    assert trouble.IsShown()
    stage.actions.trouble = None
    stage.window.show_running("demo")
    assert not trouble.IsShown()
    stage.window.show_error("the board has no outline, " * 20)  # it ends the run
    stage.pump(0.1)
    assert not stage.window.running
    assert trouble.text.GetSize().width < stage.window.GetClientSize().width
    assert trouble.text.GetLabelText().count("\n") >= 2
    stage.close()


def scene_an_action_that_fails_ends_no_run() -> None:
    stage = Stage()
    stage.window.show_running("demo")
    stage.actions.trouble = DfmError("KiCad is busy with a dialog; close it")
    stage.pick(0, 1)
    stage.until(lambda: stage.window.trouble.IsShown())
    assert stage.window.running
    stage.close()


def scene_a_first_run_that_fails_leaves_a_window_that_can_run_again() -> None:
    stage = Stage(None)
    stage.window.show_running("demo")
    stage.window.show_error("nothing to judge by")
    stage.pump(0.1)
    assert stage.window.header.word.GetLabelText() == "–"
    stage.click(stage.window.header.again)
    stage.expect(("run", ()))
    for name in ("C", "F"):
        stage.key(ord(name), wx.MOD_CONTROL)
    assert not stage.window.copy.IsEnabled()
    stage.close()


def scene_keys_search_and_close() -> None:
    stage = Stage()
    stage.window.book.SetSelection(1)
    stage.click(stage.window.measured)
    stage.key(ord("F"), wx.MOD_CONTROL)
    assert stage.window.book.GetSelection() == 0
    stage.hand.Text(b"c9")
    stage.until(lambda: stage.prints() == ["2"])
    stage.key(wx.WXK_DOWN)  # from the search into the list
    assert stage.tree.HasFocus() or stage.tree.IsDescendant(wx.Window.FindFocus())
    stage.window.show_running("demo")
    stage.key(wx.WXK_ESCAPE)
    stage.until(lambda: not stage.window)
    stage.expect(("stop",))


def scene_the_other_pages_tell_what_was_measured_and_what_was_not() -> None:
    stage = Stage()
    table = stage.window.measured
    stage.window.show_report(Outcome(report(replace(small(), rules=(*small().rules, rule("board-size", "off"))))))
    assert stage.window.book.GetPageText(2) == "Not checked (2)"
    assert "1 skipped, 1 off" in unbroken(stage.window.header.counts)
    rows = [[table.GetTextValue(row, column) for column in range(1, 6)] for row in range(table.GetItemCount())]
    assert len(rows) == 3
    assert rows[0] == ["Annular ring outer (annular-ring-outer)", "812", "0.118 mm", "0.130 mm", "standard:9"]
    assert table.GetValue(1, 0).GetText() == "warned"
    assert stage.window.book.GetPageText(1) == "Measured (3)"
    assert "needs courtyards: Courtyard overlap (courtyard-overlap)" in stage.window.unchecked.GetValue()
    stage.close()


def scene_nothing_that_a_board_says_is_taken_for_anything_but_text() -> None:
    stage = Stage(None)
    run = hostile()
    stage.window.show_running(HOSTILE[0])
    stage.window.show_progress(HOSTILE[13], 1, 2)
    stage.window.show_error("; ".join(HOSTILE[:9]))
    stage.window.show_note("a & b <b>c</b>\n\x1b[31m")
    assert stage.window.status.GetLabelText() == "a & b <b>c</b> ?[31m"
    stage.window.show_report(Outcome(run, profiles=tuple((name, name) for name in HOSTILE), chain=HOSTILE))
    stage.pump(0.1)
    stage.click(stage.window.filters.waived)
    stage.pump(0.1)
    texts = [*stage.texts(), stage.window.GetTitle(), *stage.window.header.choice.GetStrings()]
    assert len(texts) > 100
    assert [text for text in texts if not text.isprintable()] == []
    assert any("<img src=x onerror=alert(1)>" in text for text in texts)
    for n in range(len(stage.tree.model.children(stage.tree.model.children(0)[0]))):
        stage.tree.Select(stage.line(0, n))
        stage.window._describe()
        told = stage.window.details.GetValue()
        assert all(line.isprintable() for line in told.splitlines())
    stage.click(stage.window.copy)
    assert "\x1b" not in clipboard()
    stage.close()


def scene_the_lines_of_a_large_report_are_worded_when_they_are_looked_at() -> None:
    found = [replace(finding(n, item(f"U{n}"), places=6), rule=f"rule-{n % 40}") for n in range(5000)]
    stage = Stage(design(*found, rules=tuple(rule(f"rule-{n}") for n in range(40))))
    assert len(stage.window.told) == 5000
    assert len(stage.tree.model.cells) < 1000, len(stage.tree.model.cells)
    assert all(stage.tree.IsExpanded(stage.line(n)) for n in range(40))
    stage.window.filters.search.SetValue("u4999")
    stage.until(lambda: len(stage.window.told) == 1)
    assert stage.texts()[1].startswith("pad U4999.12")
    stage.close()


def scene_every_control_has_a_name_of_its_own() -> None:
    stage = Stage()
    kinds = (
        wx.Button,
        wx.Choice,
        wx.CheckBox,
        wx.TextCtrl,
        wx.SearchCtrl,
        wx.Gauge,
        wx.Notebook,
        dv.DataViewCtrl,
        wx.StaticBitmap,
    )
    plain = {"button", "choice", "check", "checkBox", "text", "textCtrl", "searchCtrl", "gauge", "notebook", "dataviewCtrl",
             "wxDataViewCtrl", "staticBitmap", "panel", ""}  # fmt: skip
    named: list[str] = []

    def walk(window: Any) -> None:
        for child in window.GetChildren():
            if isinstance(child, kinds):
                named.append(child.GetName())
            if not isinstance(child, (wx.SearchCtrl, dv.DataViewCtrl)):
                walk(child)

    walk(stage.window)
    assert len(named) > 18, named
    assert not plain & set(named), named
    stage.close()


def scene_it_fits_small_and_large_screens() -> None:
    for size, mode in (((800, 500), wx.SPLIT_HORIZONTAL), ((1500, 900), wx.SPLIT_VERTICAL), ((640, 480), wx.SPLIT_HORIZONTAL)):
        many = (rule(f"rule-{n}", "skipped" if n % 2 else "off", why_skipped="needs more") for n in range(99))
        d = small()
        stage = Stage(replace(d, rules=(*d.rules, *many)), size=size)
        window = stage.window
        window.show_running("demo")
        stage.pump(0.2)
        stage.until(lambda window=window, mode=mode: window.split.GetSplitMode() == mode)
        for control in (window.header.again, window.header.choice, window.filters.search, *window.filters.boxes.values(),
                        window.filters.rule, window.copy, window.report, window.waive, window.progress.stop):  # fmt: skip
            rect, room = control.GetScreenRect(), window.GetScreenRect()
            assert room.Contains(rect), (size, control.GetName(), rect, room)
            assert control.GetSize().height >= 15, (size, control.GetName())
        assert window.tree.GetSize().height > 60, size
        assert window.details.GetSize().height > 50, size
        for text in (window.header.word, window.header.why, window.header.counts):  # in full, however narrow it is
            wide, high = text.GetBestSize()
            assert text.GetSize().width >= wide, (size, text.GetName())
            assert text.GetSize().height >= high, (size, text.GetName())
            assert window.GetScreenRect().Contains(text.GetScreenRect()), (size, text.GetName())
            assert not window.header.limits.GetChildren()[1].GetRect().Intersects(text.GetRect()), (size, text.GetName())
        assert unbroken(window.header.counts) == window.listing.counts
        stage.close()


def scene_what_is_selected_stays_in_sight_when_the_window_shrinks() -> None:
    stage = Stage(long(), size=(900, 900))
    stage.pick(0, 8)
    stage.tree.EnsureVisible(stage.line(0))
    stage.pump(0.1)
    stage.window.SetSize(stage.window.FromDIP(wx.Size(800, 500)))

    def seen() -> bool:
        rect = stage.tree.GetItemRect(stage.line(0, 8), stage.tree.GetColumn(0))
        return rect.height > 0 and 0 < rect.y <= stage.tree.GetClientSize().height - rect.height

    stage.until(lambda: stage.tree.GetSize().height < 250)
    stage.until(seen)
    stage.close()


def scene_it_comes_up_where_it_was() -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(Path(folder) / "settings" / "window.ini")
        stage = Stage(memory=memory)
        assert stage.window.GetSize() == stage.window.FromDIP(wx.Size(900, 680))  # nothing is kept yet
        stage.window.SetSize(60, 70, 777, 555)
        stage.pump(0.2)
        stage.window.Close()
        stage.until(lambda: not stage.window)
        again = Stage(memory=memory)
        assert again.window.GetSize() == (777, 555)
        assert again.window.GetPosition() == (60, 70)
        again.close()
        memory.path.write_text("[window]\nx=90000\ny=70\nwidth=777\nheight=555\n")  # a screen that is gone
        far = Stage(memory=memory)
        assert far.window.GetPosition().x < 5000
        assert far.window.GetSize() == (777, 555)
        far.close()
        memory.path.write_bytes(b"\xff\x00[window\nwidth=a lot")
        broken = Stage(memory=memory)
        assert broken.window.GetSize() == broken.window.FromDIP(wx.Size(900, 680))
        broken.memory.path = memory.path / "no folder"
        broken.window.Close()
        broken.until(lambda: not broken.window)


def main(wanted: list[str]) -> None:
    app = wx.App()
    loop = wx.GUIEventLoop()
    told: dict[str, str] = {}
    scenes = {name[6:]: value for name, value in globals().items() if name.startswith("scene_")}
    activator = wx.EventLoopActivator(loop)
    for name, scene in scenes.items():
        if wanted and name not in wanted:
            continue
        try:
            scene()
            told[name] = ""
        except Exception:
            told[name] = traceback.format_exc()
        for window in wx.GetTopLevelWindows():
            window.Destroy()
        while loop.Pending():
            loop.Dispatch()
        loop.ProcessIdle()
    del activator
    print(json.dumps(told))
    sys.stdout.flush()
    app.Destroy()


if __name__ == "__main__":
    main(sys.argv[1:])
