"""Work in a copy of this process, where the system can make one: the second core for one board."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POSSIBLE = hasattr(os, "fork")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Start `work` in a forked child. The function returned waits for its result, which must be picklable.

    Should the child fail, `work` is done again here, so that its exception is met where it can be told.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe, pickle.HIGHEST_PROTOCOL)
            status = 0
        finally:
            os._exit(status)  # nothing of the parent's is to be flushed or cleaned up twice
    os.close(writing)

    def result() -> T:
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(child, 0)
        return pickle.loads(data) if status == 0 else work()

    return result
