"""Whether films are mirrored, or exchanged between top and bottom."""

from __future__ import annotations

from ..check import Context, Measurements, Skip, check
from ..frames import Frames, Placed, frames, near
from ..registration import Cloud
from ._files import Row, package_of, told
from ._fit import way, witness
from ._legend import handed, parts_off
from ._sides import exchanged


@check("package.layer_mirrored", tunes="confidence_min")
def layer_mirrored(ctx: Context) -> Measurements:
    """Films whose marks coincide with the others' only when mirrored, or are those of the other side; legends that read so.

    The value is the share in % of a film's marks that tell so.
    """
    package = package_of(ctx.board)
    known = frames(package)
    rows: list[Row] = []
    judged = 0
    for placed in known.placed:
        film = known.films[placed.film]
        if film.kind == "drill" or placed.partner < 0:
            continue
        judged += 1
        if not placed.fit.mirrored:
            continue
        share = _confidence(known, placed)
        if share >= ctx.tune("confidence_min"):
            what = f"is {way(placed.fit)}: {witness(package, known, placed)}"
            rows.append(Row(what, film.entry.source, cause="mirrored", value=share))
    evidence = [(*found, 0) for found in exchanged(package, known)]
    legends = handed(package)
    judged += len({entry.source for entry, *_ in legends})
    legends = [found for found in legends if found[1]]
    for entry, fit, parts in parts_off(package, known):
        if fit is not None and fit.mirrored and entry not in [e for e, *_ in legends]:
            legends.append((entry, f"is {way(fit)}: told by the pads of {parts} parts", 100.0))
    evidence += [(*found, 1) for found in legends]  # a legend that reads badly still lets the board be built
    for entry, what, share, soften in evidence:
        if share >= ctx.tune("confidence_min"):
            rows.append(Row(what, entry.source, cause="exchanged", value=share, soften=soften))
    if not rows and not judged:
        raise Skip("needs files with marks in common, such as copper with mask or drill files, or a legend with text")
    return told(rows, judged)


def _confidence(known: Frames, placed: Placed) -> float:
    """Of the marks that coincide with the witness's either as they are or mirrored, but not both, % that do mirrored."""
    film, partner = known.films[placed.film], known.films[placed.partner]
    reach, points = near(film, partner), partner.cloud.points
    there = Cloud(known.placed[placed.partner].fit.apply(points)) if known.astray(partner.entry) else partner.cloud
    plain = there.has(film.cloud.points, reach)
    mirrored = there.has(placed.fit.apply(film.cloud.points), reach)
    speak = int((plain != mirrored).sum())
    return 100.0 * int((mirrored & ~plain).sum()) / speak if speak else 0.0
