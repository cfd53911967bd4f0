"""What the plugin does in the real editor: the board as it is there, and what is selected read back."""

import os
import signal
import time

import pytest
from editor import opened
from kicad_boards import LAYERS

from dfmcheck.errors import DfmError
from dfmcheck.plugin.editor import Editor
from dfmcheck.provenance import Locator
from dfmcheck.read import read_kicad

kipy = pytest.importorskip("kipy")

from kipy.proto.common import commands as common  # noqa: E402

pytestmark = pytest.mark.kicad


def uuid(n):
    return f"00000000-0000-4000-8000-{n:012d}"


PART, PAD, HOLE, FIELD, LINE, TRACK, LOCKED, VIA, ZONE, EDGE, TEXT, GROUPED, LOCKED_PART, LOCKED_PAD = map(uuid, range(1, 15))
FONT = "(effects (font (size 1 1) (thickness 0.15)))"
BOARD = f"""(kicad_pcb (version 20241229) (generator "pcbnew") (generator_version "9.0") (general (thickness 1.6)) (paper "A4")
 {LAYERS} (net 0 "") (net 1 "GND")
 (footprint "lib:part" (layer "F.Cu") (uuid "{PART}") (at 110 110)
  (property "Reference" "U1" (at 0 -3) (layer "F.SilkS") (uuid "{FIELD}") {FONT})
  (property "Value" "x" (at 0 3) (layer "F.Fab") (uuid "{uuid(50)}") {FONT})
  (fp_line (start -2 -2) (end 2 -2) (stroke (width 0.12) (type solid)) (layer "F.SilkS") (uuid "{LINE}"))
  (pad "1" smd rect (at -1 0) (size 1 1) (layers "F.Cu" "F.Paste" "F.Mask") (net 1 "GND") (uuid "{PAD}"))
  (pad "2" thru_hole circle (at 1 0) (size 1.6 1.6) (drill 1) (layers "*.Cu" "*.Mask") (net 1 "GND") (uuid "{HOLE}")))
 (footprint "lib:fixed" (layer "F.Cu") (locked yes) (uuid "{LOCKED_PART}") (at 120 120)
  (property "Reference" "U2" (at 0 -3) (layer "F.SilkS") (uuid "{uuid(51)}") {FONT})
  (property "Value" "x" (at 0 3) (layer "F.Fab") (uuid "{uuid(52)}") {FONT})
  (pad "1" smd rect (at 0 0) (size 1 1) (layers "F.Cu" "F.Paste" "F.Mask") (uuid "{LOCKED_PAD}")))
 (gr_rect (start 100 100) (end 150 140) (stroke (width 0.1) (type solid)) (fill no) (layer "Edge.Cuts") (uuid "{EDGE}"))
 (gr_text "text" (at 130 105 0) (layer "F.SilkS") (uuid "{TEXT}") {FONT})
 (segment (start 109 110) (end 105 110) (width 0.25) (layer "F.Cu") (net 1) (uuid "{TRACK}"))
 (segment (start 130 110) (end 135 110) (width 0.25) (locked yes) (layer "F.Cu") (net 1) (uuid "{LOCKED}"))
 (segment (start 130 115) (end 135 115) (width 0.25) (layer "B.Cu") (net 1) (uuid "{GROUPED}"))
 (via (at 105 110) (size 0.8) (drill 0.4) (layers "F.Cu" "B.Cu") (net 1) (uuid "{VIA}"))
 (zone (net 1) (net_name "GND") (layer "B.Cu") (uuid "{ZONE}") (hatch edge 0.5) (connect_pads (clearance 0.3))
  (min_thickness 0.25) (fill (thermal_gap 0.3) (thermal_bridge_width 0.3))
  (polygon (pts (xy 140 101) (xy 149 101) (xy 149 120) (xy 140 120))))
 (group "g" (uuid "{uuid(53)}") (members "{GROUPED}" "{uuid(54)}"))
 (segment (start 130 116) (end 135 116) (width 0.25) (layer "B.Cu") (net 1) (uuid "{uuid(54)}")))
"""
KINDS = {
    "component": PART, "smd pad": PAD, "pad with a hole": HOLE, "field": FIELD, "line of a component": LINE, "track": TRACK,
    "via": VIA, "zone": ZONE, "edge": EDGE, "text": TEXT, "locked track": LOCKED, "locked component": LOCKED_PART,
    "pad of a locked component": LOCKED_PAD, "member of a group": GROUPED,
}  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    board = tmp_path_factory.mktemp("boards") / "my bööards 板" / "a b.kicad_pcb"
    board.parent.mkdir()
    board.write_text(BOARD, encoding="utf-8")
    with opened(board) as running:
        yield running


@pytest.fixture
def editor(real, monkeypatch):
    monkeypatch.setenv("KICAD_API_SOCKET", real.env["KICAD_API_SOCKET"])
    monkeypatch.setenv("KICAD_API_TOKEN", real.env["KICAD_API_TOKEN"])
    return Editor.connect(timeout_ms=60_000)


def items(text):
    board = read_kicad(text, "a.kicad_pcb")
    locator = Locator(board)
    return {locator.uuid(row) for row in range(len(board.items))}


def test_which_board(real, editor):
    assert editor.version >= (9, 0, 1)
    assert editor.board_path == real.board
    assert editor.board_name == "a b.kicad_pcb"


def test_text_has_what_is_not_saved(real, editor):
    saved = real.board.read_bytes()
    assert {PAD, HOLE, TRACK, VIA, ZONE, EDGE, TEXT} <= items(editor.text())
    new = real.track((115, 130), (125, 130), 0.08)
    assert items(editor.text()) - items(saved) == {new}
    real.remove([new, VIA])
    assert items(saved) - items(editor.text()) == {VIA}
    real.revert()
    assert real.board.read_bytes() == saved


@pytest.mark.parametrize("kind", KINDS)
def test_just_one_is_selected(real, editor, kind):
    assert editor.select([KINDS[kind]], zoom=False) == 1
    assert real.selected() == {KINDS[kind]}


def test_all_are_selected_in_any_order(real, editor):
    for order in (list(KINDS.values()), list(KINDS.values())[::-1]):
        assert editor.select(order, zoom=False) == len(order)
        assert real.selected() == set(order)


def test_unknown_and_deleted_items_are_left_out(real, editor):
    new = real.track((115, 130), (125, 130), 0.08)
    assert editor.select([uuid(99), new, TRACK], zoom=False) == 2
    real.remove([new])
    assert editor.select([new, "junk", TRACK.upper()], zoom=False) == 1
    assert real.selected() == {TRACK}
    assert editor.select([new]) == 0
    assert real.selected() == set()


def test_what_is_selected_is_shown(real, editor, monkeypatch):
    answers = []
    run = kipy.KiCad.run_action

    def noted(self, action):
        answers.append(run(self, action))
        return answers[-1]

    monkeypatch.setattr(kipy.KiCad, "run_action", noted)
    before = editor.text()
    assert editor.select([PAD, HOLE]) == 2
    assert real.selected() == {PAD, HOLE}
    few = len(answers)
    editor.select([PAD])
    assert len(answers) - few > 2, "KiCad tells how small it is, so that it is seen with what is around it"
    assert {answer.status for answer in answers} == {common.RunActionStatus.RAS_OK}
    assert editor.text() == before, "looking changes nothing"


def test_the_user_is_drawing_a_track(real, editor):
    def busy():
        try:
            return editor.select([TRACK], zoom=False) < 0
        except DfmError as error:
            return "press Esc" in str(error)

    real.press("x")
    until(busy)
    assert TRACK.encode() in editor.text(), "it can be read all the same"
    real.press("Escape", "Escape")
    until(lambda: not busy())


def until(said):
    end = time.monotonic() + 60
    while not said():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_kicad_hangs_and_is_gone(real, editor, monkeypatch):
    hasty = Editor.connect(timeout_ms=500)
    real.process.send_signal(signal.SIGSTOP)
    with pytest.raises(DfmError, match="does not answer"):
        hasty.select([TRACK])
    os.killpg(real.process.pid, signal.SIGKILL)
    real.process.wait()
    with pytest.raises(DfmError, match="does not answer"):
        hasty.select([TRACK])
    with pytest.raises(DfmError, match="Enable KiCad API"):
        Editor.connect()
