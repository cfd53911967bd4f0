"""What the command needs to know of its terminal: colour, encoding, lines on stderr that cannot steer it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .errors import DfmError

DEBUG = "DFMCHECK_DEBUG"
"""Set it to get tracebacks."""


def wants_color(file: IO[str], off: bool) -> bool:
    """Whether to colour: --no-color and NO_COLOR forbid it, FORCE_COLOR asks for it, else a terminal has it."""
    if off or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (file.isatty() and os.environ.get("TERM") != "dumb")


def utf8(file: Any, **more: Any) -> None:
    """UTF-8 with plain line ends, whatever the console's code page; a replaced stream (in tests) is left alone."""
    if hasattr(file, "reconfigure"):
        file.reconfigure(encoding="utf-8", newline="\n", **more)


def to_stderr(line: str) -> None:
    """One line on stderr that cannot steer the terminal, whatever a file name holds; lost where there is no stderr."""
    if sys.stderr is not None:
        with suppress(OSError):
            print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line), file=sys.stderr, flush=True)


@contextmanager
def stdout() -> Iterator[IO[str]]:
    """Print on stdout, all of it. Raises `DfmError` where that is closed or full; a reader who has seen enough is none."""
    if sys.stdout is None:
        raise DfmError("stdout cannot be written: it is closed")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        leave_stdout()
    except OSError as error:
        leave_stdout()
        raise DfmError(f"stdout cannot be written: {error.strerror or error}") from error


def leave_stdout() -> None:
    """Let what is printed from now on, and what waits to be, go nowhere."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def bug(error: BaseException) -> str:
    """One line for an exception that should not be: what, and where."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    text = " ".join(str(error).split())[:200]
    return f"this is a bug in dfmcheck, please report it: {type(error).__name__}: {text}{place} ({DEBUG}=1 shows more)"
