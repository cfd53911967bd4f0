"""Run by KiCad's own Python, without a screen: opens a board, runs the shim, and prints as JSON what a user would see.

    shim_in_kicad.py SHIM '{"board": "...", "track": [x0, y0, x1, y1, width], "save": "...", "as": uid, "stop": "..."}'

`stop` names a file: Stop is pressed as soon as it is there.

Only what needs a screen is stood in for: wx, and `pcbnew.GetBoard`, which gives the editor's board.
"""

import importlib.util
import json
import os
import sys
import types
from pathlib import Path

import pcbnew

shim, wanted = sys.argv[1], json.loads(sys.argv[2])
seen = {"messages": [], "opened": [], "pulses": 0}


class Bar:
    def __init__(self, *_, **options):
        assert options["style"] & wx.PD_CAN_ABORT

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def Pulse(self):
        seen["pulses"] += 1
        return not (wanted.get("stop") and Path(wanted["stop"]).exists()), False


def message(text, title, style):
    seen["messages"].append({"text": text, "style": style})
    return wx.YES if style & wx.YES_NO and wanted.get("open", True) else wx.NO


wx = sys.modules["wx"] = types.ModuleType("wx")
wx.OK, wx.YES, wx.NO, wx.YES_NO, wx.ICON_INFORMATION, wx.ICON_WARNING, wx.ICON_ERROR = 1, 2, 4, 6, 8, 16, 32
wx.PD_APP_MODAL, wx.PD_CAN_ABORT, wx.PD_ELAPSED_TIME = 64, 128, 256
wx.ProgressDialog, wx.MessageBox, wx.LaunchDefaultBrowser = Bar, message, lambda url: seen["opened"].append(url)

board = pcbnew.LoadBoard(wanted["board"]) if wanted["board"] else pcbnew.CreateEmptyBoard()
if "track" in wanted:
    x0, y0, x1, y1, width = (round(mm * 1e6) for mm in wanted["track"])
    track = pcbnew.PCB_TRACK(board)
    track.SetStart(pcbnew.VECTOR2I(x0, y0))
    track.SetEnd(pcbnew.VECTOR2I(x1, y1))
    track.SetWidth(width)
    track.SetLayer(pcbnew.F_Cu)
    board.Add(track)
if "save" in wanted:
    pcbnew.SaveBoard(wanted["save"], board, True)
pcbnew.GetBoard = lambda: board
registered = []
pcbnew.ActionPlugin.register = lambda plugin: registered.append(plugin)

spec = importlib.util.spec_from_file_location("shim", shim)
spec.loader.exec_module(importlib.util.module_from_spec(spec))
if "as" in wanted:
    os.setuid(wanted["as"])
(action,) = registered
action.Run()
seen.update(
    name=action.GetName(), icons=[Path(action.GetIconFileName(dark)).name for dark in (False, True)],
    button=action.GetShowToolbarButton(), path=board.GetFileName(),
)  # fmt: skip
print("SEEN" + json.dumps(seen))
