"""What is going on, on a terminal's stderr, once it has taken a second."""

from __future__ import annotations

from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.status import Status

DELAY = 1.0


class Progress:
    """A line with a spinner; nothing at all unless `on`."""

    def __init__(self, *, on: bool) -> None:
        self._timer = Timer(DELAY, self._show) if on else None
        self._status: Status | None = None
        self._text, self._stage = "", ""
        self._lock = Lock()
        self._done = False

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._done = True
            if self._status is not None:
                self._status.stop()

    def tell(self, text: str) -> None:
        """Say what is being done."""
        self._stage = text
        self._update(text)

    def step(self, what: str, done: int, total: int) -> None:
        """Say how far it is; the engine calls this for every rule."""
        self._update(f"{self._stage}: {what} ({done + 1} of {total})")

    def _update(self, text: str) -> None:
        with self._lock:
            self._text = "".join(c if c.isprintable() else "?" for c in text)
            if self._status is not None:
                from rich.text import Text

                self._status.update(Text(self._text))

    def _show(self) -> None:
        from rich.console import Console
        from rich.status import Status
        from rich.text import Text

        with self._lock:
            if not self._done:
                self._status = Status(Text(self._text), console=Console(stderr=True))
                self._status.start()
