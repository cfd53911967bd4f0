"""Calls that may take long, made one after another in a thread of their own; what they gave is handled by who polls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from ..console import bug
from ..errors import DfmError

T = TypeVar("T")
Call = Callable[[], None]


class Errands:
    """The editor answers when it is not busy, and a window must not wait for that."""

    def __init__(self) -> None:
        self.pending = 0
        """How many are not handled yet."""
        self._left = False
        self._asked: SimpleQueue[Callable[[], Call]] = SimpleQueue()
        self._made: SimpleQueue[Call] = SimpleQueue()
        Thread(target=self._run, daemon=True).start()

    def do(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call `work` in the thread; `poll` then calls `then` with what it gave, or `failed` with a line that tells why not."""

        def made() -> Call:
            try:
                got = work()
            except DfmError as error:
                why = str(error)
            except Exception as error:
                why = bug(error)
            else:
                return lambda: then(got)
            return lambda: failed(why)

        self.pending += 1
        self._asked.put(made)

    def poll(self) -> None:
        """Handle what is done, here and now."""
        with suppress(Empty):
            while True:
                call = self._made.get_nowait()
                self.pending -= 1
                call()

    def leave(self) -> None:
        """End after what is done now; nobody polls any more."""
        self._left = True
        self._asked.put(lambda: lambda: None)  # it may wait for something to do

    def _run(self) -> None:
        while not self._left:
            self._made.put(self._asked.get()())
