"""What is costly and always the same (a plot, a run of KiCad's DRC) is made once a test run, whichever process asks first."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def once(key: object, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled for this key (by its `repr`) in this test run. Others wait until it is full."""
    import fcntl  # here, so that the tests of other systems are collected

    root = Path(os.environ["DFMCHECK_TEST_RUN"])
    folder = root / hashlib.sha256(repr(key).encode()).hexdigest()[:24]
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)  # of a process that failed
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder
