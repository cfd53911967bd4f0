"""What the names of files mean by the conventions of CAD tools: extensions, and words in names and in layer titles."""

from __future__ import annotations

import re
from dataclasses import replace

from ..board import Cover
from . import role_tables
from .role_claim import Claim
from .role_tables import B, T


def split(path: str) -> tuple[str, str]:
    """Stem and lower-case extension of a path's last part; hidden files and files without a dot have no extension."""
    name = path.rsplit("/", 1)[-1]
    stem, _, extension = name.rpartition(".")
    if not stem:
        return name, ""
    return stem, extension.lower()


def tokens(text: str) -> list[str]:
    """Words of a name in lower case: split at anything but letters and digits, at changes of case and around numbers."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", text)
    return re.sub(r"[^0-9A-Za-z]+", " ", text).lower().split()


def plain(path: str) -> Claim | None:
    """What a file is that is no layer and no drill file, by its name alone."""
    name = path.rsplit("/", 1)[-1]
    stem, extension = split(path)
    if role_tables.JUNK.fullmatch(name) or "__MACOSX/" in path:
        return Claim("document", f"a file of the operating system ({name})")
    words = set(tokens(stem))
    if extension in role_tables.ARCHIVES:
        return Claim("archive", f"archive (.{extension})")
    if extension == "gbrjob":
        return Claim("job", "Gerber job file (.gbrjob)")
    if extension in role_tables.NETLISTS:
        return Claim("netlist", f"IPC-D-356 netlist (.{extension})")
    if extension in role_tables.BOARDS:
        return Claim("board", f"board of a CAD tool (.{extension})")
    if extension in ("csv", "tsv", "txt", "xls", "xlsx", "ods", "pos", "xy", "mnt", "mnb", "html", "bom", "xyrs", "cpl", "xml"):
        if words & {"bom", "parts", "partlist", "partslist"} or extension == "bom":
            return Claim("bom", "bill of materials by its name")
        if (
            words & {"pos", "cpl", "pnp", "placement", "centroid", "xyrs", "mnt", "position", "positions"}
            or {"pick", "place"} <= words
        ):
            return Claim("placement", "placement file by its name")
        if extension in ("pos", "mnt", "mnb", "xyrs", "xy", "cpl"):
            return Claim("placement", f"placement file (.{extension})")
    if extension in role_tables.REPORTS or {"nc", "param"} <= words:
        return Claim("report", f"report of a CAD tool ({(extension and '.' + extension) or name})")
    paper = extension in ("txt", "md", "") and (role_tables.PAPERS.fullmatch(stem) or {"read", "me"} <= words)
    if paper or extension in role_tables.DOCUMENTS:
        return Claim("document", f"document ({name})" if not extension else f"document (.{extension})")
    return None


def layer(path: str, common: int = 0) -> Claim | None:
    """What a layer or drill file is by its name, None if the name tells nothing.

    common: how many leading words the names of the design's files share (the name of the board); they tell nothing unless
    the rest is silent.
    """
    stem, extension = split(path)
    if extension and (
        extension in role_tables.GERBERS or extension in role_tables.DRILLS or extension == "txt" or by_extension(extension)
    ):
        words = tokens(stem)
    else:
        words = tokens(path.rsplit("/", 1)[-1])
    shown = path.rsplit("/", 1)[-1]
    told = by_extension(extension)
    spoken = titled(words[common:], shown, drill=extension in role_tables.DRILLS)
    if told is None and (spoken is None or (common and not spoken.side and spoken.kind in ("mask", "paste", "silk"))):
        spoken = titled(words, shown, drill=extension in role_tables.DRILLS) or spoken
    pads = _pads(stem, shown) if extension in ("pho", "lpr", "gbr", "drl") else None
    return _join(pads or spoken, told)


def by_extension(extension: str) -> Claim | None:
    words = f".{extension}"
    if extension in role_tables.EXTENSIONS:
        kind, side = role_tables.EXTENSIONS[extension]
        number = 1 if (kind, side) == ("copper", T) else 0
        return Claim(kind, words, side, number, rank=2 if kind in ("drawing", "user") else 3)
    if extension in role_tables.DRILLS:
        return Claim("drill", words)
    if role_tables.WEAK_EDGE.get(extension):
        return Claim("edge", words, rank=role_tables.WEAK_EDGE[extension])
    if match := re.fullmatch(r"(?:g|gl|in)(\d{1,2})l?", extension):
        number = int(match[1])
        if extension.startswith("in"):
            return Claim("copper", words, "inner", inner=number)
        if extension.startswith("gl") or extension.endswith("l"):
            return Claim("copper", words, number=number)
        return Claim("copper", words, "inner", loose=number)
    if match := re.fullmatch(r"gp(\d{1,2})", extension):
        return Claim("copper", f"{words}, an internal plane", "inner", inner=int(match[1]), plane=True)
    if extension in ("gnd", "pwr", "vcc", "vdd", "pow"):
        return Claim("copper", words, "inner", plane=True)
    if match := re.fullmatch(r"gm(\d{1,2})", extension):
        return Claim("edge", f"{words}, a mechanical layer", rank=1, number=0)
    if re.fullmatch(r"g[dg][dg\d]\d?", extension):
        return Claim("drawing", f"{words}, a drill drawing")
    if extension.startswith("tx") and extension[2:].isdigit():
        return Claim("drill", words)
    return None


def titled(words: list[str], shown: str, *, drill: bool = False) -> Claim | None:
    """What the words of a file name or of a layer's title mean together; `drill` if it is known to be a drill file."""
    said = f"`{shown}`"
    words = _expand(words)
    meanings = [role_tables.WORDS.get(w, "") for w in words]
    # One letter is a side only right before a type: F Cu, B Mask; Zuken's A and B stand after it.
    for i, word in enumerate(words):
        if word in ("f", "b") and i + 1 < len(words) and meanings[i + 1] in role_tables.TYPES:
            meanings[i] = "top" if word == "f" else "bottom"
        if word in ("a", "b") and i == len(words) - 1 and i and words[i - 1] in ("mask", "resist", "symbol", "paste"):
            meanings[i] = "top" if word == "a" else "bottom"
    has = set(meanings)
    if "drawing" in has or ("map" in words and has & {"drill", "pth", "npth"}):
        return Claim("drawing", said)
    if drill or has & {"pth", "npth"} or ("drill" in has and not has & role_tables.PLAIN_TYPES):
        if not drill and not has & {"pth", "npth"} and not set(words) & role_tables.DRILL_WORDS:
            return None
        plated = Cover.NO if "npth" in has else Cover.YES if "pth" in has else Cover.UNKNOWN
        return Claim("drill", said, plated=plated, span=_span(words))
    for kind in ("courtyard", "adhesive"):
        if kind in has:
            return Claim(kind, said, _side(meanings, kind))
    if "fab" in has:
        side = _side(meanings, "fab")
        return Claim("fab" if side else "drawing", said, side)
    if "margin" in has and words[-1] == "margin":
        return Claim("user", said, layer="Margin")
    if "other" in has:
        return Claim("user", said, _side(meanings, "other"))
    last = max((i for i, m in enumerate(meanings) if m in role_tables.PLAIN_TYPES), default=-1)
    if last >= 0:
        kind = meanings[last]
        if kind in ("mask", "paste", "silk"):
            return Claim(kind, said, _side(meanings, kind))
        if kind == "outline":
            return Claim("edge", said)
        if kind == "keepout":
            return Claim("edge", said, rank=2) if "layer" in words else Claim("user", said)
        if kind == "user":
            mechanical = bool(set(words) & {"mech", "mechanical"})
            name = next((role_tables.USER_LAYERS[w] for w in words if w in role_tables.USER_LAYERS), "")
            number = next((int(w) for w in words[last + 1 :] if w.isdigit()), 0)
            if "eco" in words and number:
                name = f"Eco{number}.User"
            return (
                Claim("edge", said, rank=1)
                if mechanical
                else Claim("user", said, layer=name or (f"User.{number}" if number else ""))
            )
        return _copper(words, meanings, said)
    return _copper(words, meanings, said)


def _copper(words: list[str], meanings: list[str], said: str) -> Claim | None:
    """Copper by a side, a layer number or a word such as GND; the last that is said counts."""
    side = next((m for m in reversed(meanings) if m in ("top", "bottom")), "")
    copper = "copper" in meanings
    for i in range(len(words) - 2, -1, -1):
        if not words[i + 1].isdigit() or len(words[i + 1]) > 3 or int(words[i + 1]) == 0:
            continue
        number, before = int(words[i + 1]), meanings[i]
        if before == "inner" or (before == "plane" and words[i] in ("plane", "gp")):
            return Claim("copper", said, "inner", inner=number, plane=before == "plane")
        if before in ("copper", "number") and number <= 64:
            if side and before == "copper" and not _near(meanings, i, side):
                continue
            return Claim("copper", said, side, number)
    if side and (copper or meanings[-1] == side or words[-1:] == ["layer"] or words[-1:] == ["side"]):
        return Claim("copper", said, side, 1 if side == T else 0)
    if meanings and meanings[-1] == "inner" and words[-1] != "in":
        return Claim("copper", said, "inner")
    if "plane" in meanings[-2:]:
        return Claim("copper", said, "inner", plane=True, rank=2)
    return Claim("copper", said, rank=2) if copper else None


def _near(meanings: list[str], i: int, side: str) -> bool:
    return side in meanings[max(0, i - 2) : i + 4]


def _side(meanings: list[str], kind: str) -> str:
    """The side named nearest to the last word of a kind."""
    at = max(i for i, m in enumerate(meanings) if m == kind)
    sides = [(abs(i - at), -i, role_tables.SIDE_WORDS[m]) for i, m in enumerate(meanings) if m in ("top", "bottom")]
    return min(sides)[2] if sides else ""


def _expand(words: list[str]) -> list[str]:
    text: list[str] = []
    for word in words:
        glued = role_tables.GLUED.fullmatch(word)
        text += role_tables.COMPOUND[word].split() if word in role_tables.COMPOUND else [glued[1], glued[2]] if glued else [word]
    line = f" {' '.join(text)} "
    for phrase, meaning in role_tables.PHRASES:
        line = line.replace(f" {phrase} ", f" {meaning} ")
    return line.split()


def _span(words: list[str]) -> tuple[int, int] | None:
    """Copper layers of a drill file's name: 1-2, L1-L4, front-in1, In1_Cu-In2_Cu; None where it names none or the far side."""
    text = "-".join(w for w in words if w not in ("cu", "drill", "drl"))
    if match := re.search(r"(?:^|-)l-0?(\d{1,2})-(?:to-)?l-0?(\d{1,2})(?=-|$)", text):
        low, high = int(match[1]), int(match[2])
        return (low, high) if low < high else None
    if match := re.search(r"(?:^|-)(front|f|top|in-(\d{1,2}))-(?:to-)?in-(\d{1,2})(?=-|$)", text):
        low = int(match[2]) + 1 if match[2] else 1
        return (low, int(match[3]) + 1) if low <= int(match[3]) else None
    if match := re.search(r"(?:^|-)(\d{1,2})-(?:to-)?(\d{1,2})$", text):
        low, high = int(match[1]), int(match[2])
        return (low, high) if 0 < low < high <= 64 and (low, high) != role_tables.EAGLE else None
    return None


def _pads(stem: str, shown: str) -> Claim | None:
    """PADS names a film by a prefix, the copper layer it belongs to and the number of a document layer: art01, sst001026."""
    match = role_tables.PADS.fullmatch(stem.lower())
    if not match:
        return None
    kind, number, words = role_tables.PADS_KINDS[match[1]], int(match[2]), f"`{shown}` (PADS)"
    if kind in ("drill", "drawing"):
        return Claim(kind, words)
    side = T if number == 1 else B
    return Claim("copper", words, T if number == 1 else "", number) if kind == "copper" else Claim(kind, words, side)


def _join(spoken: Claim | None, extension: Claim | None) -> Claim | None:
    """One claim of the words and the extension: words win, the extension completes what they leave open."""
    if spoken is None or extension is None:
        return spoken or extension
    if spoken.kind == "copper" and spoken.rank < 3:
        return extension
    if spoken.kind == "copper" == extension.kind:
        placed = spoken.number or spoken.inner
        return replace(
            spoken,
            side=spoken.side or extension.side,
            number=spoken.number or extension.number,
            inner=spoken.inner or (0 if placed else extension.inner),
            loose=0 if placed else extension.loose,
            plane=spoken.plane or extension.plane,
        )
    if spoken.kind == extension.kind and not spoken.side:
        return extension if extension.side or (extension.rank >= spoken.rank and spoken.kind == "edge") else spoken
    if (
        extension.rank == 3
        and extension.kind in ("copper", "mask", "paste", "silk")
        and spoken.kind in ("copper", "edge", "drill", "user")
    ):
        return extension
    return spoken
