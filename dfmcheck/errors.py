"""The one exception that users of the library meet."""

from __future__ import annotations


class DfmError(Exception):
    """What was asked cannot be done: unreadable input, a wrong option, a broken rule file.

    Its text is one line: file, line or offset where known, what is wrong, what to do. Characters of the input that would
    steer a terminal stand in it as escapes.
    """

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        line_of_text = " ".join((place + message).split())
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line_of_text))
        self.path = path
        self.line = line
