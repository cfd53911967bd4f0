"""X2 attributes: their text, and the set that holds at a place of the file."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\(\\)")


def decode(raw: bytes) -> str:
    """UTF-8, or Latin-1 where it is none."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def attribute(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """`.P,U1,3` as name and fields, escapes decoded."""
    name, *values = decode(raw).replace("\r", "").replace("\n", "").split(",")
    return name.strip(), tuple([plain(v) for v in values]) if b"\\" in raw else tuple(values)


def plain(text: str) -> str:
    """The text with its `\\uXXXX` and `\\\\` decoded."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)


class Attributes:
    """The attributes that new apertures and objects get, and the distinct sets seen."""

    def __init__(self) -> None:
        self.file: dict[str, tuple[str, ...]] = {}
        self.aperture: dict[str, tuple[str, ...]] = {}
        self.object: dict[str, tuple[str, ...]] = {}
        self._rows: dict[tuple[object, ...], int] = {(): 0}
        self._key: tuple[int, int] | None = (0, 0)
        self._pad_drawn = False
        self._parsed: dict[bytes, tuple[str, tuple[str, ...]]] = {}

    def take(self, command: str, raw: bytes) -> None:
        """One of TF TA TO TD."""
        parsed = self._parsed.get(raw)
        if parsed is None:
            parsed = self._parsed[raw] = attribute(raw)
        name, values = parsed
        if command == "TO":
            self.object[name] = values
            if name == ".P":
                self._pad_drawn = False
            elif name == ".C" and self._stale(values):
                del self.object[".P"]
        elif command == "TA":
            self.aperture[name] = values
        elif command == "TF":
            self.file[name] = values
            return
        elif not name:
            self.aperture.clear()
            self.object.clear()
        else:
            self.aperture.pop(name, None)
            self.object.pop(name, None)
        self._key = None

    def _stale(self, part: tuple[str, ...]) -> bool:
        """Whether the pad that still stands is not that of the part just named: an old KiCad never deletes it."""
        pad = self.object.get(".P")
        return pad is not None and (self._pad_drawn or pad[:1] != part[:1])

    def drawn(self) -> None:
        """Something has been drawn with the attributes as they are."""
        self._pad_drawn = True

    def rows(self) -> tuple[int, int]:
        """Rows in `sets` for a flash or draw, and for a region, which has the aperture attributes too."""
        if self._key is None:
            of_object = tuple(sorted(self.object.items()))
            row = self._rows.setdefault(of_object, len(self._rows))
            both = tuple(sorted({**self.aperture, **self.object}.items())) if self.aperture else of_object
            self._key = row, self._rows.setdefault(both, len(self._rows))
        return self._key

    def sets(self) -> tuple[dict[str, tuple[str, ...]], ...]:
        return tuple(dict(key) for key in self._rows)  # type: ignore[arg-type]
