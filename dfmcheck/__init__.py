"""dfmcheck: manufacturability checks for printed circuit boards.

    design = dfmcheck.read("board.kicad_pcb")               # -> Board; "handoff.zip" is read as well
    report = dfmcheck.check(design, profile="standard")     # -> Report
    dfmcheck.write(report, "report.html")

The names below are imported when they are first used, so that the command starts fast.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import check, compare, load_report, read, read_all, render, write
    from .board import Board
    from .errors import DfmError
    from .report import Finding, Report

__all__ = [
    "Board", "DfmError", "Finding", "Report", "check", "compare", "load_report", "read", "read_all", "render", "write",
]  # fmt: skip
__version__ = "0.1.0"

_HOMES = {
    "Board": "board", "DfmError": "errors", "Finding": "report", "Report": "report", "check": "check", "compare": "api",
    "load_report": "api", "read": "read", "read_all": "api", "render": "api", "write": "write",
}  # fmt: skip
_FUNCTIONS = ("check", "read", "write")


if not TYPE_CHECKING:  # to a type checker it would say that any name is there

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module 'dfmcheck' has no attribute {name!r}")
        module = import_module(f"dfmcheck.{_HOMES[name]}")
        return module if name in _FUNCTIONS else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _CallableModule(ModuleType):
    """`dfmcheck.read`, `.check` and `.write` are modules (readers, checks, writers) and functions of the library alike."""

    @property
    def _function(self) -> Any:
        from . import api

        return getattr(api, self.__name__.rpartition(".")[2])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        """What `help` and editors show beside the signature."""
        return self._function.__doc__

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self._function)

    def __reduce__(self) -> tuple[Any, ...]:
        """Functions can be sent to other processes, as `pool.map(dfmcheck.read, paths)` does."""
        from importlib import import_module

        return import_module, (self.__name__,)


class _Package(ModuleType):
    """The import system binds every submodule as an attribute here, whoever imports it first."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FUNCTIONS and type(value) is ModuleType:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
