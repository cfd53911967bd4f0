"""Reading files that a stranger may have put there: regular ones of a sane size, or one clear line. Replacing them whole."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from .errors import DfmError

SETTINGS = 20_000_000
"""Bytes: more than any rule file, config, or project file holds."""
DESIGN = 500_000_000
"""Bytes: more than any board or report holds."""


def read_bytes(path: Path, most: int, shown: str | None = None) -> bytes:
    """The bytes of a file, at most `most`; `shown` replaces its path in messages.

    Raises `DfmError` if it cannot be read, is a folder, device or pipe (which may never end), or is larger.
    """
    name = shown or str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DfmError("cannot be read: it is not a file", path=name)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DfmError(f"cannot be read: {error.strerror or error}", path=name) from error
    except ValueError as error:  # a NUL in the name
        raise DfmError(f"cannot be read: {error}", path=repr(name)) from error
    if len(data) > most:
        raise DfmError(f"is larger than {most // 1_000_000} MB; that is no file for dfmcheck", path=name)
    return data


def replace_file(path: Path, text: str) -> None:
    """Write a whole file, or nothing; raises `OSError`. The name it is written under first is new: a stranger's folder may
    hold any known one."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if path.exists():
            shutil.copymode(path, scratch)
        else:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(scratch, 0o666 & ~mask)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
