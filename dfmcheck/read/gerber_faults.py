"""What can be wrong with a Gerber file that can still be read."""

from __future__ import annotations

from ..package import Fault

UNDEFINED_APERTURE = "undefined aperture"
NO_APERTURES = "no apertures"
NO_FORMAT = "no format"
NO_UNIT = "no unit"
NO_END = "no M02"
AFTER_END = "data after M02"
MALFORMED = "malformed command"
UNKNOWN_COMMAND = "unknown command"
BAD_APERTURE = "bad aperture"
BAD_MACRO = "bad macro"
BAD_DRAW = "draw with this aperture"
BAD_ARC = "bad arc"
OPEN_REGION = "open region"
CROSSED_REGION = "self-crossing region"
EMPTY_REGION = "empty region"
BAD_REGION = "bad region"
BAD_BLOCK = "bad block"
NO_APERTURE_SELECTED = "no aperture selected"
MODAL = "modal operation"
DEPRECATED = "deprecated command"
ENCODING = "non-ASCII text"
OUT_OF_RANGE = "coordinate out of range"

WORDS = (
    UNDEFINED_APERTURE, NO_APERTURES, NO_FORMAT, NO_UNIT, NO_END, AFTER_END, MALFORMED, UNKNOWN_COMMAND, BAD_APERTURE, BAD_MACRO,
    BAD_DRAW, BAD_ARC, OPEN_REGION, CROSSED_REGION, EMPTY_REGION, BAD_REGION, BAD_BLOCK, NO_APERTURE_SELECTED, MODAL, DEPRECATED,
    ENCODING, OUT_OF_RANGE,
)  # fmt: skip
"""All values of `Fault.what` in an `Image`."""
_MOST = 20
"""Faults of one kind that are told one by one."""


class Faults:
    """Faults by byte offset; the same message is told once, with how often it holds."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, bool], list[int]] = {}

    def add(self, what: str, message: str, offset: int | None = None, *, grave: bool = False, times: int = 1) -> None:
        found = self._seen.setdefault((what, message, grave), [-1 if offset is None else offset, 0])
        found[1] += times

    def done(self, data: bytes) -> tuple[Fault, ...]:
        """The faults in the order of their lines."""
        feed = b"\n" if b"\n" in data else b"\r"
        count: dict[str, int] = {}
        out: list[tuple[int, Fault]] = []
        more: dict[tuple[str, bool], int] = {}
        for (what, message, grave), (offset, times) in sorted(self._seen.items(), key=lambda item: item[1][0]):
            count[what] = count.get(what, 0) + 1
            if count[what] > _MOST:
                more[what, grave] = more.get((what, grave), 0) + times
                continue
            line = None if offset < 0 else data.count(feed, 0, offset) + 1
            out.append((offset, Fault(what, line, message + (f" ({times} times)" if times > 1 else ""), grave)))
        out += [(len(data), Fault(what, None, f"{n} more of this kind", grave)) for (what, grave), n in more.items()]
        return tuple(fault for _, fault in out)
