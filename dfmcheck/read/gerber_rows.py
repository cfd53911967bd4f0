"""What operations draw, as columns, before polarity is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..board import Bools, Floats, Ints, Objects


@dataclass(slots=True)
class Rows:
    core: Objects
    radius: Floats
    form: Ints
    object: Ints
    """Number of the operation that made it, in the order of drawing."""
    aperture: Ints
    attributes: Ints
    offset: NDArray[np.int64]
    x: Floats
    y: Floats
    angle: Floats
    dark: Bools
    scope: Ints
    """Row in `Scan.scopes`."""
    block: Ints
    """Scope of the block aperture that is flashed here (its core is still None), else 0."""
    transform: Ints
    """Row in `Scan.transforms` of that flash."""
    clear: int = 0
    """Clear objects that were cut out."""

    def __len__(self) -> int:
        return len(self.radius)

    def take(self, rows: Any) -> Self:
        return type(self)(**{name: getattr(self, name)[rows] for name in COLUMNS}, clear=self.clear)


COLUMNS = [f.name for f in fields(Rows)][:-1]


def join(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, in the order of their objects."""
    if not parts:
        return empty()
    whole = Rows(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in COLUMNS}, clear=0)
    return whole.take(np.argsort(whole.object, kind="stable"))


def empty() -> Rows:
    ints, floats = np.empty(0, np.int32), np.empty(0)
    cores, offsets, flags = np.empty(0, object), np.empty(0, np.int64), np.empty(0, np.bool_)
    return Rows(cores, floats, ints, ints, ints, ints, offsets, floats, floats, floats, flags, ints, ints, ints)
