"""What the plugin asks KiCad, by a client that answers as KiCad does, and what it tells where KiCad does not."""

import math
import sys
from pathlib import Path

import pytest

from dfmcheck.errors import DfmError
from dfmcheck.plugin import editor as module
from dfmcheck.plugin.editor import Editor
from dfmcheck.report import Finding, ItemRef, Place

kipy = pytest.importorskip("kipy")

from kipy.errors import ApiError, ConnectionError  # noqa: E402
from kipy.proto.board import board_commands_pb2 as board_commands  # noqa: E402
from kipy.proto.board import board_types_pb2 as board_types  # noqa: E402
from kipy.proto.common import ApiStatusCode  # noqa: E402
from kipy.proto.common import commands as common  # noqa: E402
from kipy.proto.common.commands import editor_commands_pb2 as commands  # noqa: E402
from kipy.proto.common.types import DocumentSpecifier, DocumentType  # noqa: E402

BUSY = ApiError("KiCad returned error: busy", code=ApiStatusCode.AS_BUSY)


class Client:
    """Answers as KiCad does; keeps what it was asked."""

    def __init__(self, version=(9, 0, 8), name="a.kicad_pcb", folder="/x", parents=None):
        self.asked = []
        self.version = version
        self.name, self.folder = name, folder
        self.contents = "(kicad_pcb)"
        self.selected = []
        self.kept = []
        """What is selected as soon as nothing is."""
        self.parents = parents
        """The component of each item that lies in one, None of the others: what is on the board."""
        self.boxes = {}
        """Left, top, width and height of items in nm."""
        self.faults = []
        """What to raise instead of the next answers."""
        self.loading = None
        """The folder of a board of the same name that is opened while its text is asked for."""

    def send(self, command, kind):
        kept = type(command)()
        kept.CopyFrom(command)
        self.asked.append(kept)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            raise fault
        if isinstance(command, commands.SaveDocumentToString) and self.loading is not None:
            self.folder = self.loading
        for asked in (getattr(command, "document", None), getattr(getattr(command, "header", None), "document", None)):
            if asked is not None and asked.board_filename != self.name:  # KiCad compares no folders
                raise status("AS_BAD_REQUEST", f"the requested document {asked.board_filename} is not open")
        answer = kind()
        match command:
            case common.GetVersion():
                answer.version.major, answer.version.minor, answer.version.patch = self.version
            case common.GetOpenDocuments():
                if self.name is not None:
                    answer.documents.append(self.document())
            case commands.SaveDocumentToString():
                answer.contents = self.contents
            case commands.ClearSelection():
                self.selected = [*self.kept]
            case commands.AddToSelection():
                for one in command.items:
                    if one.value in self.parents and self.parents[one.value] not in self.selected:
                        self.selected.append(one.value)
                for uuid in self.selected:
                    answer.items.add().Pack(self.item(uuid)) if uuid != "strange" else answer.items.add()
            case commands.GetBoundingBox():
                for one in command.items:
                    if one.value in self.boxes:
                        answer.items.add().value = one.value
                        box = answer.boxes.add()
                        box.position.x_nm, box.position.y_nm, box.size.x_nm, box.size.y_nm = self.boxes[one.value]
            case board_commands.InjectDrcError():
                answer.marker.value = "0"
        return answer

    def document(self):
        document = DocumentSpecifier(type=DocumentType.DOCTYPE_PCB, board_filename=self.name)
        document.project.path = self.folder
        return document

    def item(self, uuid):
        if uuid.startswith("field"):
            field = board_types.Field()
            field.id.id = 3
            field.text.id.value = uuid
            return field
        track = board_types.Track()
        track.id.value = uuid.upper() if uuid.startswith("loud") else uuid
        return track

    def kinds(self):
        """What it was asked, but for which board is open."""
        return [type(one).__name__ for one in self.asked if not isinstance(one, common.GetOpenDocuments)]


def editor_of(client):
    made = Editor(kipy.KiCad.from_client(client), kipy.KiCad.from_client(client))
    client.asked.clear()
    return made


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0, 0, 0))


@pytest.mark.parametrize(
    ("name", "folder", "path"),
    [
        ("a b.kicad_pcb", "/home/jö/my boards", Path("/home/jö/my boards/a b.kicad_pcb")),
        ("a.kicad_pcb", "/x/", Path("/x/a.kicad_pcb")),
        ("", "", None),
        ("", "/x", None),
        ("a.kicad_pcb", "", None),
    ],
)
def test_board_path(name, folder, path):
    editor = editor_of(Client(name=name, folder=folder))
    assert (editor.board_path, editor.board_name) == (path, name)


def test_text():
    client = Client()
    client.contents = "(kicad_pcb ü)"
    assert editor_of(client).text() == "(kicad_pcb ü)".encode()


@pytest.mark.parametrize(("name", "folder"), [("b.kicad_pcb", "/x"), ("a.kicad_pcb", "/y")])
@pytest.mark.parametrize("ask", [Editor.text, lambda e: e.select(["a"]), lambda e: e.mark([finding(place(1, 1))])])
def test_another_board_was_opened(ask, name, folder):
    """Also one of the same name, as a copy or an older revision has, with the same uuids."""
    client = Client(version=(10, 0, 0), parents={"a": None})
    editor = editor_of(client)
    client.name, client.folder, client.selected = name, folder, ["theirs"]
    with pytest.raises(DfmError, match="no longer open"):
        ask(editor)
    assert client.selected == ["theirs"]
    assert "InjectDrcError" not in client.kinds()
    assert editor.board_path == Path("/x/a.kicad_pcb")


def test_another_board_is_opened_while_the_text_is_waited_for():
    client = Client()
    editor = editor_of(client)
    client.loading = "/y"
    with pytest.raises(DfmError, match="no longer open"):
        editor.text()
    patient = Client(name="b.kicad_pcb")
    with pytest.raises(DfmError, match="no longer open"):
        Editor(kipy.KiCad.from_client(Client()), kipy.KiCad.from_client(patient)).text()


def test_text_is_waited_for_by_a_patient_connection():
    quick, patient = Client(), Client()
    editor = Editor(kipy.KiCad.from_client(quick), kipy.KiCad.from_client(patient))
    editor.text()
    assert "SaveDocumentToString" not in quick.kinds()
    assert patient.kinds()[-1] == "SaveDocumentToString"


def test_selection_is_replaced_and_shown():
    client = Client(parents={"a": None, "b": None, "old": None})
    editor = editor_of(client)
    client.selected = ["old"]
    assert editor.select(["A", "", "b", "a", "gone"]) == 2
    assert client.selected == ["b", "a"] or client.selected == ["a", "b"]
    clear, add, *_, box, fit, out = (one for one in client.asked if not isinstance(one, common.GetOpenDocuments))
    assert clear == commands.ClearSelection(header=clear.header)
    assert clear.header.document == add.header.document == client.document()
    assert [one.value for one in add.items] == ["a", "b", "gone"]
    assert [one.value for one in box.items] == ["a", "b", "gone"]
    assert [fit.action, out.action] == ["common.Control.zoomFitSelection", "common.Control.zoomOutCenter"]
    assert {type(fit), type(out)} == {common.RunAction}


@pytest.mark.parametrize(
    ("boxes", "steps"),
    [
        ({}, 1),
        ({"a": (5, 5, 450_000, 450_000)}, 7),
        ({"a": (0, 0, 450_000, 450_000), "b": (0, -3_000_000, 200_000, 200_000)}, 3),
        ({"a": (0, 0, 100_000, 9_000_000)}, 1),
        ({"a": (0, 0, 158_000_000, 96_000_000)}, 1),
    ],
)
def test_what_is_small_is_shown_with_what_is_around_it(boxes, steps):
    client = Client(parents={"a": None, "b": None})
    client.boxes = boxes
    editor_of(client).select(["a", "b"])
    actions = [one.action for one in client.asked if isinstance(one, common.RunAction)]
    assert actions == ["common.Control.zoomFitSelection", *steps * ["common.Control.zoomOutCenter"]]


def test_selecting_without_showing():
    client = Client(parents={"a": None})
    assert editor_of(client).select(["a"], zoom=False) == 1
    assert client.kinds() == ["ClearSelection", "AddToSelection"]


def test_nothing_to_select():
    client = Client(parents={})
    editor = editor_of(client)
    assert editor.select([]) == 0
    assert client.kinds() == ["ClearSelection"]
    client.asked.clear()
    assert editor.select(["gone"]) == 0
    assert client.kinds() == ["ClearSelection", "AddToSelection"]


def test_a_component_and_what_lies_in_it():
    client = Client(parents={"part": None, "pad": "part", "field": "part", "via": None})
    assert editor_of(client).select(["part", "via", "pad", "field"]) == 4
    assert set(client.selected) == {"part", "via", "pad", "field"}


def test_what_the_user_selects_meanwhile_is_not_counted():
    client = Client(parents={"a": None})
    editor = editor_of(client)
    editor.select(["a"], zoom=False)
    client.selected = ["other"]
    client.kept = ["other"]
    assert editor.select(["a"], zoom=False) == 1


def test_kinds_of_items_in_the_answer():
    client = Client(parents={"field one": None, "loud": None, "strange": None})
    editor = editor_of(client)
    assert editor.select(["field one", "loud"], zoom=False) == 2
    assert len(client.kinds()) == 2, "both were recognized at once"
    assert editor.select(["strange"], zoom=False) == 1


def finding(*places, severity="error", **more):
    return Finding("annular-ring", severity, "ring is\x1b[31m 0.1 mm", "", "f", places, **more)


def place(x, y, *uuids, detail=""):
    items = tuple(ItemRef("via", uuid, None, None, "GND", None, x, y, "a.kicad_pcb", 1) for uuid in uuids)
    return Place(x, y, ("F.Cu",), 0.1, 0.125, "mm", items, detail=detail)


def test_markers():
    client = Client(version=(10, 0, 0))
    editor = editor_of(client)
    assert editor.can_mark
    several = finding(place(3, 4, "a", None, "b", detail="of 0.5 mm"), place(5, 6), severity="warning")
    found = [
        finding(place(1.001, -88.1999999, "a", "b", "c", "d", "e")),
        several,
        finding(place(7, 8), severity="note"),
        finding(place(math.nan, math.nan), severity="error"),
        finding(place(1, 1), waived="as agreed"),
        finding(place(1, 1), change="fixed"),
    ]
    assert editor.mark(found) == 4
    assert set(client.kinds()) == {"InjectDrcError"}
    one, two, three, four = marks = [asked for asked in client.asked if isinstance(asked, board_commands.InjectDrcError)]
    assert all(asked.board == client.document() for asked in marks)
    severities = [board_commands.DRS_ERROR] + 3 * [board_commands.DRS_WARNING]
    assert [asked.severity for asked in marks] == severities
    assert (one.position.x_nm, one.position.y_nm) == (1_001_000, -88_200_000)
    assert [[i.value for i in asked.items] for asked in marks] == [["a", "b", "c", "d"], ["a", "b"], [], []]
    assert one.message == "dfmcheck annular-ring: ring is\\x1b[31m 0.1 mm"
    assert "0.100 mm" in two.message
    assert "via [GND] / via [GND]" in two.message
    assert "of 0.5 mm" in two.message
    assert three.message != two.message
    assert four.message == "dfmcheck annular-ring: note, ring is\\x1b[31m 0.1 mm"

    assert editor.mark([several]) == 0, "they are there"
    assert editor_of(client).mark([several]) == 2, "another run"


def test_no_markers_before_kicad_10():
    client = Client(version=(9, 9, 9))
    editor = editor_of(client)
    assert not editor.can_mark
    with pytest.raises(DfmError, match="KiCad 10"):
        editor.mark([finding(place(1, 1))])
    assert not client.asked


def test_kicad_is_busy_for_a_moment():
    client = Client(parents={"a": None})
    editor = editor_of(client)
    client.faults = [None, None, BUSY, BUSY, BUSY, None, BUSY]
    assert editor.select(["a"], zoom=False) == 1
    assert client.kinds() == 4 * ["ClearSelection"] + 2 * ["AddToSelection"]


def status(name, text="whatever"):
    return ApiError(f"KiCad returned error: {text}", code=ApiStatusCode.Value(name))


@pytest.mark.parametrize(
    ("fault", "tries", "told"),
    [
        (BUSY, 4, "press Esc"),
        (status("AS_NOT_READY"), 4, "not ready yet"),
        (status("AS_TIMEOUT"), 1, "does not answer"),
        (status("AS_UNHANDLED"), 1, "no board is open"),
        (status("AS_BAD_REQUEST", "the requested document a.kicad_pcb is not open"), 1, "no longer open"),
        (status("AS_TOKEN_MISMATCH"), 1, "start the check from the PCB editor"),
        (status("AS_BAD_REQUEST", "odd\n\x1b[31m"), 1, r"^KiCad refused: odd \\x1b\[31m$"),
        (ConnectionError("Error receiving reply from KiCad: Timed out"), 1, "does not answer"),
        (ConnectionError("Failed to send command to KiCad: Timed out"), 1, "does not answer"),
        (ConnectionError("Failed to connect to KiCad: Connection refused"), 1, "Enable KiCad API"),
        (kipy.util.proto.DecodeError("truncated"), 1, "update the plugin"),
    ],
)
def test_errors_tell_what_to_do(fault, tries, told):
    client = Client()
    editor = editor_of(client)
    client.faults = [fault] * 10
    with pytest.raises(DfmError, match=told):
        editor.select(["a"])
    assert len(client.asked) == tries


def test_no_board_is_open():
    with pytest.raises(DfmError, match="no board is open"):
        editor_of(Client(name=None))
    for answered in (1, 2):
        client = Client()
        client.faults = [None] * answered + [status("AS_UNHANDLED")]
        with pytest.raises(DfmError, match="no board is open"):
            editor_of(client)


def test_the_oldest_kicad():
    with pytest.raises(DfmError, match=r"KiCad 9\.0\.0 is too old for this: 9\.0\.1"):
        editor_of(Client(version=(9, 0, 0)))
    assert editor_of(Client(version=(9, 0, 1))).version == (9, 0, 1)


def test_board_without_text():
    client = Client()
    client.contents = " \n"
    with pytest.raises(DfmError, match="no text"):
        editor_of(client).text()


def test_nobody_listens(tmp_path, monkeypatch):
    monkeypatch.setenv("KICAD_API_SOCKET", f"ipc://{tmp_path}/api.sock")
    with pytest.raises(DfmError, match="Enable KiCad API"):
        Editor.connect()


def test_kicad_python_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "kipy", None)
    with pytest.raises(DfmError, match=r"kicad-python is missing.*pip install"):
        Editor.connect()
