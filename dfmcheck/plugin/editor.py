"""KiCad's board editor as the plugin needs it: the board as it is now, its path, selecting items, markers. Over kicad-python."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import DfmError

if TYPE_CHECKING:
    from kipy import KiCad
    from kipy.board import Board

    from ..report import Finding, Place

OLDEST = (9, 0, 1)
"""The first KiCad whose plugins run in an environment of their own."""
MARKERS = (10, 0, 0)
"""The first KiCad that takes markers."""
TEXT_MS = 300_000
"""A board of 70 MB takes KiCad a minute to write."""
PAUSES = (0.1, 0.2, 0.4)
"""Seconds between tries while KiCad is busy: most of what it is busy with is short."""
AROUND = 10.0
"""mm of the board that are seen at least."""
LEAST = 0.1
"""mm; what is smaller is not worth more steps."""
ZOOM_STEP = 1.6
"""By how much one step of the editor's zoom makes it smaller, about: KiCad's steps are 50, 80, 130, 220..."""
SHOWN = 4
"""How many items a marker of KiCad has room for."""

GONE = "the board that was checked is no longer open in KiCad, or has another name now: run the check again"
SWITCHED_OFF = (
    "KiCad cannot be reached: open a board in its PCB editor, and switch on Preferences > Plugins > Enable KiCad API "
    "(KiCad 9.0.1 or newer)"
)
SILENT = "KiCad does not answer: if it is busy or shows a message, let it finish and try again; if it was closed, start it again"
BUSY = "KiCad is in the middle of an action: finish it or press Esc in the PCB editor, then try again"
STARTING = "KiCad is not ready yet, or waits in a dialog: look at its window, then try again"
NO_BOARD = "no board is open in KiCad: open one in the PCB editor, then try again"
RESTARTED = "KiCad was started anew since: close this window and start the check from the PCB editor"

_Answer = TypeVar("_Answer")


class Editor:
    """The board that is open in KiCad's PCB editor when this is made, and none that is opened there later.

    Every method may raise `DfmError`, in one line that tells what to do: KiCad was closed, is busy, has another board open.
    Nothing is written: neither the board nor its file changes.
    """

    def __init__(self, kicad: KiCad, patient: KiCad) -> None:
        """`patient` is a second connection, which waits as long as KiCad needs to write a large board."""
        self._kicad = kicad
        self._patient = patient
        found = _asked(kicad.get_version)
        self.version: tuple[int, int, int] = (found.major, found.minor, found.patch)
        if self.version < OLDEST:
            raise DfmError(f"KiCad {'.'.join(map(str, self.version))} is too old for this: 9.0.1 or newer is needed")
        self._board = _open(kicad)
        self._marked: set[tuple[str, int, int]] = set()

    @classmethod
    def connect(cls, timeout_ms: int = 10_000) -> Editor:
        """The editor that has started this process, else the one that is running. Waits `timeout_ms` for each answer but the
        board's text."""
        try:
            from kipy import KiCad
        except ImportError as error:
            raise DfmError(f"the Python package kicad-python is missing ({error}): pip install 'kicad-python>=0.8'") from error
        return cls(KiCad(timeout_ms=timeout_ms), KiCad(timeout_ms=TEXT_MS))

    @property
    def board_name(self) -> str:
        """Name of the board's file, '' if it was never saved."""
        return self._board.name

    @property
    def board_path(self) -> Path | None:
        """The board's file, None if it was never saved."""
        name, folder = self._board.name, self._board.document.project.path
        return Path(folder) / name if name and folder else None

    @property
    def can_mark(self) -> bool:
        """Whether this KiCad takes markers."""
        return self.version >= MARKERS

    def text(self) -> bytes:
        """The board as it is in the editor, saved or not, as its file would hold it."""
        board = _open(self._patient)
        text = _asked(board.get_as_string)
        self._require(board)
        self._require(_open(self._kicad))  # another one may have been opened meanwhile
        if not text.strip():
            raise DfmError("KiCad gave no text of the board: save it, then try again")
        return text.encode()

    def select(self, uuids: Iterable[str], zoom: bool = True) -> int:
        """Selects just these items, and shows them if `zoom`; how many there are. Locked items are selected too, whatever the
        editor's selection filter says; unknown uuids, and those of items deleted since, are left out."""
        self._require(_open(self._kicad))
        wanted = list(dict.fromkeys(uuid.lower() for uuid in uuids if uuid))
        found, count = self._selected(wanted)
        missing = [uuid for uuid in wanted if uuid not in found]
        if missing and count:
            # KiCad leaves out what belongs to a component that was selected before it, but takes both the other way round.
            found, count = self._selected([*missing, *(uuid for uuid in wanted if uuid in found)])
        if zoom and count:
            # Out again once, so that what is around them is seen too; of what is small more of it.
            steps = max(1, math.ceil(math.log(AROUND / max(self._extent(wanted) or AROUND, LEAST), ZOOM_STEP)))
            for action in ("common.Control.zoomFitSelection", *steps * ["common.Control.zoomOutCenter"]):
                _asked(partial(self._kicad.run_action, action))
        return count

    def mark(self, findings: Iterable[Finding]) -> int:
        """Puts a marker of KiCad's DRC at each place of the findings, but for waived and fixed ones; how many are new. KiCad's
        DRC dialog lists them and deletes them; they are not part of the board. The same one is put there once."""
        from kipy.proto.board.board_commands_pb2 import DrcSeverity, InjectDrcError, InjectDrcErrorResponse
        from kipy.proto.common.types import KIID, Vector2

        if not self.can_mark:
            raise DfmError("markers need KiCad 10 or newer")
        self._require(_open(self._kicad))
        count = 0
        for finding in findings:
            # KiCad knows no notes: it would show what is neither as an error.
            severity = DrcSeverity.DRS_ERROR if finding.severity == "error" else DrcSeverity.DRS_WARNING
            for place in finding.places if finding.waived is None and finding.change != "fixed" else ():
                if not (math.isfinite(place.x) and math.isfinite(place.y)):
                    continue  # a marker is somewhere
                message = _message(finding, place)
                x, y = round(place.x * 1e6), round(place.y * 1e6)
                if (message, x, y) in self._marked:
                    continue
                items = [KIID(value=item.uuid) for item in place.items if item.uuid][:SHOWN]
                command = InjectDrcError(
                    board=self._board.document, severity=severity, message=message, position=Vector2(x_nm=x, y_nm=y), items=items
                )
                self._sent(command, InjectDrcErrorResponse)
                self._marked.add((message, x, y))
                count += 1
        return count

    def _require(self, board: Board) -> None:
        """Raises `DfmError` where `board`, which KiCad has open, is another one. KiCad itself compares names of files only, and
        copies and revisions have the same, and the same uuids."""
        if board.document != self._board.document:
            raise DfmError(GONE)

    def _selected(self, uuids: list[str]) -> tuple[set[str], int]:
        """Which of the items are selected, and how many are, once nothing else is."""
        from kipy.proto.common.commands.editor_commands_pb2 import AddToSelection, SelectionResponse
        from kipy.proto.common.types import KIID

        _asked(self._board.clear_selection)
        if not uuids:
            return set(), 0
        command = AddToSelection(items=[KIID(value=uuid) for uuid in uuids])
        command.header.document.CopyFrom(self._board.document)
        answered = [_uuid(item) for item in self._sent(command, SelectionResponse).items]
        found = set(answered).intersection(uuids)
        return found, len(found) + answered.count("")  # one that is of a kind that kicad-python does not know is selected too

    def _extent(self, uuids: list[str]) -> float:
        """How far the items reach, in mm; 0 where KiCad knows of none how large it is."""
        from kipy.proto.common.commands.editor_commands_pb2 import GetBoundingBox, GetBoundingBoxResponse
        from kipy.proto.common.types import KIID

        command = GetBoundingBox(items=[KIID(value=uuid) for uuid in uuids])
        command.header.document.CopyFrom(self._board.document)
        boxes = self._sent(command, GetBoundingBoxResponse).boxes
        if not boxes:
            return 0.0
        sides = [(b.position.x_nm, b.size.x_nm) for b in boxes], [(b.position.y_nm, b.size.y_nm) for b in boxes]
        return float(max(max(at + size for at, size in side) - min(at for at, _ in side) for side in sides)) / 1e6

    def _sent(self, command: Any, response: type[_Answer]) -> _Answer:
        """The answer to what kicad-python has no method for."""
        return _asked(lambda: self._board.client.send(command, response))


def _open(kicad: KiCad) -> Board:
    """The board that is open now."""
    from kipy.proto.common.types import DocumentType

    if not _asked(lambda: kicad.get_open_documents(DocumentType.DOCTYPE_PCB), unhandled=NO_BOARD):
        raise DfmError(NO_BOARD)
    return _asked(kicad.get_board, unhandled=NO_BOARD)


def _asked(question: Callable[[], _Answer], unhandled: str = GONE) -> _Answer:
    """KiCad's answer; one that says that it is busy is waited out for a moment. `unhandled` says what it means that nothing in
    KiCad feels concerned."""
    from google.protobuf.message import DecodeError
    from kipy.errors import ApiError, ConnectionError
    from kipy.proto.common import ApiStatusCode

    for pause in (*PAUSES, None):
        try:
            return question()
        except ApiError as error:
            if error.code in (ApiStatusCode.AS_BUSY, ApiStatusCode.AS_NOT_READY) and pause is not None:
                time.sleep(pause)
                continue
            told = {
                ApiStatusCode.AS_BUSY: BUSY,
                ApiStatusCode.AS_NOT_READY: STARTING,
                ApiStatusCode.AS_TIMEOUT: SILENT,
                ApiStatusCode.AS_TOKEN_MISMATCH: RESTARTED,
                ApiStatusCode.AS_UNHANDLED: unhandled,
            }.get(error.code)
            if told is None and "not open" in str(error):
                told = GONE
            raise DfmError(told or f"KiCad refused: {str(error).removeprefix('KiCad returned error: ')}") from error
        except ConnectionError as error:
            raise DfmError(SWITCHED_OFF if "Failed to connect" in str(error) else SILENT) from error
        except DecodeError as error:
            raise DfmError(f"KiCad's answer cannot be read ({error}): update the plugin and kicad-python") from error
    raise AssertionError


def _uuid(item: Any) -> str:
    """Of an item in an answer; '' of a kind that this kicad-python does not know."""
    from kipy.util.proto import unpack_any

    try:
        found = unpack_any(item)
    except (ValueError, NotImplementedError):
        return ""
    if not hasattr(getattr(found, "id", None), "value"):
        found = getattr(found, "text", None)  # a component's field: what is on the board is its text
    return str(found.id.value).lower() if hasattr(found, "id") else ""


def _message(finding: Finding, place: Place) -> str:
    """What a marker says: the finding's message, or where it is about several places what is told of this one."""
    from ..write.phrases import clean, where

    said = finding.message if finding.count == 1 else where(place, told=False, lines=False)
    kind = "note, " if finding.severity == "note" else ""
    return clean(f"dfmcheck {finding.rule}: {kind}{said}")
