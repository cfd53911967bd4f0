"""Reading files that a stranger may have put there: regular ones of a sane size, or one clear line. Writing them whole."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from .errors import DfmError

SETTINGS = 20_000_000
"""Bytes: more than any rule file, config, or project file holds."""
DESIGN = 500_000_000
"""Bytes: more than any board or report holds."""
Same = tuple[int, int] | str
"""What tells that two paths are one file: device and number, or the full path of one that is not there yet."""
_noted: ContextVar[set[Same] | None] = ContextVar("noted", default=None)
_DESCRIPTOR = re.compile(r"/dev/(stdout|stderr)|(?:/dev|/proc/self)/fd/(\d+)")


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
            if (noted := _noted.get()) is not None:
                noted.add(_number(os.fstat(file.fileno())))
    except OSError as error:
        raise DfmError(f"cannot be read: {error.strerror or error}", path=name) from error
    except ValueError as error:  # a NUL in the name
        raise DfmError(f"cannot be read: {error}", path=repr(name)) from error
    if len(data) > most:
        raise DfmError(f"is larger than {most // 1_000_000} MB; that is no file for dfmcheck", path=name)
    return data


@contextmanager
def noting() -> Iterator[set[Same]]:
    """Note which files `read_bytes` reads meanwhile in this process."""
    read: set[Same] = set()
    before = _noted.set(read)
    try:
        yield read
    finally:
        _noted.reset(before)


def same(path: Path) -> Same:
    """What is equal for two paths of one file, also where a link leads to it, or another name in the folder."""
    try:
        return _number(path.stat())
    except (OSError, ValueError):
        return os.path.normcase(os.path.realpath(path))


def is_stream(path: Path) -> bool:
    """Whether what is written there flows on: a descriptor of this process, a pipe, a device. No link leads to one, but for
    those that the system itself has."""
    return _descriptor(path) is not None or (path.exists() and not (path.is_symlink() or path.is_file() or path.is_dir()))


def write_file(path: Path, data: bytes) -> None:
    """Write a report: a file whole or not at all, a stream as it is. Raises `OSError`, and `DfmError` for a symbolic link,
    which a stranger may have laid there to have another file overwritten."""
    number = _descriptor(path)
    if number is not None:
        stream = {1: sys.stdout, 2: sys.stderr}.get(number)
        if number in (1, 2) and stream is None:  # closed, and the number may be another file's by now
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if stream is not None:
            stream.flush()
        with open(os.dup(number), "wb") as file:  # opened by its name it would be emptied, or begun anew
            file.write(data)
    elif is_stream(path):
        with path.open("wb") as file:
            file.write(data)
    elif path.is_symlink():
        raise DfmError("is a symbolic link, which nothing is written through; name the file itself", path=str(path))
    else:
        replace_file(path, data)


def replace_file(path: Path, data: str | bytes) -> None:
    """Write a whole file, or nothing; raises `OSError`. The name it is written under first is new: a stranger's folder may
    hold any known one. Only a file that cannot be replaced, as one that a container was given alone, is written in place."""
    data = data.encode() if isinstance(data, str) else data
    there = path.exists()
    if there and path.is_file() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    try:
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name[:50]}.")
    except PermissionError:
        if not there:
            raise
        _write_in_place(path, data)
        return
    try:
        with open(handle, "wb") as file:
            file.write(data)
        if there:
            shutil.copymode(path, scratch)
        else:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(scratch, 0o666 & ~mask)
        os.replace(scratch, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(scratch)
        if not (there and isinstance(error, OSError) and error.errno == errno.EBUSY):
            raise
        _write_in_place(path, data)


def _write_in_place(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)), "wb") as file:
        file.write(data)


def _number(found: os.stat_result) -> Same:
    return found.st_dev, found.st_ino


def _descriptor(path: Path) -> int | None:
    """The descriptor of this process that a path names."""
    found = _DESCRIPTOR.fullmatch(path.as_posix()) if os.name == "posix" else None
    if found is None:
        return None
    return int(found[2]) if found[2] else 1 + (found[1] == "stderr")
