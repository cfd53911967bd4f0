"""The one exception that users of the library meet."""

from __future__ import annotations


class DfmError(Exception):
    """What was asked cannot be done: unreadable input, a wrong option, a broken rule file.

    Its text is one line: file, line or offset where known, what is wrong, what to do.
    """

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(" ".join((place + message).split()))
        self.path = path
        self.line = line
