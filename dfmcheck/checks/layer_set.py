"""Whether a package holds every file that its board is made by, once, and what is doubtful about the others."""

from __future__ import annotations

from ..check import Context, Measurements, check
from ._absent import absent
from ._doubtful import doubtful
from ._empty import empty
from ._exchanged import exchanged
from ._files import package_of, told
from ._twice import twice


@check("package.layer_set", minima="required_paste required_silk required_netlist required_drawing")
def layer_set(ctx: Context) -> Measurements:
    """Files that are absent, empty, unreadable, there twice, contradictory or of unknown purpose; each row names a file or layer.

    What a layer is follows `Entry.role`. What must be there follows from what the package says of itself (job file, X2
    attributes, drill spans, the native board beside it), then from its other files: a copper layer between two others, a
    mask for each outer copper layer, drill files where lands lie on one another. Value: how many files there are.
    """
    package = package_of(ctx.board)
    rows = [*absent(package), *empty(package), *twice(package), *doubtful(package), *exchanged(package)]
    return told(rows, len(package.entries))
