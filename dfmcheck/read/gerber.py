"""Gerber files (RS-274X, X2, X3) as exact cores and radii."""

from __future__ import annotations

import gc
import re

from ..errors import DfmError
from ..package import Aperture, Graphics, Image
from .gerber_blocks import expand
from .gerber_draw import draw
from .gerber_placing import place
from .gerber_polarity import resolve
from .gerber_scan import Scan, scan

_MARK = re.compile(
    rb"%(?:FS|MO|AD|AM|TF|LP|IP|LN|IN|SF|OF|AS)[^%]{0,200}\*\s*%"
    rb"|[XY][-+]?\d+[^*]{0,40}D0?[123]\*|G0?4[^*]{0,500}\*",
    re.IGNORECASE,
)


def looks_like_gerber(data: bytes) -> bool:
    """Whether the bytes are a Gerber file, by their first commands; cheap."""
    head = data[:20000]
    if head.count(b"*") < 2:
        return False
    found = [m[0][:3].upper() for m in _MARK.finditer(head)]
    return any(f.startswith(b"%") for f in found) or sum(f[:1] in b"XY" for f in found) >= 2


def read_gerber(data: bytes, path: str) -> Image:
    """Read one Gerber file. Raises `DfmError` where it is none; all that can be read around is an `Image.faults`."""
    if not looks_like_gerber(data):
        raise DfmError("this is no Gerber file: it has none of its commands", path=path)
    paused = gc.isenabled()
    gc.disable()
    try:
        return _read(data, path)
    finally:
        if paused:
            gc.enable()


def _read(data: bytes, path: str) -> Image:
    source = scan(data, path)
    rows = resolve(expand(draw(source, data, path), source, path), path)
    place(rows, source.placing, source.faults)
    sets = source.attributes.sets()
    graphics = Graphics.of(
        core=rows.core, radius=rows.radius, form=rows.form, object=rows.object, aperture=rows.aperture,
        attributes=rows.attributes, offset=rows.offset, x=rows.x, y=rows.y, angle=rows.angle,
    )  # fmt: skip
    form = source.formats[-1]
    unit = source.unit or ("mm" if form.scale == 1 else "in")
    return Image(
        graphics=graphics, apertures=_apertures(source), attributes=sets, file=dict(source.attributes.file), unit=unit,
        resolution=form.scale / 10 ** max(form.decimals_x, form.decimals_y), negative=source.negative, x2=source.x2,
        clear=rows.clear, name=source.name, faults=source.faults.done(data),
    )  # fmt: skip


def _apertures(source: Scan) -> tuple[Aperture, ...]:
    out = []
    for d in source.definitions.all:
        t = d.template
        if t is None:
            out.append(Aperture(d.code, "block" if d.block else "custom", 0.0, 0.0, 0.0, d.function, macro=d.macro))
        else:
            out.append(Aperture(d.code, t.shape, t.width, t.height, t.angle, d.function, t.drill, d.macro))
    return tuple(out)
