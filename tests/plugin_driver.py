"""Runs the plugin as KiCad does, with its real window, and does there what it is told: a JSON list a line on stdin, the answer on
stdout. By a Python that has wx, beside a running editor.

    ["report"]            once the check is over: the report, what the window told as trouble, how many findings it lists
    ["run", PROFILE...]   as the button does
    ["choose", INDEX, PLACE|null]   selects the line of a finding or of one of its places, and waits until the editor has followed
    ["waive", [INDEX...], REASON]   as the dialog does; then as "report"
    ["html"]              as the button does: the path of the page that is opened
    ["stop"], ["shot", PATH], ["close"]
"""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import wx
import wx.dataview as dv

from dfmcheck.plugin import app as plugin

ACTION = Path(plugin.__file__).with_name("action.py")


class Driver:
    def __init__(self, app: Any, window: Any) -> None:
        self.app, self.window = app, window
        self.errors: list[str] = []
        self.opened: list[str] = []
        self.waived = 0
        show_error, show_running, show_report = window.show_error, window.show_running, window.show_report
        app.browse = self.opened.append

        def told(message: str) -> None:
            self.errors.append(message)
            show_error(message)

        def running(name: str) -> None:
            self.errors.clear()
            show_running(name)

        def reported(outcome: Any) -> None:
            self.waived += 1
            show_report(outcome)

        window.show_error, window.show_running, window.show_report = told, running, reported
        Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        for line in sys.stdin:
            wx.CallAfter(self.obey, *json.loads(line))

    def obey(self, what: str, *more: Any) -> None:
        window = self.window
        if what == "report":
            self.report()
        elif what == "run":
            window.actions.run(tuple(more))
            self.reply(None)
        elif what == "choose":
            self.choose(*more)
            self.when(lambda: not (window._settle.IsRunning() or self.app.busy), lambda: self.reply(self.errors))
        elif what == "waive":
            count = self.waived
            window.actions.waive(window.listing.findings(more[0]), more[1])
            self.when(lambda: self.waived > count or self.errors, self.report)
        elif what == "html":
            window.actions.open_report()
            self.when(lambda: self.opened, lambda: self.reply(self.opened.pop()))
        elif what == "stop":
            window._stop()
            self.reply(None)
        elif what == "shot":
            dc, size = wx.ClientDC(window), window.GetClientSize()
            bitmap = wx.Bitmap(size.width, size.height)
            wx.MemoryDC(bitmap).Blit(0, 0, size.width, size.height, dc, 0, 0)
            self.reply(bitmap.SaveFile(more[0], wx.BITMAP_TYPE_PNG))
        else:
            self.reply(None)
            window.Close()

    def when(self, ready: Callable[[], Any], then: Callable[[], None]) -> None:
        if ready():
            then()
        else:
            wx.CallLater(20, self.when, ready, then)

    def report(self) -> None:
        def tell() -> None:
            listing = self.window.listing
            report = listing.report.to_dict() if listing is not None else None
            window = self.window
            self.reply({"report": report, "errors": self.errors, "listed": len(window.told), "title": window.GetTitle()})

        self.when(lambda: not self.app.running, tell)

    def choose(self, index: int, place: int | None) -> None:
        tree = self.window.tree
        model = tree.model
        rows = [number for group in model.children(0) for number in model.children(group)]
        line = next(number for number in rows if model.index(model.lines[number - 1]) == index)
        item = dv.DataViewItem(line if place is None else model.children(line)[place])
        tree.EnsureVisible(item)
        tree.UnselectAll()
        tree.Select(item)
        self.window._picked()  # a selection by code is told to nobody

    def reply(self, answer: Any) -> None:
        print(json.dumps(answer), flush=True)


show_in = plugin.App.show_in


def shown(app: Any, window: Any) -> None:
    app.driver = Driver(app, window)
    show_in(app, window)


plugin.App.show_in = shown
sys.argv = [str(ACTION)]
runpy.run_path(str(ACTION), run_name="__main__")
