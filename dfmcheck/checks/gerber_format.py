"""What Gerber files hold that their format forbids or leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Context, Measurements, check
from ..package import Entry
from ._files import Row, package_of, told

MAKING = frozenset({"copper", "mask", "paste", "silk", "edge", "drill"})
"""Kinds of files that a board is made by; faults of any other are notes."""


@check("package.gerber_format", maxima="x2_allowed")
def gerber_format(ctx: Context) -> Measurements:
    """The faults of Gerber files, and the files that hold X2 attributes.

    A fault that leaves in doubt what the file means has the rule's severity, one finding for each kind in a file; what
    readers agree on is a note, one for each kind. Value of `x2_allowed`: how many files hold X2 attributes as commands.
    """
    package = package_of(ctx.board)
    entries = [e for e in package.entries if e.image is not None and e.role.kind != "duplicate"]
    rows = [row for entry in entries for row in _faults(entry)]
    with_x2 = [e for e in entries if e.image is not None and e.image.x2]
    rows += [
        Row("holds X2 attributes, which this manufacturer refuses", e.source, cause="*x2", param="x2_allowed", value=len(with_x2))
        for e in with_x2
    ]
    return told(rows, len(entries))


def _faults(entry: Entry) -> Iterator[Row]:
    assert entry.image is not None
    for fault in entry.image.faults:
        if fault.grave and entry.role.kind in MAKING:
            yield Row(fault.message, entry.source, fault.line or 0, cause=fault.what)
        else:
            yield Row(fault.message, entry.source, fault.line or 0, cause=f"*{fault.what}", soften=2)
