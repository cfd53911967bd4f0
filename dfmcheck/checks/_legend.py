"""What texts and parts tell of a legend: which way it reads, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from ..frames import Frames
from ..handed import mirrored, reading, strokes
from ..package import Entry, Form, Image, Package
from ..registration import Fit, Points, mode
from ._stack import name

_LEAST = 10
"""Strokes by which the way of reading is told."""
_PARTS, _KINDS, _TIMES = 5, 4, 3.0
"""Parts by which an offset is told, different land patterns among them (the drawing of one pattern may be off its pads by
itself), and how many times as many as lie in place must share it."""
_LONG = 0.4
"""mm: lines of a part that are shorter are letters rather than outlines."""
_LINES = 40
"""Lines of one part that are looked at, the longest first."""
_REACH, _NEAR = 1.0, 0.005
"""mm: how far the middle of a part's legend is looked for from that of its pads, and what coincides."""


def handed(package: Package) -> list[tuple[Entry, str, float]]:
    """Legends whose strokes tell which way they read: (file, what is wrong or '', share in % of the strokes that say so).

    Text in KiCad's font tells by itself; of other fonts only that top and bottom read the same way.
    """
    films = {e.role.side: e for e in package.of("silk") if e.image is not None and e.role.side in ("top", "bottom")}
    told: list[tuple[Entry, str, float]] = []
    for side, entry in films.items():
        assert entry.image is not None
        right, wrong = reading(entry.image)
        if side == "bottom":
            right, wrong = wrong, right
        if right + wrong < _LEAST:
            continue
        if wrong >= _LEAST:
            other = "bottom" if side == "top" else "top"
            what = f"{wrong} of {wrong + right} strokes of its text read the wrong way for the {side}"
            what += f": the film or its text is mirrored, or it is the {other}'s"
            told.append((entry, what, 100.0 * wrong / (wrong + right)))
        else:
            told.append((entry, "", 0.0))
    if told or len(films) < 2:
        return told
    top, bottom = films["top"], films["bottom"]
    assert top.image is not None
    assert bottom.image is not None
    a, b = strokes(top.image), strokes(bottom.image)
    same = sum(min(n, b[key]) for key, n in a.items())
    opposite = sum(min(n, b[mirrored(key)]) for key, n in a.items())
    if same >= _LEAST:
        what = f"{same} strokes of its text read the same way as on {name(package, top)}: one of the two is mirrored"
        told.append((bottom, what, 100.0 * same / (same + opposite)))
    elif opposite >= _LEAST:
        told += [(top, "", 0.0), (bottom, "", 0.0)]
    return told


def parts_off(package: Package, known: Frames) -> Iterator[tuple[Entry, Fit | None, int]]:
    """How legends lie to the pads of their parts, by X2 attributes: (file, fit from the file to the pads, parts that tell).

    The outline of most parts is symmetric about the middle of its pads: the middles of pairs of its equal, parallel lines
    crowd there. The fit is None where the parts do not tell.
    """
    for entry in package.of("silk"):
        copper = next((e for e in package.of("copper", entry.role.side) if e.image and not known.astray(e)), None)
        if entry.image is None or copper is None or copper.image is None:
            continue
        pads, kind = _pads(copper.image)
        lines = _lines(entry.image)
        refs = sorted(pads.keys() & lines.keys())
        if len(refs) < _PARTS:
            yield entry, None, 0
            continue
        found = _mirrored(np.array([pads[r] for r in refs]), np.array([lines[r].mean() for r in refs]))
        if found is not None:
            yield entry, found, len(refs)
            continue
        off = np.array([lines[r].mean() - pads[r] for r in refs])
        about = complex(np.median(off.real), np.median(off.imag))  # where a legend lies that is far off altogether
        about = about if abs(about) > _REACH else 0j
        votes = [np.unique(np.round(_middles(lines[r]) - pads[r], 4)) for r in refs]
        shift = about + mode(np.concatenate([v[np.abs(v - about) <= _REACH] for v in votes]) - about, _NEAR)
        here, there = (
            [ref for ref, v in zip(refs, votes) if (np.abs(v - at) <= 2 * _NEAR).any()] for at in (0j, shift)
        )  # fmt: skip
        sure = len(there) >= _TIMES * len(here) and len({kind[ref] for ref in there}) >= _KINDS
        if len(there) >= _PARTS and (abs(shift) <= 2 * _NEAR or sure):
            yield entry, Fit(False, 1 + 0j, -shift, len(there), len(there) / len(refs)), len(there)
        else:
            yield entry, None, 0


def _pads(image: Image) -> tuple[dict[str, complex], dict[str, tuple[float, ...]]]:
    """Middle of the box around each part's pads, and what tells one land pattern from another: their number and that box."""
    g = image.graphics
    flash = g.form == Form.FLASH
    out: dict[str, complex] = {}
    kind: dict[str, tuple[float, ...]] = {}
    for ref, rows in _by_part(image, ".P", flash).items():
        x, y = g.x[rows], g.y[rows]
        out[ref] = complex((x.min() + x.max()) / 2, (y.min() + y.max()) / 2)
        kind[ref] = (len(rows), round(float(np.ptp(x)), 2), round(float(np.ptp(y)), 2))
    return out, kind


def _lines(image: Image) -> dict[str, Points]:
    """Ends of the long lines of each part (N x 2, complex)."""
    g = image.graphics
    long = (g.form == Form.LINE) & (shapely.get_num_points(g.core) == 2) & (shapely.length(g.core) >= _LONG)
    out: dict[str, Points] = {}
    for ref, rows in _by_part(image, ".C", long).items():
        ends = shapely.get_coordinates(g.core[rows]).reshape(-1, 4)
        ends = ends[np.argsort(-np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]), kind="stable")[:_LINES]]
        out[ref] = np.c_[ends[:, 0] + 1j * ends[:, 1], ends[:, 2] + 1j * ends[:, 3]]
    return out


def _by_part(image: Image, attribute: str, chosen: np.ndarray) -> dict[str, np.ndarray]:
    """The chosen rows of the graphics by the part that an attribute names."""
    g = image.graphics
    refs = [(a.get(attribute) or ("",))[0] for a in image.attributes]
    rows = np.flatnonzero(chosen & np.isin(g.attributes, [i for i, ref in enumerate(refs) if ref]))
    out: dict[str, list[np.ndarray]] = {}
    order = rows[np.argsort(g.attributes[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(g.attributes[order])) + 1
    for part in np.split(order, cuts) if len(order) else []:
        out.setdefault(refs[int(g.attributes[part[0]])], []).append(part)
    return {ref: np.concatenate(parts) for ref, parts in out.items()}


def _middles(ends: Points) -> Points:
    """Middles of all pairs of equal, parallel lines."""
    middle, along = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
    i, j = np.triu_indices(len(ends), 1)
    equal = np.minimum(np.abs(along[i] - along[j]), np.abs(along[i] + along[j])) <= _NEAR
    return np.asarray((middle[i] + middle[j])[equal] / 2)


def _mirrored(pads: Points, legend: Points) -> Fit | None:
    """Whether the middles of legends come to those of the pads by mirroring, and are far from them as they are."""
    plain = float(np.median(np.abs(pads - legend)))
    best: Fit | None = None
    for factor in (1 + 0j, -1 + 0j):
        off = pads - factor * -np.conj(legend)
        shift = complex(np.median(off.real), np.median(off.imag))
        left = float(np.median(np.abs(off - shift)))
        if plain > 5.0 and left < plain / 4:
            best, plain = Fit(True, factor, shift, len(pads), 1.0), left
    return best
